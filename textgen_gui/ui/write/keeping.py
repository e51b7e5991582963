"""Keeping a page: on a job's thread, and what is to be said of it afterwards."""

from collections.abc import Sequence
from pathlib import Path

from ... import Project
from ...engine.core import kept_texts
from ...engine.core.draft import Done


class Keeping:
    """A page goes on the shelf once, however often that is asked for. ``in_words``: what came of it; it lies in
    ``file``."""

    in_words, file = "", Path()

    def keep(self, project: Project, done: Sequence[Done], page: str) -> None:
        """On a job's thread, one after the other."""
        before = kept_texts.find(project, page)
        if before:
            self.in_words, self.file = f"Kept already, as “{before.name}”.", before.file
        else:
            event = project.keep(done, page)
            self.file = project.folder / event.file
            self.in_words = f"Kept as “{kept_texts.KeptText(self.file, page, 0).name}”. {event.note}".rstrip()
