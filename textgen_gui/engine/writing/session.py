"""A model that is ready to write: found, verified, loaded once, on one thread of its own."""

import functools
from collections.abc import Iterator
from dataclasses import dataclass

from tokenizers import Tokenizer

from ..core import events, schema
from ..core.control import Ask
from ..core.generation_config import GenerateConfig
from ..core.project import Checkpoint, Run
from ..models import decode
from ..models import model as models
from ..models.checkpoint import Fingerprint, fingerprint, good
from ..models.decode import Weights
from ..runtime import device
from . import generate, suggest
from .generate import Happened

KEPT = 2  # models that stay in memory, so that writing again begins at once


@dataclass(frozen=True, slots=True)
class WritingSession:
    """Writes with one checkpoint, on the thread that opened it."""

    checkpoint: Checkpoint
    weights: Weights
    tokenizer: Tokenizer

    def write(
        self, prompt: str, config: GenerateConfig, stop: Ask, *, alternatives: int = 0, only: range | None = None
    ) -> Iterator[Happened]:
        """Raises ConfigError before the first word.

        ``alternatives``: with each token, this many of the likeliest ones at its place, as TokenChosen. ``only`` these
        of the texts; the others are not written.
        """
        schema.check(config)
        return generate.write(self.weights, self.tokenizer, prompt, config, stop, alternatives, only)

    def suggest(self, before: str, count: int) -> events.Suggested:
        """The ``count`` likeliest next words after the text ``before`` the cursor."""
        return suggest.suggest(self.weights, self.tokenizer, before, count)


def open_session(chosen: Run | Checkpoint) -> WritingSession:
    """The best checkpoint of a run, or this one. Raises CheckpointError for one that is not whole."""
    device.use_one_thread()
    checkpoint = good(chosen)
    weights, tokenizer = _loaded(checkpoint, fingerprint(checkpoint))
    return WritingSession(checkpoint, weights, tokenizer)


@functools.lru_cache(maxsize=KEPT)
def _loaded(checkpoint: Checkpoint, written_at: Fingerprint) -> tuple[Weights, Tokenizer]:
    """``written_at`` tells apart models that had the same folder one after the other."""
    model, tokenizer = models.load(checkpoint.folder)
    return decode.weights(model), tokenizer
