"""Matrices in bf16 give what transformers gives in fp32, but for the digits that they lack."""

import pytest
import torch

from textgen_gui.engine.models import decode
from textgen_gui.engine.models.decode import Decoder
from textgen_gui.engine.models.fused_half import HalfFused
from textgen_gui.engine.models.ragged import ragged

from .test_decode import VOCABULARY, made, makers


@pytest.mark.parametrize("name", [name for name in makers if name != "another"])
def test_it_is_nearer_to_fp32_than_transformers_in_bf16(name: str) -> None:
    model = made(name)
    ids = torch.randint(1, VOCABULARY, (32, 9), generator=torch.Generator().manual_seed(1))  # one text is luck
    weights = decode.weights(model, half=True)
    assert isinstance(weights, HalfFused) and weights.blocks[0].qkv.dtype == torch.bfloat16
    with torch.inference_mode():
        exact = model(ids).logits[:, -1]
        together = _one_by_one(Decoder(weights, 32), ids)
        alone = torch.cat([_one_by_one(Decoder(weights, 32), row[None]) for row in ids])
        theirs = model.bfloat16()(ids).logits[:, -1].float()
    rough = (theirs - exact).pow(2).mean()
    assert 0 < (together - exact).pow(2).mean() < 0.9 * rough
    assert 0 < (alone - exact).pow(2).mean() < 0.9 * rough
    assert ragged(weights, VOCABULARY) is not None


def _one_by_one(decoder: Decoder, ids: torch.Tensor) -> torch.Tensor:
    decoder.logits(ids[:, :4])
    return [decoder.logits(column[:, None]) for column in ids.T[4:]][-1]


def test_another_family_goes_through_its_modules() -> None:
    assert not isinstance(decode.weights(made("another"), half=True), HalfFused)
