"""PDF: the text of every page in order; what is no text of a page is counted."""

from pathlib import Path

import pytest

from textgen_gui.engine.core.errors import TextError

from ....awkward import pdf
from . import markers, read

PAGES = [
    "M01 header\nM02 body\nM03 list\nM04 cell  M05 second\nM06 caption\nM07 note\nM08 footer",
    "",
    "M09 body of the third page",
]
COMMENT = "<< /Type /Annot /Subtype /Text /Rect [0 0 9 9] /Contents (NO1 a comment) >>"
FIELD = "<< /Type /Annot /Subtype /Widget /Rect [0 0 9 9] /FT /Tx /T (a) /V (NO2 a field) >>"
DAMAGED = "It is damaged. What could be found in it was read; a part of it may be missing."
LINK = "<< /Type /Annot /Subtype /Link /Rect [0 0 9 9] >>"


def test_every_place_of_text_is_read_or_counted(tmp_path: Path) -> None:
    content = pdf(PAGES).replace(b"/MediaBox", f"/Annots [{COMMENT} {FIELD} {LINK}] /MediaBox".encode(), 1)
    (tmp_path / "a.pdf").write_bytes(content)
    found = read(tmp_path / "a.pdf")
    assert markers(found.text) == [f"M{number:02}" for number in range(1, 10)]
    assert "1 of 3 pages hold no text" in found.warnings
    assert "Left out: 1 comment, 1 field of a form." in found.warnings


def test_attached_files_are_counted(tmp_path: Path) -> None:
    attached = "/Names << /EmbeddedFiles << /Names [(a.txt) << /Type /Filespec /F (a.txt) >>] >> >>"
    (tmp_path / "a.pdf").write_bytes(
        pdf(["Words"]).replace(b"/Type /Catalog", f"/Type /Catalog {attached}".encode(), 1)
    )
    found = read(tmp_path / "a.pdf")
    assert found.text == "Words" and "Left out: 1 attached file." in found.warnings


def test_one_that_was_put_together_again_is_told(tmp_path: Path) -> None:
    """Its table of contents is not where it says: bytes were lost or came in between, and pages may be missing."""
    whole = pdf(PAGES)
    for healthy in (whole, b"\n\n" + whole, whole + b"\n" * 900):
        (tmp_path / "a.pdf").write_bytes(healthy)
        assert DAMAGED not in read(tmp_path / "a.pdf").warnings, healthy[-20:]
    shorter, without = whole.replace(b"caption", b""), whole[: whole.rindex(b"startxref")]
    for damaged in (shorter, without, whole.replace(b"startxref\n", b"startxref\n999")):
        (tmp_path / "a.pdf").write_bytes(damaged)
        assert DAMAGED in read(tmp_path / "a.pdf").warnings, damaged[-20:]


def test_letters_that_their_font_does_not_explain_are_no_words(tmp_path: Path) -> None:
    """They came out as other letters, or as signs that nobody sees. The other pages are read."""
    codes = "".join(f"\\00{n}" for n in range(1, 8))
    content = pdf(["Words", codes, "More words"])
    names = "/".join(f"g{n}" for n in range(1, 8))
    unexplained = f"/BaseFont /ABCDEF+Book /FirstChar 1 /LastChar 127 /Encoding << /Differences [1/{names}] >>".encode()
    (tmp_path / "a.pdf").write_bytes(content.replace(b"/BaseFont /Helvetica", unexplained))
    found = read(tmp_path / "a.pdf")
    assert found.text == "Words\n\nMore words"
    assert "1 page has fonts that do not say" in found.warnings and "hold no text" not in found.warnings
    content = pdf([codes, codes]).replace(b"/BaseFont /Helvetica", unexplained)
    (tmp_path / "a.pdf").write_bytes(content)
    with pytest.raises(TextError, match=r"a\.pdf has fonts that do not say"):
        read(tmp_path / "a.pdf")
