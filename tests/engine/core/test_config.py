"""Every setting stated once: TOML both ways, --set, limits, and sentences that name the nearest setting."""

from dataclasses import fields, replace

import pytest

from textgen_gui.engine.core import schema
from textgen_gui.engine.core.config import (
    Architecture,
    CleanConfig,
    ModelConfig,
    Precision,
    PrepareConfig,
    RunConfig,
    StartConfig,
    TextConfig,
    TrainConfig,
)
from textgen_gui.engine.core.errors import ConfigError
from textgen_gui.engine.core.generation_config import GenerateConfig
from textgen_gui.engine.core.presets import PresetName, presets


@pytest.mark.parametrize("name", presets)
def test_presets_survive_toml(name: PresetName) -> None:
    config = RunConfig(model=presets[name].model, train=presets[name].train, prepared="bpe-1000", data="abc")
    assert schema.load(RunConfig, schema.to_toml(config), "run.toml") == config


def test_awkward_texts_survive_toml() -> None:
    prompts = ('He said "no"', "tab\there", "line\nbreak", "emoji 👩‍👩‍👧", "del \x7f nul \x01", "back\\slash", "")
    config = RunConfig(train=TrainConfig(prompts=prompts))
    assert schema.load(RunConfig, schema.to_toml(config), "run.toml").train.prompts == prompts


def test_each_setting_explains_itself() -> None:
    for kind in (TextConfig, CleanConfig, PrepareConfig, ModelConfig, TrainConfig, GenerateConfig):
        for field in fields(kind):
            if field.name == "clean":
                continue  # a section of its own
            assert field.metadata["help"].endswith(".") and field.metadata["label"], field.name
            assert f"# {field.metadata['help']}" in schema.to_toml(kind())


def test_set_changes_one_setting_by_its_type() -> None:
    config = schema.with_settings(
        RunConfig(), ["train.learning_rate=3e-4", "model.layers = 6", "model.architecture=gpt2", 'train.prompts=["a"]']
    )
    assert config.train == replace(TrainConfig(), learning_rate=3e-4, prompts=("a",))
    assert config.model == replace(ModelConfig(), layers=6, architecture=Architecture.GPT2)


@pytest.mark.parametrize(
    ("assignment", "words"),
    [
        ("train.learning_rat=1", "train.learning_rate"),
        ("trian.steps=1", "train"),
        ("model.layers=many", "a whole number"),
        ("model.layers", "name=value"),
        ("model=3", "section.name=value"),
        ("train.steps=true", "a whole number"),
    ],
)
def test_set_says_what_is_wrong(assignment: str, words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        schema.with_settings(RunConfig(), [assignment])


def test_all_problems_are_told_at_once() -> None:
    config = RunConfig(model=ModelConfig(layers=0, heads=3), train=TrainConfig(learning_rate=9.0))
    with pytest.raises(ConfigError) as caught:
        schema.check(config)
    for words in ("model.layers is 0", "cannot be divided among 3 heads", "train.learning_rate is 9.0"):
        assert words in str(caught.value)


def test_unknown_keys_and_wrong_types_in_a_file_are_all_named() -> None:
    text = '[model]\nlayer = 3\nwidth = "wide"\n[train]\nsteps = -4\n'
    with pytest.raises(ConfigError) as caught:
        schema.load(RunConfig, text, "001 test/run.toml")
    for words in ("001 test/run.toml", "model.layers", "model.width must be a whole number"):
        assert words in str(caught.value)


def test_nonsense_is_no_toml() -> None:
    with pytest.raises(ConfigError, match=r"run\.toml cannot be read: .*line 1"):
        schema.load(RunConfig, "what is this", "run.toml")


def test_only_the_settings_that_were_named_change() -> None:
    mine = RunConfig(train=TrainConfig(batch=9), model=ModelConfig(layers=7))
    asked = schema.assigned(RunConfig(), ["train.steps = 500", "model.layers=2"])
    assert asked.names == {"train.steps", "model.layers"}
    assert asked.on(mine) == replace(mine, train=TrainConfig(batch=9, steps=500), model=ModelConfig(layers=2))


def test_python_names_a_setting_without_its_section() -> None:
    asked = schema.named(RunConfig(), {"steps": 500, "model": "gpt2", "precision": "bf16", "prompts": ["a", "b"]})
    assert asked.names == {"train.steps", "start.model", "train.precision", "train.prompts"}
    assert asked.config.train == TrainConfig(steps=500, precision=Precision.BF16, prompts=("a", "b"))
    cleaned = schema.named(PrepareConfig(), {"unwrap": True, "vocabulary": 900})
    assert cleaned.config == PrepareConfig(vocabulary=900, clean=CleanConfig(unwrap=True))
    for values, words in (({"step": 3}, "Did you mean 'steps'"), ({"steps": "many"}, "must be a whole number")):
        with pytest.raises(ConfigError, match=words):
            schema.named(RunConfig(), values)
    with pytest.raises(ConfigError, match="no setting 'data'"):  # which no person sets
        schema.named(RunConfig(), {"data": "x"})


@pytest.mark.parametrize("architecture", Architecture)
def test_parameters_are_counted_as_transformers_counts_them(architecture: Architecture) -> None:
    from textgen_gui.engine.models import model as models

    config = ModelConfig(architecture=architecture, layers=3, width=48, heads=4, context=32)
    model = models.build(config, vocabulary=300, end_of_text=0, seed=1)
    assert config.parameters(300) == sum(p.numel() for p in model.parameters())


@pytest.mark.parametrize(("layers", "looks_back"), [(1, "a"), (2, "ca"), (3, "cca"), (4, "caca"), (5, "ccaca")])
def test_convolutions_come_first_and_attention_comes_last(layers: int, looks_back: str) -> None:
    config = ModelConfig(layers=layers)
    assert config.architecture == Architecture.LFM2
    assert config.looks_back == [letter == "a" for letter in looks_back]
    assert all(ModelConfig(architecture=Architecture.LLAMA, layers=layers).looks_back)


def test_memory_is_estimated_by_what_learns() -> None:
    shape = ModelConfig(architecture=Architecture.GPT2, layers=12, width=768, heads=12, context=1024)
    scratch, full, lora = (
        RunConfig(model=shape, start=start)
        for start in (StartConfig(), StartConfig(model="gpt2"), StartConfig(model="gpt2", lora=8))
    )
    weights = shape.parameters(50_257)
    assert full.memory_bytes(50_257, 0) - lora.memory_bytes(50_257, 0) == 16 * weights
    # GPT-2 from elsewhere keeps all scores and what is dropped among them; from scratch it keeps them for 256 tokens.
    assert full.passage_bytes(50_257) - scratch.passage_bytes(50_257) == 4 * 1024 * 12 * 12 * (2 * 1024 - 256)
