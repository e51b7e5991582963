"""Office documents, .docx and .odt: paragraphs in their order, a table's rows as lines."""

from collections.abc import Callable, Iterator

from lxml import etree

from ...core.config import TextConfig
from ...core.errors import TextError
from .archive import open_archive, part, xml
from .reading import Input, Reading, cut

WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
DRAW = "{urn:oasis:names:tc:opendocument:xmlns:drawing:1.0}"

signs = {
    f"{WORD}tab": "\t",
    f"{WORD}br": "\n",
    f"{WORD}cr": "\n",
    f"{WORD}noBreakHyphen": "-",
    f"{TEXT}tab": "\t",
    f"{TEXT}line-break": "\n",
}
skipped = frozenset(
    f"{space}{name}"
    for space, names in (
        (WORD, "del moveFrom instrText delText pict drawing object txbxContent rPr pPr sectPr"),
        (TEXT, "tracked-changes note-citation ruby-text"),
        (OFFICE, "annotation annotation-end"),
        (DRAW, "frame"),
    )
    for name in names.split()
)
paragraphs = frozenset((f"{WORD}p", f"{TEXT}p", f"{TEXT}h"))
rows = frozenset((f"{WORD}tr", f"{TABLE}table-row"))


def read(file: Input, format: str, options: TextConfig) -> tuple[Reading, Iterator[str | None]]:
    """Raises TextError when the document is damaged, protected or empty."""
    name = {"docx": "word/document.xml", "odt": "content.xml"}[format]
    what = {"docx": "Word (.docx)", "odt": "OpenDocument (.odt)"}[format]
    with open_archive(file, what) as archive:
        if format == "odt" and b"manifest:encryption-data" in (
            part(file, archive, "META-INF/manifest.xml", what) if "META-INF/manifest.xml" in archive.namelist() else b""
        ):
            raise TextError(f"{file.name} is protected by a password. Save it without one.")
        root = xml(file, part(file, archive, name, what), what)
        notes = _notes(file, archive.namelist(), lambda part_name: part(file, archive, part_name, what), what)
    body = root.find(f"{WORD}body") if format == "docx" else root.find(f"{OFFICE}body/{OFFICE}text")
    if body is None:
        raise TextError(f"{file.name} holds no text document. Open it in its program and save it as {what}.")
    text = "\n".join([*_paragraphs(body), *notes]).strip("\n")
    if not text.strip():
        raise TextError(f"{file.name} holds no text. Pictures of text cannot be read.")
    return Reading(format, ""), iter([*cut(text), None])


def _notes(file: Input, names: list[str], content: Callable[[str], bytes], what: str) -> list[str]:
    """Footnotes and endnotes of a Word document; the first two are the lines that part them from the page."""
    found = []
    for name in ("word/footnotes.xml", "word/endnotes.xml"):
        if name in names:
            root = xml(file, content(name), what)
            found += [line for note in root if note.get(f"{WORD}type") is None for line in _paragraphs(note)]
    return found


def _paragraphs(body: "etree._Element") -> Iterator[str]:
    """The lines of a document. Walks without recursion, so no nesting is too deep."""
    line: list[str] = []
    row: list[str] | None = None
    hidden = 0
    for event, element in etree.iterwalk(body, events=("start", "end")):
        tag = element.tag
        if tag in skipped:
            hidden += 1 if event == "start" else -1
            if event == "end" and not hidden and tag.startswith(("{urn",)):
                line.append(element.tail or "")
            continue
        if hidden or not isinstance(tag, str):
            continue
        if event == "start":
            if tag in rows:
                row = []
            line.append(_own_text(element, tag))
            continue
        if tag in paragraphs:
            text, line = "".join(line), []
            if row is None:
                yield text
            else:
                row.append(text)
        elif tag in rows and row is not None:
            yield "\t".join(row)
            row = None
        if tag.startswith("{urn") and tag not in paragraphs and tag not in rows:
            line.append(_plain(element.tail))


def _own_text(element: "etree._Element", tag: str) -> str:
    if tag in signs:
        return signs[tag]
    if tag == f"{WORD}t":
        return element.text or ""
    if tag == f"{TEXT}s":
        return " " * min(1000, int(element.get(f"{TEXT}c", "1")))
    if tag.startswith(TEXT):
        return _plain(element.text)
    return ""


def _plain(text: str | None) -> str:
    # In OpenDocument white space in the file is like that in a web page; spaces that count have an element.
    return (
        " ".join((text or "").replace("\n", " ").split(" "))
        if text and text.strip()
        else (" " if text and " " in text else "")
    )
