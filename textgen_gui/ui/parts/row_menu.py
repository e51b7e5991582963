"""What can be done with the chosen rows of a list: a menu at the right mouse button, the menu key and a button."""

from collections.abc import Callable

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QAbstractItemView, QMenu, QPushButton, QToolButton

from . import widgets


class RowMenu(QMenu):
    """The keys of its entries work in the list."""

    def __init__(self, rows: QAbstractItemView) -> None:
        super().__init__(rows)
        self._rows = rows
        self._possible: list[tuple[QAction, Callable[[], bool]]] = []
        rows.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        rows.customContextMenuRequested.connect(self._open_at)
        self.aboutToShow.connect(self._show_possible)
        self.aboutToHide.connect(self._free_keys)

    def add(
        self,
        words: str,
        done: Callable[[], object],
        key: QKeySequence.StandardKey | str = "",
        possible: Callable[[], bool] = lambda: True,
    ) -> None:
        """``possible``: asked whenever the menu is opened. A key asks nobody: ``done`` may be called in vain."""
        entry = self.addAction(words, lambda: done())
        entry.setShortcut(QKeySequence(key))
        entry.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
        self._rows.addAction(entry)
        self._possible.append((entry, possible))

    def add_button(self, button: QPushButton, key: QKeySequence.StandardKey | str = "") -> None:
        """What a button beside the list does as well."""
        self.add(button.text(), button.click, key, button.isEnabled)

    def more(self) -> QToolButton:
        """The button for whoever does not look for a menu at the right mouse button."""
        return widgets.more(f"More: {self._rows.accessibleName()}", "What can be done with what is chosen", self)

    def _show_possible(self) -> None:
        for entry, possible in self._possible:
            entry.setEnabled(possible())

    def _free_keys(self) -> None:
        """Other rows may be chosen when one of them is pressed."""
        for entry, _ in self._possible:
            entry.setEnabled(True)

    def _open_at(self, at: QPoint) -> None:
        self.popup(self._rows.viewport().mapToGlobal(at) + QPoint(1, 1))
