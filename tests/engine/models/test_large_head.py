"""Half as many bytes for the last matrix, and the same tokens."""

from dataclasses import replace

import pytest
import torch
from tokenizers import Tokenizer
from transformers import Gemma3ForCausalLM, Gemma3TextConfig, LlamaConfig, LlamaForCausalLM, PreTrainedModel

from textgen_gui.engine.core.events import TokenChosen
from textgen_gui.engine.core.generation_config import GenerateConfig
from textgen_gui.engine.models import decode, large_head
from textgen_gui.engine.models.decode import Decoder, Weights
from textgen_gui.engine.text import tokenizer as tokenizers
from textgen_gui.engine.writing import generate
from textgen_gui.engine.writing.together import Together

from ...conftest import story

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


plain = GenerateConfig(max_new_tokens=12, natural_start=False, seed=1)
other = replace(plain, no_repeat_ngram=1)  # a token of this model is likeliest after itself
constrained = {
    "bias": replace(other, bias=tuple(f"#{token} = 40" for token in range(288, 300))),
    "banned": replace(other, banned=tuple(f"*{letter}*" for letter in "abcdefghijklmnoprstuvw")),
    "regex": replace(plain, regex="[0-9]{12}"),
    "schema": replace(plain, json_schema='{"enum": [123456789, 987654321]}'),
}


def chosen(weights: Weights, tokenizer: Tokenizer, config: GenerateConfig, *, together: bool) -> list[TokenChosen]:
    """The tokens of one text, written alone or by those who write for several people."""
    begun = generate.begin(weights, tokenizer, "The", config)
    batch = generate.Batch(weights, tokenizer, next(begun.openings), config, begun.seed, alternatives=1)
    if not together:
        return [event for event in batch.write(lambda: False) if isinstance(event, TokenChosen)]
    all_together = Together(weights, tokenizer.get_vocab_size())
    all_together.add(batch)
    happened = []
    while all_together.batches:
        happened += [event for step in all_together.step() for event in step.happened]
    return [event for event in happened if isinstance(event, TokenChosen)]


@pytest.mark.parametrize("together", [False, True])
@pytest.mark.parametrize("name", list(constrained))
def test_what_a_constraint_allows_has_all_digits(name: str, together: bool) -> None:
    """It may lie far behind the likeliest tokens."""
    model, tokenizer = model_of("gemma3", torch.bfloat16), tokenizers.train([story()], 300)
    written = chosen(decode.weights(model), tokenizer, constrained[name], together=together)
    ids = [0, *tokenizer.encode("The").ids, *(event.token for event in written)]
    with torch.inference_mode():
        theirs = model(torch.tensor([ids])).logits[0, -len(written) - 1 : -1].softmax(-1)
    wanted = torch.tensor([float(row[event.token]) for row, event in zip(theirs, written, strict=True)])
    found = torch.tensor([event.probability for event in written])
    assert len(found) > 3 and torch.allclose(found.log(), wanted.log(), atol=1e-4)
