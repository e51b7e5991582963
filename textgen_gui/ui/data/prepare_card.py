"""What the texts are prepared with, how far that is, and the one button that comes next."""

from PySide6.QtCore import QEvent, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QProgressBar, QWidget

from ...engine.core import events
from ...engine.core.advice import very_little_text
from ...engine.core.config import PrepareConfig
from ...words import count, duration, number
from ..parts import resources, widgets
from ..parts.config_form import ConfigForm
from ..parts.focus import FocusBack
from ..parts.glossary import word_link, word_links
from .balance import BalanceNote
from .event_flow import TimeLeft
from .reflow import LEAST_HEIGHT

LEAST, MOST = 16 * widgets.GRID, 40 * widgets.GRID  # pixels of the settings
GAP = 2 * widgets.GRID
LEAST_ABOVE = 22 * widgets.GRID  # some texts of a list, at the usual size of text


class AboveCard(QWidget):
    """What stands above the card. It is not squeezed by settings that are open, as long as there is room; the page
    scrolls rather than that nothing is left of it, or that words of the card are cut.
    """

    def __init__(self, above: QWidget, card: "PrepareCard") -> None:
        super().__init__()
        self._above, self._card = above, card
        page = widgets.column(above, card, gap=GAP)
        page.setStretch(0, 1)
        self.setLayout(page)
        resources.theme_changes().happened.connect(self._fit)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 (Qt's name)
        self._fit()
        super().resizeEvent(event)

    def event(self, event: QEvent) -> bool:
        if event.type() is QEvent.Type.LayoutRequest:  # other words, or settings that open
            self._fit()
        return super().event(event)

    def _fit(self) -> None:
        """Words that go on in a next line need more height than a layout reserves for them by itself."""
        settings, width = self._card.settings, self.width()
        shown = min(max(LEAST, settings.sizeHint().height()), settings.maximumHeight()) * settings.isVisible()
        room = self.height() - LEAST_HEIGHT - GAP - (self._card.heightForWidth(width) - shown)
        settings.setMaximumHeight(min(max(LEAST, room), MOST))
        self._above.setMinimumHeight(round(LEAST_ABOVE * resources.zoomed()))
        self._card.setMinimumHeight(max(0, self._card.heightForWidth(width)))


class PrepareCard(QFrame):
    """Signals: ``prepare_asked()``, ``cancel_asked()``, ``train_asked()``."""

    prepare_asked = Signal()
    cancel_asked = Signal()
    train_asked = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("card")
        self._time_left = TimeLeft()
        self.status = widgets.label(wrap=True)
        self.progress = QProgressBar()
        self.progress.setTextVisible(False)
        self.progress.setAccessibleName("Progress of preparing")
        tip = "Turns the texts into tokens that a model can learn from (Ctrl+R)"
        self.prepare_button = widgets.button("Prepare", tip, self.prepare_asked.emit, role="primary")
        self.cancel_button = widgets.button("Cancel", "Stops this; nothing is lost (Esc)", self.cancel_asked.emit)
        tip = "Shows the page on which a model learns from these texts"
        self.train_button = widgets.button("Next: Train", tip, self.train_asked.emit, icon="right", role="primary")
        self._next = self.prepare_button  # where whoever works by keyboard goes on
        of_steps = self.prepare_button, self.cancel_button, self.train_button
        self._focus = FocusBack(self, lambda lost: self._next, lambda lost: self._next if lost in of_steps else None)
        self.form = ConfigForm(PrepareConfig(), leave_out=["clean"])
        self.form.setObjectName("scrolled")
        scrolled = widgets.scrolling(widgets.ScrollArea(), self.form)  # so that the button stays in sight
        scrolled.setMinimumHeight(LEAST)
        scrolled.setMaximumHeight(MOST)
        self.settings = scrolled
        inside = widgets.widget(widgets.column(word_links("Vocabulary", "Document", "Held-out text"), scrolled))
        fold = widgets.Fold("Advanced", "How texts become tokens; the defaults suit most", inside)
        token = widgets.row(word_link("Token", "What is a token?"), 1)
        words = widgets.widget(widgets.column(self.status, token, self.progress))
        line = widgets.row(words, self.cancel_button, self.prepare_button, self.train_button, gap=2 * widgets.GRID)
        line.setStretch(0, 1)
        self.balance = BalanceNote()
        self.setLayout(widgets.column(self.balance, line, fold, margin=2 * widgets.GRID))

    def show_start(self) -> None:
        self._time_left = TimeLeft()

    def show_progress(self, event: events.Progressed) -> None:
        self.progress.setRange(0, 1000 if event.total else 0)
        self.progress.setValue(1000 * event.done // event.total if event.total else 0)
        left = self._time_left.seconds(event)
        self.status.setText(f"{event.stage} …" if left is None else f"{event.stage} … {duration(left)} left")

    def show_state(self, *, busy: bool, done: events.Prepared | None, has_texts: bool, were_prepared: bool) -> None:
        self._next = self.cancel_button if busy else self.train_button if done else self.prepare_button
        with self._focus.kept():
            self.progress.setVisible(busy)
            for button, shown in (
                (self.cancel_button, busy),
                (self.train_button, not busy and done is not None),
                (self.prepare_button, busy or done is None),
            ):
                button.setVisible(shown)
            self.prepare_button.setEnabled(not busy and done is None and has_texts)
            for part in (self.form, self.balance):
                part.setEnabled(not busy)
        if busy:
            self.progress.setRange(0, 0)
        else:
            self.status.setText(_state(done, has_texts=has_texts, were_prepared=were_prepared))


def _state(done: events.Prepared | None, *, has_texts: bool, were_prepared: bool) -> str:
    if done:
        held_out = done.words * done.heldout_tokens / max(1, done.tokens + done.heldout_tokens)
        aside = (
            f"It learns from all but about {number(held_out)}, which are held out to test it on text it has never seen."
            if done.heldout_tokens
            else "It learns from all of them, so nothing will say how well it has learnt."
        )
        return f"Up to date: {count('word', done.words)}. {aside} {very_little_text(done.tokens)}".strip()
    if not has_texts:
        return "There are no texts in this project now. Add some, or put removed ones back."
    if were_prepared:
        return "Texts or settings have changed since they were prepared. Press Prepare."
    return "Press Prepare: the texts become tokens, the small pieces a model reads."
