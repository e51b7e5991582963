"""Processes that are kept: the next task finds one running, and what one file does costs no other file anything."""

import time
from collections.abc import Callable, Iterator
from typing import Any

import psutil
import pytest

from textgen_gui.engine.core.control import Stopped
from textgen_gui.engine.core.errors import TextError
from textgen_gui.engine.runtime import workers
from textgen_gui.engine.runtime.child import ChildError
from textgen_gui.engine.runtime.confine import Limits
from textgen_gui.engine.runtime.task import Task
from textgen_gui.engine.runtime.workers import Done

from ...conftest import never
from . import child_tasks as tasks


def task(function: Callable[..., Iterator[Any]], *arguments: Any, quick: bool = False, **limits: Any) -> Task:
    return Task(f"{function.__module__}:{function.__name__}", arguments, "odd.bin", Limits(**limits), quick)


def done(*given: Task) -> dict[Task, tuple[list[Any], Done]]:
    """What each task answered, and how it ended."""
    said: dict[Task, list[Any]] = {one: [] for one in given}
    ended: dict[Task, Done] = {}
    for answer in workers.work(given, never):
        match answer:
            case (one, Done() as end):
                ended[one] = end
            case (one, value):
                said[one].append(value)
    return {one: (said[one], ended[one]) for one in given}


@pytest.fixture(autouse=True)
def none_before() -> Iterator[None]:
    workers.end_idle()
    yield
    workers.end_idle()
    assert not any("--child" in " ".join(child.cmdline()) for child in psutil.Process().children())


def own_number() -> int:
    (number,) = [answer for answer in workers.answers(task(tasks.own_number), never) if answer]
    return int(number)


def test_the_next_task_finds_a_process_running() -> None:
    first = own_number()
    assert own_number() == first
    workers.end_idle()
    assert own_number() != first


def test_bytes_come_back_as_bytes() -> None:
    (found,) = done(task(tasks.give_bytes)).values()
    assert found == ([b"\0\xff{", b""], Done())


def test_what_one_file_does_costs_no_other_anything() -> None:
    given = [task(tasks.count, 3, quick=True) for _ in range(10)]
    given[1:1] = [crash := task(tasks.crash, quick=True)]
    given[4:4] = [refusal := task(tasks.refuse, quick=True)]
    found = done(*given)
    (said, ended), (_, refused) = found.pop(crash), found.pop(refusal)
    assert said == [1] and isinstance(ended.problem, ChildError) and "crash" in str(ended.problem)
    assert isinstance(refused.problem, TextError) and "This is no text" in str(refused.problem)
    assert all(one == ([1, 2, 3], Done()) for one in found.values())


def test_each_task_has_time_of_its_own() -> None:
    greedy, modest = task(tasks.spin, cpu_s=1), task(tasks.work_for, 0.4, cpu_s=1)
    assert isinstance(done(greedy)[greedy][1].problem, ChildError)
    for _ in range(3):  # at one process, which has worked for longer than that when it is done
        assert done(modest)[modest] == (["worked"], Done())


def test_time_grows_with_what_comes_out() -> None:
    given = task(tasks.work_and_tell, 1.2, cpu_s=1, cpu_s_per_mb=1)
    assert done(given)[given][1] == Done()


def test_answers_without_end_are_refused() -> None:
    given = task(tasks.tell_for_ever, answer=1_000_000)
    problem = done(given)[given][1].problem
    assert isinstance(problem, ChildError) and "more comes out of it than can be in it" in str(problem)


def test_memory_is_limited_for_each_task() -> None:
    greedy, modest = task(tasks.hoard, memory=50_000_000), task(tasks.count, 2)
    assert "more memory than it should" in str(done(greedy)[greedy][1].problem)
    assert done(modest)[modest] == ([1, 2], Done())


def test_a_stop_ends_what_is_under_way_at_once() -> None:
    started = time.monotonic()
    with pytest.raises(Stopped):
        list(workers.work([task(tasks.sleep)], lambda: time.monotonic() > started + 0.2))
    assert time.monotonic() - started < 20


def test_who_gives_tasks_may_do_something_himself() -> None:
    given = task(tasks.count, 1)
    assert [answer for answer in workers.work([None, given, None], never) if answer] == [(given, 1), (given, Done())]
