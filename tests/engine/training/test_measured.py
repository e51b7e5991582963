"""Speeds are measured once for a machine and a shape."""

import itertools
import json
import time
from collections.abc import Sequence
from dataclasses import replace
from types import SimpleNamespace

import psutil
import pytest
import torch

from textgen_gui.engine.core import events
from textgen_gui.engine.core.config import ModelConfig, Precision, RunConfig, TrainConfig
from textgen_gui.engine.core.control import Ask, never
from textgen_gui.engine.core.errors import MemoryShortError
from textgen_gui.engine.core.home import home
from textgen_gui.engine.core.presets import presets
from textgen_gui.engine.core.project import Project, Run
from textgen_gui.engine.runtime import device, known_speeds
from textgen_gui.engine.training import measure, measured
from textgen_gui.engine.training.plan import measure_presets
from textgen_gui.engine.training.texts import open_texts
from textgen_gui.engine.training.train import train

from ..runs import make_run


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """What was measured, by width; the machine is calm, whatever else it does."""
    made: list[int] = []
    monkeypatch.setattr(device, "product_s", lambda: 0.005)

    def speeds(
        config: RunConfig, vocabulary: int, tried: Sequence[Precision], stop: Ask, longest_s: float | None
    ) -> dict[Precision, float]:
        made.append(config.model.width)
        return {precision: 1000.0 * len(made) + number for number, precision in enumerate(tried)}

    monkeypatch.setattr(measure, "speeds", speeds)
    return made


def tokens_per_s(config: RunConfig, vocabulary: int) -> float:
    return measured.speeds(config, vocabulary, [Precision.FP32])[Precision.FP32]


def test_speeds_are_compared_where_they_were_measured_together(calls: list[int]) -> None:
    both = [Precision.FP32, Precision.BF16]
    assert measured.speeds(RunConfig(), 1000, both) == measured.speeds(RunConfig(), 1000, both)
    assert measured.speeds(RunConfig(), 1000, both[1:]) == {Precision.BF16: 1001} and len(calls) == 1
    other = RunConfig(model=ModelConfig(width=256))
    measured.speeds(other, 1000, both[:1])
    assert measured.speeds(other, 1000, both) == {Precision.FP32: 3000, Precision.BF16: 3001}


def test_precisions_are_tried_in_turn_and_the_second_only_while_there_is_time(monkeypatch: pytest.MonkeyPatch) -> None:
    both, tried = [Precision.FP32, Precision.BF16], list[Precision]()

    def timed(trial: measure.Trial) -> measure.Timed:
        tried.append(trial.precision)
        return measure.Timed(0.1 if trial.precision == Precision.FP32 else 0.05, 0.1 / len(tried))

    monkeypatch.setattr(measure.Trial, "timed", timed)
    monkeypatch.setattr(device, "choose_threads", lambda *_, **__: 1)
    found = measure.speeds(RunConfig(model=ModelConfig(width=16, heads=1)), 300, both)
    assert tried == measure.ROUNDS * both and 1 < found[Precision.BF16] / found[Precision.FP32] < 2
    monkeypatch.setattr(measure, "LONGEST_S", -1.0)
    assert measure.speeds(RunConfig(model=ModelConfig(width=16, heads=1)), 300, both).keys() == {Precision.FP32}


def test_a_large_model_is_tried_in_the_precision_whose_products_are_faster(monkeypatch: pytest.MonkeyPatch) -> None:
    both = [Precision.FP32, Precision.BF16]
    took = {Precision.FP32: 0.010, Precision.BF16: 0.008}
    monkeypatch.setattr(device, "product_s", lambda precision=Precision.FP32: took[precision])
    assert measure.by_products(both, 1.15) == Precision.BF16
    assert measure.by_products(both, 1.3) == measure.by_products(both[:1], 1.15) == Precision.FP32, "at a tie"


def test_the_update_of_a_large_model_is_told_by_a_part_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    config = RunConfig(model=ModelConfig(width=64, heads=2), train=TrainConfig(batch=1))
    assert not measure.Trial(config, 4000)._left_out
    monkeypatch.setattr(measure, "LARGE", 1)
    monkeypatch.setattr(measure, "UPDATED", 50_000)
    trial = measure.Trial(config, 4000)
    trial()
    updated = [p for p, state in trial._optimizer.state.items() if state]
    assert 0 < sum(p.numel() for p in updated) <= 50_000
    assert trial._of_all == pytest.approx(trial.model.num_parameters() / sum(p.numel() for p in updated))


def test_the_same_shape_is_measured_once(calls: list[int]) -> None:
    small, large = RunConfig(), RunConfig(model=ModelConfig(width=256))
    assert tokens_per_s(small, 1000) == tokens_per_s(small, 1001) == 1000
    assert tokens_per_s(large, 1000) == 2000 and tokens_per_s(small, 8000) == 3000
    assert calls == [128, 256, 128]
    batch = replace(small, train=replace(small.train, batch=64))
    assert tokens_per_s(batch, 1000) == 4000
    assert tokens_per_s(small, 1000) == 1000, "what came later forgets nothing"


def test_what_was_measured_long_ago_is_measured_again(calls: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    tokens_per_s(RunConfig(), 1000)
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + known_speeds.VALID_S + 1)
    assert tokens_per_s(RunConfig(), 1000) == 2000


def test_what_was_measured_on_a_slower_machine_is_measured_again(
    calls: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """On battery, or hot, or beside a run in this process."""
    monkeypatch.setattr(device, "product_s", lambda: 0.05)
    assert tokens_per_s(RunConfig(), 1000) == tokens_per_s(RunConfig(), 1000) == 1000
    monkeypatch.setattr(device, "product_s", lambda: 0.005)
    assert tokens_per_s(RunConfig(), 1000) == tokens_per_s(RunConfig(), 1000) == 2000
    monkeypatch.setattr(device, "product_s", lambda: 0.006)
    assert tokens_per_s(RunConfig(), 1000) == 2000, "near enough"


def test_on_a_busy_machine_nothing_known_is_measured_again(calls: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    assert tokens_per_s(RunConfig(), 1000) == 1000
    with monkeypatch.context() as busy:
        busy.setattr(device, "product_s", lambda: 0.05)
        assert tokens_per_s(RunConfig(), 1000) == pytest.approx(100), "known, and slower by as much as a product is"
    assert tokens_per_s(RunConfig(), 1000) == 1000 and len(calls) == 1, "nobody waits for what is known"


def test_what_was_measured_in_a_hurry_is_good_enough_for_the_next_hurry_alone(calls: list[int]) -> None:
    def hurried() -> float:
        return measured.speeds(RunConfig(), 1000, [Precision.FP32], longest_s=3.0)[Precision.FP32]

    assert hurried() == 1000 == hurried()
    assert tokens_per_s(RunConfig(), 1000) == 2000 == tokens_per_s(RunConfig(), 1000)
    assert hurried() == 2000, "what was measured at leisure is better"


def test_a_run_begins_with_the_threads_that_its_planning_found(
    prepared: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They were chosen twice, which took longer than the rest of the start of a short run."""
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    monkeypatch.setattr(device, "cores", lambda: 2)
    monkeypatch.setattr(device, "product_s", lambda: 0.005)
    chosen: list[int] = []

    def choose_threads(work: object, rounds: int) -> int:
        chosen.append(rounds)
        torch.set_num_threads(2)
        return 2

    monkeypatch.setattr(device, "choose_threads", choose_threads)
    try:
        unplanned = make_run(prepared, "train.steps=1")
        assert threads_of(unplanned) == 2 and chosen == [device.ROUNDS], "nobody planned it"
        planned = make_run(prepared, "train.steps=1", "train.precision=fp32", name="planned")
        measured.speeds(planned.config(), open_texts(planned, planned.config()).prepared.vocabulary, [Precision.FP32])
        assert threads_of(planned) == 2 and len(chosen) == 2, "chosen once, for both"
        monkeypatch.setattr(device, "product_s", lambda: 0.05)
        assert threads_of(make_run(prepared, "train.steps=1", "train.precision=fp32", name="busy")) == 2
        assert len(chosen) == 3, "on a computer that is busy now it is looked at again"
    finally:
        torch.set_num_threads(1)


def threads_of(run: Run) -> int:
    return next(event.threads for event in train(run, never) if isinstance(event, events.RunStarted))


def test_what_was_measured_while_another_program_began_is_not_remembered(
    calls: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    looks = iter([0.005, 0.05, 0.005, 0.005, 0.005])  # before and after the first, and the second; before the third
    monkeypatch.setattr(device, "product_s", lambda: next(looks))
    assert [tokens_per_s(RunConfig(), 1000) for _ in range(3)] == [1000, 2000, 2000]


def test_looking_at_the_machine_takes_little_time_and_leaves_the_threads() -> None:
    torch.set_num_threads(1)
    started = time.perf_counter()
    assert 0 < device.product_s() < 1
    assert time.perf_counter() - started < 2 and torch.get_num_threads() == 1


@pytest.mark.parametrize("nonsense", ["", "[1]", '{"a": 1}', '{"a": ["b", "c"]}', "\x00", "Infinity", "NaN", "0", "-1"])
def test_a_damaged_file_only_costs_a_measuring(calls: list[int], nonsense: str) -> None:
    key = measured._key(RunConfig(), 1000, Precision.FP32)
    if nonsense.strip("-").isalnum():  # one of its numbers
        nonsense = json.dumps({key: ["n", time.time() - 1, 1.0, 1.0, 0.0]}).replace('"n"', nonsense)
    (home() / "speeds.json").write_text(nonsense, encoding="utf-8")
    assert tokens_per_s(RunConfig(), 1000) == tokens_per_s(RunConfig(), 1000) == 1000


def test_another_machine_measures_itself(calls: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    tokens_per_s(RunConfig(), 1000)
    monkeypatch.setattr(device, "describe", lambda: "another machine")
    assert tokens_per_s(RunConfig(), 1000) == 2000


def test_a_real_measuring_takes_little_time() -> None:
    started = time.perf_counter()
    assert tokens_per_s(RunConfig(), 500) > 0
    assert time.perf_counter() - started < 8


def test_measuring_the_presets_can_be_stopped_within_a_step() -> None:
    """Whoever closes the window does not wait until the large one is measured."""
    asked: list[float] = []

    def stop() -> bool:
        asked.append(time.monotonic())
        return len(asked) > 3

    assert list(measure_presets(300, stop)) == []
    assert len(asked) == 4 and max(b - a for a, b in itertools.pairwise(asked)) < 2.0


@pytest.mark.parametrize(("total", "advice"), [(8e9, "would not be enough"), (1e12, "or close other programs")])
def test_nobody_closes_programs_for_a_model_that_no_closing_makes_fit(
    monkeypatch: pytest.MonkeyPatch, total: float, advice: str
) -> None:
    monkeypatch.setattr(measure, "free_memory", lambda: 2_000_000_000)
    monkeypatch.setattr(psutil, "virtual_memory", lambda: SimpleNamespace(total=total))
    with pytest.raises(MemoryShortError, match=advice):
        measure.refuse_too_large(RunConfig(model=ModelConfig(width=8192, heads=64)), 300)


def test_nobody_waits_until_the_large_preset_is_measured(calls: list[int]) -> None:
    happened = measure_presets(1000, lambda: False)
    told = {event.preset: event.tokens_per_s for event in happened if isinstance(event, events.PresetMeasured)}
    assert calls == [64, 128, 256] and list(told) == list(presets)
    assert 0 < told["large"] < told["medium"] / 3
