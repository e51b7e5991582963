"""A model for elsewhere: written under a temporary name, read back, compared, and only then given its name."""

import re
import shutil
import unicodedata
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from pathlib import Path

from ..core import atomic_io, events
from ..core.control import Ask, Stopped
from ..core.errors import ProjectError
from ..core.generation_config import USUAL, GenerateConfig
from ..core.model_forms import NOBODY, Destination, Maker, ModelForm, WeightType
from ..core.project import Checkpoint, Run
from ..models import base
from ..models import checkpoint as checkpoints
from ..models import model as models
from ..text import special_tokens
from . import adapter, gguf_file, page, proofs, timeline
from .model_card import card, facts_of
from .modelfile import modelfile
from .outgoing import Outgoing, Progress, Proof, refusals

MODEL_FILES = (".json", ".safetensors", ".model")


@dataclass(frozen=True, slots=True)
class Order:
    """What is wanted, and where."""

    path: Path
    form: ModelForm
    weight_type: WeightType
    destination: Destination
    maker: Maker
    writing: GenerateConfig


def exporting(
    chosen: Run | Checkpoint,
    path: Path,
    stop: Ask,
    weight_type: WeightType,
    destination: Destination,
    form: ModelForm | None = None,
    maker: Maker = NOBODY,
    writing: GenerateConfig = USUAL,
) -> Iterator[events.Event]:
    """The last event is Exported, which does not come when it was stopped. ``form``: None goes by the ending of path.

    ``maker``: whom a page names. ``writing``: how Ollama is told to write.

    Raises ProjectError for a target that exists or whose folder does not, before the first event; CheckpointError for a
    model that cannot be said exactly in this form.
    """
    if destination != Destination.FILE and form not in (None, ModelForm.GGUF):
        raise ProjectError("Ollama and LM Studio take a GGUF file. Leave out the other form, or the program.")
    if form is None:
        form = ModelForm.GGUF if destination != Destination.FILE else ModelForm.of(path)
    if maker != NOBODY and form is not ModelForm.PAGE:
        raise ProjectError("The name and the words of its maker stand on a page. Choose a name that ends in .html.")
    if destination == Destination.FILE and form.is_file and path.suffix.lower() != form.ending:
        raise ProjectError(f"{path.name}: choose a name that ends in {form.ending}.")
    _refuse_existing(path)
    if destination != Destination.LM_STUDIO and not path.absolute().parent.is_dir():
        raise ProjectError(f"{path.absolute().parent} does not exist. Make that folder first.")
    return _exporting(chosen, Order(path.absolute(), form, weight_type, destination, maker, writing), Progress(stop))


def _refuse_existing(path: Path) -> None:
    if path.exists() or path.is_symlink():
        raise ProjectError(f"{path} exists already. Choose another name, or move it away first.")


def _exporting(chosen: Run | Checkpoint, order: Order, progress: Progress) -> Iterator[events.Event]:
    path = order.path
    try:
        yield progress.at("Loading the model", 0)
        atomic_io.sweep(path.parent)
        with refusals(path), atomic_io.temporary_folder(path.parent) as new:
            if order.form is ModelForm.TIMELINE:
                proof = timeline.write(chosen, new / path.name)
            else:
                proof = yield from _written(checkpoints.good(chosen), order, new, progress)
            size = sum(file.stat().st_size for file in new.rglob("*") if file.is_file())
            yield progress.at("Saving", 98)
            _refuse_existing(path)  # it may have come meanwhile
            _publish(new, order)
        yield events.Exported(str(path), size, proof.words, _steps(order), proof.same)
    except Stopped:
        yield events.Warned("The export was cancelled. Nothing was written.")


def _publish(new: Path, order: Order) -> None:
    if order.form.is_file and order.destination == Destination.FILE:
        (inner,) = new.iterdir()
        atomic_io.sync(inner)
        inner.rename(order.path)
        atomic_io.sync(order.path.parent)
    else:
        atomic_io.publish_new(new, order.path)


def _written(
    checkpoint: Checkpoint, order: Order, new: Path, progress: Progress
) -> Generator[events.Event, None, Proof]:
    """Fills the new folder, and reads it back. Raises CheckpointError when it is not what was meant."""
    model, tokenizer = models.load(checkpoint.folder)
    out = Outgoing(checkpoint, model, tokenizer, facts_of(checkpoint))
    yield progress.at("Writing", 15)
    atomic_io.check_space(new, 2 * sum(p.numel() * 4 for p in model.parameters()))
    match order.form:
        case ModelForm.GGUF:
            file = new / f"{order.path.name.removesuffix('.gguf')}.gguf"
            for share in gguf_file.write(file, model, tokenizer, order.weight_type, out.facts):
                yield progress.at("Writing", 15 + int(25 * share))
            if order.destination == Destination.OLLAMA:
                said = modelfile(file.name, tokenizer, models.context(model), order.writing)
                (new / "Modelfile").write_text(said, encoding="utf-8")
            return (yield from proofs.of_gguf(out, file, order.weight_type, progress))
        case ModelForm.PAGE:
            page.write(new / order.path.name, model, tokenizer, out.facts, order.maker)
            return (yield from proofs.of_page(out, new / order.path.name, progress))
        case ModelForm.FOLDER:
            _write_folder(out, new)
            return (yield from proofs.of_folder(out, new, progress))
        case ModelForm.ADAPTER:
            adapter.write(out, new)
            return (yield from proofs.of_adapter(out, new, progress))
        case _:
            raise AssertionError(order.form)


def _write_folder(out: Outgoing, new: Path) -> None:
    """What transformers loads, and a card for people; not what only resuming needs."""
    if base.named_in(out.checkpoint.folder):
        checkpoints.save_to_write_with(out.model, new)
    for file in sorted(out.checkpoint.folder.iterdir()):
        is_model = file.suffix in MODEL_FILES or file.name in special_tokens.kept_files
        if file.is_file() and is_model and file.name not in ("manifest.json", base.NAME):
            shutil.copyfile(file, new / file.name)
    tokens = out.tokenizer.to_str(pretty=True)  # the same, whatever form it has there
    (new / "tokenizer.json").write_text(tokens, encoding="utf-8", newline="\n")
    (new / "README.md").write_text(card(out.facts), encoding="utf-8")


def _steps(order: Order) -> tuple[str, ...]:
    path = order.path
    match order.destination:
        case Destination.OLLAMA:
            name = _ollama_name(path.name)
            return (f'cd "{path}"', f"ollama create {name}", f"ollama run {name}")
        case Destination.LM_STUDIO:
            return ("Open LM Studio.", f"Under “My Models” choose {path.parent.name}/{path.name}.", "Load it.")
        case Destination.FILE:
            return ()


def _ollama_name(name: str) -> str:
    """It knows small letters of English, digits and three signs."""
    letters = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9._-]+", "-", letters).strip("-._") or "model"
