"""Two encodings in one file: each line is read as what it is, and that is said."""

from pathlib import Path

import pytest

from ....awkward import french, russian
from . import read

PLAIN = french.replace("’", "'").replace("–", "-")


@pytest.mark.parametrize("order", ["before", "after", "between"])
@pytest.mark.parametrize(("encoding", "text"), [("cp1252", french), ("cp1251", russian)])
def test_each_line_is_read_as_what_it_is(tmp_path: Path, order: str, encoding: str, text: str) -> None:
    one, other = (text * 30 + "\n").encode(), (text * 20 + "\n").encode(encoding)
    content = {"before": other + one, "after": one + other, "between": one + other + one}[order]
    path = tmp_path / "a.txt"
    path.write_bytes(content.replace(b"\n", b"\r\n"))
    found = read(path)
    assert set(found.text.split("\n")) == {text.strip("\n"), ""} and "\ufffd" not in found.text
    assert f"20 lines were read as {encoding}, the others as UTF-8." in found.warnings


def test_in_a_table_and_a_page_too(tmp_path: Path) -> None:
    line = PLAIN.strip("\n").replace(",", "")
    rows = [f"{n},{line}\n".encode("cp1252" if n % 3 == 0 else "utf-8") for n in range(1, 30)]
    (tmp_path / "a.csv").write_bytes(b"id,text\n" + b"".join(rows))
    assert read(tmp_path / "a.csv").documents == [line] * 29
    page = b"<html><body>" + b"".join(b"<p>" + row.strip() + b"</p>\n" for row in rows) + b"</body></html>"
    (tmp_path / "a.html").write_bytes(page)
    assert read(tmp_path / "a.html").text.count(line) == 29


def test_damage_is_no_second_encoding(tmp_path: Path) -> None:
    lines = [bytearray(french.encode()) for _ in range(50)]
    lines[7][3] = lines[20][9] = 0xFF
    path = tmp_path / "a.txt"
    path.write_bytes(b"".join(lines))
    found = read(path)
    assert found.text.count("\ufffd") == 2 and "2 bytes are no proper utf-8" in found.warnings
