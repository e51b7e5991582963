"""Texts without a project: what would be learnt from them, and a tokenizer of them."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from ..engine.core import atomic_io, events, schema
from ..engine.core.config import PrepareConfig, TextConfig
from ..engine.core.control import Ask, never
from ..engine.core.errors import ProjectError
from ..engine.core.events import Event
from ..engine.core.model_folder import LARGEST_JSON
from ..engine.core.project import read_text
from ..engine.core.schema import Changes
from .plain import AnyPath, refuse_missing
from .project import Project, preparing_texts

as_they_are = Changes(TextConfig(), frozenset[str]())
unchanged = Changes(PrepareConfig(), frozenset[str]())


def trying(
    texts: Sequence[AnyPath],
    stop: Ask = never,
    *,
    options: Changes[TextConfig] = as_they_are,
    settings: Changes[PrepareConfig] = unchanged,
) -> Iterator[Event]:
    """Reads texts as a project would and writes nothing: TextRead for each, Warned for what would be left out.

    Raises ProjectError for a path that does not exist, ConfigError for settings that cannot be used.
    """
    from ..engine.text.trial import trial

    refuse_missing(map(Path, texts))
    for changes in (options, settings):
        schema.check(changes.config)
    return trial([Path(text) for text in texts], options.config, settings.config.clean, stop)


def preview(
    text: AnyPath, *, options: Changes[TextConfig] = as_they_are, settings: Changes[PrepareConfig] = unchanged
) -> events.Previewed:
    """The first 8,000 characters of a text as a model would see them. Raises TextError when it is no text."""
    from ..engine.text import trial

    refuse_missing([Path(text)])
    for changes in (options, settings):
        schema.check(changes.config)
    return trial.preview(Path(text), options.config, settings.config.clean)


def training_tokenizer(
    texts: Sequence[AnyPath],
    file: Path,
    stop: Ask = never,
    *,
    options: Changes[TextConfig] = as_they_are,
    settings: Changes[PrepareConfig] = unchanged,
) -> Iterator[Event]:
    """Learns a vocabulary from texts and writes it into ``file`` (.json). The last event is Prepared.

    Raises ProjectError when the file exists already, and as ``preparing_texts`` does.
    """
    atomic_io.sweep(file.absolute().parent)  # also where the one that was killed had written its file
    if file.exists():
        raise ProjectError(f"{file} exists already. Choose another name, or delete it first.")
    if not file.absolute().parent.is_dir():
        raise ProjectError(f"{file.absolute().parent} does not exist. Make that folder first.")
    refuse_missing(map(Path, texts))
    return _training_tokenizer(texts, file.absolute(), stop, options, settings)


def _training_tokenizer(
    texts: Sequence[AnyPath],
    file: Path,
    stop: Ask,
    options: Changes[TextConfig],
    settings: Changes[PrepareConfig],
) -> Iterator[Event]:
    with atomic_io.temporary_folder(file.parent) as folder:
        project = Project.create(folder / "texts")
        for event in preparing_texts(project.folder, texts, stop, options=options, settings=settings):
            if isinstance(event, events.Prepared):
                atomic_io.write_text(file, read_text(project.folder / event.folder / "tokenizer.json", LARGEST_JSON))
            yield event
