"""What the parts of an export share: the model on its way out, how far it is, and what the disk says."""

import contextlib
import errno
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tokenizers import Tokenizer

from ..core import atomic_io, events
from ..core.control import Ask, Stopped
from ..core.errors import ProjectError
from ..core.project import Checkpoint
from ..models.stock import PreTrainedModel
from .model_card import ModelFacts


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A model on its way out."""

    checkpoint: Checkpoint
    model: PreTrainedModel
    tokenizer: Tokenizer
    facts: ModelFacts


@dataclass(frozen=True, slots=True)
class Proof:
    """What was compared, in a sentence; and whether what was read back wrote the same text."""

    words: str
    same: bool


@dataclass(frozen=True, slots=True)
class Progress:
    """Percent, which are about as far apart as what happens between them takes."""

    stop: Ask
    started: float = field(default_factory=time.monotonic)

    def at(self, stage: str, percent: int) -> events.Progressed:
        """Raises Stopped when that is asked for."""
        if self.stop():
            raise Stopped
        return events.Progressed(stage, percent, 100, time.monotonic() - self.started)


@contextlib.contextmanager
def refusals(path: Path) -> Iterator[None]:
    """What the disk says to a file that somebody chose a place for."""
    try:
        yield
    except OSError as problem:
        if problem.errno in (errno.EROFS, errno.EACCES, errno.EPERM):
            raise ProjectError(f"{path.parent} may not be written. Choose another folder.") from problem
        raise ProjectError(atomic_io.refusal(path, problem)) from problem
