"""Old Word documents: tests/data/letter.doc was written by LibreOffice; older and damaged ones are made from it."""

import struct
from collections.abc import Mapping
from pathlib import Path
from random import Random

import olefile
import pytest

from textgen_gui.engine.core.config import TextConfig
from textgen_gui.engine.core.errors import TextError

from ....awkward import archive, docx
from . import read

LETTER = Path(__file__).resolve().parents[3] / "data" / "letter.doc"
TEXT = (
    "Dear Anna,\nthe winter was long and cold. We had coal.\n"
    "A link, a page 1, a non-breaking hyphen and softhyphen.\nNext line.\tAfter tab. Привет 日本 𝄞 “quoted” – dash.\n"
    + "The old man saw a light on the sea. "
    * 20
)


def changed(folder: Path, stream: str, at: Mapping[int, bytes], source: Path = LETTER) -> Path:
    """The letter with other bytes in one of its streams."""
    path = folder / "changed.doc"
    path.write_bytes(source.read_bytes())
    with olefile.OleFileIO(path, write_mode=True) as streams:
        content = bytearray(streams.openstream(stream).read())
        for place, other in at.items():
            content[place : place + len(other)] = other
        streams.write_stream(stream, bytes(content))
    return path


def test_a_letter_is_read_as_its_reader_sees_it() -> None:
    found = read(LETTER)
    assert found.text == f"{TEXT}\nFOOT It was 1962.\nEND Brown coal."
    assert found.warnings == "Left out: 1 comment, 1 header or footer, 1 deleted passage, 1 hidden passage."


def test_parts_are_chosen() -> None:
    assert read(LETTER, TextConfig(columns=("text",))).text == TEXT
    found = read(LETTER, TextConfig(columns=("comments", "headers and footers")))
    assert found.text == "COMMENT why we?\nHEADER of all pages"


def test_what_has_only_the_name_is_read_as_what_it_is(tmp_path: Path) -> None:
    said = "Dear Ben, it is a café, as ever."
    old = "{\\rtf1\\ansi Dear Ben, it is a caf\\'e9, as ever.}"
    page = f"<html><body><p>{said}</p></body></html>"
    packed = f"MIME-Version: 1.0\nContent-Type: text/html; charset=utf-8\n\n{page}\n"  # as Word saves pages
    for content in (packed.encode(), old.encode(), page.encode(), said.encode("cp1252"), f"\ufeff{said}".encode()):
        (tmp_path / "a.doc").write_bytes(content)
        assert read(tmp_path / "a.doc").text == said, content[:20]
    written = archive(tmp_path / "b.docx", docx(f"<w:p><w:r><w:t>{said}</w:t></w:r></w:p>"))
    assert read(written.rename(tmp_path / "b.doc")).text == said
    (tmp_path / "c.docx").write_bytes(LETTER.read_bytes())
    assert read(tmp_path / "c.docx").text == read(LETTER).text


@pytest.mark.parametrize("encoding", ["cp1252", "cp1251"])
def test_letters_from_before_1997_have_one_byte(tmp_path: Path, encoding: str) -> None:
    said = {"cp1252": "Liebe Anna, schöne Grüße von der Küste.\r", "cp1251": "Дорогая Анна, мы уже дома.\r"}[
        encoding
    ] * 20
    note = "\x02 Es war 1962.\r" if encoding == "cp1252" else "\x02 Это было давно.\r"
    written = (said + note).encode(encoding)
    first, lengths = 0x300, struct.pack("<8i", len(said), len(note), 0, 0, 0, 0, 0, 0)
    head = {0: struct.pack("<HH", 0xA5DC, 104), 10: b"\0\0", 24: struct.pack("<II", first, first + len(written))}
    path = changed(tmp_path, "WordDocument", {**head, 0x34: lengths, first: written})
    assert read(path).text == (said.replace("\r", "\n") + note[2:]).strip()


def test_pieces_of_letters_of_one_and_of_two_bytes(tmp_path: Path) -> None:
    """As Word writes what is western, and where it was saved quickly: what was added lies anywhere."""
    with olefile.OleFileIO(LETTER) as streams:
        body, table = (streams.openstream(name).read() for name in ("WordDocument", "1Table"))
    first, one, two = "Dear Zoë – “it” is late. ", "And Anna too.\r", "Привет 𝄞. "
    where = body.index("The old man".encode("utf-16-le"))  # where nothing is deleted or hidden
    written = (first + one).encode("cp1252") + b"\0" * 16 + two.encode("utf-16-le")
    lengths = [len(first), len(two.encode("utf-16-le")) // 2, len(one)]
    starts = [where, where + len(first) + len(one) + 16, where + len(first)]
    borders = [sum(lengths[:number]) for number in range(4)]
    places = [start if number == 1 else 2 * start | 0x40000000 for number, start in enumerate(starts)]
    pieces = struct.pack("<4I", *borders) + b"".join(struct.pack("<2xIH", place, 0) for place in places)
    assert len(written) < 1400 and len(pieces) + 5 < len(table)
    clx, at = b"\2" + struct.pack("<I", len(pieces)) + pieces, len(table) - len(pieces) - 5
    path = changed(tmp_path, "1Table", {at: clx})
    head = {0x1A2: struct.pack("<II", at, len(clx)), 76: struct.pack("<8i", borders[3], 0, 0, 0, 0, 0, 0, 0)}
    path = changed(tmp_path, "WordDocument", {**head, where: written}, source=path)
    assert read(path) == ([f"{first}{two}{one.strip()}"], "")


def test_protected_letters_say_so(tmp_path: Path) -> None:
    with pytest.raises(TextError, match="protected by a password"):
        read(changed(tmp_path, "WordDocument", {11: b"\x13"}))
    name, other = "WordDocument".encode("utf-16-le"), "EncryptedPackage".encode("utf-16-le")
    entry = LETTER.read_bytes().replace(name.ljust(64, b"\0") + b"\x1a", other.ljust(64, b"\0") + b"\x22")
    assert entry != LETTER.read_bytes()
    (tmp_path / "new.docx").write_bytes(entry)
    with pytest.raises(TextError, match="protected by a password"):
        read(tmp_path / "new.docx")


def test_pieces_of_more_letters_than_there_are_bytes_are_refused(tmp_path: Path) -> None:
    with olefile.OleFileIO(LETTER) as streams:
        body, table = (streams.openstream(name).read() for name in ("WordDocument", "1Table"))
    start = struct.unpack_from("<I", body, 0x1A2)[0] + 5
    borders = struct.unpack_from("<2I", table, start)
    with pytest.raises(TextError, match="damaged"):
        read(changed(tmp_path, "1Table", {start: struct.pack("<2I", borders[0], 1 << 30)}))


def test_a_text_that_is_shorter_than_it_says_is_told(tmp_path: Path) -> None:
    for length in (struct.pack("<i", 500), struct.pack("<i", 3000)):
        assert "It is damaged." in read(changed(tmp_path, "WordDocument", {76: length})).warnings


def test_damage_is_told_and_nothing_else_happens(tmp_path: Path) -> None:
    chance, whole, path = Random(1), LETTER.read_bytes(), tmp_path / "a.doc"
    refused = 0
    for _ in range(300):
        content = bytearray(whole[: chance.randrange(200, len(whole))] if chance.random() < 0.3 else whole)
        for _ in range(chance.choice([1, 3, 20])):
            content[chance.randrange(8, len(content))] = chance.randrange(256)
        path.write_bytes(content)
        try:
            read(path)
        except TextError as problem:
            assert "a.doc" in str(problem) and "Error" not in str(problem), problem
            refused += 1
    assert 20 < refused < 280


def test_a_page_called_doc_is_read_as_a_page(tmp_path: Path) -> None:
    page = "<!DOCTYPE html>\n<head><title>A</title></head><body><p>The boats went out.</p></body>"
    for content in (page.encode(), page.encode("utf-16"), ("<!-- " + 1500 * "x" + " --><html>" + page).encode()):
        (tmp_path / "a.doc").write_bytes(content)
        assert read(tmp_path / "a.doc").text == "The boats went out."


def test_what_word_2003_wrote_as_xml_says_what_to_do(tmp_path: Path) -> None:
    words = (
        '<?xml version="1.0"?><?mso-application progid="Word.Document"?><w:wordDocument><w:t>Hi</w:t></w:wordDocument>'
    )
    (tmp_path / "a.doc").write_text(words)
    with pytest.raises(TextError, match=r"a\.doc is a document of Word 2003 in XML\. Open it in Word"):
        read(tmp_path / "a.doc")
