"""Notes that only their author sees, in Fountain, TeX, Org and Markdown: left out and counted, unless chosen."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from itertools import dropwhile, islice

from ...core.config import TextConfig
from .fields import among
from .flow import described
from .reading import PIECE_CHARACTERS, Input, Reading, cut

PARTS = ("text", "comments")
_plurals = {"comment": "comments", "drawer": "drawers", "list of properties": "lists of properties"}

Lines = Iterator[str]
Rule = Callable[[Lines, Counter[str]], Lines]


def read(pieces: Iterable[str], file: Input, options: TextConfig, reading: Reading) -> Iterator[str]:
    """The text without what its format says is none. All of it where ``comments`` are wanted."""
    wanted = among(options.columns, PARTS)
    reading.columns, reading.learnt = PARTS, tuple(wanted or PARTS[:1])
    name = file.name.lower().removesuffix(".gz")
    rule = next(rule for ending, rule in _rules.items() if name.endswith(ending))
    return iter(pieces) if "comments" in wanted else _without(rule, pieces, reading)


def _without(rule: Rule, pieces: Iterable[str], reading: Reading) -> Iterator[str]:
    left_out: Counter[str] = Counter()
    waiting, size = list[str](), 0
    for line in rule(_lines(pieces), left_out):
        waiting.append(line)
        size += len(line)
        if size > PIECE_CHARACTERS:
            yield from cut("".join(waiting))
            waiting, size = [], 0
    yield from cut("".join(waiting))
    reading.warnings += described((left_out[name], name, many) for name, many in _plurals.items())


def _lines(pieces: Iterable[str]) -> Lines:
    """Lines with their ends."""
    rest = ""
    for piece in pieces:
        *whole, rest = (rest + piece).split("\n")
        for line in whole:
            yield f"{line}\n"
    if rest:
        yield rest


_opens = re.compile(r"/\*|\[\[")
_closes = {"/*": "*/", "[[": "]]"}


def _fountain(lines: Lines, left_out: Counter[str]) -> Lines:
    """Notes in double brackets, and what was cut but not thrown away. What is never closed is no note."""
    plain, held, opened = "", list[str](), ""  # what stands before the note that has been opened, and its lines
    for line in lines:
        if opened == "[[" and not line.strip():  # a note ends with its paragraph
            yield from (plain, *held)
            plain, held, opened = "", [], ""
        held.append(line)
        if opened and _closes[opened] not in line:
            continue
        text, at, count, opened = "".join(held), 0, 0, ""
        while match := _opens.search(text, at):
            end = text.find(_closes[match[0]], match.end())
            plain += text[at : match.start()]
            at, opened = (match.start(), match[0]) if end < 0 else (end + 2, "")
            if opened:
                break
            count += 1
        left_out["comment"] += count
        held = [text[at:]]
        if not opened:
            plain += text[at:]
            if plain.strip() or not count:
                yield plain
            plain, held = "", []
    yield from (plain, *held)


_percent = re.compile(
    r"\\(?:url|path|nolinkurl|href)\s*\{[^{}]*(?:\{[^{}]*\}[^{}]*)*\}"
    r"|\\(?:verb|lstinline)\*?([^A-Za-z*\s{]).{0,300}?\1|\\.|(%.*)",
    re.DOTALL,
)
_as_it_is = re.compile(r"\s*\\begin\{((?:verbatim|lstlisting|minted|Verbatim)\*?)\}")


_cut = re.compile(r"\s*(?:\\begin\{comment\}|\\iffalse\b)")
_cut_ends = {"b": "\\end{comment}", "i": "\\fi"}


def _tex(lines: Lines, left_out: Counter[str]) -> Lines:
    """From a percent sign to the end of its line, and what is cut, but not where text is shown as it is."""
    end = ""
    for line in _uncut(lines, _cut, lambda begin: _cut_ends[begin.lstrip()[1]], left_out):
        if not end and (match := _as_it_is.match(line)):
            end = f"\\end{{{match[1]}}}"
        if end:
            end = "" if end in line else end
            yield line
            continue
        if (start := _comment(line)) < 0:
            yield line
            continue
        left_out["comment"] += 1
        if plain := line[:start].rstrip():
            yield f"{plain}\n"


def _uncut(lines: Lines, begins: "re.Pattern[str]", end_of: Callable[[str], str], left_out: Counter[str]) -> Lines:
    """Without the lines from one to another that belong to a comment; what is never closed is none."""
    held, end = list[str](), ""
    for line in lines:
        match = None if held else begins.match(line)
        if match:
            end = end_of(match[0])
        if held or match:
            held.append(line)
            if end in line.lower():
                left_out["comment"] += 1
                held = []
            continue
        yield line
    yield from held


def _comment(line: str) -> int:
    """Where the comment of a line begins, -1 for none."""
    if "%" not in line or "\\" not in line:
        return line.find("%")
    return next((match.start() for match in _percent.finditer(line) if match[2]), -1)


_block_of_comment = re.compile(r"\s*#\+begin_comment\b", re.IGNORECASE)
_drawer = re.compile(r"\s*:(?!END:)[\w-]+:\s*", re.IGNORECASE)
_drawer_ends = re.compile(r"\s*:END:\s*", re.IGNORECASE)


def _org(lines: Lines, left_out: Counter[str]) -> Lines:
    """Drawers, which hold ids and times, and lines of comment. A drawer without an end is none."""
    drawer, in_block = list[str](), False
    for line in _uncut(lines, _block_of_comment, lambda _: "#+end_comment", left_out):
        if in_block or line.lstrip().lower().startswith("#+begin_"):
            in_block = not line.lstrip().lower().startswith("#+end_")
            yield from (*drawer, line)
            drawer = []
        elif drawer:
            drawer.append(line)
            if _drawer_ends.fullmatch(line):
                left_out["drawer"] += 1
                drawer = []
            elif line.startswith("*") or _drawer.fullmatch(line):
                yield from drawer
                drawer = []
        elif _drawer.fullmatch(line):
            drawer = [line]
        elif line.lstrip().startswith("# ") or line.strip() == "#":
            left_out["comment"] += 1
        else:
            yield line
    yield from drawer


# By the line above and below them: in YAML, and in TOML.
_properties = {
    "---": re.compile(r"""(?:["']?\w[\w .-]*["']?:(?:\s.*)?|\s+.*|-(?: .*)?|[\]}],?|#.*)?"""),
    "+++": re.compile(r"""(?:["']?\w[\w.-]*["']?\s*=.*|\[.*|\s+.*|[\]}],?|#.*)?"""),
}
# Of web pages; and of Obsidian, in a line or below one.
_comment_of_markdown = re.compile(r"(?<!`)<!--.*?-->|(?m:^)[ \t]*%%[ \t]*\n.*?%%|(?<!\d)%%[^`%\n]+%%", re.DOTALL)
_comment_begins = re.compile(r"(?<!`)<!--|^[ \t]*%%[ \t]*$", re.MULTILINE)
MOST_PROPERTIES = 200  # lines


def _markdown(lines: Lines, left_out: Counter[str]) -> Lines:
    """The properties that programs for notes and web pages write above a text, and comments, but not in code."""
    rest = _without_properties(lines, left_out)
    held, fence = "", ""
    for line in rest:
        begin = line.lstrip()[:3]
        if not held and begin in ("```", "~~~"):
            fence = "" if fence == begin else fence or begin
        if fence or (not held and "<!--" not in line and "%%" not in line):
            yield line
            continue
        if held and "-->" not in line and "%%" not in line:
            held += line
            continue
        plain, count = _comment_of_markdown.subn("", held + line)
        left_out["comment"] += count
        held = plain if _comment_begins.search(plain) else ""
        if not held and (plain.strip() or not count):
            yield plain
    yield held


def _without_properties(lines: Lines, left_out: Counter[str]) -> Lines:
    above = list(islice(lines, 1))
    fence = above[0].rstrip() if above else ""
    if known := _properties.get(fence):
        for line in islice(lines, MOST_PROPERTIES):
            above.append(line)
            if line.rstrip() in (fence, "..."):
                left_out["list of properties"] += 1
                above = []
                lines = dropwhile(str.isspace, lines)
                break
            if not known.fullmatch(line.rstrip()) or (len(above) == 2 and not line.strip()):
                break
    yield from above
    yield from lines


_rules: dict[str, Rule] = {
    ".fountain": _fountain,
    ".tex": _tex,
    ".org": _org,
    ".md": _markdown,
    ".markdown": _markdown,
}
