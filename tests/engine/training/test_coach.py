"""The coach: recorded runs of known kinds, and what it says at each of their evaluations."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from textgen_gui.engine.core import event_log, events, schema
from textgen_gui.engine.core.advice import SMALL_TEXT, too_little_text, very_little_text
from textgen_gui.engine.core.bars import Bar, Level, level, quality
from textgen_gui.engine.core.config import ModelConfig, RunConfig, StartConfig, TrainConfig
from textgen_gui.engine.core.errors import MemoryShortError
from textgen_gui.engine.core.events import Advice, Advised, Event, NextStep, Outcome
from textgen_gui.engine.core.presets import PresetName, presets
from textgen_gui.engine.core.project import Project
from textgen_gui.engine.training.coach import Coach
from textgen_gui.engine.training.mend import mend
from textgen_gui.engine.training.step import Learner

from ...conftest import train_all
from ..runs import make_run, prepared_project, train_until
from .record_runs import DATA, kinds

A, N = Advice, NextStep
# Of each run: what may be said while it learns, and what has to be said at its end.
truth: dict[str, tuple[set[Advice], Advice, NextStep]] = {
    "healthy": ({A.LEARNING}, A.READY, N.WRITE),
    "healthy-wide": ({A.LEARNING}, A.READY, N.WRITE),
    "healthy-cosine": ({A.LEARNING}, A.READY, N.WRITE),
    "healthy-longer": ({A.LEARNING, A.FLAT}, A.READY, N.WRITE),
    "memorising-letter": ({A.SMALL, A.LEARNING, A.NO_GAIN, A.MEMORISING}, A.MEMORISING, N.BEGIN_WITH_MODEL),
    "memorising-tale": ({A.SMALL, A.LEARNING, A.FLAT, A.MEMORISING}, A.MEMORISING, N.WRITE),  # past the bar by then
    "memorising-slowly": ({A.SMALL, A.LEARNING, A.FLAT}, A.MEMORISING, N.WRITE),  # too slowly for an alarm on its way
    "small-essay": ({A.SMALL, A.LEARNING}, A.SMALL, N.BEGIN_WITH_MODEL),
    "small-novella": ({A.SMALL, A.LEARNING}, A.SMALL, N.BEGIN_WITH_MODEL),
    "small-chapters": ({A.SMALL, A.LEARNING}, A.SMALL, N.BEGIN_WITH_MODEL),
    "small-story": ({A.SMALL, A.LEARNING}, A.SMALL, N.BEGIN_WITH_MODEL),
    "unstable-rate": ({A.LEARNING, A.NO_GAIN}, A.UNSTABLE, N.GENTLER),
    "unstable-spike": ({A.LEARNING, A.UNSTABLE}, A.UNSTABLE, N.GENTLER),
    "unstable-constant": ({A.LEARNING, A.NO_GAIN}, A.UNSTABLE, N.GENTLER),
    "small-diary": ({A.SMALL, A.LEARNING}, A.SMALL, N.BEGIN_WITH_MODEL),
    "small-letter": ({A.SMALL, A.LEARNING}, A.SMALL, N.BEGIN_WITH_MODEL),
    "small-diary-large-model": ({A.SMALL, A.LEARNING}, A.SMALL, N.BEGIN_WITH_MODEL),
    "short-gpt2": ({A.LEARNING}, A.SHORT, N.TRAIN_LONGER),
    "short": ({A.LEARNING}, A.SHORT, N.TRAIN_LONGER),
    "short-wide": ({A.LEARNING}, A.SHORT, N.TRAIN_LONGER),
    "languages": ({A.LEARNING, A.NO_GAIN}, A.SHORT, N.TRAIN_LONGER),
    "languages-short": ({A.LEARNING, A.NO_GAIN}, A.SHORT, N.TRAIN_LONGER),
    "forgetting": ({A.FORGETTING}, A.FORGETTING, N.GENTLER),
    "forgetting-short": ({A.FORGETTING}, A.FORGETTING, N.GENTLER),
}


def recorded(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((DATA / f"{name}.json").read_text(encoding="utf-8"))
    return loaded


def happened(run: dict[str, Any]) -> Iterator[Event]:
    """The events of a recorded run, as the coach heard them."""
    yield events.RunStarted("runs/001", "a machine", run["parameters"], len(run["losses"]), 1)
    yield from (events.Baseline(*baseline) for baseline in run["baselines"])
    evaluations = {step: (loss, bits) for step, loss, bits in run["evaluations"]}
    for step, loss in enumerate(run["losses"], 1):
        yield events.StepDone(step, loss, 1e-3, 1000.0, float(step))
        if step in evaluations:
            yield events.Evaluated(step, *evaluations[step])
    yield events.RunFinished(Outcome(run["outcome"]), len(run["losses"]), run["best"], "")


def coach_of(run: dict[str, Any]) -> Coach:
    return Coach(schema.with_settings(RunConfig(), run["settings"]), run["tokens"], run["heldout"])


def said_of(run: dict[str, Any]) -> list[Advised]:
    coach = coach_of(run)
    return [advised for event in happened(run) for advised in coach.hear(event)]


def test_every_recorded_run_is_judged() -> None:
    assert set(truth) == set(kinds) == {file.stem for file in DATA.glob("*.json")} and len(truth) >= 20


@pytest.mark.parametrize("name", truth)
def test_the_verdict_is_right_and_there_was_no_false_alarm(name: str) -> None:
    allowed, verdict, next_step = truth[name]
    said = said_of(recorded(name))
    assert {advised.kind for advised in said[:-1]} <= allowed, [(a.step, a.kind) for a in said]
    assert (said[-1].kind, said[-1].next_step) == (verdict, next_step)
    assert all(advised.next_step for advised in said), "each ends with something to do"


@pytest.mark.parametrize("name", [name for name, (allowed, *_) in truth.items() if A.MEMORISING in allowed])
def test_memorising_is_said_while_it_happens(name: str) -> None:
    run = recorded(name)
    early = [advised for advised in said_of(run)[:-1] if advised.kind is A.MEMORISING]
    assert early and run["best"] < early[0].step < len(run["losses"]) and f"{run['best']:,}" in early[-1].message


@pytest.mark.parametrize("name", truth)
def test_a_run_that_was_interrupted_hears_the_same(name: str) -> None:
    """Stopped in the middle: the coach of the second half remembers the first."""
    run = recorded(name)
    whole, middle = said_of(run), run["evaluations"][len(run["evaluations"]) // 2][0]
    coach = coach_of(run)
    coach.remember(happened(run), middle)
    later = [a for event in happened(run) if getattr(event, "step", 0) > middle for a in coach.hear(event)]
    assert later == [advised for advised in whole if advised.step > middle]


def heard(losses: list[float], heldout: int = 4000, **training: Any) -> list[Advised]:
    """While it learns, with a training loss that falls all the time."""
    config = RunConfig(train=replace(TrainConfig(), **{"steps": 100 * len(losses), **training}))
    listener, said = Coach(config, 100_000, heldout), list[Advised]()
    for number, loss in enumerate(losses, 1):
        for step in range(100 * number - 99, 100 * number + 1):
            said += listener.hear(events.StepDone(step, 5.0 - step / 1000, 1e-3, 1000.0, 1.0))
        said += listener.hear(events.Evaluated(100 * number, loss, loss / 2))
    return said


def test_one_evaluation_proves_nothing() -> None:
    assert [said.kind for said in heard([3, 2.5, 2.6, 2.4, 2.5, 2.3])] == [A.LEARNING]
    said = heard([3, 2.5, 2.6, 2.7])
    assert [one.kind for one in said] == [A.LEARNING, A.MEMORISING]
    assert "Step 200 is kept" in said[1].message and said[1].next_step is N.ADD_TEXT, "there is enough text for a model"


def test_few_held_out_tokens_jump_by_chance() -> None:
    wobbly = [3.0, 2.6, 2.68, 2.69, 2.68, 2.69]
    assert A.MEMORISING in [said.kind for said in heard(wobbly)]
    assert A.MEMORISING not in [said.kind for said in heard(wobbly, heldout=143)]


def test_a_flat_curve_means_something_only_in_the_middle() -> None:
    flat = [3.0, 2.5, 2.4, 2.39, 2.389, 2.388, 2.388, 2.388]
    assert heard(flat, steps=1200)[-1].kind is A.FLAT
    assert heard(flat, steps=8000)[-1].kind is A.LEARNING, "the learning rate has not begun to fall"


def test_a_harder_group_of_texts_is_not_unstable() -> None:
    listener = Coach(RunConfig(train=TrainConfig(steps=400, stages=("easy", "hard"))), 100_000, 4000)
    steps = (events.StepDone(step, 2.0 if step <= 200 else 5.0, 1e-3, 1.0, 1.0) for step in range(1, 401))
    assert not [said for event in steps for said in listener.hear(event)]


def test_too_little_text_is_said_before() -> None:
    assert "about 22 pages" in too_little_text(10_000) and not too_little_text(SMALL_TEXT)
    started = events.RunStarted("runs/001", "a machine", 3_000_000, 100, 1)
    small, large, fits = (list(Coach(RunConfig(), n, 500).hear(started)) for n in (10_000, 100_000, 1_000_000))
    assert [said.next_step for said in (*small, *large)] == [N.BEGIN_WITH_MODEL, N.ADD_TEXT] and not fits
    goes_on = schema.with_settings(RunConfig(), ['start.model="starter"'])
    assert not list(Coach(goes_on, 10_000, 500).hear(started)), "it can write already"


def test_a_fine_tune_is_compared_with_the_evaluation_before_its_first_step() -> None:
    listener = Coach(schema.with_settings(RunConfig(), ['start.model="starter"', "train.steps=400"]), 100_000, 4000)
    evaluations = [events.Evaluated(step, loss, loss) for step, loss in ((0, 2.0), (100, 2.2), (200, 2.3), (400, 2.2))]
    said = [advised for event in evaluations for advised in listener.hear(event)]
    said += listener.hear(events.RunFinished(Outcome.FINISHED, 400, 400, ""))
    assert [advised.kind for advised in said] == [A.FORGETTING, A.FORGETTING]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return prepared_project(tmp_path_factory.mktemp("coach"))


def advised(file: Path) -> list[Advised]:
    return [event for event in event_log.read(file) if isinstance(event, Advised)]


def test_a_run_records_what_was_said(place: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """A model whose weights are spoilt in the middle; the sentence is in the events for those who look later."""
    run = make_run(place, "train.steps=80", "train.mark_every=40")
    whole = Learner._read

    def read(self: Learner, step: int) -> object:
        if step == 60:
            with torch.no_grad():
                for parameter in self.model.parameters():
                    parameter.mul_(20)
        return whole(self, step)

    monkeypatch.setattr(Learner, "_read", read)
    happened = train_all(run)
    assert A.UNSTABLE in [said.kind for said in advised(run.events_file)]
    assert isinstance(happened[-1], events.RunFinished) and isinstance(happened[-2], Advised)


def test_the_last_word_is_the_same_when_the_run_was_stopped(place: Project) -> None:
    settings = ("train.steps=40", "train.mark_every=10")
    left_alone, stopped = make_run(place, *settings), make_run(place, *settings)
    train_all(left_alone)
    train_until(stopped, 25)
    train_all(stopped)
    assert advised(stopped.events_file) == advised(left_alone.events_file)


@pytest.mark.parametrize(
    ("losses", "much", "early"),
    [
        ((3.97, 3.99, 4.0, 4.01), "hardly better", True),
        ((3.9, 3.88, 3.86, 3.85), "a little better", False),
        ((3.6, 3.4, 3.3, 3.2), "clearly better", False),
    ],
)
def test_at_its_end_a_fine_tune_is_compared_with_the_model_before(
    losses: tuple[float, ...], much: str, early: bool
) -> None:
    """The counter was beaten before the first step: to have passed it is no merit of the run."""
    listener = Coach(schema.with_settings(RunConfig(), ['start.model="starter"', "train.steps=400"]), 100_000, 4000)
    list(listener.hear(events.Baseline("counting words", 5.0, 2.5)))
    list(listener.hear(events.Baseline("the model before", 4.0, 2.0)))
    for number, loss in enumerate(losses, 1):
        list(listener.hear(events.Evaluated(100 * number, loss, loss / 2)))
    (said,) = listener.hear(events.RunFinished(Outcome.FINISHED, 400, 400, ""))
    assert said.kind is A.READY and f"{much} than the model that it began with" in said.message
    assert ("Its best was early, at step 100" in said.message) is early and "counter" not in said.message


def test_it_says_when_a_higher_bar_is_passed() -> None:
    listener = Coach(schema.with_settings(RunConfig(), ["train.steps=400"]), 100_000, 4000)
    for bar, loss in ((Bar.WORDS, 4.0), (Bar.LETTERS, 3.5), (Bar.LETTERS_ALONG, 3.2)):
        list(listener.hear(events.Baseline(bar, loss, loss / 2)))
    said = [a.message for n, loss in enumerate((4.5, 3.9, 3.4, 3.1), 1) for a in heard_at(listener, n, loss)]
    assert ["gets easier" in said[0], "than a letter counter." in said[1], "as it reads." in said[2]] == 3 * [True]
    (end,) = listener.hear(events.RunFinished(Outcome.FINISHED, 400, 400, ""))
    assert end.kind is A.READY and "better than a letter counter that learns as it reads." in end.message


@pytest.mark.parametrize(
    ("loss", "words"), [(3.9, "word counter, but a letter counter still"), (3.4, "a letter counter.")]
)
def test_at_its_end_a_run_is_compared_with_the_highest_bar_it_passed(loss: float, words: str) -> None:
    listener = Coach(schema.with_settings(RunConfig(), ["train.steps=100"]), 100_000, 4000)
    for bar, reached in ((Bar.WORDS, 4.0), (Bar.LETTERS, 3.5), (Bar.LETTERS_ALONG, 3.2)):
        list(listener.hear(events.Baseline(bar, reached, reached / 2)))
    heard_at(listener, 1, loss)
    (end,) = listener.hear(events.RunFinished(Outcome.FINISHED, 100, 100, ""))
    assert end.kind is A.READY and words in end.message


def test_bars_that_the_model_before_had_passed_are_no_merit() -> None:
    listener = Coach(schema.with_settings(RunConfig(), ['start.model="starter"', "train.steps=400"]), 100_000, 4000)
    list(listener.hear(events.Baseline(Bar.LETTERS, 3.5, 1.75)))
    list(listener.hear(events.Baseline(Bar.BEFORE, 3.3, 1.65)))
    said = [a.message for n, loss in enumerate((3.2, 3.1, 3.0), 1) for a in heard_at(listener, n, loss)]
    assert said and not any("counter" in words for words in said)


@pytest.mark.parametrize(
    ("losses", "expected"),
    [
        ((4.1, 4.02, 3.99, 3.98, 3.97, 3.965), []),  # on the line of the model that it began with
        ((4.1, 4.02, 3.95, 4.0, 4.01, 3.99), []),  # one evaluation proves nothing
        ((4.1, 4.0, 3.95, 3.94, 3.92, 3.9), [A.LEARNING]),
        ((3.95, 3.93, 3.98, 3.99, 3.98, 4.0), [A.LEARNING, A.NO_GAIN]),
        ((3.95, 3.93, 3.98, 3.93, 3.98, 3.92), [A.LEARNING]),  # a single one is chance
    ],
)
def test_a_fine_tune_is_not_said_to_gain_what_it_has_not_gained(
    losses: tuple[float, ...], expected: list[Advice]
) -> None:
    """“Text that it has never seen gets easier to it” stood beside a curve that lay on the model it began with."""
    listener, said = Coach(schema.with_settings(RunConfig(), ['start.model="starter"']), 300_000, 4000), list[Advised]()
    list(listener.hear(events.Baseline(Bar.BEFORE, 4.0, 2.0)))
    for number, loss in enumerate(losses, 1):
        said += heard_at(listener, number, loss)
    assert [one.kind for one in said] == expected
    if A.NO_GAIN in expected:
        assert "not clearly easier to it than to the model that it began with" in said[-1].message


@pytest.mark.parametrize(
    ("loss", "kind", "next_step"),
    [(4.01, A.NO_GAIN, N.ADD_TEXT), (4.6, A.FORGETTING, N.GENTLER), (3.5, A.READY, N.WRITE)],
)
def test_what_gained_nothing_is_told_from_what_forgot(loss: float, kind: Advice, next_step: NextStep) -> None:
    """Training longer what has learnt out was to be started again more gently, and again."""
    listener = Coach(schema.with_settings(RunConfig(), ['start.model="runs/001"', "train.steps=400"]), 300_000, 4000)
    list(listener.hear(events.Baseline(Bar.BEFORE, 4.0, 2.0)))
    list(listener.hear(events.Baseline(Bar.WORDS, 5.0, 2.5)))
    heard_at(listener, 4, loss)
    (end,) = listener.hear(events.RunFinished(Outcome.FINISHED, 400, 400, ""))
    assert (end.kind, end.next_step) == (kind, next_step)


def test_it_is_not_said_to_learn_where_nothing_gets_easier() -> None:
    """“It is learning” stood there while what it had never seen got a little harder."""
    losses = [4.0, 3.5, 3.2, 3.0, 3.004, 3.002, 3.006, 3.003, 2.999, 2.8, 2.7]
    said = heard(losses, steps=4000)
    assert [(one.kind, one.step) for one in said] == [(A.LEARNING, 200), (A.NO_GAIN, 800), (A.LEARNING, 900)]
    assert "since step 400" in said[1].message


def test_how_much_text_is_very_little() -> None:
    assert "about 2 pages" in very_little_text(900) and "about 1 page," in very_little_text(3)
    assert not very_little_text(10_000) and too_little_text(10_000)


def heard_at(listener: Coach, number: int, loss: float) -> list[Advised]:
    return list(listener.hear(events.Evaluated(100 * number, loss, loss / 2)))


def test_the_scale_leads_from_letters_over_words_to_style() -> None:
    reached = [quality(bits, 2.0) for bits in (8.0, 4.8, 3.0, 2.0, 1.9, 1.8, 1.5, 1.2, 1.0)]
    assert reached == sorted(reached) and reached[0] == reached[1] == 0 and reached[-1] == 1
    assert [level(value) for value in reached[2:]] == [Level.SPELLING] * 3 + [Level.WORDS] * 2 + [Level.STYLE] * 2
    assert quality(1.8, 3.0) == quality(1.8, 0.0), "who counted little, or not at all, makes nothing easier"


@pytest.mark.parametrize(
    ("later", "kind"),
    [((1.495, 1.50, 1.505, 1.51, 1.52, 1.525), A.MEMORISING), ((1.50, 1.51, 1.50, 1.49, 1.51, 1.50), A.READY)],
)
def test_what_has_risen_since_half_way_is_not_done_well(later: tuple[float, ...], kind: Advice) -> None:
    """Each evaluation by itself was within the noise of the best one."""
    listener = Coach(schema.with_settings(RunConfig(), ["train.steps=1000"]), 1_000_000, 2000)
    list(listener.hear(events.Baseline(Bar.WORDS, 4.0, 2.0)))
    for number, bits in enumerate((2.5, 2.0, 1.7, 1.49, *later), 1):
        heard_at(listener, number, 2 * bits)
    (end,) = listener.hear(events.RunFinished(Outcome.FINISHED, 1000, 400, ""))
    assert end.kind is kind and end.next_step is N.WRITE
    assert "Done well" not in end.message and "step 400" in end.message, "and that its best was early is said"


@pytest.mark.parametrize(("tokens", "kind"), [(500, A.SMALL), (1_000_000, A.SHORT)])
def test_a_model_that_read_very_little_needs_text_and_not_time(tokens: int, kind: Advice) -> None:
    """A page was read three times, as often as it is good, and the advice was to train longer."""
    config = schema.with_settings(RunConfig(start=StartConfig(model="starter")), ["train.steps=400"])
    listener = Coach(config, tokens, 4000)
    list(listener.hear(events.Evaluated(0, 5.0, 2.5)))
    list(listener.hear(events.Baseline(Bar.WORDS, 3.0, 1.5)))
    list(listener.hear(events.Evaluated(400, 4.5, 2.25)))
    (end,) = listener.hear(events.RunFinished(Outcome.FINISHED, 400, 400, ""))
    assert end.kind is kind and (end.next_step is N.ADD_TEXT) is (kind is A.SMALL)


@pytest.mark.parametrize(("bits", "begins"), [(1.99, "Done: "), (1.6, "Done well: ")])
def test_what_invents_words_is_not_praised(bits: float, begins: str) -> None:
    """“before my parting enveility of the phils” was done well, and in the style of the texts."""
    listener = Coach(schema.with_settings(RunConfig(), ["train.steps=400"]), 1_000_000, 4000)
    list(listener.hear(events.Baseline(Bar.WORDS, 2 * 2.02, 2.02)))
    list(listener.hear(events.Evaluated(400, 2 * bits, bits)))
    (end,) = listener.hear(events.RunFinished(Outcome.FINISHED, 400, 400, ""))
    assert end.kind is A.READY and end.message.startswith(begins)
    assert ("invented" in end.message) is (bits > 1.9)


@pytest.mark.parametrize(("every", "expected"), [(2, [A.LEARNING]), (20, [A.LEARNING, A.FLAT])])
def test_what_gains_little_is_said_once_and_not_after_some_steps(every: int, expected: list[Advice]) -> None:
    """A fine-tune of 35 steps was “nearly learnt out” three times, and “learning” in between."""
    losses = [3.742, 3.730, 3.722, 3.716, 3.7136, 3.7119, 3.7085, 3.7054, 3.7026, 3.7004, 3.6976, 3.6953, 3.6931]
    losses += [3.6912, 3.6900, 3.6895, 3.6890]
    settings = ['start.model="starter"', f"train.steps={every * len(losses)}"]
    listener, said = Coach(schema.with_settings(RunConfig(), settings), 300_000, 4000), list[Advised]()
    list(listener.hear(events.Baseline(Bar.BEFORE, 3.759, 1.4367)))
    for nth, loss in enumerate(losses, 1):
        said += listener.hear(events.Evaluated(every * nth, loss, loss / 2.6))
    assert [one.kind for one in said] == expected


@pytest.mark.parametrize(
    ("config", "offered"),
    [
        (RunConfig(model=ModelConfig(width=1024, heads=16)), "Start again with the Small model"),
        (RunConfig(model=replace(presets[PresetName.SMALL].model, context=4096)), "Start again with the Small model"),
        (RunConfig(model=presets[PresetName.SMALL].model), None),
        (RunConfig(start=StartConfig(model="a")), "Start again with LoRA, which needs less memory"),
        (RunConfig(start=StartConfig(model="a", lora=8)), None),
    ],
)
def test_where_memory_ran_short_nothing_is_offered_that_would_be_the_same_again(
    config: RunConfig, offered: str | None
) -> None:
    found = mend(config, MemoryShortError("short"), can_take_lora=True)
    assert (found and found.words) == offered


def test_the_small_model_is_offered_whole() -> None:
    """It was small, but still a Llama."""
    large = RunConfig(model=presets[PresetName.LARGE].model)
    found = mend(large, MemoryShortError("short"), can_take_lora=True)
    assert found and schema.with_settings(large, found.settings).model == presets[PresetName.SMALL].model


def test_a_model_that_begins_anew_has_not_forgotten_what_the_one_before_knew() -> None:
    run = recorded("healthy")
    started, *past = happened(run)
    *past, end = past
    count = len(run["losses"])
    assert isinstance(started, events.RunStarted) and isinstance(end, events.RunFinished)

    def later(event: Event) -> Event:
        if isinstance(event, events.StepDone | events.Evaluated):
            return replace(event, step=event.step + count)
        return event

    again = (later(event) for event in past if not isinstance(event, events.Baseline))
    whole = [replace(started, steps=2 * count), *past, events.GenerationBegan(count, 2, 2), *again]
    coach = coach_of(run)
    said = [advised.kind for event in [*whole, replace(end, step=2 * count)] for advised in coach.hear(event)]
    assert set(said) == {A.LEARNING, A.READY} and said[-1] == A.READY
