"""Beginning is one choice: by name, with the texts in the model's own tokens; and by a rule where nobody chose."""

import itertools
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from textgen_gui.engine.core import beginnings, events, notes
from textgen_gui.engine.core.beginnings import Helps, begins_with_starter, recipe_for
from textgen_gui.engine.core.config import Balance, ModelConfig, RunConfig, StartConfig
from textgen_gui.engine.core.errors import ConfigError, ProjectError
from textgen_gui.engine.core.library import LibraryModel
from textgen_gui.engine.core.presets import gentler
from textgen_gui.engine.core.project import Project, Run
from textgen_gui.engine.core.run_request import RunRequest, from_assignments
from textgen_gui.engine.core.schema import problems
from textgen_gui.engine.text.dataset import Prepared
from textgen_gui.engine.text.prepare import prepare
from textgen_gui.engine.text.staleness import current
from textgen_gui.engine.training import beginning, evaluate, plan
from textgen_gui.engine.training.plan import new_run

from ...conftest import never, train_all
from ..runs import finished, make_run, prepared_project

SHORT = ["train.steps=4", "train.mark_every=4", "train.sample_tokens=4", "train.precision=fp32"]


@pytest.fixture
def place(tmp_path: Path) -> Project:
    return prepared_project(tmp_path)


@pytest.fixture(autouse=True)
def measured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plan, "speeds", lambda config, words, tried, **_: dict.fromkeys(tried, 1e5))


def happened(place: Project, request: RunRequest) -> list[events.Event]:
    return list(new_run(place, request))


def made(place: Project, planned: list[events.Event]) -> Run:
    created = planned[-1]
    assert isinstance(created, events.RunCreated)
    return Run(place.folder / created.run)


def by_time(place: Project, *settings: str, start: str = "") -> tuple[RunConfig, list[str]]:
    """A run of a minute, and what was said of its beginning."""
    planned = happened(place, from_assignments("", 1, ["train.precision=fp32", *settings], start=start))
    return made(place, planned).config(), [e.words for e in planned if isinstance(e, events.StartDescribed)]


# --- one choice


def test_texts_are_prepared_with_the_models_tokens_by_themselves(place: Project, starter: LibraryModel) -> None:
    own = current(place)
    planned = happened(place, from_assignments("small", None, SHORT, start="starter"))
    assert any(isinstance(e, events.Progressed) and "tokens" in e.stage for e in planned), "it is a stage to be seen"
    run = made(place, planned)
    config = run.config()
    assert own and config.start.model == "starter" and config.prepared != own.folder.name
    assert (config.model.width, config.model.context) == (32, 64)
    learnt = train_all(run)
    assert finished(learnt).outcome == "finished"
    assert current(place) == own, "the project is as up to date as before"
    scratch = made(place, happened(place, from_assignments("tiny", None, SHORT)))
    assert scratch.config().prepared == own.folder.name
    again = happened(place, from_assignments("small", None, SHORT, start="starter"))
    assert made(place, again).config().prepared == config.prepared
    assert not any(isinstance(event, events.Prepared) for event in again), "they are made once"


def test_what_it_was_before_is_told_as_step_0(place: Project, starter: LibraryModel) -> None:
    run = made(place, happened(place, from_assignments("small", None, SHORT, start="starter")))
    learnt = train_all(run)
    told = [event for event in learnt if isinstance(event, events.Evaluated | events.StepDone)]
    first = told[0]
    assert isinstance(first, events.Evaluated) and first.step == 0 and isinstance(told[1], events.StepDone)
    bars = [event for event in learnt if isinstance(event, events.Baseline)]
    assert [(bar.name, bar.loss) for bar in bars] == [("the model before", first.loss)]
    assert finished(learnt).best_step == 4, "no checkpoint of step 0 lies there to be the best"


def test_stopped_while_texts_are_cut_nothing_has_changed(place: Project, starter: LibraryModel) -> None:
    own, asked = current(place), itertools.count()
    request = from_assignments("small", None, SHORT, start="starter")
    planned = list(new_run(place, request, lambda: next(asked) > 1))
    assert not any(isinstance(event, events.RunCreated) for event in planned) and place.runs() == []
    assert (
        current(place) == own and [folder for folder in place.prepared_folders() if own and folder != own.folder] == []
    )


def test_a_name_that_is_not_here_says_how_to_fetch_it(place: Project) -> None:
    with pytest.raises(ProjectError, match="textgen-gui fetch writers/large"):
        new_run(place, from_assignments("small", None, SHORT, start="writers/large"))


def test_a_run_can_learn_in_given_tokens(place: Project, starter: LibraryModel) -> None:
    own = current(place)
    request = from_assignments("tiny", None, SHORT, start="scratch", tokenizer=str(starter.folder))
    run = made(place, happened(place, request))
    assert own and run.config().prepared != own.folder.name and current(place) == own
    assert finished(train_all(run)).outcome == "finished"
    with pytest.raises(ConfigError, match="only its own tokens"):
        run_in_other = from_assignments("small", None, SHORT, start="starter", tokenizer=str(own.folder))
        new_run(place, run_in_other)


def test_a_text_shorter_than_the_models_context_is_read_in_shorter_passages(
    tmp_path: Path, starter: LibraryModel
) -> None:
    from ..text.projects import done
    from ..text.projects import made as with_texts

    short = with_texts(tmp_path, {"short.txt": "The old man walked along the river and looked at the water. " * 2})
    done(short)
    run = made(short, happened(short, from_assignments("small", None, SHORT, start="starter")))
    assert 8 <= run.config().model.context < 64
    assert finished(train_all(run)).outcome == "finished"


# --- the rule


def test_by_time_the_starter_begins_where_it_helps(place: Project, starter: LibraryModel) -> None:
    config, words = by_time(place)
    assert config.start.model == "starter" and words == ["Begins with a model that already writes English."]
    assert place.runs()[-1].name == "001 story, 1 minute"
    assert notes.plan(place.runs()[-1]).startswith(words[0]), "it stays with the run, whoever made it"


def test_from_scratch_where_it_is_far_from_what_the_starter_writes(
    place: Project, starter: LibraryModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(beginnings, "starter_helps", (Helps(0.01),))
    config, words = by_time(place)
    assert config.start.model == "" and "far from the English" in words[0]
    own = current(place)
    assert own and config.prepared == own.folder.name
    monkeypatch.setattr(beginnings, "starter_helps", (Helps(0.01), Helps(9.0, most_minutes=0.5)))
    assert "enough text, and time" in by_time(place)[1][0], "that is near, but has time to be learnt alone"


def test_who_says_scratch_or_a_shape_gets_it(place: Project, starter: LibraryModel) -> None:
    assert by_time(place, start="scratch")[1] == by_time(place, "model.layers=1")[1] == []
    assert not any(run.config().start.model for run in place.runs())


def test_without_a_starter_all_is_as_before(place: Project) -> None:
    config, words = by_time(place)
    assert config.start.model == "" and words == []


@pytest.mark.parametrize(
    ("size", "bits", "minutes", "starter_begins"),
    [
        (30_000, 1.6, 20, True),
        (1_000_000, 1.9, 20, True),
        (5_000_000, 1.6, 20, True),
        (30_000, 4.0, 20, True),
        (30_000, 4.6, 3, False),
        (300_000, 3.9, 20, True),
        (300_000, 4.2, 3, False),
        (900_000, 3.9, 3, True),
        (900_000, 3.9, 20, False),
        (2_000_000, 2.3, 3, False),
    ],
)
def test_the_rule(size: int, bits: float, minutes: float, starter_begins: bool) -> None:
    assert begins_with_starter(size, bits, minutes) == starter_begins


# --- the recipe


def test_by_time_a_model_goes_on_by_the_recipe_and_reads_a_short_text_only_so_often(
    place: Project, starter: LibraryModel
) -> None:
    planned = happened(place, from_assignments("", 1, ["train.precision=fp32"], start="starter"))
    config, recipe = made(place, planned).config(), recipe_for(20_000)
    assert any(
        isinstance(e, events.Warned) and "goes through the texts no more than 3 times, however" in e.message
        for e in planned
    )
    assert config.train.learning_rate == recipe.unlike_rate  # for its 400 tokens are no whole words
    assert config.train.batch == recipe.batch
    learnt_by = next(known for known in place.prepared_folders() if known.name == config.prepared)
    tokens = Prepared.load(learnt_by).tokens
    passages = config.train.steps * config.train.batch * config.model.context
    assert passages / tokens == pytest.approx(recipe.epochs, rel=0.1)


def test_a_short_text_that_counts_like_a_long_one_is_not_learnt_by_heart(tmp_path: Path, starter: LibraryModel) -> None:
    """The long one was read twice, and ten letters beside it each some fifty times."""
    place = prepared_project(tmp_path)
    (tmp_path / "letter.txt").write_text(20 * "Dear Margaret, it rains again today. ", encoding="utf-8")
    list(place.add_texts([tmp_path / "letter.txt"], never))
    place.set_prepare_config(replace(place.prepare_config(), balance=Balance.EQUAL))
    list(prepare(place, never))
    planned = happened(place, from_assignments("", 1, ["train.precision=fp32"], start="starter"))
    config = made(place, planned).config()
    learnt = Prepared.load(next(known for known in place.prepared_folders() if known.name == config.prepared))
    passages = config.train.steps * config.train.batch * config.model.context
    times = [passages * part.share / (part.end - part.start) for part in learnt.parts()]
    assert max(times) == pytest.approx(recipe_for(20_000).epochs, rel=0.2) and min(times) < max(times) / 3
    assert any(isinstance(e, events.Warned) and "read most often no more than 3 times" in e.message for e in planned)


def test_texts_that_a_model_has_to_spell_are_read_more_often() -> None:
    near, far = (recipe_for(500_000).times(length) for length in (4, 2))
    assert near < far


def test_a_short_text_in_words_that_are_rare_in_novels_is_learnt_faster() -> None:
    def rate(size: int, bytes_a_token: float) -> float:
        return recipe_for(size).on(RunConfig(start=StartConfig(model="starter")), bytes_a_token).train.learning_rate

    diary, novel, code, unknown = (rate(20_000, length) for length in (3.5, 3.9, 1.8, 0))
    assert diary > novel == code == unknown and rate(90_000, 3.5) == rate(90_000, 3.9)


def test_a_wider_model_learns_more_slowly(place: Project) -> None:
    """At the rate of the starter a model of 270 million weights lost a third of what it knew in its first steps."""

    def rate(width: int, lora: int = 0) -> float:
        wanted = RunConfig(start=StartConfig(model="x", lora=lora), model=ModelConfig(width=width))
        return recipe_for(20_000).on(wanted).train.learning_rate

    assert rate(640) == pytest.approx(rate(256) * (256 / 640) ** 2) and rate(64) == rate(256)
    assert rate(8192) == rate(4096) == pytest.approx(1e-5), "and a very wide one does learn"
    assert rate(640, lora=8) == pytest.approx(rate(256, lora=8) * 256 / 640)
    assert gentler(StartConfig(model="x"), 512) == gentler(StartConfig(model="x"), 256) / 4
    assert gentler(StartConfig(), 512) == 1, "from scratch the preset says it"
    train_all(first := make_run(place, "model.width=64"))
    assert beginning.describe_start(place, f"runs/{first.folder.name}").width == 64


def test_who_looks_before_he_begins_is_told_the_same_length_of_tokens(place: Project, starter: LibraryModel) -> None:
    (chosen,) = beginning.describe_choice(place, 20, never)
    assert isinstance(chosen, events.StartDescribed)
    described = beginning.describe_start(place, "starter")
    own = current(place)
    assert own and described.bytes_a_token == pytest.approx(own.bytes / (own.tokens + own.heldout_tokens), rel=0.2)
    assert chosen.bytes_a_token in (0, described.bytes_a_token)


def test_who_leaves_waits_for_no_look(place: Project, starter: LibraryModel, monkeypatch: pytest.MonkeyPatch) -> None:
    """A project took minutes to close where other programs computed as well."""
    monkeypatch.setattr(beginning, "_bits", {})
    passes: list[float] = []
    nats = evaluate._nats
    monkeypatch.setattr(evaluate, "_nats", lambda *given: passes.append(1.0) or nats(*given))  # type: ignore[func-returns-value]
    threads = torch.get_num_threads()
    assert not list(beginning.describe_choice(place, 20, lambda: bool(passes))) and len(passes) == 1
    assert list(beginning.describe_choice(place, 20, never)) and len(passes) > 2
    assert torch.get_num_threads() == threads


def test_no_more_is_read_at_once_than_the_shortest_part_holds() -> None:
    """With a context of 8,192 the planning told to balance the texts by size, just after that was undone."""
    assert beginning.fitting_context(8192, [4156, 90_000]) == 4155
    assert beginning.fitting_context(8192, [500]) == 499 and beginning.fitting_context(8192, [9]) == 8
    assert beginning.fitting_context(8192, [20, 90_000]) == 256 and beginning.fitting_context(64, [20, 900]) == 64


def test_what_is_chosen_overrules_the_recipe(place: Project, starter: LibraryModel) -> None:
    asked = ("train.learning_rate=0.002", "train.batch=2", "start.frozen=1", "train.average=0.5")
    config, _ = by_time(place, *asked, start="starter")
    assert (config.train.learning_rate, config.train.batch, config.train.average) == (0.002, 2, 0.5)
    assert config.start == StartConfig(model="starter", frozen=1)


def test_lora_learns_faster_than_whole_layers(place: Project, starter: LibraryModel) -> None:
    config, _ = by_time(place, "start.lora=4", start="starter")
    assert config.train.learning_rate == pytest.approx(beginnings.LORA_RATE * recipe_for(20_000).unlike_rate)


def test_every_size_has_a_recipe_that_can_be_used() -> None:
    sizes = [recipe.most_bytes for recipe in beginnings.recipes]
    assert sizes == sorted(sizes) and sizes[-1] == float("inf")
    for recipe in beginnings.recipes:
        config = recipe.on(RunConfig(start=StartConfig(model="starter")))
        assert recipe.steps(4.0, 1000, config) >= 1 and not problems(config)
