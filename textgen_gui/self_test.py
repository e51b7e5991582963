"""``--self-test``: the whole engine once, on a text of its own. The bundle's smoke test calls it."""

import string
import tempfile
from pathlib import Path
from typing import Any

from .engine.core.events import Outcome, RunFinished
from .front_door import Model, Project, Run, export

text = "The sea was calm and the sky was clear, and the little boat went on towards the island.\n" * 200
settings: dict[str, Any] = {
    **{"preset": "tiny", "layers": 1, "width": 32, "heads": 2, "context": 16},
    **{"steps": 6, "mark_every": 3, "precision": "fp32"},
}


def self_test() -> str:
    """Prepares, trains, saves, fine-tunes, loads, writes and exports. Says so when all of it worked."""
    with tempfile.TemporaryDirectory(prefix="textgen-") as folder:
        source = Path(folder) / "sea.txt"
        source.write_text(text, encoding="utf-8")
        project = Project.create(Path(folder) / "project")
        project.add(source)
        project.prepare()
        first = _trained(project.new_run(**settings))
        tuned = _trained(project.new_run(start=first, lora=2, **settings))
        written = Model.load(tuned).write("The sea", max_new_tokens=8, seed=1, regex="[a-z ]+")
        assert written.tokens > 0, written
        assert set(written.text) <= set(string.ascii_lowercase + " "), written
        export([written.text], Path(folder) / "kept.docx")
    return f"Self-test passed: trained, saved, fine-tuned, loaded and wrote {written.tokens} tokens."


def _trained(run: Run) -> Run:
    *_, finished = run.train()
    assert isinstance(finished, RunFinished) and finished.outcome == Outcome.FINISHED, finished
    return run
