"""No project reaches outside of its own folder: by links, by names, by pipes and devices."""

import os
import signal
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from textgen_gui import Project, Run
from textgen_gui.engine.core import gate, project, text_changes
from textgen_gui.engine.core.check_events import DamageFound
from textgen_gui.engine.core.config import RunConfig
from textgen_gui.engine.core.control import never
from textgen_gui.engine.core.draft import Left
from textgen_gui.engine.core.draft import load as load_draft
from textgen_gui.engine.core.errors import ConfigError, EngineError, ProjectError
from textgen_gui.engine.core.events import ModelChosen
from textgen_gui.engine.core.generation_config import GenerateConfig
from textgen_gui.engine.core.kept_texts import kept_texts
from textgen_gui.engine.core.project import CleanText
from textgen_gui.engine.core.snapshot import snapshot
from textgen_gui.engine.models.checkpoint import PINNED
from textgen_gui.engine.text import encode
from textgen_gui.engine.text.dataset import Prepared
from textgen_gui.engine.text.token_file import TokenFile
from textgen_gui.engine.training.check import check
from textgen_gui.engine.writing.receipt import Written, keep


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    folder = tmp_path / "outside"
    folder.mkdir()
    (folder / "thesis.txt").write_text("Years of work.")
    return folder


def is_whole(outside: Path) -> bool:
    return (outside / "thesis.txt").read_text() == "Years of work."


@pytest.mark.parametrize("name", ["..", ".", "", "/etc", "a/b", "../x", "a\\b", "a\0b"])
def test_a_name_leads_nowhere_else(tmp_path: Path, name: str) -> None:
    with pytest.raises(ProjectError, match="is no name"):
        gate.inside(tmp_path, name)


def test_a_project_behind_a_link_is_a_project(place: Project, tmp_path: Path) -> None:
    (tmp_path / "Documents").symlink_to(place.folder.parent)
    behind = Project.open(tmp_path / "Documents" / place.folder.name)
    behind.prepare()
    assert (
        behind.sources() and Project(tmp_path / "Documents" / place.folder.name).text_file(place.sources()[0]).exists()
    )


def test_preparing_removes_nothing_behind_a_link(place: Project, outside: Path) -> None:
    (outside / ("a" * 32)).mkdir()
    place.prepared_folder.mkdir()
    (place.prepared_folder / "texts").symlink_to(outside)
    with pytest.raises(ProjectError, match="is a link to somewhere else"):
        place.prepare()
    assert is_whole(outside) and (outside / ("a" * 32)).exists()


def test_preparing_leaves_what_it_has_not_made(prepared: Project, tmp_path: Path) -> None:
    own = prepared.clean_folder / "my notes"
    own.mkdir()
    (tmp_path / "more.txt").write_text("More. " * 50)
    prepared.add(tmp_path / "more.txt")
    prepared.prepare()
    assert own.exists()


def test_nothing_is_pruned_behind_a_link(place: Project, outside: Path) -> None:
    from textgen_gui.engine.models import checkpoint

    run = place.write_run(RunConfig())
    for step in range(5):
        (outside / f"step-{step:06d}").mkdir()
    run.checkpoints_folder.symlink_to(outside)
    with pytest.raises(ProjectError, match="is a link"):
        checkpoint.prune(run, 0, 0, 0)
    assert len(list(outside.iterdir())) == 6


def test_a_checkpoint_that_is_a_link_is_none(place: Project, outside: Path) -> None:
    run = place.write_run(RunConfig())
    for name in ("step-000001", "step-²", "step--1", "step-" + "9" * 100, "step-٤"):
        (run.checkpoints_folder / name).mkdir(parents=True)
    (run.checkpoints_folder / "step-000002").symlink_to(outside)
    assert [one.step for one in run.checkpoints()] == [1]


@pytest.mark.parametrize("name", ["../../outside/thesis.txt", "/etc/passwd", "..", "5"])
def test_a_text_outside_is_refused_before_anything_is_done(place: Project, outside: Path, name: str) -> None:
    listed = f'"{name}"' if name != "5" else "5"
    place.file.write_text(place.file.read_text().replace('"story.txt"', listed))
    with pytest.raises(ConfigError, match=r"project\.toml: .*cannot be"):
        place.remove_texts(place.sources())
    assert is_whole(outside)


def test_a_text_that_is_a_link_can_only_be_removed(place: Project, outside: Path) -> None:
    text = place.text_file(place.sources()[0])
    text.unlink()
    text.symlink_to(outside / "thesis.txt")
    with pytest.raises(ProjectError, match="is a link"):
        place.prepare()
    assert snapshot(place).sizes == {"story.txt": 0}
    place.remove_texts(place.sources())
    assert not place.sources() and is_whole(outside)


@pytest.mark.parametrize("where", ["/elsewhere", "../../outside", ".."])
def test_what_a_run_learns_from_lies_in_its_project(place: Project, where: str) -> None:
    run = Run(place.write_run(RunConfig(prepared=where)).folder)
    with pytest.raises(ProjectError, match="is no name"):
        run.prepared_texts()


@pytest.mark.parametrize("name", [".lock", "events.jsonl", "samples.txt", "run.toml", "checkpoints", "notes.txt"])
def test_a_link_in_a_run_is_told_and_the_others_are_seen(place: Project, outside: Path, name: str) -> None:
    run, other = place.write_run(RunConfig()), place.write_run(RunConfig())
    (run.folder / name).unlink(missing_ok=True)
    (run.folder / name).symlink_to(outside)
    with pytest.raises(ProjectError, match="is a link"):
        gate.inside(run.folder, name)
    seen = snapshot(place)
    assert [one.run.name for one in seen.runs] == [run.name, other.name] and not seen.runs[1].problem
    assert bool(seen.runs[0].problem) == (name in ("run.toml", "checkpoints", "notes.txt"))


@pytest.mark.parametrize("kind", ["pipe", "link"])
@pytest.mark.parametrize("name", ["lengths.bin", "checked.txt", "tokens.bin", "train.bin", "tokenizer.json"])
def test_what_was_prepared_is_read_from_files_of_the_project(
    prepared: Project, outside: Path, name: str, kind: str
) -> None:
    """A pipe would be waited for without end; somebody else's link would be learnt from."""
    (file,) = prepared.prepared_folder.rglob(name)
    file.unlink()
    os.mkfifo(file) if kind == "pipe" else file.symlink_to(outside / "thesis.txt")
    signal.signal(signal.SIGALRM, lambda *_: pytest.fail("It waits."))
    signal.alarm(10)
    try:
        assert any(isinstance(event, DamageFound) for event in check(prepared, never))
        with pytest.raises(ProjectError, match=r"is a link to somewhere else|is neither a file nor a folder"):
            read_again(file.parent) if file.parent.name.startswith("tokens-") else learn_from(prepared)
    finally:
        signal.alarm(0)
    assert is_whole(outside)


def read_again(tokens: Path) -> None:
    encode.is_encoded(CleanText(tokens.parent), tokens.name.removeprefix("tokens-"), 300)


def learn_from(prepared: Project) -> None:
    (folder,) = prepared.prepared_folders()
    found = Prepared.load(folder)
    found.tokenizer()
    TokenFile(found.file("train.bin"), np.uint16, found.tokens)


def test_pinning_a_checkpoint_makes_no_file_elsewhere(place: Project, outside: Path) -> None:
    run = place.write_run(RunConfig())
    step = run.checkpoint(4).folder
    step.mkdir(parents=True)
    (step / PINNED).symlink_to(outside / "made.txt")
    written = Written("", GenerateConfig(), 0, ModelChosen(place.relative(step), "0" * 64), "a text")
    keep(place, [written], "a text")
    assert not (outside / "made.txt").exists()


def test_a_run_that_is_a_link_is_none(place: Project, outside: Path) -> None:
    run = place.write_run(RunConfig())
    run.folder.rename(outside / "run")
    run.folder.symlink_to(outside / "run")
    assert not place.runs()
    for find in (project.find, project.find_run):
        with pytest.raises(ProjectError, match="is a link"):
            find(run.folder)
    assert project.find_run(outside / "run").exists()  # where it really is it may be used


def test_a_run_is_never_replaced(place: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not even where two programs take the same number, as on a network drive that knows no locks."""
    run = place.write_run(RunConfig(data="mine"), "same")
    monkeypatch.setattr(project.Project, "runs", lambda self: [])
    with pytest.raises(ProjectError):
        place.write_run(RunConfig(), "same")
    assert run.config().data == "mine" and sorted(p.name for p in place.runs_folder.iterdir()) == [".lock", run.name]


def pipe(path: Path) -> None:
    os.mkfifo(path)


def device(path: Path) -> None:
    path.symlink_to("/dev/zero")


@pytest.mark.parametrize("make", [pipe, device])
def test_nobody_waits_for_what_is_no_file(place: Project, make: Callable[[Path], None]) -> None:
    run = place.write_run(RunConfig())
    place.generated_folder.mkdir()
    for path in (place.draft_file, place.styles_file, place.generated_folder / "a.txt", run.folder / "notes.txt"):
        make(path)
    seen = snapshot(place)
    assert seen.styles_problem and seen.runs[0].problem and not kept_texts(place)
    with pytest.raises(ProjectError, match="put aside as"):
        load_draft(place)
    assert load_draft(place) == Left("", [])
    place.file.unlink()
    make(place.file)
    assert place.exists()  # it is there, but no project
    with pytest.raises(EngineError, match=r"is a link|neither a file"):
        Project.open(place.folder)


def test_what_was_killed_leaves_nothing(place: Project, outside: Path) -> None:
    run = place.write_run(RunConfig())
    left = [folder / ".new-999999999-0badcafe" for folder in (place.folder, place.texts_folder, place.runs_folder)]
    for path in left:
        path.write_text("half")
    link = run.folder / ".new-999999999-0badcaff"
    link.symlink_to(outside)
    own = place.folder / ".new-1999-My Novel"
    own.mkdir()
    text_changes.sweep(place)
    assert not any(path.exists() for path in left) and own.exists() and is_whole(outside)
