"""The window: its pages, the project that is open, what is told to the user, and closing."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, TYPE_CHECKING

from PySide6.QtCore import QEvent
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QFileDialog, QMainWindow, QStackedWidget

from ..engine.core import events, project
from ..engine.core.errors import EngineError
from ..engine.core.events import Event
from ..engine.core.project import Project
from .header import Header
from .menus import build_menus
from .parts import resources, widgets
from .parts.boxes import ask_about_training, ask_to_lose, show_details
from .parts.job_runner import GarbageCollector, Job
from .parts.preferences import Preferences, projects_folder
from .welcome import Welcome

if TYPE_CHECKING:
    from .workspace import Workspace


class MainWindow(QMainWindow):
    def __init__(self, preferences: Preferences) -> None:
        super().__init__()
        self.preferences = preferences
        self.project: Project | None = None
        self._lock: IO[bytes] | None = None
        self._device = ""
        self._close_when_done = False
        self.setWindowTitle("TextGen GUI")
        self.resize(1180, 780)
        self.restoreGeometry(preferences.geometry)
        self.collector = GarbageCollector(self)
        self.welcome = Welcome()
        self.notice = widgets.Notice()
        self.header = Header()
        self.tabs = self.header.tabs
        self.pages = QStackedWidget()
        self.workspace: Workspace | None = None
        self._build()
        self._themes = build_menus(self)
        self._show_welcome()
        self.loading: Job | None = None

    def _build(self) -> None:
        self.header.tabs.currentChanged.connect(self.show_tab)
        self.header.theme_asked.connect(self._switch_theme)
        strip = widgets.column(self.notice)
        strip.setContentsMargins(2 * widgets.GRID, widgets.GRID, 2 * widgets.GRID, 0)
        self.notice.details_asked.connect(lambda details: show_details(self, details))
        self.pages.addWidget(self.welcome)
        body = widgets.column(self.header, widgets.widget(strip), gap=0)
        body.addWidget(self.pages, 1)
        self.setCentralWidget(widgets.widget(body))
        self.statusBar().setSizeGripEnabled(False)
        self.welcome.new_asked.connect(self.new_project)
        self.welcome.open_asked.connect(self.choose_project)
        self.welcome.sample_asked.connect(self.open_sample)
        self.welcome.project_chosen.connect(self.open_project)

    # --- projects

    def new_project(self) -> None:
        start = str(projects_folder() / "My Project")
        overwrite = QFileDialog.Option.DontConfirmOverwrite
        if name := QFileDialog.getSaveFileName(self, "Name of the new project", start, options=overwrite)[0]:
            self._open_or_tell(lambda: project.create(Path(name)))

    def choose_project(self) -> None:
        if name := QFileDialog.getExistingDirectory(self, "Open a project folder", str(projects_folder())):
            self.open_project(Path(name))

    def open_project(self, folder: Path) -> None:
        self._open_or_tell(lambda: project.open(folder))

    def open_sample(self) -> None:
        folder = project.free_folder(projects_folder() / "Sherlock Holmes")
        self._open_or_tell(lambda: project.create(folder))
        if self.project and self.workspace:
            self.workspace.data.add([resources.sample_text()])

    def _open_or_tell(self, opening: Callable[[], Project]) -> None:
        if not self.close_project():
            return
        try:
            opened = opening()
            self._lock = opened.lock()
            self._show_project(opened)
        except EngineError as problem:
            self._let_go()
            self.tell(str(problem))

    def _show_project(self, opened: Project) -> None:
        self.project = opened
        self.notice.hide()
        self.made_workspace().open(opened)
        self.preferences.remember(opened.folder)
        self.header.show_project(opened.name, str(opened.folder))
        self.setWindowTitle(f"{opened.name} – TextGen GUI")
        self.tabs.setCurrentIndex(0)
        self.show_tab(0)

    def close_project(self) -> bool:
        """False when the user rather keeps going."""
        if not self._may_stop() or not self._page_is_kept():
            return False
        if self.workspace:
            self.workspace.stop_for_closing()
        self._let_go()
        self._show_welcome()
        return True

    def _let_go(self) -> None:
        self.project = None
        if self._lock:
            self._lock.close()
            self._lock = None

    def _show_welcome(self) -> None:
        self.header.hide()
        self.setWindowTitle("TextGen GUI")
        self.welcome.show_recent(self.preferences.recent())
        self.pages.setCurrentWidget(self.welcome)

    def made_workspace(self) -> "Workspace":
        """Made when the first project opens: the plotting library would cost the first paint a third of a second."""
        if self.workspace is None:
            from .workspace import Workspace

            self.workspace = Workspace()
            self.workspace.problem.connect(self.tell)
            self.workspace.said.connect(self.say)
            self.workspace.busy_changed.connect(self._busy_changed)
            self.workspace.write_asked.connect(lambda: self.tabs.setCurrentIndex(2))
            self.workspace.learn_asked.connect(lambda: self.tabs.setCurrentIndex(0))
            self.pages.addWidget(self.workspace)
            if self._device:
                self.workspace.train.show_device(self._device)
        return self.workspace

    def show_tab(self, number: int) -> None:
        if self.project and self.workspace:
            self.pages.setCurrentWidget(self.workspace)
            self.workspace.setCurrentIndex(number)

    def in_project(self, do: "Callable[[Workspace], object]") -> None:
        """For menus and keys that mean nothing while no project is open."""
        if self.project and self.workspace:
            do(self.workspace)

    def _busy_changed(self) -> None:
        if self._close_when_done and self.workspace and not self.workspace.training:
            self.close()

    # --- telling

    def tell(self, sentence: str, details: str = "") -> None:
        self.notice.tell(sentence, details)

    def say(self, words: str) -> None:
        self.statusBar().showMessage(words, 8000)

    # --- theme

    def _switch_theme(self) -> None:
        wanted = "light" if resources.is_dark() else "dark"
        next(action for action in self._themes.actions() if action.data() == wanted).trigger()

    def take_theme(self) -> None:
        action = self._themes.checkedAction()
        self.preferences.theme = action.data() if action else "system"
        self.restyle()

    def restyle(self) -> None:
        resources.apply_theme(self.preferences.theme)
        self.header.restyle()
        widgets.retint(self)
        if self.workspace:
            self.workspace.restyle()

    # --- loading and closing

    def load_engine(self) -> None:
        """Imports the large libraries on a job's thread once the window is painted; tells what hardware there is."""
        self.say("Getting ready …")
        self.loading = Job(lambda stop: _load_engine(), self)
        self.loading.happened.connect(self._engine_loaded)
        self.loading.failed.connect(self.tell)
        self.loading.finished.connect(self._loading_finished)
        self.loading.start()

    def _engine_loaded(self, event: Event) -> None:
        assert isinstance(event, events.Progressed)
        self._device = event.stage
        self.say(f"Ready: {event.stage}")
        if self.workspace:
            self.workspace.train.show_device(event.stage)

    def _loading_finished(self) -> None:
        if self.loading:
            self.loading.deleteLater()
        self.loading = None
        self.collector.freeze()

    def _may_stop(self) -> bool:
        """Asks when a run is training: stop and save, keep going, or cancel. False: do not close now."""
        training = self.workspace and self.workspace.training
        if not training or training.stopping:
            return True
        answer = ask_about_training(self)
        if answer == "keep":
            self._close_when_done = True
            self.showMinimized()
        return answer == "stop"

    def _page_is_kept(self) -> bool:
        """False when it could not be, and the user rather stays."""
        try:
            if self.workspace:
                self.workspace.generate.keep()
        except EngineError as problem:
            return ask_to_lose(self, str(problem))
        return True

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802 (Qt's name)
        super().changeEvent(event)
        if event.type() == QEvent.Type.WindowStateChange and not self.isMinimized():
            self._close_when_done = False  # somebody came back to work with it

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802 (Qt's name)
        if not self._may_stop():
            event.ignore()
            return
        if self.workspace and self.workspace.stop_jobs():
            # The window stays until the jobs have saved; `_busy_changed` brings us here again.
            self._close_when_done = True
            self.say("Saving …")
            self.setEnabled(False)
            event.ignore()
            return
        if not self._page_is_kept():
            event.ignore()
            return
        if self.loading:
            self.loading.wait()
        if self.workspace:
            self.workspace.stop_for_closing()
        self.preferences.geometry = self.saveGeometry()
        self._let_go()
        event.accept()


def _load_engine() -> Iterator[Event]:
    from ..engine.runtime import device
    from ..engine.training import plan

    assert plan
    yield events.Progressed(device.describe(), 0, 0, 0)
