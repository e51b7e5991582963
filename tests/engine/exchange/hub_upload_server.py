"""A hub on the loopback address that models are given to: it says what the real one says, and misbehaves on demand."""

import base64
import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

TOKEN = "hf_may_write"


@dataclass
class Repository:
    private: bool
    files: dict[str, bytes] = field(default_factory=dict)


@dataclass
class UploadServer:
    """``answers``: a code instead of an answer, by a part of the request's "METHOD path"; 0 breaks the line.

    ``shows_all``: whatever was asked for. ``sent``: the large files by their hash. ``heard``: what was asked for, and
    with which token.
    """

    address: str = ""
    repositories: dict[str, Repository] = field(default_factory=dict)
    sent: dict[str, bytes] = field(default_factory=dict)
    answers: dict[str, int] = field(default_factory=dict)
    heard: list[tuple[str, str]] = field(default_factory=list)
    shows_all: bool = False


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    hub: UploadServer

    def _handle(self) -> None:
        asked, token = f"{self.command} {self.path}", self.headers.get("Authorization", "")
        self.hub.heard.append((asked, token))
        refused = next((code for part, code in self.hub.answers.items() if part in asked), None)
        if refused == 0:
            self.connection.close()
            self.close_connection = True
            return
        body = self.rfile.read(int(self.headers["Content-Length"] or 0))
        if refused is None and self.command != "PUT" and token != f"Bearer {TOKEN}":
            refused = 401
        code, answer = (refused, {}) if refused else self._answer(asked, body)
        content = json.dumps(answer).encode()
        self.send_response(code)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = do_PUT = do_DELETE = _handle  # noqa: N815 (the library's names)

    def _answer(self, asked: str, body: bytes) -> tuple[int, dict[str, Any]]:
        hub = self.hub
        if self.command == "PUT":
            hub.sent[self.path.rpartition("/")[2]] = body
            return 200, {}
        if asked.endswith("/repos/create") or asked.endswith("/repos/delete"):
            said = json.loads(body)
            name = f"{said['organization']}/{said['name']}"
            if self.command == "DELETE":
                del hub.repositories[name]
            elif name in hub.repositories:
                return 409, {}
            else:
                hub.repositories[name] = Repository(said["visibility"] == "private" and not hub.shows_all)
            return 200, {"url": f"{hub.address}/{name}", "id": name}
        if asked.endswith("/validate-yaml"):  # of the card's head
            return 200, {"errors": [], "warnings": []}
        if asked.endswith("/preupload/main"):  # which of them go apart
            names = [file["path"] for file in json.loads(body)["files"]]
            modes = {name: "lfs" if name.endswith(".safetensors") else "regular" for name in names}
            return 200, {"files": [{"path": n, "uploadMode": modes[n], "shouldIgnore": False} for n in names]}
        if self.command == "GET":
            there = hub.repositories[self.path.removeprefix("/api/models/")]
            listed = [{"rfilename": name} for name in (".gitattributes", *there.files)]
            return 200, {"private": there.private, "siblings": listed}
        if asked.endswith("/objects/batch"):
            objects = [
                {**one, "actions": {"upload": {"href": f"{hub.address}/store/{one['oid']}"}}}
                for one in json.loads(body)["objects"]
            ]
            return 200, {"transfer": "basic", "objects": objects}
        return self._commit(body)

    def _commit(self, body: bytes) -> tuple[int, dict[str, Any]]:
        name = self.path.removeprefix("/api/models/").partition("/commit/main")[0]
        files = self.hub.repositories[name].files
        for line in map(json.loads, body.splitlines()):
            said = line["value"]
            if line["key"] == "file":
                files[said["path"]] = base64.b64decode(said["content"])
            elif line["key"] == "lfsFile":
                content = self.hub.sent[said["oid"]]
                assert hashlib.sha256(content).hexdigest() == said["oid"] and len(content) == said["size"]
                files[said["path"]] = content
        return 200, {"commitOid": "0" * 40, "commitUrl": f"{self.hub.address}/{name}/commit/0", "success": True}

    def log_message(self, format: str, *values: object) -> None:
        pass


@contextmanager
def taking() -> Iterator[UploadServer]:
    hub = UploadServer()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Here", (Handler,), {"hub": hub}))
    server.handle_error = lambda *_: None  # type: ignore[method-assign]  # a client that leaves
    hub.address = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()
