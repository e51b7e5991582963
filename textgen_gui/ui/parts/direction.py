"""Text that is written from the right stands at the right. A plain text editor of Qt shows it at the left."""

import unicodedata

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPlainTextEdit

FIRST_STRONG_ISOLATE, POP_ISOLATE = "\u2068", "\u2069"
FROM_THE_RIGHT = ("R", "AL")
LOOKED_AT = 50  # paragraphs, for the first one with a letter


def follow_text_direction(edit: QPlainTextEdit) -> None:
    """From now on the text is aligned to where its first paragraph begins."""
    edit.textChanged.connect(lambda: _align(edit))
    _align(edit)


def isolated(words: str) -> str:
    """Between signs that nobody sees, so that its direction is its own: an Arabic day turns what follows it round."""
    return f"{FIRST_STRONG_ISOLATE}{words}{POP_ISOLATE}"


def below(name: str, *lines: str) -> str:
    """Lines under a name. After one from the right their numbers would change places."""
    if any(unicodedata.bidirectional(letter) in FROM_THE_RIGHT for letter in name):
        lines = tuple(map(isolated, lines))
    return "\n".join((name, *lines))


def _align(edit: QPlainTextEdit) -> None:
    option = edit.document().defaultTextOption()
    wanted = Qt.AlignmentFlag.AlignRight if _is_right_to_left(edit) else Qt.AlignmentFlag.AlignLeft
    if not option.alignment() & wanted:
        option.setAlignment(wanted)
        edit.document().setDefaultTextOption(option)


def _is_right_to_left(edit: QPlainTextEdit) -> bool:
    block = edit.document().firstBlock()
    for _ in range(LOOKED_AT):
        if not block.isValid():
            return False
        if block.text().strip():
            return block.textDirection() == Qt.LayoutDirection.RightToLeft
        block = block.next()
    return False
