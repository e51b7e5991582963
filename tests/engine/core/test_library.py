"""The models that are there without a project."""

from pathlib import Path

import pytest

from textgen_gui.engine.core import library
from textgen_gui.engine.core.errors import CheckpointError
from textgen_gui.engine.core.library import Origin


@pytest.fixture
def fetched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TEXTGEN_GUI_HOME", str(tmp_path))
    folder = library.folder_for("writers/tiny")
    folder.mkdir(parents=True)
    (folder / "weights").write_bytes(b"1234")
    return folder


def test_a_model_is_listed_and_found_by_its_name_when_it_is_whole(fetched: Path) -> None:
    assert library.find_model("writers/tiny") is None
    (fetched / "model.toml").write_text('origin = "hub"\nlicence = "mit"\nlanguages = ["en"]\n')
    model = library.find_model("writers/tiny")
    assert model and model.folder == fetched and model in library.library()
    assert (model.origin, model.licence, model.languages) == (Origin.HUB, "mit", ("en",))
    assert model.bytes == 4 + (fetched / "model.toml").stat().st_size


@pytest.mark.parametrize("damage", ["name =", 'origin = "stars"', "languages = 5"])
def test_a_damaged_model_is_told(fetched: Path, damage: str) -> None:
    (fetched / "model.toml").write_text(damage)
    with pytest.raises(CheckpointError, match=r"model\.toml cannot be read"):
        library.library()
