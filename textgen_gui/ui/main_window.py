"""The window: its pages, the project that is open, what is told to the user, and closing."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QEventLoop, Qt
from PySide6.QtGui import QCloseEvent, QShowEvent
from PySide6.QtWidgets import QApplication, QMainWindow

from .. import words
from ..engine.core import library
from ..engine.core.control import Ask
from ..engine.core.events import DeviceFound
from ..engine.core.glance import Glance, glance
from ..front_door import Project
from . import loading, opening
from .alerts import Alerts
from .file_drops import FileDrops
from .header import Header
from .menus import build_menus
from .parts import resources, widgets
from .parts.boxes import Closing, ask_about_training, ask_to_lose, show_details
from .parts.job_runner import GarbageCollector, JobRunner
from .parts.notice import Notice, Passing
from .parts.open_project import LockedProject, OpenProject
from .parts.preferences import Preferences, Theme
from .parts.styled import Styled
from .parts.watches import watch
from .welcome import Welcome

if TYPE_CHECKING:
    from .models.models_page import ModelsPage
    from .workspace import Workspace


class MainWindow(QMainWindow):
    """``opened``: the project in the window. ``jobs``: those that belong to no project, such as opening one."""

    def __init__(self, preferences: Preferences) -> None:
        super().__init__()
        self.preferences = preferences
        self.opened: OpenProject | None = None
        self.jobs = JobRunner(self)
        self.jobs.problem.connect(self.tell)
        self._opening = False
        self._wish: Callable[[], object] | None = None  # what was asked for while a project was being opened
        self._waiting: list[Path] = []  # what was dropped meanwhile
        self._then: Callable[[], object] | None = None  # what follows when the project is closed; None: it stays open
        self._device = ""
        self._is_watched = False
        self._close_when_done = self._may_close = self._leaving = False
        self.setWindowTitle("TextGen GUI")
        self.setMinimumSize(480, 320)  # below it tabs are cut
        self.resize(1180, 780)
        self.restoreGeometry(preferences.geometry)
        self.setAcceptDrops(True)
        self.collector = GarbageCollector(self)
        self.alerts = Alerts(self)
        self.welcome = Welcome(has_starter=library.starter() is not None)
        self.header = Header()
        self.tabs = self.header.tabs
        self.pages = widgets.Pages()
        self.workspace: Workspace | None = None
        self.models: ModelsPage | None = None
        self._build()
        self._themes = build_menus(self)
        self._show_welcome()

    def _build(self) -> None:
        self.header.tabs.currentChanged.connect(self.show_tab)
        self.header.theme_asked.connect(self._switch_theme)
        self.pages.addWidget(self.welcome)
        # Where a page cannot become as small as the window, it scrolls.
        scrolled = widgets.scrolling(widgets.ScrollArea(), self.pages)
        body = widgets.column(self.header, scrolled, gap=0)
        body.setStretch(1, 1)
        centre = widgets.widget(body)
        self.notice = Notice(centre)
        self.notice.details_asked.connect(lambda details: show_details(self, details))
        self.notice.said.connect(self.say)
        self.setCentralWidget(centre)
        self.passing = Passing(centre)
        # Each page and dialog of its own accord; the rest of the window.
        for bar in (self.menuBar(), scrolled.verticalScrollBar(), scrolled.horizontalScrollBar()):
            Styled(bar)
        opening.offer_ways(self)

    # --- opening

    @property
    def project(self) -> Project | None:
        return self.opened.project if self.opened else None

    def open_project(self, folder: Path) -> None:
        if self.project is None or self.project.folder.resolve() != folder.resolve():
            self.open_by(lambda: Project.open(folder))

    def open_paths(self, paths: Sequence[Path]) -> None:
        """Now, or in the project that is being opened."""
        if self._opening:
            self._waiting += paths
        else:
            opening.open_paths(self, paths)

    def open_by(self, find: Callable[[], Project], then: Callable[[], object] = lambda: None) -> None:
        """Closes what is open and calls ``find`` on a job's thread; ``then`` is called when the project is shown."""
        self.close_project(lambda: self._open(find, then))

    def _open(self, find: Callable[[], Project], then: Callable[[], object]) -> None:
        if self._opening:
            self._wish = lambda: self.open_by(find, then)
            return
        self._opening = True
        self.passing.say("Opening …", until_hidden=True)

        def show(locked: LockedProject) -> None:
            self._show_project(locked)
            then()

        def locked() -> LockedProject:
            loading.import_views()
            return LockedProject.of(find())

        self.jobs.start(lambda control: iter([locked()]), show, finished=self._opening_ended)

    def _opening_ended(self) -> None:
        self._opening = False
        self.passing.hide()
        wish, waiting, self._wish, self._waiting = self._wish, self._waiting, None, []
        if wish:
            wish()
        self.open_paths(waiting)

    def _show_project(self, locked: LockedProject) -> None:
        self.opened = OpenProject(locked, self)
        self.opened.jobs.changed.connect(self._jobs_changed)
        self.opened.jobs.closed.connect(self._project_closed)
        self.opened.gone.connect(self._tell_gone)
        self.opened.outdated.connect(self.notice.take_back)
        self.notice.hide()
        self.made_workspace().open(self.opened)
        folder, name = locked.project.folder, locked.first.name
        self.preferences.remember(folder)
        self.show_name(name, folder)
        # Where one was last; runs of before are what one comes back for.
        last = self.preferences.tab(folder)
        self.tabs.setCurrentIndex(int(bool(locked.first.runs)) if last is None else last)
        self.show_tab(self.tabs.currentIndex())
        if self.tabs.currentIndex() == 0:
            self.made_workspace().data.take_focus()

    def show_name(self, name: str, folder: Path) -> None:
        self.header.show_project(name, str(folder))
        self.setWindowTitle(f"{name} – TextGen GUI")

    def _show_welcome(self) -> None:
        self.header.hide()
        self.setWindowTitle("TextGen GUI")
        self.pages.setCurrentWidget(self.welcome)
        recent = self.preferences.recent()
        self.welcome.show_recent([Glance(folder, folder.name) for folder in recent])
        if recent:
            self.jobs.start(lambda control: iter([list(map(glance, recent))]), self.welcome.show_recent)

    def made_workspace(self) -> "Workspace":
        """Made once the window is painted, or when a project is quicker than that."""
        if self.workspace is None:
            self.workspace = loading.make_workspace(self)
            if self._device:
                self.workspace.train.show_device(self._device)
        return self.workspace

    def show_tab(self, number: int) -> None:
        if self.opened and self.workspace:
            if (
                self.workspace.told_by in (None, self.workspace.currentWidget())
                and number != self.workspace.currentIndex()
            ):
                self.notice.leave()
            self.preferences.remember_tab(self.opened.project.folder, number)
            self.pages.setCurrentWidget(self.workspace)
            self.workspace.setCurrentIndex(number)

    def in_project(self, do: "Callable[[Workspace], object]") -> None:
        """For menus and keys that mean nothing while no project is open."""
        if self.opened and self.workspace:
            do(self.workspace)

    def dismiss_or_stop(self) -> None:
        """What Esc means: first it takes away what covers the page."""
        if not self.notice.make_way():
            self.in_project(lambda workspace: workspace.stop())

    def show_models(self) -> None:
        """Made when it is first asked for, as few need it at the start."""
        if self.models is None:
            from .models.models_page import ModelsPage

            self.models = ModelsPage(self.jobs, self)
            self.models.begin_asked.connect(self._begin_with)
            self.models.write_asked.connect(self._write_with)
            self.models.changed.connect(self._look_again)
            self.models.said.connect(self.say)
        self.models.show_for(
            self.opened.snapshot if self.opened else None,
            may_measure=not (self.opened and self.opened.jobs.busy),
        )

    def _begin_with(self, name: str) -> None:
        self.tabs.setCurrentIndex(1)
        self.in_project(lambda workspace: workspace.train.setup.beginning.choose(name))

    def _write_with(self, name: str) -> None:
        self.in_project(lambda workspace: workspace.write_with(name))

    def _look_again(self) -> None:
        """There are other models than before."""
        if self.opened:
            self.opened.look()

    # --- telling

    def tell(self, sentence: str, details: str = "", holds: Ask | None = None) -> None:
        """``holds``: whether the sentence is still true; it goes when it is not, and with its project."""
        self.notice.tell(sentence, details, holds)

    def refuse(self, sentence: str) -> None:
        """What cannot be done while a model trains."""
        self.tell(sentence, holds=lambda: bool(self.workspace and self.workspace.training))

    def _tell_gone(self) -> None:
        """Its folder is not where it was: nothing can be saved, and no other sentence about it is of use."""
        if opened := self.opened:
            self.tell(opened.gone_in_words, holds=lambda: opened.is_gone)

    def say(self, sentence: str) -> None:
        """In passing."""
        self.passing.say(sentence)

    # --- theme

    def _switch_theme(self) -> None:
        wanted = Theme.LIGHT if resources.is_dark() else Theme.DARK
        next(action for action in self._themes.actions() if action.data() == wanted).trigger()

    def take_theme(self) -> None:
        action = self._themes.checkedAction()
        self.preferences.theme = Theme(action.data()) if action else Theme.SYSTEM
        self.restyle()

    def zoom_to(self, percent: int) -> None:
        self.preferences.zoom = percent
        self.restyle()
        self.say(f"Text at {words.number(self.preferences.zoom)} % of its usual size")

    def restyle(self) -> None:
        resources.apply_theme(self.preferences.theme, self.preferences.zoom)

    # --- loading

    def load_engine(self) -> None:
        """Imports the views and the large libraries on a job's thread; tells what hardware there is."""
        loading.load(self)

    def show_device(self, event: DeviceFound) -> None:
        self._device = event.words
        self.say(f"Ready: {event.words}")
        if self.workspace:
            self.workspace.train.show_device(event.words)

    @property
    def is_ending(self) -> bool:  # nothing can be handed over to it any more
        return self._then == self._end or (self.opened is None and not self.isEnabled())

    # --- closing: the menu, another project, the window, a polite kill and the end of a session all come this way

    def close_project(self, then: Callable[[], object] = lambda: None, *, ask: bool = True) -> None:
        """Stops and saves without holding the window up; ``then`` is called when another program may have the project.

        ``ask``: somebody is there to answer, and may rather stay.
        """
        if self._then is None and ask and not self._may_stop(quits=then == self._end):
            return
        if self._then is not None:  # it is being closed already; the last wish counts, but an end is the end
            self._then = self._end if self._then == self._end else then
        elif self.opened is None:
            then()
        else:
            self._then, opened = then, self.opened
            self.passing.say("Saving and closing …", until_hidden=True)
            self.setEnabled(False)
            # What is being written now becomes a text with a receipt first, and is unsaved then.
            opened.jobs.stop_all_then(lambda: self._write_unsaved(opened, ask))

    def _may_stop(self, *, quits: bool) -> bool:
        """Asks when a run is training: stop and save, keep going, or cancel. False: do not close now."""
        training = self.workspace.training if self.opened and self.workspace else None
        if not training or training.stopping:
            return True
        answer = ask_about_training(self, training, quits=quits)
        if answer is Closing.KEEP_GOING and self.workspace:
            self.workspace.train.go_on()
            self._close_when_done = True
            self.showMinimized()
        return answer is Closing.STOP_AND_SAVE

    def _write_unsaved(self, opened: OpenProject, ask: bool) -> None:
        """Each on its own: what can be written is written, whatever becomes of the others."""
        assert self.workspace
        refused: list[str] = []
        for write in self.workspace.unsaved():
            opened.change(write, failed=lambda sentence, details: refused.append(sentence))
        opened.after_changes(lambda: self._unsaved_written(opened, refused, ask))

    def _unsaved_written(self, opened: OpenProject, refused: list[str], ask: bool) -> None:
        if refused and ask and not ask_to_lose(self, " ".join(dict.fromkeys(refused))) and not self._leaving:
            self._answer_again()
            if self.workspace:
                self.workspace.data.take_waiting()
        else:
            opened.jobs.close()

    def _answer_again(self) -> None:
        self._then = None
        self.setEnabled(True)
        self.passing.hide()

    def _project_closed(self) -> None:
        opened, self.opened, then = self.opened, None, self._then
        assert opened and then
        opened.release()
        opened.deleteLater()
        self._answer_again()
        self.notice.hide()
        self._show_welcome()
        then()

    def _jobs_changed(self) -> None:
        self.alerts.watch(self.workspace.training if self.workspace else None)
        if self._close_when_done and self.workspace and not self.workspace.training:
            self.close()

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802 (Qt's name)
        super().showEvent(event)
        if not self._is_watched:
            self._is_watched = True
            watch(self)
            drops = FileDrops(self)
            drops.dropped.connect(self.open_paths, Qt.ConnectionType.QueuedConnection)  # it may ask; who drags waits

    def come_forward(self, paths: Sequence[Path] = ()) -> None:
        """Another start of the program means this window."""
        self.setWindowState(self.windowState() & ~Qt.WindowState.WindowMinimized)
        self.show()
        self.raise_()
        self.activateWindow()
        self.open_paths([] if QApplication.activeModalWidget() else paths)  # a question is answered first

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802 (Qt's name)
        super().changeEvent(event)
        if event.type() == QEvent.Type.WindowStateChange and not self.isMinimized():
            self._close_when_done = False  # somebody came back to work with it

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802 (Qt's name)
        if self._may_close:
            self.preferences.geometry = self.saveGeometry()
            event.accept()
        else:
            event.ignore()
            self.close_project(self._end)

    def leave(self) -> None:
        """Nobody is there to answer: everything is stopped and saved, and the window closes."""
        self._leaving = True
        if question := QApplication.activeModalWidget():
            question.close()
        self.close_project(self._end, ask=False)

    def leave_now(self) -> None:
        """Like ``leave``, but returns only when all is saved: after that the system ends the program."""
        self.leave()
        if not self._may_close:
            loop = QEventLoop()
            self.jobs.closed.connect(loop.quit)
            loop.exec()

    def _end(self) -> None:
        self.setEnabled(False)
        self.jobs.closed.connect(self._ended)
        self.jobs.close()

    def _ended(self) -> None:
        self._may_close = True
        self.close()
