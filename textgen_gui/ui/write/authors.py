"""Whose words stand on a page: what models wrote on it and is still there."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from ...engine.core.draft import Done
from ...engine.core.run_numbers import number_of, without_number
from ...engine.core.snapshot import ProjectSnapshot
from ..parts.model_box import entries_of

IN_A_ROW = 20  # letters that nobody writes by chance as the model did; words are not set apart in every language
EVERY = 10  # letters of a text: so often in it a row is remembered
NEAR = 100  # letters and spaces before a text that tell where it was written
LONGEST = 32  # letters of a name in a sentence


def standing(done: Sequence[Done], page: str) -> list[Done]:
    """What is there as it was written; where nothing is, what has some words left."""
    stands = _letters(page)
    return [one for one in done if _letters(one.event.text) in stands] or left(done, page)


def left(done: Sequence[Done], page: str) -> list[Done]:
    """What has some letters in a row left, whatever was changed in it since; of a word or two, these where they were
    written. Models that learnt from the same texts write many a row alike: it is of the one of whom most is left."""
    if not done:
        return []
    stands, rows = _letters(page), [_rows_of(one) for one in done]
    wanted = set().union(*rows)
    found = wanted.intersection(_rows(stands)) | {row for row in wanted if len(row) < IN_A_ROW and row in stands}
    its = [found & of_one for of_one in rows]
    known, taken = "", set[int]()
    for at in sorted(range(len(done)), key=lambda at: len(its[at]), reverse=True):
        if any(row not in known for row in its[at]):
            taken.add(at)
            known += f"\n{_begun(done[at])[1 - IN_A_ROW :]}{_letters(done[at].event.text)}"
    return [one for at, one in enumerate(done) if at in taken]


class Written:
    """Knows again on a page what models wrote, whatever was changed around it."""

    def __init__(self) -> None:
        self._done: Sequence[Done] = ()
        self._texts: list[tuple[str, int]] = []  # its letters, and the first of them that is of the model
        self._rows: dict[str, tuple[int, int]] = {}  # some letters in a row, of which text, and where in it

    def learn(self, done: Sequence[Done]) -> None:
        """The same list may have become longer since."""
        if done is not self._done or len(done) < len(self._texts):
            self._done, self._texts, self._rows = done, [], {}
        for one in done[len(self._texts) :]:
            text = _letters(one.event.text)
            before = _begun(one)[-IN_A_ROW:] if 0 < len(text) < IN_A_ROW else ""
            last = len(before + text) - IN_A_ROW
            for at in range(last if before else 0, last + 1, EVERY):
                self._rows[(before + text)[at : at + IN_A_ROW]] = len(self._texts), at
            self._texts.append((before + text, len(before)))

    def stretches(self, page: str) -> Iterator[tuple[int, int]]:
        """From which character to which. A few letters that were torn out of their text are nobody's."""
        places = [place for place, letter in enumerate(page) if not letter.isspace()]
        letters, at = _letters(page), 0
        while at + IN_A_ROW <= len(letters):
            text, place = self._rows.get(letters[at : at + IN_A_ROW], (-1, 0))
            if text < 0:
                at += 1
                continue
            whole, first = self._texts[text]
            start, begin = at, place
            while begin > first and start > 0 and letters[start - 1] == whole[begin - 1]:
                start, begin = start - 1, begin - 1
            end, stop = at + IN_A_ROW, place + IN_A_ROW
            while end < len(letters) and stop < len(whole) and letters[end] == whole[stop]:
                end, stop = end + 1, stop + 1
            yield places[start + max(0, first - begin)], places[end - 1] + 1
            at = end


def _letters(text: str) -> str:
    """However its lines are broken: joining them makes no other text of it."""
    return "".join(text.split())


def _rows_of(one: Done) -> set[str]:
    """What is too short to be known by itself is known together with what stood before it."""
    text = _letters(one.event.text)
    return set(_rows(text)) or ({(_begun(one) + text)[-IN_A_ROW:]} if text else set())


def _begun(one: Done) -> str:
    """What stood before it when it was written."""
    return _letters(one.prompt[-NEAR:])


def _rows(letters: str) -> Iterator[str]:
    return (letters[at : at + IN_A_ROW] for at in range(len(letters) - IN_A_ROW + 1))


def author_of(model: str, snapshot: ProjectSnapshot) -> str:
    """As a box of models names what a receipt does: whichever moment of a run, which may be renamed since."""
    name = model.partition("/checkpoints/")[0]
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
