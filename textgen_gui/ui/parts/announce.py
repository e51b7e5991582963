"""What a screen reader says by itself, as nobody who cannot see the window would look for it."""

from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent
from PySide6.QtWidgets import QWidget


def announce(about: QWidget, sentence: str, *, urgent: bool = False) -> None:
    """Finished, kept, failed, what the coach says. ``urgent``: at once, whatever is being read."""
    said = QAccessibleAnnouncementEvent(about, sentence)
    politeness = QAccessible.AnnouncementPoliteness
    said.setPoliteness(politeness.Assertive if urgent else politeness.Polite)
    QAccessible.updateAccessibility(said)
