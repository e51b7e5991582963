"""The first page: what this is, ways to begin, and what was open lately."""

from collections.abc import Iterable
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QScrollArea, QWidget

from ..engine.core.glance import Glance
from .parts import resources, widgets
from .parts.preferences import Preferences
from .parts.styled import Styled
from .recent_projects import RecentProjects


class Welcome(QScrollArea):
    """Signals: ``texts_asked()``, ``starter_asked()``, ``sample_asked()``, ``new_asked()``, ``open_asked()``,
    ``project_chosen(Path)``.
    """

    texts_asked = Signal()
    starter_asked = Signal()
    sample_asked = Signal()
    new_asked = Signal()
    open_asked = Signal()
    project_chosen = Signal(object)

    def __init__(self, *, has_starter: bool) -> None:
        super().__init__()
        self._build_buttons(has_starter)
        self.recent = RecentProjects()
        self.recent.project_chosen.connect(self.project_chosen)
        self.recent.left_out.connect(self._leave_out)
        self.recent_title = widgets.label("Recent projects", "heading")
        inner = widgets.widget(
            widgets.column(*self._head(), *self._ways(), self.recent_title, self.recent, gap=3 * widgets.GRID)
        )
        inner.setMaximumWidth(760)
        page = widgets.widget(widgets.column(1, widgets.row(1, inner, 1), 2, margin=3 * widgets.GRID))
        page.layout().itemAt(1).layout().setStretch(1, 8)  # type: ignore[union-attr]
        page.setObjectName("scrolled")
        widgets.scrolling(self, page)
        Styled(self, self.recent.restyle)

    def _head(self) -> Iterable[QWidget]:
        logo = widgets.label()
        logo.setPixmap(resources.logo().pixmap(64, 64))
        yield logo
        yield widgets.label("Teach a small language model your own writing", "title", wrap=True)
        yield widgets.label(
            "Three steps: add a novel, letters, notes or poems; let a model learn from them; write with it. "
            "Everything happens on this computer; nothing leaves it.",
            wrap=True,
        )

    def _ways(self) -> Iterable[QWidget]:
        words = widgets.label(
            "Drop your texts anywhere in this window, and a project is made for them.", "muted", wrap=True
        )
        line = widgets.row(words, self.texts, gap=2 * widgets.GRID, margin=2 * widgets.GRID)
        line.setStretch(0, 1)
        self.drop: QFrame = widgets.card(line, "drop")
        yield self.drop
        buttons = (self.starter, self.sample, self.new, self.open)
        yield widgets.Flow(*buttons)

    def _build_buttons(self, has_starter: bool) -> None:
        self.texts = widgets.button(
            "Add your texts…",
            "Chooses files, and makes a project for them",
            self.texts_asked.emit,
            icon="add",
            role="primary",
        )
        self.starter = widgets.button(
            "Write with the starter",
            "Opens a page and a small model that can write at once, without any text of yours",
            self.starter_asked.emit,
            icon="generate",
        )
        self.starter.setVisible(has_starter)
        self.sample = widgets.button(
            "Try the sample",
            "Makes a project with the adventures of Sherlock Holmes, so that you can look around at once",
            self.sample_asked.emit,
            icon="book",
        )
        self.new = widgets.button(
            "New project…", "Makes a folder that will hold your texts and models", self.new_asked.emit, icon="add"
        )
        self.open = widgets.button(
            "Open project…", "Opens a project folder that was made before", self.open_asked.emit, icon="folder"
        )

    def show_recent(self, glances: Iterable[Glance]) -> None:
        self.recent.show_projects(glances)
        for part in (self.recent, self.recent_title):
            part.setVisible(self.recent.count() > 0)

    def _leave_out(self, folder: Path) -> None:
        """Nothing of the project itself is touched."""
        Preferences().forget(folder)
        self.show_recent([seen for seen in self.recent.shown if seen.folder != folder])
