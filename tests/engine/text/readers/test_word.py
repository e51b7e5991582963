"""Word documents: nothing that its author wrote is lost, nothing comes twice, and what is left out is said."""

from pathlib import Path

import pytest

from textgen_gui.engine.core.config import TextConfig
from textgen_gui.engine.core.errors import TextError

from ....awkward import archive, docx
from . import REPORTS, markers, read

TRANSITIONAL = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
STRICT = "http://purl.oclc.org/ooxml/wordprocessingml/main"
RELATIONSHIPS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def test_the_main_part_is_found_by_what_the_package_says() -> None:
    assert read(REPORTS / "word-online.docx").text == (
        "She wrote the letter in the browser, at the library, on a wet Tuesday.\n"
        "Nobody had told her the file was any different from the others."
    )


def test_an_inner_table_parts_the_row_around_it() -> None:
    lines = read(REPORTS / "nested-table.docx").text.split("\n")
    assert [[cell.split()[0] for cell in line.split("\t")] for line in lines] == [
        ["TOP"],
        ["OUTER-BEFORE"],
        ["INNER-A", "INNER-B"],
        ["INNER-C", "INNER-D"],
        ["OUTER-AFTER", "OUTER-SECOND"],
        ["BOTTOM"],
    ]


def test_what_is_empty_around_an_inner_table_is_no_line(tmp_path: Path) -> None:
    inner = table(para(run("inner")))
    body = table(para(run("a")), para() + inner + para()) + table(inner + para(), para(run("z")))
    assert read(document(tmp_path, body=body)).text.split("\n")[:4] == ["a", "inner", "inner", "z"]


def test_each_text_box_comes_once() -> None:
    words = [line.split()[0] for line in read(REPORTS / "text-boxes.docx").text.split("\n")]
    assert words == ["TOP", "BOX-ONE", "AFTER-BOX", "BOX-TWO", "AFTER-BOX", "BOTTOM"]


def test_notes_come_after_the_text() -> None:
    lines = read(REPORTS / "footnotes.docx").text.split("\n")
    assert lines[0].startswith("The old mill was rebuilt") and lines[1] == "NOTE-ONE The parish register says 1842."


# --- a marker in every place where text can stand


def run(text: str) -> str:
    return f"<w:r><w:t xml:space='preserve'>{text}</w:t></w:r>"


def para(*inside: str) -> str:
    return f"<w:p>{''.join(inside)}</w:p>"


def table(*cells: str) -> str:
    return f"<w:tbl><w:tr>{''.join(f'<w:tc>{cell}</w:tc>' for cell in cells)}</w:tr></w:tbl>"


BODY = "".join(
    (
        para(run("M01 body")),
        para("<w:pPr><w:numPr><w:ilvl w:val='0'/></w:numPr></w:pPr>", run("M02 list")),
        table(para(run("M03 cell")) + table(para(run("M04 inner"))) + para(run("M05 after")), para(run("M06 second"))),
        para(run("M07 half<!-- a comment of the file --> M08 whole")),
        para("<w:hyperlink>", run("M09 link"), "</w:hyperlink>"),
        para("<w:fldSimple w:instr='NO1'>", run("M10 field"), "</w:fldSimple>"),
        para("<w:r><w:instrText>NO2</w:instrText></w:r>", run("M11 result")),
        para("<w:ins>", run("M12 inserted"), "</w:ins><w:del><w:r><w:delText>NO3 deleted</w:delText></w:r></w:del>"),
        para("<w:moveFrom>", run("NO4 old place"), "</w:moveFrom>"),
        para("<w:moveTo>", run("M13 new place"), "</w:moveTo>"),
        para(
            "<w:r><w:ruby><w:rt>",
            run("NO5 reading"),
            "</w:rt><w:rubyBase>",
            run("M14 base"),
            "</w:rubyBase></w:ruby></w:r>",
        ),
        para("<m:oMath><m:r><m:t>M15 =x+1</m:t></m:r></m:oMath>"),
        para("<w:r><w:drawing><wp:inline><wp:docPr descr='NO6 alternative text'/></wp:inline></w:drawing></w:r>"),
        para("<w:sdt><w:sdtPr/><w:sdtContent>", run("M16 control"), "</w:sdtContent></w:sdt>"),
        para("<w:sdt><w:sdtPr><w:showingPlcHdr/></w:sdtPr><w:sdtContent>", run("NO7 ask"), "</w:sdtContent></w:sdt>"),
        para("<w:r><w:pict><v:textbox><w:txbxContent>", para(run("M17 box")), "</w:txbxContent></v:textbox></w:pict>")
        + "</w:r>",
        para(run("M18 caption")),
        para("<w:r><w:drawing><a:p><a:r><a:t>M19 frame</a:t></a:r></a:p></w:drawing></w:r>"),
        para("<w:r><w:footnoteReference w:id='1'/></w:r>", run("M20 end")),
    )
).replace("</w:txbxContent></v:textbox></w:pict></w:p></w:r>", "</w:txbxContent></v:textbox></w:pict></w:r></w:p>")


def document(folder: Path, space: str = TRANSITIONAL, body: str = BODY, main: str = "word/main.xml") -> Path:
    root = (
        f"xmlns:w='{space}' xmlns:m='http://schemas.openxmlformats.org/officeDocument/2006/math' "
        "xmlns:wp='http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing' xmlns:v='urn:v' "
        "xmlns:a='http://schemas.openxmlformats.org/drawingml/2006/main'"
    )

    def part(name: str, inside: str) -> str:
        return f"<w:{name} {root}>{inside}</w:{name}>"

    relations = "http://schemas.openxmlformats.org/package/2006/relationships"
    others = {"footnotes": "notes1", "endnotes": "ends", "comments": "said", "header": "top", "footer": "bottom"}
    targets = "".join(
        f"<Relationship Id='{name}' Type='{RELATIONSHIPS}/{name}' Target='{file}.xml'/>"
        for name, file in others.items()
    )
    parts: dict[str, str | bytes] = {
        "_rels/.rels": f"<Relationships xmlns='{relations}'><Relationship Id='a' "
        f"Type='{RELATIONSHIPS}/officeDocument' Target='/{main}'/></Relationships>",
        "word/_rels/main.xml.rels": f"<Relationships xmlns='{relations}'>{targets}</Relationships>",
        main: part("document", f"<w:body>{body}</w:body>"),
        "word/notes1.xml": part(
            "footnotes",
            f"<w:footnote w:type='separator'>{para(run('NO8'))}</w:footnote>"
            f"<w:footnote w:id='1'>{para(run('M21 foot'))}</w:footnote>",
        ),
        "word/ends.xml": part("endnotes", f"<w:endnote w:id='1'>{para(run('M22 end note'))}</w:endnote>"),
        "word/said.xml": part("comments", f"<w:comment>{para(run('M23 comment'))}</w:comment>"),
        "word/top.xml": part("hdr", para(run("M24 header"))),
        "word/bottom.xml": part("ftr", para(run("M25 footer"))),
    }
    return archive(folder / "markers.docx", parts)


@pytest.mark.parametrize("space", [TRANSITIONAL, STRICT])
def test_every_place_of_text_is_read_or_counted(tmp_path: Path, space: str) -> None:
    found = read(document(tmp_path, space))
    assert markers(found.text) == [f"M{number:02}" for number in range(1, 23)]
    assert "NO" not in found.text
    assert found.warnings == "Left out: 1 comment, 2 headers and footers, 2 deleted passages."


def test_what_is_left_out_can_be_chosen(tmp_path: Path) -> None:
    path = document(tmp_path)
    found = read(path, TextConfig(columns=("text", "notes", "comments", "headers and footers", "deleted text")))
    assert markers(found.text) == [f"M{number:02}" for number in range(1, 26)]
    assert "NO3 deleted" in found.text and "NO4 old place" in found.text and not found.warnings
    found = read(path, TextConfig(columns=("comments",)))
    assert found.text == "M23 comment" and "2 notes" in found.warnings
    of_a_table = read(path, TextConfig(columns=("body",)))  # chosen for a whole folder
    assert of_a_table.text == read(path).text


def test_paragraphs_whose_end_was_deleted_are_one(tmp_path: Path) -> None:
    gone = "<w:pPr><w:rPr><w:del w:id='1'/></w:rPr></w:pPr>"
    body = para(gone, run("one ")) + para(run("line")) + para(gone, "<w:del>", run("no"), "</w:del>") + para(run("end"))
    assert read(document(tmp_path, body=body, main="word/main.xml")).text.startswith("one line\nend\n")


def test_only_a_document_with_pictures_is_said_to_have_some(tmp_path: Path) -> None:
    parts: dict[str, str | bytes] = {
        "word/document.xml": f"<w:document xmlns:w='{TRANSITIONAL}'><w:body><w:p/></w:body></w:document>"
    }
    with pytest.raises(TextError, match=r"holds no text\.$"):
        read(archive(tmp_path / "a.docx", parts))
    with pytest.raises(TextError, match="Pictures of text cannot be read"):
        read(archive(tmp_path / "b.docx", parts | {"word/media/image1.png": b"\x89PNG"}))


def test_documents_and_diagrams_inside_are_counted(tmp_path: Path) -> None:
    of = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    targets = {"aFChunk": "chunk.htm", "diagramData": "data.xml", "chart": "chart.xml"}
    relations = "".join(f'<Relationship Type="{of}/{kind}" Target="{name}"/>' for kind, name in targets.items())
    parts = {
        **docx("<w:p><w:r><w:t>Words.</w:t></w:r></w:p>"),
        "word/_rels/document.xml.rels": f"<Relationships>{relations}</Relationships>",
        "word/chunk.htm": "<p>More</p>",
        "word/data.xml": "<d><t>Smart</t></d>",
        "word/chart.xml": "<c/>",
    }
    found = read(archive(tmp_path / "a.docx", parts))
    assert found.text == "Words." and "1 diagram with words, 1 embedded document" in found.warnings


def with_parts(folder: Path, body: str, related: dict[str, str], parts: dict[str, str | bytes]) -> Path:
    """``related``: what the relation of each part is called, by the part."""
    entries = "".join(
        f"<Relationship Id='{Path(name).stem}' Type='{RELATIONSHIPS}/{kind}' Target='{name}'/>"
        for name, kind in related.items()
    )
    more = {f"word/{name}": content for name, content in parts.items()}
    whole = docx(body.replace("r:id", "id"))
    return archive(folder / "a.docx", {**whole, "word/_rels/document.xml.rels": f"<R>{entries}</R>", **more})


def test_what_a_style_hides_is_hidden(tmp_path: Path) -> None:
    """The borders of forms in a page that was pasted, as Word calls them, stood in many texts."""
    form = "<w:p><w:pPr><w:pStyle w:val='z-TopofForm'/></w:pPr><w:r><w:t>Top of Form</w:t></w:r></w:p>"
    secret = "<w:r><w:rPr><w:rStyle w:val='Deeper'/>{}</w:rPr><w:t>{}</w:t></w:r>"
    styles = "".join(
        f"<w:style w:styleId='{name}'>{base}<w:rPr>{hides}</w:rPr></w:style>"
        for name, base, hides in (
            ("z-TopofForm", "", "<w:vanish/>"),
            ("Deeper", "<w:basedOn w:val='Secret'/>", ""),
            ("Secret", "", "<w:vanish w:val='1'/>"),
            ("Normal", "", "<w:vanish w:val='0'/>"),
        )
    )
    body = para(run("a"), secret.format("", "no"), secret.format("<w:vanish w:val='0'/>", "b")) + form + para(run("c"))
    whole = f"<w:styles xmlns:w='{TRANSITIONAL}'>{styles}</w:styles>"
    path = with_parts(tmp_path, body, {"styles.xml": "styles"}, {"styles.xml": whole})
    found = read(path)
    assert found.text.split() == ["ab", "c"] and found.warnings == "Left out: 2 hidden passages."
    assert read(path, TextConfig(columns=("text", "hidden text"))).text.split("\n") == ["anob", "Top of Form", "c"]
    damaged = with_parts(tmp_path, para(run("a")), {"styles.xml": "styles"}, {"styles.xml": "<w:styles"})
    assert read(damaged).text == "a"


PAGE = "<html><body><p>A page &amp; more</p></body></html>"
PACKED = (
    "MIME-Version: 1.0\nContent-Type: multipart/related; boundary=X\n\n--X\n"
    "Content-Type: text/html; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n\n<p>caf=C3=A9</p>\n--X--\n"
)


def test_documents_that_are_a_part_of_the_text_are_read_where_they_stand(tmp_path: Path) -> None:
    inner = archive(tmp_path / "inner.docx", docx(para(run("Word in Word")))).read_bytes()
    parts: dict[str, str | bytes] = {
        "a.html": PAGE,
        "b.mht": PACKED,
        "c.docx": inner,
        "d.rtf": r"{\rtf1 Rich}",
        "e.txt": "Plain é",
        "f.bin": b"\0\1",
    }
    body = para(run("first")) + "".join(f"<w:altChunk id='{name}'/>" for name in "abcdef") + para(run("last"))
    found = read(with_parts(tmp_path, body, dict.fromkeys(parts, "aFChunk"), parts))
    assert found.text.split("\n") == ["first", "A page & more", "café", "Word in Word", "Rich", "Plain é", "last"]
    assert found.warnings == "Left out: 1 embedded document."


def test_what_other_programs_put_in_is_counted(tmp_path: Path) -> None:
    found = read(
        with_parts(
            tmp_path, para(run("a")), {"x.xlsx": "package", "o.bin": "oleObject"}, {"x.xlsx": b"P", "o.bin": b"O"}
        )
    )
    assert found.warnings == "Left out: 2 embedded documents."
    found = read(with_parts(tmp_path, para(run("a")), {"two.docx": "subDocument"}, {}))
    assert found.warnings == "Left out: 1 part that lies in another file."


@pytest.mark.parametrize(
    ("font", "number", "sign"),
    [
        ("Symbol", "F0B3", "≥"),
        ("Symbol", "F061", "α"),
        ("Arial", "2265", "≥"),
        ("Wingdings", "F0E0", "→"),
        ("x", "", ""),
    ],
)
def test_signs_of_fonts(tmp_path: Path, font: str, number: str, sign: str) -> None:
    body = para(run("a"), f"<w:r><w:sym w:font='{font}' w:char='{number}'/></w:r>", run("b"))
    found = read(archive(tmp_path / "a.docx", docx(body)))
    assert found.text == f"a{sign}b" and ("1 sign of a picture font" in found.warnings) == (not sign)


def test_tabs_to_a_margin_part_words_and_line_ends_of_the_file_do_not(tmp_path: Path) -> None:
    body = para(run("Left"), "<w:r><w:ptab w:alignment='right'/></w:r>", run("Right\nside"))
    assert read(archive(tmp_path / "a.docx", docx(body))).text == "Left\tRight side"


def test_hidden_text_is_left_out_and_counted(tmp_path: Path) -> None:
    hidden = "<w:r><w:rPr><w:vanish{}/></w:rPr><w:t>{}</w:t></w:r>"
    path = archive(
        tmp_path / "a.docx", docx(para(run("a"), hidden.format("", "no"), hidden.format(" w:val='0'", "b"), run("c")))
    )
    assert read(path) == (["abc"], "Left out: 1 hidden passage.")
    assert read(path, TextConfig(columns=("text", "hidden text"))).text == "anobc"


def test_notes_stand_in_the_order_of_the_text_and_go_with_it(tmp_path: Path) -> None:
    def reference(id: int) -> str:
        return f"<w:r><w:footnoteReference w:id='{id}'/></w:r>"

    notes = "".join(f"<w:footnote w:id='{n}'>{para(run(f'note {n}'))}</w:footnote>" for n in range(1, 5))
    body = para(run("a"), reference(3), f"<w:del>{reference(2)}</w:del>", reference(1))
    parts: dict[str, str | bytes] = {"notes.xml": f"<w:footnotes xmlns:w='{TRANSITIONAL}'>{notes}</w:footnotes>"}
    found = read(with_parts(tmp_path, body, {"notes.xml": "footnotes"}, parts))
    assert found.text.split("\n") == ["a", "note 3", "note 1", "note 4"]
    assert found.warnings == "Left out: 1 deleted passage."


def test_an_answer_in_a_form_is_read_and_old_word_art_too(tmp_path: Path) -> None:
    form = (
        "<w:sdt><w:sdtPr><w:showingPlcHdr w:val='0'/></w:sdtPr><w:sdtContent>"
        + run("answer")
        + "</w:sdtContent></w:sdt>"
    )
    word = "<v:textpath xmlns:v='urn:schemas-microsoft-com:vml' {}/>"
    art = "<w:r><w:pict>" + word.format("string='A Title'") + word.format("on='t'") + "</w:pict></w:r>"
    assert read(archive(tmp_path / "a.docx", docx(para(art, form)))).text == "A Title\nanswer"


def field(*runs: str) -> str:
    begin, end = (f"<w:r><w:fldChar w:fldCharType='{kind}'/></w:r>" for kind in ("begin", "end"))
    return f"{begin}{''.join(f'<w:r><w:instrText>{each}</w:instrText></w:r>' for each in runs)}{end}"


def math(inside: str) -> str:
    return f"<m:oMath>{inside}</m:oMath>"


def sign(text: str) -> str:
    return f"<m:r><m:t>{text}</m:t></m:r>"


def test_formulas_keep_what_they_say(tmp_path: Path) -> None:
    """Half of an hour became twelve of them: “1” and “2” stood beside each other."""

    def part(name: str, *inside: str) -> str:
        return f"<m:{name}>{''.join(inside)}</m:{name}>"

    half = part("f", part("num", sign("1")), part("den", sign("2")))
    power = part("sSup", part("e", sign("10")), part("sup", sign("n+1")))
    called = sign("f") + part("d", part("e", sign("x")))
    absolute = part("d", "<m:dPr><m:begChr m:val='|'/><m:endChr m:val='|'/></m:dPr>", part("e", sign("y")))
    root = part("rad", part("deg"), part("e", sign("2")))
    total = part("nary", "<m:naryPr><m:chr m:val='∑'/></m:naryPr>", part("sub", sign("i")), part("sup", sign("n")))
    body = para(run("At "), *map(math, (half, power, called, absolute, root, total)), run("."))
    assert read(document(tmp_path, body=body)).text.split("\n")[0] == "At 1/210^(n+1)f(x)|y|√2∑_i^n."


def test_words_that_stand_only_in_what_a_field_asks_for(tmp_path: Path) -> None:
    entries = "<w:listEntry w:val='Bern'/><w:listEntry w:val='Zurich'/>"
    chosen = f"<w:r><w:fldChar w:fldCharType='begin'><w:ffData><w:ddList><w:result w:val='1'/>{entries}</w:ddList>"
    chosen += "</w:ffData></w:fldChar></w:r><w:r><w:fldChar w:fldCharType='end'/></w:r>"
    odd = chosen.replace("w:val='1'", "w:val='²'")
    sound = field(r"EQ \* jc2 \* hps10 \o\ad(\s\up 9(", "かん", "),漢)")
    other = field(r" PAGEREF _Toc1 \h ")
    body = para(run("In "), chosen, odd, run(": "), sound, run("字"), other)
    assert read(document(tmp_path, body=body)).text.split("\n")[0] == "In Zurich: 漢字"


def test_what_a_field_works_with_is_no_text(tmp_path: Path) -> None:
    def mark(kind: str) -> str:
        return f"<w:r><w:fldChar w:fldCharType='{kind}'/></w:r>"

    def asked(words: str) -> str:
        return f"<w:r><w:instrText>{words}</w:instrText></w:r>"

    inner = mark("begin") + asked(" MERGEFIELD sex ") + mark("separate") + run("m") + mark("end")
    begun = mark("begin") + asked(" IF ") + inner + asked(" = m Mr Ms ")
    greeting = begun + mark("separate") + run("Mr") + mark("end")
    body = para(run("Dear "), greeting, run(" Smith"))
    assert read(document(tmp_path, body=body)).text.split("\n")[0] == "Dear Mr Smith"
    never_ends = para(run("Dear "), begun, run("Mr Smith"))
    assert read(document(tmp_path, body=never_ends)).text.split("\n")[0] == "Dear mMr Smith"


def mark(kind: str) -> str:
    return f"<w:r><w:fldChar w:fldCharType='{kind}'/></w:r>"


def toc(*marks: str) -> list[str]:
    """A table of contents as Word writes it, of which each line has a field for its page; and what stands behind it."""
    page = mark("begin") + "<w:r><w:instrText> PAGEREF _Toc1 </w:instrText></w:r>" + mark("separate") + run("3")
    entry = run("Chapter One") + "<w:r><w:tab/></w:r>" + page + mark("end")
    asked = mark("begin") + r"<w:r><w:instrText> TOC \o 1-3 </w:instrText></w:r>" + mark("separate")
    return [para(asked, entry), para(entry), para(*map(mark, marks)), para(run("The boats went out."))]


def test_a_table_of_contents_is_no_text_and_what_follows_is(tmp_path: Path) -> None:
    found = read(document(tmp_path, body=para(run("A Novel")) + "".join(toc("end"))))
    assert found.text.startswith("A Novel\n\nThe boats went out.\n") and "1 table of contents" in found.warnings
    never_ends = read(document(tmp_path, body="".join(toc())))
    assert "Chapter One" in never_ends.text and "The boats went out." in never_ends.text


def test_an_index_is_no_text(tmp_path: Path) -> None:
    asked = r"<w:r><w:instrText> INDEX \c 2 </w:instrText></w:r>"
    field = mark("begin") + asked + mark("separate") + run("boat, 3, 5") + mark("end")
    found = read(document(tmp_path, body=para(run("The boats went out.")) + para(field)))
    assert found.text.startswith("The boats went out.") and "boat, 3" not in found.text and "1 index" in found.warnings
