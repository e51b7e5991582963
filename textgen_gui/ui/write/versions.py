"""What the page was before the user chose another word or took much of it away, so that nothing is lost."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox

from ...words import number


class Versions(QComboBox):
    """Hidden as long as there is none. Signal: ``taken(text)``."""

    taken = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.setAccessibleName("Versions")
        self.setToolTip("What the page was before you chose another word or took much away; nothing is lost")
        self.activated.connect(self._take)
        self.hide()

    def add(self, text: str) -> None:
        if text not in self.texts:
            self.texts.append(text)
        self._list()

    def forget(self) -> None:
        self.texts = []
        self._list()

    def _list(self) -> None:
        self.clear()
        self.addItem("This version")
        for place, text in enumerate(self.texts, start=1):
            self.addItem(f"{number(place)}: …{text[-24:].strip()}".replace("\n", " "))
        self.setVisible(bool(self.texts))

    def _take(self, row: int) -> None:
        self.setCurrentIndex(0)
        if row > 0:
            self.taken.emit(self.texts[row - 1])
