"""What a person can open: a new project, one that is there, the sample, pages for the starter, and what is dropped."""

import os
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QFileDialog, QInputDialog

from ..engine.core import desktop_file, library, project
from ..front_door import Project
from ..words import number
from .parts import resources
from .parts.file_dialogs import ask_for_folder, ask_for_texts
from .parts.preferences import Purpose, projects_folder, usual_folders

if TYPE_CHECKING:
    from .main_window import MainWindow

# Dialogs of the system's kind belong to the menu bar, which is always in sight, and so look like it (parts/styled.py).


def offer_ways(window: "MainWindow") -> None:
    """Those of the first page."""
    welcome = window.welcome
    for asked, open_so in (
        (welcome.texts_asked, choose_texts),
        (welcome.starter_asked, write_with_starter),
        (welcome.sample_asked, open_sample),
        (welcome.new_asked, new_project),
        (welcome.open_asked, choose_project),
    ):
        asked.connect(partial(open_so, window))
    welcome.project_chosen.connect(window.open_project)


def new_project(window: "MainWindow") -> None:
    start = str(projects_folder() / "My Project")
    overwrite = QFileDialog.Option.DontConfirmOverwrite
    if name := QFileDialog.getSaveFileName(window.menuBar(), "Name of the new project", start, options=overwrite)[0]:
        if known := _project_meant(Path(name)):
            said = f"There was a project “{known.name}” already, and it is open now. A new one needs another name."
            window.open_by(partial(Project.open, known), lambda: window.tell(said))
        else:
            window.open_by(lambda: Project.create(name))


def _project_meant(path: Path) -> Path | None:
    """The project that has this name already. A dialog goes into its folder at the first Enter, and there is still the
    name at the second.
    """
    beside = path.parent if path.parent.name == path.name else path
    return next(filter(None, map(desktop_file.project_folder, (path, beside))), None)


def choose_project(window: "MainWindow") -> None:
    if folder := ask_for_folder(window.menuBar(), Purpose.PROJECTS, "Open a project folder"):
        window.open_project(folder)


def choose_texts(window: "MainWindow") -> None:
    window.open_paths(ask_for_texts(window.menuBar()))


def rename_project(window: "MainWindow") -> None:
    if (opened := window.opened) is None:
        return
    place, before = opened.project, opened.snapshot.name
    name, agreed = QInputDialog.getText(window.menuBar(), "Rename the project", "Name of the project:", text=before)
    if agreed and (name := name.strip()):
        opened.change(
            lambda: place.save(replace(place.listing(), name=name)), then=lambda: window.show_name(name, place.folder)
        )


def open_sample(window: "MainWindow") -> None:
    window.open_by(
        lambda: Project.create(project.free_folder(projects_folder() / "Sherlock Holmes")),
        lambda: window.in_project(lambda workspace: workspace.learn_from([resources.sample_text()])),
    )


def write_with_starter(window: "MainWindow") -> None:
    """To the first text without any preparation; the same project each time."""
    folder = projects_folder() / "My first pages"
    window.open_by(
        lambda: Project.open(folder) if project.Project(folder).exists() else Project.create(folder),
        lambda: window.in_project(lambda workspace: workspace.write_with(library.STARTER)),
    )


def _named_after(paths: Sequence[Path]) -> str:
    """What a person would call these texts: like the one, or like the folder that several lie in, unless that is one
    where everything lies.
    """
    folder, *others = {path.absolute().parent for path in paths}
    is_theirs = len(paths) > 1 and not others and folder not in usual_folders()
    return folder.name if is_theirs else paths[0].stem


def _tell_left(window: "MainWindow", left: Sequence[Path]) -> None:
    if left:
        window.tell(
            f"A project was among these files and is open now. Not taken: {left[0].name}"
            f"{f' and {number(len(left) - 1)} more' if left[1:] else ''}. To add texts to the project, drop them again."
        )


def open_paths(window: "MainWindow", paths: Sequence[Path]) -> None:
    """From the command line, a double click or a drop: a project is opened; texts go into the one that is open, or
    into a new one that is named after them.
    """
    if folder := next(filter(None, map(desktop_file.project_folder, paths)), None):
        left = [path for path in paths if desktop_file.project_folder(path) != folder]
        if window.project and window.project.folder.resolve() == folder.resolve():
            _tell_left(window, left)
        else:
            window.open_by(partial(Project.open, folder), lambda: _tell_left(window, left))
    elif paths and not any(map(os.path.exists, paths)):  # which takes a name of any length
        window.tell(f"There is nothing at {paths[0]}. It may have been moved or renamed; look for it and try again.")
    elif paths and window.opened:
        window.in_project(lambda workspace: workspace.learn_from(list(paths)))
    elif paths:
        name = project.safe_name(_named_after(paths)) or "My texts"
        window.open_by(
            lambda: Project.create(project.free_folder(projects_folder() / name)),
            lambda: window.in_project(lambda workspace: workspace.learn_from(list(paths))),
        )
