"""Closing a project: by the menu, for another project, with the window, by a polite kill. Nothing is lost or left."""

import gc
import shutil
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import shiboken6
from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QMessageBox
from pytestqt.qtbot import QtBot

from textgen_gui.engine.core import draft, event_log, events, project
from textgen_gui.engine.core.control import Control
from textgen_gui.engine.core.errors import ProjectError
from textgen_gui.engine.core.events import Outcome
from textgen_gui.engine.core.project import Project, Run
from textgen_gui.ui.interruptions import Interruptions
from textgen_gui.ui.main_window import MainWindow
from textgen_gui.ui.parts.job_runner import Job
from textgen_gui.ui.parts.open_project import OpenProject
from textgen_gui.ui.train.train_tab import TrainTab

from ..engine.runs import make_run, prepared_project, python
from .using import click, settled, start_tiny_run, tabs


def answer(monkeypatch: pytest.MonkeyPatch, words: str) -> list[str]:
    """Presses the button with these words in the next box; what that one says."""
    said = list[str]()

    def press(box: QMessageBox) -> None:
        said.append(f"{box.text()} {box.informativeText()}")
        next(button for button in box.buttons() if button.text().replace("&", "") == words).click()

    monkeypatch.setattr(QMessageBox, "exec", press)
    return said


def train_in(qtbot: QtBot, window: MainWindow, place: Project, steps: int = 100_000) -> TrainTab:
    window.open_project(place.folder)
    settled(qtbot, window)
    train = start_tiny_run(qtbot, window, steps)
    qtbot.waitUntil(lambda: train.view.plot._steps.length > 5, timeout=60_000)
    return train


@pytest.mark.parametrize("words", ["Stop and save", "Keep going", "Cancel"])
def test_closing_while_training_asks(
    qtbot: QtBot, window: MainWindow, prepared: Project, monkeypatch: pytest.MonkeyPatch, words: str
) -> None:
    train = train_in(qtbot, window, prepared, steps=100_000 if words != "Keep going" else 400)
    answer(monkeypatch, words)
    window.close()
    if words == "Cancel":
        assert train.job and not train.job.stopping and window.isVisible() and window.isEnabled()
        return
    qtbot.waitUntil(lambda: not window.isVisible(), timeout=60_000)
    last = prepared.runs()[0].checkpoints()[-1]
    assert last.step == 400 if words == "Keep going" else last.step > 5


def test_a_question_is_asked_once_and_goes_with_the_training_that_it_is_about(
    qtbot: QtBot, window: MainWindow, prepared: Project
) -> None:
    train = train_in(qtbot, window, prepared, steps=400)
    seen = list[int]()

    def questions() -> list[QMessageBox]:
        return [box for box in window.findChildren(QMessageBox) if box.isVisible()]

    def again() -> None:
        """While it is open, and the run goes on."""
        assert train.job and questions()
        assert not window.close()
        window.close_project()
        seen.append(len(questions()))

    QTimer.singleShot(0, window, again)
    window.close_project()
    assert seen == [1] and not questions() and window.isVisible() and window.opened
    settled(qtbot, window)
    assert prepared.runs()[0].checkpoints()[-1].step == 400


def test_another_project_cannot_be_opened_while_one_keeps_going(
    qtbot: QtBot, window: MainWindow, prepared: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only closing the window offers to wait: the other project would never be opened."""
    train = train_in(qtbot, window, prepared)
    offered: list[str] = []
    monkeypatch.setattr(QMessageBox, "exec", lambda box: offered.extend(b.text() for b in box.buttons()))
    window.open_project(prepared_project(tmp_path / "other").folder)
    assert sorted(words.replace("&", "") for words in offered) == ["Cancel", "Stop and save"]
    assert train.job and not train.job.stopping and window.isVisible() and not window.isMinimized()


def test_another_project_is_opened_while_one_trains(
    qtbot: QtBot, window: MainWindow, prepared: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other one knows nothing of that run, and the first is saved, and free for other programs."""
    other = prepared_project(tmp_path / "other")
    train = train_in(qtbot, window, prepared)
    answer(monkeypatch, "Stop and save")
    window.open_project(other.folder)
    assert window.project and window.project.folder == prepared.folder and not window.isEnabled(), "it does not wait"
    assert "Saving" in window.passing.text()
    qtbot.waitUntil(lambda: bool(window.project and window.project.folder == other.folder), timeout=60_000)
    settled(qtbot, window)
    assert window.isEnabled() and train.job is None and train.running is None and train.view.run is None
    assert train.list.list.count() == 0 and train.setup.beginning.choice.findText(prepared.runs()[0].name) < 0
    assert "Measuring" not in train.setup.device.text()
    window.tabs.setCurrentIndex(1)
    settled(qtbot, window)
    assert not train.view.isVisible() and train.setup.start_button.isVisible()
    train.resume()
    assert train.job is None
    with prepared.lock(), prepared.runs()[0].lock():
        assert prepared.runs()[0].checkpoints()[-1].step > 5
    happened = list(event_log.read(prepared.runs()[0].events_file))
    assert isinstance(happened[-1], events.RunFinished) and happened[-1].outcome is Outcome.STOPPED


@pytest.mark.parametrize("words", ["Close without it", "Cancel"])
def test_what_cannot_be_kept_is_asked_about(
    qtbot: QtBot, window: MainWindow, trained: Run, monkeypatch: pytest.MonkeyPatch, words: str
) -> None:
    window.open_project(trained.project.folder)
    settled(qtbot, window)
    _, train, _ = tabs(window)
    window.tabs.setCurrentIndex(1)
    train.list.list.setCurrentRow(0)
    settled(qtbot, window)
    trained.notes_file.mkdir()  # no text can be written there
    qtbot.keyClicks(train.view.notes, "Too careful.")
    answer(monkeypatch, words)
    window.close_project()
    qtbot.waitUntil(lambda: window.opened is None if words == "Close without it" else window.isEnabled())
    settled(qtbot, window)
    assert window.isEnabled() and (window.pages.currentWidget() is window.welcome) == (words == "Close without it")
    trained.notes_file.rmdir()
    if words == "Cancel":
        window.close_project()
        qtbot.waitUntil(lambda: window.opened is None)
        assert trained.notes() == "Too careful."


def test_one_write_that_is_refused_does_not_lose_the_others(
    qtbot: QtBot, window: MainWindow, trained: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    window.open_project(trained.project.folder)
    settled(qtbot, window)
    _, train, generate = tabs(window)
    window.tabs.setCurrentIndex(1)
    train.list.list.setCurrentRow(0)
    settled(qtbot, window)
    trained.notes_file.mkdir()
    qtbot.keyClicks(train.view.notes, "Too careful.")
    generate.desk.page.setPlainText("A page that can be written.")
    answer(monkeypatch, "Close without it")
    window.close_project()
    qtbot.waitUntil(lambda: window.opened is None, timeout=20_000)
    assert draft.load(trained.project)[0] == "A page that can be written."


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no polite kill")
@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP", "SIGINT"])
def test_each_polite_signal_asks(qtbot: QtBot, name: str) -> None:
    """What comes of it then is the same for all."""
    before = {known: signal.getsignal(getattr(signal, known)) for known in ("SIGTERM", "SIGHUP", "SIGINT")}
    parent = QObject()
    try:
        interruptions = Interruptions(parent)
        with qtbot.waitSignal(interruptions.asked):
            signal.raise_signal(getattr(signal, name))
    finally:
        signal.set_wakeup_fd(-1)
        for known, handler in before.items():
            signal.signal(getattr(signal, known), handler)
    shiboken6.delete(parent)
    interruptions._reading.close()
    interruptions._writing.close()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no polite kill")
@pytest.mark.parametrize("how", ["SIGTERM", "the loop ends", "log out"])
def test_whoever_ends_the_window_politely_loses_nothing(tmp_path: Path, how: str) -> None:
    run = make_run(prepared_project(tmp_path), "train.steps=100000")
    child = python("-m", "tests.ui.leaving_job", str(run.folder), pipe_in=True)
    assert child.stdout and child.stdin
    try:
        assert child.stdout.readline() == "training\n", child.communicate()[1]
        if " " in how:
            child.stdin.write(f"{how}\n")
            child.stdin.flush()
        else:
            child.send_signal(getattr(signal, how))
        assert child.wait(timeout=60) == 0
    finally:
        child.kill()
        said = child.communicate()[1]
    happened = list(event_log.read(run.events_file))
    last = happened[-1]
    assert isinstance(last, events.RunFinished) and last.outcome is Outcome.STOPPED, said
    done = [event.step for event in happened if isinstance(event, events.StepDone)]
    assert run.checkpoints()[-1].step == last.step == done[-1] >= 5
    assert draft.load(run.project)[0] == "A page that nobody kept."
    with run.project.lock(), run.lock():
        pass


@pytest.mark.slow
def test_forty_projects_are_opened_and_closed_while_jobs_run(
    qtbot: QtBot, window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No event of a closed project arrives, and in the end no thread, no timer and no project is left."""
    answer(monkeypatch, "Stop and save")
    first = prepared_project(tmp_path / "first")
    make_run(first, "train.steps=100000")
    places = [_copy_of(first, tmp_path / f"{number:03d}") for number in range(40)]
    data, train, _ = tabs(window)
    strangers: list[str] = []

    def endless(control: Control) -> Iterator[int]:
        number = 0
        while not control():
            yield (number := number + 1)
            time.sleep(0.001)  # a source that never rests would fill the window's queue faster than it is emptied

    def hear(place: Project) -> Callable[[int], None]:
        def heard(number: int) -> None:
            if window.project is None or window.project.folder != place.folder:
                strangers.append(place.folder.name)
            counts[place.folder.name] = number

        return heard

    counts: dict[str, int] = {}
    for number, place in enumerate(places):
        window.open_project(place.folder)
        qtbot.waitUntil(lambda place=place: _is_open(window, place), timeout=20_000)  # type: ignore[misc]
        assert window.opened
        window.opened.jobs.start(endless, hear(place))
        if number % 10 == 0:
            window.tabs.setCurrentIndex(1)
            train.list.list.setCurrentRow(0)
            qtbot.waitUntil(train.view.resume_button.isVisible, timeout=20_000)
            click(qtbot, train.view.resume_button)
            qtbot.waitUntil(lambda: train.view.plot._steps.length > 0, timeout=60_000)
        qtbot.waitUntil(lambda place=place: place.folder.name in counts, timeout=20_000)  # type: ignore[misc]
        assert [source.file for source in data.table.selected()] == [f"{place.folder.name}.txt"]
    window.close_project()
    qtbot.waitUntil(lambda: window.opened is None, timeout=20_000)
    settled(qtbot, window)
    qtbot.wait(1)  # what is deleted later is deleted
    assert not strangers and len(counts) == 40
    gc.collect()
    alive = [thing for thing in gc.get_objects() if type(thing) in (Job, OpenProject) and _lives(thing)]
    assert not alive
    for place in places:
        with place.lock():
            pass


def _copy_of(place: Project, folder: Path) -> Project:
    """The same project with one more text, so that its events can be told from those of others."""
    copy = Project(Path(shutil.copytree(place.folder, folder)))
    file = copy.texts_folder / f"{folder.name}.txt"
    (copy.texts_folder / copy.sources()[0].file).rename(file)
    copy.file.write_text(copy.file.read_text().replace("story.txt", file.name))
    return project.open(copy.folder)


def _is_open(window: MainWindow, place: Project) -> bool:
    return window.isEnabled() and window.project is not None and window.project.folder == place.folder


def _lives(thing: object) -> bool:
    return bool(shiboken6.isValid(thing))


def test_a_paused_training_goes_on_when_it_is_to_finish(
    qtbot: QtBot, window: MainWindow, prepared: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise a window that nobody sees would wait for ever."""
    train = train_in(qtbot, window, prepared, steps=400)
    click(qtbot, train.view.pause_button)
    said = answer(monkeypatch, "Keep going")
    window.close()
    assert "paused now" in said[0] and "go on and finish" in said[0]
    qtbot.waitUntil(lambda: not window.isVisible(), timeout=60_000)
    assert prepared.runs()[0].checkpoints()[-1].step == 400


def test_what_waits_for_a_job_does_not_begin_while_closing(
    qtbot: QtBot, window: MainWindow, place: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A second drop would otherwise be copied to its end, with the window locked."""
    window.open_project(place.folder)
    settled(qtbot, window)
    data, _, _ = tabs(window)
    adding, begun = threading.Event(), list[Path]()

    def add(paths: list[Path], control: Control) -> Iterator[events.Event]:
        begun.extend(paths)
        adding.set()
        while not control():
            yield events.Progressed("Adding", 0, 0, 0)

    assert window.opened
    monkeypatch.setattr(type(window.opened.project), "adding", lambda project, paths, control: add(paths, control))
    data.add([tmp_path / "first"])
    data.add([tmp_path / "second"])
    qtbot.waitUntil(adding.is_set)
    window.close_project()
    qtbot.waitUntil(lambda: window.opened is None, timeout=20_000)


@pytest.fixture
def letters(tmp_path: Path) -> Path:
    """A folder of so many that nobody waits for all of them."""
    (tmp_path / "letters").mkdir()
    for number in range(3000):
        (tmp_path / "letters" / f"{number}.txt").write_text(f"Letter {number}: the sea is quiet today. " * 3)
    return tmp_path / "letters"


def closed(qtbot: QtBot, window: MainWindow) -> None:
    window.close_project()
    qtbot.waitUntil(lambda: window.opened is None, timeout=20_000)


def test_files_that_were_coming_when_the_window_closed_come_the_next_time(
    qtbot: QtBot, window: MainWindow, place: Project, letters: Path, tmp_path: Path
) -> None:
    """Of a folder of many some were there another day and the others not, and nobody said so."""
    (tmp_path / "novel.txt").write_text("It was a dark night. " * 50)
    window.open_project(place.folder)
    settled(qtbot, window)
    data, before = tabs(window)[0], len(place.sources())
    data.add([letters])
    data.add([tmp_path / "novel.txt"])
    qtbot.waitUntil(lambda: any(place.texts_folder.glob("1*.txt")), timeout=20_000)
    assert window.preferences.coming(place.folder) == [letters, tmp_path / "novel.txt"], "for a program that is killed"
    closed(qtbot, window)
    assert before < len(place.sources()) < before + 3001
    window.open_project(place.folder)
    qtbot.waitUntil(lambda: len(place.sources()) == before + 3001, timeout=60_000)
    settled(qtbot, window)
    assert not window.preferences.coming(place.folder)


def test_files_that_are_only_read_do_not_come_twice(
    qtbot: QtBot, window: MainWindow, place: Project, letters: Path
) -> None:
    """All were there, and were copied once more."""
    window.open_project(place.folder)
    settled(qtbot, window)
    tabs(window)[0].add([letters])
    qtbot.waitUntil(lambda: len(place.sources()) >= 3000, timeout=60_000)
    qtbot.waitUntil(lambda: not window.preferences.coming(place.folder), timeout=60_000)
    assert tabs(window)[0].job, "it reads"
    closed(qtbot, window)
    assert not window.preferences.coming(place.folder)


def test_files_that_somebody_stopped_do_not_come_the_next_time(
    qtbot: QtBot, window: MainWindow, place: Project, letters: Path
) -> None:
    window.open_project(place.folder)
    settled(qtbot, window)
    tabs(window)[0].add([letters])
    qtbot.waitUntil(lambda: any(place.texts_folder.glob("1*.txt")), timeout=20_000)
    tabs(window)[0].cancel()
    closed(qtbot, window)
    assert not window.preferences.coming(place.folder)


def test_files_go_on_coming_where_the_window_stays_open(
    qtbot: QtBot, window: MainWindow, place: Project, letters: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The disk refuses the page, and somebody would rather stay."""
    window.open_project(place.folder)
    settled(qtbot, window)
    data, _, write = tabs(window)
    data.add([letters])
    qtbot.waitUntil(lambda: any(place.texts_folder.glob("1*.txt")), timeout=20_000)
    write.desk.page.setPlainText("A page that is nowhere else")
    with monkeypatch.context() as full:
        full.setattr(draft, "keep", lambda *values, **named: (_ for _ in ()).throw(ProjectError("full")))
        answer(full, "Cancel")
        window.close_project()
        qtbot.waitUntil(lambda: window.isEnabled() and data.job is not None, timeout=20_000)
    qtbot.waitUntil(lambda: len(place.sources()) >= 3000, timeout=60_000)
    settled(qtbot, window)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no polite kill")
def test_a_polite_kill_waits_for_no_answer(tmp_path: Path) -> None:
    """While it asks whether the training is to be stopped."""
    run = make_run(prepared_project(tmp_path), "train.steps=100000")
    child = python("-m", "tests.ui.leaving_job", str(run.folder), pipe_in=True)
    assert child.stdout and child.stdin
    try:
        assert child.stdout.readline() == "training\n", child.communicate()[1]
        child.stdin.write("close\n")
        child.stdin.flush()
        assert child.stdout.readline() == "asking\n"
        child.send_signal(signal.SIGTERM)
        assert child.wait(timeout=60) == 0
    finally:
        child.kill()
        said = child.communicate()[1]
    last = list(event_log.read(run.events_file))[-1]
    assert isinstance(last, events.RunFinished) and last.outcome is Outcome.STOPPED, said


def test_who_is_asked_whether_a_paused_training_should_stop_can_keep_it_paused(
    qtbot: QtBot, window: MainWindow, prepared: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    train = train_in(qtbot, window, prepared)
    window.tabs.setCurrentIndex(1)
    answer(monkeypatch, "Keep training")
    train.ask_to_stop()
    click(qtbot, train.view.pause_button)
    said = answer(monkeypatch, "Keep it paused")
    train.ask_to_stop()
    assert said and train.job and train.job.paused and not train.job.stopping
    click(qtbot, train.view.stop_button)
    settled(qtbot, window)
