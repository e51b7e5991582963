"""The short list of models that are good to begin with."""

from PySide6.QtCore import QSignalBlocker, Signal

from ...engine.core.config import ModelConfig
from ...engine.core.recommended import Recommended, learning_s, recommended
from ...words import duration, size
from .table import Table, licence_in_words

COLUMNS = ("Good to begin with", "Languages", "Download", "Memory to train", "Licence", "For your text")
USUAL_BYTES = 200_000  # of a text, where no project is open
VOCABULARY = 4096  # with which the speed is measured


class OfferTable(Table):
    """Signal: ``chosen(Recommended)``."""

    chosen = Signal(object)

    def __init__(self) -> None:
        tip = "Choose one to see more of it. Nothing is fetched before you press the button below"
        super().__init__(COLUMNS, "Models that are good to begin with", tip, wide=0, numbers=(2, 3, 5))
        self.setRowCount(len(recommended))
        for row, known in enumerate(recommended):
            memory = f"about {size(known.memory_bytes)}"
            licence = licence_in_words(known.licence)
            cells = (known.title, known.languages, size(known.bytes), memory, licence, "–")
            for column, words in enumerate(cells):
                self.write(row, column, words, f"{known.name}: {known.words}")
        self.itemSelectionChanged.connect(self._selected)

    def _selected(self) -> None:
        if self.chosen_row() >= 0:
            self.chosen.emit(recommended[self.chosen_row()])

    def choose(self, name: str) -> Recommended | None:
        """The one of this name; the others are no longer chosen. Nothing is emitted."""
        found = next((known for known in recommended if known.name == name), None)
        with QSignalBlocker(self):
            self.clearSelection()
            if found:
                self.selectRow(recommended.index(found))
        return found

    def show_times(self, text_bytes: int, tokens_per_s: float, measured: ModelConfig) -> None:
        """Roughly how long each would learn from the text of the project."""
        weights, whose = measured.parameters(VOCABULARY), "your text"
        if not text_bytes:
            text_bytes, whose = USUAL_BYTES, f"a text of {size(USUAL_BYTES)}"
        for row, known in enumerate(recommended):
            seconds = learning_s(known.weights, text_bytes, tokens_per_s, weights)
            tip = f"A rough guess for this computer: {whose}, read three times, and all of the model learns"
            self.write(row, len(COLUMNS) - 1, f"about {duration(seconds)}", tip)
