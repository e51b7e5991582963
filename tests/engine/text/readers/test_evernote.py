"""Notes of Evernote."""

from pathlib import Path

import pytest

from textgen_gui.engine.core.config import TextConfig
from textgen_gui.engine.core.errors import TextError

from . import read

HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<!DOCTYPE en-export SYSTEM "http://xml.evernote.com/pub/evernote-export4.dtd">\n<en-export>'
)
PAGE = '<?xml version="1.0"?><!DOCTYPE en-note SYSTEM "http://xml.evernote.com/pub/enml2.dtd"><en-note>{}</en-note>'


def note(title: str, body: str, more: str = "") -> str:
    content = f"<content><![CDATA[{PAGE.format(body)}]]></content>"
    return f"<note><title>{title}</title>{content}<created>20200101T101010Z</created>{more}</note>"


FIRST = note(
    "Rome",
    "<div>We arrived late, and the rain&nbsp;had stopped.</div><div><br/></div><div>The <b>Forum</b> was closed.</div>"
    '<en-media hash="a" type="image/png"/><en-crypt hint="x">U2VjcmV0cw==</en-crypt>',
    "<resource><data encoding='base64'>iVBORw0KGgo=</data><mime>image/png</mime></resource>",
)
SECOND = note("Bread", "<div>Bread &amp; butter.</div>")


def notes(folder: Path, content: str) -> Path:
    path = folder / "a.enex"
    path.write_text(content, encoding="utf-8")
    return path


def test_each_note_is_a_document(tmp_path: Path) -> None:
    path = notes(tmp_path, f"{HEAD}{FIRST}{SECOND}</en-export>")
    found = read(path)
    lines = [" ".join(line.split()) for line in found.documents[0].split("\n") if line.strip()]
    assert lines == ["We arrived late, and the rain had stopped.", "The Forum was closed."]
    assert found.documents[1] == "Bread & butter."
    assert "Left out: 1 attachment, 1 encrypted passage." in found.warnings and "“title”" in found.warnings
    found = read(path, TextConfig(columns=("title", "text")))
    assert found.documents[1] == "Bread\nBread & butter."


def test_one_that_breaks_off_is_read_up_to_there(tmp_path: Path) -> None:
    found = read(notes(tmp_path, f"{HEAD}{FIRST}{SECOND}<note><title>Thi"))
    assert len(found.documents) == 2 and "breaks off" in found.warnings
    with pytest.raises(TextError, match="damaged"):
        read(notes(tmp_path, f"{HEAD}<note>"))


def test_tasks_stand_below_their_note(tmp_path: Path) -> None:
    tasks = "<task><title>Buy seeds</title><taskStatus>open</taskStatus></task><task><title>Dig</title></task>"
    found = read(notes(tmp_path, f"{HEAD}{note('Garden', '<div>In May.</div>', tasks)}</en-export>"))
    assert found.text == "In May.\nBuy seeds\nDig"
