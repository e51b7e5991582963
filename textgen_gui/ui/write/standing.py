"""What models wrote of which some stands on the page; of a long page it is looked for on a thread."""

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import QObject, Signal

from ...engine.core.draft import Done
from ..parts.open_project import OpenProject
from .authors import left

OFTEN = 100_000  # letters of a page that is looked at whenever it changes, and not only when much of it does


class Standing(QObject):
    """Signal: ``found()``: a long page was looked at."""

    found = Signal()

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._opened: OpenProject | None = None
        self.done: list[Done] = []
        self.has_moved = False  # much of the page since it was looked at
        self._looking: object = None

    def open(self, opened: OpenProject) -> None:
        self._opened, self._looking, self.done = opened, None, []

    def add(self, done: Done) -> None:
        """What was just written, and stands there."""
        self.done.append(done)
        self.has_moved |= self._looking is not None  # for that knows nothing of it
        self._looking = None

    def look(self, done: Sequence[Done], page: str) -> None:
        if not self.has_moved and len(page) > OFTEN:
            return
        written, self.has_moved, self._looking = list(done), False, None
        if self._opened is None or not written or len(page) <= OFTEN:
            self.done = left(written, page)
        else:  # it takes half a second for a million letters
            self._looking = looking = object()
            self._opened.jobs.start(lambda control: iter([left(written, page)]), partial(self._show, looking))

    def _show(self, looking: object, found: list[Done]) -> None:
        if looking is self._looking:
            self.done, self._looking = found, None
            self.found.emit()
