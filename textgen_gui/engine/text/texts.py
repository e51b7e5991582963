"""Texts on their way to tokens: how each is read, and what is kept of it, so that it is read only once."""

import time
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from ..core import atomic_io, events
from ..core.config import CleanConfig, PrepareConfig
from ..core.control import Ask, Stopped
from ..core.errors import TextError
from ..core.project import CleanText, Project, Source
from . import corpus
from .corpus import About
from .dataset import PreparedText
from .readers import unreadable
from .staleness import digest, sha256, text_key, text_read

SPACE = 3  # times the size of the texts: clean texts, their tokens, and the token files
BYTES_A_FILE = 20_000  # to open, check and keep a file takes as long as to read so many bytes more
UNREAD = About(format="", encoding="", confidence=0.0, documents=0, characters=0, words=0, bytes=0, warnings=())


@dataclass(slots=True)
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


def read_all(project: Project, texts: list[Text], clean: CleanConfig, clock: Clock) -> Iterator[events.Event]:
    """Completes the texts; TextRead for each."""
    total = sum(text.path.stat().st_size + BYTES_A_FILE for text in texts if text.path.exists())
    done = 0
    for text in texts:
        yield clock.progress("Reading", done, total)
        try:
            for reached in _read(project, text, clean):
                yield clock.progress("Reading", done + min(reached, text.size), total)
        except TextError as problem:
            text.warnings = (str(problem),)
        done += text.size + BYTES_A_FILE
        yield text_read(text.finished())


def _read(project: Project, text: Text, clean: CleanConfig) -> Iterator[int]:
    name, options = text.source.file, text.source.options
    try:
        about = text.path.stat()
        text.size, text.modified = about.st_size, about.st_mtime_ns
        text.sha256 = sha256(text.path, text.size, text.modified)
    except FileNotFoundError:
        raise TextError(f"{name} is missing from the project's texts folder. Add it again or remove it.") from None
    except OSError as problem:  # it is there: to leave it out would be to learn from less than was given
        raise unreadable(text.path, problem) from problem
    text.key = text_key(text.source, text.sha256, clean)
    text.clean = project.clean_text(text.key)
    text.about = corpus.about(text.clean)
    if text.about is None:
        atomic_io.check_space(project.folder, SPACE * text.size)
        text.about = yield from corpus.keep(text.clean, text.path, options, clean.of_text(options))
    text.warnings = text.about.warnings
