"""Archives: each text is read as if it lay in a folder, and nothing leads anywhere."""

import json
import zipfile
from pathlib import Path

import pytest

from textgen_gui.engine.core.errors import TextError
from textgen_gui.engine.core.text_formats import texts_below

from ....awkward import archive, docx, english
from . import REPORTS, read


def test_the_texts_of_an_archive(tmp_path: Path) -> None:
    word = archive(tmp_path / "a.docx", docx("<w:p><w:r><w:t>From Word.</w:t></w:r></w:p>")).read_bytes()
    parts: dict[str, str | bytes] = {
        "b/words.docx": word,
        "a/chat/_chat.txt": (REPORTS / "whatsapp" / "_chat.txt").read_bytes(),
        "a/photo.jpg": b"\xff\xd8\xff",
        "__MACOSX/b/._words.docx": b"x",
        ".trash/note.txt": "A deleted note.",
        "inner.zip": b"PK",
        "../../out.txt": "Out of it.",
        "bad.json": "[1,",
        "c.txt": english,
    }
    found = read(archive(tmp_path / "a.zip", parts))
    assert found.documents[0] == "Out of it." and found.documents[-2:] == ["From Word.", english]
    assert len(found.documents) == 33 and "A deleted note." not in found.documents
    assert "bad.json is no proper JSON" in found.warnings
    assert "2 hidden files, 1 file in another format" in found.warnings
    assert "inner.zip is damaged" in found.warnings
    assert not (tmp_path.parent.parent / "out.txt").exists()


def test_an_archive_without_texts_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TextError, match="no file that this program reads"):
        read(archive(tmp_path / "a.zip", {"a.jpg": b"x"}))
    with pytest.raises(TextError, match="no real"):
        read(archive(tmp_path / "b.zip", {"a.txt": "0" * 80_000_000}))
    (tmp_path / "c.zip").write_bytes(b"PK\x03\x04 cut")
    with pytest.raises(TextError, match="damaged"):
        read(tmp_path / "c.zip")


def test_a_damaged_part_does_not_stop_the_others(tmp_path: Path) -> None:
    path = archive(tmp_path / "a.zip", {"a.txt": english * 50, "b.txt": english})
    whole = bytearray(path.read_bytes())
    whole[60:90] = b"\xff" * 30
    path.write_bytes(whole)
    found = read(path)
    assert found.documents == [english] and "a.txt is damaged inside a.zip" in found.warnings
    assert zipfile.is_zipfile(path)


def test_a_box_of_letters_without_an_ending_is_read_in_an_archive_too(tmp_path: Path) -> None:
    """As Apple Mail exports it; and whatever cannot be read is called by its own name, not by ours."""
    box = "From ann@example.com Mon Jan  1 10:00:00 2024\nSubject: Boat\n\nThe boat is ready.\n"
    assert read(archive(tmp_path / "a.zip", {"Letters.mbox/mbox": box})).documents == ["The boat is ready."]
    with pytest.raises(TextError, match=r"^letter\.docx is damaged"):
        read(archive(tmp_path / "b.zip", {"a/letter.docx": b"PK"}))


def test_archives_in_archives_and_projects_beside_texts(tmp_path: Path) -> None:
    binder = '<P><Binder><BinderItem UUID="A" Type="DraftFolder"/></Binder></P>'
    inner = archive(tmp_path / "b.zip", {"words.txt": "Words inside.", "a.png": "x"}).read_bytes()
    parts: dict[str, str | bytes] = {
        "novel.scriv/novel.scrivx": binder,
        "novel.scriv/Files/Data/A/content.rtf": r"{\rtf1 The novel.}",
        "novel.scriv/Settings/notes.txt": "None of the texts.",
        "deep/b.zip": inner,
        "letter.txt": "The letter.",
    }
    found = read(archive(tmp_path / "a.zip", parts))
    assert found.documents == ["The novel.", "Words inside.", "The letter."]
    assert "b.zip: Left out: 1 file in another format." in found.warnings


def test_archives_that_never_end_are_left_out(tmp_path: Path) -> None:
    content = b"PK"
    for depth in range(6):
        content = archive(tmp_path / f"{depth}.zip", {"a.txt": f"Depth {depth}.", "in.zip": content}).read_bytes()
    found = read(tmp_path / "5.zip")
    assert found.documents == ["Depth 5.", "Depth 4.", "Depth 3."] and "1 file in another format" in found.warnings


def test_projects_of_this_program_are_no_texts(tmp_path: Path) -> None:
    parts: dict[str, str | bytes] = {
        "p/project.toml": "x",
        "p/runs/1/samples.txt": "What a model wrote.",
        "p/texts/a.txt": "Words.",
        "letter.txt": "The letter.",
    }
    found = read(archive(tmp_path / "a.zip", parts))
    assert found == (["The letter."], "Left out: 1 project of this program.")


def test_an_archive_of_nothing_but_a_project_says_so(tmp_path: Path) -> None:
    with pytest.raises(TextError, match=r"with its project\.toml"):
        read(archive(tmp_path / "a.zip", {"project.toml": "x", "a.txt": "Words.", "b/c.txt": "Words."}))


def test_a_locked_archive_says_so_instead_of_being_empty(tmp_path: Path) -> None:
    path = archive(tmp_path / "a.zip", {"a.txt": "Words.", "b.txt": "More words."})
    content = path.read_bytes()
    for start, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        before, *parts = content.split(start)
        content = start.join([before, *(p[: flags - 4] + b"\x01" + p[flags - 3 :] for p in parts)])
    path.write_bytes(content)
    with pytest.raises(TextError, match="protected by a password"):
        read(path)


def test_of_a_note_of_keep_its_page_is_not_learnt_beside_its_record(tmp_path: Path) -> None:
    note = {"title": "Boats", "textContent": "They went out.", "isTrashed": False, "userEditedTimestampUsec": 1}
    gone = {**note, "title": "Old", "isTrashed": True}
    page = "<h1>Nov 14, 2023</h1><p>They went out.</p>"
    parts: dict[str, str | bytes] = {
        "Keep/Boats.json": json.dumps(note),
        "Keep/Boats.html": page,
        "Keep/Old.json": json.dumps(gone),
        "Keep/Old.html": page,
        "Keep/other.json": '["Another list."]',
        "Keep/other.html": "<p>Another page.</p>",
    }
    found = read(archive(tmp_path / "a.zip", parts))
    assert found.documents == ["Boats\nThey went out.", "Another page.", "Another list."]
    assert "2 note’s web pages" in found.warnings and "1 deleted note" in found.warnings
    with zipfile.ZipFile(tmp_path / "a.zip") as packed:
        packed.extractall(tmp_path / "taken out")
    dropped = texts_below([tmp_path / "taken out"])
    assert [text.name for text in dropped.texts] == ["Boats.json", "Old.json", "other.html", "other.json"]
    assert "2 note’s web pages" in dropped.hidden
