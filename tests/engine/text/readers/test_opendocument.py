"""OpenDocument texts: nothing that its author wrote is lost, notes come after the text, the rest is counted."""

from pathlib import Path

import pytest

from textgen_gui.engine.core.config import TextConfig
from textgen_gui.engine.core.errors import TextError

from ....awkward import archive
from . import REPORTS, markers, read

spaces = {
    **{
        name: f"urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"
        for name in ("office", "text", "table", "style", "presentation")
    },
    "draw": "urn:oasis:names:tc:opendocument:xmlns:drawing:1.0",
    "svg": "urn:oasis:names:tc:opendocument:xmlns:svg-compatible:1.0",
    "dc": "http://purl.org/dc/elements/1.1/",
    "math": "http://www.w3.org/1998/Math/MathML",
    "xlink": "http://www.w3.org/1999/xlink",
}
root = " ".join(f"xmlns:{name}='{space}'" for name, space in spaces.items())


def document(folder: Path, body: str, more: dict[str, str | bytes] | None = None) -> Path:
    content = f"<office:document-content {root}><office:body><office:text>{body}</office:text></office:body>"
    styles = (
        f"<office:document-styles {root}><office:master-styles><style:master-page><style:header>"
        "<text:p>M20 header</text:p></style:header><style:footer><text:p/></style:footer></style:master-page>"
        "</office:master-styles></office:document-styles>"
    )
    parts = {"content.xml": content + "</office:document-content>", "styles.xml": styles}
    return archive(folder / "a.odt", {**parts, **(more or {})})


def test_a_note_does_not_break_its_sentence() -> None:
    assert read(REPORTS / "footnotes.odt").text == (
        "The old mill was rebuilt by the miller’s son and burned down again within a year.\n"
        "A second paragraph without notes.\nNOTE-ONE The parish register says 1842.\nNOTE-TWO His brother denied it."
    )


BODY = """
<text:tracked-changes><text:changed-region><text:deletion><dc:creator>NO1</dc:creator><text:p>NO2</text:p>
</text:deletion></text:changed-region></text:tracked-changes>
<text:h>M01 heading</text:h>
<text:p>M02 body <text:span>M03 span</text:span>,<!-- a comment of the file --> M04 after
   <text:note><text:note-citation>NO3</text:note-citation><text:note-body>
     <text:p>M18 note</text:p></text:note-body></text:note> M05 goes on</text:p>
<text:list><text:list-item><text:p>M06 list</text:p></text:list-item></text:list>
<table:table><table:table-row><table:table-cell><text:p>M07 cell</text:p>
  <table:table><table:table-row><table:table-cell><text:p>M08 inner</text:p></table:table-cell></table:table-row>
  </table:table><text:p>M09 after</text:p></table:table-cell>
  <table:table-cell><text:p>M10 second</text:p></table:table-cell></table:table-row></table:table>
<text:p><draw:frame><draw:text-box><text:p>M11 box</text:p></draw:text-box><svg:title>NO4</svg:title>
  <svg:desc>NO5</svg:desc></draw:frame>M12 around</text:p>
<text:p><office:annotation><dc:creator>NO6</dc:creator><dc:date>NO7</dc:date><text:p>M19 comment</text:p>
  </office:annotation>M13 commented</text:p>
<text:p><text:ruby><text:ruby-base>M14 base</text:ruby-base><text:ruby-text>NO8</text:ruby-text></text:ruby></text:p>
<text:p><text:a>M15 link</text:a> <text:title>M16 field</text:title></text:p>
<text:p>Area: <draw:frame><draw:object xlink:href="./Object 1"/></draw:frame></text:p>
"""
FORMULA = (
    f"<math xmlns='{spaces['math']}'><semantics><mrow><mi>M17</mi><mo>=</mo><mi>x</mi></mrow>"
    "<annotation>NO9</annotation></semantics></math>"
)


def test_every_place_of_text_is_read_or_counted(tmp_path: Path) -> None:
    found = read(document(tmp_path, BODY, {"Object 1/content.xml": FORMULA}))
    assert [word[:3] for word in markers(found.text)] == [f"M{number:02}" for number in range(1, 19)]
    assert (
        not any(f"NO{n}" in found.text for n in range(10))
        and "M04 after M05 goes on" in found.text
        and "M17=x" in found.text
    )
    assert found.warnings == "Left out: 1 comment, 1 header or footer, 1 deleted passage."


def test_what_is_left_out_can_be_chosen(tmp_path: Path) -> None:
    options = TextConfig(columns=("text", "comments", "headers and footers"))
    found = read(document(tmp_path, BODY), options)
    assert {"M19", "M20"} <= set(markers(found.text)) and "M18" not in found.text
    assert found.warnings == "Left out: 1 deleted passage, 1 note."


@pytest.mark.parametrize("count", ["", "many", "-3", "²", "9" * 5000])
def test_a_number_that_is_none_does_not_stop_it(tmp_path: Path, count: str) -> None:
    text = read(document(tmp_path, f"<text:p>a<text:s text:c='{count}'/>b</text:p>")).text
    assert text in ("a b", "a" + " " * 1000 + "b")


def test_entities_of_its_own_are_read_and_do_not_explode(tmp_path: Path) -> None:
    content = (
        "<!DOCTYPE x [<!ENTITY town 'Lübeck'>]>"
        f"<office:document-content {root}><office:body><office:text><text:p>In &town; it rained.</text:p>"
        "</office:text></office:body></office:document-content>"
    )
    assert read(archive(tmp_path / "a.odt", {"content.xml": content})).text == "In Lübeck it rained."
    laughs = "".join(f"<!ENTITY l{n} '{f'&l{n - 1};' * 10}'>" for n in range(1, 12))
    bomb = content.replace("<!ENTITY town 'Lübeck'>", f"<!ENTITY l0 'ha'>{laughs}").replace("&town;", "&l11;")
    with pytest.raises(TextError, match="damaged"):
        read(archive(tmp_path / "b.odt", {"content.xml": bomb}))


def test_what_is_hidden_or_of_another_program_is_counted(tmp_path: Path) -> None:
    sheet = (
        f"<office:document-content {root}><office:body><office:spreadsheet><table:table><table:table-row>"
        "<table:table-cell><text:p>NO1</text:p></table:table-cell></table:table-row></table:table>"
        "</office:spreadsheet></office:body></office:document-content>"
    )
    body = (
        "<text:section text:display='none'><text:p>NO2</text:p></text:section>"
        "<text:section><text:p>one <text:script>NO3()</text:script>two"
        "<draw:frame><draw:object xlink:href='./Object 1'/></draw:frame></text:p></text:section>"
    )
    found = read(document(tmp_path, body, {"Object 1/content.xml": sheet}))
    assert found == (["one two"], "Left out: 1 header or footer, 1 hidden passage, 1 embedded document.")


def test_what_a_style_hides_is_hidden(tmp_path: Path) -> None:
    """As a writer does with notes to himself; a style made of a hidden one hides too, unless it says otherwise."""
    properties = "<style:text-properties text:display='{}'/>"
    styles = [
        ("T1", "text", "", properties.format("none")),
        ("T2", "text", "T1", ""),
        ("T3", "text", "T1", properties.format("true")),
        ("P1", "paragraph", "Note to myself", ""),
    ]
    own = "".join(
        f"<style:style style:name='{name}' style:family='{family}' style:parent-style-name='{base}'>{look}"
        "</style:style>"
        for name, family, base, look in styles
    )
    content = (
        f"<office:document-content {root}><office:automatic-styles>{own}</office:automatic-styles><office:body>"
        "<office:text><text:p>one <text:span text:style-name='T1'>NO1</text:span>two"
        "<text:span text:style-name='T2'>NO2</text:span> <text:span text:style-name='T3'>three</text:span></text:p>"
        "<text:p text:style-name='P1'>NO3<text:note><text:note-body><text:p>NO4</text:p></text:note-body></text:note>"
        "</text:p><text:p text:style-name='T1'>four</text:p></office:text></office:body></office:document-content>"
    )
    named = (
        f"<office:document-styles {root}><office:styles><style:style style:name='Note to myself' "
        f"style:family='paragraph'>{properties.format('none')}</style:style></office:styles></office:document-styles>"
    )
    found = read(archive(tmp_path / "a.odt", {"content.xml": content, "styles.xml": named}))
    assert found == (["one two three\n\nfour"], "Left out: 3 hidden passages.")


def test_answers_in_forms_are_words_and_what_they_ask_for_is_none(tmp_path: Path) -> None:
    space = "xmlns:loext='urn:org:documentfoundation:names:experimental:office:xmlns:loext:1.0'"
    name = f"<loext:content-control {space}>Mrs <text:span>Miller</text:span> of Bern</loext:content-control>"
    asks = f"<loext:content-control {space} loext:showing-place-holder='true'>NO</loext:content-control>"
    assert (
        read(document(tmp_path, f"<text:p>Dear {name}, {asks}hello.</text:p>")).text
        == "Dear Mrs Miller of Bern, hello."
    )


def test_formulas_keep_what_they_say(tmp_path: Path) -> None:
    half = "<mfrac><mn>1</mn><mn>2</mn></mfrac><mo>+</mo>"
    power = "<msup><mi>x</mi><mrow><mi>n</mi><mo>+</mo><mn>1</mn></mrow></msup>"
    formula = f"<math xmlns='{spaces['math']}'><semantics><mrow>{half}{power}<msqrt><mn>2</mn></msqrt></mrow>"
    formula += "<annotation>NO</annotation></semantics></math>"
    body = "<text:p>It is <draw:object xlink:href='./Object 1'/>.</text:p>"
    assert read(document(tmp_path, body, {"Object 1/content.xml": formula})).text == "It is 1/2+x^(n+1)√2."


def test_a_table_of_contents_is_no_text(tmp_path: Path) -> None:
    contents = (
        "<text:table-of-content><text:table-of-content-source><text:index-title-template>NO1"
        "</text:index-title-template></text:table-of-content-source><text:index-body><text:index-title>"
        "<text:p>NO2</text:p></text:index-title><text:p>NO3<text:tab/>3</text:p></text:index-body>"
        "</text:table-of-content>"
    )
    found = read(document(tmp_path, f"<text:p>One</text:p>{contents}<text:p>Two</text:p>"))
    assert found.text == "One\nTwo" and "1 table of contents" in found.warnings


def test_an_index_and_what_a_template_asks_for_is_no_text(tmp_path: Path) -> None:
    body = (
        "<text:p>See page <text:page-number>3</text:page-number>, <text:placeholder>&lt;name&gt;</text:placeholder>!"
        "</text:p><text:alphabetical-index><text:index-body><text:p>boat, 3, 5</text:p></text:index-body>"
        "</text:alphabetical-index>"
    )
    found = read(document(tmp_path, body))
    assert found.text == "See page , !" and "1 index" in found.warnings


def test_a_hidden_slide_is_no_text(tmp_path: Path) -> None:
    looks = '<style:drawing-page-properties presentation:visibility="hidden"/>'
    styles = f'<style:style style:name="dp2" style:family="drawing-page">{looks}</style:style>'
    slides = "".join(
        f'<draw:page draw:style-name="dp{number}"><draw:frame><draw:text-box><text:p>Slide {number}</text:p>'
        "</draw:text-box></draw:frame></draw:page>"
        for number in (1, 2, 3)
    )
    content = (
        f"<office:document-content {root}><office:automatic-styles>{styles}</office:automatic-styles><office:body>"
        f"<office:presentation>{slides}</office:presentation></office:body></office:document-content>"
    )
    found = read(archive(tmp_path / "a.odp", {"content.xml": content}))
    assert found.text.split() == ["Slide", "1", "Slide", "3"] and "1 hidden slide" in found.warnings
