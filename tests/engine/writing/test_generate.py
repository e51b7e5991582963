"""Writing: equal to transformers where it is greedy, samplers by their definition, streams without torn characters."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise

import pytest
import torch

from textgen_gui.engine.core import events
from textgen_gui.engine.core.errors import CheckpointError, ConfigError, EngineError
from textgen_gui.engine.core.events import TextGenerated, TextPiece
from textgen_gui.engine.core.generation_config import GenerateConfig
from textgen_gui.engine.core.project import Run
from textgen_gui.engine.models import decode
from textgen_gui.engine.models import model as models
from textgen_gui.engine.models.checkpoint import best
from textgen_gui.engine.text import tokenizer as tokenizers
from textgen_gui.engine.writing.generate import write
from textgen_gui.engine.writing.session import open_session

from ...conftest import never, story

greedy = GenerateConfig(temperature=0.0, max_new_tokens=12, seed=1)


def test_it_writes_far_beyond_the_context(trained: Run) -> None:
    done = list(open_session(trained).write("The", replace(greedy, max_new_tokens=100), never))[-1]
    assert isinstance(done, TextGenerated)
    assert done.tokens == 100 or done.stop_reason == "end of text"


def test_the_same_seed_writes_the_same_text_whatever_is_beside_it(trained: Run) -> None:
    config = GenerateConfig(max_new_tokens=20, seed=7)
    texts = []
    for n in (1, 3, 40):
        done = open_session(trained).write("The", replace(config, n=n), never)
        texts.append([event.text for event in sorted(_finished(done), key=lambda event: event.index)])
    assert texts[0] == texts[1][:1] == texts[2][:1] and texts[1] == texts[2][:3]
    assert len(set(texts[2])) > 30


def _finished(happened: object) -> list[TextGenerated]:
    return [event for event in happened if isinstance(event, TextGenerated)]  # type: ignore[attr-defined]


def test_writing_leaves_the_global_generator_alone(trained: Run) -> None:
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    list(open_session(trained).write("The", GenerateConfig(max_new_tokens=5, seed=0), never))
    assert torch.equal(torch.rand(3), expected)


def test_seed_zero_takes_a_new_one_and_tells_it(trained: Run) -> None:
    config = GenerateConfig(max_new_tokens=10)
    first = _finished(open_session(trained).write("The", config, never))[0]
    again = _finished(open_session(trained).write("The", replace(config, seed=first.seed), never))[0]
    assert first.seed > 0 and first.text == again.text


def test_pieces_add_up_to_the_text(trained: Run) -> None:
    happened = list(open_session(trained).write("The", GenerateConfig(max_new_tokens=60, n=2, temperature=2.0), never))
    for done in _finished(happened):
        pieces = [event.text for event in happened if isinstance(event, TextPiece) and event.index == done.index]
        assert "".join(pieces) == done.text


def test_stopping_keeps_what_is_written(trained: Run) -> None:
    asked = 0

    def stop() -> bool:
        nonlocal asked
        asked += 1
        return asked > 3

    done = _finished(open_session(trained).write("The", GenerateConfig(max_new_tokens=1000, seed=1), stop))[0]
    assert done.stop_reason == "stopped" and done.tokens == 4


def test_a_prompt_longer_than_the_context_goes_on_from_its_end(trained: Run) -> None:
    happened = list(open_session(trained).write(story(500), replace(greedy, max_new_tokens=3), never))
    assert isinstance(happened[0], events.Warned)
    assert "longer than this model can look back on. It goes on from the last" in happened[0].message
    assert "tokens" not in happened[0].message
    assert _finished(happened)[0].tokens == 3 or _finished(happened)[0].stop_reason == "end of text"


def test_impossible_settings_are_told(trained: Run) -> None:
    with pytest.raises(ConfigError, match=r"temperature is -1.*n is 0"):
        open_session(trained).write("", GenerateConfig(temperature=-1.0, n=0), never)


@pytest.mark.parametrize(
    ("file", "content", "words"),
    [
        (
            "config.json",
            '{"auto_map": {"AutoModelForCausalLM": "evil.Model"}, "model_type": "llama"}',
            "own program code",
        ),
        ("config.json", "not json", "no readable config"),
        ("model.safetensors", "rubbish", "cannot be loaded"),
        ("tokenizer.json", '{"model": 3}', "tokenizer"),
    ],
)
def test_damaged_or_dangerous_models_are_refused(trained: Run, file: str, content: str, words: str) -> None:
    folder = trained.checkpoints()[-1].folder
    (folder / file).write_text(content)
    with pytest.raises(EngineError, match=words):
        models.load(folder)


def test_missing_weights_are_refused_by_name(trained: Run) -> None:
    from safetensors.torch import load_file, save_file

    file = trained.checkpoints()[-1].folder / "model.safetensors"
    weights = load_file(file)
    del weights["model.embedding_norm.weight"]
    save_file(weights, file, metadata={"format": "pt"})
    with pytest.raises(CheckpointError, match=r"model\.embedding_norm\.weight"):
        models.load(file.parent)


def test_pickled_weights_are_never_opened(trained: Run, tmp_path: object) -> None:
    folder = trained.checkpoints()[-1].folder
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")
    with pytest.raises(CheckpointError, match="safetensors"):
        models.load(folder)


def test_weights_that_are_not_finite_give_a_sentence(new_run: Callable[..., Run], trained: Run) -> None:
    model, tokenizer = models.load(best(trained).folder)
    torch.nn.init.constant_(model.get_input_embeddings().weight, float("nan"))
    with pytest.raises(EngineError, match="not finite"):
        list(write(decode.weights(model), tokenizer, "The", greedy, never))


def test_training_may_run_beside_it_and_is_not_disturbed(new_run: Callable[..., Run]) -> None:
    from textgen_gui.engine.training.train import train

    alone, beside = new_run(), new_run()
    list(train(alone, never))
    for event in train(beside, never):
        if isinstance(event, events.CheckpointSaved):
            list(open_session(beside.checkpoints()[-1]).write("The", GenerateConfig(max_new_tokens=9), never))
    weights = [run.checkpoint(12).folder / "model.safetensors" for run in (alone, beside)]
    assert weights[0].read_bytes() == weights[1].read_bytes()


def test_a_million_tokens_can_be_asked_and_stopped(trained: Run) -> None:
    asked = 0

    def stop() -> bool:
        nonlocal asked
        asked += 1
        return asked > 300

    config = GenerateConfig(max_new_tokens=1_000_000, min_new_tokens=1_000_000, n=2, seed=1)
    happened = list(open_session(trained).write("The", config, stop))
    assert [done.stop_reason for done in _finished(happened)] == ["stopped"] * 2
    moved = [event.tokens for event in happened if isinstance(event, events.WindowMoved)]
    assert moved and all(later - earlier == 9 for earlier, later in pairwise(moved))
    with pytest.raises(ConfigError, match=r"max_new_tokens is 1000001"):
        open_session(trained).write("", GenerateConfig(max_new_tokens=1_000_001), never)


def test_a_checkpoint_that_is_deleted_while_it_writes_does_not_matter(trained: Run) -> None:
    folder = best(trained).folder
    happened = open_session(trained).write("The", GenerateConfig(max_new_tokens=30, min_new_tokens=30, seed=1), never)
    next(happened)
    shutil.rmtree(folder)
    assert _finished(happened)[0].tokens == 30


def test_a_vocabulary_that_does_not_fit_is_refused(trained: Run) -> None:
    folder = best(trained).folder
    tokenizer = tokenizers.load(folder / "tokenizer.json")
    tokenizer.add_special_tokens([f"<{number}>" for number in range(500)])
    tokenizer.save(str(folder / "tokenizer.json"))
    with pytest.raises(CheckpointError, match="more tokens than the model knows"):
        models.load(folder)


def test_extremes_still_write(trained: Run) -> None:
    for change in ({"top_p": 0.0}, {"min_p": 1.0}, {"top_k": 1}, {"temperature": 2.0, "top_k": 1000}):
        config = replace(GenerateConfig(max_new_tokens=5, min_new_tokens=5, seed=1), **change)
        assert _finished(open_session(trained).write("", config, never))[0].tokens == 5


def test_only_some_of_the_texts(trained: Run) -> None:
    config = GenerateConfig(max_new_tokens=12, n=9, seed=7)
    whole = {done.index: done.text for done in _finished(open_session(trained).write("The", config, never))}
    some = open_session(trained).write("The", config, never, only=range(4, 6))
    assert {done.index: done.text for done in _finished(some)} == {index: whole[index] for index in (4, 5)}


def test_alternatives_are_the_models_own_probabilities(trained: Run) -> None:
    config = GenerateConfig(max_new_tokens=4, min_new_tokens=4, seed=7, temperature=0.5, top_k=3, natural_start=False)
    happened = list(open_session(trained).write("The", config, never, alternatives=5))
    tokens = [event for event in happened if isinstance(event, events.TokenChosen)]
    model, tokenizer = models.load(best(trained).folder)
    ids = [0, *tokenizer.encode("The").ids]
    for event in tokens:
        with torch.no_grad():
            shares = model(torch.tensor([ids])).logits[0, -1].softmax(-1)
        assert event.probability == pytest.approx(float(shares[event.token]), rel=1e-3)
        likeliest = shares.topk(5)
        assert [share for _, share in event.alternatives] == pytest.approx(likeliest.values.tolist(), rel=1e-3)
        assert event.token in likeliest.indices.tolist()
        ids.append(event.token)
