"""A project and its runs."""

import contextlib
import os
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Self

from ..engine.core import event_log, events, project, run_request, schema
from ..engine.core.chosen_model import whole_name
from ..engine.core.config import Pace, PrepareConfig, TextConfig
from ..engine.core.control import Ask, never
from ..engine.core.draft import Done
from ..engine.core.errors import EngineError, ProjectError
from ..engine.core.events import Event
from ..engine.core.run_request import RunRequest
from ..engine.core.schema import Changes, Value
from ..engine.core.text_changes import sweep
from ..engine.runtime.leaving import saved_first
from .plain import AnyPath, all_of, last_of, refuse_missing

if TYPE_CHECKING:
    from ..engine.text.dataset import Prepared

GENTLER = ", gentler"  # which of two runs of one name that is


class Project(project.Project):
    """A project: a folder with texts, what was prepared from them, runs and kept texts.

    ``add`` and ``prepare`` hold its lock while they work. Who calls ``adding`` or ``preparing`` holds it himself where
    others might open the project: ``with project.lock(): ...``.
    """

    __slots__ = ()

    def __init__(self, folder: AnyPath) -> None:
        """Nothing is looked at yet: ``open`` refuses what is no project, and ``create`` makes one."""
        super().__init__(Path(folder))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, project.Project) and self.folder == other.folder

    __hash__ = project.Project.__hash__

    @classmethod
    def create(cls, folder: AnyPath, name: str = "") -> Self:
        """A new, empty project. Raises ProjectError when there is one already, or the disk refuses."""
        return cls(project.create(Path(folder), name).folder)

    @classmethod
    def open(cls, folder: AnyPath) -> Self:
        """Raises ProjectError when there is no project, or it cannot be read."""
        return cls(project.open(Path(folder)).folder)

    # --- texts

    def add(self, *texts: AnyPath, **options: Value) -> list[str]:
        """Copies files, or the files of folders, into the project. A text that was added before is taken in anew.

        ``options``: those settings of TextConfig that are to change for these texts, for example ``group="letters"``.
        Returns a sentence for each file that was left out. Raises ProjectError for a path that does not exist, and
        while the project is open elsewhere; ConfigError for options that cannot be used.
        """
        changes = schema.named(TextConfig(), options)
        with self.lock():
            happened = list(self.adding([Path(text) for text in texts], never, changes))
        return [warned.message for warned in all_of(happened, events.Warned)]

    def adding(
        self, texts: Sequence[Path], stop: Ask = never, options: Changes[TextConfig] | None = None
    ) -> Iterator[Event]:
        """Warned for each file that is left out. Raises as ``add`` does, before the first event."""
        refuse_missing(texts)
        if options:
            schema.check(options.config)
        return self.add_texts(texts, stop, options)

    def reading(self, files: Collection[str], stop: Ask = never) -> Iterator[Event]:
        """TextRead for each of these texts, which preparing then need not read again. No ``documents``: not usable."""
        from ..engine.text.texts import reading

        return reading(self, files, stop)

    def prepare(self, **settings: Value) -> events.Prepared:
        """Turns the texts into token files. ``settings``: those of PrepareConfig and CleanConfig that are to change.

        Raises ProjectError or TextError when there is nothing to learn from, and ProjectError while the project is open
        elsewhere; ConfigError for settings that cannot be used.
        """
        with self.lock(), _unless_refused(self):
            if settings:
                self.set_prepare_config(schema.named(self.prepare_config(), settings).config)
            return last_of(self.preparing(), events.Prepared)

    def preparing(self, stop: Ask = never) -> Iterator[Event]:
        """TextRead for each text; the last event is Prepared, which does not come when it was stopped."""
        from ..engine.text.prepare import prepare

        return prepare(self, stop)

    def look(self) -> Iterator[Event]:
        """What is known without any work: each text as it was last read, and the token files where up to date."""
        from ..engine.text.staleness import look

        return look(self)

    def preview(self, source: project.Source) -> events.Previewed:
        """The beginning of a text as a model will see it. Raises TextError when it is no text."""
        from ..engine.text.staleness import preview

        return last_of(preview(self, source), events.Previewed)

    def examining(self, stop: Ask = never) -> Iterator[Event]:
        """Examined: what each rule of the text doctor would mend in each text, with examples."""
        from ..engine.text.examine import examine

        return examine(self, stop)

    def check(self) -> list[events.DamageFound]:
        """What is not as it was written, of all that is verified by a hash; nothing where all is well."""
        return all_of(self.checking(), events.DamageFound)

    def checking(self, stop: Ask = never) -> Iterator[Event]:
        """DamageFound for all that is not as it was written; the last event is Checked."""
        from ..engine.training.check import check

        return check(self, stop)

    # --- runs

    def runs(self) -> list["Run"]:  # type: ignore[override]  # the same folders, with more to do with them
        """In the order of their numbers."""
        return [Run(run.folder) for run in super().runs()]

    def new_run(
        self,
        minutes: float | None = None,
        *,
        preset: str = "",
        start: "AnyPath | project.Run | project.Checkpoint" = "",
        name: str = "",
        tokenizer: AnyPath = "",
        shape: AnyPath = "",
        **settings: Value,
    ) -> "Run":
        """Writes a run folder; ``train`` learns. It measures this computer first, for some seconds.

        ``minutes``: a time budget, for which the best model is chosen; without it, ``steps`` counts. ``preset``: tiny,
        small, medium, large, or auto, which is usual with ``minutes``. ``start``: what it goes on from: "starter" or
        another model of the library by its name, a run, a checkpoint, a model's folder; or "scratch". By time, the
        starter is taken where it helps unless something is said. ``tokenizer``: a file or folder with the tokens that
        this run learns in. ``shape``: a config.json, or its folder: a new model gets the same shape. ``settings``: any
        of ModelConfig, TrainConfig and StartConfig by name.

        Raises ConfigError, CheckpointError or ProjectError for what cannot work.
        """
        tokens, config = os.fspath(tokenizer), os.fspath(shape)
        request = run_request.from_values(preset, minutes, settings, name, _name_of(start), tokens, config)
        created = last_of(self.planning(request), events.RunCreated)
        return Run(self.folder / created.run)

    def planning(self, request: RunRequest, stop: Ask = never) -> Iterator[Event]:
        """The last event is RunCreated, which does not come when it was stopped.

        Raises as ``new_run`` does, before the first event.
        """
        from ..engine.training.plan import new_run

        return new_run(self, request, stop)

    def describe_start(self, model: "AnyPath | project.Run | project.Checkpoint") -> events.StartDescribed:
        """What a run would go on from: as ``start`` of ``new_run``. Raises CheckpointError or ProjectError when it
        cannot.
        """
        from ..engine.training.beginning import describe_start

        return describe_start(self, whole_name(_name_of(model)))

    def describing_choice(self, minutes: float, stop: Ask = never) -> Iterator[Event]:
        """What a run by time begins with if nobody chooses: StartDescribed, and nothing while texts are unprepared."""
        from ..engine.training.beginning import describe_choice

        return describe_choice(self, minutes, stop)

    # --- kept texts

    def keep(self, done: Sequence[Done], page: str) -> events.TextKept:
        """Keeps a page in the folder "generated" with a receipt for each text on it that a model wrote."""
        from ..engine.writing import receipt

        return receipt.keep(self, [receipt.Written.of(one) for one in done], page)


class Run(project.Run):
    """One training run: what was asked, what happened, and the models that came of it."""

    __slots__ = ()

    def __init__(self, folder: AnyPath) -> None:
        """Nothing is looked at yet: ``open`` refuses what is no run."""
        super().__init__(Path(folder))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, project.Run) and self.folder == other.folder

    __hash__ = project.Run.__hash__

    @classmethod
    def open(cls, folder: AnyPath) -> Self:
        """Raises ProjectError when there is no run."""
        return cls(project.find_run(Path(folder)).folder)

    @property
    def project(self) -> Project:
        return Project(super().project.folder)

    def history(self) -> Iterator[Event]:
        """What happened up to now, without Progressed."""
        return event_log.read(self.events_file)

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

        ``pace``: how much of the computer it takes; it counts for one process. ``tracker``: where losses are logged
        too, for example tensorboard. The last event is RunFinished. Whoever leaves earlier, by ``break``, an error or
        Ctrl-C, waits until it is saved, and it goes on from there. Raises EngineError for a run that cannot start.
        """
        from ..engine.training.launch import launched
        from ..engine.training.train import recorded

        def work(stop: Ask) -> Iterator[Event]:
            happened = launched(self, processes, stop, paused) if processes > 1 else recorded(self, stop, pace, paused)
            if tracker and os.environ.get("RANK", "0") == "0":
                from ..engine.training.trackers import followed

                return followed(happened, self, tracker)
            return happened

        return saved_first(work, stop)

    def again(self, assignments: Iterable[str] = (), **settings: Value) -> "Run":
        """A new run that asks for the same with some settings changed: ``run.again(learning_rate=1e-3)``.

        ``assignments``: as MendOffered says them, ``train.learning_rate=0.001``. Raises ConfigError for what cannot be.
        """
        before = self.config()
        config = schema.named(schema.with_settings(before, assignments), settings).config
        if config.train.steps != before.train.steps:
            config = replace(config, budget_s=0.0)  # so many steps are wanted, however long they take
        if config.train.generations != before.train.generations:
            config = replace(config, generations_by_pace=False)
        name = self.name.partition(" ")[2]
        is_gentler = config.train.learning_rate < before.train.learning_rate
        return Run(self.project.write_run(config, f"{name}{GENTLER * is_gentler}").folder)

    def longer(self, minutes: float) -> "Run":
        """A new run of so many minutes that goes on from this one, as it is when its steps are done.

        Raises CheckpointError when this one has no model yet, ProjectError when its texts changed since.
        """
        return Run(self.project.folder / last_of(self.planning_longer(minutes), events.RunCreated).run)

    def planning_longer(self, minutes: float, stop: Ask = never) -> Iterator[Event]:
        """The last event is RunCreated, which does not come when it was stopped. Raises as ``longer`` does."""
        from ..engine.text.staleness import current

        here = self.project
        prepared = current(here)  # without it nothing is planned, but refused
        texts = prepared.used() if prepared else ()
        return here.planning(run_request.longer(here.relative(self.folder), self.config(), minutes, texts), stop)

    def measuring_copies(self, samples: Iterable[events.SampleWritten], stop: Ask = never) -> Iterator[Event]:
        """CopyMeasured: how much of what it wrote at each step stands word for word in its texts.

        Raises ProjectError when the texts that it learnt from are not here any more.
        """
        from ..engine.text.copycheck import over_time

        return over_time(self.prepared_texts(), samples, stop)

    def checking_copies(self, text: str, stop: Ask = never) -> Iterator[Event]:
        """CopyFound for each passage of the text that stands in the training texts, and CopyChecked.

        Raises ProjectError when the texts that it learnt from are not here any more.
        """
        from ..engine.text.copycheck import check

        return check(self.prepared_texts(), text, stop)

    def prepared_texts(self) -> "Prepared":
        """The token files that it learns from. Raises ProjectError when they are not here any more."""
        from ..engine.text.staleness import learnt_by

        return learnt_by(self, self.config())


def preparing_texts(
    folder: AnyPath,
    texts: Iterable[AnyPath],
    stop: Ask = never,
    *,
    options: Changes[TextConfig] | None = None,
    settings: Changes[PrepareConfig] | None = None,
) -> Iterator[Event]:
    """Adds texts to a project, which is made when there is none, and prepares it; its lock is held meanwhile.

    The last event is Prepared. Raises ProjectError for a path that does not exist and for texts of which none can be
    read, and ConfigError for settings that cannot be used, before anything is written.
    """
    paths = [Path(text) for text in texts]
    refuse_missing(paths)
    if paths and not project.texts_below(paths)[0]:
        raise ProjectError(f"{paths[0]} holds no text that this program reads. Save it as plain text (.txt) first.")
    if not paths and not project.Project(Path(folder)).exists():
        raise ProjectError(f"The project “{Path(folder).name}” has no texts yet. Name files or folders to add to it.")
    for changes in (options, settings):
        if changes:
            schema.check(changes.config)
    return _preparing_texts(Path(folder), paths, stop, options, settings)


def _preparing_texts(
    folder: Path,
    texts: Sequence[Path],
    stop: Ask,
    options: Changes[TextConfig] | None,
    settings: Changes[PrepareConfig] | None,
) -> Iterator[Event]:
    place = Project.open(folder) if project.Project(folder).exists() else Project.create(folder)
    with place.lock():
        sweep(place)
        with _unless_refused(place):
            yield from place.adding(texts, stop, options)
            if settings and settings.names:
                place.set_prepare_config(settings.on(place.prepare_config()))
            yield from place.preparing(stop)


def _name_of(model: "AnyPath | project.Run | project.Checkpoint") -> str:
    return os.fspath(model.folder if isinstance(model, project.Run | project.Checkpoint) else model)


@contextlib.contextmanager
def _unless_refused(place: Project) -> Iterator[None]:
    """Settings with which nothing can be prepared do not stay: the texts might be prepared already, and could not be
    learnt from any more.
    """
    before = place.listing()
    removed = (one.source for one in before.removed)  # which may come back
    known = {source.file: source.options for source in (*removed, *before.sources)}
    try:
        yield
    except EngineError:
        with contextlib.suppress(ProjectError):
            now = place.listing()
            sources = tuple(replace(one, options=known.get(one.file, TextConfig())) for one in now.sources)
            place.save(replace(now, prepare=before.prepare, sources=sources))
        raise
