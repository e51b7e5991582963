"""Letters, .eml and .mbox, and pages that a browser saved with their pictures, .mhtml: each is a document.

What is quoted stays, attachments are counted.
"""

import email
import email.errors
import email.header
import email.message
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, pairwise

from ...core.config import TextConfig
from ...core.errors import TextError
from . import labels, markup
from .fields import Document, Export, learn
from .reading import Input, Reading, about_unreadable

texts = ("text/plain", "text/html", "text/markdown", "text/enriched", "text/richtext", "text/x-markdown")
LARGEST_LETTER = 64_000_000  # bytes
LONGEST_BORDER = 500  # bytes
STUB_WORDS, PAGE_WORDS = 40, 3  # at most so many words only say that there is a page, which has as many times more
LEAST_SURE_TIME = 1  # of the forms of a border below, the last one that holds a time
DELETED = 0x8  # in Thunderbird's status of a letter, which stays in its box for a while
_bins = frozenset(
    ("trash", "bin", "papierkorb", "corbeille", "papelera", "cestino", "prullenbak", "lixeira", "корзина")
)
_quoted_from = re.compile(rb"^>(>*From )", re.MULTILINE)
# A sentence may begin so too. By what its first line is, a letter is known from it alone, or by the line below; several
# words are followed only by names in which nobody speaks ("Ann: who?", "Subject: this is a quotation"). The surest
# stand first: a program begins all letters of a box alike, so where one began surely, a memo ("From Ann", "To: Ben")
# begins none.
_families = rb">From |(?:X|Content|List|Resent|ARC|DKIM|Mailing|Delivered|Reply|Envelope|Errors|MIME|Message)-[\w-]+:"
_borders = [
    (re.compile(begins), re.compile(header, re.IGNORECASE))
    for begins, header in (
        (rb"From .*\b[A-Z][a-z]{2},?\s+[A-Z][a-z]{2}\s+\d{1,2}\s+\d{1,2}:\d\d(:\d\d)?\s+(\S+\s+){0,2}\d{4}\b", rb""),
        (rb"From .*\b\d{1,2}\s+[A-Z][a-z]{2}\s+\d{4}\s+\d{1,2}:\d\d:\d\d", rb""),
        (rb"From (?!.*:\s*$)(?:(?:-|MAILER-DAEMON)?\s*$|\S+@\S+\s)", rb">From |[!-9;-~]+:(?!//)"),
        (
            rb"From \S*[^\s:]\s*$",
            rb">From |\w+-[\w-]+:|(?:Received|References|From|To|Cc|Bcc|Date|Subject|Sender|Status|Importance|Priority"
            rb"|Precedence|Organization|Path|Newsgroups|Lines|Xref|Comments|Keywords):",
        ),
        (rb"From ", _families + rb"|(?:Return-Path|In-Reply-To|Authentication-Results|Received):"),
    )
]
_BY_HEADER = len(_borders) - 1  # what no memo has below it
# Some programs put blank lines above a letter; below them may as well stand its words, where it has no headers.
_blank_above = re.compile(
    rb"\A[\r\n]+(?=(?:Received|From|To|Date|Subject|(?:X|MIME|Message|Content|Return|Delivered)-[\w-]+):)",
    re.IGNORECASE,
)
_enriched = re.compile(r"<param>.*?</param>|</?[A-Za-z-]+>|(<)<", re.DOTALL | re.IGNORECASE)
_armour = re.compile(
    r"^-----BEGIN PGP SIGNED MESSAGE-----\r?\n(?:\w+: [^\n]*\n)*\r?\n"
    r"|^-----BEGIN PGP (SIGNATURE|MESSAGE|PUBLIC KEY BLOCK)-----\r?\n.*?^-----END PGP \1-----[ \t]*\r?$",
    re.MULTILINE | re.DOTALL,
)
_dashed = re.compile(r"^- (?=-)", re.MULTILINE)
_flowing = re.compile(r"^(?!>|-- \r?$)(.*) \r?\n(?!>|[ \t\r]*$) ?", re.MULTILINE)
_stuffed = re.compile(r"^ ", re.MULTILINE)


def read(file: Input, format: str, options: TextConfig) -> tuple[Reading, Iterator[str | None]]:
    """Raises TextError when a letter is larger than any real one."""
    reading = Reading(format, "")
    fields, left_out = ("from", "date", "subject", "text"), Counter[str]()

    def documents() -> Iterator[Document]:
        replaced = 0
        for content in _letters(file, format):
            letter = email.message_from_bytes(_blank_above.sub(b"", content.removeprefix(b"\xef\xbb\xbf")))
            if format == "mbox" and (why := _unwanted(letter)):
                left_out[why] += 1
                continue
            try:
                said = _text(file, letter, left_out)
            except TextError:
                if format != "mbox":
                    raise
                left_out["unreadable letter"] += 1
                continue
            replaced += said.replaced
            values = *(_header(letter, name) for name in fields[:3]), said.text
            yield [dict(zip(fields, values, strict=True))]
        reading.warnings += about_unreadable(replaced)

    name = {"mbox": "letters", "eml": "a letter"}.get(format, "a saved page")
    return reading, learn(Export(name, fields, ("text",), documents(), "\n", left_out), file, options, reading)


def _unwanted(letter: email.message.Message) -> str:
    """Why nobody counts it among his letters, as Gmail and Thunderbird note it in a box; "" where it is one."""
    labels_of_it = {label.strip().strip('"').lower() for label in _header(letter, "X-Gmail-Labels").split(",")}
    status = str(letter.get("X-Mozilla-Status") or "").strip()
    if labels_of_it & _bins or (re.fullmatch(r"[0-9A-Fa-f]{1,8}", status) and int(status, 16) & DELETED):
        return "deleted letter"
    return "spam letter" if "spam" in labels_of_it else ""


def _letters(file: Input, format: str) -> Iterator[bytes]:
    if format != "mbox":
        with file.open() as opened:
            yield _checked(file, opened.read(LARGEST_LETTER + 1))
        return
    lines, size, blank, usual = list[bytes](), 0, True, _BY_HEADER
    with file.open() as opened:
        for line, after in pairwise(chain(opened, [b""])):
            border = _border(line, after) if blank else None
            if border is not None and (border <= max(usual, LEAST_SURE_TIME) or border == _BY_HEADER):
                usual = min(usual, border)
                if lines:
                    yield _quoted_from.sub(rb"\1", b"".join(lines))
                lines, size = [], 0
            elif len(lines) or line.strip():
                lines.append(line)
                size += len(line)
                if size > LARGEST_LETTER:
                    _checked(file, b"".join(lines))
            blank = not line.strip()
    if lines:
        yield _quoted_from.sub(rb"\1", b"".join(lines))


def _border(line: bytes, after: bytes) -> int | None:
    """By which of the forms a letter begins with this line of a box, the surest; None where none does."""
    if not line.startswith(b"From "):
        return None
    forms = enumerate(_borders)
    return next(
        (n for n, (begins, header) in forms if begins.match(line, 0, LONGEST_BORDER) and header.match(after)), None
    )


def _checked(file: Input, content: bytes) -> bytes:
    if len(content) > LARGEST_LETTER:
        raise TextError(f"{file.name} holds a letter of more than {LARGEST_LETTER // 1_000_000} MB. Save its text.")
    return content


@dataclass(frozen=True, slots=True)
class _Words:
    """What a letter says, and how many of its characters were unreadable."""

    text: str
    replaced: int


def _text(file: Input, letter: email.message.Message, left_out: Counter[str]) -> _Words:
    """The words of a letter in the order of its parts."""
    found = [_words(file, part, left_out, is_all=part is letter) for part in _read(letter)]
    texts = (each.text.strip("\r\n") for each in found)
    text = "\n".join(text for text in texts if text.strip())
    return _Words(text.replace("\r\n", "\n").strip("\n"), sum(each.replaced for each in found))


def _read(part: email.message.Message) -> Iterator[email.message.Message]:
    """The parts that a person would be shown: of alternatives one, and plain text before a page."""
    if not part.is_multipart():
        if part.get_content_maintype() == "multipart":
            part.set_type("text/plain")  # it says that it has parts, and has none
        yield part
        return
    inside = [each for each in part.get_payload() if isinstance(each, email.message.Message)]
    if part.get_content_subtype() == "alternative":
        plain = [e for e in inside if e.get_content_type() == "text/plain" and _content(e).strip()]
        known = [e for e in inside if e.get_content_type() in texts or e.is_multipart()]
        best = (known or inside)[-1:]  # it comes last
        inside = best if not plain or _is_stub(plain[0], best[0]) else plain[:1]
    for each in inside:
        yield from _read(each)


def _is_stub(plain: email.message.Message, page: email.message.Message) -> bool:
    """Whether the plain text only says that there is a page, or nearly so."""
    written = len(_content(plain).split())
    if written > STUB_WORDS:
        return False
    pages = (
        _content(part).decode("utf-8", "replace") for part in page.walk() if part.get_content_type() == "text/html"
    )
    return any(len((markup.to_text(seen, Counter()) or "").split()) > PAGE_WORDS * written for seen in pages)


def _content(part: email.message.Message) -> bytes:
    content = part.get_payload(decode=True)
    return content if isinstance(content, bytes) else b""


def _words(file: Input, part: email.message.Message, left_out: Counter[str], *, is_all: bool) -> _Words:
    """``is_all``: the letter has no other part, so that its words have a name too."""
    kind, content = part.get_content_type(), _content(part)
    is_named = bool(part.get_filename()) and not is_all
    if is_named or part.get_content_disposition() == "attachment" or kind not in texts:
        left_out["attachment"] += 1
        return _Words("", 0)
    if not content.strip():
        return _Words("", 0)
    decoded = labels.decode_labelled(file, content, labels.python_name(str(part.get_param("charset") or "")))
    if kind in ("text/enriched", "text/richtext"):
        return _Words(_enriched.sub(r"\1", decoded.text), decoded.replaced)
    if kind != "text/html":
        return _Words(_unwrapped(_unsigned(decoded.text), part), decoded.replaced)
    unseen = Counter[str]()
    text = markup.to_text(decoded.text, unseen, is_saved=True) or ""
    for name, count in unseen.items():
        left_out["hidden passage" if name == "hidden" else "part of a page"] += count
    return _Words(text, decoded.replaced)


def _unsigned(text: str) -> str:
    """Without what proves who wrote it, or is encrypted."""
    if "-----BEGIN PGP " not in text:
        return text
    return _armour.sub("", _dashed.sub("", text) if "BEGIN PGP SIGNED" in text else text)


def _unwrapped(text: str, part: email.message.Message) -> str:
    """A paragraph that was sent as lines which end in a space is one line again, without the space that was sent before
    lines which might be taken for something else.
    """
    if str(part.get_param("format") or "").lower() != "flowed":
        return text
    whole = _flowing.sub(r"\1" if str(part.get_param("delsp") or "").lower() == "yes" else r"\1 ", text)
    return _stuffed.sub("", whole)


def _header(letter: email.message.Message, name: str) -> str:
    """Headers beyond ASCII are packed in a way of their own."""
    written = str(letter.get(name) or "")
    try:
        parts = email.header.decode_header(written)
    except email.errors.HeaderParseError:
        return " ".join(written.split())
    words = (
        part if isinstance(part, str) else part.decode(labels.python_name(label or "") or "utf-8", "replace")
        for part, label in parts
    )
    return " ".join("".join(words).split())
