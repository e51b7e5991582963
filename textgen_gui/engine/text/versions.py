"""Two texts that are versions of one, as a chapter before and after it was rewritten: what they share counts twice.

Near copies share four fifths of their windows or more (see ``duplicates``); a chapter in which every other sentence was
touched shares far fewer. Chapters of one book share next to none, so that a quarter is no accident.
"""

from collections import Counter
from collections.abc import Iterator, Sequence

from ..core import events
from ..core.control import Ask
from . import duplicates

SHARED_FROM = 0.25
TOLD = 20  # pairs; in a heap of versions nobody reads more


def versions(files: Sequence[str], sketches: duplicates.Hashes, stop: Ask) -> Iterator[events.VersionsFound]:
    """``files``: of each document; ``sketches`` as ``split`` takes them. Only texts of one document are compared, those
    that share most first. It takes seconds for a hundred thousand. Raises Stopped.
    """
    alone = {file for file, documents in Counter(files).items() if documents == 1}
    numbers = [int(row[0]) for row in sketches]
    whole = [at for at, number in enumerate(numbers) if files[number] in alone]
    found = duplicates.shares(sketches[whole, 1:], SHARED_FROM, stop)
    for one, other, share in sorted(found, key=lambda pair: -pair.share)[:TOLD]:
        first, second = sorted((numbers[whole[one]], numbers[whole[other]]))
        yield events.VersionsFound(files[first], files[second], round(share, 2))
