"""A door that is open, with a model of the tests behind it."""

import http.client
import json
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from textgen_gui import Model
from textgen_gui.engine.core import events, library
from textgen_gui.engine.core.control import Control
from textgen_gui.engine.core.project import Checkpoint

PATIENCE_S = 20.0


@dataclass
class Reply:
    status: int
    text: str
    headers: dict[str, str]

    @property
    def json(self) -> Any:
        return json.loads(self.text)

    @property
    def code(self) -> str:
        return str(self.json["error"]["code"])

    @property
    def told(self) -> list[Any]:
        """What was sent piece by piece; without the last line of OpenAI's streams."""
        lines = [line.removeprefix("data: ") for line in self.text.splitlines() if line.startswith("data: ")]
        return [json.loads(line) for line in lines if line != "[DONE]"]


@dataclass
class Door:
    port: int
    key: str
    model: Model
    used: list[events.DoorUsed] = field(default_factory=list)

    def ask(
        self, path: str, body: object = None, headers: dict[str, str] | None = None, *, key: str | None = None
    ) -> Reply:
        said = {"Authorization": f"Bearer {self.key if key is None else key}", **(headers or {})}
        sent = None if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
        if sent is not None:
            said.setdefault("Content-Type", "application/json")
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_S)
        try:
            connection.request("GET" if sent is None else "POST", path, sent, said)
            answer = connection.getresponse()
            return Reply(answer.status, answer.read().decode(), dict(answer.headers))
        finally:
            connection.close()

    def raw(self, sent: bytes) -> bytes:
        """Sends just this and reads until the other side closes."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE_S) as line:
            line.sendall(sent)
            parts = []
            while part := line.recv(65536):
                parts.append(part)
            return b"".join(parts)


@pytest.fixture(scope="package")  # other tests set the clock, which an open door would follow
def door(little_starter: library.LibraryModel) -> Iterator[Door]:
    model, control, opened = Model.load(Checkpoint(little_starter.folder)), Control(), threading.Event()
    door = Door(0, "", model)

    def serve() -> None:
        for event in model.serving(control, port=0, key="a-key-of-the-tests"):
            if isinstance(event, events.DoorOpened):
                door.port, door.key = int(event.address.rpartition(":")[2]), event.key
                opened.set()
            elif isinstance(event, events.DoorUsed):
                door.used.append(event)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    assert opened.wait(PATIENCE_S)
    yield door
    control.stop()
    thread.join(PATIENCE_S)
    assert not thread.is_alive()
