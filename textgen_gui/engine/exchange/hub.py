"""The hub of models, spoken to over HTTP.

The session of huggingface_hub stays offline in this program, so that nothing goes out by accident; a fetch has a client
of its own that lives as long as it does. Nor is the library's own download used: it calls back, while a generator has
to be asked; it cannot be stopped between its tries; and it tells the hub which libraries are installed here. What is
taken from it is how the hub lists a model.

Nothing but the name, the revision and, where the hub asks for it, the user's token is told to anybody. The token is for
the hub alone: httpx2 leaves it out where a redirect leads to another host.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Self
from urllib.parse import quote

import httpx2
from huggingface_hub import ModelInfo
from huggingface_hub.hf_api import RepoSibling

from ..core import bounded
from ..core.control import Ask, Stopped
from ..core.errors import ModelError
from ..core.library import hub_address, hub_host
from ..core.version import __version__
from .offer import Offer, OfferedFile, TryAgainError, taken

SILENT_S = 10.0  # without a byte: cut off
WATCHED_S, SLOWEST = 60.0, 1000  # bytes a second over a minute: slower ones end tomorrow
LONGEST_LIST = 32_000_000  # bytes
LONGEST_WAIT_S = 120.0  # that is waited where the hub asks for patience


class NotAdmittedError(ModelError):
    """The hub wants to know who asks, or does not admit who does."""


class Hub:
    """``token``: the user's, "" for none. ``kept_token``: asked for one only when the hub does not answer without."""

    def __init__(self, token: str = "", kept_token: Callable[[], str] = str) -> None:
        self.host = hub_host()
        self._address, self._token, self._kept_token = hub_address(), token, kept_token
        self._client = httpx2.Client(
            follow_redirects=True,
            timeout=SILENT_S,
            headers={"User-Agent": f"textgen-gui/{__version__}", "Accept-Encoding": "identity"},
            event_hooks={"request": [self._refuse_open_lines]},
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def _refuse_open_lines(self, request: httpx2.Request) -> None:
        if self._address.startswith("https:") and request.url.scheme != "https":
            raise ModelError(f"{self.host} sends on to {request.url.host} without encryption. Nothing was fetched.")

    # --- what there is

    def offer(self, name: str, revision: str, stop: Ask) -> Offer:
        try:
            return self._offer(name, revision, stop)
        except NotAdmittedError:
            if self._token or not (kept := self._kept_token()):
                raise
            self._token = kept
            return self._offer(name, revision, stop)

    def _offer(self, name: str, revision: str, stop: Ask) -> Offer:
        path = f"/api/models/{name}/revision/{quote(revision or 'main', safe='')}?blobs=true"
        with self._answer(path, name) as answer:
            listed = b""
            for piece in _pieces(answer, self.host):
                listed += piece
                if stop():
                    raise Stopped
                if len(listed) > LONGEST_LIST:
                    raise ModelError(f"{self.host} sends a list of files without end for {name}. Nothing was fetched.")
        try:
            info = ModelInfo(**bounded.parse_json(listed))
            siblings = {file.rfilename: file for file in info.siblings or ()}
            files = tuple(_offered(siblings[file]) for file in taken(name, siblings))
            commit = str(info.sha)
            if not commit.isalnum():
                raise ValueError(commit)
        except (ValueError, TypeError, KeyError, AttributeError) as problem:
            raise ModelError(f"{self.host} answers for {name} with something else than a list of files.") from problem
        card = info.card_data
        return Offer(
            name=name,
            host=self.host,
            source=f"{self._address}/{name}",
            revision=commit,
            files=files,
            licence=" ".join(_words(getattr(card, "license_name", "") or getattr(card, "license", ""))),
            languages=_words(getattr(card, "language", ())),
        )

    # --- what is in it

    def content(self, offer: Offer, file: OfferedFile, start: int) -> Iterator[bytes]:
        path = f"/{offer.name}/resolve/{offer.revision}/{quote(file.name)}"
        with self._answer(path, offer.name, {"Range": f"bytes={start}-"} if start else {}) as answer:
            left_out = start if answer.status_code != httpx2.codes.PARTIAL_CONTENT else 0
            for piece in _pieces(answer, self.host):
                yield piece[left_out:]
                left_out = max(0, left_out - len(piece))

    @contextmanager
    def _answer(self, path: str, name: str, headers: dict[str, str] | None = None) -> Iterator[httpx2.Response]:
        """A good answer of the hub. Raises ModelError or TryAgainError for any other, and for a line that breaks."""
        token = {"Authorization": f"Bearer {self._token}"} if self._token else {}
        try:
            with self._client.stream("GET", self._address + path, headers={**(headers or {}), **token}) as answer:
                if answer.status_code >= 400:
                    raise self._refusal(answer, name)
                yield answer
        except httpx2.TooManyRedirects as problem:
            raise ModelError(f"{self.host} sends in circles when asked for {name}. Try again tomorrow.") from problem
        except (httpx2.InvalidURL, httpx2.UnsupportedProtocol, httpx2.DecodingError) as problem:
            raise ModelError(f"{self.host} answers for {name} with what cannot be followed ({problem}).") from problem
        except httpx2.TimeoutException as problem:
            raise TryAgainError(f"{_asked(problem)} does not answer. {_ONLINE}") from problem
        except (httpx2.ConnectError, httpx2.ProxyError) as problem:
            if "certificate" in str(problem).lower():
                raise ModelError(
                    f"{_asked(problem)} has no certificate that this computer knows. {_BETWEEN}"
                ) from problem
            raise TryAgainError(f"{_asked(problem)} cannot be reached. {_ONLINE}") from problem
        except httpx2.TransportError as problem:
            raise TryAgainError(f"The line to {_asked(problem)} broke. {_GOES_ON}") from problem

    def _refusal(self, answer: httpx2.Response, name: str) -> ModelError | TryAgainError:
        code, what = answer.status_code, answer.headers.get("X-Error-Code", "")
        page = f"{self._address}/{name}"
        match code:
            case 401 | 403 if what == "GatedRepo" and self._token:
                return NotAdmittedError(
                    f"{name} is not open to the owner of this token. Open {page} in a browser and agree to its terms "
                    "there; some publishers answer only after a while."
                )
            case 401 | 403 if what == "GatedRepo":
                return NotAdmittedError(
                    f"{name} is given only to those who agree to its terms. Open {page} in a browser, agree, make a "
                    f"token at {self._address}/settings/tokens and give it here."
                )
            case 401 if self._token and what != "RepoNotFound":
                return NotAdmittedError(f"{self.host} does not accept this token. Make a new one and give it here.")
            case 401 | 404 if what != "RevisionNotFound":
                more = "" if self._token else " For a private model, give a token."
                return NotAdmittedError(f"{self.host} has no {name} that anybody may fetch. Check the name.{more}")
            case 404:
                return ModelError(f"{name} has no such revision. Leave it out for the newest one.")
            case 403:
                return NotAdmittedError(f"{self.host} does not give {name} away. Open {page} in a browser to see why.")
            case 416:
                return TryAgainError(f"{self.host} has less of {name} than it said. {_GOES_ON}")
            case 429:
                return self._patience(answer)
            case 408 | 425 | 500 | 502 | 503 | 504:
                return TryAgainError(f"{self.host} is out of order (it says {code}). {_GOES_ON}", _seconds(answer))
            case _:
                return ModelError(f"{self.host} refuses {name} (it says {code}). Try again later, or choose another.")

    def _patience(self, answer: httpx2.Response) -> ModelError | TryAgainError:
        wait = _seconds(answer)
        words = f"in {max(1, round(wait / 60))} minutes" if wait else "later"
        sentence = f"{self.host} was asked too much from here. Try again {words}; what has come is kept."
        return TryAgainError(sentence, wait) if wait <= LONGEST_WAIT_S else ModelError(sentence)


_ONLINE = "Is this computer online? Behind a proxy, set HTTPS_PROXY. What has come is kept."
_BETWEEN = "Something may stand in between, such as the proxy of a school or firm: ask there. Nothing was fetched."
_GOES_ON = "What has come is kept; fetch it again to go on from there."


def _pieces(answer: httpx2.Response, host: str) -> Iterator[bytes]:
    """As they come. Raises TryAgainError where hardly anything does."""
    since, came = time.monotonic(), 0
    for piece in answer.iter_raw():
        yield piece
        came += len(piece)
        if (watched := time.monotonic() - since) > WATCHED_S:
            if came < SLOWEST * watched:
                raise TryAgainError(f"{host} sent only {came} bytes in a minute. {_GOES_ON}")
            since, came = time.monotonic(), 0


def _asked(problem: httpx2.RequestError) -> str:
    """The weights may lie elsewhere than the hub."""
    return problem.request.url.host


def _seconds(answer: httpx2.Response) -> float:
    said = answer.headers.get("Retry-After", "")
    return float(said) if said.isdecimal() and len(said) < 8 else 0


def _offered(file: RepoSibling) -> OfferedFile:
    size = file.lfs.size if file.lfs else file.size
    if not isinstance(size, int) or size < 0:
        raise ValueError(f"{file.rfilename} has no size")
    return OfferedFile(
        file.rfilename, size, sha256=file.lfs.sha256 if file.lfs else "", blob="" if file.lfs else file.blob_id or ""
    )


def _words(said: object) -> tuple[str, ...]:
    """What a model's card says in a field that holds one word or several."""
    return tuple(map(str, said)) if isinstance(said, list | tuple) else (str(said),) if said else ()
