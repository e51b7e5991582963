"""Where a text may end that is as long as it was asked to be."""

from dataclasses import dataclass

import regex

from ..core.generation_config import TextEnd

# A full stop after a short word with a capital is more likely that of an abbreviation: Mr. Dr. St. J.
_STOP = r"(?:(?<!\b\p{Lu}\p{Ll}{0,2})\.|[!?…؟।])[\"'”’»)\]*_]*"
_BLANK_LINE = r"(?<=\S)(?=\s*\n\s*\n)"


@dataclass(frozen=True, slots=True)
class Ending:
    """``found``: matches up to where a text can end. ``patience``: so many tokens are written on to come to one."""

    found: "regex.Pattern[str]"
    patience: int


endings: dict[TextEnd, Ending] = {
    TextEnd.SENTENCE: Ending(regex.compile(rf"{_STOP}(?=\s)|[。！？][”’」』）]*|{_BLANK_LINE}"), 100),
    TextEnd.PARAGRAPH: Ending(regex.compile(rf"(?:{_STOP}|[。！？][”’」』）]*)(?=\s*\n)|{_BLANK_LINE}"), 400),
}


def patience(end: TextEnd) -> int:
    return endings[end].patience if end in endings else 0


def cut_back(text: str, end: TextEnd) -> str:
    """Up to the last end in a text that is whole; all of it where there is none."""
    ends = [match.end() for match in endings[end].found.finditer(text + "\n")] if end in endings else []
    return text[: ends[-1]] if ends else text
