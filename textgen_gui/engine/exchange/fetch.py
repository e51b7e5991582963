"""A model from the hub, or from a folder that stands for it, into the library: whole, or not at all.

It is gathered in a folder that begins with a dot and is named after the commit, so that what was cut off goes on
later. Each file is compared with the size and the hash that the hub said before; then model.toml is written and the
folder gets its name.
"""

import hashlib
import time
from collections.abc import Generator, Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

from ..core import atomic_io, bounded, library, manifest
from ..core.control import HOLD_S, Ask, Stopped, until, until_stopped
from ..core.errors import ModelError
from ..core.events import BytesFetched, Event, ModelOffered, Progressed
from ..core.library import Origin
from ..core.library_events import ready
from ..core.lock import Lock
from ..core.model_folder import LARGEST_CONFIG
from ..core.schema import toml_value
from ..models import families
from . import token
from .hub import Hub
from .mirror import Mirror
from .offer import Offer, OfferedFile, Source, TryAgainError, checked_name

TRIES, PAUSE_S = 5, 2.0  # without a new byte; and the seconds between them, longer each time
TOLD_S = 0.1  # between two events
SPARE = 100_000_000  # bytes that stay free on the disk
PIECE = 1 << 22


def looking(name: str, revision: str, stop: Ask, *, key: str = "", mirror: Path | None = None) -> Iterator[Event]:
    """ModelOffered: what ``fetching`` would bring. Raises ModelError for what cannot be had."""
    return until_stopped(_looking(checked_name(name), revision, stop, _source(key, mirror)))


def fetching(name: str, revision: str, stop: Ask, *, key: str = "", mirror: Path | None = None) -> Iterator[Event]:
    """ModelOffered, BytesFetched again and again, and at the end ModelReady, which does not come when it was stopped.

    ``revision``: a commit, branch or tag; "" is the newest. ``key``: the user's token; "" asks the keyring where the
    hub wants one. ``mirror``: a folder that stands for the hub. Raises ModelError for what cannot be had, and
    ProjectError when the disk refuses or another program fetches the same.
    """
    return until_stopped(_fetching(checked_name(name), revision, stop, _source(key, mirror)))


def _source(key: str, mirror: Path | None) -> Hub | Mirror:
    return Mirror(mirror) if mirror else Hub(key, token.kept)


def _looking(name: str, revision: str, stop: Ask, source: Hub | Mirror) -> Iterator[Event]:
    with source:
        yield from _asked(name, revision, source, stop)


def _fetching(name: str, revision: str, stop: Ask, source: Hub | Mirror) -> Iterator[Event]:
    with source, _only_one(name):
        offer = yield from _asked(name, revision, source, stop)
        known = library.find_model(name)
        if known is None or known.revision != offer.revision or not offer.revision:
            yield from _gathered(offer, source, stop)
            known = library.find_model(name)
    if known:
        yield ready(known)


def _only_one(name: str) -> Lock:
    library.library_folder().mkdir(parents=True, exist_ok=True)
    file = library.library_folder() / f".{name.replace('/', '--')}.lock"
    return Lock(file, f"{name} is being fetched by another window or program. Wait until that is done.")


def _asked(name: str, revision: str, source: Source, stop: Ask) -> Generator[Event, None, Offer]:
    if another := library.not_fetched(name):
        raise ModelError(
            f"{another} holds a model that was not fetched by the name {name}. It is not replaced: delete that one "
            "first, under Models or by hand."
        )
    yield Progressed(f"Asking {source.host}", 0, 0, 0)
    for tries in count(1):
        try:
            offer = source.offer(name, revision, stop)
            break
        except TryAgainError as problem:
            yield from _paused(problem, tries, source, stop)
    facts = ModelOffered(
        name, offer.host, offer.revision, len(offer.files), offer.bytes, offer.licence, offer.languages
    )
    yield facts
    return offer


def _gathered(offer: Offer, source: Source, stop: Ask) -> Iterator[Event]:
    """All files of the offer in a folder of the library under the model's name."""
    folder = library.fetching_folder(offer.name, offer.revision)
    for old in library.unfinished():
        if old.name == offer.name and old.folder != folder:
            atomic_io.remove_folder(old.folder)
    with atomic_io.refusals(folder):
        folder.mkdir(parents=True, exist_ok=True)
        for file in offer.files:
            if not file.hash:  # nothing would tell the half of another model of the same size
                (folder / file.name).unlink(missing_ok=True)
    tally = Tally(offer.bytes, sum(_size(folder / file.name) for file in offer.files))
    atomic_io.check_space(folder, offer.bytes - tally.done + SPARE)
    for file in offer.files:
        yield from _file(offer, file, folder / file.name, source, tally, stop)
        if file.name == "config.json":
            refuse_unknown(offer.name, folder / file.name)
    _write_facts(offer, folder)
    with atomic_io.refusals(folder):
        atomic_io.publish(folder, library.folder_for(offer.name))


def _file(offer: Offer, file: OfferedFile, path: Path, source: Source, tally: "Tally", stop: Ask) -> Iterator[Event]:
    """The rest of a file, tried again where the line breaks, and compared with what was said of it."""
    tries = 0
    while (have := _size(path)) < file.bytes or not path.exists():
        try:
            yield from _appended(source.content(offer, file, have), file, path, tally, stop)
            if _size(path) < file.bytes:
                raise TryAgainError(
                    f"{source.host} stopped in the middle of {file.name}. Fetch it again to go on from there."
                )
        except TryAgainError as problem:
            tries = 1 if _size(path) > have else tries + 1
            yield from _paused(problem, tries, source, stop)
    yield from _compared(offer, file, path, stop)


def _appended(pieces: Iterator[bytes], file: OfferedFile, path: Path, tally: "Tally", stop: Ask) -> Iterator[Event]:
    with atomic_io.refusals(path), path.open("ab") as out:
        for piece in pieces:
            if stop():
                raise Stopped
            if out.tell() + len(piece) > file.bytes:
                out.truncate(0)
                raise ModelError(f"More of {file.name} comes than was said. It was not kept; something is wrong there.")
            out.write(piece)
            if tally.add(len(piece)):
                yield BytesFetched(file.name, tally.done, tally.total, tally.bytes_per_s)


def _compared(offer: Offer, file: OfferedFile, path: Path, stop: Ask) -> Iterator[Event]:
    """Raises ModelError, and forgets the file, when it is not what was said."""
    digest = hashlib.sha256() if file.sha256 or not file.blob else hashlib.sha1(b"blob %d\0" % file.bytes)
    done, started = 0, time.monotonic()
    with path.open("rb") as content:
        for piece in until(iter(lambda: content.read(PIECE), b""), stop):
            digest.update(piece)
            done += len(piece)
            yield Progressed(f"Checking {file.name}", done, file.bytes, time.monotonic() - started)
    if done != file.bytes or (file.hash and digest.hexdigest() != file.hash):
        path.unlink()
        raise ModelError(
            f"{file.name} came from {offer.host} damaged: it is not what was listed. It was not kept. Fetch it again; "
            "if that does not help, something between here and there changes files."
        )


def _paused(problem: TryAgainError, tries: int, source: Source, stop: Ask) -> Iterator[Event]:
    """Waits before another try. Raises what was the problem when there were enough of them."""
    if tries >= TRIES:
        raise ModelError(str(problem)) from problem
    wait = max(problem.wait_s, PAUSE_S * tries)
    started = time.monotonic()
    while (waited := time.monotonic() - started) < wait:
        if stop():
            raise Stopped
        yield Progressed(f"Waiting for {source.host}", int(waited), int(wait), waited)
        time.sleep(HOLD_S)


def refuse_unknown(name: str, config_file: Path) -> None:
    """Before the weights come. Raises ModelError for a kind of model that would not open here."""
    try:
        model_type = bounded.read_json(config_file, LARGEST_CONFIG)["model_type"]
    except (OSError, ValueError, KeyError, TypeError) as problem:
        raise ModelError(f"{name} does not say what kind of model it is. Choose another one.") from problem
    if refusal := families.refusal(name, model_type):
        raise ModelError(refusal)


def _write_facts(offer: Offer, folder: Path) -> None:
    manifest.write(folder)  # rot is noticed by it before the model writes or learns
    facts = {
        "name": offer.name,
        "origin": Origin.HUB.value,
        "source": offer.source,
        "revision": offer.revision,
        "licence": offer.licence,
        "languages": offer.languages,
    }
    lines = "".join(f"{key} = {toml_value(value)}\n" for key, value in facts.items())
    atomic_io.write_text(folder / "model.toml", lines)


def _size(path: Path) -> int:
    return path.stat().st_size if path.is_file() else 0


@dataclass
class Tally:
    """How much is here, and how fast it comes."""

    total: int
    done: int
    came: int = 0
    started: float = field(default_factory=time.monotonic)
    told: float = 0.0

    def add(self, more: int) -> bool:
        """Whether it is time to tell."""
        self.done, self.came = self.done + more, self.came + more
        if (now := time.monotonic()) - self.told < TOLD_S and self.done < self.total:
            return False
        self.told = now
        return True

    @property
    def bytes_per_s(self) -> float:
        return self.came / max(time.monotonic() - self.started, 1e-3)
