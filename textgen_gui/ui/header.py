"""The line on top of an open project: its name, the three tabs, and the switch between light and dark."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QTabBar

from .parts import resources, widgets
from .parts.name_label import NameLabel
from .parts.styled import Styled

tab_names = (("Data", "Your texts"), ("Train", "Let a model learn"), ("Generate", "Write with a model"))


class Header(QFrame):
    """Signal: ``theme_asked()``."""

    theme_asked = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("header")
        self.tabs = QTabBar()
        self.tabs.setObjectName("tabs")
        self.tabs.setAccessibleName("Data, Train or Generate")
        self.tabs.setDrawBase(False)
        self.tabs.setExpanding(False)
        self.tabs.setUsesScrollButtons(False)
        for name, tip in tab_names:
            self.tabs.setTabToolTip(self.tabs.addTab(name), f"{tip} (Ctrl+{self.tabs.count()})")
        self.name = NameLabel(cut=Qt.TextElideMode.ElideRight)
        self._theme = widgets.tool("Light or dark", "moon", "Switch between light and dark", self.theme_asked.emit)
        line = widgets.row(self.name, 1, self.tabs, 1, self._theme)
        line.setContentsMargins(2 * widgets.GRID, widgets.GRID, 2 * widgets.GRID, 0)
        self.setLayout(line)
        Styled(self, self.restyle)

    def show_project(self, name: str, folder: str) -> None:
        self.name.show_name(name, folder)
        self.show()

    def restyle(self) -> None:
        widgets.tint(self._theme, "sun" if resources.is_dark() else "moon", "text")
