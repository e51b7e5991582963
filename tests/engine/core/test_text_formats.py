"""What is taken from a dropped folder: what its owner sees, and what is passed over is said."""

import os
import time
from pathlib import Path

import pytest

from textgen_gui.engine.core import events, project
from textgen_gui.engine.core.config import TextConfig
from textgen_gui.engine.core.text_formats import text_format, texts_below, why_left_out

from ...conftest import never


def fill(folder: Path, *names: str) -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"The text of {name}.")


def test_a_folder_is_taken_without_what_its_owner_does_not_see(tmp_path: Path) -> None:
    fill(tmp_path, "a.txt", "b/c.md", ".obsidian/plugins/key/data.json", ".trash/deleted.md", "b/.hidden.txt")
    fill(tmp_path, "__MACOSX/a.txt", "._a.txt", "~$letter.docx", "..odd.txt", "photo.jpg", "$RECYCLE.BIN/x/old.txt")
    fill(tmp_path, "TextGen/My Novel/project.toml", "TextGen/My Novel/texts/a.txt", "TextGen/My Novel/generated/1.txt")
    fill(tmp_path, "copied/001 a run/run.toml", "copied/001 a run/events.jsonl", "copied/001 a run/samples.txt")
    if os.name != "nt":
        (tmp_path / "link.txt").symlink_to(tmp_path / "a.txt")
    dropped = texts_below([tmp_path])
    assert [path.name for path in dropped.texts] == ["..odd.txt", "a.txt", "c.md"]
    assert [path.name for path in dropped.others] == ["photo.jpg"]
    for words in ("4 hidden folders", "3 hidden files", "1 project", "1 run"):
        assert words in dropped.hidden
    assert os.name == "nt" or "1 link" in dropped.hidden
    place = project.create(tmp_path / "p")
    told = [event.message for event in place.add_texts([tmp_path], never) if isinstance(event, events.Warned)]
    assert len(place.sources()) == 3 and "2 projects" in told[-1]
    assert told[-1].endswith("add the folder “texts” within it.")


def test_a_hidden_file_that_is_dropped_by_itself_is_taken(tmp_path: Path) -> None:
    fill(tmp_path, ".notes.txt")
    assert texts_below([tmp_path / ".notes.txt"]).texts == [tmp_path / ".notes.txt"]


def test_a_document_of_another_program_is_told_what_to_do() -> None:
    assert "save it as .docx" in why_left_out(Path("letter.WPD")) and "save" not in why_left_out(Path("photo.jpg"))


@pytest.mark.parametrize(
    ("name", "format"),
    [
        ("a.RTF", "rtf"),
        ("a.srt", "subtitles"),
        ("a.vtt", "subtitles"),
        ("a.fountain", "text"),
        ("a.tex", "text"),
        ("a.log.gz", "text"),
        ("a.mbox", "mbox"),
        ("mbox", "mbox"),
        ("mbox 2", "mbox"),
        ("inbox", ""),
        ("a.zip", "zip"),
        ("tweets.js", "json"),
        ("app.js", ""),
        ("a.docx.gz", ""),
    ],
)
def test_formats(name: str, format: str) -> None:
    assert text_format(Path(name))[0] == format


def test_many_texts_are_listed_and_removed_with_one_write(tmp_path: Path) -> None:
    fill(tmp_path / "drop", *(f"{n % 7}/{n}.txt" for n in range(600)))
    place = project.create(tmp_path / "p")
    list(place.add_texts([tmp_path / "drop"], never))
    started = time.monotonic()
    place.set_options([source.file for source in place.sources()], TextConfig(weight=2.0))
    place.remove_texts(place.sources()[100:])
    assert len(place.sources()) == 100 == len(list(place.texts_folder.iterdir()))
    assert time.monotonic() - started < 10
