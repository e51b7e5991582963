"""What LoRA learnt, alone: peft reads it, and joined with its model it writes what the run writes."""

import json
from pathlib import Path

import pytest
import torch

from textgen_gui.engine.core import library
from textgen_gui.engine.core.errors import CheckpointError
from textgen_gui.engine.core.model_forms import ModelForm, WeightType
from textgen_gui.engine.core.project import Project, Run
from textgen_gui.engine.exchange import adapter
from textgen_gui.engine.exchange.choices import export_choices
from textgen_gui.engine.exchange.imports import adopting
from textgen_gui.engine.models import model as models
from textgen_gui.engine.models.base import folder_of

from ..runs import make_run, prepared_project, train_until
from .test_exporting import export


@pytest.fixture(scope="module", params=["lfm2", "llama", "gpt2"])
def tuned(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A run that learnt by LoRA beside another one."""
    place: Project = prepared_project(tmp_path_factory.mktemp(request.param))
    first = make_run(place, f"model.architecture={request.param}", "train.steps=3", name="first")
    train_until(first, 3)
    made = make_run(
        place,
        f"start.model={json.dumps(str(first.folder))}",
        "start.lora=4",
        "train.steps=20",
        "train.learning_rate=0.02",
    )
    train_until(made, 20)
    return made


def test_peft_joins_it_with_its_model_again(tuned: Run, tmp_path: Path) -> None:
    before = torch.default_generator.get_state()
    exported = export(tuned, tmp_path / "adapter", form=ModelForm.ADAPTER)
    assert exported.same and exported.proof.startswith("Joined by peft")
    assert torch.equal(torch.default_generator.get_state(), before)  # another thread may be learning
    files = {file.name for file in (tmp_path / "adapter").iterdir()}
    assert files == {"adapter_config.json", "adapter_model.safetensors", "README.md"}
    said = json.loads((tmp_path / "adapter" / "adapter_config.json").read_text())
    assert said["base_model_name_or_path"] == "001 first" and said["r"] == 4
    card = (tmp_path / "adapter" / "README.md").read_text()
    assert "library_name: peft" in card and str(tuned.project.folder) not in card


@pytest.mark.slow  # it starts a process that loads the libraries
def test_our_own_import_reads_it_too(tuned: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    newest = tuned.checkpoints()[-1]
    export(newest, tmp_path / "adapter", form=ModelForm.ADAPTER)
    (tmp_path / "adapter" / "001 first").symlink_to(folder_of(tuned))
    list(adopting(tmp_path / "adapter", "mine"))
    known = library.find_model("mine")
    assert known
    (one, _), (two, _) = models.load(known.folder), models.load(newest.folder)
    ids = torch.tensor([[1, 2, 3]])
    with torch.no_grad():
        assert torch.allclose(one(ids).logits, two(ids).logits, atol=1e-5)


def test_what_is_joined_wrongly_is_noticed(tuned: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    known = adapter._weights
    monkeypatch.setattr(adapter, "_weights", lambda checkpoint: {k: 2 * v for k, v in known(checkpoint).items()})
    with pytest.raises(CheckpointError, match="gave another one"):
        export(tuned, tmp_path / "adapter", form=ModelForm.ADAPTER)
    assert not (tmp_path / "adapter").exists()


def test_a_whole_model_has_none(tuned: Run, tmp_path: Path) -> None:
    first = tuned.project.runs()[0]
    with pytest.raises(CheckpointError, match="learnt by LoRA"):
        export(first, tmp_path / "adapter", form=ModelForm.ADAPTER)
    for run, refused in ((first, True), (tuned, False)):
        choices = {choice.form: choice for choice in export_choices(run, WeightType.F16)}
        assert bool(choices[ModelForm.ADAPTER].refusal) == refused
        size = export(run, tmp_path / f"{run.name}.gguf").bytes
        assert choices[ModelForm.GGUF].bytes < size and not choices[ModelForm.GGUF].refusal
