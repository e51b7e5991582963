"""Who may come in. A page in a browser must not, whatever name it came under; nor another user of this computer."""

import asyncio
import json
import secrets
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from ...core import bounded
from .refusal import Refused

LARGEST_BODY = 1_000_000  # bytes
BODY_S = 10.0  # in which all of a request has to be here


@dataclass(frozen=True, slots=True)
class Guard:
    """Lets requests through that name this computer and this port, come from no foreign page and know the key.

    A program that has no field for a key says it as the first part of the path.
    """

    app: ASGIApp
    port: int
    key: str

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        try:
            scope = self._admitted(scope)
        except Refused as refused:
            await refused.response()(scope, receive, send)
            return
        await self.app(scope, receive, send)

    def _admitted(self, scope: Scope) -> Scope:
        hosts = [f"localhost:{self.port}", f"127.0.0.1:{self.port}"]
        if [host.lower() for host in _all(scope, b"host")] not in [[host] for host in hosts]:
            raise Refused(403, f"This door answers only to {hosts[1]} and {hosts[0]}.", "host_refused", close=True)
        if any(origin not in [f"http://{host}" for host in hosts] for origin in _all(scope, b"origin")):
            raise Refused(403, "Pages of a browser are not let in.", "origin_refused", close=True)
        scope, given = self._key_of(scope)
        if not secrets.compare_digest(given.encode(), self.key.encode()):
            raise Refused(401, "The key is missing or wrong: Authorization: Bearer KEY.", "invalid_api_key", close=True)
        return scope

    def _key_of(self, scope: Scope) -> tuple[Scope, str]:
        first, _, rest = scope["path"].removeprefix("/").partition("/")
        if secrets.compare_digest(first.encode(), self.key.encode()):
            return {**scope, "path": f"/{rest}", "raw_path": f"/{rest}".encode()}, first
        scheme, _, given = "".join(_all(scope, b"authorization")).partition(" ")
        return scope, given.strip() if scheme.lower() == "bearer" else ""


def _all(scope: Scope, name: bytes) -> list[str]:
    return [value.decode("latin-1") for header, value in scope["headers"] if header == name]


async def body_of(request: Request) -> dict[str, Any]:
    """The JSON of a request. Raises Refused for another, one that is too large, or one that does not come."""
    said = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    try:
        async with asyncio.timeout(BODY_S):
            body = await _read(request)
    except TimeoutError:
        raise Refused(408, f"The request did not come within {BODY_S:.0f} seconds.", "timeout", close=True) from None
    if not body:
        return {}
    if said != "application/json":
        raise Refused(415, "Send JSON, with Content-Type: application/json.", "not_json", close=True)
    try:
        value = bounded.parse_json(body)
        json.dumps(value, ensure_ascii=False).encode()  # half a character is JSON, but no text
    except ValueError:
        raise Refused(400, "The request is not valid JSON, or not valid text.", "not_json") from None
    if not isinstance(value, dict):
        raise Refused(400, "The request has to be a JSON object.", "not_json")
    return value


async def _read(request: Request) -> bytes:
    said, body = request.headers.get("content-length", ""), bytearray()
    too_large = Refused(413, f"A request may have {LARGEST_BODY:,} bytes.", "too_large", close=True)
    if said.isdigit() and int(said[:20]) > LARGEST_BODY:
        raise too_large
    async for part in request.stream():
        body += part
        if len(body) > LARGEST_BODY:
            raise too_large
    return bytes(body)
