"""Texts become token files: reading, exact pieces, held-out split, and what is up to date."""

import itertools
import shutil
from pathlib import Path

import numpy as np
import pytest

from textgen_gui.engine.core import events, project
from textgen_gui.engine.core.config import PrepareConfig
from textgen_gui.engine.core.errors import EngineError, ProjectError, TextError
from textgen_gui.engine.core.project import Project
from textgen_gui.engine.text import corpus, dataset, readers
from textgen_gui.engine.text import tokenizer as tokenizers
from textgen_gui.engine.text.prepare import prepare
from textgen_gui.engine.text.staleness import current, look, preview

from ...conftest import never, story


def text_of(path: Path) -> str:
    return "".join(piece for piece in corpus.read(path)[1] if piece)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252"])
def test_encodings_are_found(tmp_path: Path, encoding: str) -> None:
    text = "Où est passé l’été ? Les élèves étaient déjà près de la fenêtre – et la forêt, « Ça ira ».\n" * 60
    path = tmp_path / "a.txt"
    path.write_bytes(text.encode(encoding))
    assert text_of(path) == text


def test_line_ends_become_one(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"one\r\ntwo\rthree\nfour" * 9000)
    assert text_of(path) == "one\ntwo\nthree\nfour" * 9000


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"%PDF-1.4 ...", "PDF document"),
        (b"PK\x03\x04....", "office document"),
        (b"\x89PNG\r\n....", "a picture"),
        (b"text with \x00 zero \x00\x00 bytes" * 50, "zero bytes"),
        (bytes(range(1, 32)) * 100, "not a text file"),
    ],
)
def test_what_is_no_text_is_refused_by_name(tmp_path: Path, content: bytes, words: str) -> None:
    path = tmp_path / "strange.txt"
    path.write_bytes(content)
    with pytest.raises(TextError, match=rf"strange\.txt.*{words}"):
        readers.read(path)


def test_bytes_that_fit_nothing_are_counted(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"\xff\xfe" + "good ".encode("utf-16-le") * 9 + b"\x00\xd8" + "x".encode("utf-16-le"))
    reading, pieces = readers.read(path)
    assert "\ufffd" in "".join(piece for piece in pieces if piece)
    assert "1 byte is no proper utf-16" in reading.warnings[0]


def test_pieces_tokenize_like_the_whole(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    letters = np.array(list("abc   \n\n\t'sé1.—👩\x85\u00a0\u2003\u3000\x1c\x00"))
    text = "".join(rng.choice(letters, 60_000))
    path = tmp_path / "a.txt"
    path.write_text(text, encoding="utf-8", newline="")
    pieces = [piece for piece in corpus.read(path)[1] if piece]
    assert len(pieces) > 2 and "".join(pieces) == text.replace("\r", "\n")
    tokenizer = tokenizers.train(pieces, 400)
    assert np.concatenate(tokenizers.encode(tokenizer, pieces)).tolist() == tokenizer.encode(text).ids


def test_any_text_comes_back_exactly(prepared: Project) -> None:
    done = current(prepared)
    assert done
    tokenizer = done.tokenizer()
    for text in ("", "\x00\x01", "  two  spaces ", "日本語 العربية 👩‍👩‍👧", "x" * 5000, "<|endoftext"):
        ids = tokenizers.encode(tokenizer, [text])[0]
        assert tokenizer.decode(ids.tolist(), skip_special_tokens=False) == text


def test_token_files_hold_the_text_and_the_held_out_end(prepared: Project) -> None:
    done = current(prepared)
    assert done
    tokenizer, whole = done.tokenizer(), story()
    training = tokenizer.decode(done.train_tokens().tolist())
    heldout = tokenizer.decode(done.heldout().tolist())
    assert training + heldout == whole
    assert abs(len(heldout) / len(whole) - 0.01) < 0.01
    assert len(done.train_tokens()) == done.tokens and len(done.heldout()) == done.heldout_tokens


def test_many_documents_are_held_out_whole(tmp_path: Path) -> None:
    place = project.create(tmp_path / "p")
    folder = tmp_path / "letters"
    folder.mkdir()
    for number in range(60):
        (folder / f"{number}.txt").write_text(f"Letter {number}. " + story(400))
    list(place.add_texts([folder], never))
    place.set_prepare_config(PrepareConfig(heldout=0.2))
    list(prepare(place, never))
    done = current(place)
    assert done
    training, heldout = (done.tokenizer().decode(t.tolist()) for t in (done.train_tokens(), done.heldout()))
    numbers = [set(part.split("Letter ")[1:]) for part in (training, heldout)]
    assert len(numbers[0]) + len(numbers[1]) == 60 and 3 <= len(numbers[1]) <= 25


def test_the_same_texts_are_not_prepared_twice(prepared: Project) -> None:
    (folder,) = prepared.prepared_folders()
    before = (folder / "train.bin").stat().st_mtime_ns
    happened = list(prepare(prepared, never))
    assert (folder / "train.bin").stat().st_mtime_ns == before
    assert isinstance(happened[0], events.TextRead) and isinstance(happened[-1], events.Prepared)
    assert happened == list(look(prepared)) or isinstance(list(look(prepared))[-1], events.Prepared)


def test_changed_texts_are_noticed(prepared: Project) -> None:
    path = prepared.text_file(prepared.sources()[0])
    path.write_text(path.read_text() + "More.\n")
    assert current(prepared) is None
    list(prepare(prepared, never))
    assert current(prepared) is not None


def test_a_bad_text_does_not_stop_the_others(place: Project, tmp_path: Path) -> None:
    bad = {"empty.txt": b"", "blank.txt": b" \n\t\n", "picture.txt": b"\x89PNG\r\n\x1a\n", "zero.md": b"a\x00b" * 99}
    for name, content in bad.items():
        (tmp_path / name).write_bytes(content)
    list(place.add_texts([tmp_path / name for name in bad], never))
    read = [event for event in prepare(place, never) if isinstance(event, events.TextRead)]
    assert [event.documents for event in read] == [1, 0, 0, 0, 0]
    assert all(len(event.warnings) == 1 for event in read[1:])
    assert current(place)


def test_nothing_usable_is_one_sentence(tmp_path: Path) -> None:
    place = project.create(tmp_path / "p")
    with pytest.raises(ProjectError, match="no texts yet"):
        prepare(place, never)
    (tmp_path / "empty.txt").write_text("")
    list(place.add_texts([tmp_path / "empty.txt"], never))
    with pytest.raises(TextError, match="None of the texts can be used"):
        list(prepare(place, never))


def test_cancelling_changes_nothing(place: Project) -> None:
    happened = list(prepare(place, lambda: True))
    assert happened == [events.Warned("Preparing was cancelled. The texts are as they were.")]
    assert not place.prepared_folder.exists() or not list(place.prepared_folder.iterdir())
    assert len(place.sources()) == 1


def test_cancelling_at_any_moment_leaves_nothing_half_made(place: Project, tmp_path: Path) -> None:
    """A stop at each of the questions that preparing asks: no folder of token files, and no piece of one."""
    (tmp_path / "more.txt").write_text(story(9000).title())
    list(place.add_texts([tmp_path / "more.txt"], never))
    cancelled = 0
    while not current(place):
        asked = itertools.count()
        last = list(prepare(place, lambda limit=cancelled, asked=asked: next(asked) >= limit))[-1]  # type: ignore[misc]
        if isinstance(last, events.Warned):
            cancelled += 1
            assert not place.prepared_folders() and not list(place.folder.rglob(".new-*"))
            shutil.rmtree(place.prepared_folder, ignore_errors=True)
    assert cancelled > 8 and isinstance(last, events.Prepared)


def test_preview_shows_text_and_tokens(prepared: Project) -> None:
    shown = next(iter(preview(prepared, prepared.sources()[0])))
    assert isinstance(shown, events.Previewed)
    assert "".join(shown.pieces) == shown.text and len(shown.pieces) > 100


def test_a_text_shorter_than_the_context_is_refused_with_a_way_out(prepared: Project) -> None:
    done = current(prepared)
    assert done
    with pytest.raises(ProjectError, match="Add more text"):
        dataset.check_length(done, 1_000_000)


def test_a_damaged_token_file_is_named(prepared: Project) -> None:
    done = current(prepared)
    assert done
    (done.folder / "train.bin").write_bytes(b"12")
    with pytest.raises(ProjectError, match=r"train\.bin is damaged"):
        done.train_tokens()


def test_a_damaged_tokenizer_is_a_sentence(prepared: Project) -> None:
    done = current(prepared)
    assert done
    (done.folder / "tokenizer.json").write_text('{"model": {"type": "BPE", "vocab": {"a": -1}, "merges": [["x"]]}}')
    with pytest.raises(EngineError, match="cannot be read"):
        done.tokenizer()
