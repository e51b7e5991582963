"""What came of an order, gathered text by text, and how it goes out piece by piece."""

import asyncio
import contextlib
import json
import math
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field

from starlette.requests import Request
from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from ...core import events
from ...core.errors import EngineError
from ...core.events import StopReason
from .refusal import Refused
from .writer import Order, Writer

UNLIKELY = -9999.0  # the logarithm of what JSON could not say
LENGTHS = (StopReason.LENGTH, StopReason.STOPPED)


@dataclass(slots=True)
class Told:
    """One text; while it streams, what of it has not gone out."""

    text: str = ""
    tokens: list[events.TokenChosen] = field(default_factory=list)
    count: int = 0
    reason: str | None = None


@dataclass(slots=True)
class Answer:
    texts: defaultdict[int, Told] = field(default_factory=lambda: defaultdict(Told))

    @property
    def tokens(self) -> int:
        return sum(told.count for told in self.texts.values())

    def take(self, event: object) -> int | None:
        """Which text this is about; None for what nobody is told."""
        match event:
            case events.TextPiece():
                self.texts[event.index].text += event.text
            case events.TokenChosen():
                self.texts[event.index].tokens.append(event)
            case events.TextGenerated():
                told = self.texts[event.index]
                told.count, told.reason = event.tokens, "length" if event.stop_reason in LENGTHS else "stop"
            case _:
                return None
        return event.index


async def whole(request: Request, writer: Writer, order: Order, answer: Answer) -> Answer:
    """All of it, in ``answer``; nothing more is written for somebody who has left."""
    try:
        async with _while_there(request.receive, writer, [order]):
            async for event in writer.write(order):
                answer.take(event)
    except EngineError as problem:
        raise Refused(400, str(problem), "cannot_be_written") from None
    return answer


async def _left(receive: Receive, writer: Writer, orders: Sequence[Order]) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    for order in orders:
        writer.stop(order)


class ServerSent(StreamingResponse):
    """What is written of these orders, in pieces. Who leaves wants no more of them."""

    def __init__(self, pieces: AsyncIterator[str], writer: Writer, orders: Sequence[Order]) -> None:
        super().__init__(pieces, media_type="text/event-stream", headers={"Cache-Control": "no-store"})
        self._writer, self._orders = writer, orders

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Starlette's own would cancel the task of who leaves, which never comes to that while there is more to say."""
        async with _while_there(receive, self._writer, self._orders):
            await self.stream_response(send)


@contextlib.asynccontextmanager
async def _while_there(receive: Receive, writer: Writer, orders: Sequence[Order]) -> AsyncIterator[None]:
    """The orders end when the client leaves; after the block none of them is written any more."""
    leaving = asyncio.ensure_future(_left(receive, writer, orders))
    try:
        with writer.dropping(orders):
            yield
    finally:
        leaving.cancel()


def data(value: Mapping[str, object], event: str = "") -> str:
    named = f"event: {event}\n" if event else ""
    return f"{named}data: {json.dumps(value, ensure_ascii=False)}\n\n"


def logarithm(probability: float) -> float:
    return math.log(probability) if probability > 0 else UNLIKELY
