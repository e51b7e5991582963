"""Same seed, same digits: what a refactoring must not change, as hashes.

``python -m tests.proof`` prints them for this checkout, ``python -m tests.proof OTHER`` beside them those of another
one, and counts what is equal: token files, weights and losses of six kinds of run, and the texts of every sampler. Only
the command line is used, so that any two versions can be compared; a sampler that the other one does not know is left
out. Hashes depend on the processor and on the versions of the libraries: compare only what one machine computed. Each
checkout takes a core for some three minutes.
"""

import hashlib
import itertools
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from .awkward import formats, plain

ROOT = Path(__file__).resolve().parents[1]
SAMPLE = ROOT / "resources" / "sample.txt"
STEPS = 300
UNKNOWN = "unknown"  # in place of a hash
WRONG_USAGE = 2  # the exit code for an option that there is not

COMMON = [f"train.{s}" for s in (f"steps={STEPS}", "mark_every=100", "batch=4", "sample_tokens=16", "precision=fp32")]
SHAPE = [f"model.{setting}" for setting in ("architecture=llama", "layers=2", "width=32", "heads=2", "context=32")]
BEFORE = "runs/001 scratch with dropout"
# What a run begins with, and its settings.
RUNS: dict[str, tuple[str, list[str]]] = {
    "scratch with dropout": ("", [*SHAPE, "model.dropout=0.1"]),
    "fine-tune": (BEFORE, ["model.context=32"]),
    "LoRA": (BEFORE, ["start.lora=4", "model.context=32"]),
    "frozen": (BEFORE, ["start.frozen=1", "model.context=32"]),
    "staged": ("", [*SHAPE, 'train.stages=["first", "second:2:0.5"]']),
    "GPT-2 with Muon": ("", [*SHAPE, "model.architecture=gpt2", "train.optimizer=muon"]),
}
DOCTOR = [f"clean.{rule}=true" for rule in ("page_numbers", "running_heads", "hyphens", "unwrap", "near_duplicates")]
PREPARING: dict[str, list[str]] = {
    "as usual": [],
    "all clean-up": DOCTOR,
    "characters": ["tokenizer=characters"],
    "in equal shares": ["balance=equal"],
}
WRITING: list[list[str]] = [
    [],
    ["--temperature", "0"],
    ["--temperature", "1.3", "--top-k", "20"],
    ["--top-p", "0.5"],
    ["--min-p", "0.1", "--temperature", "1.1"],
    ["--typical", "0.7"],
    ["--xtc-probability", "0.5", "--xtc-threshold", "0.05"],
    ["--mirostat", "4"],
    ["--repetition-penalty", "1.2", "--presence-penalty", "0.3", "--frequency-penalty", "0.2"],
    ["--no-repeat-ngram", "4"],
    ["--dry-multiplier", "0.8"],
    ["--beams", "3"],
    ["--regex", "[A-Z][a-z ]{5,30}\\."],
    ["--banned", "Holmes", "--bias", "the = 2"],
    ["--stop-texts", "."],
    ["--n", "6", "--max-new-tokens", "90"],
]


def proof(checkout: Path, texts: Path) -> dict[str, str]:
    """Name and hash of each thing that must not change; the same ``texts`` for every checkout."""
    found: dict[str, str] = {}
    with tempfile.TemporaryDirectory(prefix="proof-") as folder:
        parts = of_preparing(checkout, texts, Path(folder)), of_runs(checkout, texts, Path(folder))
        for name, digest in itertools.chain.from_iterable(parts):
            print(f"{checkout}: {name}", file=sys.stderr)
            found[name] = digest
    return found


def of_preparing(checkout: Path, texts: Path, folder: Path) -> Iterator[tuple[str, str]]:
    for name, settings in PREPARING.items():
        happened = call(checkout, "prepare", folder / name, texts / "awkward", *flags(settings))
        yield from of_token_files(f"awkward, {name}", folder / name, happened)


def of_runs(checkout: Path, texts: Path, folder: Path) -> Iterator[tuple[str, str]]:
    project, happened = folder / "book", list[dict[str, Any]]()
    for half in ("first", "second"):
        happened = call(checkout, "prepare", project, texts / f"{half}.txt", "--set", f"text.group={half}")
    yield from of_token_files("sample", project, happened)
    for kind, (start, settings) in RUNS.items():
        begin: list[str | Path] = ["--from", project / start] if start else []
        created = call(checkout, "new", project, "--name", kind, *begin, *flags([*COMMON, *settings]))
        run = project / only(created, "RunCreated")["run"]
        call(checkout, "train", run)
        yield from of_run(checkout, kind, run)
        if not start:
            yield from of_texts(checkout, kind, run)


def make_texts(folder: Path) -> None:
    (folder / "awkward").mkdir()
    for make in (plain, formats):
        list(make(folder / "awkward"))
    text = SAMPLE.read_text(encoding="utf-8")
    (folder / "first.txt").write_text(text[: len(text) // 2], encoding="utf-8")
    (folder / "second.txt").write_text(text[len(text) // 2 :], encoding="utf-8")


def flags(settings: list[str]) -> list[str]:
    return [part for setting in settings for part in ("--set", setting)]


def of_token_files(name: str, project: Path, happened: list[dict[str, Any]]) -> Iterator[tuple[str, str]]:
    folder = project / only(happened, "Prepared")["folder"]  # others may lie beside it, of settings from before
    for file in ("tokenizer.json", "train.bin", "val.bin"):
        yield f"{name}: {file}", sha256((folder / file).read_bytes())


def of_run(checkout: Path, kind: str, run: Path) -> Iterator[tuple[str, str]]:
    newest = sorted((run / "checkpoints").glob("step-*"))[-1]
    assert newest.name == f"step-{STEPS:06d}", newest
    whole = newest
    if not (whole / "model.safetensors").exists():  # of LoRA, which leaves as a whole model
        whole = run.parent.parent / kind
        call(checkout, "export", newest, "--to", whole)
    yield f"{kind}: weights", sha256((whole / "model.safetensors").read_bytes())
    yield f"{kind}: optimizer", sha256((newest / "training" / "optimizer.safetensors").read_bytes())
    steps = [json.loads(line) for line in (run / "events.jsonl").read_text(encoding="utf-8").splitlines()]
    learnt = [e for e in steps if e["event"] in ("StepDone", "Evaluated") and e["step"]]  # older ones have no step 0
    facts = [(e["step"], e["loss"], e.get("bits_per_byte")) for e in learnt]
    yield f"{kind}: losses", sha256(repr(facts).encode())
    yield f"{kind}: samples", sha256((run / "samples.txt").read_bytes())


def of_texts(checkout: Path, kind: str, run: Path) -> Iterator[tuple[str, str]]:
    for number, settings in enumerate(WRITING, 1):
        usual = ["--prompt", "It was a dark night", "--seed", str(number), "--max-new-tokens", "60"]
        yield f"{kind} writes {' '.join(settings) or 'as usual'}", of_text(checkout, [run, *usual, *settings])


def of_text(checkout: Path, arguments: list[str | Path]) -> str:
    try:
        happened = call(checkout, "generate", *arguments)
    except UnknownOptionError:
        if checkout == ROOT:
            raise
        return UNKNOWN
    return sha256(repr([event["text"] for event in happened if event["event"] == "TextGenerated"]).encode())


class UnknownOptionError(Exception):
    """That checkout has no such option."""


def call(checkout: Path, *arguments: str | Path) -> list[dict[str, Any]]:
    """The events of a verb of that checkout. Raises UnknownOptionError."""
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(checkout), "HF_HUB_OFFLINE": "1"}
    command = [sys.executable, "-m", "textgen_gui", *map(str, arguments), "--json"]
    done = subprocess.run(command, cwd=checkout, env=environment, capture_output=True, encoding="utf-8")
    if done.returncode == WRONG_USAGE:
        raise UnknownOptionError(done.stderr)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)} ended with {done.returncode}:\n{done.stderr}")
    return [json.loads(line) for line in done.stdout.splitlines()]


def only(happened: list[dict[str, Any]], name: str) -> dict[str, Any]:
    """The one event of this name."""
    (found,) = (event for event in happened if event["event"] == name)
    return found


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:16]


def main() -> int:
    """Prints a table; exit code 1 where two checkouts differ."""
    checkouts = [ROOT, *(Path(argument).resolve() for argument in sys.argv[1:])]
    with tempfile.TemporaryDirectory(prefix="proof-texts-") as texts, ThreadPoolExecutor() as side_by_side:
        make_texts(Path(texts))
        found = list(side_by_side.map(lambda checkout: proof(checkout, Path(texts)), checkouts))
    for name in found[0]:
        print(f"{name:<72}", *(hashes[name] for hashes in found))
    known = [name for name in found[0] if all(hashes[name] != UNKNOWN for hashes in found)]
    same = sum(len({hashes[name] for hashes in found}) == 1 for name in known)
    print(f"{same} of {len(known)} equal")
    return 0 if same == len(known) else 1


if __name__ == "__main__":
    sys.exit(main())
