"""The next words, as they would be typed."""

from textgen_gui.engine.core.project import Run
from textgen_gui.engine.writing.session import open_session


def words(run: Run, before: str, count: int = 3) -> list[str]:
    return [word for word, _ in open_session(run).suggest(before, count).words]


def test_the_next_words_are_offered_as_they_would_be_typed(animals_run: Run) -> None:
    assert set(words(animals_run, "The old")) == {" horse", " house", " hound"}
    assert set(words(animals_run, "The old ")) == {"horse", "house", "hound"}
    assert words(animals_run, "The old horse", 1) == [" slept"]
    shares = [share for _, share in open_session(animals_run).suggest("The old", 3).words]
    assert shares == sorted(shares, reverse=True) and 0.8 < sum(shares) <= 1.001


def test_a_word_that_is_begun_is_finished(animals_run: Run) -> None:
    assert set(words(animals_run, "The old ho", 3)) == {"rse", "use", "und"}
    assert words(animals_run, "The old hou", 1)[0] in ("se", "nd")
    assert words(animals_run, "The old horse sl", 1) == ["ept"]


def test_nothing_fits_what_cannot_be_gone_on_with(animals_run: Run) -> None:
    open_session(animals_run).suggest("", 3)  # an empty page is no problem
    open_session(animals_run).suggest("zzqx" * 20, 3)
