"""Web pages: what a person would read of them."""

import re
from collections.abc import Iterator

from lxml import etree

from ...core.config import TextConfig
from ...core.errors import TextError
from . import encoding
from .reading import Input, Reading, cut
from .text import started

LARGEST = 64_000_000  # bytes
blocks = frozenset(
    [
        "address",
        "article",
        "aside",
        "blockquote",
        "body",
        "dd",
        "details",
        "div",
        "dl",
        "dt",
        "fieldset",
        "figcaption",
        "figure",
        "footer",
        "form",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "header",
        "hr",
        "li",
        "main",
        "ol",
        "p",
        "pre",
        "section",
        "table",
        "tbody",
        "tfoot",
        "thead",
        "tr",
        "ul",
    ]
)
hidden = frozenset(
    [
        "script",
        "style",
        "head",
        "nav",
        "template",
        "noscript",
        "iframe",
        "svg",
        "math",
        "object",
        "select",
        "button",
        "textarea",
        "title",
    ]
)
paragraphs = frozenset(
    ["p", "blockquote", "h1", "h2", "h3", "h4", "h5", "h6", "pre", "ul", "ol", "dl", "table", "figure", "hr"]
)
_declared = re.compile(rb"""(?:charset|encoding)\s*=\s*["']?\s*([A-Za-z0-9_.:-]+)""", re.IGNORECASE)
_white = re.compile(r"[ \t\n\r\f]+")


def read(file: Input, format: str, options: TextConfig) -> tuple[Reading, Iterator[str | None]]:
    """Raises TextError when the page is too large or holds no text."""
    with file.open() as opened:
        content = opened.read(LARGEST + 1)
    if len(content) > LARGEST:
        raise TextError(
            f"{file.name} is larger than {LARGEST // 1_000_000} MB. Save the page as plain text and add that."
        )
    declared = _declared.search(content[:4096])
    wanted = options.encoding or (_known(declared[1].decode("ascii")) if declared else "")
    found = encoding.find(file, wanted if not content.startswith((b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")) else "")
    reading = started(format, found)
    page = content.decode(found.encoding, "replace")
    replaced = page.count("\ufffd") - content.count("\ufffd".encode())
    if replaced > 0:
        reading.warnings.append(f"{replaced:,} unreadable characters were replaced by “\ufffd”.")
    text = to_text(page)
    if text is None:
        raise TextError(
            f"{file.name} is nested too deeply to be a page. Open it in a browser and save it as plain text."
        )
    if not text.strip():
        raise TextError(f"{file.name} holds no text to read. Open it in a browser and save what you see as plain text.")
    return reading, iter([*cut(text), None])


def _known(name: str) -> str:
    try:
        return "" if not "a".encode(name) else name
    except (LookupError, UnicodeError, AttributeError):
        return ""


def to_text(page: str) -> str | None:
    """The readable text of a page of HTML: paragraphs apart by a blank line, other blocks by a line end.

    None when it is nested more deeply than the parser follows, because text would be missing.
    """
    # A declaration of another encoding than a string has would be an error.
    page = re.sub(r"^\s*<\?xml[^>]*\?>", "", page.lstrip("\ufeff")).replace("\0", "")
    parser = etree.HTMLParser(encoding="utf-8", no_network=True, huge_tree=False, remove_comments=True, remove_pis=True)
    root = etree.fromstring(page.encode("utf-8", "replace"), parser) if page.strip() else None
    if any("depth" in entry.message for entry in parser.error_log):
        return None
    if root is None:
        return ""
    lines = _Lines()
    skipped = preformatted = 0
    for event, element in etree.iterwalk(root, events=("start", "end")):
        name = element.tag
        if name in hidden:
            skipped += 1 if event == "start" else -1
        elif name == "pre":
            preformatted += 1 if event == "start" else -1
        if not skipped:
            lines.border(name, event)
            if event == "start" and name not in hidden:
                lines.add(element.text or "", preformatted > 0)
        if event == "end" and not skipped:
            lines.add(element.tail or "", preformatted > 0)
    return lines.text()


class _Lines:
    """Puts text together as a browser would: white space shrinks, blocks stand on lines of their own."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._wanted = 0  # line ends to come before the next text
        self._at_start = True

    def border(self, name: str, event: str) -> None:
        if name == "br" and event == "start":
            self._strip()
            self._parts.append("\n")
            self._at_start = True
        elif name in paragraphs:
            self._wanted = max(self._wanted, 2)
        elif name in blocks:
            self._wanted = max(self._wanted, 1)
        elif name in ("td", "th") and event == "end":
            self._parts.append("\t")

    def _strip(self) -> None:
        while self._parts and self._parts[-1].endswith((" ", "\t")):
            self._parts[-1] = self._parts[-1].rstrip(" \t")
            if self._parts[-1]:
                break
            self._parts.pop()

    def add(self, text: str, verbatim: bool) -> None:
        if not verbatim:
            text = _white.sub(" ", text)
            if self._wanted or self._at_start or (self._parts and self._parts[-1].endswith((" ", "\n", "\t"))):
                text = text.lstrip(" ")
        if not text:
            return
        if self._wanted and self._parts:
            self._strip()
            ends = len(self._parts[-1]) - len(self._parts[-1].rstrip("\n")) if self._parts else 0
            self._parts.append("\n" * max(0, self._wanted - ends))
        self._wanted, self._at_start = 0, False
        self._parts.append(text)

    def text(self) -> str:
        return "".join(self._parts).replace("\r\n", "\n").replace("\r", "\n").strip()
