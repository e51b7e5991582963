"""Documents that repeat others: the same, nearly the same, and those that only look like it."""

import itertools
import random
import threading
import time
from collections.abc import Callable, Iterator

import numpy as np
import numpy.typing as npt
import pytest

from textgen_gui.engine.text import duplicates
from textgen_gui.engine.text.duplicates import MISSING, SMALLEST, Sketch, fingerprint, groups

from ...conftest import story


def cuts(text: str, seed: int) -> Iterator[str]:
    rng, at = random.Random(seed), 0
    while at < len(text):
        length = rng.choice([1, 3, 50, 120])
        yield text[at : at + length]
        at += length


def compared(texts: list[str], threshold: float = 0.8) -> list[int]:
    sketches = [Sketch([text]) for text in texts]
    prints = np.array([sketch.fingerprint for sketch in sketches], np.uint64)
    return groups(prints, np.stack([sketch.smallest for sketch in sketches]), threshold).tolist()


def words(count: int, seed: int) -> list[str]:
    rng = random.Random(seed)
    return ["".join(rng.choices("abcdefghijklmnop", k=rng.randint(2, 9))) for _ in range(count)]


def changed(of: list[str], share: float, seed: int) -> list[str]:
    rng = random.Random(seed)
    return [word if rng.random() > share else "other" for word in of]


@pytest.mark.parametrize("seed", range(3))
def test_nothing_depends_on_how_a_document_is_cut(monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    monkeypatch.setattr(duplicates, "BLOCK", 100)
    text = "Ünï  cödé\n\n" + " ".join(words(300, 1) * 2) + " \u3000 end\n"
    whole, cut = Sketch([text]), Sketch(cuts(text, seed))
    assert cut.fingerprint == whole.fingerprint == fingerprint(cuts(text, seed + 10))
    assert np.array_equal(cut.smallest, whole.smallest) and np.all(np.diff(whole.smallest) > 0)


def test_white_space_and_capitals_make_no_difference() -> None:
    assert fingerprint(["  The River\n\n flows", "\n"]) == fingerprint(["the RIVER flows"])
    assert fingerprint(["Straße"]) == fingerprint(["STRASSE"])
    assert fingerprint(["the river"]) != fingerprint(["theriver"]) != fingerprint(["the rivet"])
    assert fingerprint([]) == fingerprint([" \n"])


def test_a_sketch_holds_the_smallest_hashes_of_all_windows() -> None:
    text = " ".join(words(8_000, 2))
    parts = [Sketch([text[start : start + 1000]]).smallest for start in range(0, len(text), 969)]  # 31 in common
    everything = np.unique(np.concatenate(parts))
    assert np.array_equal(Sketch([text]).smallest, everything[:SMALLEST])


def test_a_short_document_has_no_full_sketch() -> None:
    assert np.all(Sketch(["too short for a window"]).smallest == MISSING)
    kept = Sketch(["x" * 20 + " some windows, not many, only a few"]).smallest
    assert kept[0] != MISSING and kept[-1] == MISSING
    assert compared(["a short one, just once", "A short one,\njust once", "a short one, just twice"]) == [0, 0, 2]


@pytest.mark.parametrize("share", [0.005, 0.02, 0.05])
def test_the_estimate_is_near_the_truth(share: float) -> None:
    found = []
    for seed in range(20):
        before = words(800, seed)
        texts = [" ".join(before), " ".join(changed(before, share, seed))]
        one, other = ({text[at : at + 32] for at in range(len(text) - 31)} for text in texts)
        truth = len(one & other) / len(one | other)
        found += [compared(texts, truth - 0.2) == [0, 0], compared(texts, min(1.0, truth + 0.2)) == [0, 1]]
    assert np.mean(found) > 0.95


def test_near_duplicates_are_found_among_others_and_through_each_other() -> None:
    first = words(1500, 1)
    second = [*first[:1400], *words(100, 2)]
    third = [*second[100:], *words(100, 3)]
    texts = [" ".join(words(1500, 9)), *(" ".join(text) for text in (first, second, third)), story(5000)]
    assert compared([texts[1], texts[3]]) == [0, 1], "only the one between joins them"
    assert compared([*texts, texts[2].upper()]) == [0, 1, 1, 1, 4, 1]
    fourth = [*third[100:], *words(100, 4)]
    assert compared([" ".join(text) for text in (first, fourth, third, second)]) == [0, 0, 0, 0]


def test_a_common_beginning_makes_no_duplicates() -> None:
    licence = " ".join(words(200, 1))
    texts = [f"{licence} {' '.join(words(600, 10 + number))}" for number in range(30)]
    assert compared(texts) == list(range(30))


def test_nothing_at_all() -> None:
    assert groups(np.empty(0, np.uint64), np.empty((0, SMALLEST), np.uint64)).tolist() == []


def test_many_documents() -> None:
    rng = np.random.default_rng(1)
    sketches: npt.NDArray[np.uint64] = np.sort(rng.integers(0, 2**63, (20_000, SMALLEST), np.uint64), axis=1)
    sketches[10_000:] = sketches[:10_000]
    sketches[10_000:, -1] += np.uint64(1)
    prints = np.arange(20_000, dtype=np.uint64)
    assert np.array_equal(groups(prints, sketches), np.tile(np.arange(10_000), 2))


def test_comparing_lets_other_threads_go_on() -> None:
    """The window among them: thousands of texts that share sentences held it for seconds."""
    rng = np.random.default_rng(1)
    shared = rng.integers(0, 2**63, 20_000).astype(np.uint64)
    sketches = np.sort(shared[rng.integers(0, len(shared), (6000, SMALLEST))], axis=1)
    assert min(_longest_hold(lambda: duplicates.shares(sketches, 0.8)) for _ in range(3)) < 0.1


def _longest_hold(work: Callable[[], object]) -> float:
    """The seconds for which another thread did not come round."""
    beats, done = [time.perf_counter()], threading.Event()

    def beat() -> None:
        while not done.wait(0.002):
            beats.append(time.perf_counter())

    other = threading.Thread(target=beat)
    other.start()
    work()
    done.set()
    other.join()
    return max(later - earlier for earlier, later in itertools.pairwise(beats))
