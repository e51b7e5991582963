"""The few questions and messages that are boxes of their own, and pages to read."""

import enum
import html

from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import (
    QApplication,
    QDialog,
    QDialogButtonBox,
    QGridLayout,
    QMessageBox,
    QTextBrowser,
    QWidget,
)

from . import widgets
from .job_runner import Job
from .styled import Styled


class Page(QDialog):
    """Something to read: ``content`` is HTML, in a box that can be scrolled, copied from, and closed with Esc."""

    def __init__(self, window: QWidget, title: str, content: str) -> None:
        super().__init__(window)
        Styled(self)
        self.setWindowTitle(title)
        self.text = QTextBrowser()
        self.text.setAccessibleName(title)
        self.text.setOpenLinks(False)
        self.text.document().setDocumentMargin(2 * widgets.GRID)
        self.text.setHtml(content)
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        self.buttons.rejected.connect(self.reject)
        self.finished.connect(self.deleteLater)
        self.column = widgets.column(self.text, self.buttons, margin=2 * widgets.GRID, gap=2 * widgets.GRID)
        self.setLayout(self.column)
        self.resize(min(640, window.width()), min(560, window.height()))


class Closing(enum.Enum):
    """What is to become of a training when its project is to be closed."""

    STOP_AND_SAVE = enum.auto()
    KEEP_GOING = enum.auto()
    CANCEL = enum.auto()


def ask_about_training(window: QWidget, training: Job, *, quits: bool) -> Closing:
    """Before closing a project while a model trains. ``quits``: the window closes with it, and may as well wait.

    While another question is open nothing else is asked, nor closed; and this one goes when the training has ended.
    """
    asked = QApplication.activeModalWidget()
    if isinstance(asked, Question):
        asked.raise_()
        asked.activateWindow()
        return Closing.CANCEL
    paused = training.paused
    box = _box(window, "Still training", f"A model is still training{', and paused now' * paused}.")
    training.finished.connect(box.reject)
    stop = box.addButton("Stop and save", QMessageBox.ButtonRole.AcceptRole)
    answers = {id(stop): Closing.STOP_AND_SAVE}
    if quits:
        box.setInformativeText(
            f"“Keep going” lets it {'go on and ' * paused}finish with the window out of the way, and closes then. "
            "To see it meanwhile, start the program again."
        )
        keep = box.addButton("Keep going", QMessageBox.ButtonRole.RejectRole)
        answers[id(keep)] = Closing.KEEP_GOING
    else:
        box.setInformativeText("It will be saved first, and can go on when you open this project again.")
    cancel = box.addButton(QMessageBox.StandardButton.Cancel)
    box.setDefaultButton(stop)
    box.setEscapeButton(cancel)
    box.exec()
    return answers.get(id(box.clickedButton()), Closing.CANCEL)


def ask_to_stop(window: QWidget, training: Job, name: str) -> bool:
    """Before a training is stopped by a key; it goes when the training has ended."""
    box = _box(window, "Stop training", f"Stop training “{name}”?")
    training.finished.connect(box.reject)
    box.setInformativeText("It will be saved first, and can go on from there at any time.")
    stop = box.addButton("Stop and save", QMessageBox.ButtonRole.AcceptRole)
    going_on = "Keep it paused" if training.paused else "Keep training"
    on = box.addButton(going_on, QMessageBox.ButtonRole.RejectRole)
    box.setDefaultButton(on)
    box.setEscapeButton(on)
    box.exec()
    return box.clickedButton() is stop


def ask_to_delete(window: QWidget, question: str) -> bool:
    """Before something is moved to the bin."""
    box = _box(window, "Delete", question)
    delete = box.addButton("Delete", QMessageBox.ButtonRole.DestructiveRole)
    keep = box.addButton("Keep", QMessageBox.ButtonRole.RejectRole)
    box.setDefaultButton(keep)
    box.setEscapeButton(keep)
    box.exec()
    return box.clickedButton() is delete


def ask_to_lose(window: QWidget, sentence: str) -> bool:
    """Before closing although what was written could not be kept."""
    box = _box(window, "Not kept", "What you wrote could not be kept.")
    box.setInformativeText(widgets.plain(f"{sentence} Copy the text to another place, or close without it."))
    lose = box.addButton("Close without it", QMessageBox.ButtonRole.DestructiveRole)
    cancel = box.addButton(QMessageBox.StandardButton.Cancel)
    box.setDefaultButton(cancel)
    box.setEscapeButton(cancel)
    box.exec()
    return box.clickedButton() is lose


class Replacing(enum.Enum):
    """What is to become of a page that is kept nowhere when another text comes in its place."""

    KEEP_FIRST = enum.auto()
    DO_NOT_KEEP = enum.auto()
    CANCEL = enum.auto()


def ask_about_page(window: QWidget, in_words: str) -> Replacing:
    """Before a text replaces the page. ``in_words``: how much stands on it."""
    box = _box(window, "The page is not kept", f"What stands on the page ({in_words}) is not kept yet.")
    box.setInformativeText("“Keep it first” puts it on the shelf, where you find it again under “Kept”.")
    keep = box.addButton("Keep it first", QMessageBox.ButtonRole.AcceptRole)
    without = box.addButton("Do not keep it", QMessageBox.ButtonRole.DestructiveRole)
    cancel = box.addButton(QMessageBox.StandardButton.Cancel)
    box.setDefaultButton(keep)
    box.setEscapeButton(cancel)
    box.exec()
    answers = {id(keep): Replacing.KEEP_FIRST, id(without): Replacing.DO_NOT_KEEP}
    return answers.get(id(box.clickedButton()), Replacing.CANCEL)


def show_details(window: QWidget, details: str) -> None:
    """What the program itself says about a problem, ready to be copied."""
    Page(window, "Details", f"<p style='white-space: pre-wrap'>{html.escape(details)}</p>").open()


class Question(QMessageBox):
    """Without the icon of the system's style, which belongs to another family than ours, and without the space that Qt
    leaves for it: words and buttons begin on one line.
    """

    def __init__(self, title: str, words: str, window: QWidget) -> None:
        super().__init__(QMessageBox.Icon.NoIcon, title, widgets.plain(words), parent=window)
        Styled(self)

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802 (Qt's name)
        layout = self.layout()
        if isinstance(layout, QGridLayout) and (space := layout.itemAtPosition(0, 0)) and space.spacerItem():
            layout.removeItem(space)
            layout.setHorizontalSpacing(0)
            layout.setColumnStretch(1, 1)  # the words have what a long row of buttons makes wider
        super().showEvent(event)


def _box(window: QWidget, title: str, words: str) -> QMessageBox:
    return Question(title, words, window)
