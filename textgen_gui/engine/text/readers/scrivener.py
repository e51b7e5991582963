"""Scrivener projects, .scriv: the manuscript in the order of the binder. A folder, or one packed with zip."""

import posixpath
import re
import zipfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from lxml import etree

from ...core import bounded
from ...core.config import TextConfig
from ...core.errors import TextError
from ...core.gate import is_file
from . import rtf
from .archive import LARGEST_PART, damaged, open_archive, part, xml
from .flow import described
from .reading import Input, Reading, about_unreadable, counted, cut

WHAT = "Scrivener project"
BINDER = ".scrivx"
_style = re.compile(r"<!?\$Scr_[A-Za-z]+::\d+>")  # where a style begins and ends
_annotation = r"{\Scrv_annot ", r"\end_Scrv_annot}"  # where they begin and end
_footnote = r"{\Scrv_fn=", r"\end_Scrv_fn}"


class _Project(Protocol):
    """The files of a project by their names inside it."""

    def names(self) -> list[str]: ...

    def content(self, name: str) -> bytes: ...


class _Folder:
    """Links in it are passed over, as they are when it is copied: what they lead to is no text of it."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def names(self) -> list[str]:
        return [path.relative_to(self._path).as_posix() for path in sorted(self._path.rglob("*")) if is_file(path)]

    def content(self, name: str) -> bytes:
        return bounded.read_bytes(self._path / name, LARGEST_PART)


class _Packed:
    def __init__(self, file: Input, archive: zipfile.ZipFile) -> None:
        self._file, self._archive = file, archive

    def names(self) -> list[str]:
        return self._archive.namelist()

    def content(self, name: str) -> bytes:
        return part(self._file, self._archive, name, WHAT)


@dataclass(slots=True)
class _Beside:
    """What belongs to texts without standing in them: footnotes, and by their names what is left out."""

    notes: list[str] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)


def read(file: Input, format: str, options: TextConfig) -> tuple[Reading, Iterator[str | None]]:
    """Raises TextError when there is no binder, or no words in the manuscript."""
    if file.path.is_dir():
        return _read(file, _Folder(file.path))
    with open_archive(file, WHAT) as archive:
        return _read(file, _Packed(file, archive))


def _read(file: Input, project: _Project) -> tuple[Reading, Iterator[str | None]]:
    names = project.names()
    binders = [name for name in names if name.lower().endswith(BINDER) and "__MACOSX" not in name]
    if not binders:
        raise damaged(file, WHAT)
    reading, texts, beside = Reading("scriv", ""), list[str](), _Beside()
    for binder in binders:
        folder = posixpath.dirname(binder)
        inside = {name[len(folder) :].lstrip("/").lower(): name for name in names if name.startswith(folder)}
        root = xml(file, project.content(binder), WHAT)
        written, others = _chosen(root)
        found = [_with_notes(file, project, inside, item, beside) for item in written]
        texts += [text for text in found if text]
        missing = sum(text is None for text in found)
        if missing:
            reading.warnings.append(
                f"{counted(missing, 'text of the binder is', 'texts of the binder are')} missing from the project."
            )
        beside.left_out["outside"] += sum(bool(_text(project, inside, item)) for item in others)
    reading.warnings += described((beside.left_out[name], *words) for name, words in _left_out.items())
    if not texts:
        raise TextError(f"{file.name} holds no words in its manuscript.")
    reading.warnings += about_unreadable(sum(text.count("\ufffd") for text in texts))
    return reading, iter([*cut("\n\n".join([*texts, *beside.notes])), None])


_left_out = {
    "outside": ("text outside the manuscript", "texts outside the manuscript"),
    "comments": ("comment", "comments"),
    "damaged": ("damaged file of comments", "damaged files of comments"),
    "notes": ("note or synopsis beside a text", "notes and synopses beside texts"),
}


def _chosen(root: "etree._Element") -> tuple[list["etree._Element"], list["etree._Element"]]:
    """The items of the manuscript in order, and the others: research, templates, and what was thrown away."""
    drafts = [item for item in root.iter("BinderItem") if item.get("Type") == "DraftFolder"]
    silent = ("ResearchFolder", "TrashFolder", "TemplateFolder")
    if drafts:
        written = list(dict.fromkeys(item for draft in drafts for item in draft.iter("BinderItem")))
    else:
        written = [
            item
            for item in root.iter("BinderItem")
            if item.get("Type") not in silent
            and not any(a.get("Type") in silent for a in item.iterancestors("BinderItem"))
        ]
    compiled = [item for item in written if item.findtext("MetaData/IncludeInCompile") == "Yes"]
    if compiled:  # else it is of a version that notes it elsewhere
        written = [item for item in compiled if item not in drafts] or written
    taken = {*written, *drafts}
    return written, [item for item in root.iter("BinderItem") if item not in taken]


def _with_notes(
    file: Input, project: _Project, inside: dict[str, str], item: "etree._Element", beside: _Beside
) -> str | None:
    """The words of one item, as ``_text``. Adds to ``beside`` what hangs on them."""
    text = _text(project, inside, item)
    uuid, number = (item.get("UUID") or "").lower(), (item.get("ID") or "").lower()
    folder = f"files/data/{uuid}/"
    for name in (f"{folder}notes.rtf", f"{folder}synopsis.txt", f"files/docs/{number}_notes.rtf"):
        beside.left_out["notes"] += name in inside
    beside.left_out["notes"] += f"files/docs/{number}_synopsis.txt" in inside
    if text and "Scr" in text:
        beside.left_out["comments"] += len(_parted(text, *_annotation)[1])
        text, notes = _parted(text, *_footnote)
        beside.notes += notes
        text = _style.sub("", _parted(text, *_annotation)[0])
    for name in (f"{folder}content.comments", f"files/docs/{number}.comments"):
        if name in inside:
            _add_comments(file, project, inside[name], beside)
    return text


def _parted(text: str, begins: str, ends: str) -> tuple[str, list[str]]:
    """The text without what stands between these marks, and what stood there. What is never closed stays."""
    kept, inside, at = list[str](), list[str](), 0
    while (start := text.find(begins, at)) >= 0 and (end := text.find(ends, start + len(begins))) >= 0:
        kept.append(text[at:start])
        inside.append(text[start + len(begins) : end])
        at = end + len(ends)
    return "".join((*kept, text[at:])), inside


def _add_comments(file: Input, project: _Project, name: str, beside: _Beside) -> None:
    """Those that are footnotes are learnt. A file that is damaged takes no text with it, only what it held."""
    try:
        root = xml(file, project.content(name), WHAT)
    except TextError:
        beside.left_out["damaged"] += 1
        return
    for comment in root.iter("Comment"):
        if comment.get("Footnote") == "Yes":
            beside.notes.append(rtf.to_text((comment.text or "").strip().encode("latin-1", "replace")))
        else:
            beside.left_out["comments"] += 1


def _text(project: _Project, inside: dict[str, str], item: "etree._Element") -> str | None:
    """The words of one item; "" for one that never had any, None for one whose text is lost."""
    uuid, number = (item.get("UUID") or "").lower(), (item.get("ID") or "").lower()
    for name in (f"files/data/{uuid}/content.rtf", f"files/docs/{number}.rtf", f"files/docs/{uuid}.rtf"):
        if name in inside:
            return rtf.to_text(project.content(inside[name])).strip("\n")
    for name in (f"files/data/{uuid}/content.txt", f"files/docs/{number}.txt"):
        if name in inside:
            return project.content(inside[name]).decode("utf-8", "replace").strip("\n")
    return ""
