"""Presentations: tests/data/talk.pptx was written by LibreOffice."""

from pathlib import Path

import pytest

from textgen_gui.engine.core.config import TextConfig
from textgen_gui.engine.core.errors import TextError

from ....awkward import archive
from . import read

TALK = Path(__file__).resolve().parents[3] / "data" / "talk.pptx"
SPACE = "http://schemas.openxmlformats.org/drawingml/2006/main"


def slide(words: str, more: str = "") -> str:
    return f"<p:sld xmlns:p='p' xmlns:a='{SPACE}'>{more}<p:sp><a:p><a:r><a:t>{words}</a:t></a:r></a:p></p:sp></p:sld>"


def test_slides_come_in_their_order_with_what_the_speaker_notes() -> None:
    found = read(TALK)
    first = "Photosynthesis\nLeaves turn light\ninto sugar.\nThey breathe.\nNOTE Ask them who has a garden."
    assert found.text == f"{first}\n\none\ttwo\nthree\tfour" and found.warnings == "Left out: 1 hidden slide."
    found = read(TALK, TextConfig(columns=("slides",)))
    assert "NOTE" not in found.text and found.warnings == "Left out: 1 hidden slide, 1 note."
    assert read(TALK, TextConfig(columns=("notes",))).text == "NOTE Ask them who has a garden."


def test_the_order_is_that_of_the_main_part(tmp_path: Path) -> None:
    kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    relations = "".join(f"<Relationship Id='r{n}' Type='{kind}/slide' Target='slides/slide{n}.xml'/>" for n in (1, 2))
    listed = "".join(f"<p:sldId id='{n}' r:id='r{n}'/>" for n in (2, 1))
    place = "<p:nvSpPr><p:nvPr><p:ph type='sldNum'/></p:nvPr></p:nvSpPr>"
    number = f"<p:sp>{place}<a:p><a:r><a:t>17</a:t></a:r></a:p></p:sp>"
    parts: dict[str, str | bytes] = {
        "ppt/presentation.xml": f"<p:presentation xmlns:p='p' xmlns:r='{kind}'>{listed}</p:presentation>",
        "ppt/_rels/presentation.xml.rels": f"<Relationships>{relations}</Relationships>",
        "ppt/slides/slide1.xml": slide("Last", number),
        "ppt/slides/slide2.xml": slide("First"),
    }
    assert read(archive(tmp_path / "a.pptx", parts)).text == "First\n\nLast"
    del parts["ppt/_rels/presentation.xml.rels"]
    assert read(archive(tmp_path / "b.pptx", parts)).text == "Last\n\nFirst"


def test_an_empty_or_damaged_one_is_refused(tmp_path: Path) -> None:
    parts: dict[str, str | bytes] = {"ppt/presentation.xml": "<p/>", "ppt/slides/slide1.xml": slide(" ")}
    with pytest.raises(TextError, match="holds no text"):
        read(archive(tmp_path / "a.pptx", parts))
    (tmp_path / "b.pptx").write_bytes(TALK.read_bytes()[:20_000])
    with pytest.raises(TextError, match="damaged"):
        read(tmp_path / "b.pptx")
