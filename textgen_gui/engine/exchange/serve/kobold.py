"""The words of KoboldAI, and what KoboldCpp added to them, as tools for writers speak them."""

from collections.abc import AsyncIterator, Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from ...core import events
from ...core.errors import EngineError
from ...text.tokenizer import encode
from .guards import body_of
from .parameters import settings_of
from .refusal import Refused
from .told import Answer, ServerSent, Told, data, whole
from .writer import Order, Writer

SPOKEN = "1.2.5"  # the version of the interface, by which clients know what there is
EXTRA = "1.80"  # that of KoboldCpp with the additions that are here


class Kobold:
    def __init__(self, writer: Writer, name: str) -> None:
        self.writer, self.name = writer, name
        self._orders: dict[str, tuple[Order, Answer]] = {}  # by the key that the client gave it

    def routes(self) -> list[Route]:
        context, longest = self.writer.session.weights.context, 512
        said: dict[str, dict[str, object]] = {
            "/api/v1/model": {"result": self.name},
            "/api/v1/info/version": {"result": SPOKEN},
            "/api/v1/config/max_context_length": {"value": context},
            "/api/v1/config/max_length": {"value": longest},
            "/api/v1/config/soft_prompt": {"value": ""},
            "/api/v1/config/soft_prompts_list": {"values": []},
            "/api/extra/version": {"result": "KoboldCpp", "version": EXTRA, "protected": True},
            "/api/extra/true_max_context_length": {"value": context},
        }
        answers = {
            "/api/v1/generate": self.generate,
            "/api/extra/generate/stream": self.stream,
            "/api/extra/abort": self.abort,
            "/api/extra/generate/check": self.check,
            "/api/extra/tokencount": self.count,
        }
        return [
            *(
                Route(known, _saying(value), methods=["GET"])
                for path, value in said.items()
                for known in _known_as(path)
            ),
            *(Route(known, answer, methods=["POST"]) for path, answer in answers.items() for known in _known_as(path)),
            Route("/api/extra/perf", self.load, methods=["GET"]),
        ]

    async def generate(self, request: Request) -> Response:
        body = await body_of(request)
        order, shown = self._ordered(body)
        answer = await whole(request, self.writer, order, shown)
        prompt_tokens = len(encode(self.writer.session.tokenizer, [order.prompt])[0])
        counts = {"prompt_tokens": prompt_tokens, "completion_tokens": answer.tokens}
        texts = [answer.texts[index] for index in sorted(answer.texts)]
        results = [{"text": told.text, "finish_reason": told.reason, **counts} for told in texts]
        return JSONResponse({"results": results})

    async def stream(self, request: Request) -> Response:
        order, shown = self._ordered(await body_of(request))
        return ServerSent(self._streamed(order, shown), self.writer, [order])

    async def _streamed(self, order: Order, shown: Answer) -> AsyncIterator[str]:
        try:
            async for event in self.writer.write(order):
                shown.take(event)
                if isinstance(event, events.TextPiece):
                    yield data({"token": event.text, "finish_reason": None}, "message")
                elif isinstance(event, events.TextGenerated):
                    yield data({"token": "", "finish_reason": shown.texts[event.index].reason}, "message")
        except EngineError as problem:
            yield data(Refused(400, str(problem), "cannot_be_written").body(), "message")

    def _ordered(self, body: dict[str, Any]) -> tuple[Order, Answer]:
        prompt, memory, key = body.get("prompt", ""), body.get("memory") or "", _key(body)
        if not all(isinstance(text, str) for text in (prompt, memory)):
            raise Refused(400, "The prompt has to be text.", "invalid_value", "prompt")
        order = Order(memory + prompt, settings_of(body))
        self.writer.ask(order)
        self._orders = {key: known for key, known in self._orders.items() if self.writer.has(known[0])}
        known = self._orders[key or f"#{id(order)}"] = (order, Answer())
        return known

    async def abort(self, request: Request) -> Response:
        """Stops the text of this key, or all of them where none is given."""
        key = _key(await body_of(request))
        asked = [key] if key else list(self._orders)
        stopped = [self._orders.pop(one)[0] for one in asked if one in self._orders]
        for order in stopped:
            self.writer.stop(order)
        return JSONResponse({"success": bool(stopped), "done": bool(stopped)})

    async def check(self, request: Request) -> Response:
        """What there is of a text that is streamed."""
        key = _key(await body_of(request)) or next(reversed(self._orders), "")
        answer = self._orders[key][1] if key in self._orders else Answer()
        return JSONResponse({"results": [{"text": answer.texts.get(0, Told()).text}]})

    async def count(self, request: Request) -> Response:
        prompt = (await body_of(request)).get("prompt", "")
        if not isinstance(prompt, str):
            raise Refused(400, "The prompt has to be text.", "invalid_value", "prompt")
        ids = [int(number) for number in encode(self.writer.session.tokenizer, [prompt])[0]]
        return JSONResponse({"value": len(ids), "ids": ids})

    async def load(self, request: Request) -> Response:
        usage = self.writer.usage
        busy = self.writer.busy
        return JSONResponse({"idle": int(not busy), "queue": busy, "total_gens": usage.answered, "last_token_count": 0})


def _key(body: Mapping[str, Any]) -> str:
    """By which a program calls what it has asked for; "" where it gives none."""
    key = body.get("genkey") or ""
    if not isinstance(key, str):
        raise Refused(400, "The genkey has to be text.", "invalid_value", "genkey")
    return key


def _known_as(path: str) -> set[str]:
    """The interface is also known as the latest one."""
    return {path, path.replace("/api/v1/", "/api/latest/")}


def _saying(value: dict[str, object]) -> Any:
    async def say(request: Request) -> Response:
        return JSONResponse(value)

    return say
