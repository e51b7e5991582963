"""The shelf: every text that was kept, to read, find, rename, go on with, take elsewhere, or move to the bin."""

import functools
import re
from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QDateTime, QItemSelectionModel, QLocale, QSignalBlocker, Qt, Signal
from PySide6.QtGui import QKeySequence, QShowEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QInputDialog,
    QListWidget,
    QListWidgetItem,
    QSplitter,
    QWidget,
)

from ... import words
from ...engine.core import kept_texts
from ...engine.core.events import Replayed
from ...engine.core.kept_texts import KeptText
from ...engine.core.names import why_other
from ...engine.core.project import Project
from ..parts import widgets
from ..parts.announce import announce
from ..parts.bin import forget_what_left, moved_to_bin
from ..parts.direction import below, isolated
from ..parts.focus import FocusBack
from ..parts.open_project import OpenProject
from ..parts.row_menu import RowMenu
from ..parts.search_field import SearchField
from .authors import author_of, titles_of
from .editor import Editor, qt_positions
from .exports import ExportButton

SHOWN = 100_000  # characters; more would hold up the window
WORDS = 5  # on each side of a place in a text
_first_words = re.compile(rf"(?:\s*\S+){{0,{WORDS}}}")


class Shelf(QWidget):
    """Signals: ``told_done(words, WayOn)``, ``page_asked(KeptText)``: this should go on the page,
    ``replay_asked(Path)``.
    """

    told_done = Signal(str, object)
    page_asked = Signal(object)
    replay_asked = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.opened: OpenProject | None = None
        self.kept: list[KeptText] = []
        self._wished: Path | None = None  # to be chosen as soon as it is listed
        self._chosen: set[Path] = set()
        self._text = ""  # what the page shows
        self._told_of: Path | None = None  # the text that the outcome is about
        self._removed: list[dict[Path, Path]] = []  # what was moved to the bin, and where it lies there
        self._focus = FocusBack(self, lambda lost: self.list)
        self.search = SearchField("Search in kept texts", "Shows the texts that hold these words")
        self.search.textChanged.connect(lambda: self._list())
        self._make_list()
        self.page = Editor()
        self.page.setReadOnly(True)
        self.page.setAccessibleName("The chosen kept text")
        self.page.setPlaceholderText("What you keep, on the page or among many texts, stands here.")
        self.outcome = widgets.label("", "advice", wrap=True)
        self.status = widgets.label("", "muted", wrap=True)
        self._make_buttons()
        self._make_menu()
        layout = widgets.column(self.search, self._buttons, self._split(), self.outcome, self.status)
        layout.setStretch(2, 1)
        layout.setContentsMargins(widgets.GRID, 2 * widgets.GRID, widgets.GRID, 3 * widgets.GRID)
        self.setLayout(layout)
        self.show_state()

    def _make_list(self) -> None:
        self.list = QListWidget()
        self.list.setAccessibleName("Kept texts")
        self.list.setToolTip("Return opens a text on the page, F2 renames it, Delete moves it to the bin")
        self.list.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.list.setUniformItemSizes(True)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.itemSelectionChanged.connect(self._selected)
        self.list.itemActivated.connect(lambda: self.open_on_page())

    def _make_menu(self) -> None:
        self.menu = RowMenu(self.list)
        for button, key in ((self.open_button, ""), (self.replay_button, ""), (self.rename_button, "F2")):
            self.menu.add_button(button, key)
        self.menu.add_button(self.delete_button, QKeySequence.StandardKey.Delete)
        self.menu.add("Undo", self.undo, QKeySequence.StandardKey.Undo, lambda: bool(self._removed))

    def _make_buttons(self) -> None:
        button = widgets.button
        self.open_button = button(
            "Open on the page", "Goes on with this text on the page", self.open_on_page, icon="generate"
        )
        self.export_button = ExportButton(
            "Export", "Saves the chosen texts as a file for elsewhere", self.chosen_texts, lambda: self.chosen()[0].name
        )
        self.export_button.told_done.connect(self.told_done)
        self.replay_button = button(
            "Check with its model",
            "Lets the same model write it again from its receipt, and says whether it is the same word for word",
            self.replay,
            icon="play",
        )
        self.rename_button = button("Rename …", "Gives this text another name (F2)", self.rename)
        self.delete_button = button("Delete", "Moves the chosen texts to the bin (Delete)", self.delete, icon="remove")
        self.undo_button = button("Undo", "Takes back what was moved to the bin last (Ctrl+Z)", self.undo, icon="undo")
        self._buttons = widgets.Flow(
            self.open_button,
            self.export_button,
            self.replay_button,
            self.rename_button,
            self.delete_button,
            self.undo_button,
            gap=widgets.GRID,
        )

    def _split(self) -> QSplitter:
        split = QSplitter(Qt.Orientation.Horizontal)
        split.setHandleWidth(2 * widgets.GRID)
        split.addWidget(self.list)
        split.addWidget(self.page)
        split.setSizes([320, 400])
        split.setStretchFactor(1, 1)
        split.setChildrenCollapsible(False)
        return split

    # --- what is there

    def open(self, opened: OpenProject) -> None:
        self.opened, self._removed, self._wished, self._told_of = opened, [], None, None
        self.undo_button.setEnabled(True)
        self.export_button.opened = opened
        self.search.clear()
        self._show([])
        self.refresh()
        opened.gone.connect(self.show_state)
        opened.back.connect(self.refresh)

    def refresh(self, *, unseen: bool = False) -> None:
        """Reads the folder anew, on a job's thread. ``unseen``: also while it is not in sight."""
        if self.opened and (unseen or self.isVisible()):
            project = self.opened.project
            self.opened.jobs.start(lambda control: iter([_there(project)]), self._show)

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802 (Qt's name)
        super().showEvent(event)
        self.refresh()

    def _show(self, kept: Sequence[KeptText]) -> None:
        self.kept, listed = list(kept), {one.file for one in kept}
        self._chosen &= listed
        if self._wished in listed:
            self._chosen, self._wished = {self._wished}, None
            with QSignalBlocker(self.search):
                self.search.clear()  # which may leave it out
        self._list()

    def _list(self) -> None:
        """Those that hold what is looked for; what is chosen stays so."""
        before = self._chosen
        wanted = self.search.text().casefold()
        with QSignalBlocker(self.list):
            self.list.clear()
            for one in self.kept:
                if wanted in one.name.casefold() or wanted in one.text.casefold():
                    self.list.addItem(_item(one, self._whose(one)))
            self._mark(before)
            if not self.list.selectedItems() and self.list.count():
                self.list.setCurrentRow(0)
        self._selected()

    def _mark(self, files: set[Path]) -> None:
        """Keys mean the first of them, where nothing else is under them."""
        for item in (self.list.item(row) for row in range(self.list.count())):
            item.setSelected(_kept(item).file in files)
            if item.isSelected() and self.list.currentRow() < 0:
                self.list.setCurrentItem(item, QItemSelectionModel.SelectionFlag.NoUpdate)

    def _selected(self) -> None:
        """What is in sight stays chosen where somebody pressed beside all rows."""
        if chosen := self.chosen():
            self._chosen = {one.file for one in chosen}
        else:
            with QSignalBlocker(self.list):
                self._mark(self._chosen)
        self.show_state()

    def _whose(self, kept: KeptText) -> str:
        """Empty where no model wrote it, or none is known."""
        if not self.opened or not kept.models:
            return ""
        snapshot = self.opened.snapshot
        return titles_of([author_of(model, snapshot) for model in kept.models], snapshot)

    def chosen(self) -> list[KeptText]:
        rows = (row for row in range(self.list.count()) if self.list.item(row).isSelected())
        return [_kept(self.list.item(row)) for row in rows]

    def holds(self, page: str) -> bool:
        """Whether a page is kept, alone or together with others."""
        return page.strip() in {text.strip() for one in _readable(self.kept) for text in (one.text, *one.texts())}

    def chosen_texts(self) -> list[str]:
        return [text for one in _readable(self.chosen()) for text in one.texts()]

    def show_state(self) -> None:
        chosen = self.chosen()
        readable = _readable(chosen)
        self.rename_button.setEnabled(len(chosen) == 1)
        self.delete_button.setEnabled(bool(chosen))
        self.export_button.setEnabled(bool(readable))
        for button in (self.open_button, self.replay_button):
            button.setEnabled(len(chosen) == len(readable) == 1)
        with self._focus.kept():  # none of the others comes back to whoever chooses
            self.undo_button.setVisible(bool(self._removed))
        self._buttons.updateGeometry()
        self._show_text(chosen[0].text[:SHOWN] if len(chosen) == 1 else "")
        self.outcome.setVisible([one.file for one in chosen] == [self._told_of])
        problem = chosen[0].problem if len(chosen) == 1 else ""
        self.status.setText(problem or self._in_words(len(chosen)))

    def _show_text(self, text: str) -> None:
        """Whoever reads it is not thrown back to its beginning."""
        if text != self._text:
            self._text = text
            self.page.setPlainText(text)

    def _in_words(self, chosen: int) -> str:
        if not self.kept:
            if self.opened and self.opened.is_gone:
                return "The folder of this project is gone, and the kept texts with it. They are here when it is back."
            return "Nothing is kept yet. “Keep” on the page, or K among many texts, puts a text here."
        found = self.list.count()
        there = words.count("kept text", len(self.kept)) if found == len(self.kept) else f"{words.number(found)} found"
        return f"{there}, {words.number(chosen)} chosen" if chosen > 1 else there

    # --- what the user does

    def open_on_page(self) -> None:
        if self.open_button.isEnabled():
            self.page_asked.emit(self.chosen()[0])

    def replay(self) -> None:
        if len(self.chosen()) == 1:
            self.replay_asked.emit(self.chosen()[0].file)

    def choose(self, file: Path, *, unseen: bool = False) -> None:
        """Shows this text; what is looked for otherwise is forgotten."""
        self._wished = file
        self.refresh(unseen=unseen)

    def tell(self, file: Path, sentence: str, *, good: bool = False, at: int = -1) -> None:
        """What comes of writing a text again; it stays with the text. ``at``: the character from which it differs."""
        self._told_of = file
        self.outcome.setText(sentence)
        self.outcome.setProperty("good", good)
        self.outcome.style().polish(self.outcome)
        announce(self, sentence)
        self.show_state()
        if self.outcome.isVisible() and 0 <= at < len(text := self.chosen()[0].text[:SHOWN]):
            places, words = qt_positions(text), _first_words.match(text, at)
            self.page.setTextCursor(self.page.cursor_at(places[at], places[words.end() if words else at]))
            self.page.centerCursor()

    def difference(self, file: Path, event: Replayed) -> str:
        """Where what was written again departs from what was kept; empty where that is not known."""
        text = next((one.text for one in self.kept if one.file == file), "")
        if not 0 <= event.differs_at <= len(text):
            return ""
        before, then = text[: event.differs_at].split()[-WORDS:], text[event.differs_at :].split()[:WORDS]
        where = f"After “… {' '.join(before)}”" if before else "At its beginning"
        now, was = (f"“{' '.join(found)} …”" if found else "nothing" for found in (event.became.split()[:WORDS], then))
        return f"{where} it wrote {now} instead of {was}."

    def tell_nothing(self) -> None:
        self._told_of = None
        self.show_state()

    def rename(self) -> None:
        for one in self.chosen()[:1]:
            name, agreed = QInputDialog.getText(self, "Rename the text", "Name of the text:", text=one.name)
            if agreed and name.strip():
                self._rename(one, name.strip())

    def _rename(self, kept: KeptText, wished: str) -> None:
        became: list[KeptText] = []

        def renamed() -> None:
            if became:  # it stays the one in sight, with what is told of it
                self._wished = became[0].file
                self._told_of = self._wished if self._told_of == kept.file else self._told_of
            self.refresh()
            if became and (name := became[0].name) != wished:
                self.told_done.emit(f"The name became “{name}”: {why_other(wished, name, 'files')}.", None)

        self._do(lambda: became.append(kept_texts.rename(kept, wished)), renamed)

    def delete(self) -> None:
        """To the bin of the system; all that went together can be taken back together. Whoever pressed the button and
        presses again does not delete the next one, which is chosen by then.
        """
        if chosen := self.chosen():
            self.list.setFocus()
            self._do(functools.partial(self._delete, chosen))

    def _delete(self, chosen: Sequence[KeptText]) -> None:
        moved: dict[Path, Path] = {}
        try:
            for one in chosen:
                moved |= kept_texts.delete(one, moved_to_bin)
        finally:
            if moved:
                self._removed.append(moved)

    def undo(self) -> None:
        """What could not be taken back can be tried again."""
        if self._removed and self.undo_button.isEnabled():
            lies = self._removed[-1]
            with self._focus.kept():
                self.undo_button.setEnabled(False)
            self._do(functools.partial(kept_texts.restore, lies), functools.partial(self._undone, lies))

    def _undone(self, lies: dict[Path, Path]) -> None:
        """The first that is back is chosen again, so that what is pressed next means it."""
        self._wished = next(iter(lies))
        forget_what_left(self._removed, lies)
        with self._focus.kept():
            self.undo_button.setEnabled(True)
        self.refresh()

    def _do(self, change: Callable[[], object], then: Callable[[], object] | None = None) -> None:
        """``then``: when it is done, also when it failed: some of the texts may have been changed before."""
        done = then or self.refresh

        def failed(sentence: str, details: str) -> None:
            if self.opened:
                self.opened.jobs.problem.emit(sentence, details)
            done()

        if self.opened:
            self.opened.go_on()
            self.opened.change(change, then=done, failed=failed)


def _there(project: Project) -> list[KeptText]:
    """Raises ProjectError where there is nothing to look into: that is not the same as nothing kept."""
    found = kept_texts.kept_texts(project)
    if not found:
        project.listing()
    return found


def _readable(kept: Sequence[KeptText]) -> list[KeptText]:
    return [one for one in kept if not one.problem]


def _item(kept: KeptText, whose: str) -> QListWidgetItem:
    """What tells it from others that begin alike stands below its name."""
    kept_at = QLocale().toString(QDateTime.fromSecsSinceEpoch(int(kept.kept_at)), QLocale.FormatType.ShortFormat)
    how_much = "cannot be read" if kept.problem else words.count("word", len(kept.text.split()))
    facts = ", ".join(filter(None, (isolated(kept_at), how_much, whose and isolated(whose))))
    item = QListWidgetItem(below(kept.name, facts))
    item.setToolTip(widgets.plain(f"{facts}\n{kept.file}"))
    item.setData(Qt.ItemDataRole.UserRole, kept)
    return item


def _kept(item: QListWidgetItem) -> KeptText:
    kept = item.data(Qt.ItemDataRole.UserRole)
    assert isinstance(kept, KeptText)
    return kept
