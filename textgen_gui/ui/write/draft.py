"""The page of the writing desk outlives the window: saved in the project while it is written, and brought back."""

from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer, Signal

from ...engine.core import draft
from ...engine.core.draft import Done
from ..parts import widgets
from ..parts.open_project import OpenProject
from .editor import Editor

SAVE_MS = 3000  # at most so much is lost when the computer loses power


class Draft(QObject):
    """What stands on a page, and what models wrote on it. Signal: ``loaded()``: the page is as it was left."""

    loaded = Signal()

    def __init__(self, page: Editor) -> None:
        super().__init__(page)
        self.page = page
        self.done: list[Done] = []
        self.is_loading = False
        self._opened: OpenProject | None = None
        self._changes = self._saved = 0  # how often the page was changed, and how often at its last save
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(SAVE_MS)
        self._timer.timeout.connect(self._save)
        page.textChanged.connect(self._changed)

    def open(self, opened: OpenProject) -> None:
        """Loads the page, which cannot be written on until it is there. Empty where nothing was left."""
        self._opened, self.done, self.is_loading = opened, [], True
        self.page.clear()
        self.page.setReadOnly(True)
        opened.jobs.start(lambda control: iter([draft.load(opened.project)]), self._show, finished=self._loaded)
        opened.jobs.closed.connect(self._timer.stop)

    def add(self, done: Done) -> None:
        """What a model has just written on the page."""
        self.done.append(done)
        self._changed()

    def unsaved(self) -> list[Callable[[], object]]:
        """What writes the page when it is not on the disk as it is now."""
        is_saved = self.is_loading or self._saved == self._changes
        return [] if is_saved else [self._saving()]

    def _show(self, left: tuple[str, list[Done]]) -> None:
        page, self.done = left
        self.page.setPlainText(page)

    def _loaded(self) -> None:
        self._timer.stop()
        self._saved = self._changes
        self.is_loading = False
        self.page.setReadOnly(False)
        self.loaded.emit()

    def _changed(self) -> None:
        self._changes += 1
        if not self.is_loading and not self._timer.isActive():
            self._timer.start()

    def _saving(self) -> Callable[[], None]:
        assert self._opened
        project, page, done = self._opened.project, widgets.text_of(self.page), list(self.done)
        return lambda: draft.keep(project, page, done)

    def _save(self) -> None:
        changes = self._changes
        if self._opened:
            self._opened.change(self._saving(), then=lambda: self._note_saved(changes))

    def _note_saved(self, changes: int) -> None:
        self._saved = changes
