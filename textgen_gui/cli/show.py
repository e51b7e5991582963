"""Events on the terminal: words on stderr and results on stdout, or with --json lines of JSON on stdout only."""

import os
import sys
import time
from collections.abc import Iterable

from ..engine.core import event_log, events
from ..engine.core.events import Event, Outcome
from ..words import time_in_words
from .describe import describe
from .exit_code import ExitCode
from .interrupts import Interrupts

OUTCOMES = {Outcome.FINISHED: ExitCode.DONE, Outcome.STOPPED: ExitCode.STOPPED, Outcome.FAILED: ExitCode.ERROR}
REDRAWN_S = 0.1  # between two pictures of the line that is written over


def show(happened: Iterable[Event], json: bool, stop: Interrupts) -> ExitCode:
    """Prints events until they end."""
    code, bar = ExitCode.DONE, Bar()
    for event in happened:
        if isinstance(event, events.Replayed) and event.same < event.texts:
            code = ExitCode.ERROR
        if isinstance(event, events.RunFinished):
            code = OUTCOMES[event.outcome]
        try:
            if json:
                print(event_log.to_json(event), flush=True)
            else:
                bar.show(event)
        except BrokenPipeError:  # nobody listens any more, as when the window was killed
            stop.asked = True
            for stream in (sys.stdout, sys.stderr):
                os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
    return ExitCode.STOPPED if stop.asked else code


class Bar:
    """Words on stderr, results on stdout, and where stderr is a terminal one line that is written over."""

    def __init__(self) -> None:
        self.terminal = sys.stderr.isatty()
        self.steps, self.shown, self.open_line = 0, 0.0, False

    def show(self, event: Event) -> None:
        match event:
            case events.StepDone():
                self._step(event)
            case events.Progressed():
                self._over(f"{event.stage} … {event.done / event.total:.0%}" if event.total else f"{event.stage} …")
            case events.BytesFetched():
                self._over(describe(event))
            case events.ModelReady():
                self._line("")
                print(describe(event))
            case events.TextPiece():
                self._line("")
                print(event.text, end="", flush=True)
            case events.RunCreated():
                self._line(f"New run: {event.run}")
                print(event.run)
            case events.TextGenerated():
                print(flush=True)
            case _:
                if isinstance(event, events.RunStarted):
                    self.steps = event.steps
                self._line(describe(event))

    def _step(self, event: events.StepDone) -> None:
        left_s = (self.steps - event.step) * event.elapsed_s / max(event.step, 1)
        words = f"step {event.step:,} of {self.steps:,}  loss {event.loss:.3f}  {event.tokens_per_s:,.0f} tokens/s"
        self._over(f"{words}  {time_in_words(left_s)} left")

    def _over(self, line: str) -> None:
        if self.terminal and time.monotonic() - self.shown > REDRAWN_S:
            self.shown, self.open_line = time.monotonic(), True
            print(f"\r\x1b[K{line}", end="", file=sys.stderr, flush=True)

    def _line(self, line: str) -> None:
        if self.open_line:
            print("\r\x1b[K", end="", file=sys.stderr)
            self.open_line = False
        if line:
            print(line, file=sys.stderr, flush=True)
