"""Bits per byte by the protocol, against a computation of its own."""

import math
from pathlib import Path

import numpy as np
import pytest
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from textgen_gui.engine.core import events
from textgen_gui.engine.core.errors import TextError
from textgen_gui.engine.core.project import Run
from textgen_gui.engine.models import model as models
from textgen_gui.engine.models.checkpoint import best
from textgen_gui.engine.text.special_tokens import SpecialTokens
from textgen_gui.engine.training import evaluate

from ...conftest import never, story


def by_hand(folder: Path, text: str) -> float:
    """The protocol one window at a time, in plain transformers."""
    model, tokenizer = AutoModelForCausalLM.from_pretrained(folder), AutoTokenizer.from_pretrained(folder)
    context = model.config.max_position_embeddings
    ids = [tokenizer.bos_token_id, *tokenizer(text, add_special_tokens=False)["input_ids"]]
    total, scored = 0.0, 0
    for start in range(0, len(ids), context // 2):
        window = ids[start : start + context + 1]
        if scored >= len(ids) - 1:
            break
        with torch.no_grad():
            logits = model(torch.tensor([window[:-1]])).logits[0].log_softmax(-1)
        for place, target in enumerate(window[1:]):
            if start + place >= scored:
                total -= float(logits[place, target])
        scored = start + len(window) - 1
    return total / math.log(2) / len(text.encode())


@pytest.mark.parametrize("length", [40, 333, 3000])
def test_it_equals_a_computation_by_hand(trained: Run, tmp_path: Path, length: int) -> None:
    text = story(4000)[500 : 500 + length]
    (tmp_path / "held.txt").write_text(text)
    folder = best(trained).folder
    done = list(evaluate.evaluate(folder, 12, [tmp_path / "held.txt"], never))[-1]
    assert isinstance(done, events.Evaluated)
    assert done.bits_per_byte == pytest.approx(by_hand(folder, text), rel=1e-4)


def test_each_token_is_scored_exactly_once(trained: Run) -> None:
    model, _ = models.load(best(trained).folder)
    for head in (model.lm_head.weight,):
        torch.nn.init.zeros_(head)  # then each token costs exactly ln(vocabulary)
    for count in (1, 15, 16, 17, 24, 25, 100, 1000):
        total = sum(evaluate.nats(model, np.ones(count, dtype=np.uint16), SpecialTokens((0,), 0, (0,))))
        assert total == pytest.approx(count * math.log(model.config.vocab_size), rel=1e-4), count


def test_nothing_to_score_is_a_sentence(trained: Run, tmp_path: Path) -> None:
    (tmp_path / "empty.txt").write_text("")
    with pytest.raises(TextError, match="nothing to score"):
        list(evaluate.evaluate(best(trained).folder, 0, [tmp_path / "empty.txt"], never))
