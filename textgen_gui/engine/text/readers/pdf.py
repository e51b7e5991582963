"""PDF: the text of each page, all pages one document. Scanned pages hold pictures and no text; that is said."""

import os
import re
from collections import Counter
from collections.abc import Iterator

import pypdfium2
import pypdfium2.raw as pdfium

from ...core.config import TextConfig
from ...core.errors import TextError
from .flow import described
from .reading import Input, Reading, counted, cut, without_surrogates

# Notes of readers, and what was filled into forms: neither is text of the page.
notes = (pdfium.FPDF_ANNOT_TEXT, pdfium.FPDF_ANNOT_FREETEXT)
PASSWORD = 4  # what PDFium calls a missing or wrong password
LOOKED_AT = 500  # characters of a page
UNEXPLAINED = "fonts that do not say which letters they show. Turn the pages into text first (OCR)."
SCANNED = "; it is probably scanned. Turn the pictures into text first (OCR)."
TAIL = 4096  # bytes at the end, among which PDFium looks for what says where the table of all parts is
_says_where = re.compile(rb"startxref\s+(\d{1,15})")
_table = re.compile(rb"\s*(?:xref|\d+\s+\d+\s+obj)\b")


def read(file: Input, format: str, options: TextConfig) -> tuple[Reading, Iterator[str | None]]:
    """Raises TextError when the file is damaged, protected, or has no text at all."""
    try:
        document = pypdfium2.PdfDocument(file.path)
        pages = len(document)
    except pypdfium2.PdfiumError as problem:
        if getattr(problem, "err_code", None) == PASSWORD or "password" in str(problem).lower():
            raise TextError(f"{file.name} is protected by a password. Save it without one.") from problem
        raise TextError(f"{file.name} is damaged or no PDF. Open it in its program and save it again.") from problem
    reading = Reading(format, "")
    if _was_put_together(file):
        reading.warnings.append("It is damaged. What could be found in it was read; a part of it may be missing.")
    return reading, _document(file, document, pages, reading)


def _was_put_together(file: Input) -> bool:
    """Whether the table of its parts is not where it says; then PDFium looks for the parts without a word."""
    with file.path.open("rb") as opened:
        begins = max(0, opened.read(1024).find(b"%PDF"))
        opened.seek(max(0, opened.seek(0, os.SEEK_END) - TAIL))
        places = [int(place) for place in _says_where.findall(opened.read())[-1:]]
        for place in [place + before for place in places for before in (0, begins)]:
            opened.seek(place)
            if _table.match(opened.read(64)):
                return False
    return True


def _document(file: Input, document: "pypdfium2.PdfDocument", pages: int, reading: Reading) -> Iterator[str | None]:
    empty, scanned, left_out = 0, 0, Counter[str]()
    try:
        left_out["file"] = pdfium.FPDFDoc_GetAttachmentCount(document)
        for number in range(pages):
            text = _page(document, number, left_out)
            if not text.strip():
                empty += 1
                scanned += _has_picture(document, number)
                continue
            yield from cut(text + "\n\n" if number < pages - 1 else text)
    finally:
        document.close()
    reading.warnings += described(
        [
            (left_out["comment"], "comment", "comments"),
            (left_out["field"], "field of a form", "fields of forms"),
            (left_out["file"], "attached file", "attached files"),
        ]
    )
    if unexplained := left_out["unexplained page"]:
        if empty == pages:
            raise TextError(f"{file.name} has {UNEXPLAINED}")
        reading.warnings.append(f"{counted(unexplained, 'page has', 'pages have')} {UNEXPLAINED}")
    if empty == pages:
        raise TextError(f"{file.name} holds no text" + (SCANNED if scanned else ". Open it to see what it holds."))
    if empty := empty - unexplained:
        whose = "they are" if scanned == empty else f"{scanned:,} of them are"
        more = f"; {whose} probably scanned pictures" if scanned else ""
        reading.warnings.append(f"{empty:,} of {pages:,} pages hold no text{more}.")
    yield None


def _page(document: "pypdfium2.PdfDocument", number: int, left_out: Counter[str]) -> str:
    try:
        page = document[number]
    except pypdfium2.PdfiumError:
        return ""
    words = page.get_textpage()
    text = words.get_text_range()
    if _is_unexplained(words):
        text = ""
        left_out["unexplained page"] += 1
    words.close()
    for index in range(pdfium.FPDFPage_GetAnnotCount(page)):
        note = pdfium.FPDFPage_GetAnnot(page, index)
        subtype = pdfium.FPDFAnnot_GetSubtype(note)
        left_out["comment"] += subtype in notes and bool(pdfium.FPDFAnnot_HasKey(note, b"Contents"))
        left_out["field"] += subtype == pdfium.FPDF_ANNOT_WIDGET and bool(pdfium.FPDFAnnot_HasKey(note, b"V"))
        pdfium.FPDFPage_CloseAnnot(note)
    page.close()
    # PDFium marks hyphens at line ends with characters of its own.
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\ufffe", "-\n").replace("\x02", "-\n")
    return without_surrogates(text)[0].strip("\n")


def _is_unexplained(words: "pypdfium2.PdfTextPage") -> bool:
    """Whether most of its letters are mere numbers of shapes, which come out as other letters or none."""
    looked_at = min(words.count_chars(), LOOKED_AT)
    unknown = sum(pdfium.FPDFText_HasUnicodeMapError(words.raw, index) == 1 for index in range(looked_at))
    return 2 * unknown > looked_at


def _has_picture(document: "pypdfium2.PdfDocument", number: int) -> bool:
    try:
        page = document[number]
    except pypdfium2.PdfiumError:
        return False
    found = any(True for _ in page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_IMAGE], max_depth=4))
    page.close()
    return found
