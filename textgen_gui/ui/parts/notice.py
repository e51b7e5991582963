"""A sentence that floats over the foot of the page, so that nothing on the page moves when it comes or goes."""

from PySide6.QtCore import QEvent, QObject, QTimer, Signal
from PySide6.QtWidgets import QFrame, QWidget

from ...engine.core.control import Ask
from . import widgets
from .announce import announce
from .styled import Styled

LOOK_MS = 500
WIDEST = 760


class Notice(QFrame):
    """It stays until it is dismissed, until its page is left or what it is about has ended, or its project is closed.

    Signal: ``details_asked(str)``.
    """

    details_asked = Signal(str)

    def __init__(self, page: QWidget) -> None:
        super().__init__(page)
        self._page = page
        self.setObjectName("notice")
        self.words = widgets.selectable()
        self._details = ""
        self._holds: Ask = _always
        self.more = widgets.button("Details", "Show what the program itself says about it", self._ask, role="flat")
        self.dismiss = widgets.tool("Dismiss", "close", "Hide this message", self.hide)
        line = widgets.row(self.words, self.more, self.dismiss, margin=widgets.GRID)
        line.setStretch(0, 1)
        self.setLayout(line)
        self._looking = QTimer(self, interval=LOOK_MS)
        self._looking.timeout.connect(self._look)
        page.installEventFilter(self)
        Styled(self)
        self.hide()

    def tell(self, sentence: str, details: str = "", holds: Ask | None = None) -> None:
        """``holds``: whether the sentence is still true; it goes when it is not."""
        self.words.setText(sentence)
        self._details, self._holds = details, holds or _always
        self.more.setVisible(bool(details))
        self.show()
        self.raise_()
        self._settle()
        announce(self, sentence, urgent=True)
        if holds:
            self._looking.start()
        else:
            self._looking.stop()

    def leave(self) -> None:
        """The page that it is about is left: it goes, unless it is known to be still true."""
        if self._holds is _always:
            self.hide()

    def hideEvent(self, event: QEvent) -> None:  # noqa: N802 (Qt's name)
        self._looking.stop()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 (Qt's name)
        if event.type() == QEvent.Type.Resize and self.isVisible():
            self._settle()
        return False

    def _settle(self) -> None:
        page = self._page
        width = min(WIDEST, page.width() - 4 * widgets.GRID)
        layout = self.layout()
        height = max(self.minimumSizeHint().height(), layout.heightForWidth(width) if layout else 0)
        self.setGeometry((page.width() - width) // 2, page.height() - height - 2 * widgets.GRID, width, height)

    def _look(self) -> None:
        if not self._holds():
            self.hide()

    def _ask(self) -> None:
        self.details_asked.emit(self._details)


def _always() -> bool:
    return True
