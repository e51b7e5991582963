"""How large a model: one card a preset, with what it takes on this machine, and one that lets the time decide."""

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QButtonGroup, QGridLayout, QPushButton, QWidget

from ...engine.core import events
from ...engine.core.config import RunConfig
from ...engine.core.presets import PresetName, presets
from ...words import bytes_in_words, count_in_words
from ..parts import widgets


class PresetCard(QPushButton):
    """A preset to choose: its name, what it is good for, and what it takes on this machine."""

    def __init__(self, title: str, words: str) -> None:
        super().__init__()
        self.facts = widgets.label("", "muted")
        lines = (widgets.label(title, "heading"), widgets.label(words), self.facts)
        for line in lines:
            line.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setLayout(widgets.column(*lines, margin=2 * widgets.GRID))
        self.setCheckable(True)
        self.setAutoExclusive(True)  # one group of choices, also to a screen reader
        self.setProperty("role", "preset")
        self.setToolTip(words.replace("\n", " "))
        self.setAccessibleName(f"{title} model")

    def sizeHint(self) -> QSize:  # noqa: N802 (Qt's name; a button measures its text only, not its layout)
        layout = self.layout()
        return layout.sizeHint() if layout else super().sizeHint()


class PresetCards(QWidget):
    """Signal: ``chosen()``, when the user takes one."""

    chosen = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._speeds: dict[str, float] = {}
        by_time = "Measures this computer and takes the model that learns most from your texts in your time."
        self.cards = {PresetName.AUTO: PresetCard("By time", by_time)}
        self.cards[PresetName.AUTO].facts.setText("Recommended")
        for name, preset in presets.items():
            self.cards[name] = PresetCard(preset.title, preset.words)
        self._group = QButtonGroup(self)
        self._group.setExclusive(True)
        self._group.buttonClicked.connect(self.chosen)
        grid = QGridLayout()
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(2 * widgets.GRID)
        for number, card in enumerate(self.cards.values()):
            self._group.addButton(card)
            if number == 0:
                grid.addWidget(card, 0, 0, 1, 2)
            else:
                grid.addWidget(card, (number + 1) // 2, (number + 1) % 2)
        self.setLayout(grid)
        self.cards[PresetName.AUTO].setChecked(True)

    def preset(self) -> PresetName:
        return next(name for name, card in self.cards.items() if card.isChecked())

    def take_speed(self, event: events.PresetMeasured) -> None:
        self._speeds[event.preset] = event.tokens_per_s

    def show_facts(self, vocabulary: int) -> None:
        """What each preset takes with so many kinds of tokens."""
        for name, preset in presets.items():
            memory = RunConfig(model=preset.model).memory_bytes(vocabulary, min(preset.train.batch, 8))
            speed = self._speeds.get(name)
            parameters = count_in_words(preset.model.parameters(vocabulary))
            known = f"{count_in_words(speed)} tokens a second here" if speed else "speed here not measured yet"
            self.cards[name].facts.setText(f"{parameters} parameters · {bytes_in_words(memory)} of memory\n{known}")
