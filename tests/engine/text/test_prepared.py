"""Folders of token files: named after their content, never written again, and how long they stay."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from textgen_gui import front_door
from textgen_gui.engine.core import events
from textgen_gui.engine.core.atomic_io import TEMPORARY
from textgen_gui.engine.core.config import PrepareConfig, RunConfig
from textgen_gui.engine.core.errors import ProjectError
from textgen_gui.engine.core.project import Project, Run
from textgen_gui.engine.text.dataset import Prepared
from textgen_gui.engine.text.forget import is_used
from textgen_gui.engine.text.prepare import prepare
from textgen_gui.engine.text.staleness import current

from ...conftest import never, story
from ..runs import finished, make_run, train_until


def content(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def folders(place: Project) -> set[str]:
    return {file.parent.name for file in place.prepared_folder.glob("*/prepared.toml")}


def prepared_again(place: Project, more: str) -> Prepared:
    """After the text has grown by ``more``."""
    path = place.text_file(place.sources()[0])
    path.write_text(path.read_text(encoding="utf-8") + more, encoding="utf-8")
    list(prepare(place, never))
    found = current(place)
    assert found
    return found


def as_in_old_projects(place: Project) -> Prepared:
    """The folder with the name that earlier versions gave it."""
    now = current(place)
    assert now
    old = now.folder.rename(now.folder.with_name(now.folder.name.rpartition("-")[0]))
    return Prepared.load(old)


def to_bin(folder: Path) -> bool:
    shutil.rmtree(folder)
    return True


def another_story() -> str:
    """More than twice as much text, in which hardly a word is the same."""
    return story(50_000)[::-1].upper()


def test_preparing_beside_a_run_leaves_its_token_files_alone(prepared: Project) -> None:
    run = make_run(prepared)
    folder = prepared.prepared_folder / run.config().prepared
    before = content(folder)
    made: list[Prepared] = []

    def meanwhile() -> None:
        if not made:
            made.append(prepared_again(prepared, another_story()))

    happened = train_until(run, 99, meanwhile)
    assert finished(happened).outcome == "finished"
    assert made[0].tokenizer().to_str() != Prepared.load(folder).tokenizer().to_str()
    assert made[0].folder != folder and content(folder) == before


def test_the_name_says_what_and_which_content(prepared: Project) -> None:
    first = current(prepared)
    assert first
    kind, vocabulary, digits = first.folder.name.split("-")
    assert (kind, int(vocabulary)) == ("bpe", 500) and len(digits) == 8 and int(digits, 16) >= 0
    second = prepared_again(prepared, "A little more.\n")
    assert second.folder.name.split("-")[:2] == [kind, vocabulary] and second.folder != first.folder


def test_the_same_content_gets_the_same_name(prepared: Project, tmp_path: Path) -> None:
    first = current(prepared)
    assert first
    name, before = first.folder.name, content(first.folder)
    for path in sorted(prepared.prepared_folder.rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    list(prepare(prepared, never))
    assert content(prepared.prepared_folder / name) == before


def test_a_project_of_an_older_version_is_up_to_date_and_its_runs_resume(prepared: Project) -> None:
    old = as_in_old_projects(prepared)
    run = make_run(prepared)
    assert run.config().prepared == "bpe-500" and current(prepared) == old
    train_until(run, 5)
    list(prepare(prepared, never))
    assert folders(prepared) == {"bpe-500"}
    happened = train_until(run, 99)
    assert finished(happened).outcome == "finished" and run.checkpoints()[-1].step == 12


def test_an_older_folder_teaches_its_tokenizer_to_a_corpus_that_grew(prepared: Project, tmp_path: Path) -> None:
    old = as_in_old_projects(prepared)
    (tmp_path / "more.txt").write_text(story(3000).upper())
    list(prepared.add_texts([tmp_path / "more.txt"], never))
    list(prepare(prepared, never))
    now = current(prepared)
    assert now and now.tokenizer_texts == old.tokenizer_texts and now.folder.name.startswith("bpe-500-")
    assert folders(prepared) == {now.folder.name}  # no run needs the old one


def test_what_a_run_names_stays_and_what_none_names_goes(prepared: Project) -> None:
    first = current(prepared)
    assert first
    run = prepared.write_run(RunConfig(prepared=first.folder.name, data=first.fingerprint))
    second = prepared_again(prepared, "A little more.\n")
    third = prepared_again(prepared, "And more.\n")
    assert folders(prepared) == {first.folder.name, third.folder.name} and second.folder != third.folder
    run.delete(to_bin)
    list(prepare(prepared, never))
    assert folders(prepared) == {third.folder.name}
    assert not list(prepared.prepared_folder.glob(".new-*"))


def test_a_run_that_cannot_be_read_keeps_what_it_may_need(prepared: Project) -> None:
    first = current(prepared)
    assert first
    run = prepared.write_run(RunConfig(prepared=first.folder.name, data=first.fingerprint))
    run.config_file.write_text(run.config_file.read_text().replace("name = ", "name = oops ") + "oops")
    second = prepared_again(prepared, "A little more.\n")
    assert folders(prepared) == {first.folder.name, second.folder.name}


def test_going_back_to_earlier_texts_makes_nothing_again(prepared: Project) -> None:
    first = current(prepared)
    assert first
    prepared.write_run(RunConfig(prepared=first.folder.name, data=first.fingerprint))
    path = prepared.text_file(prepared.sources()[0])
    earlier = path.read_text(encoding="utf-8")
    prepared_again(prepared, "A little more.\n")
    path.write_text(earlier, encoding="utf-8")
    assert current(prepared) == first


def test_settings_that_change_no_token_are_another_folder(prepared: Project) -> None:
    """The same token files, but another prepared.toml: nothing that was published is written again."""
    first = current(prepared)
    assert first
    prepared.write_run(RunConfig(prepared=first.folder.name, data=first.fingerprint))
    before = content(first.folder)
    prepared.set_prepare_config(PrepareConfig(seed=2))
    list(prepare(prepared, never))
    second = current(prepared)
    assert second and second.fingerprint == first.fingerprint and second.folder != first.folder
    assert content(first.folder) == before


@pytest.mark.parametrize(
    "damage",
    [lambda folder: (folder / "train.bin").write_bytes(b"12"), lambda folder: (folder / "tokenizer.json").unlink()],
)
def test_token_files_that_were_damaged_are_made_again(prepared: Project, damage: Callable[[Path], object]) -> None:
    first = current(prepared)
    assert first
    before = content(first.folder)
    damage(first.folder)
    assert current(prepared) is None
    list(prepare(prepared, never))
    again = current(prepared)
    assert again and again.folder == first.folder and content(again.folder) == before


def test_a_damaged_tokenizer_that_other_texts_taught_is_told(prepared: Project, tmp_path: Path) -> None:
    first = current(prepared)
    assert first
    (first.folder / "tokenizer.json").write_bytes(b"{}")
    assert not [event for event in prepare(prepared, never) if isinstance(event, events.Warned)]  # it is the same again
    (tmp_path / "more.txt").write_text("Now a little more.\n")
    list(prepared.add_texts([tmp_path / "more.txt"], never))
    list(prepare(prepared, never))
    grown = current(prepared)
    assert grown and grown.tokenizer_texts == first.tokenizer_texts
    for folder in prepared.prepared_folder.glob("bpe-*"):
        (folder / "tokenizer.json").write_bytes(b"{}")
    told = [event.message for event in prepare(prepared, never) if isinstance(event, events.Warned)]
    assert len(told) == 1 and "vocabulary" in told[0] and "is damaged" in told[0]


def test_a_folder_that_is_no_longer_there_is_a_sentence(prepared: Project) -> None:
    with pytest.raises(ProjectError, match=r"is missing\. Prepare the texts again"):
        Prepared.load(prepared.prepared_folder / "bpe-500-00000000")


def test_a_folder_that_is_still_being_written_is_not_there_yet(prepared: Project) -> None:
    now = current(prepared)
    assert now
    unfinished = now.folder.rename(now.folder.with_name(f"{TEMPORARY}1-abcdef"))  # another program is at it
    assert current(prepared) is None
    assert prepared.prepared_folders() == []
    unfinished.rename(now.folder)
    assert current(prepared) == now


def test_a_run_that_gets_another_name_meanwhile_keeps_its_token_files(
    prepared: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = make_run(prepared)
    folder = prepared.prepared_folder / run.config().prepared
    listed = Project.runs

    def renamed_after(place: Project) -> list[Run]:
        found = listed(place)
        if run.exists():
            run.rename("another name")
        return found

    monkeypatch.setattr(Project, "runs", renamed_after)
    assert is_used(prepared, folder)


def test_a_run_of_an_older_version_goes_on_when_its_texts_are_prepared_again(prepared: Project) -> None:
    as_in_old_projects(prepared)
    run = make_run(prepared)
    train_until(run, 5)
    shutil.rmtree(prepared.prepared_folder)
    list(prepare(prepared, never))  # into a folder with a name as they are now
    assert not (prepared.prepared_folder / run.config().prepared).exists()
    again = current(prepared)
    prepared_again(prepared, another_story())  # which removes what no run learns from
    assert finished(train_until(run, 99)).outcome == "finished"
    assert again and again.folder.exists()
    assert list(front_door.Run(run.folder).checking_copies(story()))
