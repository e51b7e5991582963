"""What a setting is: a dataclass field that says its default, help, unit and limits once.

The form in the window, ``--set train.learning_rate=3e-4``, the comments in run.toml and the checks all read the
field metadata. Written for people, read by programs: the file format is TOML.
"""

import difflib
import enum
import functools
import itertools
import json
import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import Field, dataclass, field, fields, replace
from typing import TYPE_CHECKING, Any, Generic, TypeVar, get_args, get_origin, get_type_hints

from . import bounded
from .errors import ConfigError

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

T = TypeVar("T")
C = TypeVar("C", bound="DataclassInstance")
Value = bool | int | float | str | Sequence[str]
"""What a setting can be. Names of enums are given as the enum or as plain text."""


class Choice(enum.StrEnum):
    """One of a few names. It is written and shown as plain text; digests of older projects stand on its ``repr``."""

    def __repr__(self) -> str:
        return repr(self.value)


type_names = {int: "a whole number", float: "a number", bool: "true or false", str: "text", tuple: "a list of texts"}
LARGEST = 2**63 - 1  # of whole numbers
LONGEST = 1_000_000  # of lists, as those of texts


def setting(
    default: T,
    help: str,
    *,
    label: str = "",
    unit: str = "",
    minimum: float | None = None,
    maximum: float | None = None,
    later: bool = False,
    is_share: bool = False,
    zero: str = "",
) -> T:
    """A dataclass field that carries all that a form, a comment or a check needs to know about it.

    ``label``: its name in a form; empty for what no person sets. ``later``: it came when there were projects already,
    so what they recognise their settings by does not name it while it has its default. ``is_share``: people read it in
    percent. ``zero``: what 0 does, where it is no number like the others; people read this instead.
    """
    choices = tuple(type(default)) if isinstance(default, Choice) else ()
    about = {"help": help, "label": label, "unit": unit, "minimum": minimum, "maximum": maximum, "choices": choices}
    return field(default=default, metadata={**about, "later": later, "is_share": is_share, "zero": zero})


def is_later(config: "DataclassInstance", f: Field[Any]) -> bool:
    """Whether a setting is a later one that has its default."""
    return bool(f.metadata.get("later")) and getattr(config, f.name) == f.default


def settled_repr(config: "DataclassInstance") -> str:
    """What dataclasses write, without later settings that have their default: digests are made from it."""
    known = (f"{f.name}={getattr(config, f.name)!r}" for f in fields(config) if not is_later(config, f))
    return f"{type(config).__name__}({', '.join(known)})"


def problems(config: "DataclassInstance", prefix: str = "") -> list[str]:
    """Every setting that leaves its limits, one sentence each. An empty list means that the config can be used."""
    found: list[str] = []
    for f in fields(config):
        value, name = getattr(config, f.name), prefix + f.name
        if hasattr(value, "__dataclass_fields__"):
            found += problems(value, name + ".")
        else:
            found += _limits(name, value, f.metadata)
    if hasattr(config, "contradictions"):
        found += config.contradictions(prefix)
    return found


def _limits(name: str, value: Any, about: Mapping[str, Any]) -> list[str]:
    low, high, choices = about.get("minimum"), about.get("maximum"), about.get("choices")
    if choices and value not in choices:
        return [f"{name} is {shown(value)}; choose one of {', '.join(choices)}."]
    if isinstance(value, float) and value != value:
        return [f"{name} is not a number."]
    if isinstance(value, str | tuple) and not is_text("".join(value)):
        return [f"{name} holds what is no character, so no file can hold it. Write it again."]
    if low is not None and value < low:
        return [f"{name} is {shown(value)}; the smallest value is {low}."]
    if high is not None and value > high:
        return [f"{name} is {shown(value)}; the largest value is {high}."]
    return []


def check(config: "DataclassInstance") -> None:
    """Raises ConfigError with all problems at once."""
    found = problems(config)
    if found:
        raise ConfigError("These settings cannot be used: " + " ".join(found), setting=setting_of(found[0]))


def setting_of(problem: str) -> str:
    """The name of the setting with which a sentence of ``problems`` begins."""
    return problem.split()[0].rpartition(".")[2]


def problems_in_labels(config: "DataclassInstance") -> list[tuple[str, str]]:
    """As ``problems``, for a form: the name of a setting and the sentence, where all stand as the form calls them."""
    labels = {f.name: f.metadata["label"] for f in fields(config) if "label" in f.metadata}

    def in_labels(problem: str) -> str:
        return _marked.sub(lambda found: f"“{labels[found[1]]}”", problem)

    return [(setting_of(problem.lstrip(_MARK)), in_labels(problem)) for problem in problems(config, _MARK)]


_MARK = "\0"  # before each name, as a prefix
_marked = re.compile(rf"{_MARK}(\w+)")


def with_settings(config: C, assignments: Iterable[str]) -> C:
    """The config with each ``section.name=value`` applied, values as in TOML (quotes around texts may be left out)."""
    for assignment in assignments:
        key, separator, text = assignment.partition("=")
        if not separator:
            raise ConfigError(f"{assignment!r} is no setting. Write it as name=value, for example train.steps=500.")
        config = _assign(config, key.strip().split("."), text.strip(), key.strip())
    return config


def _assign(config: C, path: list[str], text: str, key: str) -> C:
    names = {f.name: f for f in fields(config)}
    if path[0] not in names:
        raise ConfigError(_unknown(key, path[0], list(names)))
    value = getattr(config, path[0])
    nested = hasattr(value, "__dataclass_fields__")
    if nested != (len(path) > 1):
        raise ConfigError(f"{key!r} is no setting. Write it as section.name=value, for example train.steps=500.")
    new = _assign(value, path[1:], text, key) if nested else _typed(_parse(text), type(value), key)
    return replace(config, **{path[0]: new})


def _unknown(key: str, name: str, names: list[str]) -> str:
    near = difflib.get_close_matches(name, names, n=1, cutoff=0.5)
    return f"There is no setting {key!r}. " + (
        f"Did you mean {key.removesuffix(name) + near[0]!r}?" if near else f"There are: {', '.join(names)}."
    )


def _parse(text: str) -> Any:
    try:
        return bounded.parse_toml(f"value = {text}")["value"]
    except ValueError:
        return text


def _typed(value: Any, wanted: type, key: str) -> Any:
    if isinstance(value, int) and abs(value) > LARGEST:
        raise ConfigError(f"{key} is {shown(value)}; no number may be so large.")
    if isinstance(value, str) and not is_text(value):
        raise ConfigError(f"{key} is {shown(value)}, which no file can hold. Write it without what is no character.")
    if wanted is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if wanted is tuple and isinstance(value, str):
        return (value,)
    if wanted is tuple and isinstance(value, list | tuple) and all(isinstance(item, str) for item in value):
        return tuple(value)
    if wanted is str and isinstance(value, int | float):
        return str(value)
    if issubclass(wanted, Choice) and isinstance(value, str):
        if value in list(wanted):
            return wanted(value)
        raise ConfigError(f"{key} is {shown(value)}; choose one of {', '.join(wanted)}.")
    if type(value) is not wanted:
        raise ConfigError(f"{key} must be {type_names.get(wanted, 'text')}, not {shown(value)}.")
    return value


def is_text(value: str) -> bool:
    """Whether UTF-8 can write it: no half of a character, as the command line makes of bytes that are none."""
    try:
        return value.isascii() or bool(value.encode())
    except UnicodeEncodeError:
        return False


def shown(value: object) -> str:
    """A value in a sentence, however large it is."""
    if isinstance(value, int) and abs(value) > LARGEST:
        return f"a number of {int(math.log10(abs(value))) + 1:,} digits"
    if isinstance(value, dict | list | tuple):
        return "a section" if isinstance(value, dict) else "a list"
    written = repr(value[:60] if isinstance(value, str) else value).encode("utf-8", "backslashreplace").decode()
    return written if len(written) <= 80 else f"{written[:80]} …"


def to_toml(config: "DataclassInstance", section: str = "", *, settled: bool = False) -> str:
    """The config as TOML with the help, unit and limits of each setting as a comment above it.

    ``settled``: without later settings that have their default, to recognise a config by.
    """
    known = [f for f in fields(config) if not (settled and is_later(config, f))]
    plain = [f for f in known if not hasattr(getattr(config, f.name), "__dataclass_fields__")]
    lines = [line for f in plain for line in _toml_lines(f.name, getattr(config, f.name), f.metadata)]
    for f in known:
        if f not in plain:
            inside = to_toml(getattr(config, f.name), f"{section}{f.name}.", settled=settled)
            lines += [f"[{section}{f.name}]", "", inside]
    return "\n".join(lines).rstrip("\n") + "\n"


def _toml_lines(name: str, value: Any, about: Mapping[str, Any]) -> list[str]:
    notes = [about["unit"]] if about["unit"] else []
    if about["minimum"] is not None:
        notes.append(f"{about['minimum']} to {about['maximum']}")
    notes += [", ".join(about["choices"])] if about["choices"] else []
    comment = f"# {about['help']}" + (f" ({'; '.join(notes)})" if notes else "")
    return [comment, f"{name} = {toml_value(value)}", ""]


def toml_value(value: Any) -> str:
    """One value as TOML. JSON's strings are TOML's, except that TOML wants DEL escaped."""
    if isinstance(value, list | tuple):
        return "[" + ", ".join(toml_value(item) for item in value) + "]"
    if isinstance(value, float):
        return repr(value)
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def from_table(kind: type[C], table: Mapping[str, Any], prefix: str = "") -> C:
    """A config from parsed TOML. Raises ConfigError that names every unknown key and wrong type at once."""
    names = {f.name: f for f in fields(kind)}
    values: dict[str, Any] = {}
    found: list[str] = []
    default = kind()
    for key, value in table.items():
        try:
            if key not in names:
                raise ConfigError(_unknown(prefix + key, key, list(names)))
            now = getattr(default, key)
            if hasattr(now, "__dataclass_fields__"):
                if not isinstance(value, Mapping):
                    raise ConfigError(f"{prefix}{key} must be a section, written [{prefix}{key}].")
                values[key] = from_table(type(now), value, f"{prefix}{key}.")
            else:
                values[key] = _typed(value, type(now), prefix + key)
        except ConfigError as problem:
            found.append(str(problem))
    if found:
        raise ConfigError(" ".join(found))
    return kind(**values)


def load(kind: type[C], text: str, where: str) -> C:
    """A checked config from TOML text; ``where`` names the file in the sentence of a ConfigError."""
    try:
        config = from_table(kind, bounded.parse_toml(text))
    except ValueError as problem:
        raise ConfigError(f"{where} cannot be read: {problem}. Correct that line, or start a new run.") from problem
    except ConfigError as problem:
        raise ConfigError(f"{where}: {problem}") from problem
    found = problems(config)
    if found:
        raise ConfigError(f"{where}: {' '.join(found)}")
    return config


# --- dataclasses that are no settings: events, lists, receipts


def fitted(kind: type["DataclassInstance"], table: object) -> dict[str, Any]:
    """What JSON or TOML says of the plain fields of a dataclass; what this version does not know is passed over.

    A number that JSON cannot say, written as null, is none. Raises ValueError for a value that its field cannot have.
    """
    if not isinstance(table, Mapping):
        raise ValueError(f"{shown(table)} stands where a section should.")
    wanted = _plain_fields(kind)
    return {name: _fit(value, wanted[name], name) for name, value in table.items() if name in wanted}


def made(kind: type[C], table: object) -> C:
    """A dataclass of plain fields. Raises ValueError also where a field is missing."""
    values = fitted(kind, table)
    try:
        return kind(**values)
    except TypeError as problem:
        raise ValueError(f"{kind.__name__} is not complete.") from problem


@functools.cache
def _plain_fields(kind: type["DataclassInstance"]) -> dict[str, Any]:
    hints = get_type_hints(kind)
    return {f.name: hints[f.name] for f in fields(kind) if f.init}


def _fit(value: Any, wanted: Any, name: str) -> Any:
    origin = get_origin(wanted)
    if origin is tuple and isinstance(value, list | tuple) and len(value) <= LONGEST:
        items = get_args(wanted)
        if items[-1] is Ellipsis:
            return tuple(_fit(one, items[0], name) for one in value)
        if len(items) == len(value):
            return tuple(map(_fit, value, items, itertools.repeat(name)))
    elif isinstance(value, Mapping) and origin not in (None, tuple):
        return value
    elif wanted is float and (value is None or isinstance(value, float)):
        return value if value is not None and math.isfinite(value) else math.nan
    elif type(value) is int and abs(value) > LARGEST:
        pass
    elif type(value) is wanted or (wanted is float and type(value) is int):
        return value
    elif isinstance(wanted, type) and issubclass(wanted, Choice) and value in list(wanted):
        return wanted(value)
    raise ValueError(f"{name} cannot be {shown(value)}.")


def differing(before: C, now: C) -> dict[str, Any]:
    """The settings of ``now`` that are not as in ``before``."""
    return {f.name: getattr(now, f.name) for f in fields(now) if getattr(before, f.name) != getattr(now, f.name)}


def overlaid(base: C, wanted: C, names: Iterable[str]) -> C:
    """``base`` with the settings of these dotted names, such as ``train.steps``, as in ``wanted``."""
    for name in names:
        section, _, inner = name.partition(".")
        value = getattr(wanted, section)
        new = overlaid(getattr(base, section), value, [inner]) if inner else value
        base = replace(base, **{section: new})
    return base


@dataclass(frozen=True, slots=True)
class Changes(Generic[C]):
    """Some settings of a config. Only those that are named, dotted as in ``train.steps``, count in ``config``."""

    config: C
    names: frozenset[str]

    def on(self, base: C) -> C:
        return overlaid(base, self.config, self.names)


def assigned(config: C, assignments: Iterable[str]) -> Changes[C]:
    """As the command line says it: ``train.steps=500``. Raises ConfigError for an unknown setting or a wrong type."""
    assignments = list(assignments)
    names = frozenset(assignment.partition("=")[0].strip() for assignment in assignments)
    return Changes(with_settings(config, assignments), names)


def named(config: C, values: Mapping[str, Value]) -> Changes[C]:
    """As Python says it: each setting by its bare name, whatever section it is in.

    Raises ConfigError for a wrong type, and one that names the nearest setting for one that is not there.
    """
    dotted = dict(_dotted_names(config))
    for name, value in values.items():
        if name not in dotted:
            raise ConfigError(_unknown(name, name, list(dotted)))
        config = _with_value(config, dotted[name].split("."), value, name)
    return Changes(config, frozenset(dotted[name] for name in values))


def _dotted_names(config: "DataclassInstance", section: str = "") -> Iterator[tuple[str, str]]:
    for f in fields(config):
        value = getattr(config, f.name)
        if hasattr(value, "__dataclass_fields__"):
            yield from _dotted_names(value, f"{section}{f.name}.")
        elif f.metadata["label"]:
            yield f.name, section + f.name


def _with_value(config: C, path: list[str], value: Value, name: str) -> C:
    old = getattr(config, path[0])
    new = _with_value(old, path[1:], value, name) if path[1:] else _typed(value, type(old), name)
    return replace(config, **{path[0]: new})
