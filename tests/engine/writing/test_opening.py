"""How a text is joined to its prompt: half words and spaces at its end, and an empty page."""

import random
import re
from dataclasses import replace

import pytest
from tokenizers import Tokenizer, decoders

from textgen_gui.engine.core.config import ModelConfig
from textgen_gui.engine.core.events import TextGenerated, TextPiece
from textgen_gui.engine.core.generation_config import GenerateConfig
from textgen_gui.engine.core.project import Run
from textgen_gui.engine.models import decode
from textgen_gui.engine.models import model as models
from textgen_gui.engine.text import special_tokens
from textgen_gui.engine.text.special_tokens import SpecialTokens
from textgen_gui.engine.text.tokenizer import encode, train
from textgen_gui.engine.writing.opening import of_an_empty_page
from textgen_gui.engine.writing.session import open_session

from ...conftest import never, story
from .conftest import learnt_run

greedy = GenerateConfig(temperature=0.0, max_new_tokens=12, seed=1)
drawn = GenerateConfig(max_new_tokens=8, seed=3)


def written(run: Run, prompt: str, config: GenerateConfig, only: range | None = None) -> list[str]:
    """The texts, each of them equal to its pieces."""
    happened = list(open_session(run).write(prompt, config, never, only=only))
    done = sorted((e for e in happened if isinstance(e, TextGenerated)), key=lambda event: event.index)
    for one in done:
        pieces = [event.text for event in happened if isinstance(event, TextPiece) and event.index == one.index]
        assert "".join(pieces) == one.text
    return [one.text for one in done]


@pytest.mark.parametrize("config", [greedy, drawn, replace(greedy, beams=3)])
def test_a_prompt_that_ends_in_a_space_goes_on_with_a_word(animals_run: Run, config: GenerateConfig) -> None:
    (text,) = written(animals_run, "The old ", config)
    assert text.startswith(("horse slept", "house slept", "hound slept"))
    (before,) = written(animals_run, "The old ", replace(config, natural_start=False))
    assert before != text, "else this proves nothing"


@pytest.mark.parametrize("config", [greedy, drawn, replace(greedy, beams=3)])
def test_half_a_word_is_finished(animals_run: Run, config: GenerateConfig) -> None:
    assert written(animals_run, "The old horse slept in the gard", config)[0].startswith("en, and the rain")
    assert written(animals_run, "The old ho", config)[0][:3] in ("rse", "use", "und")
    assert written(animals_run, "The old hors", config)[0].startswith("e slept")


def test_a_whole_word_stays_and_what_follows_it_is_as_before(animals_run: Run) -> None:
    for prompt in ("The old horse", "The old horse slept in the garden,", "The", "The old horse slept\n"):
        for config in (greedy, drawn, replace(drawn, n=5)):
            assert written(animals_run, prompt, config) == written(
                animals_run, prompt, replace(config, natural_start=False)
            )


def test_many_texts_find_different_ends_for_a_word_as_each_alone(animals_run: Run) -> None:
    config = replace(drawn, n=24)
    texts = written(animals_run, "The old ho", config)
    assert {text[:3] for text in texts} == {"rse", "use", "und"}
    assert all(text[3:].startswith(" slept") for text in texts)
    for index in (0, 7, 23):
        assert written(animals_run, "The old ho", config, range(index, index + 1)) == [texts[index]]


def test_a_banned_word_does_not_come_in_by_the_back_door(animals_run: Run) -> None:
    texts = written(animals_run, "The old ho", replace(drawn, n=24, banned=("horse", "house")))
    assert {text[:3] for text in texts} == {"und"}


def test_a_stop_text_within_the_finished_word_ends_it(animals_run: Run) -> None:
    assert written(animals_run, "The old horse slept in the gard", replace(greedy, stop_texts=("n",))) == ["e"]


def test_letters_are_left_as_they_are(letters_run: Run) -> None:
    for prompt in ("The old ", "The old ho"):
        assert written(letters_run, prompt, drawn) == written(letters_run, prompt, replace(drawn, natural_start=False))


def test_an_empty_page_begins_as_texts_begin(long_run: Run) -> None:
    """It has learnt one long text, and so never what comes after the end of one."""
    config = replace(drawn, n=30, max_new_tokens=4)
    begins = [text[:3] for text in written(long_run, "", config)]
    assert all(begin in ("The", "One") for begin in begins), begins
    before = [text[:3] for text in written(long_run, "", replace(config, natural_start=False))]
    assert not all(begin in ("The", "One") for begin in before), "else this proves nothing"


def test_where_texts_begin_was_learnt_it_is_known(letters_of_many: Run) -> None:
    """Each line is a document: what stands at its beginning is what the model has seen there."""
    begins = [text[:5] for text in written(letters_of_many, "", replace(drawn, n=20, max_new_tokens=6))]
    assert all(begin.startswith("Dear") for begin in begins), begins


@pytest.mark.parametrize("begin", [r"[.,)] ?[a-z]{3}", r"\s[a-z]{3}"])
def test_a_form_that_begins_as_no_text_does_is_kept_on_an_empty_page(animals_run: Run, begin: str) -> None:
    for config in (drawn, replace(drawn, n=3)):
        for text in written(animals_run, "", replace(config, regex=begin)):
            assert re.fullmatch(begin, text)


def empty_page(tokenizer: Tokenizer) -> list[int]:
    """For a model that has learnt nothing."""
    shape = ModelConfig(layers=1, width=16, heads=2, context=32)
    return of_an_empty_page(decode.weights(models.build(shape, tokenizer.get_vocab_size(), 0, 1)), tokenizer)


def test_an_empty_page_is_an_empty_line_only_where_that_is_known_to_be_better() -> None:
    tokens = train([story()], 300, special_tokens=["<s>"])
    line = [int(number) for number in encode(tokens, ["\n"])[0]]
    assert empty_page(tokens) == line + line
    special_tokens.attach(tokens, SpecialTokens((1,), 1, (0,)))
    assert empty_page(tokens) == [1], "a begin token stands before every text, so it is known"


def test_an_empty_page_is_the_end_of_a_text_where_nobody_knows_what_tokens_say() -> None:
    tokens = train([story()], 300)
    tokens.decoder = decoders.Sequence([decoders.ByteLevel(), decoders.Strip(" ", 1, 0)])
    assert empty_page(tokens) == [0]


@pytest.fixture(scope="module")
def letters_run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return learnt_run(tmp_path_factory.mktemp("letters"), sentences(300), settings=["tokenizer=characters"], steps=40)


@pytest.fixture(scope="module")
def long_run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return learnt_run(tmp_path_factory.mktemp("long"), sentences(400))


@pytest.fixture(scope="module")
def letters_of_many(tmp_path_factory: pytest.TempPathFactory) -> Run:
    lines = "".join(f"Dear friend,\n{sentences(3, seed=seed)}\n<|endoftext|>\n" for seed in range(150))
    return learnt_run(tmp_path_factory.mktemp("many"), lines)


def sentences(count: int, seed: int = 1) -> str:
    """Paragraphs that begin in two ways and go on, after a comma, in others."""
    chance = random.Random(seed)
    begins, ends = ["The old horse slept", "One day it rained"], ["and we were glad", "but nobody saw it"]
    return "\n\n".join(f"{chance.choice(begins)}, {chance.choice(ends)}." for _ in range(count))
