"""A theme is put on what is seen, and on the rest when it is seen."""

from pathlib import Path

from PySide6.QtGui import QPalette
from PySide6.QtWidgets import (
    QAbstractButton,
    QComboBox,
    QFileDialog,
    QLabel,
    QLineEdit,
    QTextEdit,
    QToolButton,
    QWidget,
)
from pytestqt.qtbot import QtBot

from textgen_gui import Project
from textgen_gui.ui.main_window import MainWindow
from textgen_gui.ui.parts import resources
from textgen_gui.ui.parts.preferences import Theme

from .using import settled


def in_theme(window: MainWindow, theme: Theme, zoom: int) -> None:
    window.preferences.theme = theme
    window.zoom_to(zoom)


def looks(window: MainWindow) -> list[tuple[str, str, float, str, int]]:
    """Of all words in sight, on each tab: size, colour and weight."""
    found = []
    for tab in range(3):
        window.show_tab(tab)
        window.grab()
        for shown in window.made_workspace().findChildren(QWidget):
            if isinstance(shown, QLabel | QAbstractButton | QLineEdit | QComboBox | QTextEdit) and shown.isVisible():
                colour = shown.palette().color(QPalette.ColorRole.WindowText).name()
                font = shown.font()
                words = str(shown.property("text") or "")[:40]
                found.append((type(shown).__name__, words, round(font.pointSizeF(), 1), colour, font.weight().value))
    return found


def test_a_hidden_tab_takes_the_theme_when_it_is_seen(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    window.open_by(lambda: Project.create(tmp_path / "p"))
    settled(qtbot, window)
    workspace = window.made_workspace()
    window.show_tab(1)
    window.show_tab(0)
    in_theme(window, Theme.DARK, 100)
    assert workspace.data.styleSheet() == resources.style_sheet() != workspace.train.setup.styleSheet()
    window.show_tab(1)
    assert workspace.train.setup.styleSheet() == resources.style_sheet()


def test_all_words_change_with_theme_and_size_and_change_back(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    window.open_by(lambda: Project.create(tmp_path / "p"))
    settled(qtbot, window)
    before = looks(window)
    in_theme(window, Theme.DARK, 150)
    changed = looks(window)
    assert {round(now[2] / then[2], 1) for now, then in zip(changed, before, strict=False)} == {1.5}
    in_theme(window, Theme.LIGHT, 100)
    assert looks(window) == before


def test_the_arrows_of_a_dark_file_dialog_are_seen(qtbot: QtBot, window: MainWindow) -> None:
    in_theme(window, Theme.DARK, 100)
    dialog = QFileDialog(window.menuBar())
    dialog.setOption(QFileDialog.Option.DontUseNativeDialog)
    for name in ("backButton", "forwardButton", "toParentButton"):
        button = dialog.findChild(QToolButton, name)
        assert isinstance(button, QToolButton)
        image = button.icon().pixmap(16, 16).toImage()
        pixels = [image.pixelColor(x, y) for x in range(image.width()) for y in range(image.height())]
        assert max(pixel.lightness() for pixel in pixels if pixel.alpha() > 128) > 128, name
    dialog.deleteLater()
    in_theme(window, Theme.LIGHT, 100)


def test_the_bars_of_a_tab_grow_with_the_text(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    window.open_by(lambda: Project.create(tmp_path / "p"))
    settled(qtbot, window)
    window.show_tab(2)
    bar = window.made_workspace().generate.views.tabBar()
    before = bar.tabRect(0).size()
    in_theme(window, Theme.LIGHT, 150)
    qtbot.waitUntil(lambda: bar.tabRect(0).width() > 1.15 * before.width(), timeout=2000)
    in_theme(window, Theme.LIGHT, 100)
    qtbot.waitUntil(lambda: bar.tabRect(0).size() == before, timeout=2000)


def test_the_ground_between_the_halves_of_a_tab_is_that_of_the_theme(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    window.open_by(lambda: Project.create(tmp_path / "p"))
    settled(qtbot, window)
    workspace = window.made_workspace()
    for theme in (Theme.DARK, Theme.LIGHT):
        for tab, split in ((1, workspace.train.split), (2, workspace.generate.split)):
            window.show_tab(tab)
            in_theme(window, theme, 100)
            handle = split.handle(1)

            def ground(handle: QWidget = handle) -> str:
                return window.grab().toImage().pixelColor(handle.mapTo(window, handle.rect().center())).name()

            qtbot.waitUntil(lambda: ground() == resources.colours()["window"], timeout=2000)
