"""What the keyboard goes to is in sight, and is not lost.

Qt scrolls to what has the focus only when it was within the same page before, and sends the focus anywhere when what
has it is disabled or hidden.
"""

import contextlib
from collections.abc import Callable, Iterator

from PySide6.QtCore import QCoreApplication, QEvent, QObject, Qt, Slot
from PySide6.QtWidgets import QApplication, QScrollArea, QStackedWidget, QWidget

from .widgets import GRID, Fold


class FocusInSight(QObject):
    """Scrolls to whatever gets the focus, but never under a mouse that is just pressed, and not to what had it before:
    whoever comes back from another window finds the page as it was left.
    """

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self._last: QWidget | None = None
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        application.focusChanged.connect(self._changed)

    @Slot(QWidget, QWidget)
    def _changed(self, before: QWidget | None, now: QWidget | None) -> None:
        if now is None and self._window.isActiveWindow():
            self._last = None  # it is lost here, and not to another window
        if now is None or now.window() is not self._window or now is self._last:
            return
        self._last = now
        if QApplication.mouseButtons() == Qt.MouseButton.NoButton and not FocusBack.changing:
            bring_into_sight(now)


class FocusBack(QObject):
    """Brings the keyboard back to what was disabled under it, once that can be used again; where it is not seen any
    more, to what ``otherwise`` says is there in its stead (None: not yet). Whoever pressed a key or the mouse meanwhile
    stays where that led: the next key is meant for what is seen.

    ``meanwhile``: what takes the keyboard instead as long as that is disabled, where it is not to wait.
    """

    changing = 0  # how many change a page just now: where Qt sends the keyboard then, nobody is to be led

    def __init__(
        self,
        page: QWidget,
        otherwise: Callable[[QWidget], QWidget | None],
        meanwhile: Callable[[QWidget], QWidget | None] = lambda lost: None,
    ) -> None:
        super().__init__(page)
        self._page, self._otherwise, self._meanwhile = page, otherwise, meanwhile
        self._lost: QWidget | None = None
        self._sent: QWidget | None = None  # where Qt sent the keyboard

    @contextlib.contextmanager
    def kept(self) -> Iterator[None]:
        """While parts of the page are enabled, disabled, shown or hidden."""
        before = self._page.window().focusWidget()
        FocusBack.changing += 1
        try:
            yield
        finally:
            FocusBack.changing -= 1
        now = self._page.window().focusWidget()
        if before and now is not before and self._page.isAncestorOf(before):
            self._lost, self._sent = before, now
            self._wait()
        if self._lost is None:
            return
        if now is not self._sent:  # somebody went on
            self._lost = None
        elif there := self._there(self._lost):
            self._lost = None
            there.setFocus()

    def _there(self, lost: QWidget) -> QWidget | None:
        """Where the keyboard goes; None: it waits."""
        if not lost.isVisibleTo(self._page):
            return self._otherwise(lost)
        return lost if lost.isEnabled() else self._meanwhile(lost)

    def _wait(self) -> None:
        handle = self._page.window().windowHandle()
        if handle:
            handle.installEventFilter(self)  # once, however often it is asked for; ``WheelGuard`` says why there

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 (Qt's name)
        if event.type() in (QEvent.Type.KeyPress, QEvent.Type.MouseButtonPress):
            self._lost = None
        if self._lost is None:
            watched.removeEventFilter(self)
        return False


def bring_into_sight(widget: QWidget) -> None:
    for _ in range(3):  # what was just unfolded gets its place, and so do the pages around it
        QCoreApplication.sendPostedEvents(None, QEvent.Type.LayoutRequest.value)
    outer = widget.parentWidget()
    while outer:
        if isinstance(outer, QScrollArea):
            outer.ensureWidgetVisible(widget, GRID, GRID)
        outer = outer.parentWidget()


def unfold(widget: QWidget) -> None:
    """Opens whatever is folded over it."""
    outer = widget.parentWidget()
    while outer:
        if isinstance(outer, Fold) and outer.body.isHidden():
            outer.toggle()
        outer = outer.parentWidget()


def is_on_shown_page(widget: QWidget) -> bool:
    """Also where it is folded away."""
    page, outer = widget, widget.parentWidget()
    while outer:
        if isinstance(outer, QStackedWidget) and outer.currentWidget() is not page:
            return False
        page, outer = outer, outer.parentWidget()
    return True
