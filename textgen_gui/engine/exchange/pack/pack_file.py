"""pack.toml: where a pack belongs."""

from dataclasses import dataclass
from pathlib import Path
from typing import Self

from ...core import atomic_io, bounded, schema
from ...core.errors import ProjectError
from ...core.gate import inside
from ...core.project import Project, Run

FORMAT = 1


@dataclass(frozen=True, slots=True)
class PackFile:
    """``project``: the folder from which it comes. ``run``: its name in the pack.

    ``config``: SHA-256 of run.toml, by which the run is known again whatever its name has become.
    """

    project: str
    run: str
    config: str

    def write(self, pack: Path) -> None:
        values = {"format": FORMAT, "project": self.project, "run": self.run, "config": self.config}
        lines = [f"{name} = {schema.toml_value(value)}" for name, value in values.items()]
        atomic_io.write_text(file_of(pack), "\n".join(lines) + "\n")

    @classmethod
    def read(cls, pack: Path) -> Self:
        """Raises ProjectError for a folder that is no pack."""
        try:
            said = bounded.parse_toml(atomic_io.read_text(file_of(pack)))
            if said["format"] != FORMAT:
                raise ProjectError(f"{pack} was packed by a newer version of this program. Update it.")
            return cls(str(said["project"]), str(said["run"]), str(said["config"]))
        except (ValueError, KeyError, TypeError) as problem:
            raise ProjectError(f"{file_of(pack)} is not as it was written. Pack the run again.") from problem


def file_of(pack: Path) -> Path:
    return pack / "pack.toml"


def packed_run(pack: Path, name: str) -> Run:
    """Raises ProjectError for a name that leads elsewhere."""
    return Run(inside(Project(pack / "project").runs_folder, name))
