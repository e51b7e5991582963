"""Texts that are made to harm are read apart: one sentence beside the file, and the others are read all the same."""

import json
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest

from textgen_gui.engine.core import events, project
from textgen_gui.engine.core.config import TextConfig
from textgen_gui.engine.core.schema import named
from textgen_gui.engine.runtime import workers
from textgen_gui.engine.runtime.confine import Limits
from textgen_gui.engine.text import apart
from textgen_gui.engine.text.texts import reading
from textgen_gui.engine.text.trial import preview, trial

from ...awkward import archive, epub, page
from ...conftest import never

CONTAINED = Limits(memory=100_000_000, cpu_s=20, silent_s=60, answer=2_000_000)


def swelling_pdf(path: Path) -> None:
    """A page whose content is packed twice."""
    shown = b"BT /F 9 Tf " + b"(a)Tj " * 8_000_000 + b"ET"
    packed = zlib.compress(zlib.compress(shown, 1), 9)
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>>>",
        b"<</Length %d/Filter[/FlateDecode/FlateDecode]>>stream\n%s\nendstream" % (len(packed), packed),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    ]
    body = b"".join(b"%d 0 obj %s endobj\n" % (number, each) for number, each in enumerate(objects, 1))
    path.write_bytes(b"%PDF-1.4\n" + body + b"trailer<</Root 1 0 R/Size 6>>\n%%EOF")


def endless_epub(path: Path) -> None:
    """A book whose chapters are packed very well."""
    pages = {f"{number}.xhtml": page("<p>" + "The same again. " * 5_000 + "</p>") for number in range(40)}
    archive(path, epub(pages, list(pages)))


def swelling_docx(path: Path) -> None:
    inner = "<w:p/>" * 5_000_000
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("word/document.xml", f'<w:document xmlns:w="urn:w"><w:body>{inner}</w:body></w:document>')


HARMFUL: dict[str, Callable[[Path], None]] = {
    "swelling.pdf": swelling_pdf,
    "endless.epub": endless_epub,
    "swelling.docx": swelling_docx,
}


@pytest.mark.parametrize("name", HARMFUL)
def test_greed_is_one_sentence_beside_that_file(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apart, "limits", lambda size: CONTAINED)
    HARMFUL[name](tmp_path / name)
    (tmp_path / "good.jsonl").write_text(json.dumps({"text": "A quiet evening by the sea."}))
    place = project.create(tmp_path / "p")
    list(place.add_texts([tmp_path / name, tmp_path / "good.jsonl"], never))
    files = [source.file for source in place.sources()]
    read = [event for event in reading(place, files, never) if isinstance(event, events.TextRead)]
    assert [event.path for event in read] == [f"texts/{name}", "texts/good.jsonl"]
    assert [event.documents for event in read] == [0, 1]
    assert read[0].warnings[0].startswith(name)
    assert "could not be read" in read[0].warnings[0] or "too large for the memory" in read[0].warnings[0]


def test_small_plain_texts_wait_for_no_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "_free", None)
    place = project.create(tmp_path / "p")
    (tmp_path / "a.txt").write_text("A quiet evening by the sea.")
    list(place.add_texts([tmp_path / "a.txt"], never))
    assert [event for event in reading(place, ["a.txt"], never) if isinstance(event, events.TextRead)]
    assert preview(tmp_path / "a.txt", TextConfig(), place.prepare_config().clean).text


def test_many_texts_are_read_at_once_and_told_in_their_order(tmp_path: Path) -> None:
    place = project.create(tmp_path / "p")
    names = [f"{number:02}.{'txt' if number % 5 == 0 else 'jsonl'}" for number in range(30)]
    for name in names:
        text = f"This is text {name}. " * (1 + int(name[:2]) % 7)
        (tmp_path / name).write_text(text if name.endswith("txt") else json.dumps({"text": text}))
    list(place.add_texts([tmp_path / name for name in names], never))
    read = [event for event in reading(place, names, never) if isinstance(event, events.TextRead)]
    assert [event.path for event in read] == [f"texts/{name}" for name in names]
    assert all(event.words == 4 * (1 + number % 7) for number, event in enumerate(read))


def test_a_pipe_is_no_text(tmp_path: Path) -> None:
    import os

    os.mkfifo(tmp_path / "a.txt")
    happened = list(
        trial([tmp_path / "a.txt"], TextConfig(), project.create(tmp_path / "p").prepare_config().clean, never)
    )
    assert not [event for event in happened if isinstance(event, events.TextRead)]


@pytest.mark.parametrize("encoding", ["punycode", "idna", "utf_16", "utf_32", "hz", "undefined"])
def test_an_encoding_that_does_not_fit_is_said(encoding: str, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes("Größe – ~{".encode() * 3)
    place = project.create(tmp_path / "p")
    list(place.add_texts([tmp_path / "a.txt"], never, named(TextConfig(), {"encoding": encoding})))
    (read,) = [event for event in reading(place, ["a.txt"], never) if isinstance(event, events.TextRead)]
    (warning,) = read.warnings
    assert encoding in warning and "damaged" not in warning
