"""What is there already: the token files made from the present texts, and what was found in each text."""

import contextlib
import functools
import hashlib
import time
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from tokenizers import Tokenizer

from ..core import events, manifest, schema
from ..core.config import CleanConfig, PrepareConfig, RunConfig, TextConfig, TokenizerSource
from ..core.control import let_go
from ..core.errors import ProjectError
from ..core.project import Project, Run, Source
from ..core.sources import Version
from ..core.text_formats import text_format
from . import corpus, special_tokens, trial
from .dataset import Prepared, PreparedText
from .tokenizer import fingerprint, split

FORMAT = 4


def current(project: Project, config: PrepareConfig | None = None) -> Prepared | None:
    """The token files made from exactly the present texts and settings; None when there are none or texts changed.

    ``config``: other settings than those of the project.
    """
    wanted = settings(config or project.prepare_config())
    made = (prepared for prepared in all_prepared(project) if prepared.settings == wanted)
    return next((prepared for prepared in made if _same_texts(project, prepared) and prepared.is_whole()), None)


def current_in(project: Project, tokens: Tokenizer) -> Prepared | None:
    """The token files of the present texts in these tokens; None when they are still to be made."""
    own = current(project)
    if own and special_tokens.are_same(own.tokenizer(), tokens):
        return own
    return current(project, with_tokens(project.prepare_config(), tokens))


def with_tokens(config: PrepareConfig, tokens: Tokenizer) -> PrepareConfig:
    """Settings for token files beside those of the project. The tokens are known by what they are, not by a path."""
    return replace(config, tokenizer=TokenizerSource.FILE, tokenizer_file=fingerprint(tokens))


def all_prepared(project: Project) -> Iterator[Prepared]:
    """Every folder of token files that can be read, by name."""
    for folder in project.prepared_folders():
        with contextlib.suppress(ProjectError, FileNotFoundError):
            version, prepared = _parsed.get(folder, (None, None))
            if prepared is None or version != Version.of(folder / "prepared.toml"):
                prepared = Prepared.load(folder)
                remember(prepared)
            yield prepared


# Parsed once for each version of the file, and what was just written not even once: for thousands of texts it takes
# seconds.
_parsed: dict[Path, tuple[Version, Prepared]] = {}
REMEMBERED = 16  # folders


def remember(prepared: Prepared) -> None:
    """It is what its folder says. Raises FileNotFoundError when that is gone."""
    if len(_parsed) >= REMEMBERED:
        _parsed.clear()
    _parsed[prepared.folder] = Version.of(prepared.folder / "prepared.toml"), prepared


def forget(folder: Path) -> None:
    """It is gone."""
    if known := _parsed.pop(folder, None):
        texts = list(known[1].texts)
        del known
        let_go(texts)


def learnt_by(run: Run, config: RunConfig) -> Prepared:
    """What a run learns from: the folder that it names, or one of the same content, for earlier versions gave other
    names. Raises ProjectError when it is gone or damaged.
    """
    folder = run.project.prepared(config.prepared)
    if folder.exists():
        return Prepared.load(folder)
    for prepared in all_prepared(run.project):
        if prepared.fingerprint == config.data:
            return prepared
    raise ProjectError(
        f"What “{run.name}” learns from is gone: the folder {folder}. Prepare the same texts with the same "
        "settings again, or start a new run."
    )


def settings(config: PrepareConfig) -> str:
    """Tells apart all settings that change the token files."""
    return digest(FORMAT, schema.to_toml(config, settled=True))


def text_key(source: Source, content: str, clean: CleanConfig) -> str:
    """Names what becomes of a text; whatever changes that is part of it. ``content``: its SHA-256."""
    options = replace(source.options, weight=1.0, group="", rules_on=(), rules_off=())
    mended = replace(clean.of_text(source.options), duplicates=False, near_duplicates=False)
    return digest(FORMAT, content, text_format(Path(source.file)), options, mended)


def _same_texts(project: Project, prepared: Prepared) -> bool:
    """Whether the project has what was learnt from and nothing else. What could not be used may be gone."""
    known = {text.path: text for text in prepared.texts}
    if not project.texts_folder.exists():  # a project that was taken elsewhere without its texts can go on learning
        return {f"texts/{source.file}" for source in project.sources()} == set(known)
    for source in project.sources():
        text = known.pop(f"texts/{source.file}", None)
        if text is None or not _is_same(project, source, text):
            return False
    return not any(text.documents for text in known.values())


def _is_same(project: Project, source: Source, text: PreparedText) -> bool:
    try:
        path = project.text_file(source)
        about = path.stat()
    except FileNotFoundError:
        return False
    if about.st_size != text.size or text.options != _options_digest(source.options):
        return False
    # Copying a project to another machine changes times, not contents.
    return about.st_mtime_ns == text.modified or sha256(path, about.st_size, about.st_mtime_ns) == text.sha256


@functools.lru_cache(maxsize=1024)
def _options_digest(options: TextConfig) -> str:
    return digest(options)


@functools.lru_cache(maxsize=100_000)
def sha256(path: Path, size: int, modified: int) -> str:
    """Of a file's content. Asked again for the same size and time, it answers from memory."""
    return manifest.sha256(path)


def digest(*parts: object) -> str:
    """32 hexadecimal digits that stand for the parts."""
    return digest_of(parts)


def digest_of(parts: Iterable[object]) -> str:
    """One after the other: a hundred thousand at once would keep all other threads waiting, also when they end."""
    made, between = hashlib.sha256(), ""
    for part in parts:
        made.update(f"{between}{part}".encode("utf-8", "surrogateescape"))
        between = "\n"
    return made.hexdigest()[:32]


def name_of(tokenizer: Tokenizer) -> str:
    """Under which the tokens of each text are kept that it has cut."""
    special = special_tokens.of(tokenizer)  # which a file of its own names, if the tokenizer is that of a model
    return digest(tokenizer.to_str(), *([special.prefix, special.ends] if special.files else []))[:16]


def look(project: Project) -> Iterator[events.Event]:
    """What is known without reading: each text as it was last read and, when up to date, the token files.

    A text has tokens where it is in token files of the present settings just as it is now.
    """
    up_to_date = current(project)
    if up_to_date:
        yield from map(text_read, up_to_date.texts)
        yield done(up_to_date, project, time.monotonic())
    else:
        yield from _known(project)


def _known(project: Project) -> Iterator[events.TextRead]:
    config = project.prepare_config()
    wanted = settings(config)
    made = sorted(all_prepared(project), key=lambda prepared: prepared.settings == wanted)  # those that fit count most
    known = {text.path: (text, prepared.settings == wanted) for prepared in made for text in prepared.texts}
    for source in project.sources():
        text, fits = known.get(f"texts/{source.file}", (None, False))
        if text and _is_same(project, source, text):
            yield text_read(text if fits else replace(text, tokens=0))
        elif kept := _kept(project, source, config.clean):
            yield kept


def _kept(project: Project, source: Source, clean: CleanConfig) -> events.TextRead | None:
    """What reading has found, where a text was read but not prepared yet."""
    path = project.text_file(source)
    try:
        about = path.stat()
        content = sha256(path, about.st_size, about.st_mtime_ns)
    except FileNotFoundError:
        return None
    found = corpus.about(project.clean_text(text_key(source, content, clean)))
    if found is None:
        return None
    return events.TextRead(
        path=f"texts/{source.file}",
        format=found.format,
        encoding=found.encoding,
        documents=found.documents,
        characters=found.characters,
        warnings=found.warnings,
        words=found.words,
        confidence=found.confidence,
    )


def text_read(text: PreparedText) -> events.TextRead:
    """The event that tells what was found in a text."""
    return events.TextRead(
        path=text.path,
        format=text.format,
        encoding=text.encoding,
        documents=text.documents,
        characters=text.characters,
        warnings=text.warnings,
        tokens=text.tokens,
        words=text.words,
        confidence=text.confidence,
    )


def preview(project: Project, source: Source) -> Iterator[events.Event]:
    """The beginning of a text as the model will see it. Raises TextError when it is no text."""
    path, clean = project.text_file(source), project.prepare_config().clean.of_text(source.options)
    previewed = trial.preview(path, source.options, clean)
    prepared = current(project)
    pieces = split(prepared.tokenizer(), previewed.text) if prepared else ()
    yield replace(previewed, path=source.file, pieces=pieces)


def done(prepared: Prepared, project: Project, started: float) -> events.Prepared:
    """The event that says so. ``started``: by the monotonic clock."""
    return events.Prepared(
        documents=prepared.documents,
        tokens=prepared.tokens,
        heldout_tokens=prepared.heldout_tokens,
        vocabulary=prepared.vocabulary,
        bytes=prepared.bytes,
        elapsed_s=time.monotonic() - started,
        folder=project.relative(prepared.folder),
        characters=prepared.characters,
        words=prepared.words,
        lengths=prepared.lengths,
    )
