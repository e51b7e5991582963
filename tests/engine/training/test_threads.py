"""Writing and training on one thread: each computes with the number of processor threads that its record states."""

from collections.abc import Iterator

import pytest
import torch

from textgen_gui import Model, Run, events
from textgen_gui.engine.core import project
from textgen_gui.engine.core.config import Pace
from textgen_gui.engine.runtime import device

from ..runs import make_run


@pytest.fixture(autouse=True)
def threads_of_before() -> Iterator[None]:
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


def test_who_writes_between_two_steps_leaves_training_its_threads(
    prepared: project.Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(device, "cores", lambda: 2)
    run = Run(make_run(prepared, "train.steps=6", "train.mark_every=2").folder)
    threads = []
    for event in run.train(pace=Pace.ALL):
        if isinstance(event, events.StepDone | events.Evaluated):
            threads.append(torch.get_num_threads())
        if isinstance(event, events.StepDone) and run.checkpoints():
            Model.load(run).write("It", max_new_tokens=2, seed=1)
    assert threads == [2] * 9


def test_who_trains_between_two_texts_leaves_writing_its_one_thread(trained: Run) -> None:
    model = Model.load(trained)
    model.write("It", max_new_tokens=2, seed=1)
    torch.set_num_threads(2)  # as training does
    model.write("It", max_new_tokens=2, seed=1)
    assert torch.get_num_threads() == 1  # which is what the receipt says
