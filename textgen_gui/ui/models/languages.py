"""Languages by their names: models give codes."""

from collections.abc import Sequence

from PySide6.QtCore import QLocale

from ...words import number

SHOWN = 3


def language_name(code: str) -> str:
    """English for en; what is no code stays as it is."""
    language = QLocale.codeToLanguage(code)
    return code if language is QLocale.Language.AnyLanguage else QLocale.languageToString(language)


def in_words(codes: Sequence[str]) -> str:
    """The first few, and how many more."""
    names = ", ".join(map(language_name, codes[:SHOWN]))
    more = len(codes) - SHOWN
    return f"{names} and {number(more)} more" if more > 0 else names or "not said"
