"""Makes the starter again: the small English model that the program ships in resources/starter/.

    python packaging/starter/make.py FOLDER_OF_BOOKS [--work FOLDER]

FOLDER_OF_BOOKS holds the works of books.txt as plain text. It takes about an hour and a half on two cores, may be
stopped at any time with Ctrl-C, and goes on where it stopped when it is started again. Everything is done by the
program's own commands, so the model is what a user could have made.
"""

import argparse
import hashlib
import re
import shutil
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
TARGET = ROOT / "resources" / "starter"

PREPARE = ["text.repair=true", "vocabulary=6000", "heldout=0.002"]
MODEL = ["model.layers=6", "model.width=256", "model.heads=8", "model.context=256"]
TRAIN = [
    "train.batch=16",
    "train.steps=12000",
    "train.mark_every=250",
    "train.learning_rate=0.002",
    "train.weight_decay=0.1",
    "train.average=0.1",
    "train.warmup=0.02",
    "train.decay=0.7",
    "train.seed=1",
]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("books", type=Path)
    parser.add_argument("--work", type=Path, default=HERE / "work", help="where texts, tokens and checkpoints lie")
    options = parser.parse_args()
    check_books(options.books)
    texts, project = options.work / "texts", options.work / "project"
    if not texts.exists():
        vary(options.books, texts)
    if not (project / "runs").exists():
        textgen("prepare", project, texts, *settings(PREPARE))
        textgen("new", project, "--name", "starter", *settings([*MODEL, *TRAIN]))
    (run,) = (project / "runs").iterdir()
    textgen("train", run, "--pace", "all")
    publish(run)


def textgen(*arguments: object) -> None:
    subprocess.run([sys.executable, "-m", "textgen_gui", *map(str, arguments)], check=True, cwd=ROOT)


def settings(assignments: list[str]) -> Iterator[str]:
    for assignment in assignments:
        yield from ("--set", assignment)


def check_books(books: Path) -> None:
    """Ends the program with a sentence when a book is missing, or reads otherwise than it did."""
    for line in (HERE / "books.txt").read_text(encoding="utf-8").splitlines():
        digest, name = line.split("  ", 1)
        book = books / name
        if not book.is_file() or hashlib.sha256(book.read_bytes()).hexdigest() != digest:
            sys.exit(f"{book} is missing, or is another edition than the one in books.txt.")


# --- the books as people's files look: typographic or plain quotation marks and dashes, paragraphs whole or wrapped


def vary(books: Path, target: Path) -> None:
    """A book is always treated alike: its name decides. 59 % get typographic marks, 20 % more a long dash, 15 % are
    wrapped at 70 letters.
    """
    with_new = target.with_suffix(".new")
    shutil.rmtree(with_new, ignore_errors=True)
    with_new.mkdir(parents=True)
    for book in sorted(books.glob("*.txt")):
        text, digits = book.read_text(encoding="utf-8"), hashlib.sha256(book.name.encode()).digest()
        if digits[0] < 150:
            text = typographic(text)
        elif digits[0] < 200:
            text = text.replace("--", "—")
        if digits[1] < 38:
            text = wrapped(text)
        (with_new / book.name).write_text(text, encoding="utf-8")
    with_new.rename(target)


def typographic(text: str) -> str:
    text = text.replace("--", "—")
    text = re.sub(r"(^|[\s(\[—“‘-])\"", r"\1“", text, flags=re.M).replace('"', "”")
    text = re.sub(r"(^|[\s(\[—“-])'(?=[\w“])", r"\1‘", text, flags=re.M).replace("'", "’")
    return re.sub(r"‘(tis|twas|twere|em|til|cause|bout|gainst)\b", r"’\1", text, flags=re.I)


def wrapped(text: str) -> str:
    return "\n".join(
        textwrap.fill(line, 70, break_long_words=False, break_on_hyphens=False) if len(line) > 75 else line
        for line in text.split("\n")
    )


# --- the finished run as the program ships it


def publish(run: Path) -> None:
    """The last checkpoint in half precision, with what is known of it."""
    import torch
    from transformers import AutoModelForCausalLM

    newest = max((run / "checkpoints").glob("step-*"), key=lambda folder: folder.name)
    new = TARGET.with_name("starter.new")
    shutil.rmtree(new, ignore_errors=True)
    AutoModelForCausalLM.from_pretrained(newest, dtype=torch.float16).save_pretrained(new)
    for name in ("tokenizer.json", "tokenizer_config.json"):
        shutil.copyfile(newest / name, new / name)
    shutil.copyfile(HERE / "model-card.md", new / "README.md")
    shutil.copyfile(HERE / "model.toml", new / "model.toml")
    (new / "model.safetensors").chmod(0o644)  # safetensors writes for the owner alone
    shutil.rmtree(TARGET, ignore_errors=True)
    new.rename(TARGET)


if __name__ == "__main__":
    main()
