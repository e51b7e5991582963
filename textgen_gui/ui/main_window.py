"""The window: pages, menus and shortcuts; connects the tabs with each other. What a tab does is in the tab."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, TYPE_CHECKING

from PySide6.QtCore import QEvent
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QFileDialog, QMainWindow, QMessageBox, QStackedWidget, QTabBar

from ..engine import events, project
from ..engine.errors import EngineError
from ..engine.events import Event
from ..engine.project import Project, Run
from . import parts, resources
from .data_tab import DataTab
from .generate_tab import GenerateTab
from .job import GarbageCollector, Job
from .menus import build_menus, open_folder
from .preferences import Preferences, projects_folder
from .welcome import Welcome

if TYPE_CHECKING:
    from .train_tab import TrainTab

NEW_FOLDER = QFileDialog.Option.DontConfirmOverwrite


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
        self.notice = parts.Notice()
        self.tabs = QTabBar()
        self.pages = QStackedWidget()
        self._workspace: tuple[DataTab, TrainTab, GenerateTab] | None = None
        self._build()
        self._themes = build_menus(self)
        self._show_welcome()
        self.loading: Job | None = None

    def _build(self) -> None:
        self.tabs.setObjectName("tabs")
        self.tabs.setAccessibleName("Data, Train or Generate")
        self.tabs.setDrawBase(False)
        self.tabs.setExpanding(False)
        for name, tip in (("Data", "Your texts"), ("Train", "Let a model learn"), ("Generate", "Write with a model")):
            self.tabs.setTabToolTip(self.tabs.addTab(name), f"{tip} (Ctrl+{self.tabs.count()})")
        self.tabs.currentChanged.connect(self.show_tab)
        self.name = parts.label("", "heading")
        self.theme_button = parts.tool("Light or dark", "moon", "Switch between light and dark", self._switch_theme)
        top, strip = parts.row(self.name, 1, self.tabs, 1, self.theme_button), parts.column(self.notice)
        for layout in (top, strip):
            layout.setContentsMargins(2 * parts.GRID, parts.GRID, 2 * parts.GRID, 0)
        self.header = parts.card(top, "header")
        self.notice.details_asked.connect(self._show_details)
        self.pages.addWidget(self.welcome)
        body = parts.column(self.header, parts.widget(strip), self.pages, gap=0)
        body.setStretch(2, 1)
        self.setCentralWidget(parts.widget(body))
        self.statusBar().setSizeGripEnabled(False)
        self.welcome.new_asked.connect(self.new_project)
        self.welcome.open_asked.connect(self.choose_project)
        self.welcome.sample_asked.connect(self.open_sample)
        self.welcome.project_chosen.connect(self.open_project)

    # --- projects

    def new_project(self) -> None:
        start = str(projects_folder() / "My Project")
        if name := QFileDialog.getSaveFileName(self, "Name of the new project", start, options=NEW_FOLDER)[0]:
            self._open_or_tell(lambda: project.create(Path(name)))

    def choose_project(self) -> None:
        if name := QFileDialog.getExistingDirectory(self, "Open a project folder", str(projects_folder())):
            self.open_project(Path(name))

    def open_project(self, folder: Path) -> None:
        self._open_or_tell(lambda: project.open(folder))

    def open_sample(self) -> None:
        folder = project.free_folder(projects_folder() / "Sherlock Holmes")
        self._open_or_tell(lambda: project.create(folder))
        if self._workspace:
            self._workspace[0].add([resources.sample_text()])

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
        data, train, generate = self._tabs()
        data.open(opened)
        train.open(opened)
        generate.open(opened)
        self.preferences.remember(opened.folder)
        self.name.setText(opened.name)
        self.name.setToolTip(str(opened.folder))
        self.setWindowTitle(f"{opened.name} – TextGen GUI")
        self.header.show()
        self.notice.hide()
        self.tabs.setCurrentIndex(0)
        self.show_tab(0)

    def close_project(self) -> bool:
        """False when the user rather keeps going."""
        if not self._may_stop():
            return False
        if self._workspace:
            for tab in self._workspace:
                tab.stop_for_closing()
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

    def _tabs(self) -> "tuple[DataTab, TrainTab, GenerateTab]":
        """Made when the first project opens: the plotting library would cost the first paint a third of a second."""
        if self._workspace is None:
            from .train_tab import TrainTab

            data, train, generate = DataTab(), TrainTab(), GenerateTab()
            for tab in (data, train, generate):
                self.pages.addWidget(tab)
                tab.problem.connect(self.tell)
                tab.busy_changed.connect(self._busy_changed)
            data.prepared.connect(train.show_prepared)
            train.runs_changed.connect(generate.list_runs)
            train.write_asked.connect(self._write_with)
            generate.said.connect(self.say)
            self._workspace = (data, train, generate)
            if self._device:
                train.show_device(self._device)
        return self._workspace

    # --- tabs

    def show_tab(self, number: int) -> None:
        if self.project and self._workspace:
            self.pages.setCurrentWidget(self._workspace[number])

    def _write_with(self, run: Run) -> None:
        self.tabs.setCurrentIndex(2)
        if self._workspace:
            self._workspace[2].choose(run)

    def run_tab(self) -> None:
        if self.project and self._workspace:
            data, train, generate = self._workspace
            (data.prepare, train.start_or_resume, generate.write)[self.tabs.currentIndex()]()

    def write(self) -> None:
        if self.project and self._workspace:
            self._workspace[2].write()

    def save(self) -> None:
        if self.project and self._workspace:
            self._workspace[2].save()

    def stop_tab(self) -> None:
        if self.project and self._workspace:
            data, train, generate = self._workspace
            (data.cancel, train.stop, generate.stop)[self.tabs.currentIndex()]()

    def _busy_changed(self) -> None:
        training = self._workspace and self._workspace[1].job
        if self._close_when_done and not training:
            self.close()

    # --- telling

    def tell(self, sentence: str, details: str = "") -> None:
        self.notice.tell(sentence, details)

    def say(self, words: str) -> None:
        self.statusBar().showMessage(words, 8000)

    def _show_details(self, details: str) -> None:
        box = QMessageBox(QMessageBox.Icon.Information, "Details", "For a report, copy the details below.", parent=self)
        box.setDetailedText(details)
        box.open()

    def show_folder(self) -> None:
        if self.project:
            open_folder(self.project.folder)

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
        parts.tint(self.theme_button, "sun" if resources.is_dark() else "moon", "text")
        parts.retint(self)
        for tab in self._workspace or ():
            tab.restyle()

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
        if self._workspace:
            self._workspace[1].show_device(event.stage)

    def _loading_finished(self) -> None:
        job, self.loading = self.loading, None
        if job:
            job.deleteLater()
        self.collector.freeze()

    def _may_stop(self) -> bool:
        """Asks when a run is training: stop and save, keep going, or cancel. False: do not close now."""
        training = self._workspace and self._workspace[1].job
        if not training or training.stopping:
            return True
        box = QMessageBox(QMessageBox.Icon.Question, "Still training", "A model is still training.", parent=self)
        box.setInformativeText("“Keep going” lets it finish with the window out of the way, and closes then.")
        stop = box.addButton("Stop and save", QMessageBox.ButtonRole.AcceptRole)
        keep = box.addButton("Keep going", QMessageBox.ButtonRole.RejectRole)
        cancel = box.addButton(QMessageBox.StandardButton.Cancel)
        box.setDefaultButton(stop)
        box.setEscapeButton(cancel)
        box.exec()
        if box.clickedButton() is keep:
            self._close_when_done = True
            self.showMinimized()
        return box.clickedButton() is stop

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802 (Qt's name)
        super().changeEvent(event)
        if event.type() == QEvent.Type.WindowStateChange and not self.isMinimized():
            self._close_when_done = False  # somebody came back to work with it

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802 (Qt's name)
        if not self._may_stop():
            event.ignore()
            return
        running = [tab.job for tab in self._workspace or () if tab.job]
        if running:
            # The window stays until the jobs have saved; `_busy_changed` brings us here again.
            for job in running:
                job.stop()
            self._close_when_done = True
            self.say("Saving …")
            self.setEnabled(False)
            event.ignore()
            return
        if self.loading:
            self.loading.wait()
        for tab in self._workspace or ():
            tab.stop_for_closing()
        self.preferences.geometry = self.saveGeometry()
        self._let_go()
        event.accept()


def _load_engine() -> Iterator[Event]:
    from ..engine import device, plan

    assert plan
    yield events.Progressed(device.describe(), 0, 0, 0)
