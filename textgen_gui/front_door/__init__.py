"""The program as a Python library: a project, its runs, and models that write. The window and the command line use it.

Most work comes in two forms. The plain verb does all of it and returns what came of it: ``project.prepare()``. The form
in -ing, ``project.preparing(stop)``, is a generator of events (engine/core/events.py) for those who show progress or
want to stop; ``run.train()`` and ``model.stream()`` are generators too, so nothing happens before they are iterated.

Bad input raises an EngineError, whose text is a sentence for the user. Settings are given by their names; run.toml,
project.toml and ``textgen-gui generate --help`` explain each of them. What the plain verbs were warned about, they pass
on as Python's warnings.

torch is loaded by the first method that needs it, which takes some seconds. A project and a run hold no state and can
be used on any thread. A generator works on the thread that iterates it; a process trains one run at a time.
"""

from .exchange import bringing, export_choices, export_model, exporting_model, is_pack, packing, uploading_model
from .model import Model, Text
from .program import (
    adopt,
    adopting,
    export,
    fetch,
    fetching,
    find_device,
    give_back_memory,
    keep_token,
    looking_up,
    measuring_presets,
    models,
    refuse_tracker,
    replay,
    replaying,
    written_in,
)
from .project import Project, Run, preparing_texts
from .texts import preview, training_tokenizer, trying

__all__ = [
    "Model",
    "Project",
    "Run",
    "Text",
    "adopt",
    "adopting",
    "bringing",
    "export",
    "export_choices",
    "export_model",
    "exporting_model",
    "fetch",
    "fetching",
    "find_device",
    "give_back_memory",
    "is_pack",
    "keep_token",
    "looking_up",
    "measuring_presets",
    "models",
    "packing",
    "preparing_texts",
    "preview",
    "refuse_tracker",
    "replay",
    "replaying",
    "training_tokenizer",
    "trying",
    "uploading_model",
    "written_in",
]
