"""Where the log lies. It holds errors, never a user's text: what an error says may quote one, so that stays out."""

import logging
import logging.handlers
import time
import traceback
from pathlib import Path

from .engine.core.home import home

# Those that speak of the program or the disk. A parser's, a decoder's or a tokenizer's may quote what it was given.
TELLING = (OSError, ImportError, NameError, AttributeError, MemoryError)


def log_file() -> Path:
    return home() / "log.txt"


def start_log() -> None:
    """Errors of the whole program go into the log, five files of at most 1 MB; into none on a disk that takes none."""
    try:
        handler = logging.handlers.RotatingFileHandler(log_file(), maxBytes=1_000_000, backupCount=4, encoding="utf-8")
    except OSError:
        return
    handler.setFormatter(_Wordless("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logging.getLogger().addHandler(handler)


class _Wordless(logging.Formatter):
    """Of what other libraries say, only where they said it."""

    def format(self, record: logging.LogRecord) -> str:
        if record.name.partition(".")[0] == __package__:
            return super().format(record)
        return f"{self.formatTime(record)} {record.levelname} {record.name}: {record.pathname}:{record.lineno}"


def note(problem: BaseException) -> str:
    """Writes down what nobody expected; returns a sentence that says where it stands."""
    try:
        with log_file().open("a", encoding="utf-8", errors="replace") as log:
            log.write(f"{time.strftime('%Y-%m-%d %H:%M:%S')}\n{trace_of(problem)}")
        return f"The details are in {log_file()}."
    except OSError as refused:
        return f"The log could not be written ({refused.strerror}), so there are no details."


def trace_of(problem: BaseException) -> str:
    """Where it happened, as Python tells it, with the words of those errors alone that quote no text."""
    parts, seen = [], set[int]()
    cause: BaseException | None = problem
    while cause is not None and id(cause) not in seen:
        seen.add(id(cause))
        frames = traceback.format_tb(cause.__traceback__)
        words = f": {cause}" if isinstance(cause, TELLING) else ""
        parts.append("".join(frames) + f"{type(cause).__name__}{words}\n")
        cause = cause.__cause__ or (None if cause.__suppress_context__ else cause.__context__)
    return "which came of\n".join(parts)
