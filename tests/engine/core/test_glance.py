"""A project seen from outside, and the file by which a desktop opens it."""

from pathlib import Path

from textgen_gui import Project, Run
from textgen_gui.engine.core import desktop_file
from textgen_gui.engine.core.glance import glance


def test_a_trained_project_shows_its_curve_and_its_last_words(trained: Run) -> None:
    seen = glance(trained.project.folder)
    assert seen.name == "My Stories" and len(seen.curve) == 3 and seen.line and seen.used_at > 1e9


def test_an_empty_one_shows_its_name(place: Project) -> None:
    seen = glance(place.folder)
    assert (seen.name, seen.curve, seen.line) == ("My Stories", (), "")


def test_what_cannot_be_read_has_the_name_of_its_folder(place: Project, tmp_path: Path) -> None:
    place.file.write_text("no toml")
    assert glance(place.folder).name == "project" and glance(tmp_path / "gone").name == "gone"


def test_the_desktop_file_is_written_once_and_leads_to_its_project(place: Project) -> None:
    desktop_file.write_desktop_file(place)
    file = place.folder / "My Stories.textgen"
    assert desktop_file.project_folder(file) == place.folder == desktop_file.project_folder(place.folder)
    file.rename(place.folder / "Renamed.textgen")
    desktop_file.write_desktop_file(place)
    assert [found.name for found in place.folder.glob("*.textgen")] == ["Renamed.textgen"]


def test_other_files_lead_to_no_project(tmp_path: Path) -> None:
    (tmp_path / "a.textgen").touch()
    assert desktop_file.project_folder(tmp_path / "a.textgen") is None
    assert desktop_file.project_folder(tmp_path) is None
