"""What happens to the models of the library: the events of fetching, adopting and listing them."""

from dataclasses import dataclass

from .library import LibraryModel


@dataclass(frozen=True, slots=True)
class ModelOffered:
    """What a fetch would bring, as ``host`` says; nothing of it is here yet.

    ``revision``: the commit that the name stands for now. ``bytes``: of all its ``files``. ``licence`` and
    ``languages`` are empty where nobody said.
    """

    name: str
    host: str
    revision: str
    files: int
    bytes: int
    licence: str
    languages: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class BytesFetched:
    """``done`` of ``total`` bytes of a model are here, those of earlier tries included; ``file`` is coming now.

    ``bytes_per_s``: mean of this try.
    """

    file: str
    done: int
    total: int
    bytes_per_s: float


@dataclass(frozen=True, slots=True)
class ModelReady:
    """A model of the library, whole. ``folder`` is absolute. ``origin``: box, hub or converted.

    ``source``: where it is from, for people. ``licence`` and ``languages`` are empty where nobody said.
    """

    name: str
    folder: str
    bytes: int
    origin: str
    source: str
    revision: str
    licence: str
    languages: tuple[str, ...]


def ready(model: LibraryModel) -> ModelReady:
    return ModelReady(
        name=model.name,
        folder=str(model.folder),
        bytes=model.bytes,
        origin=model.origin.value,
        source=model.source,
        revision=model.revision,
        licence=model.licence,
        languages=model.languages,
    )
