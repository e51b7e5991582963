"""Archives, .zip, of texts in any other format: each is read as if it lay in a folder. Nothing is unpacked for good."""

import lzma
import posixpath
import re
import shutil
import tempfile
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from ...core.config import TextConfig
from ...core.errors import EngineError, TextError
from ...core.text_formats import KEEP_BYTES, PAGE_OF_NOTE, is_hidden, is_note_of_keep, text_format
from . import scrivener
from .archive import open_archive
from .flow import described
from .reading import Input, Reading

WHAT = "zip"
MOST_FILES = 10_000
# What the ways to pack raise for damaged bytes, or for one that this Python does not know.
DAMAGES = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, NotImplementedError, ValueError, OSError)
LARGEST_FILE = 2_000_000_000  # bytes
OWN = "project.toml"  # of projects of this program, which hold what models wrote
_nouns = re.compile("(file|project|page)")
DEEPEST = 2  # archives in archives


def read(file: Input, format: str, options: TextConfig) -> tuple[Reading, Iterator[str | None]]:
    """Raises TextError when the archive is damaged or holds no text."""
    reading = Reading(format, "")
    return reading, _documents(file, _content(file, DEEPEST), options, reading, DEEPEST)


@dataclass(frozen=True, slots=True)
class _Content:
    """``texts`` in any format, archives among them; whether there are Scrivener projects beside; what is no text."""

    texts: list[zipfile.ZipInfo]
    scrivener: bool
    left_out: Counter[str]


def _content(file: Input, deepest: int) -> _Content:
    with open_archive(file, WHAT) as archive:
        entries = [entry for entry in archive.infolist() if not entry.is_dir()]
        if len(entries) > MOST_FILES:
            raise TextError(
                f"{file.name} holds more than {MOST_FILES:,} files. Unpack it and add its folders one at a time."
            )
        pages = _pages_of_notes(archive, entries)
    visible = [entry for entry in entries if _is_seen(entry.filename)]
    own = [posixpath.dirname(e.filename) for e in visible if posixpath.basename(e.filename) == OWN]
    hidden = len(entries) - len(visible)
    visible = [entry for entry in visible if not any(_is_below(entry.filename, folder) for folder in own)]
    projects = [posixpath.dirname(e.filename) for e in visible if e.filename.lower().endswith(scrivener.BINDER)]
    loose = [entry for entry in visible if not any(_is_below(entry.filename, folder) for folder in projects)]
    known = [entry for entry in loose if _format(entry) not in ("", "zip" if not deepest else "")]
    texts = [entry for entry in known if entry.filename not in pages]
    if not texts and not projects and own:
        raise TextError(
            f"{file.name} holds no text but what lies with its {OWN}. That file marks a project of this program, "
            "which is left out. Unpack it and add the texts themselves."
        )
    if not texts and not projects:
        raise TextError(f"{file.name} holds no file that this program reads.")
    left_out = Counter(
        {"hidden file": hidden, "project of this program": len(own), "file in another format": len(loose) - len(known)}
    ) + Counter({PAGE_OF_NOTE: len(known) - len(texts)})
    return _Content(sorted(texts, key=lambda entry: entry.filename), bool(projects), left_out)


def _pages_of_notes(archive: zipfile.ZipFile, entries: list[zipfile.ZipInfo]) -> set[str]:
    """As of a folder: see core/text_formats.py."""
    names, found = {entry.filename for entry in entries}, set[str]()
    for entry in entries:
        page = f"{posixpath.splitext(entry.filename)[0]}.html"
        if entry.filename.lower().endswith(".json") and page in names:
            with suppress(*DAMAGES, RuntimeError), archive.open(entry) as record:
                found |= {page} if is_note_of_keep(record.read(KEEP_BYTES)) else set()
    return found


def _format(entry: zipfile.ZipInfo) -> str:
    return text_format(Path(entry.filename))[0]


def _is_seen(name: str) -> bool:
    return not any(map(is_hidden, name.replace("\\", "/").split("/")))


def _is_below(name: str, folder: str) -> bool:
    return not folder or name.startswith(f"{folder}/")


def _documents(
    file: Input, content: _Content, options: TextConfig, reading: Reading, deepest: int
) -> Iterator[str | None]:
    """``deepest``: how many archives may lie in each other."""
    from . import read as read_file  # the other readers, of which this is one

    if content.scrivener:
        yield from _projects(file, content, options, reading)
    refused, has_text = dict[str, EngineError](), content.scrivener
    with open_archive(file, WHAT) as archive, tempfile.TemporaryDirectory() as folder:
        for entry in content.texts:
            name = posixpath.basename(entry.filename.replace("\\", "/"))
            endings = "".join(Path(name).suffixes[-2:]).lower()
            path = Path(folder) / f"text{endings or f'.{_format(entry)}'}"  # a box of Apple Mail has none
            if name.lower().endswith(".js"):
                path = Path(folder) / "tweets.js"
            inside = Reading("", "")
            try:
                _unpack(file, archive, entry, path)
                if _format(entry) == "zip":
                    inner = Input(path)
                    pieces = _documents(inner, _content(inner, deepest - 1), options, inside, deepest - 1)
                else:
                    inside, pieces = read_file(path, options)
                yield from pieces
                has_text = True
            except EngineError as problem:
                refused[str(problem).replace(path.name, name)] = problem
            finally:
                path.unlink(missing_ok=True)
            reading.warnings += [f"{name}: {warning}" for warning in inside.warnings]
    for sentence, why in refused.items():
        if not has_text:
            raise TextError(sentence) if isinstance(why, TextError) else why
        reading.warnings.append(sentence)
    counts = content.left_out.items()
    reading.warnings += described((count, what, _nouns.sub(r"\1s", what)) for what, count in counts)


def _projects(file: Input, content: _Content, options: TextConfig, reading: Reading) -> Iterator[str | None]:
    """Those of Scrivener."""
    try:
        inside, pieces = scrivener.read(file, WHAT, options)
    except EngineError as problem:
        if not content.texts:
            raise
        inside, pieces = Reading("", "", warnings=[str(problem)]), iter(())
    yield from pieces
    reading.warnings += inside.warnings


def _unpack(file: Input, archive: zipfile.ZipFile, entry: zipfile.ZipInfo, path: Path) -> None:
    """Into a file of our own naming, so that no name inside an archive leads anywhere."""
    if entry.file_size > LARGEST_FILE:
        raise TextError(f"{path.name} is larger than {LARGEST_FILE // 1_000_000} MB. Unpack and divide it.")
    try:
        with archive.open(entry) as packed, path.open("wb") as unpacked:
            shutil.copyfileobj(packed, unpacked)
    except RuntimeError as problem:
        raise TextError(f"{file.name} is protected by a password. Save it without one.") from problem
    except DAMAGES as problem:
        if isinstance(problem, OSError) and problem.errno is not None:
            raise  # the disk, and not the archive
        raise TextError(f"{path.name} is damaged inside {file.name}. Pack it again.") from problem
