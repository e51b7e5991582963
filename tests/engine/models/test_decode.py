"""Reading on token by token gives the numbers of transformers, whether an architecture is written out or not."""

import copy

import pytest
import torch
from transformers import (
    Gemma3ForCausalLM,
    Gemma3TextConfig,
    GPT2Config,
    GPT2LMHeadModel,
    GPTNeoConfig,
    GPTNeoForCausalLM,
    GPTNeoXConfig,
    GPTNeoXForCausalLM,
    Lfm2Config,
    Lfm2ForCausalLM,
    LlamaConfig,
    LlamaForCausalLM,
    MistralConfig,
    MistralForCausalLM,
    PreTrainedModel,
    Qwen2Config,
    Qwen2ForCausalLM,
    Qwen3Config,
    Qwen3ForCausalLM,
)

from textgen_gui.engine.core.events import TextGenerated, TokenChosen
from textgen_gui.engine.core.generation_config import GenerateConfig
from textgen_gui.engine.models import decode
from textgen_gui.engine.models.decode import Decoder
from textgen_gui.engine.text import tokenizer as tokenizers
from textgen_gui.engine.writing.generate import write

from ...conftest import never, story

VOCABULARY = 300
sizes = {"hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 3, "num_attention_heads": 4}
common = {"vocab_size": VOCABULARY, "bos_token_id": 0, "eos_token_id": 0}
makers = {
    "llama": lambda: LlamaForCausalLM(LlamaConfig(**sizes, **common, max_position_embeddings=64)),
    "llama grouped": lambda: LlamaForCausalLM(
        LlamaConfig(**sizes, **common, max_position_embeddings=64, num_key_value_heads=2, tie_word_embeddings=True)
    ),
    "llama 3": lambda: LlamaForCausalLM(
        LlamaConfig(
            **sizes,
            **common,
            max_position_embeddings=64,
            num_key_value_heads=2,
            rope_parameters={
                "rope_type": "llama3",
                "rope_theta": 10000.0,
                "factor": 8.0,
                "low_freq_factor": 1.0,
                "high_freq_factor": 4.0,
                "original_max_position_embeddings": 16,
            },
        )
    ),
    "mistral": lambda: MistralForCausalLM(
        MistralConfig(**sizes, **common, max_position_embeddings=64, num_key_value_heads=2, sliding_window=8)
    ),
    "mistral that looks everywhere": lambda: MistralForCausalLM(
        MistralConfig(**sizes, **common, max_position_embeddings=64, num_key_value_heads=2, sliding_window=None)
    ),
    "qwen2": lambda: Qwen2ForCausalLM(
        Qwen2Config(**sizes, **common, max_position_embeddings=64, num_key_value_heads=2)
    ),
    "gemma3": lambda: Gemma3ForCausalLM(
        Gemma3TextConfig(
            **sizes,
            **common,
            max_position_embeddings=64,
            num_key_value_heads=2,
            head_dim=16,
            query_pre_attn_scalar=20,
            sliding_window=8,
            layer_types=["sliding_attention", "full_attention", "sliding_attention"],
        )
    ),
    "qwen3": lambda: Qwen3ForCausalLM(
        Qwen3Config(**sizes, **common, max_position_embeddings=64, num_key_value_heads=2, head_dim=16)
    ),
    "lfm2": lambda: Lfm2ForCausalLM(
        Lfm2Config(
            **sizes,
            **common,
            max_position_embeddings=64,
            num_key_value_heads=2,
            head_dim=16,
            block_auto_adjust_ff_dim=False,
            layer_types=["conv", "full_attention", "conv"],
        )
    ),
    "gpt2": lambda: GPT2LMHeadModel(GPT2Config(n_embd=32, n_layer=3, n_head=4, n_positions=64, **common)),
    "gpt neo": lambda: GPTNeoForCausalLM(
        GPTNeoConfig(
            hidden_size=32,
            num_layers=2,
            num_heads=4,
            attention_types=[[["global", "local"], 1]],
            window_size=8,
            max_position_embeddings=64,
            **common,
        )
    ),
    "another": lambda: GPTNeoXForCausalLM(GPTNeoXConfig(**sizes, **common, max_position_embeddings=64)),
}


def made(name: str) -> PreTrainedModel:
    torch.manual_seed(3)
    model = makers[name]().eval()
    with torch.no_grad():
        for p in model.parameters():
            p.add_(0.2 * torch.randn_like(p))  # norms, biases and ties would hide mistakes
    return model


@pytest.mark.parametrize("name", list(makers))
def test_logits_are_those_of_the_whole(name: str) -> None:
    model = made(name)
    decoder = Decoder(decode.weights(model), 40)
    history = torch.randint(1, VOCABULARY, (3, 11), generator=torch.Generator().manual_seed(1))
    new = history
    for _ in range(12):
        logits = decoder.logits(new)
        with torch.no_grad():
            whole = model(input_ids=history).logits[:, -1]
        torch.testing.assert_close(logits, whole, atol=2e-4, rtol=1e-4)
        new = logits.argmax(-1, keepdim=True)
        history = torch.cat([history, new], dim=1)


@pytest.mark.parametrize("name", list(makers))
def test_texts_can_be_left_out_and_doubled(name: str) -> None:
    model = made(name)
    decoder = Decoder(decode.weights(model), 40)
    history = torch.randint(1, VOCABULARY, (3, 9), generator=torch.Generator().manual_seed(2))
    decoder.logits(history)
    rows = torch.tensor([2, 0, 2, 2])
    decoder.select(rows)
    new = torch.tensor([[5], [6], [7], [8]])
    with torch.no_grad():
        whole = model(input_ids=torch.cat([history[rows], new], dim=1)).logits[:, -1]
    torch.testing.assert_close(decoder.logits(new), whole, atol=2e-4, rtol=1e-4)


def test_what_is_written_out_is_used() -> None:
    kinds = {name: type(decode.weights(made(name))).__name__ for name in makers}
    assert [name for name, kind in kinds.items() if kind != "Fused"] == ["another"]


def test_a_setting_that_is_not_written_out_goes_through_the_modules() -> None:
    config = copy.deepcopy(makers["llama"]().config)
    config.attention_bias = True
    torch.manual_seed(1)
    assert type(decode.weights(LlamaForCausalLM(config).eval())).__name__ == "_Modules"


@pytest.mark.parametrize("name", ["llama", "qwen3", "lfm2", "gpt2"])
def test_it_says_how_much_memory_a_token_takes(name: str) -> None:
    """Where it is less, more texts are written side by side than there is room for."""
    weights = decode.weights(made(name))
    decoder = decode.Decoder(weights, 16)
    decoder.logits(torch.tensor([[1, 2, 3]]))
    buffers = [cache.buffer for cache in decoder.hand_over()]
    assert sum(buffer.nbytes for buffer in buffers if buffer is not None) == 16 * weights.bytes_a_token


@pytest.mark.parametrize("name", ["llama", "qwen3", "lfm2", "gpt2", "gpt neo"])
def test_greedy_is_token_equal_to_transformers_over_200_prompts(name: str) -> None:
    model = made(name)
    tokenizer = tokenizers.train([story()], VOCABULARY)
    words = story(400).split()
    config = GenerateConfig(temperature=0.0, max_new_tokens=8, seed=1, natural_start=False)
    weights = decode.weights(model)
    for number in range(200):
        prompt = " ".join(words[number : number + 1 + number % 5])
        ids = [0, *tokenizer.encode(prompt).ids]
        happened = list(write(weights, tokenizer, prompt, config, never, alternatives=1))
        chosen = [event.token for event in happened if isinstance(event, TokenChosen)]
        with torch.no_grad():
            likeliest = model(torch.tensor([[*ids, *chosen]])).logits[0, len(ids) - 1 :].argmax(-1).tolist()
        assert chosen == likeliest[: len(chosen)], prompt
        assert len(chosen) == 8 or likeliest[-1] == 0, prompt
        (done,) = [event for event in happened if isinstance(event, TextGenerated)]
        assert done.text == tokenizer.decode(chosen), prompt
