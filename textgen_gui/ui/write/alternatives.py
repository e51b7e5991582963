"""What else could stand in the place of a word: a menu at a click with the right button, or by a key."""

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QObject, QPoint, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QKeyEvent
from PySide6.QtWidgets import QMenu

from ... import words
from .confidence import Confidence
from .editor import Editor


@dataclass(frozen=True, slots=True)
class Replacement:
    """The page from ``start`` to ``end``, as Qt counts, gives way to ``text``."""

    start: int
    end: int
    text: str


class Alternatives(QObject):
    """Signal: ``chosen(Replacement)``, which reaches to the end of what was written."""

    chosen = Signal(object)

    def __init__(self, page: Editor, confidence: Confidence) -> None:
        super().__init__(page)
        self.page, self.confidence = page, confidence
        page.installEventFilter(self)
        page.viewport().installEventFilter(self)

    def menu_at(self, position: int) -> QMenu | None:
        """The alternatives at a position of the page, as a menu that is ready to be shown."""
        stretch = self.confidence.stretch_at(position)
        if stretch is None:
            return None
        span = next(span for span in stretch.placed() if span.end > position)
        menu = QMenu(self.page)
        menu.setAccessibleName("What else could stand here")
        menu.addAction("Go on from here with:").setEnabled(False)
        for text, share in span.token.alternatives:
            replacement = Replacement(span.start, stretch.end, text)
            menu.addAction(_words(text, share)).triggered.connect(self._choosing(replacement))
        return menu

    def _choosing(self, replacement: Replacement) -> Callable[[], None]:
        return lambda: self.chosen.emit(replacement)

    def _pop_up(self, position: int, at: QPoint) -> None:
        menu = self.menu_at(position)
        if menu:
            _show(menu, at)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 (Qt's name)
        # The kind of the event comes first: when the window is taken down, the page may be gone already.
        if isinstance(event, QContextMenuEvent) and watched is self.page.viewport() and self._is_offering():
            return self._pop_up_with_usual(event)
        if isinstance(event, QKeyEvent) and watched is self.page and _is_alt_down(event) and self._is_offering():
            self._pop_up_at_cursor()
            return True
        return super().eventFilter(watched, event)

    def _is_offering(self) -> bool:
        return self.confidence.switch.isChecked() and not self.page.isReadOnly()

    def _pop_up_with_usual(self, event: QContextMenuEvent) -> bool:
        """Above what the menu of a text holds anyway. False: there is nothing to add to it."""
        menu = self.menu_at(self.page.cursorForPosition(event.pos()).position())
        if menu is None:
            return False
        usual = self.page.createStandardContextMenu(event.pos())
        usual.setParent(menu, usual.windowFlags())  # it goes with the menu, and is not drawn into it
        menu.addSeparator()
        menu.addActions(usual.actions())
        _show(menu, event.globalPos())
        return True

    def _pop_up_at_cursor(self) -> None:
        below = self.page.cursorRect().bottomLeft()
        self._pop_up(self.page.textCursor().position(), self.page.viewport().mapToGlobal(below))


def _show(menu: QMenu, at: QPoint) -> None:
    menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    menu.popup(at)


def _is_alt_down(event: QKeyEvent) -> bool:
    return (
        event.type() == QEvent.Type.KeyPress
        and event.key() == Qt.Key.Key_Down
        and event.modifiers() == Qt.KeyboardModifier.AltModifier
    )


def share_in_words(share: float) -> str:
    """How likely a word is; never “0%” for one that is offered."""
    return words.percent(share) if share >= 0.01 else f"under {words.percent(0.01)}"


def _words(text: str, share: float) -> str:
    shown = text.replace("\n", "↵").replace("\t", "⇥").replace("&", "&&") or "the end"
    return f"{shown}\t{share_in_words(share)}"
