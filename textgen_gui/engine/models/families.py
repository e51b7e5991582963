"""The families of models that are opened: each was seen to write as transformers does, to learn and to resume.

Others are refused before anything starts, for some give wrong words without a sound. docs/MODELS.md is the table of
what was tried, and tests/benchmarks/families.py makes it.
"""

import threading
from dataclasses import dataclass

from ..core import schema

MAKING = threading.RLock()  # from_pretrained exchanges torch's initialisers, and a seed belongs to all threads
GOOD_BEGINNINGS = "SmolLM2, Qwen3, Gemma 3, Pythia or GPT-2"


@dataclass(frozen=True, slots=True)
class Family:
    """``known_as``: what people call its models. ``remembers``: whether it can read on from keys and values of what it
    has read; otherwise it reads the whole text again for every token. ``takes_lora``: as peft says.
    """

    known_as: str
    remembers: bool = True
    takes_lora: bool = True


families: dict[str, Family] = {
    "biogpt": Family("BioGPT"),
    "bloom": Family("BLOOM"),
    "codegen": Family("CodeGen"),
    "cohere": Family("Command R, Aya"),
    "cohere2": Family("Command R7B"),
    "deepseek_v2": Family("DeepSeek V2", remembers=False),
    "deepseek_v3": Family("DeepSeek V3", remembers=False),
    "ernie4_5": Family("ERNIE 4.5"),
    "falcon": Family("Falcon"),
    "gemma": Family("Gemma"),
    "gemma2": Family("Gemma 2"),
    "gemma3_text": Family("Gemma 3 (270M, 1B)"),
    "glm": Family("GLM-4"),
    "glm4": Family("GLM-4-0414"),
    "gpt-sw3": Family("GPT-SW3"),
    "gpt2": Family("GPT-2, DistilGPT-2, aitextgen"),
    "gpt_bigcode": Family("SantaCoder, StarCoder"),
    "gpt_neo": Family("GPT-Neo, TinyStories"),
    "gpt_neox": Family("Pythia, GPT-NeoX"),
    "gpt_oss": Family("gpt-oss"),
    "gptj": Family("GPT-J"),
    "granite": Family("Granite"),
    "helium": Family("Helium"),
    "lfm2": Family("LFM2", remembers=False),
    "llama": Family("Llama, SmolLM2, TinyLlama, DeepSeek-LLM"),
    "mamba": Family("Mamba", remembers=False, takes_lora=False),
    "mamba2": Family("Mamba 2", remembers=False, takes_lora=False),
    "ministral": Family("Ministral"),
    "mistral": Family("Mistral"),
    "mixtral": Family("Mixtral"),
    "mpt": Family("MPT"),
    "nanochat": Family("nanochat"),
    "nemotron": Family("Nemotron, Minitron"),
    "olmo": Family("OLMo"),
    "olmo2": Family("OLMo 2"),
    "olmo3": Family("OLMo 3"),
    "olmoe": Family("OLMoE"),
    "openai-gpt": Family("GPT (2018)", remembers=False),
    "opt": Family("OPT, Galactica"),
    "persimmon": Family("Persimmon"),
    "phi": Family("Phi-1, Phi-2"),
    "phi3": Family("Phi-3, Phi-4"),
    "phimoe": Family("Phi-3.5-MoE", takes_lora=False),
    "qwen2": Family("Qwen2, Qwen2.5"),
    "qwen2_moe": Family("Qwen1.5-MoE"),
    "qwen3": Family("Qwen3"),
    "qwen3_moe": Family("Qwen3-MoE"),
    "rwkv": Family("RWKV-4", remembers=False),
    "seed_oss": Family("Seed-OSS"),
    "smollm3": Family("SmolLM3"),
    "stablelm": Family("StableLM"),
    "starcoder2": Family("StarCoder2"),
    "xglm": Family("XGLM"),
}


def refusal(model: str, model_type: object) -> str:
    """A sentence about a model of a family that was not tried, with others that will do; "" for one that was."""
    if isinstance(model_type, str) and model_type in families:
        return ""
    is_name = isinstance(model_type, str) and model_type.isprintable() and len(model_type) < 60
    said = model_type if is_name else schema.shown(model_type)
    return (
        f"{model} cannot be loaded: “{said}” is no language model that this program is known to get right. "
        f"Good ones to begin with are {GOOD_BEGINNINGS}."
    )


def remembers(model_type: str) -> bool:
    return families[model_type].remembers if model_type in families else True


def takes_lora(model_type: str) -> bool:
    return families[model_type].takes_lora if model_type in families else True
