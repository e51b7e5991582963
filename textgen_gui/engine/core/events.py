"""What happened, as frozen facts. One JSON line each; the curve, the samples and the command line all read these.

``record`` writes them down, ``read`` reads them back, ``thin`` keeps a fast run from flooding a window.
"""

import json
import math
import os
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from . import atomic_io
from .schema import Choice


class Outcome(Choice):
    """How a run ended for now."""

    FINISHED = "finished"
    STOPPED = "stopped"
    FAILED = "failed"


class Advice(Choice):
    """What a curve means."""

    SMALL = "small"
    LEARNING = "learning"
    FLAT = "flat"
    MEMORISING = "memorising"
    UNSTABLE = "unstable"


class StopReason(Choice):
    """Why a text ends where it does."""

    LENGTH = "length"
    STOPPED = "stopped"
    END_OF_TEXT = "end of text"
    STOP_TEXT = "stop text"
    COMPLETE = "complete"


class Fault(Choice):
    """What is to be said against a text."""

    NONE = ""
    EMPTY = "empty"
    REPEATING = "repeating"
    COPIED = "copied"


@dataclass(frozen=True, slots=True)
class Progressed:
    """A stage that takes more than half a second is underway. ``done`` of ``total`` units; total 0: not known.

    ``elapsed_s``: seconds since the stage began. It is shown and not written down.
    """

    stage: str
    done: int
    total: int
    elapsed_s: float


@dataclass(frozen=True, slots=True)
class DeviceFound:
    """What this computer trains on, in words."""

    words: str


@dataclass(frozen=True, slots=True)
class TextRead:
    """A text was read. ``path`` is relative to the project folder (the file's name where a text is only evaluated).

    Counts are of the whole text, copies included. ``confidence``: how sure the encoding is, 0 to 1.
    """

    path: str
    format: str
    encoding: str
    documents: int
    characters: int
    warnings: tuple[str, ...] = ()
    tokens: int = 0
    words: int = 0
    confidence: float = 1.0


@dataclass(frozen=True, slots=True)
class Prepared:
    """Token files are ready in ``folder``, relative to the project folder.

    ``tokens`` are those to learn from, ``heldout_tokens`` those put aside. ``vocabulary``: how many different tokens
    there are. ``bytes``: of all text, as UTF-8. ``lengths``: how many documents have up to 16, 32, 64, ... tokens.
    """

    documents: int
    tokens: int
    heldout_tokens: int
    vocabulary: int
    bytes: int
    elapsed_s: float
    folder: str = ""
    characters: int = 0
    words: int = 0
    lengths: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Previewed:
    """The beginning of a text as it was read, and the same cut into tokens where a tokenizer is there.

    ``borders``: where in ``text`` a document ends and the next begins. ``columns``: those that a table offers.
    """

    path: str
    text: str
    pieces: tuple[str, ...]
    borders: tuple[int, ...] = ()
    encoding: str = ""
    confidence: float = 1.0
    columns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Examined:
    """What a rule of the text doctor would mend in a text: how often, and a few places before and after."""

    rule: str
    path: str
    count: int
    examples: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class PresetMeasured:
    """How fast this machine trains a preset, in tokens a second, from a few real steps."""

    preset: str
    tokens_per_s: float


@dataclass(frozen=True, slots=True)
class StartDescribed:
    """The model that a run could go on from, in words. ``fits``: the texts are prepared with its tokens."""

    model: str
    folder: str
    words: str
    fits: bool


@dataclass(frozen=True, slots=True)
class RunCreated:
    """A run folder was written; ``run`` is its path, relative to the project folder."""

    run: str


@dataclass(frozen=True, slots=True)
class RunStarted:
    """The first step is next, and this is what it is computed on.

    ``parameters``: numbers in the model. ``steps``: how many there will be. ``resumed_from``: the checkpoint's step,
    0 for a fresh start. ``threads``: of each process. In a step, each process learns from ``accumulation`` times
    ``micro_batch`` rows. ``elapsed_s``: seconds of training in earlier sessions of this run.
    """

    run: str
    device: str
    parameters: int
    steps: int
    processes: int
    resumed_from: int = 0
    threads: int = 0
    precision: str = "fp32"
    micro_batch: int = 0
    accumulation: int = 1
    elapsed_s: float = 0.0


@dataclass(frozen=True, slots=True)
class StepDone:
    """The weights changed once. ``loss``: mean over the step's tokens, in nats a token, before the change.

    ``learning_rate``: the one of this step. ``tokens_per_s``: mean of the last 50 steps. ``elapsed_s``: seconds of
    training since the run began, evaluations and earlier sessions included, pauses not.
    """

    step: int
    loss: float
    learning_rate: float
    tokens_per_s: float
    elapsed_s: float


@dataclass(frozen=True, slots=True)
class Evaluated:
    """Held-out loss in nats a token, and the same in bits a byte, which can be compared across tokenizers."""

    step: int
    loss: float
    bits_per_byte: float


@dataclass(frozen=True, slots=True)
class SampleWritten:
    """What the model writes after ``prompt`` at this step, always from the same seed."""

    step: int
    prompt: str
    text: str


@dataclass(frozen=True, slots=True)
class CheckpointSaved:
    """A checkpoint is whole and on disk; ``checkpoint`` is its folder, relative to the project folder."""

    step: int
    checkpoint: str


@dataclass(frozen=True, slots=True)
class Warned:
    """Something was left out or is not as it was asked for, in a sentence."""

    message: str


@dataclass(frozen=True, slots=True)
class Advised:
    """A sentence about how the run goes."""

    step: int
    kind: Advice
    message: str


@dataclass(frozen=True, slots=True)
class MendOffered:
    """What failed would not fail with these settings: the words for a button, and the settings of another run."""

    words: str
    settings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Baseline:
    """What something else than this run reaches on the same held-out text: nats a token, and bits a byte."""

    name: str
    loss: float
    bits_per_byte: float


@dataclass(frozen=True, slots=True)
class RunFinished:
    """The last event of a run, for now. ``best_step``: the step with the lowest held-out loss, 0 for none."""

    outcome: Outcome
    step: int
    best_step: int
    message: str


@dataclass(frozen=True, slots=True)
class TextPiece:
    """More of text number ``index`` (from 0); a piece once told is never taken back."""

    index: int
    text: str


@dataclass(frozen=True, slots=True)
class ModelChosen:
    """Which checkpoint writes, relative to the project folder, and the hash of all that decides what it writes."""

    model: str
    sha256: str


@dataclass(frozen=True, slots=True)
class TextGenerated:
    """Text number ``index`` (from 0) is done: all of it, without its prompt.

    ``elapsed_s`` and ``first_token_s``: seconds from the beginning of writing to its end and to the first token of any.
    ``seed``: with which all of it, from the same prompt and settings, is written again.
    """

    index: int
    text: str
    tokens: int
    elapsed_s: float
    first_token_s: float
    seed: int
    stop_reason: StopReason


@dataclass(frozen=True, slots=True)
class TokenChosen:
    """A token of a text, its characters ``start`` to ``end``, how likely the model found it, and the likeliest ones at
    its place with their probabilities. What settings like the temperature do to them is left out.
    """

    index: int
    token: int
    start: int
    end: int
    probability: float
    alternatives: tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True)
class WindowMoved:
    """After so many tokens the model's memory was full; it goes on from the newer half and forgets what was before."""

    tokens: int


@dataclass(frozen=True, slots=True)
class Suggested:
    """The likeliest next words ``after`` a text, each as what would be typed, with its probability."""

    after: str
    words: tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True)
class TextJudged:
    """What is to be said against text number ``index``, and the share of copied words, 0 to 1."""

    index: int
    reason: Fault
    copied: float


@dataclass(frozen=True, slots=True)
class FieldsWritten:
    """Record number ``index`` (from 0), field by field: (name, text)."""

    index: int
    fields: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class TextKept:
    """A text was kept in this file, relative to the project folder; and what is to be said of its receipt."""

    file: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Replayed:
    """How many texts of a receipt came out the same again."""

    receipt: str
    texts: int
    same: int
    message: str


@dataclass(frozen=True, slots=True)
class CopyFound:
    """Characters ``start`` to ``end`` of a text, so many words, stand in the training text ``path``.

    ``place``: how far into it, from 0 (its beginning) to 1.
    """

    start: int
    end: int
    words: int
    path: str
    place: float


@dataclass(frozen=True, slots=True)
class CopyMeasured:
    """The share (0 to 1) of words written at this step that stand in the texts, in runs of eight words and more."""

    step: int
    share: float


@dataclass(frozen=True, slots=True)
class CopyChecked:
    """How many words of a text stand in runs of eight and more in the training texts, and in how many passages."""

    words: int
    copied: int
    passages: int


Event = (
    Progressed
    | DeviceFound
    | TextRead
    | Prepared
    | Previewed
    | Examined
    | PresetMeasured
    | StartDescribed
    | RunCreated
    | RunStarted
    | StepDone
    | Evaluated
    | SampleWritten
    | CheckpointSaved
    | Warned
    | Advised
    | MendOffered
    | Baseline
    | RunFinished
    | TextPiece
    | ModelChosen
    | TextGenerated
    | TokenChosen
    | WindowMoved
    | Suggested
    | TextJudged
    | FieldsWritten
    | TextKept
    | Replayed
    | CopyFound
    | CopyMeasured
    | CopyChecked
)

kinds: dict[str, type[Event]] = {kind.__name__: kind for kind in Event.__args__}


def to_json(event: Event) -> str:
    """One line, without its newline. Numbers that are not finite become null, because JSON knows none."""
    values = {key: _finite(value) for key, value in asdict(event).items()}
    return json.dumps({"event": type(event).__name__, **values}, ensure_ascii=False)


def _finite(value: object) -> object:
    return None if isinstance(value, float) and not math.isfinite(value) else value


def from_json(line: str) -> Event | None:
    """The event of a line; None for a torn line or an event of a later version."""
    try:
        values = json.loads(line)
        kind = kinds[values.pop("event")]
        types = {field.name: field.type for field in fields(kind)}
        return _make(kind, {key: _from_plain(value, types[key]) for key, value in values.items() if key in types})
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


def _from_plain(value: object, kind: object) -> object:
    if value is None:
        return math.nan
    if isinstance(kind, type) and issubclass(kind, Choice):
        return kind(str(value))
    return tuple(value) if isinstance(value, list) else value


def _make(kind: Callable[..., Event], values: dict[str, Any]) -> Event:
    return kind(**values)


def read(path: Path) -> Iterator[Event]:
    """The events of a run in order. A missing file has none; a last line torn by a power cut is left out."""
    if not path.exists():
        return
    with path.open(encoding="utf-8", errors="replace") as lines:
        for line in lines:
            event = from_json(line)
            if event is not None:
                yield event


def record(events: Iterable[Event], events_file: Path, samples_file: Path) -> Iterator[Event]:
    """Writes each event down before it passes it on, so that what was shown is also on disk.

    A run that resumes takes back what was written after its checkpoint: the same steps are about to come again.
    """
    for event in events:
        if isinstance(event, RunStarted):
            cut_back(events_file, samples_file, event.resumed_from)
        with atomic_io.refusals(events_file):
            if not isinstance(event, Progressed):
                _append(events_file, to_json(event) + "\n")
            if isinstance(event, SampleWritten):
                _append(samples_file, _sample(event))
        if isinstance(event, RunFinished):
            atomic_io.sync(events_file)
        yield event


def cut_back(events_file: Path, samples_file: Path, step: int) -> None:
    """Removes the events and samples of every step after ``step``, and with it any torn last line."""
    kept = [event for event in read(events_file) if getattr(event, "step", 0) <= step]
    kept = [event for event in kept if not isinstance(event, RunFinished)]
    if step == 0:
        kept = []
    atomic_io.write_text(events_file, "".join(to_json(event) + "\n" for event in kept))
    atomic_io.write_text(samples_file, "".join(_sample(event) for event in kept if isinstance(event, SampleWritten)))


def _append(path: Path, text: str) -> None:
    # One write call on an unbuffered descriptor: a killed process loses at most the line it was writing.
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    try:
        os.write(descriptor, text.encode("utf-8", "replace"))
    finally:
        os.close(descriptor)


def _sample(event: SampleWritten) -> str:
    return f"--- step {event.step:,} ---\n{event.prompt}{event.text}\n\n"


def thin(events: Iterable[Event], per_second: float = 20) -> Iterator[Event]:
    """At most ``per_second`` StepDone a second and every other event; the last step before another event passes."""
    held: StepDone | None = None
    shown = float("-inf")
    for event in events:
        if isinstance(event, StepDone):
            held = event
            if time.monotonic() - shown < 1 / per_second:
                continue
        if held is not None:
            yield held
            held, shown = None, time.monotonic()
        if not isinstance(event, StepDone):
            yield event
    if held is not None:
        yield held
