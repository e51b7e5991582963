"""Where one document ends and the next begins, as the user wishes."""

from collections.abc import Iterable, Iterator

from ...core.config import DocumentEnd, TextConfig
from .reading import PIECE_CHARACTERS, cut


def divide(pieces: Iterable[str | None], options: TextConfig) -> Iterator[str | None]:
    """The same text with ``None`` where the chosen way of dividing ends a document. Blank documents are left out."""
    if options.documents == DocumentEnd.FILE:
        return _joined(pieces)
    if options.documents == DocumentEnd.LINE:
        return _between(pieces, "\n")
    if options.documents == DocumentEnd.SEPARATOR and options.separator:
        return _between(pieces, options.separator.replace("\\n", "\n").replace("\\t", "\t"))
    return iter(pieces)


def _joined(pieces: Iterable[str | None]) -> Iterator[str | None]:
    after_end = False
    for piece in pieces:
        if piece is None:
            after_end = True
            continue
        if after_end:
            yield "\n"
            after_end = False
        yield piece
    yield None


def _between(pieces: Iterable[str | None], separator: str) -> Iterator[str | None]:
    rest, begun = "", False
    for piece in pieces:
        if piece is not None:
            *whole, rest = (rest + piece).split(separator)
        else:
            whole, rest = [rest], ""
        for document in whole:
            if begun or document.strip():
                yield from cut(document)
                yield None
            begun = False
        # Whatever cannot be the beginning of a separator goes on, so that a document of any length flows through.
        spare = len(rest) - len(separator) + 1
        if spare > PIECE_CHARACTERS:
            begun = begun or bool(rest[:spare].strip())
            yield from cut(rest[:spare])
            rest = rest[spare:]
