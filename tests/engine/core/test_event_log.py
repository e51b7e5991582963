"""Facts on disk: torn lines, cutting back, thinning."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from textgen_gui.engine.core import event_log
from textgen_gui.engine.core.events import (
    CheckpointSaved,
    Evaluated,
    Event,
    Outcome,
    RunFinished,
    RunStarted,
    SampleWritten,
    StepDone,
    Warned,
)


def a_run(steps: int) -> list[Event]:
    happened: list[Event] = [RunStarted("runs/001", "a machine", 10, steps, 1)]
    for step in range(1, steps + 1):
        happened.append(StepDone(step, 5.0 - step / 10, 1e-3, 100.0, step / 2))
        if step % 4 == 0:
            happened += [Evaluated(step, 4.0, 2.0), SampleWritten(step, "He", f" went {step}\n“ü👩‍👧”")]
            happened.append(CheckpointSaved(step, f"step-{step}"))
    return happened


def record(happened: list[Event], folder: Path) -> list[Event]:
    return list(event_log.record(happened, folder / "events.jsonl", folder / "samples.txt"))


def test_what_is_recorded_is_read_back(tmp_path: Path) -> None:
    happened = [*a_run(8), RunFinished(Outcome.FINISHED, 8, 4, "Done.")]
    assert record(happened, tmp_path) == happened
    assert list(event_log.read(tmp_path / "events.jsonl")) == happened
    assert "step 4" in (tmp_path / "samples.txt").read_text(encoding="utf-8")


def test_a_resumed_run_leaves_no_doubled_steps(tmp_path: Path) -> None:
    record(a_run(10), tmp_path)
    with (tmp_path / "events.jsonl").open("a") as file:
        file.write('{"event": "StepDone", "step": 11, "lo')  # torn by a kill
    rest = [event for event in a_run(12)[1:] if getattr(event, "step", 0) > 8]
    record([RunStarted("runs/001", "a machine", 10, 12, 1, resumed_from=8), *rest], tmp_path)
    read = list(event_log.read(tmp_path / "events.jsonl"))
    assert [event.step for event in read if isinstance(event, StepDone)] == list(range(1, 13))
    assert (tmp_path / "samples.txt").read_text(encoding="utf-8").count("--- step") == 3


def test_a_fresh_start_forgets_what_a_killed_one_wrote(tmp_path: Path) -> None:
    record(a_run(3), tmp_path)
    record(a_run(2), tmp_path)
    assert len(list(event_log.read(tmp_path / "events.jsonl"))) == 3


def test_each_event_is_on_disk_before_it_is_passed_on(tmp_path: Path) -> None:
    passed = event_log.record(a_run(3), tmp_path / "events.jsonl", tmp_path / "samples.txt")
    for number, _ in enumerate(passed, 1):
        assert len(list(event_log.read(tmp_path / "events.jsonl"))) == number


def test_events_of_later_versions_are_passed_over() -> None:
    assert event_log.from_json('{"event": "Flew", "height": 3}') is None
    assert event_log.from_json('{"event": "Warned", "message": "Hm.", "colour": "red"}') == Warned("Hm.")


def test_numbers_that_are_not_finite_stay_json() -> None:
    line = event_log.to_json(StepDone(1, float("nan"), 1e-3, float("inf"), 0.0))
    assert "NaN" not in line and "Infinity" not in line


def fast_steps(count: int) -> Iterator[Event]:
    for step in range(1, count + 1):
        yield StepDone(step, 1.0, 1e-3, 100.0, 0.0)
    yield Evaluated(count, 1.0, 1.0)


def test_thin_keeps_a_window_from_flooding() -> None:
    passed = list(event_log.thin(fast_steps(5000)))
    assert len(passed) < 50
    assert isinstance(passed[-2], StepDone) and passed[-2].step == 5000  # the last before a mark is never dropped
    assert passed[-1] == Evaluated(5000, 1.0, 1.0)


def test_a_disk_that_takes_a_part_of_a_line_gets_the_rest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write = os.write
    monkeypatch.setattr(os, "write", lambda descriptor, content: write(descriptor, bytes(content)[:7]))
    happened: list[Event] = [Warned("careful"), StepDone(1, 3.5, 1e-3, 100.0, 0.1)]
    list(event_log.record(happened, tmp_path / "events.jsonl", tmp_path / "samples.txt"))
    assert list(event_log.read(tmp_path / "events.jsonl")) == happened


def test_a_digit_that_rots_is_told_and_not_believed(tmp_path: Path) -> None:
    file = tmp_path / "events.jsonl"
    happened = [StepDone(step, 3.5, 1e-3, 100.0, 0.1) for step in (1, 2, 3)]
    list(event_log.record(happened, file, tmp_path / "samples.txt"))
    file.write_text(file.read_text().replace('"step": 2, "loss": 3.5', '"step": 2, "loss": 2.5'))
    first, told, last = event_log.read(file)
    assert (first, last) == (happened[0], happened[2])
    assert isinstance(told, Warned) and "line 2" in told.message


def test_lines_of_earlier_versions_have_no_checksum(tmp_path: Path) -> None:
    happened: list[Event] = [Warned("careful"), StepDone(1, 3.5, 1e-3, 100.0, 0.1)]
    lines = [*map(event_log.to_json, happened), '{"event": "OfALaterVersion", "crc": 5}', '{"event": "StepDone", "st']
    (tmp_path / "events.jsonl").write_text("\n".join(lines), encoding="utf-8")
    assert list(event_log.read(tmp_path / "events.jsonl")) == happened


def test_a_line_is_torn_in_the_middle_of_the_file_only_by_a_disk(tmp_path: Path) -> None:
    (tmp_path / "events.jsonl").write_text('{"event": "StepDone", "st\n{"event": "Warned", "message": "x"}\n')
    told, last = event_log.read(tmp_path / "events.jsonl")
    assert isinstance(told, Warned) and "line 1" in told.message and last == Warned("x")


def test_a_record_that_cannot_be_read_is_not_an_empty_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "events.jsonl").touch()

    def refuse(path: Path, *arguments: object, **more: object) -> object:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(OSError, match="Input/output error"):
        list(event_log.read(tmp_path / "events.jsonl"))
