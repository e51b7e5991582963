"""Every setting of the program, stated once: default, help, unit and limits. What a setting is: schema.py."""

from .model import CONVOLVED, Architecture, ModelConfig
from .run import LONGEST_SQUARE, Pace, RunConfig
from .texts import Balance, CleanConfig, DocumentEnd, PrepareConfig, TextConfig, TokenizerSource, rules_of_a_text
from .train import OptimizerKind, Precision, Schedule, StartConfig, TrainConfig

__all__ = [
    "CONVOLVED",
    "LONGEST_SQUARE",
    "Architecture",
    "Balance",
    "CleanConfig",
    "DocumentEnd",
    "ModelConfig",
    "OptimizerKind",
    "Pace",
    "Precision",
    "PrepareConfig",
    "RunConfig",
    "Schedule",
    "StartConfig",
    "TextConfig",
    "TokenizerSource",
    "TrainConfig",
    "rules_of_a_text",
]
