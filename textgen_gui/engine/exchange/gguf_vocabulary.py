"""A tokenizer as GGUF says it, exactly or not at all: other programs cut a text into the same tokens, or it is refused.

Facts were measured with llama.cpp: ``pre`` must be "gpt-2" for the GPT-2 pattern ("default" cuts one string in eight
differently, in silence), and for a tokenizer of characters a space is U+2581 and bytes have a type of their own.
"""

from dataclasses import dataclass
from typing import Any

import gguf
from gguf import GGUFReader, GGUFWriter, TokenType
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers

from ..core import bounded
from ..core.errors import CheckpointError
from ..text import special_tokens
from ..text.special_tokens import SpecialTokens

SPACE = "\u2581"
INSTEAD = "Export a folder instead."
BYTE_TOKENS = [f"<0x{byte:02X}>" for byte in range(256)]


@dataclass(frozen=True, slots=True)
class GgufVocabulary:
    """``model`` and ``pre``: what tokenizer.ggml.model and .pre say. ``types``: of each token. ``special``: what begins
    and ends a text.
    """

    model: str
    pre: str
    tokens: tuple[str, ...]
    types: tuple[TokenType, ...]
    merges: tuple[str, ...]
    special: SpecialTokens

    def write(self, file: GGUFWriter) -> None:
        file.add_tokenizer_model(self.model)
        file.add_tokenizer_pre(self.pre)
        file.add_token_list(self.tokens)
        file.add_token_types(self.types)
        if self.model == "gpt2":
            file.add_token_merges(self.merges)
        else:
            file.add_token_scores([0.0] * len(self.tokens))
        file.add_bos_token_id(self.special.begin)
        file.add_eos_token_id(self.special.ends[0])
        if len(self.special.ends) > 1:
            file.add_eot_token_id(self.special.ends[1])
        file.add_add_bos_token(bool(self.special.opening))
        file.add_add_space_prefix(False)


def vocabulary_of(tokenizer: Tokenizer, size: int) -> GgufVocabulary:
    """``size``: of the model's embedding, in tokens. Raises CheckpointError for one that GGUF cannot say exactly."""
    special = special_tokens.of(tokenizer)
    if len(special.opening) > 1 or special.opening not in ((), (special.begin,)) or len(special.ends) > 2:
        raise CheckpointError("This model begins or ends texts in a manner that a GGUF file cannot say. " + INSTEAD)
    plan: dict[str, Any] = bounded.parse_json(tokenizer.to_str())
    added = {int(token["id"]): bool(token["special"]) for token in plan["added_tokens"]}
    by_id = {number: token for token, number in tokenizer.get_vocab(with_added_tokens=True).items()}
    tokens = [by_id.get(number, f"[unused {number}]") for number in range(size)]
    model = plan["model"]
    if pre := _pre(plan):
        types = [_type(number, by_id, added) for number in range(size)]
        merges = tuple(" ".join(pair) if isinstance(pair, list) else pair for pair in model["merges"])
        return GgufVocabulary("gpt2", pre, tuple(tokens), tuple(types), merges, special)
    if _is_characters(plan):
        if SPACE in tokens and " " in tokens:
            raise CheckpointError(
                f"The texts hold the sign {SPACE}, which a GGUF file uses for the space. Export a folder or a page."
            )
        types = [
            TokenType.BYTE if token in BYTE_TOKENS else _type(number, by_id, added)
            for number, token in enumerate(tokens)
        ]
        spaced = tuple(SPACE if token == " " else token for token in tokens)
        return GgufVocabulary("llama", "default", spaced, tuple(types), (), special)
    raise CheckpointError(
        "This model cuts texts into tokens in a manner that a GGUF file cannot say exactly, so other programs would "
        "misread it. Export a folder instead."
    )


def _type(number: int, by_id: dict[int, str], added: dict[int, bool]) -> TokenType:
    if number not in by_id:
        return TokenType.UNUSED
    if number in added:
        return TokenType.CONTROL if added[number] else TokenType.USER_DEFINED
    return TokenType.NORMAL


def _pre(plan: dict[str, Any]) -> str:
    """The name that llama.cpp has for how a text is divided before pairs are merged; empty for one that it has not."""
    model, splits = plan["model"], plan["pre_tokenizer"] or {}
    odd = [model.get(key) for key in ("unk_token", "continuing_subword_prefix", "end_of_word_suffix", "ignore_merges")]
    if model["type"] != "BPE" or plan["normalizer"] or any(odd):
        return ""
    parts = splits.get("pretokenizers", []) if splits.get("type") == "Sequence" else [splits]
    match parts:
        case [{"type": "ByteLevel", "use_regex": True, "add_prefix_space": False}]:
            return "gpt-2"
        case [
            {"type": "Digits", "individual_digits": True},
            {"type": "ByteLevel", "use_regex": True, "add_prefix_space": False},
        ]:
            return "smollm"
        case _:
            return ""


def _is_characters(plan: dict[str, Any]) -> bool:
    model = plan["model"]
    plain = not plan["pre_tokenizer"] and not plan["normalizer"] and not model.get("merges")
    letters = all(len(token) == 1 or token in BYTE_TOKENS for token in model["vocab"] if token not in _names(plan))
    return bool(model["type"] == "BPE" and model.get("byte_fallback") and plain and letters)


def _names(plan: dict[str, Any]) -> set[str]:
    return {token["content"] for token in plan["added_tokens"]}


def read_vocabulary(file: GGUFReader) -> Tokenizer:
    """The tokenizer that a file written here means, as llama.cpp would build it, for the proof."""
    tokens = _texts(file, gguf.Keys.Tokenizer.LIST)
    types = [TokenType(int(file.fields[gguf.Keys.Tokenizer.TOKEN_TYPE].parts[i][0])) for i in _at(file)]
    special = [token for token, kind in zip(tokens, types, strict=True) if kind == TokenType.CONTROL]
    used = {token: n for n, (token, kind) in enumerate(zip(tokens, types, strict=True)) if kind != TokenType.UNUSED}
    if _texts(file, gguf.Keys.Tokenizer.MODEL) == ["gpt2"]:
        merges = [(a, b) for a, _, b in (pair.partition(" ") for pair in _texts(file, gguf.Keys.Tokenizer.MERGES))]
        tokenizer = Tokenizer(models.BPE(vocab=used, merges=merges))
        byte_level = pre_tokenizers.ByteLevel(add_prefix_space=False)
        by_digits = pre_tokenizers.Sequence([pre_tokenizers.Digits(individual_digits=True), byte_level])
        known = {"gpt-2": byte_level, "smollm": by_digits}
        tokenizer.pre_tokenizer = known[_texts(file, gguf.Keys.Tokenizer.PRE)[0]]
        tokenizer.decoder = decoders.ByteLevel()
    else:
        spaced = {" " if token == SPACE else token: number for token, number in used.items()}
        tokenizer = Tokenizer(models.BPE(vocab=spaced, merges=[], byte_fallback=True))
        tokenizer.decoder = decoders.Sequence([decoders.ByteFallback(), decoders.Fuse()])
    tokenizer.add_special_tokens([AddedToken(token, normalized=False) for token in special])
    return tokenizer


def _texts(file: GGUFReader, key: str) -> list[str]:
    found = file.fields[key]
    return [bytes(found.parts[index]).decode("utf-8") for index in found.data]


def _at(file: GGUFReader) -> list[int]:
    return list(file.fields[gguf.Keys.Tokenizer.TOKEN_TYPE].data)
