"""Many texts at once: which are worth reading, and the kept ones as a file for elsewhere or as a text to learn from."""

import csv
import io
import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from ..core import atomic_io, events
from ..core.control import Ask
from ..core.events import Fault
from ..core.export_formats import ExportFormat
from ..text.copycheck import Index, build
from ..text.dataset import Prepared
from .generate import Happened

COPIED = 0.5  # of the words that stand in the training texts: more is no text of its own
REPEATING = 0.5  # of the runs of three words that are new: less goes round in circles
RUN = 3

_word = re.compile(r"\w+")


def judge(text: str, copied: float = 0.0) -> Fault:
    """Why a text is not worth reading: empty, repeating or copied. Nothing for a good one."""
    words = [word.casefold() for word in _word.findall(text)]
    if not words:
        return Fault.EMPTY
    runs = [tuple(words[n : n + RUN]) for n in range(len(words) - RUN + 1)]
    if len(runs) >= 10 and len(set(runs)) < REPEATING * len(runs):
        return Fault.REPEATING
    return Fault.COPIED if copied >= COPIED else Fault.NONE


def judged(happened: Iterable[Happened], prepared: Prepared | None, stop: Ask) -> Iterator[events.Event]:
    """The same events, and after each finished text what is to be said against it. None: copies are not looked for."""
    if prepared:
        yield from build(prepared, stop)
        if stop():
            return
    index = Index(prepared) if prepared else None
    for event in happened:
        yield event
        if isinstance(event, events.TextGenerated):
            words = max(1, len(_word.findall(event.text)))
            copied = sum(passage.words for passage in index.passages(event.text)) / words if index else 0.0
            yield events.TextJudged(event.index, judge(event.text, copied), min(1.0, copied))


def export(texts: Sequence[str], path: Path) -> None:
    """Writes the texts in the format that the name of the file says. Raises ProjectError for another."""
    atomic_io.write_bytes(path, _writers[ExportFormat.of(path)](texts))


def _text(texts: Sequence[str]) -> bytes:
    return ("\n\n———\n\n".join(texts) + "\n").encode()


def _markdown(texts: Sequence[str]) -> bytes:
    return ("\n\n---\n\n".join(texts) + "\n").encode()


def _table(texts: Sequence[str]) -> bytes:
    table = io.StringIO()
    csv.writer(table).writerows([["text"], *([text] for text in texts)])
    return table.getvalue().encode()


def _json_lines(texts: Sequence[str]) -> bytes:
    return "".join(json.dumps({"text": text}, ensure_ascii=False) + "\n" for text in texts).encode()


def _word_document(texts: Sequence[str]) -> bytes:
    import docx

    document = docx.Document()
    for number, text in enumerate(texts):
        if number:
            document.add_page_break()
        for paragraph in text.split("\n"):
            document.add_paragraph(re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]", "", paragraph))
    whole = io.BytesIO()
    document.save(whole)
    return whole.getvalue()


_writers: dict[ExportFormat, Callable[[Sequence[str]], bytes]] = {
    ExportFormat.TEXT: _text,
    ExportFormat.MARKDOWN: _markdown,
    ExportFormat.WORD: _word_document,
    ExportFormat.TABLE: _table,
    ExportFormat.JSON_LINES: _json_lines,
}
