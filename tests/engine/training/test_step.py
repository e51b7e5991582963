"""One step: in parts, in half precision, with clipped gradients and smoothed labels."""

import json
import math

import pytest
import torch

from textgen_gui.engine.core.errors import EngineError
from textgen_gui.engine.core.project import Project
from textgen_gui.engine.training import step as steps

from ...conftest import train_all
from ..runs import finished, losses, make_run, prepared_project, started


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return prepared_project(tmp_path_factory.mktemp("training"))


def test_a_batch_in_parts_teaches_what_it_teaches_at_once(place: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    whole, parts = make_run(place, "train.batch=6"), make_run(place, "train.batch=6")
    expected = train_all(whole)
    monkeypatch.setattr(steps, "free_memory", lambda: 4)  # room for one passage at a time, as on a small machine
    happened = train_all(parts)
    assert (started(expected).accumulation, started(happened).accumulation) == (1, 6)
    assert losses(happened) == pytest.approx(losses(expected), rel=1e-5)


@pytest.mark.parametrize("precision", ["bf16", "fp16"])
def test_half_precision_learns_too(place: Project, precision: str) -> None:
    exact, fast = (
        make_run(place, f"train.precision={one}", "train.label_smoothing=0.1") for one in ("fp32", precision)
    )
    first, second = losses(train_all(exact)), losses(train_all(fast))
    assert first != second and first == pytest.approx(second, abs=0.05)


@pytest.mark.parametrize("limit", [0.25, 0.0, 1000.0])
def test_gradients_are_clipped_to_the_limit(place: Project, monkeypatch: pytest.MonkeyPatch, limit: float) -> None:
    lengths: list[tuple[float, float]] = []  # before, as returned, and after
    whole = steps.Learner._clipped

    def clipped(self: steps.Learner, step: int, passages: torch.Tensor) -> tuple[float, float]:
        loss, norm = whole(self, step, passages)
        left = [p.grad for p in self._parameters if p.grad is not None]
        lengths.append((norm, float(torch.nn.utils.get_total_norm(left))))
        return loss, norm

    monkeypatch.setattr(steps.Learner, "_clipped", clipped)
    train_all(make_run(place, f"train.clip={limit}"))
    assert len(lengths) == 12 and all(before > 0.25 for before, _ in lengths)
    for before, after in lengths:
        assert after == pytest.approx(min(before, limit or math.inf), rel=1e-4)


def test_an_overflow_in_fp16_scales_the_loss_down_and_loses_no_step(
    place: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    run, scaled = (make_run(place, "train.precision=fp16", "train.clip=0") for _ in range(2))
    expected = losses(train_all(run))
    monkeypatch.setattr(steps, "FIRST_SCALE", 2.0**50)  # far beyond what gradients in fp16 can hold
    monkeypatch.setattr(steps, "SCALE_AGAIN", 3)
    assert losses(train_all(scaled)) == pytest.approx(expected, rel=1e-3)
    scales = [
        json.loads((c.folder / "training" / "state.json").read_text())["loss_scale"] for c in scaled.checkpoints()
    ]
    assert all(2.0**8 < scale < 2.0**40 for scale in scales)


def test_a_step_in_fp16_whose_loss_is_no_number_fails_at_once(place: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[int] = []
    whole = steps.Learner._gradients

    def gradients(self: steps.Learner, step: int, passages: torch.Tensor) -> torch.Tensor:
        tried.append(step)
        loss = whole(self, step, passages)
        for parameter in self._parameters if step == 3 else []:
            assert parameter.grad is not None
            parameter.grad.fill_(math.inf)
        return loss * (math.inf if step == 3 else 1)

    monkeypatch.setattr(steps.Learner, "_gradients", gradients)
    happened = train_all(make_run(place, "train.precision=fp16"))
    assert finished(happened).outcome == "failed" and "at step 3" in finished(happened).message
    assert tried.count(3) == 1


def test_label_smoothing_asks_for_less_certainty(place: Project) -> None:
    plain, smooth = make_run(place, "train.steps=1"), make_run(place, "train.steps=1", "train.label_smoothing=0.3")
    first, second = losses(train_all(plain)), losses(train_all(smooth))
    assert first != second and first == pytest.approx(second, rel=0.05)  # an untrained model knows nothing either way


def test_a_batch_that_processes_cannot_share_is_refused(place: Project) -> None:
    from textgen_gui.engine.training.step import micro_batch_for

    config = make_run(place, "train.batch=6").config()
    with pytest.raises(EngineError, match="batch of 6 passages cannot be shared by 4 processes"):
        micro_batch_for(config, 500, 4)
    assert micro_batch_for(config, 500, 2) == 3
