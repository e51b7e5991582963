"""What a page says of its encoding: read where pages speak for themselves, understood as browsers understand it.

The labels are those of the WHATWG Encoding Standard and of UTF-7, which old letters have, each beside what Python calls
the encoding.
"""

import codecs
import io
import re
from dataclasses import dataclass
from itertools import takewhile
from typing import BinaryIO

from . import encoding, mixture
from .reading import Input

LOOKED_AT = 16 * 1024  # bytes; labels stand at the start
CERTAIN_FROM = 3  # letters of several bytes that only UTF-8 explains
FEW_REPLACED = 0.02  # of the letters beyond ASCII; with more of them the label is wrong

_table = """
utf-8: unicode-1-1-utf-8 unicode11utf8 unicode20utf8 utf-8 utf8 x-unicode20utf8
cp866: 866 cp866 csibm866 ibm866
iso-8859-2: csisolatin2 iso-8859-2 iso-ir-101 iso8859-2 iso88592 iso_8859-2 iso_8859-2:1987 l2 latin2
iso-8859-3: csisolatin3 iso-8859-3 iso-ir-109 iso8859-3 iso88593 iso_8859-3 iso_8859-3:1988 l3 latin3
iso-8859-4: csisolatin4 iso-8859-4 iso-ir-110 iso8859-4 iso88594 iso_8859-4 iso_8859-4:1988 l4 latin4
iso-8859-5: csisolatincyrillic cyrillic iso-8859-5 iso-ir-144 iso8859-5 iso88595 iso_8859-5 iso_8859-5:1988
iso-8859-6: arabic asmo-708 csiso88596e csiso88596i csisolatinarabic ecma-114 iso-8859-6 iso-8859-6-e iso-8859-6-i
iso-8859-6: iso-ir-127 iso8859-6 iso88596 iso_8859-6 iso_8859-6:1987
iso-8859-7: csisolatingreek ecma-118 elot_928 greek greek8 iso-8859-7 iso-ir-126 iso8859-7 iso88597 iso_8859-7
iso-8859-7: iso_8859-7:1987 sun_eu_greek
iso-8859-8: csiso88598e csiso88598i csisolatinhebrew hebrew iso-8859-8 iso-8859-8-e iso-8859-8-i iso-ir-138
iso-8859-8: iso8859-8 iso88598 iso_8859-8 iso_8859-8:1988 logical visual
iso-8859-10: csisolatin6 iso-8859-10 iso-ir-157 iso8859-10 iso885910 l6 latin6
iso-8859-13: iso-8859-13 iso8859-13 iso885913
iso-8859-14: iso-8859-14 iso8859-14 iso885914
iso-8859-15: csisolatin9 iso-8859-15 iso8859-15 iso885915 iso_8859-15 l9
iso-8859-16: iso-8859-16
koi8-r: cskoi8r koi koi8 koi8-r koi8_r
koi8-u: koi8-ru koi8-u
mac-roman: csmacintosh mac macintosh x-mac-roman
mac-cyrillic: x-mac-cyrillic x-mac-ukrainian
cp874: dos-874 iso-8859-11 iso8859-11 iso885911 tis-620 windows-874
cp1250: cp1250 windows-1250 x-cp1250
cp1251: cp1251 windows-1251 x-cp1251
cp1252: ansi_x3.4-1968 ascii cp1252 cp819 csisolatin1 ibm819 iso-8859-1 iso-ir-100 iso8859-1 iso88591 iso_8859-1
cp1252: iso_8859-1:1987 l1 latin1 us-ascii windows-1252 x-cp1252 x-user-defined
cp1253: cp1253 windows-1253 x-cp1253
cp1254: cp1254 csisolatin5 iso-8859-9 iso-ir-148 iso8859-9 iso88599 iso_8859-9 iso_8859-9:1989 l5 latin5 windows-1254
cp1254: x-cp1254
cp1255: cp1255 windows-1255 x-cp1255
cp1256: cp1256 windows-1256 x-cp1256
cp1257: cp1257 windows-1257 x-cp1257
cp1258: cp1258 windows-1258 x-cp1258
gb18030: chinese csgb2312 csiso58gb231280 gb18030 gb2312 gb_2312 gb_2312-80 gbk iso-ir-58 x-gbk
big5hkscs: big5 big5-hkscs cn-big5 csbig5 x-x-big5
euc-jp: cseucpkdfmtjapanese euc-jp x-euc-jp
iso-2022-jp: csiso2022jp iso-2022-jp
cp932: csshiftjis ms932 ms_kanji shift-jis shift_jis sjis windows-31j x-sjis
cp949: cseuckr csksc56011987 euc-kr iso-ir-149 korean ks_c_5601-1987 ks_c_5601-1989 ksc5601 ksc_5601 windows-949
utf-7: csunicode11utf7 unicode-1-1-utf-7 utf-7
utf-16-be: unicodefffe utf-16be
utf-16-le: csunicode iso-10646-ucs-2 ucs-2 unicode unicodefeff utf-16 utf-16le
"""
_encodings = {label: line.split(":")[0] for line in _table.strip().split("\n") for label in line.split()[1:]}

_xml = re.compile(rb"""\s*<\?xml\b[^>]*?\bencoding\s*=\s*["']\s*([^"'\s>]+)""")
# What a label may not stand in comes first, so that a search passes over it.
_tags = re.compile(
    rb"<!--.*?(?:-->|\Z)|<(script|style|title|noscript|template|xmp)\b.*?(?:</\1|\Z)|<(?P<meta>meta)\b(?P<of>[^>]*)|<body\b",
    re.IGNORECASE | re.DOTALL,
)
_attribute = re.compile(rb"""([^\s=/"'>]+)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""")
_charset = re.compile(rb"""charset\s*=\s*["']?\s*([^\s;"']+)""", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Part(Input):
    """A part of a file that is already in memory."""

    content: bytes = b""

    def open(self) -> BinaryIO:
        return io.BytesIO(self.content)


@dataclass(frozen=True, slots=True)
class Decoded:
    """``replaced``: how many characters could not be read."""

    text: str
    found: encoding.Found
    replaced: int


def python_name(label: str) -> str:
    """What Python calls the encoding that a browser takes for this label; "" for none."""
    return _encodings.get(label.strip().lower(), "")


def declared(content: bytes) -> str:
    """The encoding that a page declares, "" for none: in its XML declaration or in a meta element of its head."""
    head = content[:LOOKED_AT]
    if match := _xml.match(head):
        label = match[1]
    else:
        before_body = takewhile(lambda tag: not tag[0].lower().startswith(b"<body"), _tags.finditer(head))
        label = next(filter(None, map(_label, before_body)), b"")
    name = python_name(label.decode("ascii", "replace"))
    # Whoever could read the label as ASCII knows that the page is not in UTF-16.
    return "utf-8" if name.startswith("utf-16") else name


def _label(tag: "re.Match[bytes]") -> bytes:
    if not tag["meta"]:
        return b""
    of = {name.lower(): a or b or c for name, a, b, c in _attribute.findall(tag["of"])}
    if b"charset" in of:
        return of[b"charset"].strip()
    if of.get(b"http-equiv", b"").strip().lower() == b"content-type":
        match = _charset.search(of.get(b"content", b""))
        return match[1] if match else b""
    return b""


def decode(file: Input, content: bytes, wanted: str = "") -> Decoded:
    """The text of a page. A byte-order mark beats its label, and a label that is plainly wrong gives way to detection.

    Raises TextError when the content is no text.
    """
    if wanted:
        return _decoded(file, content, encoding.find(Part(file.path, content=content), wanted))
    marked = any(content.startswith(mark) for mark, _ in encoding.byte_order_marks)
    return decode_labelled(file, content, "" if marked else declared(content))


def decode_labelled(file: Input, content: bytes, label: str) -> Decoded:
    """The text of what says that it is in the encoding ``label``, "" if it does not say. Raises TextError."""
    part = Part(file.path, content=content)
    if not label:
        return _decoded(file, content, encoding.find(part))
    by_label = _decoded(file, content, encoding.Found(label))
    beyond = len(by_label.text) - len(by_label.text.encode("ascii", "ignore"))
    doubtful = by_label.replaced > FEW_REPLACED * beyond or (label != "utf-8" and _is_utf8(content))
    if not doubtful:
        return by_label
    found = encoding.find(part)
    detected = _decoded(file, content, found)
    if label != "utf-8" and found.encoding == "utf-8" and not found.warning:
        words = f"It says that it is {label}, but it is UTF-8 and was read so."
    elif detected.replaced < by_label.replaced:
        words = f"It says that it is {label}, which it is not, so it was read as {found.encoding}. Check the preview."
    else:
        return by_label
    return Decoded(detected.text, encoding.Found(found.encoding, found.confidence, words), detected.replaced)


def _is_utf8(content: bytes) -> bool:
    """Whether the bytes beyond ASCII are so certainly UTF-8 that no label can say otherwise."""
    if content.isascii():
        return False
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return len(text) - len(text.encode("ascii", "ignore")) >= CERTAIN_FROM


def _decoded(file: Input, content: bytes, found: encoding.Found) -> Decoded:
    if mixture.other_in(found.encoding):
        text = "".join(line for line, _ in mixture.decoded(io.BytesIO(content), found.encoding))
    else:
        with encoding.reading_as(file, found.encoding):
            text = codecs.decode(content, found.encoding, "replace")
    own = content.count("\ufffd".encode()) if found.encoding.startswith("utf-8") else 0
    return Decoded(text, found, max(0, text.count("\ufffd") - own))
