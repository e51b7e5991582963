"""TextGen GUI: train a small language model on your own text, on your own computer, and write with it."""

from .engine.core.version import __version__
from .front_door import Model, Project, Run, Text

__all__ = ["Model", "Project", "Run", "Text", "__version__"]
