"""A card for each form in which a model can leave."""

from collections.abc import Mapping

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QButtonGroup, QGridLayout, QWidget

from ...engine.core.model_forms import ExportChoice, ModelForm
from ...words import size
from ..parts import widgets
from ..parts.choice_card import ChoiceCard
from .takeaway import Takeaway

NARROW = 560  # pixels; the cards stand below each other then


class TakeawayCards(QWidget):
    """Signal: ``chosen()``, when the user takes one. One that this model cannot be is grey and says why."""

    chosen = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.cards = {one: ChoiceCard(one.title, one.good_for) for one in Takeaway}
        self._group = QButtonGroup(self)
        self._group.buttonClicked.connect(self.chosen)
        self._grid = QGridLayout()
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(widgets.GRID)
        for card in self.cards.values():
            self._group.addButton(card)
        self._columns = 0
        self._arrange(2)
        self.setLayout(self._grid)
        self.cards[Takeaway.PAGE].setChecked(True)

    def _arrange(self, columns: int) -> None:
        if columns == self._columns:
            return
        self._columns = columns
        for number, card in enumerate(self.cards.values()):
            self._grid.addWidget(card, number // columns, number % columns)

    def fit(self, width: int) -> None:
        """Beside each other where there is room for the titles of two, which are long with large text."""
        widest = max(card.minimumSizeHint().width() for card in self.cards.values())
        self._arrange(2 if max(NARROW, 2 * widest + widgets.GRID) <= width else 1)

    def show_choices(self, choices: Mapping[ModelForm, ExportChoice]) -> None:
        for one, card in self.cards.items():
            known = choices[one.form]
            words = known.refusal or f"about {size(known.bytes)}"
            card.facts.setText(words)
            card.setAccessibleDescription(f"{one.good_for} {words}")
            for label in card.findChildren(type(card.facts)):
                label.setEnabled(not known.refusal)

    def takeaway(self) -> Takeaway:
        return next(one for one, card in self.cards.items() if card.isChecked())
