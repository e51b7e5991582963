"""Starting points in words; the numbers behind them can be changed under Advanced."""

from dataclasses import dataclass

from .config import ModelConfig, TrainConfig

GENTLER = 0.2  # times the learning rate of the preset, when a model has learnt before


@dataclass(frozen=True, slots=True, kw_only=True)
class Preset:
    """A model and a way to train it that go well together."""

    title: str
    words: str
    model: ModelConfig
    train: TrainConfig


presets = {
    "tiny": Preset(
        title="Tiny",
        words="A first look within a minute:\nspelling and rhythm.",
        model=ModelConfig(layers=2, width=64, heads=2, context=64),
        train=TrainConfig(batch=8, learning_rate=5e-3),
    ),
    "small": Preset(
        title="Small",
        words="Best for a few minutes on a laptop:\nwords, names, the shape of sentences.",
        model=ModelConfig(),
        train=TrainConfig(),
    ),
    "medium": Preset(
        title="Medium",
        words="For an hour or more and several books:\nkeeps the thread for longer.",
        model=ModelConfig(layers=6, width=256, heads=8, context=256),
        train=TrainConfig(batch=8, learning_rate=1.5e-3, steps=5000),
    ),
    "large": Preset(
        title="Large",
        words="For a graphics card or a night of computing,\nand many megabytes of text.",
        model=ModelConfig(layers=8, width=512, heads=8, context=256),
        train=TrainConfig(batch=32, learning_rate=8e-4, steps=10_000),
    ),
}
