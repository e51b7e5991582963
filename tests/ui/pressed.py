"""Which buttons and menu entries of the window the tests have pressed, by what they are called."""

import re
from collections.abc import Iterator

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QAbstractButton, QLineEdit, QListWidget, QMenu, QWidget

from textgen_gui.ui.main_window import MainWindow

pressed: set[str] = set()
ALIKE = ("Changed. Usual is", "Writes this word")  # one for each setting, and one for each word


def called(control: QAction | QAbstractButton) -> str:
    """What does not change while it is used: a button may say Pause and then Go on, but its tip stays."""
    tip = control.toolTip() if isinstance(control, QAbstractButton) else ""
    name = control.text() or (control.accessibleName() if isinstance(control, QAbstractButton) else "")
    whole = re.sub(r" \([^)]+\)$", "", tip) or name.partition("\t")[0].replace("&", "")  # its key is told later
    return next((start for start in ALIKE if whole.startswith(start)), whole)


def watch(control: QAction | QAbstractButton) -> None:
    name = called(control)
    (control.triggered if isinstance(control, QAction) else control.clicked).connect(lambda: pressed.add(name))


def controls(window: MainWindow) -> Iterator[QAction | QAbstractButton]:
    """All that a person can press, with the pages of a project made already."""
    for bar in window.menuBar().actions():
        menu = bar.menu()
        if isinstance(menu, QMenu):
            yield from (entry for entry in menu.actions() if entry.text() and not entry.menu())
    for listed in window.findChildren(QListWidget):
        yield from listed.actions()
    yield from (button for button in window.findChildren(QAbstractButton) if _is_ours(button))


def _is_ours(button: QAbstractButton) -> bool:
    """Not the pieces of Qt's and of the plot's own widgets."""
    owners, parent = [], button.parentWidget()
    while isinstance(parent, QWidget):
        owners.append(type(parent).__name__)
        parent = parent.parentWidget()
    inner = {"QTabBar", "QComboBox", "PlotWidget", "QTableWidget", "QTableView", "QTreeView"}
    is_in_field = isinstance(button.parentWidget(), QLineEdit)
    return bool(called(button)) and not is_in_field and not inner & set(owners)
