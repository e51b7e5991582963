"""The rehearsal before a run: all that it will do, once and in seconds, so that what would fail later fails now."""

import shutil
from collections.abc import Callable, Generator

import torch
from accelerate import Accelerator
from tokenizers import Tokenizer
from transformers import PreTrainedModel

from ..core import atomic_io, events
from ..core.config import RunConfig
from ..core.errors import CheckpointError, MemoryShortError
from ..core.generation_config import GenerateConfig
from ..core.project import Run
from ..models import checkpoint as checkpoints
from ..models.checkpoint import State
from ..text import tokenizer as tokenizers
from ..text.dataset import Prepared
from ..text.tokenizer import Tokens
from ..writing import generate as generation
from . import evaluate, ngram
from .initial_model import begin
from .optimizer import optimizer_of
from .step import Learner, free_memory

STEPS = 3
HELDOUT_TOKENS = 8192  # enough to see a trend; the whole held-out text is for `evaluate`
KEPT = 5  # checkpoints that lie on the disk at once, at most


def rehearse(
    run: Run, config: RunConfig, prepared: Prepared, accelerator: Accelerator, stop: Callable[[], bool]
) -> Generator[events.Event, None, list[events.Baseline]]:
    """Returns what the held-out text costs without this run. Raises EngineError with the sentence that helps."""
    _refuse_too_large(config, prepared)
    folder = Run(run.folder / f"{atomic_io.TEMPORARY}rehearsal")
    found: list[events.Baseline] = []
    works = ("three steps", "the held-out text", "a sample", "a checkpoint", "what others reach")
    try:
        for number, work in enumerate(works):
            yield events.Progressed(f"Rehearsing: {work}", number, len(works), 0)
            if stop():
                return []
            if number == 0:
                state = State()
                model = begin(run, config, prepared, None).to(accelerator.device)
                optimizer = optimizer_of(model, config.train)
                heldout, tokenizer = prepared.heldout_sample(HELDOUT_TOKENS), prepared.tokenizer()
                if config.start.model and len(heldout):
                    found.append(events.Baseline("the model before", *evaluate.score(model, heldout, tokenizer)))
                learner = Learner(accelerator, model, optimizer, prepared, config, state)
                for state.step in range(1, min(STEPS, config.train.steps) + 1):
                    learner(state.step)
            elif number == 1 and len(heldout):
                evaluate.score(model, heldout[: config.model.context], tokenizer)
            elif number == 2:
                end = tokenizers.end_of_text(tokenizer)
                list(generation.write_ids(model, tokenizer, [end], GenerateConfig(max_new_tokens=4), 1, stop))
            elif number == 3:
                _try_a_checkpoint(folder, run, config, prepared, model, optimizer, state)
            elif number == 4 and len(heldout):
                found.append(_of_counting(prepared, tokenizer, heldout))
    finally:
        shutil.rmtree(folder.folder, ignore_errors=True)
    return found


def _refuse_too_large(config: RunConfig, prepared: Prepared) -> None:
    needed, free = config.memory_bytes(prepared.vocabulary, 1), free_memory()
    if not torch.cuda.is_available() and needed > free:
        raise MemoryShortError(
            f"This model needs {needed / 1e9:.1f} GB of memory, and {free / 1e9:.1f} GB are free. Choose a smaller "
            "model or close other programs."
        )


def _try_a_checkpoint(
    folder: Run,
    run: Run,
    config: RunConfig,
    prepared: Prepared,
    model: PreTrainedModel,
    optimizer: torch.optim.Optimizer,
    state: State,
) -> None:
    shutil.rmtree(folder.folder, ignore_errors=True)  # of a rehearsal that was killed
    folder.folder.mkdir()
    saved = checkpoints.save(folder, model, prepared.tokenizer(), optimizer.state, state, config)
    size = sum(file.stat().st_size for file in saved.folder.rglob("*") if file.is_file())
    atomic_io.check_space(run.folder, KEPT * size)
    checkpoints.verify(saved)
    before = [p.detach().clone() for p in model.parameters()]
    checkpoints.restore(saved, model, optimizer, config)
    if not all(torch.equal(a, b) for a, b in zip(before, model.parameters(), strict=True)):
        raise CheckpointError("A checkpoint came back from the disk with other numbers. Do not trust this disk.")


def _of_counting(prepared: Prepared, tokenizer: Tokenizer, heldout: Tokens) -> events.Baseline:
    nats = ngram.nats(prepared.train_tokens(), heldout, prepared.vocabulary)
    size = len(tokenizer.decode(heldout.tolist()).encode())
    return events.Baseline("counting words", nats, evaluate.bits_per_byte(nats * len(heldout), size))
