"""The copy check on a large corpus, and on a model that knows 20 KB by heart.

    python -m tests.benchmarks.copies [--megabytes 100] [--steps 4000]

A corpus of the eleven books' own words in new sentences, so that nothing in it is a copy of something else; the time
and the most memory that its index takes; the time for a page of 600 words, half of it copied. Then a small model
learns 20 KB of tinyshakespeare until it knows them, and what it writes is checked, and other text by the same author.
"""

import argparse
import random
import re
import statistics
import tempfile
import threading
import time
from pathlib import Path

import psutil

from textgen_gui import Model, Project
from textgen_gui.engine.core.control import never
from textgen_gui.engine.text.copycheck import Index, build, words_of
from textgen_gui.engine.text.dataset import Prepared
from textgen_gui.engine.text.staleness import current

from .common import HELDOUT, SHAKESPEARE, machine


def prepared_from(folder: Path, text: Path) -> Prepared:
    project = Project.create(folder)
    project.add(text)
    project.prepare()
    found = current(project)
    assert found
    return found


def large(folder: Path, megabytes: int) -> Path:
    chance = random.Random(1)
    words = re.findall(r"\w+", SHAKESPEARE.read_text(encoding="utf-8"))
    path, size = folder / "large.txt", 0
    with path.open("w", encoding="utf-8") as file:
        while size < megabytes * 1_000_000:
            size += file.write(" ".join(chance.choices(words, k=2000)) + ".\n\n")
    return path


class Memory:
    """The most memory of this process while it is open, above what it had before."""

    def __enter__(self) -> "Memory":
        self.process, self.done = psutil.Process(), threading.Event()
        self.before = self.most = self.process.memory_info().rss
        self.thread = threading.Thread(target=self._watch)
        self.thread.start()
        return self

    def _watch(self) -> None:
        while not self.done.wait(0.02):
            self.most = max(self.most, self.process.memory_info().rss)

    def __exit__(self, *_: object) -> None:
        self.done.set()
        self.thread.join()


def corpus(megabytes: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        text = large(Path(folder), megabytes)
        prepared = prepared_from(Path(folder) / "p", text)
        started = time.perf_counter()
        with Memory() as memory:
            list(build(prepared, never))
        seconds = time.perf_counter() - started
        print(
            f"| index of {megabytes} MB | {seconds:.1f} s | {(memory.most - memory.before) / 1e6:.0f} MB more memory |",
            flush=True,
        )
        with text.open(encoding="utf-8") as file:
            file.seek(megabytes * 400_000)
            file.readline()
            copied = " ".join(file.readline().split()[:300]) or " ".join(file.readline().split()[:300])
        own = " ".join(f"mine{number}" for number in range(300))
        index, times = Index(prepared), []
        for _ in range(20):
            started = time.perf_counter()
            found = index.passages(f"{own}. {copied}")
            times.append(time.perf_counter() - started)
        copied_share = sum(passage.words for passage in found) / 600
        took = f"{statistics.median(times) * 1e3:.0f} ms, worst {max(times) * 1e3:.0f} ms"
        print(f"| a page of 600 words | {took} | {copied_share:.0%} copied |")


def by_heart(steps: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        text = Path(folder) / "small.txt"
        text.write_text(SHAKESPEARE.read_text(encoding="utf-8")[:20_000], encoding="utf-8")
        prepared = prepared_from(Path(folder) / "p", text)
        run = Project.open(Path(folder) / "p").new_run(
            steps=steps, mark_every=steps // 5, patience=0, average=0.0, dropout=0.0, weight_decay=0.0
        )
        list(run.train())
        list(build(prepared, never))
        index = Index(prepared)
        for name, chosen in (("the last step", run.checkpoints()[-1]), ("the best on held-out text", run)):
            model = Model.load(chosen)
            texts = model.write_many("", 20, max_new_tokens=200, seed=1, temperature=0.5)
            copied, step = share(index, [text.text for text in texts]), model.checkpoint.step
            print(f"| 20 texts of a model that learnt 20 KB, {name} ({step}) | {copied:.0%} copied | |")
        other = share(index, [HELDOUT.read_text(encoding="utf-8")])
        print(f"| the author's other text (the held-out file) | {other:.2%} copied | |", flush=True)


def share(index: Index, texts: list[str]) -> float:
    copied = sum(passage.words for text in texts for passage in index.passages(text))
    return copied / sum(len(words_of(text)[0]) for text in texts)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--megabytes", type=int, default=100)
    parser.add_argument("--steps", type=int, default=4000)
    options = parser.parse_args()
    print(f"{machine()}\n\n| what | result | |\n|---|---|---|", flush=True)
    by_heart(options.steps)
    corpus(options.megabytes)


if __name__ == "__main__":
    main()
