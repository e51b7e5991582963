"""What stands in place of a list of texts while there is none: where to drop them, and how to bring them otherwise."""

from collections.abc import Callable, Iterator

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QWidget

from ..parts import widgets

WAYS = (
    "Plain text, Word, OpenDocument, EPUB, PDF, web pages, tables, or whole folders of them.\n"
    "They are copied into the project; your own files are never changed.\n"
    "A text that you have copied elsewhere can be pasted here (Ctrl+V)."
)


def add_buttons(ask_files: Callable[[], object], ask_folder: Callable[[], object], role: str = "") -> Iterator[QWidget]:
    """``role``: of the first."""
    yield widgets.button("Add files…", "Copies text files into the project", ask_files, icon="add", role=role)
    yield widgets.button("Add folder…", "Copies all text files of a folder", ask_folder, icon="folder")


def drop_card(*buttons: QWidget) -> QFrame:
    """``buttons``: those that ask for files and folders."""
    title, ways = widgets.label("Drop your texts here", "title"), widgets.label(WAYS, "muted", wrap=True)
    for words in (title, ways):
        words.setAlignment(Qt.AlignmentFlag.AlignCenter)
    line = widgets.row(1, *buttons, 1, gap=2 * widgets.GRID)
    return widgets.card(widgets.column(1, title, ways, line, 1, gap=2 * widgets.GRID), "drop")
