"""The readers, one file of tests a reader; `read` gives what a test wants to see of a file."""

from pathlib import Path
from typing import NamedTuple

from textgen_gui.engine.core.config import TextConfig
from textgen_gui.engine.text import readers

REPORTS = Path(__file__).resolve().parents[3] / "data" / "reports"


class Read(NamedTuple):
    documents: list[str]
    warnings: str

    @property
    def text(self) -> str:
        (document,) = self.documents
        return document


def read(path: Path, options: TextConfig | None = None) -> Read:
    """The documents of a file, and what was said about it. Raises TextError."""
    reading, pieces = readers.read(path, options)
    documents, text = [], ""
    for piece in pieces:
        if piece is None:
            documents.append(text)
            text = ""
        else:
            text += piece
    assert not text, "the last document has no end"
    return Read(documents, " ".join(reading.warnings))


def markers(text: str) -> list[str]:
    """The words in capitals that begin with M and a number: each stands in a place where text can stand."""
    return [word.strip(".,:;()") for word in text.split() if word[:1] == "M" and word[1:3].isdigit()]
