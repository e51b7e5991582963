"""The stages from texts to token files, as one generator of events. What is up to date is not made again."""

import hashlib
import time
import tomllib
from collections.abc import Callable, Generator, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, TypeVar

from tokenizers import Tokenizer

from . import config as configs
from . import corpus, durable, events
from . import tokenizer as tokenizers
from .dataset import Prepared, prepared_toml
from .errors import EngineError, ProjectError, TextError
from .project import Project, Source

T = TypeVar("T")

FORMAT = 1
BATCH_PIECES = 32
PREVIEW_CHARACTERS = 8000


class Cancelled(EngineError):  # noqa: N818 (it is no error)
    """The user cancelled; nothing was changed."""


@dataclass(slots=True)
class Survey:
    """What one pass over a text has found."""

    source: Source
    path: Path
    sha256: str = ""
    format: str = ""
    encoding: str = ""
    lengths: list[int] = field(default_factory=list)
    bytes: int = 0
    tokens: int = 0
    warnings: tuple[str, ...] = ()

    @property
    def usable(self) -> bool:
        return any(self.lengths)


def current(project: Project) -> Prepared | None:
    """The token files made from exactly the present texts and settings; None when there are none or texts changed.

    Compares names, sizes and times only, so that a window may ask often; ``prepare`` itself compares contents.
    """
    made_from = _quick(project)
    for folder in sorted(project.prepared_folder.glob("*/prepared.toml")):
        try:
            prepared = Prepared.load(folder.parent)
        except ProjectError:
            continue
        if prepared.made_from == made_from:
            return prepared
    return None


def _quick(project: Project) -> str:
    files = []
    for source in project.sources():
        path = project.text_file(source)
        about = path.stat() if path.exists() else None
        files.append(f"{source.file} {about.st_size if about else -1} {about.st_mtime_ns if about else 0}")
    return _digest(FORMAT, configs.to_toml(project.prepare_config()), *files)


def _digest(*parts: object) -> str:
    return hashlib.sha256("\n".join(map(str, parts)).encode("utf-8", "surrogateescape")).hexdigest()[:32]


def prepare(project: Project, stop: Callable[[], bool]) -> Iterator[events.Event]:
    """Reads the texts, trains the tokenizer and writes token files. Raises ProjectError when there are no texts."""
    config, sources = project.prepare_config(), project.sources()
    if not sources:
        raise ProjectError(f"The project “{project.name}” has no texts yet. Add some first.")
    return _prepare(project, config, sources, stop)


def _prepare(
    project: Project, config: configs.PrepareConfig, sources: list[Source], stop: Callable[[], bool]
) -> Iterator[events.Event]:
    started, made_from = time.monotonic(), _quick(project)
    durable.sweep(project.prepared_folder)
    up_to_date = current(project)
    if up_to_date:
        yield from _as_before(up_to_date, project)
        return
    surveys = [Survey(source, project.text_file(source)) for source in sources]
    yield from _survey_all(project, surveys, started, stop)
    usable = [survey for survey in surveys if survey.usable]
    if not usable:
        raise TextError("None of the texts can be used. " + " ".join(w for s in surveys for w in s.warnings))
    size = sum(survey.bytes for survey in usable)
    vocabulary = max(config.vocabulary or tokenizers.vocabulary_for(size), 257)
    folder = project.prepared_folder / f"bpe-{vocabulary}"
    yield events.Progressed("Learning the vocabulary", 0, 0, time.monotonic() - started)
    pieces = (piece for survey in usable for piece in corpus.read(survey.path)[1] if piece is not None)
    tokenizer = tokenizers.train(tokenizers.sample(_until(pieces, stop), size), vocabulary)
    with durable.new_folder(folder) as new:
        tokenizer.save(str(new / "tokenizer.json"))
        counts = yield from _encode_all(new, usable, tokenizer, config, started, stop)
        made = {
            "vocabulary": tokenizer.get_vocab_size(),
            "tokens": counts[0],
            "heldout_tokens": counts[1],
            "documents": sum(len(survey.lengths) for survey in usable),
            "bytes": size,
            "made_from": made_from,
            "fingerprint": _fingerprint(new),
        }
        if made_from != _quick(project):
            raise ProjectError("The texts changed while they were being prepared. Prepare them again.")
        durable.write_text(new / "prepared.toml", prepared_toml(made, [_about(survey) for survey in surveys]))
    yield _done(Prepared.load(folder), project, started)


def look(project: Project) -> Iterator[events.Event]:
    """What is known without any work: each text as it was last read and, when up to date, the token files."""
    up_to_date = current(project)
    folders = (
        [up_to_date.folder] if up_to_date else sorted(p.parent for p in project.prepared_folder.glob("*/prepared.toml"))
    )
    for folder in folders:
        yield from texts_read(folder)
    if up_to_date:
        yield _done(up_to_date, project, time.monotonic())


def preview(project: Project, source: Source) -> Iterator[events.Event]:
    """The first PREVIEW_CHARACTERS of a text as the model will see them. Raises TextError when it is no text."""
    pieces = (piece for piece in corpus.read(project.text_file(source))[1] if piece is not None)
    text = next(pieces, "")[:PREVIEW_CHARACTERS]
    prepared = current(project)
    yield events.Previewed(source.file, text, tokenizers.split(prepared.tokenizer(), text) if prepared else ())


def _as_before(prepared: Prepared, project: Project) -> Iterator[events.Event]:
    yield from texts_read(prepared.folder)
    yield _done(prepared, project, time.monotonic())


def texts_read(folder: Path) -> Iterator[events.TextRead]:
    """What was found in each text when these token files were made."""
    table = tomllib.loads((folder / "prepared.toml").read_text(encoding="utf-8"))
    for text in table.get("texts", []):
        values = {key: text[key] for key in ("path", "format", "encoding", "documents", "characters", "tokens")}
        yield events.TextRead(**values, warnings=tuple(text["warnings"]))


def _done(prepared: Prepared, project: Project, started: float) -> events.Prepared:
    return events.Prepared(
        documents=prepared.documents,
        tokens=prepared.tokens,
        heldout_tokens=prepared.heldout_tokens,
        vocabulary=prepared.vocabulary,
        bytes=prepared.bytes,
        elapsed_s=time.monotonic() - started,
        folder=project.relative(prepared.folder),
    )


def _survey_all(
    project: Project, surveys: list[Survey], started: float, stop: Callable[[], bool]
) -> Iterator[events.Event]:
    total = sum(survey.path.stat().st_size for survey in surveys if survey.path.exists())
    done = 0
    for survey in surveys:
        yield events.Progressed("Reading", done, total, time.monotonic() - started)
        try:
            _survey(survey, stop)
        except TextError as problem:
            survey.warnings = (str(problem),)
        done += survey.path.stat().st_size if survey.path.exists() else 0
        yield _text_read(project, survey)


def _survey(survey: Survey, stop: Callable[[], bool]) -> None:
    if not survey.path.exists():
        raise TextError(f"{survey.source.file} is missing from the project's texts folder. Add it again or remove it.")
    with survey.path.open("rb") as file:
        survey.sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    reading, pieces = corpus.read(survey.path)
    survey.format, survey.encoding = reading.format, reading.encoding
    length, blank = 0, True
    for piece in _until(pieces, stop):
        if piece is not None:
            length += len(piece)
            survey.bytes += len(piece.encode("utf-8", "replace"))
            blank = blank and not piece.strip()
        else:
            survey.lengths.append(length)
            length = 0
    survey.warnings = tuple(reading.warnings)
    if blank:
        survey.lengths = []
        raise TextError(f"{survey.source.file} is empty, so there is nothing to learn from. Remove it.")


def _until(items: Iterable[T], stop: Callable[[], bool]) -> Iterator[T]:
    for item in items:
        if stop():
            raise Cancelled("Preparing was cancelled. The texts are as they were.")
        yield item


def _text_read(project: Project, survey: Survey) -> events.TextRead:
    return events.TextRead(
        path=project.relative(survey.path),
        format=survey.format,
        encoding=survey.encoding,
        documents=len(survey.lengths),
        characters=sum(survey.lengths),
        warnings=survey.warnings,
        tokens=survey.tokens,
    )


def _about(survey: Survey) -> dict[str, object]:
    return {
        "path": f"texts/{survey.source.file}",
        "sha256": survey.sha256,
        "format": survey.format,
        "encoding": survey.encoding,
        "documents": len(survey.lengths),
        "characters": sum(survey.lengths),
        "tokens": survey.tokens,
        "warnings": list(survey.warnings),
    }


def _encode_all(
    folder: Path,
    surveys: list[Survey],
    tokenizer: Tokenizer,
    config: configs.PrepareConfig,
    started: float,
    stop: Callable[[], bool],
) -> Generator[events.Event, None, list[int]]:
    """Writes train.bin and val.bin. Both end every document with the end-of-text token. Returns their counts."""
    documents = sum(len(survey.lengths) for survey in surveys)
    total, done, counts = sum(survey.bytes for survey in surveys), 0, [0, 0]
    with (folder / "train.bin").open("wb") as train, (folder / "val.bin").open("wb") as heldout:
        for survey in surveys:
            split = corpus.split_pieces(
                corpus.read(survey.path)[1], survey.sha256, survey.lengths, documents, config.heldout, config.seed
            )
            for batch in _batches(_until(split, stop)):
                written = _write(batch, tokenizer, (train, heldout))
                counts = [counts[0] + written[0], counts[1] + written[1]]
                survey.tokens += sum(written)
                done += sum(len(piece.encode("utf-8", "replace")) for piece, _ in batch if piece)
                yield events.Progressed("Turning text into tokens", done, total, time.monotonic() - started)
    return counts


def _batches(pieces: Iterable[T]) -> Iterator[list[T]]:
    batch: list[T] = []
    for piece in pieces:
        batch.append(piece)
        if len(batch) == BATCH_PIECES:
            yield batch
            batch = []
    if batch:
        yield batch


def _write(
    batch: list[tuple[str | None, bool]], tokenizer: Tokenizer, files: tuple[BinaryIO, BinaryIO]
) -> tuple[int, int]:
    encoded = iter(tokenizers.encode(tokenizer, [piece for piece, _ in batch if piece is not None]))
    end = tokenizers.dtype(tokenizer.get_vocab_size())(tokenizers.end_of_text(tokenizer))
    counts = [0, 0]
    for piece, held_out in batch:
        tokens = next(encoded) if piece is not None else end
        files[held_out].write(tokens.tobytes())
        counts[held_out] += tokens.size
    return counts[0], counts[1]


def _fingerprint(folder: Path) -> str:
    whole = hashlib.sha256()
    for name in ("tokenizer.json", "train.bin", "val.bin"):
        with (folder / name).open("rb") as file:
            whole.update(hashlib.file_digest(file, "sha256").digest())
    return whole.hexdigest()[:32]
