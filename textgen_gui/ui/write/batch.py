"""Many texts from one prompt, and what the user has decided about each."""

import enum
from collections import Counter
from dataclasses import dataclass, field, replace

from ... import words
from ...engine.core.draft import Done
from ...engine.core.events import Fault, ModelChosen, TextGenerated
from ...engine.core.generation_config import GenerateConfig
from ...engine.core.kept_texts import BETWEEN


class Decision(enum.Enum):
    WAITING = enum.auto()
    KEPT = enum.auto()
    REJECTED = enum.auto()


@dataclass(slots=True)
class BatchText:
    event: TextGenerated
    fault: Fault = Fault.NONE
    decision: Decision = Decision.WAITING


@dataclass(slots=True)
class Batch:
    """``texts``: those that are finished, by their index. ``model``: what writes them; None until it is loaded.

    ``is_saved``: what the user has kept stands in a file, too.
    """

    prompt: str = ""
    config: GenerateConfig = field(default_factory=GenerateConfig)
    model: ModelChosen | None = None
    texts: dict[int, BatchText] = field(default_factory=dict)
    is_saved: bool = True

    def in_order(self, *, with_faults: bool) -> list[BatchText]:
        texts = [self.texts[index] for index in sorted(self.texts)]
        return [text for text in texts if with_faults or not text.fault]

    def kept(self) -> list[TextGenerated]:
        return [text.event for text in self.in_order(with_faults=True) if text.decision is Decision.KEPT]

    def whole(self, event: TextGenerated) -> str:
        return self.prompt + event.text

    def kept_texts(self) -> list[str]:
        return [self.whole(event) for event in self.kept()]

    def kept_page(self) -> str:
        return BETWEEN.join(self.kept_texts())

    def kept_done(self) -> list[Done]:
        """With all that it takes to write the kept texts again."""
        assert self.model or not self.kept()
        return [
            Done(self.model, self.prompt, replace(self.config, seed=event.seed), event)
            for event in self.kept()
            if self.model
        ]

    def progress_in_words(self, elapsed_s: float) -> str:
        done, total = len(self.texts), self.config.n
        left = words.duration(elapsed_s / done * (total - done))
        return f"{words.number(done)} of {words.number(total)}, {left} left"

    def summary_in_words(self, *, with_faults: bool) -> str:
        if not self.texts:
            return ""
        faults = Counter(text.fault for text in self.texts.values() if text.fault)
        aside = ", ".join(f"{words.number(count)} {fault}" for fault, count in sorted(faults.items()))
        put = f"; put aside: {aside}" if aside and not with_faults else ""
        return f"{words.count('text', len(self.texts))}, {words.number(len(self.kept()))} kept{put}"
