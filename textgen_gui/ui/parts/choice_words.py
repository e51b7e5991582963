"""The choices of a setting in words; files and the command line have their short names."""

from ...engine.core.config import (
    Architecture,
    Balance,
    DocumentEnd,
    OptimizerKind,
    Precision,
    Schedule,
    TokenizerSource,
)
from ...engine.core.schema import Choice

_words: dict[type[Choice], dict[str, str]] = {
    Architecture: {
        Architecture.LFM2: "LFM2: learns fastest at small sizes",
        Architecture.LLAMA: "Llama: what most programs know",
        Architecture.GPT2: "GPT-2: older programs can read it",
        Architecture.GPT_NEO: "GPT-Neo: as GPT-2, and every second layer looks less far back",
    },
    Schedule: {
        Schedule.LINEAR: "falls in a straight line",
        Schedule.COSINE: "falls along a half cosine",
        Schedule.CONSTANT: "does not fall",
    },
    OptimizerKind: {
        OptimizerKind.ADAMW: "AdamW: suits most runs",
        OptimizerKind.MUON: "Muon: for large batches",
    },
    Precision: {
        Precision.AUTO: "whatever is fastest here",
        Precision.FP32: "exact (fp32)",
        Precision.BF16: "rounded, for new processors (bf16)",
        Precision.FP16: "rounded, for older graphics cards (fp16)",
    },
    DocumentEnd: {
        DocumentEnd.AUTO: "found out by itself",
        DocumentEnd.FILE: "at the end of the file",
        DocumentEnd.LINE: "at the end of each line",
        DocumentEnd.SEPARATOR: "at a separator",
    },
    TokenizerSource: {
        TokenizerSource.TRAIN: "learnt from your texts",
        TokenizerSource.CHARACTERS: "single letters",
        TokenizerSource.FILE: "those of another model",
    },
    Balance: {
        Balance.SIZE: "by size",
        Balance.EQUAL: "all texts alike",
        Balance.WEIGHT: "by their weights",
    },
}


def words_of(choice: Choice) -> str:
    """The short name itself, where there are no words for it."""
    return _words.get(type(choice), {}).get(choice, choice.value)
