"""Models for elsewhere."""

from collections.abc import Iterator
from pathlib import Path

from ..engine.core.control import Ask, never
from ..engine.core.errors import ProjectError
from ..engine.core.events import Event, Exported
from ..engine.core.model_forms import Destination, PackFor, WeightType
from ..engine.core.names import safe_name
from .model import Model
from .plain import AnyPath, last_of
from .project import Run

LM_STUDIO = Path(".lmstudio", "models", "textgen-gui")  # below the user's home; it looks exactly two folders deep


def export_model(model: Model, path: AnyPath, *, weight_type: WeightType = WeightType.F16) -> Exported:
    """A model as a .gguf file or a folder for transformers, by the ending of ``path``.

    Raises ProjectError for a path that exists, CheckpointError for a model that cannot be said exactly in that form.
    """
    return last_of(exporting_model(model, Path(path), weight_type=weight_type), Exported)


def exporting_model(
    model: Model,
    path: Path | None,
    stop: Ask = never,
    *,
    weight_type: WeightType = WeightType.F16,
    destination: Destination = Destination.FILE,
) -> Iterator[Event]:
    """The last event is Exported. Only for LM Studio the path may be None. Raises as ``export_model`` does."""
    from ..engine.exchange.exporting import exporting

    if destination == Destination.LM_STUDIO:
        name = safe_name(path.stem if path else _name(model)) or "model"
        path = Path.home() / LM_STUDIO / name
        path.parent.mkdir(parents=True, exist_ok=True)
    elif path is None:
        raise ProjectError("Say where to: --to FILE.gguf, FILE.html or a new FOLDER.")
    return exporting(model.checkpoint, path, stop, weight_type, destination)


def packing(run: Run, destination: PackFor, path: AnyPath, stop: Ask = never) -> Iterator[Event]:
    """A folder with which the run trains on another machine; the last event is Exported.

    Raises ProjectError for a path that exists, or a run whose texts or first model are not here.
    """
    from ..engine.exchange.pack import packing

    return packing.packing(run, destination, Path(path), stop)


def bringing(pack: AnyPath, project: AnyPath | None = None, stop: Ask = never) -> Iterator[Event]:
    """What a packed run has learnt elsewhere comes into its project; the last event is RunBrought.

    Raises ProjectError for a folder that is no pack, or a run that went on here as well.
    """
    from ..engine.exchange.pack import bringing

    return bringing.bringing(Path(pack), Path(project) if project else None, stop)


def is_pack(path: AnyPath) -> bool:
    return Path(path, "pack.toml").is_file()


def _name(model: Model) -> str:
    return model.run.name.partition(" ")[2] if model.run else model.checkpoint.folder.name
