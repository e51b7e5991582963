"""E-books, .epub: the chapters in the order of the spine, all of them one document."""

import posixpath
import zipfile
from collections.abc import Iterator
from urllib.parse import unquote

from ...core.config import TextConfig
from ...core.errors import TextError
from . import html
from .archive import damaged, open_archive, part, xml
from .reading import Input, Reading, cut

WHAT = "EPUB"
CONTAINER = "{urn:oasis:names:tc:opendocument:xmlns:container}"
PACKAGE = "{http://www.idpf.org/2007/opf}"
ENCRYPTED = "{http://www.w3.org/2001/04/xmlenc#}"
pages = ("application/xhtml+xml", "text/html", "application/x-dtbook+xml")


def read(file: Input, format: str, options: TextConfig) -> tuple[Reading, Iterator[str | None]]:
    """Raises TextError when the book is damaged, protected or empty."""
    archive = open_archive(file, WHAT)
    try:
        chapters = _spine(file, archive)
    except TextError:
        archive.close()
        raise
    reading = Reading(format, "")
    return reading, _document(file, archive, chapters, reading)


def _spine(file: Input, archive: zipfile.ZipFile) -> list[str]:
    """The names of the chapters in reading order, without tables of contents."""
    container = xml(file, part(file, archive, "META-INF/container.xml", WHAT), WHAT)
    root = next((item.get("full-path") for item in container.iter(f"{CONTAINER}rootfile")), None)
    if not root:
        raise damaged(file, WHAT)
    package = xml(file, part(file, archive, root, WHAT), WHAT)
    folder = posixpath.dirname(root)
    items = {item.get("id"): item for item in package.iter(f"{PACKAGE}item")}
    chapters = []
    for reference in package.iter(f"{PACKAGE}itemref"):
        item = items.get(reference.get("idref"))
        if item is None or reference.get("linear") == "no" or item.get("media-type") not in pages:
            continue
        if "nav" not in (item.get("properties") or "").split():
            chapters.append(posixpath.normpath(posixpath.join(folder, unquote(item.get("href") or ""))))
    _refuse_protected(file, archive, set(chapters))
    return chapters


def _refuse_protected(file: Input, archive: zipfile.ZipFile, chapters: set[str]) -> None:
    name = "META-INF/encryption.xml"
    if name in archive.namelist():
        locked = {
            unquote(r.get("URI") or "")
            for r in xml(file, part(file, archive, name, WHAT), WHAT).iter(f"{ENCRYPTED}CipherReference")
        }
        if locked & chapters:  # fonts are often locked, which does no harm
            raise TextError(
                f"{file.name} is protected against copying. Only books without such protection can be read."
            )


def _document(file: Input, archive: zipfile.ZipFile, chapters: list[str], reading: Reading) -> Iterator[str | None]:
    missing, empty = 0, True
    with archive:
        present = set(archive.namelist())
        for chapter in chapters:
            if chapter not in present:
                missing += 1
                continue
            content = part(file, archive, chapter, WHAT)
            text = html.to_text(_decoded(content))
            if text is None:
                raise damaged(file, WHAT)
            if text:
                yield from cut(text if empty else "\n\n" + text)
                empty = False
    if missing:
        reading.warnings.append(f"{missing:,} of {len(chapters):,} chapters are missing from the file.")
    if empty:
        raise TextError(f"{file.name} holds no text. Pictures of text cannot be read.")
    yield None


def _decoded(content: bytes) -> str:
    """The standard allows UTF-8 and UTF-16 only."""
    wide = content.startswith((b"\xff\xfe", b"\xfe\xff"))
    return content.decode("utf-16" if wide else "utf-8-sig", "replace")
