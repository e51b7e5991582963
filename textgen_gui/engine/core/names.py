"""Names of files and folders: safe on every system, and not yet taken."""

import os
import re
import textwrap
import unicodedata
from pathlib import Path

FIRST = 1000  # characters, in which the first words are
_speech = re.compile(r"[\"“”„‟«»‹›「」『』?*<>|]|(?<!\w)['‘’‚‛]|['‘’‚‛](?!\w)|:(?=\s)")  # but for apostrophes


def safe_name(name: str) -> str:
    """A name that every file system takes: no separators, control characters, or dots and spaces at its ends."""
    plain = re.sub(r'[\x00-\x1f\x7f<>:"/\\|?*\u202a-\u202e\u2066-\u2069]', "_", name).strip(" .")
    while len(plain.encode("utf-8", "replace")) > 120:
        plain = plain[:-1].rstrip(" .")
    reserved = re.fullmatch(r"(?i)(con|prn|aux|nul|com\d|lpt\d)(\..*)?", plain)
    return f"_{plain}" if reserved else plain.encode("utf-8", "replace").decode()


def why_other(wished: str, became: str, of: str) -> str:
    """Why a name is not the one that was wished for, in words. ``of``: files or folders."""
    if wished.rstrip(" .") == became:
        return "a name cannot end in a dot"
    if wished.startswith(became):
        return "it was too long"
    return "there is one already" if became.startswith(wished) else f"some signs cannot be in names of {of}"


def title_of(text: str, most: int = 5, longest: int = 40) -> str:
    """The first words of a text, as the name of a file, without the signs around them and marks of speech, of which one
    would stand alone. ``most``: words; ``longest``: characters, by which no word is cut but a single one.
    """
    first = safe_name(" ".join(_speech.sub("", text[:FIRST]).split(None, most)[:most]))
    words = textwrap.shorten(first, longest, placeholder="", break_on_hyphens=False) or first[:longest]
    kinds = ("Pc", "Pd", "Pi", "Pf", "Po", "Zs", "Sk", "Sm")
    signs = "".join(sign for sign in words if unicodedata.category(sign) in kinds)
    return safe_name(words.strip(signs)) or "text"


def as_unicode(path: Path | str) -> str:
    """A path or name that any file can hold: bytes that are no UTF-8 are written as escapes."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def with_ending(chosen: str, ending: str) -> Path:
    """What somebody chose in a dialog, with the ``ending``, ".txt". Where that was missing, the dialog has asked about
    another name than this one, so nothing that has it is replaced.
    """
    return Path(chosen) if chosen.casefold().endswith(ending) else free_folder(Path(chosen + ending))


def free_folder(path: Path) -> Path:
    """The path itself, or its name with a number when something is there already."""
    number, free = 2, path
    while os.path.lexists(free):
        free = path.with_name(f"{path.stem} {number}{path.suffix}")
        number += 1
    return free
