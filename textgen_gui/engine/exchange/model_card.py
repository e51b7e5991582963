"""What is told of a model to those who get it: its name, what it learnt from by count, and under which terms."""

import math
from dataclasses import dataclass
from pathlib import Path

from ..core import bounded, event_log, events, library, schema
from ..core.errors import EngineError
from ..core.project import Checkpoint, Run
from ..models import checkpoint as checkpoints
from ..text.readers.reading import counted
from . import languages

HEAD_BYTES = 20_000  # of a README, in which its licence stands
WARNING = "It may repeat passages of the texts that it learnt from word for word."
OWN = "Made with TextGen GUI, on a person's own computer, from that person's own texts."


@dataclass(frozen=True, slots=True)
class ModelFacts:
    """``learnt``: sentences about texts, training and quality; never anything that stands in the texts.

    ``source``: whose work it is. ``licence`` is empty where nobody said one. ``sha256``: of weights, configuration and
    tokenizer. ``languages``: codes of those of the texts, as far as that is sure. ``in_plain_words``: the same for
    people who never heard of any of it.
    """

    name: str
    source: str
    learnt: tuple[str, ...]
    licence: str
    sha256: str
    languages: tuple[str, ...] = ()
    in_plain_words: str = ""


def facts_of(checkpoint: Checkpoint) -> ModelFacts:
    """Of a checkpoint of a run, or the folder of a model from elsewhere."""
    sha256, run = checkpoints.model_sha256(checkpoint), checkpoint.run
    if run is None:
        known = library.find_model(library.name_of(checkpoint.folder))
        if known:
            return ModelFacts(known.name, known.source, (), known.licence, sha256, (), known.source)
        return ModelFacts(checkpoint.folder.name, "A model from elsewhere.", (), _licence(checkpoint), sha256)
    learnt = tuple(_learnt(run, checkpoint.step))
    return ModelFacts(title_of(run), OWN, learnt, "", sha256, _languages(run), _in_plain_words(run))


def title_of(run: Run) -> str:
    """What others know it by."""
    title = run.name.partition(" ")[2] or run.name
    return f"{run.project.name}, {title}" if run.project.exists() else title


def card(facts: ModelFacts) -> str:
    """A README.md in the manner of Hugging Face's model cards."""
    head = ["---", *([f"license: {facts.licence}"] if facts.licence else []), "library_name: transformers"]
    head += [f"language: [{', '.join(facts.languages)}]"] if facts.languages else []
    head += ["pipeline_tag: text-generation", "---"]
    terms = "" if facts.licence else "\n\nNo licence was chosen yet: ask its maker before you use or share it."
    return "\n".join([*head, "", f"# {facts.name}", "", facts.source + terms, "", *facts.learnt, "", WARNING, ""])


def _in_plain_words(run: Run) -> str:
    from ..text.staleness import learnt_by

    try:
        config = run.config()
        prepared = learnt_by(run, config)
    except EngineError:  # somebody edited the run's file, or its token files were deleted
        return OWN
    spoken = " and ".join(languages.names[code] for code in _languages(run))
    told = [f"It learnt from {counted(prepared.words, 'word')}{spoken and f' of {spoken}'}. {WARNING}"]
    return "\n".join([OWN, *told, *([_beginning(config.start.model)] if config.start.model else [])])


def _learnt(run: Run, step: int) -> list[str]:
    found: list[str] = []
    bars: dict[str, float] = {}
    for event in event_log.read(run.events_file):
        match event:
            case events.Evaluated() if event.step == step and math.isfinite(event.bits_per_byte):
                found = [f"- On text that it had not seen it needs {event.bits_per_byte:.3f} bits for each byte."]
            case events.Baseline() if math.isfinite(event.bits_per_byte):
                bars[event.name] = event.bits_per_byte
            case _:
                pass
    if found and bars:
        found += ["- On the same text: " + ", ".join(f"{name} {bits:.3f}" for name, bits in bars.items()) + " bits."]
    try:
        config = run.config()
    except EngineError:  # the checkpoint is whole, but somebody edited the run's file
        return found
    return [*_texts(run), f"- Trained for {step:,} of {config.train.steps:,} steps.", *found, *_settings(run)]


def _texts(run: Run) -> list[str]:
    from ..text.staleness import learnt_by

    try:
        prepared = learnt_by(run, run.config())
    except EngineError:  # its token files were deleted
        return []
    spoken = " and ".join(languages.names[code] for code in _languages(run))
    counted_in = ", counted in the tokens of the model that it began with" if run.config().start.model else ""
    return [
        f"- Learnt from {counted(len(prepared.texts), 'text')} with {counted(prepared.documents, 'document')}, "
        f"{prepared.characters:,} characters, {prepared.words:,} words{spoken and f', in {spoken}'}; "
        f"{prepared.heldout_tokens:,} of {prepared.tokens + prepared.heldout_tokens:,} tokens were held "
        f"out{counted_in}."
    ]


def _languages(run: Run) -> tuple[str, ...]:
    from ..text.staleness import learnt_by

    try:
        return languages.languages_of(learnt_by(run, run.config()))
    except (EngineError, OSError, ValueError):  # its token files are gone or damaged, which is said elsewhere
        return ()


def _settings(run: Run) -> list[str]:
    config = run.config()
    shown = "\n".join(line for line in schema.to_toml(config.model).splitlines() if line and not line.startswith("#"))
    begun = [f"- {_beginning(config.start.model)}"] if config.start.model else []
    return [*begun, "", "```toml", shown, "```"]


def _beginning(model: str) -> str:
    """Its name alone, for a path tells who made it."""
    known = library.find_model(model) or library.find_model(library.name_of(Path(model)))
    terms = f", whose licence is {known.licence}" if known and known.licence else ""
    return f"It began with the model {known.name if known else Path(model).name}{terms}."


def _licence(checkpoint: Checkpoint) -> str:
    """As the README of a model from elsewhere says it."""
    try:
        with bounded.open_file(checkpoint.folder / "README.md") as file:
            lines = file.read(HEAD_BYTES).decode("utf-8", "replace").splitlines()[:60]
    except OSError:
        return ""
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("license:")), "")
