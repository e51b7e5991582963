"""Corpus -> byte-level BPE tokenizer with the GPT-2 pattern, by the tokenizers library; or another that was chosen.

Byte level: any text can be written in it and comes back exactly. The GPT-2 pattern is the one that all converters know.
"""

import hashlib
import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
from tokenizers import AddedToken, Encoding, Tokenizer, decoders, models, pre_tokenizers, trainers

from ..core import bounded
from ..core.errors import EngineError, ProjectError
from ..core.model_folder import TokenizerFiles, TokenizerForm
from . import special_tokens, tokenizer_trial
from .corpus import SPACE, short_words, white_space

END_OF_TEXT = special_tokens.END_OF_TEXT
LARGEST_ALPHABET = 20_000  # characters; Chinese novels use about 5,000
SAMPLE_BYTES = 16_000_000  # more text than this hardly changes the vocabulary
REMEMBERED = 400_000  # words, about 60 MB
LONGEST_REMEMBERED = 64  # characters; longer runs hardly ever come again
HANDED_OVER_FROM = 200  # characters; to hand fewer to other threads takes longer than to encode them

_word = re.compile(f"[{SPACE}]*[^{SPACE}]+|[{SPACE}]+")

Tokens = npt.NDArray[np.unsignedinteger]


def vocabulary_for(size: int) -> int:
    """How many tokens suit a corpus of ``size`` bytes: few for small texts, so that each is seen often."""
    for limit, vocabulary in ((200_000, 500), (3_000_000, 1000), (20_000_000, 2000), (100_000_000, 4000)):
        if size <= limit:
            return vocabulary
    return 8000 if size <= 1_000_000_000 else 16_000


def train(
    pieces: Iterable[str], vocabulary: int, minimum_frequency: int = 2, special_tokens: Sequence[str] = ()
) -> Tokenizer:
    """A tokenizer of at most ``vocabulary`` tokens: 256 bytes, the special ones, and merges learnt from the pieces."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    special = _special(special_tokens)
    trainer = trainers.BpeTrainer(
        vocab_size=max(vocabulary, 256 + len(special)),
        min_frequency=minimum_frequency,
        special_tokens=special,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator((word for piece in pieces for word in short_words(piece)), trainer)
    return tokenizer


def characters(
    pieces: Iterable[str], vocabulary: int = 0, minimum_frequency: int = 2, special_tokens: Sequence[str] = ()
) -> Tokenizer:
    """A tokenizer with a token for each character of the pieces, and bytes for any other, so all texts come back."""
    counts: Counter[str] = Counter()
    for piece in pieces:
        counts.update(piece)
    special = _special(special_tokens)
    most = (vocabulary or LARGEST_ALPHABET) - 256 - len(special)
    frequent = [letter for letter, count in counts.most_common(max(0, most)) if count >= minimum_frequency]
    tokens = [*special, *(f"<0x{byte:02X}>" for byte in range(256)), *sorted(frequent)]
    numbered = {token: number for number, token in enumerate(tokens)}
    tokenizer = Tokenizer(models.BPE(vocab=numbered, merges=[], byte_fallback=True))
    tokenizer.decoder = decoders.Sequence([decoders.ByteFallback(), decoders.Fuse()])
    tokenizer.add_special_tokens([AddedToken(token, normalized=False) for token in special])
    return tokenizer


def _special(tokens: Sequence[str]) -> list[str]:
    return list(dict.fromkeys([END_OF_TEXT, *(token for token in tokens if token)]))


def fingerprint(tokenizer: Tokenizer) -> str:
    """32 hexadecimal digits that stand for how it cuts texts and what it sets around them, whatever else it says."""
    plan = bounded.parse_json(tokenizer.to_str())
    cuts = {name: plan[name] for name in ("normalizer", "pre_tokenizer", "model", "added_tokens")}
    special = special_tokens.of(tokenizer)
    if special.files or special.opening:  # those of a model
        cuts["special"] = [special.prefix, special.ends]
    return hashlib.sha256(json.dumps(cuts, sort_keys=True).encode()).hexdigest()[:32]


def comes_back(tokenizer: Tokenizer, text: str) -> bool:
    """Whether the text can be written in tokens and read back exactly."""
    ids = tokenizer.encode_batch([text], add_special_tokens=False)[0].ids
    return bool(tokenizer.decode(ids, skip_special_tokens=False) == text)


def borders(tokenizer: Tokenizer) -> npt.NDArray[np.int8]:
    """For each token whether a text can be cut before it, [vocabulary]: 2 before white space, 1 before a letter."""
    numbers = [[number] for number in range(tokenizer.get_vocab_size())]
    words = tokenizer.decode_batch(numbers, skip_special_tokens=False)
    return np.array([2 if w[:1].isspace() else int(w[:1] not in ("", "\ufffd")) for w in words], dtype=np.int8)


def sample(pieces: Iterable[str], size: int) -> Iterator[str]:
    """Every n-th piece, spread over the corpus of ``size`` bytes, so that about SAMPLE_BYTES remain."""
    every = max(1, -(-size // SAMPLE_BYTES))
    return (piece for number, piece in enumerate(pieces) if number % every == 0)


class Encoder:
    """Texts -> token ids, several times as fast as encoding all of them.

    The same words come again and again, so each is encoded once and remembered. That is exact as long as no token
    reaches across the border between a letter and the white space after it, as with the GPT-2 pattern.
    """

    def __init__(self, tokenizer: Tokenizer) -> None:
        self._tokenizer, self._dtype = tokenizer, dtype(tokenizer.get_vocab_size())
        special = special_tokens.of(tokenizer)
        self.opening, self.end = np.array(special.opening, self._dtype), np.array(special.ends[:1], self._dtype)
        self._by_words = _keeps_words_apart(tokenizer)
        self._known: dict[str, bytes] = {}

    def __call__(self, pieces: list[str]) -> list[Tokens]:
        """Token ids of each piece, as encoding the whole piece would give them."""
        if not self._by_words:
            return [np.frombuffer(ids, self._dtype) for ids in self._encode(pieces)]
        words = [_word.findall(piece) for piece in pieces]
        missing: set[str] = set()
        for some in words:
            missing.update(some)
        missing -= self._known.keys()
        if len(self._known) + len(missing) > REMEMBERED:
            self._known.clear()
            missing = {word for some in words for word in some}
        new = list(missing)
        self._known.update(zip(new, self._encode(new), strict=True))
        found = [np.frombuffer(b"".join(map(self._known.__getitem__, some)), self._dtype) for some in words]
        for word in new:
            if len(word) > LONGEST_REMEMBERED:
                del self._known[word]
        return found

    def _encode(self, texts: list[str]) -> Iterator[bytes]:
        # encode_batch lets the window breathe, and works on all cores; encode of one long text would not.
        few = sum(map(len, texts)) < HANDED_OVER_FROM
        encoded = (
            map(self._encode_one, texts) if few else self._tokenizer.encode_batch_fast(texts, add_special_tokens=False)
        )
        for encoding in encoded:
            ids = encoding.ids
            yield np.fromiter(ids, self._dtype, len(ids)).tobytes()

    def _encode_one(self, text: str) -> Encoding:
        return self._tokenizer.encode(text, add_special_tokens=False)


def _keeps_words_apart(tokenizer: Tokenizer) -> bool:
    plan = bounded.parse_json(tokenizer.to_str())
    splits = plan["pre_tokenizer"] or {}
    gpt2 = splits.get("type") == "ByteLevel" and splits.get("use_regex") and not splits.get("add_prefix_space")
    letters = not splits and not plan["model"].get("merges")
    marks = any(white_space.search(token["content"]) for token in plan["added_tokens"])
    return bool(gpt2 or letters) and not plan["normalizer"] and not marks


def encode(tokenizer: Tokenizer, pieces: list[str]) -> list[Tokens]:
    """Token ids of each piece."""
    return Encoder(tokenizer)(pieces)


def split(tokenizer: Tokenizer, text: str) -> tuple[str, ...]:
    """The text cut where its tokens begin, for looking at. Tokens that share one character stay together."""
    starts = sorted({begin for begin, _ in tokenizer.encode_batch([text], add_special_tokens=False)[0].offsets} | {0})
    return tuple(text[begin:end] for begin, end in zip(starts, [*starts[1:], len(text)], strict=True))


def dtype(vocabulary: int) -> type[np.unsignedinteger]:
    return np.uint16 if vocabulary <= 2**16 else np.uint32


def end_of_text(tokenizer: Tokenizer) -> int:
    """The id of the token behind every document. Raises ProjectError for a tokenizer without one."""
    return special_tokens.of(tokenizer).ends[0]


def load(file: Path, advice: str = "Prepare the texts again to make a new one.") -> Tokenizer:
    """With the special tokens that the files beside it name. Raises ProjectError, which ends in the advice, when the
    file is damaged, and for one that hangs or takes too much.
    """
    tokenizer_trial.refuse_unfit(TokenizerFiles(TokenizerForm.JSON, (file,)))
    tokenizer = built(lambda: Tokenizer.from_file(str(file)), file, advice)
    return with_special_tokens(tokenizer, file.parent)


def with_special_tokens(tokenizer: Tokenizer, folder: Path) -> Tokenizer:
    """The same, knowing which tokens begin and end a text, where the other files of its folder say so."""
    if special := special_tokens.read(folder, tokenizer):
        special_tokens.attach(tokenizer, special)
    return tokenizer


def built(build: Callable[[], Tokenizer], file: Path, advice: str) -> Tokenizer:
    """What ``build`` makes of the file. Raises ProjectError when it is damaged; the library panics over some, which is
    no Exception.
    """
    try:
        return build()
    except BaseException as problem:
        if isinstance(problem, KeyboardInterrupt | SystemExit | GeneratorExit | EngineError):
            raise
        raise ProjectError(f"The tokenizer {file} cannot be read. {advice}") from None
