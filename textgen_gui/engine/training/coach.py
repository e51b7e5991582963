"""What a curve means, in sentences: one when training begins, and one whenever the state of the run changes."""

import math
from collections.abc import Iterator

from ..core.best import rank
from ..core.config import RunConfig
from ..core.errors import EngineError, MemoryShortError, NotFiniteError
from ..core.events import Advice, Advised, MendOffered
from ..core.presets import PresetName, presets
from .schedule import stages

WORSE = 1.005  # times the best held-out loss: less is the noise of an evaluation
FLAT = 0.003  # share of the held-out loss that must be gained over FLAT_EVALUATIONS to go on
FLAT_EVALUATIONS = 4
WEIGHTS_A_TOKEN = 20  # a model with more weights for each token of the text memorises within minutes
CALM_STEPS = 20  # before them every loss jumps


def mend(config: RunConfig, problem: EngineError) -> MendOffered | None:
    """What another run should do otherwise so that this does not happen again."""
    if isinstance(problem, NotFiniteError):
        rate = config.train.learning_rate / 2
        return MendOffered("Start again with half the learning rate", (f"train.learning_rate={rate!r}",))
    if not isinstance(problem, MemoryShortError):
        return None
    if config.start.model:
        small = ("start.lora=8", "start.frozen=0", "train.save_memory=true")
        return MendOffered("Start again with LoRA, which needs less memory", small)
    shape = presets[PresetName.SMALL].model
    settings = tuple(f"model.{name}={getattr(shape, name)}" for name in ("layers", "width", "heads", "context"))
    return MendOffered("Start again with the Small model", settings)


class Coach:
    """Fed with losses as they come. Pure: the same losses give the same sentences."""

    def __init__(self, config: RunConfig, tokens: int, parameters: int) -> None:
        self.config, self.tokens, self.parameters = config, tokens, parameters
        self._said: tuple[Advice, int] | None = None  # the last advice, and the best step that it names
        self._heldout: list[tuple[int, float]] = []
        self._smooth = self._least = math.inf
        self._seen = 0
        self._borders = {stage.first for stage in stages(config.train)}

    def before(self) -> Iterator[Advised]:
        """What can be said before the first step."""
        if self.parameters > WEIGHTS_A_TOKEN * self.tokens and not self.config.start.model:
            yield Advised(
                0,
                Advice.SMALL,
                f"Your text is small for a model this big: {self.tokens:,} tokens for {self.parameters:,} weights. "
                "It will soon know it by heart. A smaller model learns as much in less time.",
            )

    def step(self, step: int, loss: float) -> Iterator[Advised]:
        """Watches whether training itself goes astray; a new group of texts may be harder and begins anew."""
        if step in self._borders:
            self._smooth = self._least = math.inf
            self._seen = 0
        self._seen += 1
        weight = max(0.05, 1 / self._seen)
        self._smooth = loss if self._seen == 1 else (1 - weight) * self._smooth + weight * loss
        if self._seen <= CALM_STEPS:
            return
        self._least = min(self._least, self._smooth)
        if self._smooth > 1.15 * self._least + 0.3:
            yield from self._say(
                step,
                Advice.UNSTABLE,
                f"Unstable: the loss rose from {self._least:.2f} to {self._smooth:.2f}. If it does not come down soon, "
                f"start a new run with half the learning rate ({self.config.train.learning_rate / 2:g}).",
            )

    def evaluated(self, step: int, loss: float) -> Iterator[Advised]:
        """Compares the held-out loss with the best one so far."""
        self._heldout.append((step, loss))
        best_step, best_loss = min(self._heldout, key=lambda known: rank(*known))
        if loss > WORSE * best_loss:
            yield from self._say(
                step,
                Advice.MEMORISING,
                f"Memorising since step {best_step:,}: it learns your text by heart, and what it has never seen gets "
                f"harder to it. Step {best_step:,} is the best and is kept.",
                best_step,
            )
        elif len(self._heldout) > FLAT_EVALUATIONS and self._heldout[-1 - FLAT_EVALUATIONS][1] < loss * (1 + FLAT):
            yield from self._say(step, Advice.FLAT, "Nearly learnt out: more steps will change little.")
        elif best_step == step and len(self._heldout) > 1:
            yield from self._say(step, Advice.LEARNING, "Still learning: text it has never seen gets easier to it.")

    def _say(self, step: int, advice: Advice, sentence: str, best_step: int = 0) -> Iterator[Advised]:
        """Nothing when the last advice was the same about the same step."""
        if (advice, best_step) != self._said:
            self._said = advice, best_step
            yield Advised(step, advice, sentence)
