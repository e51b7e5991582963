"""A tokenizer.model of sentencepiece -> a tokenizer of the tokenizers library, which writes the same tokens.

The file is a message of protocol buffers (sentencepiece_model.proto): pieces with their scores, and how texts are
made ready for them.
"""

import struct
from dataclasses import dataclass
from pathlib import Path

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers

from ..core.protobuf import Field, fields

SPACE = "▁"
UNIGRAM, BPE = 1, 2  # model types; words and letters, the other two, are not in use
UNKNOWN, CONTROL, USER_DEFINED, BYTE = 2, 3, 4, 6  # types of pieces
LONGEST_PIECE = 128  # letters; real ones have up to 64


@dataclass(frozen=True, slots=True)
class Piece:
    text: str
    score: float
    type: int


@dataclass(slots=True)
class Preparation:
    """How a text is made ready. ``charsmap``: which letters are written as others."""

    charsmap: bytes = b""
    dummy_prefix: bool = True
    single_spaces: bool = True
    escaped: bool = True


def from_sentencepiece(file: Path) -> Tokenizer:
    """Raises ValueError for a file that is none, or of a type that cannot be written in this form."""
    whole = list(fields(file.read_bytes()))
    pieces = [_piece(field.value) for field in whole if field.number == 1]
    model_type = next((_first(field.value, 3, UNIGRAM) for field in whole if field.number == 2), UNIGRAM)
    preparation = next((_preparation(field.value) for field in whole if field.number == 3), Preparation())
    if not pieces or model_type not in (UNIGRAM, BPE) or any(len(one.text) > LONGEST_PIECE for one in pieces):
        raise ValueError(file)
    tokenizer = Tokenizer(_unigram(pieces) if model_type == UNIGRAM else _bpe(pieces))
    _prepare(tokenizer, preparation, any(one.type == BYTE for one in pieces))
    special = [one.text for one in pieces if one.type in (CONTROL, UNKNOWN)]
    tokenizer.add_special_tokens([AddedToken(text, special=True, normalized=False) for text in special])
    own = [one.text for one in pieces if one.type == USER_DEFINED]
    tokenizer.add_tokens([AddedToken(text, normalized=False) for text in own])
    return tokenizer


def _piece(message: int | bytes) -> Piece:
    text, score, type_ = "", 0.0, 1
    for field in _inside(message):
        match field.number, field.value:
            case 1, bytes(value):
                text = value.decode("utf-8")
            case 2, bytes(value):
                score = float(struct.unpack("<f", value)[0])
            case 3, int(value):
                type_ = value
    return Piece(text, score, type_)


def _preparation(message: int | bytes) -> Preparation:
    made = Preparation()
    for field in _inside(message):
        match field.number, field.value:
            case 2, bytes(value):
                made.charsmap = value
            case 3, int(value):
                made.dummy_prefix = bool(value)
            case 4, int(value):
                made.single_spaces = bool(value)
            case 5, int(value):
                made.escaped = bool(value)
    return made


def _inside(message: int | bytes) -> list[Field]:
    if isinstance(message, int):
        raise ValueError("A number where a message belongs.")
    return list(fields(message))


def _first(message: int | bytes, number: int, usual: int) -> int:
    return next((f.value for f in _inside(message) if f.number == number and isinstance(f.value, int)), usual)


def _unigram(pieces: list[Piece]) -> models.Unigram:
    unknown = next((number for number, one in enumerate(pieces) if one.type == UNKNOWN), None)
    return models.Unigram([(one.text, one.score) for one in pieces], unknown, any(one.type == BYTE for one in pieces))


def _bpe(pieces: list[Piece]) -> models.BPE:
    """Pairs of pieces are joined in the order of the scores of what they become."""
    numbers = {one.text: number for number, one in enumerate(pieces)}
    merges: list[tuple[float, int, int, tuple[str, str]]] = []
    for one in pieces:
        for cut in range(1, len(one.text)):
            left, right = numbers.get(one.text[:cut]), numbers.get(one.text[cut:])
            if left is not None and right is not None:
                merges.append((-one.score, left, right, (one.text[:cut], one.text[cut:])))
    unknown = next((one.text for one in pieces if one.type == UNKNOWN), None)
    return models.BPE(
        vocab=numbers,
        merges=[pair for *_, pair in sorted(merges)],
        unk_token=unknown,
        fuse_unk=True,
        byte_fallback=any(one.type == BYTE for one in pieces),
    )


def _prepare(tokenizer: Tokenizer, preparation: Preparation, bytes_for_unknown: bool) -> None:
    steps: list[normalizers.Normalizer] = []
    if preparation.charsmap:
        steps.append(normalizers.Precompiled(preparation.charsmap))
    if preparation.single_spaces:
        steps += [normalizers.Replace(Regex(r"\A +| +\z"), ""), normalizers.Replace(Regex(" {2,}"), " ")]
    if preparation.dummy_prefix:
        steps.append(normalizers.Prepend(SPACE if preparation.escaped else " "))
    if preparation.escaped:
        steps.append(normalizers.Replace(" ", SPACE))
    tokenizer.normalizer = normalizers.Sequence(steps)
    if not bytes_for_unknown:  # a model that knows bytes reads a text in one piece, as sentencepiece does
        tokenizer.pre_tokenizer = pre_tokenizers.Split(SPACE, "merged_with_next")
    back: list[decoders.Decoder] = [decoders.Replace(SPACE, " "), decoders.ByteFallback(), decoders.Fuse()]
    tokenizer.decoder = decoders.Sequence([*back, *([decoders.Strip(" ", 1, 0)] if preparation.dummy_prefix else [])])
