"""What is noted down about a run in words: by the user, in one line of the window, and by whoever planned it."""

from . import atomic_io, bounded
from .errors import ProjectError
from .gate import inside
from .project import Run

PLAN = "plan.txt"


def write(run: Run, words: str) -> None:
    """Does nothing when the run is gone. What could not be read is put aside first. Raises ProjectError."""
    if not run.folder.exists():
        return
    is_other = False
    try:
        run.notes()
    except ProjectError:
        is_other = run.notes_file.is_file()
    atomic_io.write_text(run.notes_file, words, aside=is_other)


def plan(run: Run) -> str:
    """What was said while it was planned: what it begins with, and why it ends when it does. Raises ProjectError."""
    file = inside(run.folder, PLAN)
    return atomic_io.read_text(file, bounded.NOTES) if file.exists() else ""


def write_plan(run: Run, words: str) -> None:
    """Raises ProjectError when the disk refuses."""
    if words:
        atomic_io.write_text(inside(run.folder, PLAN), words)
