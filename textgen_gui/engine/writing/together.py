"""Texts of several people written side by side, each with a prompt and settings of its own.

A step is one token of each. Those that have read their prompt read on together, in one pass through the model; who has
just come, or has to read on from the newer half of its text, reads by itself once and joins then.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

import torch

from ..core.errors import EngineError
from ..models.decode import Weights
from ..models.ragged import ragged
from .generate import Batch, Happened


@dataclass(frozen=True, slots=True)
class Step:
    """What a step brought one of them. ``problem``: why it ends here."""

    batch: Batch
    happened: list[Happened] = field(default_factory=list)
    problem: EngineError | None = None


class Together:
    """``batches`` are those that are written, without those that are done."""

    def __init__(self, weights: Weights, vocabulary: int) -> None:
        self.batches: list[Batch] = []
        self._joined: list[Batch] = []  # in the order of their rows
        self._rows: list[int] = []  # of each of them
        self._decoder = ragged(weights, vocabulary)

    @property
    def rows(self) -> int:
        return sum(len(batch.texts) for batch in self.batches)

    def add(self, batch: Batch) -> None:
        self.batches.append(batch)

    def remove(self, batch: Batch) -> None:
        if batch in self.batches:
            self.batches.remove(batch)
            self._rejoin([one for one in self._joined if one is not batch])

    def step(self) -> Iterator[Step]:
        """One token of each text; a batch whose texts are all done leaves."""
        joined = [batch for batch in self._joined if not batch.window.is_full]
        self._rejoin(joined)
        logits = self._read_together()
        for batch in self.batches:
            if batch not in joined:
                logits[id(batch)] = batch.window.next_logits()
                self._join(batch)
        before = {id(batch): list(batch.texts) for batch in self.batches}
        for batch in list(self.batches):
            step = _step(batch, logits[id(batch)])
            if step.problem or not batch.unfinished:
                self.batches.remove(batch)
            yield step
        self._leave_out(before)

    def _read_together(self) -> dict[int, torch.Tensor]:
        """The scores of those that have joined, by the id of the batch."""
        if self._decoder is None or not self._joined:
            return {}
        ids = torch.cat([batch.window.history[:, -1] for batch in self._joined])
        logits = self._decoder.logits(ids, exact=any(batch.is_constrained for batch in self._joined))
        for batch in self._joined:
            batch.window.was_read()
        parts = logits.split(self._rows)
        return {id(batch): part for batch, part in zip(self._joined, parts, strict=True)}

    def _join(self, batch: Batch) -> None:
        if self._decoder is not None:
            self._decoder.join(batch.window.hand_over(), len(batch.texts))
            self._joined.append(batch)
            self._rows.append(len(batch.texts))

    def _rejoin(self, stay: list[Batch]) -> None:
        """Only these of those that have joined go on together."""
        self._select(stay, {id(batch): list(range(rows)) for batch, rows in zip(self._joined, self._rows, strict=True)})

    def _leave_out(self, before: dict[int, list[int]]) -> None:
        """The rows of texts that are done. ``before``: the texts in the rows of each batch before the step."""
        stay = [batch for batch in self._joined if batch in self.batches]
        self._select(stay, {id(one): [before[id(one)].index(text) for text in one.texts] for one in stay})

    def _select(self, stay: list[Batch], rows: dict[int, list[int]]) -> None:
        """``rows``: those of each batch that go on."""
        firsts = dict(zip(map(id, self._joined), _sums(self._rows), strict=True))
        selected = [firsts[id(batch)] + row for batch in stay for row in rows[id(batch)]]
        if self._decoder is not None and len(selected) < sum(self._rows):
            self._decoder.select(selected)
        self._joined, self._rows = stay, [len(rows[id(batch)]) for batch in stay]


def _sums(numbers: list[int]) -> list[int]:
    """What stands before each."""
    return [sum(numbers[:place]) for place in range(len(numbers))]


def _step(batch: Batch, logits: torch.Tensor) -> Step:
    happened: list[Happened] = []
    try:
        happened += batch.step(logits)
        happened += batch.end_at_length()
    except EngineError as problem:
        return Step(batch, happened, problem)
    return Step(batch, happened)
