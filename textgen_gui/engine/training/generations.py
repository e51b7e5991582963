"""Models that learn one after the other: each from the text, and from what those before it would have written there.

Such a student ends better than its teacher, though it is no larger and reads no more (Furlanello et al. 2018), most of
all where a text is short and read often. What the teachers foresee is told once for each place of the text, by the
checkpoints with which their generations ended. Those are kept, so a run that resumes is told the same again.
"""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import numpy.typing as npt
import torch
from transformers import PreTrainedModel

from ..core.config import Precision
from ..core.events import Progressed
from ..models import model as models
from ..runtime import device
from ..text import special_tokens
from .texts import TrainingTexts

TOLD = 0.5  # of what a student learns comes from its teachers
LIKELIEST = 64  # tokens that they name for each place; the others share nothing
BATCH_TOKENS = 4096


class Teachers:
    """What all generations so far foresee on average, at each place of the training text.

    ``known``: how many they are.
    """

    def __init__(self, texts: TrainingTexts, precision: Precision) -> None:
        self._texts, self._precision, self.known = texts, precision, 0
        self._named = self._likely = torch.zeros(0)  # [places, LIKELIEST]: tokens, and how likely each is

    def __call__(self, places: npt.NDArray[np.int64]) -> torch.Tensor:
        """How likely each token is to stand at each place, [places, vocabulary]."""
        return self._told(torch.from_numpy(places))

    def _told(self, places: torch.Tensor | slice) -> torch.Tensor:
        named = self._named[places].long()
        told = torch.zeros(len(named), self._texts.prepared.vocabulary)
        return told.scatter_(1, named, self._likely[places].float())

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
        vocabulary = self._texts.prepared.vocabulary
        named = torch.zeros(count, min(LIKELIEST, vocabulary), dtype=torch.int16 if vocabulary < 2**15 else torch.int32)
        likely = torch.zeros(named.shape, dtype=torch.float16)
        windows = _windows(count, context)
        rows = max(1, BATCH_TOKENS // context)
        for number in range(0, len(windows), rows):
            yield Progressed("The next model is told what this one would write", number, len(windows), 0)
            some = windows[number : number + rows]
            foreseen = self._foreseen(model, torch.stack([begun[start : start + context] for start in some]))
            for start, chances in zip(some, foreseen, strict=True):
                fresh = context // 2 if start else 0  # before it, the window has too little to go by
                places = slice(start + fresh, start + context)
                likely[places], named[places] = self._likeliest(places, chances[fresh:])
        self._named, self._likely, self.known = named, likely, self.known + 1

    @torch.no_grad()
    def _foreseen(self, model: PreTrainedModel, ids: torch.Tensor) -> torch.Tensor:
        """How likely each token is to come next: ids [rows, context] -> [rows, context, vocabulary]."""
        ids = ids.to(model.get_input_embeddings().weight.device)
        with device.precise(self._precision, ids.device):
            logits = model(input_ids=ids, use_cache=False).logits
        return torch.softmax(logits.float(), -1).cpu()

    def _likeliest(self, places: slice, chances: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Of these ``chances``, [places, vocabulary], and of what was told before: the most likely, which make one."""
        if self.known:
            chances = chances.lerp(self._told(places), self.known / (self.known + 1))
        best = chances.topk(min(LIKELIEST, chances.shape[1]), dim=1)
        return (best.values / best.values.sum(1, keepdim=True)).half(), best.indices


def _windows(count: int, context: int) -> Sequence[int]:
    """Where windows of half a context's distance begin; the last one slides back to end where the text does."""
    return sorted({*range(0, count - context, context // 2), max(0, count - context)})
