"""The page of the writing desk on the disk."""

from textgen_gui.engine.core import bounded, draft, events
from textgen_gui.engine.core.draft import Done, Left
from textgen_gui.engine.core.events import StopReason
from textgen_gui.engine.core.generation_config import GenerateConfig
from textgen_gui.engine.core.project import Project


def test_a_page_of_years_can_be_read_another_day(place: Project) -> None:
    """All that models ever wrote was noted beside it, until the file was larger than any that is read."""
    model, event = events.ModelChosen("starter", "a"), events.TextGenerated(0, "да", 1, 1.0, 0.1, 7, StopReason.LENGTH)
    done = [Done(model, f"{number}{20_000 * 'ж'}", GenerateConfig(), event) for number in range(600)]
    draft.keep(place, Left("Call me", done))
    assert place.draft_file.stat().st_size < bounded.WRITINGS
    left = draft.load(place)
    assert left.page == "Call me" and list(left.done) == done[-len(left.done) :] and len(left.done) > 200


def test_a_long_prompt_of_many_texts_takes_no_room_from_others(place: Project) -> None:
    """Each text has it, and what the page needs was pushed out."""
    model, event = events.ModelChosen("starter", "a"), events.TextGenerated(0, "да", 1, 1.0, 0.1, 7, StopReason.LENGTH)
    page = [Done(model, f"{number}{20_000 * 'ж'}", GenerateConfig(), event) for number in range(200)]
    many = [Done(model, 20_000 * "ж", GenerateConfig(seed=seed), event) for seed in range(1000)]
    draft.keep(place, Left("", page, undecided=[*many, *page[:3]]))
    left = draft.load(place)
    assert list(left.done) == page and list(left.undecided) == [*many, *page[:3]]
    assert place.draft_file.stat().st_size < bounded.WRITINGS


def test_a_thousand_short_texts_can_be_read_another_day(place: Project) -> None:
    """Their settings take more than they do."""
    model, event = events.ModelChosen("starter", "a"), events.TextGenerated(0, "да", 1, 1.0, 0.1, 7, StopReason.LENGTH)
    done = 20_000 * [Done(model, "", GenerateConfig(), event)]
    draft.keep(place, Left("", done, undecided=done[:1000]))
    assert place.draft_file.stat().st_size < bounded.WRITINGS
    assert len(draft.load(place).undecided) == 1000
