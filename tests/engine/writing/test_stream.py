"""What is shown never has to be taken back: no half characters, no parted families, no beginnings of a stop text."""

import pytest
import regex
from tokenizers import Tokenizer, decoders, models, pre_tokenizers

from textgen_gui.engine.text import special_tokens
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


# Of the 256 letters that stand for bytes, in the order in which the tokenizer numbers them, behind its end of text.
token_of = {byte: 1 + rank for rank, byte in enumerate([*range(33, 127), *range(161, 173), *range(174, 256)])}
token_of |= {byte: 1 + len(token_of) + rank for rank, byte in enumerate(sorted({*range(256)} - {*token_of}))}


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


@pytest.mark.parametrize(
    ("written", "whole_again"),
    [
        (b"\xc3", b"\xa9"),
        (b"\xe2\x80", b"\x99"),
        (b"\xed\x9f", b"\xbf"),  # behind it only halves of pairs of UTF-16 would follow
        (b"\xf4\x8f", b"\xbf\xbf"),  # behind it there are no characters
        (b"", b"\xef\xbf\xbd"),  # a text may hold this sign
    ],
)
def test_a_character_that_can_still_become_whole_is_not_torn(
    letters: Tokenizer, written: bytes, whole_again: bytes
) -> None:
    stream = Stream(letters, 0)
    for byte in written + whole_again:
        assert not stream.tears(token_of[byte])
        stream.push(token_of[byte])
    assert not stream.tears(letters.encode("a").ids[0]) and not stream.tears(0)


@pytest.mark.parametrize(
    "written", [b"\xc0", b"\xf5", b"\x80", b"\xed\xa0", b"\xe0\x80", b"\xf4\x90", b"\xe2a", b"\xe2\x80\xe2"]
)
def test_a_character_that_can_never_become_whole_is_torn(letters: Tokenizer, written: bytes) -> None:
    stream = Stream(letters, 0)
    for byte in written[:-1]:
        assert not stream.tears(token_of[byte])
        stream.push(token_of[byte])
    assert stream.tears(token_of[written[-1]])
    assert stream.tears(0) is (len(written) > 1), "the end of a text"


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


def marked(*names: str) -> Tokenizer:
    return tokenizers.train(["abc"], 300, special_tokens=names)


def streamed(tokenizer: Tokenizer, text: str, stops: tuple[str, ...] = ()) -> Stream:
    stream = Stream(tokenizer, 0, stops)
    pieces = [stream.push(token) for token in tokenizer.encode(text).ids if not stream.is_over]
    assert "".join([*pieces, stream.flush()]) == stream.text
    return stream


def test_tokens_that_are_no_text_never_come_out_but_the_names_of_fields_do() -> None:
    tokenizer = marked("<|im_start|>", "<|im_end|>", "<pad>", "<|title|>")
    text = "<|im_start|>One <|title|>é<|im_end|>\n<pad><|endoftext|>two<pad>"
    assert streamed(tokenizer, text).text == "One <|title|>é\ntwo"
    assert tokenizer.token_to_id("<|im_end|>") in streamed(tokenizer, text).ids


def test_of_a_model_from_elsewhere_no_special_token_comes_out() -> None:
    tokenizer = marked("<|reserved_7|>")
    special = special_tokens.SpecialTokens((), 0, (0,), {special_tokens.SETTINGS: b"{}"})
    special_tokens.attach(tokenizer, special)
    ids = tokenizer.encode("One <|reserved_7|>two").ids
    assert streamed(tokenizer, "One <|reserved_7|>two").text == tokenizer.decode(ids, skip_special_tokens=True)


def test_a_text_stops_at_a_token_that_was_named_though_it_is_no_text() -> None:
    stream = streamed(marked("<|im_end|>"), "One <|im_end|>two", ("<|im_end|>",))
    assert stream.stopped and stream.text == "One "


def test_half_a_character_before_such_a_token_is_told_and_what_follows_is_whole() -> None:
    tokenizer = marked("<pad>")
    stream, half = Stream(tokenizer, 0), tokenizer.encode("日").ids[:2]
    pieces = [stream.push(token) for token in (*half, *tokenizer.encode("<pad>é").ids)]
    assert "".join([*pieces, stream.flush()]) == stream.text == "\ufffdé"
