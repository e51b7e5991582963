"""The files that texts can be exported to: what people call each, and how the name of its file ends."""

import enum
from pathlib import Path

from .errors import ProjectError


class ExportFormat(enum.Enum):
    """The members stand in the order in which they are offered."""

    TEXT = ("Text", ".txt")
    MARKDOWN = ("Markdown", ".md")
    WORD = ("Word", ".docx")
    TABLE = ("Table", ".csv")
    JSON_LINES = ("JSON lines", ".jsonl")

    def __init__(self, words: str, ending: str) -> None:
        self.words, self.ending = words, ending

    @classmethod
    def of(cls, path: Path) -> "ExportFormat":
        """The format that the name of a file says. Raises ProjectError for an ending that stands for none."""
        for known in cls:
            if known.ending == path.suffix.lower():
                return known
        raise ProjectError(f"{path.name}: choose a name that ends in {', '.join(known.ending for known in cls)}.")
