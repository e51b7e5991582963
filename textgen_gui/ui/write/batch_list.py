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


class BatchList(QListWidget):
    """Signal: ``decided(Decision)``, by a key, for the current text."""

    decided = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._shown: list[BatchText] = []
        self._decided: list[list[tuple[int, Decision]]] = []  # which rows, and what they were before, the last one last
        self.setAccessibleName("Written texts")
        self.setToolTip("Arrow keys go through the texts, K keeps one, X rejects it, Ctrl+Z takes that back")
        self.setUniformItemSizes(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)

    def show_texts(self, texts: Sequence[BatchText]) -> None:
        """In place of those before; the first is current."""
        with QSignalBlocker(self):
            self.clear()
        self._shown, self._decided = [], []
        for text in texts:
            self.add(text)

    def add(self, text: BatchText) -> None:
        self._shown.append(text)
        self.addItem(QListWidgetItem())
        self._show_decision(self.count() - 1)
        if self.count() == 1:
            self.setCurrentRow(0)

    @property
    def current(self) -> BatchText | None:
        row = self.currentRow()
        return self._shown[row] if 0 <= row < len(self._shown) else None

    def decide(self, decision: Decision) -> None:
        """About the current text, and on to the next; the same decision twice takes it back."""
        text = self.current
        if text is None:
            return
        self._decided.append([(self.currentRow(), text.decision)])
        text.decision = Decision.WAITING if text.decision is decision else decision
        self._show_decision(self.currentRow())
        if text.decision is not Decision.WAITING:
            self.setCurrentRow(min(self.currentRow() + 1, self.count() - 1))

    def keep_all(self) -> None:
        """Every text in sight that nobody has rejected."""
        waiting = [row for row, text in enumerate(self._shown) if text.decision is Decision.WAITING]
        if waiting:
            self._decided.append([(row, Decision.WAITING) for row in waiting])
        for row in waiting:
            self._shown[row].decision = Decision.KEPT
            self._show_decision(row)

    def undo(self) -> None:
        """Takes back the last decision about texts in sight, and goes to the first of them."""
        taken_back = self._decided.pop() if self._decided else []
        for row, before in taken_back:
            self._shown[row].decision = before
            self._show_decision(row)
        if taken_back:
            self.setCurrentRow(taken_back[0][0])

    def _show_decision(self, row: int) -> None:
        item, text = self.item(row), self._shown[row]
        begin = " ".join(text.event.text[:120].split())
        item.setText(f"{signs[text.decision]}{begin or '(empty)'}")
        fault = f", {text.fault}" if text.fault else ""
        item.setToolTip(words.count("word", len(text.event.text.split())) + fault)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 (Qt's name)
        decision = keys.get(Qt.Key(event.key()))
        if decision and not event.modifiers():
            self.decided.emit(decision)
        else:
            super().keyPressEvent(event)
