"""The quick pass gives the logits and gradients of the modules it stands for, and steps aside for the rest."""

import copy
import gc
import weakref

import pytest
import torch
from transformers import (
    AutoModelForCausalLM,
    GPT2Config,
    GPT2LMHeadModel,
    Lfm2Config,
    LlamaConfig,
    LlamaForCausalLM,
    MistralConfig,
    PreTrainedModel,
)

from textgen_gui.engine.core.config import LONGEST_SQUARE
from textgen_gui.engine.models import kernels, lora
from textgen_gui.engine.models.fast_training import cross_entropy, enable_fast_training
from textgen_gui.engine.models.model import add_dropout

shapes = {
    "llama": LlamaConfig(hidden_size=32, intermediate_size=48, num_hidden_layers=3, num_attention_heads=4),
    "grouped": LlamaConfig(
        hidden_size=32, intermediate_size=48, num_hidden_layers=2, num_attention_heads=4, num_key_value_heads=2
    ),
    "tied": LlamaConfig(
        hidden_size=32, intermediate_size=48, num_hidden_layers=2, num_attention_heads=4, tie_word_embeddings=True
    ),
    "llama 3": LlamaConfig(
        hidden_size=32,
        intermediate_size=48,
        num_hidden_layers=2,
        num_attention_heads=4,
        rope_parameters={
            "rope_type": "llama3",
            "rope_theta": 10000.0,
            "factor": 8.0,
            "low_freq_factor": 1.0,
            "high_freq_factor": 4.0,
            "original_max_position_embeddings": 16,
        },
    ),
    "mistral": MistralConfig(
        hidden_size=32, intermediate_size=48, num_hidden_layers=2, num_attention_heads=4, num_key_value_heads=2
    ),
    "lfm2": Lfm2Config(
        hidden_size=32,
        intermediate_size=48,
        block_auto_adjust_ff_dim=False,
        num_hidden_layers=3,
        num_attention_heads=4,
        num_key_value_heads=2,
        layer_types=["conv", "full_attention", "conv"],
        pad_token_id=None,  # to which its modules give no gradient
    ),
    "lfm2, more tokens than it reads": Lfm2Config(
        hidden_size=32,
        intermediate_size=48,
        block_auto_adjust_ff_dim=False,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=4,
        layer_types=["conv", "full_attention"],
        conv_L_cache=40,
        head_dim=16,
        pad_token_id=None,
    ),
    "gpt2": GPT2Config(n_embd=32, n_layer=3, n_head=4, resid_pdrop=0, embd_pdrop=0, attn_pdrop=0),
}


def pair(name: str) -> tuple[PreTrainedModel, PreTrainedModel]:
    config = copy.deepcopy(shapes[name])
    config.vocab_size, config.bos_token_id, config.eos_token_id = 50, 0, 0
    torch.manual_seed(1)
    stock = AutoModelForCausalLM.from_config(config).train()
    with torch.no_grad():
        for p in stock.parameters():
            p.add_(0.1 * torch.randn_like(p))  # norms and biases would be ones and zeros otherwise
    quick = copy.deepcopy(stock)
    enable_fast_training(quick, 0.0)
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
def test_writing_goes_through_the_modules_and_scoring_is_quick(name: str) -> None:
    stock, quick = (model.eval() for model in pair(name))
    assert torch.equal(stock(input_ids=ids).logits, quick(input_ids=ids).logits)
    assert quick(input_ids=ids, use_cache=True).past_key_values is not None
    with torch.no_grad():
        torch.testing.assert_close(stock(input_ids=ids).logits, quick(input_ids=ids, use_cache=False).logits)


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
@pytest.mark.parametrize("name", list(shapes))
def test_half_precision_is_near(name: str, dtype: torch.dtype) -> None:
    stock, quick = pair(name)
    with torch.autocast("cpu", dtype):
        logits = quick(input_ids=ids, use_cache=False).logits
    assert logits.dtype == dtype
    cross_entropy(logits, ids).backward()
    expected = stock(input_ids=ids, use_cache=False).logits
    cross_entropy(expected, ids).backward()
    assert (logits - expected).norm() < 0.02 * expected.norm()
    for (key, a), b in zip(stock.named_parameters(), quick.parameters(), strict=True):
        assert a.grad is not None and b.grad is not None and b.grad.dtype == torch.float32, key
        assert (a.grad - b.grad).norm() <= 0.05 * a.grad.norm(), key


def test_the_memory_of_a_quick_model_comes_back_at_once() -> None:
    """Its pass must not hold the model, or only a search for circles would free it."""
    gc.disable()
    try:
        _, quick = pair("llama")
        cross_entropy(quick(input_ids=ids, use_cache=False).logits, ids).backward()
        weak = weakref.ref(quick)
        del quick
        assert weak() is None
    finally:
        gc.enable()


@pytest.mark.parametrize("length", [LONGEST_SQUARE, LONGEST_SQUARE + 40])
def test_long_and_short_attention_are_the_same(length: int) -> None:
    q, k, v, g = (torch.randn(6, length, 16) for _ in range(4))
    inputs = a, b, c = q.clone().requires_grad_(), k.clone().requires_grad_(), v.clone().requires_grad_()
    expected = torch.nn.functional.scaled_dot_product_attention(a, b, c, is_causal=True, scale=1.0)
    expected.backward(g)
    made, kept = kernels.attention(q, k, v, None)
    into = torch.empty(3, *q.shape)
    kernels.attention_backward(g, kept, into)
    torch.testing.assert_close(made, expected)
    for gradient, tensor in zip(into, inputs, strict=True):
        torch.testing.assert_close(gradient, tensor.grad, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(("rows", "wide", "high"), [(2048, 96, 64), (2048, 64, 96), (7, 5, 3)])
@pytest.mark.parametrize("faster", [True, False])
def test_products_are_the_same_by_either_library(
    rows: int, wide: int, high: int, faster: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if faster and not torch.backends.mkldnn.is_available():
        pytest.skip("this torch comes without oneDNN")
    monkeypatch.setattr(kernels, "onednn_is_faster", lambda: faster)
    x, w, g = torch.randn(rows, wide), torch.randn(high, wide), torch.randn(rows, high)
    torch.testing.assert_close(kernels.product(x, w), (x.double() @ w.double().t()).float(), rtol=1e-4, atol=1e-4)
    torch.testing.assert_close(kernels.outer(g, x), (g.double().t() @ x.double()).float(), rtol=1e-4, atol=1e-3)


def test_dropout_drops_its_share_and_keeps_the_mean() -> None:
    off = kernels.dropout_mask((100, 1001), 0.25, torch.float32)
    assert float((off == 0).float().mean()) == pytest.approx(0.25, abs=0.01)
    assert float(off.mean()) == pytest.approx(1, abs=0.02)


@pytest.mark.parametrize("kind", ["embd_pdrop", "attn_pdrop", "resid_pdrop"])
def test_each_kind_of_dropout_is_on_as_the_config_says(kind: str) -> None:
    config = copy.deepcopy(shapes["gpt2"])
    config.vocab_size, config.bos_token_id, config.eos_token_id = 50, 0, 0
    setattr(config, kind, 0.5)
    model = GPT2LMHeadModel(config).train()
    enable_fast_training(model, 0.0)
    first, second = (model(input_ids=ids, use_cache=False).logits for _ in range(2))
    assert not torch.equal(first, second)
    first.sum().backward()


@pytest.mark.parametrize("name", list(shapes))
def test_what_is_not_plain_is_left_alone(name: str) -> None:
    model = copy.deepcopy(pair(name)[0])
    lora.add(model, 2, 1)
    enable_fast_training(model, 0.0)
    assert "forward" not in vars(model)


def test_other_positions_are_left_alone() -> None:
    scaled = {"rope_type": "linear", "factor": 2.0, "rope_theta": 10000.0}
    model = LlamaForCausalLM(LlamaConfig(vocab_size=50, **{**_small, "rope_parameters": scaled}))
    enable_fast_training(model, 0.0)
    assert "forward" not in vars(model)


_small = {"hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 1, "num_attention_heads": 4}


@pytest.mark.parametrize("share", [0.0, 0.5])
def test_dropout_is_on_while_training_only(share: float) -> None:
    model = LlamaForCausalLM(LlamaConfig(vocab_size=50, **_small)).train()
    add_dropout(model, share)
    enable_fast_training(model, share)
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


def test_a_text_that_is_longer_than_mistral_looks_back_runs_through_the_modules() -> None:
    torch.manual_seed(1)
    stock = AutoModelForCausalLM.from_config(
        MistralConfig(
            vocab_size=50,
            hidden_size=32,
            intermediate_size=48,
            num_hidden_layers=2,
            num_attention_heads=4,
            num_key_value_heads=2,
            sliding_window=8,
        )
    )
    quick = copy.deepcopy(stock)
    enable_fast_training(quick, 0.0)
    assert torch.equal(*(model(input_ids=ids, use_cache=False).logits for model in (stock, quick)))
