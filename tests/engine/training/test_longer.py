"""A finished run is given more minutes: a new run that goes on from it and learns in the same way."""

from dataclasses import replace
from pathlib import Path

import pytest

from textgen_gui import Project, Run
from textgen_gui.engine.core.config import ModelConfig, RunConfig, StartConfig, TrainConfig
from textgen_gui.engine.core.errors import CheckpointError, ProjectError
from textgen_gui.engine.core.names import safe_name
from textgen_gui.engine.core.run_request import longer, named_by_time
from textgen_gui.engine.training import plan

from ...conftest import train_all
from ..runs import make_run, prepared_project


@pytest.fixture
def place(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Project:
    monkeypatch.setattr(plan, "speeds", lambda config, vocabulary, tried, **_: dict.fromkeys(tried, 20.0))
    return Project(prepared_project(tmp_path_factory.mktemp("longer")).folder)


def test_it_goes_on_from_the_run_and_learns_in_the_same_way(place: Project) -> None:
    first = make_run(place, "train.beta2=0.95", "train.seed=7", "model.dropout=0.15", name="small")
    train_all(first)
    again = Run(first.folder).longer(0.1)
    before, config = first.config(), again.config()
    assert again.name == "002 small longer" and config.start.model == "runs/001 small"
    assert config.model.width == before.model.width and config.model.context == before.model.context
    assert config.train.learning_rate == pytest.approx(before.train.learning_rate / 2)
    assert (config.train.batch, config.train.beta2, config.train.seed) == (before.train.batch, 0.95, 8)
    assert config.model.dropout == 0.15
    assert config.train.steps != before.train.steps, "the time decides"
    train_all(again)
    assert again.checkpoints() and first.checkpoints(), "the old one stays"
    assert Run(again.folder).longer(0.1).name == "003 small longer"


def test_it_is_named_by_the_texts_that_it_learns_from(place: Project, tmp_path: Path) -> None:
    """One that is there twice, and an empty one, were counted."""
    first = make_run(place, name="3 minutes")
    train_all(first)
    (text,) = place.sources()
    for name, words in (("again.txt", place.text_file(text).read_text(encoding="utf-8")), ("empty.txt", " \n")):
        (tmp_path / name).write_text(words, encoding="utf-8")
        place.add(tmp_path / name)
    place.prepare()
    assert len(place.sources()) == 3
    title = Path(text.file).stem
    assert Run(first.folder).longer(0.1).name.endswith(f"{title}, 0.1 minutes longer")


def test_it_needs_a_model_and_the_same_texts(place: Project, tmp_path: pytest.TempPathFactory) -> None:
    first = Run(make_run(place).folder)
    with pytest.raises((CheckpointError, ProjectError)):
        first.longer(1)
    assert len(place.runs()) == 1


def test_all_that_a_person_chose_is_chosen_again() -> None:
    before = RunConfig(
        start=StartConfig(model="starter", frozen_embeddings=True, anchor=0.25, frozen=1),
        model=ModelConfig(dropout=0.15),
        train=TrainConfig(warmup=0.1),
    )
    request = longer("runs/004 my try longer", before, 5)
    assert request.name == "my try longer" and request.minutes == 5
    assert longer("runs/004 3 minutes", before, 1).name == "1 minute longer", "which was “3 minutes longer”"
    assert request.wanted().train.warmup == 0.1 and "train.steps" not in request.chosen
    assert request.wanted().train.seed != before.train.seed, "the texts come in another order"
    assert request.wanted().start == replace(before.start, model="runs/004 my try longer")
    assert request.wanted().model.dropout == 0.15


@pytest.mark.parametrize(
    ("before", "texts", "after"),
    [
        ("3 minutes", ["dracula.txt"], "dracula, 5 minutes longer"),  # as runs were called before
        ("dracula, 3 minutes", ["dracula.txt"], "dracula, 5 minutes longer"),
        ("dracula, 3 minutes longer", ["dracula.txt", "emma.txt"], "2 texts, 5 minutes longer"),
        ("12 texts, 0.5 minutes", ["a.txt", "b.txt", "c.txt"], "3 texts, 5 minutes longer"),
        ("for Anna, 3 minutes", ["dracula.txt"], "for Anna, 5 minutes longer"),
        ("my try", ["dracula.txt"], "my try longer"),
    ],
)
def test_it_is_called_by_its_texts_and_its_time_unless_a_user_called_it(
    before: str, texts: list[str], after: str
) -> None:
    assert longer(f"runs/004 {before}", RunConfig(), 5, texts).name == after


@pytest.mark.parametrize(
    ("texts", "name"),
    [
        (["texts/Dracula.txt"], "Dracula, 3 minutes"),
        (["texts/a.txt", "texts/b.txt"], "2 texts, 3 minutes"),
        (["texts/Who: what? (draft).docx"], "Who what (draft), 3 minutes"),
        (["texts/pride_and_prejudice_by_jane_austen.txt"], "pride and prejudice by jane austen, 3 minutes"),
        (["texts/...txt"], "text, 3 minutes"),
        (
            ["texts/The Strange Case of Dr Jekyll and Mr Hyde.epub"],
            "The Strange Case of Dr Jekyll and Mr Hyde, 3 minutes",
        ),
        (["texts/" + 90 * "字" + ".txt"], 26 * "字" + ", 3 minutes"),
        ([], "3 minutes"),
    ],
)
def test_a_run_by_time_has_a_name_that_a_folder_can_have(texts: list[str], name: str) -> None:
    assert named_by_time(texts, 3) == name == safe_name(name)
