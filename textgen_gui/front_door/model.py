"""Models that write, and what they wrote."""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Self

from ..engine.core import events, project, schema
from ..engine.core.chosen_model import find_any
from ..engine.core.control import Ask, Stopped, never
from ..engine.core.draft import Done
from ..engine.core.errors import CheckpointError, ConfigError, ProjectError
from ..engine.core.events import Event
from ..engine.core.exchange_events import DOOR_PORT
from ..engine.core.generation_config import GenerateConfig, check_prompt
from ..engine.core.project import Checkpoint
from ..engine.core.schema import Value
from .plain import AnyPath, all_of, last_of
from .project import Project, Run

if TYPE_CHECKING:
    from socket import socket

    from ..engine.writing.generate import Happened
    from ..engine.writing.session import WritingSession


@dataclass(frozen=True, slots=True)
class Text:
    """What a model wrote after ``prompt``; as a string, both together.

    ``tokens``: how many it wrote. ``seed``: the one that was drawn where none was given. ``receipt``: the text with all
    that it takes to write it again; as a file below the project's folder "generated", ``replay`` does so.
    """

    prompt: str
    text: str
    seed: int
    tokens: int
    stop_reason: events.StopReason
    receipt: str

    def __str__(self) -> str:
        return self.prompt + self.text


class Model:
    """A model that writes. Its weights are read when it first writes; it is used on that thread from then on.

    ``instead``: in words, which better checkpoint of its run is damaged, so that this one writes; "" for none. Whatever
    the model does tells it first, as Warned, and the receipts of its texts say it.
    """

    def __init__(self, checkpoint: Checkpoint, instead: str = "") -> None:
        self.checkpoint, self.instead = checkpoint, instead

    @classmethod
    def load(cls, chosen: AnyPath | project.Run | Checkpoint) -> Self:
        """The best checkpoint of a run, a checkpoint, "starter" or another name of the library, or a model's folder.

        Verified here. Raises CheckpointError for one that is not as it was saved, ProjectError when there is none.
        """
        from ..engine.models.checkpoint import find

        if not isinstance(chosen, project.Run | Checkpoint):
            chosen = find_any(os.fspath(chosen), Path())
        found = find(chosen)
        return cls(found.checkpoint, found.instead)

    @cached_property
    def _session(self) -> "WritingSession":
        from ..engine.writing.session import open_session

        return open_session(self.checkpoint)

    def opening(self, stop: Ask = never) -> Iterator[Event]:
        """Reads its weights, and says what takes its time; it is not open when it was stopped.

        Whoever writes with it need not ask for it: it is opened then.
        """
        from ..engine.writing.session import opening

        with suppress(Stopped):
            self._session = yield from opening(self.checkpoint, stop)

    def _when_open(self, stop: Ask, write: "Callable[[WritingSession], Iterator[Event]]") -> Iterator[Event]:
        yield from self.opening(stop)
        if not stop():
            yield from write(self._session)

    @property
    def run(self) -> Run | None:
        """The run it comes from; None for a model from elsewhere."""
        run = self.checkpoint.run
        return Run(run.folder) if run else None

    def identity(self) -> events.ModelChosen:
        """What a receipt says of it: its name or where it lies, and the hash of all that decides what it writes."""
        chosen = self._session.chosen(self.run.project if self.run else Project(Path()))
        return replace(chosen, instead=self.instead)

    def telling(self, happened: Iterator[Event]) -> Iterator[Event]:
        """The same events; before them, that the best checkpoint is damaged."""
        return chain([events.Warned(self.instead)] if self.instead else [], happened)

    def origin(self) -> "Model":
        """The model from which this one was fine-tuned. Raises CheckpointError for one trained from scratch."""
        start = self.run.config().start.model if self.run else ""
        if self.run is None or not start:
            raise CheckpointError("This model was trained from scratch; there is none before it.")
        return Model.load(find_any(start, self.run.project.folder))

    # --- writing

    def stream(
        self,
        prompt: str = "",
        config: GenerateConfig | None = None,
        *,
        stop: Ask = never,
        alternatives: int = 0,
        **settings: Value,
    ) -> Iterator[Event]:
        """TextPiece as it is written, TextGenerated at each end. ``settings``: any of GenerateConfig by name.

        ``alternatives``: with each token, so many of the likeliest ones in its stead, as TokenChosen.
        Raises ConfigError for settings or a prompt that cannot be used, before the first event.
        """
        chosen = schema.named(config or GenerateConfig(), settings).config
        schema.check(chosen)
        check_prompt(prompt)
        return self.telling(
            self._when_open(stop, lambda session: session.write(prompt, chosen, stop, alternatives=alternatives))
        )

    def write(self, prompt: str = "", **settings: Value) -> Text:
        """One text that goes on from ``prompt``. ``settings``: any of GenerateConfig by name, ``temperature=0.9``.

        Raises ConfigError for settings that cannot be used.
        """
        return self.write_many(prompt, 1, **settings)[0]

    def write_many(self, prompt: str = "", n: int = 20, **settings: Value) -> list[Text]:
        """``n`` texts from the same prompt, written side by side. Raises as ``write`` does."""
        from ..engine.writing.receipt import Written, receipt_of

        config = schema.named(GenerateConfig(n=n), settings).config
        identity = self.identity()
        texts = []
        for event in sorted(all_of(self.stream(prompt, config), events.TextGenerated), key=lambda event: event.index):
            written = Written.of(Done(identity, prompt, replace(config, seed=event.seed), event))
            receipt = receipt_of(written, prompt + event.text)
            texts.append(Text(prompt, event.text, event.seed, event.tokens, event.stop_reason, receipt))
        return texts

    def streaming_judged(self, prompt: str, config: GenerateConfig, stop: Ask = never) -> Iterator[Event]:
        """Like ``stream``, and after each finished text what is to be said against it, as TextJudged."""
        schema.check(config)
        check_prompt(prompt)
        return self.telling(
            self._when_open(stop, lambda session: self._judged(session.write(prompt, config, stop), stop))
        )

    def _judged(self, happened: "Iterator[Happened]", stop: Ask) -> Iterator[Event]:
        from ..engine.writing.export import judged

        prepared = None
        if self.run:
            try:
                prepared = self.run.prepared_texts()
            except ProjectError as problem:
                yield events.Warned(f"Copies are not looked for: {problem}")
        yield from judged(happened, prepared, stop)

    def writing_records(
        self, asked: Sequence[str], given: Mapping[str, str], config: GenerateConfig, stop: Ask = never
    ) -> Iterator[Event]:
        """``config.n`` records of these fields, as FieldsWritten; those that are ``given`` stay as they are.

        Raises ConfigError for a field that the texts do not have, before the first event.
        """
        from ..engine.writing.records import write_fields

        known = self.run.project.fields() if self.run else asked
        for name in asked:
            if name not in known:
                there = ", ".join(known) or "none; prepare a table with text.fields=true and text.columns first"
                raise ConfigError(f"The texts have no field “{name}”. There are: {there}.")
        schema.check(config)
        return self.telling(self._when_open(stop, lambda session: write_fields(session, asked, given, config, stop)))

    def suggest(self, before: str, count: int = 5, after: str = "") -> events.Suggested:
        """The likeliest next words after a text, the likeliest first; ``after``: what stands behind them."""
        return self._session.suggest(before, count, after)

    def serving(self, stop: Ask = never, *, port: int = DOOR_PORT, key: str = "") -> Iterator[Event]:
        """Other programs on this computer write with it: DoorOpened, and DoorUsed now and then, until it is to stop.

        ``port``: 0 takes a free one. ``key``: "" makes a random one. Raises ModelError for a port that is taken or a
        key that could be guessed, at once; CheckpointError for a model that is not as it was saved.
        """
        from ..engine.exchange.serve import door

        key = door.usable_key(key)
        return self.telling(self._serving(door.listening(port), key, stop))

    def _serving(self, listening: "socket", key: str, stop: Ask) -> Iterator[Event]:
        from ..engine.exchange.serve import door

        with listening:
            yield from self.opening(stop)
            if not stop():
                yield from door.serving(self._session, self.identity().model, listening, key, stop)

    # --- judging

    def bits_per_byte(self, *texts: AnyPath) -> float:
        """How well it knows the text of files that it has never seen, in bits a byte of UTF-8; lower is better."""
        return last_of(self.evaluating([Path(text) for text in texts]), events.Evaluated).bits_per_byte

    def evaluating(self, texts: Sequence[Path], stop: Ask = never) -> Iterator[Event]:
        """The last event is Evaluated. Raises TextError for a file that is no text."""
        from ..engine.training.evaluate import evaluate

        step = self.checkpoint.step if self.run else 0
        return self.telling(evaluate(self.checkpoint.folder, step, list(texts), stop))

    def copies(self, text: str | Text) -> list[events.CopyFound]:
        """The passages of eight words and more that stand word for word in what it has learnt from.

        Places are characters of the text; of a Text, with its prompt. Raises ProjectError when the texts that it has
        learnt from are not here.
        """
        if self.run is None:
            raise ProjectError("The texts that this model has learnt from are not here, so copies cannot be found.")
        return all_of(self.run.checking_copies(str(text)), events.CopyFound)
