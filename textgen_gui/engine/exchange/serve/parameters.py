"""What a request may ask for, by the names that OpenAI, KoboldAI and the tools for writers have for it.

Each name stands for a setting of ours. What cannot be done here is refused, unless it asks for nothing: its value is
empty, false, or the one with which it does nothing. What changes no text is passed over. Not so the order in which
samplers apply: it is our own, whatever a request says of it.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ...core import schema
from ...core.errors import ConfigError
from ...core.generation_config import GenerateConfig
from .refusal import Refused

MOST_TEXTS = 64

Read = Callable[[Any], object]
"""A value as it came -> that of the setting. Raises TypeError or ValueError for what it does not understand."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """``setting``: of GenerateConfig."""

    setting: str
    read: Read
    names: tuple[str, ...]


def _number(value: Any) -> float:
    if isinstance(value, bool):
        raise TypeError
    return float(value)


def _count(value: Any) -> int:
    number = _number(value)
    if number != int(number):
        raise ValueError
    return int(number)


def _all_below_one(value: Any) -> int:
    """-1 and 0: all."""
    return max(0, _count(value))


def _seed(value: Any) -> int:
    """Negative: a new one each time, as 0 is. Larger ones than ours begin again from 1."""
    seed = _count(value)
    return 0 if seed <= 0 else (seed - 1) % (2**31 - 1) + 1


def _texts(value: Any) -> tuple[str, ...]:
    texts = [value] if isinstance(value, str) else list(value)
    if not all(isinstance(text, str) for text in texts):
        raise TypeError
    return tuple(filter(None, texts))


def _banned(value: Any) -> tuple[str, ...]:
    """Wherever they stand, also inside a word."""
    return tuple(f"*{text}*" for text in _texts(value))


def _bias(value: Any) -> tuple[str, ...]:
    return tuple(f"#{_count(token)} = {_number(amount)}" for token, amount in value.items())


def _schema(value: Any) -> str:
    return json.dumps(value) if isinstance(value, Mapping) else str(value)


def _response_format(value: Any) -> str:
    match value["type"]:
        case "text":
            return ""
        case "json_object":
            return '{"type": "object"}'
        case "json_schema":
            return json.dumps(value["json_schema"]["schema"])
    raise ValueError


# fmt: off
PARAMETERS = (
    Parameter("max_new_tokens", _count,
              ("max_tokens", "max_completion_tokens", "max_new_tokens", "max_length", "n_predict")),
    Parameter("min_new_tokens", _count, ("min_tokens", "min_length", "min_new_tokens")),
    Parameter("temperature", _number, ("temperature",)),
    Parameter("top_p", _number, ("top_p",)),
    Parameter("top_k", _all_below_one, ("top_k",)),
    Parameter("min_p", _number, ("min_p",)),
    Parameter("typical", _number, ("typical", "typical_p")),
    Parameter("presence_penalty", _number, ("presence_penalty",)),
    Parameter("frequency_penalty", _number, ("frequency_penalty",)),
    Parameter("repetition_penalty", _number, ("repetition_penalty", "rep_pen", "repeat_penalty")),
    Parameter("penalty_range", _all_below_one,
              ("penalty_range", "rep_pen_range", "repetition_penalty_range", "repeat_last_n")),
    Parameter("no_repeat_ngram", _count, ("no_repeat_ngram", "no_repeat_ngram_size")),
    Parameter("dry_multiplier", _number, ("dry_multiplier",)),
    Parameter("dry_base", _number, ("dry_base",)),
    Parameter("dry_allowed", _count, ("dry_allowed", "dry_allowed_length")),
    Parameter("xtc_probability", _number, ("xtc_probability",)),
    Parameter("xtc_threshold", _number, ("xtc_threshold",)),
    Parameter("stop_texts", _texts, ("stop", "stop_sequence", "stop_sequences", "stopping_strings", "stop_texts")),
    Parameter("banned", _banned, ("banned_tokens", "banned_strings")),
    Parameter("bias", _bias, ("logit_bias",)),
    Parameter("json_schema", _schema, ("json_schema",)),
    Parameter("json_schema", _response_format, ("response_format",)),
    Parameter("regex", str, ("regex",)),
    Parameter("natural_start", bool, ("natural_start",)),
    Parameter("from_beginning", bool, ("from_beginning",)),
    Parameter("end", str, ("end",)),
    Parameter("seed", _seed, ("seed", "sampler_seed")),
    Parameter("n", _count, ("n",)),
)
# Values with which what we do not have does nothing; an empty or false one does so for every name.
NEUTRAL: dict[str, tuple[object, ...]] = {
    "best_of": (1,), "num_beams": (1,), "tfs": (1,), "guidance_scale": (1,), "rep_pen_slope": (1,), "nsigma": (-1,),
    "length_penalty": (1,), "dynatemp_exponent": (1,), "smoothing_curve": (1,), "adaptive_target": (-1,),
    "dry_penalty_last_n": (-1,), "tool_choice": ("none",), "modalities": (["text"],), "do_sample": (True,),
    "temperature_last": (True,), "add_bos_token": (True,), "skip_special_tokens": (True,),
}
# They change no text, or say what the client itself goes by.
IGNORED = frozenset((
    "prompt", "messages", "memory", "model", "stream", "stream_options", "echo", "logprobs", "top_logprobs", "user",
    "metadata", "store", "service_tier", "prompt_cache_key", "safety_identifier", "api_type", "api_server", "genkey",
    "quiet", "trim_stop", "max_context_length", "truncation_length", "sampler_order", "sampler_priority", "samplers",
    "cache_prompt", "include_reasoning", "render_special", "min_keep", "dry_sequence_breakers", "mirostat",
    "mirostat_mode", "mirostat_tau", "mirostat_eta", "grammar_retain_state", "verbosity", "parallel_tool_calls",
    "dry_range", "adaptive_decay", "speculative_ngram",
))
# fmt: on
by_name = {name: parameter for parameter in PARAMETERS for name in parameter.names}


def settings_of(body: Mapping[str, Any]) -> GenerateConfig:
    """How the text is to be written; what a request does not say is as it is in our own window. Raises Refused."""
    values: dict[str, Any] = {}
    for name, value in body.items():
        if value is None or name in IGNORED:
            continue
        parameter = by_name.get(name)
        if parameter is None:
            _refuse_unless_neutral(name, value)
            continue
        read = _read(name, value, parameter.read)
        if values.setdefault(parameter.setting, read) != read and read:
            raise Refused(400, f"{name} contradicts another parameter of this request.", "contradiction", name)
    values |= _mirostat(body)
    if values.get("n", 1) > MOST_TEXTS:
        raise Refused(400, f"n is {values['n']}; the largest value is {MOST_TEXTS}.", "too_many", "n")
    try:
        config = schema.named(GenerateConfig(), values).config
        schema.check(config)
    except ConfigError as problem:
        raise Refused(400, str(problem), "invalid_value") from None
    return config


def _read(name: str, value: Any, read: Read) -> object:
    try:
        return read(value)
    except (TypeError, ValueError, KeyError, AttributeError, OverflowError):
        raise Refused(400, f"{name} is not understood.", "invalid_value", name) from None


def _refuse_unless_neutral(name: str, value: Any) -> None:
    if value and value not in NEUTRAL.get(name, ()):
        message = f"{name} would change the text, and there is no such thing here. Leave it out."
        raise Refused(400, message, "unsupported_parameter", name)


def _mirostat(body: Mapping[str, Any]) -> dict[str, object]:
    """Its second version, which is ours; the other settings of it say nothing where it is off."""
    mode = body.get("mirostat") or body.get("mirostat_mode") or 0
    if not mode:
        return {}
    if mode != 2:
        raise Refused(400, "Of mirostat there is only version 2 here.", "unsupported_parameter", "mirostat")
    taken = {"mirostat": "mirostat_tau", "mirostat_rate": "mirostat_eta"}
    return {
        ours: _read(theirs, body[theirs], _number) for ours, theirs in taken.items() if body.get(theirs) is not None
    }
