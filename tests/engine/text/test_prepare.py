"""Texts become token files: what is made again and what is kept, what cannot be used, and cancelling."""

import itertools
import shutil
from pathlib import Path

import pytest

from textgen_gui.engine.core import event_log, events, project
from textgen_gui.engine.core.config import DocumentEnd, PrepareConfig, TextConfig
from textgen_gui.engine.core.errors import ProjectError, TextError
from textgen_gui.engine.core.project import Project
from textgen_gui.engine.text.prepare import prepare
from textgen_gui.engine.text.staleness import current
from textgen_gui.engine.text.texts import reading

from ...conftest import never, story
from ..runs import python
from .projects import done, made, words


def files(place: Project) -> dict[str, int]:
    """Everything that is kept of the texts, with the time it was written."""
    return {str(path): path.stat().st_mtime_ns for path in place.clean_folder.rglob("*") if path.is_file()}


def test_adding_a_text_reads_only_that_text(place: Project, tmp_path: Path) -> None:
    before = done(place)
    kept, tokenizer = files(place), before.tokenizer()
    (tmp_path / "more.txt").write_text(story(3000).upper())
    list(place.add_texts([tmp_path / "more.txt"], never))
    after = done(place)
    assert {path: time for path, time in files(place).items() if path in kept} == kept
    assert after.tokens > before.tokens
    assert (after.folder / "tokenizer.json").read_text() == tokenizer.to_str(pretty=True)


def test_taking_a_text_out_reads_nothing(place: Project, tmp_path: Path) -> None:
    before = done(place)
    (tmp_path / "more.txt").write_text(story(3000).upper())
    list(place.add_texts([tmp_path / "more.txt"], never))
    done(place)
    kept = files(place)
    place.remove_texts(place.sources()[1:2])
    after = done(place)
    assert set(files(place)) < set(kept) and all(kept[path] == time for path, time in files(place).items())
    assert words(after) == words(before)


def test_a_corpus_that_became_another_gets_another_tokenizer(place: Project, tmp_path: Path) -> None:
    before = done(place).tokenizer().to_str()
    (tmp_path / "greek.txt").write_text(
        "".join(f"Ο γέρος περπατούσε {n} στο ποτάμι και κοίταζε το νερό. " for n in range(999))
    )
    list(place.add_texts([tmp_path / "greek.txt"], never))
    assert done(place).tokenizer().to_str() != before


@pytest.mark.parametrize("damage", ["text.txt", "documents.bin", "text.toml", "tokens.bin", "lengths.bin"])
def test_what_is_kept_is_checked_before_it_is_used(place: Project, tmp_path: Path, damage: str) -> None:
    before = words(done(place))
    path = next(place.clean_folder.rglob(damage))
    path.write_bytes(path.read_bytes()[:-1])
    (tmp_path / "more.txt").write_text("A little more. " * 9)
    list(place.add_texts([tmp_path / "more.txt"], never))
    assert words(done(place))[0].startswith(before[0])


@pytest.mark.parametrize("damage", ["text.txt", "documents.bin", "sketches.bin", "tokens.bin", "lengths.bin"])
def test_what_a_power_cut_left_empty_is_made_again(place: Project, tmp_path: Path, damage: str) -> None:
    """Small files are not forced to the disk: they may come back in their length, filled with zeros."""
    before = words(done(place))
    path = next(place.clean_folder.rglob(damage))
    path.write_bytes(b"\0" * path.stat().st_size)
    (tmp_path / "more.txt").write_text("A little more. " * 9)
    list(place.add_texts([tmp_path / "more.txt"], never))
    assert words(done(place))[0].startswith(before[0]) and path.read_bytes().strip(b"\0")


def test_texts_that_were_read_are_not_read_again(place: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    (read,) = [event for event in reading(place, ["story.txt"], never) if isinstance(event, events.TextRead)]
    assert read.documents == 1 and not read.tokens
    monkeypatch.setattr("textgen_gui.engine.text.corpus.parts", None)
    assert done(place).tokens


def test_a_bad_text_does_not_stop_the_others(place: Project, tmp_path: Path) -> None:
    bad = {"empty.txt": b"", "blank.txt": b" \n\t\n", "picture.txt": b"\x89PNG\r\n\x1a\n", "zero.md": b"a\x00b" * 99}
    for name, content in bad.items():
        (tmp_path / name).write_bytes(content)
    list(place.add_texts([tmp_path / name for name in bad], never))
    read = [event for event in prepare(place, never) if isinstance(event, events.TextRead)]
    assert [event.documents for event in read] == [1, 0, 0, 0, 0]
    assert all(len(event.warnings) == 1 for event in read[1:])
    assert current(place)


def test_nothing_usable_is_one_sentence(tmp_path: Path) -> None:
    place = project.create(tmp_path / "p")
    with pytest.raises(ProjectError, match="no texts yet"):
        prepare(place, never)
    (tmp_path / "empty.txt").write_text("")
    list(place.add_texts([tmp_path / "empty.txt"], never))
    with pytest.raises(TextError, match="None of the texts can be used"):
        list(prepare(place, never))


def test_cancelling_changes_nothing(place: Project) -> None:
    happened = list(prepare(place, lambda: True))
    assert happened == [events.Warned("Preparing was cancelled. The texts are as they were.")]
    assert not place.prepared_folder.exists() or not list(place.prepared_folder.iterdir())
    assert len(place.sources()) == 1


def test_cancelling_at_any_moment_leaves_nothing_half_made(place: Project, tmp_path: Path) -> None:
    """A stop at each of the questions that preparing asks: no folder of token files, and no piece of one."""
    (tmp_path / "more.txt").write_text(story(9000).title())
    list(place.add_texts([tmp_path / "more.txt"], never))
    cancelled = 0
    while not current(place):
        asked = itertools.count()
        last = list(prepare(place, lambda limit=cancelled, asked=asked: next(asked) >= limit))[-1]  # type: ignore[misc]
        if isinstance(last, events.Warned):
            cancelled += 1
            assert not place.prepared_folders() and not list(place.folder.rglob(".new-*"))
            shutil.rmtree(place.prepared_folder, ignore_errors=True)
    assert cancelled > 8 and isinstance(last, events.Prepared)


def test_the_settings_of_texts_can_be_given_on_the_command_line(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes("один и два\nтри и четыре\n".encode("koi8-r") * 40)
    settings = ["--set", "text.encoding=koi8-r", "--set", "text.documents=line", "--set", "heldout=0"]
    program = python("-m", "textgen_gui", "prepare", str(tmp_path / "p"), str(path), *settings, "--json")
    out, said = program.communicate()
    assert program.returncode == 0, said
    happened = map(event_log.from_json, out.splitlines())
    read = next(event for event in happened if isinstance(event, events.TextRead))
    assert (read.encoding, read.documents, read.characters) == ("koi8-r", 80, 960)


def test_how_many_words_there_are_does_not_depend_on_the_vocabulary(tmp_path: Path) -> None:
    """Of a text some of whose documents are left out as copies it was estimated by their tokens."""
    chat = "\n".join(f"message {n % 7} about the {'long ' * (n % 7)}walk" for n in range(60)) + "\n" + story(900)
    place = made(tmp_path, {"chat.txt": chat, "more.txt": story(2000)[900:]})
    place.set_options([source.file for source in place.sources()], TextConfig(documents=DocumentEnd.LINE))
    counts = set[tuple[int, int]]()
    for vocabulary in (300, 600):
        place.set_prepare_config(PrepareConfig(vocabulary=vocabulary))
        prepared = done(place)
        counts.add((prepared.words, prepared.characters))
    assert len(counts) == 1
