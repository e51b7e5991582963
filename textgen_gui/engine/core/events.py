"""What happened, as frozen facts: the curve, the samples and the command line all read these. See event_log.py."""

from dataclasses import dataclass

from .advice import Advice as Advice
from .advice import NextStep as NextStep
from .check_events import Checked as Checked
from .check_events import DamageFound as DamageFound
from .copy_events import CopyChecked as CopyChecked
from .copy_events import CopyFound as CopyFound
from .copy_events import CopyMeasured as CopyMeasured
from .copy_events import VersionsFound as VersionsFound
from .exchange_events import DoorOpened as DoorOpened
from .exchange_events import DoorUsed as DoorUsed
from .exchange_events import Exported as Exported
from .exchange_events import RunBrought as RunBrought
from .exchange_events import Uploaded as Uploaded
from .exchange_events import UploadOffered as UploadOffered
from .library_events import BytesFetched as BytesFetched
from .library_events import ModelOffered as ModelOffered
from .library_events import ModelReady as ModelReady
from .plan_events import GenerationBegan as GenerationBegan
from .plan_events import PresetMeasured as PresetMeasured
from .plan_events import Replanned as Replanned
from .plan_events import RunCreated as RunCreated
from .plan_events import StartDescribed as StartDescribed
from .schema import Choice


class Outcome(Choice):
    """How a run ended for now."""

    FINISHED = "finished"
    STOPPED = "stopped"
    FAILED = "failed"


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
    """A stage that takes more than half a second is underway. ``done`` of ``total`` units; total 0: not known."""

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

    ``borders``: where in ``text`` a document ends and the next begins. ``columns``: those that a table, a record or a
    document with notes offers; ``learnt``: those of them that are taken.
    """

    path: str
    text: str
    pieces: tuple[str, ...]
    borders: tuple[int, ...] = ()
    encoding: str = ""
    confidence: float = 1.0
    columns: tuple[str, ...] = ()
    learnt: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Examined:
    """What a rule of the text doctor would mend in a text: how often, and a few places before and after."""

    rule: str
    path: str
    count: int
    examples: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class RunStarted:
    """The first step is next, and this is what it is computed on.

    ``parameters``: numbers in the model. ``steps``: how many there will be. ``resumed_from``: the checkpoint's step,
    0 for a fresh start. ``threads``: of each process. In a step, each process learns from ``accumulation`` times
    ``micro_batch`` rows. ``elapsed_s``: seconds of training in earlier sessions of this run. ``done``: how much
    of it they did, from 0 to 1, by the plans that they had.
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
    done: float = 0.0


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
    """Held-out loss in nats a token, and the same in bits a byte, which can be compared across tokenizers.

    At step 0: of the model that the run goes on from, before it learns.
    """

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
    """Something was left out or is not as it was asked for, in a sentence. ``file``: the name of one left out."""

    message: str
    file: str = ""


@dataclass(frozen=True, slots=True)
class Advised:
    """A sentence about how the run goes, and the one thing that is worth doing next."""

    step: int
    kind: Advice
    message: str
    next_step: NextStep = NextStep.NONE


@dataclass(frozen=True, slots=True)
class MendOffered:
    """What failed would not fail with these settings: the words for a button, and the settings of another run."""

    words: str
    settings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Baseline:
    """What something else than this run reaches on the same held-out text: nats a token, and bits a byte.

    ``share``: of a model that learnt these texts in earlier runs, how much it needs of what the model needed that the
    first of them began with; 0 where that one began from scratch, 1 where nothing is known of it.
    """

    name: str
    loss: float
    bits_per_byte: float
    share: float = 1.0


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
    """Which checkpoint (relative to the project folder) or model of the library writes, and the hash of all of it.

    ``instead``: in words, which better checkpoint of its run is damaged; empty for none.
    ``computed_on``: as torch calls it, "cuda bf16"; nothing for the processor in fp32.
    """

    model: str
    sha256: str
    instead: str = ""
    computed_on: str = ""


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
    its place with their probabilities; "" is the end. What settings like the temperature do to them is left out.
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
    """How many texts of a receipt came out the same again; where the first other one departs (-1: unknown), to what."""

    receipt: str
    texts: int
    same: int
    message: str
    differs_at: int = -1
    became: str = ""


# fmt: off
Event = (
    Progressed | DeviceFound | TextRead | Prepared | Previewed | Examined | PresetMeasured | StartDescribed
    | RunCreated | RunStarted | GenerationBegan | Replanned
    | StepDone | Evaluated | SampleWritten | CheckpointSaved | Warned | Advised
    | MendOffered | Baseline | RunFinished | TextPiece | ModelChosen | TextGenerated | TokenChosen | WindowMoved
    | Suggested | TextJudged | FieldsWritten | TextKept | Replayed | CopyFound | CopyMeasured | CopyChecked | Exported
    | ModelOffered | BytesFetched | ModelReady | UploadOffered | Uploaded | DoorOpened | DoorUsed | RunBrought
    | DamageFound | Checked | VersionsFound
)
# fmt: on

kinds: dict[str, type[Event]] = {kind.__name__: kind for kind in Event.__args__}
