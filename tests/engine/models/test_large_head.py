"""Half as many bytes for the last matrix, and the same tokens."""

import pytest
import torch
from transformers import Gemma3ForCausalLM, Gemma3TextConfig, LlamaConfig, LlamaForCausalLM, PreTrainedModel

from textgen_gui.engine.models import decode, large_head
from textgen_gui.engine.models.decode import Decoder

sizes = {"hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 2, "num_attention_heads": 4}
makers = {
    "llama": lambda: LlamaForCausalLM(LlamaConfig(**sizes, vocab_size=300, max_position_embeddings=64)),
    "gemma3": lambda: Gemma3ForCausalLM(
        Gemma3TextConfig(**sizes, vocab_size=300, max_position_embeddings=64, num_key_value_heads=2, head_dim=8)
    ),
}


def model_of(family: str, stored: torch.dtype) -> PreTrainedModel:
    torch.manual_seed(1)
    model = makers[family]().eval()
    torch.nn.init.normal_(model.get_output_embeddings().weight, std=0.5)
    for parameter in model.parameters():
        parameter.data = parameter.data.to(stored).float()
    vars(model)["stored_dtype"] = stored
    return model


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(large_head, "PAYS", 0)
    monkeypatch.setattr(large_head, "CANDIDATES", 40)
    monkeypatch.setattr(torch.backends.cpu, "get_cpu_capability", lambda: "AVX512")


@pytest.mark.parametrize("family", list(makers))
def test_the_likeliest_tokens_have_the_scores_of_transformers(family: str) -> None:
    model = model_of(family, torch.bfloat16)
    ids = torch.randint(300, (1, 12), generator=torch.Generator().manual_seed(2))
    with torch.inference_mode():
        theirs = model(ids).logits[0, -1]
    reader = Decoder(decode.weights(model), 64)
    for column in ids.T:
        mine = reader.logits(column[None])[0]
    likeliest = theirs.topk(20).indices
    assert torch.allclose(mine[likeliest], theirs[likeliest], atol=1e-4)
    assert not torch.allclose(mine, theirs, atol=1e-4), "it was not used"
    assert torch.allclose(mine, theirs, atol=0.02 * float(theirs.abs().max()))
    assert (mine.log_softmax(0) - theirs.log_softmax(0))[likeliest].abs().max() < 1e-3


def test_several_texts_have_all_digits() -> None:
    model = model_of("llama", torch.bfloat16)
    ids = torch.randint(300, (3, 5), generator=torch.Generator().manual_seed(2))
    with torch.inference_mode():
        theirs = model(ids).logits[:, -1]
    assert torch.allclose(Decoder(decode.weights(model), 64).logits(ids), theirs, atol=1e-4)


@pytest.mark.parametrize(
    ("stored", "capability"), [(torch.float32, "AVX512"), (torch.float16, "AVX512"), (torch.bfloat16, "AVX2")]
)
def test_others_are_left_as_they_are(monkeypatch: pytest.MonkeyPatch, stored: torch.dtype, capability: str) -> None:
    """Models that were trained here are stored in fp32: their texts stay letter by letter."""
    monkeypatch.setattr(torch.backends.cpu, "get_cpu_capability", lambda: capability)
    assert large_head.large_head(model_of("llama", stored)) is None
