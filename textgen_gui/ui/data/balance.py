"""Says when one long text leaves the others hardly any part in what is learnt, and lets all texts count alike: those
that are too short to count by themselves do so together."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from ...engine.core.config import Balance
from ...engine.core.project import Source
from ...words import number, percent
from ..parts import widgets

MOST = 0.75  # of all text: with more in one of them, the others hardly count
LEAST = 8000  # characters of a text that can count by itself: more than a model reads at once
TOGETHER = "short texts"  # the name of their group
NAMED = 50  # letters of a name at most
ALIKE = "All texts count alike, however long they are."


@dataclass(frozen=True, slots=True)
class Longest:
    """A text, or a group of them, beside which the ``others`` hardly count. ``share``: of all text.

    ``short``: texts that can count as much as it only together. ``together``: those that were put together here.
    """

    name: str
    share: float
    others: int
    may_count_alike: bool
    short: tuple[str, ...] = ()
    together: tuple[str, ...] = ()

    @property
    def in_words(self) -> str:
        others = f"the {number(self.others)} others hardly count" if self.others > 1 else "the other one hardly counts"
        name = self.name if len(self.name) <= NAMED else f"{self.name[: NAMED - 1]}…"  # a word that long breaks nowhere
        told = f"“{name}” is {percent(self.share)} of all your text: the model will write like it, and {others}."
        if self.may_count_alike or self.short:
            return told
        return f"{told} To be heard, {'they need' if self.others > 1 else 'it needs'} more text of the same kind."


def is_mostly_one(lengths: Collection[int]) -> bool:
    """Whether one of them may be so long beside all others: hardly ever, and known at once."""
    return max(lengths, default=0) >= MOST * sum(lengths) > 0


def longest(sources: Sequence[Source], characters: Sequence[int]) -> Longest | None:
    """None where no text is that long. Texts of one group count as one, as they do when all count alike.

    ``characters``: of each source, 0 where they are not known or not used.
    """
    known = list(zip(sources, characters, strict=True))
    alone = {source.file: length for source, length in known if length and not source.options.group}
    lengths, together = Counter(alone), list[str]()
    for source, length in known:
        if group := source.options.group:
            if length:
                lengths[group] += length
            if group == TOGETHER:
                together.append(source.file)
    if len(lengths) < 2:
        return None
    (name, length), *_ = lengths.most_common(1)
    share = length / lengths.total()
    if share < MOST:
        return None
    short = _short(lengths, alone)
    return Longest(name, share, len(lengths) - 1, min(lengths.values()) >= LEAST, short, tuple(together))


def _short(lengths: Counter[str], alone: Mapping[str, int]) -> tuple[str, ...]:
    """Those of the texts ``alone`` that can count together. Groups that somebody made stay as they are."""
    found = {file: length for file, length in alone.items() if length < LEAST}
    left = [length for name, length in lengths.items() if name != TOGETHER and name not in found]
    long_enough = lengths[TOGETHER] + sum(found.values()) >= LEAST
    return tuple(found) if long_enough and min(left, default=0) >= LEAST else ()


class BalanceNote(QWidget):
    """Signal: ``asked(Balance, files, group)``: how texts are to count from now on, and the group of some of them."""

    asked = Signal(object, object, str)

    def __init__(self) -> None:
        super().__init__()
        self._found: Longest | None = None
        self.words = widgets.label("", "advice", wrap=True)
        tip = "Each text is then read equally often, however long it is; short ones are repeated more"
        self.alike_button = widgets.button(
            "Let all texts count alike", tip, lambda: self.asked.emit(Balance.EQUAL, (), "")
        )
        tip = "Short texts become one group, which is read as often as a long text"
        self.together_button = widgets.button("Let the others count as much, together", tip, self._put_together)
        tip = "Long texts are then read more often than short ones, as is usual"
        self.by_size_button = widgets.button("Count by length again", tip, self._part)
        line = widgets.row(self.words, self.alike_button, self.together_button, self.by_size_button)
        line.setStretch(0, 1)
        self.setLayout(line)
        self.hide()

    def _put_together(self) -> None:
        if self._found:
            self.asked.emit(Balance.EQUAL, self._found.short, TOGETHER)

    def _part(self) -> None:
        """Back to how it was: the group that was made here is none any more."""
        self.asked.emit(Balance.SIZE, self._found.together if self._found else (), "")

    def show_longest(self, found: Longest | None, balance: Balance) -> None:
        """Whoever has given weights has thought about it."""
        self._found, alike = found, balance is Balance.EQUAL
        self.setVisible(found is not None and balance is not Balance.WEIGHT)
        if found:
            ones = "All texts count alike, the short ones together." if found.together else ALIKE
            self.words.setText(ones if alike else found.in_words)
            self.alike_button.setVisible(found.may_count_alike and not alike)
            self.together_button.setVisible(bool(found.short))
            self.by_size_button.setVisible(alike)
