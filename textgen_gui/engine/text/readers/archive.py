"""The zip files that office documents and e-books are; checked before anything is unpacked."""

import lzma
import struct
import zipfile
import zlib

from lxml import etree

from ...core.errors import TextError
from .reading import LARGEST_RATIO, OLD_OFFICE, Input

LARGEST_PART = 256_000_000  # bytes
SPARED = 64_000_000  # so much may come out of any archive


def open_archive(file: Input, what: str) -> zipfile.ZipFile:
    """Raises TextError when the file is damaged, protected, or unpacks to more than any real document would."""
    with file.path.open("rb") as opened:
        if opened.read(len(OLD_OFFICE)) == OLD_OFFICE:
            raise TextError(
                f"{file.name} is an old or password-protected document. Save it as {what} without a password."
            )
    try:
        archive = zipfile.ZipFile(file.path)
    except (zipfile.BadZipFile, ValueError, NotImplementedError, struct.error) as problem:
        raise damaged(file, what) from problem
    size = sum(info.file_size for info in archive.infolist())
    packed = max(1, sum(info.compress_size for info in archive.infolist()))
    if size > SPARED and size > LARGEST_RATIO * packed:
        archive.close()
        raise TextError(
            f"{file.name} unpacks to more than {LARGEST_RATIO} times its size, so it is no real {what} file."
        )
    return archive


def damaged(file: Input, what: str) -> TextError:
    return TextError(f"{file.name} is damaged or no {what} file. Open it in its program and save it again.")


def part(file: Input, archive: zipfile.ZipFile, name: str, what: str) -> bytes:
    """The content of one file of the archive. Raises TextError when it is not there, damaged or protected."""
    try:
        with archive.open(name) as opened:
            content = opened.read(LARGEST_PART + 1)
    except (
        KeyError,
        zipfile.BadZipFile,
        EOFError,
        zlib.error,
        lzma.LZMAError,
        NotImplementedError,
    ) as problem:
        raise damaged(file, what) from problem
    except RuntimeError as problem:  # what zipfile says to a password
        raise TextError(f"{file.name} is protected by a password. Save it without one.") from problem
    if len(content) > LARGEST_PART:
        raise TextError(f"{file.name} holds more than {LARGEST_PART // 1_000_000} MB of text in one part. Divide it.")
    return content


def xml(file: Input, content: bytes, what: str) -> "etree._Element":
    """Parsed without network; a comment between two words does not part them. Raises TextError.

    Entities that the file defines itself are resolved, within the limits that the parser sets to them.
    """
    own = b"<!ENTITY" in content
    parser = etree.XMLParser(
        resolve_entities="internal" if own else False,
        no_network=True,
        load_dtd=False,
        huge_tree=not own,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        return etree.fromstring(content, parser)
    except (etree.XMLSyntaxError, ValueError) as problem:
        if getattr(problem, "code", None) == etree.ErrorTypes.ERR_NO_MEMORY:
            raise MemoryError from problem
        raise damaged(file, what) from problem


def has_pictures(archive: zipfile.ZipFile) -> bool:
    endings = (".png", ".jpg", ".jpeg", ".gif", ".tif", ".tiff", ".bmp", ".webp", ".emf", ".wmf", ".svg")
    return any(name.lower().endswith(endings) for name in archive.namelist())
