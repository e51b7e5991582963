"""The file by which a desktop opens a project: ``NAME.textgen`` in its folder, for a double click."""

from pathlib import Path

from . import atomic_io
from .names import safe_name
from .project import Project

ENDING = ".textgen"
TEXT = "# A double click opens this project with TextGen GUI. All that belongs to it lies in this folder.\n"


def write_desktop_file(project: Project) -> None:
    """Where the project has none yet. Raises ProjectError when the disk refuses."""
    if not any(project.folder.glob(f"*{ENDING}")):
        atomic_io.write_text(project.folder / f"{safe_name(project.name) or 'Project'}{ENDING}", TEXT)


def project_folder(path: Path) -> Path | None:
    """The project that a path on the command line or a dropped path means; None: it is none."""
    folder = path.parent if path.suffix == ENDING else path
    return folder if Project(folder).exists() else None
