"""Shows a text in a page while the model writes it."""

from PySide6.QtCore import QObject, QTimer

from ..parts.open_project import OpenProject
from .editor import Editor

SHOW_MS = 50  # text appears at most twenty times a second, however fast it is written


class PieceWriter(QObject):
    """Writes pieces at a position of the page that moves on with them. All of them are one step for Ctrl+Z."""

    def __init__(self, page: Editor) -> None:
        super().__init__(page)
        self.page = page
        self._cursor = page.cursor_at(0)
        self._waiting: list[str] = []
        self._has_begun = self._joins = False
        self._timer = QTimer(self, interval=SHOW_MS, singleShot=True)
        self._timer.timeout.connect(self.flush)

    def open(self, opened: OpenProject) -> None:
        self.begin(0)
        opened.jobs.closed.connect(self._timer.stop)

    def begin(self, position: int, *, joins: bool = False) -> None:
        """``joins``: they are one step with what has just been changed."""
        self._cursor = self.page.cursor_at(position)
        self._waiting, self._has_begun, self._joins = [], False, joins

    @property
    def position(self) -> int:
        return self._cursor.position()

    def add(self, piece: str) -> None:
        self._waiting.append(piece)
        if not self._has_begun:
            self.flush()  # the first word does not wait for the beat
        elif not self._timer.isActive():
            self._timer.start()

    def flush(self) -> None:
        """Shows what waits, and goes on showing the end of the page where the user looks at it."""
        self._timer.stop()
        if not self._waiting:
            return
        bar = self.page.verticalScrollBar()
        is_following = bar.value() >= bar.maximum() - 4
        with self.page.step():
            goes_on = self._has_begun or self._joins
            (self._cursor.joinPreviousEditBlock if goes_on else self._cursor.beginEditBlock)()
            self._cursor.insertText("".join(self._waiting))
            self._cursor.endEditBlock()
        self._waiting, self._has_begun = [], True
        if is_following:
            bar.setValue(bar.maximum())
