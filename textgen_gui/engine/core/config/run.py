"""All of a run, and what it costs."""

from dataclasses import dataclass, field

from ..schema import Choice, setting
from .model import Architecture, ModelConfig
from .train import StartConfig, TrainConfig

LONGEST_SQUARE = 256  # tokens; up to here attention keeps all its scores, because that is faster than blocks of them


class Pace(Choice):
    """How much of the computer a run may take; never changes what it becomes."""

    GENTLE = "gentle"
    BALANCED = "balanced"
    ALL = "all"


@dataclass(frozen=True, slots=True, kw_only=True)
class RunConfig:
    """All that decides what a run becomes; runs/NNN name/run.toml is exactly this."""

    prepared: str = setting("", "The folder under prepared/ that the run learns from.")
    data: str = setting("", "Fingerprint of the token files: a run continues only on the texts it began with.")
    budget_s: float = setting(
        0.0,
        "How many seconds a run by time has in all; train.steps follows its pace. 0: it has just those steps.",
        minimum=0.0,
    )
    generations_by_pace: bool = setting(
        False, "Whether train.generations follows the pace of a run by time as well: nobody chose how many there are."
    )
    start: StartConfig = field(default_factory=StartConfig)
    model: ModelConfig = field(default_factory=ModelConfig)
    train: TrainConfig = field(default_factory=TrainConfig)

    def contradictions(self, prefix: str) -> list[str]:
        """Settings that are possible alone but not together, a sentence each."""
        if self.train.generations > 1 and self.start.model:
            return [f"Only models from scratch learn one after the other; set {prefix}train.generations to 1."]
        if self.train.generations > 1 and self.model.shape:
            return [f"Models in a shape from elsewhere learn alone; set {prefix}train.generations to 1."]
        return []

    def passage_bytes(self, vocabulary: int) -> int:
        """Memory that one passage of training takes in fp32: what the backward pass needs, and logits."""
        model, near = self.model, min(self.model.context, LONGEST_SQUARE)
        # Scores of one token with those before it. GPT-2 from elsewhere drops some of them, and then keeps all, twice.
        dropped = bool(self.start.model) and model.architecture == Architecture.GPT2
        scores = model.heads * (2 * model.context if dropped else near)
        of_layers = model.layers * (12 * model.width + 4 * model.feedforward + scores)
        is_taught = self.train.ngram_teacher > 0 or self.train.generations > 1
        scored = 4 if is_taught else 3  # logits, and what a teacher says of all tokens
        return 4 * model.context * (of_layers + scored * vocabulary)

    def memory_bytes(self, vocabulary: int, passages: int) -> int:
        """Memory that training takes: weights as they are, put together and their mean, gradients and two moments (of
        LoRA's frozen weights only the first two), the passages, and the libraries.
        """
        each = 8 if self.start.lora else 24
        return each * self.model.parameters(vocabulary) + passages * self.passage_bytes(vocabulary) + 600_000_000
