"""What is up to date, what changed, and what a text looks like to a model."""

import os
import shutil
from pathlib import Path

import pytest

from textgen_gui.engine.core import events
from textgen_gui.engine.core.config import CleanConfig, DocumentEnd, PrepareConfig, TextConfig
from textgen_gui.engine.core.errors import ConfigError
from textgen_gui.engine.core.project import Project
from textgen_gui.engine.text import staleness
from textgen_gui.engine.text.prepare import prepare
from textgen_gui.engine.text.staleness import current, digest, look, preview, settings, text_key
from textgen_gui.engine.text.texts import reading

from ...conftest import never
from .projects import done


def test_the_same_texts_are_not_prepared_twice(prepared: Project) -> None:
    (folder,) = prepared.prepared_folders()
    before = (folder / "train.bin").stat().st_mtime_ns
    happened = list(prepare(prepared, never))
    assert (folder / "train.bin").stat().st_mtime_ns == before
    assert isinstance(happened[0], events.TextRead) and isinstance(happened[-1], events.Prepared)
    assert happened == list(look(prepared)) or isinstance(list(look(prepared))[-1], events.Prepared)


def test_changed_texts_are_noticed(prepared: Project) -> None:
    path = prepared.text_file(prepared.sources()[0])
    path.write_text(path.read_text() + "More.\n")
    assert current(prepared) is None
    list(prepare(prepared, never))
    assert current(prepared) is not None


def test_token_files_that_are_gone_take_no_memory(prepared: Project) -> None:
    (before,) = prepared.prepared_folders()
    path = prepared.text_file(prepared.sources()[0])
    path.write_text(path.read_text() + "More.\n")
    assert current(prepared) is None and before in staleness._parsed
    list(prepare(prepared, never))
    assert not before.exists() and before not in staleness._parsed


def test_a_project_that_moved_is_still_up_to_date(prepared: Project, tmp_path: Path) -> None:
    shutil.copytree(prepared.folder, tmp_path / "elsewhere")
    moved = Project(tmp_path / "elsewhere")
    for path in moved.texts_folder.iterdir():
        os.utime(path, (1, 1))
    assert current(moved)
    path = next(moved.texts_folder.iterdir())
    path.write_text(path.read_text().replace("river", "RIVER"))  # the same size
    os.utime(path, (2, 2))
    assert current(moved) is None


def test_how_a_text_is_read_is_part_of_what_is_made(prepared: Project) -> None:
    source = prepared.sources()[0]
    before = current(prepared)
    assert before and before.documents == 1
    prepared.set_options([source.file], TextConfig(documents=DocumentEnd.LINE))
    assert current(prepared) is None
    assert done(prepared).documents > 100


def test_preview_shows_text_and_tokens(prepared: Project) -> None:
    shown = next(iter(preview(prepared, prepared.sources()[0])))
    assert isinstance(shown, events.Previewed)
    assert "".join(shown.pieces) == shown.text and len(shown.pieces) > 100


def test_settings_are_recognised_as_they_always_were() -> None:
    """Projects know their settings by these digits: another way to make them would prepare everybody's texts again."""
    assert settings(PrepareConfig()) == "fe0102442fa78ad7e6763430966317de"
    other = PrepareConfig(vocabulary=500, clean=CleanConfig(unwrap=True))
    assert settings(other) == "f07cfdd68200a0350ecad6291857132c"
    assert digest(TextConfig()) == "7b281c0f6a0afe382b360916091dae56"
    assert digest(TextConfig(columns=("a", "b"), weight=2.0)) == "aa5c5abfdf44586f57a719e58f560ce4"
    assert digest(CleanConfig(unwrap=True)) == "491674428094af4a3f17d19f615293e8"
    assert digest(TextConfig(rules_on=("unwrap",))) != digest(TextConfig())


def test_a_text_that_could_not_be_used_may_go(prepared: Project, tmp_path: Path) -> None:
    (tmp_path / "empty.txt").write_text("")
    list(prepared.add_texts([tmp_path / "empty.txt"], never))
    assert current(prepared) is None
    done(prepared)
    prepared.remove_texts(prepared.sources()[1:])
    assert current(prepared) is not None
    prepared.remove_texts(prepared.sources())
    assert current(prepared) is None


def test_each_text_is_known_for_what_it_is(prepared: Project, tmp_path: Path) -> None:
    """Adding one does not make the others unknown; one that changed has no tokens; settings count for all."""

    def tokens() -> dict[str, int]:
        return {event.path: event.tokens for event in look(prepared) if isinstance(event, events.TextRead)}

    (tmp_path / "more.txt").write_text("A little more. " * 9)
    list(prepared.add_texts([tmp_path / "more.txt"], never))
    assert tokens().keys() == {"texts/story.txt"} and tokens()["texts/story.txt"] > 0
    list(reading(prepared, ["more.txt"], never))
    assert tokens().keys() == {"texts/story.txt", "texts/more.txt"} and tokens()["texts/more.txt"] == 0
    done(prepared)
    assert all(tokens().values())
    prepared.set_options(["more.txt"], TextConfig(documents=DocumentEnd.LINE))
    assert [count > 0 for count in tokens().values()] == [True]
    prepared.set_prepare_config(PrepareConfig(vocabulary=400))
    assert set(tokens().values()) == {0}


def test_rules_of_one_text_count_for_it_alone(prepared: Project) -> None:
    source = prepared.sources()[0]
    text = prepared.text_file(source)
    text.write_text("First half\nof a sentence that goes on\u200b here.\n" * 40)
    prepared.set_options([source.file], TextConfig(rules_off=("invisible",)))
    shown = next(iter(preview(prepared, prepared.sources()[0])))
    assert isinstance(shown, events.Previewed) and "\u200b" in shown.text
    key = text_key(prepared.sources()[0], "content", CleanConfig())
    assert key != text_key(source, "content", CleanConfig())
    assert key == text_key(source, "content", CleanConfig(invisible=False))
    with pytest.raises(ConfigError, match="no rule “spelling”"):
        prepared.set_options([source.file], TextConfig(rules_on=("spelling",)))
