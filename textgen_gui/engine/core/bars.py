"""What else can foresee a text, and how far: the bars that a run is compared with, on the same held-out text."""

from .schema import Choice


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


def words_of(name: str) -> str:
    """How people call it; ``name`` itself for one that a later version writes."""
    return in_words[Bar(name)] if name in list(Bar) else name
