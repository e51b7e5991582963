"""Every family begins from scratch in the shape that its config.json says; what cannot be is refused first."""

import json
from pathlib import Path

import pytest
import torch
from transformers import AutoModelForCausalLM

from textgen_gui.engine.core import schema
from textgen_gui.engine.core.config import ModelConfig
from textgen_gui.engine.core.errors import ConfigError, EngineError, MemoryShortError
from textgen_gui.engine.core.model_shape import shape_of
from textgen_gui.engine.core.project import Project, Run
from textgen_gui.engine.core.run_request import from_assignments
from textgen_gui.engine.models import checkpoint as checkpoints
from textgen_gui.engine.models import claims, shapes
from textgen_gui.engine.models import model as models
from textgen_gui.engine.models.families import families
from textgen_gui.engine.training import beginning

from ...benchmarks.families import tiny_config
from ...conftest import train_all
from ..runs import became, make_run, prepared_project, train_until

VOCABULARY = 90


def config_file(folder: Path, family: str, **changes: object) -> Path:
    said = {**json.loads(tiny_config(family, 5000).to_json_string()), **changes}
    (folder / "config.json").write_text(json.dumps(said))
    return folder / "config.json"


def shaped(file: Path, context: int = 64) -> ModelConfig:
    config: ModelConfig = schema.named(ModelConfig(context=context), shape_of(file).settings).config
    return config


@pytest.mark.parametrize("family", sorted(families))
def test_each_family_begins_from_scratch(tmp_path: Path, family: str) -> None:
    file = config_file(tmp_path, family)
    config = shaped(file)
    model, again, other = (models.build(config, VOCABULARY, 0, seed).eval() for seed in (1, 1, 2))
    assert model.config.model_type == json.loads(file.read_text())["model_type"]
    assert model.get_input_embeddings().num_embeddings == VOCABULARY
    pairs = list(zip(model.parameters(), again.parameters(), other.parameters(), strict=True))
    assert all(torch.equal(one, two) for one, two, _ in pairs) and not all(torch.equal(a, c) for a, _, c in pairs)
    assert {parameter.dtype for parameter in model.parameters()} == {torch.float32}
    with torch.no_grad():
        logits = model(input_ids=torch.tensor([[3, VOCABULARY - 1, 5]]), use_cache=False).logits
    assert logits.shape == (1, 3, VOCABULARY) and torch.isfinite(logits).all()
    models.add_dropout(model, 0.5)
    assert model.config.model_type == "gpt2" or any(part._forward_hooks for part in model.modules())


def test_the_convolutions_of_a_new_model_let_each_token_through() -> None:
    """With a little of those before it."""
    model = models.build(ModelConfig(), VOCABULARY, 0, 1)
    taps = torch.cat([layer.conv.conv.weight[:, 0] for layer in model.model.layers if not layer.is_attention_layer])
    assert torch.allclose(taps.mean(0), torch.tensor([0.0, 0.0, 1.0]), atol=0.03)
    assert torch.allclose(taps.std(0), torch.tensor(0.1), atol=0.02)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return prepared_project(tmp_path_factory.mktemp("shapes"))


def run_in_shape(place: Project, file: Path) -> Run:
    wanted = (f"model.{name}={schema.toml_value(value)}" for name, value in shape_of(file).settings.items())
    return make_run(place, *wanted, "train.steps=3", "train.mark_every=2")


@pytest.mark.parametrize("family", ["qwen3", "mamba", "opt"])
def test_a_run_learns_in_it_resumes_exactly_and_is_opened_anywhere(place: Project, tmp_path: Path, family: str) -> None:
    file = config_file(tmp_path, family)
    alone, stopped = (run_in_shape(place, file) for _ in range(2))
    train_all(alone)
    train_until(stopped, 2)
    train_all(stopped)
    assert became(stopped) == became(alone)
    folder = checkpoints.best(alone).folder
    model, tokenizer = models.load(folder)
    assert model.config.model_type == family and tokenizer.get_vocab_size() == model.config.vocab_size
    AutoModelForCausalLM.from_pretrained(folder)


def test_planning_takes_what_it_says(place: Project, tmp_path: Path) -> None:
    request = from_assignments("", None, [], shape=str(config_file(tmp_path, "qwen3", max_position_embeddings=4096)))
    model = beginning.begun(place, request).config.model
    assert (model.layers, model.width, model.heads, model.context) == (2, 32, 4, claims.LONGEST_CONTEXT)
    assert shapes.configuration(model.shape, model.context, VOCABULARY).max_position_embeddings == model.context
    chosen = from_assignments("", None, ["model.context=32"], shape=str(tmp_path))
    assert beginning.begun(place, chosen).config.model.context == 32
    with pytest.raises(ConfigError, match=r"decides model\.layers"):
        beginning.begun(place, from_assignments("", None, ["model.layers=3"], shape=str(tmp_path)))


@pytest.mark.parametrize(
    ("changes", "kind", "words"),
    [
        ({"model_type": "bert"}, ConfigError, "“bert” is no language model"),
        ({"model_type": None}, ConfigError, "no language model"),
        ({"model_type": "\x1b[2Jevil" * 100}, ConfigError, r"“'\\x1b\[2Jevil"),
        ({"model_type": ["qwen3"]}, ConfigError, "no language model"),
        ({"num_labels": 20_000}, ConfigError, "num_labels cannot be 20000"),
        ({"num_hidden_layers": 10**9}, ConfigError, "num_hidden_layers cannot be 1000000000"),
        ({"hidden_size": 10**7}, MemoryShortError, "GB are free"),
        ({"intermediate_size": 10**12}, MemoryShortError, "GB are free"),
        ({"hidden_size": 10**30}, ConfigError, "cannot be the shape"),
        ({"hidden_size": -4}, ConfigError, "cannot be the shape"),
        ({"hidden_size": "wide"}, ConfigError, "cannot be the shape"),
        ({"num_hidden_layers": 0}, ConfigError, "cannot be the shape"),
        ({"num_attention_heads": 129}, ConfigError, "model.heads is 129"),
        ({"hidden_act": "none of these"}, ConfigError, "cannot be the shape"),
        ({"auto_map": {"AutoModel": "evil.py"}}, ConfigError, "its own program code"),
        ({"attn_implementation": "kernels-community/evil"}, ConfigError, "its own program code"),
    ],
)
def test_what_cannot_be_is_refused_before_it_is_built(
    place: Project, tmp_path: Path, changes: dict[str, object], kind: type[EngineError], words: str
) -> None:
    file = config_file(tmp_path, "qwen3", **changes)
    with pytest.raises(kind, match=words):
        beginning.begun(place, from_assignments("", None, [], shape=str(file)))


def test_what_stands_in_a_strangers_run_is_looked_at_once_more(place: Project) -> None:
    for shape, kind in (
        ({"model_type": "qwen3", "hidden_size": 10**7}, MemoryShortError),
        ({"model_type": "gpt_neo", "attention_types": [[["global"], 10**11]]}, ConfigError),
    ):
        with pytest.raises(kind, match=r"GB are free|attention_types cannot be"):
            train_all(make_run(place, f"model.shape={schema.toml_value(json.dumps(shape))}"))


def test_numbers_without_end_are_no_shape(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="too long"):
        shape_of(config_file(tmp_path, "qwen3", id2label={str(n): "label" for n in range(2000)}))
