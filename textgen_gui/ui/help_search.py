"""A page of Help with a field that looks for words in all there is to read: steps, questions, keys, words, settings."""

import dataclasses
import html
import re
from collections.abc import Iterator, Sequence
from typing import Any

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import QApplication, QWidget

from ..engine.core.config import CleanConfig, ModelConfig, PrepareConfig, StartConfig, TextConfig, TrainConfig
from ..engine.core.generation_config import GenerateConfig
from ..words import number
from .parts import glossary, resources
from .parts.announce import announce
from .parts.boxes import Page
from .parts.choice_words import words_of
from .parts.search_field import SearchField

SCROLLING = {Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown}
BEGINNING, ENDING = 4, 3  # letters of a word: so many are looked for at least, and so many may be different
LITTLE = 2  # letters, as in “how do I …”: such words count only where there are no others
settings: tuple[tuple[str, tuple[type[Any], ...]], ...] = (
    ("Settings of texts, under Data", (TextConfig, CleanConfig, PrepareConfig)),
    ("Settings of a run, under Train", (StartConfig, ModelConfig, TrainConfig)),
    ("Settings of writing, under Generate", (GenerateConfig,)),
)


@dataclasses.dataclass(frozen=True, slots=True)
class Entry:
    """Something that can be found, and on which part of Help it stands."""

    part: str
    name: str
    words: str

    def holds(self, wanted: Sequence[str]) -> bool:
        """Whether each of them begins a word here."""
        whole = f"{self.name} {self.words}"
        return all(re.search(_beginning(word), whole, re.IGNORECASE) for word in wanted)


class HelpSearch(Page):
    """Shows ``html`` until somebody looks for something: then every entry with these words, each marked. Where there is
    none, those with their beginnings."""

    def __init__(self, window: QWidget, title: str, whole: str, entries: Sequence[Entry]) -> None:
        super().__init__(window, title, whole)
        self._whole, self._entries = whole, (*entries, *_glossary(), *_settings())
        tip = "The arrow keys scroll through what is found; Ctrl+F comes back here"
        self.search = SearchField("Search in help", tip)
        self.search.textChanged.connect(self._look)
        self.search.installEventFilter(self)
        QShortcut(QKeySequence.StandardKey.Find, self, self._seek)
        for button in self.buttons.buttons():
            button.setAutoDefault(False)  # type: ignore[attr-defined]  # Return in the field would close the page
        self.column.insertWidget(0, self.search)
        self.search.setFocus()

    def _seek(self) -> None:
        self.search.setFocus()
        self.search.selectAll()

    def _look(self) -> None:
        words = self.search.text().split()
        wanted = [word for word in words if len(word) > LITTLE] or words
        found = [one for one in self._entries if one.holds(wanted)]
        if not found:
            wanted = [word[: max(BEGINNING, len(word) - ENDING)] for word in wanted]
            found = [one for one in self._entries if one.holds(wanted)]
        self.text.setHtml(_as_html(found, wanted) if wanted else self._whole)
        if wanted:
            announce(self.search, f"{number(len(found))} found")

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 (Qt's name)
        """Of the field: its keys that mean nothing there scroll the page below."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress and event.key() in SCROLLING:
            QApplication.sendEvent(self.text, event)
            return True
        return super().eventFilter(watched, event)


def _glossary() -> Iterator[Entry]:
    yield from (Entry("Glossary", name, words) for name, words in glossary.entries.items())


def _settings() -> Iterator[Entry]:
    for part, configs in settings:
        for field in (field for config in configs for field in dataclasses.fields(config)):
            if label := field.metadata.get("label"):
                choices = ", ".join(map(words_of, field.metadata["choices"]))
                yield Entry(part, label, f"{field.metadata['help']}{f' ({choices})' if choices else ''}")


def _as_html(found: Sequence[Entry], wanted: Sequence[str]) -> str:
    if not found:
        return "<p>Nothing in Help holds these words. Try fewer, or only the beginning of one.</p>"
    parts = []
    for part in dict.fromkeys(one.part for one in found):
        parts.append(f"<h3>{html.escape(part)}</h3>")
        parts += [
            f"<p><b>{_marked(one.name, wanted)}</b><br>{_marked(one.words, wanted)}</p>"
            for one in found
            if one.part == part
        ]
    return "".join(parts)


def _beginning(word: str) -> str:
    return rf"(?<!\w){re.escape(word)}"


def _marked(words: str, wanted: Sequence[str]) -> str:
    """As HTML, with a ground and a line below each of the wanted words."""
    pieces = re.split(f"({'|'.join(map(_beginning, wanted))})", words, flags=re.IGNORECASE)
    look = f"background-color: {resources.colours()['notice']}; text-decoration: underline"
    return "".join(
        f"<span style='{look}'>{html.escape(piece)}</span>" if at % 2 else html.escape(piece)
        for at, piece in enumerate(pieces)
    )
