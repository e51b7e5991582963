"""Errors whose text is written for the user: what happened, to which file or step, and what to do now."""


class EngineError(Exception):
    """Something the user can act on. Anything that is not an EngineError is a bug and keeps its traceback.

    ``setting``: the name of the one that is to be mended, if it is one.
    """

    def __init__(self, *said: object, setting: str = "") -> None:
        super().__init__(*said)
        self.setting = setting


class TextError(EngineError):
    """A text that cannot be read as text."""


class ConfigError(EngineError):
    """Settings that contradict each other or leave their limits; the message lists every problem at once."""


class ProjectError(EngineError):
    """A project or run folder that is missing, damaged, in use or not writable."""


class NotFiniteError(EngineError):
    """A loss or gradient that is no number: the learning rate is too high."""


class MemoryShortError(EngineError):
    """A model that does not fit into memory."""


class CheckpointError(EngineError):
    """A checkpoint that does not verify, or that belongs to other texts or settings."""


class DamagedError(CheckpointError):
    """A checkpoint whose files are damaged or missing: it will not be better tomorrow, or with another version."""


class ModelError(EngineError):
    """A model that cannot be had from elsewhere, or that is not what it says."""
