"""TextGen GUI: train a small language model on your own text, on your own computer, and write with it."""

from .engine.core import events
from .engine.core.errors import EngineError
from .engine.core.generation_config import GenerateConfig
from .engine.core.version import __version__
from .front_door import Model, Project, Run, Text, adopt, export, fetch, replay

__all__ = [
    "EngineError",
    "GenerateConfig",
    "Model",
    "Project",
    "Run",
    "Text",
    "__version__",
    "adopt",
    "events",
    "export",
    "fetch",
    "replay",
]
