"""Rich text: every letter in its own encoding, every place of text once."""

from pathlib import Path

import pytest

from textgen_gui.engine.core.errors import TextError
from textgen_gui.engine.text import readers

from . import REPORTS, markers, read

NOVEL = "Chapter One\nThe café was empty. “Don’t go,” she said – and he stayed. Я\nIt rained until Sunday."


def write(folder: Path, content: bytes, name: str = "a.rtf") -> Path:
    (folder / name).write_bytes(content)
    return folder / name


def test_a_novel_is_read_also_when_it_is_called_txt(tmp_path: Path) -> None:
    assert read(REPORTS / "novel.rtf").text == NOVEL
    assert read(write(tmp_path, (REPORTS / "novel.rtf").read_bytes(), "a.txt")).text == NOVEL


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (rb"{\rtf1\ansi\ansicpg1251 \'d1\'f2\'e0\'f0\'fb\'e9 \'ec}", "Старый м"),
        (rb"{\rtf1\ansi{\fonttbl{\f0\fcharset0 A;}{\f1\fcharset204 B;}}\f0 caf\'e9 {\f1 \'ec\'ee} \'e9}", "café мо é"),
        (rb"{\rtf1\ansi\ansicpg1251{\fonttbl{\f0\fcharset0 A;}}\'cc\'ee {\f0 caf\'e9}", "Мо café"),
        (rb"{\rtf1\ansi{\fonttbl{\f0\fcharset128 A;}}\f0 \'8e\'52\'82\'cc\'8f\'e3}", "山の上"),
        (rb"{\rtf1\mac caf\'8e}", "café"),
        (
            rb"{\rtf1\ansi\uc1 \u-10179?\u-8694? and \uc2\u8364\'80\'80, \uc0\u233 t}",
            "😊 and €, ét",
        ),
        (rb"{\rtf1 a\~b\_c\-d\\ \{e\}\line f\tab g\par\par h\emdash i}", "a\xa0b-cd\\ {e}\nf\tg\n\nh—i"),
        (rb"{\rtf1 one{\bin4 {}}}two}", "onetwo"),
        (b"\xef\xbb\xbf{\\rtf1 one\r\n two\\\r\nthree}", "one two\nthree"),
    ],
)
def test_letters(tmp_path: Path, content: bytes, text: str) -> None:
    assert read(write(tmp_path, content)).text == text


BODY = rb"""{\rtf1\ansi{\fonttbl{\f0 NO0;}}{\stylesheet{\s1 NO1;}}{\info{\title NO2}}{\*\generator NO3;}
{\header \pard M90 header\par}{\footer M91 footer\par}
\pard M01 body\par {\listtext NO4\tab}M02 list\par
\trowd M03 cell\cell {\nestcell }M04 second\cell\row
{\field{\*\fldinst HYPERLINK "NO5"}{\fldrslt M05 link}}\par
M06 note{\footnote \pard M10 foot\par} M07 after\par
{\deleted NO6 gone}{\revised M08 new}\par {\*\annotation M92 comment}
{\shp{\*\shpinst{\sp{\sn NO7}{\sv NO8}}{\shptxt \pard M09 box\par}}{\shprslt NO9}}
{\pict NO10}{\v\xe NO11}}"""


def test_every_place_of_text_is_read_or_counted(tmp_path: Path) -> None:
    found = read(write(tmp_path, BODY.replace(b"\n", b"\r\n")))
    assert markers(found.text) == [f"M{number:02}" for number in range(1, 11)]
    assert "NO" not in found.text and "M03 cell" in found.text.split("\n")[2]
    assert found.warnings == "Left out: 2 headers and footers, 1 comment, 1 deleted passage."


def test_what_is_no_rich_text_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TextError, match="no rich text"):
        read(write(tmp_path, b"plain words"))
    with pytest.raises(TextError, match="holds no text"):
        read(write(tmp_path, b"{\\rtf1 }"))
    assert read(write(tmp_path, b"{\\rtf1 cut off {\\b bold")).text == "cut off bold"


def test_one_that_breaks_off_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.rtf").write_text(r"{\rtf1 A quiet {\b evening by the")
    reading, pieces = readers.read(tmp_path / "a.rtf")
    assert "".join(piece or "" for piece in pieces) == "A quiet evening by the"
    assert reading.warnings == ["It breaks off before its end, so a part of it may be missing."]


def test_one_that_goes_on_behind_its_end_is_told(tmp_path: Path) -> None:
    found = read(write(tmp_path, b"{\\rtf1 A quiet} evening by the sea"))
    assert found.text == "A quiet evening by the sea" and "goes on behind its end" in found.warnings
    for behind in (b"\r\n\0", b"\r\n\x1a", b" \x1a\x1a\0\n"):
        assert read(write(tmp_path, b"{\\rtf1 A quiet evening}" + behind)) == (["A quiet evening"], "")


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (rb"{\rtf1\deff0{\fonttbl{\f0\fcharset204 A;}{\f1\fcharset0 B;}}\'cf\f1\'e9\plain\'f0}", "Пéр"),
        (rb"{\rtf1{\fonttbl{\f0\cpg1251 A;}}\f0 \'cf}", "П"),
        (rb"{\rtf1\pc caf\'82}", "café"),
        (rb"{\rtf1\pca caf\'82}", "café"),
        (rb"{\rtf1\uc1 a\u8212\emdash b\u233\par c}", "a—bé\nc"),
        (rb"{\rtf1 one\'zz two\par three}", "onezz two\nthree"),
        (rb"{\rtf1 A {\object{\*\objclass NO}{\*\objdata 00}{\result inside}} B}", "A inside B"),
        (rb"{\rtf1 A{\*\do\dptxbx{\dptxbxtext \pard box\par}\dpx0} B}", "Abox\n B"),
        (rb"{\rtf1 A {{\NeXTGraphic NO.png \width6}}B}", "A B"),
    ],
)
def test_what_other_programs_write(tmp_path: Path, content: bytes, text: str) -> None:
    assert read(write(tmp_path, content)).text == text


def test_hidden_text_is_left_out_and_counted(tmp_path: Path) -> None:
    found = read(write(tmp_path, rb"{\rtf1 A {\v NO}B\v NO\v0  C}"))
    assert found == (["A B C"], "Left out: 2 hidden passages.")


def test_formulas_are_counted(tmp_path: Path) -> None:
    formula = rb"{\mmath{\*\moMath{\mr\mscr0 NO=m}{\msSup{\me{\mr c}}{\msup{\mr 2}}}}}"
    found = read(write(tmp_path, rb"{\rtf1 The law " + formula + rb" holds.}"))
    assert found == (["The law  holds."], "Left out: 1 equation.")


def test_tables_of_contents_indexes_and_numbers_of_pages_are_no_text(tmp_path: Path) -> None:
    page = rb"{\field{\*\fldinst PAGEREF _1}{\fldrslt 3}}"
    fields = (
        rb'{\field{\*\fldinst { TOC \\o "1-3" }}{\fldrslt {NO One\tab ' + page + rb"\par NO}}}"
        rb'{\field{\*\fldinst HYPERLINK "NO"}{\fldrslt link}} {\field{\*\fldinst PAGE}{\fldrslt NO}}'
        rb'{\field{\*\fldinst INDEX \\c "2"}{\fldrslt NO, 3\par}}end'
    )
    found = read(write(tmp_path, rb"{\rtf1 " + fields + rb"}"))
    assert found == (["link end"], "Left out: 1 table of contents, 1 index.")
