"""E-books: whatever namespaces and encodings they use, no chapter is lost in silence."""

import unicodedata
from pathlib import Path

import pytest

from ....awkward import archive, epub, page, russian
from . import REPORTS, markers, read
from .test_html import BODY


def test_old_books_are_read() -> None:
    assert read(REPORTS / "old-oeb.epub").text.startswith("The lamp on the quay burned all night")


def test_readings_are_left_out() -> None:
    assert read(REPORTS / "ruby.epub").text == "山の上に小屋があった。\n\n誰も住んでいなかった。"


def test_chapters_are_decoded_as_they_say() -> None:
    found = read(REPORTS / "windows-1251.epub")
    assert found.text.startswith("Старый мельник долго смотрел на реку и молчал.") and not found.warnings


@pytest.mark.parametrize("encoding", ["cp1251", "koi8-u", "utf-16"])
def test_an_encoding_that_nobody_names_is_found_and_told(tmp_path: Path, encoding: str) -> None:
    parts = epub({"a.xhtml": "x"}, ["a.xhtml"]) | {"OEBPS/a.xhtml": page(f"<p>{russian * 9}</p>").encode(encoding)}
    found = read(archive(tmp_path / "a.epub", parts))
    assert russian.strip() in found.text
    told = (
        "" if encoding == "utf-16" else f"1 chapter in an encoding that was found out: {encoding}. Check the preview."
    )
    assert found.warnings == told


def test_replacements_are_counted(tmp_path: Path) -> None:
    content = page(f"<p>{russian * 9}</p>").encode()
    parts = epub({"a.xhtml": "x"}, ["a.xhtml"]) | {"OEBPS/a.xhtml": content[:200] + b"\xff" + content[200:]}
    found = read(archive(tmp_path / "a.epub", parts))
    assert found.text.count("\ufffd") == int(found.warnings.split()[0]) > 0


@pytest.mark.parametrize(
    "space", ["http://www.idpf.org/2007/opf/", "http://openebook.org/namespaces/oeb-package/1.0/", ""]
)
def test_namespaces_are_not_believed(tmp_path: Path, space: str) -> None:
    parts = epub({"a.xhtml": page("<p>first</p>"), "b.xhtml": page("<p>second</p>")}, ["b.xhtml", "a.xhtml"])
    parts["OEBPS/book.opf"] = str(parts["OEBPS/book.opf"]).replace("http://www.idpf.org/2007/opf", space)
    parts["META-INF/container.xml"] = str(parts["META-INF/container.xml"]).replace("urn:oasis", "urn:mistyped")
    parts = {name: str(text).replace("http://www.w3.org/1999/xhtml", "http://mistyped") for name, text in parts.items()}
    assert read(archive(tmp_path / "a.epub", parts)).text == "second\n\nfirst"


def test_every_place_of_text_is_read_or_counted(tmp_path: Path) -> None:
    found = read(archive(tmp_path / "a.epub", epub({"a.xhtml": page(BODY)}, ["a.xhtml"])))
    assert markers(found.text) == [f"M{number:02}" for number in range(1, 17)]
    assert found.warnings == "Left out: 1 menu, 1 button."


def test_chapters_are_never_lost_in_silence(tmp_path: Path) -> None:
    chapters = {name: page(f"<p>{name}</p>") for name in ("a b.xhtml", "C.xhtml", "note.xhtml", "toc.xhtml", "d.xhtml")}
    parts = epub(chapters, list(chapters))
    package = str(parts["OEBPS/book.opf"]).replace("a b.xhtml", "a%20b.xhtml").replace("C.xhtml", "c.XHTML")
    package = package.replace("<itemref idref='i2'/>", "<itemref idref='i2' linear='no'/>")
    package = package.replace("id='i3'", "id='i3' properties='nav'").replace("</spine>", "<itemref idref='z'/></spine>")
    package = package.replace("href='d.xhtml' media-type='application/xhtml+xml'", "href='d.xhtml' media-type='text/x'")
    found = read(archive(tmp_path / "a.epub", parts | {"OEBPS/book.opf": package}))
    assert found.text == "a b.xhtml\n\nC.xhtml\n\nd.xhtml"
    assert found.warnings == (
        "1 of 4 chapters are missing from the file. Left out: 1 table of contents, 1 page outside the reading order."
    )
    package = package.replace("<spine>", "<x>").replace("</spine>", "</x>").replace("itemref", "y")
    assert "d.xhtml" in read(archive(tmp_path / "b.epub", parts | {"OEBPS/book.opf": package})).text


def test_a_book_without_a_container_is_found_by_its_description(tmp_path: Path) -> None:
    parts = epub({"a.xhtml": page("<p>first</p>")}, ["a.xhtml"])
    del parts["META-INF/container.xml"]
    assert read(archive(tmp_path / "a.epub", parts)).text == "first"


def test_a_chapter_that_breaks_off_is_told(tmp_path: Path) -> None:
    whole = "<html><body><p>The first paragraph.</p><p>The second one.</p></body></html>"
    assert "off before" not in read(archive(tmp_path / "a.epub", epub({"a.xhtml": whole}, ["a.xhtml"]))).warnings
    found = read(archive(tmp_path / "b.epub", epub({"a.xhtml": whole[:-30]}, ["a.xhtml"])))
    assert "1 chapter breaks off before the end." in found.warnings


def typed(package: str, name: str, type: str, fallback: str = "") -> str:
    more = f" fallback='{fallback}'" if fallback else ""
    return package.replace(
        f"href='{name}' media-type='application/xhtml+xml'", f"href='{name}' media-type='{type}'{more}"
    )


def test_what_stands_in_for_a_page_in_another_format_is_read(tmp_path: Path) -> None:
    chapters = {
        "a.pdf": "%PDF-1.4",
        "b.xml": "<x>no</x>",
        "c.xhtml": page("<p>instead</p>"),
        "d.jpg": "x",
        "e.xhtml": page("<p>last</p>"),
    }
    parts = epub(chapters, ["a.pdf", "d.jpg", "e.xhtml"])
    package = typed(str(parts["OEBPS/book.opf"]), "a.pdf", "application/pdf", "i1")
    package = typed(typed(package, "b.xml", "application/x-own+xml", "i2"), "d.jpg", "image/jpeg")
    found = read(archive(tmp_path / "a.epub", parts | {"OEBPS/book.opf": package}))
    assert found.text == "instead\n\nlast"
    assert found.warnings == "Left out: 1 page that is a picture or in another format."


def test_one_damaged_chapter_does_not_take_the_others_with_it(tmp_path: Path) -> None:
    chapters = {"a.xhtml": page("<p>first</p>"), "b.xhtml": page("<p>words</p>" * 500), "c.xhtml": page("<p>last</p>")}
    for damage in (b"\xff" * 20, None):
        parts = epub(chapters, list(chapters))
        if damage is None:
            parts["OEBPS/b.xhtml"] = "<div>" * 100_000 + "words"
        path = archive(tmp_path / "a.epub", parts)
        whole = bytearray(path.read_bytes())
        if damage:
            start = whole.index(b"OEBPS/b.xhtml") + 30
            whole[start : start + len(damage)] = damage
        path.write_bytes(whole)
        found = read(path)
        assert found.text == "first\n\nlast"
        assert found.warnings == "1 of 3 chapters are damaged and were left out."


def test_chapters_are_found_however_their_names_are_written_and_come_once(tmp_path: Path) -> None:
    composed = "Ü.xhtml"
    parts = epub({composed: page("<p>first</p>"), "b.xhtml": page("<p>second</p>")}, [composed, "b.xhtml", composed])
    parts[unicodedata.normalize("NFD", f"OEBPS/{composed}")] = parts.pop(f"OEBPS/{composed}")
    package = str(parts["OEBPS/book.opf"]).replace("idref='i0'", "idref=' i0 '")
    assert read(archive(tmp_path / "a.epub", parts | {"OEBPS/book.opf": package})).text == "first\n\nsecond"


def test_of_two_versions_for_different_programs_one_is_read(tmp_path: Path) -> None:
    body = "<p>a</p><epub:switch><epub:case><p>no</p></epub:case><epub:default><p>b</p></epub:default></epub:switch>"
    chapter = page(body).replace("<html ", "<?xml version='1.0'?><html xmlns:epub='http://www.idpf.org/2007/ops' ")
    assert read(archive(tmp_path / "a.epub", epub({"a.xhtml": chapter}, ["a.xhtml"]))).text == "a\n\nb"
