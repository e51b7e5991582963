"""What the user writes about a run, in one line of the window."""

from . import atomic_io
from .errors import ProjectError
from .project import Run


def write(run: Run, words: str) -> None:
    """Does nothing when the run is gone. What could not be read is put aside first. Raises ProjectError."""
    if not run.folder.exists():
        return
    try:
        run.notes()
    except ProjectError:
        if run.notes_file.is_file():
            atomic_io.put_aside(run.folder, run.notes_file.name)
    atomic_io.write_text(run.notes_file, words)
