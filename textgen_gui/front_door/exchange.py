"""Models for elsewhere."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from ..engine.core.control import Ask, never
from ..engine.core.errors import ProjectError
from ..engine.core.events import Event, Exported
from ..engine.core.generation_config import USUAL, GenerateConfig
from ..engine.core.model_forms import NOBODY, Destination, ExportChoice, Maker, ModelForm, PackFor, WeightType
from ..engine.core.names import free_folder, safe_name
from .model import Model
from .plain import AnyPath, last_of
from .project import Run

LM_STUDIO = Path(".lmstudio", "models", "textgen-gui")  # below the user's home; it looks exactly two folders deep


def export_model(
    model: Model,
    path: AnyPath,
    *,
    weight_type: WeightType = WeightType.F16,
    form: ModelForm | None = None,
    maker: Maker = NOBODY,
) -> Exported:
    """A model as a .gguf file, a page or a folder for transformers, by the ending of ``path``, or in another ``form``.

    Raises ProjectError for a path that exists, CheckpointError for a model that cannot be said exactly in that form.
    """
    return last_of(exporting_model(model, Path(path), weight_type=weight_type, form=form, maker=maker), Exported)


def exporting_model(
    model: Model,
    path: Path | None,
    stop: Ask = never,
    *,
    weight_type: WeightType = WeightType.F16,
    destination: Destination = Destination.FILE,
    form: ModelForm | None = None,
    maker: Maker = NOBODY,
    writing: GenerateConfig = USUAL,
) -> Iterator[Event]:
    """The last event is Exported. Only for LM Studio the path may be None. Only a page shows its ``maker``,
    and only Ollama is told how to write.

    Raises as ``export_model`` does.
    """
    from ..engine.exchange.exporting import exporting

    if destination == Destination.LM_STUDIO:
        name = safe_name(path.name.removesuffix(".gguf") if path else _name(model)) or "model"
        path = free_folder(Path.home() / LM_STUDIO / name)
        path.parent.mkdir(parents=True, exist_ok=True)
    elif path is None:
        raise ProjectError("Say where to: --to FILE.gguf, FILE.html or a new FOLDER.")
    return model.telling(exporting(model.checkpoint, path, stop, weight_type, destination, form, maker, writing))


def export_choices(model: Model, weight_type: WeightType = WeightType.F16) -> Sequence[ExportChoice]:
    """In which forms it can go out, about how large each is, and why not where it cannot.

    Raises CheckpointError for a model that cannot go out at all.
    """
    from ..engine.exchange.choices import export_choices

    return export_choices(model.checkpoint, weight_type)


def uploading_model(
    model: Model, name: str, stop: Ask = never, *, token: str = "", private: bool = True, agreed: bool = False
) -> Iterator[Event]:
    """UploadOffered: what would go out to huggingface.co as ``name``, you/model. Only if ``agreed``, it does: Uploaded.

    Raises ModelError for what cannot be sent; nothing half stays there.
    """
    from ..engine.exchange.uploading import uploading

    return model.telling(uploading(model.checkpoint, name, stop, key=token, private=private, agreed=agreed))


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
    """Whether it is a folder that ``packing`` made."""
    return Path(path, "pack.toml").is_file()


def _name(model: Model) -> str:
    return model.run.name.partition(" ")[2] if model.run else model.checkpoint.folder.name
