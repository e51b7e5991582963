"""The model before its first step: random weights, those of another model, or those of the run's own checkpoint."""

import shutil
from pathlib import Path

from tokenizers import Tokenizer
from transformers import PreTrainedModel

from ..core import atomic_io
from ..core.config import RunConfig
from ..core.errors import ProjectError
from ..core.project import Checkpoint, Project, Run, find
from ..models import checkpoint as checkpoints
from ..models import lora
from ..models import model as models
from ..models.fast_training import enable_fast_training
from ..text import tokenizer as tokenizers
from .texts import TrainingTexts


def make_model(run: Run, config: RunConfig, texts: TrainingTexts, resumed: Checkpoint | None) -> PreTrainedModel:
    """Raises CheckpointError or ProjectError when the model to go on from is missing or does not fit the texts."""
    tokenizer, vocabulary = texts.tokenizer, texts.prepared.vocabulary
    if not config.start.model:
        model = models.build(config.model, vocabulary, tokenizers.end_of_text(tokenizer), config.train.seed)
    elif config.start.lora:
        model, _ = models.load(_own_base(run, config, tokenizer))
        lora.add(model, config.start.lora, config.train.seed)
    elif resumed:
        model, _ = models.load(resumed.folder)
    else:
        model, known = models.load(start_folder(run.project, config.start.model))
        refuse_other_tokens(known, tokenizer)
    models.freeze(model, config.start.frozen)
    if config.start.frozen_embeddings:
        models.freeze_embeddings(model)
    models.add_dropout(model, config.model.dropout)
    if config.train.save_memory:
        model.activation_checkpointing_enable()
    else:
        enable_fast_training(model, config.model.dropout)
    return model


def _own_base(run: Run, config: RunConfig, tokenizer: Tokenizer) -> Path:
    """A copy of the model that LoRA adds to. Without it the run could not go on when the other one is gone."""
    own = run.folder / "base"
    if not own.exists():
        folder = start_folder(run.project, config.start.model)
        refuse_other_tokens(models.load(folder)[1], tokenizer)
        atomic_io.check_space(run.folder, sum(file.stat().st_size for file in folder.glob("*.safetensors")))
        with atomic_io.new_folder(own) as new:
            for file in [*folder.glob("*.safetensors"), *folder.glob("*.json")]:
                shutil.copyfile(file, new / file.name)
            tokenizer.save(str(new / "tokenizer.json"))  # the same, whatever form it has there
    return own


def start_folder(project: Project, model: str) -> Path:
    """Where the model lies that a run goes on from. Raises CheckpointError or ProjectError when it is not there."""
    return checkpoints.good(find(project.folder / model)).folder


def refuse_other_tokens(known: Tokenizer, prepared: Tokenizer) -> None:
    """Raises ProjectError unless the texts were prepared with the tokens that the model knows."""
    if known.get_vocab() != prepared.get_vocab():
        raise ProjectError(
            "The texts are prepared with other tokens than this model knows. Prepare them with the model’s own: under "
            "Data, Advanced, take the tokenizer from a file and name the folder of the model."
        )
