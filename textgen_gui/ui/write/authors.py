"""Whose words stand on a page: what models wrote on it and is still there."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from ...engine.core.draft import Done
from ...engine.core.run_numbers import number_of, without_number
from ...engine.core.snapshot import ProjectSnapshot
from ..parts.model_box import entries_of

IN_A_ROW = 4  # words that nobody writes by chance as the model did
LONGEST = 32  # letters of a name in a sentence


def standing(done: Sequence[Done], page: str) -> list[Done]:
    """What is there as it was written; where nothing is, what has some words left."""
    stands = _in_one_line(page)
    return [one for one in done if _in_one_line(one.event.text) in stands] or left(done, page)


def left(done: Sequence[Done], page: str) -> list[Done]:
    """What has some words in a row left, whatever was changed in it since."""
    rows = set(_rows(page)) if done else set()
    return [one for one in done if not rows.isdisjoint(_rows(one.event.text))]


def _in_one_line(text: str) -> str:
    """However its lines are broken: joining them makes no other text of it."""
    return " ".join(text.split())


def _rows(text: str) -> Iterator[tuple[str, ...]]:
    words = text.split()
    return zip(*(words[first:] for first in range(IN_A_ROW)), strict=False)


def author_of(one: Done, snapshot: ProjectSnapshot) -> str:
    """The model that wrote it, as a box of models names it: whichever moment of a run, which may be renamed since."""
    name = one.model.model.partition("/checkpoints/")[0]
    runs = [known.run.name for known in snapshot.runs]
    if not name.startswith("runs/") or name.removeprefix("runs/") in runs:
        return name
    same = [run for run in runs if number_of(run) == number_of(name.removeprefix("runs/"))]
    return f"runs/{same[0]}" if len(same) == 1 else name


def title_of(author: str, snapshot: ProjectSnapshot) -> str:
    """What people call it, in quotation marks."""
    titles = {entry.name: entry.words for entry in entries_of(snapshot)}
    title = titles.get(author) or without_number(Path(author).name)
    return f"“{title if len(title) <= LONGEST else title[: LONGEST - 1].rstrip() + '…'}”"


def titles_of(authors: Sequence[str], snapshot: ProjectSnapshot) -> str:
    """“One”, “two” and “three”; each once."""
    *first, last = dict.fromkeys(title_of(author, snapshot) for author in authors)
    return f"{', '.join(first)} and {last}" if first else last
