"""The page of the writing desk as it was left, with what it takes to write its texts again."""

import dataclasses
import json
import time
from collections.abc import Sequence

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


def keep(place: Project, page: str, done: Sequence[Done]) -> None:
    """Raises ProjectError when the disk refuses; the draft before stays then."""
    whole = {"page": page, "done": [dataclasses.asdict(one) for one in done]}
    atomic_io.write_text(
        place.draft_file, json.dumps(whole, indent=1)
    )  # ASCII, because half a character may stand there


def load(place: Project) -> tuple[str, list[Done]]:
    """An empty page where nothing was left. Raises ProjectError when it cannot be read; it is put aside then."""
    file = place.draft_file
    if not file.exists():
        return "", []
    try:
        whole = json.loads(file.read_text(encoding="utf-8"))
        return str(whole["page"]), [_done(entry) for entry in whole["done"]]
    except (OSError, ValueError, KeyError, TypeError, AttributeError, EngineError) as problem:
        aside = file.with_name(f"draft {time.strftime('%Y-%m-%d %H.%M.%S')}.json")
        with atomic_io.refusals(aside):
            file.rename(aside)
        raise ProjectError(f"The page that you left could not be read ({problem}). It was put aside as {aside}.") from (
            problem
        )


def _done(entry: dict[str, dict[str, str]]) -> Done:
    config = config_from(entry["config"])
    event = events.TextGenerated(**entry["event"])  # type: ignore[arg-type]
    return Done(events.ModelChosen(**entry["model"]), str(entry["prompt"]), config, event)
