"""How a command ends, as scripts see it."""

import enum


class ExitCode(enum.IntEnum):
    """USAGE is argparse's own. STOPPED is what shells say of a program that Ctrl-C has ended."""

    DONE = 0
    ERROR = 1
    USAGE = 2
    STOPPED = 130
