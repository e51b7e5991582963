"""The command line; also the door to the window. The only place that prints.

Events become one line of words each, or with --json one JSON line each on stdout and nothing else there.
"""

import argparse
import csv
import ctypes
import dataclasses
import importlib.util
import io
import os
import signal
import sys
import time
import traceback
from collections.abc import Callable, Iterable, Iterator
from dataclasses import Field, fields
from pathlib import Path
from types import FrameType
from typing import Any

from .. import __version__
from ..engine.core import events, project
from ..engine.core.config import PACES
from ..engine.core.errors import ConfigError, EngineError, ProjectError
from ..engine.core.events import Event
from ..engine.core.generation_config import GenerateConfig
from ..engine.core.presets import AUTO, presets
from ..engine.core.project import Project, Run
from ..engine.core.schema import toml_value
from ..words import time_in_words

DONE, ERROR, USAGE, STOPPED = 0, 1, 2, 130


def main(arguments: list[str] | None = None) -> int:
    """Runs one verb and returns the exit code: 0 done, 1 an error in one sentence, 2 wrong usage, 130 stopped."""
    prepare_process()
    options = parser().parse_args(arguments)
    if options.self_test:
        from ..self_test import self_test

        return self_test()
    if options.verb is None:
        from ..ui.app import start

        return start(screenshot=options.screenshot)
    interrupts = Interrupts()
    try:
        return show(options.run(options, interrupts), options.json, interrupts)
    except EngineError as problem:
        print(problem, file=sys.stderr)
        return STOPPED if interrupts.asked else ERROR
    except KeyboardInterrupt:
        return STOPPED
    except BaseException as problem:  # the edge: tokenizers panics with what is no Exception
        if isinstance(problem, SystemExit):
            raise
        return _bug(problem)


def prepare_process() -> None:
    """What must be so before anything large is imported."""
    os.environ.setdefault("HF_HUB_OFFLINE", "1")  # nothing leaves the machine
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "true")  # both cores, and no warning about it
    if sys.platform == "win32":  # untested here: with Qt loaded first, torch's own library fails to load later
        torch = importlib.util.find_spec("torch")
        if torch and torch.origin:
            ctypes.CDLL(str(Path(torch.origin).parent / "lib" / "c10.dll"))
    sys.setswitchinterval(0.0005)  # a busy Python thread lets the window go on ten times sooner
    if sys.stdout is None or sys.stderr is None:  # a windowed program on Windows has neither
        sys.stdout = sys.stderr = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")


def _bug(problem: BaseException) -> int:
    from ..log import log_file

    with log_file().open("a", encoding="utf-8") as log:
        log.write("".join(traceback.format_exception(problem)))
    print(
        f"Something unexpected went wrong ({type(problem).__name__}). The details are in {log_file()}.", file=sys.stderr
    )
    return ERROR


class Interrupts:
    """Ctrl-C, a polite kill, a terminal that closes: the first asks to stop and save, the second quits at once."""

    def __init__(self) -> None:
        self.asked = False
        for name in ("SIGINT", "SIGTERM", "SIGHUP"):
            if hasattr(signal, name):
                signal.signal(getattr(signal, name), self._interrupt)

    def __call__(self) -> bool:
        return self.asked

    def _interrupt(self, number: int, frame: FrameType | None) -> None:
        if self.asked:
            raise KeyboardInterrupt
        self.asked = True
        print("Stopping. Once more quits at once.", file=sys.stderr)


def parser() -> argparse.ArgumentParser:
    whole = argparse.ArgumentParser(
        prog="textgen-gui", description="Train a language model on your text, write with it."
    )
    whole.add_argument("--version", action="version", version=f"TextGen GUI {__version__}")
    whole.add_argument(
        "--self-test", action="store_true", help="train, save, load and write once, then say whether it worked"
    )
    whole.add_argument(
        "--screenshot", type=Path, metavar="PNG", help="open the window, save a picture of it and close it"
    )
    verbs = whole.add_subparsers(dest="verb", title="without a verb the window opens")
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--json", action="store_true", help="print events as JSON lines and nothing else")
    planned = argparse.ArgumentParser(add_help=False)
    planned.add_argument("--name", default="", help="name of the run")
    planned.add_argument("--preset", default="small", help=", ".join([AUTO, *presets]) + "; auto chooses by --minutes")
    planned.add_argument(
        "--from", dest="start", default="", metavar="RUN|CHECKPOINT|FOLDER", help="fine-tune this model"
    )
    planned.add_argument("--minutes", type=float, help="time budget, measured out into steps")
    paced = argparse.ArgumentParser(add_help=False)
    paced.add_argument(
        "--pace", choices=PACES, default="balanced", help="gentle leaves most of the computer to others, all takes it"
    )
    paced.add_argument("--tracker", default="", metavar="NAME", help="also log to tensorboard, wandb, mlflow, ...")
    setting = argparse.ArgumentParser(add_help=False)
    setting.add_argument(
        "--set", action="append", default=[], metavar="K=V", help="a setting, e.g. train.learning_rate=3e-4"
    )

    verb = verbs.add_parser("prepare", parents=[common, setting], help="add texts and turn them into token files")
    verb.add_argument("project", type=Path)
    verb.add_argument("texts", type=Path, nargs="*", metavar="TEXT")
    verb.set_defaults(run=_prepare)
    verb = verbs.add_parser("new", parents=[common, planned, setting], help="write a run folder and print its path")
    verb.add_argument("project", type=Path)
    verb.set_defaults(run=_new)
    verb = verbs.add_parser(
        "train", parents=[common, planned, paced, setting], help="train or resume a run; or texts, in one go"
    )
    verb.add_argument("paths", type=Path, nargs="+", metavar="RUN|TEXT")
    verb.add_argument("--project", type=Path, help="where to make the project, when texts are given")
    verb.set_defaults(run=_train)
    verb = verbs.add_parser("generate", parents=[common], help="write with a model")
    verb.add_argument("model", type=Path, metavar="RUN|CHECKPOINT")
    verb.add_argument("--prompt", default="", help="what the text begins with")
    for field in fields(GenerateConfig):
        _add_option(verb, field)
    verb.add_argument(
        "--temperatures", metavar="X,Y,…", default="", help="the same prompt and seed at each of these temperatures"
    )
    verb.add_argument(
        "--fields", metavar="NAME=TEXT,NAME,…", default="", help="write the named columns that have no text here"
    )
    verb.add_argument(
        "--to-file",
        type=Path,
        metavar="PATH",
        help="write the texts into this file: .txt, .md, .docx, .csv or .jsonl; {time} and {seed} are filled in",
    )
    verb.add_argument("--delimiter", default="", help="stands between the texts of a .txt file; \\n is a line end")
    verb.set_defaults(run=_generate)
    verb = verbs.add_parser("replay", parents=[common], help="write a kept text again and say whether it is the same")
    verb.add_argument("receipt", type=Path, metavar="FILE")
    verb.set_defaults(run=_replay)
    verb = verbs.add_parser("copycheck", parents=[common], help="which passages of a text stand in the training texts")
    verb.add_argument("model", type=Path, metavar="RUN")
    verb.add_argument("text", type=Path, metavar="FILE")
    verb.set_defaults(run=_copycheck)
    verb = verbs.add_parser("evaluate", parents=[common], help="held-out bits per byte")
    verb.add_argument("model", type=Path, metavar="RUN|CHECKPOINT")
    verb.add_argument("texts", type=Path, nargs="+", metavar="TEXT")
    verb.set_defaults(run=_evaluate)
    return whole


def _prepare(options: argparse.Namespace, stop: Callable[[], bool]) -> Iterator[Event]:
    return prepare_texts(options.project, options.texts, [s.removeprefix("prepare.") for s in options.set], stop)


def prepare_texts(folder: Path, texts: list[Path], settings: list[str], stop: Callable[[], bool]) -> Iterator[Event]:
    """Adds texts to a project, which is made when there is none, and prepares it.

    ``settings``: assignments to PrepareConfig, or with ``text.`` before them to how these texts are read.
    """
    from ..engine.core import schema
    from ..engine.text.prepare import prepare

    missing = [path for path in texts if not path.exists()]
    if missing:
        raise ProjectError(f"{missing[0]} does not exist. Check the name and try again.")
    if texts and not project.texts_below(texts)[0]:
        raise ProjectError(f"{texts[0]} holds no text that this program reads. Save it as plain text (.txt) first.")
    place = project.open(folder) if (folder / "project.toml").exists() else project.create(folder)
    with place.lock():
        yield from place.add_texts(texts, stop)
        of_texts = [s.removeprefix("text.") for s in settings if s.startswith("text.")]
        for source in place.sources_from(texts) if of_texts else ():
            place.set_options([source.file], schema.with_settings(source.options, of_texts))
        others = [s for s in settings if not s.startswith("text.")]
        if others:
            place.set_prepare_config(schema.with_settings(place.prepare_config(), others))
        yield from prepare(place, stop)


def _new(options: argparse.Namespace, stop: Callable[[], bool]) -> Iterator[Event]:
    return _plan(project.open(options.project), options)


def _plan(place: Project, options: argparse.Namespace) -> Iterator[Event]:
    from ..engine.training.plan import new_run

    start = [f"start.model={toml_value(str(Path(options.start).resolve()))}"] if options.start else []
    settings = [*start, *options.set]
    return new_run(place, preset=options.preset, minutes=options.minutes, settings=settings, name=options.name)


def _train(options: argparse.Namespace, stop: Callable[[], bool]) -> Iterator[Event]:
    if options.project is None:
        if len(options.paths) > 1 or options.paths[0].is_file():
            raise ProjectError("To train on texts, say where to keep the project: --project FOLDER.")
        yield from _recorded(project.find_run(options.paths[0]), options, stop)
        return
    if options.minutes is not None and not options.minutes > 0:
        raise ProjectError(f"A run of {options.minutes:g} minutes cannot be made. Give a time above 0, for example 3.")
    yield from prepare_texts(options.project, options.paths, [], stop)
    if stop():
        return
    run: Run | None = None
    for event in _plan(project.open(options.project), options):
        if isinstance(event, events.RunCreated):
            run = Run(options.project.resolve() / event.run)
        yield event
    if run is not None and not stop():
        yield from _recorded(run, options, stop)


def _recorded(run: Run, options: argparse.Namespace, stop: Callable[[], bool]) -> Iterator[Event]:
    from ..engine.training.train import recorded

    happened = recorded(run, stop, options.pace)
    if options.tracker and os.environ.get("RANK", "0") == "0":
        from ..engine.training.trackers import followed

        return followed(happened, run, options.tracker)
    return happened


def _add_option(verb: argparse.ArgumentParser, field: Field[Any]) -> None:
    name, about = "--" + field.name.replace("_", "-"), field.metadata["help"].replace("%", "%%")
    if isinstance(field.default, bool):
        verb.add_argument(name, action=argparse.BooleanOptionalAction, default=field.default, help=about)
    elif isinstance(field.default, tuple):
        verb.add_argument(name, action="append", default=[], help=about + " Can be given several times.")
    else:
        verb.add_argument(name, type=type(field.default), default=field.default, help=about)


def _generate(options: argparse.Namespace, stop: Callable[[], bool]) -> Iterator[Event]:
    from ..engine.models.checkpoint import good
    from ..engine.runtime import device
    from ..engine.writing.generate import generate

    device.use_one_thread()
    values = {field.name: getattr(options, field.name) for field in fields(GenerateConfig)}
    plain: Any = {name: tuple(value) if isinstance(value, list) else value for name, value in values.items()}
    config = GenerateConfig(**plain)
    folder = good(project.find(options.model)).folder
    if options.fields:
        return _to_table(_fields(folder, options.fields, config, stop), options.to_file)
    if options.temperatures:
        happened = _at_temperatures(folder, options.prompt, config, options.temperatures, stop)
    else:
        happened = generate(folder, options.prompt, config, stop)
    return _to_file(happened, options, stop)


def _at_temperatures(
    folder: Path, prompt: str, config: GenerateConfig, asked: str, stop: Callable[[], bool]
) -> Iterator[Event]:
    from ..engine.writing.generate import generate

    try:
        temperatures = [float(number) for number in asked.split(",")]
    except ValueError as problem:
        raise ConfigError(
            f"--temperatures {asked}: write numbers with commas between, for example 0.7,1.0."
        ) from problem
    for number, temperature in enumerate(temperatures):
        one = dataclasses.replace(config, temperature=temperature)
        yield events.Progressed(f"temperature {temperature:g}", number, len(temperatures), 0)
        for event in generate(folder, prompt, one, stop):
            if isinstance(event, events.TextPiece | events.TextGenerated):
                event = dataclasses.replace(event, index=number * config.n + event.index)
            if isinstance(event, events.TextGenerated):
                config = dataclasses.replace(config, seed=event.seed)  # the same for all, so that they can be compared
            yield event
        if stop():
            return


def _fields(folder: Path, asked: str, config: GenerateConfig, stop: Callable[[], bool]) -> Iterator[Event]:
    from ..engine.writing.records import write_fields

    parts = [part.partition("=") for part in next(csv.reader([asked]))]
    names = [name.strip() for name, _, _ in parts]
    given = {name.strip(): text for name, sign, text in parts if sign}
    checkpoint = project.Checkpoint(folder)
    known = checkpoint.run.project.fields() if checkpoint.run else names
    for name in names:
        if name not in known:
            there = ", ".join(known) or "none; prepare a table with text.fields=true and text.columns first"
            raise ConfigError(f"The texts have no field “{name}”. There are: {there}.")
    return write_fields(folder, names, given, config, stop)


def _to_table(happened: Iterable[Event], path: Path | None) -> Iterator[Event]:
    from ..engine.core import atomic_io

    table = io.StringIO()
    rows = csv.writer(table)
    for event in happened:
        if isinstance(event, events.FieldsWritten):
            if not table.tell():
                rows.writerow([name for name, _ in event.fields])
            rows.writerow([text for _, text in event.fields])
        yield event
    if path is not None:
        atomic_io.write_text(path, table.getvalue())


def _to_file(happened: Iterable[Event], options: argparse.Namespace, stop: Callable[[], bool]) -> Iterator[Event]:
    from ..engine.core import atomic_io
    from ..engine.writing.export import export, kinds

    texts: dict[int, str] = {}
    seed, path = options.seed, options.to_file
    for event in happened:
        if isinstance(event, events.TextGenerated):
            texts[event.index], seed = options.prompt + event.text, event.seed
        yield event
    if path is None:
        return
    name = path.name.replace("{time}", time.strftime("%Y-%m-%d %H.%M.%S")).replace("{seed}", f"{seed:08d}")
    path, whole = path.with_name(name), [texts[index] for index in sorted(texts)]
    if options.delimiter or path.suffix.lower().removeprefix(".") not in kinds:
        between = options.delimiter.replace("\\n", "\n") or "\n\n"
        atomic_io.write_text(path, between.join(whole) + "\n")
    else:
        export(whole, path)


def _replay(options: argparse.Namespace, stop: Callable[[], bool]) -> Iterator[Event]:
    from ..engine.runtime import device
    from ..engine.writing.receipt import replay

    device.use_one_thread()
    return replay(options.receipt, stop)


def _copycheck(options: argparse.Namespace, stop: Callable[[], bool]) -> Iterator[Event]:
    from ..engine.text.copycheck import check
    from ..engine.text.dataset import Prepared

    run = project.find_run(options.model)
    prepared = Prepared.load(run.project.prepared_folder / run.config().prepared)
    return check(prepared, project.read_text(options.text), stop)


def _evaluate(options: argparse.Namespace, stop: Callable[[], bool]) -> Iterator[Event]:
    from ..engine.models.checkpoint import good
    from ..engine.training.evaluate import evaluate

    checkpoint = good(project.find(options.model))
    step = checkpoint.step if checkpoint.run else 0
    return evaluate(checkpoint.folder, step, options.texts, stop)


def show(happened: Iterable[Event], json: bool, stop: Interrupts) -> int:
    """Prints events until they end, and returns the exit code."""
    code, bar = DONE, Bar()
    for event in happened:
        if isinstance(event, events.Replayed) and event.same < event.texts:
            code = ERROR
        if isinstance(event, events.RunFinished):
            code = {"finished": DONE, "stopped": STOPPED, "failed": ERROR}[event.outcome]
        try:
            if json:
                print(events.to_json(event), flush=True)
            else:
                bar.show(event)
        except BrokenPipeError:  # nobody listens any more, as when the window was killed
            stop.asked = True
            for stream in (sys.stdout, sys.stderr):
                os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
    return STOPPED if stop.asked else code


class Bar:
    """Words on stderr, results on stdout, and where stderr is a terminal one line that is written over."""

    def __init__(self) -> None:
        self.terminal = sys.stderr.isatty()
        self.steps, self.resumed_from, self.shown, self.open_line = 0, 0, 0.0, False

    def show(self, event: Event) -> None:
        match event:
            case events.StepDone():
                self._step(event)
            case events.Progressed():
                self._over(f"{event.stage} … {event.done / event.total:.0%}" if event.total else f"{event.stage} …")
            case events.TextPiece():
                self._text(event)
            case events.RunCreated():
                self._line(f"New run: {event.run}")
                print(event.run)
            case events.TextGenerated():
                print(flush=True)
            case _:
                if isinstance(event, events.RunStarted):
                    self.steps, self.resumed_from = event.steps, event.resumed_from
                self._line(describe(event))

    def _text(self, event: events.TextPiece) -> None:
        self._line("")
        print(event.text, end="", flush=True)

    def _step(self, event: events.StepDone) -> None:
        left_s = (self.steps - event.step) * event.elapsed_s / max(event.step, 1)
        words = f"step {event.step:,} of {self.steps:,}  loss {event.loss:.3f}  {event.tokens_per_s:,.0f} tokens/s"
        self._over(f"{words}  {time_in_words(left_s)} left")

    def _over(self, line: str) -> None:
        if self.terminal and time.monotonic() - self.shown > 0.1:
            self.shown, self.open_line = time.monotonic(), True
            print(f"\r\x1b[K{line}", end="", file=sys.stderr, flush=True)

    def _line(self, line: str) -> None:
        if self.open_line:
            print("\r\x1b[K", end="", file=sys.stderr)
            self.open_line = False
        if line:
            print(line, file=sys.stderr, flush=True)


def describe(event: Event) -> str:
    """An event in one line of words."""
    match event:
        case events.TextRead():
            kind = event.encoding or event.format or "not read"
            return " ".join((f"{event.path}: {event.characters:,} characters, {kind}.", *event.warnings))
        case events.Prepared():
            return (
                f"Prepared {event.tokens + event.heldout_tokens:,} tokens of {event.vocabulary:,} kinds from "
                f"{event.documents:,} documents; {event.heldout_tokens:,} of them are held out."
            )
        case events.RunStarted():
            start = f"Resuming at step {event.resumed_from:,}" if event.resumed_from else "Starting"
            return (
                f"{start}: {event.parameters:,} parameters, {event.steps:,} steps, {event.precision}, "
                f"{event.device}, {event.threads} threads."
            )
        case events.Evaluated():
            return f"step {event.step:,}: held-out loss {event.loss:.3f} = {event.bits_per_byte:.3f} bits per byte"
        case events.SampleWritten():
            words = " ".join((event.prompt + event.text).split())
            return f"step {event.step:,} writes: {words[:100]}"
        case events.CopyFound():
            where = f"characters {event.start:,} to {event.end:,}"
            return f"{event.words:,} words, {where}, stand in {event.path}, {event.place:.0%} into it"
        case events.CopyChecked():
            share = event.copied / max(1, event.words)
            return f"{event.copied:,} of {event.words:,} words ({share:.0%}) stand in the training texts."
        case events.CheckpointSaved():
            return f"step {event.step:,}: saved {event.checkpoint}"
        case events.FieldsWritten():
            return "\n".join(f"{name}: {text}" for name, text in event.fields)
        case events.WindowMoved():
            return f"(after {event.tokens:,} tokens the model forgets the older half)"
        case events.RunFinished() | events.Warned() | events.Advised() | events.Replayed():
            return event.message
        case events.Baseline():
            return f"{event.name}: held-out loss {event.loss:.3f} = {event.bits_per_byte:.3f} bits per byte"
        case events.MendOffered():
            return f"{event.words}: " + " ".join(f"--set {setting}" for setting in event.settings)
        case _:
            return events.to_json(event)
