"""The models that there are to choose from, named and ordered in the same way wherever one is chosen."""

import enum
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QComboBox

from ...engine.core.library import STARTER
from ...engine.core.snapshot import ProjectSnapshot
from .file_dialogs import ask_for_file, ask_for_folder
from .preferences import Purpose


@dataclass(frozen=True, slots=True)
class Entry:
    """``name``: as ``--from`` takes it."""

    name: str
    words: str


class Elsewhere(enum.Enum):
    """What is not listed, and how to get at it."""

    FOLDER = "The folder of a model …"
    FILE = "A file of a model …"
    FIND = "Find a model …"


def entries_of(snapshot: ProjectSnapshot) -> list[Entry]:
    """The runs that have a model, the newest first, and then the library, which begins with the starter."""
    runs = [known for known in reversed(snapshot.runs) if known.checkpoints]
    return [
        *(Entry(f"runs/{known.run.name}", known.title) for known in runs),
        *(Entry(known.name, "The starter" if known.name == STARTER else known.name) for known in snapshot.models),
    ]


class ModelBox(QComboBox):
    """Signals: ``picked()`` by the user; ``models_asked()``: the page where models are found should be shown."""

    picked = Signal()
    models_asked = Signal()

    def __init__(self, name: str, tip: str) -> None:
        super().__init__()
        self._entries: list[Entry] = []
        self._paths: list[Entry] = []
        self._wished = ""
        self._last = ""  # before the user asked for one from elsewhere
        self.setAccessibleName(name)
        self.setToolTip(tip)
        self.setPlaceholderText("No model yet")
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(12)
        self.activated.connect(self._activated)

    def name(self) -> str:
        """Of what is chosen; empty where nothing is."""
        chosen = self.currentData()
        return chosen if isinstance(chosen, str) else ""

    def show_entries(self, entries: Sequence[Entry]) -> None:
        """What is chosen stays so where it is still there. A list that says the same is not rebuilt under the hand."""
        if list(entries) == self._entries and self.count():
            return
        self._entries = list(entries)
        self._fill(self._wished if self.lists(self._wished) else self.name())

    def choose(self, name: str) -> None:
        """Now, or when it is listed: a run that has just saved its first model is told of a moment later."""
        if not self.lists(name) and Path(name).is_absolute():
            self._paths.append(Entry(name, f"The model in {name}"))
        if self.lists(name):
            self._fill(name)
        else:
            self._wished = name

    def lists(self, name: str) -> bool:
        """Whether it can be chosen now."""
        return any(entry.name == name for entry in (*self._entries, *self._paths))

    def forget(self) -> None:
        """For another project: models from elsewhere that were named here, and what was chosen."""
        self._paths, self._wished, self._entries = [], "", []
        with QSignalBlocker(self):
            self.clear()

    def _fill(self, chosen: str) -> None:
        if chosen == self._wished:
            self._wished = ""
        with QSignalBlocker(self):
            self.clear()
            for entry in (*self._entries, *self._paths):
                self.addItem(entry.words, entry.name)
            for elsewhere in Elsewhere:
                self.addItem(elsewhere.value, elsewhere)
            self.setCurrentIndex(max(self.findData(chosen) if chosen else -1, 0 if self._entries else -1))
        self._last = self.name()
        self.currentIndexChanged.emit(self.currentIndex())

    def _activated(self) -> None:
        asked = self.currentData()
        if not isinstance(asked, Elsewhere):
            self._last = self.name()
            self.picked.emit()
            return
        path = self._ask(asked)
        self._fill(self._last)
        if path:
            self.choose(path)
            self.picked.emit()

    def _ask(self, asked: Elsewhere) -> str:
        """A path, or nothing where it was thought better of."""
        match asked:
            case Elsewhere.FOLDER:
                folder = ask_for_folder(self, Purpose.MODELS, "The folder of a model (config.json, *.safetensors)")
                return str(folder or "")
            case Elsewhere.FILE:
                file = ask_for_file(self, Purpose.MODELS, "A file of a model (*.safetensors, config.json)")
                return str(file or "")
            case Elsewhere.FIND:
                self.models_asked.emit()
                return ""
