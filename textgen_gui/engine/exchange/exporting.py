"""A model for elsewhere: written under a temporary name, read back, compared, and only then given its name."""

import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import torch
from tokenizers import Tokenizer
from transformers import PreTrainedModel

from ..core import atomic_io, events
from ..core.control import Ask, Stopped
from ..core.errors import CheckpointError, ProjectError
from ..core.model_forms import Destination, ModelForm, WeightType
from ..core.names import safe_name
from ..core.project import Checkpoint, Run
from ..models import checkpoint as checkpoints
from ..models import model as models
from ..text import special_tokens
from . import gguf_file, page
from .gguf_file import BLOCK
from .model_card import ModelFacts, card, facts_of

GREEDY_TOKENS = 64
MODEL_FILES = (".json", ".safetensors", ".model")
ODD = "Hello, wörld!  “a dark” night—it's 1,234\n\n\t日本 😀 e\u0301 \u00a0"


@dataclass(frozen=True, slots=True)
class Export:
    """A model on its way out."""

    checkpoint: Checkpoint
    model: PreTrainedModel
    tokenizer: Tokenizer
    facts: ModelFacts


def exporting(
    chosen: Run | Checkpoint, path: Path, stop: Ask, weight_type: WeightType, destination: Destination
) -> Iterator[events.Event]:
    """The last event is Exported, which does not come when it was stopped.

    Raises ProjectError for a target that exists or whose folder does not, before the first event; CheckpointError for a
    model that cannot be said exactly in this form.
    """
    form = ModelForm.FOLDER if destination != Destination.FILE else ModelForm.of(path)
    if path.exists() or path.is_symlink():
        raise ProjectError(f"{path} exists already. Choose another name, or move it away first.")
    if destination != Destination.LM_STUDIO and not path.absolute().parent.is_dir():
        raise ProjectError(f"{path.absolute().parent} does not exist. Make that folder first.")
    return _exporting(chosen, path.absolute(), stop, weight_type, destination, form)


def _exporting(
    chosen: Run | Checkpoint, path: Path, stop: Ask, weight_type: WeightType, destination: Destination, form: ModelForm
) -> Iterator[events.Event]:
    started = time.monotonic()

    def progress(stage: str, done: int) -> events.Progressed:
        if stop():
            raise Stopped
        return events.Progressed(stage, done, 3, time.monotonic() - started)

    try:
        yield progress("Loading the model", 0)
        export = _load(checkpoints.good(chosen))
        atomic_io.sweep(path.parent)
        with atomic_io.refusals(path), atomic_io.temporary_folder(path.parent) as new:
            yield progress("Writing", 1)
            atomic_io.check_space(new, 2 * sum(p.numel() * 4 for p in export.model.parameters()))
            inner = _write(export, new, path, weight_type, destination, form)
            yield progress("Reading it back", 2)
            proof = _proof_of(form if inner.suffix != ".gguf" else ModelForm.GGUF, export, inner, weight_type)
            size = sum(file.stat().st_size for file in new.rglob("*") if file.is_file())
            if destination == Destination.FILE and form != ModelForm.FOLDER:
                atomic_io.sync(inner)
                inner.rename(path)
                atomic_io.sync(path.parent)
            else:
                atomic_io.publish(new, path)
        yield events.Exported(str(path), size, proof, _steps(path, destination))
    except Stopped:
        yield events.Warned("The export was cancelled. Nothing was written.")


def _load(checkpoint: Checkpoint) -> Export:
    model, tokenizer = models.load(checkpoint.folder)
    return Export(checkpoint, model, tokenizer, facts_of(checkpoint))


def _write(
    export: Export, new: Path, path: Path, weight_type: WeightType, destination: Destination, form: ModelForm
) -> Path:
    """Returns the file or folder that is to be read back."""
    if destination == Destination.FILE and form == ModelForm.FOLDER:
        _write_folder(export, new)
        return new
    if form == ModelForm.PAGE:
        page.write(new / path.name, export.model, export.tokenizer, export.facts)
        return new / path.name
    file = new / f"{path.stem}.gguf"
    gguf_file.write(file, export.model, export.tokenizer, weight_type, export.facts)
    if destination == Destination.OLLAMA:
        atomic_io.write_text(new / "Modelfile", _modelfile(file.name, export))
    return file


def _write_folder(export: Export, new: Path) -> None:
    """What transformers loads, and a card for people; not what only resuming needs."""
    for file in sorted(export.checkpoint.folder.iterdir()):
        is_model = file.suffix in MODEL_FILES or file.name in special_tokens.kept_files
        if file.is_file() and is_model and file.name != "manifest.json":
            shutil.copyfile(file, new / file.name)
    export.tokenizer.save(str(new / "tokenizer.json"))  # the same, whatever form it has there
    atomic_io.write_text(new / "README.md", card(export.facts))


def _modelfile(name: str, export: Export) -> str:
    """Raw: what is typed goes to the model as it is, without the frame of a chat."""
    end = export.tokenizer.id_to_token(special_tokens.of(export.tokenizer).ends[0])
    return f'FROM ./{name}\nTEMPLATE """{{{{ .Prompt }}}}"""\nPARAMETER stop "{end}"\nPARAMETER temperature 0.8\n' + (
        f"PARAMETER top_p 0.95\nPARAMETER num_ctx {models.context(export.model)}\n"
    )


def _steps(path: Path, destination: Destination) -> tuple[str, ...]:
    name = safe_name(path.name).lower().replace(" ", "-")
    match destination:
        case Destination.OLLAMA:
            return (f'cd "{path}"', f"ollama create {name}", f"ollama run {name}")
        case Destination.LM_STUDIO:
            return ("Open LM Studio.", f"Under “My Models” choose {path.parent.name}/{path.name}.", "Load it.")
        case Destination.FILE:
            return ()


# --- proofs


def _proof_of(form: ModelForm, export: Export, written: Path, weight_type: WeightType) -> str:
    """Raises CheckpointError when what was written is not what was meant."""
    match form:
        case ModelForm.GGUF:
            return _prove_gguf(export, written, weight_type)
        case ModelForm.PAGE:
            return f"Read back: all {page.read_back(written, export.model):,} weights, rounded to half precision."
        case ModelForm.FOLDER:
            return _prove_folder(export, written)


def _prove_gguf(export: Export, file: Path, weight_type: WeightType) -> str:
    """Raises CheckpointError when what was written is not what was meant."""
    weights, tokenizer = gguf_file.read_back(file, export.model)
    _prove_weights(export.model, weights, weight_type)
    strings = _strings(export)
    for string in strings:
        if tokenizer.encode(string).ids != export.tokenizer.encode(string, add_special_tokens=False).ids:
            raise CheckpointError(f"{file.name} would cut “{string[:40]}” into other tokens. It was not kept.")
    same = _same_tokens(export, weights)
    if weight_type == WeightType.F32 and same != GREEDY_TOKENS:
        raise CheckpointError(f"{file.name} was read back and wrote another text. It was not kept.")
    return (
        f"Read back: all {len(weights):,} weights as written, {len(strings):,} texts cut into the same tokens, "
        f"the first {same} of {GREEDY_TOKENS} tokens written the same."
    )


def _prove_weights(model: PreTrainedModel, weights: dict[str, torch.Tensor], weight_type: WeightType) -> None:
    for name, meant in model.state_dict().items():
        if name not in weights:
            if name == "lm_head.weight" and model.config.tie_word_embeddings:
                continue
            raise CheckpointError(f"The file lacks the weights {name}. It was not kept.")
        furthest = float((weights[name] - meant).abs().max()) if meant.numel() else 0.0
        if furthest > _rounding(meant, weight_type):
            raise CheckpointError(f"The weights {name} came back wrong. The file was not kept.")


def _rounding(meant: torch.Tensor, weight_type: WeightType) -> float:
    """How far a weight may be from what was meant. Rows of Q8_0 have a scale of 1/127 of their largest value."""
    largest = float(meant.abs().max()) if meant.numel() else 0.0
    if weight_type == WeightType.F32 or meant.dim() == 1:
        return 0.0
    if weight_type == WeightType.Q8_0 and meant.shape[-1] % BLOCK == 0:
        return largest / 127
    return max(largest * 2**-11, 2**-25)


def _strings(export: Export) -> list[str]:
    """Each token as text, pairs of neighbours, and what often goes wrong."""
    count = export.tokenizer.get_vocab_size()
    ids = [[n, (7 * n + 3) % count] for n in range(0, count, max(1, count // 500))]
    pairs = export.tokenizer.decode_batch(ids, skip_special_tokens=True)
    return [ODD, *(pair for pair in pairs if pair and "\ufffd" not in pair and "\u2581" not in pair)]


@torch.no_grad()
def _same_tokens(export: Export, weights: dict[str, torch.Tensor]) -> int:
    """How many tokens both write alike, the likeliest one each time, before they part."""
    begin = special_tokens.of(export.tokenizer).begun([])
    meant = _greedy(export.model, begin)
    export.model.load_state_dict(weights, strict=False)
    export.model.tie_weights()
    found = _greedy(export.model, begin)
    return next((n for n, (a, b) in enumerate(zip(meant, found, strict=True)) if a != b), GREEDY_TOKENS)


def _greedy(model: PreTrainedModel, begin: list[int]) -> list[int]:
    ids = torch.tensor([begin])  # [1, length]
    room = models.context(model)
    for _ in range(GREEDY_TOKENS):
        ids = torch.cat([ids, model(ids[:, -room:]).logits[:, -1:].argmax(-1)], 1)
    written: list[int] = ids[0, len(begin) :].tolist()
    return written


@torch.no_grad()
def _prove_folder(export: Export, folder: Path) -> str:
    model, tokenizer = models.load(folder)
    begin = special_tokens.of(export.tokenizer).begun([])
    same = _greedy(model, begin) == _greedy(export.model, begin)
    if not same or tokenizer.to_str() != export.tokenizer.to_str():
        raise CheckpointError(f"{folder.name} was read back and wrote another text. It was not kept.")
    return f"Read back: the same {GREEDY_TOKENS} tokens written."
