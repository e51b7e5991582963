"""What another run should do otherwise after one that failed."""

from ..core.config import RunConfig
from ..core.errors import EngineError, MemoryShortError, NotFiniteError
from ..core.events import MendOffered
from ..core.presets import PresetName, presets


def mend(config: RunConfig, problem: EngineError, can_take_lora: bool) -> MendOffered | None:
    """What another run should do otherwise so that this does not happen again. ``can_take_lora``: the model it begins
    with, if there is one.
    """
    if isinstance(problem, NotFiniteError):
        rate = config.train.learning_rate / 2
        return MendOffered("Start again with half the learning rate", (f"train.learning_rate={rate!r}",))
    if not isinstance(problem, MemoryShortError):
        return None
    if config.start.model:
        if config.start.lora or not can_take_lora:
            return None
        small = ("start.lora=8", "start.frozen=0", "train.save_memory=true")
        return MendOffered("Start again with LoRA, which needs less memory", small)
    shape, now = presets[PresetName.SMALL].model, config.model
    if shape.parameters(0) >= now.parameters(0) and shape.context >= now.context:
        return None
    names = ("architecture", "layers", "width", "heads", "context", *(["shape"] if now.shape else []))
    settings = tuple(f"model.{name}={getattr(shape, name)}" for name in names)
    return MendOffered("Start again with the Small model", settings)
