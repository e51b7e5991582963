"""The page of a run: what is in sight, what it says, what is offered, and how it fits into small windows."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtGui import QAccessible, QImage
from PySide6.QtWidgets import QFileDialog, QLabel, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from textgen_gui.engine.core import event_log, events, notes
from textgen_gui.engine.core.config import RunConfig
from textgen_gui.engine.core.events import Advice, Event, NextStep, Outcome
from textgen_gui.engine.core.project import Project, Run
from textgen_gui.engine.core.snapshot import snapshot
from textgen_gui.engine.training import plan
from textgen_gui.time_left import TimeLeft
from textgen_gui.ui.parts import resources
from textgen_gui.ui.parts.open_project import OpenProject
from textgen_gui.ui.parts.preferences import Theme
from textgen_gui.ui.parts.styled import Styled
from textgen_gui.ui.train.run_numbers import copied_words
from textgen_gui.ui.train.run_status import ANEW, next_words
from textgen_gui.ui.train.run_view import RunView, Shown

from ..using import click

idle = Shown(running=False, paused=False, stopping=False, finished=False, has_model=False, busy=False)


def step(number: int, elapsed_s: float, loss: float = 3.0) -> events.StepDone:
    return events.StepDone(number, loss, 5.4e-6, 1000.0, elapsed_s)


@pytest.fixture
def view(qtbot: QtBot) -> Iterator[RunView]:
    """A run of 1,000 steps in the middle of its training."""
    made = RunView()
    qtbot.addWidget(made)
    made.resize(900, 700)
    made.show()
    made._history.is_complete = True
    made.show_state(Shown(True, False, False, False, True, False))
    made.show_event(events.RunStarted("runs/001", "a machine", 1_000_000, 1000, 1, threads=2))
    made.show_event(events.Baseline("counting words", 4.0, 2.0))
    for number in range(1, 501):
        made.show_event(step(number, number / 10, 4.0 if number % 2 else 3.0))
    yield made


# --- how far, and how long


@pytest.mark.parametrize(
    ("before", "bits", "learning", "reached", "least", "most"),
    [
        (0.0, 3.9, "It is learning letters", "It knows letters, but no words yet", 1, 20),
        (0.0, 1.99, "It is learning words", "It writes words, many of them invented", 45, 59),
        (1.437, 1.410, "It is learning your style", "It writes real words and has learnt some of your style", 75, 94),
        (1.2, 1.1, "It writes in your style", "It writes in your style", 95, 100),
    ],
)
def test_bar_and_headline_say_what_it_writes_whatever_it_began_with(
    view: RunView, before: float, bits: float, learning: str, reached: str, least: int, most: int
) -> None:
    """“before my parting enveility of the phils” was in the style of the texts, good English nothing at all."""
    if before:
        view.show_event(events.Baseline("the model before", 2 * before, before))
        assert view.status.quality.bar.value() >= least, "what it could before is not lost"
    view.show_event(events.Evaluated(500, 2 * bits, bits))
    assert view.status.stage.text() == learning and least <= view.status.quality.bar.value() <= most
    view.show_state(replace(idle, finished=True, has_model=True))
    assert view.status.stage.text() == reached


def test_nothing_looks_like_a_step_back_that_is_only_noise(view: RunView) -> None:
    """“It is learning your style” became “on the way to your style” at its end, and “learning words” at a stumble."""
    status, done = view.status, replace(idle, finished=True, has_model=True)
    status.take(events.Baseline("the model before", 3.6, 1.79))
    assert status.stage.text() == "It is learning your style"
    before = status.quality.bar.value()
    status.take(events.Evaluated(50, 3.7, 1.84))
    assert status.stage.text() == "It is learning your style" and status.quality.bar.value() == before
    view.show_state(done)
    assert status.stage.text() == "It writes real words", "nothing of these texts, and no less than before"
    status.take(events.Evaluated(400, 3.56, 1.78))
    assert status.stage.text() == "It writes real words", "hardly better, says the coach"
    status.take(events.Evaluated(500, 3.5, 1.7))
    assert status.stage.text() == "It writes real words and has learnt some of your style"
    status.quality.clear()
    for event in (events.Baseline("counting words", 4.0, 2.0), events.Baseline("the model before", 3.6, 1.79)):
        status.take(event)
    status.take(events.Evaluated(50, 4.2, 2.1))
    assert status.stage.text() == "It writes words, many of them invented", "much worse at its end is no noise"


def test_what_a_model_could_before_is_told_once_it_is_known_how_hard_the_texts_are(view: RunView) -> None:
    """“It is learning your style” for a moment, and then “learning words”."""
    quality = view.status.quality
    quality.clear()
    quality.set_learning(True)
    view.status.take(events.Baseline("the model before", 2.8, 1.4))
    assert quality.words() == "It has not been tried yet" and quality.bar.value() == 0
    view.status.take(events.Baseline("counting words", 3.0, 1.45))
    assert quality.words() == "It is learning words"


def test_the_bar_begins_where_the_run_does(view: RunView) -> None:
    """It was nearly full before the first step: what the model could before was shown as if it had been learnt."""
    bar = view.status.quality.bar
    view.show_event(events.Baseline("the model before", 2.874, 1.437))
    assert bar.reached == bar.begun == pytest.approx(1 / 3) and "pale part" in bar.toolTip()
    view.show_event(events.Evaluated(500, 2.82, 1.41))
    assert 0.35 < bar.reached < 0.9, "what it has learnt has room"
    view.show_event(events.Evaluated(600, 2.2, 1.1))
    assert bar.reached == 1.0 and view.status.stage.text() == "It writes in your style"
    view.status.quality.clear()
    assert bar.reached == 0.0 and "pale part" not in bar.toolTip()


def test_what_a_model_could_before_is_not_what_it_has_learnt(view: RunView) -> None:
    """The starter knows Sherlock Holmes: “It writes in your style” before the first step, and the bar was full."""
    bar = view.status.quality.bar
    view.show_event(events.Baseline("the model before", 2.4, 1.2))
    assert bar.reached == pytest.approx(1 / 3) and view.status.stage.text() == "It is learning your style"
    view.show_event(events.Evaluated(500, 2.376, 1.188))
    assert 0.4 < bar.reached < 0.6 and view.status.stage.text() == "It is learning your style", "one of a hundred"
    view.show_event(events.Evaluated(600, 2.2, 1.1))
    assert bar.reached == 1.0 and view.status.stage.text() == "It writes in your style"


def test_a_run_that_goes_on_shows_no_less_than_the_one_before_it_had_reached(view: RunView) -> None:
    """A run ended with “learnt some of your style” and three quarters of its bar; trained longer it was “It writes real
    words” and less than half of it."""
    quality, done = view.status.quality, replace(idle, finished=True, has_model=True)
    view.show_state(done)
    for event in (events.Baseline("the model before", 2.874, 1.437), events.Evaluated(500, 2.826, 1.413)):
        view.show_event(event)
    words, reached = quality.words(), quality.bar.reached
    assert words == "It writes real words and has learnt some of your style"
    quality.clear()
    for again in (
        events.Baseline("counting words", 4.0, 2.0),
        events.Evaluated(0, 2.826, 1.413),
        events.Baseline("the model before", 2.826, 1.413, 1.413 / 1.437),
    ):
        view.show_event(again)
    assert quality.words() == words and quality.bar.reached == pytest.approx(reached)
    view.show_event(events.Evaluated(500, 2.808, 1.404))
    assert quality.words() == words and quality.bar.reached > reached
    assert "pale part" in quality.bar.toolTip()


def test_a_run_that_goes_on_from_one_from_scratch_has_learnt_all_of_it(view: RunView) -> None:
    quality = view.status.quality
    view.show_event(events.Evaluated(500, 3.6, 1.8))
    reached = quality.bar.reached
    quality.clear()
    view.show_event(events.Baseline("counting words", 4.0, 2.0))
    view.show_event(events.Baseline("the model before", 3.6, 1.8, 0.0))
    assert quality.bar.reached == reached > 0 and not quality.bar.begun and "pale part" not in quality.bar.toolTip()


def test_the_best_evaluation_counts(view: RunView) -> None:
    assert view.status.stage.text() == "It has not been tried yet"
    for bits in (1.9, 2.5):
        view.show_event(events.Evaluated(500, 2 * bits, bits))
    assert view.status.stage.text() == "It is learning words" and view.status.quality.bar.value() > 50
    assert "words" in view.status.quality.bar.accessibleName()


def test_time_left_is_said_when_the_pace_is_steady() -> None:
    left = TimeLeft()
    left.begin(1000, 100)
    for number in range(1, 30):
        left.take(step(number, number / 10))
        assert left.seconds() is None, "less than some seconds say nothing"
    for number in range(30, 101):
        left.take(step(number, number / 10))
    assert left.seconds() == pytest.approx(90, rel=0.02)
    left.evaluated(100)
    for number in range(101, 201):
        left.take(step(number, 5 + number / 10))
    assert left.seconds() == pytest.approx(80 + 8 * 5, rel=0.05), "the evaluations to come take time as well"


def test_a_slow_beginning_is_forgotten() -> None:
    """What a run of ten minutes did in its first seconds made it last an hour and a half."""
    left = TimeLeft()
    left.begin(6000, 300)
    for number in range(1, 21):
        left.take(step(number, float(number)))
    said = []
    for number in range(21, 1001):
        left.take(step(number, 20 + (number - 20) / 10))
        said.append(left.seconds())
    known = [seconds for seconds in said if seconds is not None]
    assert known[-1] == pytest.approx(500, rel=0.02)
    assert None not in said[said.index(known[0]) :], "once known, it is not found out anew"
    assert max(seconds for seconds in said[400:] if seconds is not None) < 700


@pytest.mark.parametrize(
    ("every", "step_s", "evaluation_s"), [(1, 2.0, 4.0), (2, 3.0, 3.0), (14, 3.0, 9.0), (8, 0.4, 1.0)]
)
def test_a_short_run_of_slow_steps_says_soon_how_long_it_takes(every: int, step_s: float, evaluation_s: float) -> None:
    """28 steps in three minutes, each followed by an evaluation: it was still finding out at 94 %."""
    left, steps, begun = TimeLeft(), 56, 28  # resumed half-way
    left.begin(steps, every, begun)
    elapsed_s = 100.0
    for number in range(begun + 1, steps):
        elapsed_s += step_s
        left.take(step(number, elapsed_s))
        still = (steps - number) * step_s + (steps // every - (number - 1) // every) * evaluation_s
        if number >= begun + 4 and (number - begun) * step_s > 5:
            assert left.seconds() == pytest.approx(still, rel=0.2, abs=step_s + 2 * evaluation_s)
        if number % every == 0:
            elapsed_s += evaluation_s
            left.evaluated(number)


def test_unsteady_steps_say_something_in_the_end() -> None:
    left = TimeLeft()
    left.begin(40, 0)
    for number, elapsed_s in enumerate((9.0, 10.0, 17.0, 18.0), 1):
        left.take(step(number, elapsed_s))
    assert left.seconds() == pytest.approx(36 * 3.0)


def test_a_run_by_time_has_its_time_from_the_first_second() -> None:
    left = TimeLeft()
    left.begin(28, 1, budget_s=180.0)
    assert left.seconds() == 180.0
    left.take(step(1, 6.0))
    assert left.seconds() == 174.0
    left.begin(28, 1, begun=14, budget_s=180.0, elapsed_s=80.0)
    assert left.seconds() == 100.0, "what earlier sessions took is taken off"
    for number in range(15, 25):
        left.take(step(number, 80.0 + 3 * number))
    assert left.seconds() == pytest.approx(4 * 3.0, abs=0.1), "once known, its pace counts"
    left.begin(100, 10, begun=10, budget_s=180.0, elapsed_s=20.0)
    for number in range(11, 15):
        left.take(step(number, 20.0 + 2.5 * (number - 10)))
    assert left.seconds() == 150.0, "it is planned again and takes no longer"
    left.begin(100, 10, begun=10, budget_s=180.0, elapsed_s=20.0)
    for number in range(11, 25):
        left.take(step(number, 20.0 + 5 * (number - 10)))
    assert left.seconds() == pytest.approx((50 - 24 + 5) * 5.0, rel=0.05), "but that is done only at step 50"
    left.begin(100, 10, begun=91, budget_s=180.0, elapsed_s=170.0)
    for number in range(92, 95):
        left.take(step(number, 170.0 + 3 * (number - 91)))
    assert left.estimate() == pytest.approx(6 * 3.0), "near its end it is not planned again"
    left.begin(28, 1, budget_s=180.0, elapsed_s=200.0)
    assert left.seconds() is None, "nothing is left of it, and yet there are steps to come"


# --- what is said


def test_what_was_said_in_passing_goes_with_the_next_step(view: RunView) -> None:
    for event, words in (
        (events.Progressed("Rehearsing: a sample", 0, 5, 0), "Trying out everything once: a sample …"),
        (events.Warned("A part was left out."), "A part was left out."),
    ):
        view.show_event(event)
        assert view.state.text() == words
        view.show_event(step(501, 50.1))
        assert view.state.text() == "Training."
    assert "A part was left out." in view.numbers.machine.text(), "to be read again under Details"


def test_a_run_that_is_being_started_is_not_called_unstarted(view: RunView) -> None:
    view._clear("002 another")
    view.show_state(idle)
    assert view.state.text() == "Not started yet."
    view.show_state(replace(idle, running=True))
    assert view.state.text() == "Getting ready …"


def test_the_training_loss_is_that_of_many_steps(view: RunView) -> None:
    view.details.toggle()
    view.numbers.show_newest()
    labels = view.numbers.labels
    assert 3.3 < float(labels["training"].text()) < 3.7, "steps jump between 3 and 4"
    assert labels["rate"].text() == "0.0000054" and labels["rate"].accessibleName() == "Learning rate: 0.0000054"
    assert "1.0 million parameters on a machine (2 threads" in view.numbers.machine.text()


def test_a_sentence_says_how_much_is_copied() -> None:
    measured = [events.CopyMeasured(100, 0.31), events.CopyMeasured(200, 0.04)]
    assert copied_words(measured).startswith("Of what it wrote last, 4% stands word for word")
    assert "at most it was 31%" in copied_words(measured) and "at most" not in copied_words(measured[1:])
    assert copied_words([events.CopyMeasured(1, 0.0)]).startswith("Nothing")


def test_a_verdict_of_a_coach_that_did_not_know_the_end_is_not_shown_under_finished(view: RunView) -> None:
    view.show_event(events.Advised(400, Advice.LEARNING, "Still learning."))
    assert view.status.advice.isVisible()
    view.show_event(events.RunFinished(Outcome.FINISHED, 1000, 900, "Finished after 1,000 steps. The best held-out …"))
    assert not view.status.advice.isVisible() and view.state.text() == "Finished after 1,000 steps."
    assert not view.status.time.text()


# --- what is offered


@pytest.mark.parametrize("offered", [one for one in NextStep if one])
def test_each_verdict_ends_with_a_button(qtbot: QtBot, view: RunView, offered: NextStep) -> None:
    view.show_state(Shown(False, False, False, True, True, False))
    view.show_event(events.Advised(1000, Advice.READY, "Done.", offered))
    assert view.status.next_button.text() == next_words[offered]
    with qtbot.waitSignal(view.next_asked) as asked:
        click(qtbot, view.status.next_button)
    assert asked.args == [offered]
    assert view.write_button.isVisible() == (offered is not NextStep.WRITE), "one button is enough"
    assert view.longer_button.isVisible() == (offered is not NextStep.TRAIN_LONGER)


@pytest.mark.parametrize(
    ("kind", "offered", "is_primary"),
    [
        (Advice.READY, NextStep.WRITE, True),
        (Advice.LEARNING, NextStep.TRAIN_LONGER, True),
        (Advice.MEMORISING, NextStep.ADD_TEXT, False),
    ],
)
def test_at_a_good_end_writing_is_what_the_page_is_for(
    view: RunView, kind: Advice, offered: NextStep, is_primary: bool
) -> None:
    """The one button that everybody waited for looked like all others."""
    resources.apply_theme(Theme.LIGHT)
    view.hide()
    Styled(view)
    view.show()
    view.show_event(events.Advised(900, kind, "So.", offered))

    def primary() -> list[str]:
        buttons = (button for button in view.findChildren(QPushButton) if button.property("role") == "primary")
        return [button.text() for button in buttons if button.isVisible()]

    assert primary() == [], "it still learns"
    view.show_state(Shown(False, False, False, False, True, False))
    assert primary() == ["Resume"], "it was stopped"
    view.show_state(Shown(False, False, False, True, True, False))
    assert primary() == (["Write with it"] if is_primary else [])
    written = next((b for b in view.findChildren(QPushButton) if b.isVisible() and b.text() == "Write with it"), None)
    assert written or not is_primary
    if written:
        image = written.grab().toImage()
        accent = resources.colours()["accent"]
        assert (image.pixelColor(image.width() // 2, 4).name() == accent) is is_primary
    view.show_state(Shown(True, False, False, False, True, False))
    assert primary() == []


def test_a_model_that_still_learns_can_write(qtbot: QtBot, view: RunView) -> None:
    assert view.write_button.isVisible() and view.pause_button.isVisible()
    with qtbot.waitSignal(view.write_asked):
        click(qtbot, view.write_button)
    view.show_state(Shown(True, False, False, False, False, False))
    assert not view.write_button.isEnabled(), "there is no checkpoint yet"


def test_no_button_comes_and_pushes_others_while_it_trains(qtbot: QtBot, view: RunView) -> None:
    """“Write with it” came with the first checkpoint, where Pause and Stop had been a moment before."""

    def places() -> list[tuple[str, int, int]]:
        shown = [one for one in view.findChildren(QPushButton) if one.isVisible() and one.text()]
        return [(one.text(), one.mapTo(view, one.rect().topLeft()).x(), one.width()) for one in shown]

    training = Shown(True, False, False, False, False, False)
    view.show_state(training)
    before = places()
    assert "Write with it" in [text for text, _, _ in before]
    view.show_state(replace(training, has_model=True))
    view.show_event(events.Advised(100, Advice.LEARNING, "Learning.", NextStep.WRITE))
    qtbot.wait(50)
    assert places() == before and view.write_button.isEnabled()


def test_what_a_run_ends_with_is_no_button_for_a_file_where_one_was_for_writing(qtbot: QtBot, view: RunView) -> None:
    """Whoever pressed “Write with it” as the run ended was asked where to save it."""
    view.resize(1180, 700)

    def place() -> tuple[int, int]:
        at = view.take_button.mapTo(view, view.take_button.rect().topLeft())
        return at.x(), at.y()

    training = Shown(True, False, False, False, True, False)
    view.show_state(replace(training, has_model=False))
    assert view.take_button.isVisible() and not view.take_button.isEnabled()
    view.show_state(training)
    view.show_event(events.Advised(100, Advice.LEARNING, "Learning.", NextStep.WRITE))
    qtbot.wait(50)
    before = place()
    assert view.take_button.isEnabled(), "as under Generate"
    view.show_state(replace(training, running=False, finished=True))
    qtbot.wait(50)
    assert place() == before and view.take_button.isEnabled()


def test_words_that_change_do_not_move_the_buttons_beside_them(qtbot: QtBot, view: RunView) -> None:
    view.resize(1180, 700)

    def places() -> list[tuple[int, int]]:
        corner = view.rect().topLeft()
        return [(at.x(), at.y()) for at in (b.mapTo(view, corner) for b in (view.pause_button, view.stop_button))]

    view.say("Training.")
    qtbot.wait(50)
    before, height = places(), view.state.height()
    view.say("The texts are longer than this run will read in its time, so it reads some of them and not others. " * 3)
    qtbot.waitUntil(lambda: view.state.height() > height)
    assert places() == before


def test_nothing_is_offered_that_cannot_be_done(view: RunView) -> None:
    view.show_event(events.Advised(100, Advice.SMALL, "Small.", NextStep.ADD_TEXT))
    assert view.status.next_button.isVisible()
    view.show_state(Shown(False, False, False, False, False, False))
    view.show_event(events.Advised(100, Advice.LEARNING, "Learning.", NextStep.WRITE))
    assert not view.status.next_button.isVisible(), "there is no checkpoint"
    view.show_state(Shown(True, False, False, False, False, False))
    view.show_event(events.Advised(100, Advice.SHORT, "Short.", NextStep.TRAIN_LONGER))
    assert not view.status.next_button.isVisible() and not view.longer_button.isVisible()


def test_paused_is_said_instead_of_a_time(view: RunView) -> None:
    view.show_state(Shown(True, True, False, False, True, False))
    assert view.status.time.text() == "Paused" and view.pause_button.text() == "Go on"
    view.show_event(step(501, 50.1))
    view.show_event(events.Warned("Something."))
    view.status.show_newest()
    view.show_event(step(502, 50.2))
    assert view.status.time.text() == "Paused", "the last steps before it holds change nothing"
    assert "Training" not in view.state.text() and "Something" not in view.state.text()


@pytest.mark.parametrize(("steps", "words"), [(2000, "faster than was planned"), (500, "slower than was planned")])
def test_another_plan_is_said_either_way(view: RunView, steps: int, words: str) -> None:
    """A run that had less to do than it was planned with said nothing, and leapt."""
    view.show_event(events.Replanned(501, steps))
    view.show_event(step(502, 50.2))
    assert words in view.state.text()


def test_a_model_that_begins_anew_is_told_until_it_is_better(view: RunView) -> None:
    """The curve leapt up and the samples became gibberish, while it said that it was learning."""
    status = view.status
    view.show_event(events.Evaluated(500, 6.0, 2.0))
    view.show_event(events.Advised(500, Advice.LEARNING, "It is learning.", NextStep.WRITE))
    view.show_event(events.GenerationBegan(500, 2, 3))
    view.show_event(step(501, 50.1))
    assert status.advice.text() == ANEW
    view.show_event(events.Evaluated(520, 7.0, 2.5))
    view.show_event(events.Advised(520, Advice.LEARNING, "It is learning still.", NextStep.WRITE))
    assert status.advice.text() == ANEW
    view.show_event(events.Evaluated(540, 5.9, 1.9))
    assert status.advice.text() == "It is learning still."
    view.show_event(events.GenerationBegan(540, 3, 3))
    view.show_state(Shown(True, True, False, False, True, False))
    assert status.advice.text().startswith("It was still learning"), "not while it is paused"
    view.show_state(Shown(True, False, False, False, True, False))
    view.show_event(events.Advised(541, Advice.UNSTABLE, "It is unstable.", NextStep.GENTLER))
    assert status.advice.text() == "It is unstable."


@pytest.mark.parametrize(("said_at", "stays"), [(1000, True), (900, False)])
def test_what_is_said_at_the_end_stays(view: RunView, said_at: int, stays: bool) -> None:
    """That a run gained nothing went with what had been said while it learnt."""
    view.show_event(events.Advised(said_at, Advice.NO_GAIN, "It has gained nothing.", NextStep.ADD_TEXT))
    view.show_event(events.RunFinished(events.Outcome.FINISHED, 1000, 500, "Finished."))
    assert (view.status.advice.text() == "It has gained nothing.") is stays


@pytest.mark.parametrize("paused", [True, False])
def test_who_is_paused_or_stopped_is_not_learning(view: RunView, paused: bool) -> None:
    view.show_event(events.Evaluated(500, 6.0, 3.0))
    view.show_event(events.Advised(500, Advice.LEARNING, "It is learning: you can write with it.", NextStep.WRITE))
    assert view.status.stage.text().startswith("It is learning") and view.status.advice.text().startswith("It is l")
    view.show_state(Shown(paused, paused, False, False, True, False))
    assert view.status.stage.text() == "It writes words, many of them invented"
    assert view.status.advice.text().startswith("It was still learning")
    view.show_state(Shown(True, False, False, False, True, False))
    assert view.status.stage.text().startswith("It is learning") and view.status.advice.text().startswith("It is l")


def test_the_curve_is_saved_from_its_menu(
    qtbot: QtBot, place: Project, opened: OpenProject, view: RunView, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    view.opened, view.run = opened, Run(place.runs_folder / "001 first")
    actions = {action.text(): action for action in view.plot.menu.actions()}
    for ending in ("png", "svg", "csv"):
        monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_, ending=ending: (str(tmp_path / "curve"), ""))
        actions[f"Save as {ending.upper()} …"].trigger()
        qtbot.waitUntil(lambda: not opened.jobs.busy)
        assert (tmp_path / f"curve.{ending}").stat().st_size > 100
    assert not QImage(str(tmp_path / "curve.png")).isNull()
    told: list[str] = []
    view.problem.connect(lambda sentence, _: told.append(sentence))
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / "nowhere" / "curve"), ""))
    actions["Save as CSV …"].trigger()
    qtbot.waitUntil(lambda: not opened.jobs.busy and bool(told))


# --- how it fits


@pytest.mark.parametrize(("width", "height"), [(440, 380), (760, 600), (1200, 800)])
def test_nothing_is_cut_in_a_small_window(qtbot: QtBot, view: RunView, width: int, height: int) -> None:
    view.show_event(events.Advised(100, Advice.LEARNING, "It is learning: " + "word " * 30, NextStep.ADD_TEXT))
    view.resize(width, height)
    parts = (view.pause_button, view.stop_button, view.status.next_button, view.status.time, view.plot)
    assert all(part.isVisible() for part in parts)
    qtbot.waitUntil(lambda: view.width() == width and all(_right_edge(part, view) <= width for part in parts))
    assert view.pause_button.mapTo(view, view.pause_button.rect().bottomLeft()).y() < height
    assert view.plot._plot.height() >= 140, "a curve is no strip"


@pytest.mark.parametrize("zoom", [100, 150])
@pytest.mark.parametrize(("width", "height"), [(440, 380), (660, 600), (760, 600)])
def test_no_button_is_narrower_than_its_words_and_none_outside(
    qtbot: QtBot, view: RunView, width: int, height: int, zoom: int
) -> None:
    """In a window of 640 x 480, at 200 %, and of 1024 x 700, with usual and with large text, whatever the run does."""
    resources.apply_theme(Theme.LIGHT, zoom)
    view.restyle()
    try:
        view.details.toggle()
        for running in (True, False):
            view.show_state(Shown(running, False, False, not running, True, False))
            view.mend_button.show()
            view.resize(width, height)
            qtbot.waitUntil(lambda: view.width() == width)
            qtbot.waitUntil(lambda: not list(_cut(view)), timeout=1000)
    finally:
        resources.apply_theme(Theme.LIGHT)


def _cut(view: RunView) -> Iterator[str]:
    for part in view.findChildren(QWidget):
        if part.isVisible() and isinstance(part, QPushButton | QLabel):
            if part.mapTo(view, part.rect().topRight()).x() >= view.width():
                yield f"beyond the edge: {part.property('text')}"
            if isinstance(part, QPushButton) and part.width() < part.minimumSizeHint().width():
                yield f"cut: {part.property('text')}"


def _right_edge(part: QWidget, page: QWidget) -> int:
    return part.mapTo(page, part.rect().topRight()).x()


def test_what_was_said_while_it_was_planned_stays_on_its_page(qtbot: QtBot, view: RunView, opened: OpenProject) -> None:
    first, second = (opened.project.write_run(RunConfig(), name) for name in ("one", "two"))
    view.open_project(opened)
    view.open(first)
    assert not view.plan.isVisible()
    words = "It goes through the texts no more than twice, however much time there is."

    def planning() -> Iterator[Event]:
        yield events.Warned(words)
        yield events.RunCreated(opened.project.relative(first.folder))

    qtbot.waitUntil(lambda: not opened.jobs.busy)
    view.show_event(events.Warned(words))
    assert view.state.text() == words
    list(plan._noted(opened.project, planning()))
    opened.look()
    qtbot.waitUntil(view.plan.isVisible)
    assert view.plan.text() == words and view.state.text() != words, "once is enough"
    view.show_event(events.Warned(words))
    assert view.state.text() != words
    (first.folder / notes.PLAN).write_bytes(b"\xff\xfe\x00\xd8")
    known = snapshot(Project(opened.project.folder)).of_run(first)
    assert known and known.config and not known.problem, "a damaged page of words costs no run"
    view.open(second)
    assert not view.plan.isVisible()
    view.open(first)
    assert view.plan.isVisible()
    qtbot.waitUntil(lambda: not opened.jobs.busy)


def test_a_run_by_time_says_its_time_at_once(qtbot: QtBot, view: RunView, opened: OpenProject) -> None:
    """For three minutes it said that it was finding out."""
    run = opened.project.write_run(RunConfig(budget_s=180.0), "3 minutes")
    opened.look()
    view.open_project(opened)
    view.open(run)
    qtbot.waitUntil(lambda: not opened.jobs.busy)
    view.show_event(events.RunStarted(run.name, "a machine", 1_000_000, 28, 1))
    assert view.status.time.text() == "3 min left"
    view.show_event(events.RunStarted(run.name, "a machine", 1_000_000, 28, 1, resumed_from=14, elapsed_s=61.0))
    assert view.status.time.text() == "2 min left"


def test_a_run_whose_end_was_never_written_stopped(qtbot: QtBot, view: RunView, opened: OpenProject) -> None:
    run = opened.project.write_run(RunConfig(), "cut")
    started = events.RunStarted(run.name, "a machine", 1_000_000, 1000, 1)
    run.events_file.write_text("".join(event_log.to_json(event) + "\n" for event in (started, step(1, 0.1))))
    view.show_state(idle)
    view.open_project(opened)
    view.open(run)
    qtbot.waitUntil(lambda: not opened.jobs.busy)
    assert view.state.text().startswith("It stopped in the middle.")


def test_a_screen_reader_hears_each_sentence_once(
    qtbot: QtBot, view: RunView, opened: OpenProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever looks at another run meanwhile and comes back was told all of it again."""
    said: list[str] = []
    monkeypatch.setattr(QAccessible, "updateAccessibility", lambda event: said.append(event.message()))
    run = opened.project.write_run(RunConfig(), "on its way")
    past = (
        events.RunStarted(run.name, "a machine", 1_000_000, 1000, 1),
        events.Advised(1, Advice.SMALL, "Your texts are short.", NextStep.ADD_TEXT),
        events.Advised(50, Advice.LEARNING, "It is learning.", NextStep.WRITE),
    )
    run.events_file.write_text("".join(event_log.to_json(event) + "\n" for event in past))
    view.open_project(opened)
    view.open(run)
    view.show_state(replace(idle, running=True))
    qtbot.waitUntil(lambda: not opened.jobs.busy)
    assert view.status.advice.text() == "It is learning." and said == []
    view.show_event(events.Advised(90, Advice.MEMORISING, "By heart.", NextStep.ADD_TEXT))
    assert said == ["By heart."]


def test_asking_how_much_is_copied_keeps_the_focus(qtbot: QtBot, view: RunView, opened: OpenProject) -> None:
    run = opened.project.write_run(RunConfig(), "copied")
    view.open_project(opened)
    view.open(run)
    qtbot.waitUntil(lambda: not opened.jobs.busy)
    view.show_event(events.SampleWritten(1, "", "Once upon a time"))
    view.show_state(replace(idle, finished=True, has_model=True))
    view.copied.button.setFocus()
    click(qtbot, view.copied.button)
    assert view.copied.button.hasFocus()
    qtbot.waitUntil(lambda: not opened.jobs.busy)
    assert view.copied.button.hasFocus()


def test_the_rehearsal_shows_how_far_it_is_and_nothing_later_moves_the_bar(view: RunView) -> None:
    done = view.status.progress.value()
    view.show_event(events.Progressed("The next model is told what those before it would write", 2, 5, 0))
    assert (view.status.progress.value(), view.status.progress.maximum()) == (done, 1000)
    for running in (False, True):
        view.show_state(Shown(running, False, False, False, True, False))
    view.show_event(events.Progressed("Rehearsing: a sample", 2, 5, 0))
    assert (view.status.progress.value(), view.status.progress.maximum()) == (2, 5)
    view.show_event(events.RunStarted("runs/001", "a machine", 1_000_000, 1000, 1, threads=2))
    assert (view.status.progress.value(), view.status.progress.maximum()) == (0, 1000)
