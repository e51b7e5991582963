"""Letters that a wrong encoding has garbled are noticed in every format, and mended when wished."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from textgen_gui.engine.core.config import TextConfig

from ....awkward import archive, docx, epub, odt, page
from . import read

GOOD = "Café, élève, forêt, où, garçon, Noël"
BAD = GOOD.encode().decode("cp1252")


def files(folder: Path, text: str) -> Iterator[Path]:
    for name, content in (
        ("a.txt", text),
        ("a.csv", f"id;text\n1;{text}\n2;{text}\n"),
        ("a.json", json.dumps([{"id": 1, "text": text}])),
        ("a.html", f"<p>{text}</p>"),
        ("a.srt", f"1\n00:00:01,000 --> 00:00:02,000\n{text}\n"),
        ("a.rtf", "{\\rtf1 " + "".join(c if c < "\x7f" else f"\\u{ord(c)}?" for c in text) + "}"),
    ):
        (folder / name).write_text(content, encoding="utf-8")
        yield folder / name
    yield archive(folder / "a.docx", docx(f"<w:p><w:r><w:t>{text}</w:t></w:r></w:p>"))
    yield archive(folder / "a.odt", odt(f"<text:p>{text}</text:p>"))
    yield archive(folder / "a.epub", epub({"a.xhtml": page(f"<p>{text}</p>")}, ["a.xhtml"]))


def test_garbled_letters_are_noticed_and_mended_in_every_format(tmp_path: Path) -> None:
    for path in files(tmp_path, BAD):
        found = read(path)
        assert found.documents[0] == BAD and "look garbled" in found.warnings, path.name
        found = read(path, TextConfig(repair=True))
        assert found.documents[0] == GOOD and "were repaired" in found.warnings, path.name


@pytest.mark.parametrize("repair", [False, True])
def test_good_letters_stay(tmp_path: Path, repair: bool) -> None:
    for path in files(tmp_path, GOOD):
        found = read(path, TextConfig(repair=repair))
        assert found.documents[0] == GOOD and "arbled" not in found.warnings, path.name
