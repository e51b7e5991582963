"""Which column or field holds what people wrote: by its name, and by looking like prose."""

import re
from collections.abc import Sequence

LOOKED_AT = 500  # characters of a cell
ONE_WORD = 0.2  # a cell of one word counts so much less than a sentence
MARKUP = 0.3
FEW_LETTERS = 0.1
NEAR_CONSTANT = 0.05  # different cells among all
DEEPER = 0.5  # for each object around a field: what people write stands near the top
WELL_NAMED, ILL_NAMED = 3.0, 0.1  # times

# Names of what people write, and of what programs write about it; the last part of a name with dots counts.
text_names = frozenset(
    """
    text body content contents message messages comment comments post story sentence sentences paragraph lyrics
    lyric poem review review_text reviewtext review_body article abstract selftext tweet full_text fulltext msg
    mes quote highlight document utterance passage caption transcript reply answer response completion note
    notes chapter description said line plot synopsis summary joke haiku prose input_text raw_text clean_text
    text_content
    """.split()  # noqa: SIM905 (a list of words reads best as one)
)
other_names = frozenset(
    """
    id ids uid uuid guid key hash url urls uri link links href permalink date time timestamp datetime created
    created_at created_utc updated updated_at author authors user username user_id user_name nickname name
    sender from to email mail ip path file filename avatar avatarurl icon iconurl image img photo thumbnail
    color colour type kind lang language locale source html html_url css script code status state version label
    labels tag tags category categories score rating votes rank index number no license signature role slug
    domain useragent user_agent mimetype mime
    """.split()  # noqa: SIM905 (a list of words reads best as one)
)
INSTRUCTIONS = "instructions and answers"
# Fields that belong together, and are learnt together when a file has them.
together: tuple[tuple[str, ...], ...] = (
    ("instruction", "input", "output"),
    ("instruction", "context", "response"),
    ("instruction", "output"),
    ("instruction", "response"),
    ("prompt", "completion"),
    ("prompt", "response"),
    ("prompt", "chosen"),
    ("question", "answer"),
    ("question", "response"),
)

known_names = text_names | other_names | {name for group in together for name in group}

_no_prose = re.compile(
    r"""\s*(?:
      (?:https?|ftp|file|data|mailto|www)[:.]\S*(?:\s+(?:https?|www)[:.]\S*)*  # addresses
    | [\w.+-]+@[\w-]+\.[\w.-]+                              # an e-mail address
    | [\w.]*(?:[/\\][\w.~%-]+){2,}[/\\]?                    # a path
    | [\d\s.,:;+/TZ-]+(?:\s?[AP]M)?(?:\s(?:GMT|UTC))?       # numbers, dates, times
    | [A-Z][a-z]{2,8}\s\d{1,2},\s\d{4}(?:,?\s(?:at\s)?\d{1,2}:\d\d(?::\d\d)?(?:\s?[AP]M)?(?:\s[A-Z]{2,4})?)?
    | Mozilla/\d\.\d\s\(.*                                  # a browser
    | (?:[A-Z][a-z]{2},?\s)+\d[\d\s:,+-]*(?:GMT|UTC|Z)?(?:[+\d\s-]*)  # Wed Oct 10 20:19:24 +0000 2018
    | [0-9a-fA-F]{8,}(?:-[0-9a-fA-F]{4,})*                  # a hash
    | (?=\S*\d)[A-Za-z0-9+/=_-]+                             # an id
    | [A-Za-z0-9+/=_-]{31,}
    | [\w().-]+\.(?:jpe?g|png|heic|gif|webp|mp4|mov|mp3|m4a|wav)  # a picture, or a sound
    | [A-Za-z]+(?:_[A-Za-z0-9]+)+                            # a name of a program
    | true|false|null|none|nan
    )\s*""",
    re.VERBOSE,
)
_tag = re.compile(r"<[a-zA-Z/!][^<>]*>")


def is_only_about(names: Sequence[str], columns: Sequence[Sequence[str]]) -> bool:
    """Whether columns hold nothing but ids, addresses and the like, none of which anybody wrote."""
    for name, cells in zip(names, columns, strict=True):
        if any(map(amount, cells)):
            return False
        if last_part(name) not in other_names and any(cell.strip() and not _no_prose.fullmatch(cell) for cell in cells):
            return False
    return True


def best(names: Sequence[str], columns: Sequence[Sequence[str]]) -> int:
    """The place of the column that is most likely the text. ``columns``: the first cells of each."""
    scores = [score(name, cells) for name, cells in zip(names, columns, strict=True)]
    if not any(scores):  # nothing looks like prose; then whatever there is most of, but no numbers
        scores = [float(sum(len(c) for c in cells if not c.strip().isdigit())) for cells in columns]
    return max(range(len(scores)), key=lambda n: scores[n])


def learnt_together(names: Sequence[str]) -> list[int]:
    """The places of fields that are usually learnt together, such as an instruction and its answer."""
    plain = [last_part(name) for name in names]
    for group in together:
        if all(name in plain for name in group):
            return [plain.index(name) for name in group]
    return []


def last_part(name: str) -> str:
    """“My Review” is a review."""
    plain = name.rpartition(".")[2].strip().casefold().replace(" ", "_").replace("-", "_")
    return plain.removeprefix("my_").removeprefix("your_")


def score(name: str, cells: Sequence[str]) -> float:
    """How much prose a column holds, in characters that count more or less."""
    filled = [cell for cell in cells if cell.strip()]
    if not filled:
        return 0.0
    total = 0.0 if "rejected" in name.casefold().split(".") else sum(map(amount, filled))
    different = len(set(filled))
    if len(filled) >= 4 and (different == 1 or different < NEAR_CONSTANT * len(filled)):
        total *= NEAR_CONSTANT
    plain = last_part(name)
    return (
        total
        * DEEPER ** name.count(".")
        * (WELL_NAMED if plain in text_names else ILL_NAMED if plain in other_names else 1.0)
    )


def amount(cell: str) -> float:
    """How many characters of prose a cell holds; 0 for an address, a date, an id or a number."""
    start = cell[:LOOKED_AT].strip()
    if not start or _no_prose.fullmatch(start):
        return 0.0
    size = float(len(cell))
    if _tag.search(start):
        plain = _tag.sub("", start)
        size *= MARKUP * len(plain) / len(start)
    elif start[0] in "{[" and start[-1] in "]}":
        size *= FEW_LETTERS
    written = sum(map(str.isalpha, start)) + sum(map(str.isspace, start))
    if written < 0.6 * len(start):
        size *= FEW_LETTERS
    if start.isascii() and not any(letter.isspace() for letter in start):
        size *= ONE_WORD
    return size
