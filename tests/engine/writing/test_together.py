"""Several people's texts, begun and ended at different times, are those that each would get alone."""

import pytest

from textgen_gui.engine.core import events, library
from textgen_gui.engine.core.errors import EngineError
from textgen_gui.engine.core.generation_config import GenerateConfig
from textgen_gui.engine.core.project import Checkpoint
from textgen_gui.engine.writing import generate
from textgen_gui.engine.writing.generate import Batch
from textgen_gui.engine.writing.session import WritingSession, open_session
from textgen_gui.engine.writing.together import Together

from ...conftest import never

ASKED = (
    ("The old man", GenerateConfig(seed=1, max_new_tokens=90, temperature=1.0)),
    ("She opened the window, and the wind came in from the ", GenerateConfig(seed=2, max_new_tokens=30, n=3)),
    ("A", GenerateConfig(seed=3, max_new_tokens=60, repetition_penalty=1.2, top_k=20, temperature=1.2)),
    ("It was day", GenerateConfig(seed=4, max_new_tokens=20, temperature=0.0)),
    ("", GenerateConfig(seed=5, max_new_tokens=25, mirostat=4.0, n=2)),
)


@pytest.fixture
def session(little_starter: library.LibraryModel) -> WritingSession:
    return open_session(Checkpoint(little_starter.folder))


def batches(session: WritingSession, prompt: str, config: GenerateConfig) -> list[Batch]:
    begun = generate.begin(session.weights, session.tokenizer, prompt, config)
    return [Batch(session.weights, session.tokenizer, one, config, begun.seed, 0) for one in begun.openings]


def test_each_gets_what_it_would_alone(session: WritingSession) -> None:
    together = Together(session.weights, session.tokenizer.get_vocab_size())
    texts: dict[tuple[int, int], str] = {}
    whose: dict[int, int] = {}
    waiting = list(enumerate(ASKED))
    kept: list[Batch] = []  # an id is one of its own only as long as nothing is thrown away
    steps = 0
    while waiting or together.batches:
        if waiting and steps % 5 == 0:
            number, (prompt, config) = waiting.pop(0)
            for batch in batches(session, prompt, config):
                whose[id(batch)] = number
                kept.append(batch)
                together.add(batch)
        for step in together.step():
            for event in step.happened:
                if isinstance(event, events.TextGenerated):
                    texts[whose[id(step.batch)], event.index] = event.text
        steps += 1
    for number, (prompt, config) in enumerate(ASKED):
        for event in session.write(prompt, config, never):
            if isinstance(event, events.TextGenerated):
                assert texts.pop((number, event.index)) == event.text, (number, event.index)
    assert not texts


def test_who_leaves_or_fails_disturbs_nobody(session: WritingSession, monkeypatch: pytest.MonkeyPatch) -> None:
    choose = Batch._choose
    (stays,), (leaves,), (fails,) = (batches(session, "The old man", ASKED[0][1]) for _ in range(3))
    together = Together(session.weights, session.tokenizer.get_vocab_size())
    for batch in (leaves, stays, fails):
        together.add(batch)
    for _ in range(4):
        list(together.step())
    together.remove(leaves)
    monkeypatch.setattr(
        type(fails), "_choose", lambda batch, scores: _damaged() if batch is fails else choose(batch, scores)
    )
    problems = [step.problem for step in together.step()]
    assert sum(problem is not None for problem in problems) == 1 and together.batches == [stays]
    while together.batches:
        told = [event for step in together.step() for event in step.happened]
    (ended,) = [event for event in told if isinstance(event, events.TextGenerated)]
    (alone,) = [e for e in session.write("The old man", ASKED[0][1], never) if isinstance(e, events.TextGenerated)]
    assert ended.text == alone.text


def _damaged(*_: object) -> None:
    raise EngineError("The model's weights are damaged.")
