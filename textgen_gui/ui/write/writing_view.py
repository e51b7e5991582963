"""What the four views of the writing room share: the model and the settings at their right, and one job at a time."""

import functools
from collections.abc import Callable, Iterator
from typing import TypeVar

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from ...engine.core.control import Control
from ...engine.core.errors import CheckpointError, DamagedError, ModelError
from ..parts import widgets
from ..parts.focus import FocusBack
from ..parts.job_runner import Job, Source
from ..parts.open_project import OpenProject
from .how_to_write import HowToWrite
from .model_choice import ModelChoice

NO_MODEL = "No model to write with yet. Choose one at the right, or train one of your own."

T = TypeVar("T")


class WritingView(QWidget):
    """Signals: ``said(words)``; ``told_done(words, WayOn | None)``; ``model_refused(sentence, details,
    is_damaged)``: what was chosen cannot write, because of its files or of something else.

    ``write``: what the button says that writes; ``stays``: what is not lost when the other one stops it.
    """

    said = Signal(str)
    told_done = Signal(str, object)
    model_refused = Signal(str, str, bool)

    def __init__(self, model: ModelChoice, how: HowToWrite, *, write: str, tip: str, stays: str) -> None:
        super().__init__()
        self.model, self.how = model, how
        self.opened: OpenProject | None = None
        self.job: Job | None = None
        self._refusal: type[Exception] | None = None  # why the model cannot be opened
        self.write_button = widgets.button(write, f"{tip} (Ctrl+Return)", self.write, icon="generate", role="primary")
        self.stop_button = widgets.button("Stop", f"Stops at once; {stays} (Esc)", self.stop, icon="stop")
        for button in (self.write_button, self.stop_button):  # whoever clicks on them goes on typing where it was
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.status = widgets.label("", "muted", wrap=True)
        instead: dict[QWidget, QWidget] = {
            self.write_button: self.stop_button,
            self.stop_button: self.write_button,
        }
        self._focus = FocusBack(self, lambda lost: self.write_button, instead.get)

    def lay_out(self, layout: QVBoxLayout) -> None:
        layout.setContentsMargins(widgets.GRID, 2 * widgets.GRID, widgets.GRID, 3 * widgets.GRID)
        self.setLayout(layout)

    def open(self, opened: OpenProject) -> None:
        self.opened, self.job = opened, None

    def unsaved(self) -> list[Callable[[], object]]:
        """What closing must not lose: functions that write it, to be called on a job's thread."""
        return []

    def write(self) -> None:
        raise NotImplementedError

    def stop(self) -> None:
        if self.job:
            self.job.stop()

    def save(self) -> None:
        """Keeps or exports what is shown, or says where that can be done."""
        self.said.emit("Nothing is kept here. Copy what you like to the page, and keep it there.")

    def show_state(self) -> None:
        """Nothing comes or goes in the row of buttons: another would lie under the mouse."""
        self.write_button.setEnabled(self.job is None and self.may_write())
        self.stop_button.setEnabled(self.job is not None)

    def may_write(self) -> bool:
        """Whether there is all that it takes."""
        return self.model.chosen() is not None

    def start(self, source: Source[T], show: Callable[[T], object]) -> None:
        """Starts the job that writes; ``ended`` follows when it is done, has failed or was stopped."""
        assert self.opened and self.job is None
        self._refusal = None
        noting = functools.partial(self._noting, source)
        self.job = self.opened.jobs.start(noting, show, failed=self._fail, finished=self._finished)
        with self._focus.kept():
            self.show_state()

    def _noting(self, source: Source[T], control: Control) -> Iterator[T]:
        """On the thread of the job."""
        try:
            yield from source(control)
        except (CheckpointError, ModelError) as refusal:
            self._refusal = type(refusal)
            raise

    def _fail(self, sentence: str, details: str) -> None:
        if self.opened and self._refusal and not self.opened.is_gone:
            self.model_refused.emit(sentence, details, issubclass(self._refusal, DamagedError))
        elif self.opened:
            self.opened.jobs.problem.emit(sentence, details)

    def ended(self) -> None:
        """For what a view does at the end of its job."""

    def _finished(self) -> None:
        self.job = None
        self.ended()
        with self._focus.kept():
            self.show_state()
