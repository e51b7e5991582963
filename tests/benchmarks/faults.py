"""Fails the N-th call that opens, reads, writes … a file of a project, for every N, and says what became of it.

python -m tests.benchmarks.faults [--every 3] [--of CHECKOUT] [--only train resume] [--details]

The calls are failed by a small library in C (faults.c) that is preloaded, so that those of Rust and C++ count as well.
Outcomes: the same result as without a fault, a sentence, "unexpected", a wrong result, a traceback, a crash, a hang.
After each fault the same command runs once more without one, and has to give the same result as ever.
"""

import argparse
import contextlib
import ctypes
import errno
import hashlib
import importlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
CALLS = (
    "open",
    "read",
    "write",
    "short write",
    "fsync",
    "rename",
    "close",
    "truncate",
    "unlink",
    "mkdir",
)  # as faults.c
NUMBERS = {"write": errno.ENOSPC, "mkdir": errno.ENOSPC}
OUTCOMES = ("same", "sentence", "unexpected", "wrong", "traceback", "crash", "hang", "wrong afterwards")
HANG_S = 120
SHAPE = ["model.layers=1", "model.width=16", "model.heads=2", "model.context=16", "model.dropout=0"]
TRAINING = ["batch=4", "steps=6", "mark_every=3", "sample_tokens=4", "precision=fp32", "average=0.5"]
SETTINGS = [part for one in [*SHAPE, *(f"train.{each}" for each in TRAINING)] for part in ("--set", one)]


@dataclass(frozen=True)
class Scenario:
    """``steps`` before it, undisturbed; ``work`` is disturbed; ``result`` reads what came of it."""

    steps: tuple[Callable[[Path], int], ...]
    work: Callable[[Path], int]
    result: Callable[[Path], str]


def cli(*arguments: object) -> int:
    from textgen_gui.cli import main

    return int(main([str(argument) for argument in arguments]))


def prepare(place: Path) -> int:
    return cli("prepare", place / "project", place / "a.txt", place / "b.txt", "--set", "vocabulary=300")


def new(place: Path) -> int:
    return cli("new", place / "project", "--name", "first", *SETTINGS)


def run_of(place: Path) -> Path:
    return next(iter(sorted((place / "project" / "runs").glob("[0-9]*"))))


def train(place: Path) -> int:
    return cli("train", run_of(place), "--json")


def stop_early(place: Path) -> int:
    from textgen_gui import Run
    from textgen_gui.engine.core import events

    asked = []
    for event in Run.open(run_of(place)).train(lambda: bool(asked)):
        if isinstance(event, events.StepDone) and event.step >= 4:
            asked.append(True)
    return 0


def generate(place: Path) -> int:
    options = ("--prompt", "The", "--seed", 1, "--n", 3, "--max-new-tokens", 12)
    return cli("generate", run_of(place), *options, "--to-file", place / "out.txt", "--overwrite")


def save_in_window(place: Path) -> int:
    """What the window does on its jobs: the draft, a kept page, how a text is read; with the window's own edge."""
    from textgen_gui import Model, Project
    from textgen_gui.engine.core import draft, events
    from textgen_gui.engine.core.config import TextConfig
    from textgen_gui.engine.core.generation_config import GenerateConfig
    from textgen_gui.ui.parts.job_runner import attempt

    def save() -> None:
        project, model = Project.open(place / "project"), Model.load(run_of(place))
        config = GenerateConfig(max_new_tokens=8, seed=3)
        written = [e for e in model.stream("The", config) if isinstance(e, events.TextGenerated)]
        done = [draft.Done(model.identity(), "The", config, event) for event in written]
        draft.keep(project, draft.Left("The page", done))
        project.keep(done, "The page")
        project.set_options([project.sources()[0].file], TextConfig(group="letters"))

    failure = attempt(save)
    if failure:
        print(failure.sentence, file=sys.stderr)
    return 1 if failure else 0


def digest(*parts: object) -> str:
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]


def of_prepared(place: Path) -> str:
    folders = sorted((place / "project" / "prepared").glob("[!.]*/prepared.toml"))
    files = [path.with_name(name) for path in folders for name in ("tokenizer.json", "train.bin", "val.bin")]
    return digest([(file.name, hashlib.sha256(file.read_bytes()).hexdigest()) for file in files])


def of_new(place: Path) -> str:
    return digest(*(run.read_text() for run in sorted((place / "project" / "runs").glob("[0-9]*/run.toml"))[-1:]))


def of_run(place: Path) -> str:
    run = run_of(place)
    newest = sorted((run / "checkpoints").glob("step-*"))[-1]
    weights = [(newest / name).read_bytes() for name in ("model.safetensors", "training/optimizer.safetensors")]
    log = [json.loads(line) for line in (run / "events.jsonl").read_text().splitlines()]
    steps = [(event["step"], event["loss"]) for event in log if event["event"] in ("StepDone", "Evaluated")]
    return digest(newest.name, weights, steps, (run / "samples.txt").read_bytes())


def of_file(place: Path) -> str:
    return digest((place / "out.txt").read_bytes())


def of_window(place: Path) -> str:
    project = place / "project"
    kept = sorted(project.glob("generated/*.txt"))[-1]
    receipt = kept.with_suffix(".receipt").read_bytes()
    return digest(
        (project / "draft.json").read_bytes(), kept.read_bytes(), receipt, (project / "project.toml").read_bytes()
    )


SCENARIOS = {
    "prepare": Scenario((), prepare, of_prepared),
    "new": Scenario((prepare,), new, of_new),
    "train": Scenario((prepare, new), train, of_run),
    "resume": Scenario((prepare, new, stop_early), train, of_run),
    "generate": Scenario((prepare, new, train), generate, of_file),
    "window": Scenario((prepare, new, train), save_in_window, of_window),
}


# --- one case


@dataclass(frozen=True)
class Ended:
    """``code`` is negative for a signal. ``counts``: of each call. ``struck``: the file whose call was failed."""

    code: int
    words: str
    counts: list[int]
    struck: str
    modules: list[str]


def in_child(work: Callable[[], int], armed: tuple[Path, int, int, int] | None, notes: Path) -> Ended:
    """Does it in a fork, with a fault from the first call on."""
    process = os.fork()
    if process:
        return ended(process, notes)
    signal.alarm(HANG_S)
    log = os.open(notes / "words", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(log, 2)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    library = ctypes.CDLL(None)
    library.faults_struck.restype = ctypes.c_char_p
    if armed:
        folder, call, nth, number = armed
        library.faults_arm(os.fsencode(folder), call, ctypes.c_long(nth), number)
    code = 99
    with contextlib.suppress(BaseException):
        code = work()
        sys.stderr.flush()
    counts, struck = [library.faults_count(number) for number in range(len(CALLS))], library.faults_struck()
    library.faults_arm(b"", -1, ctypes.c_long(0), 0)
    about = {"counts": counts, "struck": struck.decode("utf-8", "replace"), "modules": sorted(sys.modules)}
    (notes / "about").write_text(json.dumps(about))
    os._exit(code)


def ended(process: int, notes: Path) -> Ended:
    code = os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
    about = {"counts": [0] * len(CALLS), "struck": "", "modules": []}
    with contextlib.suppress(OSError, ValueError):
        about = json.loads((notes / "about").read_text())
    (notes / "about").unlink(missing_ok=True)
    return Ended(code, (notes / "words").read_text("utf-8", "replace"), **about)


def outcome(done: Ended, scenario: Scenario, place: Path, expected: str) -> str:
    if done.code < 0:
        return "hang" if -done.code == signal.SIGALRM else "crash"
    if done.code == 99 or "Traceback" in done.words:
        return "traceback"
    if "unexpected" in done.words:
        return "unexpected"
    if done.code:
        return "sentence"
    with contextlib.suppress(OSError, ValueError, IndexError, StopIteration):
        return "same" if scenario.result(place) == expected else "wrong"
    return "wrong"


class Harness:
    """``base``: a folder in memory, so that thousands of cases wait for no disk."""

    def __init__(self, base: Path, every: int, details: bool) -> None:
        self.place, self.notes, self.templates = base / "case", base / "notes", base / "templates"
        self.every, self.details = every, details
        self.notes.mkdir()
        self.templates.mkdir()
        os.environ["TEXTGEN_GUI_HOME"] = str(base / "case" / "home")

    def texts(self) -> None:
        self.place.mkdir()
        (self.place / "home").mkdir()
        for name, words in (("a", "The old man walked along the river. It was day"), ("b", "She opened the window at")):
            text = "".join(f"{words} {number * 37 % 101}.\n" for number in range(150))
            (self.place / f"{name}.txt").write_text(text)

    def run(self, name: str) -> Iterator[tuple[str, str]]:
        """The call and the outcome of each case."""
        scenario, template = SCENARIOS[name], self.templates / name
        shutil.rmtree(self.place, ignore_errors=True)
        self.texts()
        for step in scenario.steps:
            done = in_child(lambda step=step: step(self.place), None, self.notes)
            assert done.code == 0, done.words
        self.place.rename(template)
        clean = self._case(template, scenario, None)
        assert clean.code == 0, clean.words
        expected = scenario.result(self.place)
        for module in clean.modules:  # or each fork would import them anew
            with contextlib.suppress(BaseException):
                importlib.import_module(module)
        for call, count in enumerate(clean.counts):
            number = NUMBERS.get(CALLS[call], errno.EIO)
            for nth in range(1, count + 1, self.every):
                done = self._case(template, scenario, (self.place, call, nth, number))
                became = outcome(done, scenario, self.place, expected)
                again = None if became == "same" else in_child(lambda: scenario.work(self.place), None, self.notes)
                bad = again and outcome(again, scenario, self.place, expected) != "same"
                if self.details and (bad or became not in ("same", "sentence")):
                    tell(name, CALLS[call], nth, became, done, again if bad else None)
                yield CALLS[call], became
                if bad:
                    yield CALLS[call], "wrong afterwards"

    def _case(self, template: Path, scenario: Scenario, armed: tuple[Path, int, int, int] | None) -> Ended:
        shutil.rmtree(self.place, ignore_errors=True)
        shutil.copytree(template, self.place)
        return in_child(lambda: scenario.work(self.place), armed or (self.place, -1, 0, 0), self.notes)


def tell(name: str, call: str, nth: int, became: str, done: Ended, again: Ended | None) -> None:
    last = (done.words.strip().splitlines() or [""])[-1]
    print(f"  {name}: {call} {nth}, {done.struck[-70:]}: {became}: {last[:160]}", file=sys.stderr)
    log = Path(os.environ["TEXTGEN_GUI_HOME"]) / "log.txt"
    if became in ("unexpected", "traceback") and log.exists():
        print("\n".join(log.read_text("utf-8", "replace").splitlines()[-5:]), file=sys.stderr)
    if again:
        print(f"    afterwards {again.code}: {again.words.strip()[-300:]}", file=sys.stderr)


def serve(options: argparse.Namespace) -> None:
    """The cases, in a process that has the library and the checkout's own modules."""
    sys.path.insert(0, str(options.of))
    memory = "/dev/shm" if Path("/dev/shm").is_dir() else None
    print(f"| every {options.every} | cases | " + " | ".join(OUTCOMES) + " |")
    print("|" + "---|" * (len(OUTCOMES) + 2))
    whole: Counter[str] = Counter()
    with tempfile.TemporaryDirectory(dir=memory) as folder:
        harness = Harness(Path(folder), options.every, options.details)
        for name in options.only or SCENARIOS:
            started, counted = time.monotonic(), Counter[str]()
            for _, became in harness.run(name):
                counted[became] += 1
            whole += counted
            row(f"{name}, {time.monotonic() - started:.0f} s", counted)
    row("together", whole)


def row(name: str, counted: Counter[str]) -> None:
    cases = sum(counted.values()) - counted["wrong afterwards"]
    print(f"| {name} | {cases} | " + " | ".join(str(counted[one]) for one in OUTCOMES) + " |", flush=True)


def library(folder: Path) -> Path:
    """The C library, compiled for this machine."""
    compiled = folder / "faults.so"
    compiler = next(filter(None, map(shutil.which, ("cc", "gcc", "clang"))), None)
    if compiler is None:
        raise SystemExit("This benchmark needs a C compiler (cc).")
    subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-o", compiled, HERE / "faults.c", "-ldl"], check=True)
    return compiled


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--every", type=int, default=1, help="only every k-th call")
    parser.add_argument("--of", type=Path, default=HERE.parents[1], help="another checkout")
    parser.add_argument("--only", nargs="*", choices=SCENARIOS)
    parser.add_argument("--details", action="store_true", help="what was said, for each that went wrong")
    options = parser.parse_args()
    if "faults.so" in os.environ.get("LD_PRELOAD", ""):
        serve(options)
        return
    with tempfile.TemporaryDirectory() as folder:
        quiet = {"OMP_NUM_THREADS": "1", "TOKENIZERS_PARALLELISM": "false", "HF_HUB_OFFLINE": "1"}
        environment = {**os.environ, **quiet, "LD_PRELOAD": str(library(Path(folder))), "QT_QPA_PLATFORM": "offscreen"}
        code = subprocess.run([sys.executable, __file__, *sys.argv[1:]], env=environment, check=False).returncode
    raise SystemExit(code)


if __name__ == "__main__":
    main()
