"""Reading token by token: the prompt at once (prefill), then one token after the other, with the keys and values of
what was read in a cache. fused.py does it for some families; others run through their own modules.
"""

from inspect import signature
from typing import Protocol

import torch

from . import families, fuse
from . import model as models
from .fused_half import HalfFused
from .kv_cache import KVCache
from .stock import Cache, PreTrainedModel


class Decoder:
    """A model that reads on token by token. ``capacity``: so many tokens at most before ``reset``.

    ``vocabulary``: so many of its scores stand for a token of its tokenizer; many models have some more.
    """

    def __init__(self, weights: "Weights", capacity: int, vocabulary: int | None = None) -> None:
        self.weights, self.capacity, self.vocabulary = weights, min(capacity, weights.context), vocabulary
        self._caches: list[KVCache] = []
        self.reset()

    @torch.inference_mode()
    def logits(self, ids: torch.Tensor) -> torch.Tensor:
        """Reads ``ids`` [rows, length] after what it has read -> the scores of the next token, [rows, vocabulary]."""
        logits = self.weights.read(ids, self.length, self._caches)
        self.length += ids.shape[1]
        return logits[:, : self.vocabulary]

    @torch.inference_mode()
    def select(self, rows: torch.Tensor) -> None:
        """Goes on with these rows, in this order; one may be taken several times."""
        for cache in self._caches:
            cache.select(rows)

    def hand_over(self) -> list[KVCache]:
        """The caches of what it has read. It keeps none, and counts on."""
        given, self._caches = self._caches, []
        return given

    def reset(self) -> None:
        self.length = 0
        self._caches = [KVCache(self.capacity) for _ in range(self.weights.layers)]


class Weights(Protocol):
    """A model as it is read from, without the cache of a text."""

    context: int
    layers: int

    @property
    def bytes_a_token(self) -> int:
        """What the cache holds of each token that was read."""

    def exact(self) -> "Weights":
        """The same for who may have to choose a token that the model finds unlikely: with all digits of its score."""

    def read(self, ids: torch.Tensor, start: int, caches: list[KVCache]) -> torch.Tensor:
        """Token ids [rows, length] at the positions from ``start`` -> logits of the next token, [rows, vocabulary]."""


def weights(model: PreTrainedModel, *, half: bool = False) -> Weights:
    """The quickest way to read with this model. It holds copies: make it anew when the model has learnt.

    ``half``: with matrices in bf16, on a processor; only for families whose passes are written out.
    """
    found = fuse.fused(model)
    if found and half:
        return HalfFused(found)
    return found or (_Modules(model) if families.remembers(model.config.model_type) else _Reread(model))


class _Modules:
    """Another model, through its own modules."""

    def __init__(self, model: PreTrainedModel) -> None:
        self.model = model
        config = model.config
        self.context, self.layers = models.context(model), int(config.num_hidden_layers)
        self.bytes_a_token = 8 * self.layers * int(config.hidden_size)
        self.only_last = {"logits_to_keep": 1} if "logits_to_keep" in signature(type(model).forward).parameters else {}

    def exact(self) -> "_Modules":
        return self

    def read(self, ids: torch.Tensor, start: int, caches: list[KVCache]) -> torch.Tensor:
        device = self.model.get_input_embeddings().weight.device
        cache = Cache(layers=caches)
        output = self.model(input_ids=ids.to(device), past_key_values=cache, use_cache=True, **self.only_last)
        logits: torch.Tensor = output.logits[:, -1].float().cpu()
        return logits


class _Reread(_Modules):
    """A model that remembers in a way of its own, or not at all: it reads all of the text for every token."""

    layers = 1

    def __init__(self, model: PreTrainedModel) -> None:
        super().__init__(model)
        self.layers, self.bytes_a_token = 1, 8 * int(model.config.hidden_size)

    def read(self, ids: torch.Tensor, start: int, caches: list[KVCache]) -> torch.Tensor:
        device = self.model.get_input_embeddings().weight.device
        text = caches[0].add(ids[None, :, None, :, None].expand(2, -1, -1, -1, -1))[0, :, 0, :, 0]  # [rows, length]
        output = self.model(input_ids=text.to(device), use_cache=False, **self.only_last)
        logits: torch.Tensor = output.logits[:, -1].float().cpu()
        return logits
