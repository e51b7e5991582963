"""E-books, .epub: the chapters in the order of the spine, all of them one document.

Elements are known by their local names: old books and mistaken programs use many namespaces.
"""

import posixpath
import unicodedata
import zipfile
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from urllib.parse import unquote

from lxml import etree

from ...core.config import TextConfig
from ...core.errors import TextError
from . import labels, markup
from .archive import damaged, has_pictures, open_archive, part, xml
from .flow import described
from .reading import Input, Reading, about_unreadable, counted, cut

WHAT = "EPUB"
no_pages = (
    "image/",
    "audio/",
    "video/",
    "font/",
    "text/css",
    "application/x-dtbncx",
    "application/font",
    "application/pdf",
)
LONGEST_CHAIN = 9  # of pages that stand for each other
pages = ("html", "oeb", "dtbook")  # in the name of every type that all programs show


@dataclass(frozen=True, slots=True)
class _Spine:
    """The names of the chapters in reading order, each once. ``lost``: how many the book names but does not define.

    ``others``: pages that are pictures, or in a format for which nothing else stands in.
    """

    chapters: list[str]
    lost: int = 0
    contents: int = 0
    outside: int = 0
    others: int = 0


def read(file: Input, format: str, options: TextConfig) -> tuple[Reading, Iterator[str | None]]:
    """Raises TextError when the book is damaged, protected or empty."""
    with ExitStack() as undone:
        archive = undone.enter_context(open_archive(file, WHAT))
        spine = _spine(file, archive)
        _refuse_protected(file, archive, set(spine.chapters))
        undone.pop_all()  # it stays open until its chapters are read
    reading = Reading(format, "")
    return reading, _document(file, archive, spine, reading, options)


def _spine(file: Input, archive: zipfile.ZipFile) -> _Spine:
    root = _package_name(file, archive)
    package = xml(file, part(file, archive, root, WHAT), WHAT)
    items = {(item.get("id") or "").strip(): item for item in package.iter("{*}item")}
    places = [
        (_standing_for(items, entry.get("idref") or ""), entry.get("linear") == "no")
        for entry in package.iter("{*}itemref")
    ]
    if not places:  # a book without an order is read in the order in which it lists its files
        places = [(item, False) for item in items.values() if _is_page(item)]
    if all(outside for item, outside in places if item is not None):
        places = [(item, False) for item, _ in places]
    folder, chapters = posixpath.dirname(root), list[str]()
    count: Counter[str] = Counter()
    for item, outside in places:
        if item is None:
            count["lost"] += 1
        elif not _is_page(item):
            count["other"] += 1
        elif "nav" in (item.get("properties") or "").split():
            count["contents"] += 1
        elif outside:
            count["outside"] += 1
        else:
            chapters.append(_inside(archive, folder, item.get("href") or ""))
    return _Spine(list(dict.fromkeys(chapters)), count["lost"], count["contents"], count["outside"], count["other"])


def _standing_for(items: Mapping[str, "etree._Element"], id: str) -> "etree._Element | None":
    """The item of that name; where it is no page, the page that its book has for programs that cannot show it."""
    first = item = items.get(id.strip())
    for _ in range(LONGEST_CHAIN):
        if item is None or _is_page(item):
            break
        item = items.get((item.get("fallback") or "").strip())
    return item if item is not None and _is_page(item) else first


def _is_page(item: "etree._Element") -> bool:
    type = (item.get("media-type") or "").lower()
    if item.get("fallback"):
        return any(name in type for name in pages)
    return not type.startswith(no_pages)


def _package_name(file: Input, archive: zipfile.ZipFile) -> str:
    """Where the book describes itself: as the container says, or the only file that can be meant."""
    names, container = archive.namelist(), "META-INF/container.xml"
    if container in names:
        try:
            root = xml(file, part(file, archive, container, WHAT), WHAT)
            paths = [_inside(archive, "", entry.get("full-path") or "") for entry in root.iter("{*}rootfile")]
        except TextError:
            paths = []
        if found := next((path for path in paths if path in names), None):
            return found
    if found := next((name for name in names if name.lower().endswith(".opf")), None):
        return found
    raise damaged(file, WHAT)


def _inside(archive: zipfile.ZipFile, folder: str, address: str) -> str:
    """The name that a part has in the archive; addresses may be quoted, and differ in capitals."""
    plain = posixpath.normpath(posixpath.join(folder, address.replace("\\", "/").partition("#")[0])).lstrip("/")
    names = archive.NameToInfo
    for name in (plain, unquote(plain)):
        if name in names:
            return name
    wanted = _alike(unquote(plain))
    return next((name for name in names if _alike(name) == wanted), unquote(plain))


def _alike(name: str) -> str:
    """Macs write accents as signs of their own."""
    return unicodedata.normalize("NFC", name).lower()


def _refuse_protected(file: Input, archive: zipfile.ZipFile, chapters: set[str]) -> None:
    name = "META-INF/encryption.xml"
    if name in archive.namelist():
        root = xml(file, part(file, archive, name, WHAT), WHAT)
        locked = {unquote(entry.get("URI") or "") for entry in root.iter("{*}CipherReference")}
        if locked & chapters:  # fonts are often locked, which does no harm
            raise TextError(
                f"{file.name} is protected against copying. Only books without such protection can be read."
            )


def _document(
    file: Input, archive: zipfile.ZipFile, spine: _Spine, reading: Reading, options: TextConfig
) -> Iterator[str | None]:
    count, empty, damage = Counter(missing=spine.lost), True, list[TextError]()
    guessed: Counter[str] = Counter()
    left_out: Counter[str] = Counter()
    with archive:
        for chapter in spine.chapters:
            if chapter not in archive.NameToInfo:
                count["missing"] += 1
                continue
            try:
                page, text = _chapter(file, archive, chapter, options, left_out)
            except TextError as problem:
                damage.append(problem)
                continue
            guessed[page.found.encoding] += bool(page.found.warning)
            count["replaced"] += page.replaced
            count["broken"] += markup.breaks_off(page.text)
            if text:
                yield from cut(text if empty else "\n\n" + text)
                empty = False
        pictures = has_pictures(archive)
    if empty and damage:
        raise damage[0]
    for many, what in ((len(damage), "damaged and were left out"), (count["missing"], "missing from the file")):
        if many:
            reading.warnings.append(f"{many:,} of {len(spine.chapters) + spine.lost:,} chapters are {what}.")
    if count["broken"]:
        reading.warnings.append(f"{counted(count['broken'], 'chapter breaks', 'chapters break')} off before the end.")
    reading.warnings += _about_letters(guessed, count["replaced"])
    reading.warnings += _about_pages(spine, left_out)
    if empty:
        raise TextError(f"{file.name} holds no text." + (" Pictures of text cannot be read." if pictures else ""))
    yield None


def _about_pages(spine: _Spine, left_out: Counter[str]) -> list[str]:
    return described(
        [
            (spine.contents, "table of contents", "tables of contents"),
            (
                spine.others,
                "page that is a picture or in another format",
                "pages that are pictures or in other formats",
            ),
            (spine.outside, "page outside the reading order", "pages outside the reading order"),
            *((left_out[name], *words) for name, words in markup.seen.items()),
        ]
    )


def _chapter(
    file: Input, archive: zipfile.ZipFile, name: str, options: TextConfig, left_out: Counter[str]
) -> tuple[labels.Decoded, str]:
    page = labels.decode(file, part(file, archive, name, WHAT), options.encoding)
    text = markup.to_text(page.text, left_out)
    if text is None:
        raise damaged(file, WHAT)
    return page, text


def _about_letters(guessed: Counter[str], replaced: int) -> Iterator[str]:
    for name, count in guessed.items():
        if count:
            yield f"{counted(count, 'chapter')} in an encoding that was found out: {name}. Check the preview."
    yield from about_unreadable(replaced)
