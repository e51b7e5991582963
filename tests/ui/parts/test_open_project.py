"""The project in the window: small writes in order, looks at the folder, and what closing must not lose."""

import shutil
import threading
from dataclasses import replace
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from textgen_gui import Project
from textgen_gui.engine.core import project as projects
from textgen_gui.engine.core.errors import ProjectError
from textgen_gui.engine.core.lock import Lock
from textgen_gui.ui.parts.open_project import LockedProject, OpenProject


def test_small_writes_come_one_after_the_other_and_then_the_folder_is_looked_at(
    qtbot: QtBot, opened: OpenProject
) -> None:
    done: list[str] = []
    first = threading.Event()

    def one() -> None:
        first.wait(10)
        done.append("one")

    opened.change(one, then=lambda: done.append("told one"))
    opened.change(lambda: opened.project.set_prepare_config(replace(opened.project.prepare_config(), vocabulary=300)))
    opened.after_changes(lambda: done.append("after"))
    assert opened.snapshot.prepare.vocabulary == 0 and not done
    with qtbot.waitSignal(opened.changed):
        first.set()
    assert done == ["one", "told one", "after"] and opened.snapshot.prepare.vocabulary == 300
    opened.after_changes(lambda: done.append("at once"))
    assert done[-1] == "at once"
    qtbot.waitUntil(lambda: not opened.jobs.busy)


def test_a_write_that_is_refused_is_told_and_the_next_one_is_done(qtbot: QtBot, opened: OpenProject) -> None:
    told: list[str] = []

    def refuse() -> None:
        raise ProjectError("The disk is full.")

    opened.change(refuse, then=lambda: told.append("wrong"), failed=lambda sentence, _: told.append(sentence))
    opened.change(lambda: None, then=lambda: told.append("next"))
    qtbot.waitUntil(lambda: not opened.jobs.busy)
    assert told == ["The disk is full.", "next"]


def test_what_waits_to_be_written_is_written_although_the_project_is_closed(qtbot: QtBot, opened: OpenProject) -> None:
    written: list[int] = []
    first = threading.Event()
    opened.change(lambda: first.wait(10))
    for number in range(3):
        opened.change(lambda number=number: written.append(number))  # type: ignore[misc]
    opened.jobs.close()
    with qtbot.waitSignal(opened.jobs.closed):
        first.set()
    assert written == [0, 1, 2]
    opened.jobs = type(opened.jobs)(opened)  # for the fixture, which closes it again


def test_a_project_that_cannot_be_read_is_not_locked(place: projects.Project) -> None:
    place.file.write_text("nonsense")
    with pytest.raises(ProjectError):
        LockedProject.of(Project(place.folder))
    with Lock(place.lock_file, "locked"):
        pass


def test_an_unexpected_error_in_a_write_is_told_and_the_next_one_is_done(qtbot: QtBot, opened: OpenProject) -> None:
    told: list[str] = []
    opened.change(lambda: 1 / 0, then=lambda: told.append("wrong"), failed=lambda sentence, _: told.append(sentence))
    opened.change(lambda: None, then=lambda: told.append("next"))
    qtbot.waitUntil(lambda: not opened.jobs.busy)
    assert "ZeroDivisionError" in told[0] and told[1:] == ["next"]


def test_a_folder_that_was_exchanged_is_held_too_or_is_gone(qtbot: QtBot, opened: OpenProject, tmp_path: Path) -> None:
    """Somebody puts a copy of another day in its place; another window could write into that at the same time."""
    folder, copy = opened.project.folder, tmp_path / "a backup"
    shutil.copytree(folder, copy)
    folder.rename(tmp_path / "of today")
    copy.rename(folder)
    with LockedProject.of(Project(folder)).lock, qtbot.waitSignal(opened.gone):
        opened.look()
    assert opened.is_gone and "was exchanged for another folder" in opened.gone_in_words
    with qtbot.waitSignal(opened.back, timeout=10_000):
        pass
    with pytest.raises(ProjectError, match="is open in another window"):
        LockedProject.of(Project(folder))
    qtbot.waitUntil(lambda: not opened.jobs.busy)
