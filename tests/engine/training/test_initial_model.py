"""Fine-tuning: what a run begins with, what stays frozen, and that it resumes as exactly as any other run."""

from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from transformers import (
    GPT2Config,
    GPTNeoConfig,
    LlamaConfig,
    PretrainedConfig,
    Qwen3Config,
)
from transformers.models.auto.modeling_auto import AutoModelForCausalLM

from textgen_gui.engine.core import event_log, events, schema
from textgen_gui.engine.core.errors import CheckpointError, ConfigError, EngineError, ProjectError
from textgen_gui.engine.core.model_forms import Destination, WeightType
from textgen_gui.engine.core.presets import PresetName, presets
from textgen_gui.engine.core.project import Project, Run
from textgen_gui.engine.core.run_request import from_assignments
from textgen_gui.engine.exchange.exporting import exporting
from textgen_gui.engine.models import checkpoint as checkpoints
from textgen_gui.engine.text.tokenizer import load as load_tokenizer
from textgen_gui.engine.text.tokenizer import train
from textgen_gui.engine.training.plan import new_run

from ...conftest import never, story, tiny, train_all
from ..runs import became, finished, make_run, prepared_project, train_until

SIZES = {"num_hidden_layers": 2, "hidden_size": 16, "num_attention_heads": 2, "intermediate_size": 32}
foreign: dict[str, PretrainedConfig] = {
    "llama": LlamaConfig(**SIZES, max_position_embeddings=64),
    "qwen3": Qwen3Config(**SIZES, num_key_value_heads=1, head_dim=8, max_position_embeddings=64),
    "gpt2": GPT2Config(n_layer=2, n_embd=16, n_head=2, n_positions=64),
    "gpt_neo": GPTNeoConfig(
        num_layers=2,
        hidden_size=16,
        num_heads=2,
        attention_types=[[["global", "local"], 1]],
        max_position_embeddings=64,
    ),
}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return prepared_project(tmp_path_factory.mktemp("finetune"))


@pytest.fixture(scope="module")
def first(place: Project) -> Run:
    """A finished run to go on from."""
    run = make_run(place, "model.layers=2", name="first")
    train_all(run)
    return run


def tuned(place: Project, model: Path | str, *settings: str) -> Run:
    asked = [*tiny, f"start.model={schema.toml_value(str(model))}", *settings]
    created = list(new_run(place, from_assignments("small", None, asked)))[-1]
    assert isinstance(created, events.RunCreated)
    return Run(place.folder / created.run)


def weights(run: Run, step: int = -1) -> dict[str, torch.Tensor]:
    folder = checkpoints.best(run).folder if step < 0 else run.checkpoint(step).folder
    return load_file(folder / "model.safetensors")


def folder_of(place: Project, folder: Path, config: PretrainedConfig) -> Path:
    """A model folder as it comes from elsewhere, with the tokens of the project."""
    file = next(place.prepared_folder.glob("*/tokenizer.json"))
    config.vocab_size = load_tokenizer(file).get_vocab_size() + 3  # padded, as many models are
    torch.manual_seed(1)
    AutoModelForCausalLM.from_config(config).save_pretrained(folder)
    (folder / "tokenizer.json").write_bytes(file.read_bytes())
    return folder


def test_a_run_goes_on_from_another(place: Project, first: Run) -> None:
    """With no more than a breath of learning, the loss starts where the other run ended."""
    run = tuned(place, first.folder, "train.steps=1", "train.learning_rate=1e-8")
    config = run.config()
    assert (
        run.name.endswith(" fine-tune")
        and config.model.layers == 2
        and config.start.model == f"runs/{first.folder.name}"
    )
    happened = train_all(run)
    begun, end = (event.loss for event in happened if isinstance(event, events.Evaluated))
    before = [event.loss for event in event_log.read(first.events_file) if isinstance(event, events.Evaluated)]
    assert begun == pytest.approx(min(before), rel=1e-4) == end


@pytest.mark.parametrize("kind", list(foreign))
def test_models_from_elsewhere_learn(place: Project, tmp_path: Path, kind: str) -> None:
    folder = folder_of(place, tmp_path / kind, foreign[kind])
    run = tuned(place, folder, "train.steps=30", "train.mark_every=15", "train.learning_rate=0.01")
    happened = train_all(run)
    losses = [event.loss for event in happened if isinstance(event, events.StepDone)]
    assert finished(happened).outcome == "finished" and losses[-1] < losses[0] - 0.5
    model = AutoModelForCausalLM.from_pretrained(checkpoints.best(run).folder)
    assert model.config.model_type == kind and model.config.vocab_size == foreign[kind].vocab_size


@pytest.mark.parametrize("kind", ["llama", "gpt2", "gpt_neo"])  # the layers of Qwen are called as those of Llama
def test_frozen_layers_stay(place: Project, tmp_path: Path, kind: str) -> None:
    folder = folder_of(place, tmp_path / kind, foreign[kind])
    run = tuned(place, folder, "start.frozen=1", "train.learning_rate=0.01", "train.steps=4")
    train_all(run)
    before, after = load_file(folder / "model.safetensors"), weights(run)
    same = {name for name in before if torch.equal(before[name], after[name])}
    block = [name for name in before if ".0." in name]
    learnt = [name for name in before if ".1." in name]
    embeddings = [name for name in before if any(part in name for part in ("embed", "wte", "wpe"))]
    assert block and learnt and embeddings
    assert same.issuperset([*block, *embeddings]) and not same.intersection(learnt)


@pytest.mark.parametrize("kind", ["llama", "gpt2"])  # GPT-2 keeps its weights transposed
def test_lora_learns_beside_the_model(place: Project, tmp_path: Path, kind: str) -> None:
    """A plain model leaves, in which only the layers differ from before, not embeddings and norms."""
    folder = folder_of(place, tmp_path / kind, foreign[kind])
    run = tuned(place, folder, "start.lora=4", "train.steps=30", "train.mark_every=15", "train.learning_rate=0.02")
    happened = train_all(run)
    losses = [event.loss for event in happened if isinstance(event, events.StepDone)]
    assert losses[-1] < losses[0] - 0.05  # a model of random weights has little to add to
    list(exporting(run, tmp_path / "out", never, WeightType.F32, Destination.FILE))
    before, after = load_file(folder / "model.safetensors"), load_file(tmp_path / "out" / "model.safetensors")
    assert before.keys() == after.keys()
    changed = {name for name in before if not torch.equal(before[name], after[name])}
    assert changed and all("layers." in name or ".h." in name for name in changed)
    assert not any("norm" in name or "ln_" in name for name in changed)
    model = AutoModelForCausalLM.from_pretrained(tmp_path / "out")
    assert model.config.model_type == kind


@pytest.mark.parametrize(
    ("settings", "share"),
    [([], 0.2), (["start.frozen=1"], 0.2), (["start.lora=2"], 1.0), (["train.learning_rate=0.004"], 1.0)],
)
def test_a_model_that_has_learnt_before_learns_more_gently_but_not_with_lora(
    place: Project, first: Run, settings: list[str], share: float
) -> None:
    """LoRA wants rates several times those of the whole model; a rate that was asked for stays as it is."""
    usual = 0.004 if "train.learning_rate=0.004" in settings else presets[PresetName.SMALL].train.learning_rate
    assert tuned(place, first.folder, *settings).config().train.learning_rate == pytest.approx(share * usual)


@pytest.mark.parametrize("settings", [[], ["start.frozen=1"], ["start.lora=2"]], ids=["full", "frozen", "lora"])
def test_stopped_fine_tuning_becomes_the_same(place: Project, first: Run, settings: list[str]) -> None:
    alone, stopped = (tuned(place, first.folder, *settings, "train.batch=6") for _ in range(2))
    train_all(alone)
    for step in (1, 5):
        train_until(stopped, step)
    train_all(stopped)
    assert became(stopped) == became(alone)


def test_a_run_goes_on_when_what_it_began_with_is_gone(place: Project, tmp_path: Path) -> None:
    folder = folder_of(place, tmp_path / "model", foreign["gpt2"])
    run = tuned(place, folder)
    train_until(run, 5)
    folder.rename(tmp_path / "elsewhere")
    assert finished(train_all(run)).outcome == "finished"


def test_a_model_that_has_other_tokens_now_is_refused(place: Project, first: Run, tmp_path: Path) -> None:
    """As when another version brings another starter: the run was made for the tokens of before."""
    folder = folder_of(place, tmp_path / "model", foreign["gpt2"])
    run = tuned(place, folder)
    train([story()], 300).save(str(folder / "tokenizer.json"))
    with pytest.raises(ProjectError, match=r"other tokens now\. Make the run again"):
        train_all(run)


def test_lora_goes_on_when_the_model_is_gone(place: Project, tmp_path: Path) -> None:
    folder = folder_of(place, tmp_path / "model", foreign["llama"])
    alone, stopped = (tuned(place, folder, "start.lora=2") for _ in range(2))
    train_all(alone)
    train_until(stopped, 5)
    folder.rename(tmp_path / "elsewhere")
    train_all(stopped)
    assert became(stopped) == became(alone)


@pytest.mark.parametrize(
    ("model", "settings", "sentence"),
    [
        ("runs/none", [], "neither a run nor a checkpoint"),
        ("{first}", ["start.frozen=3"], "has 2 layers, so 3 cannot be frozen"),
        ("{first}", ["start.frozen=1", "start.lora=2"], "lora already leaves all layers"),
        ("", ["start.lora=2"], "nothing to keep"),
        ("{broken}", [], "damaged"),
        ("{remote}", [], "own program code"),
        ("{pickle}", [], "safetensors"),
        ("{picture}", [], "no language model"),
    ],
)
def test_what_cannot_be_a_beginning_is_refused_by_name(
    place: Project, first: Run, tmp_path: Path, model: str, settings: list[str], sentence: str
) -> None:
    before = list(place.runs_folder.iterdir())
    remote = folder_of(place, tmp_path / "remote", foreign["llama"])
    config = (remote / "config.json").read_text()
    pickle = folder_of(place, tmp_path / "pickle", foreign["llama"])
    (pickle / "model.safetensors").rename(pickle / "pytorch_model.bin")
    picture = folder_of(place, tmp_path / "picture", foreign["llama"])
    (picture / "config.json").write_text('{"model_type": "vit"}')
    (remote / "config.json").write_text(config.replace("{", '{"auto_map": {"AutoModelForCausalLM": "m.M"},', 1))
    broken = make_run(place, name="broken")
    train_all(broken)
    before.append(broken.folder)
    for checkpoint in broken.checkpoints():
        (checkpoint.folder / "model.safetensors").write_bytes(b"x")
    places = {"first": first.folder, "broken": broken.checkpoints()[-1].folder, "remote": remote}
    with pytest.raises(EngineError, match=sentence) as refusal:
        tuned(place, model.format(**places, pickle=pickle, picture=picture), *settings)
    assert isinstance(refusal.value, CheckpointError | ConfigError | ProjectError)
    assert sorted(place.runs_folder.iterdir()) == sorted(before)
