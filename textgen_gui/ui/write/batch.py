"""Many texts from one prompt, and what the user has decided about each."""

import enum
from collections import Counter
from dataclasses import dataclass, field, replace
from pathlib import Path

from ... import words
from ...engine.core.draft import Done
from ...engine.core.events import Fault, ModelChosen, TextGenerated
from ...engine.core.generation_config import GenerateConfig


class Decision(enum.Enum):
    WAITING = enum.auto()
    KEPT = enum.auto()
    REJECTED = enum.auto()


@dataclass(slots=True)
class BatchText:
    """``file``: where it lies on the shelf; None where it does not."""

    done: Done
    fault: Fault = Fault.NONE
    decision: Decision = Decision.WAITING
    file: Path | None = None

    @property
    def is_kept(self) -> bool:
        return self.decision is Decision.KEPT

    @property
    def whole(self) -> str:
        return self.done.prompt + self.done.event.text


@dataclass(slots=True)
class Batch:
    """``texts``: those that are finished, by their index. ``model``: what writes them; None until it is loaded.
    ``earlier``: texts of batches before this one that have to stay.
    """

    prompt: str = ""
    config: GenerateConfig = field(default_factory=GenerateConfig)
    model: ModelChosen | None = None
    texts: dict[int, BatchText] = field(default_factory=dict)
    earlier: list[BatchText] = field(default_factory=list)

    def add(self, event: TextGenerated) -> None:
        """With all that it takes to write it again."""
        assert self.model
        done = Done(self.model, self.prompt, replace(self.config, seed=event.seed), event)
        self.texts[event.index] = BatchText(done)

    def in_order(self, *, with_faults: bool) -> list[BatchText]:
        texts = [*self.earlier, *(self.texts[index] for index in sorted(self.texts))]
        return [text for text in texts if with_faults or not text.fault]

    def staying(self, *, with_faults: bool) -> list[BatchText]:
        """When others are written, and another day: what nobody in whose sight it is has kept or rejected yet, and what
        was kept and no file holds yet.
        """
        return [
            text
            for text in self.in_order(with_faults=True)
            if (text.is_kept and not text.file)
            or (text.decision is Decision.WAITING and (with_faults or not text.fault))
        ]

    def kept(self) -> list[BatchText]:
        return [text for text in self.in_order(with_faults=True) if text.is_kept]

    def off_shelf(self) -> list[BatchText]:
        """What the user has kept and no file holds yet."""
        return [text for text in self.kept() if not text.file]

    def taken_back(self) -> list[BatchText]:
        """What lies on the shelf although the user does not keep it any more."""
        return [text for text in self.in_order(with_faults=True) if text.file and not text.is_kept]

    def progress_in_words(self, elapsed_s: float) -> str:
        done, total = len(self.texts), self.config.n
        left = words.duration(elapsed_s / done * (total - done))
        return f"{words.number(done)} of {words.number(total)}, {left} left"

    def summary_in_words(self, *, with_faults: bool) -> str:
        texts = self.in_order(with_faults=True)
        if not texts:
            return ""
        faults = Counter(text.fault for text in texts if text.fault)
        aside = ", ".join(f"{words.number(count)} {fault}" for fault, count in sorted(faults.items()))
        put = f"; put aside: {aside}" if aside and not with_faults else ""
        kept = len(self.kept())
        where = " and on the shelf “Kept”" if kept and not self.off_shelf() else ""
        done = f"{words.number(kept)} kept{where}" if kept else "none of these kept yet"
        return f"{words.count('text', len(texts))}, {done}{put}"
