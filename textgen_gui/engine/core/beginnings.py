"""What a run begins with where nobody chose, and how a model goes on that can write already.

Both tables were found by measuring: change them only together with the figures that say why.
"""

from dataclasses import dataclass, replace

from .chosen_model import whole_name
from .config import RunConfig
from .presets import for_width

AUTOMATIC, SCRATCH = "auto", "scratch"  # what --from takes besides a model


def chosen_model(start: str) -> dict[str, str]:
    """``start`` of the command line and of Python as the setting that it chooses; nothing where it is left open."""
    if start in ("", AUTOMATIC):
        return {}
    return {"model": "" if start == SCRATCH else whole_name(start)}


# --- the rule


@dataclass(frozen=True, slots=True)
class Helps:
    """The starter helps a text of which it needs fewer than ``bits_per_byte`` untrained, if the text has no more than
    ``most_bytes`` and learns for no more than ``most_minutes``.
    """

    bits_per_byte: float
    most_bytes: float = float("inf")
    most_minutes: float = float("inf")


# English gained 19 % even at 5 MB. Program code, 3.8 to 4.1 untrained, gained 2 % at 900 KB in 3 minutes, more where
# there was less of it, and lost 5 % in 20 minutes, which teach as much from nothing. German, 4.8 untrained, lost 7 %.
FEW_MINUTES = 5
starter_helps = (Helps(2.2), Helps(4.1, 300_000), Helps(4.1, 1_000_000, FEW_MINUTES))


def begins_with_starter(size: int, bits_per_byte: float, minutes: float) -> bool:
    """Whether a run by time begins with the starter rather than from scratch.

    ``size``: of the texts, in bytes. ``bits_per_byte``: of the starter on some of them, before it learns.
    """
    return any(
        bits_per_byte < row.bits_per_byte and size <= row.most_bytes and minutes <= row.most_minutes
        for row in starter_helps
    )


def is_far_from_starter(bits_per_byte: float) -> bool:
    """Whether the starter helps no such text, however short it is and however little time there is."""
    return all(bits_per_byte >= row.bits_per_byte for row in starter_helps)


# --- the recipe


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """How a model goes on with texts of up to ``most_bytes``.

    ``epochs``: how often they are read, if time allows; ``far_epochs``: those that it has to spell. All else is a
    setting of the same name, which whoever chooses otherwise overrules. ``learning_rate``: of whole layers as wide as
    the starter's; LoRA learns at LORA_RATE times it. ``unlike_rate``: of its own language in words that it rarely met,
    as in a diary of today.

    ``bytes_a_token``: of the texts in its tokens, which tells how far they are from what it writes; 0 is not known.
    """

    most_bytes: float
    epochs: float
    far_epochs: float = 6
    learning_rate: float
    unlike_rate: float = 3e-4
    batch: int = 4
    weight_decay: float = 0.1
    average: float = 0.25
    dropout: float = 0.0
    lora: int = 0
    anchor: float = 0.0

    def on(self, config: RunConfig, bytes_a_token: float = 0.0) -> RunConfig:
        lora = 0 if config.start.frozen else config.start.lora or self.lora
        start = replace(config.start, lora=lora, anchor=0.0 if lora else self.anchor)
        train = replace(
            config.train,
            learning_rate=self._rate(bytes_a_token)
            * for_width(config.model.width, beside=lora > 0)
            * (LORA_RATE if lora else 1),
            batch=self.batch,
            weight_decay=self.weight_decay,
            average=self.average,
        )
        return replace(config, start=start, train=train, model=replace(config.model, dropout=self.dropout))

    def _rate(self, bytes_a_token: float) -> float:
        return self.unlike_rate if FAR <= bytes_a_token < UNLIKE else self.learning_rate

    def times(self, bytes_a_token: float) -> float:
        """How often texts are read."""
        return self.far_epochs if 0 < bytes_a_token < FAR else self.epochs

    def often(self, bytes_a_token: float) -> str:
        """The same in words."""
        times = self.times(bytes_a_token)
        return "once" if times == 1 else "twice" if times == 2 else f"{times:g} times"

    def steps(self, bytes_a_token: float, tokens: float, config: RunConfig) -> int:
        return max(1, round(self.times(bytes_a_token) * tokens / (config.train.batch * config.model.context)))


# Bytes a token: novels have 3.7 to 4 in the starter's tokens, a diary of today 3.5, verse 3, code and German 2.
FAR, UNLIKE = 2.5, 3.6
LORA_RATE = 5.0  # LoRA wants rates several times those of the whole model
recipes = (
    Recipe(most_bytes=60_000, epochs=3, learning_rate=3e-4, unlike_rate=4.5e-4),
    Recipe(most_bytes=3_000_000, epochs=2, learning_rate=3e-4),
    Recipe(most_bytes=float("inf"), epochs=1, learning_rate=5e-4, unlike_rate=5e-4, batch=8),
)


def recipe_for(size: int) -> Recipe:
    """``size``: of the texts, in bytes, which are the same in any tokens."""
    return next(recipe for recipe in recipes if size <= recipe.most_bytes)
