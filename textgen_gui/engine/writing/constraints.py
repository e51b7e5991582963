"""What the user wants a text to be or not to be: banned words, biased tokens, stop texts, a schema or a pattern."""

import re
from collections.abc import Iterable, Sequence
from typing import Any

import torch
from tokenizers import Tokenizer

from ..core import bounded, schema
from ..core.errors import ConfigError
from ..core.generation_config import GenerateConfig
from ..text import special_tokens
from ..text.tokenizer import encode
from .stream import Stream

CANNOT_SPELL = "This model has no tokens for what the schema or pattern asks for. Mend it, or choose another model."
LARGEST_BIAS = 1_000_000.0  # of a score; any score that a model gives is far smaller
BREAKERS = ("\n", ":", '"', "*")  # a passage that stands in the text again ends here for DRY


def is_constrained(config: GenerateConfig) -> bool:
    """Whether a token may have to be chosen that the model finds unlikely."""
    return bool(config.bias or config.banned or config.regex or config.json_schema)


def unescaped(text: str) -> str:
    return text.replace("\\n", "\n").replace("\\t", "\t")


def stops_of(config: GenerateConfig) -> tuple[str, ...]:
    return tuple(unescaped(text) for text in config.stop_texts if text)


def breakers_of(config: GenerateConfig, tokenizer: Tokenizer) -> frozenset[int]:
    """The tokens that hold a sign that ends a passage."""
    if not config.dry_multiplier:
        return frozenset()
    numbers = range(tokenizer.get_vocab_size())
    texts = tokenizer.decode_batch([[number] for number in numbers], skip_special_tokens=False)
    return frozenset(number for number, text in zip(numbers, texts, strict=True) if any(b in text for b in BREAKERS))


def bias_of(config: GenerateConfig, tokenizer: Tokenizer) -> torch.Tensor | None:
    """What is added to the score of each token, [vocabulary]. Raises ConfigError for what is no token."""
    lines = [line for line in config.bias if line.strip()]
    if not lines:
        return None
    bias = torch.zeros(tokenizer.get_vocab_size())
    for line in lines:
        text, sign, number = line.rpartition("=")
        try:
            value = float(number)
        except ValueError:
            value = float("nan")
        if not sign or not value <= LARGEST_BIAS:
            raise ConfigError(
                f"bias {schema.shown(line)} is not understood. Write it as a word, an equals sign and a number.",
                setting="bias",
            )
        for token in _tokens(text.strip(), tokenizer, line):
            bias[token] += value
    return bias


def _tokens(text: str, tokenizer: Tokenizer, line: str) -> list[int]:
    if re.fullmatch(r"#\d+", text):
        number = int(text[1:])
        if number >= tokenizer.get_vocab_size():
            raise ConfigError(
                f"bias {line!r}: this model has only {tokenizer.get_vocab_size():,} tokens.", setting="bias"
            )
        return [number]
    spelled = (encode(tokenizer, [form])[0] for form in (text, f" {text}"))
    found = [int(ids[0]) for ids in spelled if len(ids) == 1]
    if not found:
        raise ConfigError(
            f"bias {line!r}: “{text}” is no single token of this model. Choose a part of it.", setting="bias"
        )
    return found


class Banned:
    """Words that must not be written. A word stands by itself, unless it is written between stars: *so*."""

    def __init__(self, words: Iterable[str]) -> None:
        patterns = [_pattern(unescaped(word)) for word in words if word.strip("* ")]
        self._pattern = re.compile("|".join(patterns), re.IGNORECASE) if patterns else None
        self._reach = max((len(word) for word in words), default=0) + 1

    def __bool__(self) -> bool:
        return self._pattern is not None

    def ends(self, stream: Stream, token: int) -> bool:
        """Whether a banned word stands in the text, or at its end, once this token is written."""
        new = stream.peek(token)
        tail = stream.text[-self._reach :]
        return self.is_in(tail + new, len(tail))

    def is_in(self, text: str, after: int) -> bool:
        """Whether a banned word reaches beyond the first ``after`` characters."""
        found = self._pattern.finditer(text) if self._pattern else ()
        return any(match.end() > after for match in found)


def _pattern(word: str) -> str:
    if word.startswith("*") or word.endswith("*"):
        return re.escape(word.strip("*"))
    return rf"(?<!\w){re.escape(word.strip())}(?!\w)"


class Constraint:
    """Holds texts to a JSON schema or a regular expression, by llguidance. Without either it allows everything."""

    def __init__(self, config: GenerateConfig, tokenizer: Tokenizer, texts: Sequence[int]) -> None:
        self._matchers: dict[int, Any] = {}
        if config.json_schema or config.regex:
            self._matchers = _matchers(config, tokenizer, texts)

    def allowed(self, scores: torch.Tensor, texts: list[int]) -> torch.Tensor:
        """Scores [rows, vocabulary] with minus infinity for each token that would break the rule.

        ``texts``: the index of the text in each row.
        """
        if not self._matchers:
            return scores
        import llguidance.numpy as guidance

        mask = guidance.allocate_token_bitmask(len(texts), scores.shape[1])
        for row, index in enumerate(texts):
            if not self._matchers[index].is_stopped():
                guidance.fill_next_token_bitmask(self._matchers[index], mask, row)
                if not mask[row].any():
                    raise ConfigError(CANNOT_SPELL)
        bits = torch.arange(32, dtype=torch.int32)
        allowed = ((torch.from_numpy(mask)[:, :, None] >> bits) & 1).flatten(1)[:, : scores.shape[1]].bool()
        return scores.masked_fill(~allowed, float("-inf"))

    def take(self, index: int, token: int) -> bool:
        """Whether the text is complete with this token."""
        matcher = self._matchers.get(index)
        if matcher is None:
            return False
        if not matcher.consume_token(token):
            raise ConfigError(CANNOT_SPELL)
        return bool(matcher.is_stopped())


def _matchers(config: GenerateConfig, tokenizer: Tokenizer, texts: Sequence[int]) -> dict[int, Any]:
    import llguidance

    known = _known_to_llguidance(tokenizer)
    if config.json_schema:
        try:
            bounded.parse_json(config.json_schema)
        except ValueError as problem:
            raise ConfigError(
                f"json_schema is no JSON ({problem}). Mend it, or empty it.", setting="json_schema"
            ) from problem
        grammar = llguidance.LLMatcher.grammar_from_json_schema(config.json_schema)
    else:
        grammar = llguidance.LLMatcher.grammar_from_regex(config.regex)
    name = "json_schema" if config.json_schema else "regex"
    if refusal := llguidance.LLMatcher.validate_grammar(grammar, known):
        raise ConfigError(f"{name} cannot be used: {str(refusal).splitlines()[0]}. Mend it, or empty it.", setting=name)
    return {index: llguidance.LLMatcher(known, grammar) for index in texts}


class _BySpelling:
    """A tokenizer as llguidance takes it from outside, for those whose file it cannot read: Unigram and WordPiece."""

    bos_token_id = None

    def __init__(self, tokenizer: Tokenizer) -> None:
        self._tokenizer = tokenizer
        self.eos_token_id = special_tokens.of(tokenizer).ends[0]
        added = tokenizer.get_added_tokens_decoder()
        self.special_token_ids = [number for number, token in added.items() if token.special]
        before = tokenizer.encode("a", add_special_tokens=False).ids  # at the beginning a token may be another text
        numbers = range(tokenizer.get_vocab_size())
        texts = tokenizer.decode_batch([[*before, number] for number in numbers], skip_special_tokens=False)
        begin = len(tokenizer.decode(before, skip_special_tokens=False))
        self.tokens = [self._spelling(number, text[begin:]) for number, text in zip(numbers, texts, strict=True)]
        self._numbers = {spelling: number for number, spelling in enumerate(self.tokens)}
        self._longest = max(map(len, self.tokens))

    def __call__(self, text: bytes) -> list[int]:
        """Tokens that are spelled just so, the longest first; the tokenizer itself would set a space before."""
        found, begin = [], 0
        while begin < len(text):
            sizes = range(min(self._longest, len(text) - begin), 0, -1)
            size = next((size for size in sizes if text[begin : begin + size] in self._numbers), 0)
            if size:
                found.append(self._numbers[text[begin : begin + size]])
            begin += size or 1
        return found

    def _spelling(self, number: int, text: str) -> bytes:
        name = self._tokenizer.id_to_token(number) or ""
        byte = re.fullmatch(r"<0x([0-9A-F]{2})>", name)
        return bytes.fromhex(byte[1]) if byte else (text or name).encode()


def _known_to_llguidance(tokenizer: Tokenizer) -> Any:
    import llguidance

    ends, size = list(special_tokens.of(tokenizer).ends), tokenizer.get_vocab_size()
    try:
        return llguidance.LLTokenizer(tokenizer.to_str(), n_vocab=size, eos_token=ends)
    except ValueError:
        wrapped = llguidance.TokenizerWrapper(_BySpelling(tokenizer))
        return llguidance.LLTokenizer(wrapped, n_vocab=size, eos_token=ends)
