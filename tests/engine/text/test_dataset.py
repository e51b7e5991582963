"""The batch of a step is a function of its arguments; each passage comes once an epoch, each part in its share."""

import itertools

import numpy as np
import numpy.typing as npt
import pytest

from textgen_gui.engine.text import dataset
from textgen_gui.engine.text.dataset import Part


def counting(length: int) -> npt.NDArray[np.unsignedinteger]:
    """A text whose tokens are their own positions."""
    return np.arange(length, dtype=np.uint32)


def batch(
    tokens: npt.NDArray[np.unsignedinteger], seed: int, step: int, rows: int, context: int, *parts: Part
) -> npt.NDArray[np.int64]:
    return dataset.batch(tokens, parts or (Part("all", "", 0, len(tokens), 1.0),), seed, step, rows, context)


def test_the_batch_is_a_function_of_its_arguments() -> None:
    tokens = counting(1000)
    first = batch(tokens, 1, 5, 8, 16)
    np.random.seed(0)  # what others do to global state must not matter
    for step in (1, 900, 3):
        batch(tokens, 2, step, 8, 16)
    assert np.array_equal(batch(tokens, 1, 5, 8, 16), first)
    assert first.shape == (8, 17) and first.dtype == np.int64
    assert not np.array_equal(batch(tokens, 2, 5, 8, 16), first)
    assert not np.array_equal(batch(tokens, 1, 6, 8, 16), first)
    assert np.array_equal(tokens, counting(1000))


@pytest.mark.parametrize(
    ("length", "context", "rows"), [(1000, 16, 8), (161, 16, 5), (17, 16, 1), (33, 16, 7), (100, 8, 3)]
)
def test_each_passage_comes_once_an_epoch_and_lies_in_the_text(length: int, context: int, rows: int) -> None:
    tokens, passages = counting(length), (length - 1) // context
    steps = -(-3 * passages // rows)  # three epochs
    read = np.concatenate([batch(tokens, 7, step, rows, context) for step in range(1, steps + 1)])
    assert (np.diff(read, axis=1) == 1).all() and read.min() >= 0 and read.max() < length
    for epoch in range(3):
        starts = sorted(read[epoch * passages : (epoch + 1) * passages, 0].tolist())
        assert len(set(starts)) == passages
        # One grid, shifted; only the last passage slides back to stay inside, over its neighbour.
        gaps = np.diff(starts)
        assert (gaps[:-1] == context).all() and (len(gaps) == 0 or 0 < gaps[-1] <= context)


def test_the_borders_move_from_epoch_to_epoch() -> None:
    tokens = counting(1000)
    offsets = {int(batch(tokens, 1, epoch + 1, 62, 16)[:, 0].min()) for epoch in range(8)}
    assert len(offsets) > 3


def test_the_order_is_another_in_each_epoch_and_with_each_seed() -> None:
    tokens = counting(1000)
    orders = [tuple(batch(tokens, seed, epoch + 1, 62, 16)[:, 0] // 16) for seed in (1, 2) for epoch in (0, 1)]
    assert len(set(orders)) == 4


@pytest.mark.parametrize("count", [1, 2, 3, 5, 16, 17, 1000])
def test_a_shuffled_order_has_everything_once(count: int) -> None:
    orders = [[dataset.shuffled(number, count, key) for number in range(count)] for key in (1, 2)]
    assert sorted(orders[0]) == sorted(orders[1]) == list(range(count))
    assert count < 16 or orders[0] != orders[1] != list(range(count))


@pytest.mark.parametrize("shares", [(0.5, 0.5), (0.7, 0.2, 0.1), (0.999, 0.001), (1 / 3, 1 / 3, 1 / 3)])
def test_parts_are_read_in_their_shares(shares: tuple[float, ...]) -> None:
    lengths = (40_000, 500, 3_000)[: len(shares)]
    ends = list(itertools.accumulate(lengths))
    parts = [
        Part(str(n), "", end - length, end, share)
        for n, (length, end, share) in enumerate(zip(lengths, ends, shares, strict=True))
    ]
    read = np.concatenate([batch(counting(ends[-1]), 3, step, 20, 16, *parts) for step in range(1, 401)])
    assert (np.diff(read, axis=1) == 1).all()
    for part in parts:
        inside = (read >= part.start) & (read < part.end)
        assert (inside.all(axis=1) == inside.any(axis=1)).all(), "a passage reaches over a border"
        assert abs(inside.mean() - part.share) < 0.001
        if part.end - part.start < 20_000:  # read often enough to have been everywhere
            assert len(np.unique(read[inside])) > 0.9 * (part.end - part.start) or part.share < 0.01
