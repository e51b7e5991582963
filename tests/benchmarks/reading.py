"""How fast each format is read, in this checkout against another one, in turn.

    python -m tests.benchmarks.reading OTHER [--megabytes 100] [--rounds 3] [--only FORMAT ...]

The same text is written in every format; each reading is a process of its own, so that nothing is warm for one of them.
The ratio is of speeds: above 1 this checkout is faster. A format that one of the two cannot read is said to be so.
"""

import argparse
import csv
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from email.message import EmailMessage
from html import escape
from pathlib import Path

from ..awkward import archive, docx, epub, odt, page, pdf
from .common import SHAKESPEARE, machine

ROOT = Path(__file__).parents[2]
CHAPTER = 500  # paragraphs
PAGE = 12  # paragraphs

# Prints the seconds and the characters, in a checkout that is the working folder.
READ = """
import sys, time
from pathlib import Path
from textgen_gui.engine.text import readers
started = time.monotonic()
reading, pieces = readers.read(Path(sys.argv[1]))
print(sum(len(piece or "") for piece in pieces), time.monotonic() - started)
"""


def paragraphs(megabytes: float) -> list[str]:
    """Tinyshakespeare again and again, each paragraph with a number, so that it packs as real text does."""
    found, size, number = list[str](), 0, 0
    original = SHAKESPEARE.read_text(encoding="utf-8").split("\n\n")
    while size < megabytes * 1e6:
        found.append(f"{original[number % len(original)]} {number * 7919 % 1_000_003}")
        size, number = size + len(found[-1]), number + 1
    return found


def write_table(path: Path, texts: list[str], delimiter: str) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file, delimiter=delimiter)
        rows.writerow(["number", "body"])
        rows.writerows([number, " ".join(text.split())] for number, text in enumerate(texts))


def chapters(texts: list[str]) -> dict[str, str]:
    parts = range(0, len(texts), CHAPTER)
    return {f"{at}.xhtml": page(marked(texts[at : at + CHAPTER], "<p>", "</p>")) for at in parts}


def bundles(texts: list[str]) -> Iterator[str]:
    return ("\n\n".join(texts[at : at + CHAPTER]) for at in range(0, len(texts), CHAPTER))


def marked(texts: list[str], before: str, after: str) -> str:
    return "\n".join(f"{before}{escape(text)}{after}" for text in texts)


def letters(texts: list[str]) -> Iterator[bytes]:
    for number, text in enumerate(bundles(texts)):
        letter = EmailMessage()
        letter["From"], letter["Subject"] = "somebody@example.org", f"Letter {number}"
        letter.set_content(text)
        yield b"From somebody@example.org Mon Jan  1 00:00:00 2024\n" + letter.as_bytes() + b"\n"


def cues(texts: list[str]) -> str:
    times = (f"{n // 3600:02}:{n // 60 % 60:02}:{n % 60:02}" for n in range(len(texts)))
    return "\n".join(
        f"{n}\n{at},000 --> {at},900\n{text}\n" for n, (at, text) in enumerate(zip(times, texts, strict=True), 1)
    )


def pages(texts: list[str]) -> list[str]:
    """Each with as much as a printed page has."""
    sheets = ("\n".join(texts[at : at + PAGE]) for at in range(0, len(texts), PAGE))
    plain = (text.replace("\\", "").replace("(", "").replace(")", "") for text in sheets)
    return [text.encode("ascii", "replace").decode() for text in plain]


def rich(texts: list[str]) -> str:
    return "{\\rtf1\\ansi " + "\\par\n".join(text.replace("\n", "\\line ") for text in texts) + "}"


def write_text(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")


WORD = ("<w:p><w:r><w:t>", "</w:t></w:r></w:p>")
writers: dict[str, Callable[[Path, list[str]], object]] = {
    "txt": lambda path, texts: write_text(path, "\n\n".join(texts)),
    "csv": lambda path, texts: write_table(path, texts, ","),
    "tsv": lambda path, texts: write_table(path, texts, "\t"),
    "json": lambda path, texts: write_text(path, json.dumps([{"id": n, "text": t} for n, t in enumerate(texts)])),
    "jsonl": lambda path, texts: write_text(path, "\n".join(json.dumps({"text": text}) for text in texts)),
    "html": lambda path, texts: write_text(path, page(marked(texts, "<p>", "</p>"))),
    "docx": lambda path, texts: archive(path, docx(marked(texts, *WORD))),
    "odt": lambda path, texts: archive(path, odt(marked(texts, "<text:p>", "</text:p>"))),
    "epub": lambda path, texts: archive(path, epub(found := chapters(texts), list(found))),
    "pdf": lambda path, texts: path.write_bytes(pdf(pages(texts))),
    "rtf": lambda path, texts: write_text(path, rich(texts)),
    "srt": lambda path, texts: write_text(path, cues(texts)),
    "mbox": lambda path, texts: path.write_bytes(b"".join(letters(texts))),
    "zip": lambda path, texts: archive(path, {f"{n}.txt": part for n, part in enumerate(bundles(texts))}),
}


def characters_a_second(checkout: Path, file: Path) -> float | None:
    """None where it cannot be read."""
    environment = {**os.environ, "PYTHONPATH": str(checkout)}
    command = [sys.executable, "-c", READ, str(file)]
    done = subprocess.run(command, cwd=checkout, env=environment, capture_output=True, text=True)
    if done.returncode:
        return None
    characters, seconds = done.stdout.split()
    return float(characters) / float(seconds)


def compared(file: Path, other: Path, rounds: int) -> str:
    ratios, speeds = list[float](), list[float]()
    for _ in range(rounds):
        before, now = characters_a_second(other, file), characters_a_second(ROOT, file)
        if now is None or before is None:
            who = "both" if now is None and before is None else "this checkout" if now is None else "the other one"
            return f"not read by {who} | |"
        speeds.append(now / 1e6)
        ratios.append(now / before)
    return (
        f"{statistics.median(speeds):.1f} | {statistics.median(ratios):.3f} | {', '.join(f'{r:.2f}' for r in ratios)}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("other", type=Path)
    parser.add_argument("--megabytes", type=float, default=100)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", nargs="*", choices=tuple(writers), default=tuple(writers))
    options = parser.parse_args()
    print(f"{machine()}\n\n{options.megabytes:g} MB of text\n")
    print("| format | million characters a second | this : other, median | each round |\n|---|---|---|---|")
    texts = paragraphs(options.megabytes)
    for name in options.only:
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / f"text.{name}"
            writers[name](file, texts)
            print(f"| {name} | {compared(file, options.other.resolve(), options.rounds)} |", flush=True)


if __name__ == "__main__":
    main()
