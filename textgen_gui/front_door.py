"""The program as a Python library: a project, its runs, and models that write. The window and the command line use it.

Most work comes in two forms. The plain verb does all of it and returns what came of it: ``project.prepare()``. The form
in -ing, ``project.preparing(stop)``, is a generator of events (engine/core/events.py) for those who show progress or
want to stop; ``run.train()`` and ``model.stream()`` are generators too. Bad input raises an EngineError, whose text is
a sentence for the user. torch is loaded by the first method that needs it.
"""

import os
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, TypeVar

from .engine.core import events, project, run_request, schema
from .engine.core.config import Pace, TextConfig
from .engine.core.control import Ask, never
from .engine.core.draft import Done
from .engine.core.errors import CheckpointError, ProjectError
from .engine.core.events import Event
from .engine.core.generation_config import GenerateConfig
from .engine.core.presets import PresetName
from .engine.core.project import Checkpoint
from .engine.core.run_request import RunRequest

if TYPE_CHECKING:
    from .engine.text.dataset import Prepared
    from .engine.writing.session import WritingSession

AnyPath = str | os.PathLike[str]
E = TypeVar("E", bound=Event)


class Project(project.Project):
    """A project: a folder with texts, what was prepared from them, runs and kept texts."""

    __slots__ = ()

    @classmethod
    def create(cls, folder: AnyPath, name: str = "") -> Self:
        """A new, empty project. Raises ProjectError when there is one already, or the disk refuses."""
        return cls(project.create(Path(folder), name).folder)

    @classmethod
    def open(cls, folder: AnyPath) -> Self:
        """Raises ProjectError when there is no project, or it cannot be read."""
        return cls(project.open(Path(folder)).folder)

    # --- texts

    def add(self, *texts: AnyPath, **options: Any) -> list[str]:
        """Copies files, or the files of folders, into the project; ``options``: settings of TextConfig for them.

        Returns a sentence for each file that was left out. Raises ProjectError for a path that does not exist.
        """
        happened = self.adding([Path(text) for text in texts], never, _with_values(TextConfig(), options))
        return [event.message for event in happened if isinstance(event, events.Warned)]

    def adding(self, texts: Sequence[Path], stop: Ask, options: TextConfig | None = None) -> Iterator[Event]:
        """``options``: how these texts are read; None leaves those that were added before as they are."""
        for text in texts:
            if not text.exists():
                raise ProjectError(f"{text} does not exist. Check the name and try again.")
        return self._adding(texts, stop, options)

    def _adding(self, texts: Sequence[Path], stop: Ask, options: TextConfig | None) -> Iterator[Event]:
        yield from self.add_texts(texts, stop)
        if options is not None:
            self.set_options([source.file for source in self.sources_from(texts)], options)

    def prepare(self, **settings: Any) -> events.Prepared:
        """Turns the texts into token files; ``settings``: those of PrepareConfig that are to change.

        Raises ProjectError or TextError when there is nothing to learn from.
        """
        if settings:
            self.set_prepare_config(_with_values(self.prepare_config(), settings))
        return _last(self.preparing(), events.Prepared)

    def preparing(self, stop: Ask = never) -> Iterator[Event]:
        from .engine.text.prepare import prepare

        return prepare(self, stop)

    def look(self) -> Iterator[Event]:
        """What is known without any work: each text as it was last read, and the token files where up to date."""
        from .engine.text.staleness import look

        return look(self)

    def preview(self, source: project.Source) -> events.Previewed:
        """The beginning of a text as a model will see it. Raises TextError when it is no text."""
        from .engine.text.staleness import preview

        return _last(preview(self, source), events.Previewed)

    def examining(self, stop: Ask = never) -> Iterator[Event]:
        """What each rule of the text doctor would mend in each text, with examples."""
        from .engine.text.examine import examine

        return examine(self, stop)

    # --- runs

    def runs(self) -> list["Run"]:  # type: ignore[override]  # the same folders, with more to do with them
        return [Run(run.folder) for run in super().runs()]

    def new_run(
        self,
        minutes: float | None = None,
        *,
        preset: str = "",
        start: "AnyPath | Run" = "",
        name: str = "",
        **settings: Any,
    ) -> "Run":
        """Writes a run folder; ``train`` learns. ``minutes``: a time budget, for which the best model is chosen.

        ``start``: a run, a checkpoint or the folder of a model to go on from. ``settings``: any of ModelConfig,
        TrainConfig and StartConfig by name. Raises ConfigError or ProjectError for what cannot work.
        """
        chosen = preset or (PresetName.AUTO if minutes is not None else PresetName.SMALL)
        values = {**settings, **({"model": str(_resolved(start))} if start else {})}
        created = _last(self.planning(run_request.from_values(chosen, minutes, values, name)), events.RunCreated)
        return Run(self.folder / created.run)

    def planning(self, request: RunRequest) -> Iterator[Event]:
        """The last event is RunCreated."""
        from .engine.training.plan import new_run

        return new_run(self, request)

    def describe_start(self, model: str) -> events.StartDescribed:
        """What a run would go on from. Raises CheckpointError or ProjectError when it cannot."""
        from .engine.training.plan import describe_start

        return describe_start(self, model)

    # --- kept texts

    def keep(self, done: Sequence[Done], page: str) -> events.TextKept:
        """Keeps a page in the folder "generated" with a receipt for each text on it that a model wrote."""
        from .engine.writing import receipt

        return receipt.keep(self, [receipt.Written.of(one) for one in done], page)


class Run(project.Run):
    """One training run: what was asked, what happened, and the models that came of it."""

    __slots__ = ()

    @classmethod
    def open(cls, folder: AnyPath) -> Self:
        """Raises ProjectError when there is no run."""
        return cls(project.find_run(Path(folder)).folder)

    @property
    def project(self) -> Project:
        return Project(super().project.folder)

    def history(self) -> Iterator[Event]:
        """What happened up to now."""
        return events.read(self.events_file)

    def train(
        self,
        stop: Ask = never,
        *,
        paused: Ask = never,
        pace: Pace = Pace.BALANCED,
        processes: int = 1,
        tracker: str = "",
    ) -> Iterator[Event]:
        """Trains or resumes until it is done or ``stop()``, and writes down what happens; waits while ``paused()``.

        The last event is RunFinished. Raises EngineError for a run that cannot start.
        """
        from .engine.training.launch import launched
        from .engine.training.train import recorded

        if processes > 1:
            return launched(self, processes, stop, paused)
        happened = recorded(self, stop, pace, paused)
        if tracker and os.environ.get("RANK", "0") == "0":
            from .engine.training.trackers import followed

            return followed(happened, self, tracker)
        return happened

    def again(self, settings: Iterable[str]) -> "Run":
        """A new run that asks for the same with some settings (``train.steps=500``) changed."""
        config = schema.with_settings(self.config(), list(settings))
        return Run(self.project.write_run(config, self.name.partition(" ")[2]).folder)

    def measuring_copies(self, samples: Iterable[events.SampleWritten], stop: Ask = never) -> Iterator[Event]:
        """How much of what it wrote at each step stands word for word in its texts."""
        from .engine.text.copycheck import over_time

        return over_time(self._prepared(), samples, stop)

    def checking_copies(self, text: str, stop: Ask = never) -> Iterator[Event]:
        """CopyFound for each passage of the text that stands in the training texts, and CopyChecked."""
        from .engine.text.copycheck import check

        return check(self._prepared(), text, stop)

    def _prepared(self) -> "Prepared":
        from .engine.text.dataset import Prepared

        return Prepared.load(self.project.prepared_folder / self.config().prepared)


@dataclass(frozen=True, slots=True)
class Text:
    """What a model wrote after ``prompt``, and the receipt with which ``replay`` writes it again."""

    prompt: str
    text: str
    seed: int
    tokens: int
    stop_reason: events.StopReason
    receipt: str

    def __str__(self) -> str:
        return self.prompt + self.text


class Model:
    """A model that writes. Use it on the thread that loaded it."""

    def __init__(self, session: "WritingSession") -> None:
        self._session = session

    @classmethod
    def load(cls, chosen: AnyPath | project.Run | Checkpoint) -> Self:
        """The best checkpoint of a run, a checkpoint, or the folder of a model from elsewhere.

        Verified before it is opened; the last two stay in memory. Raises CheckpointError or ProjectError.
        """
        from .engine.writing.session import open_session

        known = chosen if isinstance(chosen, project.Run | Checkpoint) else project.find(Path(chosen))
        return cls(open_session(known))

    @property
    def checkpoint(self) -> Checkpoint:
        return self._session.checkpoint

    @property
    def run(self) -> Run | None:
        """The run it comes from; None for a model from elsewhere."""
        run = self.checkpoint.run
        return Run(run.folder) if run else None

    @property
    def name(self) -> events.ModelChosen:
        """What a receipt says of it: its place and the hash of all that decides what it writes."""
        from .engine.writing.receipt import chosen

        place = self.run.project if self.run else Project(self.checkpoint.folder)
        return chosen(place, self.checkpoint)

    def before(self) -> "Model":
        """The model from which this one was fine-tuned. Raises CheckpointError for one trained from scratch."""
        start = self.run.config().start.model if self.run else ""
        if self.run is None or not start:
            raise CheckpointError("This model was trained from scratch; there is none before it.")
        return Model.load(self.run.project.folder / start)

    # --- writing

    def stream(
        self,
        prompt: str = "",
        config: GenerateConfig | None = None,
        *,
        stop: Ask = never,
        alternatives: int = 0,
        **settings: Any,
    ) -> Iterator[Event]:
        """TextPiece as it is written, TextGenerated at each end. ``settings``: any of GenerateConfig by name.

        ``alternatives``: with each token, so many of the likeliest ones at its place, as TokenChosen.
        Raises ConfigError for settings that cannot be used.
        """
        chosen = _with_values(config or GenerateConfig(), settings)
        return self._session.write(prompt, chosen, stop, alternatives=alternatives)

    def write(self, prompt: str = "", **settings: Any) -> Text:
        """One text that goes on from ``prompt``."""
        return self.write_many(prompt, 1, **settings)[0]

    def write_many(self, prompt: str = "", n: int = 20, **settings: Any) -> list[Text]:
        """``n`` texts from the same prompt, written side by side."""
        from .engine.writing.receipt import Written, receipt_of

        config = _with_values(GenerateConfig(), {**settings, "n": n})
        name = self.name
        done = [event for event in self.stream(prompt, config) if isinstance(event, events.TextGenerated)]
        written = [Written.of(Done(name, prompt, replace(config, seed=event.seed), event)) for event in done]
        return [
            Text(prompt, event.text, event.seed, event.tokens, event.stop_reason, receipt_of(one, prompt + event.text))
            for event, one in sorted(zip(done, written, strict=True), key=lambda pair: pair[0].index)
        ]

    def streaming_judged(self, prompt: str, config: GenerateConfig, stop: Ask = never) -> Iterator[Event]:
        """Like ``stream``, and after each finished text what is to be said against it, as TextJudged."""
        from .engine.writing.export import judged

        prepared = None
        if self.run:
            try:
                prepared = self.run._prepared()
            except ProjectError as problem:
                yield events.Warned(f"Copies are not looked for: {problem}")
        yield from judged(self._session.write(prompt, config, stop), prompt, prepared, stop)

    def writing_records(
        self, asked: Sequence[str], given: Mapping[str, str], config: GenerateConfig, stop: Ask = never
    ) -> Iterator[Event]:
        """``config.n`` records of these fields, as FieldsWritten; those that are ``given`` stay as they are."""
        from .engine.writing.records import write_fields

        return write_fields(self._session, asked, given, config, stop)

    def suggest(self, before: str, count: int = 5) -> events.Suggested:
        """The likeliest next words after a text."""
        return self._session.suggest(before, count)

    # --- judging

    def bits_per_byte(self, *texts: AnyPath) -> float:
        """How well it knows text it has never seen; lower is better."""
        return _last(self.evaluating([Path(text) for text in texts]), events.Evaluated).bits_per_byte

    def evaluating(self, texts: Sequence[Path], stop: Ask = never) -> Iterator[Event]:
        """The last event is Evaluated. Raises TextError for a file that is no text."""
        from .engine.training.evaluate import evaluate

        step = self.checkpoint.step if self.run else 0
        return evaluate(self.checkpoint.folder, step, list(texts), stop)

    def copies(self, text: str | Text) -> list[events.CopyFound]:
        """The passages of eight words and more that stand word for word in what it has learnt from."""
        if self.run is None:
            raise ProjectError("The texts that this model has learnt from are not here, so copies cannot be found.")
        return [event for event in self.run.checking_copies(str(text)) if isinstance(event, events.CopyFound)]


def replaying(file: Path, stop: Ask = never) -> Iterator[Event]:
    """Writes the texts of a receipt again; the last event, Replayed, says whether they are the same."""
    from .engine.writing.receipt import replay

    return replay(file, stop)


def export(texts: Sequence[str], path: Path) -> None:
    """Writes texts into a file whose ending says the format. Raises ProjectError for an ending it does not know."""
    from .engine.writing.export import export as write

    write(texts, path)


def measuring_presets(vocabulary: int, stop: Ask = never) -> Iterator[Event]:
    """PresetMeasured for each preset: how fast this computer trains it."""
    from .engine.training.plan import measure_presets

    return measure_presets(vocabulary, stop)


def find_device() -> events.DeviceFound:
    """What this computer trains on; loads the numerics, which takes some seconds the first time."""
    from .engine.runtime import device
    from .engine.training import plan

    assert plan  # loaded too, so that the first job begins at once
    return events.DeviceFound(device.describe())


def _with_values(config: Any, values: Mapping[str, Any]) -> Any:
    return schema.with_values(config, values) if values else config


def _resolved(start: "AnyPath | project.Run") -> Path:
    return (start.folder if isinstance(start, project.Run) else Path(start)).resolve()


def _last(happened: Iterable[Event], kind: type[E]) -> E:
    """The last event, which is of this kind."""
    last = deque(happened, maxlen=1).pop()
    assert isinstance(last, kind), last
    return last
