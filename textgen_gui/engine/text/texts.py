"""Texts on their way to tokens: how each is read, and what is kept of it, so that it is read only once."""

import sys
import time
from collections import deque
from collections.abc import Collection, Generator, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from stat import S_ISREG

from ..core import atomic_io, events
from ..core.config import CleanConfig, PrepareConfig
from ..core.control import Ask, Stopped, let_go
from ..core.errors import TextError
from ..core.project import CleanText, Project, Source
from ..core.text_formats import WRITTEN
from ..runtime import workers
from ..runtime.child import ChildError
from ..runtime.task import Json, Task
from ..runtime.workers import Done
from . import apart, corpus
from .corpus import About
from .dataset import PreparedText
from .readers import unreadable
from .staleness import digest, sha256, text_key, text_read

BYTES_A_FILE = 20_000  # to open, check and keep a file takes as long as to read so many bytes more
NO_SENSE = "{} could not be read: what came of it made no sense. It is damaged, or made to harm."
UNREAD = About(format="", encoding="", confidence=0.0, documents=0, characters=0, words=0, bytes=0, warnings=())


@dataclass(slots=True, eq=False)
class Text:
    """A source on its way to tokens. ``about`` is None for one that cannot be used; ``warnings`` say why."""

    source: Source
    path: Path
    sha256: str = ""
    size: int = 0
    modified: int = 0
    key: str = ""
    clean: CleanText | None = None
    about: About | None = None
    warnings: tuple[str, ...] = ()
    tokens: int = 0
    heldout_tokens: int = 0
    share: float = 1.0  # of its tokens that are learnt from or held out: the others stand in another text too
    start: int = 0
    end: int = 0

    def finished(self) -> PreparedText:
        """What prepared.toml says of it."""
        about = self.about or UNREAD
        return PreparedText(
            path=f"texts/{self.source.file}",
            size=self.size,
            modified=self.modified,
            sha256=self.sha256,
            options=digest(self.source.options),
            group=self.source.options.group,
            weight=self.source.options.weight,
            format=about.format,
            encoding=about.encoding,
            confidence=about.confidence,
            documents=about.documents,
            characters=about.characters,
            words=about.words,
            tokens=self.tokens,
            heldout_tokens=self.heldout_tokens,
            start=self.start,
            end=self.end,
            warnings=self.warnings,
        )


@dataclass(frozen=True, slots=True)
class Clock:
    """Tells how far a stage is, and raises Stopped when the user wishes so."""

    started: float
    stop: Ask

    def progress(self, stage: str, done: int = 0, total: int = 0) -> events.Progressed:
        if self.stop():
            raise Stopped
        return events.Progressed(stage, done, total, time.monotonic() - self.started)


def reading(project: Project, files: Collection[str], stop: Ask) -> Iterator[events.Event]:
    """Reads these texts as preparing would, which then finds them read: TextRead for each."""
    config, chosen = project.prepare_config(), set(files)
    texts = [Text(source, project.text_file(source)) for source in project.sources() if source.file in chosen]
    return _reading(project, texts, config, Clock(time.monotonic(), stop))


def _reading(project: Project, texts: list[Text], config: PrepareConfig, clock: Clock) -> Iterator[events.Event]:
    atomic_io.sweep(project.clean_folder)
    try:
        yield from read_all(project, texts, config.clean, clock)
    except Stopped:
        return
    finally:
        let_go(texts)


def read_all(project: Project, texts: list[Text], clean: CleanConfig, clock: Clock) -> Iterator[events.Event]:
    """Completes the texts, several at once; TextRead for each, in their order."""
    total = sum(text.path.stat().st_size + BYTES_A_FILE for text in texts if text.path.exists())
    waiting, done = deque(texts), 0
    reading = _Reading(project, texts, clean)
    with closing(reading.steps(clock.stop)) as steps:
        for _ in steps:
            while waiting and waiting[0] not in reading.unread:
                text = waiting.popleft()
                done += text.size + BYTES_A_FILE
                yield text_read(text.finished())
            yield clock.progress("Reading", min(done + reading.reached(), total), total)


class _Reading:
    """Reads texts in workers, but for those that are small and harmless. ``unread``: what is still to do."""

    def __init__(self, project: Project, texts: list[Text], clean: CleanConfig) -> None:
        self._project, self._clean = project, clean
        self._begun: dict[Task, _Begun] = {}
        self.unread = dict.fromkeys(texts)

    def reached(self) -> int:
        """Bytes of the texts that are being read now."""
        return sum(min(begun.reached, begun.text.size) for begun in self._begun.values())

    def steps(self, stop: Ask) -> Generator[None, None, None]:
        """After each thing that was done. Leaves nothing half made."""
        try:
            for answer in workers.work(self._tasks(), stop):
                if answer:
                    self._take(*answer)
                yield
        finally:
            for begun in self._begun.values():
                begun.keeping.close()

    def _tasks(self) -> Iterator[Task | None]:
        """What workers have to do; None for a text that is done with: it is known, cannot be read, or was read here."""
        for text in tuple(self.unread):
            task = None
            try:
                if not _look(self._project, text, self._clean):
                    if _is_harmless(text):
                        self._read(text)
                    else:
                        task = self._task(text)
            except TextError as problem:
                text.warnings = (str(problem),)
            if task is None:
                del self.unread[text]
            yield task

    def _task(self, text: Text) -> Task:
        options = text.source.options
        task = apart.task("parts", text.path, text.size, options, self._clean.of_text(options))
        self._begun[task] = _Begun(text)
        return task

    def _read(self, text: Text) -> None:
        """Here and now: thousands of small texts are bound by the disk, which no worker makes faster."""
        options, begun = text.source.options, _Begun(text)
        with closing(begun.keeping):
            for part in corpus.parts(text.path, options, self._clean.of_text(options)):
                begun.take(part)

    def _take(self, task: Task, answer: Json | Done) -> None:
        begun = self._begun[task]
        if not isinstance(answer, Done):
            begun.take(answer if isinstance(answer, bytes) else corpus.known(answer))
            return
        begun.keeping.close()
        del self._begun[task], self.unread[begun.text]
        if answer.problem and not isinstance(answer.problem, TextError | ChildError):
            raise answer.problem
        if begun.text.about is None:
            begun.text.warnings = (str(answer.problem or NO_SENSE.format(begun.text.source.file)),)


class _Begun:
    """A text that is being read. ``keeping`` writes what comes of it; ``reached``: bytes."""

    def __init__(self, text: Text) -> None:
        assert text.clean
        self.text, self.keeping, self.reached = text, corpus.keeping(text.clean), 0
        next(self.keeping)

    def take(self, part: bytes | About | None) -> None:
        """Passes over what makes no sense. Raises ProjectError when the disk refuses."""
        if self.text.about:
            return
        if isinstance(part, bytes) and part[:1] in corpus.LETTERS:
            self.keeping.send(part)
            self.reached += len(part)
        elif isinstance(part, About):
            with suppress(StopIteration):
                self.keeping.send(part)
            self.text.about, self.text.warnings = part, part.warnings


def _is_harmless(text: Text) -> bool:
    return apart.is_harmless(text.path, text.size, text.source.options)


def _look(project: Project, text: Text, clean: CleanConfig) -> bool:
    """Whether the text was read before and nothing has changed since. Raises TextError when it makes no text, and
    ProjectError when the disk does not give it.
    """
    name = text.source.file
    try:
        about = text.path.stat()
        text.size, text.modified = about.st_size, about.st_mtime_ns
        if not S_ISREG(about.st_mode):
            raise TextError(f"{name} is no file. Choose a text.")
        text.sha256 = sha256(text.path, text.size, text.modified)
    except FileNotFoundError:
        raise TextError(f"{name} is missing from the project's texts folder. Add it again or remove it.") from None
    except OSError as problem:  # it is there: to leave it out would be to learn from less than was given
        raise unreadable(text.path, problem) from problem
    text.key = sys.intern(text_key(text.source, text.sha256, clean))  # as the file of a source
    text.clean = project.clean_text(text.key)
    text.about = corpus.about(text.clean)
    if text.about:
        text.warnings = text.about.warnings
        return True
    atomic_io.check_space(project.folder, WRITTEN * text.size)
    return False
