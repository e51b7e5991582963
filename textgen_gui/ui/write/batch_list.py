"""The texts of a batch as a list: arrow keys go through them, K keeps one, X rejects it."""

from collections.abc import Sequence

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QListWidget, QListWidgetItem

from ... import words
from .batch import BatchText, Decision

signs = {Decision.WAITING: "   ", Decision.KEPT: "✓ ", Decision.REJECTED: "✗ "}
keys = {
    Qt.Key.Key_K: Decision.KEPT,
    Qt.Key.Key_X: Decision.REJECTED,
    Qt.Key.Key_Delete: Decision.REJECTED,
}

Decided = dict[int, Decision]  # of each row


class BatchList(QListWidget):
    """Signal: ``decided(Decision)``, by a key, for the current text."""

    decided = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._shown: list[BatchText] = []
        self._decided: list[Decided] = []  # the last one last
        self._taken_back: list[Decided] = []  # since the last decision
        self.setAccessibleName("Written texts")
        self.setToolTip("Arrow keys go through the texts, K keeps one, X rejects it, Ctrl+Z takes that back")
        self.setUniformItemSizes(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)

    def show_texts(self, texts: Sequence[BatchText]) -> None:
        """In place of those before; none is current."""
        with QSignalBlocker(self):
            self.clear()
        self._shown, self._decided, self._taken_back = [], [], []
        for text in texts:
            self.add(text)

    def add(self, text: BatchText) -> None:
        self._shown.append(text)
        self.addItem(QListWidgetItem())
        self._show_decision(self.count() - 1)

    def shows(self, text: BatchText) -> bool:
        return any(shown is text for shown in reversed(self._shown))

    @property
    def current(self) -> BatchText | None:
        row = self.currentRow()
        return self._shown[row] if 0 <= row < len(self._shown) else None

    def decide(self, decision: Decision) -> None:
        """About the current text, and on to the next; the same decision twice takes it back."""
        text = self.current
        if text is None:
            return
        self._decide({self.currentRow(): Decision.WAITING if text.decision is decision else decision})
        if text.decision is not Decision.WAITING:
            self.setCurrentRow(min(self.currentRow() + 1, self.count() - 1))

    def decide_all(self, decision: Decision) -> None:
        """About every text in sight that nobody has kept or rejected."""
        waiting = [row for row, text in enumerate(self._shown) if text.decision is Decision.WAITING]
        if waiting:
            self._decide(dict.fromkeys(waiting, decision))

    def _decide(self, about: Decided) -> None:
        self._decided.append(self._changed(about))
        self._taken_back.clear()

    def _changed(self, about: Decided) -> Decided:
        """Decides, and returns what was decided of the same texts before."""
        before = {row: self._shown[row].decision for row in about}
        for row, decision in about.items():
            self._shown[row].decision = decision
            self._show_decision(row)
        return before

    def undo(self) -> None:
        """Takes back the last decision about texts in sight, and goes to the first of them."""
        self._pass_on(self._decided, self._taken_back)

    def redo(self) -> None:
        """Decides again what was taken back last."""
        self._pass_on(self._taken_back, self._decided)

    def _pass_on(self, one: list[Decided], other: list[Decided]) -> None:
        if one:
            about = one.pop()
            other.append(self._changed(about))
            self.setCurrentRow(min(about))

    def _show_decision(self, row: int) -> None:
        item, text = self.item(row), self._shown[row]
        begin = " ".join(text.done.event.text[:120].split())
        item.setText(f"{signs[text.decision]}{begin or '(empty)'}")
        fault = f", {text.fault}" if text.fault else ""
        item.setToolTip(words.count("word", len(text.done.event.text.split())) + fault)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 (Qt's name)
        decision = keys.get(Qt.Key(event.key()))
        if decision and not event.modifiers():
            self.decided.emit(decision)
        else:
            super().keyPressEvent(event)
