"""Screenplays of Final Draft, .fdx: each paragraph a line, a blank one before all but what somebody says."""

from collections.abc import Iterator

from lxml import etree

from ...core.config import TextConfig
from ...core.errors import TextError
from .archive import xml
from .flow import described
from .reading import Input, Reading, cut

WHAT = "Final Draft (.fdx)"
LARGEST = 256_000_000  # bytes
NOTES = ("{*}ScriptNote", "{*}SceneProperties")  # what hangs on a page, and the index card of a scene
SPEECH = ("Dialogue", "Parenthetical")  # they follow the name of who speaks


def read(file: Input, format: str, options: TextConfig) -> tuple[Reading, Iterator[str | None]]:
    """Raises TextError when the file is damaged or holds no words."""
    with file.open() as opened:
        root = xml(file, opened.read(LARGEST), WHAT)
    lines, notes = list[str](), set[etree._Element]()
    title_page = any(map(str.strip, (text for page in root.iterchildren("{*}TitlePage") for text in page.itertext())))
    for content in root.iterchildren("{*}Content"):
        for paragraph in content.iter("{*}Paragraph"):
            note, line = next(paragraph.iterancestors(*NOTES), None), _words(paragraph)
            if note is not None and line.strip():
                notes.add(note)
            elif line.strip():
                lines.append(line if not lines or paragraph.get("Type") in SPEECH else "\n" + line)
    if not lines:
        raise TextError(f"{file.name} holds no text.")
    reading = Reading(
        format, "", warnings=described([(len(notes), "note", "notes"), (title_page, "title page", "title pages")])
    )
    return reading, iter([*cut("\n".join(lines)), None])


def _words(paragraph: "etree._Element") -> str:
    """Of its own pieces of text, not of what hangs on it: notes, or two who speak at once."""
    return "".join(text for piece in paragraph.iterchildren("{*}Text") for text in piece.itertext())
