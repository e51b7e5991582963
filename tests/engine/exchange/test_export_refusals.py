"""What cannot leave, or not to there: a sentence, exit code 1, and nothing half-written."""

import json
import os
import resource
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from transformers import Lfm2Config, LlamaConfig

from textgen_gui.cli import main
from textgen_gui.engine.core.errors import CheckpointError, ProjectError
from textgen_gui.engine.core.model_forms import Destination, ModelForm, WeightType
from textgen_gui.engine.core.project import Checkpoint, Run
from textgen_gui.engine.exchange.choices import export_choices

from ..training.test_initial_model import SIZES, folder_of
from . import little as runs
from .test_exporting import export

little, copied = runs.little, runs.copied  # fixtures

OUT = ["x.gguf", "x.html", "folder"]
linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="a folder in which nobody may write")


@contextmanager
def full_after(size: int) -> Iterator[None]:
    """The system itself refuses to write files larger than this."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.skipif(os.name == "nt", reason="Windows knows no such limit")
@pytest.mark.parametrize("name", OUT)
def test_a_full_disk(little: Run, tmp_path: Path, name: str) -> None:
    (tmp_path / "out").mkdir()
    with full_after(2000), pytest.raises(ProjectError, match="The disk is full"):
        export(little, tmp_path / "out" / name)
    assert not list((tmp_path / "out").iterdir())


@linux
def test_a_folder_that_may_not_be_written(little: Run) -> None:
    with pytest.raises(ProjectError, match=r"may not be written. Choose another folder"):
        export(little, Path("/sys/x.gguf"))


def test_what_a_link_leads_to_does_not_leave_with_a_model(copied: Run, tmp_path: Path) -> None:
    """The project may be a stranger's, who gets the model back."""
    (tmp_path / "secret.json").write_text("{}")
    (copied.checkpoints()[-1].folder / "more.json").symlink_to(tmp_path / "secret.json")
    with pytest.raises(ProjectError, match=r"more\.json is a link to somewhere else"):
        export(copied.checkpoints()[-1], tmp_path / "folder")
    assert not (tmp_path / "folder").exists()


def test_a_damaged_checkpoint(copied: Run, tmp_path: Path) -> None:
    checkpoint = copied.checkpoints()[-1]
    (checkpoint.folder / "config.json").write_text("{}")
    with pytest.raises(CheckpointError, match="is damaged"):
        export(checkpoint, tmp_path / "x.gguf")
    assert not (tmp_path / "x.gguf").exists()


def test_a_tokenizer_that_no_other_program_would_understand(little: Run, tmp_path: Path) -> None:
    folder = folder_of(little.project, tmp_path / "model", LlamaConfig(**SIZES, max_position_embeddings=64))
    plan = json.loads((folder / "tokenizer.json").read_text())
    (folder / "tokenizer.json").write_text(json.dumps({**plan, "normalizer": {"type": "Lowercase"}}))
    (tmp_path / "out").mkdir()
    for name in OUT[:2]:
        with pytest.raises(CheckpointError, match="cuts texts into tokens"):
            export(Checkpoint(folder), tmp_path / "out" / name)
    assert not list((tmp_path / "out").iterdir())
    refusals = {choice.form: choice.refusal for choice in export_choices(Checkpoint(folder), WeightType.F16)}
    assert all("cuts texts" in refusals[form] for form in (ModelForm.GGUF, ModelForm.PAGE))
    assert not refusals[ModelForm.FOLDER] and "LoRA" in refusals[ModelForm.ADAPTER]


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"layer_types": ["full_attention", "full_attention"]}, "has no convolutions"),
        ({"conv_L_cache": 1}, "convolutions of one token"),
        ({"head_dim": 16}, "heads of another width"),
        ({"conv_bias": True}, "biases in its convolutions"),
    ],
)
def test_an_lfm2_that_llama_cpp_does_not_open(little: Run, tmp_path: Path, more: dict[str, object], words: str) -> None:
    """It passed every proof here, and ended the other program."""
    usual = {"layer_types": ["conv", "full_attention"], "block_auto_adjust_ff_dim": False}
    config = Lfm2Config(**{**SIZES, "max_position_embeddings": 64, **usual, **more})
    chosen = Checkpoint(folder_of(little.project, tmp_path / "model", config))
    with pytest.raises(CheckpointError, match=words):
        export(chosen, tmp_path / "x.gguf")
    if "conv_bias" in more:
        with pytest.raises(CheckpointError, match="in their usual form"):
            export(chosen, tmp_path / "x.html")


def test_a_name_is_taken_as_it_is(little: Run, tmp_path: Path) -> None:
    for name, form in (("Dr. Moreau v1.2", ModelForm.FOLDER), ("Die Möwe, Akt 1", None)):
        export(little, tmp_path / name, form=form)
        assert (tmp_path / name / "config.json").exists()
    exported = export(little, tmp_path / "Möwe & Meer 2.0", destination=Destination.OLLAMA)
    assert exported.steps[1:] == ("ollama create mowe-meer-2.0", "ollama run mowe-meer-2.0")
    assert (tmp_path / "Möwe & Meer 2.0" / "Möwe & Meer 2.0.gguf").exists()


@pytest.mark.parametrize(
    ("to", "words"),
    [
        ("there/x.gguf", "Make that folder first"),
        ("x.docx", "ends in .gguf"),
        ("taken.html", "exists"),
        pytest.param("/sys/x.gguf", "may not be written", marks=linux),
        ("hf://you/a/b", "more than one slash"),
        ("hf://model", "does not say whose"),
    ],
)
def test_on_the_command_line(
    little: Run,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    to: str,
    words: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "taken.html").write_text("mine")
    assert main(["export", str(little.folder), "--to", to]) == 1
    assert words in capsys.readouterr().err and (tmp_path / "taken.html").read_text() == "mine"
