"""Numbers as people say them."""

from collections.abc import Iterator

import pytest

from textgen_gui import words


@pytest.fixture
def german() -> Iterator[None]:
    swapped = str.maketrans(",.", ".,")
    words.write_numbers_with(lambda value, decimals: f"{value:,.{decimals}f}".translate(swapped))
    yield
    words.write_numbers_with()


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (words.number(1584), "1,584"),
        (words.number(0.8312, 2), "0.83"),
        (words.percent(0.834), "83%"),
        (words.count("text", 1), "1 text"),
        (words.count("text", 0), "0 texts"),
        (words.count("text", 1584), "1,584 texts"),
        (words.count("copy", 2, "copies"), "2 copies"),
        (words.duration(0.2), "0 s"),
        (words.duration(45), "45 s"),
        (words.duration(59.7), "1 min"),
        (words.duration(83), "1 min"),
        (words.duration(12_000), "3 h 20 min"),
        (words.size(1), "1 byte"),
        (words.size(34_200), "34 KB"),
        (words.size(1_234_567), "1.2 MB"),
        (words.size(5e12), "5.0 TB"),
        (words.rough(12_300), "12 thousand"),
        (words.rough(3_400_000), "3.4 million"),
    ],
)
def test_in_english(said: str, expected: str) -> None:
    assert said == expected


def test_all_numbers_follow_one_writing(german: None) -> None:
    said = (words.number(1584), words.count("text", 1584), words.size(1_234_567), words.rough(3.4e6), words.percent(12))
    assert said == ("1.584", "1.584 texts", "1,2 MB", "3,4 million", "1.200%")


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("Finished after 1,584 steps. The best was 0.25.", "Finished after 1.584 steps. The best was 0,25."),
        (
            "“002 1,000 steps” is kept in runs/002 1.5, step-000500.",
            "“002 1,000 steps” is kept in runs/002 1,5, step-000500.",
        ),
        ("In 2026, after 5e-05, Python 3.11.7 read 40% of 12.", "In 2026, after 5e-05, Python 3.11.7 read 40% of 12."),
    ],
)
def test_a_recorded_sentence_has_the_numbers_of_who_reads_it(german: None, said: str, expected: str) -> None:
    assert words.retold(said) == expected


def test_in_english_a_recorded_sentence_is_as_it_was() -> None:
    assert words.retold("Finished after 1,584 steps.") == "Finished after 1,584 steps."


@pytest.mark.parametrize(
    "said",
    [
        "Chapter 1.5.txt",
        "It is '1,250', \"1,250\", ‘1,250’ and “1,250”.",
        "step-000500",
        "v1.5b",
        "/a/1.500/b.txt",
    ],
)
def test_names_paths_and_quotations_stay(german: None, said: str) -> None:
    assert words.retold(said) == said
