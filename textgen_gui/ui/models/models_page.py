"""The page Models: what is here, and finding more. It belongs to no project, and neither do its jobs."""

from collections.abc import Iterator

from PySide6.QtCore import QSize, Signal
from PySide6.QtWidgets import QDialog, QPushButton, QTabWidget, QWidget

from ...engine.core.errors import ModelError
from ...engine.core.library import LibraryModel, Unfinished
from ...engine.core.project import Checkpoint
from ...engine.core.snapshot import ProjectSnapshot
from ...words import size
from ..parts import widgets
from ..parts.bin import to_bin
from ..parts.boxes import ask_to_delete, show_details
from ..parts.job_runner import JobRunner
from ..parts.notice import Notice
from ..parts.styled import Styled
from ..take.dialog import TakeDialog
from .finder import Finder
from .importer import Importer
from .model_table import ModelTable, Shelf, runs_with

HERE, FIND = 0, 1  # the two pages
SIZE = QSize(960, 640)  # where the window is as large


class ModelsPage(QDialog):
    """Signals: ``begin_asked(name)``, ``write_asked(name)``, ``changed()`` (there are other models than before),
    ``said(str)`` for when it is not in sight.
    """

    begin_asked = Signal(str)
    write_asked = Signal(str)
    changed = Signal()
    said = Signal(str)

    def __init__(self, jobs: JobRunner, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        Styled(self)
        self.setWindowTitle("Models")
        self.setModal(True)  # or the project that it speaks of could be closed behind it
        self._jobs, self._wished = jobs, ""
        self._project: ProjectSnapshot | None = None
        self._may_measure = self._was_shown = False
        self.taking: TakeDialog | None = None  # made when it is first asked for
        self.here, self.finder, self.notice = ModelTable(), Finder(jobs), Notice(self)
        self.importer = Importer(jobs)
        self.tabs = QTabWidget()
        pages = {"On this computer": (self.here, self.importer), "Find more": (self.finder,)}
        for name, parts in pages.items():
            page = widgets.column(*parts, gap=2 * widgets.GRID)
            page.setContentsMargins(0, 2 * widgets.GRID, 0, 0)
            self.tabs.addTab(widgets.widget(page), name)
        words = "Begin with a model that can write already: it learns your texts sooner, and from less of them."
        self.setLayout(
            widgets.column(
                widgets.label("Models", "title"),
                widgets.label(words, "muted", wrap=True),
                self.tabs,
                margin=2 * widgets.GRID,
            )
        )
        for button in self.findChildren(QPushButton):
            button.setAutoDefault(False)  # or Return in the field of the name would press one of them, too
        self._connect()

    def _connect(self) -> None:
        self.tabs.currentChanged.connect(self._show_times)
        self.finished.connect(self.finder.stop_measuring)
        self.notice.details_asked.connect(lambda details: show_details(self, details))
        self.here.begin_asked.connect(self._begin)
        self.here.write_asked.connect(self._write)
        self.here.fetch_asked.connect(self._go_on)
        self.here.take_asked.connect(self._take)
        self.here.delete_asked.connect(self._ask_to_delete)
        for source in (self.finder, self.importer):
            source.problem.connect(self.notice.tell)
            source.fetched.connect(self._show_fetched)
            source.changed.connect(self.look)

    def show_for(self, project: ProjectSnapshot | None, *, may_measure: bool) -> None:
        """Shows what is there now. ``may_measure``: nothing else needs the computer."""
        self._project, self._may_measure = project, may_measure
        above = self.parentWidget()
        space = above.window().size() if above else SIZE
        self.resize((self.size() if self._was_shown else SIZE).boundedTo(space))
        self._was_shown = True
        self._show_times()
        self.look()
        self.show()
        self.raise_()
        self.activateWindow()

    def _show_times(self) -> None:
        """When somebody wants to find a model: measuring takes the computer for some seconds."""
        sizes = self._project.sizes.values() if self._project else ()
        wanted = self.tabs.currentIndex() == FIND and self._may_measure
        self.finder.show_text(sum(sizes), may_measure=wanted)

    def look(self) -> None:
        """Reads the library on a job's thread."""
        self._jobs.start(lambda control: iter([Shelf.now()]), self._looked, failed=self.notice.tell)

    def _looked(self, shelf: Shelf) -> None:
        self.here.show_shelf(shelf, self._project)
        for sentence in shelf.damaged:
            self.notice.tell(sentence)
        if self._wished:
            self.here.choose(self._wished)
            self._wished = ""
        self.changed.emit()

    def _begin(self, name: str) -> None:
        self.close()
        self.begin_asked.emit(name)

    def _write(self, name: str) -> None:
        self.close()
        self.write_asked.emit(name)

    def _take(self, model: LibraryModel) -> None:
        if self.taking is None:
            self.taking = TakeDialog(self)
        self.taking.show_for(Checkpoint(model.folder), model.name, self._jobs)

    # --- fetching

    def show_finder(self) -> None:
        self.tabs.setCurrentIndex(FIND)

    def _go_on(self, name: str) -> None:
        self.show_finder()
        self.finder.choose(name)
        self.finder.fetch()

    def _show_fetched(self, name: str) -> None:
        """It is chosen in the list as soon as the list knows it."""
        self._wished = name
        words = f"{name} is here. Begin with it, or write with it as it is."
        self.notice.tell(words)
        self.tabs.setCurrentIndex(HERE)
        if not self.isVisible():
            self.said.emit(words)

    # --- deleting

    def _ask_to_delete(self, listed: LibraryModel | Unfinished) -> None:
        question = f"Move “{listed.name}” ({size(listed.bytes)}) to the bin?"
        if isinstance(listed, LibraryModel) and (runs := runs_with(listed, self._project)):
            question += f" It was the beginning of {', '.join(runs)}; what they have learnt stays with them."
        if ask_to_delete(self, question):
            self.notice.leave()  # which may tell that the last one stayed
            self._jobs.start(
                lambda control: _deleting(listed), lambda _: None, failed=self.notice.tell, finished=self.look
            )


def _deleting(listed: LibraryModel | Unfinished) -> Iterator[None]:
    if not to_bin(listed.folder):
        raise ModelError(f"“{listed.name}” could not be moved to the bin. Delete its folder by hand: {listed.folder}")
    yield
