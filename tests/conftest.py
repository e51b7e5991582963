"""Fixtures for all tests. Offscreen by default; a test that leaves a thread, a timer or a Qt warning behind fails."""

import gc
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
if "pytest" in sys.modules:  # Tests run side by side. A benchmark that borrows from here has all of the processor.
    os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "true")

import pytest

from textgen_gui import Project, Run
from textgen_gui.engine.core import event_log, events, library, project
from textgen_gui.engine.core.control import never as never
from textgen_gui.engine.core.run_request import from_assignments

T = TypeVar("T")
DATA = Path(__file__).parents[2] / "shared" / "data"
SHAKESPEARE = DATA / "tinyshakespeare.train.txt"
HELDOUT = DATA / "tinyshakespeare.heldout.txt"

sentences = (
    "The old man walked along the river and looked at the water.",
    "She opened the window, and the wind came in from the sea.",
    "Nobody knew why the clock had stopped at seven minutes past four.",
    "A letter lay on the table; it had been written a long time ago.",
    "They laughed about it later, when the rain was over.",
)
tiny = [
    "model.layers=2",  # of an LFM2 a convolution, then attention
    "model.width=16",
    "model.heads=2",
    "model.context=16",
    "train.batch=4",
    "train.steps=12",
    "train.mark_every=4",
    "train.sample_tokens=8",
    "train.precision=fp32",
]


def story(length: int = 20_000) -> str:
    """Prose with some variety, the same each time."""
    text, number = "", 0
    while len(text) < length:
        text += sentences[(number * number + number // 3) % len(sentences)] + f" It was day {number}.\n"
        number += 1
    return text


@pytest.fixture(autouse=True, scope="session")
def no_waiting_for_the_disk() -> Iterator[None]:
    """No test cuts the power, and what a killed process wrote is there all the same: so nothing is forced to the disk.

    Everything else happens, in the same order, and fsync of a file that is not open fails as ever.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", os.fstat)
        yield


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Settings and logs of a test never touch those of the person who runs it; a starter in the box counts for none."""
    monkeypatch.setenv("TEXTGEN_GUI_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(library, "starter", lambda: None)


@pytest.fixture(scope="session")
def little_starter(tmp_path_factory: pytest.TempPathFactory) -> library.LibraryModel:
    """A model that has learnt the story, in tokens of its own: what stands for the starter in tests."""
    from .engine.runs import make_run, prepared_project

    folder = tmp_path_factory.mktemp("starter")
    shape = ("model.width=32", "model.context=64", "train.steps=150", "train.mark_every=150")
    run = make_run(prepared_project(folder, vocabulary=400), *shape, "train.learning_rate=0.01")
    train_all(run)
    newest = run.checkpoints()[-1].folder
    shutil.copytree(newest, folder / "model", ignore=shutil.ignore_patterns("training", "manifest.json"))
    return library.LibraryModel("starter", folder / "model", library.Origin.BOX, languages=("en",))


@pytest.fixture
def starter(little_starter: library.LibraryModel, monkeypatch: pytest.MonkeyPatch) -> library.LibraryModel:
    monkeypatch.setattr(library, "starter", lambda: little_starter)
    return little_starter


def made_place(folder: Path) -> Project:
    text = folder / "story.txt"
    text.write_text(story(), encoding="utf-8")
    made = Project.create(folder / "project", "My Stories")
    made.add(text)
    return made


def planned_run(prepared: Project, *settings: str, name: str = "test") -> Run:
    *_, created = prepared.planning(from_assignments("small", None, [*tiny, *settings], name))
    assert isinstance(created, events.RunCreated)
    return Run(prepared.folder / created.run)


@pytest.fixture
def place(tmp_path: Path) -> Project:
    """A project with one short text, not yet prepared."""
    return made_place(tmp_path)


def made_once(folder: Path, finish: Callable[[Project], object]) -> Path:
    """A project whose copies the tests get: to prepare and to train anew for each would take most of their time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TEXTGEN_GUI_HOME", str(folder / "home"))
        patch.setattr(library, "starter", lambda: None)
        place = made_place(folder)
        place.prepare()
        finish(place)
    return place.folder


@pytest.fixture(scope="session")
def prepared_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made_once(tmp_path_factory.mktemp("prepared"), lambda place: None)


@pytest.fixture(scope="session")
def trained_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made_once(tmp_path_factory.mktemp("trained"), lambda place: train_all(planned_run(place)))


def become(place: project.Project, made: Path) -> None:
    """All of the project that was made once, but for its list of texts, which says where they came from."""
    shutil.copytree(made, place.folder, ignore=lambda folder, names: {"project.toml"} & {*names}, dirs_exist_ok=True)


@pytest.fixture
def prepared(place: Project, prepared_once: Path) -> Project:
    become(place, prepared_once)
    return place


@pytest.fixture
def new_run(prepared: Project) -> Callable[..., Run]:
    """Makes runs of a model so tiny that twelve steps take less than a second."""

    def make(*settings: str, name: str = "test") -> Run:
        return planned_run(prepared, *settings, name=name)

    return make


def train_all(run: project.Run, stop: Callable[[], bool] = never) -> list[events.Event]:
    from textgen_gui.engine.training.train import train

    return list(event_log.record(train(run, stop), run.events_file, run.samples_file))


@pytest.fixture
def trained(place: Project, trained_once: Path) -> Run:
    become(place, trained_once)
    return Run(place.runs()[0].folder)


@pytest.fixture(autouse=True)
def nothing_left_behind(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fails a test of the window that leaves a running thread or an active timer behind."""
    if "qtbot" not in request.fixturenames:
        yield
        return
    gc.freeze()  # what is there already, some 400,000 objects of libraries, need not be looked through each time
    yield
    from PySide6.QtCore import QThread, QTimer

    gc.collect()
    threads = [thread for thread in _all(QThread) if thread.isRunning()]
    timers = [timer for timer in _all(QTimer) if timer.isActive()]
    gc.enable()
    assert not threads, f"left running: {threads}"
    assert not timers, f"left ticking: {[timer.parent() for timer in timers]}"


def _all(kind: type[T]) -> list[T]:
    """All living Qt objects of a kind. type() and not isinstance(): the latter makes lazy modules import themselves."""
    import shiboken6

    return [thing for thing in gc.get_objects() if issubclass(type(thing), kind) and shiboken6.isValid(thing)]
