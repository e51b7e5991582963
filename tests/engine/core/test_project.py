"""The project folder: adding, removing, names, locks, and sentences for what cannot be done."""

import os
import shutil
import tomllib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from textgen_gui.engine.core import events, names, notes, project
from textgen_gui.engine.core.config import PrepareConfig, RunConfig, TrainConfig
from textgen_gui.engine.core.errors import ProjectError
from textgen_gui.engine.core.project import Project, Run
from textgen_gui.engine.core.snapshot import snapshot

from ...conftest import never
from ..runs import python


def test_a_project_is_a_folder_a_person_can_read(place: Project) -> None:
    assert place.name == "My Stories"
    table = tomllib.loads(place.file.read_text(encoding="utf-8"))
    assert table["sources"][0]["file"] == "story.txt" and table["prepare"]["heldout"] == 0.01
    assert place.text_file(place.sources()[0]).read_text().startswith("The old man")


def test_texts_with_the_same_name_are_both_kept(place: Project, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "story.txt").write_text("Another.")
    list(place.add_texts([tmp_path / "other" / "story.txt"], never))
    assert [source.file for source in place.sources()] == ["story.txt", "story 2.txt"]


def test_adding_again_takes_the_new_content(place: Project, tmp_path: Path) -> None:
    (tmp_path / "story.txt").write_text("Rewritten.")
    list(place.add_texts([tmp_path / "story.txt"], never))
    assert [place.text_file(source).read_text() for source in place.sources()] == ["Rewritten."]


def test_removing_leaves_the_users_own_file(place: Project, tmp_path: Path) -> None:
    place.remove_texts(place.sources()[:1])
    assert place.sources() == [] and list(place.texts_folder.iterdir()) == []
    assert (tmp_path / "story.txt").exists()


def test_folders_are_taken_with_what_is_in_them(tmp_path: Path) -> None:
    folder = tmp_path / "letters"
    (folder / "1990").mkdir(parents=True)
    (folder / "1990" / "may.txt").write_text("May.")
    (folder / "readme.md").write_text("Letters.")
    (folder / "photo.jpg").write_bytes(b"\xff\xd8")
    (folder / "loop").symlink_to(folder)
    os.mkfifo(folder / "pipe.txt")
    place = project.create(tmp_path / "p")
    happened = list(place.add_texts([folder], never))
    assert sorted(source.file for source in place.sources()) == ["may.txt", "readme.md"]
    warned = " ".join(event.message for event in happened if isinstance(event, events.Warned))
    assert "photo.jpg" in warned and "pipe.txt" in warned


def test_a_file_that_vanished_is_told_and_the_others_are_taken(tmp_path: Path) -> None:
    place = project.create(tmp_path / "p")
    (tmp_path / "a.txt").write_text("A.")
    (tmp_path / "b.txt").write_text("B.")
    adding = place.add_texts([tmp_path / "a.txt", tmp_path / "b.txt"], never)
    next(adding)
    (tmp_path / "b.txt").unlink()
    warned = [event for event in adding if isinstance(event, events.Warned)]
    assert "b.txt" in warned[0].message and [source.file for source in place.sources()] == ["a.txt"]


def test_runs_are_numbered_and_hold_what_was_asked(place: Project) -> None:
    runs = [place.write_run(RunConfig(), name) for name in ("first try", "a/b:c", "")]
    assert [run.name for run in runs] == ["001 first try", "002 a_b_c", "003 run"]
    assert place.runs() == runs and runs[0].config() == RunConfig()


def test_the_number_of_a_deleted_run_is_not_given_again(place: Project) -> None:
    """It may come back out of the bin, and a receipt knows a run that got another name by its number."""
    kept, gone = place.write_run(RunConfig(), "kept"), place.write_run(RunConfig(), "gone")
    bin = place.folder / "bin"
    gone.delete(lambda folder: bool(folder.rename(bin)))
    assert place.write_run(RunConfig(), "next").name == "003 next"
    bin.rename(gone.folder)
    assert [run.number for run in place.runs()] == [1, 2, 3] and kept in place.runs()


def test_a_run_is_listed_whatever_numbers_there_are(place: Project) -> None:
    for spent in ("9" * 5000, "no number", "", "\0", "7\n"):
        (place.runs_folder).mkdir(exist_ok=True)
        place.spent_file.write_text(spent)
        made = place.write_run(RunConfig(), "made")
        assert made in place.runs()
    assert made.number == 8
    (place.runs_folder / "999999999 theirs").mkdir()
    assert place.write_run(RunConfig(), "mine") in place.runs()


def test_runs_made_at_once_get_numbers_of_their_own(place: Project) -> None:
    with ThreadPoolExecutor(8) as pool:
        runs = list(pool.map(lambda number: place.write_run(RunConfig(data=str(number)), "same name"), range(24)))
    assert sorted(run.name for run in runs) == [f"{number:03d} same name" for number in range(1, 25)]
    assert [run.config().data for run in runs] == [str(number) for number in range(24)]
    assert place.runs() == sorted(runs, key=lambda run: run.name)


def test_runs_made_by_programs_at_once_get_numbers_of_their_own(place: Project) -> None:
    code = f"""
import sys
from pathlib import Path
from textgen_gui.engine.core.config import RunConfig
from textgen_gui.engine.core.project import Project, Run
from textgen_gui.engine.core.snapshot import snapshot
print("ready", flush=True)
sys.stdin.readline()
for number in range(8):
    Project(Path({str(place.folder)!r})).write_run(RunConfig(), "same name")
"""
    programs = [python("-c", code, pipe_in=True) for _ in range(3)]
    assert all(program.stdout and program.stdout.readline() == "ready\n" for program in programs)
    for program in programs:
        assert program.stdin
        program.stdin.write("\n")
        program.stdin.flush()
    for program in programs:
        _, said = program.communicate()
        assert program.returncode == 0, said
    assert [run.name for run in place.runs()] == [f"{number:03d} same name" for number in range(1, 25)]


def test_two_windows_on_one_project(place: Project) -> None:
    with place.lock(), pytest.raises(ProjectError, match="open in another window"):
        place.lock()
    place.lock().close()  # let go: free again


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("a/b\\c:d", "a_b_c_d"),
        ("CON", "_CON"),
        ("nul.txt", "_nul.txt"),
        (" dots. ", "dots"),
        ("new\nline\u202e", "new_line_"),
        ("ü" * 200, "ü" * 60),
    ],
)
def test_names_that_every_file_system_takes(name: str, safe: str) -> None:
    assert project.safe_name(name) == safe


def test_a_title_is_a_safe_name_without_the_signs_around_it_too() -> None:
    assert [names.title_of(text) for text in ("“CON”", "_nul.txt_ ", "“She", "…", "*")] == [
        *("_CON", "_nul.txt", "She", "text", "text")
    ]


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("“Hello,” he said", "Hello, he said"),
        ("!” cried the man", "cried the man"),
        ("‘Don’t,’ she said, “go", "Don’t, she said, go"),
        ("What?” asked the old man", "What asked the old man"),
        ("He said, “no!”", "He said, no"),
        ("«\u00a0Où est-il\u00a0?\u00a0» dit-elle", "Où est-il dit-elle"),
        ("「こんにちは」と言った", "こんにちはと言った"),
        ("हिन्दी*", "हिन्दी"),
        ("## Chapter 1: In", "Chapter 1 In"),
        ("rock'n'roll o'clock", "rock'n'roll o'clock"),
    ],
)
def test_no_mark_of_speech_stands_alone_in_a_title(text: str, title: str) -> None:
    assert names.title_of(text) == title


def test_sentences_for_folders_that_are_no_project(tmp_path: Path, place: Project) -> None:
    with pytest.raises(ProjectError, match="is no project"):
        project.open(tmp_path / "nowhere")
    with pytest.raises(ProjectError, match="already is a project"):
        project.create(place.folder)
    with pytest.raises(ProjectError, match="is no run"):
        project.find_run(tmp_path)
    with pytest.raises(ProjectError, match="neither a run nor a checkpoint"):
        project.find(tmp_path)


def test_a_project_file_edited_into_nonsense(place: Project) -> None:
    place.file.write_text("format = 1\nname = oops")
    with pytest.raises(ProjectError, match=r"project\.toml cannot be read: .*line 2"):
        project.open(place.folder)


def test_a_project_of_a_newer_version_is_left_alone(place: Project) -> None:
    place.file.write_text('format = 99\nname = "x"\n')
    with pytest.raises(ProjectError, match="newer version"):
        place.set_prepare_config(PrepareConfig())
    assert "99" in place.file.read_text()


def test_a_project_can_be_moved(prepared: Project, tmp_path: Path) -> None:
    from textgen_gui.engine.text.staleness import current

    moved = prepared.folder.rename(tmp_path / "moved")
    assert current(project.open(moved)) is not None


def test_a_run_is_called_without_its_number_where_no_other_is_called_so(place: Project) -> None:
    first = place.write_run(RunConfig(), "3 minutes")
    assert [known.title for known in snapshot(place).runs] == ["3 minutes"]
    second = place.write_run(RunConfig(), "3 minutes")
    place.write_run(RunConfig(), "verse")
    seen = snapshot(place)
    assert [known.title for known in seen.runs] == ["001 3 minutes", "002 3 minutes", "verse"]
    shutil.rmtree(second.folder)
    assert snapshot(place).title(first) == "3 minutes" == seen.title(Run(place.runs_folder / "007 3 minutes"))


def test_what_is_written_can_be_read_again(place: Project) -> None:
    run = place.write_run(RunConfig())
    notes.write(run, "夜" * 32_767)  # as many letters as the field of the window takes
    assert run.notes() == "夜" * 32_767
    endless = RunConfig(train=TrainConfig(prompts=("word " * 250_000,)))
    with pytest.raises(ProjectError, match="shorten its prompts"):
        place.write_run(endless)
    assert place.runs() == [run]
