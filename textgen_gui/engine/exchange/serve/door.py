"""Opens the door, tells what happens at it, and closes it."""

import asyncio
import contextlib
import secrets
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

import uvicorn
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from ...core import events
from ...core.control import Ask
from ...core.errors import ModelError
from ...core.events import Event
from ...writing.session import WritingSession
from .connection import Connection
from .guards import Guard
from .kobold import Kobold
from .openai import OpenAI
from .refusal import Refused
from .writer import Usage, Writer

HERE = "127.0.0.1"
MOST_CONNECTIONS = 64
LOOK_S = 0.1  # between two looks for whether it is to be closed
TELL_S = 1.0  # between two counts
SHORTEST_KEY = 16  # characters


def listening(port: int) -> socket.socket:
    """On this computer only. Port 0 takes a free one. Raises ModelError for one that is taken."""
    door = socket.socket()
    try:
        if sys.platform != "win32":  # there it would let two programs have the same port
            door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        door.bind((HERE, port))
        door.listen(128)
    except (OSError, OverflowError) as problem:
        door.close()
        raise ModelError(
            f"Port {port} cannot be used: {getattr(problem, 'strerror', '') or problem}. Another program may have it. "
            f"Choose another port, or close that program."
        ) from problem
    return door


def usable_key(key: str) -> str:
    """The key, or a random one for none. Raises ModelError for one that could be guessed or does not fit a header."""
    if key and (len(key) < SHORTEST_KEY or not (key.isascii() and key.replace("-", "").replace("_", "").isalnum())):
        raise ModelError(
            f"The key has to have at least {SHORTEST_KEY} letters or digits. Leave it out for a random one."
        )
    return key or secrets.token_urlsafe(24)


def serving(session: WritingSession, name: str, door: socket.socket, key: str, stop: Ask) -> Iterator[Event]:
    """DoorOpened, DoorUsed now and then, until it is to stop. Everything happens on the thread that iterates it."""
    port = door.getsockname()[1]
    with door, contextlib.closing(asyncio.new_event_loop()) as loop:
        opened = _Open(session, name, port, key)
        try:
            loop.run_until_complete(opened.start(door))
            yield events.DoorOpened(f"http://{HERE}:{port}", key, name)
            told, told_at = opened.used(), time.monotonic()
            while not stop():
                loop.run_until_complete(opened.go_on())
                if time.monotonic() - told_at > TELL_S and opened.used() != told:
                    told, told_at = opened.used(), time.monotonic()
                    yield told
            if opened.used() != told:
                yield opened.used()
        finally:
            loop.run_until_complete(opened.close())
            loop.run_until_complete(loop.shutdown_asyncgens())


class _Server(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Whoever opened the door decides when it closes."""
        yield


@dataclass(slots=True)
class _Counter:
    """Counts who was not let in or did not get what he asked for."""

    app: Guard
    usage: Usage

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def counted(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] >= 400:
                self.usage.refused += 1
            await send(message)

        await self.app(scope, receive, counted)


class _Open:
    def __init__(self, session: WritingSession, name: str, port: int, key: str) -> None:
        self.writer = Writer(session)
        routes = [*OpenAI(self.writer, name).routes(), *Kobold(self.writer, name).routes()]
        app = Starlette(
            routes=routes, exception_handlers={Refused: _refused, HTTPException: _unknown, ClientDisconnect: _gone}
        )
        self.server = _Server(
            uvicorn.Config(
                _Counter(Guard(app, port, key), self.writer.usage),
                http=Connection,
                ws="none",
                loop="asyncio",
                lifespan="off",
                log_config=None,
                access_log=False,
                server_header=False,
                proxy_headers=False,
                limit_concurrency=MOST_CONNECTIONS,
                timeout_graceful_shutdown=1,
            )
        )
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self, door: socket.socket) -> None:
        config = self.server.config
        config.load()
        self.server.lifespan = config.lifespan_class(config)
        await self.server.startup(sockets=[door])
        self._tasks = [asyncio.create_task(self.server.main_loop()), asyncio.create_task(self.writer.run())]

    async def go_on(self) -> None:
        """For a moment. Raises what ended the work, if anything did."""
        done, _ = await asyncio.wait(self._tasks, timeout=LOOK_S, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()

    def used(self) -> events.DoorUsed:
        usage = self.writer.usage
        return events.DoorUsed(usage.answered, usage.refused, usage.tokens, self.writer.busy)

    async def close(self) -> None:
        """At once: what is written for others is cut off."""
        for task in self._tasks:
            task.cancel()
        for connection in list(self.server.server_state.connections):
            with suppress(AttributeError):
                connection.transport.abort()
        if self.server.started:
            await self.server.shutdown()
        await asyncio.gather(*self._tasks, return_exceptions=True)


async def _refused(request: Request, problem: Exception) -> Response:
    assert isinstance(problem, Refused)
    return problem.response()


async def _unknown(request: Request, problem: Exception) -> Response:
    assert isinstance(problem, HTTPException)
    message = f"There is no {request.method} {request.url.path} here."
    return Refused(problem.status_code, message, "not_found").response()


async def _gone(request: Request, problem: Exception) -> Response:
    """Nobody hears it."""
    return Response(status_code=400)
