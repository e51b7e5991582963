"""In which forms a model can go out, how large each is, and why not where it cannot. No weights are read for it."""

from collections.abc import Callable
from pathlib import Path

from safetensors import safe_open

from ..core.errors import EngineError
from ..core.model_forms import ExportChoice, ModelForm, WeightType
from ..core.project import Checkpoint, Run
from ..models import checkpoint as checkpoints
from ..models.base import weights_folder
from ..models.model import describe
from ..models.stock import AutoConfig
from ..text.tokenizer_files import tokenizer_of
from . import adapter, gguf_file, page, timeline
from .gguf_vocabulary import vocabulary_of

bytes_of = {WeightType.F32: 4.0, WeightType.F16: 2.0, WeightType.Q8_0: 34 / 32}  # a weight
PAGE_BYTES, ENGINE_BYTES = 2 * 4 / 3, 25_000  # a weight in base64; and what stands around it


def export_choices(chosen: Run | Checkpoint, weight_type: WeightType) -> list[ExportChoice]:
    """Raises CheckpointError for a model that cannot go out at all."""
    checkpoint = checkpoints.good(chosen)
    folder = checkpoint.folder
    describe(folder)  # refuses what is no model
    held = weights_folder(folder)
    weights = _count(held)
    whole = sum(file.stat().st_size for file in held.glob("*.safetensors"))
    beside = checkpoint.folder / checkpoints.PLAIN
    return [
        ExportChoice(ModelForm.GGUF, int(weights * bytes_of[weight_type]), _refusal(lambda: _try_gguf(folder))),
        ExportChoice(ModelForm.PAGE, int(weights * PAGE_BYTES) + ENGINE_BYTES, _refusal(lambda: _try_page(folder))),
        ExportChoice(ModelForm.FOLDER, whole),
        ExportChoice(ModelForm.ADAPTER, beside.stat().st_size if beside.is_file() else 0, adapter.refusal(checkpoint)),
        ExportChoice(ModelForm.TIMELINE, _size(checkpoint), timeline.refusal(checkpoint)),
    ]


def _refusal(attempt: Callable[[], object]) -> str:
    try:
        attempt()
    except EngineError as problem:
        return str(problem)
    return ""


def _try_gguf(folder: Path) -> None:
    config = AutoConfig.from_pretrained(folder, local_files_only=True)
    gguf_file.architecture_of(config)
    vocabulary_of(tokenizer_of(folder), config.vocab_size)


def _try_page(folder: Path) -> None:
    config = AutoConfig.from_pretrained(folder, local_files_only=True)
    page.shape_of(config)
    vocabulary_of(tokenizer_of(folder), config.vocab_size)


def _count(folder: Path) -> int:
    """Of the weights, from the heads of the files."""
    count = 0
    for file in folder.glob("*.safetensors"):
        with safe_open(file, framework="pt") as held:
            for name in held.keys():  # noqa: SIM118 (no dictionary)
                size = 1
                for length in held.get_slice(name).get_shape():
                    size *= length
                count += size
    return count


def _size(checkpoint: Checkpoint) -> int:
    run = checkpoint.run
    return run.samples_file.stat().st_size + 5_000 if run and run.samples_file.is_file() else 0
