"""A text that has its length ends at the end of a sentence or a paragraph, where that is wished."""

from dataclasses import replace

import pytest

from textgen_gui.engine.core.events import TextGenerated, TextPiece
from textgen_gui.engine.core.generation_config import GenerateConfig, TextEnd
from textgen_gui.engine.core.project import Run
from textgen_gui.engine.writing.endings import cut_back
from textgen_gui.engine.writing.session import open_session

from ...conftest import never
from .conftest import learnt_run

drawn = GenerateConfig(max_new_tokens=9, seed=3)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    paragraphs = "\n\n".join(["The old horse slept in the garden. “Mr. Fox fell,” he said. And nobody saw it."] * 300)
    return learnt_run(tmp_path_factory.mktemp("endings"), paragraphs, steps=220)


def written(run: Run, config: GenerateConfig) -> list[TextGenerated]:
    happened = list(open_session(run).write("The old", config, never))
    done = [event for event in happened if isinstance(event, TextGenerated)]
    for one in done:
        pieces = [event.text for event in happened if isinstance(event, TextPiece) and event.index == one.index]
        assert "".join(pieces) == one.text, "a piece that was shown is never taken back"
    return done


@pytest.mark.parametrize("length", range(1, 30))
def test_a_text_goes_on_to_the_end_of_its_sentence(run: Run, length: int) -> None:
    """Wherever its length is reached: in a word, at a full stop, behind it, before the mark that closes."""
    config = replace(drawn, max_new_tokens=length)
    (before,), (one,) = written(run, config), written(run, replace(config, end=TextEnd.SENTENCE))
    assert one.text.startswith(before.text.rstrip()) and one.stop_reason == "length"
    assert one.text.rstrip().endswith(("garden.", "said.", "it.")), one.text


@pytest.mark.parametrize("length", [1, 5, 20])
def test_a_text_goes_on_to_the_end_of_its_paragraph(run: Run, length: int) -> None:
    (one,) = written(run, replace(drawn, max_new_tokens=length, end=TextEnd.PARAGRAPH))
    assert one.text.endswith("nobody saw it."), one.text


def test_many_texts_end_each_at_its_own_end(run: Run) -> None:
    config = replace(drawn, n=7, end=TextEnd.SENTENCE)
    assert all(one.text.rstrip().endswith(".") for one in written(run, config))


def test_a_text_without_an_end_is_not_waited_for_for_ever(run: Run) -> None:
    config = replace(drawn, end=TextEnd.SENTENCE, banned=("*.*", "*\\n*", "*!*", "*?*"))
    (one,) = written(run, config)
    assert one.tokens == drawn.max_new_tokens + 100


def test_beams_are_cut_back_to_the_last_end(run: Run) -> None:
    (one,) = written(run, replace(drawn, beams=2, max_new_tokens=16, end=TextEnd.SENTENCE))
    assert one.text.endswith(("garden.", "said.", "it.")), one.text


@pytest.mark.parametrize(
    ("text", "sentence", "paragraph"),
    [
        ("One day. “Go!” Then he", "One day. “Go!”", "One day. “Go!” Then he"),
        ("He met Mr. Fox and", "He met Mr. Fox and", "He met Mr. Fox and"),
        ("A line\n\nThe other one", "A line", "A line"),
        ("It was 3.14 then", "It was 3.14 then", "It was 3.14 then"),
        ("He left.\nAnd she", "He left.", "He left."),
        ("他走了。她", "他走了。", "他走了。她"),
    ],
)
def test_what_an_end_is(text: str, sentence: str, paragraph: str) -> None:
    assert cut_back(text, TextEnd.SENTENCE) == sentence
    assert cut_back(text, TextEnd.PARAGRAPH) == paragraph
    assert cut_back(text, TextEnd.ANYWHERE) == text
