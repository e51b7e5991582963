"""What comes after the first paint does not hold the window up."""

import subprocess
import sys
import threading
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from textgen_gui import Project
from textgen_gui.ui import loading
from textgen_gui.ui.main_window import MainWindow
from textgen_gui.ui.parts import resources

from .using import settled

# Prints the Qt objects that importing the views on another thread has left there.
importing = """
import gc, threading
from PySide6.QtCore import QObject, QThread
from textgen_gui.ui.app import make_application
from textgen_gui.ui.loading import import_views
application = make_application()
worker = threading.Thread(target=import_views)
worker.start()
worker.join()
objects = [one for one in gc.get_objects() if isinstance(one, QObject)]
print([one for one in objects if one.thread() is not application.thread()])
"""


def test_a_project_that_opens_imports_the_views_on_a_thread(
    qtbot: QtBot, window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads, real = list[threading.Thread](), loading.import_views

    def import_views() -> None:
        threads.append(threading.current_thread())
        real()

    monkeypatch.setattr(loading, "import_views", import_views)
    assert window.workspace is None
    window.open_by(lambda: Project.create(tmp_path / "p"))
    assert window.workspace is None, "nothing is made before its modules are there"
    settled(qtbot, window)
    assert window.workspace and threads and threading.main_thread() not in threads


def test_what_is_imported_on_a_thread_leaves_no_qt_object_there() -> None:
    done = subprocess.run([sys.executable, "-c", importing], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_an_icon_is_drawn_once_for_a_theme(qtbot: QtBot) -> None:
    assert resources.icon("add").cacheKey() == resources.icon("add").cacheKey()
