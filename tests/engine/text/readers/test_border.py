"""One bad file never stops the others: whatever a reader raises becomes the warning of that one file."""

import gzip
import json
import os
import struct
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from textgen_gui.engine.core import events, project
from textgen_gui.engine.core.errors import TextError
from textgen_gui.engine.text.prepare import prepare
from textgen_gui.engine.text.readers import records

from ....awkward import archive, docx, english, epub, odt, page
from ....conftest import never
from . import read


def bad_files(folder: Path) -> Iterator[Path]:
    def file(name: str, content: bytes) -> Path:
        (folder / name).write_bytes(content)
        return folder / name

    packed = bytearray(gzip.compress(os.urandom(9000)))
    packed[30:60] = b"\xff" * 30
    yield file("damaged.txt.gz", bytes(packed))
    yield file("short.txt.gz", gzip.compress(english.encode())[:20])
    yield file("deep.json", b'{"a":' * 600 + b'"text"' + b"}" * 600)
    yield file("deep.jsonl", (b'{"a":' * 600 + b'"text"' + b"}" * 600 + b"\n") * 3)
    yield file("number.json", b'[{"text": "a", "n": ' + b"9" * 5000 + b"}]")
    for name, parts in (
        ("a.docx", docx("<w:p><w:r><w:t>word</w:t></w:r></w:p>")),
        ("a.odt", odt("<text:p>word</text:p>")),
        ("a.epub", epub({"a.xhtml": page("<p>word</p>")}, ["a.xhtml"])),
    ):
        whole = bytearray(archive(folder / name, parts).read_bytes())
        start = whole.index(b"PK\x01\x02")
        while start >= 0:  # the version that is needed to unpack it, in the directory
            struct.pack_into("<H", whole, start + 6, 255)
            start = whole.find(b"PK\x01\x02", start + 1)
        (folder / name).write_bytes(whole)
        yield folder / name
        with zipfile.ZipFile(folder / f"lzma-{name}", "w", zipfile.ZIP_LZMA) as packed_file:
            for part, content in parts.items():
                packed_file.writestr(part, content)
        whole = bytearray((folder / f"lzma-{name}").read_bytes())
        for at in range(60, whole.index(b"PK\x01\x02") - 8, 7):
            whole[at] ^= 0x5A
        yield file(f"lzma-{name}", bytes(whole))


def test_a_bad_file_is_refused_with_a_sentence(tmp_path: Path) -> None:
    for path in bad_files(tmp_path):
        try:
            found = read(path)
        except TextError as problem:
            assert path.name in str(problem) and str(problem)[-1] == "."
        else:
            assert path.name in ("deep.json", "deep.jsonl") and found.documents[0] == "text"


def test_whatever_a_library_raises_becomes_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.json").write_text(json.dumps(["some words"]))
    problems = (RecursionError(), LookupError("a"), OverflowError("b"), struct.error("c"), EOFError(), MemoryError())
    for problem in problems:

        def fail(*_: object, problem: Exception = problem) -> None:
            raise problem

        monkeypatch.setattr(records, "_decode", fail)
        with pytest.raises(TextError, match=r"a\.json"):
            read(tmp_path / "a.json")


@pytest.mark.skipif(os.name == "nt", reason="names are always Unicode there")
def test_a_drop_with_bad_files_and_names_is_taken_all_the_same(tmp_path: Path) -> None:
    drop = tmp_path / "drop"
    drop.mkdir()
    bad = list(bad_files(drop))
    Path(os.fsdecode(os.fsencode(drop) + b"/caf\xe9.txt")).write_text(english)
    (drop / "good.txt").write_text(english + "The end.")
    place = project.create(tmp_path / "p")
    list(place.add_texts([drop], never))
    list(place.add_texts([drop], never))  # known by the same name the second time
    told = [event for event in prepare(place, never) if isinstance(event, events.TextRead)]
    assert len(told) == len(bad) + 2 == len(place.sources())
    for event in told:
        assert event.documents or (not event.documents and len(event.warnings) == 1), event
