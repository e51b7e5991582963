"""``export``: a model for other programs."""

import argparse
from collections.abc import Iterator
from pathlib import Path

from ..engine.core.control import Ask
from ..engine.core.events import Event, Warned
from ..engine.core.generation_config import styles
from ..engine.core.model_forms import Destination, Maker, ModelForm, WeightType
from ..front_door import Model, exporting_model, uploading_model
from . import options as shared
from .options import AddParser

UPLOAD = "hf://"


def add(add_parser: AddParser) -> None:
    verb = add_parser("export", parents=[shared.common()], help="a model as a file or folder for other programs")
    verb.add_argument("model", metavar="MODEL", help=shared.MODEL)
    verb.add_argument("--to", metavar="PATH", help="x.gguf, x.html, a new folder for transformers, or hf://you/model")
    verb.add_argument(
        "--for",
        dest="destination",
        choices=list(Destination),
        default=Destination.FILE.value,
        help="ollama: --to is a new folder; lmstudio: it goes to LM Studio's own folder",
    )
    verb.add_argument(
        "--weights", choices=list(WeightType), default=WeightType.F16.value, help="how exactly a GGUF file holds them"
    )
    verb.add_argument("--maker", default="", metavar="NAME", help="with x.html: who made it, as the page says it")
    verb.add_argument("--words", default="", metavar="TEXT", help="with x.html: what the maker says to its readers")
    verb.add_argument(
        "--style", choices=list(styles), default="Balanced", help="with --for ollama: how it is to write there"
    )
    forms = verb.add_mutually_exclusive_group()
    for option, form, words in (
        ("--merge", None, "what LoRA learnt becomes part of the whole model; it is so without this, too"),
        ("--adapter", ModelForm.ADAPTER, "only what LoRA learnt, as a folder for PEFT"),
        ("--timeline", ModelForm.TIMELINE, "how the writing of a run grew, as x.html with a slider"),
    ):
        forms.add_argument(option, dest="form", action="store_const", const=form, help=words)
    verb.add_argument("--yes", action="store_true", help="with hf://: send it; without this only the list is shown")
    verb.add_argument("--public", action="store_true", help="with hf://: everybody may see it")
    verb.set_defaults(run=run)


def run(options: argparse.Namespace, stop: Ask) -> Iterator[Event]:
    model, to = Model.load(options.model), options.to or ""
    if to.startswith(UPLOAD):
        return _uploaded(uploading_model(model, to, stop, private=not options.public, agreed=options.yes), options.yes)
    return exporting_model(
        model,
        Path(to) if to else None,
        stop,
        weight_type=WeightType(options.weights),
        destination=Destination(options.destination),
        form=options.form,
        writing=styles[options.style],
        maker=Maker(options.maker.strip(), options.words.strip()),
    )


def _uploaded(happened: Iterator[Event], agreed: bool) -> Iterator[Event]:
    yield from happened
    if not agreed:
        yield Warned("Nothing went out. Say --yes to send it.")
