"""What is up to date, what changed, and what a text looks like to a model."""

import os
import shutil
from pathlib import Path

from textgen_gui.engine.core import events
from textgen_gui.engine.core.config import DocumentEnd, TextConfig
from textgen_gui.engine.core.project import Project
from textgen_gui.engine.text.prepare import prepare
from textgen_gui.engine.text.staleness import current, look, preview

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
