"""The notes on a run, as a change that waits for its turn to be written."""

from collections.abc import Callable
from pathlib import Path

from ...engine.core import notes
from ...engine.core.project import Run


def writing_notes(words: str, folder: Path) -> Callable[[], object]:
    return lambda: notes.write(Run(folder), words)
