"""Writes for everybody who asks, a token of each text at a time, between whatever else the loop has to do."""

import asyncio
import contextlib
from collections import deque
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass, field

from ...core import events
from ...core.errors import EngineError
from ...core.events import StopReason
from ...core.generation_config import GenerateConfig
from ...writing import generate
from ...writing.generate import Batch, Happened
from ...writing.session import WritingSession
from ...writing.together import Together
from .refusal import Refused

MOST_WAITING = 32  # requests, besides those that are written


@dataclass(slots=True)
class Usage:
    """What was done since the door was opened."""

    answered: int = 0
    refused: int = 0
    tokens: int = 0


@dataclass(frozen=True, eq=False, slots=True)
class Order:
    """What somebody wants to have written, and what has come of it; None follows the last of it."""

    prompt: str
    config: GenerateConfig
    alternatives: int = 0
    happened: "asyncio.Queue[Happened | EngineError | None]" = field(default_factory=asyncio.Queue)
    batches: list[Batch] = field(default_factory=list)  # those that are not done

    def end(self) -> None:
        self.happened.put_nowait(None)


class Writer:
    """``waiting``: orders that nobody works on yet. ``usage`` counts what was done."""

    def __init__(self, session: WritingSession) -> None:
        self.session = session
        self.usage = Usage()
        self.waiting: deque[Order] = deque()
        self._vocabulary = session.tokenizer.get_vocab_size()
        self._together = Together(session.weights, self._vocabulary)
        self._orders: list[Order] = []  # that are written
        self._wanted = asyncio.Event()

    @property
    def busy(self) -> int:
        return len(self._orders) + len(self.waiting)

    def has(self, order: Order) -> bool:
        return order in self._orders or order in self.waiting

    async def write(self, order: Order) -> AsyncIterator[Happened]:
        """What happens while it is written. Who does not want it any more closes this. Raises EngineError."""
        try:
            while (event := await order.happened.get()) is not None:
                if isinstance(event, EngineError):
                    raise event
                if isinstance(event, events.TextGenerated):
                    self.usage.tokens += event.tokens
                yield event
        finally:
            self._drop(order)

    def ask(self, *orders: Order) -> None:
        """Raises Refused when too many wait already."""
        if len(self.waiting) + len(orders) > MOST_WAITING:
            raise Refused(429, "Too many requests wait already. Try again in a moment.", "busy", retry_s=2)
        self.waiting.extend(orders)
        self._wanted.set()

    @contextlib.contextmanager
    def dropping(self, orders: Sequence[Order]) -> Iterator[None]:
        """Afterwards none of them is written any more."""
        try:
            yield
        finally:
            for order in orders:
                self._drop(order)

    def stop(self, order: Order) -> None:
        """It ends as it is."""
        for batch in order.batches:
            self._together.remove(batch)
            for event in batch.end(StopReason.STOPPED):
                order.happened.put_nowait(event)
        self._drop(order)
        order.end()

    def _drop(self, order: Order) -> None:
        for batch in order.batches:
            self._together.remove(batch)
        order.batches.clear()
        if order in self._orders:
            self._orders.remove(order)
        if order in self.waiting:
            self.waiting.remove(order)

    async def run(self) -> None:
        """Until it is cancelled."""
        while True:
            if not self.busy:
                self._wanted.clear()
                await self._wanted.wait()
            self._begin_those_for_whom_there_is_space()
            self._step()
            await asyncio.sleep(0)  # the loop takes in and sends out what it can

    def _begin_those_for_whom_there_is_space(self) -> None:
        most = generate.rows_at_once(self.session.weights, self.session.weights.context)
        while self.waiting and (not self._orders or self._together.rows + self.waiting[0].config.n <= most):
            order = self.waiting.popleft()
            self._orders.append(order)
            try:
                self._begin(order, most)
            except EngineError as problem:
                order.happened.put_nowait(problem)

    def _begin(self, order: Order, most: int) -> None:
        weights, tokenizer = self.session.weights, self.session.tokenizer
        begun = generate.begin(weights, tokenizer, order.prompt, order.config)
        order.batches.extend(
            Batch(weights, tokenizer, part, order.config, begun.seed, order.alternatives)
            for opened in begun.openings
            for part in opened.parts(most)
        )
        for batch in list(order.batches):
            self._tell(order, batch, batch.finish_those_that_ended())
            if batch.unfinished:
                self._together.add(batch)

    def _step(self) -> None:
        owners = {id(batch): order for order in self._orders for batch in order.batches}
        for step in self._together.step():
            order = owners[id(step.batch)]
            self._tell(order, step.batch, iter(step.happened))
            if step.problem:
                order.happened.put_nowait(step.problem)

    def _tell(self, order: Order, batch: Batch, happened: Iterator[Happened]) -> None:
        for event in happened:
            order.happened.put_nowait(event)
        if not batch.unfinished:
            order.batches.remove(batch)
        if not order.batches:
            self.usage.answered += 1
            order.end()
