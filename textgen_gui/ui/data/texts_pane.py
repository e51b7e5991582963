"""The left half of the Data tab: the texts, how many there are, finding one, taking some out and putting them back."""

from collections.abc import Iterable

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from ... import words
from ...engine.core.project import RemovedText
from ...engine.core.snapshot import ProjectSnapshot
from ..parts import widgets
from ..parts.search_field import SearchField
from .removed_texts import RemovedTexts
from .text_list import TextList


class TextsPane(QWidget):
    """Signals: ``removal_asked()``, ``undo_asked()``, ``put_back_asked(list[str])``."""

    removal_asked = Signal()
    undo_asked = Signal()
    put_back_asked = Signal(object)

    def __init__(self, add_buttons: Iterable[QWidget]) -> None:
        super().__init__()
        self._removed: tuple[RemovedText, ...] = ()
        self._total = 0
        self.table = TextList()
        self.table.removal_asked.connect(self.removal_asked)
        tip = "Shows the texts whose name or folder holds this"
        self.search = SearchField("Find a text by its name or folder", tip, name="Find a text")
        self.search.textChanged.connect(self._filter)
        self.count = widgets.label("", "muted")
        tip = "Takes the selected texts out of the project; your own files stay (Del)"
        self.remove = widgets.button("Remove", tip, self.removal_asked.emit, icon="remove")
        self.more = self.table.menu.more()
        tip = "Texts that were taken out, and can be put back"
        self.removed_button = widgets.button("Removed texts…", tip, self.show_removed, role="flat")
        top = widgets.row(self.search, self.count, gap=2 * widgets.GRID)
        top.setStretch(0, 1)
        self.buttons = (self.remove, self.more, self.removed_button)
        buttons = widgets.Flow(*add_buttons, *self.buttons, gap=widgets.GRID)
        self.setLayout(widgets.column(top, self.table, self._note(), buttons))

    def _note(self) -> QWidget:
        self.note_words = widgets.label("", wrap=True)
        tip = "Takes back what was done last (Ctrl+Z)"
        self.undo_button = widgets.button("Undo", tip, self.undo_asked.emit)
        line = widgets.row(self.note_words, self.undo_button, margin=widgets.GRID)
        line.setStretch(0, 1)
        self.note = widgets.card(line, "notice")
        self.note.hide()
        return self.note

    def show_texts(self, found: ProjectSnapshot, up_to_date: bool) -> None:
        self._removed, self._total = found.removed, len(found.sources)
        self.removed_button.setVisible(bool(found.removed))
        self.table.texts.show_texts(found, up_to_date)
        self.table.fit()
        self.table.choose_one()
        self.count_texts()

    def count_texts(self) -> None:
        shown, unusable = len(self.table.texts.shown), self.table.texts.unusable()
        told = words.count("text", self._total)
        if self.search.text().strip():
            told = f"{words.number(shown)} of {told}"
        self.count.setText(f"{told}, {words.number(unusable)} left out" if unusable else told)

    def _filter(self, words: str) -> None:
        self.table.texts.filter(words)
        self.table.choose_one()
        self.count_texts()

    def tell(self, step: str) -> None:
        """A note with a button; empty: there is nothing to undo any more."""
        self.note.setVisible(bool(step))
        self.note_words.setText(step)

    def show_removed(self) -> None:
        dialog = RemovedTexts(self._removed, self)
        dialog.put_back_asked.connect(self.put_back_asked)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()
