"""The words of a page, as a person would read them in a browser."""

import re
import unicodedata
from collections import Counter
from html.entities import html5

from lxml import etree

from . import formula, unseen
from .reading import shrunk

MOST_DRAWN = 8  # characters in place of a picture: a letter with its mark, or an emoji
INITIALS = 2
SCRIPTS = 20_000  # characters that may stand behind the end of what is shown
_begin, _paragraph, _end, _page_end = (
    re.compile(p, re.IGNORECASE) for p in (r"<(html|body)[\s>]", r"</p\s*>", r"</(html|body)\b", r"</(?:html|body)\s*>")
)

blocks = frozenset(
    [
        "address",
        "article",
        "aside",
        "blockquote",
        "body",
        "caption",
        "center",
        "dd",
        "details",
        "dialog",
        "dir",
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
        "legend",
        "li",
        "main",
        "menu",
        "ol",
        "p",
        "pre",
        "section",
        "summary",
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
        "guide",
        "xml",
        "nav",
        "template",
        "noscript",
        "iframe",
        "svg",
        "annotation",
        "annotation-xml",
        "rt",
        "rtc",
        "rp",
        "object",
        "select",
        "button",
        "textarea",
        "title",
        # What stands in these is for programs that do not know them.
        "audio",
        "video",
        "canvas",
        "datalist",
        "progress",
        "meter",
        "noframes",
        "case",
    ]
)
paragraphs = frozenset(
    ["p", "blockquote", "h1", "h2", "h3", "h4", "h5", "h6", "pre", "ul", "ol", "dl", "table", "figure", "hr"]
)
# What is left out of these, a person would see, so it is counted.
seen = {
    "nav": ("menu", "menus"),
    "noscript": ("text for browsers without scripts", "texts for browsers without scripts"),
    "noframes": ("text for browsers without frames", "texts for browsers without frames"),
    "svg": ("drawing with words", "drawings with words"),
    "object": ("embedded object", "embedded objects"),
    "select": ("list to choose from", "lists to choose from"),
    "button": ("button", "buttons"),
    "textarea": ("field to fill in", "fields to fill in"),
    "page": ("page number", "page numbers"),
    "line": ("line number", "line numbers"),
    "comment": ("comment", "comments"),
    "deleted": ("deleted passage", "deleted passages"),
    "hidden": ("passage that is not shown", "passages that are not shown"),
    "swallowed": ("passage in a tag without end", "passages in tags without end"),
    "around": ("part of the page around the article", "parts of the page around the article"),
}
plain_attributes = ("class", "dir", "href", "id", "lang", "name", "rel", "src", "style", "type", "width", "xmlns")
_inside = "descendant-or-self::*/@"
# Blocks stand in these only where a quotation mark is missing; other attributes may hold what is shown later.
_holds_blocks = " or ".join(f"contains(., '</{name}>')" for name in ("p", "div", "td"))  # drawings hold other tags
_is_plain = " or ".join(f"name() = '{name}'" for name in plain_attributes)
_swallowed = etree.XPath(f"count({_inside}*[{_holds_blocks}][{_is_plain}])")
_silent = " or ".join(f"local-name() = '{name}'" for name in ("script", "style"))
_has_words = etree.XPath(f"boolean(descendant::text()[normalize-space() and not(parent::*[{_silent}])])")
_entity = re.compile(r"&([A-Za-z][A-Za-z0-9]*);")
_own_entity = re.compile(r"<!ENTITY\s+([^\s%]+)")


def to_text(page: str, left_out: Counter[str], *, is_saved: bool = False) -> str | None:
    """The readable text of a page of HTML: paragraphs apart by a blank line, other blocks by a line end.

    ``is_saved``: it comes from the web, so that what stands around its article belongs to other pages. None when it is
    nested more deeply than the parser follows, because text would be missing. Counts in ``left_out`` the elements with
    words that were passed over.
    """
    page = page.lstrip("\ufeff").replace("\0", "")
    root = as_xml(page) if "<?xml" in page[:100] or "/xhtml" in page[:1000] or "<!ENTITY" in page[:10_000] else None
    try:
        root = parsed(page) if root is None else root
    except RecursionError:
        return None
    if root is None:
        return ""
    if swallowed := int(_swallowed(root)):
        left_out["swallowed"] += swallowed
    if is_saved:
        unseen.mark_around(root)
    return words_in(root, left_out)


def parsed(page: str) -> "etree._Element | None":
    """The page as HTML; None for an empty one. Raises RecursionError when the parser does not follow it to its end."""
    # A declaration of another encoding than a string has would be an error.
    page = re.sub(r"^\s*<\?xml[^>]*\?>", "", page)
    # Browsers show what stands behind the end of a page; the parser puts it beside the page.
    page = _page_end.sub("", page)
    parser = etree.HTMLParser(encoding="utf-8", no_network=True, huge_tree=True, remove_comments=True, remove_pis=True)
    root = etree.fromstring(page.encode("utf-8", "replace"), parser) if page.strip() else None
    if any(entry.type_name == "ERR_RESOURCE_LIMIT" for entry in parser.error_log):
        raise RecursionError
    return root


def as_xml(page: str, recover: bool = False) -> "etree._Element | None":
    """The page as XML, which it seldom really is: None then, or what can be found with ``recover``.

    Entities of its own are resolved, within the parser's limits.
    """
    own = set(_own_entity.findall(page[:10_000]))
    if "&" in page:
        page = _entity.sub(lambda found: found[0] if found[1] in own else _letter(found[0], found[1]), page)
    parser = etree.XMLParser(
        encoding="utf-8",
        resolve_entities="internal",
        no_network=True,
        load_dtd=False,
        huge_tree=not own,
        remove_comments=True,
        remove_pis=True,
        recover=recover,
    )
    try:
        return etree.fromstring(page.strip().encode("utf-8", "replace"), parser)
    except (etree.XMLSyntaxError, ValueError):
        return None


def _letter(written: str, name: str) -> str:
    """XML knows five names of letters; pages use those of HTML."""
    return written if name in ("amp", "lt", "gt", "quot", "apos") else html5.get(f"{name};", written)


def words_in(root: "etree._Element", left_out: Counter[str]) -> str:
    """What a person would read of an element."""
    lines, names, around, in_math = _Lines(), _Names(), formula.Parts(), False
    preformatted, hides = 0, unseen.may_be_in(root)
    walk = etree.iterwalk(root, events=("start", "end"))
    for event, element in walk:
        name = names[element.tag]
        why = name if name in hidden else unseen.why(element) if hides else ""
        if why:
            if event == "start":
                walk.skip_subtree()
                if why in seen and _has_words(element):
                    left_out[why] += 1
                continue
        elif name == "pre":
            preformatted += 1 if event == "start" else -1
        lines.border(name, event)
        if event == "start":
            in_math = in_math or name == "math"
            drawn = _drawn(element) if name == "img" else around.before(element) if in_math else ""
            lines.add(drawn + (element.text or ""), preformatted > 0)
        else:
            if in_math:
                lines.add(around.behind(element), preformatted > 0)
                in_math = name != "math"
            lines.add(element.tail or "", preformatted > 0)
    return lines.text()


def _drawn(image: "etree._Element") -> str:
    """The letter that a picture shows where a word goes on behind it, as old books begin chapters; and an emoji."""
    shown = (image.get("alt") or "").strip()
    if not shown or len(shown) > MOST_DRAWN:
        return ""
    behind, beside, around = image.tail, image.getnext(), image.getparent()
    if not behind and (beside is not None or around is not None):
        behind = around.tail if beside is None else beside.text
    initial = shown.lstrip("“‘«\"'")
    is_initial = initial.isalpha() and initial.isupper() and len(initial) <= INITIALS and (behind or " ")[0].isalpha()
    return shown if is_initial or unicodedata.category(shown[0]) == "So" else ""


class _Names(dict[str, str]):
    """The name of each tag without its namespace, which old books and mistaken programs write in many ways."""

    def __missing__(self, tag: str) -> str:
        self[tag] = tag.rpartition("}")[2].lower()
        return self[tag]


class _Lines:
    """Puts text together as a browser would: white space shrinks, blocks stand on lines of their own."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._wanted = 0  # line ends to come before the next text
        self._at_start = True
        self._quoted = 0  # quotations around what comes next

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
        elif name == "q":
            self._quoted += 1 if event == "start" else -1
            inner = self._quoted - (event == "start")
            self.add(("“‘" if event == "start" else "”’")[inner % 2], True)

    def _strip(self) -> None:
        while self._parts and self._parts[-1].endswith((" ", "\t")):
            self._parts[-1] = self._parts[-1].rstrip(" \t")
            if self._parts[-1]:
                break
            self._parts.pop()

    def add(self, text: str, verbatim: bool) -> None:
        if not verbatim:
            text = shrunk(text)
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


def breaks_off(page: str) -> bool:
    """Whoever closes paragraphs closes the page; a page whose paragraphs are not closed may be whole without."""
    if _end.search(page, max(0, len(page) - SCRIPTS)) or _end.search(page):
        return False
    return _begin.search(page) is not None and _paragraph.search(page) is not None
