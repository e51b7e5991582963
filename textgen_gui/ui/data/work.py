"""The jobs of the Data tab: each changes the texts of a project and then says what is known of them."""

import os
import tempfile
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from ... import Project
from ...engine.core import events
from ...engine.core.config import PrepareConfig, TextConfig
from ...engine.core.control import Control
from ...engine.core.disk_errors import refusals
from ...engine.core.events import Event
from ...engine.core.names import as_unicode, title_of
from ...engine.core.schema import Changes
from ...engine.core.text_formats import name_before
from ...words import count

OTHER_FORMATS = ("%PDF-", "{\\rtf", "PK\x03\x04", "GIF8")  # a file that begins so is not read as plain text


def prepared(project: Project, control: Control) -> Iterator[Event]:
    yield from project.preparing(control)
    yield from project.look()  # now each text knows its tokens


@dataclass(slots=True)
class Came:
    """The files that a job has copied: those that are new, those that were here and came once more, and which of these
    are others now.
    """

    new: list[str] = field(default_factory=list)
    again: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    files: frozenset[str] = frozenset()  # all of them
    is_copied: bool = False  # what is left to be done is to read them

    @property
    def in_words(self) -> str:
        """Of what is not to be seen in the list; "" where nothing is."""
        if len(self.changed) == 1:
            return (
                f"“{self.changed[0]}” has changed since it came. It is now as its file is today, and what it was is "
                "among the removed texts."
            )
        if self.changed:
            return (
                f"{count('text', len(self.changed))} have changed since they came. They are now as their files are "
                "today, and what they were is among the removed texts."
            )
        if self.new or not self.again:
            return ""
        if len(self.again) == 1:
            return f"“{self.again[0]}” was here already, just as its file is today."
        return f"{count('text', len(self.again))} were here already, just as their files are today."


def added(project: Project, paths: list[Path], came: Came, control: Control) -> Iterator[Event]:
    """Copied, and read at once: so that a file that cannot be used is known when it comes."""
    known, before = {source.file for source in project.sources()}, _states(project, paths)
    gone = {text.source.file for text in project.listing().removed}
    yield from _copied(project, paths, control)
    came.is_copied = not control()
    files = [file for file, state in _states(project, paths).items() if state != before.get(file)]
    came.new += [file for file in files if file not in known]
    came.again += [file for file in files if file in known]
    set_aside = [text.source.file for text in project.listing().removed if text.source.file not in gone]
    came.changed += map(name_before, set_aside)
    came.files = frozenset(files)
    yield from project.reading(files, control)
    yield from project.look()


def _states(project: Project, paths: list[Path]) -> dict[str, tuple[int, int]]:
    """By the files of what comes from there: what is another once it is copied anew."""
    states = dict[str, tuple[int, int]]()
    with refusals(project.texts_folder):
        for source in project.sources_from(paths):
            path = project.text_file(source)
            if path.exists():
                state = path.stat()
                states[source.file] = state.st_ino, state.st_mtime_ns
    return states


def _copied(project: Project, paths: list[Path], control: Control) -> Iterator[Event]:
    """One that is gone by now does not keep the others out."""
    there = list[Path]()
    for path in paths:
        if os.path.exists(path):  # noqa: PTH110 (a name that is too long raises nothing here)
            there.append(path)
        else:
            name = as_unicode(path.name)
            yield events.Warned(f"{name} was left out: it is not there any more.", name)
    yield from project.adding(there, control)


def pasted(project: Project, waiting: list[str], came: list[str], control: Control) -> Iterator[Event]:
    """The first text that waits. ``came`` takes its name once it is there; stopped before, it waits on."""
    try:
        yield from _pasted(project, waiting[0], came, control)
    finally:
        if came or not control():
            del waiting[0]
    yield from project.reading(came, control)
    yield from project.look()


def paste_all(project: Project, waiting: list[str]) -> None:
    """At once, before the window closes: nobody may have them elsewhere. It may stay open, so none is pasted twice."""
    while waiting:
        for _ in _pasted(project, waiting[0], [], Control()):
            pass
        del waiting[0]


def _pasted(project: Project, text: str, came: list[str], control: Control) -> Iterator[Event]:
    """Added under its first words, as if it had been a file."""
    if text.lstrip("\ufeff").startswith(OTHER_FORMATS):
        text = f"\n{text}"
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "Pasted" / f"{title_of(text)}.txt"
        with refusals(file):
            file.parent.mkdir()
            file.write_bytes(text.encode("utf-8", "replace"))
        yield from project.adding([file], control)
        came += [source.file for source in project.sources_from([file])]


def removed(project: Project, files: Collection[str], control: Control) -> Iterator[Event]:
    """By their names, whatever the list was when the window last looked at it."""
    wanted = set(files)
    yield from changed(project, lambda: project.remove_texts(s for s in project.sources() if s.file in wanted))


def changed(project: Project, change: Callable[[], None]) -> Iterator[Event]:
    try:
        change()
    finally:
        yield from project.look()


def balanced(project: Project, config: PrepareConfig, files: Collection[str], group: str) -> None:
    """The group first: should the second fail, texts count as they did."""
    project.change_options(files, Changes(TextConfig(group=group), frozenset({"group"})))
    project.set_prepare_config(config)
