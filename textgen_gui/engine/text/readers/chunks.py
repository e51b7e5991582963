"""Documents that a Word document takes in whole: programs that write reports put their text there, as pages."""

import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path

from ...core.config import TextConfig
from ...core.errors import EngineError

# A page with its pictures in one file, .mht, is packed as letters are.
_endings = {".xhtml": ".html", ".htm": ".html", ".mht": ".eml", ".mhtml": ".eml", ".docm": ".docx", ".dotx": ".docx"}
_kinds = (".html", ".eml", ".docx", ".rtf", ".txt")


def texts(parts: Iterable[tuple[str, str]], content: Callable[[str], bytes], options: TextConfig) -> dict[str, str]:
    """The texts of parts that are documents of their own, by id. Those that cannot be read are missing.

    ``parts``: ids and names.
    """
    from . import read  # the other readers, of which Word's is one

    found = dict[str, str]()
    with tempfile.TemporaryDirectory() as folder:
        for id, name in parts:
            ending = Path(name).suffix.lower()
            if (ending := _endings.get(ending, ending)) not in _kinds:
                continue
            path = Path(folder) / f"{INSIDE}{ending}"
            try:
                path.write_bytes(content(name))
                found[id] = "".join(piece or "" for piece in read(path, options)[1]).strip("\n")
            except EngineError:
                continue
    return found


INSIDE = "part of a document"  # the name of such a part while it is read; what it takes in itself is only counted
