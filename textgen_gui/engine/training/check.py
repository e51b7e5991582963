"""Whether all that a project holds is as it was written, by the hashes that were noted then, and what can be done."""

import functools
import time
from collections.abc import Callable, Generator, Iterator
from pathlib import Path

from ..core import atomic_io, draft, event_log, events, kept_texts, manifest
from ..core.control import Ask, Stopped
from ..core.errors import EngineError
from ..core.events import DamageFound, Progressed
from ..core.library import size_of
from ..core.project import Project, Run
from ..models.base import folder_of, listed, named_by
from ..text import copycheck, corpus, encode
from ..text.dataset import Prepared, PreparedText
from ..text.staleness import current
from ..writing import receipt

STAGE = "Checking"
AGAIN = "is made again when the texts are prepared"
AGAIN_COPIED = "Resuming copies the model again if it is still there; otherwise make the run again."

Found = Iterator[Progressed | DamageFound]


def check(project: Project, stop: Ask) -> Iterator[events.Event]:
    """DamageFound for all that is not as it was written. The last event is Checked, unless it was stopped."""
    started, look, damaged = time.monotonic(), _Look(project, stop), 0
    try:
        for event in look.at_all():
            damaged += isinstance(event, DamageFound)
            yield event
    except Stopped:
        return
    yield events.Checked(look.done, damaged, time.monotonic() - started)


class _Look:
    """Goes through a project; ``done``: bytes that were hashed."""

    def __init__(self, project: Project, stop: Ask) -> None:
        self._project, self._stop = project, stop
        self.done, self._total, self._started = 0, size_of(project.folder), time.monotonic()

    def at_all(self) -> Found:
        project = self._project
        clean = [path for path in atomic_io.entries(project.clean_folder) if path.name[0] != "."]
        parts = [
            (project.texts_folder, self._texts()),
            *((folder, self._clean_text(folder)) for folder in clean),
            *((folder, self._prepared(folder)) for folder in project.prepared_folders()),
            *((run.folder, self._run(run)) for run in project.runs()),
            (project.generated_folder, self._kept()),
        ]
        for path, part in parts:
            try:
                yield from part
            except (EngineError, OSError) as problem:
                yield self._damage(path, f"It cannot be looked through: {problem}")

    def _progress(self, size: int) -> Progressed:
        """Raises Stopped."""
        if self._stop():
            raise Stopped
        self.done += size
        return Progressed(STAGE, self.done, max(self._total, self.done), time.monotonic() - self._started)

    def _damage(self, path: Path, words: str, *, remade: bool = False) -> DamageFound:
        return DamageFound(self._project.relative(path), words, remade)

    def _is_same(self, file: Path, digest: str, size: int | None = None) -> Generator[Progressed, None, bool]:
        try:
            if size is not None and file.stat().st_size != size:
                return False
            found = yield from self._hashed(file)
            return found == digest
        except OSError:  # whatever keeps it from being read
            return False

    def _hashed(self, file: Path) -> Generator[Progressed, None, str]:
        reading = manifest.hashing(file)
        while True:
            try:
                yield self._progress(next(reading))
            except StopIteration as end:
                return str(end.value)

    def _listed(self, folder: Path, listing: manifest.Listed) -> Generator[Progressed, None, list[str]]:
        """The files that are not as they were written."""
        damaged = []
        for name, (size, digest) in listing.items():
            if not (yield from self._is_same(folder / name, digest, size)):
                damaged.append(name)
        return damaged

    def _texts(self) -> Found:
        """Those that were prepared, as far as nobody has changed them since."""
        known = {text.path: text for folder in self._project.prepared_folders() for text in _texts_of(folder)}
        for source in self._project.sources():
            file, text = self._project.text_file(source), known.get(f"texts/{source.file}")
            again = f"Add it again from {source.origin}, or remove it."
            if not file.exists():
                yield self._damage(file, f"It is missing. {again}")
            elif text and _is_unwritten(file, text) and not (yield from self._is_same(file, text.sha256)):
                yield self._damage(file, f"It is not what was prepared, though nobody has written it. {again}")

    def _clean_text(self, folder: Path) -> Found:
        text = self._project.clean_text(folder.name)
        yield self._progress(size_of(folder))
        if _fails(functools.partial(corpus.about, text)):
            yield self._damage(folder, f"This text as it was read {AGAIN}.", remade=True)
        for tokens in folder.glob("tokens-*"):
            if _fails(functools.partial(encode.is_as_kept, tokens)):
                yield self._damage(tokens, f"The tokens of this text are damaged: it {AGAIN}.", remade=True)

    def _prepared(self, folder: Path) -> Found:
        prepared = Prepared.load(folder)
        damaged = yield from self._listed(folder, manifest.listed(folder))
        own = current(self._project)
        is_current = own is not None and own.folder == folder
        for name in damaged or ([] if prepared.is_whole() else ["train.bin"]):
            others = "Prepare the texts that it was made from with the same settings, and it is made again."
            yield self._damage(folder / name, f"It {AGAIN}." if is_current else others, remade=is_current)
        copies = copycheck.index_folder(prepared)
        if copies.exists() and (yield from self._listed(copies, manifest.listed(copies))):
            yield self._damage(copies, "The index of the copy check is made again when it is needed.", remade=True)

    def _run(self, run: Run) -> Found:
        try:
            run.config()
        except EngineError as problem:
            yield self._damage(run.config_file, str(problem))
        for event in event_log.read(run.events_file):
            if isinstance(event, events.Warned) and event_log.tells_damage(event):
                yield self._damage(run.events_file, f"{event.message} The model is not concerned.")
        whole = 0
        for checkpoint in run.checkpoints():
            damaged = yield from self._checkpoint(checkpoint.folder)
            whole += not damaged
            before = "Resuming goes back to the one before it." if whole else "The run begins anew when it is resumed."
            for name in damaged:
                yield self._damage(checkpoint.folder / name, f"This checkpoint cannot be used any more. {before}")
        yield from self._base(run)

    def _base(self, run: Run) -> Found:
        """What LoRA added to, by its own list and by what the checkpoints name."""
        base, named = folder_of(run), named_by(run)
        if not base.exists():
            if named:
                yield self._damage(base, f"It is missing, and LoRA added to it. {AGAIN_COPIED}")
            return
        damaged = yield from self._listed(base, listed(base))
        for name in damaged:
            yield self._damage(base / name, AGAIN_COPIED)
        if not damaged and not all(one.files and not manifest.damaged(base, one.files) for one in named):
            yield self._damage(base, f"It is not the model that LoRA added to. {AGAIN_COPIED}")

    def _checkpoint(self, folder: Path) -> Generator[Progressed, None, list[str]]:
        try:
            listing = manifest.listed(folder)
        except EngineError:
            return [manifest.NAME]
        return (yield from self._listed(folder, listing)) if listing else [manifest.NAME]

    def _kept(self) -> Found:
        """Kept texts by the seals of their receipts, and the page as it was left."""
        for file in sorted(self._project.generated_folder.glob(f"*{kept_texts.RECEIPT}")):
            yield self._progress(file.stat().st_size)
            if not kept_texts.text_file(file).exists():  # a receipt is written first, and without its text it is none
                continue
            try:
                receipt.read(file)
            except EngineError as problem:
                yield self._damage(file, str(problem))
        try:
            draft.read(self._project)
        except (OSError, ValueError, KeyError, TypeError, AttributeError, EngineError) as problem:
            yield self._damage(self._project.draft_file, f"The page that you left cannot be read ({problem}).")


def _is_unwritten(file: Path, text: PreparedText) -> bool:
    about = file.stat()
    return (about.st_size, about.st_mtime_ns) == (text.size, text.modified)


def _texts_of(folder: Path) -> tuple[PreparedText, ...]:
    try:
        return Prepared.load(folder).texts
    except EngineError:  # which is told where its folder is looked at
        return ()


def _fails(look: Callable[[], object]) -> bool:
    """Whether there is nothing to be found there, or it cannot be read."""
    try:
        return not look()
    except OSError:
        return True
