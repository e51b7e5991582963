"""The text doctor: rules that take out what no author wrote and mend what a conversion broke.

A rule is a generator over the pieces of one document. Each document is first cut anew, at line ends that depend on its
content alone: so no result depends on how a reader happened to cut, and a rule may rely on whole lines. Only a line
longer than a piece comes in parts; rules that look at lines leave it as it is.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace

from ..readers.reading import PIECE_CHARACTERS, cut
from .kinds import Finding, Notes, PageLine, Rule, at_lines, documents
from .letters import in_one_form, without_invisible, without_long_runs
from .licence import without_licence
from .lines import Learning, unwrapped, with_whole_words
from .pages import NOTED_LINES, lines_of, page_lines_of, without

__all__ = ["Finding", "Notes", "PageLine", "Rule", "clean", "needs_notes", "notes", "rules"]

rules: tuple[Rule, ...] = (  # in the order in which they are applied
    Rule(
        "page_numbers",
        "Take out page numbers",
        "Lines that hold only the number of a page. Numbers of chapters and poems stay.",
        default=False,
        unit="lines",
        notes=True,
        mend=None,
    ),
    Rule(
        "running_heads",
        "Take out running heads",
        "Titles that stand again at the top or bottom of each page, with or without its number.",
        default=False,
        unit="lines",
        notes=True,
        mend=None,
    ),
    Rule(
        "invisible",
        "Take out invisible characters",
        "Control characters, soft hyphens and marks without width. What emoji and other scripts need stays.",
        default=True,
        unit="characters",
        notes=False,
        mend=without_invisible,
    ),
    Rule(
        "unicode",
        "Write each letter in one way",
        "An accented letter can be stored in two ways; this makes it one (Unicode NFC). Odd line ends become plain.",
        default=True,
        unit="places",
        notes=False,
        mend=in_one_form,
    ),
    Rule(
        "gutenberg",
        "Take out Project Gutenberg’s licence",
        "The header and footer that Project Gutenberg puts around its books, and the names of those who typed them.",
        default=True,
        unit="passages",
        notes=False,
        mend=without_licence,
    ),
    Rule(
        "hyphens",
        "Join words broken at line ends",
        "A word that was hyphenated at a line end becomes whole, written as it is elsewhere in the text.",
        default=False,
        unit="words",
        notes=True,
        mend=with_whole_words,
    ),
    Rule(
        "unwrap",
        "Make each paragraph one line",
        "Lines that end only because the page did are joined. Verse, lists, tables and headings stay as they are.",
        default=False,
        unit="paragraphs",
        notes=True,
        mend=unwrapped,
    ),
    Rule(
        "long_runs",
        "Take out data that is no text",
        "More than 1,000 characters without a space that look like packed code or a picture written as letters.",
        default=True,
        unit="characters",
        notes=False,
        mend=without_long_runs,
    ),
)


def needs_notes(chosen: Collection[str]) -> bool:
    """Whether one of the rules must have seen the whole text before it can begin."""
    return any(rule.notes for rule in rules if rule.name in chosen)


def clean(
    pieces: Iterable[str | None], chosen: Collection[str], notes: Notes, findings: dict[str, Finding]
) -> Iterator[str | None]:
    """The mended text, each document followed by None even if nothing is left of it. Adds to ``findings``."""
    if "unwrap" not in chosen:
        notes = replace(notes, width=0)
    used = [rule for rule in rules if rule.name in chosen]
    for rule in used:
        findings.setdefault(rule.name, Finding())
    for number, document in enumerate(documents(pieces)):
        spans = [line for line in notes.page_lines.get(number, ()) if line.rule in chosen]
        text = at_lines(document)
        if spans:
            text = without(spans, text, findings)
        for rule in used:
            if rule.mend:
                text = rule.mend(text, notes, findings[rule.name])
        for piece in text:
            yield from cut(piece) if len(piece) > 2 * PIECE_CHARACTERS else (piece,) if piece else ()
        yield None


def notes(pieces: Iterable[str | None]) -> Notes:
    """A first pass over a text, in memory that is bounded whatever its size."""
    learning, page_lines, room = Learning(), dict[int, list[PageLine]](), NOTED_LINES
    for number, document in enumerate(documents(pieces)):
        lines = learning.from_lines(lines_of(learning.from_words(at_lines(document))))
        if found := sorted(page_lines_of(lines))[:room]:
            page_lines[number] = found
            room -= len(found)
    return Notes(page_lines, learning.words, learning.width())
