"""Models that are good to begin with, for those who know none: small, free to use, in safetensors.

Whoever publishes them may change them: what is fetched is what the hub lists then, and that is told before. The figures
here are for choosing.
"""

from dataclasses import dataclass

BYTES_A_TOKEN = 4  # of prose, in a vocabulary of 30,000 tokens and more
READINGS = 3  # of the text; after that a large model begins to know it by heart


@dataclass(frozen=True, slots=True)
class Recommended:
    """``bytes``: to download. ``weights``: how many numbers are in it. ``words``: one sentence for choosing."""

    name: str
    title: str
    languages: str
    licence: str
    bytes: int
    weights: int
    words: str

    @property
    def memory_bytes(self) -> int:
        """While all of it learns: weights, their mean, gradients and two moments, and the libraries."""
        return 24 * self.weights + 600_000_000


recommended = (
    Recommended(
        name="HuggingFaceTB/SmolLM2-135M",
        title="SmolLM2, 135 million",
        languages="English",
        licence="apache-2.0",
        bytes=269_000_000,
        weights=134_515_008,
        words="Fluent English for its size. Fits most computers.",
    ),
    Recommended(
        name="HuggingFaceTB/SmolLM2-360M",
        title="SmolLM2, 360 million",
        languages="English",
        licence="apache-2.0",
        bytes=724_000_000,
        weights=361_821_120,
        words="Knows more and keeps the thread for longer, at a third of the speed.",
    ),
    Recommended(
        name="Qwen/Qwen3-0.6B-Base",
        title="Qwen3, 600 million",
        languages="119 languages",
        licence="apache-2.0",
        bytes=1_192_000_000,
        weights=596_049_920,
        words="The one to take for German, French, Spanish and other languages. Wants a graphics card, or patience.",
    ),
    Recommended(
        name="EleutherAI/pythia-70m",
        title="Pythia, 70 million",
        languages="English",
        licence="apache-2.0",
        bytes=166_000_000,
        weights=70_426_624,
        words="The smallest here: quick to fetch and to teach, simple in what it writes.",
    ),
    Recommended(
        name="EleutherAI/pythia-160m",
        title="Pythia, 160 million",
        languages="English",
        licence="apache-2.0",
        bytes=375_000_000,
        weights=162_322_944,
        words="From a family that was made to be studied.",
    ),
    Recommended(
        name="openai-community/gpt2",
        title="GPT-2, 124 million",
        languages="English",
        licence="mit",
        bytes=548_000_000,
        weights=124_439_808,
        words="The classic of 2019, with which aitextgen began.",
    ),
    Recommended(
        name="EleutherAI/gpt-neo-125m",
        title="GPT-Neo, 125 million",
        languages="English",
        licence="mit",
        bytes=526_000_000,
        weights=125_198_592,
        words="The other model that aitextgen began with.",
    ),
)


def learning_s(weights: int, text_bytes: int, tokens_per_s: float, measured_weights: int) -> float:
    """Roughly how long such a model learns from a text, seconds, from the measured speed of another one."""
    return READINGS * text_bytes / BYTES_A_TOKEN / (tokens_per_s * measured_weights / weights)
