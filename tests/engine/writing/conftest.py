"""Runs that have learnt something simple well enough to be recognised in what they write."""

import random
from collections.abc import Sequence
from pathlib import Path

import pytest

from textgen_gui.engine.core import project, schema
from textgen_gui.engine.core.config import TextConfig
from textgen_gui.engine.core.project import Run
from textgen_gui.engine.text.prepare import prepare

from ...conftest import never, train_all
from ..runs import make_run


def learnt_run(
    folder: Path,
    text: str,
    name: str = "text.txt",
    options: TextConfig | None = None,
    steps: int = 150,
    settings: Sequence[str] = (),
) -> Run:
    """A run that has learnt a simple text well."""
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(text, encoding="utf-8")
    place = project.create(folder / "project")
    list(place.add_texts([folder / name], never))
    if options:
        place.set_options([place.sources()[0].file], options)
    place.set_prepare_config(schema.with_settings(place.prepare_config(), ["clean.duplicates=false", *settings]))
    list(prepare(place, never))
    shape = ["model.layers=2", "model.width=64", "model.context=32", "train.batch=16"]
    run = make_run(place, *shape, f"train.steps={steps}", f"train.mark_every={steps}", "train.learning_rate=0.005")
    train_all(run)
    return run


@pytest.fixture(scope="session")
def animals_run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    chance = random.Random(1)
    animals = ["horse", "house", "hound"]
    lines = [f"The old {chance.choice(animals)} slept in the garden, and the rain fell.\n" for _ in range(400)]
    return learnt_run(tmp_path_factory.mktemp("desk"), "".join(lines))
