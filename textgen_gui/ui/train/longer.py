"""Asks how much longer a run is to train, and says what it learns from then."""

from collections.abc import Callable

from PySide6.QtWidgets import QInputDialog, QWidget

USUAL, MOST = 10, 60 * 24 * 7  # minutes
UNPREPARED = (
    "A run that trains longer learns from your texts as they are now, and they are not prepared as they are now. Press "
    "Prepare under Data first."
)
WORDS = (  # in short lines, as a dialog of Qt does not break them
    "A new run goes on from this one; this one stays as it is.\n"
    "It learns from your texts as they are under Data now,\n"
    "so what you added or changed since counts as well.\n\n"
    "How many more minutes?"
)


def ask_for_minutes(parent: QWidget, is_prepared: bool, refused: Callable[[str, str], object]) -> int | None:
    if not is_prepared:
        refused(UNPREPARED, "")
        return None
    minutes, agreed = QInputDialog.getInt(parent, "Train longer", WORDS, USUAL, 1, MOST)
    return minutes if agreed else None
