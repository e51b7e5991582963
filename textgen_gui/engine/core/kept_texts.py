"""The texts that somebody kept: NAME.txt with the text and nothing else, and beside it NAME.receipt with what made it.

Earlier versions wrote the receipt at the head of the text itself; such texts are read, and replayed, as they are.
"""

import contextlib
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from . import atomic_io, bounded
from .errors import ProjectError
from .gate import is_file
from .names import free_folder, safe_name
from .project import Project

RECEIPT = ".receipt"
BETWEEN = "\n\n———\n\n"  # two texts that were kept in one file

_time = re.compile(r"\d{4}-\d\d-\d\d \d\d\.\d\d\.\d\d ")
_model = re.compile(r'^model = ".*"$', re.MULTILINE)
_head = re.compile(r'---\nsha256 = "[0-9a-f]{64}"\n.*?\n---\n\n?', re.DOTALL)


@dataclass(frozen=True, slots=True)
class KeptText:
    """One file of the folder "generated". ``kept_at``: seconds since 1970. ``problem``: why it cannot be read.
    ``models``: those that wrote on it, as its receipt calls them.
    """

    file: Path
    text: str
    kept_at: float
    problem: str = ""
    models: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """As people call it: without the time at the beginning of the file's name."""
        return _time.sub("", self.file.stem, count=1) or self.file.stem

    @property
    def has_receipt(self) -> bool:
        return receipt_file(self.file).exists() or (not self.problem and bool(_head.match(_read(self.file))))

    def texts(self) -> list[str]:
        """Those that were kept together, apart."""
        return apart(self.text)


def apart(page: str) -> list[str]:
    """The texts on a page that were kept together."""
    return page.split(BETWEEN)


def receipt_file(text: Path) -> Path:
    """Where the receipt of a text lies."""
    return text.with_name(text.stem + RECEIPT)


def text_file(receipt: Path) -> Path:
    """The text of a receipt; the file itself where it holds both."""
    return receipt.with_name(receipt.stem + ".txt") if receipt.suffix == RECEIPT else receipt


def kept_texts(project: Project) -> list[KeptText]:
    """The newest first; those that cannot be read are among them."""
    found = []
    for file in filter(is_file, project.generated_folder.glob("*.txt")):
        with contextlib.suppress(FileNotFoundError):  # gone meanwhile
            found.append(_kept(file))
    return sorted(found, key=lambda kept: (-kept.kept_at, kept.file.name))


def find(project: Project, page: str) -> KeptText | None:
    """The file that holds exactly this page, if there is one."""
    return next((kept for kept in kept_texts(project) if kept.text == page and not kept.problem), None)


def rename(kept: KeptText, name: str) -> KeptText:
    """With its receipt; the time before its name stays. Raises ProjectError when the disk refuses."""
    found = _time.match(kept.file.name)
    stem = (found[0] if found else "") + (safe_name(name)[:80].strip(" .") or "text")
    if stem == kept.file.stem:
        return kept
    file = free_folder(kept.file.with_name(stem + ".txt"))
    with atomic_io.refusals(kept.file):
        receipt, other = receipt_file(kept.file), receipt_file(file)
        if receipt.exists():
            receipt.rename(other)
        try:
            kept.file.rename(file)
        except OSError:
            if other.exists():  # or the text would have none any more
                other.rename(receipt)
            raise
    return replace(kept, file=file)


def delete(kept: KeptText, to_bin: Callable[[Path], Path | None]) -> dict[Path, Path]:
    """Moves it and its receipt to the bin; returns where each of the files lies now, for ``restore``.

    ``to_bin``: returns None where the system has no bin. Raises ProjectError then.
    """
    moved: dict[Path, Path] = {}
    for file in (kept.file, receipt_file(kept.file)):
        if file.exists():
            where = to_bin(file)
            if where is None:
                restore(moved)
                raise ProjectError(f"“{kept.name}” could not be moved to the bin. Delete it by hand: {kept.file}")
            moved[file] = where
    return moved


def restore(moved: dict[Path, Path]) -> None:
    """All that can be taken out of the bin. Raises the first ProjectError of the others, after the rest is back."""
    failures: list[ProjectError] = []
    for file, where in moved.items():
        try:
            _take_back(file, where)
        except ProjectError as failure:
            failures.append(failure)
    if failures:
        raise failures[0]


def _take_back(file: Path, where: Path) -> None:
    with atomic_io.refusals(file):
        if not where.exists():
            raise ProjectError(f"{file.name} is not in the bin any more.")
        where.rename(free_folder(file))
        # What the bin of a Linux desktop remembers of it.
        (where.parent.parent / "info" / f"{where.name}.trashinfo").unlink(missing_ok=True)


def _kept(file: Path) -> KeptText:
    kept_at = file.stat().st_mtime
    try:
        whole = _read(file)
        head = _head.match(whole)
        text = whole[head.end() if head else 0 :].removesuffix("\n")
        return KeptText(file, text, kept_at, models=_models(head[0] if head else _receipt_of(file)))
    except FileNotFoundError:
        raise
    except OSError as problem:
        return KeptText(file, "", kept_at, f"{file.name} cannot be read: {problem.strerror or problem}.")


def _receipt_of(file: Path) -> str:
    """Empty where it has none, or one that cannot be read: that is told when it is asked for."""
    with contextlib.suppress(OSError):
        return _read(receipt_file(file))
    return ""


def _models(facts: str) -> tuple[str, ...]:
    """Of all facts only these lines are read, as many texts may be listed."""
    with contextlib.suppress(ValueError):
        return tuple(bounded.parse_toml(line)["model"] for line in dict.fromkeys(_model.findall(facts)))
    return ()


def _read(file: Path) -> str:
    return bounded.read_bytes(file, bounded.WRITINGS).decode("utf-8", "replace")
