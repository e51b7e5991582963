"""The preflight of a run: all that it will do, once and in seconds, so that what would fail later fails now."""

import shutil
from collections.abc import Callable, Generator
from dataclasses import replace
from typing import NamedTuple

import torch
from accelerate import Accelerator

from ..core import atomic_io, events
from ..core.bars import Bar
from ..core.config import RunConfig
from ..core.control import Ask
from ..core.errors import CheckpointError, MemoryShortError
from ..core.gate import inside
from ..core.generation_config import GenerateConfig
from ..core.project import Run
from ..models import checkpoint as checkpoints
from ..models.claims import free_memory
from ..models.model import saved_bytes
from ..models.state import State
from ..text import special_tokens
from ..writing import generate as generation
from . import evaluate, kneser_ney, measure, ngram
from .generations import bytes_kept
from .initial_model import make_model
from .optimizer import optimizer_of
from .step import Learner
from .texts import TrainingTexts

STEPS = 3  # of a large model or batch only one, of one passage; of a run that has little time only one
SHORT = 64  # tokens of that passage, where the model is large
LONG_FLOPS = 5e12  # of a step that would take minutes
KEPT = 5  # checkpoints that lie on the disk at once, at most


class Stage(NamedTuple):
    name: str
    work: Callable[[], None]


def preflight(
    run: Run, config: RunConfig, texts: TrainingTexts, accelerator: Accelerator, stop: Ask
) -> Generator[events.Event, None, list[events.Baseline]]:
    """Returns what the held-out text costs without this run. Raises EngineError with the sentence that helps."""
    measure.refuse_too_large(config, texts.prepared.vocabulary)
    _refuse_teachers(config, texts)
    trial = _Trial(run, config, texts, accelerator, stop)
    stages = trial.stages()
    try:
        for number, stage in enumerate(stages):
            yield events.Progressed(f"Rehearsing: {stage.name}", number, len(stages), 0)
            if stop():
                return []
            stage.work()
        yield events.Progressed("Rehearsing: how many cores suit it", len(stages), len(stages), 0)
    finally:
        shutil.rmtree(trial.folder.folder, ignore_errors=True)
    return trial.baselines


def _refuse_teachers(config: RunConfig, texts: TrainingTexts) -> None:
    number, free = config.train.generations, free_memory()
    kept = bytes_kept(number, len(texts.train), config.model.width)
    if kept > free:
        raise MemoryShortError(
            f"What {number} models tell one another about texts of this length needs {kept / 1e9:.1f} GB of memory, "
            f"and {free / 1e9:.1f} GB are free. Set “Generations” to 1, or close other programs."
        )


class _Trial:
    """A throw-away model that goes through everything; the model of the run begins anew afterwards.

    ``folder`` holds its checkpoint. ``baselines``: what it found that the held-out text costs without this run.
    """

    def __init__(self, run: Run, config: RunConfig, texts: TrainingTexts, accelerator: Accelerator, stop: Ask) -> None:
        self._large = measure.is_large(config, texts.prepared.vocabulary)
        if self._large or measure.step_flops(config, texts.prepared.vocabulary) > LONG_FLOPS:
            train = replace(config.train, batch=accelerator.num_processes, steps=1)
            config = replace(config, train=train)
        if self._large:
            config = replace(config, model=replace(config.model, context=min(SHORT, config.model.context)))
        self._run, self._config, self._texts, self._accelerator, self._stop = run, config, texts, accelerator, stop
        self.folder = Run(inside(run.folder, f"{atomic_io.TEMPORARY}rehearsal"))
        self.baselines: list[events.Baseline] = []
        self._state = State()

    def stages(self) -> tuple[Stage, ...]:
        """In a short run of a large model the first of them would take a tenth of its time or more, and it does the
        same itself a few seconds later.
        """
        short = measure.is_short(self._config)
        doing = (
            Stage("the first steps", self.learn),
            Stage("the held-out text", self.score),
            Stage("a sample", self.write),
            Stage("a checkpoint", self.save_and_restore),
        )
        counting = (Stage("what a word counter reaches", self.count_words),)
        if short and self._large:
            return Stage("whether there is room for it", self.find_room), *counting
        return doing + counting + (() if short else (Stage("what a letter counter reaches", self.count_letters),))

    def learn(self) -> None:
        config, state = self._config, self._state
        self._model = make_model(self._run, config, self._texts, None).to(self._accelerator.device)
        self._optimizer = optimizer_of(self._model, config.train)
        learner = Learner(self._accelerator, self._model, self._optimizer, self._texts, config, state)
        most = 1 if measure.is_short(config) else STEPS
        for state.step in range(1, min(most, config.train.steps) + 1):
            learner(state.step)

    def score(self) -> None:
        if len(self._texts.heldout):
            first = self._texts.heldout[: self._config.model.context]
            evaluate.score(self._model, first, self._texts.tokenizer)

    def write(self) -> None:
        tokenizer = self._texts.tokenizer
        ids, few = special_tokens.of(tokenizer).begun([]), GenerateConfig(max_new_tokens=4)
        list(generation.write_ids(self._model, tokenizer, ids, few, 1, self._stop))

    def save_and_restore(self) -> None:
        model, folder = self._model, self.folder
        if self._large:  # gigabytes that would be written for nothing
            self._check_space(saved_bytes(model, beside=self._config.start.lora > 0))
            return
        shutil.rmtree(folder.folder, ignore_errors=True)  # of a preflight that was killed
        folder.folder.mkdir()
        moments = self._optimizer.state
        saved = checkpoints.save(folder, model, self._texts.tokenizer, moments, self._state, self._config)
        size = sum(file.stat().st_size for file in saved.folder.rglob("*") if file.is_file())
        self._check_space(size)
        checkpoints.verify(saved)
        before = [p.detach().clone() for p in model.parameters()]
        checkpoints.restore(saved, model, self._optimizer, self._config)
        if not all(torch.equal(a, b) for a, b in zip(before, model.parameters(), strict=True)):
            raise CheckpointError("A checkpoint came back from the disk with other numbers. Do not trust this disk.")

    def find_room(self) -> None:
        """For checkpoints, by the shape: each weight and three numbers more to go on with. Where a part of it learns,
        a checkpoint is smaller by an amount that only the model itself can tell.
        """
        start = self._config.start
        if not (start.lora or start.frozen or start.frozen_embeddings):
            self._check_space(4 * 4 * self._config.model.parameters(self._texts.prepared.vocabulary))

    def _check_space(self, of_one: int) -> None:
        atomic_io.check_space(self._run.folder, KEPT * of_one)

    def count_words(self) -> None:
        """An n-gram model is what a language model has to beat."""
        texts = self._texts
        if len(texts.heldout):
            nats = ngram.nats(texts.train[: ngram.MOST_TOKENS], texts.heldout, texts.prepared.vocabulary)
            self._add(Bar.WORDS, nats * len(texts.heldout))

    def count_letters(self) -> None:
        """A higher bar, on the same text."""
        texts = self._texts
        if len(texts.heldout):
            train, heldout = (kneser_ney.read(tokens, texts.tokenizer) for tokens in (texts.train, texts.heldout))
            found = kneser_ney.nats(train, heldout)
            self._add(Bar.LETTERS, found.frozen)
            self._add(Bar.LETTERS_ALONG, found.along)

    def _add(self, bar: Bar, nats: float) -> None:
        """``nats``: of all of the held-out text."""
        heldout = self._texts.heldout
        size = len(self._texts.tokenizer.decode(heldout.tolist()).encode())
        self.baselines.append(events.Baseline(bar, nats / len(heldout), evaluate.bits_per_byte(nats, size)))
