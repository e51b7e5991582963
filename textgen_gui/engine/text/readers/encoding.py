"""Finds the encoding of a text: byte-order mark, then strict UTF-8 over the whole file, then the most likely one.

An encoding is likely when it turns the bytes into letters that a language often uses. Languages are in letters.py.
"""

import codecs
import io
import itertools
import math
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from ...core.errors import TextError
from . import mixture
from .letters import cyrillic, families, marks_of_prose, usual, western, western_marks
from .reading import Input

SAMPLE_BYTES = 64 * 1024
MOST_ZEROS = 0.05  # of the bytes; with more of them a file is no text in single bytes
MOST_CONTROLS = 0.05
_control = bytes(byte for byte in range(32) if byte not in (9, 10, 12, 13, 27))
HIGH_BYTES_VARY_LESS = 1.5  # times
FEW_ACCENTS = 0.015  # of the bytes; only western languages have so few, English above all
UNLIKELY = 30.0
_within_word = re.compile(r"(?<=[^\W\d_])[€£§¿¡№•©]|€(?=[^\W\d_])")
_misplaced = re.compile(r"(?<!\S)[»”—–…](?=[^\W\d_])|(?<=[^\W\d_])[«„](?!\S)|(?<!\S)[“”«»](?!\S)")
GOOD_FOR_BAD = 20  # so many valid characters for one damaged one make a text UTF-8 all the same

byte_order_marks = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
binaries = (
    (b"%PDF-", "a PDF document"),
    (b"PK\x03\x04", "a zip archive or an office document"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"GIF8", "a picture"),
    (b"\x7fELF", "a program"),
    (b"MZ\x90", "a program"),
    (b"\x1f\x8b", "a compressed file"),
    (b"\xd0\xcf\x11\xe0", "an old office document"),
)


ADVICE = {
    "a picture": "If it shows words, turn them into text first (OCR).",
    "a program": "Remove it.",
    "a PDF document": "Give its name the ending .pdf.",
}
of_names = ("punycode", "idna", "undefined")  # for names in the net; files are in none of them


@dataclass(frozen=True, slots=True)
class Found:
    """``confidence``: 0 to 1. ``warning``: a sentence for the user, empty when there is no doubt."""

    encoding: str
    confidence: float = 1.0
    warning: str = ""


def find(file: Input, wanted: str = "") -> Found:
    """The encoding of the file; ``wanted`` overrides. Raises TextError when the content is no text."""
    with file.open() as opened:
        head = opened.read(SAMPLE_BYTES)
    if wanted:
        return Found(known(file, wanted))
    for magic, what in binaries:
        if head.startswith(magic):
            todo = ADVICE.get(what, "Export it as .txt and add that.")
            raise TextError(f"{file.name} is {what}, not plain text. {todo}")
    for mark, encoding in byte_order_marks:
        if head.startswith(mark):
            return Found(encoding)
    if b"\x00" in head:
        wide = _wide(head)
        if wide:
            return Found(wide, 0.99)
        if head.count(0) > MOST_ZEROS * len(head):
            raise TextError(f"{file.name} is not a text file: it contains zero bytes. Export it as .txt and add that.")
    wrong = _first_invalid_byte(file)
    _refuse_control_characters(file, head)
    if wrong is None:
        return Found("iso-2022-jp" if _is_seven_bit(head) else "utf-8")
    if mixed := _mixture(file):
        words = (
            f"The file mixes UTF-8 and {mixture.other_in(mixed)}; each line was read as what it is. Check the preview."
        )
        return Found(mixed, 0.9, words)
    sample = _around(file, wrong)
    if _is_damaged_utf8(sample):
        return Found("utf-8")  # what is damaged is counted when the text is read
    encoding, confidence = likeliest(sample)
    if not encoding:
        raise TextError(f"{file.name} is no text in any known encoding. Save it as UTF-8 and add it again.")
    warning = (
        f"Byte {wrong:,} is not UTF-8, the usual encoding, so it was read as {encoding}. Check the preview; another "
        "can be chosen at Reading."
    )
    return Found(encoding, confidence, warning)


def known(file: Input, name: str) -> str:
    """The name itself. Raises TextError when Python has no encoding of that name which a file could be in."""
    try:
        if codecs.lookup(name).name not in of_names:
            "a".encode(name)
            b"a".decode(name)
            return name
    except UnicodeError:
        return name  # a wide one cannot decode a single byte
    except (LookupError, ValueError, TypeError):
        pass
    raise TextError(f"{file.name}: there is no encoding “{name}”. Try utf-8, cp1252 or shift_jis.")


@contextmanager
def reading_as(file: Input, name: str) -> Iterator[None]:
    """Raises TextError for whatever Python's codecs raise where the bytes are nothing that they know."""
    try:
        yield
    except (UnicodeError, LookupError, ValueError, TypeError, AssertionError, SystemError, OverflowError) as problem:
        raise TextError(f"{file.name} cannot be read as {name}. Choose another encoding, or none.") from problem


def _wide(head: bytes) -> str:
    """UTF-16 or UTF-32 without a mark. Of the bytes of a character, the higher ones vary least."""
    whole = head[: len(head) // 4 * 4]
    values = [set(whole[start::4]) for start in range(4)]
    evens, odds = len(set(head[0::2])), len(set(head[1::2]))
    if values[3] == {0} and max(values[2], default=99) <= 0x10:
        encoding = "utf-32-le"
    elif values[0] == {0} and max(values[1], default=99) <= 0x10:
        encoding = "utf-32-be"
    elif max(evens, odds) < HIGH_BYTES_VARY_LESS * min(evens, odds):
        return ""
    else:
        encoding = "utf-16-le" if odds < evens else "utf-16-be"
    text = codecs.getincrementaldecoder(encoding)("replace").decode(head)
    strange = sum(not letter.isprintable() and letter not in "\n\r\t\f" for letter in text) + text.count("\ufffd")
    return encoding if text and strange <= 0.02 * len(text) else ""


def _first_invalid_byte(file: Input) -> int | None:
    decoder, position = codecs.getincrementaldecoder("utf-8")(), 0
    with file.open() as opened:
        while True:
            block = opened.read(64 * 1024)
            waiting = len(decoder.getstate()[0])
            try:
                decoder.decode(block, final=not block)
            except UnicodeDecodeError as problem:
                return position - waiting + problem.start
            if not block:
                return None
            position += len(block)


def _is_seven_bit(head: bytes) -> bool:
    """Japanese as it was sent in letters: signs of ASCII that stand for others between two marks."""
    if b"\x1b$" not in head or not head.isascii():
        return False
    start = head.rpartition(b"\x1b(")[0]  # what follows may be cut off
    try:
        return not start.decode("iso-2022-jp").isascii()
    except UnicodeDecodeError:
        return False


def _around(file: Input, position: int) -> bytes:
    with file.open() as opened:
        opened.seek(max(0, position - SAMPLE_BYTES // 4)) if not file.packed else opened.read(max(0, position - 1000))
        return opened.read(SAMPLE_BYTES)


def _mixture(file: Input) -> str:
    """The name of a mixture of two encodings, "" for a file in one."""
    with file.open() as opened:
        size = 0 if file.packed else opened.seek(0, io.SEEK_END)
        opened.seek(0) if size else None
        foreign = mixture.foreign_lines(opened, size)
    other = likeliest(foreign[:SAMPLE_BYTES])[0] if foreign else ""
    return mixture.name_of(other) if other and mixture.is_prose(foreign, other) else ""


def _refuse_control_characters(file: Input, head: bytes) -> None:
    control = len(head) - len(head.translate(None, _control))
    if control > len(head) * MOST_CONTROLS:
        raise TextError(f"{file.name} is not a text file. Export it as .txt and add that.")


def _is_damaged_utf8(sample: bytes) -> bool:
    text = codecs.getincrementaldecoder("utf-8")("replace").decode(sample)
    bad = text.count("\ufffd") - sample.count("\ufffd".encode())
    good = sum(letter > "\x7f" for letter in text) - text.count("\ufffd")
    return good >= GOOD_FOR_BAD * bad


def likeliest(sample: bytes) -> tuple[str, float]:
    """The encoding in which the bytes make most sense, and how sure that is, 0 to 1. ("", 0) when there is none."""
    found: dict[str, float] = {}
    best: list[tuple[float, str, str]] = []
    size = max(1, sum(byte > 0x7F for byte in sample))
    for encoding, languages in families:
        text = _decoded(sample, encoding)
        if text is None:
            continue
        score = max(_score(text, language) for language in languages)
        if size < FEW_ACCENTS * len(sample) and languages != western:
            score -= UNLIKELY
        # Encodings that read the bytes as the same text are no rivals; the usual one stands first in the list.
        if text not in found or score > found[text]:
            found[text] = score
            best.append((score, encoding, text))
    if not best:
        return "", 0.0
    ranked = sorted(best, key=lambda item: -item[0])
    top = next(item for item in ranked if item[0] == ranked[0][0])
    second = max((score for text, score in found.items() if text != top[2]), default=top[0] - 99)
    if top[0] / size < -7:  # hardly a letter that any language uses
        return "", 0.0
    return top[1], min(0.99, 1 - 0.5 * math.exp(-(top[0] - second) / 10))


def _decoded(sample: bytes, encoding: str) -> str | None:
    """The sample as text; its ends may cut a character in two."""
    for start in range(4):
        try:
            return codecs.getincrementaldecoder(encoding)().decode(sample[start:])
        except UnicodeDecodeError as problem:
            if problem.start > 4:
                return None
    return None


def _score(text: str, language: str) -> float:
    """The sum of the logarithms of how usual each letter beyond ASCII is, minus what no writer does."""
    usual_here, rare = usual[language]
    score = 0.0
    for letter, count in Counter(text).items():
        if letter <= "\x7f":
            continue
        small = letter.lower()
        value = usual_here.get(small)
        if value is None:
            value = _mark(letter, language) or rare(small)
        elif small != letter:
            value -= 1.5
        score += count * value
    return score - 4 * (_odd_capitals(text) + _odd_marks(text, language))


def _mark(letter: str, language: str) -> float:
    """0 for what is no mark of prose."""
    if letter in western_marks and language in western:
        return math.log(0.3)
    return math.log(0.02) if letter in marks_of_prose else 0.0


def _odd_marks(text: str, language: str) -> int:
    """Marks that belong to no word within one (“хороша€”), and in Cyrillic also those that a capital has become."""
    odd = len(_within_word.findall(text))
    if language in cyrillic:
        odd += len(_misplaced.findall(text)) + abs(text.count("«") - text.count("»"))
    return odd


def _odd_capitals(text: str) -> int:
    """Capitals beyond ASCII inside a word: “cafÉ”."""
    return sum(after > "\x7f" and before.islower() and after.isupper() for before, after in itertools.pairwise(text))
