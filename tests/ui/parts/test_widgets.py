"""Words that somebody else chose are shown as they are, also where Qt would guess that they are markup."""

from PySide6.QtGui import QTextDocument

from textgen_gui.ui.parts import widgets

MARKUP = "<img src='/etc/hostname'> & <b>bold</b>.txt"


def shown(tip: str) -> str:
    """What a tool tip makes of it."""
    document = QTextDocument()
    document.setHtml(tip)
    return document.toPlainText()


def test_names_of_files_are_no_markup_in_tips() -> None:
    assert shown(widgets.plain(MARKUP)) == MARKUP
    assert shown(widgets.plain("a < b &amp; c.txt")) == "a < b &amp; c.txt"
    assert widgets.plain("/home/a & b.txt") == "/home/a & b.txt"
