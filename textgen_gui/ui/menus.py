"""The menus with their shortcuts: what can be done, by name. What it does is in the window."""

import functools
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QUrl
from PySide6.QtGui import QAction, QActionGroup, QDesktopServices, QKeySequence
from PySide6.QtWidgets import QFileDialog, QMenu, QMessageBox

from .. import __version__
from ..engine.core.home import home
from .parts.preferences import Theme

if TYPE_CHECKING:
    from .main_window import MainWindow

themes = {Theme.SYSTEM: "Like the &system", Theme.LIGHT: "&Light", Theme.DARK: "Dar&k"}


def build_menus(window: "MainWindow") -> QActionGroup:
    """Fills the menu bar; returns the group of themes, of which one is always checked."""
    file, view, run, help_menu = (window.menuBar().addMenu(name) for name in ("&File", "&View", "&Run", "&Help"))
    keys = QKeySequence.StandardKey
    _add(file, "&New project…", window.new_project, keys.New)
    _add(file, "&Open project…", window.choose_project, keys.Open)
    _add(file, "&Close project", window.close_project, keys.Close)
    file.addSeparator()
    _add(file, "&Models…", window.show_models)
    _add(file, "&Keep the text", lambda: window.in_project(lambda workspace: workspace.generate.save()), keys.Save)
    _add(file, "&Replay a kept text…", lambda: _replay(window))
    _add(file, "Show project &folder", lambda: _open_project(window))
    file.addSeparator()
    _add(file, "&Quit", window.close, keys.Quit)
    for number, name in enumerate(("&Data", "&Train", "&Generate")):
        _add(view, name, functools.partial(window.tabs.setCurrentIndex, number), f"Ctrl+{number + 1}")
    view.addSeparator()
    group = _themes(view, window)
    _add(run, "&Start, prepare or resume", lambda: window.in_project(lambda workspace: workspace.run()), "Ctrl+R")
    _add(run, "&Write", lambda: window.in_project(lambda workspace: workspace.generate.write()), "Ctrl+Return")
    _add(run, "S&top", lambda: window.in_project(lambda workspace: workspace.stop()), "Esc")
    _add(help_menu, "Open &log folder", lambda: open_folder(home()))
    _add(help_menu, "&About", lambda: _about(window))
    return group


def _themes(menu: QMenu, window: "MainWindow") -> QActionGroup:
    group = QActionGroup(window)
    for theme, words in themes.items():
        action = _add(menu, words, window.take_theme)
        action.setCheckable(True)
        action.setData(theme.value)
        action.setChecked(window.preferences.theme is theme)
        group.addAction(action)
    return group


def _add(
    menu: QMenu, name: str, done: Callable[[], object], keys: QKeySequence.StandardKey | str | None = None
) -> QAction:
    action = QAction(name, menu)
    action.triggered.connect(lambda: done())
    if keys is not None:
        action.setShortcut(QKeySequence(keys))
    menu.addAction(action)
    return action


def open_folder(folder: Path) -> None:
    """Shows a folder in the system's file manager."""
    QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder)))


def _open_project(window: "MainWindow") -> None:
    if window.project:
        open_folder(window.project.folder)


def _replay(window: "MainWindow") -> None:
    if window.project and window.workspace:
        start = str(window.project.generated_folder)
        name, _ = QFileDialog.getOpenFileName(window, "Replay a kept text", start, "Kept texts (*.txt)")
        if name:
            window.workspace.generate.replay(Path(name))


def _about(window: "MainWindow") -> None:
    words = f"TextGen GUI {__version__}\n\nTrain a small language model on your own text, on your own computer."
    QMessageBox.about(window, "About TextGen GUI", words)
