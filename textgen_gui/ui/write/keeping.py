"""Keeping a page: on a job's thread, and what is to be said of it afterwards."""

from collections.abc import Sequence
from pathlib import Path

from ... import Project
from ...engine.core import kept_texts
from ...engine.core.draft import Done
from ...words import count


class Keeping:
    """A page goes on the shelf once, however often that is asked for. ``in_words``: what came of it; it lies in
    ``file``. ``note``: what is to be known of it.
    """

    in_words, file, note, is_new = "", Path(), "", False

    def keep(self, project: Project, done: Sequence[Done], page: str) -> None:
        """On a job's thread, one after the other."""
        before = kept_texts.find(project, page)
        if before:
            self.in_words, self.file = f"Kept already, as “{before.name}”.", before.file
        else:
            event = project.keep(done, page)
            self.file = project.folder / event.file
            self.note, self.is_new = event.note, True
            self.in_words = f"Kept as “{kept_texts.KeptText(self.file, page, 0).name}”. {event.note}".rstrip()


def together_in_words(keepings: Sequence[Keeping]) -> str:
    """Of several: how many are new on the shelf, and each note once."""
    if len(keepings) == 1:
        return keepings[0].in_words
    new = [keeping for keeping in keepings if keeping.is_new]
    kept = f"Kept: {count('text', len(new))}." if new else "All of these are kept already."
    return " ".join([kept, *dict.fromkeys(keeping.note for keeping in new if keeping.note)])
