"""The jobs of the Data tab: each changes the texts of a project and then says what is known of them."""

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from ... import Project
from ...engine.core.control import Control
from ...engine.core.disk_errors import refusals
from ...engine.core.events import Event
from ...engine.core.names import title_of


def prepared(project: Project, control: Control) -> Iterator[Event]:
    yield from project.preparing(control)
    yield from project.look()  # now each text knows its tokens


def added(project: Project, paths: list[Path], control: Control) -> Iterator[Event]:
    """Copied, and read at once: so that a file that cannot be used is known when it comes."""
    yield from project.adding(paths, control)
    yield from project.reading([source.file for source in project.sources_from(paths)], control)
    yield from project.look()


def pasted(project: Project, text: str, control: Control) -> Iterator[Event]:
    """Added under its first words, as if it had been a file."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "Pasted" / f"{title_of(text)}.txt"
        with refusals(file):
            file.parent.mkdir()
            file.write_bytes(text.encode("utf-8", "replace"))
        yield from added(project, [file], control)


def changed(project: Project, change: Callable[[], None]) -> Iterator[Event]:
    try:
        change()
    finally:
        yield from project.look()
