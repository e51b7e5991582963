"""Kept texts with all that it takes to write them again: model, prompt, settings, seed, versions, and their hashes.

A receipt is its facts as TOML between two lines of dashes. It lies beside the text, in a file of its own; where the
text follows after the second line, it is one of an earlier version, or of Python's ``Text.receipt``.
"""

import contextlib
import hashlib
import platform
import re
import threading
from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple

import tokenizers
import torch

from ..core import atomic_io, bounded, events, kept_texts, schema
from ..core.chosen_model import runs_of_number
from ..core.control import Ask, Stopped
from ..core.draft import Done
from ..core.errors import EngineError, ProjectError
from ..core.generation_config import GenerateConfig, TextEnd, config_from
from ..core.library import find_model
from ..core.project import Checkpoint, Project
from ..core.version import __version__
from ..models.checkpoint import PINNED, model_sha256
from ..models.stock import transformers
from . import compute
from .session import WritingSession, open_session, opening

FORMAT = 1
LONGEST = 100_000  # letters in which a text is looked for by its hash
MOST_A_TOKEN = 20  # letters: longer texts of so many tokens are not looked for on a page
SHOWN = 200  # letters of what was written in place of others
_naming = threading.Lock()  # two texts that are kept at once get two names
_first_words = re.compile(r"(\s*\S+){3}")
_seal = re.compile(r'^sha256 = "([0-9a-f]{64})"\n', re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Written:
    """One text that a model wrote. The seed in ``config`` is the one that was drawn; ``index``: which of its texts."""

    prompt: str
    config: GenerateConfig
    index: int
    model: events.ModelChosen
    text: str = ""
    text_sha256: str = ""

    @classmethod
    def of(cls, done: Done) -> "Written":
        return cls(done.prompt, _as_it_ended(done), done.event.index, done.model, done.event.text)


def _as_it_ended(done: Done) -> GenerateConfig:
    """What somebody stopped is written again up to there; what has to come to an end of its own, or is sought on
    several ways at once, cannot be.
    """
    config, event = done.config, done.event
    is_free = not (config.regex or config.json_schema) and config.beams == 1
    if event.stop_reason is not events.StopReason.STOPPED or not event.tokens or not is_free:
        return config
    least = min(config.min_new_tokens, event.tokens)
    return replace(config, max_new_tokens=event.tokens, min_new_tokens=least, end=TextEnd.ANYWHERE)


@dataclass(frozen=True, slots=True)
class Receipt:
    made_with: str
    written: tuple[Written, ...]
    body: str


def made_with() -> str:
    """The versions and the kind of machine on which a text comes out letter by letter the same."""
    return ", ".join(
        (
            f"textgen-gui {__version__}",
            f"torch {torch.__version__}",
            f"transformers {transformers.__version__}",
            f"tokenizers {tokenizers.__version__}",
            f"{platform.system()} {platform.machine()}",
            f"{torch.backends.cpu.get_cpu_capability()}",
            "1 threads",  # of a WritingSession, whatever this thread itself would use
        )
    )


def chosen(place: Project, checkpoint: Checkpoint) -> events.ModelChosen:
    """What the receipt of a text says of the model; to be asked for before it writes, since training goes on."""
    return events.ModelChosen(place.relative(checkpoint.folder), model_sha256(checkpoint))


def keep(place: Project, written: Sequence[Written], body: str) -> events.TextKept:
    """Writes a receipt into the project's folder "generated". Its checkpoints stay from now on."""
    receipt = Receipt(made_with(), tuple(written), body)
    folders = {_folder_of(place, one.model) for one in written}
    for folder in folders:
        if folder.parent.name == "checkpoints" and folder.resolve() == folder and Checkpoint(folder).run:
            with contextlib.suppress(FileNotFoundError, FileExistsError):  # training has gone on since; kept before
                (folder / PINNED).touch(exist_ok=False)  # which follows no link
    lost = (Checkpoint(folder) for folder in sorted(folders) if not folder.exists())
    gone = ", ".join(f"step {one.step:,}" if one.step else one.folder.name for one in lost)
    with _naming:
        file = place.generated_file(body)
        _write(file, receipt)
    on = f"It is kept. The model has learnt on since ({gone}), so whether it writes the same again cannot be checked."
    notes = [on] if gone else []
    notes += dict.fromkeys(one.model.instead for one in written if one.model.instead)
    return events.TextKept(place.relative(file), " ".join(notes))


def _write(file: Path, receipt: Receipt) -> None:
    """The receipt first: a text without one would be taken for one that no model wrote."""
    whole = compose(receipt)
    body = whole[whole.index("\n---\n") + len("\n---\n") :]
    with atomic_io.refusals(file):
        file.parent.mkdir(exist_ok=True)
    atomic_io.write_text(kept_texts.receipt_file(file), whole.removesuffix(body))
    atomic_io.write_text(file, body[1:])


def _folder_of(place: Project, model: events.ModelChosen) -> Path:
    """Where the model lies now: its run may have another name since, and keeps its number."""
    named = find_model(model.model)
    if named:
        return named.folder
    folder = place.folder / model.model  # which is the model alone where it is a whole path
    asked = Checkpoint(folder)
    if folder.exists() or folder.parent.name != "checkpoints":
        return folder
    found = [run.checkpoint(asked.step) for run in runs_of_number(folder.parent.parent)]
    the_very = (one for one in found if _is_the_very(one, model))
    return next(chain(the_very, found), asked).folder


def _is_the_very(one: Checkpoint, model: events.ModelChosen) -> bool:
    """A folder that is damaged or gone is not."""
    try:
        return model_sha256(one) == model.sha256
    except (EngineError, OSError):
        return False


def receipt_of(written: Written, body: str) -> str:
    """The receipt of one text, as it is written into a file."""
    return compose(Receipt(made_with(), (written,), body))


def compose(receipt: Receipt) -> str:
    lines = [f"format = {FORMAT}", f"made_with = {schema.toml_value(receipt.made_with)}"]
    for one in receipt.written:
        lines += ["", "[[written]]", f"model = {schema.toml_value(one.model.model)}"]
        lines += [
            f'model_sha256 = "{one.model.sha256}"',
            *([f"computed_on = {schema.toml_value(one.model.computed_on)}"] if one.model.computed_on else []),
            f"prompt = {schema.toml_value(one.prompt)}",
            f"index = {one.index}",
        ]
        lines += [f"instead = {schema.toml_value(one.model.instead)}"] if one.model.instead else []
        lines += [f'text_sha256 = "{_sha256(one.text)}"']
        for name in GenerateConfig.__dataclass_fields__:
            lines.append(f"{name} = {schema.toml_value(getattr(one.config, name))}")
    head, body = "\n".join(lines) + "\n", f"\n{receipt.body}\n"
    seal = _sha256(head + body)
    return f'---\nsha256 = "{seal}"\n{head}---\n{body}'


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def read(path: Path) -> Receipt:
    """Of a kept text or the receipt beside it. Raises ProjectError when there is none, or when a single letter of
    either was changed after it was kept.
    """
    try:
        text = _whole(path)
    except (OSError, UnicodeDecodeError) as problem:
        raise ProjectError(f"{path.name} cannot be read as a receipt ({problem}).") from problem
    _, _, rest = text.partition("---\n")
    head, dashes, body = rest.partition("\n---\n")
    seal = _seal.match(head + "\n")
    if not text.startswith("---\n") or not dashes or not seal:
        raise ProjectError(f"{path.name} is no receipt: it does not begin with what it was made with.")
    head = (head + "\n")[seal.end() :]
    if _sha256(head + body) != seal[1]:
        raise ProjectError(f"{path.name} was changed after it was kept, so it proves nothing any more.")
    try:
        table = schema.made(_Table, bounded.parse_toml(head))
        return Receipt(table.made_with, tuple(map(_written, table.written)), body[1:-1])
    except (ValueError, EngineError) as problem:
        raise ProjectError(f"{path.name} was made by another version and cannot be replayed.") from problem


def _whole(path: Path) -> str:
    """Facts and text together, of whichever of the two files. Not a line end may be read as another."""
    text = kept_texts.text_file(path)
    receipt = path if text != path else kept_texts.receipt_file(path)
    if not receipt.exists():
        return _text_in(path)
    return _text_in(receipt) + "\n" + _text_in(text)


def _text_in(path: Path) -> str:
    return bounded.read_bytes(path, bounded.WRITINGS).decode("utf-8")


@dataclass(frozen=True, slots=True)
class _Table:
    """A receipt as it is written."""

    made_with: str
    written: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class _Facts:
    """What a receipt says of one text besides its settings."""

    model: str
    model_sha256: str
    prompt: str
    index: int
    text_sha256: str
    instead: str = ""
    computed_on: str = ""


def _written(entry: Mapping[str, Any]) -> Written:
    facts = schema.made(_Facts, entry)
    config = config_from({name: value for name, value in entry.items() if name not in _Facts.__dataclass_fields__})
    schema.check(config)
    model = events.ModelChosen(facts.model, facts.model_sha256, instead=facts.instead, computed_on=facts.computed_on)
    return Written(facts.prompt, config, facts.index, model, text_sha256=facts.text_sha256)


def standing_in(path: Path) -> list[Done]:
    """What models wrote of a kept text and stands there as it was written. Raises ProjectError as ``read`` does."""
    receipt = read(path)
    return [done for one in receipt.written if (done := _standing(receipt.body, one))]


def _standing(body: str, one: Written) -> Done | None:
    """A receipt knows it by its hash, and not how long it took or why it ended."""
    stands = body[body.find(one.prompt) + len(one.prompt) :] if one.prompt in body else ""
    length = _length_of(stands[: MOST_A_TOKEN * one.config.max_new_tokens], one.text_sha256)
    if length is None:
        return None
    seed = one.config.seed or 0
    event = events.TextGenerated(one.index, stands[:length], 0, 0.0, 0.0, seed, events.StopReason.LENGTH)
    return Done(one.model, one.prompt, one.config, event)


def replay(path: Path, stop: Ask) -> Iterator[events.Event]:
    """Writes the texts of a receipt again, and says whether they are the same or what is different."""
    receipt = read(path)
    place = Project(path.resolve().parent.parent)
    here: dict[events.ModelChosen, Checkpoint] = {}
    different = []
    for model in dict.fromkeys(one.model for one in receipt.written):
        folder = _folder_of(place, model)
        if not folder.exists():
            different.append(f"{model.model} is gone")
            continue
        here[model] = Checkpoint(folder)
        try:
            session = yield from opening(here[model], stop, compute.named(model.computed_on))
        except Stopped:
            return
        if session.sha256 != model.sha256:
            different.append(f"{model.model} is not the model that it was")
        if str(session.compute) != model.computed_on:
            now_on, then_on = (words or "the processor" for words in (str(session.compute), model.computed_on))
            different.append(f"{now_on} instead of {then_on}")
    then, now = receipt.made_with.split(", "), made_with().split(", ")
    different += [f"{new} instead of {old}" for old, new in zip(then, now, strict=False) if old != new]
    same, differs, is_changed = 0, Differs(), False
    for number, one in enumerate(receipt.written):
        yield events.Progressed("Writing again", number, len(receipt.written), 0)
        if one.model in here:
            done = yield from _write_again(_session(here[one.model], one.model), one, number, stop)
            if done and _is_same(done, one):
                same += 1
                is_changed |= _letters(done.text) not in _letters(receipt.body)
            elif done and differs.at < 0:
                differs = _first_difference(receipt.body, one, done.text)
        if stop():
            return
    verdict = _verdict(len(receipt.written), same, different, is_changed=is_changed)
    yield events.Replayed(path.name, len(receipt.written), same, verdict, *differs)


class Differs(NamedTuple):
    """``at``: after so many characters of the kept text; -1: not known. ``became``: what was written there now."""

    at: int = -1
    became: str = ""


def _first_difference(body: str, one: Written, written: str) -> Differs:
    """Not known where neither its first words nor all that was written stand behind the prompt: a person may have put
    words there since, which no model can be expected to write again.
    """
    begun = _first_words.match(written)
    found = body.find(one.prompt + begun[0]) if begun else -1
    start = (found if found >= 0 else body.find(one.prompt)) + len(one.prompt)
    stands = body[start:]
    if found < 0 and (one.prompt not in body or _length_of(stands, one.text_sha256) is None):
        return Differs()
    same = next((at for at, pair in enumerate(zip(stands, written, strict=False)) if pair[0] != pair[1]), None)
    same = min(len(stands), len(written)) if same is None else same
    return Differs(start + same, written[same : same + SHOWN])


def _length_of(stands: str, text_sha256: str) -> int | None:
    """Of a text that stands there, and of which only the hash is known; None where it does not."""
    so_far = hashlib.sha256()
    for at, letter in enumerate(stands[:LONGEST], start=1):
        so_far.update(letter.encode("utf-8", "surrogatepass"))
        if so_far.hexdigest() == text_sha256:
            return at
    return None


def _session(checkpoint: Checkpoint, model: events.ModelChosen) -> WritingSession:
    """It computes on what it did, where that is there."""
    return open_session(checkpoint, compute.named(model.computed_on))


def _write_again(
    session: WritingSession, one: Written, number: int, stop: Ask
) -> Generator[events.Event, None, events.TextGenerated | None]:
    """Alone; and only if that gives something else together with the texts that were written beside it.

    The last digits of a sum can depend on how many texts are computed at once.
    """
    alone = range(one.index, one.index + 1) if one.config.n > 1 else None
    done = _text_of(session, one, alone, stop)
    if alone and not _is_same(done, one):
        done = _text_of(session, one, None, stop) or done
    if done:
        yield replace(done, index=number)
    return done


def _text_of(session: WritingSession, one: Written, only: range | None, stop: Ask) -> events.TextGenerated | None:
    """None where it was stopped before this text was done."""
    for event in session.write(one.prompt, one.config, stop, only=only):
        if isinstance(event, events.TextGenerated) and event.index == one.index:
            return event
    return None


def _is_same(done: events.TextGenerated | None, one: Written) -> bool:
    return done is not None and _sha256(done.text) == one.text_sha256


def _letters(text: str) -> str:
    """However its lines are broken, and without signs that a page cannot hold."""
    return "".join(letter for letter in text if letter.isprintable() and not letter.isspace())


def _verdict(texts: int, same: int, different: list[str], *, is_changed: bool) -> str:
    """``is_changed``: not all that was written stands in the text that was kept."""
    reasons = f" What is different here: {'; '.join(different)}." if different else ""
    if not texts:
        return "No model wrote any of it, so there is nothing to write again."
    if same == texts:
        since = " The text that stands here was changed after it was written." if is_changed else ""
        how_many = "" if texts == 1 else f", all {texts:,} texts"
        return f"What the model wrote came out word for word the same{how_many}.{since}{reasons}"
    if not reasons:
        reasons = " Model, versions and machine are the same, so this should not happen."
    return ("Not the same." if texts == 1 else f"Not the same: {texts - same:,} of {texts:,} texts.") + reasons
