"""In which languages texts are, for a model's card: by the small words that every text has, or by its letters.

A guess that says nothing where it is not sure. A passage of some hundred tokens counts for one language.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator

from ..text.dataset import Prepared

PASSAGES, LENGTH = 24, 300  # tokens
LEAST_WORDS, LEAST_SHARE, DIFFERENT = 12, 0.06, 3  # of a passage; of small words among them; of those
OFTEN = 0.1  # of the passages

names = {
    "en": "English", "de": "German", "fr": "French", "es": "Spanish", "it": "Italian", "pt": "Portuguese",
    "nl": "Dutch", "sv": "Swedish", "pl": "Polish", "ru": "Russian", "uk": "Ukrainian", "el": "Greek", "he": "Hebrew",
    "ja": "Japanese", "ko": "Korean", "zh": "Chinese",
}  # fmt: skip
small_words = {
    "en": "the of and to that was with he it",
    "de": "der die und das nicht ist ein mit sich",
    "fr": "le les des et une dans est pas qui",
    "es": "el los las que y una por con es",
    "it": "il che di non una per sono della è",
    "pt": "o os que não uma em do da com",
    "nl": "de het een van en niet dat met ik",
    "sv": "och att det som inte är en jag på",
    "pl": "i w nie na się że jest do z",
    "ru": "и в не на что он с как его",
    "uk": "і в не на що з як та його",
}
_sets = {code: frozenset(words.split()) for code, words in small_words.items()}
_scripts = {"GREEK": "el", "HEBREW": "he", "HIRAGANA": "ja", "KATAKANA": "ja", "HANGUL": "ko", "CJK": "zh"}


def languages_of(prepared: Prepared) -> tuple[str, ...]:
    """Codes of ISO 639, the most frequent first."""
    found = Counter(language_of(passage) for passage in _passages(prepared))
    total = found.total()
    return tuple(code for code, times in found.most_common() if code and times >= OFTEN * total)


def language_of(passage: str) -> str:
    """Empty where it is not sure."""
    scripts = Counter(unicodedata.name(letter, "").split(" ")[0] for letter in passage if letter.isalpha())
    if scripts["HIRAGANA"] + scripts["KATAKANA"] > scripts.total() / 10:
        return "ja"  # whose other letters are Chinese
    if scripts and (code := _scripts.get(scripts.most_common(1)[0][0])):
        return code
    words = re.findall(r"\w+", passage.lower())
    code, small = max(((code, [w for w in words if w in known]) for code, known in _sets.items()), key=_count)
    is_sure = len(words) >= LEAST_WORDS and len(small) >= LEAST_SHARE * len(words) and len(set(small)) >= DIFFERENT
    return code if is_sure else ""


def _count(found: tuple[str, list[str]]) -> int:
    return len(found[1])


def _passages(prepared: Prepared) -> Iterator[str]:
    tokens, tokenizer = prepared.train_tokens(), prepared.tokenizer()
    for start in range(0, len(tokens), max(LENGTH, len(tokens) // PASSAGES)):
        yield tokenizer.decode(tokens[start : start + LENGTH].tolist())
