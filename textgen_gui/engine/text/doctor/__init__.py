"""The text doctor: rules that take out what no author wrote and mend what a conversion broke.

A rule is a generator over the pieces of one document. Each document is first cut anew, at line ends that depend on its
content alone: so no result depends on how a reader happened to cut, and a rule may rely on whole lines. Only a line
longer than a piece comes in parts; rules that look at lines leave it as it is.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace

from ...core.config import CleanConfig
from ..readers.reading import PIECE_CHARACTERS, cut
from . import data, letters, licence, lines, pages
from .lines import Learning
from .pages import NOTED_LINES, lines_of, page_lines_of, without
from .rule import Finding, Notes, PageLine, Rule, cut_at_lines, documents

__all__ = ["Finding", "Notes", "PageLine", "Rule", "chosen_rules", "clean", "needs_notes", "notes", "rules"]

# In the order in which they are applied. Words and default of each stand beside its name in CleanConfig.
rules: tuple[Rule, ...] = (*pages.RULES, *letters.RULES, *licence.RULES, *lines.RULES, *data.RULES)


def chosen_rules(config: CleanConfig) -> list[str]:
    """The names of the rules that are on."""
    return [rule.name for rule in rules if getattr(config, rule.name)]


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
        taken_out = [line for line in notes.page_lines.get(number, ()) if line.rule in chosen]
        text = cut_at_lines(document)
        if taken_out:
            text = without(taken_out, text, findings)
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
        told = learning.from_lines(lines_of(learning.from_words(cut_at_lines(document))))
        if found := sorted(page_lines_of(told))[:room]:
            page_lines[number] = found
            room -= len(found)
    return Notes(page_lines, learning.words, learning.width())
