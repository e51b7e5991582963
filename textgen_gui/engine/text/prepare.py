"""The stages from texts to token files, as one generator of events. What is up to date is not made again.

Reading and clean-up are kept for each text in prepared/texts/, and so are its tokens, so that adding or taking out a
text costs only that text. The tokenizer stays as long as half of the corpus is what it was learnt from.
"""

import contextlib
import hashlib
import time
from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from tokenizers import Tokenizer

from ..core import atomic_io, bounded, events, manifest
from ..core.config import PrepareConfig, TokenizerSource
from ..core.control import Ask, Stopped, let_go, until
from ..core.errors import ProjectError, TextError
from ..core.gate import inside
from ..core.lock import Lock
from ..core.project import Project, Source
from ..core.text_changes import sweep_removed
from . import corpus, encode, special_tokens
from .dataset import Prepared
from .forget import forget_folders, forget_texts
from .readers.fields import field_token
from .split import LEFT_OUT, Split, split
from .staleness import (
    all_prepared,
    current,
    digest,
    digest_of,
    done,
    name_of,
    remember,
    settings,
    text_read,
    with_tokens,
)
from .texts import BYTES_A_FILE, Clock, Text, read_all
from .tokenizer import Encoder, characters, comes_back, sample, train, vocabulary_for
from .tokenizer_files import from_file

DAMAGED = (
    "The vocabulary that these texts had is damaged. Another takes its place, so what a new run reaches cannot be "
    "compared token by token with the runs before. The models that you have keep their own."
)
BUSY, WAIT_S = "Waiting until the texts are prepared elsewhere", 0.1


@dataclass(frozen=True, slots=True)
class Wanted:
    """``tokens``: a tokenizer that is given, where the settings alone do not say it."""

    config: PrepareConfig
    tokens: Tokenizer | None


def prepare(project: Project, stop: Ask, tokens: Tokenizer | None = None) -> Iterator[events.Event]:
    """Reads the texts, trains the tokenizer and writes token files. The last event is Prepared, unless it was stopped.

    ``tokens``: those of a model, for token files beside the project's own. Raises ProjectError when there are no texts.
    """
    config, sources = project.prepare_config(), project.sources()
    if not sources:
        raise ProjectError(f"The project “{project.name}” has no texts yet. Add some first.")
    wanted = Wanted(with_tokens(config, tokens) if tokens else config, tokens)
    return _prepare(project, wanted, sources, Clock(time.monotonic(), stop))


def _prepare(project: Project, wanted: Wanted, sources: list[Source], clock: Clock) -> Iterator[events.Event]:
    try:
        with (yield from _alone(project, clock)):
            atomic_io.sweep(project.prepared_folder)
            atomic_io.sweep(project.clean_folder)
            sweep_removed(project)
            prepared = current(project, wanted.config)
            if prepared and not prepared.damaged():
                yield from map(text_read, prepared.texts)
                forget_folders(project, prepared)
            else:
                prepared = yield from _make(project, wanted, sources, clock)
            yield done(prepared, project, clock.started)
    except Stopped:
        yield events.Warned("Preparing was cancelled. The texts are as they were.")


def _alone(project: Project, clock: Clock) -> Generator[events.Event, None, Lock]:
    """Waits until nobody else prepares: planning a run may do so too, and each forgets what it does not know."""
    while True:
        try:
            return Lock(inside(project.folder, ".preparing"), BUSY)
        except ProjectError as problem:
            if str(problem) != BUSY:
                raise
            yield clock.progress(BUSY)
            time.sleep(WAIT_S)


def _make(
    project: Project, wanted: Wanted, sources: list[Source], clock: Clock
) -> Generator[events.Event, None, Prepared]:
    config = wanted.config
    texts = [Text(source, project.text_file(source)) for source in _in_order(sources)]
    yield from read_all(project, texts, config.clean, clock)
    usable = [text for text in texts if text.about]
    if not usable:
        raise TextError("None of the texts can be used. " + " ".join(w for text in texts for w in text.warnings))
    made = yield from _tokenizer(project, usable, wanted, clock)
    yield from _encode_all(usable, made, clock)
    yield clock.progress("Putting it together")
    prepared = _assemble(project, texts, usable, made, config, clock.stop)
    forget_folders(project, prepared)
    forget_texts(project, {text.key for text in texts}, clock.stop)
    usable.clear()
    let_go(texts)
    return prepared


def _in_order(sources: list[Source]) -> list[Source]:
    """Texts of one group beside each other, so that a group is one stretch of the token file."""
    first: dict[str, int] = {}
    for number, source in enumerate(sources):
        first.setdefault(source.options.group or source.file, number)
    return sorted(sources, key=lambda source: first[source.options.group or source.file])


@dataclass(frozen=True, slots=True)
class Made:
    """The tokenizer of a corpus. ``how`` it was learnt, as a digest; ``texts``: keys of those it was learnt from."""

    tokenizer: Tokenizer
    name: str
    digest: str
    how: str
    texts: tuple[str, ...]


def _tokenizer(
    project: Project, texts: list[Text], wanted: Wanted, clock: Clock
) -> Generator[events.Event, None, Made]:
    config = wanted.config
    size = sum(text.about.bytes for text in texts if text.about)
    vocabulary = max(config.vocabulary or vocabulary_for(size), 257)
    special = (*config.special_tokens, *(field_token(name) for name in project.fields()))
    how = digest(config.tokenizer, config.tokenizer_file, vocabulary, config.minimum_frequency, special)
    fitting = _fitting(project, texts, how, size)
    known = next(filter(None, map(_made_before, fitting)), None)
    learnt = known.texts if known else tuple(text.key for text in texts)
    if fitting and config.tokenizer != TokenizerSource.FILE and {*fitting[0].tokenizer_texts} != {*learnt}:
        yield events.Warned(DAMAGED)
    if known:
        return known
    yield clock.progress("Learning the vocabulary")
    pieces = (piece for text in texts if text.clean for piece in corpus.pieces(text.clean) if piece is not None)
    sampled = sample(until(pieces, clock.stop), size)
    if config.tokenizer == TokenizerSource.FILE:
        tokenizer = wanted.tokens or from_file(Path(config.tokenizer_file))
        if not comes_back(tokenizer, next(iter(sampled), "")):
            yield events.Warned(
                "This tokenizer changes the text a little: what it writes is not letter by letter the same."
            )
    elif config.tokenizer == TokenizerSource.CHARACTERS:
        tokenizer = characters(sampled, config.vocabulary, config.minimum_frequency, special)
    else:
        tokenizer = train(sampled, vocabulary, config.minimum_frequency, special)
    name = "bpe" if config.tokenizer == TokenizerSource.TRAIN else config.tokenizer
    number = vocabulary if config.tokenizer == TokenizerSource.TRAIN else tokenizer.get_vocab_size()
    return _made(tokenizer, f"{name}-{number}", how, learnt)


def _made(tokenizer: Tokenizer, name: str, how: str, texts: tuple[str, ...]) -> Made:
    return Made(tokenizer, name, name_of(tokenizer), how, texts)


def _fitting(project: Project, texts: list[Text], how: str, size: int) -> list[Prepared]:
    """Those whose tokenizer was learnt in this way from half of the corpus or more, what was learnt from most first."""
    known: dict[Path, int] = {}
    fitting = [prepared for prepared in all_prepared(project) if prepared.tokenizer_settings == how]
    for prepared in fitting:
        learnt = set(prepared.tokenizer_texts)
        known[prepared.folder] = sum(text.about.bytes for text in texts if text.about and text.key in learnt)
    fitting.sort(key=lambda prepared: known[prepared.folder], reverse=True)
    return [prepared for prepared in fitting if known[prepared.folder] >= size / 2]


def _made_before(prepared: Prepared) -> Made | None:
    """None for a damaged one, which is learnt again."""
    if "tokenizer.json" not in prepared.damaged():
        with contextlib.suppress(ProjectError):
            name = "-".join(prepared.folder.name.split("-")[:2])
            return _made(prepared.tokenizer(), name, prepared.tokenizer_settings, prepared.tokenizer_texts)
    return None


def _encode_all(texts: list[Text], made: Made, clock: Clock) -> Iterator[events.Event]:
    encoder, vocabulary = Encoder(made.tokenizer), made.tokenizer.get_vocab_size()
    total = sum(text.about.bytes for text in texts if text.about) + BYTES_A_FILE * len(texts)
    before = 0
    for text in texts:
        assert text.clean and text.about
        yield clock.progress("Turning text into tokens", before, total)
        if not encode.is_encoded(text.clean, made.digest, vocabulary):
            for done in encode.encode(text.clean, encoder, made.digest):
                yield clock.progress("Turning text into tokens", before + done, total)
        before += text.about.bytes + BYTES_A_FILE


def _assemble(
    project: Project, texts: list[Text], usable: list[Text], made: Made, config: PrepareConfig, stop: Ask
) -> Prepared:
    """Writes a folder of token files, whole or not at all, under a name that only this content has. Raises Stopped."""
    target = project.prepared_folder / made.name
    with atomic_io.refusals(target), atomic_io.temporary_folder(project.prepared_folder) as folder:
        divided = _split(usable, config, stop)
        lengths = _write_tokens(folder, usable, made, divided, stop)
        _lay_out(usable)
        about = [(text.about, text.share) for text in usable if text.about]
        options = ((text.start, text.source.options) for text in usable)
        prepared = Prepared(
            folder=folder,
            settings=settings(config),
            vocabulary=made.tokenizer.get_vocab_size(),
            tokens=usable[-1].end,
            heldout_tokens=sum(text.heldout_tokens for text in usable),
            documents=int(np.count_nonzero(divided.sides != LEFT_OUT)),
            bytes=sum(round(share * text.bytes) for text, share in about),
            characters=sum(round(share * text.characters) for text, share in about),
            words=sum(round(share * text.words) for text, share in about),
            lengths=lengths,
            balance=config.balance,
            tokenizer_settings=made.how,
            tokenizer_texts=made.texts,
            fingerprint=_fingerprint(folder, chain((config.balance,), options)),
            texts=tuple(text.finished() for text in texts),
        )
        if any(text.path.stat().st_mtime_ns != text.modified for text in usable):
            raise ProjectError("The texts changed while they were being prepared. Prepare them again.")
        _write_about(prepared, folder / "prepared.toml", stop)
        manifest.write(folder)
        target = target.with_name(f"{made.name}-{_digits(prepared)}")
        atomic_io.publish(folder, target)  # what has this name already is damaged, or it would be up to date
    made_now = replace(prepared, folder=target)
    remember(made_now)
    return made_now


def _write_about(prepared: Prepared, file: Path, stop: Ask) -> None:
    """Table by table: as one piece of text, those of a hundred thousand texts would keep all other threads waiting."""
    with file.open("wb") as about:
        for table in until(prepared.to_toml(), stop):
            about.write(table.encode())
        bounded.refuse_larger(
            about.tell(), bounded.LISTS, "The list of so many texts (join short ones into larger files)"
        )


def _write_tokens(folder: Path, texts: list[Text], made: Made, divided: Split, stop: Ask) -> tuple[int, ...]:
    """Writes the tokenizer and the token files; returns how many documents have up to 16, 32, 64, ... tokens."""
    made.tokenizer.save(str(folder / "tokenizer.json"))
    special_tokens.of(made.tokenizer).save(folder)
    first, sizes = 0, []
    with (folder / "train.bin").open("wb") as trained, (folder / "val.bin").open("wb") as heldout:
        for text in until(texts, stop):
            assert text.clean and text.about
            mine = slice(first, first + text.about.documents)
            first, sides, files = mine.stop, divided.sides[mine], (trained, heldout)
            counts = encode.write(text.clean, made.tokenizer, made.digest, files, sides, divided.ends[mine])
            text.tokens, text.heldout_tokens = sum(counts), counts[1]
            lengths = encode.lengths(text.clean, made.digest)
            sizes.append(lengths[sides != LEFT_OUT])
            letters = corpus.documents(text.clean)["bytes"]  # tokens would give each vocabulary another number of words
            text.share = float(letters[sides != LEFT_OUT].sum() / max(1, letters.sum()))
            text.warnings += _about_copies(sides, divided.copied[mine])
    return encode.length_classes(_joined(sizes))


def _digits(prepared: Prepared) -> str:
    """Eight digits that stand for all that a folder holds but the times of the user's files."""
    texts = (replace(text, modified=0) for text in prepared.texts)
    return digest_of(chain((prepared.fingerprint, prepared.settings), prepared.tokenizer_texts, texts))[:8]


def _lay_out(texts: list[Text]) -> None:
    end = 0
    for text in texts:
        text.start, text.end = end, end + text.tokens - text.heldout_tokens
        end = text.end


def _split(texts: list[Text], config: PrepareConfig, stop: Ask) -> Split:
    tables = [corpus.documents(text.clean) for text in texts if text.clean]
    sizes = [len(table) for table in tables]
    sketches = [corpus.sketches(text.clean) for text in texts if text.clean]
    for rows, first in zip(sketches, np.cumsum([0, *sizes]), strict=False):
        rows[:, 0] += np.uint64(first)
    documents = _joined(tables)
    return split(
        np.repeat(np.arange(len(texts)), sizes),
        documents["characters"].astype(np.int64),
        np.ascontiguousarray(documents["fingerprint"]),
        _joined(sketches),
        config,
        stop,
    )


def _joined(parts: list[npt.NDArray[Any]]) -> npt.NDArray[Any]:
    """As np.concatenate, which keeps all other threads waiting while it joins a hundred thousand parts; it empties the
    list, for they would keep them waiting once more when they end.
    """
    joined = np.empty((sum(map(len, parts)), *parts[0].shape[1:]), parts[0].dtype)
    end = 0
    for part in parts:
        begin, end = end, end + len(part)
        joined[begin:end] = part
    let_go(parts)
    return joined


def _about_copies(sides: npt.NDArray[np.int8], copied: npt.NDArray[np.bool_]) -> tuple[str, ...]:
    copies, near = int(np.count_nonzero(sides == LEFT_OUT)), int(np.count_nonzero(copied))
    found = []
    if copies == len(sides):
        found.append("Left out: another text says the same.")
    elif copies:
        found.append(f"{copies:,} of its {len(sides):,} documents said the same as others and were left out.")
    if near == len(sides):
        found.append("Nearly the same as another text; used all the same.")
    elif near:
        found.append(f"{near:,} of its {len(sides):,} documents are nearly the same as others; used all the same.")
    return tuple(found)


def _fingerprint(folder: Path, more: Iterable[object]) -> str:
    whole = hashlib.sha256(digest_of(more).encode())
    for name in ("tokenizer.json", "train.bin", "val.bin"):
        whole.update(bytes.fromhex(manifest.sha256(folder / name)))
    return whole.hexdigest()[:32]
