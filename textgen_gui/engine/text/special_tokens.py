"""The tokens that begin and end a text. They are no text, and every family of models has its own: what a model's own
files say about them is read here once, and goes with the tokenizer from then on.
"""

import functools
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tokenizers import Tokenizer

from ..core import bounded
from ..core.errors import ProjectError

END_OF_TEXT = "<|endoftext|>"
ends_of_text = (END_OF_TEXT, "<|end_of_text|>", "</s>", "<eos>", "<|im_end|>", "<|endofprompt|>", "[SEP]")
no_text = (
    *ends_of_text,
    *("<|startoftext|>", "<|begin_of_text|>", "<s>", "<bos>", "<|im_start|>", "[CLS]"),
    *("<pad>", "[PAD]", "<unk>", "[UNK]", "<mask>", "[MASK]"),
)
SETTINGS = "tokenizer_config.json"
kept_files = (
    SETTINGS,
    "special_tokens_map.json",
    "added_tokens.json",
    "chat_template.jinja",
    "chat_template.json",
    "generation_config.json",
)
RESOLVED = "special_tokens_resolved.json"  # our own: what all files of the model said together
LARGEST_FILE = 16_000_000  # bytes


@dataclass(frozen=True, slots=True)
class SpecialTokens:
    """``prefix`` stands before a prompt that begins a text, ``begin`` where there is no prompt at all.

    ``ends``: each of them ends a text; the first one stands behind every document. ``files``: what the folder of a
    model from elsewhere holds besides weights and vocabulary, by name, to be saved with it as it is.
    """

    prefix: tuple[int, ...]
    begin: int
    ends: tuple[int, ...]
    files: Mapping[str, bytes] = field(default_factory=dict, repr=False)

    @property
    def opening(self) -> tuple[int, ...]:
        """What stands before every document in a token file, unless the end of the one before it says the same."""
        return () if self.prefix[-1:] == self.ends[:1] else self.prefix

    def begun(self, ids: Sequence[int]) -> list[int]:
        """A prompt that begins a text."""
        return [*self.prefix, *ids] if self.prefix or ids else [self.begin]

    def save(self, folder: Path) -> None:
        """The files beside a tokenizer.json, as they were, and what they said together with its config.json."""
        for name, content in self.files.items():
            (folder / name).write_bytes(content)
        if self.files:
            found = {"prefix": self.prefix, "begin": self.begin, "ends": self.ends}
            (folder / RESOLVED).write_text(json.dumps(found), encoding="utf-8")


def of(tokenizer: Tokenizer) -> SpecialTokens:
    """Raises ProjectError for a tokenizer without a token that ends a text."""
    known: SpecialTokens | None = vars(tokenizer).get("special_tokens")
    return known or _by_name(tokenizer)


def attach(tokenizer: Tokenizer, special: SpecialTokens) -> None:
    """The tokenizer goes on with these, which its own file does not hold."""
    vars(tokenizer)["special_tokens"] = special


@functools.lru_cache(maxsize=4)
def silent(tokenizer: Tokenizer) -> frozenset[int]:
    """The tokens that never become text: they begin, end, part or fill texts, or stand for what is unknown.

    In a tokenizer of our own the others that are special are text: the names of fields, and what the user chose.
    """
    special = of(tokenizer)
    added = tokenizer.get_added_tokens_decoder().items()
    found = [number for number, token in added if token.special and (special.files or token.content in no_text)]
    return frozenset((*special.prefix, special.begin, *special.ends, *found))


def read(folder: Path, tokenizer: Tokenizer) -> SpecialTokens | None:
    """As the files of a model say that lie beside the tokenizer; None where they say nothing, or are our own."""
    files = {name: content for name in kept_files if (content := _content(folder / name)) is not None}
    settings = {**_json(files.get("special_tokens_map.json")), **_json(files.get(SETTINGS))}
    if SETTINGS not in files or _is_own(settings):
        return None
    if resolved := _resolved(folder, tokenizer, files):
        return resolved
    config = _json(_content(folder / "config.json"))
    ids = [_json(files.get("generation_config.json")), config, _entry(config.get("text_config"))]
    ends = _named(tokenizer, ids, settings, "eos")
    if not ends:
        return None
    prefix = _prefix(tokenizer)
    begins = _named(tokenizer, ids, settings, "bos")
    if not prefix and tokenizer.post_processor is None and settings.get("add_bos_token"):
        prefix = begins[:1]
    return SpecialTokens(prefix, (*prefix, *begins, *ends)[0], ends, files)


def _resolved(folder: Path, tokenizer: Tokenizer, files: Mapping[str, bytes]) -> SpecialTokens | None:
    """As it was saved; None where it was not, or what is there can be no tokens of this tokenizer."""
    found = _json(_content(folder / RESOLVED))
    prefix, begin, ends = (tuple(_numbers(found.get(name))) for name in ("prefix", "begin", "ends"))
    size = tokenizer.get_vocab_size()
    are_tokens = all(0 <= number < size for number in (*prefix, *begin, *ends))
    return SpecialTokens(prefix, begin[0], ends, files) if begin and ends and are_tokens else None


def are_same(one: Tokenizer, other: Tokenizer) -> bool:
    """Whether token files of the one are also those of the other."""
    first, second = of(one), of(other)
    same_around = (first.prefix, first.ends) == (second.prefix, second.ends)
    return same_around and bool(one.get_vocab() == other.get_vocab())


def _by_name(tokenizer: Tokenizer) -> SpecialTokens:
    """Of a tokenizer that stands alone, as ours do: between two documents stands the end of text."""
    for name in ends_of_text:
        end = tokenizer.token_to_id(name)
        if end is not None:
            prefix = _prefix(tokenizer) or (end,)
            return SpecialTokens(prefix, prefix[-1], (end,))
    raise ProjectError(f"This tokenizer has no {END_OF_TEXT} token or the like. Choose another one.")


def _is_own(settings: Mapping[str, Any]) -> bool:
    """Whether this program wrote them: then texts begin where another one ended."""
    generic = settings.get("tokenizer_class") in ("TokenizersBackend", "PreTrainedTokenizerFast")
    names = (_content_of(settings.get("bos_token")), _content_of(settings.get("eos_token")))
    return generic and names == (END_OF_TEXT, END_OF_TEXT) and "chat_template" not in settings


def _prefix(tokenizer: Tokenizer) -> tuple[int, ...]:
    """What the tokenizer's own rule sets before a text."""
    encoding = tokenizer.encode("a")
    masked = list(zip(encoding.ids, encoding.special_tokens_mask, strict=True))
    first = next((number for number, (_, special) in enumerate(masked) if not special), 0)
    return tuple(token for token, _ in masked[:first])


def _named(
    tokenizer: Tokenizer, ids: Sequence[Mapping[str, Any]], settings: Mapping[str, Any], which: str
) -> tuple[int, ...]:
    """The ids of "bos" or "eos" in the order of the files; numbers that are no special token are mistakes of theirs."""
    special = {number for number, token in tokenizer.get_added_tokens_decoder().items() if token.special}
    by_name = tokenizer.token_to_id(_content_of(settings.get(f"{which}_token")) or "")
    given = [number for entry in ids for number in _numbers(entry.get(f"{which}_token_id"))]
    found = [number for number in given if number in special or number == by_name]
    return tuple(dict.fromkeys([*found, *([by_name] if by_name is not None else [])]))


def _numbers(value: object) -> Iterator[int]:
    for one in value if isinstance(value, list) else [value]:
        if isinstance(one, int):
            yield one


def _content_of(token: object) -> str | None:
    """A token is written as its text, or as an object that holds it."""
    found = token.get("content") if isinstance(token, dict) else token
    return found if isinstance(found, str) else None


def _content(file: Path) -> bytes | None:
    return bounded.read_bytes(file, LARGEST_FILE) if file.is_file() and file.stat().st_size <= LARGEST_FILE else None


def _json(content: bytes | None) -> dict[str, Any]:
    try:
        return _entry(bounded.parse_json(content or b"{}"))
    except ValueError:
        return {}


def _entry(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
