"""The program itself as a wheel: its sources and its resources, made without any tool of packaging."""

import base64
import hashlib
import zipfile
from collections.abc import Iterator
from pathlib import Path

from ...core.errors import ProjectError
from ...core.home import resources
from ...core.version import __version__

PACKAGE = Path(__file__).parents[3]
LEFT_OUT = {"screenshots", "starter", "__pycache__"}  # of the resources; a run brings the model that it begins with
INFO = f"textgen_gui-{__version__}.dist-info"
METADATA = f"Metadata-Version: 2.1\nName: textgen-gui\nVersion: {__version__}\nRequires-Python: >=3.11\n"
WHEEL = "Wheel-Version: 1.0\nGenerator: textgen-gui\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
COMMANDS = "[console_scripts]\ntextgen-gui = textgen_gui.cli:main\n"


def write_wheel(folder: Path) -> Path:
    """Raises ProjectError where the program has no sources in it."""
    if not (PACKAGE / "__init__.py").is_file():
        raise ProjectError("This copy of the program has no sources to pack. Use the one that runs with Python.")
    file = folder / f"textgen_gui-{__version__}-py3-none-any.whl"
    record = ""
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in _files():
            archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)  # the same bytes each time
            digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
            record += f"{name},sha256={digest},{len(content)}\n"
        archive.writestr(zipfile.ZipInfo(f"{INFO}/RECORD"), f"{record}{INFO}/RECORD,,\n")
    return file


def _files() -> Iterator[tuple[str, bytes]]:
    for file in sorted(PACKAGE.rglob("*.py")):
        yield f"textgen_gui/{file.relative_to(PACKAGE).as_posix()}", file.read_bytes()
    root = resources()
    for file in sorted(path for path in root.rglob("*") if path.is_file()):
        inside = file.relative_to(root)
        if not LEFT_OUT.intersection(inside.parts):
            yield f"textgen_gui/resources/{inside.as_posix()}", file.read_bytes()
    for name, content in (("METADATA", METADATA), ("WHEEL", WHEEL), ("entry_points.txt", COMMANDS)):
        yield f"{INFO}/{name}", content.encode()
