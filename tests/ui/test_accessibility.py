"""What a screen reader finds, and what one sees of the focus: every view is walked, and every control looked at."""

import dataclasses
from collections.abc import Iterator

import pytest
from PySide6.QtGui import QAccessible, QAccessibleInterface, QImage, QTextDocumentFragment
from PySide6.QtWidgets import (
    QAbstractScrollArea,
    QApplication,
    QDialog,
    QLabel,
    QMessageBox,
    QScrollBar,
    QWidget,
)
from pytestqt.qtbot import QtBot

from textgen_gui import Run
from textgen_gui.engine.core import event_log, events
from textgen_gui.engine.core.library import LibraryModel
from textgen_gui.engine.core.project import Project
from textgen_gui.ui.main_window import MainWindow
from textgen_gui.ui.parts import boxes, widgets
from textgen_gui.ui.train.run_status import RunStatus

from .using import settled, start_tiny_run, tabs
from .wanted import action

Role, Text = QAccessible.Role, QAccessible.Text
VALUED = {Role.Slider, Role.SpinBox, Role.ProgressBar}
# What may have the focus without being one of these is nothing that a screen reader has a word for.
ROLES = VALUED | {
    Role.Button, Role.ButtonMenu, Role.CheckBox, Role.RadioButton, Role.ComboBox, Role.EditableText, Role.List,
    Role.ListItem, Role.Table, Role.Tree, Role.Cell, Role.PageTab, Role.PageTabList, Role.MenuItem, Role.Link,
    Role.StaticText, Role.Document,
}  # fmt: skip


def interface(of: QWidget) -> QAccessibleInterface:
    found = QAccessible.queryAccessibleInterface(of)
    assert found is not None
    return found


def in_sight(root: QAccessibleInterface) -> Iterator[QAccessibleInterface]:
    if not root.isValid() or root.state().invisible:
        return
    yield root
    for number in range(root.childCount()):
        child = root.child(number)
        if child is not None:
            yield from in_sight(child)


def faults(view: QWidget) -> Iterator[str]:
    """What is wrong with anything that is to be seen in a view."""
    for found in in_sight(interface(view)):
        widget, name, role = found.object(), found.text(Text.Name), found.role()
        if isinstance(widget, QLabel) and shown(widget) not in name:
            yield f"“{widget.text()}” is not spoken, only “{name}”"
        if not found.state().focusable or role in (Role.ListItem, Role.Cell):
            continue
        if not isinstance(widget, QWidget) or not is_stop(widget):
            continue
        if not name:
            yield f"nameless: {role.name} {widget}"
        if role not in ROLES and not widget.accessibleDescription():  # a picture that says itself what is on it
            yield f"no role that says what it is: {role.name} {widget}, “{name}”"
        if role in VALUED and found.valueInterface() is None and not found.text(Text.Value):
            yield f"no value: {role.name} “{name}”"


def shown(label: QLabel) -> str:
    return QTextDocumentFragment.fromHtml(label.text()).toPlainText() if "<" in label.text() else label.text()


def is_stop(widget: QWidget) -> bool:
    """Whether the Tab key comes to it, and not to a piece of it or to what it is a piece of."""
    piece = isinstance(widget.parentWidget(), QAbstractScrollArea) or isinstance(widget, QScrollBar)
    return bool(widget.focusPolicy().value & 1) and not piece and not widget.focusProxy()


def views(qtbot: QtBot, window: MainWindow, trained: Run) -> Iterator[str]:
    """Shows one view after the other, and says which."""
    window.preferences.remember(trained.project.folder)
    window._show_welcome()
    settled(qtbot, window)
    yield "welcome"
    window.open_project(trained.project.folder)
    settled(qtbot, window)
    data, train, generate = tabs(window)
    data.table.selectRow(0)
    settled(qtbot, window)
    for number in range(data.panel.count()):
        data.panel.setCurrentIndex(number)
        settled(qtbot, window)
        yield f"data, {data.panel.tabText(number)}"
    data.panel.doctor.show_event(events.VersionsFound("one.txt", "two.txt", 0.5))
    data.panel.setCurrentWidget(data.panel.doctor)
    yield "two versions of a text"
    window.tabs.setCurrentIndex(1)
    settled(qtbot, window)
    yield "a new run"
    train.setup.advanced_fold.toggle()
    yield "advanced settings"
    train.list.list.setCurrentRow(0)
    settled(qtbot, window)
    yield "a run"
    train.view.details.toggle()
    yield "all numbers of a run"
    train._choose([trained, trained])
    settled(qtbot, window)
    yield "runs compared"
    window.tabs.setCurrentIndex(2)
    settled(qtbot, window)
    for number in range(generate.views.count()):
        if generate.views.isTabVisible(number):
            generate.views.setCurrentIndex(number)
            yield f"writing, {generate.views.tabText(number)}"
    for fold in generate.findChildren(widgets.Fold):
        fold.toggle()
    yield "all settings of writing"
    window.tell("A banner.", "with details")
    yield "a banner"


def dialogs(qtbot: QtBot, window: MainWindow) -> Iterator[QDialog]:
    """Shows one dialog after the other."""
    for name in ("About", "How to, and all keys", "Glossary", "Report a problem", "Models"):
        action(window, name).trigger()
        settled(qtbot, window)
        yield from opened(QDialog)
    tabs(window)[2].take_button.click()
    settled(qtbot, window)
    yield from opened(QDialog)
    box = boxes._box(window, "Stop", "Stop training?")
    box.addButton(QMessageBox.StandardButton.Cancel)
    box.open()
    yield from opened(QDialog)


def opened(kind: type[QDialog]) -> Iterator[QDialog]:
    (found,) = [top for top in QApplication.topLevelWidgets() if isinstance(top, kind) and top.isVisible()]
    yield found
    found.close()


def test_nothing_is_nameless_roleless_or_valueless(
    qtbot: QtBot, starter: LibraryModel, window: MainWindow, trained: Run
) -> None:
    """With a model in the box, with which a run begins where it helps."""
    found, controls = [], 0
    for view in views(qtbot, window, trained):
        controls += sum(1 for one in in_sight(interface(window)) if one.state().focusable)
        found += [f"{view}: {fault}" for fault in faults(window)]
    for dialog in dialogs(qtbot, window):
        controls += sum(1 for one in in_sight(interface(dialog)) if one.state().focusable)
        found += [f"{dialog.windowTitle()}: {fault}" for fault in faults(dialog)]
    assert controls > 500, controls
    assert not found, f"{len(found)} faults among {controls} controls:\n" + "\n".join(dict.fromkeys(found))


def stops(window: QWidget) -> Iterator[QWidget]:
    """What the Tab key comes to."""
    for widget in window.findChildren(QWidget):
        if is_stop(widget) and widget.isVisible() and widget.isEnabled() and not widget.visibleRegion().isEmpty():
            yield widget


@pytest.mark.parametrize("theme", ["Light", "Dark"])
def test_the_focus_is_seen_on_every_control(qtbot: QtBot, window: MainWindow, trained: Run, theme: str) -> None:
    action(window, theme).trigger()
    window.activateWindow()
    unseen = []
    for view in views(qtbot, window, trained):
        for widget in list(stops(window)):
            window.setFocus()
            without = widget.grab().toImage()
            widget.setFocus()
            if widget.hasFocus() and different(without, widget.grab().toImage()) < 12:
                unseen.append(f"{view}: {widget} {widget.accessibleName()}")
    assert not unseen, "\n".join(dict.fromkeys(unseen))


def different(one: QImage, other: QImage) -> int:
    """How many points of two pictures, on a grid along their rims and through their middles, are not the same."""
    width, height = min(one.width(), other.width()), min(one.height(), other.height())
    rows, columns = (0, 1, 2, height // 2, height - 1), (0, 1, 2, 8, width // 2, width - 1)
    points = {(x, y) for y in rows for x in range(width)} | {(x, y) for x in columns for y in range(height)}
    inside = [(x, y) for x, y in points if 0 <= x < width and 0 <= y < height]
    return sum(one.pixel(x, y) != other.pixel(x, y) for x, y in inside)


def test_an_announcement_reaches_the_screen_reader(window: MainWindow, monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    monkeypatch.setattr(QAccessible, "updateAccessibility", lambda event: said.append(event.message()))
    window.tell("It failed.")
    window.alerts.tell("Finished.")
    window.say("Kept as 001.")
    assert said == ["It failed.", "Finished.", "Kept as 001."]
    status, advice = RunStatus(), events.Advised(12, events.Advice.LEARNING, "It learns.", events.NextStep.NONE)
    status.take(advice)
    assert said[3:] == [], "what is read from an old run is not news"
    status.speak(dataclasses.replace(advice, message="It still learns."))
    status.speak(dataclasses.replace(advice, message="It still learns."))
    assert said[3:] == ["It still learns."]


def test_what_the_coach_says_and_the_end_of_a_real_run_are_heard(
    qtbot: QtBot, window: MainWindow, prepared: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    monkeypatch.setattr(QAccessible, "updateAccessibility", lambda event: said.append(event.message()))
    window.open_project(prepared.folder)
    start_tiny_run(qtbot, window, 40)
    settled(qtbot, window, timeout=150_000)
    happened = list(event_log.read(prepared.runs()[-1].events_file))
    sentences = [event.message for event in happened if isinstance(event, events.Advised)]
    (end,) = [event.message for event in happened if isinstance(event, events.RunFinished)]
    assert len(sentences) >= 2 and [words for words in said if words in sentences] == sentences
    assert said[-1] == end and end.startswith("Finished after 40 steps")
