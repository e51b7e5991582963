"""What else could stand in the place of a word: a menu at a click with the right button, or by a key."""

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QObject, QPoint, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QKeyEvent
from PySide6.QtWidgets import QMenu

from .confidence import Confidence
from .editor import Editor
from .model_choice import ModelChoice
from .other_words import OtherWords, share_in_words


@dataclass(frozen=True, slots=True)
class Replacement:
    """The page from ``start`` to ``end``, as Qt counts, gives way to ``text``."""

    start: int
    end: int
    text: str


class Alternatives(QObject):
    """Signal: ``chosen(Replacement)``, which reaches to the end of what was written. ``others``: whole words, also for
    what the model has not written, or of which it is not known any more how sure it was."""

    chosen = Signal(object)

    def __init__(self, page: Editor, confidence: Confidence, model: ModelChoice) -> None:
        super().__init__(page)
        self.page, self.confidence, self.others = page, confidence, OtherWords(page, model)
        page.installEventFilter(self)
        page.viewport().installEventFilter(self)

    def menu_at(self, position: int) -> QMenu | None:
        """The alternatives at a position of the page, as a menu that is ready to be shown."""
        menu = QMenu(self.page)
        self._fill(menu, position)
        return None if menu.isEmpty() else menu

    def _fill(self, menu: QMenu, position: int) -> None:
        stretch = self.confidence.stretch_at(position)
        if stretch is None:
            return
        span = next(span for span in stretch.placed() if span.end > position)
        menu.setAccessibleName("What else could stand here")
        menu.addAction("Go on from here with:").setEnabled(False)
        for text, share in span.token.alternatives:
            replacement = Replacement(span.start, stretch.end, text)
            menu.addAction(_words(text, share)).triggered.connect(self._choosing(replacement))

    def _choosing(self, replacement: Replacement) -> Callable[[], None]:
        return lambda: self.chosen.emit(replacement)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 (Qt's name)
        # The kind of the event comes first: when the window is taken down, the page may be gone already.
        if isinstance(event, QContextMenuEvent) and watched is self.page.viewport():
            return self._pop_up_with_usual(event)
        if isinstance(event, QKeyEvent) and watched is self.page and _is_alt_down(event):
            self._pop_up_at_cursor()
            return True
        return super().eventFilter(watched, event)

    def _is_offering(self) -> bool:
        return self.confidence.switch.isChecked() and not self.page.isReadOnly()

    def _pop_up_with_usual(self, event: QContextMenuEvent) -> bool:
        """Above what the menu of a text holds anyway. False: there is nothing to add to it."""
        position = self.page.cursorForPosition(event.pos()).position()
        menu = QMenu(self.page)
        self.others.add_to(menu, position)
        menu.addSeparator()
        if self._is_offering():
            self._fill(menu, position)
        if menu.isEmpty():
            menu.deleteLater()
            return False
        usual = self.page.createStandardContextMenu(event.pos())
        usual.setParent(menu, usual.windowFlags())  # it goes with the menu, and is not drawn into it
        menu.addSeparator()
        menu.addActions(usual.actions())
        _show(menu, event.globalPos())
        return True

    def _pop_up_at_cursor(self) -> None:
        position = self.page.textCursor().position()
        if menu := self.menu_at(position) if self._is_offering() else None:
            _show(menu, self.page.viewport().mapToGlobal(self.page.cursorRect().bottomLeft()))
        else:
            self.others.ask(position)


def _show(menu: QMenu, at: QPoint) -> None:
    menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    menu.popup(at)


def _is_alt_down(event: QKeyEvent) -> bool:
    return (
        event.type() == QEvent.Type.KeyPress
        and event.key() == Qt.Key.Key_Down
        and event.modifiers() == Qt.KeyboardModifier.AltModifier
    )


def _words(text: str, share: float) -> str:
    shown = text.replace("\n", "↵").replace("\t", "⇥").replace("&", "&&") or "the end"
    return f"{shown}\t{share_in_words(share)}"
