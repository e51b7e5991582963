"""What is shown never has to be taken back: no half characters, no parted families, no beginnings of a stop text."""

import pytest
import regex
from tokenizers import Tokenizer, decoders, models, pre_tokenizers

from textgen_gui.engine.text import tokenizer as tokenizers
from textgen_gui.engine.writing.stream import Stream

hard = [
    "é 👩‍👩‍👧 日本 العربية ends",
    "e\u0301 a\u0308 क्षि ก็ 👍🏽 🏳️‍🌈 🇩🇪🇫🇷 ",
    "שָׁלוֹם עולם مَرْحَبًا",
    "각 한국 \r\n 1️⃣",
]


@pytest.fixture(scope="module")
def letters() -> Tokenizer:
    return tokenizers.train(["abc"], 257)  # bytes only: each character of more than one byte is torn


@pytest.mark.parametrize("text", hard)
def test_pieces_end_where_a_grapheme_ends(letters: Tokenizer, text: str) -> None:
    stream = Stream(letters, 0)
    pieces = [stream.push(token) for token in letters.encode(text).ids] + [stream.flush()]
    assert "".join(pieces) == text == stream.text
    borders = {match.end() for match in regex.finditer(r"\X", text)} | {0}
    shown = 0
    for piece in pieces:
        shown += len(piece)
        assert shown in borders, text[:shown]


def test_bytes_that_never_become_a_character_end_up_in_the_text(letters: Tokenizer) -> None:
    ids = letters.encode("日本").ids[:2]
    stream = Stream(letters, 0)
    assert stream.push(ids[0]) == "" and stream.flush() == "\ufffd"


@pytest.mark.parametrize("seed", range(20))
def test_the_stream_equals_the_whole_decode_of_any_bytes(letters: Tokenizer, seed: int) -> None:
    import random

    ids = random.Random(seed).choices(range(1, 257), k=200)
    stream = Stream(letters, 0)
    pieces = [stream.push(token) for token in ids] + [stream.flush()]
    assert "".join(pieces) == letters.decode(ids)


def test_the_stop_text_is_no_part_of_the_text_and_never_shown(letters: Tokenizer) -> None:
    stream = Stream(letters, 0, ("END", "\n\n"))
    pieces = []
    for token in letters.encode("One EN two\n. ENDED").ids:
        pieces.append(stream.push(token))
        if stream.stopped:
            break
    pieces.append(stream.flush())
    assert "".join(pieces) == stream.text == "One EN two\n. "


def test_a_stop_text_that_never_comes_holds_nothing_back_in_the_end(letters: Tokenizer) -> None:
    stream = Stream(letters, 0, ("xyz",))
    pieces = [stream.push(token) for token in letters.encode("ab xy").ids]
    assert "".join(pieces) == "ab " and stream.flush() == "xy" and not stream.stopped


def test_tokenizers_that_write_first_words_in_another_way() -> None:
    """SentencePiece's tokens have a space before each word, which is taken away at the beginning of a text only."""
    tokens = ["</s>", "▁the", "▁man", "s", "▁old"]
    tokenizer = Tokenizer(models.WordLevel({token: n for n, token in enumerate(tokens)}, unk_token="</s>"))
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.decoder = decoders.Metaspace()
    tokenizer.add_special_tokens(["</s>"])
    stream = Stream(tokenizer, 1)  # after "the"
    assert "".join([stream.push(token) for token in (4, 2, 3)] + [stream.flush()]) == " old mans"
