"""What belongs to no project: receipts, files for elsewhere, and this computer."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from ..engine.core import events
from ..engine.core.control import Ask, never
from ..engine.core.events import Event
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


def export(texts: Sequence[str], path: AnyPath) -> None:
    """Writes texts into a file whose ending says the format: one of those in engine/core/export_formats.py.

    Raises ProjectError for another ending, or when the disk refuses.
    """
    from ..engine.writing.export import export as write

    write(texts, Path(path))


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


def find_device() -> events.DeviceFound:
    """What this computer trains on; loads the numerics, which takes some seconds the first time."""
    from ..engine.runtime import device
    from ..engine.training import plan

    assert plan  # loaded too, so that the first job begins at once
    return events.DeviceFound(device.describe())
