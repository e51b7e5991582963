"""From scratch against going on from the starter: bits per byte on the unseen last tenth of texts of many sizes.

    python -m tests.benchmarks.beginnings [--minutes 3 10 20] [--texts frankenstein:30 ...] [--seeds 1] [--set K=V]
                                          [--starts scratch starter auto] [--samples FILE] [--keep FOLDER]

A text is named by a book and its size in kilobytes (1,000 bytes). Its last tenth is kept away from the project and
scored by ``evaluate`` afterwards, so models with different tokens compare. Each start of a cell runs right after the
other, because the machine may change. ``--keep`` goes on another day where it was stopped: all cells are planned first,
which wants a quiet machine, and then each trains the steps that its minutes gave it, however long they take.
"""

import argparse
import itertools
import json
import re
import sysconfig
import tempfile
import time
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path

from .common import DATA, SHAKESPEARE, machine
from .quality import verb

BOOKS = DATA / "books"
TEXTS = [
    *(f"frankenstein:{size}" for size in (30, 100, 300)),
    *(f"dracula:{size}" for size in (30, 100, 300, 847)),
    *(f"great-expectations:{size}" for size in (30, 300, 1000)),
    *("leaves-of-grass:100", "shakespeare:30", "shakespeare:1000", "code:100", "code:1000", "books:5000"),
]


@dataclass(frozen=True, slots=True)
class Cell:
    text: str
    start: str
    minutes: float
    seed: int


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, nargs="+", default=[3, 10, 20])
    parser.add_argument("--texts", nargs="+", default=TEXTS, metavar="BOOK:KB")
    parser.add_argument("--starts", nargs="+", default=["scratch", "starter"])
    parser.add_argument("--seeds", type=int, nargs="+", default=[1])
    parser.add_argument("--set", action="append", default=[], metavar="K=V")
    parser.add_argument("--samples", type=Path, help="a file that gets a text by each model")
    parser.add_argument("--keep", type=Path, help="where projects stay, so that this goes on where it was stopped")
    options = parser.parse_args()
    print(machine() + "\n\n| text, KB | minutes | start | seed | bits per byte | before | best at step | took |")
    print("|---|---|---|---|---|---|---|---|")
    every = itertools.product(options.minutes, options.texts, options.seeds, options.starts)
    cells = [Cell(text, start, minutes, seed) for minutes, text, seed, start in every]
    if options.keep:
        for cell in cells:
            settle(planned(kept(options.keep, cell), cell, options))
    for cell in cells:
        with nullcontext(kept(options.keep, cell)) if options.keep else tempfile.TemporaryDirectory() as folder:
            print(row(Path(folder), cell, options), flush=True)


def settle(run: Path) -> None:
    """The steps stay those of the plan, whatever the clock says while it trains."""
    file = run / "run.toml"
    file.write_text(
        re.sub(r"(?m)^budget_s = .*$", "budget_s = 0.0", file.read_text(encoding="utf-8")), encoding="utf-8"
    )


def kept(folder: Path, cell: Cell) -> str:
    of_cell = folder / f"{cell.text.replace(':', '-').replace('/', '-')} {cell.minutes:g} {cell.start} {cell.seed}"
    of_cell.mkdir(parents=True, exist_ok=True)
    return str(of_cell)


def row(folder: Path, cell: Cell, options: argparse.Namespace) -> str:
    """Trains and evaluates once; the figures as a line of a table."""
    done = folder / "row.md"
    if done.exists():
        return done.read_text(encoding="utf-8")
    run = planned(folder, cell, options)
    started = time.monotonic()
    verb("train", run, behind=options.keep is not None)
    took = (time.monotonic() - started) / 60
    happened = [json.loads(line) for line in (run / "events.jsonl").read_text(encoding="utf-8").splitlines()]
    finished = next(event for event in reversed(happened) if event["event"] == "RunFinished")
    before = next((f"{e['bits_per_byte']:.3f}" for e in happened if e["event"] == "Evaluated" and e["step"] == 0), "")
    bits = verb("evaluate", run, folder / "heldout.txt")[-1]["bits_per_byte"]
    if options.samples:
        (text,) = (e["text"] for e in verb("generate", run, "--seed", 1) if e["event"] == "TextGenerated")
        with options.samples.open("a", encoding="utf-8") as file:
            file.write(f"\n=== {cell.text}, {cell.minutes:g} minutes, {cell.start}: {bits:.3f}\n\n{text}\n")
    best = f"{finished['best_step']:,} of {finished['step']:,}"
    facts = [cell.text, f"{cell.minutes:g}", cell.start, str(cell.seed), f"**{bits:.4f}**", before, best, f"{took:.2f}"]
    done.write_text(f"| {' | '.join(facts)} |", encoding="utf-8")
    return done.read_text(encoding="utf-8")


def planned(folder: str | Path, cell: Cell, options: argparse.Namespace) -> Path:
    """The run that such a budget gives, made where it is not there."""
    project = Path(folder) / "p"
    for run in project.glob("runs/[0-9]*"):
        return run
    changed = [word for setting in [f"train.seed={cell.seed}", *options.set] for word in ("--set", setting)]
    verb("prepare", project, divide(cell.text, Path(folder)))
    asked = ["--from", cell.start, "--preset", "auto", "--minutes", cell.minutes, *changed]
    happened = verb("new", project, *asked)
    return project / next(event["run"] for event in happened if event["event"] == "RunCreated")


def divide(name: str, folder: Path) -> Path:
    """Writes the first nine tenths and the last tenth of a text into files, cut between lines; the first of them."""
    book, _, size = name.partition(":")
    whole = b"".join(itertools.islice(chunks(book), None))[: int(size) * 1000]
    border = whole.rindex(b"\n", 0, len(whole) * 9 // 10) + 1
    learnt = folder / "text.txt"
    learnt.write_bytes(whole[:border])
    (folder / "heldout.txt").write_text(whole[border:].decode("utf-8", "ignore"), encoding="utf-8")
    return learnt


def chunks(book: str) -> Iterator[bytes]:
    """The bytes of a text by its name: a book, Shakespeare, all books, program code, or a file."""
    if book == "shakespeare":
        yield SHAKESPEARE.read_bytes()
    elif book == "code":
        yield from (file.read_bytes() for file in sorted(Path(sysconfig.get_path("stdlib")).glob("*.py")))
    elif book == "books":
        yield from (file.read_bytes() for file in sorted(BOOKS.glob("*.txt")))
    elif Path(book).is_file():
        yield Path(book).read_bytes()
    else:
        yield next(BOOKS.glob(f"*_{book}.txt")).read_bytes()


if __name__ == "__main__":
    main()
