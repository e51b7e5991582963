"""A model that is ready to write: found, verified, loaded once, on one thread of its own."""

import functools
from collections.abc import Iterator
from dataclasses import dataclass

from tokenizers import Tokenizer

from ..core import events, library, schema
from ..core.control import Ask
from ..core.errors import CheckpointError, ConfigError
from ..core.generation_config import GenerateConfig
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
        if not schema.is_text(prompt):
            raise ConfigError("The prompt holds half a character, or bytes that are no text. Write it again.")
        device.use_one_thread()  # training may have used this thread since
        return generate.write(self.weights, self.tokenizer, prompt, config, stop, alternatives, only)

    def suggest(self, before: str, count: int) -> events.Suggested:
        """The ``count`` likeliest next words after the text ``before`` the cursor."""
        return suggest.suggest(self.weights, self.tokenizer, before, count)


def open_session(chosen: Run | Checkpoint, wanted: Compute | None = None) -> WritingSession:
    """The best checkpoint of a run, or this one. Raises CheckpointError for one that is not whole.

    ``wanted``: None writes on what was measured to be fastest.
    """
    device.use_one_thread()
    checkpoint = checkpoints.good(chosen)
    written = checkpoints.fingerprint(checkpoint)
    on = wanted or compute.remembered(checkpoint.folder) or _measured(checkpoint, written)
    return _opened(checkpoint, written, on)


@functools.lru_cache(maxsize=REMEMBERED)
def _measured(checkpoint: Checkpoint, written: Fingerprint) -> Compute:
    """Once, also where one failed, so that nothing is remembered. Its model is gone before another is loaded."""
    return compute.measured(models.load(checkpoint.folder)[0], checkpoint.folder)


@functools.lru_cache(maxsize=REMEMBERED)
def _opened(checkpoint: Checkpoint, written: Fingerprint, chosen: Compute) -> WritingSession:
    """``written`` tells apart models that had the same folder one after the other."""
    sha256 = checkpoints.model_sha256(checkpoint)
    model, tokenizer = models.load(checkpoint.folder)
    if checkpoints.fingerprint(checkpoint) != written:
        raise CheckpointError(f"{checkpoint.folder.name} was written anew while it was read. Try again.")
    try:
        return WritingSession(checkpoint, sha256, compute.weights(model, chosen), tokenizer, chosen)
    except RuntimeError:  # as of a card that was free when it was measured
        if chosen == PROCESSOR:
            raise
    del model  # which may lie half on the card
    return _opened(checkpoint, written, PROCESSOR)
