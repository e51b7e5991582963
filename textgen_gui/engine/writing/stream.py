"""Token ids -> pieces of text that never have to be taken back."""

import functools

import regex
from tokenizers import Tokenizer

from ..core import bounded
from ..core.events import StopReason
from ..text import special_tokens

TORN = "\ufffd"
LONGEST_CLOSE = 8  # characters of a full stop with the quotation marks and brackets after it
LONGEST_TORN = 256  # tokens without a whole character; it will never come

_ends = (b"", *(first + more * b"\x80" for more in range(3) for first in (b"\x80", b"\xbf")))  # of any character
_graphemes = regex.compile(r"\X")


class Stream:
    """One text as it is written. Held back is what may still change: half a character, a letter that a mark or another
    person of the family may join, and what may be the beginning of a stop text.

    ``after``: the token before the first; some tokenizers write a word at the beginning of a text in another way.
    ``given``: what stands there already, but was not shown.
    """

    def __init__(self, tokenizer: Tokenizer, after: int, stops: tuple[str, ...] = (), given: str = "") -> None:
        self.tokenizer, self.stops = tokenizer, stops
        self.ids: list[int] = []
        self.text = ""  # without what is torn at its end
        self.stopped = False  # a stop text has come; it is no part of the text
        self.ended = False  # it has come to an end that was waited for
        self._ending: regex.Pattern[str] | None = None
        self._may_end = 0  # characters; ends before that are none
        self._shown = 0
        self._known, self._parts = whole_tokens(tokenizer), parts_of_letters(tokenizer)
        self._silent = special_tokens.silent(tokenizer)
        self._before: list[int] = [after]
        self._before_text = self._decode([after])
        self._held: list[int] = []
        self._take(given)

    def push(self, token: int) -> str:
        """Takes the next token and returns what can be shown now."""
        self.ids.append(token)
        if token in self._silent:
            self._take(self._torn())
            self._pass_over(token)
            return self._showable()
        whole = "" if self._held else self._known.get(token, "")
        if whole:
            self._before, self._before_text = [token], whole
        else:
            whole = self.peek(token)
            self._held.append(token)
            if whole.endswith(TORN) and len(self._held) < LONGEST_TORN:
                return ""
            self._before, self._held = self._held, []
            self._before_text = self._decode(self._before)
        self._take(whole)
        return self._showable()

    def _showable(self) -> str:
        return self._shown_up_to(len(self.text) - (0 if self.is_over else self._unsure()))

    def _pass_over(self, token: int) -> None:
        """It is no text, but somebody may have named it as what a text stops at."""
        self._before, self._before_text, self._held = [token], self._decode([token]), []
        self.stopped = self.stopped or any(stop in self._before_text for stop in self.stops)

    def _torn(self) -> str:
        """What is held back because its character is not whole."""
        return self._decode([*self._before, *self._held])[len(self._before_text) :] if self._held else ""

    def peek(self, token: int) -> str:
        """What this token would add to the text, together with what is torn."""
        if token in self._silent:
            return ""
        return self._decode([*self._before, *self._held, token])[len(self._before_text) :]

    def tears(self, token: int) -> bool:
        """Whether a character that is begun, by this token or before it, could never become whole behind it."""
        if not self._parts or not (self._held or token in self._parts):
            return False
        begun = b"".join(self._parts.get(one) or self._known.get(one, "").encode() for one in (*self._held, token))
        ends = (b"",) if token in self._silent else _ends
        return not any(_is_whole(begun + end) for end in ends)

    @property
    def is_over(self) -> bool:
        return self.stopped or self.ended

    @property
    def reason(self) -> StopReason:
        """Why it is over: an end that was waited for is that of a text that has its length."""
        return StopReason.STOP_TEXT if self.stopped else StopReason.LENGTH

    def end_at(self, ending: "regex.Pattern[str]") -> None:
        """It is long enough now, and ends where this is found; perhaps it does so already."""
        self._ending, self._may_end = ending, len(self.text.rstrip())
        self._look_for_end()

    def flush(self) -> str:
        """The rest, when nothing more comes."""
        if self._held and not self.stopped:
            self._take(self._torn())
            self._held = []
        return self._shown_up_to(len(self.text))

    def _decode(self, ids: list[int]) -> str:
        return str(self.tokenizer.decode(ids, skip_special_tokens=False))

    def _take(self, whole: str) -> None:
        self.text += whole
        if self._ending and not self.ended:
            self._look_for_end()
        if not self.stops:
            return
        looked_at = max(0, len(self.text) - len(whole) - max(map(len, self.stops)) + 1)
        found = [begin for stop in self.stops if (begin := self.text.find(stop, looked_at)) >= 0]
        if found:
            self.text, self.stopped = self.text[: min(found)], True

    def _look_for_end(self) -> None:
        assert self._ending
        for found in self._ending.finditer(self.text, max(0, self._may_end - LONGEST_CLOSE)):
            if found.end() >= self._may_end:
                self.text, self.ended = self.text[: max(found.end(), self._shown)], True
                return

    def _unsure(self) -> int:
        """How many characters at the end may still change."""
        pending = self.text[self._shown :]
        if not self.stops and pending.isascii():
            return 2 if pending.endswith("\r\n") else min(1, len(pending))
        last = 0
        for last_grapheme in _graphemes.finditer(pending):
            last = last_grapheme.end() - last_grapheme.start()
        for stop in self.stops:
            begun = (n for n in range(min(len(stop) - 1, len(pending)), last, -1) if pending.endswith(stop[:n]))
            last = max(last, next(begun, 0))
        return last

    def _shown_up_to(self, end: int) -> str:
        begin, self._shown = self._shown, max(self._shown, end)
        return self.text[begin : self._shown]


@functools.lru_cache(maxsize=4)
def whole_tokens(tokenizer: Tokenizer) -> dict[int, str]:
    """The text of each token that is whole by itself. None where a text is more than its tokens one after the other."""
    decoder = bounded.parse_json(tokenizer.to_str())["decoder"] or {}
    parts = [part["type"] for part in decoder.get("decoders", [decoder]) if part]
    if not parts or not set(parts) <= {"ByteLevel", "ByteFallback", "Fuse"}:
        return {}
    numbers = range(tokenizer.get_vocab_size())
    texts = tokenizer.decode_batch([[number] for number in numbers], skip_special_tokens=False)
    return {number: text for number, text in zip(numbers, texts, strict=True) if text and TORN not in text}


@functools.lru_cache(maxsize=4)
def parts_of_letters(tokenizer: Tokenizer) -> dict[int, bytes]:
    """The bytes of each token that holds a part of a character. None where a text is more than its tokens."""
    whole = whole_tokens(tokenizer)
    names = (
        {number: tokenizer.id_to_token(number) or "" for number in range(tokenizer.get_vocab_size())} if whole else {}
    )
    silent = special_tokens.silent(tokenizer)
    return {number: _bytes_of(name) for number, name in names.items() if number not in whole and number not in silent}


def _bytes_of(name: str) -> bytes:
    """Of a token by the name that it has in its file: <0xE2>, or GPT-2's letter for each byte (Radford et al. 2019)."""
    byte = regex.fullmatch(r"<0x([0-9A-F]{2})>", name)
    return bytes.fromhex(byte[1]) if byte else bytes(_byte_of.get(letter, 0) for letter in name)


def _is_whole(spelled: bytes) -> bool:
    try:
        spelled.decode()
    except UnicodeDecodeError:
        return False
    return True


_byte_of = {chr(byte): byte for byte in (*range(33, 127), *range(161, 173), *range(174, 256))}
_byte_of |= {chr(256 + rank): byte for rank, byte in enumerate(sorted({*range(256)} - {*_byte_of.values()}))}
