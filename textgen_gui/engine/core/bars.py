"""What else can foresee a text, and how far: the bars that a run is compared with, on the same held-out text.

And what a surprise means: one scale from letters over words to the style of the texts, for all who speak of a run.
"""

from .schema import Choice

USUAL = 2.1  # bits a byte that counting words reaches; more, as from a short text, only says that it counted little
LETTERS, WORDS, STYLE = 2.4, 0.9, 0.6  # times the bar: where the scale begins, real words are written, and it ends
AT_BAR, AT_WORDS = 0.5, 0.6  # of the scale
DONE = 0.95  # of the scale: all of it
CLEAR_GAIN = 0.05  # over the model before, as a share of its loss: anybody can read the difference


class Bar(Choice):
    """The names of Baseline events."""

    BEFORE = "the model before"
    WORDS = "counting words"
    LETTERS = "counting letters"
    LETTERS_ALONG = "counting letters, reading along"


in_words = {
    Bar.BEFORE: "the model it began with",
    Bar.WORDS: "an old-fashioned word counter",
    Bar.LETTERS: "a letter counter",
    Bar.LETTERS_ALONG: "a letter counter that learns as it reads",
}


class Level(Choice):
    """What a model writes by now."""

    LETTERS = "letters"
    SPELLING = "words, many of them invented"
    WORDS = "real words"
    STYLE = "the style of the texts"


def words_of(name: str) -> str:
    """How people call it; ``name`` itself for one that a later version writes."""
    return in_words[Bar(name)] if name in list(Bar) else name


def quality(bits_per_byte: float, counting: float = 0.0) -> float:
    """From 0 to 1, by what the model needs for a text that it has never seen; whatever it began with.

    ``counting``: what counting words needs for the same text, in bits a byte; 0 where nobody knows.
    """
    share = bits_per_byte / min(counting or USUAL, USUAL)
    if share >= 1:
        return max(0.0, AT_BAR * (LETTERS - share) / (LETTERS - 1))
    if share >= WORDS:
        return AT_BAR + (AT_WORDS - AT_BAR) * (1 - share) / (1 - WORDS)
    return min(1.0, AT_WORDS + (1 - AT_WORDS) * (WORDS - share) / (WORDS - STYLE))


def level(value: float) -> Level:
    """``value``: of ``quality``."""
    if value >= DONE:
        return Level.STYLE
    if value >= AT_WORDS:
        return Level.WORDS
    return Level.SPELLING if value >= AT_BAR / 2 else Level.LETTERS
