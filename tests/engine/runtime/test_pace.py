"""Threads are given up when another program wants a core, and taken back when it is gone."""

from collections.abc import Callable

import pytest

from textgen_gui.engine.core import events
from textgen_gui.engine.core.config import Pace
from textgen_gui.engine.core.project import Project
from textgen_gui.engine.runtime.pace import Pacer

from ..runs import finished, make_run, started


def simulated(pace: Pace, seconds_of: Callable[[int, int], float], steps: int, threads: int = 2) -> list[int]:
    """The number of threads of each step on a machine that takes ``seconds_of(step, threads)``."""
    now = [threads]
    taken = []
    speed = Pacer(threads, pace, lambda count: now.__setitem__(0, count))
    for step in range(steps):
        taken.append(now[0])
        speed.took(seconds_of(step, now[0]))
    return taken


@pytest.fixture(autouse=True)
def as_on_a_users_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OMP_NUM_THREADS")


def busy(first: int, last: int) -> Callable[[int, int], float]:
    def seconds(step: int, threads: int) -> float:
        if threads == 2:
            return 0.5 if first <= step < last else 0.1
        return 0.18

    return seconds


def test_a_busy_program_costs_its_share_only() -> None:
    threads = simulated(Pace.BALANCED, busy(50, 400), 800)
    assert set(threads[:50]) == {2}
    assert threads[70:100] == [1] * 30, "found within twenty steps"
    assert threads[400 + 100 :] == [2] * 300, "and taken back"
    contended = threads[70:400]
    assert contended.count(2) < 0.12 * len(contended), "looking whether it is gone costs little"


def test_a_calm_machine_is_left_alone() -> None:
    noise = [0.1, 0.13, 0.09, 0.11, 0.12, 0.1, 0.14]
    assert set(simulated(Pace.BALANCED, lambda step, _: noise[step % 7], 2000)) == {2}


def test_quick_steps_are_not_judged_by_a_short_trouble() -> None:
    def seconds(step: int, threads: int) -> float:
        return 0.05 if step % 700 < 10 else 0.014 if threads == 2 else 0.022

    assert set(simulated(Pace.BALANCED, seconds, 5000)) == {2}


def test_a_slow_stretch_that_fewer_threads_do_not_mend_changes_nothing() -> None:
    threads = simulated(
        Pace.BALANCED, lambda step, count: (0.5 if step > 50 else 0.1) * (1.8 if count == 1 else 1), 600
    )
    assert threads[-1] == 2 and threads.count(1) < 0.1 * 600


@pytest.mark.parametrize("pace", [Pace.GENTLE, Pace.ALL])
def test_other_paces_never_change_threads(pace: Pace) -> None:
    assert set(simulated(pace, busy(50, 400), 800)) == {2}


def test_a_number_that_was_asked_for_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "2")
    assert set(simulated(Pace.BALANCED, busy(50, 400), 800)) == {2}


def test_gentle_takes_one_thread(prepared: Project) -> None:
    import os
    import threading

    from textgen_gui.engine.training.train import train

    niceness: list[int] = []
    happened: list[events.Event] = []

    def job() -> None:
        happened.extend(train(make_run(prepared), lambda: False, pace=Pace.GENTLE))
        niceness.append(os.getpriority(os.PRIO_PROCESS, threading.get_native_id()))

    thread = threading.Thread(target=job)
    thread.start()
    thread.join(60)
    assert started(happened).threads == 1 and finished(happened).outcome == "finished"
    assert niceness == [10] and os.getpriority(os.PRIO_PROCESS, threading.get_native_id()) == 0
