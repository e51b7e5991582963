"""Which events are shown with the digits of who reads them."""

from collections.abc import Iterator

import pytest

from textgen_gui import words
from textgen_gui.engine.core import events
from textgen_gui.engine.core.errors import TextError
from textgen_gui.ui.parts.job_runner import failure_of
from textgen_gui.ui.parts.retold import in_users_numbers


@pytest.fixture(autouse=True)
def german() -> Iterator[None]:
    swapped = str.maketrans(",.", ".,")
    words.write_numbers_with(lambda value, decimals: f"{value:,.{decimals}f}".translate(swapped))
    yield
    words.write_numbers_with()


def ended(outcome: events.Outcome, message: str) -> events.RunFinished:
    return events.RunFinished(outcome, 1250, 1250, message)


def test_what_the_engine_made_of_numbers_also_in_lists() -> None:
    told = ended(events.Outcome.FINISHED, "Finished after 1,250 steps.")
    shown = ended(events.Outcome.FINISHED, "Finished after 1.250 steps.")
    assert in_users_numbers(told) == shown and in_users_numbers([told, 1]) == [shown, 1]


def test_nothing_that_may_hold_a_name() -> None:
    words_of_all = "Chapter 1.5 new.txt was left out."
    for event in (
        events.Warned(words_of_all, "Chapter 1.5 new.txt"),
        events.Progressed(words_of_all, 1, 2, 0),
        ended(events.Outcome.FAILED, words_of_all),
    ):
        assert in_users_numbers(event) is event and in_users_numbers([event]) == [event]
    assert failure_of(TextError(words_of_all)).sentence == words_of_all
