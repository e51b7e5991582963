"""The model before its first step: random weights, those of another model, or those of the run's own checkpoint."""

import shutil
from pathlib import Path

from tokenizers import Tokenizer

from ..core import atomic_io, manifest
from ..core.chosen_model import find_any
from ..core.config import RunConfig
from ..core.errors import CheckpointError, EngineError, ProjectError
from ..core.model_folder import read_config
from ..core.project import Checkpoint, Project, Run
from ..models import base as bases
from ..models import checkpoint as checkpoints
from ..models import families, lora
from ..models import model as models
from ..models.checkpoint import Found
from ..models.fast_training import enable_fast_training
from ..models.stock import PreTrainedModel
from ..text import special_tokens
from ..text import tokenizer as tokenizers
from ..text.tokenizer_files import tokenizer_of
from .texts import TrainingTexts


def make_model(run: Run, config: RunConfig, texts: TrainingTexts, resumed: Checkpoint | None) -> PreTrainedModel:
    """Raises CheckpointError or ProjectError when the model to go on from is missing or does not fit the texts."""
    tokenizer, vocabulary = texts.tokenizer, texts.prepared.vocabulary
    if not config.start.model:
        model = models.build(config.model, vocabulary, tokenizers.end_of_text(tokenizer), config.train.seed)
    elif config.start.lora:
        own = _own_base(run, config, tokenizer, resumed)
        model, known = models.load(own)
        vars(model)["base_files"] = bases.deciding(own)
        special_tokens.attach(tokenizer, special_tokens.of(known))
        lora.add(model, config.start.lora, config.train.seed)
    elif resumed:
        model, known = models.load(resumed.folder)
        special_tokens.attach(tokenizer, special_tokens.of(known))
    else:
        keeps = config.start.anchor > 0 or bases.folder_of(run).exists()  # which a packed run brings along
        folder = _own_base(run, config, tokenizer) if keeps else start_folder(run.project, config.start.model)
        model, known = models.load(folder)
        refuse_other_tokens(known, tokenizer)
        special_tokens.attach(tokenizer, special_tokens.of(known))
    models.freeze(model, config.start.frozen)
    if config.start.frozen_embeddings:
        models.freeze_embeddings(model)
    models.add_dropout(model, config.model.dropout)
    if config.train.save_memory:
        model.activation_checkpointing_enable()
    else:
        enable_fast_training(model, config.model.dropout)
    return model


def _own_base(run: Run, config: RunConfig, tokenizer: Tokenizer, resumed: Checkpoint | None = None) -> Path:
    """A copy of the model that LoRA adds to, or that the end is averaged with: the other one may be gone by then.

    ``resumed``: the checkpoint that adds to it, if there is one.
    """
    own = bases.folder_of(run)
    named = bases.named_in(resumed.folder) if resumed else None
    listing = _listing_of(own) | (named.files if named else {})
    if own.exists() and not manifest.damaged(own, listing):
        if not _listing_of(own):  # made by an earlier version, or what it holds stands nowhere any more
            with atomic_io.refusals(own):
                manifest.write(own)
        return own
    folder = start_folder(run.project, config.start.model)
    weights = {name: one for name, one in listing.items() if name.endswith(".safetensors")}
    copy_base(folder, own, tokenizer, named.files if named else weights)
    return own


def _listing_of(own: Path) -> manifest.Listed:
    try:
        return bases.listed(own)
    except ProjectError:  # it cannot be read
        return {}


def copy_base(folder: Path, own: Path, tokenizer: Tokenizer, wanted: manifest.Listed | None = None) -> None:
    """Raises ProjectError where the model has other tokens than these, or the disk refuses; CheckpointError where it
    does not hold what is ``wanted``.
    """
    refuse_other_tokens(tokenizer_of(folder), tokenizer)
    size = sum(file.stat().st_size for file in bases.weights_folder(folder).glob("*.safetensors"))
    atomic_io.check_space(own.parent, size)
    with atomic_io.new_folder(own) as new:
        if bases.named_in(folder):  # which has no weights to write with
            checkpoints.save_to_write_with(models.load(folder)[0], new)
        for file in [*folder.glob("*.safetensors"), *folder.glob("*.json"), *folder.glob("*.jinja")]:
            if file.name not in (manifest.NAME, bases.NAME):
                shutil.copyfile(file, new / file.name)
        tokenizer.save(str(new / "tokenizer.json"))  # the same, whatever form it has there
        manifest.write(new)
        if damaged := manifest.damaged(new, wanted or {}):
            raise CheckpointError(
                f"{own / damaged[0]} is damaged, and the model that it was copied from is another one now. Make a new "
                "run."
            )


def start_folder(project: Project, model: str) -> Path:
    """Where the model lies that a run goes on from. Raises CheckpointError or ProjectError when it is not there."""
    return find_start(project, model).checkpoint.folder


def find_start(project: Project, model: str) -> Found:
    """Raises as ``start_folder`` does."""
    return checkpoints.find(find_any(model, project.folder))


def damage_of_start(run: Run, config: RunConfig) -> list[str]:
    """What is to be said of the model that a run is about to begin with, where it is not the best of its run."""
    if not config.start.model or bases.folder_of(run).exists():
        return []
    return list(filter(None, [find_start(run.project, config.start.model).instead]))


def can_take_lora(project: Project, model: str) -> bool:
    """Whether this model can be learnt beside. Not one that is gone."""
    try:
        return families.takes_lora(read_config(start_folder(project, model)).get("model_type", ""))
    except EngineError:
        return False


def refuse_other_tokens(known: Tokenizer, prepared: Tokenizer) -> None:
    """Raises ProjectError where the model became another one between the making of a run and its start."""
    if known.get_vocab() != prepared.get_vocab():
        raise ProjectError("The model that this run was to begin with has other tokens now. Make the run again.")
