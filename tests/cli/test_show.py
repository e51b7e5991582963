"""What people see on a terminal, and what a program gets that reads along."""

import itertools

import pytest

from textgen_gui.cli.interrupts import Interrupts
from textgen_gui.cli.show import Bar, show
from textgen_gui.engine.core import events
from textgen_gui.engine.core.events import Event, StopReason


def written(index: int, text: str) -> events.TextGenerated:
    return events.TextGenerated(index, text, 2, 0.1, 0.1, 5, StopReason.LENGTH)


TWO_AT_ONCE: list[Event] = [
    events.TextPiece(0, "It was"),
    events.TextPiece(1, "She"),
    events.TextPiece(0, " dark."),
    events.TextPiece(1, " went"),
    written(1, "She went"),
    events.TextPiece(0, " Cold."),
    written(0, "It was dark. Cold."),
]


def test_texts_that_are_written_at_once_stand_one_below_the_other(capsys: pytest.CaptureFixture[str]) -> None:
    show(TWO_AT_ONCE, False, Interrupts())
    assert capsys.readouterr().out == "It was dark. Cold.\n\nShe went\n"


def test_the_first_text_is_seen_while_it_grows(capsys: pytest.CaptureFixture[str]) -> None:
    bar = Bar(lambda index: "")
    bar.show(TWO_AT_ONCE[0])
    bar.show(TWO_AT_ONCE[1])
    assert capsys.readouterr().out == "It was"


def test_each_text_has_its_heading(capsys: pytest.CaptureFixture[str]) -> None:
    show(TWO_AT_ONCE, False, Interrupts(), lambda index: f"-- {index} --")
    assert capsys.readouterr().out == "-- 0 --\n\nIt was dark. Cold.\n\n-- 1 --\n\nShe went\n"


def test_a_log_tells_of_steps_from_time_to_time(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = itertools.count(100.0, 4.0)  # seconds
    monkeypatch.setattr("time.monotonic", lambda: next(clock))
    bar = Bar(lambda index: "")
    for step in range(1, 13):
        bar.show(events.StepDone(step, 3.5, 1e-3, 1000.0, float(step)))
    lines = capsys.readouterr().err.splitlines()
    assert 2 <= len(lines) <= 4 and all("loss 3.500" in line and "1,000 tokens/s" in line for line in lines)


def test_a_name_does_not_command_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    show([events.Warned("na\x1b[31mme.txt\x9b2J was left out.")], False, Interrupts())
    said = capsys.readouterr().err
    assert "\x1b" not in said and "\x9b" not in said and "me.txt" in said and "was left out." in said
