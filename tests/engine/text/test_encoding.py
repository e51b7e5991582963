"""The encoding of a text is found, told, and can be overridden; garbled letters are noticed and mended."""

import os
import random
from pathlib import Path

import pytest

from textgen_gui.engine.core.config import TextConfig
from textgen_gui.engine.core.errors import TextError
from textgen_gui.engine.text import readers
from textgen_gui.engine.text.readers import encoding as encodings
from textgen_gui.engine.text.readers.reading import Input

from ...awkward import french, russian
from ...benchmarks.encodings import sentences, texts, tried

every = [(encoding, language) for encoding, languages in tried.items() for language in languages]


@pytest.mark.parametrize(("encoding", "language"), every)
def test_an_encoding_is_found_without_help(tmp_path: Path, encoding: str, language: str) -> None:
    text = next(texts(encoding, language, 1000))
    path = tmp_path / "a.txt"
    path.write_bytes(text.encode(encoding))
    reading, pieces = readers.read(path)
    assert "".join(piece or "" for piece in pieces) == text
    assert 0.5 <= reading.confidence <= 1


def found(tmp_path: Path, content: bytes, wanted: str = "") -> encodings.Found:
    path = tmp_path / "a.txt"
    path.write_bytes(content)
    return encodings.find(Input(path), wanted)


def test_an_english_text_with_a_foreign_name_is_western(tmp_path: Path) -> None:
    text = "The vieux père walked along the river and looked at the water for a long time, as he always did. " * 40
    assert found(tmp_path, text.encode("cp1252")).encoding == "cp1252"


@pytest.mark.parametrize(
    "line",
    [
        "I don’t know why you’re leaving, it’s the end of the day",
        "He left – alone, and nobody saw him again – not ever.",
        "He left—alone, and nobody saw him again—not ever.",
        "He left… alone, and nobody saw him again… not ever.",
        "‘I don’t know,’ said Ann. ‘It’s late.’ They left and the dog was happy.",
        "It was £20 in the shop, and £5 for the bread.",
        "It was €20 in the shop, and €5 for the bread.",
        "Take ½ cup of milk and ¼ spoon of salt. Bake at 180°C.",
        "• First point\n• Second point",
        "Hello\xa0there, my\xa0friend and all",
        "The Word™ product® is © 2001 by us.",
        "See § 5 and § 6 of the act.",
        "L’homme qu’il a vu n’est pas d’ici",
        "L’uomo non c’era e l’altro aspettava un po’ di pane.",
        "Zo’n dag, ’s avonds, foto’s van de stad.",
    ],
)
def test_a_text_whose_only_foreign_signs_are_marks_is_western(tmp_path: Path, line: str) -> None:
    """An apostrophe was an accented letter of another system: I hope youíre well."""
    for text in (line, f"{line}\n" * 10):
        assert text.encode("cp1252").decode(found(tmp_path, text.encode("cp1252")).encoding) == text
    if "’" in line:
        assert found(tmp_path, f"{line}\n".encode("mac-roman") * 10).encoding == "mac-roman"


@pytest.mark.parametrize("encoding", ["cp1251", "koi8-r", "cp866"])
@pytest.mark.parametrize(
    "line",
    [
        "Сегодня была хорошая погода. Я гуляла одна, потом пришла Саша. Купили хлеба и яблок.",
        "Здравствуй, мама! Я пишу тебе из деревни. У нас всё хорошо.",
        "Лодки вышли в море до восхода солнца, и никто не говорил ни слова.",
        "Имало едно време един цар, който имал три дъщери.",
        "Сегодня я проснулась рано. Кошка спала, и я тихо вышла на кухню.",
    ],
)
def test_a_short_cyrillic_text_is_not_read_as_that_of_an_old_mac(tmp_path: Path, encoding: str, line: str) -> None:
    """A capital became a mark, and я the sign of the euro: “—егодн€ была хороша€ погода”."""
    for times in (1, 8):
        content = ((line + "\n") * times).encode(encoding)
        assert content.decode(found(tmp_path, content).encoding) == content.decode(encoding)


def test_a_guess_says_so(tmp_path: Path) -> None:
    guess = found(tmp_path, french.encode("cp1252"))
    assert guess.encoding == "cp1252" and "read as cp1252" in guess.warning and "Byte 52" in guess.warning


@pytest.mark.parametrize("name", ["utf9", "rot13", "base64", "zlib", "", "idna-nonsense"])
def test_an_unknown_encoding_is_named(tmp_path: Path, name: str) -> None:
    if not name:
        assert found(tmp_path, b"plain").encoding == "utf-8"
        return
    with pytest.raises(TextError, match=rf"a\.txt: there is no encoding “{name}”"):
        found(tmp_path, b"plain", name)


@pytest.mark.parametrize("size", [1, 7, 100, 1000, 30_000])
def test_noise_is_no_text(tmp_path: Path, size: int) -> None:
    for seed in range(20):
        content = random.Random(seed).randbytes(size)
        if content.isascii():
            continue
        try:
            guess = found(tmp_path, content)
        except TextError:
            continue
        assert size < 1000, f"{size} random bytes were taken for {guess}"


def test_a_few_damaged_bytes_do_not_make_a_text_another(tmp_path: Path) -> None:
    content = bytearray((russian * 40).encode())
    for place in (5001, 9003, 12_007):
        content[place] = 0xFF
    path = tmp_path / "a.txt"
    path.write_bytes(bytes(content))
    reading, pieces = readers.read(path)
    text = "".join(piece or "" for piece in pieces)
    line = bytes(content[:5001]).count(b"\n") + 1
    assert reading.encoding == "utf-8" and len(reading.warnings) == 1
    assert f"bytes are no proper utf-8, the first in line {line}" in reading.warnings[0]
    assert text.count("\ufffd") == int(reading.warnings[0].split()[0])


def test_short_texts_are_read_somehow(tmp_path: Path) -> None:
    for language in sentences:
        for encoding in ("cp1252", "cp1251", "shift_jis", "gb18030"):
            for length in range(1, 40, 3):
                content = sentences[language].encode(encoding, "ignore")[:length]
                try:
                    content.decode(found(tmp_path, content).encoding, "replace")
                except TextError as problem:
                    assert str(problem).endswith(".")


garbled = (french * 4).encode().decode("cp1252", "replace")


def test_garbled_letters_are_noticed(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text(garbled, encoding="utf-8")
    reading, pieces = readers.read(path)
    assert "".join(piece or "" for piece in pieces) == garbled
    assert "look garbled (“Ã¨” for “è”)" in reading.warnings[0]


def test_garbled_letters_are_mended_when_wished(tmp_path: Path) -> None:
    kept = french.replace("à ", "a ")  # a lost byte cannot come back
    path = tmp_path / "a.txt"
    path.write_text((kept * 300).encode().decode("cp1252"), encoding="utf-8")
    reading, pieces = readers.read(path, TextConfig(repair=True))
    assert "".join(piece or "" for piece in pieces) == kept * 300
    assert "300 lines were repaired" in reading.warnings[0]


@pytest.mark.parametrize("language", list(sentences))
def test_good_letters_are_not_called_garbled(tmp_path: Path, language: str) -> None:
    path = tmp_path / "a.txt"
    path.write_text(sentences[language] * 9, encoding="utf-8")
    for options in (TextConfig(), TextConfig(repair=True)):
        reading, pieces = readers.read(path, options)
        assert "".join(piece or "" for piece in pieces) == sentences[language] * 9
        assert not reading.warnings


def test_a_large_text_is_read_in_pieces(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(french.encode("cp1252") * 2000 + os.urandom(0))
    pieces = [piece for piece in readers.read(path)[1] if piece]
    assert len(pieces) > 10 and "".join(pieces) == french * 2000


def test_what_is_no_text_says_what_can_be_done_with_it(tmp_path: Path) -> None:
    """A photo cannot be exported as text, and may be called .txt already."""
    for content, words in (
        (b"\xff\xd8\xff\xe0" * 9, "a picture, not plain text. If it shows words"),
        (b"%PDF-1.7", r"\.pdf"),
    ):
        (tmp_path / "holiday.txt").write_bytes(content)
        with pytest.raises(TextError, match=words):
            encodings.find(Input(tmp_path / "holiday.txt"))
