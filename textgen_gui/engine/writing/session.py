"""A model that is ready to write: found, verified, loaded once, on one thread of its own."""

from collections import deque
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from tokenizers import Tokenizer

from ..core import events, library, schema
from ..core.control import Ask, Stopped, never
from ..core.errors import CheckpointError
from ..core.generation_config import GenerateConfig, check_prompt
from ..core.project import Checkpoint, Project, Run
from ..models import checkpoint as checkpoints
from ..models import model as models
from ..models.checkpoint import Fingerprint
from ..models.decode import Weights
from ..runtime import device
from . import compute, generate, suggest
from .compute import PROCESSOR, Compute
from .generate import Happened

REMEMBERED = 2  # models that stay in memory, so that writing again begins at once
LONG = 50_000_000  # bytes of weights whose reading takes long enough to be told


@dataclass(frozen=True, slots=True)
class WritingSession:
    """Writes with one checkpoint, on the thread that opened it. ``sha256``: of all that decides what it writes, but for
    what it computes on.
    """

    checkpoint: Checkpoint
    sha256: str
    weights: Weights
    tokenizer: Tokenizer
    compute: Compute = PROCESSOR

    def chosen(self, project: Project) -> events.ModelChosen:
        """What a receipt says of the model. It stays true when another model gets the name or the folder."""
        folder = self.checkpoint.folder
        name = library.name_of(folder) or project.relative(folder)
        return events.ModelChosen(name, self.sha256, computed_on=str(self.compute))

    def write(
        self, prompt: str, config: GenerateConfig, stop: Ask, *, alternatives: int = 0, only: range | None = None
    ) -> Iterator[Happened]:
        """Raises ConfigError before the first word, also for a prompt that holds what is no character.

        ``alternatives``: with each token, this many of the likeliest ones in its stead, as TokenChosen. ``only`` these
        of the texts; the others are not written.
        """
        schema.check(config)
        check_prompt(prompt)
        device.use_one_thread()  # training may have used this thread since
        return generate.write(self.weights, self.tokenizer, prompt, config, stop, alternatives, only)

    def suggest(self, before: str, count: int, after: str = "") -> events.Suggested:
        """The ``count`` likeliest words between the text ``before`` the cursor and what is ``after`` it."""
        return suggest.suggest(self.weights, self.tokenizer, before, count, after)


class _Opened(NamedTuple):
    """``written`` tells apart models that had the same folder one after the other. ``asked``: None for the fastest."""

    checkpoint: Checkpoint
    written: Fingerprint
    asked: Compute | None
    session: WritingSession


_opened: deque[_Opened] = deque(maxlen=REMEMBERED)


def open_session(chosen: Run | Checkpoint, wanted: Compute | None = None) -> WritingSession:
    """As ``opening`` does, without a word."""
    happened = opening(chosen, never, wanted)
    while True:
        try:
            next(happened)
        except StopIteration as opened:
            session: WritingSession = opened.value
            return session


def opening(
    chosen: Run | Checkpoint, stop: Ask, wanted: Compute | None = None
) -> Generator[events.Progressed, None, WritingSession]:
    """The best checkpoint of a run, or this one. Raises CheckpointError for one that is not whole; Stopped.

    ``wanted``: None writes on what is fastest, which is measured where that is not known.
    """
    device.use_one_thread()
    checkpoint = checkpoints.good(chosen)
    written = checkpoints.fingerprint(checkpoint)
    on = wanted or compute.remembered(checkpoint.folder)
    for one in tuple(_opened):  # another thread may open one meanwhile
        if one[:2] == (checkpoint, written) and on in (one.asked, one.session.compute):
            return one.session
    session = yield from _read(checkpoint, written, on, stop)
    _opened.append(_Opened(checkpoint, written, on, session))
    return session


def _read(
    checkpoint: Checkpoint, written: Fingerprint, on: Compute | None, stop: Ask
) -> Generator[events.Progressed, None, WritingSession]:
    if compute.size(checkpoint.folder) >= LONG:
        yield events.Progressed("Reading the model", 0, 0, 0)
    sha256 = checkpoints.model_sha256(checkpoint)
    if stop():
        raise Stopped
    model, tokenizer = models.load(checkpoint.folder)
    if checkpoints.fingerprint(checkpoint) != written:
        raise CheckpointError(f"{checkpoint.folder.name} was written anew while it was read. Try again.")
    try:
        if on is None:
            found = yield from compute.measuring(model, checkpoint.folder, stop)
        else:
            found = compute.Found(on, compute.weights(model, on))
    except RuntimeError:  # as of a card that was free when it was measured
        if on == PROCESSOR:
            raise
        found = compute.Found(PROCESSOR, None)
    if found.weights:
        return WritingSession(checkpoint, sha256, found.weights, tokenizer, found.compute)
    del model  # which may lie half on the card
    return (yield from _read(checkpoint, written, found.compute, stop))
