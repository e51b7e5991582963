"""What belongs to no project: receipts, files for elsewhere, models from elsewhere, and this computer."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from ..engine.core import events
from ..engine.core.control import Ask, never
from ..engine.core.draft import Done
from ..engine.core.events import Event
from ..engine.core.library import damaged, library
from ..engine.core.library_events import ready
from .model import Text
from .plain import AnyPath, last_of


def replay(file: AnyPath) -> events.Replayed:
    """Writes the texts of a receipt again, and says whether they are the same.

    Raises ProjectError for a file that is no receipt, or was changed after it was kept.
    """
    return last_of(replaying(Path(file)), events.Replayed)


def replaying(file: Path, stop: Ask = never) -> Iterator[Event]:
    """TextGenerated for each text; the last event is Replayed."""
    from ..engine.writing.receipt import replay

    return replay(file, stop)


def written_in(file: Path) -> list[Done]:
    """What models wrote of a kept text. Raises ProjectError for one without a receipt, or changed since."""
    from ..engine.writing.receipt import standing_in

    return standing_in(file)


def export(texts: str | Sequence[str | Text], path: AnyPath) -> None:
    """Writes texts, or one, into a file whose ending says the format: one of those in engine/core/export_formats.py.

    Raises ProjectError for another ending, or when the disk refuses.
    """
    from ..engine.writing.export import export as write

    write([texts] if isinstance(texts, str) else [str(text) for text in texts], Path(path))


def fetch(name: str, revision: str = "", *, token: str = "", mirror: AnyPath = "") -> events.ModelReady:
    """Brings a model from the hub into the library. Raises as ``fetching`` does."""
    return last_of(fetching(name, revision, token=token, mirror=mirror), events.ModelReady)


def fetching(
    name: str, revision: str = "", stop: Ask = never, *, token: str = "", mirror: AnyPath = ""
) -> Iterator[Event]:
    """ModelOffered, BytesFetched again and again, and at the end ModelReady, which does not come when it was stopped.

    ``revision``: a commit, branch or tag; "" is the newest. ``token``: for models that are not given to everybody;
    "" takes the kept one where it is needed. ``mirror``: a folder with publisher/model in it, instead of the hub.
    What was broken off goes on when it is called again. Raises ModelError for what cannot be had, where the name alone
    says so before the first event, and ProjectError when the disk refuses.
    """
    from ..engine.exchange import fetch

    return fetch.fetching(name, revision, stop, key=token, mirror=Path(mirror) if mirror else None)


def looking_up(name: str, stop: Ask = never, *, token: str = "", mirror: AnyPath = "") -> Iterator[Event]:
    """The last event is ModelOffered: what ``fetching`` would bring. Raises as it does."""
    from ..engine.exchange import fetch

    return fetch.looking(name, "", stop, key=token, mirror=Path(mirror) if mirror else None)


def keep_token(token: str) -> None:
    """Puts it into the keyring of the system. Raises ModelError where there is none; it is not kept elsewhere then."""
    from ..engine.exchange.token import keep

    keep(token)


def models() -> Iterator[Event]:
    """ModelReady for each model of the library, and Warned for each of its folders that cannot be read."""
    yield from map(ready, library())
    yield from map(events.Warned, damaged())


def adopt(path: AnyPath, name: str = "") -> events.ModelReady:
    """Rewrites a model from elsewhere into the library, by whose name it is known from then on.

    ``path``: a folder or file with weights as safetensors, pytorch_model.bin or .gguf, an adapter of peft, or a
    checkpoint of gpt-2-simple. Raises ModelError for what is no model or cannot be one here.
    """
    return last_of(adopting(Path(path), name), events.ModelReady)


def adopting(path: Path, name: str = "", stop: Ask = never) -> Iterator[Event]:
    """Progressed again and again; the last event is ModelReady, which does not come when it was stopped."""
    from ..engine.exchange.imports import adopting as adopt

    return adopt(path, name, stop)


def measuring_presets(vocabulary: int, stop: Ask = never) -> Iterator[Event]:
    """PresetMeasured for each preset: how many tokens a second this computer learns from, about a second for each.

    ``vocabulary``: of the texts, in tokens.
    """
    from ..engine.training.plan import measure_presets

    return measure_presets(vocabulary, stop)


def refuse_tracker(name: str) -> None:
    """Raises ConfigError for one that ``Run.train`` could not log to."""
    from ..engine.training.trackers import tracker_of

    tracker_of(name)


def give_back_memory() -> None:
    """What was used and is free now goes back to the system; where there is much of it, that takes a tenth of a second.

    While a model trains, freed memory stays with the program, as the next step wants it again.
    """
    from ..engine.runtime import heap

    heap.give_back()


def find_device() -> events.DeviceFound:
    """What this computer trains on; loads the numerics, which takes some seconds the first time."""
    from ..engine.runtime import device
    from ..engine.training import plan

    assert plan  # loaded too, so that the first job begins at once
    return events.DeviceFound(device.describe())
