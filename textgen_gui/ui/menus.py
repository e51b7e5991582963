"""The menus with their shortcuts: what can be done, by name. What it does is in the window."""

import functools
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QFileDialog, QMenu

from ..engine.core.glance import name_of
from ..engine.core.home import home
from . import checking, editing, help_pages, opening
from .parts import glossary
from .parts.preferences import Theme
from .parts.resources import open_folder

if TYPE_CHECKING:
    from .main_window import MainWindow
    from .workspace import Workspace

themes = {Theme.SYSTEM: "Like the &system", Theme.LIGHT: "&Light", Theme.DARK: "Dar&k"}
ZOOM_STEP = 10  # percent
WIDEST_NAME = 320  # pixels, of a recent project


def build_menus(window: "MainWindow") -> QActionGroup:
    """Fills the menu bar; returns the group of themes, of which one is always checked."""
    names = ("&File", "&Edit", "&View", "&Run", "&Help")
    file, edit, view, run, help_menu = (window.menuBar().addMenu(name) for name in names)
    _fill_file(file, window)
    _fill_edit(edit, window)
    group = _fill_view(view, window)
    _add_in_project(run, window, "&Start, prepare or resume", lambda workspace: workspace.run(), "Ctrl+R")
    _add_in_project(run, window, "&Write", lambda workspace: workspace.write(), "Ctrl+Return")
    _add(run, "S&top", window.dismiss_or_stop, "Esc")
    _add(help_menu, "&How to, and all keys", lambda: help_pages.show_how_to(window), "F1")
    _add(help_menu, "&Glossary", lambda: glossary.explain("", window))
    help_menu.addSeparator()
    _add(help_menu, "&Report a problem…", lambda: help_pages.report_problem(window))
    _add(help_menu, "Open &log folder", lambda: open_folder(home()))
    _add(help_menu, "&About", lambda: help_pages.show_about(window))
    return group


def _fill_file(file: QMenu, window: "MainWindow") -> None:
    keys = QKeySequence.StandardKey
    _add(file, "&New project…", functools.partial(opening.new_project, window), keys.New)
    _add_in_project(file, window, "New p&age", lambda workspace: workspace.new_page(), "Ctrl+Shift+N")
    _add(file, "&Open project…", functools.partial(opening.choose_project, window), keys.Open)
    recent = file.addMenu("Open &recent")
    file.aboutToShow.connect(lambda: _fill_recent(recent, window))  # a menu that is grey is never about to show
    _add_in_project(file, window, "&Rename project…", lambda workspace: opening.rename_project(window))
    _add_in_project(file, window, "&Close project", lambda workspace: window.close_project(), keys.Close)
    file.addSeparator()
    _add(file, "&Models…", window.show_models)
    _add_in_project(file, window, "&Keep the text", lambda workspace: workspace.save(), keys.Save)
    _add_in_project(file, window, "Check a kept text &with its model…", lambda workspace: _replay(window))
    _add_in_project(file, window, "Show project &folder", lambda workspace: _open_project(window))
    _add_in_project(file, window, "C&heck the project…", lambda workspace: checking.check_project(window))
    file.addSeparator()
    _add(file, "&Quit", window.close, keys.Quit)


def _fill_recent(menu: QMenu, window: "MainWindow") -> None:
    menu.clear()
    here = window.project.folder.resolve() if window.project else None
    for folder in window.preferences.recent():
        if folder.resolve() != here:
            name = menu.fontMetrics().elidedText(name_of(folder), Qt.TextElideMode.ElideRight, WIDEST_NAME)
            _add(menu, name.replace("&", "&&"), functools.partial(window.open_project, folder))
    menu.setDisabled(menu.isEmpty())


def _fill_edit(edit: QMenu, window: "MainWindow") -> None:
    """Their keys are those of each field itself. As keys of the window they would take them away from the tabs."""
    keys = QKeySequence.StandardKey
    for name, does, key, possible in (
        ("&Undo", functools.partial(_undo, window), keys.Undo, None),
        ("&Redo", functools.partial(_redo, window), keys.Redo, None),
        ("Cu&t", editing.cut, keys.Cut, editing.may_cut),
        ("&Copy", editing.copy, keys.Copy, editing.may_copy),
        ("&Paste", functools.partial(_paste, window), keys.Paste, None),
        ("Select &all", editing.select_all, keys.SelectAll, editing.may_select),
    ):
        told = QKeySequence(key).toString(QKeySequence.SequenceFormat.NativeText)
        action = _add(edit, f"{name}\t{told}", does)
        if possible:
            _grey_unless(edit, action, possible)
    edit.addSeparator()
    _add(edit, "&Find…", lambda: editing.find(window), keys.Find)


def _zoom_by(window: "MainWindow", percent: int) -> None:
    window.zoom_to(window.preferences.zoom + percent)


def _undo(window: "MainWindow") -> None:
    if not editing.undo():
        window.in_project(lambda workspace: workspace.undo())


def _redo(window: "MainWindow") -> None:
    if not editing.redo():
        window.in_project(lambda workspace: workspace.redo())


def _paste(window: "MainWindow") -> None:
    if not editing.paste():
        window.in_project(lambda workspace: workspace.paste())


def _fill_view(view: QMenu, window: "MainWindow") -> QActionGroup:
    for number, name in enumerate(("&Data", "&Train", "&Generate")):
        shown = functools.partial(_show_tab, window, number)
        _add_in_project(view, window, name, shown, f"Ctrl+{number + 1}")
    _add(view, "&Next field, also out of a text", window.focusNextChild, "F6")
    _add(view, "&Previous field", window.focusPreviousChild, "Shift+F6")
    view.addSeparator()
    for name, step, key in (
        ("L&arger text", ZOOM_STEP, QKeySequence.StandardKey.ZoomIn),
        ("S&maller text", -ZOOM_STEP, QKeySequence.StandardKey.ZoomOut),
    ):
        _add(view, name, functools.partial(_zoom_by, window, step), key)
    _add(view, "&Usual size of text", lambda: window.zoom_to(100), "Ctrl+0")
    view.addSeparator()
    authors = _add(view, "&Model's words in another ink", lambda: _show_authors(window, authors.isChecked()))
    authors.setCheckable(True)
    authors.setChecked(window.preferences.shows_authors)
    view.addSeparator()
    return _themes(view, window)


def _show_tab(window: "MainWindow", number: int, workspace: "Workspace") -> None:
    window.tabs.setCurrentIndex(number)


def _show_authors(window: "MainWindow", shown: bool) -> None:
    window.preferences.shows_authors = shown
    window.in_project(lambda workspace: workspace.generate.desk.restyle())


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


def _add_in_project(
    menu: QMenu,
    window: "MainWindow",
    name: str,
    done: "Callable[[Workspace], object]",
    keys: QKeySequence.StandardKey | str | None = None,
) -> None:
    entry = _add(menu, name, lambda: window.in_project(done), keys)
    _grey_unless(menu, entry, lambda: window.opened is not None)


def _grey_unless(menu: QMenu, entry: QAction, possible: Callable[[], bool]) -> None:
    """While the menu is open; the key of a closed one is free, for it may be possible by then."""
    menu.aboutToShow.connect(lambda: entry.setEnabled(possible()))
    menu.aboutToHide.connect(lambda: entry.setEnabled(True))


def _open_project(window: "MainWindow") -> None:
    if window.project:
        open_folder(window.project.folder)


def _replay(window: "MainWindow") -> None:
    if window.project and window.workspace:
        start = str(window.project.generated_folder)
        name, _ = QFileDialog.getOpenFileName(
            window.menuBar(), "Check a kept text with its model", start, "Kept texts (*.txt)"
        )
        if name:
            window.workspace.generate.replay(Path(name))
