"""A folder that stands for the hub, for schools without internet: publisher/model/… as it was downloaded elsewhere.

The folder "models" of another computer with this program is one, too.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self

from huggingface_hub import metadata_load
from yaml import YAMLError

from ..core import bounded
from ..core.control import Ask
from ..core.errors import ModelError
from .offer import Offer, OfferedFile, taken

PIECE = 1 << 20
LARGEST_CARD = 250_000  # bytes; of a model's README only the head is wanted, and its parser takes 10 s for a megabyte


class Mirror:
    def __init__(self, folder: Path) -> None:
        if not folder.is_dir():
            raise ModelError(f"{folder} is no folder. Choose the one that holds publisher/model.")
        self.folder = folder.absolute()
        self.host = str(self.folder)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def offer(self, name: str, revision: str, stop: Ask) -> Offer:
        folder = next((path for path in self._folders(name) if path.is_dir()), None)
        if folder is None:
            raise ModelError(f"{self.folder} holds no {name}. It would be looked for in {self.folder / name}.")
        known, card = _toml(folder / "model.toml"), _card(folder / "README.md")
        if revision and revision != known.get("revision"):
            raise ModelError(f"{folder} is not known to be revision {revision}. Leave the revision out to take it.")
        return Offer(
            name=name,
            host=self.host,
            source=str(known.get("source") or folder),
            revision=str(known.get("revision", "")),
            files=tuple(
                OfferedFile(file, (folder / file).stat().st_size)
                for file in taken(name, (path.name for path in folder.iterdir() if path.is_file()))
            ),
            licence=str(known.get("licence") or card.get("license", "")),
            languages=_several(known.get("languages") or card.get("language", ())),
        )

    def content(self, offer: Offer, file: OfferedFile, start: int) -> Iterator[bytes]:
        folder = next(path for path in self._folders(offer.name) if path.is_dir())
        try:
            with (folder / file.name).open("rb") as content:
                content.seek(start)
                yield from iter(lambda: content.read(PIECE), b"")
        except OSError as problem:
            raise ModelError(f"{folder / file.name} cannot be read ({problem.strerror}).") from problem

    def _folders(self, name: str) -> tuple[Path, Path]:
        return self.folder / name, self.folder / name.replace("/", "--")


def _toml(file: Path) -> dict[str, Any]:
    try:
        return bounded.read_toml(file)
    except (OSError, ValueError):  # not fetched by this program
        return {}


def _card(file: Path) -> dict[str, Any]:
    """What the head of a model's README says of it."""
    try:
        bounded.read_bytes(file, LARGEST_CARD)  # or the library would wait for a pipe
        return metadata_load(file) or {}
    except (OSError, ValueError, YAMLError, RecursionError):
        return {}


def _several(said: object) -> tuple[str, ...]:
    return tuple(map(str, said)) if isinstance(said, list | tuple) else (str(said),) if said else ()
