"""Notes that only their author sees: left out and counted, and nothing else is."""

from pathlib import Path

import pytest

from textgen_gui.engine.core.config import TextConfig

from . import read

FOUNTAIN = (
    "Title: The Lake\n\nINT. MILL - DAY\n\nADA [[or Ben?]]\nAre /* not */ you coming?\n\n/* A scene\n\n"
    "that was cut. */\nBEN\nNo. [[A note\nof two lines]]\n\n[[One that never ends\n\nAnd /* this too\nThe end."
)
TEX = (
    "% a comment\n\\section{Lake} % another\nIt is 50\\% deep, see \\url{http://a.b/c%20d} and \\verb|%|.\n"
    "\\begin{verbatim}\n% code\n\\end{verbatim}\nA line break\\\\% here\nThe end."
)
TEX_CUT = (
    "One.\n\\begin{comment}\nNot this.\n\\end{comment}\n\\iffalse\nNor this.\n\\fi\nTwo.\n\\iffalse\nNever closed.\n"
)
ORG = (
    "* Lake\n:PROPERTIES:\n:ID: 3f2b-11\n:END:\nIt was deep.\n# a comment\n"
    "#+TITLE: kept\n- a list ::\n#+BEGIN_SRC sh\n# code\n#+END_SRC\n:open:\n* The end\n"
)
MARKDOWN = (
    "---\ntags:\n  - lake\n- deep\ncreated at: 2020-01-01\n# no text\n---\n\n# Lake\n\nIt was <!-- cold --> deep.\n"
    "<!-- a note\n\nof lines -->\n```html\n<!-- code -->\n```\n---\nkey: a line of the text\n---\n<!-- without an end\n"
)


@pytest.mark.parametrize(
    ("name", "content", "text", "said"),
    [
        (
            "a.fountain",
            FOUNTAIN,
            "Title: The Lake\n\nINT. MILL - DAY\n\nADA \nAre  you coming?\n\nBEN\nNo. \n\n"
            "[[One that never ends\n\nAnd /* this too\nThe end.",
            "Left out: 4 comments.",
        ),
        (
            "a.tex",
            TEX,
            "\\section{Lake}\nIt is 50\\% deep, see \\url{http://a.b/c%20d} and \\verb|%|.\n"
            "\\begin{verbatim}\n% code\n\\end{verbatim}\nA line break\\\\\nThe end.",
            "Left out: 3 comments.",
        ),
        (
            "a.org",
            ORG,
            "* Lake\nIt was deep.\n#+TITLE: kept\n- a list ::\n#+BEGIN_SRC sh\n# code\n#+END_SRC\n:open:\n* The end\n",
            "Left out: 1 comment, 1 drawer.",
        ),
        (
            "a.md",
            MARKDOWN,
            "# Lake\n\nIt was  deep.\n```html\n<!-- code -->\n```\n---\nkey: a line of the text\n---\n"
            "<!-- without an end\n",
            "Left out: 2 comments, 1 list of properties.",
        ),
    ],
)
def test_notes_of_authors(tmp_path: Path, name: str, content: str, text: str, said: str) -> None:
    (tmp_path / name).write_text(content)
    assert read(tmp_path / name) == ([text], said)
    assert read(tmp_path / name, TextConfig(columns=("text", "comments"))) == ([content], "")


@pytest.mark.parametrize(
    "above",
    [
        "+++\ntitle = 'Lake'\n[params]\ntags = [\n 'a'\n]\n+++\n\n",
        '---\n"title": Lake\ntags: [\n  a\n]\nmore:\n-\n- b\n---\n\n',
        "%%\nnever shown\n```json\nN4IgLgngDgpiBcIYA8DGBDANgSwCYCd0B3EAGhADcZ8BnbAewDsEAm\n```\nnor this\n%%\n",
        "%% a thought %%\n",
    ],
)
def test_what_other_programs_keep_beside_a_text_is_left_out(tmp_path: Path, above: str) -> None:
    (tmp_path / "a.md").write_text(f"{above}It was deep: 50 %% of it, `7 %% 3` too.\n")
    text, said = read(tmp_path / "a.md")
    assert text == ["It was deep: 50 %% of it, `7 %% 3` too.\n"] and said.startswith("Left out: 1 ")


@pytest.mark.parametrize(
    "content",
    [
        "---\nRoses are red\n---\nViolets",
        "---\nkey: value\nno end",
        "---",
        "Text\n---\nkey: value\n---\n",
        "---\n\nAnna: Where were you?\n\nBen: At the lake.\n\n---\n\nThey said no more.\n",
    ],
)
def test_a_line_across_a_page_begins_no_properties(tmp_path: Path, content: str) -> None:
    (tmp_path / "a.md").write_text(content)
    assert read(tmp_path / "a.md") == ([content], "")


@pytest.mark.parametrize(
    "content",
    ["From 100%% on Monday to 40%% on Friday.\n", "Type `<!--` here.\n\nNot within.\n\nThen type `-->` there.\n"],
)
def test_signs_of_a_comment_that_begin_none(tmp_path: Path, content: str) -> None:
    (tmp_path / "a.md").write_text(content)
    assert read(tmp_path / "a.md") == ([content], "")


@pytest.mark.parametrize("name", ["a.fountain", "a.tex", "a.org", "a.rst", "a.log", "a.md"])
def test_a_text_without_notes_is_whole(tmp_path: Path, name: str) -> None:
    content = "One: two [three] / four *\n\n  100 and # five\n\tsix\nthe end"
    (tmp_path / name).write_text(content)
    assert read(tmp_path / name) == ([content], "")


def test_an_address_with_braces_is_no_comment(tmp_path: Path) -> None:
    content = r"See \url{http://a/%20{b}%20c} and more" + "\n"
    (tmp_path / "a.tex").write_text(content + r"\url{http://a/{b}c} % no" + "\n")
    assert read(tmp_path / "a.tex").text == content + r"\url{http://a/{b}c}" + "\n"


def test_what_is_cut_in_tex_and_org_is_left_out_unless_it_is_never_closed(tmp_path: Path) -> None:
    (tmp_path / "a.tex").write_text(TEX_CUT)
    found = read(tmp_path / "a.tex")
    assert (
        found.text.split("\n")[:4] == ["One.", "Two.", "\\iffalse", "Never closed."] and "2 comments" in found.warnings
    )
    (tmp_path / "a.org").write_text("One.\n#+BEGIN_COMMENT\nNot this.\n#+END_COMMENT\nTwo.\n")
    found = read(tmp_path / "a.org")
    assert found.text.split() == ["One.", "Two."] and "1 comment" in found.warnings
