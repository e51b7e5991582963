"""What is read of a run and what happens meanwhile: each event once, in order."""

from pathlib import Path

from textgen_gui.engine.core import event_log, events
from textgen_gui.engine.core.control import never
from textgen_gui.engine.core.events import Event
from textgen_gui.ui.train.run_history import PIECE, History, Piece, pieces


def step(number: int) -> events.StepDone:
    return events.StepDone(number, 1.0, 1e-3, 100.0, float(number))


def started(resumed_from: int) -> events.RunStarted:
    return events.RunStarted("runs/001", "a machine", 1000, 100, 1, resumed_from)


def test_a_file_is_read_in_pieces_until_somebody_stops(tmp_path: Path) -> None:
    file, happened = tmp_path / "events.jsonl", tuple(step(number) for number in range(1, 2 * PIECE + 2))
    file.write_text("".join(event_log.to_json(event) + "\n" for event in happened))
    read = list(pieces(file, never))
    assert [len(piece.events) for piece in read] == [PIECE, PIECE, 1]
    assert tuple(event for piece in read for event in piece.events) == happened
    assert list(pieces(file, lambda: True)) == [] and list(pieces(tmp_path / "nothing", never)) == []


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
