"""What was read of a text: its beginning, plain or as coloured tokens."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QColor, QTextCharFormat, QTextCursor
from PySide6.QtWidgets import QCheckBox, QTextBrowser, QWidget

from ...engine.core import events
from ...engine.core.events import Event
from ...engine.core.project import Source
from ...words import number
from ..parts import resources, widgets
from ..parts.job_runner import Job
from ..parts.name_label import NameLabel
from ..parts.open_project import OpenProject

WORDLESS = "No words are read at its beginning, so there is nothing to show."


class Preview(QWidget):
    """Signals: ``shown(events.Previewed)``, ``refused()`` for what cannot be read."""

    shown = Signal(object)
    refused = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.opened: OpenProject | None = None
        self.job: Job | None = None
        self._wanted: Source | None = None
        self._read: Source | None = None  # by the job, and still wanted
        self._shown: events.Previewed | None = None
        self.title = NameLabel("Preview")
        self.as_tokens = QCheckBox("As tokens")
        self.as_tokens.setToolTip("Shows the pieces the model reads; each colour is one token")
        self.as_tokens.toggled.connect(self.restyle)
        self.page = QTextBrowser()
        self.page.setAccessibleName("Preview of the text")
        self.page.setFont(widgets.serif(1.05))
        self.page.document().setDocumentMargin(2 * widgets.GRID)
        self.note = widgets.label("", "muted", wrap=True)
        self.note.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        top = widgets.row(self.title, 1, self.as_tokens)
        self.setLayout(widgets.column(top, self.note, self.page, margin=widgets.GRID))

    def open(self, opened: OpenProject) -> None:
        self.opened, self.job = opened, None
        self.clear()

    def clear(self) -> None:
        """What is being read just now is not wanted any more either."""
        self._wanted = self._read = self._shown = None
        self.title.show_name("Preview")
        self.note.hide()
        self.page.clear()

    def look(self, source: Source, note: str) -> None:
        """Reads the beginning on a job; the last wish counts when several come while one is read."""
        self.note.setText(f"Note: {note}" if note else "")
        self.note.setVisible(bool(note))
        self._wanted = source
        if self.job is None:
            self._start()

    def _start(self) -> None:
        source, self._read, self._wanted = self._wanted, self._wanted, None
        assert source and self.opened
        project = self.opened.project
        self.title.show_name(source.file)
        self.job = self.opened.jobs.start(
            lambda control: iter([project.preview(source)]), self.show_event, failed=self._fail, finished=self._finished
        )

    def show_event(self, event: Event) -> None:
        if isinstance(event, events.Previewed) and self._read:
            self._shown = event
            self.restyle()
            self.shown.emit(event)

    def _fail(self, sentence: str, details: str) -> None:
        if self._read is None:
            return
        self._shown = None
        self.page.setPlainText(sentence)
        self.refused.emit()

    def _finished(self) -> None:
        self.job = None
        if self._wanted:
            self._start()

    def restyle(self) -> None:
        if self._shown is None:
            return
        self.page.clear()
        if not self._shown.text.strip():
            self.page.setPlainText(WORDLESS)
        elif not self.as_tokens.isChecked():
            self._show_documents(self._shown.text, self._shown.borders)
        elif not self._shown.pieces:
            self.page.setPlainText("Press Prepare first: then there is a tokenizer, and its tokens can be shown here.")
        else:
            self._show_tokens(self._shown.pieces)

    def _show_documents(self, text: str, borders: tuple[int, ...]) -> None:
        """The text with a line of words where one document ends and the next begins."""
        border = QTextCharFormat()
        border.setForeground(QColor(resources.colours()["accent"]))
        border.setFontPointSize(self.font().pointSizeF() * 0.92)
        cursor = QTextCursor(self.page.document())
        cursor.beginEditBlock()
        start = 0
        for place, end in enumerate([*borders, len(text)], start=1):
            if start:
                cursor.insertText(f"\n— document {number(place)} —\n", border)
            cursor.insertText(text[start:end], QTextCharFormat())
            start = end
        cursor.endEditBlock()
        self.page.moveCursor(QTextCursor.MoveOperation.Start)

    def _show_tokens(self, pieces: tuple[str, ...]) -> None:
        cursor = QTextCursor(self.page.document())
        cursor.beginEditBlock()
        tints = resources.token_tints[resources.is_dark()]
        for place, piece in enumerate(pieces):
            style = QTextCharFormat()
            style.setBackground(QColor(tints[place % len(tints)]))
            cursor.insertText(piece.replace("\n", "↵\n"), style)
        cursor.endEditBlock()
