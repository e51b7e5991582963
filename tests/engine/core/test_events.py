"""Events: the names and fields that scripts hold on to."""

import pytest

from textgen_gui.engine.core import events

frozen = {
    "TextRead": "path format encoding documents characters warnings",
    "Prepared": "documents tokens heldout_tokens vocabulary bytes elapsed_s",
    "RunCreated": "run",
    "RunStarted": "run device parameters steps processes",
    "StepDone": "step loss learning_rate tokens_per_s elapsed_s",
    "Evaluated": "step loss bits_per_byte",
    "SampleWritten": "step prompt text",
    "CheckpointSaved": "step checkpoint",
    "Warned": "message",
    "RunFinished": "outcome step best_step message",
    "TextPiece": "index text",
    "TextGenerated": "index text tokens elapsed_s first_token_s seed stop_reason",
}


@pytest.mark.parametrize("name", frozen)
def test_names_and_fields_are_kept(name: str) -> None:
    assert set(frozen[name].split()) <= set(events.kinds[name].__dataclass_fields__)


def test_events_are_frozen_and_slotted() -> None:
    for kind in events.kinds.values():
        assert kind.__dataclass_params__.frozen and "__slots__" in vars(kind), kind  # type: ignore[union-attr]
