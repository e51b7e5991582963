"""A run of each sort, trained once for all that is made from them."""

import json
from dataclasses import replace

import pytest

from textgen_gui.engine.core.config import TokenizerSource
from textgen_gui.engine.core.project import Project, Run
from textgen_gui.engine.text.prepare import prepare

from ...conftest import never
from ..runs import make_run, prepared_project, train_until

SHAPE = ["model.width=64", "model.layers=2", "model.heads=2", "model.context=64"]
BRIEFLY = ["train.steps=60", "train.learning_rate=0.01"]  # until words come instead of torn letters
made_like = {
    "lfm2": SHAPE,
    "llama": [*SHAPE, "model.architecture=llama"],
    "gpt2": [*SHAPE, "model.architecture=gpt2"],
    "lora": ["start.lora=4"],
}


@pytest.fixture(scope="session")
def places(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Project]:
    """One whose tokens are learnt, and one with a token for each character."""
    made = {name: prepared_project(tmp_path_factory.mktemp(name)) for name in ("tokens", "characters")}
    config = made["characters"].prepare_config()
    made["characters"].set_prepare_config(replace(config, tokenizer=TokenizerSource.CHARACTERS))
    list(prepare(made["characters"], never))
    return made


@pytest.fixture(scope="session")
def runs(places: dict[str, Project]) -> dict[str, Run]:
    """One of each sort, with weights that have moved from where they began."""
    found: dict[str, Run] = {}
    for name, settings in made_like.items():
        start = [f"start.model={json.dumps(str(found['llama'].folder))}"] if name == "lora" else []
        found[name] = make_run(places["tokens"], *settings, *start, *BRIEFLY, name=name)
        train_until(found[name], 60)
    found["characters"] = make_run(places["characters"], *SHAPE, *BRIEFLY, name="characters")
    train_until(found["characters"], 60)
    return found
