"""transformers, and those of its classes that are used here.

While it is imported it puts another module in its place, and its classes are imported when they are first asked for:
where two threads do so at one time, one of them fails. So all take them from here: Python lets one thread import this
while the others wait.
"""

import transformers
from transformers import (
    CONFIG_MAPPING,
    AutoConfig,
    AutoModelForCausalLM,
    AutoTokenizer,
    Gemma3ForCausalLM,
    GPT2Config,
    GPT2LMHeadModel,
    GPTNeoConfig,
    GPTNeoForCausalLM,
    Lfm2Config,
    Lfm2ForCausalLM,
    LlamaConfig,
    LlamaForCausalLM,
    MistralForCausalLM,
    PretrainedConfig,
    PreTrainedModel,
    PreTrainedTokenizerFast,
    Qwen2ForCausalLM,
    Qwen3ForCausalLM,
)
from transformers.cache_utils import Cache, DynamicLayer
from transformers.initialization import no_init_weights
from transformers.modeling_outputs import CausalLMOutput
from transformers.pytorch_utils import Conv1D
from transformers.utils import logging

__all__ = [
    "CONFIG_MAPPING",
    "AutoConfig",
    "AutoModelForCausalLM",
    "AutoTokenizer",
    "Cache",
    "CausalLMOutput",
    "Conv1D",
    "DynamicLayer",
    "GPT2Config",
    "GPT2LMHeadModel",
    "GPTNeoConfig",
    "GPTNeoForCausalLM",
    "Gemma3ForCausalLM",
    "Lfm2Config",
    "Lfm2ForCausalLM",
    "LlamaConfig",
    "LlamaForCausalLM",
    "MistralForCausalLM",
    "PreTrainedModel",
    "PreTrainedTokenizerFast",
    "PretrainedConfig",
    "Qwen2ForCausalLM",
    "Qwen3ForCausalLM",
    "logging",
    "no_init_weights",
    "transformers",
]
