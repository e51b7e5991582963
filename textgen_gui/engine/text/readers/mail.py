"""Letters, .eml and .mbox: each is a document; what is quoted stays, attachments are counted."""

import email
import email.header
import email.message
import re
from collections import Counter
from collections.abc import Iterator

from ...core.config import TextConfig
from ...core.errors import TextError
from . import html, labels
from .fields import Document, Export, learn
from .reading import Input, Reading

LARGEST_LETTER = 64_000_000  # bytes
_quoted_from = re.compile(rb"^>(>*From )", re.MULTILINE)


def read(file: Input, format: str, options: TextConfig) -> tuple[Reading, Iterator[str | None]]:
    """Raises TextError when a letter is larger than any real one."""
    reading = Reading(format, "")
    fields, left_out = ("from", "date", "subject", "text"), Counter[str]()

    def documents() -> Iterator[Document]:
        replaced = 0
        for content in _letters(file, format):
            letter = email.message_from_bytes(content)
            text, bad = _text(file, letter, left_out)
            replaced += bad
            values = *(_header(letter, name) for name in fields[:3]), text
            yield [dict(zip(fields, values, strict=True))]
        if replaced:
            reading.warnings.append(f"{replaced:,} unreadable characters were replaced by “\ufffd”.")

    name = "letters" if format == "mbox" else "a letter"
    return reading, learn(Export(name, fields, ("text",), documents(), "\n", left_out), file, options, reading)


def _letters(file: Input, format: str) -> Iterator[bytes]:
    if format == "eml":
        with file.open() as opened:
            yield _checked(file, opened.read(LARGEST_LETTER + 1))
        return
    lines, size, blank = list[bytes](), 0, True
    with file.open() as opened:
        for line in opened:
            if blank and line.startswith(b"From "):
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


def _checked(file: Input, content: bytes) -> bytes:
    if len(content) > LARGEST_LETTER:
        raise TextError(f"{file.name} holds a letter of more than {LARGEST_LETTER // 1_000_000} MB. Save its text.")
    return content


def _text(file: Input, letter: email.message.Message, left_out: Counter[str]) -> tuple[str, int]:
    """The words of a letter and how many of its characters were unreadable. Plain text wins over a page."""
    plain, pages = list[labels.Decoded](), list[labels.Decoded]()
    for part in letter.walk():
        if part.is_multipart():
            continue
        kind = part.get_content_type()
        if part.get_filename() or part.get_content_disposition() == "attachment" or not kind.startswith("text/"):
            left_out["attachment"] += 1
            continue
        content = part.get_payload(decode=True)
        if isinstance(content, bytes) and content.strip():
            label = labels.python_name(str(part.get_param("charset") or ""))
            decoded = labels.decode_labelled(file, content, label)
            (pages if kind == "text/html" else plain).append(decoded)
    if plain:
        text = "\n".join(each.text.strip("\r\n") for each in plain)
    else:
        text = "\n".join(html.to_text(each.text, Counter()) or "" for each in pages)
    return text.replace("\r\n", "\n").strip("\n"), sum(each.replaced for each in plain or pages)


def _header(letter: email.message.Message, name: str) -> str:
    """Headers beyond ASCII are packed in a way of their own."""
    parts = email.header.decode_header(str(letter.get(name) or ""))
    words = (
        part if isinstance(part, str) else part.decode(labels.python_name(label or "") or "utf-8", "replace")
        for part, label in parts
    )
    return " ".join("".join(words).split())
