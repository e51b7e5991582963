"""Kind 5: texts that are made to take the machine down."""

import io
import json
import os
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

from .stage import Attack, Scene

Verbs = list[list[str | Path]]
SAID = (
    "could not be read",
    "too large",
    "unpacks to more",
    "no encoding",
    "disk is full",
    "nested",
    "damaged",
    "no text file",
    "not a text file",
)


def text(name: str, make: Callable[[Path], object], *settings: str, told: tuple[str, ...] = SAID) -> Attack:
    """It is added to a project, looked at without one, and measured with a model."""

    def build(scene: Scene) -> Verbs:
        file = scene.outside.parent / name
        file.unlink(missing_ok=True)
        make(file)
        flags = [part for setting in settings for part in ("--set", setting)]
        return [["prepare", scene.project, file, *flags], ["preview", file, *flags]]

    return Attack(name, build, told)


def pdf(content: bytes, filters: int) -> bytes:
    """One page, whose content is packed so many times."""
    for _ in range(filters):
        content = zlib.compress(content, 9)
    packed = b"/FlateDecode" * filters
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>>>",
        b"<</Length %d/Filter[%s]>>stream\n%s\nendstream" % (len(content), packed, content),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    ]
    body = b"".join(b"%d 0 obj %s endobj\n" % (number, each) for number, each in enumerate(objects, 1))
    return b"%PDF-1.4\n" + body + b"trailer<</Root 1 0 R/Size 6>>\n%%EOF"


def packed(path: Path, parts: dict[str, str]) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as made:
        for name, content in parts.items():
            made.writestr(name, content)


def docx(inner: str) -> dict[str, str]:
    return {"word/document.xml": f'<w:document xmlns:w="urn:w"><w:body>{inner}</w:body></w:document>'}


def epub(chapter: str, times: int) -> dict[str, str]:
    container = '<container><rootfiles><rootfile full-path="c.opf"/></rootfiles></container>'
    item = '<item id="a" href="a.xhtml" media-type="application/xhtml+xml"/>'
    spine = '<itemref idref="a"/>' * times
    package = f"<package><manifest>{item}</manifest><spine>{spine}</spine></package>"
    return {"META-INF/container.xml": container, "c.opf": package, "a.xhtml": chapter}


def sparse(path: Path) -> None:
    with path.open("wb") as file:
        file.write(b"The old man.\n")
        os.truncate(file.fileno(), 40_000_000_000)


def differing_keys() -> str:
    return json.dumps([{f"k{number * 2000 + key}": "some words" for key in range(2000)} for number in range(200)])


def zipped_again(depth: int) -> bytes:
    """Archives in archives."""
    content, name = b"The old man. " * 5_000_000, "a.txt"
    for _ in range(depth):
        whole = io.BytesIO()
        with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as made:
            made.writestr(name, content)
        content, name = whole.getvalue(), "a.zip"
    return content


HTML = "<html><body>{}</body></html>"
ATTACKS = [
    text("shown.pdf", lambda path: path.write_bytes(pdf(b"BT /F 9 Tf " + b"(a)Tj " * 60_000_000 + b"ET", 2))),
    text("drawn.pdf", lambda path: path.write_bytes(pdf(b"0 0 m 9 9 l S " * 25_000_000, 3)), told=(*SAID, "no text")),
    text("paragraphs.docx", lambda path: packed(path, docx("<w:p/>" * 9_000_000))),
    text("runs.docx", lambda path: packed(path, docx("<w:p>" + "<w:r><w:t>a</w:t></w:r>" * 2_500_000 + "</w:p>"))),
    text("elements.epub", lambda path: packed(path, epub(HTML.format("<p>a" * 15_000_000), 1))),
    text("chapters.epub", lambda path: packed(path, epub(HTML.format("<p>The same. </p>" * 300), 100_000)), told=()),
    text("keys.json", lambda path: path.write_text(differing_keys()), told=()),
    text("deep.json", lambda path: path.write_text("[" * 5_000_000)),
    text("names.txt", lambda path: path.write_text("x" * 800_000 + "-" + "y" * 800_000), "text.encoding=punycode"),
    text("sparse.txt", sparse),
    text("again.zip", lambda path: path.write_bytes(zipped_again(4)), told=(*SAID, "is empty", "unpacks")),
    text("tables.html", lambda path: path.write_text("<table><tr><td>" * 300_000), told=()),
    text("groups.rtf", lambda path: path.write_text("{\\rtf1 " + "{\\b " * 2_000_000), told=()),
]
