"""Pages, bars and dialogs take the look of a theme one by one, when they are seen."""

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QApplication, QDialogButtonBox, QWidget

from . import resources, widgets


class Styled(QObject):
    """Belongs to one page, bar or dialog, and gives it the style sheet of the present theme, icons and sizes.

    Qt visits every widget below a sheet that changes, in sight or not: for the whole window that takes a fifth of a
    second, and several while a model trains. So what is hidden waits until it is shown.
    """

    def __init__(self, root: QWidget, restyle: Callable[[], object] = lambda: None) -> None:
        """``restyle``: draws again what takes its colours from nowhere else."""
        super().__init__(root)
        self._root, self._restyle = root, restyle
        self._worn, self._zoom = "", resources.zoomed()
        root.installEventFilter(self)
        resources.theme_changes().happened.connect(self._theme_changed)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 (Qt's name)
        if event.type() in (QEvent.Type.Polish, QEvent.Type.Show):
            self._wear()
        return False

    def _theme_changed(self) -> None:
        if self._root.isVisible():
            self._wear()
        else:
            self._root.installEventFilter(self)

    def _wear(self) -> None:
        self._root.removeEventFilter(self)  # each event would wait for the interpreter's lock
        if self._worn == resources.theme_in_use() or _has_sheet_above(self._root):
            return
        self._worn = resources.theme_in_use()
        before, self._zoom = self._zoom, resources.zoomed()
        if not self._root.isWindow():
            self._root.setFont(QApplication.font())  # what was never shown may still have that of another size
        self._root.setStyleSheet(resources.style_sheet())
        widgets.rescale(self._root, before, self._zoom)
        for box in self._root.findChildren(QDialogButtonBox):
            for button in box.buttons():  # made before they had the sheet, which says that they have none
                button.setIcon(QIcon())
        widgets.retint(self._root)
        self._restyle()


def _has_sheet_above(widget: QWidget) -> bool:
    """A dialog of a page looks like its page."""
    above = widget.parentWidget()
    return above is not None and (any(isinstance(one, Styled) for one in above.children()) or _has_sheet_above(above))
