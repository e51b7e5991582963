"""The command line; also the door to the window. The only place that prints.

Each verb is a file: ``add`` makes its parser, ``run`` its events. A verb is registered in VERBS. Events become one line
of words each, or with --json one JSON line each on stdout and nothing else there.
"""

import argparse
import functools
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn

from .. import __version__
from ..engine.core.disk_errors import in_words
from ..engine.core.errors import EngineError
from . import (
    check,
    copycheck,
    doctor,
    evaluate,
    export,
    fetch,
    generate,
    import_,
    models,
    new,
    pack,
    prepare,
    preview,
    replay,
    serve,
    tokenizer,
    train,
)
from .exit_code import ExitCode
from .interrupts import Interrupts
from .process import flush_streams, prepare_process, restart_in_utf8
from .show import plain, show

VERBS = (  # in the order in which --help lists them
    preview,
    prepare,
    doctor,
    tokenizer,
    new,
    train,
    generate,
    replay,
    copycheck,
    evaluate,
    fetch,
    import_,
    models,
    export,
    check,
    pack,
    serve,
)

SCREENS = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")  # one of them is set where Linux has one


def main(arguments: list[str] | None = None) -> int:
    """Runs one verb and returns the exit code: 0 done, 1 an error in one sentence, 2 wrong usage, 130 stopped."""
    if arguments is None:
        restart_in_utf8()
        arguments = sys.argv[1:]
    prepare_process()
    try:
        return _main(arguments)
    except OSError as problem:  # before a verb begins, or the window: as where the program's own folder is locked
        return _bug(problem)
    finally:
        flush_streams()  # or Python would do so at its end, and tell of a full disk by a traceback


def _main(arguments: list[str]) -> int:
    if paths := _to_open(arguments):
        return _window(paths=paths)
    options = parser().parse_args(arguments)
    if options.self_test:
        from ..self_test import self_test

        print(self_test())
        return ExitCode.DONE
    if options.verb is None:
        return _window(screenshot=options.screenshot)
    interrupts = Interrupts()
    try:
        heading = functools.partial(options.heading, options)
        return show(options.run(options, interrupts), options.json, interrupts, heading)
    except EngineError as problem:
        print(plain(str(problem)), file=sys.stderr)
        return ExitCode.STOPPED if interrupts.asked else ExitCode.ERROR
    except KeyboardInterrupt:
        return ExitCode.STOPPED
    except BaseException as problem:  # the edge: tokenizers panics with what is no Exception
        if isinstance(problem, SystemExit):
            raise
        return _bug(problem)


def _window(screenshot: Path | None = None, paths: Sequence[Path] = ()) -> int:
    if sys.platform == "linux" and not any(os.environ.get(name) for name in SCREENS):  # Qt would abort
        print(
            "There is no screen here for a window. Without one: textgen-gui train TEXT; more: --help", file=sys.stderr
        )
        return ExitCode.ERROR
    from ..ui.app import start

    return start(screenshot, paths)


def _to_open(arguments: Sequence[str]) -> list[Path]:
    """A project, or texts: what a desktop hands over at a double click. No name of a verb is taken for a file."""
    verbs = {verb.__name__.rpartition(".")[2] for verb in VERBS}
    paths = list(map(Path, arguments))
    meant = paths and arguments[0] not in verbs and all(path.exists() for path in paths)
    return paths if meant else []


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
    verbs = whole.add_subparsers(
        dest="verb",
        title="without a verb the window opens; given a project folder or texts, with these",
        parser_class=VerbParser,
    )
    for verb in VERBS:
        verb.add(verbs.add_parser)
    whole.set_defaults(heading=lambda options, index: "")
    return whole


class VerbParser(argparse.ArgumentParser):
    """Options may stand anywhere, also between the names of files."""

    _is_sorting = False

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        if self._is_sorting:  # what sorts options from names asks this method for each of them
            return super().parse_known_args(args, namespace)
        self._is_sorting = True
        try:
            return self.parse_known_intermixed_args(args, namespace)
        finally:
            self._is_sorting = False

    def error(self, message: str) -> NoReturn:
        super().error(f"{message}\n{self.epilog}" if self.epilog else message)


def _bug(problem: BaseException) -> ExitCode:
    from ..log import note

    where = note(problem)
    unexpected = f"Something unexpected went wrong ({type(problem).__name__}). {where}"
    print(plain(in_words(problem) or unexpected), file=sys.stderr)
    return ExitCode.ERROR
