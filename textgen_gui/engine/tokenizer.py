"""Corpus -> byte-level BPE tokenizer with the GPT-2 pattern, by the tokenizers library.

Byte level: any text can be written in it and comes back exactly. The GPT-2 pattern is the one that all converters know.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

from .corpus import short_words
from .errors import ProjectError

END_OF_TEXT = "<|endoftext|>"
SAMPLE_BYTES = 64_000_000  # more text than this hardly changes the vocabulary

Tokens = npt.NDArray[np.unsignedinteger]


def vocabulary_for(size: int) -> int:
    """How many tokens suit a corpus of ``size`` bytes: few for small texts, so that each is seen often."""
    for limit, vocabulary in ((200_000, 500), (3_000_000, 1000), (20_000_000, 2000), (100_000_000, 4000)):
        if size <= limit:
            return vocabulary
    return 8000 if size <= 1_000_000_000 else 16_000


def train(pieces: Iterable[str], vocabulary: int) -> Tokenizer:
    """A tokenizer of at most ``vocabulary`` tokens: 256 bytes, the end of text, and merges learnt from the pieces."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocabulary,
        min_frequency=2,
        special_tokens=[END_OF_TEXT],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator((word for piece in pieces for word in short_words(piece)), trainer)
    return tokenizer


def sample(pieces: Iterable[str], size: int) -> Iterator[str]:
    """Every n-th piece, spread over the corpus of ``size`` bytes, so that about SAMPLE_BYTES remain."""
    every = max(1, -(-size // SAMPLE_BYTES))
    return (piece for number, piece in enumerate(pieces) if number % every == 0)


def encode(tokenizer: Tokenizer, pieces: list[str]) -> list[Tokens]:
    """Token ids of each piece. encode_batch lets the window breathe; encode of one long text would not."""
    kind = dtype(tokenizer.get_vocab_size())
    return [
        np.array(encoding.ids, dtype=kind) for encoding in tokenizer.encode_batch_fast(pieces, add_special_tokens=False)
    ]


def split(tokenizer: Tokenizer, text: str) -> tuple[str, ...]:
    """The text cut where its tokens begin, for looking at. Tokens that share one character stay together."""
    starts = sorted({begin for begin, _ in tokenizer.encode_batch([text], add_special_tokens=False)[0].offsets} | {0})
    return tuple(text[begin:end] for begin, end in zip(starts, [*starts[1:], len(text)], strict=True))


def dtype(vocabulary: int) -> type[np.unsignedinteger]:
    return np.uint16 if vocabulary <= 2**16 else np.uint32


def end_of_text(tokenizer: Tokenizer) -> int:
    """The id of the token between documents. Raises ProjectError for a tokenizer without one."""
    token = tokenizer.token_to_id(END_OF_TEXT)
    if token is None:
        raise ProjectError(f"This tokenizer has no {END_OF_TEXT} token. Prepare the texts again to make a new one.")
    return int(token)


def load(file: Path) -> Tokenizer:
    """Raises ProjectError when the file is damaged: the library panics, which is no Exception."""
    try:
        return Tokenizer.from_file(str(file))
    except BaseException as problem:
        if isinstance(problem, KeyboardInterrupt | SystemExit | GeneratorExit):
            raise
        raise ProjectError(f"The tokenizer {file} cannot be read. Prepare the texts again to make a new one.") from None
