"""What a person wants to know of a run: how well it writes, how long it takes, what that means, what to do next."""

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QFrame, QProgressBar

from ...engine.core import events
from ...engine.core.bars import Bar
from ...engine.core.config import RunConfig
from ...engine.core.events import Advice, NextStep, Outcome
from ...engine.core.share_done import ShareDone
from ...time_left import TimeLeft
from ...words import duration
from ..parts import widgets
from ..parts.announce import announce
from .pages import stack
from .quality import QualityBar

SHOWN_MS = 1000
STILL = "It was still learning. It can go on from here at any time, and you can write with it as it is."
ANEW = (
    "Another model learns now, from your texts and from what was learnt before. Until it writes better, the best so "
    "far writes, and is kept."
)
GOOD = (Advice.LEARNING, Advice.FLAT, Advice.READY)

next_words = {
    NextStep.TRAIN_LONGER: "Train longer …",
    NextStep.ADD_TEXT: "Add text",
    NextStep.BEGIN_WITH_MODEL: "Begin with a model that can write",
    NextStep.WRITE: "Write with it",
    NextStep.GENTLER: "Start again more gently",
}
# Of runs that were recorded before the coach said what to do.
usual_next = {
    Advice.SMALL: NextStep.ADD_TEXT,
    Advice.LEARNING: NextStep.WRITE,
    Advice.FLAT: NextStep.WRITE,
    Advice.MEMORISING: NextStep.ADD_TEXT,
    Advice.UNSTABLE: NextStep.GENTLER,
}


class RunStatus(QFrame):
    """Signals: ``next_asked(NextStep)``, ``next_changed()``: another step is offered."""

    next_asked = Signal(object)
    next_changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("card")
        self._left, self._done = TimeLeft(), ShareDone()
        self._newest: events.StepDone | None = None
        self._advice: events.Advised | None = None
        self._running = self._paused = self._has_model = self._learns = False  # it learns once its rehearsal is over
        self._spoken = ""
        self._is_anew = False  # another model learns, and is not better yet than those before it
        self.quality = QualityBar()
        self.progress = QProgressBar()
        self.progress.setTextVisible(False)
        self.progress.setAccessibleName("Progress of the run")
        self.progress.setToolTip("How much of the run is done")
        self.progress.setMinimumWidth(4 * widgets.GRID)
        self.progress.setMaximumWidth(20 * widgets.GRID)
        self.time = widgets.label("")
        self.time.setToolTip(
            "By the pace of the last steps, or of when it was last steady; at first by the time that you chose"
        )
        self.advice = widgets.label("", "advice", wrap=True)
        self.advice.setToolTip("What the curve says, in words")
        self.next_button = widgets.button("Next", "What is worth doing now", self._ask)
        self.stage = widgets.label("", "heading", wrap=True)
        self._pace = widgets.row(self.progress, self.time)
        self._line = widgets.row(self.stage, self._pace)
        self._line.setStretch(0, 1)
        self._top = widgets.column(self._line, self.quality)
        for part in range(self._top.count()):
            self._top.setStretch(part, 1)
        self._saying = widgets.row(self.advice, self.next_button)
        self._saying.setStretch(0, 1)
        self._body = widgets.column(self._top, self._saying)
        self.setLayout(self._body)
        self._timer = QTimer(self)
        self._timer.timeout.connect(self.show_newest)
        self.clear()

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802 (Qt's name)
        super().showEvent(event)
        self._timer.start(SHOWN_MS)

    def hideEvent(self, event: QHideEvent) -> None:  # noqa: N802
        super().hideEvent(event)
        self._timer.stop()

    def fit(self, narrow: bool, low: bool) -> None:
        """One thing below the other where it is narrow. Where it is low, the bars stand beside the words."""
        beside = low and not narrow
        stack(self._top, not beside)
        self._top.setSpacing(3 * widgets.GRID if beside else widgets.GRID)
        stack(self._line, narrow and not low)
        stack(self._pace, low)
        stack(self._saying, narrow)
        above = widgets.GRID if low else 2 * widgets.GRID
        self._body.setContentsMargins(2 * widgets.GRID, above, 2 * widgets.GRID, above)

    def clear(self) -> None:
        self._newest, self._spoken, self._is_anew = None, "", False
        self._left.begin(0, 0)
        self.quality.clear()
        self.progress.setRange(0, 1)
        self.progress.setValue(0)
        self.time.clear()
        self._advise(None)
        self._show_stage()

    def begin(self, event: events.RunStarted, config: RunConfig | None) -> None:
        """The steps of a session come now: the pace of another one says nothing about it."""
        every, budget_s = (config.train.mark_every, config.budget_s) if config else (0, 0.0)
        begun, elapsed_s = event.resumed_from, event.elapsed_s
        self._left.begin(event.steps, every, begun, budget_s=budget_s, elapsed_s=elapsed_s)
        self._done.hear(event)
        self._learns = self._running
        self._show_done()
        self._show_time()

    def speak(self, event: events.Event) -> None:
        """A screen reader says what the coach says now; what is read of the past is no news."""
        if isinstance(event, events.Advised) and event.message != self._spoken:
            self._spoken = event.message
            announce(self, event.message)

    def take(self, event: events.Event) -> None:
        match event:
            case events.StepDone():
                self._left.take(event)
                self._done.hear(event)
                self._newest = event
            case events.Evaluated(step=0):
                self.quality.take_before(event.bits_per_byte)
            case events.Baseline(name=Bar.BEFORE):
                self.quality.take_before(event.bits_per_byte, event.share)
            case events.Baseline(name=Bar.WORDS):
                self.quality.take_bar(event.bits_per_byte)
            case events.Evaluated():
                self._left.evaluated(event.step)
                self._is_anew &= not self.quality.take(event.bits_per_byte)
                self._show_advice()
            case events.GenerationBegan():
                self._left.generation_began()
                self._is_anew = True
                self._show_advice()
            case events.Progressed() if event.total and not self._learns:  # of the rehearsal
                self.progress.setRange(0, event.total)
                self.progress.setValue(event.done)
            case events.Replanned():
                self._left.plan(event)
                self._done.hear(event)
            case events.Advised():
                self._advise(event)
            case events.RunFinished():
                self._end(event)
            case _:
                pass
        self._show_stage()

    def show_newest(self) -> None:
        """What people read changes once a second."""
        event, self._newest = self._newest, None
        if event and self._running:
            self._show_done()
            self._show_time()

    def _show_done(self) -> None:
        self.progress.setRange(0, 1000)
        self.progress.setValue(int(1000 * self._done.value))

    def _show_time(self) -> None:
        left = self._left.seconds()
        if self._paused:
            self.time.setText("Paused")
        elif left is None:
            self.time.setText("Finding out how long it takes …")
        else:
            self.time.setText(f"{duration(left)} left" if left >= 1 else "Nearly done")

    def show_state(self, *, running: bool, paused: bool, has_model: bool) -> None:
        self._learns = self._learns and self._running
        self._running, self._has_model = running, has_model
        self.progress.setVisible(running)
        self.time.setVisible(running)
        if paused != self._paused:
            self._paused = paused
            self._show_time()
        self.quality.set_learning(self._learning)
        self._show_stage()
        self._show_advice()

    @property
    def _learning(self) -> bool:
        return self._running and not self._paused

    def _end(self, event: events.RunFinished) -> None:
        self.time.clear()
        said = self._advice
        for_now = (Advice.LEARNING, Advice.FLAT, Advice.NO_GAIN)
        still_learnt = said is not None and said.kind in for_now and said.step < event.step
        if event.outcome is Outcome.FINISHED and still_learnt:
            self._advise(None)  # said while it learnt, by a coach that did not know the end

    def _show_stage(self) -> None:
        self.stage.setText(self.quality.words())

    def _advise(self, event: events.Advised | None) -> None:
        self._advice = event
        self._show_advice()

    def _show_advice(self) -> None:
        event = self._advice
        still = event is not None and event.kind is Advice.LEARNING and not self._learning
        said = STILL if still else event.message if event else ""
        self.advice.setText(ANEW if self._is_anew and self._learning and self.is_good else said)
        self.advice.setVisible(bool(self.advice.text()))
        self.advice.setProperty("good", self.is_good)
        self.advice.style().polish(self.advice)
        self._show_next()

    @property
    def is_good(self) -> bool:
        """Nothing is said that speaks against the model."""
        return self._advice is None or self._advice.kind in GOOD

    @property
    def next_step(self) -> NextStep:
        if self._advice is None:
            return NextStep.NONE
        return self._advice.next_step or usual_next.get(self._advice.kind, NextStep.NONE)

    def offers(self, step: NextStep) -> bool:
        """Whether there is a button for it here."""
        return not self.next_button.isHidden() and self.next_step is step

    def _show_next(self) -> None:
        """Nothing writes before the first checkpoint, and no run is longer than one that still trains; the button to
        write has a place of its own on the page meanwhile."""
        step = self.next_step
        possible = (self._has_model or step is not NextStep.WRITE) and not (
            self._running and step in (NextStep.TRAIN_LONGER, NextStep.WRITE)
        )
        self.next_button.setVisible(possible and step in next_words)
        self.next_changed.emit()
        self.next_button.setText(next_words.get(step, "Next"))
        widgets.settle(self)

    def _ask(self) -> None:
        self.next_asked.emit(self.next_step)
