"""Tables in the dialects that people have, and the column that holds the text."""

from pathlib import Path

import pytest

from textgen_gui.engine.core.config import TextConfig
from textgen_gui.engine.text import readers

from . import REPORTS, Read, read


def table(folder: Path, content: str, name: str = "a.csv", options: TextConfig | None = None) -> Read:
    path = folder / name
    path.write_text(content, encoding="utf-8")
    return read(path, options)


def test_quotation_marks_of_the_text_stay() -> None:
    found = read(REPORTS / "bare-quotes.tsv")
    assert len(found.documents) == 12
    assert found.documents[2] == '"Stop, shouted the pilot, but the third ship was gone.'
    assert found.documents[5] == 'The sixth ship carried a 36" mirror and nothing else.'
    assert found.warnings == "Learnt: “sentence”. Not learnt: “id”."


def test_quotation_marks_of_the_table_go(tmp_path: Path) -> None:
    found = table(tmp_path, 'id\ttext\n1\t"He said ""so"" once."\n2\t"And\tagain."\n3\tThen no more.\n', "a.tsv")
    assert found.documents == ['He said "so" once.', "And\tagain.", "Then no more."]


def test_quotation_marks_behind_a_backslash(tmp_path: Path) -> None:
    rows = "".join(f'{n},"She said \\"well, {n}\\" and went, as ever.",x\n' for n in range(5))
    found = table(tmp_path, "id,text,more\n" + rows)
    assert found.documents[3] == 'She said "well, 3" and went, as ever.'
    found = table(tmp_path, 'id,text,path\n1,"One, two words","C:\\dir\\"\n2,"More, of them","D:\\"\n')
    assert found.documents == ["One, two words", "More, of them"]


@pytest.mark.parametrize("sign", [";", "|", "^"])
def test_a_first_line_may_name_the_separator(tmp_path: Path, sign: str) -> None:
    content = f"sep={sign}\nid{sign}text\n1{sign}Some words, more words\n2{sign}Others, and so on, and so on\n"
    assert table(tmp_path, content).documents == ["Some words, more words", "Others, and so on, and so on"]


@pytest.mark.parametrize("header", ["text", "Sentence", "content", "lyrics"])
def test_a_single_column_has_its_header(tmp_path: Path, header: str) -> None:
    assert table(tmp_path, f"{header}\nHi.\nGo on\n").documents == ["Hi.", "Go on"]
    assert table(tmp_path, f"{header}\nA longer line of text.\n").documents == ["A longer line of text."]


def test_a_single_column_without_header_is_whole(tmp_path: Path) -> None:
    assert table(tmp_path, "Hi there.\nGo on\nSo it went\n").documents == ["Hi there.", "Go on", "So it went"]


def test_a_header_of_usual_names_is_known_above_short_rows(tmp_path: Path) -> None:
    assert table(tmp_path, "id,text\na,Hi\nb,Go on\n").documents == ["Hi", "Go on"]


def test_a_cell_that_holds_rows_is_noticed(tmp_path: Path) -> None:
    rows = [f"{n},Ann,The {n}th ship left the harbour\n" for n in range(1, 9)]
    rows[2] = '3,Ann,"The third ship left\n'
    rows[6] = '7,Ann,It never came" back\n'
    rows += [f'{n},Ann,"Then, they say, it came back"\n' for n in range(9, 14)]
    assert "1 cell holds whole rows of the table" in table(tmp_path, "id,name,text\n" + "".join(rows)).warnings
    verses = '1,"One line, so\nanother, so\na third, so\nand a last"\n2,"Short, as ever"\n'
    assert "whole rows" not in table(tmp_path, "id,poem\n" + verses).warnings


LONG = "https://cdn.example.com/avatars/200000000000000003/a1b2c3d4e5f60718293a4b5c6d7e8f90.png?size="


@pytest.mark.parametrize(
    ("header", "row"),
    [
        ("id,body,avatar", "{n},The boat number {n} went out.," + LONG + "{n}"),
        ("Date,Author,Comment", "2024-05-01T10:00:00.000+00:00,ann@example.com,We saw boat {n} there"),
        ("words,markup", "We saw boat {n} there," + "<div class='a'><p><b>We saw boat {n}</b></p></div>" * 3),
        ("said,disclaimer", "We saw boat {n} there," + "This message is confidential and meant for one only. " * 5),
        ("key,said", "b7e23ec29af22b0b4e41da31e868d57226121c84c0a1,We saw boat {n} there"),
    ],
)
def test_the_text_is_found_beside_longer_columns(tmp_path: Path, header: str, row: str) -> None:
    content = header + "\n" + "".join(row.format(n=n) + "\n" for n in range(1, 10))
    found = table(tmp_path, content)
    assert len(found.documents) == 9 and found.documents[3] in ("The boat number 4 went out.", "We saw boat 4 there")
    assert "Not learnt: “" in found.warnings


def test_an_instruction_is_learnt_with_its_answer(tmp_path: Path) -> None:
    found = table(tmp_path, "instruction,input,output\nName a thing.,,Wood floats.\nSay so.,Twice,So so.\n")
    assert found.documents == ["Name a thing.\nWood floats.", "Say so.\nTwice\nSo so."]
    assert table(
        tmp_path, "instruction,output\nName a thing.,Wood.\n", options=TextConfig(columns=("output",))
    ) == Read(["Wood."], "Learnt: “output”. Not learnt: “instruction”.")


def test_columns_that_are_offered_are_those_of_the_header(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("sep=;\nid;text\n1;Some words\n")
    assert readers.read(tmp_path / "a.csv")[0].columns == ("id", "text")


SAID = ["The lake was still.", "Nobody had seen the boat, or so they said.", "Come at seven, and bring bread."]


@pytest.mark.parametrize("head", ["text\n", ""])
def test_commas_in_the_only_column_part_nothing(tmp_path: Path, head: str) -> None:
    assert table(tmp_path, head + "\n".join(SAID)).documents == SAID


def test_a_first_row_that_begins_with_nothing_is_no_header_by_that(tmp_path: Path) -> None:
    assert (
        table(tmp_path, ',"Where is it?"\nAda,"There, by the mill."\nBen,"Nowhere at all."\n').documents[0]
        == "Where is it?"
    )


def test_commas_without_quotation_marks_in_the_last_column_lose_no_word(tmp_path: Path) -> None:
    found = table(tmp_path, "id,text\n" + "".join(f"{n},{text}\n" for n, text in enumerate(SAID)))
    assert found.documents == SAID and "2 rows have more cells than there are columns" in found.warnings
    assert table(tmp_path, "id,text\n1,Here, now\n2,There, then\n").documents == ["Here, now", "There, then"]


@pytest.mark.parametrize(
    "content",
    [
        ',text,label\n0,"{}",1\n1,"{}",0\n2,"{}",1\n',  # pandas
        '"text","label"\n"1","{}","a"\n"2","{}","b"\n"3","{}","c"\n',  # R
        'id,text,\n1,"{}",\n2,"{}",\n3,"{}",\n',
        'id,text,text\n1,"{}",a\n2,"{}",b\n3,"{}",c\n',
    ],
)
def test_columns_without_a_name_and_two_of_one_name(tmp_path: Path, content: str) -> None:
    found = table(tmp_path, content.format(*SAID))
    assert found.documents == SAID and "Learnt: “text”" in found.warnings


def test_a_table_that_breaks_off_within_quotation_marks_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text('id,text\n1,"A quiet evening"\n2,"It rained, and')
    reading, pieces = readers.read(tmp_path / "a.csv")
    assert [piece for piece in pieces if piece] == ["A quiet evening", "It rained, and"]
    assert any("breaks off within quotation marks" in warning for warning in reading.warnings)
    (tmp_path / "b.csv").write_text('id,text\n1,"A quiet evening"\n2,"It rained"')
    reading, pieces = readers.read(tmp_path / "b.csv")
    assert list(pieces) and not any("breaks off" in warning for warning in reading.warnings)


def test_a_space_before_the_marks_of_a_cell(tmp_path: Path) -> None:
    assert table(tmp_path, 'id, text\n1, "Hello, you"\n2, "Bye, ""me"""\n').documents == ["Hello, you", 'Bye, "me"']


def test_a_table_without_rows_holds_no_text(tmp_path: Path) -> None:
    assert table(tmp_path, "id,text\n").documents == []
    assert table(tmp_path, "Some words,and more of them\n").documents != []


@pytest.mark.parametrize("head", ["text\n", ""])
def test_quotation_marks_and_commas_of_the_only_column(tmp_path: Path, head: str) -> None:
    said = ['She said, "Go, then," and went.', '"No," he said, "not I."', "Nobody came, then.", '"Well."']
    assert table(tmp_path, head + "\n".join(said)).documents[:3] == said[:3]
    quoted = '"A line, and\nanother"\n"He said ""no"""\n"So, then"\n'
    assert table(tmp_path, head + quoted).documents == ["A line, and\nanother", 'He said "no"', "So, then"]


def test_tags_within_a_cell_are_no_words(tmp_path: Path) -> None:
    """Of fifty thousand reviews each second one had “br” in it."""
    rows = [
        ("I liked it.<br /><br />The <i>boat</i> &amp; the sea.", "I liked it.\n\nThe boat & the sea."),
        ("Where a<b and b>c it holds &amp; ends.", "Where a<b and b>c it holds &amp; ends."),
        ('See <a href="http://a.b/c">this page</a> about it.', "See this page about it."),
    ]
    cells = "".join(f'"{said.replace(chr(34), 2 * chr(34))}",positive\n' for said, _ in rows)
    found = table(tmp_path, f"review,sentiment\n{cells}")
    assert found.documents == [text for _, text in rows]


def test_my_review_is_what_was_written_and_not_the_long_title(tmp_path: Path) -> None:
    """As Goodreads exports it: a title in each line, a review in some."""
    title = "The Long and Winding History of the Sea"
    review = "I liked the boats and not the sea. It was a long voyage."
    lines = "".join(f"{n},{title} {n},{review} {n}\n" if n % 2 else f"{n},{title} {n},\n" for n in range(9))
    found = table(tmp_path, f"Book Id,Title,My Review\n{lines}")
    assert found.documents == [f"{review} {n}" for n in (1, 3, 5, 7)]


def test_comments_of_youtube_are_unpacked(tmp_path: Path) -> None:
    pieces = [
        '{"text":"I walked to the harbour before breakfast."}',
        '{"text":"\\n"}',
        '{"text":"And back","mention":{}}',
    ]
    rows = [
        f'{number},UCabc,2023-01-0{number},"{",".join(pieces).replace(chr(34), 2 * chr(34))}"' for number in range(3)
    ]
    (tmp_path / "comments.csv").write_text(
        "\n".join(["Comment ID,Channel ID,Comment Create Timestamp,Comment Text", *rows])
    )
    assert read(tmp_path / "comments.csv").documents[0] == "I walked to the harbour before breakfast.\nAnd back"
    (tmp_path / "other.csv").write_text('id,text\n1,"{""text"": no JSON at all, but words that somebody wrote}"\n')
    assert read(tmp_path / "other.csv").documents[0].startswith('{"text": no JSON')
