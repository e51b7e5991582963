"""What a stranger's folder claims is compared with what lies there, before anything is loaded."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from textgen_gui.engine.core.errors import CheckpointError
from textgen_gui.engine.core.model_folder import (
    Weights,
    read_config,
    refuse_absurd,
    refuse_to_convert_unasked,
    weights_of,
)

usual: dict[str, Any] = {"hidden_size": 64, "vocab_size": 300, "num_hidden_layers": 2, "max_position_embeddings": 128}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "config.json").write_text(json.dumps(usual))
    (tmp_path / "model.safetensors").write_bytes(bytes(1000))
    refuse_absurd(tmp_path, usual)
    return tmp_path


@pytest.mark.parametrize(
    "claim",
    [
        {"vocab_size": 40_000_000},
        {"hidden_size": 1_000_000},
        {"head_dim": 10_000_000},
        {"num_hidden_layers": 10**9},
        {"intermediate_size": 10**12},
        {"max_position_embeddings": 0},
        {"max_position_embeddings": 1},
        {"max_position_embeddings": -1},
        {"max_position_embeddings": 10**12},
        {"text_config": {"hidden_size": 10**6, "vocab_size": 10**6}},
    ],
    ids=str,
)
def test_sizes_that_the_files_cannot_hold_are_refused(folder: Path, claim: dict[str, Any]) -> None:
    with pytest.raises(CheckpointError, match=r"does not fit its config\.json"):
        refuse_absurd(folder, {**usual, **claim})


def test_what_is_no_regular_file_is_never_opened(folder: Path) -> None:
    for make in (lambda file: file.symlink_to("/dev/zero"), os.mkfifo, lambda file: file.symlink_to("nowhere")):
        (folder / "config.json").unlink()
        make(folder / "config.json")
        with pytest.raises(CheckpointError, match=r"no readable config\.json"):
            read_config(folder)
        odd = folder / "more.safetensors"
        make(odd)
        with pytest.raises(CheckpointError, match="only regular files"):
            refuse_absurd(folder, usual)
        odd.unlink()


@pytest.mark.parametrize("name", ["generation_config.json", "chat_template.jinja", "special_tokens_map.json", "any"])
def test_no_library_meets_a_pipe_a_device_or_settings_without_end(folder: Path, name: str) -> None:
    odd = folder / name
    for make in (lambda file: file.symlink_to("/dev/zero"), os.mkfifo):
        make(odd)
        with pytest.raises(CheckpointError, match=f"holds {name}, but"):
            refuse_absurd(folder, usual)
        odd.unlink()
    if odd.suffix:
        odd.touch()
        os.truncate(odd, 300_000_000)
        with pytest.raises(CheckpointError, match="larger than that of any real model"):
            refuse_absurd(folder, usual)
    odd.unlink(missing_ok=True)
    odd.symlink_to("nowhere")  # which nobody opens
    refuse_absurd(folder, usual)


@pytest.mark.parametrize("content", ["[" * 100_000, '{"a":' * 100_000, "[1]", "nul", "9" * 10_000])
def test_a_config_that_is_none_is_a_sentence(folder: Path, content: str) -> None:
    (folder / "config.json").write_text(content)
    with pytest.raises(CheckpointError, match=r"no readable config\.json"):
        read_config(folder)


@pytest.mark.parametrize(
    ("names", "form"),
    [
        (["pytorch_model.bin"], Weights.PICKLE),
        (["pytorch_model-00001-of-00002.bin"], Weights.PICKLE),
        (["a.gguf"], Weights.GGUF),
        (["adapter_config.json", "adapter_model.safetensors"], Weights.ADAPTER),
        (["adapter_config.json", "model.safetensors"], Weights.SAFETENSORS),
        (["model-1000.index"], Weights.TENSORFLOW),
        (["model-00001-of-00002.safetensors"], Weights.SAFETENSORS),
        ([], Weights.NONE),
    ],
)
def test_weights_are_known_by_their_names(tmp_path: Path, names: list[str], form: Weights) -> None:
    for name in names:
        (tmp_path / name).write_bytes(b"")
    assert weights_of(tmp_path) == form
    if form in (Weights.SAFETENSORS, Weights.NONE):
        refuse_to_convert_unasked(tmp_path)
        return
    with pytest.raises(CheckpointError, match="textgen-gui import"):
        refuse_to_convert_unasked(tmp_path)
