"""Events on the terminal: words on stderr and results on stdout, or with --json lines of JSON on stdout only."""

import re
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterable

from ..engine.core import event_log, events
from ..engine.core.events import Event, Outcome
from ..time_left import TimeLeft
from ..words import duration
from .describe import describe
from .exit_code import ExitCode
from .interrupts import Interrupts
from .process import flush_streams

OUTCOMES = {Outcome.FINISHED: ExitCode.DONE, Outcome.STOPPED: ExitCode.STOPPED, Outcome.FAILED: ExitCode.ERROR}
_obeyed = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
REDRAWN_S = 0.1  # between two pictures of the line that is written over
STEP_TOLD_S = 10.0  # between two lines about steps where nothing can be written over

Heading = Callable[[int], str]
"""What stands above the text of this number; "" for nothing."""


def show(happened: Iterable[Event], json: bool, stop: Interrupts, heading: Heading = lambda index: "") -> ExitCode:
    """Prints events until they end."""
    code, bar = ExitCode.DONE, Bar(heading)
    refused: OSError | None = None
    for event in happened:
        if isinstance(event, events.Replayed) and event.same < event.texts:
            code = ExitCode.ERROR
        if isinstance(event, events.Checked) and event.damaged:
            code = ExitCode.ERROR
        if isinstance(event, events.RunFinished):
            code = OUTCOMES[event.outcome]
        try:
            if json:
                print(event_log.to_json(event), flush=True)
            else:
                bar.show(event)
        except OSError as problem:  # a full disk; or nobody listens any more, as when the window was killed
            stop.asked, refused = True, refused or problem
            flush_streams()
    refused = refused or flush_streams()
    if refused and not isinstance(refused, BrokenPipeError):
        why = refused.strerror or refused
        print(f"Not all that this command says could be written ({why}). Free some space first.", file=sys.stderr)
        return ExitCode.ERROR
    return ExitCode.STOPPED if stop.asked else code


def plain(words: str) -> str:
    """Without what a terminal obeys, as the name of a stranger's file may hold it."""
    return _obeyed.sub("\N{REPLACEMENT CHARACTER}", words)


class Bar:
    """Words on stderr, results on stdout, and where stderr is a terminal one line that is written over."""

    def __init__(self, heading: Heading) -> None:
        self.terminal = sys.stderr.isatty()
        self.left, self.shown, self.open_line = TimeLeft(), 0.0, False
        self.told = time.monotonic()
        self.texts = Texts(heading)

    def show(self, event: Event) -> None:
        match event:
            case events.StepDone():
                self._step(event)
            case events.Progressed():
                self._over(f"{event.stage} … {event.done / event.total:.0%}" if event.total else f"{event.stage} …")
            case events.BytesFetched() | events.DoorUsed():
                self._over(describe(event))
            case events.ModelReady():
                self._line("")
                print(describe(event))
            case events.TextPiece():
                self._line("")
                self.texts.add(event.index, event.text)
            case events.Previewed():
                self._line(f"{event.path}: {event.encoding or 'read'}, as a model would see it:")
                print(event.text)
            case events.Examined() | events.VersionsFound():
                self._line("")
                print(describe(event))
            case events.RunCreated():
                self._line(f"New run: {event.run}")
                print(event.run)
            case events.TextGenerated():
                self.texts.end(event.index)
            case _:
                self._follow(event)
                self._line(describe(event))

    def _follow(self, event: Event) -> None:
        """How many steps there will be, and what else than steps takes time."""
        match event:
            case events.RunStarted():
                self.left.begin(event.steps, 0, event.resumed_from)
            case events.Replanned():
                self.left.plan(event)
            case events.Evaluated() if event.step:
                self.left.evaluated(event.step)
            case events.GenerationBegan():
                self.left.generation_began()
            case _:
                pass

    def _step(self, event: events.StepDone) -> None:
        self.left.take(event)
        left_s = self.left.seconds()
        words = f"step {event.step:,} of {self.left.steps:,}  loss {event.loss:.3f}  {event.tokens_per_s:,.0f} tokens/s"
        words = words if left_s is None else f"{words}  {duration(left_s)} left"
        if self.terminal:
            self._over(words)
        elif time.monotonic() - self.told > STEP_TOLD_S:
            self.told = time.monotonic()
            self._line(words)

    def _over(self, line: str) -> None:
        line = plain(line)
        if self.terminal and time.monotonic() - self.shown > REDRAWN_S:
            self.shown, self.open_line = time.monotonic(), True
            print(f"\r\x1b[K{line}", end="", file=sys.stderr, flush=True)

    def _line(self, line: str) -> None:
        if self.open_line:
            print("\r\x1b[K", end="", file=sys.stderr)
            self.open_line = False
        if line:
            print(plain(line), file=sys.stderr, flush=True)


class Texts:
    """Texts that are written at the same time, one below the other: a later one waits until those before have ended."""

    def __init__(self, heading: Heading) -> None:
        self._heading = heading
        self._now, self._begun = 0, False
        self._waiting: defaultdict[int, str] = defaultdict(str)
        self._ended: set[int] = set()

    def add(self, index: int, piece: str) -> None:
        if index == self._now:
            self._print(piece)
        else:
            self._waiting[index] += piece

    def end(self, index: int) -> None:
        self._ended.add(index)
        while self._now in self._ended:
            self._print("\n")
            self._now, self._begun = self._now + 1, False
            if self._waiting[self._now]:
                self._print(self._waiting.pop(self._now))

    def _print(self, piece: str) -> None:
        if not self._begun:
            self._begun = True
            heading = self._heading(self._now)
            between = "\n" if self._now else ""
            print(between + (f"{heading}\n\n" if heading else ""), end="")
        print(piece, end="", flush=True)
