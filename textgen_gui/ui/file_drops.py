"""Files that are dropped on a window, wherever in it: a field below the mouse would take their addresses as text."""

from pathlib import Path

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QDragEnterEvent, QDragMoveEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QFrame, QWidget

from .parts.local_files import files_of


class FileDrops(QObject):
    """Watches what the system tells a window (``WheelGuard`` says why). Signal: ``dropped(list[Path])``. Anything else
    that is dragged goes its usual way.
    """

    dropped = Signal(object)

    def __init__(self, window: QWidget) -> None:
        """``window`` has to be shown, or to have a native window by other means."""
        super().__init__(window)
        self._window = window
        self._files: list[Path] = []  # that are over the window, read once: there may be thousands
        handle = window.windowHandle()
        assert handle is not None
        handle.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 (Qt's name)
        if event.type() == QEvent.Type.DragLeave:
            self._let_go()
        if not isinstance(event, QDropEvent):
            return False
        if isinstance(event, QDragEnterEvent):
            self._files = files_of(event.mimeData())
        files = self._files
        if files:
            self._answer(event)
        if not isinstance(event, QDragMoveEvent):
            self._let_go()
            if files and event.isAccepted():
                self.dropped.emit(files)
        return bool(files)

    def _answer(self, event: QDropEvent) -> None:
        event.setDropAction(Qt.DropAction.CopyAction)  # whatever was proposed: the user's own files stay
        stay = event.dropAction() != Qt.DropAction.MoveAction  # where nothing else is offered, they would be deleted
        takes = stay and self._window.isEnabled() and not QApplication.activeModalWidget()
        event.setAccepted(takes)
        self._mark(takes)

    def _let_go(self) -> None:
        self._files = []
        self._mark(False)

    def _mark(self, over: bool) -> None:
        """Cards that ask for a drop show that it would be taken."""
        for card in self._window.findChildren(QFrame, "drop"):
            if bool(card.property("over")) != over:
                card.setProperty("over", over)
                card.style().unpolish(card)
                card.style().polish(card)
