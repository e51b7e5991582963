"""Asks how much longer a run is to train, and says what it learns from then."""

from collections.abc import Callable

from PySide6.QtWidgets import QInputDialog, QWidget

from ...engine.core.snapshot import RunSnapshot

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


def ask_for_minutes(
    parent: QWidget, run: RunSnapshot | None, is_prepared: bool, refused: Callable[[str, str], object]
) -> int | None:
    """Proposes as many as the ``run`` had."""
    if not is_prepared:
        refused(UNPREPARED, "")
        return None
    budget_s = run.config.budget_s if run and run.config else 0.0
    proposed = max(1, round(budget_s / 60)) if budget_s else USUAL
    minutes, agreed = QInputDialog.getInt(parent, "Train longer", WORDS, proposed, 1, MOST)
    return minutes if agreed else None
