"""The first page: what this is, and three ways to begin."""

from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QListWidget, QListWidgetItem, QWidget

from .parts import resources, widgets


class Welcome(QWidget):
    """Signals: ``new_asked()``, ``open_asked()``, ``sample_asked()``, ``project_chosen(Path)``."""

    new_asked = Signal()
    open_asked = Signal()
    sample_asked = Signal()
    project_chosen = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._build_buttons()
        self._build_recent()
        title = widgets.label("Teach a small language model your own writing", "title", wrap=True)
        words = widgets.label(
            "Drop in a novel, letters, notes or poems, press one button, and watch a model learn from them. "
            "Then write with it. Everything happens on this computer; nothing leaves it.",
            wrap=True,
        )
        logo = widgets.label()
        logo.setPixmap(resources.logo().pixmap(64, 64))
        inner = widgets.widget(
            widgets.column(
                logo,
                title,
                words,
                widgets.row(self.sample, self.new, self.open, 1, gap=2 * widgets.GRID),
                self.recent_title,
                self.recent,
                gap=3 * widgets.GRID,
            )
        )
        inner.setMaximumWidth(680)
        self.setLayout(widgets.column(1, widgets.row(1, inner, 1), 2, margin=4 * widgets.GRID))
        self.layout().itemAt(1).layout().setStretch(1, 8)  # type: ignore[union-attr]

    def _build_buttons(self) -> None:
        self.sample = widgets.button(
            "Try the sample",
            "Makes a project with the adventures of Sherlock Holmes, so that you can look around at once",
            self.sample_asked.emit,
            icon="book",
            role="primary",
        )
        self.new = widgets.button(
            "New project…", "Makes a folder that will hold your texts and models", self.new_asked.emit, icon="add"
        )
        self.open = widgets.button(
            "Open project…", "Opens a project folder that was made before", self.open_asked.emit, icon="folder"
        )

    def _build_recent(self) -> None:
        self.recent = QListWidget()
        self.recent.setAccessibleName("Recent projects")
        self.recent.setToolTip("Projects you opened lately; Return or a double click opens one")
        self.recent.itemActivated.connect(self._chosen)
        self.recent.itemClicked.connect(self._chosen)
        self.recent_title = widgets.label("Recent projects", "heading")

    def show_recent(self, folders: list[Path]) -> None:
        self.recent.clear()
        for folder in folders:
            item = QListWidgetItem(resources.icon("folder", "muted"), f"{folder.name}\n{folder.parent}")
            item.setData(Qt.ItemDataRole.UserRole, folder)
            item.setToolTip(str(folder))
            self.recent.addItem(item)
        self.recent.setVisible(bool(folders))
        self.recent_title.setVisible(bool(folders))
        self.recent.setFixedHeight(min(4, max(1, len(folders))) * 56 + 8)

    def _chosen(self, item: QListWidgetItem) -> None:
        self.project_chosen.emit(item.data(Qt.ItemDataRole.UserRole))
