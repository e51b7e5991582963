"""Who comes in, and who does not: pages of a browser, other users, those who never say what they want."""

import json
import socket
import time

import pytest

from textgen_gui.engine.core.home import home
from textgen_gui.engine.exchange.serve import connection, guards

from .conftest import PATIENCE_S, Door

ASK = {"prompt": "The old man", "max_tokens": 3}


@pytest.mark.parametrize(
    ("headers", "status", "code"),
    [
        ({"Host": "evil.example"}, 403, "host_refused"),
        ({"Host": "evil.example:{port}"}, 403, "host_refused"),
        ({"Host": ""}, 403, "host_refused"),
        ({"Host": "127.0.0.1"}, 403, "host_refused"),
        ({"Host": "127.0.0.1:{port}.evil.example"}, 403, "host_refused"),
        ({"Origin": "http://evil.example"}, 403, "origin_refused"),
        ({"Origin": "null"}, 403, "origin_refused"),
        ({"Origin": "http://localhost:1"}, 403, "origin_refused"),
        ({"Authorization": "Bearer wrong"}, 401, "invalid_api_key"),
        ({"Authorization": ""}, 401, "invalid_api_key"),
        ({"Authorization": "Bearer \u00fc"}, 401, "invalid_api_key"),
        ({"Content-Type": "text/plain"}, 415, "not_json"),
    ],
)
def test_who_is_not_let_in(door: Door, headers: dict[str, str], status: int, code: str) -> None:
    reply = door.ask("/v1/completions", ASK, {name: value.format(port=door.port) for name, value in headers.items()})
    assert (reply.status, reply.code) == (status, code)
    assert "Access-Control-Allow-Origin" not in reply.headers


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "LOCALHOST"])
def test_who_is(door: Door, host: str) -> None:
    origin = {"Host": f"{host}:{door.port}", "Origin": f"http://localhost:{door.port}"}
    assert door.ask("/v1/completions", ASK, origin).status == 200


def test_a_program_without_a_field_for_the_key_says_it_in_the_address(door: Door) -> None:
    assert door.ask(f"/{door.key}/api/v1/model", key="").status == 200
    assert door.ask("/another-key-of-the-tests/api/v1/model", key="").status == 401


def test_two_hosts_or_none_are_no_host(door: Door) -> None:
    first = f"GET /v1/models HTTP/1.1\r\nAuthorization: Bearer {door.key}\r\nConnection: close\r\n"
    mine = f"Host: localhost:{door.port}\r\n"
    for hosts in ("", f"{mine}Host: evil.example\r\n", f"Host: evil.example\r\n{mine}"):
        assert b" 400 " in door.raw(f"{first}{hosts}\r\n".encode()).splitlines()[0]
    assert b" 403 " in door.raw(f"{first.replace('1.1', '1.0')}\r\n".encode()).splitlines()[0]
    assert b" 200 " in door.raw(f"{first}{mine}\r\n".encode()).splitlines()[0]


def test_what_is_no_request_is_answered_with_a_sentence(door: Door) -> None:
    assert door.ask("/v1/completions", b"{").code == "not_json"
    assert door.ask("/v1/completions", b"[" * 100_000).code == "not_json"
    assert door.ask("/v1/completions", b"[1]").code == "not_json"
    assert door.ask("/v1/completions", b'{"prompt": "\\ud800"}').code == "not_json"
    assert door.ask("/v1/completions", b'{"prompt": "\xff"}').code == "not_json"
    assert door.ask("/v1/nothing", ASK).code == "not_found"
    assert door.ask("/v1/completions").status == 405
    assert b" 400 " in door.raw(b"\x16\x03\x01nonsense\r\n\r\n").splitlines()[0]


def test_nothing_that_is_asked_or_written_is_logged(door: Door, capfd: pytest.CaptureFixture[str]) -> None:
    secret = "Nobody shall read of Ludmilla"
    body = {"prompt": secret, "max_tokens": 5, "seed": 1}
    wrote = door.ask("/v1/completions", body).json["choices"][0]["text"]
    door.ask("/v1/completions", {**body, "temperature": secret})
    door.ask("/v1/completions", body, key=secret)
    door.raw(f"GET /{secret.replace(' ', '')} HTTP/1.1\r\nHost: {secret}\r\nConnection: close\r\n\r\n".encode())
    kept = "".join(file.read_text("utf-8", "replace") for file in home().rglob("*") if file.is_file())
    said = "".join(capfd.readouterr())
    assert not [words for words in ("Ludmilla", door.key, wrote) if words in kept + said]


def test_a_body_that_is_too_large_is_not_read(door: Door) -> None:
    head = f"POST /v1/completions HTTP/1.1\r\nHost: localhost:{door.port}\r\nAuthorization: Bearer {door.key}\r\n"
    head += "Content-Type: application/json\r\n"
    much = json.dumps({"prompt": "a" * guards.LARGEST_BODY}).encode()
    assert b" 413 " in door.raw(f"{head}Content-Length: {len(much)}\r\n\r\n".encode() + much[:200]).splitlines()[0]


def test_those_who_never_say_what_they_want_are_left(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guards, "BODY_S", 0.2)
    monkeypatch.setattr(connection, "HEAD_S", 0.2)
    head = f"POST /v1/completions HTTP/1.1\r\nHost: localhost:{door.port}\r\nAuthorization: Bearer {door.key}\r\n"
    head += "Content-Type: application/json\r\n"
    started = time.monotonic()
    assert door.raw(b"") == b""
    assert door.raw(b"GET / HTTP/1.1\r\nHost: a") == b""
    assert b" 408 " in door.raw(f"{head}Content-Length: 90\r\n\r\n{{".encode()).splitlines()[0]
    assert b" 408 " in door.raw(f"{head}Transfer-Encoding: chunked\r\n\r\n1\r\n{{\r\n".encode()).splitlines()[0]
    assert time.monotonic() - started < PATIENCE_S / 2


def test_a_client_that_does_not_take_its_text_is_left(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "HEAD_S", 0.2)
    ask = {"prompt": "The old man", "max_tokens": 1_000_000, "n": 32, "logprobs": 20, "stream": True}
    body = json.dumps(ask).encode()
    head = f"POST /v1/completions HTTP/1.1\r\nHost: localhost:{door.port}\r\nAuthorization: Bearer {door.key}\r\n"
    head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    with socket.socket() as line:
        line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        line.connect(("127.0.0.1", door.port))
        line.sendall(head.encode() + body)
        assert line.recv(15) == b"HTTP/1.1 200 OK"
        deadline = time.monotonic() + PATIENCE_S
        while door.ask("/api/extra/perf").json["queue"]:
            assert time.monotonic() < deadline, "it is written for nobody"
