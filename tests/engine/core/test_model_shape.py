"""A config.json as the shape of a new model: what it says is taken, what cannot be is told."""

import json
from pathlib import Path

import pytest

from textgen_gui.engine.core.config import Architecture, ModelConfig, RunConfig
from textgen_gui.engine.core.errors import ConfigError
from textgen_gui.engine.core.model_shape import shape_of
from textgen_gui.engine.core.run_request import RunRequest, from_assignments, from_values

gpt_neo = {"model_type": "gpt_neo", "num_layers": 6, "hidden_size": 96, "num_heads": 6, "max_position_embeddings": 200}
gpt2 = {"model_type": "gpt2", "n_layer": 3, "n_embd": 64, "n_head": 4, "n_positions": 96, "resid_pdrop": 0.1}
llama = {
    **{"model_type": "llama", "num_hidden_layers": 5, "hidden_size": 128, "num_attention_heads": 8},
    **{"max_position_embeddings": 300, "intermediate_size": 352, "num_key_value_heads": 8},
}
lfm2 = {
    **{"model_type": "lfm2", "num_hidden_layers": 3, "hidden_size": 96, "num_attention_heads": 3, "conv_L_cache": 3},
    **{"max_position_embeddings": 200, "layer_types": ["conv", "conv", "full_attention"], "conv_bias": False},
    "block_auto_adjust_ff_dim": False,
}


def written(folder: Path, said: object) -> Path:
    (folder / "config.json").write_text(json.dumps(said))
    return folder / "config.json"


@pytest.mark.parametrize(
    ("said", "wanted"),
    [
        (gpt_neo, ModelConfig(architecture=Architecture.GPT_NEO, layers=6, width=96, heads=6, context=200)),
        (gpt2, ModelConfig(architecture=Architecture.GPT2, layers=3, width=64, heads=4, context=96, dropout=0.1)),
        (lfm2, ModelConfig(architecture=Architecture.LFM2, layers=3, width=96, heads=3, context=200)),
        (llama, ModelConfig(architecture=Architecture.LLAMA, layers=5, width=128, heads=8, context=300)),
    ],
)
def test_a_new_model_gets_the_shape(tmp_path: Path, said: dict[str, object], wanted: ModelConfig) -> None:
    file = written(tmp_path, said)
    request = from_assignments("", None, [], shape=str(file))
    assert (request.config.model, request.wanted().model, request.notes) == (wanted, wanted, ())
    assert from_values("", None, {}, shape=str(tmp_path)).config.model == wanted
    assert not from_values("", 3.0, {}, shape=str(file)).is_automatic


@pytest.mark.parametrize(
    "more", [{"layer_types": ["conv", "full_attention", "conv"]}, {"conv_L_cache": 4}, {"conv_bias": True}]
)
def test_an_lfm2_of_other_layers_than_ours_is_taken_whole(tmp_path: Path, more: dict[str, object]) -> None:
    config = from_assignments("", None, [], shape=str(written(tmp_path, {**lfm2, **more}))).config.model
    assert json.loads(config.shape) == {**lfm2, **more}


def test_settings_overrule_it(tmp_path: Path) -> None:
    file = str(written(tmp_path, gpt2))
    assert from_assignments("", None, ["model.layers=1"], shape=file).config.model.layers == 1
    assert from_values("", None, {"layers": 1}, shape=file).config.model.layers == 1


def test_what_the_new_model_has_otherwise_is_told(tmp_path: Path) -> None:
    file = written(tmp_path, {**llama, "intermediate_size": 400, "num_key_value_heads": 2})
    assert [note for note in shape_of(file).notes if "400" in note or "2 groups" in note] == list(shape_of(file).notes)
    assert len(shape_of(file).notes) == 2


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({**gpt2, "n_layer": "3"}, "n_layer"),
        ({**gpt2, "n_embd": None}, "n_embd"),
        ([1], "cannot be read"),
    ],
)
def test_what_cannot_begin_is_told(tmp_path: Path, said: object, words: str) -> None:
    file = written(tmp_path, said)
    with pytest.raises(ConfigError, match=words):
        shape_of(file)


def test_of_other_kinds_all_of_it_is_the_setting_but_for_what_says_something_of_weights(tmp_path: Path) -> None:
    said = {"model_type": "qwen3", "num_hidden_layers": 2, "rope_theta": 1e6}
    file = written(tmp_path, {**said, "torch_dtype": "bfloat16", "architectures": ["Qwen3ForCausalLM"]})
    request = from_assignments("", None, [], shape=str(file))
    assert json.loads(request.config.model.shape) == said and "model.shape" in request.chosen
    assert not from_values("", 3.0, {}, shape=str(file)).is_automatic
    later = RunRequest(shape=str(file), minutes=3.0).in_its_shape()
    assert later.config.model == request.config.model and later.chosen == request.chosen and later.shape == ""


def test_what_was_chosen_besides_overrules_it_however_it_was_said(tmp_path: Path) -> None:
    file = str(written(tmp_path, llama))
    chosen = RunRequest(
        config=RunConfig(model=ModelConfig(context=64)), chosen=frozenset({"model.context"}), shape=file
    )
    by_command = from_assignments("", None, ["model.context=64"], shape=file)
    assert chosen.in_its_shape().wanted().model == by_command.wanted().model
    assert by_command.wanted().model.context == 64


def test_other_files_and_none(tmp_path: Path) -> None:
    for other in (tmp_path / "novel.txt", tmp_path):
        with pytest.raises(ConfigError, match=r"no config\.json|cannot be read"):
            shape_of(other)


def test_a_link_as_the_cache_of_the_hub_has_them(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    (tmp_path / "there" / "config.json").symlink_to(written(tmp_path, gpt2).rename(tmp_path / "1a2b"))
    assert from_values("", None, {}, shape=str(tmp_path / "there" / "config.json")).config.model.layers == 3


def test_a_shape_and_a_model_are_too_much(tmp_path: Path) -> None:
    file = str(written(tmp_path, gpt2))
    with pytest.raises(ConfigError, match="Leave out one"):
        from_assignments("", None, [], start="starter", shape=file)
    assert from_assignments("", None, [], start="scratch", shape=file).config.model.layers == 3
