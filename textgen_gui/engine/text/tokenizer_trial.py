"""A stranger's tokenizer is tried in a worker before it is used here: what hangs, crashes or swells does so there.

What was tried well is remembered by the digest of its files. Those that are built like our own need no trial: nothing
in them is a pattern or a rule of somebody else.
"""

import contextlib
import functools
import hashlib
import string
from pathlib import Path
from typing import Any

from ..core import atomic_io, bounded, manifest
from ..core.control import never
from ..core.errors import EngineError, ProjectError
from ..core.home import home
from ..core.model_folder import TokenizerFiles, TokenizerForm
from ..runtime import confine, workers
from ..runtime.child import ChildError
from ..runtime.task import Task
from . import apart

LARGEST_PLAIN = 4_000_000  # bytes of a file that is looked through here
MOST = 1000  # digests that are remembered
BESIDE = ("added_tokens.json", "tokenizer_config.json", "special_tokens_map.json")  # which say more about the tokens
DAMAGED = "damaged"
TEXTS = (
    "The old man walked along the river. Où étaient passés les élèves ? Старик шёл вдоль реки. 老人沿着河走。 🌊\n",
    string.printable,
    "".join(letter * 60 + "!\n" for letter in string.ascii_letters + string.digits + string.punctuation),
    " " * 500 + "\n" * 500 + "a b " * 500,
)


def refuse_unfit(found: TokenizerFiles) -> None:
    """Raises ProjectError for one that cannot be loaded or cannot do its work in reasonable time and memory."""
    for file in found.files:
        if file.exists() and not file.is_file():
            raise ProjectError(f"{file} is no file that can be read to its end. Choose another model.")
    there = bool(found.files) and all(file.is_file() for file in found.files)
    if not there or confine.is_confined() or _is_plain(found):
        return
    with atomic_io.refusals(found.files[0]):
        _tried(found, tuple((file, file.stat().st_size, file.stat().st_mtime_ns) for file in _all(found)))


def _all(found: TokenizerFiles) -> list[Path]:
    beside = (found.files[0].with_name(name) for name in BESIDE)
    return [*found.files, *(file for file in beside if file.is_file())]


@functools.lru_cache(maxsize=16)
def _tried(found: TokenizerFiles, written: tuple[tuple[Path, int, int], ...]) -> None:
    digest = hashlib.sha256(found.form.value.encode())
    for file, _, _ in written:
        digest.update(bytes.fromhex(manifest.sha256(file)))
    known = _known()
    if digest.hexdigest() in known:
        return
    first, size = found.files[0], sum(size for _, size, _ in written)
    limits = apart.limits(size)
    try:
        answers = list(workers.answers(Task(f"{__package__}.tokenizer_files:use", (first,), first.name, limits), never))
    except ChildError as problem:
        raise ProjectError(
            f"The tokenizer {first} cannot be read. Choose another model: tried on simple texts, this one fails, hangs "
            "or takes too much memory."
        ) from problem
    if DAMAGED in answers:
        return  # whoever loads it has a sentence of his own
    with contextlib.suppress(EngineError):  # on a full disk it is tried again next time
        atomic_io.write_text(_file(), "\n".join([*known[1 - MOST :], digest.hexdigest()]) + "\n")


def _file() -> Path:
    return home() / "tried-tokenizers.txt"


def _known() -> list[str]:
    try:
        return _file().read_text(encoding="ascii").split()
    except (OSError, ValueError):
        return []


def _is_plain(found: TokenizerFiles) -> bool:
    """Whether it is built like those that this program learns: bytes or letters and pairs of them, and no patterns."""
    file = found.files[0]
    if found.form != TokenizerForm.JSON or file.stat().st_size > LARGEST_PLAIN:
        return False
    try:
        plan = bounded.read_json(file, LARGEST_PLAIN)
        return _has_no_rules(plan)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return False  # the trial says what is wrong with it


def _has_no_rules(plan: dict[str, Any]) -> bool:
    model, decoder = plan["model"], plan["decoder"] or {}
    decoders = {each["type"] for each in decoder.get("decoders", [decoder])}
    return (
        not any(plan[name] for name in ("normalizer", "padding", "truncation", "post_processor"))
        and (plan["pre_tokenizer"] or {"type": "ByteLevel"})["type"] == "ByteLevel"
        and decoders <= {"ByteLevel", "ByteFallback", "Fuse"}
        and model["type"] == "BPE"
        and not any(model.get(name) for name in ("dropout", "continuing_subword_prefix", "end_of_word_suffix"))
        and not any(token["lstrip"] or token["rstrip"] or token["normalized"] for token in plan["added_tokens"])
    )
