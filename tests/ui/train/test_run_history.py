"""What is read of a run and what happens meanwhile: each event once, in order."""

import shutil
from collections.abc import Iterable
from pathlib import Path

import pytest

from textgen_gui import Project
from textgen_gui.engine.core import event_log, events, schema
from textgen_gui.engine.core.bars import Bar
from textgen_gui.engine.core.config import RunConfig
from textgen_gui.engine.core.control import never
from textgen_gui.engine.core.events import Event
from textgen_gui.engine.core.project import Run
from textgen_gui.ui.train.run_history import PIECE, History, Piece, begun_with, pieces


def step(number: int) -> events.StepDone:
    return events.StepDone(number, 1.0, 1e-3, 100.0, float(number))


def started(resumed_from: int) -> events.RunStarted:
    return events.RunStarted("runs/001", "a machine", 1000, 100, 1, resumed_from)


def test_a_file_is_read_in_pieces_until_somebody_stops(tmp_path: Path) -> None:
    happened = tuple(step(number) for number in range(1, 2 * PIECE + 2))
    run = written(tmp_path, happened)
    read = list(pieces(run, never))
    assert [len(piece.events) for piece in read] == [0, PIECE, PIECE, 1]
    assert tuple(event for piece in read for event in piece.events) == happened
    assert list(pieces(run, lambda: True)) == [] and list(pieces(Run(tmp_path / "nothing"), never)) == [Piece(())]


def written(folder: Path, happened: Iterable[Event]) -> Run:
    run = Run(folder)
    run.events_file.write_text("".join(event_log.to_json(event) + "\n" for event in happened))
    return run


@pytest.mark.parametrize(("start", "expected"), [("starter", 1.5), ("", 0.0)])
def test_a_run_that_goes_on_from_others_began_where_the_first_of_them_did(
    tmp_path: Path, start: str, expected: float
) -> None:
    place = Project.create(tmp_path / "p")

    def run(begins: str, *happened: Event) -> Run:
        made = place.write_run(schema.with_settings(RunConfig(), [f"start.model={begins!r}"]), "run")
        return written(made.folder, happened)

    heard = [events.Baseline(Bar.BEFORE, 4.0, 1.5)] if start else []
    first = run(start, *heard, events.Evaluated(100, 3.0, 1.41))
    second = run(place.relative(first.folder), events.Baseline(Bar.BEFORE, 3.0, 1.41))
    third = run(f"{place.relative(second.folder)}/checkpoints/100", events.Baseline(Bar.BEFORE, 2.9, 1.40))
    assert [begun_with(one) for one in (first, second, third)] == [None, expected, expected]
    shutil.rmtree(first.folder)
    assert begun_with(third) is None, "and then it is as good as any model from elsewhere"


def test_an_event_that_comes_both_ways_counts_once() -> None:
    sample, evaluated = events.SampleWritten(2, "Once", " more"), events.Evaluated(2, 2.0, 1.0)
    history = History()
    history.add(Piece((started(0), step(1), step(2), evaluated)))
    live: tuple[Event, ...] = (step(2), evaluated, sample, step(3))
    for event in live:
        history.wait(event)
    assert not history.is_complete
    assert list(history.complete()) == [sample, step(3)] and history.is_complete


def test_a_run_that_resumes_meanwhile_repeats_its_steps() -> None:
    evaluated = events.Evaluated(4, 2.0, 1.0)
    history = History()
    history.add(Piece((started(0), *map(step, range(1, 6)), evaluated)))
    live: tuple[Event, ...] = (started(3), step(4), evaluated, step(5))
    for event in live:
        history.wait(event)
    assert list(history.complete()) == list(live)
