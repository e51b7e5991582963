"""What a new run begins with: the model, chosen by a rule where nobody chose, and the texts in the tokens it knows."""

import contextlib
import math
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from tokenizers import Tokenizer

from ..core import events, library, schema
from ..core.beginnings import begins_with_starter, is_far_from_starter, recipe_for
from ..core.config import ModelConfig, RunConfig
from ..core.control import Ask, Stopped, until
from ..core.errors import ConfigError, ProjectError
from ..core.library import STARTER, LibraryModel, find_model
from ..core.presets import gentler
from ..core.project import Checkpoint, Project
from ..core.run_request import RunRequest
from ..models import checkpoint as checkpoints
from ..models import model as models
from ..models import shapes
from ..models.base import weights_folder
from ..models.checkpoint import Fingerprint
from ..models.stock import PreTrainedModel
from ..runtime import device
from ..text import special_tokens
from ..text.dataset import Prepared
from ..text.prepare import prepare
from ..text.staleness import current, current_in
from ..text.tokenizer import encode
from ..text.tokenizer_files import from_file
from . import evaluate
from .initial_model import find_start, start_folder

CONTEXT = 256  # tokens that a model from elsewhere reads at once while it learns, without a graphics card
SAMPLE_TOKENS = 2048  # of the project's own, on which the starter is judged: about a second
LOOK_TOKENS = 512  # of them at once, before it looks whether it should stop
ENOUGH = "there is enough text, and time, to learn more from your texts alone"
_bits: dict[tuple[Path, Fingerprint, Path, str], float] = {}  # of a model on the texts of a project, by both

LANGUAGES = {"en": "English", "de": "German", "fr": "French", "es": "Spanish", "it": "Italian", "nl": "Dutch"}


@dataclass(frozen=True, slots=True)
class Begun:
    """A run on its way. ``tokens``: other ones than the project's own may be, which it has to learn in."""

    config: RunConfig
    tokens: Tokenizer | None


def begun(project: Project, request: RunRequest) -> Begun:
    """Raises ConfigError, CheckpointError or ProjectError for a beginning that cannot be."""
    config = request.wanted()
    given = from_file(Path(request.tokenizer)) if request.tokenizer else None
    if config.model.shape:
        config = _in_its_shape(config, given, request)
    if not config.start.model:
        return Begun(config, given)
    folder = start_folder(project, config.start.model)
    shape, known = models.describe(folder), from_file(folder)
    if given and given.get_vocab() != known.get_vocab():
        raise ConfigError("This model understands only its own tokens. Leave the tokenizer out.")
    if config.start.frozen > shape.layers:
        raise ConfigError(
            f"The model has {shape.layers} layers, so {config.start.frozen} cannot be frozen. Choose fewer."
        )
    context = config.model.context if "model.context" in request.chosen else _usual_context(shape)
    dropout = config.model.dropout if "model.dropout" in request.chosen else shape.dropout
    start = replace(config.start, model=_relative(project, config.start.model))
    model = replace(shape, context=min(shape.context, context), dropout=dropout)
    return Begun(replace(config, model=model, start=start), known)


def _in_its_shape(config: RunConfig, given: Tokenizer | None, request: RunRequest) -> RunConfig:
    """As its config.json says. Raises ConfigError or MemoryShortError for one that cannot be."""
    if decided := sorted(request.chosen & {f"model.{name}" for name in ("architecture", "layers", "width", "heads")}):
        raise ConfigError(f"The config.json decides {' and '.join(decided)}. Change it there, or leave it out.")
    vocabulary = given.get_vocab_size() if given else 1  # not yet known; the tokens are counted when it is built
    model = shapes.taken(config.model, vocabulary, chosen_context="model.context" in request.chosen)
    shaped = replace(config, model=model)
    schema.check(shaped)
    return shaped


def _usual_context(shape: ModelConfig) -> int:
    return shape.context if torch.cuda.is_available() else CONTEXT


def _relative(project: Project, model: str) -> str:
    """As it is written in run.toml: by its name, or relative inside the project, so that the project can move."""
    return model if find_model(model) else project.relative((project.folder / model).resolve())


def preparing(
    project: Project, own: Prepared, begun: Begun, stop: Ask
) -> Generator[events.Event, None, Prepared | None]:
    """The texts in the tokens that the run learns in, made where they are not there. None where it was stopped."""
    if begun.tokens is None:
        return own
    known = current_in(project, begun.tokens)
    if known is None:
        happened = prepare(project, stop, begun.tokens)
        yield from (_in_its_tokens(event) for event in happened if not isinstance(event, events.TextRead))
        known = current_in(project, begun.tokens)
        if known is None and not stop():
            raise ProjectError(f"The texts of “{project.name}” changed while the run was made. Make it again.")
    return known


def _in_its_tokens(event: events.Event) -> events.Event:
    """The texts are ready in tokens of their own, and are turned into others."""
    if not isinstance(event, events.Progressed):
        return event
    return replace(event, stage="Turning your texts into the tokens that the model knows")


def going_on(config: RunConfig, prepared: Prepared, request: RunRequest) -> RunConfig:
    """How a model that has learnt before goes on, so that it does not forget at once. What was chosen stays so."""
    if not config.start.model:
        return config
    if "model.context" not in request.chosen:
        context = fitting_context(config.model.context, [part.end - part.start for part in prepared.parts()])
        config = replace(config, model=replace(config.model, context=context))
    if request.minutes is None:
        rate = config.train.learning_rate * gentler(config.start, config.model.width)
        usual = replace(config, train=replace(config.train, learning_rate=rate))
    else:
        usual = recipe_for(prepared.bytes).on(config, _bytes_a_token(prepared))
    # A word counter would unteach what the model knows.
    usual = replace(usual, train=replace(usual.train, ngram_teacher=0.0, short_passages=0.0))
    chosen: RunConfig = schema.overlaid(usual, config, request.chosen)
    return chosen


def fitting_context(longest: int, parts: Sequence[int]) -> int:
    """How much is read at once of texts that have so many tokens in each part. Short texts are better than none; but no
    model learns to look back less because of one that is short beside others, which is refused instead.
    """
    return max(8, min(longest, sum(parts) - 1, max(CONTEXT, min(parts) - 1)))


def most_steps(config: RunConfig, prepared: Prepared) -> float:
    """After which a run by time would only learn its texts by heart, or those of them that it reads most often."""
    if not config.start.model:
        return float("inf")
    read_once = min((part.end - part.start) / part.share for part in prepared.parts())  # all, where they count by size
    return recipe_for(prepared.bytes).steps(_bytes_a_token(prepared), read_once, config)


def _bytes_a_token(prepared: Prepared) -> float:
    return prepared.bytes / max(1, prepared.tokens + prepared.heldout_tokens)


def ends_early(config: RunConfig, prepared: Prepared, request: RunRequest) -> Iterator[events.Warned]:
    """Says so where a run takes less time than there is."""
    if request.minutes is not None and config.train.steps == most_steps(config, prepared):
        yield events.Warned(early_words(prepared))


def early_words(prepared: Prepared) -> str:
    often = recipe_for(prepared.bytes).often(_bytes_a_token(prepared))
    texts = "the texts" if len(prepared.parts()) == 1 else "the texts that are read most often"
    return (  # it stays with the run, so it has to be true before and after
        f"It goes through {texts} no more than {often}, however much time there is: more would only teach the model to "
        "say them by heart."
    )


# --- where nobody chose


def choosing(project: Project, own: Prepared, request: RunRequest, stop: Ask) -> Generator[events.Event, None, Begun]:
    """By the rule: the starter, or from scratch. StartDescribed says which and why. Raises Stopped."""
    if library.starter() is None:
        return begun(project, request)
    yield events.Progressed("Finding out whether the starter helps with your texts", 0, 0, 0)
    described = choose(project, own, request.minutes or float("inf"), stop)
    yield described
    return begun(project, request.beginning_with(described.model))


def choose(project: Project, own: Prepared, minutes: float, stop: Ask) -> events.StartDescribed:
    """What a run by time begins with, and why, in words. Raises Stopped."""
    known = library.starter()
    if known is None:
        return events.StartDescribed("", "", "Begins from scratch.", True)
    bits = _bits_of(known, own, stop)
    if not begins_with_starter(own.bytes, bits, minutes):
        far = is_far_from_starter(bits)
        why = f"your texts are far from the {_language(known)} that the starter writes" if far else ENOUGH
        words = f"Begins from scratch: {why}."
        return events.StartDescribed("", "", words, True, bits)
    words = f"Begins with a model that already writes {_language(known)}."
    length = _bytes_in_tokens(own, from_file(known.folder))
    fits, width = _fits(project, known.folder), models.describe(known.folder).width
    return events.StartDescribed(STARTER, str(known.folder), words, fits, bits, length, width)


def _language(known: LibraryModel) -> str:
    return " and ".join(LANGUAGES.get(code, code) for code in known.languages) or "a language"


def _bits_of(known: LibraryModel, own: Prepared, stop: Ask) -> float:
    """Bits a byte of the model on a sample of the texts, of which those that are held out come first."""
    asked = known.folder, checkpoints.fingerprint(Checkpoint(known.folder)), own.folder, own.fingerprint
    if asked not in _bits:
        model, tokens = models.load(known.folder)
        with device.one_thread():
            _bits[asked] = _scored(model, tokens, _sample(own), stop)
    return _bits[asked]


def _scored(model: PreTrainedModel, tokens: Tokenizer, text: str, stop: Ask) -> float:
    nats = evaluate.nats(model, encode(tokens, [text])[0], special_tokens.of(tokens), batch_tokens=LOOK_TOKENS)
    return evaluate.bits_per_byte(math.fsum(until(nats, stop)), len(text.encode()))


def _sample(own: Prepared) -> str:
    heldout = own.heldout_sample(SAMPLE_TOKENS)
    ids = np.concatenate([heldout, own.train_tokens()[: SAMPLE_TOKENS - len(heldout)]])
    return own.tokenizer().decode(ids.tolist())


def _bytes_in_tokens(own: Prepared, tokens: Tokenizer) -> float:
    """Bytes a token of a sample of the texts."""
    text = _sample(own)
    return len(text.encode()) / max(1, len(encode(tokens, [text])[0]))


# --- for who looks before he begins


def describe_start(project: Project, model: str) -> events.StartDescribed:
    """What a run would go on from. Raises CheckpointError or ProjectError when it cannot."""
    found = find_start(project, model)
    folder = found.checkpoint.folder
    shape, known = models.describe(folder), from_file(folder)
    size = sum(file.stat().st_size for file in weights_folder(folder).glob("*.safetensors"))
    words = f"{shape.layers} layers of width {shape.width:,}, {known.get_vocab_size():,} tokens, {size / 1e6:,.0f} MB."
    own = current(project)
    return events.StartDescribed(
        model,
        str(folder),
        f"{words} {found.instead}".rstrip(),
        _fits(project, folder),
        bytes_a_token=_bytes_in_tokens(own, known) if own else 0.0,
        width=shape.width,
    )


def describe_choice(project: Project, minutes: float, stop: Ask) -> Iterator[events.Event]:
    """What a run by time would begin with if nobody chose: StartDescribed, where the texts are prepared."""
    own = current(project)
    if own:
        with contextlib.suppress(Stopped):
            yield choose(project, own, minutes, stop)


def _fits(project: Project, folder: Path) -> bool:
    own = current(project)
    return own is None or special_tokens.are_same(own.tokenizer(), from_file(folder))
