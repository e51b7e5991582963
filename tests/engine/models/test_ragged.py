"""Texts of different lengths, read on together, get the numbers that each gets alone."""

import pytest
import torch

from textgen_gui.engine.models import decode
from textgen_gui.engine.models.decode import Decoder
from textgen_gui.engine.models.ragged import RaggedDecoder, ragged

from .test_decode import VOCABULARY, made, makers


@pytest.mark.parametrize("name", [name for name in makers if name != "another"])
def test_all_read_what_each_would_alone(name: str) -> None:
    weights = decode.weights(made(name))
    together = ragged(weights, VOCABULARY)
    assert together
    ids = torch.randint(1, VOCABULARY, (4, 60))
    alone = [Decoder(weights, 64, VOCABULARY) for _ in range(4)]
    for row, length in ((0, 3), (1, 20), (2, 9)):
        _read(alone[row], together, ids[row : row + 1, :length])
    lengths, rows = [3, 20, 9, 0], [0, 1, 2]
    for step in range(24):
        if step == 8:  # one leaves
            rows = [0, 2]
            together.select([0, 2])
        if step == 12:  # and one that is longer than all comes
            _read(alone[3], together, ids[3:, :30])
            lengths[3], rows = 30, [0, 2, 3]
        logits = together.logits(torch.stack([ids[row, lengths[row]] for row in rows]))
        for place, row in enumerate(rows):
            own = alone[row].logits(ids[row : row + 1, lengths[row] : lengths[row] + 1])
            torch.testing.assert_close(logits[place], own[0], atol=2e-5, rtol=1e-4)
            lengths[row] += 1


def _read(alone: Decoder, together: RaggedDecoder, ids: torch.Tensor) -> None:
    """The beginning of a text, ids [1, length], by both."""
    alone.logits(ids)
    another = Decoder(alone.weights, 64, VOCABULARY)
    another.logits(ids)
    together.join(another.hand_over(), 1)
