"""How the writing of a run grew, as one page with a slider, for a class or a blog: no network, no model."""

import html
import json
import math
import re
from pathlib import Path
from typing import Any

from ..core import bounded, event_log, events
from ..core.errors import ProjectError
from ..core.home import resources
from ..core.project import Checkpoint, Run
from .model_card import title_of
from .outgoing import Proof

NO_RUN = "Only a training has a history; this model comes from elsewhere."
NO_SAMPLES = "This training wrote no samples on its way."


def refusal(chosen: Run | Checkpoint) -> str:
    """Why there is no history to show; empty where there is one."""
    run = _run_of(chosen)
    if run is None:
        return NO_RUN
    return "" if run.samples_file.is_file() else NO_SAMPLES


def _run_of(chosen: Run | Checkpoint) -> Run | None:
    return chosen if isinstance(chosen, Run) else chosen.run


def write(chosen: Run | Checkpoint, path: Path) -> Proof:
    """Raises ProjectError for a model without a history."""
    run = _run_of(chosen)
    if run is None:
        raise ProjectError(NO_RUN)
    moments = _moments(run)
    if not moments:
        raise ProjectError(f"{NO_SAMPLES} Train it a little longer.")
    parts = {
        "TITLE": html.escape(title_of(run)),
        "MOMENTS": json.dumps(moments, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c"),
    }
    template = (resources() / "page" / "timeline.html").read_text(encoding="utf-8")
    path.write_text(re.sub("@([A-Z]+)@", lambda found: parts[found[1]], template), encoding="utf-8", newline="\n")
    return Proof(_prove(path, moments), True)


def _moments(run: Run) -> list[dict[str, Any]]:
    """What was written at each evaluation, and how surprised the model was by text that it had not seen then."""
    found: dict[int, dict[str, Any]] = {}
    for event in event_log.read(run.events_file):
        if isinstance(event, events.SampleWritten):
            moment = found.setdefault(event.step, {"step": event.step, "texts": []})
            moment["texts"].append([event.prompt, event.text])
        elif isinstance(event, events.Evaluated) and math.isfinite(event.bits_per_byte):
            found.setdefault(event.step, {"step": event.step, "texts": []})["bits"] = round(event.bits_per_byte, 3)
    return [found[step] for step in sorted(found) if found[step]["texts"]]


def _prove(path: Path, moments: list[dict[str, Any]]) -> str:
    held = re.search('<script id="moments" type="application/json">(.*?)</script>', path.read_text(encoding="utf-8"))
    if not held or bounded.parse_json(held[1]) != moments:
        raise ProjectError(f"{path.name} was read back and lacks some of the texts. It was not kept.")
    return f"Read back: all texts of {len(moments):,} moments."
