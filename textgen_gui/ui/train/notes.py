"""What the user notes down about a run."""

from collections.abc import Callable
from pathlib import Path

from ...engine.core import atomic_io
from ...engine.core.project import Run


def writing_notes(notes: str, folder: Path) -> Callable[[], object]:
    """Does nothing when the run is gone."""

    def write() -> None:
        if folder.exists():
            atomic_io.write_text(Run(folder).notes_file, notes)

    return write
