"""Models that learn one after the other: each from the text, and from what those before it would have written there.

Such a student ends better than its teacher, though it is no larger and reads no more (Furlanello et al. 2018), most of
all where a text is short and read often. It matters that it hears of all tokens, the unlikely ones too: told of the 64
likeliest alone, it gained a third as much. So what is kept of a teacher is its last hidden state at each place of the
text, from which its head says everything. Those come from the checkpoints with which the generations ended, and these
are kept, so a run that resumes is told the same again.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch

from ..core.config import Precision, RunConfig
from ..core.events import Progressed
from ..core.presets import (
    GENERATION_EPOCHS,
    LARGE_WEIGHTS_A_TOKEN,
    MOST_GENERATIONS,
    MOST_TOLD,
    SECOND_EPOCHS,
    SECOND_EPOCHS_IF_LARGE,
    USUAL_WEIGHTS_A_TOKEN,
    dropouts,
)
from ..models import model as models
from ..models.claims import free_memory
from ..models.state import LAST, share_of_next
from ..models.stock import PreTrainedModel
from ..runtime import device
from ..text import special_tokens
from ..text.dataset import Prepared
from .texts import TrainingTexts

TOLD = 0.7  # of what a student learns comes from its teachers
BATCH_TOKENS = 4096


@dataclass(frozen=True, slots=True)
class _Teacher:
    hidden: torch.Tensor  # [places, width], in half precision
    head: torch.Tensor  # [vocabulary, width]


def bytes_kept(generations: int, tokens: int, width: int) -> int:
    """Memory that the teachers of so many generations take."""
    return (generations - 1) * tokens * width * torch.float16.itemsize


def suiting(config: RunConfig, prepared: Prepared, epochs: float) -> int:
    """The most generations for a run that reads its texts so often in all: the first of them reads them often enough,
    and there is memory for what the teachers say.
    """
    most = min(MOST_TOLD, free_memory() / 4)
    is_large = config.model.parameters(prepared.vocabulary) > LARGE_WEIGHTS_A_TOKEN * prepared.tokens
    before_second = SECOND_EPOCHS_IF_LARGE if is_large else SECOND_EPOCHS
    for number in range(MOST_GENERATIONS, 1, -1):
        kept = bytes_kept(number, prepared.tokens, config.model.width)
        needed = GENERATION_EPOCHS if number > 2 else before_second
        if epochs * share_of_next(number) >= needed and kept <= most:
            return number
    return 1


def suiting_dropout(config: RunConfig, prepared: Prepared, epochs: float) -> float:
    """As the last generation needs it: what it learns from its teachers it does not learn by heart, and a large model
    learns a short text by heart sooner.
    """
    generations = config.train.generations
    own = epochs if generations == 1 else epochs * LAST * share_of_next(generations) * (1 - TOLD)
    large = config.model.parameters(prepared.vocabulary) / (USUAL_WEIGHTS_A_TOKEN * prepared.tokens)
    return next(share for most, share in dropouts if own * max(1.0, large) <= most)


class Teachers:
    """What all generations so far foresee at each place of the training text."""

    def __init__(self, texts: TrainingTexts, precision: Precision) -> None:
        self._texts, self._precision = texts, precision
        self._heard: list[_Teacher] = []

    @property
    def known(self) -> int:
        """How many they are."""
        return len(self._heard)

    @torch.no_grad()
    def __call__(self, places: npt.NDArray[np.int64], step: int) -> torch.Tensor:
        """How likely each token is to stand at each place, [places, vocabulary], as one of them says: they take turns,
        for the mean of the losses is the loss of their mean, and a step with one costs a fraction of one with all.
        """
        teacher = self._heard[step % len(self._heard)]
        hidden = teacher.hidden[torch.from_numpy(places)].to(teacher.head.device).to(teacher.head.dtype)
        with device.precise(self._precision, hidden.device):
            logits = torch.nn.functional.linear(hidden, teacher.head)
        return torch.softmax(logits.float(), -1)

    def hear(self, model: PreTrainedModel, weights: Mapping[str, torch.Tensor]) -> Iterator[Progressed]:
        """Asks one generation more, whose ``weights`` are put into ``model`` meanwhile; broken off,
        nothing of it was heard.
        """
        learning, training = {name: p.data for name, p in model.named_parameters()}, model.training
        model.eval()
        try:
            for name, weight in weights.items():
                model.get_parameter(name).data = weight.to(learning[name].device)
            yield from self._hear(model)
        finally:
            for name, parameter in model.named_parameters():
                parameter.data = learning[name]
            model.train(training)

    def _hear(self, model: PreTrainedModel) -> Iterator[Progressed]:
        ids = self._texts.train[:].astype(np.int64)
        context, count = models.context(model), len(ids)
        begun = torch.from_numpy(np.concatenate([[special_tokens.of(self._texts.tokenizer).begin], ids]))
        head = model.get_output_embeddings().weight.detach().clone()
        kept = torch.zeros(count, head.shape[1], dtype=torch.float16)
        windows = _windows(count, context)
        rows = max(1, BATCH_TOKENS // context)
        for number in range(0, len(windows), rows):
            yield Progressed("The next model is told what those before it would write", number, len(windows), 0)
            some = windows[number : number + rows]
            hidden = self._hidden(model, torch.stack([begun[start : start + context] for start in some]))
            for start, of_window in zip(some, hidden, strict=True):
                fresh = context // 2 if start else 0  # before it, the window has too little to go by
                kept[start + fresh : start + context] = of_window[fresh:]
        self._heard.append(_Teacher(kept, head))

    @torch.no_grad()
    def _hidden(self, model: PreTrainedModel, ids: torch.Tensor) -> torch.Tensor:
        """From which the head foretells the next token: ids [rows, context] -> [rows, context, width]."""
        ids = ids.to(model.get_input_embeddings().weight.device)
        with device.precise(self._precision, ids.device):
            hidden: torch.Tensor = model.base_model(input_ids=ids, use_cache=False).last_hidden_state
        return hidden.cpu()


def _windows(count: int, context: int) -> Sequence[int]:
    """Where windows of half a context's distance begin; the last one slides back to end where the text does."""
    return sorted({*range(0, count - context, context // 2), max(0, count - context)})
