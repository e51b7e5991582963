"""Removed texts can be put back as they were; adding keeps what has come, and settings are one write for all."""

import itertools
import random
import shutil
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from textgen_gui.engine.core import atomic_io, events, project, schema, text_changes, text_formats
from textgen_gui.engine.core.config import TextConfig
from textgen_gui.engine.core.errors import ProjectError
from textgen_gui.engine.core.project import Project
from textgen_gui.engine.text.prepare import prepare

from ...conftest import never


@pytest.fixture
def five(tmp_path: Path) -> Project:
    made = project.create(tmp_path / "five")
    (tmp_path / "drop").mkdir()
    for name in "abcde":
        (tmp_path / "drop" / f"{name}.txt").write_text(f"The text {name}.")
    list(made.add_texts([tmp_path / "drop"], never))
    made.set_options(["c.txt"], TextConfig(weight=3.0))
    return made


def names(place: Project) -> str:
    return "".join(source.file[0] for source in place.sources())


def test_what_was_removed_comes_back_where_it_was(five: Project) -> None:
    before = five.file.read_bytes()
    five.remove_texts([source for source in five.sources() if source.file[0] in "bc"])
    five.remove_texts(five.sources()[:1])
    assert names(five) == "de" and sorted(path.name for path in five.texts_folder.iterdir()) == ["d.txt", "e.txt"]
    assert [text.source.file for text in five.listing().removed] == ["b.txt", "c.txt", "a.txt"]
    five.put_back(["a.txt"])
    assert names(five) == "ade"
    five.put_back(["c.txt", "b.txt"])
    assert five.file.read_bytes() == before and not list(five.removed_folder.iterdir())
    assert five.text_file(five.sources()[2]).read_text() == "The text c."


def test_the_originals_are_never_written_to(five: Project, tmp_path: Path) -> None:
    """Nor their folder: not by adding, reading, removing, putting back, or preparing."""
    drop = tmp_path / "drop"
    (drop / "long.txt").write_text("One more text, which is long enough to be learnt. " * 40)

    def seen() -> list[tuple[str, bytes, int, int]]:
        files = [drop, *sorted(drop.iterdir())]
        about = [file.stat() for file in files]
        return [
            (file.name, b"" if file.is_dir() else file.read_bytes(), each.st_ino, each.st_mtime_ns)
            for file, each in zip(files, about, strict=True)
        ]

    before = seen()
    list(five.add_texts([drop], never))
    five.remove_texts(five.sources()[:2])
    five.put_back([five.listing().removed[0].source.file])
    list(prepare(five, never))
    assert seen() == before


def test_all_that_was_removed_bit_by_bit_comes_back_in_order(five: Project) -> None:
    before = five.file.read_bytes()
    for name in "cea":
        five.remove_texts([source for source in five.sources() if source.file[0] == name])
    five.put_back(["a.txt", "c.txt", "e.txt"])
    assert five.file.read_bytes() == before


def test_they_come_back_in_order_whichever_comes_first(five: Project) -> None:
    for order in itertools.permutations("abd"):
        for names_of in ("ab", "d"):
            five.remove_texts([source for source in five.sources() if source.file[0] in names_of])
        for name in order:
            five.put_back([f"{name}.txt"])
        assert names(five) == "abcde", order


@pytest.mark.parametrize("seed", range(30))
def test_they_come_back_in_order_in_whatever_parts(five: Project, seed: int) -> None:
    chance, gone = random.Random(seed), list[str]()
    for _ in range(6):
        going = [source for source in five.sources() if chance.random() < 0.4]
        five.remove_texts(going)
        gone += [source.file for source in going]
        coming = [file for file in gone if chance.random() < 0.4]
        five.put_back(coming)
        gone = [file for file in gone if file not in coming]
    assert names(five) == "".join(sorted(names(five)))
    five.put_back(gone)
    assert names(five) == "abcde"


def test_a_kill_between_list_and_files_loses_nothing(five: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", _refused)  # after the list is written, the files are not moved
        patch.setattr(atomic_io, "_rename", lambda source, target: source.rename(target))
        five.remove_texts(five.sources()[:2])
    assert names(five) == "cde" and (five.texts_folder / "a.txt").exists()
    five.put_back(["a.txt", "b.txt"])
    assert names(five) == "abcde"


def _refused(path: Path, target: Path) -> None:
    raise PermissionError


def test_a_text_of_the_same_name_takes_no_removed_file(five: Project, tmp_path: Path) -> None:
    five.remove_texts(five.sources()[:1])
    (tmp_path / "a.txt").write_text("Another.")
    list(five.add_texts([tmp_path / "a.txt"], never))
    assert five.sources()[-1].file == "a 2.txt"
    five.put_back(["a.txt"])
    assert [five.text_file(source).read_text() for source in five.sources() if source.file[0] == "a"] == [
        "The text a.",
        "Another.",
    ]


def test_names_that_differ_in_case_only_are_the_same_on_some_systems(five: Project, tmp_path: Path) -> None:
    (five.texts_folder / "Stray.txt").write_text("In the folder, in no list.")
    for folder, name in [("1", "Tale.txt"), ("2", "tale.txt"), ("3", "TALE.txt"), ("4", "A.txt"), ("5", "stray.txt")]:
        (tmp_path / "more" / folder).mkdir(parents=True)
        (tmp_path / "more" / folder / name).write_text(folder)
    list(five.add_texts([tmp_path / "more"], never))
    files = [source.file for source in five.sources()]
    assert files[5:] == ["Tale.txt", "tale 2.txt", "TALE 3.txt", "A 2.txt", "stray 2.txt"]
    assert [five.text_file(source).read_text() for source in five.sources()[5:]] == list("12345")


def test_what_comes_back_replaces_no_text_whose_name_differs_in_case_only(five: Project) -> None:
    five.remove_texts(five.sources()[:1])
    listing = five.listing()
    other = replace(listing.sources[0], file="A.txt", origin="elsewhere")  # as an older version listed it
    five.text_file(other).write_text("Another.")
    five.save(replace(listing, sources=(*listing.sources, other)))
    five.put_back(["a.txt"])
    assert [source.file for source in five.sources()] == ["a 2.txt", "b.txt", "c.txt", "d.txt", "e.txt", "A.txt"]
    assert five.text_file(five.sources()[0]).read_text() == "The text a."
    assert five.text_file(other).read_text() == "Another." and not five.listing().removed


def test_sweeping_takes_no_text_whose_name_differs_in_case_only(five: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    five.remove_texts(five.sources()[:1])
    listing = five.listing()
    five.save(replace(listing, sources=(*listing.sources, replace(listing.sources[0], file="A.txt", origin="x"))))
    five.text_file(listing.removed[0].source).write_text("What some systems call A.txt, too.")
    monkeypatch.setattr(text_changes, "KEPT_DAYS", -1)
    text_changes.sweep_removed(five)
    assert five.text_file(listing.removed[0].source).exists() and not list(five.removed_folder.iterdir())


def test_a_removed_text_that_is_added_again_is_no_longer_removed(five: Project, tmp_path: Path) -> None:
    five.remove_texts([source for source in five.sources() if source.file == "c.txt"])
    list(five.add_texts([tmp_path / "drop" / "c.txt"], never))
    assert names(five) == "abdec" and five.sources()[-1].options.weight == 3.0
    assert not five.listing().removed and not list(five.removed_folder.iterdir())


def test_what_a_text_was_before_it_came_anew_waits_among_the_removed_ones(five: Project, tmp_path: Path) -> None:
    """Whoever wrote over a file of his own, or has another one at its place by now, had lost the first one here too."""
    drop, today = tmp_path / "drop", time.strftime("%Y-%m-%d")
    (drop / "b.txt").write_text("Another one.")
    (drop / "d.txt").write_text("A third one.")
    (drop / "new.txt").write_text("A new one.")
    list(five.add_texts([drop], never))
    assert names(five) == "abcden" and five.text_file(five.sources()[1]).read_text() == "Another one."
    before = [text.source.file for text in five.listing().removed]
    assert before == [f"b (before {today}).txt", f"d (before {today}).txt"]
    five.put_back(before)
    assert [source.file for source in five.sources()] == [
        "a.txt",
        "b.txt",
        before[0],
        "c.txt",
        "d.txt",
        before[1],
        "e.txt",
        "new.txt",
    ]
    assert five.text_file(five.sources()[2]).read_text() == "The text b."
    assert five.text_file(five.sources()[5]).read_text() == "The text d."
    list(five.add_texts([drop], never))
    assert not five.listing().removed, "no file has changed since"
    (drop / "b.txt").write_text("A fourth one.")
    list(five.add_texts([drop], never))
    (again,) = five.listing().removed
    assert again.source.file == f"b (before {today}) 2.txt"
    assert five.removed_file(again.source).read_text() == "Another one."


def test_a_kill_while_texts_come_anew_loses_none(
    five: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a text was is listed before the new one takes its place."""
    (tmp_path / "drop" / "b.txt").write_text("Another one.")
    with monkeypatch.context() as refused:
        refused.setattr(Project, "save", lambda place, listing: (_ for _ in ()).throw(ProjectError("full")))
        with pytest.raises(ProjectError):
            list(five.add_texts([tmp_path / "drop" / "b.txt"], never))
    assert five.text_file(five.sources()[1]).read_text() == "The text b.", "nothing is listed, and nothing replaced"
    with monkeypatch.context() as killed:
        killed.setattr(text_changes._Coming, "list_copied", lambda coming: None)
        list(five.add_texts([tmp_path / "drop" / "b.txt"], never))
    assert five.text_file(five.sources()[1]).read_text() == "Another one."
    (was,) = five.listing().removed
    assert five.removed_file(was.source).read_text() == "The text b."


@pytest.mark.parametrize("name", ["b.txt.gz", "tweets.js", "mbox", "b.csv", "b"])
def test_what_a_text_was_is_read_as_it_was(tmp_path: Path, name: str) -> None:
    """Its name has the date, and some names tell the format as a whole."""
    place, text = project.create(tmp_path / "place"), tmp_path / "drop" / name
    text.parent.mkdir()
    for written in ("One. ", "Two. ", "Three. "):
        text.write_text(written)
        list(place.add_texts([text], never))
    text.rename(tmp_path / name)
    list(place.add_texts([tmp_path / name], never))  # of the same name, from elsewhere
    before = [one.source.file for one in place.listing().removed]
    assert len(before) == (2 if text_formats.text_format(text)[0] else 0)
    every = [*before, *(source.file for source in place.sources())]
    assert {text_formats.text_format(Path(file)) for file in every} <= {text_formats.text_format(text)}


def test_what_a_text_was_has_the_settings_that_it_had(five: Project, tmp_path: Path) -> None:
    (tmp_path / "drop" / "c.txt").write_text("Another one.")
    options = schema.Changes(TextConfig(weight=7.0), frozenset({"weight"}))
    list(five.add_texts([tmp_path / "drop" / "c.txt"], never, options))
    assert five.sources()[2].options.weight == 7.0 and five.listing().removed[0].source.options.weight == 3.0


def test_a_removed_text_that_comes_anew_as_another_one_waits_on(five: Project, tmp_path: Path) -> None:
    five.remove_texts(five.sources()[2:3])
    (tmp_path / "drop" / "c.txt").write_text("Another one.")
    list(five.add_texts([tmp_path / "drop" / "c.txt"], never))
    assert names(five) == "abdec" and five.sources()[4].options.weight == 3.0
    (was,) = five.listing().removed
    five.put_back([was.source.file])
    assert five.text_file(five.sources()[5]).read_text() == "The text c." and five.sources()[5].options.weight == 3.0


def test_a_file_that_is_gone_is_named(five: Project) -> None:
    five.remove_texts(five.sources()[:2])
    five.removed_file(five.listing().removed[0].source).unlink()
    with pytest.raises(ProjectError, match=r"a\.txt.*Add them again"):
        five.put_back(["a.txt", "b.txt"])
    assert names(five) == "bcde" and not five.listing().removed


def test_only_what_was_removed_long_ago_is_swept(five: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    five.remove_texts(five.sources()[:2])
    text_changes.sweep_removed(five)
    assert len(five.listing().removed) == 2
    monkeypatch.setattr(text_changes, "KEPT_DAYS", -1)
    text_changes.sweep_removed(five)
    assert not five.listing().removed and not list(five.removed_folder.iterdir()) and names(five) == "cde"


def test_settings_of_a_folder_are_written_with_its_texts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One change of the list for any number of texts: with one for each, ten thousand would take hours."""
    (tmp_path / "drop").mkdir()
    for number in range(40):
        (tmp_path / "drop" / f"{number}.txt").write_text("Words.")
    place, written, write = project.create(tmp_path / "p"), list[Path](), atomic_io.write_text

    def write_and_count(path: Path, text: str) -> None:
        written.append(path)
        write(path, text)

    monkeypatch.setattr(atomic_io, "write_text", write_and_count)
    list(place.add_texts([tmp_path / "drop"], never, schema.named(TextConfig(), {"group": "letters"})))
    assert {source.options.group for source in place.sources()} == {"letters"} and len(place.sources()) == 40
    assert written == [place.file]


def test_sources_from_folders_and_files(five: Project, tmp_path: Path) -> None:
    assert len(five.sources_from([tmp_path])) == 5
    assert [source.file for source in five.sources_from([tmp_path / "drop" / "b.txt"])] == ["b.txt"]
    assert five.sources_from([tmp_path / "dro"]) == []


def test_what_was_left_out_is_told_with_its_name(five: Project, tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(b"\xff")
    told = [event for event in five.add_texts([tmp_path / "a.jpg"], never) if isinstance(event, events.Warned)]
    assert [event.file for event in told] == ["a.jpg"]


def test_the_list_is_read_again_when_somebody_changed_it(five: Project) -> None:
    assert five.name == "five"
    five.file.write_text(five.file.read_text().replace('"five"', '"FIVE"'))
    assert five.name == "FIVE"


def sparse(path: Path, size: int) -> Path:
    with path.open("wb") as file:
        file.write(b"The old man.\n")
        file.truncate(size)
    return path


def test_a_text_without_room_is_left_out_and_the_others_come(
    five: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file with a hole in it takes no space itself, and its copy does: minutes, and then the disk is full."""
    usage = shutil.disk_usage(tmp_path)._replace(free=10_000_000)
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: usage)
    more = [("f.txt", 2_600_000), ("g.txt", 1_000), ("h.docx", 2_600_000), ("i.txt.gz", 1_000), ("j.txt", 2_000_000)]
    drop = [sparse(tmp_path / name, size) for name, size in (*more, ("k.txt", 1_400_000))]
    told = [event for event in five.add_texts(drop, never) if isinstance(event, events.Warned)]
    assert [event.file for event in told] == ["f.txt", "h.docx", "k.txt"], "what is packed grows; what came needs room"
    assert "need some 10.4 MB, and 10.0 MB are left" in told[0].message and "add it again" in told[0].message
    assert [source.file for source in five.sources()][5:] == ["g.txt", "i.txt.gz", "j.txt"]


def test_a_document_that_may_be_mostly_pictures_comes_where_it_may_fit(
    five: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage(tmp_path)._replace(free=10_000_000)
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: usage)
    sizes = (("f.docx", 1_200_000), ("g.docx", 1_200_000), ("h.docx", 1_600_000))
    drop = [sparse(tmp_path / name, size) for name, size in sizes]
    (told,) = (event for event in five.add_texts(drop, never) if isinstance(event, events.Warned))
    assert told.message.startswith("h.docx") and "need some 16.0 MB, and 2.8 MB are left" in told.message
    assert [source.file for source in five.sources()][5:] == ["f.docx", "g.docx"]


def test_what_could_not_be_copied_takes_no_room_from_the_others(
    five: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage, copy = shutil.disk_usage(tmp_path)._replace(free=10_000_000), shutil.copyfile

    def refusing(source: Path, target: Path) -> None:
        if source.name == "f.txt":
            source.unlink()
        copy(source, target)

    monkeypatch.setattr(shutil, "disk_usage", lambda folder: usage)
    monkeypatch.setattr(shutil, "copyfile", refusing)
    drop = [sparse(tmp_path / name, 2_400_000) for name in ("f.txt", "g.txt")]
    list(five.add_texts(drop, never))
    assert five.sources()[-1].file == "g.txt"


def test_a_large_text_that_is_being_copied_can_be_stopped(five: Project, tmp_path: Path) -> None:
    large, told = sparse(tmp_path / "large.txt", 4 * text_formats.BLOCK), list[events.Event]()
    for event in five.add_texts([large], lambda: len(told) == 2):
        told.append(event)
    assert len(told) == 2 and names(five) == "abcde" and not (five.texts_folder / "large.txt").exists()
    assert not list(five.texts_folder.glob(".new-*"))
    list(five.add_texts([large], never))
    assert five.text_file(five.sources()[-1]).stat().st_size == 4 * text_formats.BLOCK


def test_a_clock_that_was_wrong_forgets_no_removed_text(five: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """A computer whose battery is empty begins in 1970, and knows better as soon as there is a network."""
    clock = datetime(1970, 1, 1, tzinfo=UTC)

    class Wrong(datetime):
        @classmethod
        def now(cls, zone: object = None) -> datetime:  # type: ignore[override]
            return clock

    with monkeypatch.context() as wrong:
        wrong.setattr(text_changes, "datetime", Wrong)
        five.remove_texts(five.sources()[:2])
    text_changes.sweep_removed(five)
    assert len(five.listing().removed) == 2
    clock = datetime.now(UTC) + timedelta(days=4000)
    monkeypatch.setattr(text_changes, "datetime", Wrong)
    text_changes.sweep_removed(five)
    five.put_back(["a.txt", "b.txt"])
    assert names(five) == "abcde"
