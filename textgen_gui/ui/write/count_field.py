"""How many of something are to be written."""

from PySide6.QtWidgets import QSpinBox

MOST = 1000


class CountField(QSpinBox):
    """With the word for it behind the number: 1 text, 20 texts."""

    def __init__(self, one: str, several: str, usual: int) -> None:
        super().__init__()
        self._one, self._several = one, several
        self.setRange(1, MOST)
        self.valueChanged.connect(self._name)
        self.setValue(usual)
        self.setAccessibleName(f"Number of {several}")

    def _name(self, value: int) -> None:
        self.setSuffix(f" {self._one if value == 1 else self._several}")
