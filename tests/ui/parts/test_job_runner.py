"""The bridge between engine and window: events in order, failures as sentences, stop and pause."""

import sys
import threading
from collections.abc import Callable, Iterator

import pytest
from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from textgen_gui.engine.core.errors import ProjectError
from textgen_gui.engine.core.events import Event, Warned
from textgen_gui.ui.parts.job_runner import Job


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


def counting(stop: Callable[[], bool]) -> Iterator[Event]:
    number = 0
    while not stop():
        number += 1
        yield Warned(str(number))


def test_pause_holds_and_stop_ends_even_a_paused_job(qtbot: QtBot) -> None:
    parent = QObject()
    job = Job(counting, parent)
    seen: list[Event] = []
    job.happened.connect(seen.append)
    job.start()
    qtbot.waitUntil(lambda: len(seen) > 3)
    job.pause()
    qtbot.wait(100)  # what was emitted before the pause arrives
    count = len(seen)
    qtbot.wait(200)
    assert len(seen) == count and job.paused and job.isRunning()
    job.go_on()
    qtbot.waitUntil(lambda: len(seen) > count)
    job.pause()
    with qtbot.waitSignal(job.finished, timeout=5000):
        job.stop()


def test_signals_lose_no_references(qtbot: QtBot) -> None:
    """PySide6 6.12.0 drops one reference to True at each emit on Python 3.11, and aborts the process in the end."""
    before = sys.getrefcount(True), sys.getrefcount(None)
    count = min(before[0] + 5000, 60_000)
    parent = QObject()
    happened, _ = collected(qtbot, Job(lambda stop: (Warned("x") for _ in range(count)), parent))
    assert len(happened) == count
    assert sys.getrefcount(True) > before[0] - 500 and sys.getrefcount(None) > before[1] - 500
