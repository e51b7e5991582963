"""Starting points in words; the numbers behind them can be changed under Advanced."""

from dataclasses import dataclass

from .config import Architecture, ModelConfig, StartConfig, TrainConfig
from .schema import Choice


class PresetName(Choice):
    """AUTO measures this computer and takes what learns most in the time that there is."""

    AUTO = "auto"
    TINY = "tiny"
    SMALL = "small"
    MEDIUM = "medium"
    LARGE = "large"


TAUGHT = 0.5  # of what a model from scratch learns at first comes from the n-gram teacher
SHORT = 0.7  # of what a small model learns it learns from shorter passages
WIDEST_MIXED = 192  # of the models that begin as LFM2
WIDTH = 256  # of the starter, with which the rates for going on were found
SLOWEST = 1 / 30  # of them: what models of a billion weights and more are usually taught at


def gentler(start: StartConfig, width: int) -> float:
    """What the learning rate of a preset is multiplied by, so that a model that has learnt before does not forget."""
    if not start.model:
        return 1.0
    rate = 1.0 if start.lora else 0.2  # LoRA wants rates several times those of the whole model
    return rate * for_width(width, beside=start.lora > 0)


def for_width(width: int, *, beside: bool) -> float:
    """What the rate is multiplied by for a wider model, of which a move of all weights by as much unlearns more:
    SmolLM2 135M gained most at a third of the starter's rate, Gemma 3 270M at a tenth. LoRA ``beside`` minds it less.
    """
    narrower = min(1.0, WIDTH / width) if width else 1.0
    return max(SLOWEST, narrower if beside else narrower**2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Preset:
    """A model and a way to train it that go well together."""

    title: str
    words: str
    model: ModelConfig
    train: TrainConfig


presets: dict[PresetName, Preset] = {
    PresetName.TINY: Preset(
        title="Tiny",
        words="A first look within a minute:\nspelling and rhythm.",
        model=ModelConfig(layers=2, width=64, heads=2, context=64),
        train=TrainConfig(batch=8, learning_rate=5e-3, ngram_teacher=TAUGHT),
    ),
    PresetName.SMALL: Preset(
        title="Small",
        words="Best for a few minutes on a laptop:\nwords, names, the shape of sentences.",
        model=ModelConfig(context=256),
        train=TrainConfig(batch=2, short_passages=SHORT, ngram_teacher=TAUGHT),
    ),
    PresetName.MEDIUM: Preset(
        title="Medium",
        words="For an hour or more and several books:\nkeeps the thread for longer.",
        model=ModelConfig(architecture=Architecture.LLAMA, layers=6, width=256, heads=8, context=256),
        train=TrainConfig(batch=8, learning_rate=1.5e-3, steps=5000, ngram_teacher=TAUGHT),
    ),
    PresetName.LARGE: Preset(
        title="Large",
        words="For a graphics card or a night of computing,\nand many megabytes of text.",
        model=ModelConfig(architecture=Architecture.LLAMA, layers=8, width=512, heads=8, context=256),
        train=TrainConfig(batch=32, learning_rate=8e-4, steps=10_000, ngram_teacher=TAUGHT),
    ),
}


@dataclass(frozen=True, slots=True)
class Rung:
    """A shape on the ladder that PresetName.AUTO climbs, and what goes with it."""

    layers: int
    width: int
    heads: int
    context: int
    batch: int
    learning_rate: float
    short_passages: float = 0.0

    @property
    def model(self) -> ModelConfig:
        """LFM2 where it was found to learn more in the same time; larger ones were not tried."""
        small = self.width <= WIDEST_MIXED
        return ModelConfig(
            architecture=Architecture.LFM2 if small else Architecture.LLAMA,
            layers=self.layers,
            width=self.width,
            heads=self.heads,
            context=self.context,
        )


ladder = (
    Rung(2, 64, 2, 64, 8, 5e-3),
    Rung(3, 96, 3, 256, 2, 3.5e-3, SHORT),
    Rung(4, 128, 4, 256, 2, 2.5e-3, SHORT),
    Rung(4, 192, 6, 256, 2, 2e-3, SHORT),
    Rung(6, 256, 8, 256, 8, 1.5e-3),
    Rung(6, 384, 6, 256, 8, 1e-3),
    Rung(8, 512, 8, 256, 16, 8e-4),
)
TOKENS_A_WEIGHT = 2.5  # that a model should read in its time, otherwise a smaller one gets further
WEIGHTS_A_TOKEN = 15.0  # of the corpus at most; even larger ones were not tried
USUAL_WEIGHTS_A_TOKEN = 6.0  # models with more of them learn the corpus by heart sooner
TOKENS_IF_LARGE = 5.0  # that each weight of these should read: several of them learn, most only for a short time
COUNTER_EPOCHS = 12  # a model that learns alone and reads the texts less often does better without a word counter
SECOND_EPOCHS = 4.5  # times that a model from scratch reads the texts before a second one learns from it
SECOND_EPOCHS_IF_LARGE = 3.0  # the same for one that is large for its texts, and learns by heart what it reads again
LARGE_WEIGHTS_A_TOKEN = 3.0  # with more weights than that for each token of the texts it is
GENERATION_EPOCHS = 6.5  # the same, before each one more does
MOST_GENERATIONS = 8  # more were not tried
MOST_TOLD = 600_000_000  # bytes that the teachers of a run may keep in memory
dropouts = ((12, 0.0), (50, 0.1), (float("inf"), 0.2))  # up to so many times that the corpus is read, this much
