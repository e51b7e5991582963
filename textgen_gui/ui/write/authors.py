"""Whose words stand on a page: what models wrote on it and is still there."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ...engine.core.draft import Done
from ...engine.core.run_numbers import number_of, without_number
from ...engine.core.snapshot import ProjectSnapshot
from ..parts.model_box import entries_of

IN_A_ROW = 20  # letters that nobody writes by chance as the model did; words are not set apart in every language
EVERY = 10  # letters of a text: so often in it a row is remembered
SHORT = 2 * IN_A_ROW  # letters of a text that is known by what stood before it too: a word typed in it tears its rows
FEW, CLOSE = 6, 24  # letters in a row by which it goes on behind a few that somebody typed in it
AGAIN, APART = 12, 80  # the same behind many, or where some of it was taken out
REPEATED = 4000  # letters before a text, of which a model may repeat some
NEAR = 100  # letters and spaces before a text that tell where it was written
LONGEST = 32  # letters of a name in a sentence
BEGIN = "\n"  # stands before the first letter of a page


def standing(done: Sequence[Done], page: str) -> list[Done]:
    """What is there as it was written; where nothing is, what has some words left."""
    stands = BEGIN + _letters(page)
    return [one for one in done if _stands_whole(one, stands)] or left(done, page)


def _stands_whole(one: Done, stands: str) -> bool:
    text = _letters(one.event.text)
    return bool(text) and (text if len(text) >= AGAIN else _few(one, text)) in stands


def left(done: Sequence[Done], page: str) -> list[Done]:
    """What has some letters in a row left, whatever was changed in it since; of a word or two, these where they were
    written. Models that learnt from the same texts write many a row alike: it is of the one of whom most is left."""
    if not done:
        return []
    stands, rows = BEGIN + _letters(page), [_rows_of(one) for one in done]
    wanted = set().union(*rows)
    found = wanted.intersection(_rows(stands)) | {row for row in wanted if len(row) < IN_A_ROW and row in stands}
    its = [found & of_one for of_one in rows]
    known, taken = "", set[int]()
    for at in sorted(range(len(done)), key=lambda at: len(its[at]), reverse=True):
        if any(row not in known for row in its[at]):
            taken.add(at)
            known += f"\n{_begun(done[at])[1 - IN_A_ROW :]}{_letters(done[at].event.text)}"
    return [one for at, one in enumerate(done) if at in taken]


@dataclass(frozen=True, slots=True)
class _Stretch:
    """Letters ``start`` to ``end`` of a page are those of the text from its letter ``first`` on."""

    text: int
    start: int
    end: int
    first: int

    @property
    def last(self) -> int:
        return self.first + self.end - self.start


class Written:
    """Knows again on a page what models wrote, whatever was changed around it or in it."""

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
            before = _begun(one)[-IN_A_ROW:] if 0 < len(text) < SHORT else ""
            last, there = len(before + text) - IN_A_ROW, _letters(one.prompt[-REPEATED:])
            for at in range(min(FEW, last), last + 1) if before else range(0, last + 1, EVERY):
                row = (before + text)[at : at + IN_A_ROW]
                if row not in there:  # what it only repeats is of whoever wrote it first
                    self._rows[row] = len(self._texts), at
            self._texts.append((before + text, len(before)))

    def stretches(self, page: str) -> list[tuple[int, int]]:
        """From which character to which. A few letters that were torn out of their text are nobody's."""
        places = [place for place, letter in enumerate(page) if not letter.isspace()]
        letters, found, end, author = _letters(page), list[tuple[int, int]](), 0, -1
        for one in sorted(self._joined(letters, list(self._known(letters))), key=lambda one: one.start):
            own = one.start + max(0, self._texts[one.text][1] - one.first)  # what stood before it is of somebody else
            start, before, end = max(own, end), end, max(one.end, end)
            if start < end:
                goes_round = found and start == before and one.text == author
                begin = found.pop()[0] if goes_round else places[start]
                found.append((begin, places[end - 1] + 1))
                author = one.text
        return found

    def _known(self, letters: str) -> Iterator[_Stretch]:
        """By some letters in a row, and as far as they go on alike to both sides."""
        at = end = 0
        while at + IN_A_ROW <= len(letters):
            text, place = self._rows.get(letters[at : at + IN_A_ROW], (-1, 0))
            if text < 0:
                at += 1
                continue
            whole = self._texts[text][0]
            before = _alike(letters[end:at][::-1], whole[:place][::-1])
            end = at + _alike(letters[at:], whole[place:])
            yield _Stretch(text, at - before, end, place - before)
            at = end - IN_A_ROW + 1  # a word or two behind it may be known by what stands before them

    def _joined(self, letters: str, known: Sequence[_Stretch]) -> Iterator[_Stretch]:
        """Also where a text begins before, and goes on behind, what somebody typed within it."""
        before = 0
        for number, one in enumerate(known):
            whole = self._texts[one.text][0]
            until = known[number + 1].start if number + 1 < len(known) else len(letters)
            for skipped, away, count in _going_on(whole[: one.first][::-1], letters[before : one.start][::-1]):
                yield _Stretch(one.text, one.start - away - count, one.start - away, one.first - skipped - count)
            yield one
            before = one.end
            for skipped, away, count in _going_on(whole[one.last :], letters[one.end : until]):
                before = one.end + away + count
                yield _Stretch(one.text, one.end + away, before, one.last + skipped)


def _going_on(text: str, letters: str) -> Iterator[tuple[int, int, int]]:
    """From which of its letters on, at which of the page, and how many of them: words may have been taken out, and
    others typed in between."""
    at = place = 0
    while found := _next(text[at:], letters[place : place + APART + AGAIN]):
        at, place = at + found[0], place + found[1]
        count = _alike(text[at:], letters[place:])
        yield at, place, count
        at, place = at + count, place + count


def _next(text: str, letters: str) -> tuple[int, int] | None:
    if len(text) >= FEW and (place := letters.find(text[:FEW], 0, CLOSE + FEW)) >= 0:
        return 0, place
    for skipped in range(min(APART, len(text) - AGAIN + 1)):
        if (place := letters.find(text[skipped : skipped + AGAIN])) >= 0:
            return skipped, place
    return None


def _alike(one: str, other: str) -> int:
    """So many letters at the beginning."""
    return next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))


def _letters(text: str) -> str:
    """However its lines are broken: joining them makes no other text of it."""
    return "".join(text.split())


def _rows_of(one: Done) -> set[str]:
    """What is too short to be known by itself is known together with what stood before it."""
    text = _letters(one.event.text)
    short = text if len(text) >= AGAIN else _few(one, text)
    return set(_rows(text)) or ({short} if text else set())


def _few(one: Done, text: str) -> str:
    """Letters that may stand anywhere by chance, with what stood before them; where nothing did, a page began."""
    return ((_begun(one) or BEGIN) + text)[-IN_A_ROW:]


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
