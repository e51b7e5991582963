"""Web pages: what a person would read of them, whatever else they carry."""

from pathlib import Path

import pytest

from textgen_gui.engine.core.errors import TextError

from . import REPORTS, markers, read


def write(folder: Path, content: str, name: str = "a.html") -> Path:
    path = folder / name
    path.write_text(content, encoding="utf-8")
    return path


def test_labels_of_browsers() -> None:
    assert read(REPORTS / "label-latin1.html").text.startswith("“Don’t go,” she said – and he didn’t. It cost 20 €")
    assert read(REPORTS / "label-sjis.html").text.startswith("第①章\u3000髙橋さんは")


BODY = """<nav><a>M90 menu</a></nav><header>M01 header</header><h1>M02 heading</h1><p>M03 body<!-- NO1 --> M04 after</p>
<ul><li>M05 list</ul><table><tr><td>M06 cell<table><tr><td>M07 inner</table>M08 after<td>M09 second</table>
<figure><img alt="NO2"><figcaption>M10 caption</figcaption></figure><a href="NO3">M11 link</a>
<p><ruby>M12<rp>(</rp><rt>NO4</rt><rp>)</rp></ruby> <ruby><rb>M13</rb><rtc><rt>NO5</rt></rtc></ruby></p>
<math><semantics><mi>M14</mi><annotation>NO6</annotation></semantics></math><aside>M15 note</aside>
<template>NO7</template><script>NO8</script><style>NO9</style><button>M91 button</button><footer>M16 footer</footer>"""


def test_every_place_of_text_is_read_or_counted(tmp_path: Path) -> None:
    found = read(write(tmp_path, f"<html><head><title>NO0</title></head><body>{BODY}</body></html>"))
    assert markers(found.text) == [f"M{number:02}" for number in range(1, 17)]
    assert "NO" not in found.text and found.warnings == "Left out: 1 menu, 1 button."


def test_what_stands_around_an_article_is_not_learnt(tmp_path: Path) -> None:
    """Lists of other posts and the foot of every page of the site; not where the article is the smaller part."""
    article = (
        "<article><header><h1>M01</h1></header><p>M02 and so on</p><aside>M03</aside><footer>M04</footer></article>"
    )
    margin = "<aside class=widget-area><h2>Recent posts</h2></aside>"
    foot = "<div role=contentinfo>Made by us</div>"
    page = f"<body><header>M00</header><main>{article * 4}</main>{margin}{foot}<script>{'x' * 900}</script></body>"
    found = read(write(tmp_path, page))
    assert markers(found.text) == ["M00", *["M01", "M02", "M03", "M04"] * 4]
    assert "Recent" not in found.text and "Made" not in found.text
    assert found.warnings == "Left out: 2 parts of the page around the article."
    short = read(write(tmp_path, f"<main>M01</main><aside>{'M02 a long story, ' * 9}</aside><footer>M03</footer>"))
    assert set(markers(short.text)) == {"M01", "M02", "M03"} and not short.warnings
    hidden = f"<nav>{'menu ' * 99}</nav><div style='display: none'>{'x ' * 99}</div>"
    beside = read(write(tmp_path, f"<main>{hidden}M01</main><aside>{'M02 a long story, ' * 3}</aside>"))
    assert set(markers(beside.text)) == {"M01", "M02"}, "what is not read is no part of the article"
    notes = read(write(tmp_path, f"{article}<aside>M05</aside>{article}<aside role=doc-endnotes>M06</aside>"))
    assert {"M05", "M06"} <= set(markers(notes.text))


@pytest.mark.parametrize(
    "large", ["<script>{}</script>", "<!--{}-->", "<img src='data:{}'>", "<style>{}</style>", "<p hidden>{}</p>"]
)
def test_nothing_is_lost_after_a_large_part(tmp_path: Path, large: str) -> None:
    path = write(tmp_path, f"<p>before</p>{large.format('x' * 12_000_000)}<p>after</p>")
    text = read(path).text
    assert text.startswith("before") and text.endswith("after")


def test_what_stands_behind_the_end_of_a_page_is_read(tmp_path: Path) -> None:
    """Pages that were joined, and what servers and lists of letters put below; browsers show all of it."""
    joined = "".join(f"<html><head><title>{n}</title></head><body><p>Page {n}</p></body></html>\n" for n in range(3))
    assert read(write(tmp_path, f"<!DOCTYPE html>{joined}<p>below</p>")).text == "Page 0\n\nPage 1\n\nPage 2\n\nbelow"
    early = "<body><header>Top</header></BODY ><main><p>The words.</p></main></html>"
    assert read(write(tmp_path, early)).text == "Top\n\nThe words."


@pytest.mark.parametrize("tag", ["article", "main", "section", "header", "figure", "details", "time", "my-words"])
def test_a_page_that_leaves_out_the_end_of_its_head_is_read(tmp_path: Path, tag: str) -> None:
    """As HTML 5 allows; the parser takes tags that it does not know for a part of the head."""
    head = "<!DOCTYPE html><meta charset=utf-8><title>NO</title><style>NO</style>"
    found = read(write(tmp_path, f"{head}<{tag}>One <b>word</b>.</{tag}><p>Another."))
    assert found.text.split() == ["One", "word.", "Another."] and not found.warnings


def test_what_browsers_without_scripts_would_see_in_the_head_are_no_words(tmp_path: Path) -> None:
    head = "<head><noscript><style>p { color: red }</style></noscript><xml><o:Author>NO</o:Author></xml></head>"
    found = read(write(tmp_path, f"<html>{head}<body><p>One word.</p></body></html>"))
    assert found.text == "One word." and not found.warnings


def test_pages_in_xml_are_read_as_xml(tmp_path: Path) -> None:
    content = (
        '<?xml version="1.0"?><!DOCTYPE html [<!ENTITY town "Lübeck"><!ENTITY file SYSTEM "file:///etc/passwd">]>'
        '<html xmlns="http://www.w3.org/1999/xhtml"><head><title/><script src="a.js"/></head>'
        "<body><p>In&nbsp;&town;<a id='x'/> &eacute;t&eacute; &amp; so</p><style/><p>after</p></body></html>"
    )
    assert read(write(tmp_path, content)).text == "In\xa0Lübeck été & so\n\nafter"


def test_entities_do_not_explode(tmp_path: Path) -> None:
    laughs = "".join(f"<!ENTITY l{n} '{f'&l{n - 1};' * 10}'>" for n in range(1, 12))
    content = f"<!DOCTYPE html [<!ENTITY l0 'ha'>{laughs}]><html><body><p>a &l11; b</p></body></html>"
    assert len(read(write(tmp_path, content)).text) < 100


def test_only_a_page_with_pictures_is_said_to_have_some(tmp_path: Path) -> None:
    with pytest.raises(TextError, match="Pictures of text"):
        read(write(tmp_path, "<img src='a.png'>"))
    with pytest.raises(TextError) as problem:
        read(write(tmp_path, "<p></p>"))
    assert "Pictures" not in str(problem.value)


@pytest.mark.parametrize("label", ["idna", "undefined", "punycode", "unicode_escape", "utf-9"])
def test_labels_that_are_none_are_passed_over(tmp_path: Path, label: str) -> None:
    assert read(write(tmp_path, f"<meta charset='{label}'><p>Café</p>")).text == "Café"


def test_old_blocks_part_words(tmp_path: Path) -> None:
    (tmp_path / "a.html").write_text("<center>One</center><center>Two</center><dialog>Three</dialog>Four")
    assert read(tmp_path / "a.html").text.split() == ["One", "Two", "Three", "Four"]


def test_what_browsers_do_not_show_is_counted_and_what_follows_is_not_lost(tmp_path: Path) -> None:
    page = (
        '<p>One <span hidden>not <b>this</b></span>two</p><div style="color: red; Display : none">Nor this</div>Three'
    )
    (tmp_path / "a.html").write_text(page)
    found = read(tmp_path / "a.html")
    assert found.text.split() == ["One", "two", "Three"] and "2 passages that are not shown" in found.warnings


def test_what_a_tag_without_end_swallows_is_told(tmp_path: Path) -> None:
    whole = "<html><body class='wide'><p>One</p><p class='a'>Two</p><p data-more='<p>A tip</p>'>Three</p></body></html>"
    whole += "<link rel='icon' href='data:image/svg+xml,<svg><path/></svg>'>"
    assert "in a tag without end" not in read(write(tmp_path, whole)).warnings
    for damaged in (whole.replace("wide'", "wide"), whole.replace("='a'", "='a")):
        assert "Left out: 1 passage in a tag without end." in read(write(tmp_path, damaged)).warnings, damaged


def test_a_page_that_breaks_off_is_told(tmp_path: Path) -> None:
    """Whoever closes paragraphs closes the page as well; who leaves closing out, may."""
    page = "<html><body><p>The first paragraph.</p><p>The second one.</p></body></html>"
    for end in (-30, -11):
        assert "breaks off" in read(write(tmp_path, page[:end])).warnings, page[:end]
    for whole in (page, f"{page}\n<!-- saved -->", "<html><body><p>One.<p>Two.", "<p>A piece.</p>", page.upper()):
        assert "breaks off" not in read(write(tmp_path, whole)).warnings, whole


@pytest.mark.parametrize(
    "fallback",
    [
        "<video><source src='a'>Your browser shows no films.</video>",
        "<audio>no sound</audio>",
        "<canvas>no drawing</canvas>",
        "<datalist><option>One<option>Two</datalist>",
        "<progress value='7' max='10'>70%</progress>",
        "<noframes>no frames</noframes>",
    ],
)
def test_what_is_for_programs_that_know_less_is_no_text(tmp_path: Path, fallback: str) -> None:
    assert read(write(tmp_path, f"<p>One</p>{fallback}<p>Two</p>")).text == "One\n\nTwo"


def test_quotation_marks_of_browsers(tmp_path: Path) -> None:
    assert (
        read(write(tmp_path, "<p>She said <q>no <q>way</q></q>.</p><q>So</q>")).text == "She said “no ‘way’”.\n\n“So”"
    )


def test_formulas_keep_what_they_say(tmp_path: Path) -> None:
    half = "<mrow><mi>m</mi><mo>=</mo><mfrac><mn>1</mn><mrow><mi>a</mi><mo>+</mo><mn>2</mn></mrow></mfrac></mrow>"
    found = read(
        write(tmp_path, f"<p>So <math><semantics>{half}<annotation>NO</annotation></semantics></math>, yes.</p>")
    )
    assert found.text == "So m=1/(a+2), yes."


def test_a_letter_that_is_a_picture_begins_its_word_and_numbers_of_pages_part_none(tmp_path: Path) -> None:
    page = (
        '<p><img src="t.png" alt="T"/>he boats <img class="emoji" alt="😀"/> went out. <img alt="A"/> and '
        '<img alt="A man in a boat"/><img alt="PDF"/>so on.</p><p><span class="figleft"><img alt="“H"/></span>E saw '
        'some<span class="pagenum"><a id="p3">[Pg 3]</a></span>thing<span>.</span></p>'
    )
    (tmp_path / "a.html").write_text(page, encoding="utf-8")
    found = read(tmp_path / "a.html")
    assert found.text == "The boats 😀 went out. and so on.\n\n“HE saw something." and "1 page number" in found.warnings


MATH = "<math><semantics><msup><mi>r</mi><mn>2</mn></msup><annotation>NO</annotation></semantics></math>"
PICTURE = "<span class='mwe'><span style='display: none;'>{math}</span><img alt='NO'/></span>"


@pytest.mark.parametrize(
    "formula",
    [
        "<span class=katex><span class=katex-mathml>{math}</span><span aria-hidden=true>r2</span></span>",
        "<span class=MathJax><nobr aria-hidden=true>r2</nobr><span class=MJX_Assistive_MathML>{math}</span></span>",
        "{math}",
        PICTURE,
    ],
)
def test_a_formula_is_read_once(tmp_path: Path, formula: str) -> None:
    """Saved pages hold how it looks as well, or hide what it says behind a picture."""
    found = read(write(tmp_path, f"<p>The area <i aria-hidden=true>is</i> {formula.format(math=MATH)} here.</p>"))
    assert found.text == "The area is r^2 here." and not found.warnings


def test_comments_and_deletions_of_word_processors_are_no_text(tmp_path: Path) -> None:
    """As Google Docs and Word save a web page; a footnote looks much the same."""
    docs = (
        "<p>I walked<sup><a href='#ftnt1' id='ftnt_ref1'>[1]</a></sup> home<sup><a href='#cmnt1' id='cmnt_ref1'>[a]</a>"
        "</sup>.</p><div><p><a href='#ftnt_ref1' id='ftnt1'>[1]</a> A note.</p></div><div><p><a href='#cmnt_ref1' "
        "id='cmnt1'>[a]</a>Rewrite this.</p><p>It is dull.</p></div>"
    )
    found = read(write(tmp_path, docs))
    assert found.text == "I walked[1] home.\n\n[1] A note." and found.warnings == "Left out: 1 comment."
    word = (
        "<p>I walked<span><a class=msocomanchor href='#_msocom_1'>[A1]</a></span> <del cite='mailto:Ann'>slowly</del>"
        "<ins cite='mailto:Ann'>home</ins>. <del>Struck.</del></p>"
        "<div style='mso-element:comment-list'><p>Rewrite this.</p></div>"
    )
    found = read(write(tmp_path, word))
    assert found.text == "I walked home. Struck." and found.warnings == "Left out: 1 comment, 1 deleted passage."


def test_numbers_of_printed_pages_and_lines_are_no_text(tmp_path: Path) -> None:
    page = (
        "<p>a sen<span epub:type='pagebreak' role='doc-pagebreak'>14</span>tence<span class='pagenum x-drop'>[Pg 15]"
        "</span></p><p>Arma virumque cano<span class=linenum>5</span></p><p role=note>Kept.</p>"
        "<pre class='code linenos'>print(5)</pre>"
    )
    found = read(write(tmp_path, page))
    assert found.text == "a sentence\n\nArma virumque cano\n\nKept.\n\nprint(5)"
    assert found.warnings == "Left out: 2 page numbers, 1 line number."
    book = '<html xmlns="http://www.w3.org/1999/xhtml" xmlns:epub="http://www.idpf.org/2007/ops"><body>{}</body></html>'
    strict = "<p>a sen<span epub:type='pagebreak'>14</span>tence</p>"
    assert read(write(tmp_path, f"<?xml version='1.0'?>{book.format(strict)}")).text == "a sentence"
