"""Garbage is collected on the window's thread, and never in a round that would hold it up."""

import gc
import threading
import weakref
from collections.abc import Iterator
from typing import Any

import pytest
from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot
from transformers import PreTrainedModel

from textgen_gui import Model, Project, Run
from textgen_gui.ui.parts import job_runner
from textgen_gui.ui.parts.job_runner import MANY, GarbageCollector


@pytest.fixture
def collector(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> Iterator[GarbageCollector]:
    """Its beats are hastened, so that twenty seconds pass in two."""
    monkeypatch.setattr(job_runner, "BEAT_MS", 25)
    parent = QObject()
    yield GarbageCollector(parent)
    del parent
    gc.unfreeze()


@pytest.fixture
def looked_at(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, int]]:
    """Each round: of which generation, and how many objects it had to look at."""
    rounds, collect = list[tuple[int, int]](), gc.collect

    def counted(generation: int = 2) -> int:
        objects = gc.get_objects() if generation == 2 else gc.get_objects(0) + gc.get_objects(1)
        rounds.append((generation, len(objects)))
        del objects
        return collect(generation)

    monkeypatch.setattr(gc, "collect", counted)
    return rounds


def test_no_round_looks_at_all_that_a_hundred_thousand_texts_bring(
    qtbot: QtBot, collector: GarbageCollector, looked_at: list[tuple[int, int]]
) -> None:
    """As while they are added: on a job's thread, some at a time, and all of them stay."""
    texts, rest = list[list[int]](), threading.Event()

    def add() -> None:
        for _ in range(60):
            texts.extend([] for _ in range(20_000))
            rest.wait(0.02)

    before = len(gc.get_objects())
    adding = threading.Thread(target=add)
    adding.start()
    qtbot.waitUntil(lambda: not adding.is_alive(), timeout=60_000)
    qtbot.waitUntil(lambda: len(gc.get_objects()) < before + MANY, timeout=10_000)
    assert max(count for generation, count in looked_at if generation == 1) < 5 * MANY
    assert max((count for generation, count in looked_at if generation == 2), default=0) < before + 2 * MANY
    assert gc.get_freeze_count() > 1_000_000


def test_a_model_goes_with_who_used_it(trained: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is in no circle: what is no longer looked at, as thousands of texts came, may hold no model for ever."""
    made, begin = list[weakref.ref[PreTrainedModel]](), PreTrainedModel.__init__

    def counted(model: PreTrainedModel, *given: Any, **named: Any) -> None:
        made.append(weakref.ref(model))
        begin(model, *given, **named)

    monkeypatch.setattr(PreTrainedModel, "__init__", counted)
    gc.disable()
    try:
        model = Model.load(trained)
        str(model.write("The", seed=1, max_new_tokens=4))
        del model
        for start in ("", trained):
            for _ in Project.open(trained.project.folder).new_run(preset="tiny", start=start, steps=2).train():
                pass
        assert len(made) > 2 and not [one for one in made if one()]
    finally:
        gc.enable()


def test_a_circle_that_has_grown_old_is_found(qtbot: QtBot, collector: GarbageCollector) -> None:
    """An error is one, with all that it came from; there are not many objects in it."""
    gone = threading.Event()

    class Circle:
        def __init__(self) -> None:
            self.me = self

        def __del__(self) -> None:
            gone.set()

    circle = Circle()
    gc.collect(1)
    del circle
    assert not gone.is_set()
    qtbot.waitUntil(gone.is_set, timeout=10_000)


def test_memory_goes_back_only_when_no_more_is_wanted(
    qtbot: QtBot, collector: GarbageCollector, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All who want some would wait meanwhile, and want it while thousands of texts come."""
    given = threading.Event()
    monkeypatch.setattr(job_runner, "give_back_memory", given.set)
    texts: list[list[int]] = [[] for _ in range(MANY + 1)]
    collector._beat()
    collector._collect_old()
    assert texts and not given.wait(0.2)
    collector._collect_old()
    qtbot.waitUntil(given.is_set, timeout=10_000)
