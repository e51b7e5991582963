"""Does the main job in a real window and takes pictures on the way: python -m tests.main_job TEXT PROJECT PICTURES."""

import sys
import time
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QEventLoop, Qt, QTimer
from PySide6.QtGui import QTextCursor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QSpinBox

from textgen_gui import Project
from textgen_gui.cli.process import prepare_process
from textgen_gui.engine.core.presets import PresetName
from textgen_gui.ui.app import make_application, make_window

from .ui.dropping import drop

prepare_process()


def wait(milliseconds: int) -> None:
    """Lets the window live for a while. QTest.qWait would hold the interpreter lock and starve the training."""
    loop = QEventLoop()
    QTimer.singleShot(milliseconds, loop.quit)
    loop.exec()


def until(condition: Callable[[], object], seconds: float = 120) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited too long"
        wait(20)


def click(button: QAbstractButton) -> None:
    until(button.isEnabled)
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


def main(text: Path, folder: Path, pictures: Path) -> None:
    make_application()
    window = make_window()
    window.show()
    window.load_engine()

    def picture(name: str) -> None:
        for theme in ("light", "dark"):
            next(action for action in window._themes.actions() if action.data() == theme).trigger()
            wait(300)
            window.grab().save(str(pictures / f"{name}-{theme}.png"))
        window._themes.actions()[1].trigger()

    def idle() -> bool:
        return not window.jobs.busy and window.opened is not None and not window.opened.jobs.busy

    picture("welcome")
    window.open_by(lambda: Project.create(folder))
    workspace = window.made_workspace()
    data, train, generate = workspace.data, workspace.train, workspace.generate
    until(idle)
    picture("empty")
    assert drop(data, text)
    until(lambda: idle() and data.table.texts.rowCount() == 1)
    click(data.prepare_button)
    until(idle)
    assert "Up to date" in data.status.text(), data.status.text()
    picture("data")
    data.preview.as_tokens.setChecked(True)
    picture("tokens")

    window.tabs.setCurrentIndex(1)
    until(idle)
    picture("new-run")
    click(train.setup.presets.cards[PresetName.SMALL])
    train.setup.prompts.setPlainText("ROMEO:\n")
    train.setup.timed.setChecked(False)
    for name, value in (("steps", 700), ("mark_every", 50)):
        control = train.setup.train_form.controls[name]
        assert isinstance(control, QSpinBox)
        control.setValue(value)
    click(train.setup.start_button)
    until(lambda: train.view.plot._steps.length and train.view.plot._steps[0][-1] > 220)
    click(train.view.stop_button)
    until(idle)
    assert train.view.resume_button.isVisible()
    picture("stopped")
    click(train.view.resume_button)
    until(lambda: train.view.plot._steps[0][-1] > 400)
    picture("training")
    window.tabs.setCurrentIndex(2)
    desk = generate.desk
    desk.page.setPlainText("ROMEO:\nO my love")
    desk.page.moveCursor(QTextCursor.MoveOperation.End)
    click(desk.write_button)
    until(lambda: generate.job is None)  # beside the training
    assert desk.done and train.job
    window.tabs.setCurrentIndex(1)
    until(idle)
    assert "Finished after 700 steps" in train.view.state.text(), train.view.state.text()
    picture("finished")
    click(train.view.write_button)
    click(desk.write_button)
    until(lambda: generate.job is None)
    picture("generate")
    click(desk.save_button)
    until(lambda: not (window.opened and window.opened.jobs.busy))
    window.close()
    until(lambda: not window.isVisible())
    print("The main job is done.")


if __name__ == "__main__":
    main(*(Path(argument) for argument in sys.argv[1:4]))
