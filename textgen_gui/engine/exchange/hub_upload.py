"""Giving a model to the hub, spoken over HTTP as hub.py fetches: it can be stopped, and nothing half stays there.

A repository is made only where none is, its large files are sent first, and one commit at the end makes all of it
visible at once. What fails or is stopped before that takes the empty repository away again; where the line is broken
for that too, it is said, and the next try goes on with it.

huggingface_hub's own upload makes the same requests (a test compares them), but does not fit here. Its session is
offline in this program, for all threads or none. It uploads in one call, or on threads of its own: a generator could
not say how far it is. It leaves an empty repository where it fails, and tells which libraries are installed here.
"""

import base64
import hashlib
import http.client
import json
import ssl
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit
from urllib.request import getproxies

import httpx2

from ..core.control import Ask, Stopped
from ..core.errors import ModelError
from ..core.events import Progressed
from ..core.library import hub_address, hub_host
from ..core.version import __version__

PIECE, SILENT_S = 1 << 18, 30.0
BINARY, SMALL = (".safetensors", ".model"), 5_000_000  # bytes; the hub takes what is larger only apart
NOTHING = "Nothing was kept there."
MADE_BY_HUB = {".gitattributes"}  # in each new repository
LFS = "application/vnd.git-lfs+json"


@dataclass(frozen=True, slots=True)
class Large:
    path: Path
    sha256: str
    bytes: int


class HasOneError(ModelError):
    """The hub has a repository of this name."""


class HubUpload:
    """``left``: what is to be said of what stayed there, once ``send`` has ended early."""

    def __init__(self, name: str, token: str) -> None:
        self.name, self.host, self.left = name, hub_host(), NOTHING
        owner, _, short = name.partition("/")
        self._repository = {"name": short, "organization": owner, "type": "model"}
        self._address, self._token = hub_address(), token
        self._client = httpx2.Client(timeout=SILENT_S, headers={"User-Agent": f"textgen-gui/{__version__}"})

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def send(self, files: list[Path], private: bool, stop: Ask) -> Iterator[Progressed]:
        """Raises ModelError for what the hub refuses, Stopped when asked to."""
        large = [_large(file) for file in files if _is_large(file)]
        try:
            is_new = self._made(private)
        except ModelError as problem:
            raise ModelError(f"{problem} {NOTHING}") from problem
        try:
            yield from self._filled([file for file in files if not _is_large(file)], large, private, stop)
        except BaseException as problem:  # also where nobody wants to hear more
            self.left = self._taken_away() if is_new else self._stays()
            if isinstance(problem, ModelError):
                raise ModelError(f"{problem} {self.left}") from problem
            raise

    def _made(self, private: bool) -> bool:
        """Whether it is new: an empty one, as is left where the line broke, is taken too."""
        visibility = "private" if private else "public"
        wanted = {**self._repository, "private": private, "visibility": visibility}
        try:
            self._ask("POST", "/api/repos/create", wanted)
            return True
        except HasOneError:
            if not self._is_empty(private):
                raise
            return False

    def _is_empty(self, private: bool) -> bool:
        """Whether nothing lies there that would be replaced, and those see it who are to see it."""
        try:
            said = self._ask("GET", f"/api/models/{self.name}", "")
            names = {str(file["rfilename"]) for file in said["siblings"]}
            return names <= MADE_BY_HUB and said["private"] is private
        except (ModelError, KeyError, TypeError):
            return False

    def _filled(self, small: list[Path], large: list[Large], private: bool, stop: Ask) -> Iterator[Progressed]:
        if private and not self._ask("GET", f"/api/models/{self.name}", "").get("private"):
            raise ModelError(f"{self.host} would show {self.name} to everybody.")
        yield from self._send_large(large, stop)
        if stop():
            raise Stopped
        self._commit(small, large)

    def _taken_away(self) -> str:
        try:
            self._ask("DELETE", "/api/repos/delete", self._repository)
            return NOTHING
        except ModelError:
            return self._stays()

    def _stays(self) -> str:
        return f"What was begun may still be at {self._address}/{self.name}: give the model again, or delete it there."

    def _send_large(self, large: list[Large], stop: Ask) -> Iterator[Progressed]:
        objects = [{"oid": one.sha256, "size": one.bytes} for one in large]
        asked = {"operation": "upload", "transfers": ["basic"], "objects": objects, "hash_algo": "sha256"}
        answer = self._ask("POST", f"/{self.name}.git/info/lfs/objects/batch", asked, LFS)
        try:
            actions = {str(one["oid"]): dict(one.get("actions") or {}) for one in answer["objects"]}
            targets = [(one, actions[one.sha256]) for one in large]
        except (KeyError, TypeError, ValueError) as problem:
            raise ModelError(f"{self.host} does not say where to send the model.") from problem
        done, total, started = 0, sum(one.bytes for one in large), time.monotonic()
        for one, action in targets:
            if "upload" in action:  # or it has that file already
                for sent in self._put(str(action["upload"]["href"]), one, stop):
                    done += sent
                    yield Progressed(f"Sending {one.path.name}", done, total, time.monotonic() - started)
            if "verify" in action:
                said = {"oid": one.sha256, "size": one.bytes}
                self._ask("POST", str(action["verify"]["href"]), said, LFS)

    def _put(self, address: str, one: Large, stop: Ask) -> Iterator[int]:
        """By the standard library: a client that pulls its content could not be asked how far it is."""
        try:
            with one.path.open("rb") as content, closing(_line(address, self._address)) as line:
                target = urlsplit(address)
                line.putrequest("PUT", f"{target.path}?{target.query}" if target.query else target.path)
                line.putheader("Content-Length", str(one.bytes))
                line.endheaders()
                while piece := content.read(PIECE):
                    if stop():
                        raise Stopped
                    line.send(piece)
                    yield len(piece)
                answer = line.getresponse()
                if answer.status >= 400:
                    raise self._refusal(answer.status)
        except (OSError, http.client.HTTPException) as problem:
            raise ModelError(f"The line to {urlsplit(address).hostname} broke.") from problem

    def _commit(self, small: list[Path], large: list[Large]) -> None:
        lines: list[dict[str, Any]] = [
            {"key": "header", "value": {"summary": "A model from TextGen GUI", "description": ""}}
        ]
        for file in small:
            content = base64.b64encode(file.read_bytes()).decode()
            lines.append({"key": "file", "value": {"content": content, "path": file.name, "encoding": "base64"}})
        for one in large:
            said = {"path": one.path.name, "algo": "sha256", "oid": one.sha256, "size": one.bytes}
            lines.append({"key": "lfsFile", "value": said})
        body = "".join(json.dumps(line) + "\n" for line in lines)
        self._ask("POST", f"/api/models/{self.name}/commit/main", body, "application/x-ndjson")

    def _ask(self, method: str, path: str, body: dict[str, Any] | str, form: str = "application/json") -> Any:
        address = path if "://" in path else self._address + path
        content = body if isinstance(body, str) else json.dumps(body)
        headers = {"Content-Type": form, "Accept": LFS if form == LFS else "application/json"}
        if address.startswith(f"{self._address}/"):  # the token is for the hub alone
            headers["Authorization"] = f"Bearer {self._token}"
        try:
            answer = self._client.request(method, address, content=content, headers=headers)
        except httpx2.HTTPError as problem:
            raise ModelError(f"{self.host} cannot be reached. Is this computer online?") from problem
        if answer.status_code >= 400:
            raise self._refusal(answer.status_code)
        try:
            return answer.json() if answer.content else {}
        except ValueError:
            return {}

    def _refusal(self, code: int) -> ModelError:
        match code:
            case 401:
                words = f"{self.host} does not accept this token. Make a new one that may write, and give it here."
            case 403:
                words = (
                    f"This token may not make {self.name}. Make one that may write, or begin the name with that of "
                    "your own account."
                )
            case 404:
                words = f"{self.host} knows no account {self.name.partition('/')[0]}. Check the name."
            case 409:
                return HasOneError(
                    f"{self.host} has a {self.name} already, and nothing is replaced. Choose another name."
                )
            case 413 | 507:
                words = f"{self.host} has no space for it."
            case 429:
                words = f"{self.host} was asked too much from here. Try again later."
            case _:
                words = f"{self.host} refuses {self.name} (it says {code}). Try again later."
        return ModelError(words)


def _is_large(file: Path) -> bool:
    return file.suffix in BINARY or file.stat().st_size > SMALL


def _large(file: Path) -> Large:
    with file.open("rb") as content:
        return Large(file, hashlib.file_digest(content, "sha256").hexdigest(), file.stat().st_size)


def _line(address: str, hub: str) -> http.client.HTTPConnection:
    """Raises ModelError where the hub's own line is encrypted and this one would not be."""
    target = urlsplit(address)
    host = target.hostname or ""
    if target.scheme != "https":
        if hub.startswith("https:"):
            raise ModelError(f"{host} would get the model without encryption.")
        return http.client.HTTPConnection(host, target.port, timeout=SILENT_S)
    proxy = urlsplit(getproxies().get("https", ""))
    if not proxy.hostname:
        return http.client.HTTPSConnection(host, target.port, timeout=SILENT_S, context=ssl.create_default_context())
    line = http.client.HTTPSConnection(proxy.hostname, proxy.port, timeout=SILENT_S)
    line.set_tunnel(host, target.port)
    return line
