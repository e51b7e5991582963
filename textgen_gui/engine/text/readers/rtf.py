"""Rich text, .rtf: also inside Scrivener projects, and also when it is called .txt."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from ...core.config import TextConfig
from ...core.errors import TextError
from .flow import described
from .reading import Input, Reading, about_unreadable, cut, without_surrogates

MAGIC = b"{\\rtf"
LARGEST = 256_000_000  # bytes
BEHIND = b" \t\r\n\0\x1a"  # what programs leave behind the end; the last one ended files of old systems

_tokens = re.compile(
    r"\\([a-zA-Z]{1,32})(-?\d{1,10})?[ ]?"  # 1, 2: a control word and its number
    r"|\\'([0-9a-fA-F]{2})"  # 3: a byte
    r"|\\([^a-zA-Z])"  # 4: a control symbol, or a byte that is none
    r"|([{}])"  # 5: the border of a group
    r"|[\r\n\0]+"
    r"|([^\\{}\r\n\0]+)"  # 6: text
)
_signs = {
    "par": "\n",
    "line": "\n",
    "sect": "\n",
    "page": "\n",
    "softpage": "\n",
    "softline": "\n",
    "column": "\n",
    "row": "\n",
    "nestrow": "\n",
    "tab": "\t",
    "cell": "\t",
    "nestcell": "\t",
    "emdash": "—",
    "endash": "–",
    "lquote": "‘",
    "rquote": "’",
    "ldblquote": "“",
    "rdblquote": "”",
    "bullet": "•",
    "emspace": "\u2003",
    "enspace": "\u2002",
    "qmspace": "\u2005",
    "zwj": "\u200d",
    "zwnj": "\u200c",
    "~": "\xa0",
    "_": "-",
    "\n": "\n",
    "\r": "\n",
    "\\": "\\",
    "{": "{",
    "}": "}",
}
# Destinations that hold no text of the document.
_silent = frozenset(
    """
    fonttbl colortbl stylesheet info pict objclass objname objdata nonshppict NeXTGraphic filetbl listtable
    listoverridetable rsidtbl generator themedata colorschememapping datastore latentstyles xmlnstbl
    xe tc tcn private1 bkmkstart bkmkend revtbl pgdsctbl ud template passwordhash listtext pntext pntxta
    pntxtb sp shprslt
    """.split()  # noqa: SIM905 (a list of words reads best as one)
)
_counted = {
    "header": "header or footer",
    "headerl": "header or footer",
    "headerr": "header or footer",
    "headerf": "header or footer",
    "footer": "header or footer",
    "footerl": "header or footer",
    "footerr": "header or footer",
    "footerf": "header or footer",
    "annotation": "comment",
    "atnid": "",
    "atnauthor": "",
    "atntime": "",
    "atndate": "",
    "atnref": "",
    "atnparent": "",
}
_plurals = {
    "header or footer": "headers and footers",
    "comment": "comments",
    "deleted passage": "deleted passages",
    "hidden passage": "hidden passages",
    "equation": "equations",
    "table of contents": "tables of contents",
    "index": "indexes",
}
# What a field shows is no text of the author where it asks for one of these.
_in_place_of = {"TOC": "table of contents", "INDEX": "index", "PAGE": "", "NUMPAGES": "", "SECTIONPAGES": ""}
_starred = frozenset(("shptxt", "shpinst", "do", "footnote"))  # what old programs pass over, but text
_charsets = {
    0: "cp1252",
    77: "mac-roman",
    128: "cp932",
    129: "cp949",
    134: "gb18030",
    136: "big5hkscs",
    161: "cp1253",
    162: "cp1254",
    163: "cp1258",
    177: "cp1255",
    178: "cp1256",
    186: "cp1257",
    204: "cp1251",
    222: "cp874",
    238: "cp1250",
}


_old = {"mac": "mac-roman", "pc": "cp437", "pca": "cp850"}


def read(file: Input, format: str, options: TextConfig) -> tuple[Reading, Iterator[str | None]]:
    """Raises TextError when it is no rich text or holds no words."""
    with file.open() as opened:
        content = opened.read(LARGEST + 1)
    if len(content) > LARGEST:
        raise TextError(f"{file.name} is larger than {LARGEST // 1_000_000} MB. Divide it.")
    if not content.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(MAGIC):
        raise TextError(f"{file.name} is damaged or no rich text. Open it in its program and save it again.")
    reader = _Reader()
    text = reader.text(content[content.index(MAGIC) :])
    if not text.strip():
        pictures = " Pictures of text cannot be read." if b"\\pict" in content else ""
        raise TextError(f"{file.name} holds no text.{pictures}")
    return Reading(format, reader.usual, warnings=reader.warnings()), iter([*cut(text), None])


def to_text(content: bytes) -> str:
    """The text of rich text that is a part of something else."""
    return _Reader().text(content)


@dataclass(frozen=True, slots=True)
class _Group:
    """What holds inside a pair of braces. ``fallback``: characters to pass over after a Unicode one; ``asks``: it says
    what a field shows.
    """

    silent: bool = False
    fallback: int = 1
    deleted: bool = False
    hidden: bool = False
    encoding: str = ""
    note: bool = False
    fonts: bool = False
    asks: bool = False


@dataclass(slots=True)
class _Reader:
    usual: str = "cp1252"
    _body: list[str] = field(default_factory=list)
    _notes: list[str] = field(default_factory=list)
    _bytes: bytearray = field(default_factory=bytearray)
    _fonts: dict[int, str] = field(default_factory=dict)
    _font: int = 0
    _usual_font: int = -1
    _left_out: Counter[str] = field(default_factory=Counter)
    _replaced: int = 0
    _unclosed: bool = False
    _goes_on: bool = False  # behind the end of its outermost group
    _pass_over: int = 0
    _starred: bool = False  # the group that has just begun may be passed over by who does not know it
    _asked: list[str] = field(default_factory=list)  # by the field that has just begun
    _is_new: bool = False  # of hidden text nothing has been counted yet
    _group: _Group = field(default_factory=_Group)

    def text(self, content: bytes) -> str:
        groups, position, source = list[_Group](), 0, content.rstrip(BEHIND).decode("latin-1")
        while match := _tokens.match(source, position):
            position = match.end()
            word, number, byte, symbol, brace, text = match.groups()
            if byte or text:
                self._letters(bytes([int(byte, 16)]) if byte else text.encode("latin-1"))
                self._goes_on |= not groups and bool(byte or text.strip())
                continue
            if symbol != "*" and (word or symbol or brace):
                self._flush()
            if brace == "{":
                groups.append(self._group)
                self._starred, self._pass_over = False, 0
            elif brace == "}":
                if self._group.note and groups and not groups[-1].note:
                    self._notes.append("\n")
                self._group = groups.pop() if groups else _Group()
                self._pass_over = 0
            elif symbol == "*":
                self._starred = True
            elif symbol:
                self._say(_signs.get(symbol, ""))
            elif word == "bin":
                position += max(0, int(number or 0))
            elif word:
                self._word(word, int(number) if number else None)
        self._flush()
        self._unclosed = bool(groups)
        whole = "".join(self._body).rstrip("\n") + "\n" + "".join(self._notes) if self._notes else "".join(self._body)
        # Signs beyond U+FFFF are written as two halves.
        joined = whole.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        return without_surrogates(joined)[0].strip("\n")

    def _word(self, word: str, number: int | None) -> None:
        if self._pass_over and not _signs.get(word, " ").isspace():
            self._pass_over -= 1  # what old programs show instead may also be a sign by name
            return
        group, starred = self._group, self._starred
        self._starred = False
        if word in _counted and not group.silent:
            self._left_out[_counted[word]] += 1
            self._group = replace(group, silent=True)
        elif word == "fldinst":
            self._asked.clear()
            self._group = replace(group, silent=True, asks=True)
        elif word == "fldrslt" and (asked := "".join(self._asked).split()[:1]) and asked[0] in _in_place_of:
            self._left_out[_in_place_of[asked[0]]] += not group.silent
            self._group = replace(group, silent=True)
        elif word == "moMath":
            self._left_out["equation"] += not group.silent
            self._group = replace(group, silent=True)
        elif word in _silent or (starred and word not in _starred):
            self._group = replace(group, silent=True, fonts=group.fonts or word == "fonttbl")
        elif word == "footnote":
            self._group = replace(group, note=True)
        elif word == "u" and number is not None:
            self._say(chr(number % 0x10000))
            self._pass_over = group.fallback
        elif word in _signs:
            if word in ("row", "nestrow") and self._body and self._body[-1] == "\t":
                self._body.pop()  # each cell ends with a tab, the last one too
            self._say(_signs[word])
        else:
            self._setting(word, number)

    def _setting(self, word: str, number: int | None) -> None:
        match word:
            case "uc":
                self._group = replace(self._group, fallback=max(0, number if number is not None else 1))
            case "deleted":
                if number != 0 and not self._group.silent:
                    self._left_out["deleted passage"] += 1
                self._group = replace(self._group, deleted=number != 0)
            case "v":
                self._group = replace(self._group, hidden=number != 0)
                self._is_new = True
            case "ansicpg" if number:
                self.usual = _python_name(number) or self.usual
            case "mac" | "pc" | "pca":
                self.usual = _old[word]
            case "deff" if number is not None:
                self._usual_font = number
            case "f" if number is not None:
                self._font = number
                self._group = replace(
                    self._group, encoding="" if self._group.fonts else self._fonts.get(number, self.usual)
                )
            case "fcharset" if self._group.fonts and number in _charsets:
                self._fonts[self._font] = _charsets[number]
            case "cpg" if self._group.fonts and number:
                self._fonts[self._font] = _python_name(number)
            case "plain":
                self._group = replace(self._group, encoding="", deleted=False, hidden=False)

    def _letters(self, written: bytes) -> None:
        if self._pass_over:
            taken = min(self._pass_over, len(written))
            self._pass_over -= taken
            written = written[taken:]
        self._bytes += written

    def _flush(self) -> None:
        """Bytes become letters together, because some letters have two of them."""
        if self._bytes:
            name = "ascii" if self._bytes.isascii() else self._encoding()
            text = self._bytes.decode(name, "replace")
            self._bytes.clear()
            if not self._group.silent:
                self._replaced += text.count("\ufffd")
            self._say(text)

    def _encoding(self) -> str:
        return self._group.encoding or self._fonts.get(self._usual_font) or self.usual

    def _say(self, text: str) -> None:
        self._pass_over, group = 0, self._group
        if group.asks:
            self._asked.append(text)
        if group.silent or group.deleted:
            return
        if group.hidden:
            self._left_out["hidden passage"] += self._is_new
            self._is_new = False
        else:
            (self._notes if group.note else self._body).append(text)

    def warnings(self) -> list[str]:
        found = list(about_unreadable(self._replaced))
        if self._unclosed:
            found.append("It breaks off before its end, so a part of it may be missing.")
        if self._goes_on:
            found.append("It goes on behind its end, so it is damaged, and a part of it may be missing.")
        return found + described((self._left_out[name], name, many) for name, many in _plurals.items())


def _python_name(codepage: int) -> str:
    name = {65001: "utf-8", 10000: "mac-roman", 932: "cp932", 936: "gb18030", 949: "cp949"}.get(
        codepage, f"cp{codepage}"
    )
    try:
        "a".encode(name)
    except LookupError:
        return ""
    return name
