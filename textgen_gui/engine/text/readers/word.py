"""Word documents, .docx: found by what the package says of itself, read as if all changes had been accepted."""

import re
from collections import Counter
from collections.abc import Collection, Iterator
from contextlib import suppress

from lxml import etree

from ...core.config import TextConfig
from ...core.errors import TextError
from . import chunks, formula, symbols
from .archive import has_pictures, open_archive
from .fields import among
from .flow import Flow, described, hiding
from .package import Package
from .reading import Input, Reading, cut

WHAT = "Word (.docx)"
PARTS = ("text", "notes", "comments", "headers and footers", "deleted text", "hidden text")
USUAL = ("text", "notes")

# Each kind of element has a namespace in files of today and another in files of the strict standard.
_prefixes = {
    "http://schemas.openxmlformats.org/wordprocessingml/2006/main": "w",
    "http://purl.oclc.org/ooxml/wordprocessingml/main": "w",
    "http://schemas.openxmlformats.org/officeDocument/2006/math": "m",
    "http://purl.oclc.org/ooxml/officeDocument/math": "m",
    "http://schemas.openxmlformats.org/drawingml/2006/main": "a",
    "http://purl.oclc.org/ooxml/drawingml/main": "a",
    "http://schemas.openxmlformats.org/markup-compatibility/2006": "mc",
    "urn:schemas-microsoft-com:vml": "v",
}


class _Names(dict[str, str]):
    """The short name of each tag, whichever of its namespaces the file uses."""

    def __missing__(self, tag: str) -> str:
        space, _, name = tag[1:].rpartition("}")
        self[tag] = f"{_prefixes[space]}:{name}" if space in _prefixes else ""
        return self[tag]


_names = _Names()
_signs = {"w:tab": "\t", "w:ptab": "\t", "w:br": "\n", "w:cr": "\n", "w:noBreakHyphen": "-", "a:br": "\n"}
_texts = frozenset(("w:t", "m:t", "a:t"))
_paragraphs = frozenset(("w:p", "a:p"))
_properties = frozenset(("w:pPr", "w:sectPr", "w:tblPr", "w:trPr", "w:tcPr", "w:rt"))
# Others are passed over without a look, but not what is in them.
_walked = tuple(
    f"{{*}}{name}"
    for name in [
        "p",
        "t",
        "tab",
        "ptab",
        "sym",
        "rStyle",
        "vanish",
        "altChunk",
        "textpath",
        "footnoteReference",
        "endnoteReference",
        "br",
        "cr",
        "noBreakHyphen",
        "delText",
        "tr",
        "pPr",
        "sectPr",
        "tblPr",
        "trPr",
        "tcPr",
        "rt",
        "del",
        "moveFrom",
        "Fallback",
        "Choice",
        "sdtContent",
        "num",
        "den",
        "sup",
        "sub",
        "d",
        "rad",
        "nary",
        "ddList",
        "fldChar",
        "instrText",
    ]
)
_in_formulas = {"m:num": "", "m:den": "/", "m:sup": "^", "m:sub": "_", "m:d": "", "m:rad": "√", "m:nary": ""}
_in_fields = frozenset(("w:ddList", "w:fldChar", "w:instrText"))
# Letters with their sound above them, as old versions write them: the field has no words but these.
_with_sound = re.compile(r"\s*EQ\b.*\\s\s*\\up\s*\d+\s*\(.*?\)\s*[,;](.*)\)\s*", re.DOTALL)
_of_contents = re.compile(r"\s*(TOC|INDEX)\b")
_deletions = frozenset(("w:del", "w:moveFrom"))
_references = frozenset(("w:footnoteReference", "w:endnoteReference"))
_rare = _references | {"w:sym", "w:rStyle", "w:vanish", "w:altChunk", "v:textpath"}


def read(file: Input, format: str, options: TextConfig) -> tuple[Reading, Iterator[str | None]]:
    """Raises TextError when the document is damaged, protected or empty."""
    wanted = set(among(options.columns, PARTS) or USUAL)
    with open_archive(file, WHAT) as archive:
        package = Package(file, archive, WHAT, "word", "word/document.xml")
        root = package.parsed(package.main)
        body = next(root.iterchildren("{*}body"), None)
        if body is None:
            raise TextError(f"{file.name} holds no text document. Open it in its program and save it as {WHAT}.")
        hidden = frozenset[str]() if "hidden text" in wanted else _hidden_styles(package)
        found = _Found(wanted, hidden)
        if file.path.stem != chunks.INSIDE:
            found.inside = chunks.texts(package.by_id("aFChunk"), package.content, options)
        lines = found.lines(body) if "text" in wanted else []
        for name, endings in (
            ("notes", ("footnotes", "endnotes")),
            ("comments", ("comments",)),
            ("headers and footers", ("header", "footer")),
        ):
            lines += found.parts(package, name, endings)
        found.count_outside(package)
        pictures = has_pictures(archive)
    text = "\n".join(lines).strip("\n")
    if not text.strip():
        raise TextError(f"{file.name} holds no text." + (" Pictures of text cannot be read." if pictures else ""))
    learnt = tuple(name for name in PARTS if name in wanted)
    return Reading(format, "", warnings=found.warnings(), columns=PARTS, learnt=learnt), iter([*cut(text), None])


class _Found:
    """What stands in the parts of a document, and how much of it was left out on purpose."""

    def __init__(self, wanted: Collection[str], hidden_styles: Collection[str]) -> None:
        self._hidden_styles = hidden_styles
        self.inside = dict[str, str]()  # documents in this one, by their ids
        self._wanted = wanted
        self._left_out: Counter[str] = Counter()
        self._taken_in = 0  # of these documents
        self._hidden: etree._Element | None = None  # the run of which nothing is shown
        self._asked = list[list[str]]()  # of fields that have begun
        self._unanswered = list[bool]()  # for each of them whether what it says is still to come
        self._all_end = False  # of the fields; the words of one that does not are not passed over
        self._is_asked = False  # what stands here is what the field around it works with
        self._contents = 0  # how many of these there are with a table of contents, while one is passed over
        self._noted, self._unnoted = list[str](), set[str]()  # notes in the order of the text, and of deleted text

    def parts(self, package: Package, name: str, endings: tuple[str, ...]) -> list[str]:
        roots = [(ending, package.parsed(each)) for ending in endings for each in package.others(ending)]
        lines: list[str] = []
        for ending, root in roots:
            items = [root] if ending in ("header", "footer") else list(root.iterchildren("{*}" + ending.rstrip("s")))
            for item in self._in_order(items) if name == "notes" else items:
                # The lines that part notes from the page are notes of a type of their own.
                types = {value for key, value in item.attrib.items() if key.endswith("}type")}
                if name == "notes" and types - {"normal"}:
                    continue
                found = self.lines(item) if name in self._wanted else []
                lines += found
                if name not in self._wanted and any(_text_of(item)):
                    self._left_out[name] += 1
        return lines

    def _in_order(self, notes: list["etree._Element"]) -> list["etree._Element"]:
        """Notes as the text refers to them; what belongs to deleted text is deleted too."""
        places = {key: place for place, key in enumerate(self._noted)}
        left = [note for note in notes if _note(note) in places or _note(note) not in self._unnoted]
        self._left_out["deleted text"] += len(notes) - len(left)
        return sorted(left, key=lambda note: places.get(_note(note), len(places)))

    def count_outside(self, package: Package) -> None:
        """Words that stand in no paragraph, but in files of other programs inside this one."""
        self._left_out["diagrams"] = sum(
            any(_text_of(package.parsed(name)))
            for ending in ("diagramData", "chart")
            for name in package.others(ending)
        )
        embedded = [len(package.others(ending)) for ending in ("package", "oleObject")]
        self._left_out["embedded"] = sum(embedded) + len(package.by_id("aFChunk")) - self._taken_in
        self._left_out["outside"] = package.outside()

    def lines(self, body: "etree._Element") -> list[str]:
        """Walks without recursion, so no nesting is too deep."""
        flow = Flow()
        kinds = Counter(_value(each, "fldCharType") for each in body.iter("{*}fldChar"))
        self._all_end = kinds["begin"] == kinds["end"]
        joined: set[etree._Element] = set()  # paragraphs and rows whose own end was deleted
        walk = etree.iterwalk(body, events=("start", "end"), tag=_walked)
        for event, element in walk:
            name = _names[element.tag]
            if event == "end":
                if name in _paragraphs:
                    flow.end_paragraph(element in joined or self._contents > 0)
                elif name == "w:tr":
                    flow.end_row(element in joined)
                elif name in _in_formulas:
                    flow.add(_around(name, element).behind)
            elif name in _texts or (name == "w:delText" and "deleted text" in self._wanted):
                unseen = self._contents or self._is_asked
                if not unseen and (self._hidden is None or element.getparent() is not self._hidden):
                    flow.add(_in_a_line(element.text or ""))
            elif name in _signs:
                flow.add("" if self._contents or self._is_asked else _signs[name])
            elif name in _paragraphs:
                flow.start_paragraph()
                if self._hidden_styles and self._is_hidden_by_style(element):
                    walk.skip_subtree()
            elif name == "w:tr":
                flow.start_row()
            elif name in _rare:
                self._rare(flow, name, element)
            elif name in _in_formulas:
                flow.add(_around(name, element).before)
            elif name in _in_fields:
                self._field(flow, name, element)
            elif self._is_skipped(name, element):
                walk.skip_subtree()
                if name in _properties and "deleted text" not in self._wanted and _is_deleted(element):
                    joined.add(element.getparent())
        return flow.lines

    def _rare(self, flow: Flow, name: str, element: "etree._Element") -> None:
        if name == "w:sym":
            sign = symbols.sign(_value(element, "font"), _value(element, "char"))
            self._left_out["signs"] += not sign
            flow.add(sign)
        elif name in _references:
            self._noted.append(_note(element))
        elif name == "w:rStyle":
            self._hide(element, _value(element, "val") in self._hidden_styles)
        elif name == "w:vanish":
            self._hide(element, _is_on(element))
        else:
            inside = self.inside.pop(_value(element, "id"), "")
            self._taken_in += bool(inside)
            if text := inside or element.get("string"):
                flow.start_paragraph()
                flow.add(text)
                flow.end_paragraph()

    def _field(self, flow: Flow, name: str, element: "etree._Element") -> None:
        """The words of one that has no result which says them."""
        if name == "w:ddList":
            entries = [_value(entry, "val") for entry in element.iterchildren("{*}listEntry")]
            chosen = next((_value(result, "val") for result in element.iterchildren("{*}result")), "0")
            flow.add(dict(zip(map(str, range(len(entries))), entries, strict=True)).get(chosen, ""))
        elif name == "w:instrText":
            if self._asked:
                self._asked[-1].append(element.text or "")
        elif (kind := _value(element, "fldCharType")) == "begin":
            self._asked.append([])
            self._unanswered.append(True)
        elif self._asked and kind == "separate":
            self._unanswered[-1] = False
            found = _of_contents.match("".join(self._asked[-1]))
            if found and not self._contents and self._all_end:
                self._contents = len(self._asked)
                self._left_out["contents" if found[1] == "TOC" else "index"] += 1
            self._asked[-1].clear()
        elif self._asked and kind == "end":
            self._unanswered.pop()
            if len(self._asked) == self._contents:
                self._contents = 0
            if found := _with_sound.fullmatch("".join(self._asked.pop())):
                flow.add(found[1].strip())
        self._is_asked = self._all_end and any(self._unanswered[:-1])

    def _hide(self, of_run: "etree._Element", is_hidden: bool) -> None:
        """By one of the properties of a run; the last one counts."""
        run = of_run.getparent().getparent()
        if "hidden text" in self._wanted or run is None or _names[run.tag] != "w:r":
            return
        was_hidden, self._hidden = self._hidden is run, run if is_hidden else None
        self._left_out["hidden text"] += (is_hidden - was_hidden) * any(_text_of(run))

    def _is_hidden_by_style(self, paragraph: "etree._Element") -> bool:
        style = next(paragraph.iterfind("{*}pPr/{*}pStyle"), None)
        is_hidden = style is not None and _value(style, "val") in self._hidden_styles
        self._left_out["hidden text"] += is_hidden and any(_text_of(paragraph))
        return is_hidden

    def _is_skipped(self, name: str, element: "etree._Element") -> bool:
        if name in _deletions and "deleted text" not in self._wanted:
            self._left_out["deleted text"] += any(_text_of(element))
            self._unnoted.update(map(_note, element.iter("{*}footnoteReference", "{*}endnoteReference")))
            return True
        if name == "mc:Fallback":
            return any(any(_text_of(choice)) for choice in element.itersiblings("{*}Choice", preceding=True))
        if name == "w:sdtContent":  # what a form asks for is no answer
            before = element.itersiblings("{*}sdtPr", preceding=True)
            return any(_is_on(asks) for properties in before for asks in properties.iterchildren("{*}showingPlcHdr"))
        return name in _properties or (name == "mc:Choice" and _text_before(element))

    def warnings(self) -> list[str]:
        names = (
            ("comments", "comment", "comments"),
            ("headers and footers", "header or footer", "headers and footers"),
            ("deleted text", "deleted passage", "deleted passages"),
            ("notes", "note", "notes"),
            ("hidden text", "hidden passage", "hidden passages"),
            ("contents", "table of contents", "tables of contents"),
            ("index", "index", "indexes"),
            ("signs", "sign of a picture font", "signs of picture fonts"),
            ("diagrams", "diagram with words", "diagrams with words"),
            ("embedded", "embedded document", "embedded documents"),
            ("outside", "part that lies in another file", "parts that lie in other files"),
        )
        return described((self._left_out[name], one, many) for name, one, many in names)


def _hidden_styles(package: Package) -> frozenset[str]:
    """The ids of those of which nothing is shown, as Word gives to the borders of forms in a page that was pasted."""
    shown, based = dict[str, bool](), dict[str, str]()
    with suppress(TextError):  # damaged, it costs no text
        for style in (
            each for name in package.others("styles") for each in package.parsed(name).iterchildren("{*}style")
        ):
            vanish, base = next(style.iterfind("{*}rPr/{*}vanish"), None), next(style.iterchildren("{*}basedOn"), None)
            if vanish is not None:
                shown[_value(style, "styleId")] = not _is_on(vanish)
            elif base is not None:
                based[_value(style, "styleId")] = _value(base, "val")
    return hiding(shown, based)


def _value(element: "etree._Element", name: str) -> str:
    """An attribute, whichever namespace it has."""
    return next((value for key, value in element.attrib.items() if key.rpartition("}")[2] == name), "")


def _around(name: str, element: "etree._Element") -> formula.Around:
    """What stands before a part of a formula, and behind it."""
    if name == "m:d":
        return formula.Around(_sign_of(element, "dPr", "begChr", "("), _sign_of(element, "dPr", "endChr", ")"))
    if name == "m:nary":
        return formula.Around(_sign_of(element, "naryPr", "chr", "∫"), "")
    return formula.around(_in_formulas[name], _text_of(element))


def _sign_of(element: "etree._Element", properties: str, name: str, usual: str) -> str:
    found = next(element.iterfind(f"{{*}}{properties}/{{*}}{name}"), None)
    return usual if found is None else _value(found, "val")


def _is_on(element: "etree._Element") -> bool:
    return _value(element, "val") not in ("0", "false", "off")


def _note(element: "etree._Element") -> str:
    """What a note and the references to it have in common."""
    return f"{_names[element.tag].removesuffix('Reference')} {_value(element, 'id')}"


def _in_a_line(text: str) -> str:
    return text.replace("\n", " ").replace("\r", "") if "\n" in text else text


def _is_deleted(properties: "etree._Element") -> bool:
    """Whether the properties of a paragraph or row say that its end, or all of it, was deleted."""
    changes = [properties, *properties.iterchildren("{*}rPr")]
    return any(_names[child.tag] in _deletions for change in changes for child in change)


def _text_before(choice: "etree._Element") -> bool:
    """Whether an earlier choice for the same place has text."""
    return any(any(_text_of(other)) for other in choice.itersiblings("{*}Choice", preceding=True))


def _text_of(element: "etree._Element") -> Iterator[str]:
    names = ("{*}t", "{*}delText")
    return (text for each in element.iter(*names) if (text := (each.text or "").strip()))
