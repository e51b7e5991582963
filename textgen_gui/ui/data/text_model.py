"""The texts of a project as rows: what each is, and whether it is part of what a model would learn from.

Nothing is made for a row before it is seen, and what changed is told row by row, so that a hundred thousand texts are
as quick as ten.
"""

import dataclasses
import enum
import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import PurePath
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QColor

from ...engine.core import events
from ...engine.core.project import Source
from ...engine.core.snapshot import ProjectSnapshot
from ...words import number, percent, size
from ..parts import resources, widgets
from .balance import is_mostly_one
from .parted import Parted

FEW_CHANGES = 100  # stretches of rows that come, and that go; with more it is quicker to begin anew
NOWHERE = QModelIndex()

Index = QModelIndex | QPersistentModelIndex


class Column(enum.IntEnum):
    TEXT = 0
    FOLDER = 1
    SIZE = 2
    READ_AS = 3
    DOCUMENTS = 4
    TOKENS = 5
    STATE = 6


titles = {
    Column.TEXT: ("Text", "The file's name in the project"),
    Column.FOLDER: ("From", "The folder that it was copied from"),
    Column.SIZE: ("Size", "How large the file is"),
    Column.READ_AS: ("Read as", "Its format"),
    Column.DOCUMENTS: ("Documents", "How many separate documents it holds"),
    Column.TOKENS: (
        "Tokens",
        "The pieces that a model from scratch reads; one that has learnt before has its own",
    ),
    Column.STATE: ("State", "Whether it is part of what a model would learn from now"),
}
formats_in_words = {
    "text": "plain text",
    "markdown": "Markdown",
    "csv": "table",
    "tsv": "table",
    "json": "JSON records",
    "jsonl": "JSON records",
    "html": "web page",
    "docx": "Word",
    "doc": "Word",
    "pptx": "PowerPoint",
    "odt": "OpenDocument",
    "epub": "e-book",
    "mobi": "e-book",
    "fb2": "e-book",
    "pdf": "PDF",
    "rtf": "rich text",
    "subtitles": "subtitles",
    "eml": "e-mail",
    "mbox": "e-mail",
    "mhtml": "web page",
    "enex": "Evernote",
    "fdx": "Final Draft",
    "zip": "ZIP archive",
    "scriv": "Scrivener",
}
numbers = (Column.SIZE, Column.DOCUMENTS, Column.TOKENS)


class TextModel(QAbstractTableModel):
    """``shown``: the texts of the rows, which are those that the words of the filter are in, in the chosen order.
    ``folders``: whether the texts come from more than one.
    """

    def __init__(self) -> None:
        super().__init__()
        self.shown: list[Source] = []
        self._sources: tuple[Source, ...] = ()
        self._sizes: Mapping[str, int] = {}
        self._read = Parted[events.TextRead]()
        self._characters = Parted[int]()  # by itself: a look into 100,000 readings takes 0.1 s
        self._unusable: set[str] = set()
        self._in_tokens = 0  # readings of prepared texts
        self._stale: set[str] = set()
        self._places: Mapping[str, int] = {}
        self.folders = False
        self._rows: Mapping[str, int] | None = None  # made when it is first asked for in this order
        self._up_to_date = False
        self._wanted = ""
        self._by: Column | None = None
        self._descending = False

    # --- what is shown

    def show_texts(self, found: ProjectSnapshot, up_to_date: bool) -> None:
        self._sources, self._sizes, self._up_to_date = found.sources, found.sizes, up_to_date
        self._places, self.folders = found.places, found.folders
        self._arrange()

    def take(self, read: Iterable[events.TextRead]) -> None:
        """What reading has found in texts, whether they are shown or not."""
        rows = []
        for event in read:
            file = event.path.removeprefix("texts/")
            before, self._read[file] = self._read.get(file), event
            self._in_tokens += bool(event.tokens) - bool(before and before.tokens)
            self._characters[file] = event.characters if event.documents else 0
            self._stale.discard(file)
            (self._unusable.discard if event.documents else self._unusable.add)(file)
            if (row := self.row_of(file)) is not None:
                rows.append(row)
        if rows:
            self._tell(min(rows), max(rows))

    def forget(self) -> None:
        self._read.clear()
        self._characters.clear()
        self._unusable.clear()
        self._in_tokens = 0
        self._stale.clear()

    def make_stale(self, files: Iterable[str]) -> None:
        """Settings have changed, so that what these texts are in tokens is not known any more."""
        self._stale.update(files)
        self._tell(0, len(self.shown) - 1)

    def filter(self, words: str) -> None:
        self._wanted = words.strip().casefold()
        self._arrange(anew=True)

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Qt asks for the same order twice."""
        wanted = Column(column) if column in titles else None, order == Qt.SortOrder.DescendingOrder
        if wanted != (self._by, self._descending):
            self._by, self._descending = wanted
            self._arrange(anew=True)

    def read(self, source: Source) -> events.TextRead | None:
        return self._read.get(source.file)

    def characters(self) -> list[int]:
        """Of each of the texts of now, in sight or not; 0 where it was not read or is of no use."""
        return [self._characters.get(source.file) or 0 for source in self._sources]

    def may_be_mostly_one(self) -> bool:
        """Whether one text may be most of all; where more was read than is listed, one has to look at each."""
        lengths = list(self._characters.values())
        return len(lengths) > len(self._sources) or is_mostly_one(lengths)

    def tokens(self, source: Source) -> int:
        """0 where it is not known what the text is in tokens now."""
        read = self._read.get(source.file)
        return read.tokens if read and source.file not in self._stale else 0

    def row_of(self, file: str) -> int | None:
        if self._rows is None:
            self._rows = {source.file: row for row, source in enumerate(self.shown)}
        return self._rows.get(file)

    def unusable(self) -> int:
        """How many of the texts of now; of one that has just come it may be known before it is listed."""
        return sum(source.file in self._unusable for source in self._sources) if self._unusable else 0

    @property
    def were_prepared(self) -> bool:
        return self._in_tokens > 0

    # --- in which order

    def _arrange(self, *, anew: bool = False) -> None:
        """``anew``: another order or other words, where most rows move; not a step from the rows before."""
        new = [s for s in self._sources if self._wanted in f"{s.file}\n{s.origin}".casefold()] if self._wanted else None
        new = list(self._sources) if new is None else new
        if self._by is not None:
            new.sort(key=self._key(self._by), reverse=self._descending)
        changes = None if anew else _changes([s.file for s in self.shown], [s.file for s in new])
        if changes is None:
            self.beginResetModel()
            self._set_rows(new)
            self.endResetModel()
        else:
            self._step_by_step(changes, new)
            self._set_rows(new)
            self._tell(0, len(new) - 1)

    def _set_rows(self, new: list[Source]) -> None:
        in_their_order = not self._wanted and self._by is None
        self.shown, self._rows = new, self._places if in_their_order else None

    def _step_by_step(self, changes: "_Changes", new: list[Source]) -> None:
        for rows in reversed(changes.gone):
            self.beginRemoveRows(NOWHERE, rows[0], rows[-1])
            del self.shown[rows[0] : rows[-1] + 1]
            self.endRemoveRows()
        for rows in changes.come:
            self.beginInsertRows(NOWHERE, rows[0], rows[-1])
            self.shown[rows[0] : rows[0]] = new[rows[0] : rows[-1] + 1]
            self.endInsertRows()

    def _tell(self, first: int, last: int) -> None:
        if first <= last:
            self.dataChanged.emit(self.index(first, 0), self.index(last, len(titles) - 1))

    def _key(self, column: Column) -> Callable[[Source], Any]:
        match column:
            case Column.TEXT:
                return lambda source: source.file.casefold()
            case Column.FOLDER:
                return lambda source: source.origin.casefold()
            case Column.SIZE:
                return lambda source: self._sizes.get(source.file, 0)
            case Column.DOCUMENTS:
                return lambda source: read.documents if (read := self.read(source)) else -1
            case Column.TOKENS:
                return self.tokens
            case Column.READ_AS:
                return lambda source: (read.encoding or read.format) if (read := self.read(source)) else ""
            case Column.STATE:
                return self._readiness

    def _readiness(self, source: Source) -> int:
        """What needs somebody's eyes comes first."""
        read = self._read.get(source.file)
        if read is None:
            return 1
        if not read.tokens or source.file in self._stale:
            return 2 if read.documents else 0
        return 4 - bool(read.warnings)

    # --- what Qt asks

    def rowCount(self, parent: Index = NOWHERE) -> int:  # noqa: N802 (Qt's name)
        return 0 if parent.isValid() else len(self.shown)

    def columnCount(self, parent: Index = NOWHERE) -> int:  # noqa: N802
        return 0 if parent.isValid() else len(titles)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:  # noqa: N802
        if orientation == Qt.Orientation.Vertical:
            return None
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return titles[Column(section)][0]
            case Qt.ItemDataRole.ToolTipRole:
                return f"{titles[Column(section)][1]}. Click to sort."
            case Qt.ItemDataRole.TextAlignmentRole:
                return _alignment(section)
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        source, column = self.shown[index.row()], Column(index.column())
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return self.words(source, column)
            case Qt.ItemDataRole.ToolTipRole:
                return widgets.plain(self._tip(source, column))
            case Qt.ItemDataRole.TextAlignmentRole:
                return _alignment(column)
            case Qt.ItemDataRole.ForegroundRole:
                read = self.read(source)
                return QColor(resources.colours()["muted"]) if read and not read.documents else None
        return None

    def _tip(self, source: Source, column: Column) -> str:
        read = self.read(source)
        if read and column is Column.READ_AS and read.encoding:
            return f"How its bytes stand for letters (encoding): {read.encoding}"
        return "\n".join(read.warnings) if read and read.warnings else source.origin

    def words(self, source: Source, column: Column) -> str:
        read = self.read(source)
        match column:
            case Column.TEXT:
                return source.file
            case Column.FOLDER:
                return PurePath(source.folder).name
            case Column.SIZE:
                return size(self._sizes.get(source.file, 0))
            case Column.READ_AS:
                return _read_as(read) if read and read.documents else "–"
            case Column.DOCUMENTS:
                return number(read.documents) if read and read.documents else "–"
            case Column.TOKENS:
                return number(tokens) if (tokens := self.tokens(source)) else "–"
            case Column.STATE:
                return self._state(source)

    def _state(self, source: Source) -> str:
        read = self.read(source)
        if read is None:
            return "New"
        if not read.documents:
            return f"Left out: {reason(source.file, read)}"
        if self.tokens(source):
            return "Ready, see note" if read.warnings else "Ready"
        return read.warnings[-1] if self._up_to_date and read.warnings else "Not prepared"


def _alignment(column: int) -> int:
    side = Qt.AlignmentFlag.AlignRight if column in numbers else Qt.AlignmentFlag.AlignLeft
    return (side | Qt.AlignmentFlag.AlignVCenter).value


def _read_as(read: events.TextRead) -> str:
    """How sure it is, where the letters of a text had to be guessed."""
    words = formats_in_words.get(read.format, read.format)
    return words if read.confidence >= 0.9 else f"{words}, {percent(read.confidence)} sure"


def reason(file: str, read: events.TextRead) -> str:
    """Why a text cannot be used, without its name, which stands beside it."""
    words = " ".join(read.warnings)
    return f"it {words.removeprefix(file).lstrip()}" if words.startswith(file) else words


@dataclasses.dataclass(frozen=True, slots=True)
class _Changes:
    """The rows that go, as they were numbered, and those that come, as they will be; neighbours together."""

    gone: list[range]
    come: list[range]


def _changes(old: Sequence[str], new: Sequence[str]) -> _Changes | None:
    """None where others changed places, or where there are too many."""
    if old == new[: len(old)]:
        return _Changes([], [range(len(old), len(new))] if len(new) > len(old) else [])
    after = set(new)
    gone = _few(row for row, file in enumerate(old) if file not in after)
    if gone is None:
        return None
    before = set(old)
    come = _few(row for row, file in enumerate(new) if file not in before)
    if come is None or [file for file in old if file in after] != [file for file in new if file in before]:
        return None
    return _Changes(gone, come)


def _few(rows: Iterable[int]) -> list[range] | None:
    """Their stretches; None where there are too many, which is known without looking at the rest."""
    found = list(itertools.islice(stretches(rows), FEW_CHANGES + 1))
    return found if len(found) <= FEW_CHANGES else None


def stretches(rows: Iterable[int]) -> Iterator[range]:
    """Neighbouring numbers together."""
    first = last = -1
    for row in rows:
        if row != last + 1 or first < 0:
            if first >= 0:
                yield range(first, last + 1)
            first = row
        last = row
    if first >= 0:
        yield range(first, last + 1)
