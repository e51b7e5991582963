"""One step of training: passages, forward, backward, clipping, optimizer. It applies all of a step or nothing."""

import contextlib
import functools
import hashlib
import math

import numpy as np
import numpy.typing as npt
import psutil
import torch
from accelerate import Accelerator

from ..core.config import Precision, RunConfig
from ..core.errors import EngineError, MemoryShortError, NotFiniteError
from ..models.fast_training import cross_entropy
from ..models.fsdp import whole
from ..models.state import State
from ..runtime import device, heap
from ..text import dataset
from ..text.dataset import Part
from . import ngram_teacher
from .generations import TOLD, Teachers
from .schedule import context_of, learning_rate, stage_of, taught_share
from .texts import TrainingTexts

HIGHEST_RATE = 1000.0  # far beyond the limit of the setting, with room for the rates of stages
FIRST_SCALE, SCALE_AGAIN = 2.0**16, 2000  # of the loss in fp16; after so many steps without an overflow it is doubled


class Learner:
    """Does one step after the other. ``warnings`` holds sentences about the last one.

    ``rows``: the passages of a step that this process computes, where they are as long as the context.
    """

    def __init__(
        self,
        accelerator: Accelerator,
        model: torch.nn.Module,
        optimizer: torch.optim.Optimizer,
        texts: TrainingTexts,
        config: RunConfig,
        state: State,
    ) -> None:
        self.accelerator, self.model, self.optimizer = accelerator, model, optimizer
        if accelerator.num_processes == 1:  # accelerate's own looks for packages on the disk at every step
            self.optimizer = getattr(optimizer, "optimizer", optimizer)
        self.texts, self.config, self.state = texts, config, state
        self.warnings: list[str] = []
        self._parts = functools.lru_cache(texts.prepared.parts)
        state.loss_scale = state.loss_scale or FIRST_SCALE
        self._inner, self._half = accelerator.unwrap_model(model), config.train.precision == Precision.FP16
        self._parameters: list[torch.Tensor] = [p for p in model.parameters() if p.requires_grad]
        self._counted, self.teachers = ngram_teacher.of(texts, config), Teachers(texts, config.train.precision)
        self.rows = config.train.batch // accelerator.num_processes
        if not state.micro_batch or self.rows % state.micro_batch:  # another one rounds differently
            fitting = micro_batch_for(config, texts.prepared.vocabulary, accelerator.num_processes)
            everywhere = accelerator.gather(torch.tensor([fitting], device=accelerator.device))
            state.micro_batch = int(everywhere.min())

    def __call__(self, step: int) -> float:
        """Returns the loss in nats a token over the whole batch. Raises EngineError and leaves the weights alone."""
        self.warnings = []
        batch = self._read(step)  # [passages, length + 1]
        rows = len(batch) // self.accelerator.num_processes
        mine = torch.from_numpy(batch[self.accelerator.process_index * rows :][:rows])  # [rows, length + 1]
        mine = mine.to(self.accelerator.device)
        if self._inner.training != self._has_dropout():
            self._inner.train(self._has_dropout())
        rate = learning_rate(self.config.train, self.state, step)
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        self._scale_up(step)
        loss, norm = self._clipped(step, mine)
        while math.isfinite(loss) and not math.isfinite(norm) and self._scale_down(step):
            loss, norm = self._clipped(step, mine)
        # AdamW moves no weight further than a few times the rate, so with these three it cannot leave the numbers.
        if not (math.isfinite(loss) and math.isfinite(norm) and 0 <= rate <= HIGHEST_RATE):
            raise NotFiniteError(
                f"The loss is no longer a number at step {step:,}, and nothing of that step was kept. All until the "
                "last checkpoint is good. Start a new run with half the learning rate "
                f"({self.config.train.learning_rate / 2:g})."
            )
        self.optimizer.step()
        self.optimizer.zero_grad()
        return loss

    def _clipped(self, step: int, passages: torch.Tensor) -> tuple[float, float]:
        """The loss over the whole batch and the length of the gradients, which lie clipped at the weights."""
        loss = self._gradients(step, passages)
        gradients = [p.grad for p in self._parameters if p.grad is not None]
        if self._half:
            torch._foreach_mul_(gradients, 1 / self.state.loss_scale)
        norm = torch.nn.utils.get_total_norm(gradients)
        length = float(whole(norm))
        if length > (self.config.train.clip or math.inf):  # else there is nothing to multiply
            torch.nn.utils.clip_grads_with_norm_(self._parameters, self.config.train.clip, norm)
        return float(self.accelerator.reduce(loss, "mean")), length

    def _scale_up(self, step: int) -> None:
        if self._half and step - self.state.scaled_at > SCALE_AGAIN:
            self.state.loss_scale, self.state.scaled_at = 2 * self.state.loss_scale, step

    def _scale_down(self, step: int) -> bool:
        """Whether the same step should be tried with a smaller scale: gradients may have left the numbers of fp16."""
        if not self._half or self.state.loss_scale <= 1:
            return False
        self.state.loss_scale, self.state.scaled_at = self.state.loss_scale / 2, step
        self.optimizer.zero_grad()
        return True

    def _where(self, step: int) -> tuple[tuple[Part, ...], int, int, int, int]:
        """Which passages are read in a step, for ``dataset``."""
        stage, train = stage_of(self.config.train, self.state, step), self.config.train
        of_stage, length = step - stage.first + 1, context_of(self.config, self.state, step)
        rows = train.batch * (self.config.model.context // length)
        return self._parts(stage.group), train.seed, of_stage, rows, length

    def _read(self, step: int) -> npt.NDArray[np.int64]:
        prepared, batch = self.texts.prepared, dataset.batch(self.texts.train, *self._where(step))
        if batch.max() >= prepared.vocabulary or batch.min() < 0:
            raise EngineError(f"{prepared.folder / 'train.bin'} is damaged. Prepare the texts again.")
        return batch

    def _gradients(self, step: int, passages: torch.Tensor) -> torch.Tensor:
        """The loss of all passages, with the gradients left at the weights; in smaller parts when memory runs out."""
        while True:
            try:
                return self._accumulated(step, passages)
            except (RuntimeError, MemoryError) as problem:
                if not is_out_of_memory(problem):
                    raise
                self.optimizer.zero_grad()
                self._shrink_micro_batch()

    def _shrink_micro_batch(self) -> None:
        now = self.state.micro_batch
        if now == 1 or self.accelerator.num_processes > 1:
            raise MemoryShortError(
                "There is not enough memory for this model. Choose a smaller one or a shorter context, switch on "
                "“Save memory”, or close other programs. All until the last checkpoint is kept."
            )
        self.state.micro_batch = max(n for n in range(1, now) if self.rows % n == 0)
        if torch.cuda.is_available():
            torch.cuda.empty_cache()
        self.warnings.append(
            f"Memory ran short: {self.state.micro_batch} instead of {now} passages are computed at once. "
            "The result stays the same; it takes a little longer."
        )

    def _seed(self, seed: int) -> None:
        """Only where it is needed: torch.manual_seed asks every kind of device that there might be."""
        torch.default_generator.manual_seed(seed)
        if self.accelerator.device.type != "cpu":
            torch.manual_seed(seed)

    def _accumulated(self, step: int, passages: torch.Tensor) -> torch.Tensor:
        rank, rows = self.accelerator.process_index, len(passages)
        size = self.state.micro_batch * rows // self.rows
        taught = self._taught(step)
        starts = dataset.starts(*self._where(step))[rank * rows :][:rows] if taught else []
        total = torch.zeros((), device=self.accelerator.device)
        for number, part in enumerate(passages.split(size)):
            self._seed(_noise_seed(self.config.train.seed, step, rank, number))
            last = (number + 1) * size >= rows
            with contextlib.nullcontext() if last else self.accelerator.no_sync(self.model):
                with device.precise(self.config.train.precision, part.device):
                    logits = self.model(input_ids=part[:, :-1], use_cache=False).logits  # [rows, length, tokens]
                told = self._told(step, starts[number * size :][: len(part)], part.shape[1]) if taught else None
                loss = self._loss(logits, part[:, 1:], told, taught)
                loss = loss * len(part) / rows
                self.accelerator.backward(loss * self.state.loss_scale if self._half else loss)
            total += loss.detach()
            del logits, loss  # or the noise of dropout would be there twice
        return total

    def _has_dropout(self) -> bool:
        """Those that others learn from do better without. It goes with the mode, as does saving memory."""
        train, is_last = self.config.train, self.state.generation + 1 >= self.config.train.generations
        # One that was planned alone may have lost its dropout on the way, when it became several.
        return train.save_memory or (is_last and (train.generations == 1 or self.config.model.dropout > 0))

    def _taught(self, step: int) -> float:
        """How much of a step is learnt from a teacher."""
        if self.state.generation:
            return TOLD
        share = taught_share(self.config.train, self.state, step)
        if share and not self._counted:  # it may come on the way, with several models
            self._counted = ngram_teacher.of(self.texts, self.config)
        return share if self._counted else 0.0

    def _told(self, step: int, starts: list[int], tokens: int) -> torch.Tensor:
        """What the teacher says of all places of the passages of ``tokens`` that start there, [places, vocabulary]."""
        places = np.add.outer(starts, np.arange(1, tokens)).ravel()  # [places]
        if self.state.generation:
            return self.teachers(places, step).to(self.accelerator.device)
        assert self._counted
        return self._counted(places).to(self.accelerator.device)

    def _loss(
        self, logits: torch.Tensor, targets: torch.Tensor, told: torch.Tensor | None, taught: float
    ) -> torch.Tensor:
        smoothing = self.config.train.label_smoothing
        if not smoothing:
            return cross_entropy(logits, targets, told, taught)
        scores, right = logits.float().flatten(0, 1), targets.flatten()
        if told is not None:  # what is likely instead of what is right
            right = (taught * told).scatter_add_(1, right[:, None], torch.full_like(told, 1 - taught))
        return torch.nn.functional.cross_entropy(scores, right, label_smoothing=smoothing)


def _noise_seed(*position: int) -> int:
    return int.from_bytes(hashlib.sha256(repr(position).encode()).digest()[:7], "big")


def is_out_of_memory(problem: BaseException) -> bool:
    """torch has a class of its own for graphics cards only."""
    words = ("can't allocate memory", "not enough memory", "out of memory")
    return isinstance(problem, MemoryError | torch.OutOfMemoryError) or any(w in str(problem) for w in words)


def micro_batch_for(config: RunConfig, vocabulary: int, processes: int) -> int:
    """Passages that one process computes at once: the most that divide the batch and take a quarter of free memory."""
    if config.train.batch % processes:
        raise EngineError(f"A batch of {config.train.batch} passages cannot be shared by {processes} processes evenly.")
    rows = config.train.batch // processes
    fitting = max(1, int(free_memory() / 4 / config.passage_bytes(vocabulary)))
    return max(n for n in range(1, rows + 1) if rows % n == 0 and n <= fitting)


def free_memory() -> int:
    """Bytes that training can take, of the graphics card or of the computer."""
    heap.give_back()
    return int(torch.cuda.mem_get_info()[0] if torch.cuda.is_available() else psutil.virtual_memory().available)
