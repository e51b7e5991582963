"""Which files are texts that the program reads, by the ends of their names; what reads them is in text/readers/.

A window needs to know this before any reader is imported, so this table is the one place that names formats.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from .errors import ProjectError


@dataclass(frozen=True, slots=True)
class TextFormat:
    """``reader``: its module in text/readers/. ``gzip``: it may also be packed, with .gz after its own ending."""

    endings: tuple[str, ...]
    reader: str
    gzip: bool = False


formats = {
    "text": TextFormat((".txt", ".text"), "text", gzip=True),
    "markdown": TextFormat((".md", ".markdown"), "text", gzip=True),
    "csv": TextFormat((".csv",), "table", gzip=True),
    "tsv": TextFormat((".tsv",), "table", gzip=True),
    "json": TextFormat((".json",), "records", gzip=True),
    "jsonl": TextFormat((".jsonl", ".ndjson"), "records", gzip=True),
    "html": TextFormat((".html", ".htm", ".xhtml"), "html", gzip=True),
    "docx": TextFormat((".docx",), "office"),
    "odt": TextFormat((".odt",), "office"),
    "epub": TextFormat((".epub",), "epub"),
    "pdf": TextFormat((".pdf",), "pdf"),
}
text_formats = {ending: name for name, known in formats.items() for ending in known.endings}


def text_format(path: Path) -> tuple[str, bool]:
    """The format by the file's name ("" for none that can be read), and whether it is packed with gzip."""
    packed = path.suffix.lower() == ".gz"
    name = text_formats.get((path.with_suffix("") if packed else path).suffix.lower(), "")
    return ("" if packed and name and not formats[name].gzip else name), packed


def texts_below(paths: Iterable[Path], limit: int = 10_000) -> tuple[list[Path], list[Path]]:
    """Dropped files and the files of dropped folders: those whose format is known, and the others.

    Links are not followed and only regular files are taken, so a loop or a device cannot hold it up.
    Raises ProjectError above ``limit`` files.
    """
    known: list[Path] = []
    others: list[Path] = []
    for path in paths:
        files = sorted(p for p in path.rglob("*") if not p.is_symlink()) if path.is_dir() else [path]
        for file in files:
            if file.is_file():
                (known if text_format(file)[0] else others).append(file)
            elif not file.is_dir():
                others.append(file)
        if len(known) > limit:
            raise ProjectError(f"{path} holds more than {limit:,} texts. Add its folders one at a time.")
    return known, others
