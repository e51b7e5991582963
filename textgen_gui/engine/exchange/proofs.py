"""What was written is read back and compared with what was meant, because no rival reads its own export."""

from collections.abc import Generator
from pathlib import Path

import torch

from ..core.errors import CheckpointError
from ..core.events import Event
from ..core.model_forms import WeightType
from ..models import model as models
from ..models.stock import PreTrainedModel
from ..text import special_tokens
from . import adapter, gguf_file, page
from .gguf_file import BLOCK
from .outgoing import Outgoing, Progress, Proof

GREEDY_TOKENS = 64
ODD = "Hello, wörld!  “a dark” night—it's 1,234\n\n\t日本 😀 e\u0301 \u00a0"
Proving = Generator[Event, None, Proof]
"""Each raises CheckpointError when what was written is not what was meant."""


def of_gguf(out: Outgoing, file: Path, weight_type: WeightType, progress: Progress) -> Proving:
    yield progress.at("Reading it back", 45)
    weights, tokenizer = gguf_file.read_back(file, out.model)
    _compare(out.model, weights, weight_type)
    strings = _strings(out)
    for string in strings:
        if tokenizer.encode(string).ids != out.tokenizer.encode(string, add_special_tokens=False).ids:
            raise CheckpointError(f"{file.name} would cut “{string[:40]}” into other tokens. It was not kept.")
    same = yield from _same_tokens(out, weights, progress)
    if weight_type == WeightType.F32 and same != GREEDY_TOKENS:
        raise CheckpointError(f"{file.name} was read back and wrote another text. It was not kept.")
    words = f"all {len(weights):,} weights as written, {len(strings):,} texts cut into the same tokens"
    return Proof(f"Read back: {words}, {_in_words(same)}", same == GREEDY_TOKENS)


def of_page(out: Outgoing, file: Path, progress: Progress) -> Proving:
    yield progress.at("Reading it back", 45)
    count = page.read_back(file, out.model)
    halved = {name: weights.half().float() for name, weights in out.model.state_dict().items()}
    same = yield from _same_tokens(out, halved, progress)
    words = f"Read back: all {count:,} tables of numbers, each number rounded a little; with them {_in_words(same)}"
    return Proof(words, same == GREEDY_TOKENS)


def of_folder(out: Outgoing, folder: Path, progress: Progress) -> Proving:
    yield progress.at("Reading it back", 45)
    model, tokenizer = models.load(folder)
    same = yield from _same_tokens(out, model.state_dict(), progress)
    if same != GREEDY_TOKENS or tokenizer.to_str() != out.tokenizer.to_str():
        raise CheckpointError(f"{folder.name} was read back and wrote another text. It was not kept.")
    return Proof(f"Read back: {_in_words(same)}", True)


def of_adapter(out: Outgoing, folder: Path, progress: Progress) -> Proving:
    """Joined with the model that the run began with, by peft itself."""
    yield progress.at("Reading it back", 45)
    joined = adapter.joined(out, folder)
    furthest = max(float((joined[name] - meant).abs().max()) for name, meant in out.model.state_dict().items())
    largest = max(float(meant.abs().max()) for meant in out.model.state_dict().values())
    stored = torch.finfo(models.stored_dtype(out.model)).eps
    if furthest > largest * stored:
        raise CheckpointError("The adapter was joined with its model again and gave another one. It was not kept.")
    same = yield from _same_tokens(out, joined, progress)
    return Proof(f"Joined by peft with the model that it adds to: {_in_words(same)}", same == GREEDY_TOKENS)


def _in_words(same: int) -> str:
    return f"the first {same} of {GREEDY_TOKENS} tokens written the same."


def _compare(model: PreTrainedModel, weights: dict[str, torch.Tensor], weight_type: WeightType) -> None:
    for name, meant in model.state_dict().items():
        if name not in weights:
            if name == "lm_head.weight" and model.config.tie_word_embeddings:
                continue
            raise CheckpointError(f"The file lacks the weights {name}. It was not kept.")
        furthest = float((weights[name] - meant).abs().max()) if meant.numel() else 0.0
        if furthest > _rounding(name, meant, weight_type):
            raise CheckpointError(f"The weights {name} came back wrong. The file was not kept.")


def _rounding(name: str, meant: torch.Tensor, weight_type: WeightType) -> float:
    """How far a weight may be from what was meant. Rows of Q8_0 have a scale of 1/127 of their largest value."""
    largest = float(meant.abs().max()) if meant.numel() else 0.0
    if weight_type == WeightType.F32 or gguf_file.stays_exact(name, meant):
        return 0.0
    if weight_type == WeightType.Q8_0 and meant.shape[-1] % BLOCK == 0:
        return largest / 127
    return max(largest * 2**-11, 2**-25)


def _strings(out: Outgoing) -> list[str]:
    """Each token as text, pairs of neighbours, and what often goes wrong."""
    count = out.tokenizer.get_vocab_size()
    ids = [[n, (7 * n + 3) % count] for n in range(0, count, max(1, count // 500))]
    pairs = out.tokenizer.decode_batch(ids, skip_special_tokens=True)
    return [ODD, *(pair for pair in pairs if pair and "\ufffd" not in pair and "\u2581" not in pair)]


def _same_tokens(out: Outgoing, weights: dict[str, torch.Tensor], progress: Progress) -> Generator[Event, None, int]:
    """How many tokens both write alike, the likeliest one each time, before they part."""
    begin = special_tokens.of(out.tokenizer).begun([])
    meant = yield from _greedy(out.model, begin, progress, 55)
    out.model.load_state_dict(weights, strict=False)
    out.model.tie_weights()
    found = yield from _greedy(out.model, begin, progress, 75)
    return next((n for n, (a, b) in enumerate(zip(meant, found, strict=True)) if a != b), GREEDY_TOKENS)


def _greedy(
    model: PreTrainedModel, begin: list[int], progress: Progress, percent: int
) -> Generator[Event, None, list[int]]:
    ids = torch.tensor([begin])  # [1, length]
    room = models.context(model)
    for number in range(GREEDY_TOKENS):
        yield progress.at("Comparing what it writes", percent + 20 * number // GREEDY_TOKENS)
        with torch.no_grad():
            ids = torch.cat([ids, model(ids[:, -room:], use_cache=False).logits[:, -1:].argmax(-1)], 1)
    written: list[int] = ids[0, len(begin) :].tolist()
    return written
