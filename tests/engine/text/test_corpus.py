"""Files become pieces of text that can be tokenized one by one."""

from pathlib import Path

import numpy as np
import pytest

from textgen_gui.engine.core.errors import TextError
from textgen_gui.engine.text import corpus, readers
from textgen_gui.engine.text.tokenizer import encode, train


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
    tokenizer = train(pieces, 400)
    assert np.concatenate(encode(tokenizer, pieces)).tolist() == tokenizer.encode(text).ids
