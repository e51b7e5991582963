"""What a time budget becomes: which model, how many steps, how much dropout."""

import shutil
import time
from collections.abc import Sequence
from dataclasses import replace

import pytest

from textgen_gui.engine.core import events
from textgen_gui.engine.core.config import Precision, RunConfig, TrainConfig
from textgen_gui.engine.core.control import Ask, Control, Stopped
from textgen_gui.engine.core.errors import ConfigError, MemoryShortError, ProjectError
from textgen_gui.engine.core.presets import USUAL_WEIGHTS_A_TOKEN, PresetName, ladder, presets
from textgen_gui.engine.core.project import Project, Run
from textgen_gui.engine.core.run_request import RunRequest, from_assignments, longer
from textgen_gui.engine.core.time_budget import EVALUATIONS, FEWEST_EVALUATIONS
from textgen_gui.engine.runtime import device
from textgen_gui.engine.text.staleness import current
from textgen_gui.engine.training import beginning, generations, measure, plan
from textgen_gui.engine.training.plan import new_run

from ...conftest import train_all
from ..runs import make_run


def planned(place: Project, monkeypatch: pytest.MonkeyPatch, speed: float, minutes: float, *settings: str) -> RunConfig:
    """On a machine that does ``speed`` floating-point operations a second."""

    def speeds(config: RunConfig, words: int, tried: Sequence[Precision], **_: float) -> dict[Precision, float]:
        return dict.fromkeys(tried, speed / 6 / config.model.parameters(words))

    monkeypatch.setattr(plan, "speeds", speeds)
    created = list(new_run(place, from_assignments("auto", minutes, settings)))[-1]
    assert isinstance(created, events.RunCreated)
    return Run(place.folder / created.run).config()


def widths(place: Project, monkeypatch: pytest.MonkeyPatch, speed: float) -> list[int]:
    return [planned(place, monkeypatch, speed, minutes).model.width for minutes in (0.1, 1, 10, 100, 1000)]


def test_more_time_and_faster_machines_take_larger_models(prepared: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plan, "WEIGHTS_A_TOKEN", 1e9)
    slow, fast = widths(prepared, monkeypatch, 1e10), widths(prepared, monkeypatch, 1e13)
    assert slow == sorted(slow) and slow[0] < slow[-1]
    assert fast[0] > slow[0] and fast[-1] == ladder[-1].width


def test_a_small_text_takes_a_small_model_however_long(prepared: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plan, "WEIGHTS_A_TOKEN", 1.0)
    assert planned(prepared, monkeypatch, 1e12, 60).model.width == ladder[0].width


def test_what_is_read_often_gets_dropout(prepared: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    shares = [planned(prepared, monkeypatch, 1e9, minutes).model.dropout for minutes in (0.01, 8, 40)]
    assert shares == [0.0, 0.1, 0.2]


def test_a_model_that_is_large_for_its_text_gets_dropout_sooner(
    prepared: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = planned(prepared, monkeypatch, 1e9, 8).model
    for module in (plan, generations):
        monkeypatch.setattr(module, "USUAL_WEIGHTS_A_TOKEN", USUAL_WEIGHTS_A_TOKEN / 100)
    after = planned(prepared, monkeypatch, 1e9, 8).model
    assert (before.width, before.dropout, after.width, after.dropout) == (before.width, 0.1, before.width, 0.2)


def test_a_model_that_is_large_for_its_text_needs_more_time(prepared: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plan, "WEIGHTS_A_TOKEN", 1e9)
    widths = []
    for usual in (1e9, 1e-9):
        monkeypatch.setattr(plan, "USUAL_WEIGHTS_A_TOKEN", usual)
        widths.append([planned(prepared, monkeypatch, 1e11, minutes).model.width for minutes in range(1, 30)])
    assert all(large <= small for small, large in zip(*widths, strict=True)) and widths[0] != widths[1]


def test_models_from_scratch_have_teachers(prepared: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    short, long = (planned(prepared, monkeypatch, 1e9, minutes).train for minutes in (0.01, 20))
    assert (short.ngram_teacher, short.generations) == (0.0, 1)  # read too seldom to need one
    assert (long.ngram_teacher, long.generations) == (presets[PresetName.SMALL].train.ngram_teacher, 8)
    by_pace = [
        planned(prepared, monkeypatch, 1e9, 20, *settings).generations_by_pace
        for settings in ((), ("train.generations=8",), ("train.generations=1",))
    ]
    assert by_pace == [True, False, False], "what somebody chose stays as it is"
    assert planned(prepared, monkeypatch, 1e9, 0.01).generations_by_pace, "it may turn out to be faster"
    asked = planned(prepared, monkeypatch, 1e9, 0.01, "train.ngram_teacher=0.3").train
    assert asked.ngram_teacher == 0.3
    one = planned(prepared, monkeypatch, 1e9, 20, "train.generations=1", "train.ngram_teacher=0.0").train
    assert (one.ngram_teacher, one.generations) == (0.0, 1)
    monkeypatch.setattr(generations, "free_memory", lambda: 40)
    assert planned(prepared, monkeypatch, 1e9, 20).train.generations == 1
    monkeypatch.setattr(generations, "free_memory", lambda: 40_000_000_000)
    monkeypatch.setattr(generations, "MOST_TOLD", 10)
    assert planned(prepared, monkeypatch, 1e9, 20).train.generations == 1


SMALL = [(17, 1), (19, 2), (31, 2), (34, 3), (40, 4), (100, 8)]
LARGE = [(11.5, 1), (12.5, 2), *SMALL[2:]]  # for its texts: a second one pays sooner


@pytest.mark.parametrize(
    ("epochs", "number", "large"), [*((*each, False) for each in SMALL), *((*each, True) for each in LARGE)]
)
def test_one_more_model_learns_where_the_first_reads_often_enough(
    prepared: Project, monkeypatch: pytest.MonkeyPatch, epochs: float, number: int, large: bool
) -> None:
    monkeypatch.setattr(generations, "LARGE_WEIGHTS_A_TOKEN", 1e-9 if large else 1e9)
    own = current(prepared)
    assert own

    def speeds(config: RunConfig, words: int, tried: Sequence[Precision], **_: float) -> dict[Precision, float]:
        return dict.fromkeys(tried, epochs * own.tokens / (20 * 60))

    monkeypatch.setattr(plan, "speeds", speeds)
    monkeypatch.setattr(plan, "WEIGHTS_A_TOKEN", 1e-9)
    created = list(new_run(prepared, from_assignments("auto", 20, [])))[-1]
    assert isinstance(created, events.RunCreated)
    assert Run(prepared.folder / created.run).config().train.generations == number


def test_a_run_that_ends_before_its_time_says_how_long_it_takes(
    prepared: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was told as ten minutes until it was over, after seconds."""
    whole = planned(prepared, monkeypatch, 1e9, 10)
    steps = whole.train.steps // 20
    monkeypatch.setattr(beginning, "most_steps", lambda *_: steps)
    short = planned(prepared, monkeypatch, 1e9, 10)
    assert short.train.steps == steps and whole.budget_s > 550 and 30 < short.budget_s < 120


def test_a_model_that_goes_on_has_no_teacher(prepared: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    first = make_run(prepared)
    train_all(first)
    asked = from_assignments("", None, ["train.steps=4"], start=f"runs/{first.name}")
    created = list(new_run(prepared, asked))[-1]
    assert isinstance(created, events.RunCreated)
    assert Run(prepared.folder / created.run).config().train.ngram_teacher == 0.0
    taught = replace(first.config(), generations_by_pace=True, train=TrainConfig(generations=2, ngram_teacher=0.5))
    again = longer(f"runs/{first.name}", taught, 1)
    assert (again.config.train.generations, again.config.train.ngram_teacher) == (1, 0.0)
    monkeypatch.setattr(plan, "speeds", lambda config, words, tried, **_: dict.fromkeys(tried, 1e5))
    created = list(new_run(prepared, again))[-1]
    assert isinstance(created, events.RunCreated)
    assert not Run(prepared.folder / created.run).config().generations_by_pace


def test_what_was_asked_stays_as_asked(prepared: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = ["model.width=48", "model.heads=2", "model.dropout=0.5", "train.learning_rate=0.001", "train.batch=2"]
    config = planned(prepared, monkeypatch, 1e10, 5, *settings)
    assert (config.model.width, config.model.dropout, config.train.learning_rate) == (48, 0.5, 0.001)
    assert config.train.batch == 2


def test_what_does_not_fit_is_refused_before_it_is_measured(prepared: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(measure, "free_memory", lambda: 2_000_000_000)
    monkeypatch.setattr(plan, "speeds", None)
    with pytest.raises(MemoryShortError, match=r"needs 39\.\d GB of memory, and 2\.0 GB are free"):
        list(new_run(prepared, from_assignments("tiny", None, ["model.width=8192", "model.heads=64"])))
    assert not prepared.runs()


def test_long_steps_are_told_before_the_run(prepared: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plan, "speeds", lambda config, words, tried, **_: dict.fromkeys(tried, 1000.0))
    settings = ["train.batch=65536", "model.context=32", "model.width=16", "model.heads=1"]
    (told,) = [e for e in new_run(prepared, from_assignments("tiny", None, settings)) if isinstance(e, events.Warned)]
    assert told.message.startswith("One step of this run takes about 35 minutes")


@pytest.mark.parametrize(
    ("machine", "gain", "asked", "chosen"),
    [
        (Precision.BF16, 2.0, "", "bf16"),
        (Precision.BF16, 1.1, "", "fp32"),  # not worth giving up exactness for
        (Precision.FP16, 2.0, "", "fp16"),
        (None, 2.0, "", "fp32"),
        (Precision.BF16, 2.0, "fp32", "fp32"),
        (Precision.BF16, 0.1, "bf16", "bf16"),
    ],
)
@pytest.mark.parametrize("preset", ["auto", "tiny"])
def test_half_precision_is_taken_where_it_is_faster_and_nothing_was_asked(
    prepared: Project,
    monkeypatch: pytest.MonkeyPatch,
    preset: str,
    machine: Precision | None,
    gain: float,
    asked: str,
    chosen: str,
) -> None:
    def speeds(config: RunConfig, vocabulary: int, tried: Sequence[Precision], **_: float) -> dict[Precision, float]:
        return {precision: 1e4 * (gain if precision in ("bf16", "fp16") else 1) for precision in tried}

    monkeypatch.setattr(plan, "speeds", speeds)
    monkeypatch.setattr(device, "half_precision", lambda: machine)
    settings = [f"train.precision={asked}"] if asked else []
    created = list(new_run(prepared, from_assignments(preset, 1, settings)))[-1]
    assert isinstance(created, events.RunCreated)
    run = Run(prepared.folder / created.run)
    assert run.config().train.precision == chosen
    assert preset != "auto" or run.name.endswith(", 1 minute")


def test_what_there_was_no_time_to_measure_is_not_chosen(prepared: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(device, "half_precision", lambda: Precision.BF16)
    monkeypatch.setattr(plan, "speeds", lambda config, words, tried, **_: {tried[0]: 1e4})
    run = made(prepared, from_assignments("tiny", None, []))
    assert run.config().train.precision == "fp32"


def test_a_run_has_some_time_however_long_measuring_took(prepared: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """It took four minutes of three on a busy machine, with a model of 135 million weights."""
    monkeypatch.setattr(plan, "_left_s", lambda request, started: -60.0)
    assert planned(prepared, monkeypatch, 1e10, 3).budget_s == 90


def made(place: Project, request: RunRequest) -> Run:
    created = list(new_run(place, request))[-1]
    assert isinstance(created, events.RunCreated)
    return Run(place.folder / created.run)


def test_time_becomes_steps(prepared: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    short, long = (planned(prepared, monkeypatch, 1e10, minutes, "model.layers=2") for minutes in (10, 20))
    assert 1.9 < long.train.steps / short.train.steps < 2.3
    assert long.train.mark_every == round(long.train.steps / EVALUATIONS)
    assert 595 < short.budget_s <= 600 and 1195 < long.budget_s <= 1200, "of which measuring took some"


def test_a_large_model_is_looked_at_less_often_where_looks_would_take_its_time() -> None:
    within = plan.evaluations_within
    assert (within(180, 0.5), within(180, 12), within(3600, 12)) == (EVALUATIONS, FEWEST_EVALUATIONS, 20)


def test_choosing_by_time_needs_a_time(prepared: Project) -> None:
    with pytest.raises(ConfigError, match="say how much time there is"):
        new_run(prepared, from_assignments("auto", None, []))
    with pytest.raises(ConfigError, match="There is no preset 'huge'"):
        from_assignments("huge", None, [])


def test_texts_that_are_prepared_anew_while_the_machine_is_measured(
    prepared: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    def meanwhile(config: RunConfig, words: int, tried: Sequence[Precision], **_: float) -> dict[Precision, float]:
        shutil.rmtree(prepared.prepared_folder / config.prepared)
        return dict.fromkeys(tried, 1e4)

    monkeypatch.setattr(plan, "speeds", meanwhile)
    with pytest.raises(ProjectError, match=r"prepared anew while"):
        list(new_run(prepared, from_assignments("tiny", None, ["train.precision=fp32"])))
    assert prepared.runs() == []


@pytest.mark.parametrize(("preset", "minutes"), [("tiny", None), ("auto", 5.0)])
def test_who_stops_meanwhile_gets_no_run(
    prepared: Project, monkeypatch: pytest.MonkeyPatch, preset: str, minutes: float | None
) -> None:
    measured = []

    def measure(config: RunConfig, words: int, tried: Sequence[Precision], **_: float) -> dict[Precision, float]:
        measured.append(config)
        return dict.fromkeys(tried, 1e6)

    monkeypatch.setattr(plan, "speeds", measure)
    request = from_assignments(preset, minutes, ["train.precision=fp32"])
    happened = list(new_run(prepared, request, lambda: bool(measured)))
    assert len(measured) == 1 and prepared.runs() == []
    assert not any(isinstance(event, events.RunCreated) for event in happened)


def test_little_time_is_not_spent_on_planning(prepared: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """One minute began after one and a half: each model was measured for seconds, and the chosen one again."""
    clock, asked = [0.0], list[float]()
    monkeypatch.setattr(time, "monotonic", lambda: clock[0])
    monkeypatch.setattr(plan, "WEIGHTS_A_TOKEN", 1e9)

    def speeds(
        config: RunConfig, words: int, tried: Sequence[Precision], stop: Ask, longest_s: float
    ) -> dict[Precision, float]:
        asked.append(longest_s)
        clock[0] += longest_s
        return dict.fromkeys(tried, 1e13 / 6 / config.model.parameters(words))

    monkeypatch.setattr(plan, "speeds", speeds)
    run = made(prepared, from_assignments("auto", 1.0, []))
    assert asked == [3.0] and run.config().model.width > ladder[0].width, "the rest is told by what was measured"
    asked.clear()
    made(prepared, from_assignments("auto", 60.0, []))
    assert asked[0] == measure.LONGEST_S


@pytest.mark.parametrize("preset", ["auto", "small"])
def test_measuring_can_be_stopped(prepared: Project, monkeypatch: pytest.MonkeyPatch, preset: str) -> None:
    """On a busy computer a single trial takes seconds; whoever cancels does not wait for the rest."""
    control = Control()

    def speeds(
        config: RunConfig, words: int, tried: Sequence[Precision], stop: Ask, longest_s: float
    ) -> dict[Precision, float]:
        control.stop()
        if stop():
            raise Stopped
        return dict.fromkeys(tried, 1e4)

    monkeypatch.setattr(plan, "speeds", speeds)
    happened = list(new_run(prepared, from_assignments(preset, 1.0, []), control))
    assert isinstance(happened[-1], events.Progressed) and not prepared.runs()
