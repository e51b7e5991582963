"""What the model was just asked to write."""

import dataclasses
from collections.abc import Iterator

from ... import Model
from ...engine.core import events
from ...engine.core.control import Ask
from ...engine.core.draft import Done
from ...engine.core.events import Event
from ...engine.core.generation_config import GenerateConfig, patience
from ...engine.core.project import Checkpoint, Run
from ...words import count, number

READ_BACK = 20_000  # characters before the cursor that the model is given
ALTERNATIVES = 8  # of each token
GOING_ON = 8  # tokens at least, where somebody asks for more than nothing


@dataclasses.dataclass(slots=True)
class Passage:
    """And its tokens so far. ``model``: None until it is loaded."""

    prompt: str
    config: GenerateConfig
    model: events.ModelChosen | None = None
    tokens: list[events.TokenChosen] = dataclasses.field(default_factory=list)

    def done(self, event: events.TextGenerated) -> Done:
        assert self.model
        return Done(self.model, self.prompt, dataclasses.replace(self.config, seed=event.seed), event)


def one_text(config: GenerateConfig, last: events.TextGenerated | None) -> GenerateConfig:
    """As it is set. A model that ended the ``last`` text before its first word would do so again."""
    least = min(GOING_ON, config.max_new_tokens) if last and not last.text.strip() else 0
    return dataclasses.replace(config, n=1, min_new_tokens=max(least, config.min_new_tokens))


def written(chosen: Run | Checkpoint, prompt: str, config: GenerateConfig, stop: Ask) -> Iterator[Event]:
    """For the thread of a job."""
    model = Model.load(chosen)
    yield from model.opening(stop)
    if not stop():
        yield model.identity()
        yield from model.stream(prompt, config, stop=stop, alternatives=ALTERNATIVES)


def in_words(done: Done) -> str:
    """What came of it; why it is short, or too long, where the model saw to that."""
    event, config = done.event, done.config
    written = count("word", len(event.text.split()))
    if event.stop_reason is events.StopReason.END_OF_TEXT:
        return f"The model ended its text by itself, after {written}. It goes on when you write again."
    if is_cut(done):
        return f"Written: {written}. No {config.end} ended there, so it stops in the midst of one."
    return f"Written: {written}."


def is_cut(done: Done) -> bool:
    """Whether it was to end with a sentence or a paragraph, and none came to its end."""
    event, config = done.event, done.config
    if config.regex or config.json_schema:  # which says itself how a text ends
        return False
    longest = config.max_new_tokens + patience[config.end]
    return event.stop_reason is events.StopReason.LENGTH and config.max_new_tokens < longest <= event.tokens


def speed_in_words(event: events.TextGenerated) -> str:
    """With what a token is for the model that wrote."""
    speed = f"{number(event.tokens / max(event.elapsed_s, 1e-3))} tokens a second"
    letters = len(event.text) / max(1, event.tokens)
    return f"{speed}; to this model a token was {number(letters, 1)} letters long here"
