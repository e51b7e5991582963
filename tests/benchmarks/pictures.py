"""Pictures of every view and dialog of the window, light and dark, at the sizes that are promised, to be looked at.

    python -m tests.benchmarks.pictures PROJECT FOLDER [--views NAME …]
    QT_SCALE_FACTOR=2 python -m tests.benchmarks.pictures PROJECT FOLDER --sizes 720x450

PROJECT should have two runs or more. Nothing in it is changed but what opening does. Under Xvfb with
QT_QPA_PLATFORM=xcb the fonts are those of the desktop.
"""

import argparse
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import cast

from PySide6.QtWidgets import QApplication, QDialog, QWidget

from textgen_gui.cli.process import prepare_process
from textgen_gui.engine.core.glance import glance
from textgen_gui.ui.app import make_application, make_window
from textgen_gui.ui.help_pages import report_problem, show_about, show_how_to
from textgen_gui.ui.main_window import MainWindow
from textgen_gui.ui.parts import glossary, widgets
from textgen_gui.ui.parts.focus import bring_into_sight
from textgen_gui.ui.parts.preferences import Theme

from .common import until, wait
from .window import idle

prepare_process()
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
SIZES = ("1440x900", "1024x700")
PROMPT = "It was a dark night in Baker Street, and"
SETTLED_MS = 400


def _models(window: MainWindow) -> QWidget | None:
    window.show_models()
    return window.models


def _dialog(show: Callable[[], object]) -> QWidget:
    """What opens a moment later, once a job has found what is in it."""
    before = set(QApplication.topLevelWidgets())
    show()

    def opened() -> list[QDialog]:
        return [dialog for dialog in _dialogs() if dialog not in before or dialog.isModal()]

    until(opened, 20)
    return opened()[0]


def _dialogs() -> list[QDialog]:
    return [one for one in QApplication.topLevelWidgets() if isinstance(one, QDialog) and one.isVisible()]


def _take(window: MainWindow) -> QWidget:
    workspace = window.made_workspace()
    return _dialog(workspace.generate.take_button.click)


def views(window: MainWindow) -> Iterator[tuple[str, Callable[[], QWidget | None]]]:
    """Each view by its name, and what brings it into sight; a page of its own is returned."""
    workspace = window.made_workspace()
    data, train, generate = workspace.data, workspace.train, workspace.generate

    def tab(number: int, then: Callable[[], object] = lambda: None) -> Callable[[], None]:
        def show() -> None:
            window.tabs.setCurrentIndex(number)
            then()

        return show

    for number in range(data.panel.count()):
        yield f"data-{number}", tab(0, partial(data.panel.setCurrentIndex, number))
    yield "new-run", tab(1, train.new_run)
    yield "new-run-advanced", tab(1, lambda: _unfold(train.setup.advanced_fold))
    assert window.opened
    runs = window.opened.snapshot.runs
    for known in runs:
        yield f"run-{known.run.name[:3]}", tab(1, partial(train._choose, [known.run]))
    yield "run-details", tab(1, lambda: _unfold(train.view.details))
    yield "compare", tab(1, lambda: train._choose([known.run for known in runs]))
    for number in range(generate.views.count()):
        if generate.views.isTabVisible(number):
            yield f"generate-{number}", tab(2, partial(generate.views.setCurrentIndex, number))
    yield "generate-more", tab(2, lambda: _unfold(generate.how.findChildren(widgets.Fold)[0]))
    yield "door", tab(2, lambda: _unfold(cast(widgets.Fold, generate.door.parentWidget())))
    yield "notice", tab(0, lambda: window.tell("The disk is full. Make room, then press Prepare again.", "Errno 28"))
    yield "models", partial(_models, window)
    yield "take", partial(_take, window)
    yield "how-to", lambda: show_how_to(window)
    yield "glossary", lambda: glossary.explain("Token", window)
    yield "about", partial(_dialog, partial(show_about, window))
    yield "report", partial(_dialog, partial(report_problem, window))


def _unfold(fold: widgets.Fold) -> None:
    """And scrolls to it."""
    if fold.body.isHidden():
        fold.toggle()
    wait(SETTLED_MS)
    bring_into_sight(fold)


def take_all(window: MainWindow, folder: Path, size: str, themes: Sequence[Theme], wanted: Sequence[str]) -> None:
    width, height = map(int, size.split("x"))
    for theme in themes:
        switch(window, theme)
        window.resize(width, height)
        for name, show in views(window):
            page = show()
            wait(SETTLED_MS)
            if not wanted or name in wanted:
                (page or window).grab().save(str(folder / f"{name}-{theme.value}-{size}.png"))
            if page:
                page.close()
            window.notice.hide()
        window.tabs.setCurrentIndex(0)


def take_welcome(window: MainWindow, folder: Path, sizes: Sequence[str], themes: Sequence[Theme]) -> None:
    for theme in themes:
        switch(window, theme)
        for size in sizes:
            window.resize(*map(int, size.split("x")))
            wait(SETTLED_MS)
            window.grab().save(str(folder / f"welcome-{theme.value}-{size}.png"))


def switch(window: MainWindow, theme: Theme) -> None:
    next(action for action in window._themes.actions() if action.data() == theme).trigger()


def write_a_text(window: MainWindow) -> None:
    generate = window.made_workspace().generate
    window.tabs.setCurrentIndex(2)
    if generate.model.chosen() and not generate.desk.page.toPlainText():
        generate.desk.page.setPlainText(PROMPT)
        generate.desk.page.moveCursor(generate.desk.page.textCursor().MoveOperation.End)
        generate.write()
        until(lambda: generate.job is None)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("project", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--views", nargs="*", default=[])
    parser.add_argument("--sizes", nargs="*", default=SIZES)
    parser.add_argument("--themes", nargs="*", type=Theme, default=(Theme.LIGHT, Theme.DARK))
    parser.add_argument("--write", action="store_true", help="have a text on the page")
    parser.add_argument("--zoom", type=int, default=100, help="size of the text in percent")
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    make_application()
    window = make_window()
    window.show()
    wait(SETTLED_MS)
    window.preferences.remember(options.project)
    window.welcome.show_recent([glance(folder) for folder in window.preferences.recent()])
    take_welcome(window, options.folder, options.sizes, options.themes)
    window.open_project(options.project)
    until(lambda: idle(window))
    if options.zoom != 100:
        window.zoom_to(options.zoom)
    if options.write:
        write_a_text(window)
    for size in options.sizes:
        take_all(window, options.folder, size, options.themes, options.views)
    window.leave_now()
    return 0


if __name__ == "__main__":
    sys.exit(main())
