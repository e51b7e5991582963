"""What comes after the first paint: the views of a project with their plotting library, then the large libraries."""

import importlib
from collections.abc import Iterator
from typing import TYPE_CHECKING

from ..front_door import find_device

if TYPE_CHECKING:
    from .main_window import MainWindow
    from .workspace import Workspace


def import_views() -> None:
    """Called on a job's thread, where it does not hold the window up. What is imported is only classes."""
    importlib.import_module(".workspace", __package__)


def load(window: "MainWindow") -> None:
    """One after the other: while torch is imported, the window waits for the interpreter's lock again and again."""
    window.say("Getting ready …")
    window.jobs.start(lambda control: _views(), lambda event: None, finished=lambda: _load_engine(window))


def _views() -> Iterator[None]:
    import_views()
    yield


def _load_engine(window: "MainWindow") -> None:
    window.made_workspace()
    window.jobs.start(lambda control: iter([find_device()]), window.show_device, finished=window.collector.freeze)


def make_workspace(window: "MainWindow") -> "Workspace":
    """The views of a project, connected to the window that shows them."""
    from .workspace import Workspace

    made = Workspace()
    window.pages.addWidget(made)
    made.problem.connect(window.tell)
    made.told_enough.connect(window.notice.leave)
    made.said.connect(window.say)
    made.told_done.connect(window.notice.tell_done)
    made.stuck.connect(lambda sentence, details, way: window.notice.tell(sentence, details, way=way))
    made.refused.connect(window.refuse)
    made.write_asked.connect(lambda: window.tabs.setCurrentIndex(2))
    made.learn_asked.connect(lambda: window.tabs.setCurrentIndex(0))
    made.train_asked.connect(lambda: window.tabs.setCurrentIndex(1))
    made.models_asked.connect(window.show_models)
    return made
