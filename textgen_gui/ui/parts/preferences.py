"""What the window remembers: theme, size, recent projects. Nothing here changes a result."""

import os
from pathlib import Path

from PySide6.QtCore import QByteArray, QSettings

from ...engine.core.config import PACES
from ...log import home

RECENT = 8


class Preferences:
    def __init__(self) -> None:
        self._settings = QSettings(str(home() / "settings.ini"), QSettings.Format.IniFormat)

    @property
    def theme(self) -> str:
        saved = str(self._settings.value("theme", "system"))
        return saved if saved in ("system", "light", "dark") else "system"

    @theme.setter
    def theme(self, value: str) -> None:
        self._settings.setValue("theme", value)

    @property
    def pace(self) -> str:
        saved = str(self._settings.value("pace", "balanced"))
        return saved if saved in PACES else "balanced"

    @pace.setter
    def pace(self, value: str) -> None:
        self._settings.setValue("pace", value)

    @property
    def rests_on_battery(self) -> bool:
        return str(self._settings.value("rests_on_battery", "false")) == "true"

    @rests_on_battery.setter
    def rests_on_battery(self, value: bool) -> None:
        self._settings.setValue("rests_on_battery", "true" if value else "false")

    @property
    def geometry(self) -> QByteArray:
        saved = self._settings.value("geometry")
        return saved if isinstance(saved, QByteArray) else QByteArray()

    @geometry.setter
    def geometry(self, value: QByteArray) -> None:
        self._settings.setValue("geometry", value)

    def recent(self) -> list[Path]:
        """Projects that still exist, the latest first."""
        saved = self._settings.value("recent", [])
        paths = [saved] if isinstance(saved, str) else saved if isinstance(saved, list) else []
        return [Path(path) for path in paths if (Path(path) / "project.toml").exists()]

    def remember(self, folder: Path) -> None:
        others = [str(path) for path in self.recent() if path != folder]
        self._settings.setValue("recent", [str(folder), *others][:RECENT])
        self._settings.sync()


def projects_folder() -> Path:
    """Where new projects are offered to be kept; made when it is first needed."""
    documents = Path.home() / "Documents"
    own = "TEXTGEN_GUI_HOME" in os.environ or not documents.is_dir()
    folder = home() / "projects" if own else documents / "TextGen projects"
    folder.mkdir(parents=True, exist_ok=True)
    return folder
