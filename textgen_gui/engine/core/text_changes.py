"""Texts come into a project, leave it, and are put back. Each change is one new version of project.toml.

What is removed waits in the folder "removed" and in the list of project.toml, for whoever changes his mind. A kill
between the two leaves a file in the one folder or the other, and it is looked for in both.
"""

import bisect
import contextlib
import filecmp
import os
import shutil
import time
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import chain, groupby
from pathlib import Path
from typing import TYPE_CHECKING

from . import atomic_io, events
from .config import TextConfig
from .control import Ask, Stopped
from .errors import ProjectError
from .names import as_unicode, safe_name
from .schema import Changes
from .sources import RemovedText, Source
from .text_formats import (
    WRITTEN,
    Dropped,
    copying_text,
    name_of_before,
    parted,
    prepared_size,
    texts_below,
    why_left_out,
)

if TYPE_CHECKING:
    from .project import Project

KEPT_DAYS = 30  # removed texts


def add(
    project: "Project", paths: Iterable[Path], stop: Ask, changes: Changes[TextConfig] | None
) -> Iterator[events.Event]:
    """Copies files and the files of folders below texts/; a file added before is taken in anew, a removed one again.

    Where it is another one by now, what it was waits among the removed texts under a name with the date. What cannot
    be taken in is told as a Warned event, and the others are taken all the same.
    """
    dropped = texts_below(paths)
    atomic_io.sweep(project.texts_folder)
    coming = _Coming(project, changes)
    try:
        with atomic_io.Batch(before=coming.list_set_aside) as batch:
            for event in _copy(coming, dropped, batch, stop):
                yield event
                if batch.is_due:
                    batch.publish()
    finally:
        coming.list_copied()
    yield from _left_out(dropped)


class _Coming:
    """What comes into a project: the source of each file, under a name that is free, and what it was before."""

    def __init__(self, project: "Project", changes: Changes[TextConfig] | None) -> None:
        self.project, self._changes = project, changes
        listing = project.listing()
        every = (*(text.source for text in listing.removed), *listing.sources)
        self._known = {source.origin: source for source in every}
        self._taken = _taken(project, every)
        self._copied: dict[str, Source] = {}
        self._set_aside: list[tuple[Source, Source]] = []  # which text, and what it was; not listed yet

    def source_of(self, path: Path) -> Source:
        address, changes = as_unicode(path.resolve()), self._changes
        source = self._known.get(address) or Source(_free_name(path, self._taken), address)
        return replace(source, options=changes.on(source.options)) if changes and changes.names else source

    def add(self, source: Source) -> None:
        self._taken.add(source.file.casefold())
        self._copied[source.origin] = source

    def set_aside(self, source: Source, new: Path) -> None:
        """What a text was, where that is not what it is about to be: nobody may have it elsewhere."""
        for old in (self.project.text_file(source), self.project.removed_file(source)):
            if old.is_file() and not filecmp.cmp(old, new, shallow=False):
                named = Path(name_of_before(old.name, time.strftime("%Y-%m-%d")))
                was = replace(self._known[source.origin], file=_free_name(named, self._taken), origin="")
                _give_second_name(old, self.project.removed_file(was))
                self._taken.add(was.file.casefold())
                self._set_aside.append((source, was))
                return

    def list_set_aside(self) -> None:
        """As removed, each behind what it became, before that takes its place: so that no kill loses it."""
        if not self._set_aside:
            return
        listing, set_aside = self.project.listing(), self._set_aside
        atomic_io.sync_all([*(self.project.removed_file(was) for _, was in set_aside), self.project.removed_folder])
        places = {source.file: place for place, source in enumerate(listing.sources)}
        now = _later_than(listing.removed, _written(self.project))
        were = sorted(((places.get(s.file, len(places)), was) for s, was in set_aside), key=lambda one: one[0])
        removed = (RemovedText(was, place + 1 + number, now) for number, (place, was) in enumerate(were))
        self.project.save(replace(listing, removed=(*listing.removed, *removed)))
        self._set_aside = []

    def list_copied(self) -> None:
        """All that have come, also where the disk refused the others."""
        listing = self.project.listing()
        sources = {source.file: source for source in listing.sources}
        there = (source for source in self._copied.values() if self.project.text_file(source).exists())
        sources.update({source.file: source for source in there})
        removed = tuple(text for text in listing.removed if text.source.file not in sources)
        self.project.save(replace(listing, sources=tuple(sources.values()), removed=removed))
        for text in set(listing.removed) - set(removed):
            with contextlib.suppress(OSError, ProjectError):
                self.project.removed_file(text.source).unlink()


def _give_second_name(old: Path, new: Path) -> None:
    """A link, which takes no room; a copy where the disk knows none."""
    new.parent.mkdir(exist_ok=True)
    try:
        os.link(old, new)
    except OSError:
        with contextlib.ExitStack() as undo:
            undo.callback(new.unlink, missing_ok=True)  # half of it
            shutil.copy2(old, new)
            undo.pop_all()


def _copy(coming: _Coming, dropped: Dropped, batch: atomic_io.Batch, stop: Ask) -> Iterator[events.Event]:
    started, room = time.monotonic(), _Room(coming.project.folder)
    for number, path in enumerate(dropped.texts):
        try:
            if words := room.refusal(path):
                yield events.Warned(words, as_unicode(path.name))
                continue
            source = coming.source_of(path)
            with batch.new(coming.project.text_file(source)) as temporary:
                for _ in chain([None], copying_text(path, temporary)):
                    if stop():
                        raise Stopped
                    yield events.Progressed("Copying texts", number, len(dropped.texts), time.monotonic() - started)
                coming.set_aside(source, temporary)
            room.promised += room.asked
            coming.add(source)
        except Stopped:
            return
        except ProjectError as problem:
            if atomic_io.readable(path):
                raise
            words = f"{as_unicode(path)} cannot be read ({problem.__cause__}). It was left out."
            yield events.Warned(words, as_unicode(path.name))


class _Room:
    """What is free on the project's disk, and how much of it preparing will take for the texts that have come."""

    def __init__(self, folder: Path) -> None:
        self._folder, self.promised, self.asked = folder, 0, 0

    def refusal(self, path: Path) -> str:
        """Why there is no room for this text; "" where there is, and how much is asked. Raises ProjectError."""
        with atomic_io.refusals(path):
            size = path.stat().st_size if path.is_file() else 0
            free = shutil.disk_usage(self._folder).free
        made = prepared_size(path, size)
        left = free - self.promised
        self.asked = made if size + made <= left else WRITTEN * size  # pictures in a document are no words
        if size + self.asked > left:
            return (
                f"{as_unicode(path.name)} was left out: it and what is made of it when it is prepared need some "
                f"{(size + made) / 1e6:,.1f} MB, and {max(0, left) / 1e6:,.1f} MB are left for it on "
                "the project's disk. Free some space there, or move the project to a larger disk, and add it again."
            )
        return ""


def _left_out(dropped: Dropped) -> Iterator[events.Event]:
    for path in dropped.others:
        name = as_unicode(path.name)
        yield events.Warned(f"{name} was left out: {why_left_out(path)}", name)
    if dropped.hidden:
        yield events.Warned(dropped.hidden)


def _taken(project: "Project", sources: Iterable[Source]) -> set[str]:
    """The names of these and of all that lies in the folder. Capitals make no difference to some systems."""
    folders = (project.texts_folder, project.removed_folder)
    names = [*(source.file for source in sources), *(path.name for folder in folders for path in folder.glob("*"))]
    return {name.casefold() for name in names}


def _free_name(path: Path, taken: Collection[str]) -> str:
    base, ending = parted(path.name)
    base, ending, number = safe_name(base) or "text", ending.lower(), 2
    name = base + ending
    while name.casefold() in taken:
        name, number = f"{base} {number}{ending}", number + 1
    return name


def remove(project: "Project", sources: Iterable[Source]) -> None:
    listing = project.listing()
    now = _later_than(listing.removed, _written(project))
    gone = {source.file for source in sources}
    removed = [RemovedText(s, n, now) for n, s in enumerate(listing.sources) if s.file in gone]
    left = tuple(source for source in listing.sources if source.file not in gone)
    with atomic_io.refusals(project.removed_folder):
        project.removed_folder.mkdir(exist_ok=True)
    project.save(replace(listing, sources=left, removed=(*listing.removed, *removed)))
    for text in removed:
        with contextlib.suppress(OSError, ProjectError):  # then it waits where it is
            project.text_file(text.source).replace(project.removed_file(text.source))


def _later_than(removed: Iterable[RemovedText], written: datetime) -> str:
    """The time, and in any case after these: by it is known what went together, and what went first.

    It is not before the list was ``written``: a clock may have fallen back to 1970, and what was removed then would be
    forgotten at once.
    """
    now, last = max(datetime.now(UTC), written), max((text.removed_at for text in removed), default="")
    if now.isoformat(timespec="milliseconds") <= last:
        with contextlib.suppress(ValueError):  # what somebody wrote into the file is no time
            now = datetime.fromisoformat(last) + timedelta(milliseconds=1)
    return now.isoformat(timespec="milliseconds")


def put_back(project: "Project", files: Iterable[str]) -> None:
    """Each where it was in the list, under another name where a text has come that is called so in other capitals.

    Raises ProjectError when the file of one is gone; the others are back then.
    """
    listing, wanted = project.listing(), set(files)
    taken = {source.file.casefold() for source in listing.sources}
    back: dict[Source | RemovedText, Source] = {}
    for text in listing.removed:
        if text.source.file not in wanted:
            continue
        name = _free_name(Path(text.source.file), taken)
        taken.add(name.casefold())
        back[text] = replace(text.source, file=name)
        with contextlib.suppress(FileNotFoundError), atomic_io.refusals(project.text_file(back[text])):
            _move_back(project.removed_file(text.source), project.text_file(back[text]))
    atomic_io.sync(project.texts_folder)
    lost = {source.file for source in back.values() if not project.text_file(source).exists()}
    whole, left = _with_all(listing.sources, listing.removed), [text for text in listing.removed if text not in back]
    sources = [each for text in whole if isinstance(each := back.get(text, text), Source) and each.file not in lost]
    project.save(replace(listing, sources=tuple(sources), removed=tuple(_renumbered(whole, left))))
    if lost:
        raise ProjectError(
            f"Not there any more, so they could not be put back: {', '.join(sorted(lost))}. Add them again."
        )


def _with_all(sources: Iterable[Source], removed: Iterable[RemovedText]) -> list[Source | RemovedText]:
    """The list as if nothing had gone. The last to go is the first to come, so that each finds it as it left it."""
    found: list[Source | RemovedText] = list(sources)
    for text in sorted(sorted(removed, key=lambda t: t.position), key=lambda t: t.removed_at, reverse=True):
        found.insert(text.position, text)
    return found


def _renumbered(whole: Sequence[Source | RemovedText], left: Collection[RemovedText]) -> Iterator[RemovedText]:
    """Those that are still gone, each with its number in the list without those that went before it."""
    places, before = {text: place for place, text in enumerate(whole)}, list[int]()
    for _, together in groupby(sorted(left, key=lambda text: text.removed_at), lambda text: text.removed_at):
        gone = {text: places[text] for text in together}
        for text, place in gone.items():
            yield replace(text, position=place - bisect.bisect_left(before, place))
        before = sorted((*before, *gone.values()))


def _move_back(removed: Path, text: Path) -> None:
    if removed.exists():
        removed.replace(text)


def _written(project: "Project") -> datetime:
    """When its list of texts was written for the last time."""
    return datetime.fromtimestamp(project.file.stat().st_mtime, UTC)


def sweep_removed(project: "Project") -> None:
    """Forgets what was removed KEPT_DAYS ago and longer, in a project that was changed since: a clock may be ahead."""
    listing = project.listing()
    oldest = (min(datetime.now(UTC), _written(project)) - timedelta(days=KEPT_DAYS)).isoformat()
    old = [text.source for text in listing.removed if text.removed_at < oldest]
    if old:
        project.save(replace(listing, removed=tuple(text for text in listing.removed if text.source not in old)))
    listed = {source.file.casefold() for source in listing.sources}
    for source in old:
        with contextlib.suppress(OSError, ProjectError):
            project.removed_file(source).unlink(missing_ok=True)
            if source.file.casefold() not in listed:
                project.text_file(source).unlink()


def sweep(project: "Project") -> None:
    """Removes what programs left behind that were killed while they wrote into the project."""
    with contextlib.suppress(ProjectError):
        folders = [project.folder, project.texts_folder, project.generated_folder, project.runs_folder]
        for folder in (*folders, *(run.folder for run in project.runs())):
            atomic_io.sweep(folder)
