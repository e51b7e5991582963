"""Where a text may end that is as long as it was asked to be."""

import regex

from ..core.generation_config import TextEnd

# A full stop after a short word with a capital is more likely that of an abbreviation: Mr. Dr. St. J.
_STOP = r"(?:(?<!\b\p{Lu}\p{Ll}{0,2})\.|[!?…؟।])[\"'”’»)\]*_]*"
_BLANK_LINE = r"(?<=\S)(?=\s*\n\s*\n)"


# What matches up to where a text can end.
endings: dict[TextEnd, "regex.Pattern[str]"] = {
    TextEnd.SENTENCE: regex.compile(rf"{_STOP}(?=\s)|[。！？][”’」』）]*|{_BLANK_LINE}"),
    TextEnd.PARAGRAPH: regex.compile(rf"(?:{_STOP}|[。！？][”’」』）]*)(?=\s*\n)|{_BLANK_LINE}"),
}


def cut_back(text: str, end: TextEnd) -> str:
    """Up to the last end in a text that is whole; all of it where there is none."""
    ends = [match.end() for match in endings[end].finditer(text + "\n")] if end in endings else []
    return text[: ends[-1]] if ends else text
