"""The models that are there without a project."""

import shutil
from pathlib import Path

import pytest

from textgen_gui import front_door
from textgen_gui.engine.core import events, library, project
from textgen_gui.engine.core.chosen_model import find_any, whole_name
from textgen_gui.engine.core.config import RunConfig
from textgen_gui.engine.core.errors import ProjectError
from textgen_gui.engine.core.library import Origin, name_of
from textgen_gui.engine.core.project import Checkpoint, Run


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
def test_a_damaged_model_is_told_and_left_out(fetched: Path, tmp_path: Path, damage: str) -> None:
    other = library.folder_for("writers/whole")
    other.mkdir()
    (other / "model.toml").write_text("")
    (fetched / "model.toml").write_text(damage)
    assert [model.name for model in library.library() if model.name != "starter"] == ["writers/whole"]
    assert library.find_model("writers/tiny") is None and name_of(fetched) == ""
    told = [event.message for event in front_door.models() if isinstance(event, events.Warned)]
    assert told == [f"{fetched / 'model.toml'} cannot be read. Delete the folder and fetch it again."]
    run = tmp_path / "project" / "runs" / "001 own"
    run.mkdir(parents=True)
    (run / "run.toml").write_text("")
    assert find_any("runs/001 own", tmp_path / "project") == Run(run)


def test_a_model_is_looked_for_in_its_own_folder_first(fetched: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (fetched / "model.toml").write_text("")
    moved = library.folder_for("writers/other")
    moved.mkdir()
    (moved / "model.toml").write_text('name = "writers/renamed"')
    assert library.find_model("writers/other") is None, "it says itself what it is called"
    assert (library.find_model("writers/renamed") or pytest.fail()).folder == moved
    monkeypatch.setattr(library, "library", lambda: pytest.fail("not all of them need be read"))
    assert (library.find_model("writers/tiny") or pytest.fail()).folder == fetched


def test_a_file_that_vanishes_while_it_is_counted_is_not_counted(fetched: Path) -> None:
    (fetched / "model.toml").write_text("")
    (fetched / "gone").symlink_to(fetched / "nowhere")  # listed, and not there
    (fetched / "deeper").mkdir()
    (fetched / "deeper" / "more").write_bytes(b"12")
    model = library.find_model("writers/tiny")
    assert model and model.bytes == 6
    shutil.rmtree(fetched)
    assert model.bytes == 0


def test_a_model_is_meant_by_its_name_its_folder_a_file_in_it_or_a_run(fetched: Path, tmp_path: Path) -> None:
    (fetched / "model.toml").write_text("")
    (fetched / "config.json").write_text("{}")
    run = tmp_path / "project" / "runs" / "001 first"
    run.mkdir(parents=True)
    (run / "run.toml").write_text("")
    model, base = Checkpoint(fetched), tmp_path / "project"
    assert find_any("writers/tiny", base) == find_any(str(fetched), base) == find_any(str(fetched / "weights"), base)
    assert find_any("writers/tiny", base) == model
    assert find_any("runs/001 first", base) == find_any(str(run), Path("elsewhere")) == Run(run)
    assert name_of(fetched) == "writers/tiny" and name_of(run) == ""


def test_a_run_that_got_another_name_is_found_by_its_number(tmp_path: Path) -> None:
    """Other runs are to begin with it, by the name that it had; one that is deleted stays gone."""
    place = project.create(tmp_path / "Novel")
    first, second = (place.write_run(RunConfig(), name) for name in ("first", "second"))
    renamed = first.rename("better")
    (renamed.checkpoint(3).folder / "config.json").parent.mkdir(parents=True)
    (renamed.checkpoint(3).folder / "config.json").write_text("{}")
    assert find_any("runs/001 first", place.folder) == find_any(str(first.folder), tmp_path) == renamed
    assert find_any("runs/001 first/checkpoints/step-000003", place.folder) == renamed.checkpoint(3)
    second.folder.rename(tmp_path / "bin")
    for gone in ("runs/002 second", "runs/003 third", "runs/001 first/checkpoints/step-000004"):
        with pytest.raises(ProjectError, match="neither a run nor a checkpoint"):
            find_any(gone, place.folder)


@pytest.mark.parametrize(
    ("chosen", "sentence"),
    [
        ("writers/large", "no model “writers/large” here yet. Fetch it first, under Models or by: textgen-gui fetch"),
        ("runs/none", "neither a run nor a checkpoint"),
        ("starter", "no starter in it"),
        ("nothing", "neither a run nor a checkpoint"),
    ],
)
def test_a_model_that_is_not_here_is_told_with_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, chosen: str, sentence: str
) -> None:
    monkeypatch.setattr(library, "starter", lambda: None)
    (tmp_path / "runs").mkdir()
    with pytest.raises(ProjectError, match=sentence):
        find_any(chosen, tmp_path)


def test_a_name_means_the_same_in_every_folder(fetched: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "runs").mkdir()
    (fetched / "model.toml").write_text("")
    assert [whole_name(name) for name in ("writers/tiny", "writers/large", "starter")] == [
        "writers/tiny",
        "writers/large",
        "starter",
    ]
    (tmp_path / "runs" / "001 here").mkdir()
    assert whole_name("runs/001 here") == str(tmp_path / "runs" / "001 here")


def test_a_run_of_the_project_is_meant_from_any_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    run = tmp_path / "project" / "runs" / "001 test"
    run.mkdir(parents=True)
    (run / "run.toml").write_text("")
    assert find_any(whole_name("runs/001 test"), tmp_path / "project") == Run(run)
