"""What rots in a project is made again or named, and checking the project finds it."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from textgen_gui import Project, Run
from textgen_gui.engine.core import events
from textgen_gui.engine.core.errors import EngineError
from textgen_gui.engine.text import copycheck, corpus
from textgen_gui.engine.text.staleness import current

from ...conftest import never, train_all
from ..core.test_manifest import rot
from ..runs import make_run, prepared_project, train_until

SHAPE = ("train.steps=4", "train.mark_every=2")


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with a trained run, one that has not begun, an index of copies and half a LoRA run."""
    place = prepared_project(tmp_path_factory.mktemp("whole"))
    run = make_run(place, *SHAPE, name="first")
    train_all(run)
    make_run(place, *SHAPE, name="second")
    train_until(make_run(place, *SHAPE, "start.model=runs/001 first", "start.lora=2", name="lora"), 2)
    prepared = current(place)
    assert prepared
    list(copycheck.build(prepared, never))
    return place.folder


@pytest.fixture
def place(whole: Path, tmp_path: Path) -> Project:
    shutil.copytree(whole, tmp_path / "project")
    return Project(tmp_path / "project")


def run_of(place: Project, name: str) -> Run:
    return next(run for run in place.runs() if run.name.endswith(name))


def first(place: Project, pattern: str) -> Path:
    return next(iter(sorted(place.folder.glob(pattern))))


def test_a_whole_project_has_nothing_damaged(place: Project) -> None:
    assert place.check() == []
    last = list(place.checking())[-1]
    assert isinstance(last, events.Checked) and last.damaged == 0 and last.bytes > 100_000


def test_a_keeping_that_was_killed_half_way_is_no_damage(place: Project) -> None:
    """The receipt comes first, and the page is still on the desk."""
    place.generated_folder.mkdir(exist_ok=True)
    (place.generated_folder / "A page.receipt").write_text("---\nsha256")
    assert place.check() == []
    (place.generated_folder / "A page.txt").write_text("The page.")
    assert [found.path for found in place.check()] == ["generated/A page.receipt"]


def test_checking_can_be_stopped(place: Project) -> None:
    assert not any(isinstance(event, events.Checked) for event in place.checking(lambda: True))


@pytest.mark.parametrize(
    ("pattern", "remade"),
    [
        ("texts/story.txt", False),
        ("prepared/[!t]*/train.bin", True),
        ("prepared/[!t]*/tokenizer.json", True),
        ("prepared/[!t]*/copies/words.bin", True),
        ("prepared/texts/*/text.txt", True),
        ("prepared/texts/*/text.toml", True),
        ("prepared/texts/*/tokens-*/tokens.bin", True),
        ("runs/001 first/events.jsonl", False),
        ("runs/001 first/checkpoints/step-000004/model.safetensors", False),
        ("runs/003 lora/base/model.safetensors", False),
    ],
)
def test_checking_finds_what_rots(place: Project, pattern: str, remade: bool) -> None:
    rot(first(place, pattern))
    corpus._digest.cache_clear()
    found = place.check()
    assert len(found) == 1 and found[0].remade == remade
    assert first(place, pattern).is_relative_to(place.folder / found[0].path)


@pytest.mark.parametrize("name", ["train.bin", "val.bin", "tokenizer.json"])
def test_no_run_learns_from_what_rots_and_preparing_mends_it(place: Project, name: str) -> None:
    file = first(place, f"prepared/[!t]*/{name}")
    before = file.read_bytes()
    rot(file)
    with pytest.raises(EngineError, match=rf"{name} is damaged.*Prepare the texts again"):
        train_all(run_of(place, "second"))
    place.prepare()
    assert file.read_bytes() == before
    assert train_all(run_of(place, "second"))


def test_tokens_that_rot_are_made_again(place: Project) -> None:
    token_files = first(place, "prepared/[!t]*/prepared.toml").parent
    before = (token_files / "train.bin").read_bytes()
    rot(first(place, "prepared/texts/*/tokens-*/tokens.bin"))
    shutil.rmtree(token_files)
    place.prepare()
    assert (token_files / "train.bin").read_bytes() == before


def test_the_index_of_copies_is_made_again(place: Project) -> None:
    words = first(place, "prepared/[!t]*/copies/words.bin")
    before = words.read_bytes()
    rot(words)
    list(run_of(place, "first").checking_copies("The old man walked along the river and looked at the water."))
    assert words.read_bytes() == before


def test_the_base_of_lora_is_copied_again(place: Project) -> None:
    base = first(place, "runs/003 lora/base/model.safetensors")
    before = base.read_bytes()
    rot(base)
    assert train_all(run_of(place, "lora")) and base.read_bytes() == before


def test_a_base_that_cannot_be_copied_again_is_named(place: Project) -> None:
    rot(first(place, "runs/003 lora/base/model.safetensors"))
    shutil.rmtree(run_of(place, "first").folder)
    with pytest.raises(EngineError):
        train_all(run_of(place, "lora"))


def test_a_line_that_rots_is_told(place: Project) -> None:
    run = run_of(place, "first")
    before = list(run.history())
    rot(run.events_file)
    told = [event for event in run.history() if event not in before]
    assert len(told) == 1 and isinstance(told[0], events.Warned) and "damaged in line" in told[0].message


def test_a_text_that_the_disk_does_not_give_is_not_left_out(place: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    refuse_reading(monkeypatch, place.texts_folder / "story.txt")
    shutil.rmtree(place.prepared_folder)
    with pytest.raises(EngineError, match=r"story\.txt cannot be read \(Input/output error\)"):
        place.prepare()


def refuse_reading(monkeypatch: pytest.MonkeyPatch, file: Path) -> None:
    opened: Callable[..., object] = Path.open

    def refuse(path: Path, *arguments: object, **more: object) -> object:
        if path == file:
            raise OSError(5, "Input/output error", str(path))
        return opened(path, *arguments, **more)

    monkeypatch.setattr(Path, "open", refuse)
