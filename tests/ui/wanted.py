"""How a test finds what stands in a menu, and what has been opened."""

from PySide6.QtCore import QPoint
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QApplication, QMenu

from textgen_gui.ui.main_window import MainWindow
from textgen_gui.ui.parts.boxes import Page


def plain(text: str) -> str:
    return text.partition("\t")[0].replace("&", "").rstrip("…. ")


def action(window: MainWindow, name: str) -> QAction:
    """By its words, in any menu of the window."""
    menus = [action.menu() for action in window.menuBar().actions()]
    found = [
        entry for menu in menus if isinstance(menu, QMenu) for entry in menu.actions() if plain(entry.text()) == name
    ]
    assert len(found) == 1, f"{len(found)} entries are called {name}"
    return found[0]


def offered(menu: QMenu) -> dict[str, bool]:
    """Which of its entries are possible when it is opened."""
    menu.popup(QPoint())
    found = {plain(entry.text()): entry.isEnabled() for entry in menu.actions() if entry.text()}
    menu.close()
    return found


def opened_page() -> Page:
    return next(top for top in QApplication.topLevelWidgets() if isinstance(top, Page) and top.isVisible())
