"""Labels are understood as browsers do, believed only where a page speaks for itself, and not when they are wrong."""

from pathlib import Path

import pytest

from textgen_gui.engine.text.readers import labels
from textgen_gui.engine.text.readers.reading import Input

from ....awkward import french, japanese, russian
from . import read

FILE = Input(Path("page.html"))


@pytest.mark.parametrize(
    ("label", "name"),
    [
        ("iso-8859-1", "cp1252"),
        ("US-ASCII", "cp1252"),
        (" Latin1 ", "cp1252"),
        ("gb2312", "gb18030"),
        ("GBK", "gb18030"),
        ("shift_jis", "cp932"),
        ("x-sjis", "cp932"),
        ("euc-kr", "cp949"),
        ("big5", "big5hkscs"),
        ("iso-8859-9", "cp1254"),
        ("tis-620", "cp874"),
        ("koi8-ru", "koi8-u"),
        ("utf8", "utf-8"),
        ("idna", ""),
        ("rot13", ""),
        ("punycode", ""),
        ("", ""),
    ],
)
def test_labels_are_those_of_browsers(label: str, name: str) -> None:
    assert labels.python_name(label) == name


def test_python_knows_every_encoding_of_the_table() -> None:
    for name in set(labels._encodings.values()):
        "a".encode(name)


@pytest.mark.parametrize(
    ("head", "name"),
    [
        ('<meta charset="koi8-r">', "koi8-r"),
        ("<META CHARSET=koi8-r>", "koi8-r"),
        ("<meta content='text/html;charset=koi8-r' http-equiv='content-type'>", "koi8-r"),
        ('<?xml version="1.0" encoding="koi8-r"?><html>', "koi8-r"),
        ("<meta charset='utf-16'>", "utf-8"),
        ('<?xml version="1.0" encoding="UTF-16"?><html>', "utf-8"),
        ('<!-- <meta charset="koi8-r"> -->', ""),
        ('<script charset="koi8-r">x = \'<meta charset="koi8-r">\'</script>', ""),
        ("<title>charset=koi8-r</title>", ""),
        ('<link charset="koi8-r">', ""),
        ('<meta name="description" content="charset=koi8-r">', ""),
        ('<body><p>Write <meta charset="koi8-r"> there.</p>', ""),
        ('<!-- a --><script>1</script><meta charset="koi8-r">', "koi8-r"),
        ("encoding=koi8-r", ""),
    ],
)
def test_a_label_stands_where_the_page_speaks_for_itself(head: str, name: str) -> None:
    assert labels.declared(head.encode()) == name


def page(text: str, label: str) -> str:
    return f"<html><head><meta charset='{label}'></head><body><p>{text}</p></body></html>"


def test_a_mark_beats_a_label() -> None:
    for encoding in ("utf-8-sig", "utf-16", "utf-32"):
        found = labels.decode(FILE, page(russian, "koi8-r").encode(encoding))
        assert russian in found.text and not found.replaced


@pytest.mark.parametrize(
    ("encoding", "label"),
    [("cp1252", "utf-8"), ("cp1251", "utf-8"), ("utf-8", "cp1252"), ("utf-8", "koi8-r"), ("cp1252", "shift_jis")],
)
def test_a_wrong_label_gives_way(encoding: str, label: str) -> None:
    text = russian if encoding == "cp1251" else french
    found = labels.decode(FILE, page(text * 5, label).encode(encoding))
    assert text in found.text and not found.replaced
    assert found.found.encoding == encoding and "It says that it is" in found.found.warning


def test_a_few_damaged_bytes_do_not_make_a_label_wrong() -> None:
    content = page(french * 20, "utf-8").encode().replace(b"\xc3\xa8", b"\xe8", 1)
    found = labels.decode(FILE, content)
    assert (found.found.encoding, found.replaced, found.found.warning) == ("utf-8", 1, "")


thai = "ชายชราเดินช้าๆ ไปตามแม่น้ำและมองดูน้ำที่ส่องแสงใต้แสงดาว\n"


@pytest.mark.parametrize(("encoding", "text"), [("iso-2022-jp", japanese), ("cp874", thai)])
def test_encodings_that_nobody_names(tmp_path: Path, encoding: str, text: str) -> None:
    (tmp_path / "a.txt").write_bytes((f"A letter.\n{text}" * 9).encode(encoding))
    assert read(tmp_path / "a.txt").text == f"A letter.\n{text}" * 9
