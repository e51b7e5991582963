"""What a card says of a run: how well it learnt, beside what simpler means reach."""

import json
from pathlib import Path

from textgen_gui.engine.core.project import Run
from textgen_gui.engine.exchange.model_card import _learnt

HAPPENED = [
    {"event": "Baseline", "name": "counting words", "loss": 3.0, "bits_per_byte": 2.5},
    {"event": "Baseline", "name": "the model before", "loss": 2.0, "bits_per_byte": 1.75},
    {"event": "Evaluated", "step": 4, "loss": 2.1, "bits_per_byte": 1.8},
    {"event": "Evaluated", "step": 8, "loss": 1.9, "bits_per_byte": 1.625},
]


def test_a_card_says_how_well_it_learnt_and_what_simpler_means_reach(tmp_path: Path) -> None:
    run = Run(tmp_path / "project" / "runs" / "001 first")
    run.folder.mkdir(parents=True)
    run.events_file.write_text("".join(f"{json.dumps(line)}\n" for line in HAPPENED), encoding="utf-8")
    assert _learnt(run, 8) == [
        "- On text that it had not seen it needs 1.625 bits for each byte.",
        "- On the same text: counting words 2.500, the model before 1.750 bits.",
    ]
    assert _learnt(run, 5) == [], "nothing is said of a step that was not evaluated"
