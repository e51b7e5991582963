"""A run by time is planned again on its way, and is as exact to resume as any other."""

from dataclasses import replace

import pytest

from textgen_gui.engine.core import event_log, events, notes, presets, schema
from textgen_gui.engine.core.config import RunConfig, StartConfig
from textgen_gui.engine.core.project import Project, Run
from textgen_gui.engine.core.time_budget import FEWEST
from textgen_gui.engine.models.state import State
from textgen_gui.engine.text.staleness import current
from textgen_gui.engine.training import budget, session
from textgen_gui.engine.training.budget import replanned, settled

from ...conftest import train_all
from ..runs import became, finished, make_run, prepared_project, started, train_until

INFINITE = float("inf")
NO_COUNTER = ("train.ngram_teacher=0.0",)
TAUGHT = ("train.generations=3", "generations_by_pace=true", "train.batch=512")
ALONE = ("train.generations=1", "generations_by_pace=true", "train.batch=1024", "model.dropout=0.1", *NO_COUNTER)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return prepared_project(tmp_path_factory.mktemp("budget"))


def by_time(place: Project, *settings: str) -> Run:
    return make_run(place, "budget_s=60", "train.steps=20", "train.mark_every=2", "train.average=0.5", *settings)


def at(run: Run, state: State, most: float = INFINITE) -> int:
    """Ten steps a second, if there were enough, and evaluations of two seconds by then."""
    state.evaluation_s = 2.0
    steps_s = 8 * [0.1] if state.step > 1 else [4.0]
    prepared = current(run.project)
    assert prepared
    return replanned(run, run.config(), state, steps_s, most, prepared).train.steps


def test_what_is_left_of_the_time_becomes_steps(place: Project) -> None:
    run = make_run(place, "budget_s=60", "train.steps=1000", "train.mark_every=20")
    assert at(run, State(step=80, elapsed_s=10, before_s=2)) == 1000, "too early to know"
    late = State(step=100, elapsed_s=20, before_s=4)  # 36 s are left, of which the next evaluation takes 2
    assert at(run, late) == 100 + int(34 / (0.1 + 2 / 20)) == run.config().train.steps == 270
    assert late.replanned == 1
    assert at(run, late) == 270, "once for each share"


def test_a_run_that_would_be_late_is_planned_again_at_once(place: Project) -> None:
    """A computer that got other work took a run of three minutes for five: its next look was 30 % of the steps away."""
    run = make_run(place, "budget_s=60", "train.steps=500", "train.mark_every=20")
    assert at(run, State(step=60, elapsed_s=30, replanned=1)) == 60 + int(28 / 0.2) == 200
    assert at(run, State(step=80, elapsed_s=29.5, replanned=1)) == 200, "it is not as late as that"
    assert at(run, State(step=80, elapsed_s=10, replanned=1)) == 200, "where there is more time, that is seen later"
    assert at(run, State(step=80, elapsed_s=59, replanned=1)) == 80 + int(FEWEST * 200)
    run = make_run(place, "budget_s=60", "train.steps=500", "train.mark_every=20")
    assert at(run, State(step=20, elapsed_s=30)) == 500, "the first steps say little"


def test_a_plan_that_was_far_too_short_is_looked_at_again(place: Project) -> None:
    """A busy machine took a step for one of eight minutes: the run was planned to have a single one."""
    run = make_run(place, "budget_s=60", "train.steps=1", "train.mark_every=1")
    state = State(step=1, elapsed_s=4.0)
    assert at(run, state) == 1 + int(54 / (4 + 2))
    state.step, state.elapsed_s = 8, 10.0
    assert at(run, state) == 8 + int(48 / (0.1 + 2 / 2)), "and is evaluated every other step"


def test_a_plan_of_many_more_steps_is_not_evaluated_at_each_of_them(place: Project) -> None:
    run = make_run(place, "budget_s=60", "train.steps=1", "train.mark_every=1")
    assert at(run, State(step=1, elapsed_s=4.0)) == 10 and run.config().train.mark_every == 2
    run = make_run(place, "budget_s=60", "train.steps=50", "train.mark_every=5")
    assert at(run, State(step=10, elapsed_s=1.0)) > 100
    assert run.config().train.mark_every == round(run.config().train.steps / 10), "as often as it was planned"
    run = make_run(place, "budget_s=60", "train.steps=150", "train.mark_every=10")
    assert 150 < at(run, State(step=20, elapsed_s=10)) < 300 and run.config().train.mark_every == 10


def test_small_changes_and_what_would_be_too_much_are_none(place: Project) -> None:
    run = make_run(place, "budget_s=60", "train.steps=260", "train.mark_every=20")
    assert at(run, State(step=40, elapsed_s=14), most=260) == 260, "more would only be learnt by heart"
    assert at(run, State(step=40, elapsed_s=13.8)) == 260 != 40 + int((60 - 13.8 - 2) / 0.2)
    assert at(run, State(step=40, elapsed_s=59)) == 40 + int(FEWEST * 260), "the learning rate has to fall"


def test_a_run_at_its_end_stays_there_unless_much_time_is_left(place: Project) -> None:
    run = make_run(place, "budget_s=60", "train.steps=200", "train.mark_every=500")
    assert at(run, State(step=200, elapsed_s=70)) == at(run, State(step=200, elapsed_s=30)) == 200
    assert at(run, State(step=200, elapsed_s=0.1)) > 400


def test_two_computers_do_not_plan_the_same_run_apart(place: Project) -> None:
    run = by_time(place)
    assert settled(run, None).budget_s == run.config().budget_s == 0 and run.config().train.steps == 20


def test_runs_by_steps_and_in_stages_stay_as_they_are(place: Project) -> None:
    state = State(step=500, elapsed_s=50)
    assert at(make_run(place, "train.steps=1000"), state) == 1000
    assert at(make_run(place, "budget_s=60", "train.steps=1000", 'train.stages=["a", "b"]'), state) == 1000


@pytest.mark.parametrize(
    ("by_pace", "planned", "step", "elapsed_s", "generation", "are"),
    [
        ("true", 3, 30, 30, 0, 2),  # it has 270 steps, and reads the texts 28 times
        ("true", 3, 30, 5, 0, 4),  # it has 395, and reads them 41 times
        ("true", 3, 30, 5, 1, 3),
        ("true", 5, 150, 30, 1, 3),  # the computer became slower: of the four to come, each would read too little
        ("true", 5, 150, 70, 1, 2),
        ("true", 5, 150, 70, 3, 4),
        ("false", 5, 150, 70, 1, 5),
        ("true", 3, 30, 70, 0, 2),
        ("false", 3, 30, 30, 0, 3),
        ("true", 1, 30, 5, 0, 4),  # planned in a slow minute
        ("true", 1, 75, 5, 0, 2),  # of four, the first one would be at its end already
        ("true", 1, 150, 5, 0, 1),
        ("true", 1, 30, 70, 0, 1),
        ("false", 1, 30, 5, 0, 1),
    ],
)
def test_as_many_models_learn_as_suit_the_pace(
    place: Project, by_pace: str, planned: int, step: int, elapsed_s: float, generation: int, are: int
) -> None:
    settings = ("budget_s=80", "train.steps=300", "train.mark_every=20", "train.batch=32")
    run = make_run(place, *settings, f"train.generations={planned}", f"generations_by_pace={by_pace}")
    at(run, State(step=step, elapsed_s=elapsed_s, generation=generation))
    assert run.config().train.generations == are


@pytest.mark.parametrize(("began", "are"), [(110, 4), (130, 3), (140, 4)])
def test_no_model_is_broken_off_for_one_to_come(place: Project, began: int, are: int) -> None:
    """Of 240 steps instead of 300 the last model has enough to read with or without; the third is near its end, in its
    midst, or at its beginning."""
    settings = ("budget_s=80", "train.steps=300", "train.mark_every=20", "train.batch=32", "train.generations=4")
    run = make_run(place, *settings, "generations_by_pace=true")
    assert at(run, State(step=150, elapsed_s=60, generation=2, generation_began=began)) == 240
    assert run.config().train.generations == are


def test_a_run_that_goes_on_from_another_model_stays_one(place: Project) -> None:
    """Of a new run, made from one by time with another beginning: it could never resume."""
    settings = ("budget_s=80", "train.steps=300", "train.mark_every=20", "train.batch=32", "generations_by_pace=true")
    run, prepared = make_run(place, *settings, "model.dropout=0.1"), current(place)
    assert prepared

    def now(config: RunConfig) -> tuple[int, float]:
        state = State(step=30, elapsed_s=5, evaluation_s=2.0)
        config = replanned(run, config, state, 8 * [0.1], INFINITE, prepared)
        return config.train.generations, config.model.dropout

    assert now(replace(before := run.config(), start=StartConfig(model="starter"))) == (1, 0.1)
    assert now(replace(before, train=replace(before.train, save_memory=True))) == (1, 0.1)
    assert now(before) == (4, 0.0), "dropout is for one that learns alone"


@pytest.mark.parametrize(("settings", "models"), [((), 1), (TAUGHT, 2), (ALONE, 2)])
def test_a_run_that_is_planned_again_resumes_exactly(
    place: Project, monkeypatch: pytest.MonkeyPatch, settings: tuple[str, ...], models: int
) -> None:
    left = {2: 10, 6: 10, 14: 10}
    monkeypatch.setattr(
        budget, "_steps_left", lambda config, state, _: left.get(state.step, config.train.steps - state.step)
    )
    alone, stopped = by_time(place, *settings), by_time(place, *settings)
    happened = train_all(alone)
    plans = [(e.step, e.steps) for e in happened if isinstance(e, events.Replanned)]
    assert plans == [(2, 12), (6, 16), (14, 24)] and finished(happened).step == 24
    assert alone.config().train.generations == models and alone.config().model.dropout == 0
    assert settings != ALONE or alone.config().train.ngram_teacher == presets.TAUGHT
    rates = [event.learning_rate for event in happened if isinstance(event, events.StepDone)]
    assert max(rates) > 14 * rates[-1], "the learning rate falls to the end that there is now"
    for step in (1, 2, 7, 14, 23):
        train_until(stopped, step)
    assert started(train_all(stopped)).steps == 24
    assert became(stopped) == became(alone) and stopped.config() == alone.config()
    assert plans == [(e.step, e.steps) for e in event_log.read(stopped.events_file) if isinstance(e, events.Replanned)]


def test_a_run_with_fewer_models_than_planned_resumes_exactly(place: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """The computer became slower while the fourth of five learnt: a fifth would have three steps."""
    monkeypatch.setattr(
        budget, "_steps_left", lambda config, state, _: 3 if state.step == 10 else config.train.steps - state.step
    )
    settings = ("train.generations=5", "generations_by_pace=true", "train.batch=512")
    alone, stopped = by_time(place, *settings), by_time(place, *settings)
    happened = train_all(alone)
    assert [event.number for event in happened if isinstance(event, events.GenerationBegan)] == [2, 3, 4]
    assert alone.config().train.generations == 4 and finished(happened).step == 13
    for step in (2, 4, 9, 10, 12):
        train_until(stopped, step)
    train_all(stopped)
    assert became(stopped) == became(alone) and stopped.config() == alone.config()


def test_a_run_that_needs_less_than_its_time_says_why(place: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of three minutes that were asked for it took two, where the computer was faster than planned."""
    monkeypatch.setattr(budget, "_steps_left", lambda *_: 1000)
    monkeypatch.setattr(session, "most_steps", lambda *_: 24)
    run = by_time(place)
    words = [event.message for event in train_all(run) if isinstance(event, events.Warned)]
    assert [told for told in words if told.startswith("It goes through the texts no more than ")]
    assert run.config().train.steps == 24 and notes.plan(run) == words[-1] and len(words) == 1
    assert " by then" not in words[-1], "of a run that has ended it would speak as of one to come"


def test_the_plan_of_the_checkpoint_counts(place: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """As when the power fails between run.toml and the checkpoint."""
    monkeypatch.setattr(budget, "_steps_left", lambda *_: 4)
    run = by_time(place)
    train_until(run, 5)
    written = run.config_file.read_text(encoding="utf-8")
    ahead = schema.to_toml(schema.with_settings(run.config(), ["train.steps=50"]))
    run.config_file.write_text(ahead, encoding="utf-8")
    assert started(train_until(run, 6)).steps == 8 == run.config().train.steps
    assert run.config_file.read_text(encoding="utf-8") == written


def test_the_time_is_no_setting_of_the_result() -> None:
    assert RunConfig().budget_s == 0
