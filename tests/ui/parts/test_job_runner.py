"""The bridge between engine and window: events in order, failures as sentences, stop and pause."""

import sys
import threading
from collections.abc import Callable, Iterator

import pytest
import shiboken6
from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from textgen_gui.engine.core.control import Control, hold
from textgen_gui.engine.core.errors import ProjectError
from textgen_gui.engine.core.events import Event, Warned
from textgen_gui.ui.parts.job_runner import Job, JobRunner


class Panic(BaseException):
    """Like what the tokenizers library raises: no Exception."""


def collected(qtbot: QtBot, job: Job) -> tuple[list[Event], list[str]]:
    happened: list[Event] = []
    failed: list[str] = []
    job.happened.connect(happened.append)
    job.failed.connect(lambda sentence, details: failed.append(sentence))
    with qtbot.waitSignal(job.finished, timeout=10_000):
        job.start()
    return happened, failed


def test_events_arrive_in_order_on_the_windows_thread(qtbot: QtBot) -> None:
    parent = QObject()
    threads = set()
    job = Job(lambda stop: (Warned(str(number)) for number in range(500)), parent)
    job.happened.connect(lambda event: threads.add(threading.get_ident()))
    happened, failed = collected(qtbot, job)
    assert [event.message for event in happened if isinstance(event, Warned)] == [str(n) for n in range(500)]
    assert not failed and threads == {threading.get_ident()}


@pytest.mark.parametrize(
    ("problem", "words"),
    [(ProjectError("The disk is full."), "The disk is full."), (ValueError("x"), "ValueError"), (Panic(), "Panic")],
)
def test_whatever_is_raised_becomes_one_sentence(qtbot: QtBot, problem: BaseException, words: str) -> None:
    def source(stop: Callable[[], bool]) -> Iterator[Event]:
        yield Warned("before")
        raise problem

    parent = QObject()
    happened, failed = collected(qtbot, Job(source, parent))
    assert happened == [Warned("before")]
    assert len(failed) == 1 and words in failed[0] and "Traceback" not in failed[0]


def counting(control: Control) -> Iterator[Event]:
    number = 0
    while not control():
        hold(control, control.paused)
        number += 1
        yield Warned(str(number))


def test_pause_holds_and_stop_ends_even_a_paused_job(qtbot: QtBot) -> None:
    parent = QObject()
    job = Job(counting, parent)
    seen: list[Event] = []
    job.happened.connect(seen.append)
    job.start()
    qtbot.waitUntil(lambda: len(seen) > 3)
    job.control.pause()
    qtbot.wait(100)  # what was emitted before the pause arrives
    count = len(seen)
    qtbot.wait(200)
    assert len(seen) == count and job.paused and job.isRunning()
    job.control.go_on()
    qtbot.waitUntil(lambda: len(seen) > count)
    job.control.pause()
    with qtbot.waitSignal(job.finished, timeout=5000):
        job.stop()


def test_a_runner_tells_all_on_the_windows_thread_and_in_order(qtbot: QtBot) -> None:
    runner = JobRunner()
    told: list[tuple[str, int]] = []

    def source(control: Control) -> Iterator[str]:
        yield from ("one", "two")
        raise ProjectError("three")

    def tell(words: str, details: str = "") -> None:
        told.append((words, threading.get_ident()))

    with qtbot.waitSignal(runner.changed):
        runner.start(source, tell, failed=tell, finished=lambda: tell("four"))
    qtbot.waitUntil(lambda: not runner.busy)
    assert told == [(words, threading.get_ident()) for words in ("one", "two", "three", "four")]


def test_a_failure_that_no_view_takes_is_a_problem(qtbot: QtBot) -> None:
    runner = JobRunner()

    def source(control: Control) -> Iterator[str]:
        raise ProjectError("The disk is full.")
        yield

    with qtbot.waitSignal(runner.problem) as told:
        runner.start(source, print)
    assert told.args[0] == "The disk is full."
    qtbot.waitUntil(lambda: not runner.busy)


def test_closing_returns_at_once_and_nothing_is_told_any_more(qtbot: QtBot) -> None:
    runner = JobRunner()
    may_end = threading.Event()
    told: list[object] = []
    saved: list[bool] = []

    def source(control: Control) -> Iterator[str]:
        while not control():
            yield "again"
        may_end.wait(10)
        yield "saving"
        saved.append(True)

    job = runner.start(source, told.append, finished=lambda: told.append("finished"))
    qtbot.waitUntil(lambda: bool(told))
    runner.close()
    told.clear()
    assert job.isRunning() and not saved, "the window does not wait"
    late = runner.start(counting, told.append)
    with qtbot.waitSignal(runner.closed):
        may_end.set()
    assert saved and not told and not runner.busy and not late.isRunning() and late.stopping


def test_a_runner_without_jobs_closes_too(qtbot: QtBot) -> None:
    runner = JobRunner()
    with qtbot.waitSignal(runner.closed):
        runner.close()
        runner.close()


def test_signals_lose_no_references(qtbot: QtBot) -> None:
    """PySide6 6.12.0 drops one reference to True at each emit on Python 3.11, and aborts the process in the end."""
    before = sys.getrefcount(True), sys.getrefcount(None)
    count = min(before[0] + 5000, 60_000)
    parent = QObject()
    happened, _ = collected(qtbot, Job(lambda stop: (Warned("x") for _ in range(count)), parent))
    assert len(happened) == count
    assert sys.getrefcount(True) > before[0] - 500 and sys.getrefcount(None) > before[1] - 500


def test_what_stopped_jobs_have_to_say_is_heard_before_the_next_step(qtbot: QtBot) -> None:
    def source(control: Control) -> Iterator[str]:
        for event in counting(control):
            yield type(event).__name__
        yield "last words"

    runner, heard = JobRunner(), list[str]()
    for _ in range(2):
        runner.start(source, heard.append, finished=lambda: heard.append("end"))
    qtbot.waitUntil(lambda: len(heard) > 3)
    runner.stop_all_then(lambda: heard.append("then"))
    qtbot.waitUntil(lambda: heard[-1] == "then", timeout=5000)
    assert heard.count("last words") == heard.count("end") == 2 and not runner.busy
    runner.stop_all_then(lambda: heard.append("at once"))
    assert heard[-1] == "at once"


def test_what_a_view_starts_when_its_project_is_gone_never_begins(qtbot: QtBot) -> None:
    """Between two projects a list may still change, and its view ask for a preview."""
    runner = JobRunner()
    begun: list[object] = []
    with qtbot.waitSignal(runner.closed):
        runner.close()
    shiboken6.delete(runner)
    assert runner.start(lambda control: begun, begun.append).stopping and not begun


def test_a_view_that_fails_at_the_end_of_its_job_does_not_hold_up_closing(qtbot: QtBot) -> None:
    runner, heard = JobRunner(), list[object]()
    runner.start(counting, heard.append, finished=lambda: 1 / 0)
    qtbot.waitUntil(lambda: len(heard) > 3)
    with qtbot.captureExceptions() as caught:
        runner.stop_all_then(lambda: heard.append("then"))
        qtbot.waitUntil(lambda: heard[-1] == "then", timeout=5000)
    assert len(caught) == 1 and not runner.busy
