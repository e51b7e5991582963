"""``--self-test``: the whole engine once, on a text of its own. The bundle's smoke test calls it."""

import tempfile
from pathlib import Path

from .engine import events, project
from .engine.config import GenerateConfig

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
    """Prepares, trains, saves, loads and writes. Returns 0 when all of it worked."""
    from .engine.checkpoint import best
    from .engine.generate import generate
    from .engine.plan import new_run
    from .engine.prepare import prepare
    from .engine.train import train

    with tempfile.TemporaryDirectory(prefix="textgen-") as folder:
        source = Path(folder) / "sea.txt"
        source.write_text(text, encoding="utf-8")
        place = project.create(Path(folder) / "project")
        list(place.add_texts([source], _never))
        list(prepare(place, _never))
        created = list(new_run(place, preset="tiny", settings=[*settings, "train.precision=fp32"]))[-1]
        assert isinstance(created, events.RunCreated)
        run = project.Run(place.folder / created.run)
        finished = list(events.record(train(run, _never), run.events_file, run.samples_file))[-1]
        assert isinstance(finished, events.RunFinished) and finished.outcome == "finished", finished
        written = list(generate(best(run).folder, "The sea", GenerateConfig(max_new_tokens=8, seed=1), _never))[-1]
        assert isinstance(written, events.TextGenerated) and written.tokens > 0, written
    print(f"Self-test passed: trained {finished.step} steps, saved, loaded and wrote {written.tokens} tokens.")
    return 0


def _never() -> bool:
    return False
