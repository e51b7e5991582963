"""A hub on the loopback address: it says what the real one says to a program that fetches, and misbehaves on demand.

Weights lie on a second address, as the real hub's do: ``resolve`` sends on to it. Every request is written down.
"""

import hashlib
import json
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

COMMIT = "0123456789abcdef0123456789abcdef01234567"


@dataclass
class Request:
    path: str
    token: str
    range: str
    agent: str
    store: bool  # asked of the second address


Misbehaviour = Callable[["Handler", Request], bool]
"""Answers a request in the hub's stead, and returns whether it did."""


@dataclass
class HubServer:
    """``models``: the folder of each model by its name. ``listed``: changes what the hub says of its files.

    ``gated``: the token without which nothing is given. ``misbehaves``: see Misbehaviour.
    """

    models: dict[str, Path]
    address: str = ""
    store: str = ""
    card: dict[str, Any] = field(default_factory=lambda: {"license": "apache-2.0", "language": ["en", "de"]})
    listed: Callable[[list[dict[str, Any]]], list[dict[str, Any]]] = lambda files: files
    gated: str = ""
    misbehaves: Misbehaviour = lambda handler, request: False
    requests: list[Request] = field(default_factory=list)

    def listing(self, name: str) -> dict[str, Any]:
        files = [_listed(path) for path in sorted(self.models[name].iterdir())]
        return {"id": name, "sha": COMMIT, "cardData": self.card, "siblings": self.listed(files)}


def _listed(path: Path) -> dict[str, Any]:
    content = path.read_bytes()
    said: dict[str, Any] = {"rfilename": path.name, "size": len(content)}
    if path.suffix in (".safetensors", ".bin"):
        said["lfs"] = {"sha256": hashlib.sha256(content).hexdigest(), "size": len(content), "pointerSize": 134}
    return {**said, "blobId": hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    hub: HubServer
    is_store: bool

    def do_GET(self) -> None:
        headers = self.headers
        asked = Request(
            unquote(self.path),
            headers.get("Authorization", ""),
            headers.get("Range", ""),
            headers.get("User-Agent", ""),
            self.is_store,
        )
        self.hub.requests.append(asked)
        if self.hub.misbehaves(self, asked):
            return
        path = urlsplit(asked.path).path
        if self.is_store:
            self._send_file(path, asked)
        elif self.hub.gated and asked.token != f"Bearer {self.hub.gated}":
            self.refuse(403 if asked.token else 401, "GatedRepo")
        elif path.startswith("/api/models/"):
            self._send_listing(path.removeprefix("/api/models/"))
        else:
            self._resolve(path, asked)

    def _send_listing(self, path: str) -> None:
        name, _, revision = path.partition("/revision/")
        if name not in self.hub.models:
            self.refuse(401, "RepoNotFound")
        elif revision not in ("main", COMMIT):
            self.refuse(404, "RevisionNotFound")
        else:
            self.send(json.dumps(self.hub.listing(name)).encode())

    def _resolve(self, path: str, asked: Request) -> None:
        assert f"/resolve/{COMMIT}/" in path, "not pinned"
        if path.endswith(".safetensors"):
            self.send_on(self.hub.store + path)
        else:
            self._send_file(path, asked)

    def _send_file(self, path: str, asked: Request) -> None:
        name, _, file = path.strip("/").partition(f"/resolve/{COMMIT}/")
        content = (self.hub.models[name] / file).read_bytes()
        start = int(asked.range.removeprefix("bytes=").removesuffix("-") or 0)
        self.send(content[start:], 206 if asked.range else 200)

    # --- answers; each returns True, for a misbehaviour that is no more than this

    def send(self, content: bytes, code: int = 200, length: int = -1, headers: Mapping[str, str] | None = None) -> bool:
        """``length``: what is said of it, where that is not the truth."""
        self.send_response(code)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content) if length < 0 else length))
        self.end_headers()
        self.wfile.write(content)
        return True

    def refuse(self, code: int, error: str = "", wait: str = "") -> bool:
        return self.send(b"{}", code, headers={"X-Error-Code": error, "Retry-After": wait})

    def send_on(self, address: str) -> bool:
        return self.send(b"", 302, headers={"Location": address})

    def log_message(self, format: str, *values: object) -> None:
        pass


@contextmanager
def running(hub: HubServer, encrypted: ssl.SSLContext | None = None) -> Iterator[HubServer]:
    servers = [
        ThreadingHTTPServer(("127.0.0.1", 0), type("Here", (Handler,), {"hub": hub, "is_store": is_store}))
        for is_store in (False, True)
    ]
    if encrypted:
        for server in servers:
            server.socket = encrypted.wrap_socket(server.socket, server_side=True)
            server.handle_error = lambda *_: None  # type: ignore[method-assign]  # a client that does not trust it leaves
    scheme = "https" if encrypted else "http"
    hub.address, hub.store = (f"{scheme}://127.0.0.1:{server.server_address[1]}" for server in servers)
    threads = [threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True) for server in servers]
    for thread in threads:
        thread.start()
    try:
        yield hub
    finally:
        for server in servers:
            server.shutdown()
            server.server_close()
