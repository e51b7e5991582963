"""What a curve means, and the one thing to do next."""

from .schema import Choice

SMALL_TEXT = 60_000  # tokens: a model from scratch learns little from fewer but to repeat them
LITTLE_TEXT = 10_000  # tokens: of fewer a reader heard little in what a model wrote that could write already
PAGE = 450  # tokens, about


class Advice(Choice):
    """What a curve means."""

    SMALL = "small"
    LEARNING = "learning"
    FLAT = "flat"
    NO_GAIN = "no gain"
    MEMORISING = "memorising"
    UNSTABLE = "unstable"
    FORGETTING = "forgetting"
    SHORT = "too short"
    BELOW = "below the bar"
    READY = "ready"


class NextStep(Choice):
    """What a person should do now; NONE is to let it go on."""

    NONE = ""
    TRAIN_LONGER = "train longer"
    ADD_TEXT = "add text"
    BEGIN_WITH_MODEL = "begin with a model that can write"
    WRITE = "write with it"
    GENTLER = "start again more gently"


def too_little_text(tokens: int) -> str:
    """A sentence about texts from which a model that begins from scratch learns only their own words; "" otherwise."""
    if tokens >= SMALL_TEXT:
        return ""
    return (
        f"Your texts fill about {_pages(tokens)}. From so little, a model that begins from scratch "
        "learns to repeat them, not to write like them."
    )


def very_little_text(tokens: int) -> str:
    """A sentence about texts of which little is heard even from a model that can write already; "" otherwise."""
    if tokens >= LITTLE_TEXT:
        return ""
    return f"Your texts fill about {_pages(tokens)}, which is very little: the more you add, the better it gets."


def _pages(tokens: int) -> str:
    pages = max(1, round(tokens / PAGE))
    return f"{pages} page{'s' * (pages != 1)}"
