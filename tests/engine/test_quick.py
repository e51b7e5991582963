"""The quick forward pass gives the logits and gradients of the modules it stands for, and steps aside for the rest."""

import copy

import pytest
import torch
from transformers import GPT2Config, GPT2LMHeadModel, LlamaConfig, LlamaForCausalLM, PreTrainedModel

from textgen_gui.engine import lora
from textgen_gui.engine.model import add_dropout
from textgen_gui.engine.quick import cross_entropy, quicken

shapes = {
    "llama": LlamaConfig(hidden_size=32, intermediate_size=48, num_hidden_layers=3, num_attention_heads=4),
    "grouped": LlamaConfig(
        hidden_size=32, intermediate_size=48, num_hidden_layers=2, num_attention_heads=4, num_key_value_heads=2
    ),
    "tied": LlamaConfig(
        hidden_size=32, intermediate_size=48, num_hidden_layers=2, num_attention_heads=4, tie_word_embeddings=True
    ),
    "gpt2": GPT2Config(n_embd=32, n_layer=3, n_head=4, resid_pdrop=0, embd_pdrop=0, attn_pdrop=0),
}


def pair(name: str) -> tuple[PreTrainedModel, PreTrainedModel]:
    config = copy.deepcopy(shapes[name])
    config.vocab_size, config.bos_token_id, config.eos_token_id = 50, 0, 0
    torch.manual_seed(1)
    stock = (GPT2LMHeadModel if name == "gpt2" else LlamaForCausalLM)(config).train()
    with torch.no_grad():
        for p in stock.parameters():
            p.add_(0.1 * torch.randn_like(p))  # norms and biases would be ones and zeros otherwise
    quick = copy.deepcopy(stock)
    quicken(quick, 0.0)
    return stock, quick


ids = torch.randint(50, (3, 17), generator=torch.Generator().manual_seed(2))


@pytest.mark.parametrize("name", list(shapes))
def test_logits_and_gradients_are_the_same(name: str) -> None:
    models = pair(name)
    logits = [model(input_ids=ids, use_cache=False).logits for model in models]
    assert torch.allclose(logits[0], logits[1], atol=2e-5)
    for made in logits:
        torch.nn.functional.cross_entropy(made.flatten(0, 1), ids.flatten()).backward()
    for (key, a), b in zip(models[0].named_parameters(), models[1].parameters(), strict=True):
        assert a.grad is not None and b.grad is not None, key
        assert (a.grad - b.grad).norm() <= 1e-5 * a.grad.norm() + 1e-8, key


@pytest.mark.parametrize("name", list(shapes))
def test_gradients_agree_with_small_differences(name: str) -> None:
    """In double precision, along a random direction: independent of the modules."""
    model = pair(name)[1].double()

    def loss() -> torch.Tensor:
        logits = model(input_ids=ids, use_cache=False).logits
        return torch.nn.functional.cross_entropy(logits.flatten(0, 1), ids.roll(-1, 1).flatten())

    loss().backward()
    directions = [torch.randn_like(p) for p in model.parameters()]
    slope = sum(float((p.grad * d).sum()) for p, d in zip(model.parameters(), directions, strict=True))
    ends = []
    with torch.no_grad():
        for sign in (1, -2):
            for p, d in zip(model.parameters(), directions, strict=True):
                p.add_(d, alpha=sign * 1e-6)
            ends.append(float(loss()))
    assert (ends[0] - ends[1]) / 2e-6 == pytest.approx(slope, rel=1e-5)


@pytest.mark.parametrize("name", list(shapes))
def test_writing_and_scoring_go_through_the_modules(name: str) -> None:
    stock, quick = (model.eval() for model in pair(name))
    assert torch.equal(stock(input_ids=ids).logits, quick(input_ids=ids).logits)
    assert quick(input_ids=ids, use_cache=True).past_key_values is not None


@pytest.mark.parametrize("name", list(shapes))
def test_what_is_not_plain_is_left_alone(name: str) -> None:
    model = copy.deepcopy(pair(name)[0])
    lora.add(model, 2, 1)
    quicken(model, 0.0)
    assert "forward" not in vars(model)


def test_other_positions_are_left_alone() -> None:
    scaled = {"rope_type": "linear", "factor": 2.0, "rope_theta": 10000.0}
    model = LlamaForCausalLM(LlamaConfig(vocab_size=50, **{**_small, "rope_parameters": scaled}))
    quicken(model, 0.0)
    assert "forward" not in vars(model)


_small = {"hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 1, "num_attention_heads": 4}


@pytest.mark.parametrize("share", [0.0, 0.5])
def test_dropout_is_on_while_training_only(share: float) -> None:
    model = LlamaForCausalLM(LlamaConfig(vocab_size=50, **_small)).train()
    add_dropout(model, share)
    quicken(model, share)
    first, second = (model(input_ids=ids, use_cache=False).logits for _ in range(2))
    assert torch.equal(first, second) == (share == 0)
    model.eval()
    assert torch.equal(model(input_ids=ids, use_cache=False).logits, model(input_ids=ids, use_cache=False).logits)


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_cross_entropy_is_that_of_torch(dtype: torch.dtype) -> None:
    logits = torch.randn(3, 17, 50, generator=torch.Generator().manual_seed(3)).to(dtype)
    logits[0, 0, ids[0, 0]] = -200  # its chance is no number of fp32
    ours, torchs = (logits.clone().requires_grad_() for _ in range(2))
    loss = cross_entropy(ours, ids)
    (2 * loss).backward()
    expected = torch.nn.functional.cross_entropy(torchs.float().flatten(0, 1), ids.flatten())
    (2 * expected).backward()
    assert ours.grad is not None and torchs.grad is not None
    torch.testing.assert_close(ours.grad, torchs.grad, rtol=1e-4, atol=1e-6)
    assert torch.isfinite(loss)
    logits[0, 0, ids[0, 0]] = 0
    again = cross_entropy(logits, ids)
    torch.testing.assert_close(again, torch.nn.functional.cross_entropy(logits.float().flatten(0, 1), ids.flatten()))
    logits[0, 0, 0] = torch.nan
    assert torch.isnan(cross_entropy(logits, ids))
