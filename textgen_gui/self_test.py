"""``--self-test``: the whole engine once, on a text of its own. The bundle's smoke test calls it."""

import string
import tempfile
from pathlib import Path

from .engine.core import events, project
from .engine.core.generation_config import GenerateConfig

text = "The sea was calm and the sky was clear, and the little boat went on towards the island.\n" * 200
settings = [
    "model.layers=1",
    "model.width=32",
    "model.heads=2",
    "model.context=16",
    "train.steps=6",
    "train.mark_every=3",
]


def self_test() -> int:
    """Prepares, trains, saves, loads, writes and exports. Returns 0 when all of it worked."""
    from .engine.models.checkpoint import best
    from .engine.text.prepare import prepare
    from .engine.writing.export import export
    from .engine.writing.generate import generate

    with tempfile.TemporaryDirectory(prefix="textgen-") as folder:
        source = Path(folder) / "sea.txt"
        source.write_text(text, encoding="utf-8")
        place = project.create(Path(folder) / "project")
        list(place.add_texts([source], _never))
        list(prepare(place, _never))
        first = _trained(place, [])
        tuned = _trained(place, [f'start.model="runs/{first.name}"', "start.lora=2"])
        held = GenerateConfig(max_new_tokens=8, seed=1, regex="[a-z ]+")
        written = list(generate(best(tuned).folder, "The sea", held, _never))[-1]
        assert isinstance(written, events.TextGenerated) and written.tokens > 0, written
        assert set(written.text) <= set(string.ascii_lowercase + " "), written
        export([written.text], Path(folder) / "kept.docx")
    print(f"Self-test passed: trained, saved, fine-tuned, loaded and wrote {written.tokens} tokens.")
    return 0


def _trained(place: project.Project, more: list[str]) -> project.Run:
    from .engine.training.plan import new_run
    from .engine.training.train import recorded

    created = list(new_run(place, preset="tiny", settings=[*settings, *more, "train.precision=fp32"]))[-1]
    assert isinstance(created, events.RunCreated)
    run = project.Run(place.folder / created.run)
    finished = list(recorded(run, _never))[-1]
    assert isinstance(finished, events.RunFinished) and finished.outcome == "finished", finished
    return run


def _never() -> bool:
    return False
