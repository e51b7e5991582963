"""How the command line is asked to stop."""

import signal
import sys
from types import FrameType


class Interrupts:
    """Ctrl-C, a polite kill, a terminal that closes: the first asks to stop and save, the second quits at once.

    Called, it tells whether to stop.
    """

    def __init__(self) -> None:
        self.asked = False
        for name in ("SIGINT", "SIGTERM", "SIGHUP"):
            if hasattr(signal, name):
                signal.signal(getattr(signal, name), self._interrupt)

    def __call__(self) -> bool:
        return self.asked

    def _interrupt(self, number: int, frame: FrameType | None) -> None:
        if self.asked:
            raise KeyboardInterrupt
        self.asked = True
        print("Stopping. Once more quits at once.", file=sys.stderr)
