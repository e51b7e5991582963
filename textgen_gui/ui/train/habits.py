"""How much of the computer a training may take: what a person sets once and keeps for all runs."""

from PySide6.QtWidgets import QCheckBox, QComboBox

from ...engine.core.config import Pace
from ..parts.preferences import Preferences

pace_words = {Pace.GENTLE: "Gently, others go first", Pace.BALANCED: "Balanced", Pace.ALL: "All of it"}


class PaceChoice(QComboBox):
    """Remembers what was chosen."""

    def __init__(self, preferences: Preferences) -> None:
        super().__init__()
        self._preferences = preferences
        for pace in Pace:
            self.addItem(pace_words[pace], pace.value)
        self.setCurrentIndex(list(Pace).index(preferences.pace))
        self.setAccessibleName("Use of this computer")
        self.setToolTip(
            "Gently takes one core, so that you can go on working. Balanced gives way when another program is busy. "
            "What the model becomes is the same"
        )
        self.activated.connect(self._remember)

    def pace(self) -> Pace:
        return Pace(self.currentData())

    def _remember(self) -> None:
        self._preferences.pace = self.pace()


class BatteryChoice(QCheckBox):
    """Remembers what was chosen."""

    def __init__(self, preferences: Preferences) -> None:
        super().__init__("Pause on battery")
        self._preferences = preferences
        self.setChecked(preferences.rests_on_battery)
        self.setToolTip("Training waits while the computer is not plugged in, and goes on by itself")
        self.clicked.connect(self._remember)

    def _remember(self) -> None:
        self._preferences.rests_on_battery = self.isChecked()
