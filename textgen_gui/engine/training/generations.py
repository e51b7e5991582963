"""Models that learn one after the other: each from the text, and from what those before it would have written there.

Such a student ends better than its teacher, though it is no larger and reads no more (Furlanello et al. 2018), most of
all where a text is short and read often. It matters that it hears of all tokens, the unlikely ones too: told of the 64
likeliest alone, it gained a third as much. So what is kept of a teacher is its last hidden state at each place of the
text, from which its head says everything. Those come from the checkpoints with which the generations ended, and these
are kept, so a run that resumes is told the same again.

The last one reads the text so often that it learns by heart what its teachers could still tell it. So in half of its
steps it reads what they have written instead, and hears only what they say of that (as in Kim et al. 2025).
"""

import contextlib
from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import torch

from ..core.config import Precision
from ..core.events import Progressed
from ..models import decode
from ..models import model as models
from ..models.stock import PreTrainedModel
from ..runtime import device
from ..text import dataset, special_tokens
from .texts import TrainingTexts

TOLD = 0.7  # of what a student learns from the text comes from its teachers
BATCH_TOKENS = 4096
AGAIN = 16  # times at least that the last model reads what its teachers have written
MOST_WRITTEN = 500_000  # tokens; more were not tried
PROMPT = 0.1  # of a passage that a teacher writes is from the text
WRITING = "The earlier models write something for the last one to read"
ROWS, CACHE_BYTES = 64, 256_000_000  # passages that are written at once, unless what they have read takes more memory


class Turn(NamedTuple):
    """``reads_written``: what a teacher has written is read. ``number``: so often the same kind was read before."""

    reads_written: bool
    number: int


@dataclass(frozen=True, slots=True)
class _Heard:
    """What a teacher foresees in a text."""

    hidden: torch.Tensor  # [places, width], in half precision
    head: torch.Tensor  # [vocabulary, width]


def bytes_kept(generations: int, tokens: int, width: int) -> int:
    """Memory that the teachers of so many generations take, with what they have written."""
    places = (generations - 1) * tokens + min(tokens, MOST_WRITTEN) if generations > 1 else 0
    return places * width * torch.float16.itemsize


def to_write(tokens: int, read: int) -> int:
    """How many tokens all teachers write for a model that will ``read`` so many; the text has ``tokens``."""
    return min(tokens, MOST_WRITTEN, read // 2 // AGAIN)


class Teachers:
    """What all generations so far foresee at each place of the training text, and of what they have written."""

    def __init__(self, texts: TrainingTexts, precision: Precision) -> None:
        self._texts, self._precision = texts, precision
        self._heard, self._written = list[_Heard](), list[_Heard]()
        self._ids = list[npt.NDArray[np.unsignedinteger]]()  # of what each has written

    @property
    def known(self) -> int:
        """How many they are."""
        return len(self._heard)

    @property
    def authors(self) -> int:
        """How many of them have written something."""
        return len(self._written)

    def turn(self, step: int) -> Turn:
        """Of two steps each kind has one, in an order that no regular choice of steps sees as all of one kind."""
        if not self._written:
            return Turn(False, step)
        return Turn(step.bit_count() % 2 == 1, step // 2)

    def written(self, step: int) -> npt.NDArray[np.unsignedinteger] | None:
        """What is read in this step instead of the training text, [places]; None where that is."""
        reads_written, number = self.turn(step)
        return self._ids[number % self.authors] if reads_written else None

    @torch.no_grad()
    def __call__(self, places: npt.NDArray[np.int64], step: int) -> torch.Tensor:
        """How likely each token is to stand at each place, [places, vocabulary], as one of them says: they take turns,
        for the mean of the losses is the loss of their mean, and a step with one costs a fraction of one with all.
        """
        reads_written, number = self.turn(step)
        heard = self._written if reads_written else self._heard
        return self._foreseen(heard[number % len(heard)], torch.from_numpy(places))

    def _foreseen(self, heard: _Heard, places: torch.Tensor) -> torch.Tensor:
        hidden = heard.hidden[places].to(heard.head.device).to(heard.head.dtype)
        with device.precise(self._precision, hidden.device):
            logits = torch.nn.functional.linear(hidden, heard.head)
        return torch.softmax(logits.float(), -1)

    def hear(self, model: PreTrainedModel, weights: Mapping[str, torch.Tensor]) -> Iterator[Progressed]:
        """Asks one generation more, whose ``weights`` are put into ``model`` meanwhile; broken off,
        nothing of it was heard.
        """
        words = "The next model is told what those before it would write"
        heard = yield from self._asked(model, weights, self._texts.train[:], words)
        self._heard.append(heard)

    def write(
        self, model: PreTrainedModel, weights: Mapping[str, torch.Tensor], tokens: int, seed: int
    ) -> Iterator[Progressed]:
        """The next generation that was heard writes about so many tokens, and is asked about them."""
        noise = torch.Generator().manual_seed(seed)
        with _become(model, weights):
            ids = yield from self._passages(model, max(2, tokens // models.context(model)), noise)
        written = yield from self._asked(model, weights, ids, WRITING)
        self._ids.append(ids)
        self._written.append(written)

    def _passages(
        self, model: PreTrainedModel, count: int, noise: torch.Generator
    ) -> Generator[Progressed, None, npt.NDArray[np.unsignedinteger]]:
        """As long as the context, each going on from some words of the training text; all in a row, [tokens]."""
        train, context = self._texts.train[:], models.context(model)
        begun = max(1, round(PROMPT * context))
        places = dataset.starts(self._texts.prepared.parts(), noise.initial_seed(), 1, count, context)
        prompts = torch.from_numpy(np.stack([train[place : place + begun] for place in places]).astype(np.int64))
        weights, passages = decode.weights(model), list[torch.Tensor]()
        rows = max(1, min(ROWS, CACHE_BYTES // (weights.bytes_a_token * context)))
        for some in prompts.split(rows):
            decoder, text = decode.Decoder(weights, context, self._texts.prepared.vocabulary), [some]
            for place in range(begun, context):
                if (place - begun) % 16 == 0:  # so often a stop is heard
                    yield Progressed(WRITING, len(passages) * rows, count, 0)
                likely = torch.softmax(decoder.logits(text[-1]), -1)
                text.append(torch.multinomial(likely, 1, generator=noise))
            passages.append(torch.cat(text, 1))
        return torch.cat(passages).flatten().numpy().astype(train.dtype)

    def _asked(
        self,
        model: PreTrainedModel,
        weights: Mapping[str, torch.Tensor],
        ids: npt.NDArray[np.unsignedinteger],
        words: str,
    ) -> Generator[Progressed, None, _Heard]:
        context, count = models.context(model), len(ids)
        first = special_tokens.of(self._texts.tokenizer).begin
        begun = torch.from_numpy(np.concatenate([[first], ids]).astype(np.int64))
        kept = torch.zeros(count, model.get_input_embeddings().weight.shape[1], dtype=torch.float16)
        windows = _windows(count, context)
        rows = max(1, BATCH_TOKENS // context)
        with _become(model, weights):
            for number in range(0, len(windows), rows):
                yield Progressed(words, number, len(windows), 0)
                some = windows[number : number + rows]
                hidden = self._hidden(model, torch.stack([begun[start : start + context] for start in some]))
                for start, of_window in zip(some, hidden, strict=True):
                    fresh = context // 2 if start else 0  # before it, the window has too little to go by
                    kept[start + fresh : start + context] = of_window[fresh:]
            return _Heard(kept, model.get_output_embeddings().weight.detach().clone())

    @torch.no_grad()
    def _hidden(self, model: PreTrainedModel, ids: torch.Tensor) -> torch.Tensor:
        """From which the head foretells the next token: ids [rows, context] -> [rows, context, width]."""
        ids = ids.to(model.get_input_embeddings().weight.device)
        with device.precise(self._precision, ids.device):
            hidden: torch.Tensor = model.base_model(input_ids=ids, use_cache=False).last_hidden_state
        return hidden.cpu()


@contextlib.contextmanager
def _become(model: PreTrainedModel, weights: Mapping[str, torch.Tensor]) -> Iterator[None]:
    """The model with other weights, for a while."""
    learning, training = {name: p.data for name, p in model.named_parameters()}, model.training
    model.eval()
    try:
        for name, weight in weights.items():
            model.get_parameter(name).data = weight.to(learning[name].device)
        yield
    finally:
        for name, parameter in model.named_parameters():
            parameter.data = learning[name]
        model.train(training)


def _windows(count: int, context: int) -> Sequence[int]:
    """Where windows of half a context's distance begin; the last one slides back to end where the text does."""
    return sorted({*range(0, count - context, context // 2), max(0, count - context)})
