"""Escape in a field for searching takes its words away first, and only then means what it means around it."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QShortcut
from PySide6.QtWidgets import QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from textgen_gui.ui.parts.search_field import SearchField


def test_escape_clears_and_then_goes_on(qtbot: QtBot) -> None:
    page, field, stopped = QWidget(), SearchField("Search here", "Shows what holds this"), list[bool]()
    qtbot.addWidget(page)
    QVBoxLayout(page).addWidget(field)
    QShortcut("Esc", page).activated.connect(lambda: stopped.append(True))
    with qtbot.waitExposed(page):
        page.show()
    field.setFocus()
    qtbot.keyClicks(field, "storm")
    assert field.text() == "storm"
    qtbot.keyClick(field, Qt.Key.Key_Escape)
    assert field.text() == "" and not stopped
    qtbot.keyClick(field, Qt.Key.Key_Escape)
    assert stopped == [True]
