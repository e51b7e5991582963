"""How large a model: one card a preset, with what it takes on this machine, and one that lets the time decide."""

from PySide6.QtCore import QSize, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QButtonGroup, QGridLayout, QWidget

from ...engine.core import events
from ...engine.core.config import RunConfig
from ...engine.core.presets import PresetName, presets
from ...words import duration, rough, size
from ..parts import widgets
from ..parts.choice_card import ChoiceCard
from .pages import NARROW


class PresetCards(QWidget):
    """Signal: ``chosen()``, when the user takes one."""

    chosen = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._speeds: dict[str, float] = {}
        by_time = "Measures this computer and takes the model that learns most from your texts in your time."
        self.cards = {PresetName.AUTO: ChoiceCard("By time", by_time, "By time model")}
        self.cards[PresetName.AUTO].facts.setText("Recommended")
        for name, preset in presets.items():
            self.cards[name] = ChoiceCard(preset.title, preset.words, f"{preset.title} model")
        self._group = QButtonGroup(self)
        self._group.setExclusive(True)
        self._group.buttonClicked.connect(self.chosen)
        self._grid = QGridLayout()
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(2 * widgets.GRID)
        for card in self.cards.values():
            self._group.addButton(card)
        self._columns = 0
        self._arrange(2)
        self.setLayout(self._grid)
        self.choose(PresetName.AUTO)

    def _arrange(self, columns: int) -> None:
        """The first card is as wide as the others together."""
        if columns == self._columns:
            return
        self._columns = columns
        for number, card in enumerate(self.cards.values()):
            if number == 0:
                self._grid.addWidget(card, 0, 0, 1, columns)
            else:
                self._grid.addWidget(card, 1 + (number - 1) // columns, (number - 1) % columns)

    def _widest(self) -> int:
        return max(card.minimumSizeHint().width() for card in self.cards.values())

    def minimumSizeHint(self) -> QSize:  # noqa: N802 (Qt's name)
        """Beside each other they may be wider than there is room: then they go below each other."""
        return QSize(self._widest(), super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 (Qt's name)
        super().resizeEvent(event)
        self._arrange(2 if self.width() >= max(NARROW, 2 * (self._widest() + widgets.GRID)) else 1)

    def choose(self, preset: PresetName) -> None:
        """Nothing is emitted."""
        self.cards[preset].setChecked(True)

    def preset(self) -> PresetName:
        return next(name for name, card in self.cards.items() if card.isChecked())

    def take_speed(self, event: events.PresetMeasured) -> None:
        self._speeds[event.preset] = event.tokens_per_s

    def show_facts(self, vocabulary: int, tokens: int) -> None:
        """What each preset takes with these texts: in sight what everybody understands, the rest in the tooltip."""
        for name, preset in presets.items():
            memory = RunConfig(model=preset.model).memory_bytes(vocabulary, min(preset.train.batch, 8))
            speed, card = self._speed(name), self.cards[name]
            parameters = rough(preset.model.parameters(vocabulary))
            known = f", {rough(speed)} tokens a second here" if speed else ""
            card.setToolTip(f"{parameters} parameters, {size(memory)} of memory{known}")
            reads = f"reads your texts once in {duration(tokens / speed)}" if speed and tokens else ""
            card.facts.setText(reads or f"takes {size(memory)} of memory")  # until it is known how fast it is here

    def _speed(self, name: PresetName) -> float:
        """0 where it is not known. A larger one is never quicker, whatever the computer did while this was tried."""
        order = list(presets)
        from_here_on = [self._speeds[each] for each in order[order.index(name) :] if each in self._speeds]
        return max(from_here_on) if name in self._speeds else 0.0
