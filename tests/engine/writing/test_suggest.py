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


def test_what_stands_after_a_word_decides_as_well(animals_run: Run) -> None:
    """“My” before “grandmother walked” was to become “I”: only what stands before it was looked at."""
    session = open_session(animals_run)
    shares = dict(session.suggest("The ", 9).words)
    between = dict(session.suggest("The ", 9, after=" horse slept").words)
    assert set(between) <= set(dict(session.suggest("The ", 24).words)) and sum(between.values()) <= 1.001
    assert max(between, key=between.__getitem__) == "old" and between["old"] > shares["old"]
    assert session.suggest("The ", 3, after="  ").words == session.suggest("The ", 3).words
    assert session.suggest("The old horse " * 300, 3, after=" slept" * 300).words, "longer than what it can see"
    assert session.suggest("", 3, after=" old horse").words
    session.suggest("zzqx" * 20, 3, after=" slept")  # nothing fits that
