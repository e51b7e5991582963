"""Web pages: what a person would read of them."""

from collections import Counter
from collections.abc import Iterator

from ...core.config import TextConfig
from ...core.errors import TextError
from . import facebook, labels, telegram
from .flow import described
from .markup import breaks_off, seen, to_text
from .reading import Input, Reading, about_unreadable, cut
from .text import started

LARGEST = 64_000_000  # bytes
LOOKED_AT = 20_000  # characters, for what page it is


def read(file: Input, format: str, options: TextConfig) -> tuple[Reading, Iterator[str | None]]:
    """Raises TextError when the page is too large or holds no text."""
    with file.open() as opened:
        content = opened.read(LARGEST + 1)
    if len(content) > LARGEST:
        raise TextError(
            f"{file.name} is larger than {LARGEST // 1_000_000} MB. Save the page as plain text and add that."
        )
    page = labels.decode(file, content, options.encoding)
    reading = started(format, page.found)
    reading.warnings += about_unreadable(page.replaced)
    if telegram.MESSAGE in page.text[:LOOKED_AT]:
        return reading, telegram.read(page.text, file, options, reading)
    if facebook.page_of(page.text) and (pieces := facebook.read(page.text, file, options, reading)):
        return reading, pieces
    left_out: Counter[str] = Counter()
    text = to_text(page.text, left_out, is_saved=True)
    if text is None:
        raise TextError(
            f"{file.name} is nested too deeply to be a page. Open it in a browser and save it as plain text."
        )
    if not text.strip():
        pictures = " Pictures of text cannot be read." if "<img" in page.text.lower() else ""
        raise TextError(
            f"{file.name} holds no text to read.{pictures} Open it in a browser and save what you see as plain text."
        )
    reading.warnings += described((left_out[name], *words) for name, words in seen.items())
    if breaks_off(page.text):
        reading.warnings.append("It breaks off before its end, so a part of it may be missing.")
    return reading, iter([*cut(text), None])
