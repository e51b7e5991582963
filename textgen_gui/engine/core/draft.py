"""The page of the writing desk as it was left, with what it takes to write its texts again."""

import dataclasses
import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from . import atomic_io, events
from .errors import EngineError, ProjectError
from .generation_config import GenerateConfig, config_from
from .project import Project


@dataclasses.dataclass(frozen=True, slots=True)
class Done:
    """What a model wrote, and all that it takes to write it again."""

    model: events.ModelChosen
    prompt: str
    config: GenerateConfig
    event: events.TextGenerated


class Left(NamedTuple):
    """``model``: the one that was chosen, as the window calls it; empty where none was noted."""

    page: str
    done: Sequence[Done]
    model: str = ""


def keep(place: Project, left: Left) -> None:
    """Raises ProjectError when the disk refuses; the draft before stays then."""
    whole = {"page": left.page, "done": [dataclasses.asdict(one) for one in left.done], "model": left.model}
    # ASCII, because half a character may stand there.
    atomic_io.write_text(place.draft_file, json.dumps(whole, indent=1))


def load(place: Project) -> Left:
    """An empty page where nothing was left. Raises ProjectError when it cannot be read; it is put aside then."""
    try:
        return read(place)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, EngineError) as problem:
        aside = put_aside(place)
        raise ProjectError(f"The page that you left could not be read ({problem}). It was put aside as {aside}.") from (
            problem
        )


def read(place: Project) -> Left:
    """An empty page where nothing was left. Raises whatever is wrong with it."""
    try:
        whole = json.loads(place.draft_file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return Left("", [])
    return Left(str(whole["page"]), [_done(entry) for entry in whole["done"]], str(whole.get("model", "")))


def put_aside(place: Project) -> Path:
    """The file gets another name, so that what cannot be read now is not written over. Raises ProjectError."""
    aside = place.draft_file.with_name(f"draft {time.strftime('%Y-%m-%d %H.%M.%S')}.json")
    with atomic_io.refusals(aside):
        if place.draft_file.exists():
            place.draft_file.rename(aside)
    return aside


def _done(entry: dict[str, dict[str, str]]) -> Done:
    config = config_from(entry["config"])
    event = events.TextGenerated(**entry["event"])  # type: ignore[arg-type]
    return Done(events.ModelChosen(**entry["model"]), str(entry["prompt"]), config, event)
