"""On what a model writes: what is faster by enough; and a receipt says it, so that its text comes out the same."""

import weakref
from collections.abc import Generator
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import pytest
import torch
from tokenizers import Tokenizer
from transformers import GPTNeoXConfig, GPTNeoXForCausalLM, PreTrainedModel

from textgen_gui.engine.core.config import Precision
from textgen_gui.engine.core.control import Stopped
from textgen_gui.engine.core.events import Progressed, Replayed, TextGenerated
from textgen_gui.engine.core.generation_config import GenerateConfig
from textgen_gui.engine.core.kept_texts import receipt_file
from textgen_gui.engine.core.project import Project, Run
from textgen_gui.engine.models import checkpoint as checkpoints
from textgen_gui.engine.models import decode
from textgen_gui.engine.models import model as models
from textgen_gui.engine.runtime import device, known_speeds
from textgen_gui.engine.writing import compute, receipt
from textgen_gui.engine.writing import session as sessions
from textgen_gui.engine.writing.compute import PROCESSOR, Compute
from textgen_gui.engine.writing.receipt import Written
from textgen_gui.engine.writing.session import open_session

from ...conftest import never, train_all
from ..runs import make_run, prepared_project

CARD, HALF = Compute("cuda", Precision.FP32), Compute("cuda", Precision.BF16)
OTHER = Compute("cpu", Precision.BF16)  # what stands for a card where there is none
config = GenerateConfig(max_new_tokens=20, seed=3)
Returned = TypeVar("Returned")


def told(happened: Generator[Progressed, None, Returned]) -> tuple[list[Progressed], Returned]:
    """What it says, and what it returns."""
    said = []
    while True:
        try:
            said.append(next(happened))
        except StopIteration as end:
            return said, end.value


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return prepared_project(tmp_path_factory.mktemp("compute"))


@pytest.fixture(scope="module")
def run(place: Project) -> Run:
    run = make_run(place)
    train_all(run)
    return run


@pytest.mark.parametrize(
    ("speeds", "chosen"),
    [
        ({PROCESSOR: 30.0}, PROCESSOR),
        ({PROCESSOR: 30.0, CARD: 33.0, HALF: 34.0}, PROCESSOR),  # a small model, which waits for the card
        ({PROCESSOR: 30.0, CARD: 90.0, HALF: 99.0}, CARD),  # fewer digits are not worth so little
        ({PROCESSOR: 30.0, CARD: 90.0, HALF: 150.0}, HALF),
        ({PROCESSOR: 30.0, CARD: 20.0, HALF: 40.0}, HALF),
        ({PROCESSOR: 30.0, CARD: 90.0}, CARD),  # the other one failed
    ],
)
def test_what_is_less_exact_has_to_be_faster_by_enough(speeds: dict[Compute, float], chosen: Compute) -> None:
    assert compute.fastest(speeds) == chosen


@pytest.mark.skipif(torch.cuda.is_available() or torch.backends.mps.is_available(), reason="a graphics card is here")
def test_without_a_card_nothing_is_measured(run: Run) -> None:
    session = open_session(run)
    assert (session.compute, compute.candidates(session.checkpoint.folder)) == (PROCESSOR, (PROCESSOR,))
    assert isinstance(session.weights, type(decode.weights(models.load(session.checkpoint.folder)[0])))
    assert session.chosen(run.project).computed_on == "" and not known_speeds.read()
    assert open_session(run, PROCESSOR) is session, "it is not read twice"


def test_what_was_measured_is_remembered(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compute, "candidates", lambda folder: (PROCESSOR, OTHER))
    folder = open_session(run, PROCESSOR).checkpoint.folder
    assert compute.remembered(folder) is None
    _, found = told(compute.measuring(models.load(folder)[0], folder, never))
    assert compute.remembered(folder) == found.compute and len(known_speeds.read()) == 2
    monkeypatch.setattr(compute, "fastest", lambda speeds: max(speeds, key=lambda one: one == OTHER))
    session = open_session(run)
    assert session.compute == OTHER and all(speed.tokens_per_s > 0 for speed in known_speeds.read().values())


@pytest.mark.skipif(torch.cuda.is_available() or torch.backends.mps.is_available(), reason="a graphics card is here")
def test_a_processor_takes_half_precision_for_large_models_that_came_in_it(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(device, "half_precision", lambda: Precision.BF16)
    folder = open_session(run, PROCESSOR).checkpoint.folder
    model, _ = models.load(folder)
    vars(model)["stored_dtype"] = torch.bfloat16
    checkpoints.save_to_write_with(model, tmp_path)
    assert compute.candidates(tmp_path) == (PROCESSOR,)
    monkeypatch.setattr(compute, "LARGE", 1)
    assert compute.candidates(tmp_path) == (PROCESSOR, OTHER) and compute.candidates(folder) == (PROCESSOR,)
    monkeypatch.setattr(device, "half_precision", lambda: None)
    assert compute.candidates(tmp_path) == (PROCESSOR,)


def test_only_weights_have_fewer_digits() -> None:
    """Of a family that runs through its own modules."""
    torch.manual_seed(1)
    sizes = {"hidden_size": 16, "intermediate_size": 24, "num_hidden_layers": 1, "num_attention_heads": 2}
    model = GPTNeoXForCausalLM(GPTNeoXConfig(**sizes, vocab_size=50, max_position_embeddings=32)).eval()
    before = {name: buffer.clone() for name, buffer in model.named_buffers()}
    compute.weights(model, OTHER)
    assert {parameter.dtype for parameter in model.parameters()} == {torch.bfloat16}
    assert before and all(torch.equal(buffer, before[name]) for name, buffer in model.named_buffers())


def test_a_receipt_says_it_and_replays_on_it(run: Run, place: Project) -> None:
    texts, files = [], list[Path]()
    for wanted in (PROCESSOR, OTHER):
        session = open_session(run, wanted)
        happened = list(session.write("The", config, never))
        texts.append(next(event.text for event in happened if isinstance(event, TextGenerated)))
        one = Written("The", config, 0, session.chosen(place), texts[-1])
        files.append(place.folder / receipt.keep(place, [one], "The" + texts[-1]).file)
    said = [list(receipt.replay(file, never))[-1] for file in files]
    assert all(isinstance(one, Replayed) and one.same == 1 and "instead" not in one.message for one in said)
    heads = [receipt_file(file).read_text() for file in files]
    assert ['computed_on = "cpu bf16"' in head for head in heads] == [False, True]


def test_a_card_that_is_not_here_is_named(run: Run, place: Project) -> None:
    assert (
        compute.named("elsewhere bf16")
        == compute.named("cpu auto")
        == compute.named("cpu fp16")
        == compute.named("")
        == PROCESSOR
    )
    session = open_session(run, PROCESSOR)
    text = next(e.text for e in session.write("The", config, never) if isinstance(e, TextGenerated))
    model = replace(session.chosen(place), computed_on="elsewhere bf16")
    file = place.folder / receipt.keep(place, [Written("The", config, 0, model, text)], "The" + text).file
    said = list(receipt.replay(file, never))[-1]
    assert isinstance(said, Replayed) and "the processor instead of elsewhere bf16" in said.message


@pytest.fixture
def choice(monkeypatch: pytest.MonkeyPatch) -> None:
    """Between two, of which the second is faster."""
    monkeypatch.setattr(compute, "candidates", lambda folder: (PROCESSOR, OTHER))
    monkeypatch.setattr(compute, "fastest", lambda speeds: max(speeds, key=lambda one: one == OTHER))


@pytest.mark.usefixtures("choice")
@pytest.mark.parametrize("fails", [False, True])
def test_a_model_that_is_measured_is_read_once(place: Project, monkeypatch: pytest.MonkeyPatch, fails: bool) -> None:
    """And once more where what failed left it with fewer digits; that is not remembered."""
    fresh, load, alive = make_run(place), models.load, list[weakref.ref[PreTrainedModel]]()
    train_all(fresh)

    def loaded(folder: Path) -> tuple[PreTrainedModel, Tokenizer]:
        assert not any(one() for one in alive), "there is room for one"
        model, tokenizer = load(folder)
        alive.append(weakref.ref(model))
        return model, tokenizer

    def weights(model: PreTrainedModel, on: Compute, exact: decode.Weights | None = None) -> decode.Weights:
        if fails and on == OTHER:
            model.bfloat16()
            raise RuntimeError("no such operation")
        return wanted(model, on, exact)

    wanted = compute.weights
    monkeypatch.setattr(models, "load", loaded)
    monkeypatch.setattr(compute, "weights", weights)
    session = open_session(fresh)
    assert open_session(fresh) is session and len(alive) == (2 if fails else 1)
    assert session.compute == (PROCESSOR if fails else OTHER)
    same = compute.weights(load(session.checkpoint.folder)[0], session.compute)
    ids = torch.arange(5)[None]
    assert torch.equal(*(decode.Decoder(one, 8).logits(ids) for one in (session.weights, same)))


@pytest.mark.usefixtures("choice")
def test_opening_says_what_takes_its_time_and_can_be_stopped(place: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sessions, "LONG", 1)
    fresh = make_run(place)
    train_all(fresh)
    asked = iter([False, False, False, True])
    with pytest.raises(Stopped):
        told(sessions.opening(fresh, lambda: next(asked)))
    assert not known_speeds.read()
    happened, opened = told(sessions.opening(fresh, never))
    tried = "Trying how it writes fastest"
    assert [(event.stage, event.done, event.total) for event in happened] == [
        ("Reading the model", 0, 0),
        (tried, 0, 2),
        (tried, 1, 2),
    ]
    assert opened.compute == OTHER and len(known_speeds.read()) == 2
    assert told(sessions.opening(fresh, never)) == ([], opened)


def test_a_card_that_is_full_now_leaves_it_to_the_processor(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def weights(model: PreTrainedModel, on: Compute, exact: decode.Weights | None = None) -> decode.Weights:
        if on != PROCESSOR:
            raise torch.OutOfMemoryError("Tried to allocate 20 MiB")
        return wanted(model, on)

    wanted = compute.weights
    monkeypatch.setattr(compute, "weights", weights)
    monkeypatch.setattr(compute, "remembered", lambda folder: HALF)
    session = open_session(run)
    assert session.compute == PROCESSOR and session.chosen(run.project).computed_on == ""


def test_half_precision_that_overflows_is_not_taken(run: Run) -> None:
    model, _ = models.load(open_session(run, PROCESSOR).checkpoint.folder)
    half = Compute("cpu", Precision.FP16)
    compute.weights(model, half)
    for name, parameter in model.named_parameters():
        parameter.data = parameter.data.float() * (2e4 if "proj" in name else 1)
    with pytest.raises(RuntimeError, match="overflow"):
        compute.weights(model, half)
