"""The text doctor: what it takes out, what it mends and, above all, what it leaves alone."""

import random
import re
import textwrap
from collections.abc import Collection, Iterator
from dataclasses import fields

import pytest

from textgen_gui.engine.core.config import CleanConfig
from textgen_gui.engine.text import doctor
from textgen_gui.engine.text.doctor import Finding, Notes, chosen_rules, clean, needs_notes, rules
from textgen_gui.engine.text.readers.reading import PIECE_CHARACTERS

every = [rule.name for rule in rules]
by_default = chosen_rules(CleanConfig())


def pieces(text: str, seed: int = 0) -> Iterator[str | None]:
    """The text, cut anywhere."""
    rng, at = random.Random(seed), 0
    while at < len(text):
        length = rng.choice([1, 7, 300, 5000, PIECE_CHARACTERS]) if seed else PIECE_CHARACTERS
        yield text[at : at + length]
        at += length
    yield None


def mended(text: str, chosen: Collection[str], seed: int = 0) -> tuple[str, dict[str, Finding]]:
    findings: dict[str, Finding] = {}
    notes = doctor.notes(pieces(text, seed + 1)) if needs_notes(chosen) else Notes()
    result = list(clean(pieces(text, seed), chosen, notes, findings))
    assert result.pop() is None and all(result)
    assert all(len(piece) <= 2 * PIECE_CHARACTERS for piece in result if piece)
    return "".join(piece for piece in result if piece), findings


def cured(text: str, *chosen: str) -> str:
    return mended(text, chosen)[0]


def sentences(count: int, seed: int = 1, longest: int = 25) -> str:
    """Prose without hyphens, of words that come again and again."""
    rng = random.Random(seed)
    known = ["".join(rng.choices("abdefgiklmnorstu", k=rng.randint(3, 11))) for _ in range(150)]
    return " ".join(" ".join(rng.choices(known, k=rng.randint(4, longest))).capitalize() + "." for _ in range(count))


def novel(paragraphs: int = 150) -> str:
    """Chapters with numbers, dialogue, a title that comes again; one line a paragraph."""
    parts = []
    for number in range(paragraphs):
        if number % 10 == 0:
            parts += [["I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X"][number // 10 % 10], "The River"]
        parts.append(sentences(1 + number % 7, number))
    return "\n\n".join(parts) + "\n"


def wrapped(text: str, width: int = 70) -> str:
    return "\n\n".join(textwrap.fill(paragraph, width) for paragraph in text.split("\n\n"))


def printed(text: str, foot: str = "", head: str = "", sheet: str = "") -> str:
    """The text on pages of 30 lines; "#" stands for the number of the page."""
    lines = text.splitlines()
    pages = ["\n".join(lines[at : at + 30]) for at in range(0, len(lines), 30)]
    turned = [(head + page + "\n" + foot).replace("#", str(number)) for number, page in enumerate(pages, 1)]
    return sheet.join(turned)


def lines_of(text: str) -> list[str]:
    return [line for line in text.replace("\f", "\n").split("\n") if line.strip()]


# --- All rules -------------------------------------------------------------------------------------------------------


def test_each_rule_has_its_setting() -> None:
    assert len(set(every)) == len(rules)
    settings = {field.name: field.metadata for field in fields(CleanConfig)}
    assert set(settings) - set(every) == {"duplicates", "near_duplicates"}  # of documents, not inside of one
    assert all(settings[name]["label"] and settings[name]["help"].endswith(".") for name in every)
    assert sorted(by_default) == ["gutenberg", "invisible", "long_runs", "unicode"]
    assert not needs_notes(by_default) and needs_notes(["hyphens"]) and not needs_notes([])


healthy = {
    "prose": novel(),
    "odd spaces": "a\u00a0b\u2009c  d\t\te \n\n\n\n  f \n",
    "no line end": "word " * 9000,
    "no space": "文字" * 20_000 + "x" * 40_000,
    "emoji": "👩‍👩‍👧 ❤️ 🏴󠁧󠁢󠁥󠁮󠁧󠁿 می‌خواهم क्‍ष ",
    "verse": "\n\n".join(f"NAME:\n{sentences(1, n, 4)}\n{sentences(1, n + 1, 6)}\nand so" for n in range(200)),
    "list": "\n".join(f"- {sentences(1, n)[:66]}\n  more" for n in range(50)),
    "numbers": "\n\n".join(str(number) for number in range(300)),
    "empty": "",
}


@pytest.mark.parametrize("kind", healthy)
def test_a_healthy_text_passes_unchanged(kind: str) -> None:
    for seed in range(3):
        result, findings = mended(healthy[kind], every, seed)
        assert result == healthy[kind]
        assert {name: finding.count for name, finding in findings.items()} == dict.fromkeys(every, 0)


ill = [
    *("word ", "The River", "\n", "\n\n", "\f", "12", "- 3 -", "\u0301", "e", "\u1100", "\u1161", "\u11a8", "\xad\n"),
    *(
        "exam-\nple ",
        "\u200b",
        "\r\n",
        "\u2028",
        " " * 9,
        "\t",
        "e\u0301" * 9000,
        "a b " * 4500,
        "日本" * 500,
        "x" * 17_000,
    ),
    *(
        "*** START OF THE PROJECT GUTENBERG EBOOK X ***\n",
        "\nEnd of the Project Gutenberg EBook\n",
        "Produced by A\n\n",
    ),
    *("0123456789abcdefghij" * 60, "prose that goes on for a while in one line and then\nanother that is as long as\n"),
]


@pytest.mark.parametrize("seed", range(25))
def test_nothing_depends_on_how_a_text_is_cut(seed: int) -> None:
    rng = random.Random(seed)
    text = "".join(rng.choices(ill, k=rng.choice([20, 200])))
    assert mended(text, every, 1) == mended(text, every, 2) == mended(text, every)


def test_every_document_stays_a_document() -> None:
    notice = "*** END OF THE PROJECT GUTENBERG EBOOK X ***\n"
    stream: list[str | None] = ["one", None, None, notice, None, "\u200b", None, "two", "\n", None]
    result = list(clean(stream, by_default, Notes(), {}))
    assert result == ["one", None, None, None, None, "two\n", None]


def test_examples_are_few_and_short() -> None:
    findings: dict[str, Finding] = {}
    for _ in range(5):
        list(clean(["word " * 3000 + "zero\u200bwidth" + " word" * 90, None], ["invisible"], Notes(), findings))
    assert findings["invisible"].count == 5 and len(findings["invisible"].examples) == 3
    before, after = findings["invisible"].examples[0]
    assert "zero\u200bwidth" in before and "zerowidth" in after and len(before) <= 200


# --- Characters ------------------------------------------------------------------------------------------------------


def test_letters_get_one_form_even_across_pieces() -> None:
    text = "Cafe\u0301 " * 7000 + "가각 e\u0323\u0301"
    assert cured(text, "unicode") == "Café " * 7000 + "가각 ẹ\u0301"
    assert cured("x" + "e\u0301" * 30_000, "unicode") == "x" + "é" * 30_000


def test_line_ends_become_plain() -> None:
    assert cured("a\u2028b\u2029c\x85d\ve\r\nf\rg", "unicode") == "a\nb\nc\nd\ne\nf\ng"
    assert cured("word " * 3000 + "\n\f" + "word " * 3000, "unicode") == "word " * 3000 + "\n" + "word " * 3000
    assert cured("page\n\fpage\f\npage\fend\n\f\n", "unicode") == "page\npage\npage\nend\n\n"


def test_what_nobody_sees_goes_and_what_scripts_need_stays() -> None:
    assert cured("\ufeffa\0b\x07c\x1b\u200bd\u2060e\ufeff\u200ef\u202ag\ufffc\uffff\x9f", "invisible") == "abcdefg"
    assert cured("ex\xadam\xadple, exam\xad\nple", "invisible") == "example, exam-\nple"
    for kept in (
        "می\u200cخواهم",
        "👩\u200d👧",
        "❤\ufe0f",
        "שלום\u200f, abc\u200e",
        "ไทย\u200bไทย",
        "a\tb\nc\fd",
        "\ufffd",
    ):
        assert cured(kept, "invisible") == kept


# --- Project Gutenberg -----------------------------------------------------------------------------------------------

header = "The Project Gutenberg eBook of X\n\nThis eBook is for the use of anyone.\n\n"
start = "*** START OF THE PROJECT GUTENBERG EBOOK X ***\n\n\nProduced by A. Person and\nothers\n\n\n"
end = "\n\nEnd of the Project Gutenberg EBook of X, by Y\n\n*** END OF THIS PROJECT GUTENBERG EBOOK X ***\n"
licence = "Section 1. General terms of use\n" * 500


@pytest.mark.parametrize("body", ["Short.\n", novel(), "PROJECT GUTENBERG, the book says.\n" * 5000])
def test_the_licence_goes(body: str) -> None:
    result, findings = mended(header + start + body + end + licence, ["gutenberg"])
    assert result.strip() == body.strip() and findings["gutenberg"].count == 2
    assert (
        cured(header + "*END*THE SMALL PRINT! FOR PUBLIC DOMAIN ETEXTS*Ver.04.29.93*END*\n" + body, "gutenberg") == body
    )


def test_books_that_follow_each_other_are_all_kept() -> None:
    book = header + start + novel() + end + licence
    assert cured(book + book, "gutenberg").split() == (novel() + novel()).split()


def test_what_is_only_said_of_gutenberg_stays() -> None:
    for text in ("Mr. Project Gutenberg came in.\n" * 9, novel() + end + novel(400), novel(400) + start + novel()):
        assert cured(text, "gutenberg") == text


def test_an_essay_that_quotes_the_lines_around_a_book_stays_whole() -> None:
    first, last = "*** START OF THE PROJECT GUTENBERG EBOOK X ***\n", "*** END OF THE PROJECT GUTENBERG EBOOK X ***\n"
    for before in ("Every book of theirs begins so:\n", "I read much of Project Gutenberg.\n\n" + novel(), novel(400)):
        for essay in (before + first + novel(), before + first + "and ends so:\n" + last + "That is all.\n"):
            assert cured(essay, "gutenberg") == essay


# --- Pages -----------------------------------------------------------------------------------------------------------

layouts = {
    "plain": {"foot": "\n#\n\n"},
    "dashes": {"foot": "\n- # -\n\n"},
    "of": {"foot": "\nPage # of 300\n\n"},
    "sheets": {"foot": "#\n", "sheet": "\f"},
    "heads": {"foot": "#\n", "head": "A LONG BOOK\n", "sheet": "\f"},
    "numbered heads": {"head": "\n# A LONG BOOK\n\n"},
    "number and head": {"foot": "\n[#]\n", "head": "\nA LONG BOOK\n\n"},
}


@pytest.mark.parametrize("layout", layouts)
def test_what_pages_brought_in_goes_and_nothing_else(layout: str) -> None:
    text = wrapped(novel())
    result = cured(printed(text, **layouts[layout]), "page_numbers", "running_heads", "unicode")
    assert lines_of(result.removeprefix("A LONG BOOK\n").removeprefix("\nA LONG BOOK\n")) == lines_of(text)


def test_a_sentence_that_a_page_interrupted_goes_on() -> None:
    text = wrapped("\n\n".join(sentences(40, number) for number in range(6)))
    result = cured(printed(text, foot="\n#\n\n"), "page_numbers")
    assert lines_of(result) == lines_of(text)
    every_other = re.sub(r"\n\n\d*[13579]\n\n", "\n", printed(text, foot="\n#\n\n"))
    assert lines_of(cured(every_other, "page_numbers")) == lines_of(text)
    inside = [line for line in text.split("\n") if line and line[0].islower()]
    assert all(f"\n\n{line}\n" not in result for line in inside)


def test_roman_page_numbers_go_and_chapters_stay() -> None:
    pages = [wrapped(sentences(20, number)) for number in range(8)]
    numbers = ["i", "ii", "iii", "iv", "v", "vi", "vii", "viii"]
    cut = "".join(f"{page[:600]}\n\n{number}\n\n{page[600:]}\n\n" for page, number in zip(pages, numbers, strict=True))
    assert "\nvii\n" in cut and not set(numbers) & set(cured(cut, "page_numbers").split("\n"))
    for chapters in (numbers, [number.upper() for number in numbers], list("12345678")):
        text = "".join(f"{number}\n\n{page}\n\n" for page, number in zip(pages, chapters, strict=True))
        assert cured(text, "page_numbers", "running_heads") == text
        assert cured(text.replace("\n\n", "\n\n\f"), *every[:2]) == text.replace("\n\n", "\n\n\f")


def test_names_of_speakers_and_refrains_are_no_heads() -> None:
    play = "".join(f"HAMLET\n{sentences(1, n, 6)}\n\nACT {n}\n\nO the river, O\n\n" for n in range(400))
    pages = printed(play, sheet="\f") + "\f" + "\f".join("HAMLET\nTo be, or not to be.\n\n" * 3 for _ in range(20))
    assert pages.count("\fHAMLET") > 20 and cured(pages, "running_heads", "page_numbers") == pages


# --- Words and lines -------------------------------------------------------------------------------------------------


def hyphened(text: str, every_nth: int) -> tuple[str, int]:
    words = text.split(" ")
    places = [at for at, word in enumerate(words) if at % every_nth == 0 and word.isalpha() and len(word) > 6]
    for at in places:
        words[at] = f"{words[at][:4]}-\n{words[at][4:]}"
    return " ".join(words), len(places)


def test_broken_words_become_whole() -> None:
    text = sentences(3000)
    broken, count = hyphened(text, 25)
    result, findings = mended(broken, ["hyphens"])
    assert result.split() == text.split() and result.count("\n") == count == findings["hyphens"].count > 500


def test_hyphens_are_kept_where_the_text_knows_them() -> None:
    known = "A well-known man. The north is cold, the west is not. An example. Something: some thing.\n"
    broken = "a well-\nknown, a north-\nwest wind, an exam-\nple, an unheard-\nof1, mother-in-\nlaw; "
    whole = "a well-known,\na north-west\nwind, an example,\nan unheardof1,\nmother-in-law;\n"
    broken += "Lloyd-\nGeorge -\nso some-\nthing\n"
    whole += "Lloyd-\nGeorge -\nso something\n"
    assert cured(known + broken, "hyphens") == known + whole


def test_only_prose_has_a_width() -> None:
    assert doctor.notes(pieces(wrapped(novel(), 60))).width == 60
    assert doctor.notes(pieces(novel())).width == doctor.notes(pieces(healthy["verse"])).width == 0


@pytest.mark.parametrize("width", [60, 72])
def test_wrapped_prose_becomes_one_line_a_paragraph(width: int) -> None:
    assert cured(wrapped(novel(), width), "unwrap") == novel().rstrip("\n")


def test_a_paragraph_may_also_hold_broken_words() -> None:
    text = sentences(900).replace(". ", ".\n\n")
    halves = re.sub(r"\b(\w{4})(\w{4,})\b", r"\1-\2", text).split("\n\n")
    lines = "\n\n".join(textwrap.fill(half, 60) for half in halves)
    broken = re.sub(r"(?<=\w)-(?=\w)", "", lines)
    assert broken.count("-\n") > 200
    assert cured(broken, "hyphens", "unwrap") == text


def test_what_is_no_prose_keeps_its_lines() -> None:
    prose = wrapped(novel())
    long = sentences(1, 3, 9)[:20].ljust(60, "x")
    others = [
        "To see the river run,\nand the day begin,\nis all that I have won",
        f"    {long} run\n    {long} run",
        f"- {long} runs\n- {long}",
        f"1. {long} runs\n2. {long}",
        f"{long}      12\n{long}      13",
        f"| {long} | 12 |\n| {long} | 13 |",
        "CHAPTER I\nThe River",
    ]
    result = cured(prose + "\n\n" + "\n\n".join(others) + "\n", "unwrap")
    assert (
        result.count("\n") == novel().count("\n") + 1 + sum(1 + text.count("\n") for text in others) + len(others) - 1
    )
    assert [text for text in others if text not in result] == []


def test_lines_are_joined_as_they_were_parted() -> None:
    prose = wrapped(novel())
    long = "x" * 60
    for before, after, whole in (
        ("word—", "word", "word—word"),
        ("so -", "word", "so - word"),
        ("文字", "文字", "文字文字"),
    ):
        assert f"{long} {whole}" in cured(f"{prose}\n\n{long} {before}\n{after}\n", "unwrap")


# --- Data ------------------------------------------------------------------------------------------------------------


def test_data_goes_and_long_words_stay() -> None:
    rng = random.Random(1)
    code = "".join(rng.choices("ABCDEFGHabcdefgh01234567+/", k=50_000))
    result, findings = mended(f"before {code} between {code[:1001]}\nafter {code[:1000]} end", ["long_runs"])
    assert result == f"before  between \nafter {code[:1000]} end"
    assert findings["long_runs"].count == 51_001
    for kept in (
        "文字列" * 9000,
        "ภาษาไทย1" * 400,
        "-" * 5000,
        "ACGT" * 900,
        "3.14159" * 400,
        "съешьжеещёэтихмягкихбулок1" * 60,
    ):
        assert cured(f"a {kept} b", "long_runs") == f"a {kept} b"
