"""Where the program keeps what is its own."""

import sys
from pathlib import Path

import pytest

from textgen_gui.engine.core import home


def test_a_folder_data_beside_the_program_is_its_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TEXTGEN_GUI_HOME")
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    monkeypatch.setattr(sys, "executable", str(tmp_path / "textgen-gui"))
    assert home.own_home() is None
    (tmp_path / "data").mkdir()
    assert home.home() == tmp_path / "data"


def test_the_environment_decides_before_the_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEXTGEN_GUI_HOME", str(tmp_path / "elsewhere"))
    assert home.home() == tmp_path / "elsewhere" and home.home().is_dir()
