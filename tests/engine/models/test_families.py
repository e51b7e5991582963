"""Every family that is opened writes as transformers does, learns and resumes exactly; any other is refused at once."""

import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import AutoModelForCausalLM

from textgen_gui.engine.core import schema
from textgen_gui.engine.core.errors import CheckpointError
from textgen_gui.engine.core.model_forms import Destination, WeightType
from textgen_gui.engine.core.project import Project, Run
from textgen_gui.engine.exchange.exporting import exporting
from textgen_gui.engine.models import checkpoint as checkpoints
from textgen_gui.engine.models import model as models
from textgen_gui.engine.models.families import families
from textgen_gui.engine.text import special_tokens

from ...benchmarks.families import FILE, cells, line, refused, tiny_folder
from ...conftest import never, train_all
from ..runs import became, make_run, prepared_project, train_until


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return prepared_project(tmp_path_factory.mktemp("families"))


def going_on(place: Project, folder: Path, *settings: str) -> Run:
    return make_run(place, f"start.model={schema.toml_value(str(folder))}", *settings)


@pytest.mark.slow
@pytest.mark.parametrize("family", ["gemma3_text", "lfm2", "mamba", "openai-gpt", "qwen3_moe"])
def test_the_page_says_what_is_seen(place: Project, tmp_path: Path, family: str) -> None:
    assert line(family, cells(family, place, tmp_path / family)) in FILE.read_text(encoding="utf-8")


def test_the_page_has_all_families_and_nothing_in_it_failed() -> None:
    page = FILE.read_text(encoding="utf-8")
    assert all(f"| `{family}` | {known.known_as} | yes |" in page for family, known in families.items())
    assert "**" not in page and page.endswith(refused())


@pytest.mark.parametrize("model_type", ["bert", "xlnet", "rubbish", None])
def test_any_other_family_is_refused_with_better_ones(place: Project, tmp_path: Path, model_type: str | None) -> None:
    folder = tiny_folder("llama", place, tmp_path / "model")
    (folder / "config.json").write_text(json.dumps({"model_type": model_type}))
    for look in (models.load, models.describe):
        with pytest.raises(CheckpointError, match=r"no language model that this program .* Pythia"):
            look(folder)


def test_a_limit_that_is_infinite_is_none(place: Project, tmp_path: Path) -> None:
    model, _ = models.load(tiny_folder("mamba2", place, tmp_path / "model"))
    assert model.config.time_step_limit[1] == float("inf")


def test_what_older_versions_saved_beside_the_weights_is_left_out(place: Project, tmp_path: Path) -> None:
    folder = tiny_folder("gpt_neox", place, tmp_path / "model")
    weights = load_file(folder / "model.safetensors")
    for name in ("bias", "masked_bias", "rotary_emb.inv_freq"):
        weights[f"gpt_neox.layers.0.attention.{name}"] = torch.zeros(2)
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    models.load(folder)


@pytest.mark.parametrize(
    ("family", "dtype", "settings"),
    [
        pytest.param("gpt_neox", torch.bfloat16, [], id="pythia-full"),
        pytest.param("gpt_neox", torch.bfloat16, ["start.lora=2"], id="pythia-lora"),
        pytest.param("qwen3_moe", torch.float32, ["start.lora=2"], id="experts-lora"),
        pytest.param("qwen3_moe", torch.float32, ["train.average=0.9"], id="experts-mean"),
        pytest.param("llama", torch.float16, ["train.average=0.9"], id="llama-mean"),
    ],
)
def test_precision_and_names_stay_and_a_run_resumes_exactly(
    place: Project, tmp_path: Path, family: str, dtype: torch.dtype, settings: list[str]
) -> None:
    folder = tiny_folder(family, place, tmp_path / "model", dtype)
    alone, stopped = (going_on(place, folder, "train.steps=21", "train.mark_every=20", *settings) for _ in range(2))
    train_all(alone)
    train_until(stopped, 12)
    train_all(stopped)
    assert became(stopped) == became(alone)
    before = load_file(folder / "model.safetensors")
    list(exporting(alone, tmp_path / "out", never, WeightType.F32, Destination.FILE))
    after = load_file(tmp_path / "out" / "model.safetensors")
    assert {name: value.dtype for name, value in after.items()} == {name: value.dtype for name, value in before.items()}
    assert any(not torch.equal(after[name], value) for name, value in before.items())
    AutoModelForCausalLM.from_pretrained(tmp_path / "out")


def test_what_a_folder_says_of_its_tokens_stays_with_what_is_saved(place: Project, tmp_path: Path) -> None:
    folder = tiny_folder("llama", place, tmp_path / "model")
    settings = {"tokenizer_class": "GPT2Tokenizer", "bos_token": None, "eos_token": "<|endoftext|>"}
    (folder / "tokenizer_config.json").write_text(json.dumps(settings))
    (folder / "chat_template.jinja").write_text("{{ messages }}")
    (folder / "generation_config.json").write_text('{"eos_token_id": [0], "temperature": 0.6}')
    run = going_on(place, folder, "train.steps=4")
    train_until(run, 2)
    train_all(run)
    saved = checkpoints.best(run).folder
    for name in ("tokenizer_config.json", "chat_template.jinja", "generation_config.json"):
        assert (saved / name).read_bytes() == (folder / name).read_bytes()
    assert special_tokens.of(models.load(saved)[1]) == special_tokens.of(models.load(folder)[1])


def test_layers_of_opt_are_frozen(place: Project, tmp_path: Path) -> None:
    model, _ = models.load(tiny_folder("opt", place, tmp_path / "model"))
    models.freeze(model, 1)
    learnt = {name for name, p in model.named_parameters() if p.requires_grad}
    assert learnt and not any(".layers.0." in name or "embed" in name for name in learnt)


def test_lora_is_refused_where_it_does_not_suit(place: Project, tmp_path: Path) -> None:
    folder = tiny_folder("mamba", place, tmp_path / "model")
    with pytest.raises(CheckpointError, match="LoRA cannot be put beside the layers of Mamba"):
        train_all(going_on(place, folder, "start.lora=2"))
