"""What was left in the writing room: its page, with what it takes to write its texts again, texts nobody has decided
about, and what was chosen.
"""

import dataclasses
import itertools
import json
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

from . import atomic_io, bounded, events, schema
from .errors import EngineError, ProjectError
from .generation_config import GenerateConfig, config_from
from .names import free_folder
from .project import Project
from .sources import Version

MOST_LETTERS = 4_500_000  # of texts on the page, and of undecided ones; in the file each may take six bytes
BESIDE = 400  # letters that the settings of one text take, about
LONGEST_LINE = 200_000  # letters; a window takes seconds to lay out more


@dataclasses.dataclass(frozen=True, slots=True)
class Done:
    """What a model wrote, and all that it takes to write it again."""

    model: events.ModelChosen
    prompt: str
    config: GenerateConfig
    event: events.TextGenerated


class LongLineError(ValueError):
    """A page is all there, but no window could show it."""

    def __init__(self, page: str) -> None:
        super().__init__(f"a line of more than {LONGEST_LINE:,} letters would hold up the window")
        self.page = page


class Left(NamedTuple):
    """``model``: the one that was chosen, as the window calls it; empty where none was noted. ``choices``: what else
    was chosen in this project, by the name of what chooses it, which also says what it can use of that.
    ``undecided``: what models wrote elsewhere, and nobody has kept or rejected yet.
    """

    page: str
    done: Sequence[Done]
    model: str = ""
    choices: Mapping[str, Any] = MappingProxyType({})
    undecided: Sequence[Done] = ()


def keep(place: Project, left: Left, *, aside: bool = False) -> None:
    """``aside``: what lies there gets another name. Raises ProjectError when the disk refuses; it stays then.

    Only so many of the newest texts are noted as another day can read: it reads no file of any size.
    """
    done = _newest(left.done, lambda one: len(one.prompt) + len(one.event.text))
    undecided = _newest(left.undecided, lambda one: len(one.event.text))
    groups = itertools.groupby(undecided, key=lambda one: one.prompt)
    whole = {
        "page": left.page,
        "done": [dataclasses.asdict(one) for one in done],
        "model": left.model,
        "choices": dict(left.choices),
        "undecided": [{"prompt": prompt, "texts": [_without_prompt(one) for one in texts]} for prompt, texts in groups],
    }
    # ASCII, because half a character may stand there.
    atomic_io.write_text(place.draft_file, json.dumps(whole, indent=1), aside=aside)


def load(place: Project) -> Left:
    """An empty page where nothing was left. Raises ProjectError when it cannot be read; it is put aside then."""
    try:
        return read(place)
    except (OSError, ValueError, EngineError) as problem:
        aside = put_aside(place)
        if isinstance(problem, LongLineError):
            aside = free_folder(aside.with_suffix(".txt"))
            atomic_io.write_text(aside, problem.page)
        raise ProjectError(f"The page that you left could not be read ({problem}). It was put aside as {aside}.") from (
            problem
        )


def read(place: Project) -> Left:
    """An empty page where nothing was left. Raises whatever is wrong with it."""
    try:
        left = schema.made(_Draft, bounded.read_json(place.draft_file, bounded.WRITINGS))
    except FileNotFoundError:
        return Left("", [])
    if max(map(len, left.page.split("\n"))) > LONGEST_LINE:
        raise LongLineError(left.page)
    groups = [schema.made(_Group, group) for group in left.undecided]
    undecided = [done_from({**text, "prompt": group.prompt}) for group in groups for text in group.texts]
    return Left(left.page, list(map(done_from, left.done)), left.model, left.choices, undecided)


def version(place: Project) -> Version | None:
    """Another one whenever somebody writes the page; None where there is none."""
    try:
        return Version.of(place.draft_file)
    except OSError:
        return None


def is_of_others(place: Project, kept: Left) -> bool:
    """Whether there lies another page than the one saved last, or other undecided texts, or what cannot be read."""
    if not os.path.lexists(place.draft_file):
        return False
    try:
        there = read(place)
    except (OSError, ValueError, EngineError):
        return True
    known = {(one.prompt, one.event.text) for one in kept.undecided}
    return there.page != kept.page or any((one.prompt, one.event.text) not in known for one in there.undecided)


def put_aside(place: Project) -> Path:
    """The file gets another name, so that what cannot be read now is not written over. Raises ProjectError."""
    return atomic_io.put_aside(place.folder, "draft.json")


@dataclasses.dataclass(frozen=True, slots=True)
class _Draft:
    """draft.json as it is written."""

    page: str
    done: tuple[Mapping[str, Any], ...]
    model: str = ""
    choices: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    undecided: tuple[Mapping[str, Any], ...] = ()


@dataclasses.dataclass(frozen=True, slots=True)
class _Entry:
    """One of its texts."""

    model: Mapping[str, Any]
    prompt: str
    config: Mapping[str, Any]
    event: Mapping[str, Any]


@dataclasses.dataclass(frozen=True, slots=True)
class _Group:
    """Undecided texts of one prompt: a long one, for a thousand texts, is written once."""

    prompt: str
    texts: tuple[Mapping[str, Any], ...]


def _newest(texts: Sequence[Done], letters: Callable[[Done], int]) -> Sequence[Done]:
    so_far = itertools.accumulate(letters(one) + BESIDE for one in reversed(texts))
    return texts[len(texts) - sum(1 for many in so_far if many <= MOST_LETTERS) :]


def _without_prompt(one: Done) -> dict[str, Any]:
    table = dataclasses.asdict(one)
    del table["prompt"]
    return table


def done_from(table: Mapping[str, Any]) -> Done:
    """What ``dataclasses.asdict`` made of it. Raises ValueError or EngineError for what is none."""
    entry = schema.made(_Entry, table)
    model, event = schema.made(events.ModelChosen, entry.model), schema.made(events.TextGenerated, entry.event)
    return Done(model, entry.prompt, config_from(entry.config), event)
