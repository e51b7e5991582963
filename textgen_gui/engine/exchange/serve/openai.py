"""The words of OpenAI's service: models, completions, chats."""

import time
import uuid
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Protocol

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from ...core.errors import EngineError
from ...core.events import TokenChosen
from ...text.tokenizer import encode
from .guards import body_of
from .parameters import settings_of
from .refusal import Refused
from .told import Answer, ServerSent, Told, data, logarithm, whole
from .writer import Order, Writer

MOST_ALTERNATIVES = 20
NAMES = {"user": "User", "assistant": "Assistant"}  # of those who speak in a chat


def flattened(messages: Sequence[Mapping[str, Any]]) -> str:
    """A chat as a text: what the system says, then a line for each message, and the name of who speaks next.

        Who answers is a lighthouse keeper.

        User: Good evening.
        Assistant: Good evening. Is it still raining?
        User: It is.
        Assistant:

    An answer that is begun already is gone on with.
    """
    lines = []
    for message in messages:
        role, content = message.get("role"), _words(message.get("content"))
        if role in ("system", "developer"):
            lines.append(f"{content}\n\n")
        elif isinstance(role, str) and role in NAMES:
            lines.append(f"{NAMES[role]}: {content}\n")
        else:
            raise Refused(400, f"Nobody speaks as {role!r} here, only system, user and assistant.", "role", "messages")
    if messages[-1].get("role") == "assistant":
        return "".join(lines)[:-1]
    return "".join(lines) + f"{NAMES['assistant']}: "


def _words(content: Any) -> str:
    if isinstance(content, str):
        return content
    parts = [part.get("text") if isinstance(part, dict) else None for part in _listed(content)]
    texts = [part for part in parts if isinstance(part, str)]
    if not texts or len(texts) < len(parts):
        raise Refused(400, "A message has to be text.", "not_text", "messages")
    return "".join(texts)


def _listed(content: Any) -> list[Any]:
    return content if isinstance(content, list) else [None]


class Form(Protocol):
    """How a text is said: as a completion, or as an answer in a chat."""

    name: ClassVar[str]
    chunk_name: ClassVar[str]
    prefix: ClassVar[str]

    def whole(self, index: int, told: Told) -> dict[str, object]: ...

    def chunk(self, index: int, told: Told, first: bool) -> dict[str, object]: ...


@dataclass(frozen=True, slots=True)
class Completion:
    writer: Writer
    echo: str = ""  # the prompt, where it is to stand before the text
    logprobs: int | None = None
    name: ClassVar[str] = "text_completion"
    chunk_name: ClassVar[str] = "text_completion"
    prefix: ClassVar[str] = "cmpl"

    def whole(self, index: int, told: Told) -> dict[str, object]:
        return self.chunk(index, told, first=True)

    def chunk(self, index: int, told: Told, first: bool) -> dict[str, object]:
        text = (self.echo if first else "") + told.text
        return {"index": index, "text": text, "logprobs": self._logprobs(told), "finish_reason": told.reason}

    def _logprobs(self, told: Told) -> dict[str, object] | None:
        if self.logprobs is None:
            return None
        likeliest = [
            {text: logarithm(share) for text, share in token.alternatives[: self.logprobs]} for token in told.tokens
        ]
        return {
            "tokens": [_spelled(self.writer, token) for token in told.tokens],
            "token_logprobs": [logarithm(token.probability) for token in told.tokens],
            "top_logprobs": likeliest if self.logprobs else None,
            "text_offset": [len(self.echo) + token.start for token in told.tokens],
        }


@dataclass(frozen=True, slots=True)
class Chat:
    writer: Writer
    logprobs: int | None = None
    name: ClassVar[str] = "chat.completion"
    chunk_name: ClassVar[str] = "chat.completion.chunk"
    prefix: ClassVar[str] = "chatcmpl"

    def whole(self, index: int, told: Told) -> dict[str, object]:
        message = {"role": "assistant", "content": told.text, "refusal": None}
        return self._choice(index, told) | {"message": message}

    def chunk(self, index: int, told: Told, first: bool) -> dict[str, object]:
        role = {"role": "assistant"} if first else {}
        return self._choice(index, told) | {"delta": role | ({"content": told.text} if told.text or first else {})}

    def _choice(self, index: int, told: Told) -> dict[str, object]:
        said = [self._token(token) for token in told.tokens]
        logprobs = None if self.logprobs is None else {"content": said, "refusal": None}
        return {"index": index, "logprobs": logprobs, "finish_reason": told.reason}

    def _token(self, token: TokenChosen) -> dict[str, object]:
        others = [_one(text, share) for text, share in token.alternatives[: self.logprobs]]
        return _one(_spelled(self.writer, token), token.probability) | {"top_logprobs": others}


def _one(text: str, probability: float) -> dict[str, object]:
    return {"token": text, "logprob": logarithm(probability), "bytes": list(text.encode())}


def _spelled(writer: Writer, token: TokenChosen) -> str:
    return str(writer.session.tokenizer.decode([token.token], skip_special_tokens=False))


@dataclass(frozen=True, slots=True)
class OpenAI:
    """``name``: of the model."""

    writer: Writer
    name: str

    def routes(self) -> list[Route]:
        return [
            Route(f"{prefix}/{path}", endpoint, methods=[method])
            for prefix in ("/v1", "")
            for path, endpoint, method in (
                ("models", self.models, "GET"),
                ("models/{name:path}", self.model, "GET"),
                ("completions", self.completions, "POST"),
                ("chat/completions", self.chat, "POST"),
            )
        ]

    def _described(self) -> dict[str, object]:
        context = self.writer.session.weights.context
        return {"id": self.name, "object": "model", "created": 0, "owned_by": "textgen-gui", "context_length": context}

    async def models(self, request: Request) -> Response:
        return JSONResponse({"object": "list", "data": [self._described()]})

    async def model(self, request: Request) -> Response:
        self._refuse_another_model(request.path_params["name"])
        return JSONResponse(self._described())

    async def completions(self, request: Request) -> Response:
        body = await body_of(request)
        prompts = body.get("prompt", "")
        prompts = prompts if isinstance(prompts, list) else [prompts]
        if not prompts or not all(isinstance(prompt, str) for prompt in prompts):
            raise Refused(400, "The prompt has to be text, or a list of texts.", "invalid_value", "prompt")
        if len(prompts) > 1 and body.get("echo"):
            raise Refused(400, "Of several prompts none is said again.", "unsupported_parameter", "echo")
        logprobs = _asked_for(body, "logprobs", body.get("logprobs"))
        echo = prompts[0] if body.get("echo") else ""
        return await self._answer(request, body, prompts, Completion(self.writer, echo, logprobs), logprobs)

    async def chat(self, request: Request) -> Response:
        body = await body_of(request)
        messages = body.get("messages")
        if not isinstance(messages, list) or not messages or not all(isinstance(one, dict) for one in messages):
            raise Refused(400, "There are no messages to answer.", "invalid_value", "messages")
        logprobs = _asked_for(body, "top_logprobs", body.get("top_logprobs") or 0) if body.get("logprobs") else None
        return await self._answer(request, body, [flattened(messages)], Chat(self.writer, logprobs), logprobs)

    async def _answer(
        self, request: Request, body: Mapping[str, Any], prompts: list[str], form: Form, logprobs: int | None
    ) -> Response:
        self._refuse_another_model(body.get("model"))
        config = settings_of(body)
        if isinstance(form, Chat):
            config = replace(config, stop_texts=(*config.stop_texts, *(f"\n{name}:" for name in NAMES.values())))
        alternatives = 0 if logprobs is None else max(1, logprobs)
        orders = [Order(prompt, config, alternatives) for prompt in prompts]
        self.writer.ask(*orders)
        reply = _Reply(self.writer, orders, form, self.name)
        if body.get("stream"):
            options = body.get("stream_options") or {}
            pieces = reply.streamed(isinstance(options, dict) and bool(options.get("include_usage")))
            return ServerSent(pieces, self.writer, orders)
        return JSONResponse(await reply.whole(request))

    def _refuse_another_model(self, name: object) -> None:
        if name not in (None, "", self.name):
            raise Refused(404, f"The model here is {self.name!r}, not {name!r}.", "model_not_found", "model")


def _asked_for(body: Mapping[str, Any], name: str, count: Any) -> int | None:
    """How many likely tokens are to be told beside each; None: nothing of the kind."""
    if count is None or count is False:
        return None
    if not isinstance(count, int) or not 0 <= count <= MOST_ALTERNATIVES:
        raise Refused(400, f"{name} has to be a number from 0 to {MOST_ALTERNATIVES}.", "invalid_value", name)
    return int(count)


class _Reply:
    def __init__(self, writer: Writer, orders: list[Order], form: Form, model: str) -> None:
        self.writer, self.orders, self.form, self.model = writer, orders, form, model
        self.begun = {"id": f"{form.prefix}-{uuid.uuid4().hex}", "created": int(time.time()), "model": model}

    async def whole(self, request: Request) -> dict[str, object]:
        choices, tokens = [], 0
        with self.writer.dropping(self.orders):
            for number, order in enumerate(self.orders):
                answer = await whole(request, self.writer, order, Answer())
                tokens += answer.tokens
                for index in sorted(answer.texts):
                    choices.append(self.form.whole(number * order.config.n + index, answer.texts[index]))
        return {**self.begun, "object": self.form.name, "choices": choices, "usage": self._usage(tokens)}

    async def streamed(self, include_usage: bool) -> AsyncIterator[str]:
        tokens = 0
        try:
            for number, order in enumerate(self.orders):
                async for index, told, first in self._pieces(order):
                    tokens += told.count
                    yield self._chunk([self.form.chunk(number * order.config.n + index, told, first)])
        except EngineError as problem:
            yield data(Refused(400, str(problem), "cannot_be_written").body())
            return
        if include_usage:
            yield data({**self.begun, "object": self.form.chunk_name, "choices": [], "usage": self._usage(tokens)})
        yield "data: [DONE]\n\n"

    async def _pieces(self, order: Order) -> AsyncIterator[tuple[int, Told, bool]]:
        """What is new of a text, by its index, and whether it is the first of it."""
        answer, sent = Answer(), set[int]()
        async for event in self.writer.write(order):
            index = answer.take(event)
            if index is None or isinstance(event, TokenChosen):
                continue
            yield index, answer.texts[index], index not in sent
            sent.add(index)
            answer.texts[index] = Told()

    def _chunk(self, choices: list[dict[str, object]]) -> str:
        return data({**self.begun, "object": self.form.chunk_name, "choices": choices})

    def _usage(self, tokens: int) -> dict[str, int]:
        prompts = encode(self.writer.session.tokenizer, [order.prompt for order in self.orders])
        read = sum(map(len, prompts))
        return {"prompt_tokens": read, "completion_tokens": tokens, "total_tokens": read + tokens}
