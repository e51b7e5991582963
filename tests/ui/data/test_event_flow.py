"""Events come together where they come often, the time left is believable, and what was left out is one sentence."""

from textgen_gui.engine.core import events
from textgen_gui.engine.core.events import Event
from textgen_gui.ui.data.event_flow import LeftOut, TimeLeft, in_batches


def test_a_thousand_texts_come_in_a_few_batches_and_a_stage_at_once() -> None:
    texts: list[Event] = [events.TextRead(f"texts/{number}", "text", "utf-8", 1, 9) for number in range(1000)]
    learning = events.Progressed("Learning", 0, 0, 1.0)
    warned = events.Warned("Odd.")
    batches = list(in_batches([events.Progressed("Reading", 0, 9, 0.0), *texts, learning, warned]))
    assert [event for batch in batches for event in batch][1:-2] == texts
    assert len(batches) < 10 and batches[-2][-1] == learning and batches[-1] == [warned]


def progressed(done: int, elapsed_s: float, total: int = 1000, stage: str = "Reading") -> events.Progressed:
    return events.Progressed(stage, done, total, elapsed_s)


def test_the_time_left_is_that_of_the_stage() -> None:
    left = TimeLeft()
    assert left.seconds(progressed(0, 100.0)) is None
    assert left.seconds(progressed(100, 101.0)) is None, "a second tells nothing"
    assert left.seconds(progressed(500, 105.0)) == 5
    assert left.seconds(progressed(10, 105.1, stage="Tokens")) is None
    assert left.seconds(events.Progressed("Learning", 0, 0, 120.0)) is None


def test_a_large_file_after_small_ones_is_believed() -> None:
    """3,000 small files in 60 seconds, then a large one at another speed: minutes at most, never hours."""
    left, total = TimeLeft(), 3_000 * 21_000 + 300_000_000
    for number in range(3000):
        told = left.seconds(progressed(number * 21_000, number * 0.02, total))
        assert told is None or told < 600
    for part in range(1, 31):
        told = left.seconds(progressed(3000 * 21_000 + part * 10_000_000, 60 + part, total))
    assert told == 0
    assert len(left._seen) < 2000


def test_one_file_is_told_by_its_own_sentence() -> None:
    assert not LeftOut().sentence
    left_out = LeftOut()
    left_out.add(events.Warned("Something."))
    left_out.add_unusable(events.TextRead("texts/a.txt", "", "", 0, 0, ("a.txt is empty.",)))
    assert left_out.sentence == "a.txt is empty. Something."
    assert not left_out.details
    left_out.add(events.Warned("b.jpg was left out.", "b.jpg"))
    assert left_out.sentence == "2 files were left out or cannot be used: a.txt, b.jpg. Something."
    assert str(left_out.details) == "a.txt is empty.\nb.jpg was left out."
