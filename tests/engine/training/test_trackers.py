"""Trackers get the same numbers as the window; what happens stays the same."""

from pathlib import Path
from typing import Any

import pytest
from accelerate import tracking

from textgen_gui.engine.core import events
from textgen_gui.engine.core.errors import ConfigError, ProjectError
from textgen_gui.engine.core.project import Project
from textgen_gui.engine.training.trackers import followed
from textgen_gui.engine.training.train import train

from ...conftest import never
from ..runs import make_run


class Notebook(tracking.GeneralTracker):
    name, requires_logging_directory, tracker = "json", True, None  # "json" is a package that is always there
    pages: list[Any] = []

    def __init__(self, run_name: str, logging_dir: str) -> None:
        super().__init__()
        self.pages[:] = [(run_name, logging_dir)]

    def store_init_configuration(self, values: dict[str, Any]) -> None:
        self.pages.append(values)

    def log(self, values: dict[str, Any], step: int | None = None, **_: Any) -> None:
        self.pages.append((step, values))

    def finish(self) -> None:
        self.pages.append("finished")


def test_a_tracker_gets_what_happens(prepared: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(tracking.LOGGER_TYPE_TO_CLASS, "json", Notebook)
    run = make_run(prepared)
    happened = list(followed(train(run, never), run, "json"))
    steps = [event for event in happened if isinstance(event, events.StepDone)]
    evaluations = [event for event in happened if isinstance(event, events.Evaluated)]
    (name, folder), settings, *pages, last = Notebook.pages
    assert name == run.name and folder == str(run.folder / "trackers") and last == "finished"
    assert settings["train.steps"] == 12 and settings["train.prompts"] == '[""]'
    assert [page for page in pages if "loss" in page[1]] == [
        (e.step, {"loss": e.loss, "learning_rate": e.learning_rate, "tokens_per_s": e.tokens_per_s}) for e in steps
    ]
    assert [page[1]["heldout_loss"] for page in pages if "heldout_loss" in page[1]] == [e.loss for e in evaluations]


def test_a_tracker_ends_with_the_run_it_follows(prepared: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(tracking.LOGGER_TYPE_TO_CLASS, "json", Notebook)
    run = make_run(prepared)
    following = followed(train(run, never), run, "json")
    next(following)
    following.close()  # type: ignore[attr-defined]
    assert Notebook.pages[-1] == "finished"


def test_a_link_in_place_of_its_folder_is_refused(
    prepared: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(tracking.LOGGER_TYPE_TO_CLASS, "json", Notebook)
    run = make_run(prepared)
    (run.folder / "trackers").symlink_to(tmp_path)
    Notebook.pages.clear()
    with pytest.raises(ProjectError, match="is a link to somewhere else"):
        list(followed(train(run, never), run, "json"))
    assert not Notebook.pages


def test_unknown_trackers_are_refused(prepared: Project) -> None:
    run = make_run(prepared)
    with pytest.raises(ConfigError, match="There is no tracker 'notes'"):
        followed(train(run, never), run, "notes")
    with pytest.raises(ConfigError, match="pip install swanlab"):
        followed(train(run, never), run, "swanlab")
