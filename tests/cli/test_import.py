"""``import``: a model in another form becomes one of the library, and whoever names it before is told to do that."""

import json
from pathlib import Path

import pytest

from textgen_gui.cli import main
from textgen_gui.cli.exit_code import ExitCode
from textgen_gui.engine.core.library import find_model

from ..engine.layouts import TOKENIZERS, folder_of
from .test_cli import run, signals_as_before

assert signals_as_before  # a fixture for each test here, too


def test_a_pickle_is_imported_and_written_with(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "trained_model"
    folder_of(folder, "pytorch_model.bin", TOKENIZERS[0])
    code, _, err = run(capsys, "generate", folder, "--prompt", "She")
    assert code == ExitCode.ERROR and f"textgen-gui import {folder}" in err
    code, out, _ = run(capsys, "import", folder, "--name", "mine", "--json")
    happened = [json.loads(line) for line in out.splitlines()]
    assert code == ExitCode.DONE
    assert {event["event"] for event in happened[:-1]} == {"Progressed"}
    assert happened[-1]["event"] == "ModelReady" and happened[-1]["name"] == "mine"
    known = find_model("mine")
    assert known is not None
    code, out, _ = run(capsys, "generate", known.folder, "--prompt", "She", "--max-new-tokens", 4, "--seed", 1)
    assert code == ExitCode.DONE and out


def test_what_is_no_model_is_a_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for path, sentence in ((tmp_path, "holds no model"), (tmp_path / "none", "does not exist")):
        assert main(["import", str(path)]) == ExitCode.ERROR
        assert sentence in capsys.readouterr().err


@pytest.mark.parametrize("name", ["model.gguf", "adapter"])
def test_a_model_in_another_form_is_told_what_to_do(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    (tmp_path / "model.gguf").write_bytes(b"GGUF")
    (tmp_path / "adapter").mkdir()
    (tmp_path / "adapter" / "adapter_config.json").write_text("{}")
    assert main(["generate", str(tmp_path / name)]) == ExitCode.ERROR
    assert f"textgen-gui import {tmp_path / name}" in capsys.readouterr().err
