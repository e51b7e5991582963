"""Each event has words for people."""

from collections.abc import Callable
from typing import Any

import pytest

from textgen_gui.cli.describe import describe
from textgen_gui.engine.core import events


@pytest.mark.parametrize(
    ("event", "words"),
    [
        (
            events.TextRead("texts/a.txt", "text", "utf-8", 1, 1234, ("A warning.",)),
            "texts/a.txt: 1,234 characters, utf-8. A warning.",
        ),
        (events.TextRead("a.png", "", "", 0, 0, ("No text.",)), "a.png: 0 characters, not read. No text."),
        (events.TextRead("a.txt", "text", "utf-8", 1, 1), "a.txt: 1 character, utf-8."),
        (
            events.Prepared(2, 900, 100, 300, 4000, 1.0),
            "Prepared 1,000 tokens of 300 kinds from 2 documents; 100 of them are held out.",
        ),
        (
            events.RunStarted("runs/001", "a machine", 9000, 12, 1, resumed_from=4, threads=2),
            "Resuming at step 4: 9,000 parameters, 12 steps, fp32, a machine, 2 threads.",
        ),
        (events.Evaluated(4, 2.5, 1.25), "step 4: held-out loss 2.500 = 1.250 bits per byte"),
        (events.SampleWritten(4, "The ", "old\nman " * 30), "step 4 writes: The " + ("old man " * 30)[:96]),
        (
            events.CopyFound(0, 50, 9, "texts/a.txt", 0.5),
            "9 words, characters 0 to 50, stand in texts/a.txt, 50% into it",
        ),
        (events.CopyChecked(20, 9, 1), "9 of 20 words (45%) stand in the training texts."),
        (events.CheckpointSaved(4, "step-4"), "step 4: saved step-4"),
        (events.FieldsWritten(0, (("title", "A"), ("body", "B"))), "title: A\nbody: B"),
        (events.WindowMoved(1000), "(after 1,000 tokens the model forgets the older half)"),
        (events.RunFinished(events.Outcome.FINISHED, 4, 4, "Finished."), "Finished."),
        (events.Baseline("counting words", 2.0, 1.0), "counting words: held-out loss 2.000 = 1.000 bits per byte"),
        (events.MendOffered("Try smaller", ("train.batch=1",)), "Try smaller: --set train.batch=1"),
        (events.RunCreated("runs/001"), '{"event": "RunCreated", "run": "runs/001"}'),
    ],
)
def test_events_in_words(event: events.Event, words: str) -> None:
    assert describe(event) == words


def test_no_event_is_without_words() -> None:
    """assert_never holds for the type checker; here every kind really passes."""
    values: dict[Any, Any] = {int: 1, float: 0.5, str: "a", bool: True}
    for name, kind in events.kinds.items():
        make: Callable[..., events.Event] = kind
        made = make(*(values.get(field.type, ()) for field in kind.__dataclass_fields__.values()))
        assert describe(made) or name in ("RunFinished", "Warned", "FieldsWritten"), name
