"""Speeds are measured once for a machine and a shape."""

import time
from dataclasses import replace

import pytest

from textgen_gui.engine.core.config import ModelConfig, RunConfig
from textgen_gui.engine.core.home import home
from textgen_gui.engine.runtime import device
from textgen_gui.engine.training import measure, measured


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    made: list[int] = []

    def tokens_per_s(config: RunConfig, vocabulary: int) -> float:
        made.append(config.model.width)
        return 1000.0 * len(made)

    monkeypatch.setattr(measure, "tokens_per_s", tokens_per_s)
    return made


def test_the_same_shape_is_measured_once(calls: list[int]) -> None:
    small, large = RunConfig(), RunConfig(model=ModelConfig(width=256))
    assert measured.tokens_per_s(small, 1000) == measured.tokens_per_s(small, 1001) == 1000
    assert measured.tokens_per_s(large, 1000) == 2000 and measured.tokens_per_s(small, 8000) == 3000
    assert calls == [128, 256, 128]
    batch = replace(small, train=replace(small.train, batch=64))
    assert measured.tokens_per_s(batch, 1000) == 4000
    assert measured.tokens_per_s(small, 1000) == 1000, "what came later forgets nothing"


def test_what_was_measured_long_ago_is_measured_again(calls: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    measured.tokens_per_s(RunConfig(), 1000)
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + measured.VALID_S + 1)
    assert measured.tokens_per_s(RunConfig(), 1000) == 2000


@pytest.mark.parametrize("nonsense", ["", "[1]", '{"a": 1}', '{"a": ["b", "c"]}', "\x00"])
def test_a_damaged_file_only_costs_a_measuring(calls: list[int], nonsense: str) -> None:
    (home() / "speeds.json").write_text(nonsense, encoding="utf-8")
    assert measured.tokens_per_s(RunConfig(), 1000) == measured.tokens_per_s(RunConfig(), 1000) == 1000


def test_another_machine_measures_itself(calls: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    measured.tokens_per_s(RunConfig(), 1000)
    monkeypatch.setattr(device, "describe", lambda: "another machine")
    assert measured.tokens_per_s(RunConfig(), 1000) == 2000


def test_a_real_measuring_takes_little_time() -> None:
    started = time.perf_counter()
    assert measured.tokens_per_s(RunConfig(), 500) > 0
    assert time.perf_counter() - started < 8
