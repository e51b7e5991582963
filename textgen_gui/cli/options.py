"""Options that several verbs share, and what they mean together."""

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ..engine.core import run_request, schema
from ..engine.core.config import Pace, PrepareConfig, TextConfig, TokenizerSource
from ..engine.core.presets import PresetName
from ..engine.core.run_request import RunRequest
from ..engine.core.schema import Changes, toml_value

MODEL = "starter or another name of the library, a run, a checkpoint, a model’s folder or a file in it"

AddParser = Callable[..., argparse.ArgumentParser]
"""What a verb makes its parser with: the add_parser of argparse."""


def common() -> argparse.ArgumentParser:
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument("--json", action="store_true", help="print events as JSON lines and nothing else")
    return shared


def planned() -> argparse.ArgumentParser:
    """All but ``--set`` of what makes a new run; ``request`` reads it."""
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument("--name", default="", help="name of the run")
    shared.add_argument(
        "--preset", default="", help=", ".join(PresetName) + "; auto, the usual one with --minutes, chooses by time"
    )
    shared.add_argument(
        "--from",
        dest="start",
        default="",
        metavar="MODEL",
        help=f"what it begins with: {MODEL}; or scratch; or auto, the usual one by time: the starter where it helps",
    )
    shared.add_argument("--tokenizer", default="", metavar="FILE|FOLDER", help="learn in these tokens")
    shared.add_argument("--shape", default="", metavar="CONFIG", help="a config.json: begin from scratch in this shape")
    shared.add_argument("--minutes", type=float, help="time budget, measured out into steps")
    return shared


def paced() -> argparse.ArgumentParser:
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument(
        "--pace",
        choices=list(Pace),
        default=Pace.BALANCED.value,
        help="gentle leaves most of the computer to others, all takes it",
    )
    shared.add_argument("--tracker", default="", metavar="NAME", help="also log to tensorboard, wandb, mlflow, ...")
    return shared


def setting() -> argparse.ArgumentParser:
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument(
        "--set", action="append", default=[], metavar="K=V", help="a setting, e.g. train.learning_rate=3e-4"
    )
    return shared


def rehearsable() -> argparse.ArgumentParser:
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument("--dry-run", action="store_true", help="say what would be read, and write nothing")
    return shared


@dataclass(frozen=True, slots=True)
class Preparing:
    """What ``setting`` asks for: how the texts of this call are read, and how all of the project is prepared."""

    texts: Changes[TextConfig]
    project: Changes[PrepareConfig]


def of_preparing(options: argparse.Namespace) -> Preparing:
    """Settings with ``text.`` before them are about texts. Raises ConfigError for what cannot be used."""
    assignments = [assignment.removeprefix("prepare.") for assignment in options.set]
    of_texts = [one.removeprefix("text.") for one in assignments if one.startswith("text.")]
    others = [one for one in assignments if not one.startswith("text.")]
    if getattr(options, "tokenizer", ""):
        file = toml_value(str(Path(options.tokenizer).resolve()))
        others += [f"tokenizer={TokenizerSource.FILE}", f"tokenizer_file={file}"]
    return Preparing(schema.assigned(TextConfig(), of_texts), schema.assigned(PrepareConfig(), others))


def request(options: argparse.Namespace) -> RunRequest:
    """The run that ``planned`` and ``setting`` ask for. Raises ConfigError for what cannot be used."""
    return run_request.from_assignments(
        options.preset, options.minutes, options.set, options.name, options.start, options.tokenizer, options.shape
    )
