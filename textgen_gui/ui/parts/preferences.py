"""What the window remembers: theme, size, recent projects. Nothing here changes a result."""

import enum
import hashlib
import os
from pathlib import Path

from PySide6.QtCore import QByteArray, QSettings, QStandardPaths

from ...engine.core.config import Pace
from ...engine.core.home import home, own_home
from ...engine.core.project import Project

RECENT = 8
SMALLEST, LARGEST = 70, 200  # percent


class Theme(enum.StrEnum):
    """SYSTEM follows what the desktop is set to."""

    SYSTEM = "system"
    LIGHT = "light"
    DARK = "dark"


class Purpose(enum.StrEnum):
    """What somebody looks for in a file dialog."""

    TEXTS = "texts"
    PROJECTS = "projects"
    MODELS = "models"


class Preferences:
    def __init__(self) -> None:
        self._settings = QSettings(str(home() / "settings.ini"), QSettings.Format.IniFormat)

    @property
    def theme(self) -> Theme:
        saved = str(self._settings.value("theme", Theme.SYSTEM.value))
        return Theme(saved) if saved in list(Theme) else Theme.SYSTEM

    @theme.setter
    def theme(self, theme: Theme) -> None:
        self._settings.setValue("theme", theme.value)

    @property
    def zoom(self) -> int:
        """The size of all text in percent of what the system has."""
        saved = str(self._settings.value("zoom", "100"))
        return min(max(int(saved), SMALLEST), LARGEST) if saved.isdigit() else 100

    @zoom.setter
    def zoom(self, percent: int) -> None:
        self._settings.setValue("zoom", str(min(max(percent, SMALLEST), LARGEST)))

    @property
    def pace(self) -> Pace:
        saved = str(self._settings.value("pace", Pace.BALANCED.value))
        return Pace(saved) if saved in list(Pace) else Pace.BALANCED

    @pace.setter
    def pace(self, pace: Pace) -> None:
        self._settings.setValue("pace", pace.value)

    @property
    def rests_on_battery(self) -> bool:
        return str(self._settings.value("rests_on_battery", "false")) == "true"

    @rests_on_battery.setter
    def rests_on_battery(self, value: bool) -> None:
        self._settings.setValue("rests_on_battery", "true" if value else "false")

    @property
    def shows_authors(self) -> bool:
        """Whether the words of models stand in an ink of their own."""
        return str(self._settings.value("shows_authors", "true")) == "true"

    @shows_authors.setter
    def shows_authors(self, value: bool) -> None:
        self._settings.setValue("shows_authors", "true" if value else "false")

    @property
    def geometry(self) -> QByteArray:
        saved = self._settings.value("geometry")
        return saved if isinstance(saved, QByteArray) else QByteArray()

    @geometry.setter
    def geometry(self, value: QByteArray) -> None:
        self._settings.setValue("geometry", value)

    def recent(self) -> list[Path]:
        """Projects that still exist, the latest first."""
        return [path for path in self._paths("recent") if Project(path).exists()]

    def remember(self, folder: Path) -> None:
        others = [str(path) for path in self.recent() if path != folder]
        self._settings.setValue("recent", [str(folder), *others][:RECENT])
        self._settings.sync()

    def forget(self, folder: Path) -> None:
        """It is listed no more, until it is opened again."""
        self._settings.setValue("recent", [str(path) for path in self.recent() if path != folder])
        self._settings.sync()

    def tab(self, folder: Path) -> int | None:
        """Which tab of a project was shown last; None: it was not open on this computer."""
        saved = str(self._settings.value(f"tabs/{_key(folder)}", ""))
        return int(saved) if saved in ("0", "1", "2") else None

    def remember_tab(self, folder: Path, tab: int) -> None:
        self._settings.setValue(f"tabs/{_key(folder)}", str(tab))

    def coming(self, folder: Path) -> list[Path]:
        """Files that were not copied into this project yet when the window was closed."""
        return self._paths(f"coming/{_key(folder)}")

    def note_coming(self, folder: Path, files: list[Path]) -> None:
        """At once, as the program may be killed."""
        if files:
            self._settings.setValue(f"coming/{_key(folder)}", [str(file) for file in files])
        else:
            self._settings.remove(f"coming/{_key(folder)}")
        self._settings.sync()

    def _paths(self, name: str) -> list[Path]:
        saved = self._settings.value(name, [])
        paths = [saved] if isinstance(saved, str) else saved if isinstance(saved, list) else []
        return [Path(path) for path in paths]

    def folder(self, purpose: Purpose) -> Path:
        """Where a dialog begins."""
        saved = str(self._settings.value(f"folders/{purpose}", ""))
        if saved and _is_folder(saved):
            return Path(saved)
        return projects_folder() if purpose is Purpose.PROJECTS else documents_folder()

    def remember_folder(self, purpose: Purpose, folder: Path) -> None:
        self._settings.setValue(f"folders/{purpose}", str(folder))


def _is_folder(path: str | Path) -> bool:
    """No for what cannot be reached, for which Path raises."""
    return os.path.isdir(path)  # noqa: PTH112


def _key(folder: Path) -> str:
    """A name without slashes, which are groups in a file of settings."""
    return hashlib.sha256(str(folder).encode("utf-8", "surrogateescape")).hexdigest()[:16]


def projects_folder() -> Path:
    """Where new projects are offered to be kept, in sight of their owner; made when it is first needed."""
    folder = home() / "projects" if own_home() else documents_folder() / "TextGen projects"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def usual_folders() -> set[Path]:
    """Where files of all kinds come to lie."""
    kinds = QStandardPaths.StandardLocation
    usual = (kinds.HomeLocation, kinds.DesktopLocation, kinds.DocumentsLocation, kinds.DownloadLocation)
    return {Path(QStandardPaths.writableLocation(kind)) for kind in usual}


def documents_folder() -> Path:
    """Where the system's dialogs begin; the user's home where there is none."""
    documents = Path(QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation))
    return documents if _is_folder(documents) else Path.home()
