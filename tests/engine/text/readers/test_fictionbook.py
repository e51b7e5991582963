"""FictionBook: chapters, verses and notes as a reader of the book sees them."""

from pathlib import Path

import pytest

from textgen_gui.engine.core.config import TextConfig
from textgen_gui.engine.core.errors import TextError

from . import Read, read

SPACE = 'xmlns="http://www.gribuser.ru/xml/fictionbook/2.0" xmlns:l="http://www.w3.org/1999/xlink"'
ABOUT = "<description><title-info><book-title>Not text</book-title></title-info></description>"
CHAPTER = (
    "<section><title><p>Глава 1</p></title><epigraph><p>Кто там?</p><text-author>Блок</text-author></epigraph>"
    "<p>Была <emphasis>тёмная</emphasis> <style name='b'>ночь</style>.<a l:href='#n1' type='note'>[1]</a> "
    "Все спали.</p>"
    "<empty-line/><poem><stanza><v>Раз</v><v>Два</v></stanza><stanza><v>Три</v></stanza></poem></section>"
)
NOTES = '<body name="notes"><title><p>Примечания</p></title><section id="n1"><p>Очень тёмная.</p></section></body>'
TEXT = "Дом\n\nГлава 1\n\nКто там?\n\nБлок\n\nБыла тёмная ночь. Все спали.\n\nРаз\nДва\n\nТри"


def book(folder: Path, body: str, encoding: str = "windows-1251") -> Path:
    whole = (
        f"<?xml version='1.0' encoding='{encoding}'?><FictionBook {SPACE}>{ABOUT}{body}"
        "<binary id='c.jpg' content-type='image/jpeg'>/9j/4AAQSkZJRg</binary></FictionBook>"
    )
    path = folder / "book.fb2"
    path.write_bytes(whole.encode(encoding))
    return path


@pytest.mark.parametrize("encoding", ["windows-1251", "utf-8", "utf-16"])
def test_a_book_is_read_as_it_is_seen(tmp_path: Path, encoding: str) -> None:
    path = book(tmp_path, f"<body><title><p>Дом</p></title>{CHAPTER}</body>{NOTES}", encoding)
    assert read(path).text == f"{TEXT}\n\nПримечания\n\nОчень тёмная."
    found = read(path, TextConfig(columns=("text",)))
    assert found.text == TEXT and found.warnings == "Left out: 1 part with notes."


def test_one_that_breaks_the_rules_is_read_as_far_as_it_goes(tmp_path: Path) -> None:
    found = read(book(tmp_path, "<body><p>Один &mdash; & два.</p><p>Три.</body>"))
    assert "Один —" in found.text and "Три." in found.text and "It is damaged." in found.warnings
    assert read(book(tmp_path, "<body><p>Один &mdash; два.</p></body>")) == Read(["Один — два."], "")


def test_a_wrong_label_is_noticed(tmp_path: Path) -> None:
    path = book(tmp_path, "<body><p>Один — два.</p></body>", "utf-8")
    path.write_bytes(path.read_bytes().replace(b"encoding='utf-8'", b"encoding='windows-1251'"))
    assert read(path).text == "Один — два."


def test_what_is_no_book_is_refused(tmp_path: Path) -> None:
    for body, why in (("<body><p> </p></body>", "no text"), ("<", "damaged")):
        with pytest.raises(TextError, match=why):
            read(book(tmp_path, body))
