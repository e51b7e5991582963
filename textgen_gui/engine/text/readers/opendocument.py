"""OpenDocument, .odt and .odp: paragraphs in their order, a table's rows as lines, notes after the text."""

import posixpath
import zipfile
from collections import Counter
from collections.abc import Collection, Iterable, Iterator

from lxml import etree

from ...core.config import TextConfig
from ...core.errors import TextError
from . import formula
from .archive import has_pictures, open_archive, part, xml
from .fields import among
from .flow import Flow, described, hiding
from .reading import Input, Reading, cut

WHAT = "OpenDocument (.odt)"
PARTS = ("text", "notes", "comments", "headers and footers")
USUAL = ("text", "notes")
MOST_SPACES = 1000  # that one element may stand for

TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
STYLE = "{urn:oasis:names:tc:opendocument:xmlns:style:1.0}"
DRAW = "{urn:oasis:names:tc:opendocument:xmlns:drawing:1.0}"
PRESENTATION = "{urn:oasis:names:tc:opendocument:xmlns:presentation:1.0}"
SVG = "{urn:oasis:names:tc:opendocument:xmlns:svg-compatible:1.0}"
MATH = "{http://www.w3.org/1998/Math/MathML}"
EXTENSION = "{urn:org:documentfoundation:names:experimental:office:xmlns:loext:1.0}"
LINK = "{http://www.w3.org/1999/xlink}href"

_bodies = (f"{OFFICE}text", f"{OFFICE}presentation")
_signs = {f"{TEXT}tab": "\t", f"{TEXT}line-break": "\n"}
_paragraphs = frozenset((f"{TEXT}p", f"{TEXT}h"))
_row = f"{TABLE}table-row"
_spaces, _object = f"{TEXT}s", f"{DRAW}object"
_note, _comment = f"{TEXT}note", f"{OFFICE}annotation"
_section, _span = f"{TEXT}section", f"{TEXT}span"
_contents = {f"{TEXT}{name}": "contents" for name in ("table-of-content", "illustration-index", "table-index")}
_contents |= {f"{TEXT}{name}": "index" for name in ("alphabetical-index", "object-index", "user-index")}
_page = f"{DRAW}page"
_control = f"{EXTENSION}content-control"  # as Word has them
_skipped = frozenset(
    (
        f"{TEXT}tracked-changes",
        f"{TEXT}note-citation",
        f"{TEXT}ruby-text",
        f"{TEXT}script",
        f"{TEXT}placeholder",
        f"{TEXT}page-number",
        f"{TEXT}page-count",
        f"{SVG}title",
        f"{SVG}desc",
        f"{MATH}annotation",
        f"{MATH}annotation-xml",
        f"{OFFICE}forms",
        "{http://purl.org/dc/elements/1.1/}creator",
        "{http://purl.org/dc/elements/1.1/}date",
    )
)


class _HoldsText(dict[str, bool]):
    """Whether words stand directly in an element, and not only in what is inside: a box, a note, a list."""

    def __missing__(self, tag: str) -> bool:
        self[tag] = (tag.startswith((TEXT, MATH)) and tag != _note) or tag == _control
        return self[tag]


_holds_text = _HoldsText()
_special = _skipped | _paragraphs | _signs.keys() | {_row, _note, _comment, _spaces, _object}
_special |= {_section, _span, _page, _control, *_contents}


def read(file: Input, format: str, options: TextConfig) -> tuple[Reading, Iterator[str | None]]:
    """Raises TextError when the document is damaged, protected or empty."""
    wanted = set(among(options.columns, PARTS) or USUAL)
    with open_archive(file, WHAT) as archive:
        names = set(archive.namelist())
        manifest = "META-INF/manifest.xml"
        if manifest in names and b"encryption-data" in part(file, archive, manifest, WHAT):
            raise TextError(f"{file.name} is protected by a password. Save it without one.")
        document = _Document(file, archive, names)
        content = document.parsed("content.xml")
        body = next((each for each in content.iterfind(f"{OFFICE}body/*") if each.tag in _bodies), None)
        if body is None:
            raise TextError(f"{file.name} holds no text document. Open it in its program and save it as {WHAT}.")
        document.hide_by(content, *document.named_styles())
        document.walk(body)
        headers = document.headers(wanted)
        pictures = has_pictures(archive)
    flows = {"text": document.text, "notes": document.notes, "comments": document.comments}
    lines = [line for name, flow in flows.items() if name in wanted for line in flow.lines]
    text = "\n".join([*lines, *headers]).strip("\n")
    if not text.strip():
        raise TextError(f"{file.name} holds no text." + (" Pictures of text cannot be read." if pictures else ""))
    learnt = tuple(name for name in PARTS if name in wanted)
    reading = Reading(format, "", warnings=document.warnings(wanted), columns=PARTS, learnt=learnt)
    return reading, iter([*cut(text), None])


class _Document:
    """What stands in the parts of a document: each kind of text flows by itself."""

    def __init__(self, file: Input, archive: zipfile.ZipFile, names: Collection[str]) -> None:
        self._file, self._archive, self._names = file, archive, names
        self.text, self.notes, self.comments = Flow(), Flow(), Flow()
        self._flows = [self.text]
        self._count: Counter[str] = Counter()
        self._hidden_styles = frozenset[tuple[str, str]]()

    def parsed(self, name: str) -> "etree._Element":
        return xml(self._file, part(self._file, self._archive, name, WHAT), WHAT)

    def named_styles(self) -> "list[etree._Element]":
        """Without those that only its headers have, where a name may be of another one."""
        return self.parsed("styles.xml").findall(f"{OFFICE}styles") if "styles.xml" in self._names else []

    def hide_by(self, *parts: "etree._Element") -> None:
        """From here on hides what is written in those styles in these parts that show nothing."""
        self._hidden_styles = _hidden_styles(style for part in parts for style in part.iter(f"{STYLE}style"))

    def walk(self, body: "etree._Element") -> None:
        walk, flow = etree.iterwalk(body, events=("start", "end")), self._flows[-1]
        for event, element in walk:
            tag = element.tag
            if event == "start":
                if tag in _special:
                    if tag in _skipped or self._is_hidden(element, tag):
                        self._count["deletions"] += sum(1 for _ in element.iter(f"{TEXT}deletion"))
                        if tag in _paragraphs:
                            flow.start_paragraph()  # an empty one: its end comes all the same
                        walk.skip_subtree()
                        continue
                    self._start(element, tag)
                    flow = self._flows[-1]
                text = element.text
                if text and flow.in_paragraph and _holds_text[tag]:
                    flow.add_words(text)
                continue
            if tag in _special:
                self._end(tag)
                flow = self._flows[-1]
            text = element.tail
            if text and flow.in_paragraph and _holds_text[element.getparent().tag]:
                flow.add_words(text)

    def _is_hidden(self, element: "etree._Element", tag: str) -> bool:
        if tag == _control:
            return element.get(f"{EXTENSION}showing-place-holder") == "true"  # what a form asks for is no answer
        if tag in _contents:
            self._count[_contents[tag]] += 1
            return True
        if tag == _page:
            is_hidden = ("drawing-page", element.get(f"{DRAW}style-name") or "") in self._hidden_styles
            self._count["slides"] += is_hidden
            return is_hidden
        if tag == _section:
            hidden = element.get(f"{TEXT}display") == "none"
        else:
            style = ("text" if tag == _span else "paragraph"), element.get(f"{TEXT}style-name") or ""
            hidden = style in self._hidden_styles and (tag == _span or tag in _paragraphs)
        self._count["hidden"] += hidden and any(text.strip() for text in element.itertext())
        return hidden

    def _start(self, element: "etree._Element", tag: str) -> None:
        flow = self._flows[-1]
        if tag in _paragraphs:
            flow.start_paragraph()
        elif tag in _signs:
            flow.add(_signs[tag])
        elif tag == _spaces:
            flow.add(" " * _number(element.get(f"{TEXT}c") or "1"))
        elif tag == _row:
            flow.start_row()
        elif tag in (_note, _comment):
            self._count["notes" if tag == _note else "comments"] += 1
            self._flows.append(self.notes if tag == _note else self.comments)
        elif tag == _object:
            self._formula(element.get(LINK) or "")

    def _end(self, tag: str) -> None:
        if tag in _paragraphs:
            self._flows[-1].end_paragraph()
        elif tag == _row:
            self._flows[-1].end_row()
        elif tag in (_note, _comment):
            self._flows.pop()

    def _formula(self, link: str) -> None:
        """A formula is a document of its own inside the archive."""
        name = posixpath.normpath(posixpath.join(link, "content.xml"))
        if name not in self._names:
            return
        root = self.parsed(name)
        if root.tag != f"{MATH}math":
            self._count["objects"] += any(text.strip() for text in root.itertext())
            return
        left_out = f"{MATH}annotation"
        around, flow = formula.Parts(), self._flows[-1]
        for event, each in etree.iterwalk(root, events=("start", "end")):
            if event == "end":
                flow.add(around.behind(each))
            elif not each.tag.startswith(left_out):
                flow.add(around.before(each) + (each.text or "").strip())

    def headers(self, wanted: Collection[str]) -> list[str]:
        if "styles.xml" not in self._names:
            return []
        lines: list[str] = []
        self.hide_by(self.parsed("styles.xml"))
        for name in ("header", "footer", "header-left", "footer-left", "header-first", "footer-first"):
            for element in self.parsed("styles.xml").iter(STYLE + name):
                flow = Flow()
                self._flows = [flow]
                self.walk(element)
                if "".join(flow.lines).strip():
                    self._count["headers and footers"] += 1
                    lines += flow.lines
        return lines if "headers and footers" in wanted else []

    def warnings(self, wanted: Collection[str]) -> list[str]:
        names = (
            ("comments", "comment", "comments"),
            ("headers and footers", "header or footer", "headers and footers"),
            ("deletions", "deleted passage", "deleted passages"),
            ("notes", "note", "notes"),
            ("hidden", "hidden passage", "hidden passages"),
            ("contents", "table of contents", "tables of contents"),
            ("index", "index", "indexes"),
            ("slides", "hidden slide", "hidden slides"),
            ("objects", "embedded document", "embedded documents"),
        )
        return described((self._count[name], one, many) for name, one, many in names if name not in wanted)


def _hidden_styles(styles: Iterable["etree._Element"]) -> frozenset[tuple[str, str]]:
    """By their families and names."""
    shown, based = dict[tuple[str, str], bool](), dict[tuple[str, str], tuple[str, str]]()
    for style in styles:
        family = style.get(f"{STYLE}family") or ""
        name = family, style.get(f"{STYLE}name") or ""
        looks, slide = style.find(f"{STYLE}text-properties"), style.find(f"{STYLE}drawing-page-properties")
        display = looks.get(f"{TEXT}display") if looks is not None else None
        if slide is not None:
            shown[name] = slide.get(f"{PRESENTATION}visibility") != "hidden"
        elif display is not None:
            shown[name] = display != "none"
        elif parent := style.get(f"{STYLE}parent-style-name"):
            based[name] = family, parent
    return hiding(shown, based)


def _number(count: str) -> int:
    """A number that is none, or an absurd one, stands for one space and for many."""
    return min(MOST_SPACES, int(count)) if count.isascii() and count.isdigit() and len(count) < 10 else 1
