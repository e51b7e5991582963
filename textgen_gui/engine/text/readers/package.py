"""The packages of parts that documents of Office are, .docx and .pptx."""

import posixpath
import re
import zipfile
from urllib.parse import unquote

from lxml import etree

from ...core.errors import TextError
from .archive import damaged, part, xml
from .reading import Input


class Package:
    """The parts of a document by what they are for, not by the names that they usually have.

    ``main``: the name of its main part, ``usual`` where nothing says another. ``kind``: a word of that part's type.
    """

    def __init__(self, file: Input, archive: zipfile.ZipFile, what: str, kind: str, usual: str) -> None:
        self._file, self._archive, self._what = file, archive, what
        self._names = {name.replace("\\", "/").lstrip("/").lower(): name for name in archive.namelist()}
        named = [*self.related("", "officeDocument"), *self._by_type(kind), usual]
        self.main = next((name for name in named if name.lower() in self._names), usual)

    def content(self, name: str) -> bytes:
        return part(self._file, self._archive, self._names.get(name.lower(), name), self._what)

    def parsed(self, name: str) -> "etree._Element":
        content = self.content(name)
        if b"<!ENTITY" in content:  # the standard forbids them
            raise damaged(self._file, self._what)
        return xml(self._file, content, self._what)

    def others(self, ending: str) -> list[str]:
        """The parts that belong to the main one, for example its footnotes."""
        folder = posixpath.dirname(self.main)
        usual = re.compile(re.escape(posixpath.join(folder, ending).lower()) + r"\d*\.xml")
        named = self.related(self.main, ending) or sorted(filter(usual.fullmatch, self._names))
        return [name for name in named if name.lower() in self._names]

    def by_id(self, ending: str) -> list[tuple[str, str]]:
        """The ids by which the main part refers to others, and their names."""
        return [(id, name) for id, name in self._relations(self.main, ending) if name.lower() in self._names]

    def related(self, source: str, ending: str) -> list[str]:
        """The parts that belong to any other."""
        return [name for _, name in self._relations(source, ending)]

    def _relations(self, source: str, ending: str) -> list[tuple[str, str]]:
        folder, name = posixpath.split(source)
        file = posixpath.join(folder, "_rels", f"{name}.rels")
        return [
            (
                entry.get("Id") or "",
                posixpath.normpath(posixpath.join("/", folder, unquote(entry.get("Target") or ""))).lstrip("/"),
            )
            for entry in self._entries(file, "Relationship")
            if (entry.get("Type") or "").endswith(f"/{ending}") and entry.get("TargetMode") != "External"
        ]

    def _by_type(self, kind: str) -> list[str]:
        entries = self._entries("[Content_Types].xml", "Override")
        found = [(entry.get("PartName") or "", (entry.get("ContentType") or "").lower()) for entry in entries]
        return [name.lstrip("/") for name, of in found if kind in of and of.endswith(".main+xml")]

    def outside(self) -> int:
        """How many parts of the text are documents outside of this one."""
        folder, name = posixpath.split(self.main)
        entries = self._entries(posixpath.join(folder, "_rels", f"{name}.rels"), "Relationship")
        return sum((entry.get("Type") or "").endswith("/subDocument") for entry in entries)

    def _entries(self, name: str, tag: str) -> list["etree._Element"]:
        if name.lower() not in self._names:
            return []
        try:
            return list(self.parsed(name).iter(f"{{*}}{tag}"))
        except TextError:
            return []  # then the usual names must do
