"""Does the bundle work? ``python packaging/smoke_test.py`` builds it where needed, then trains, writes and opens it.

It runs in a folder with a false torch and a false PySide6, which must not be found, and with settings of its own.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Sequence
from pathlib import Path

import build
import set_up

TIMEOUT_S = 300


def smoke_test() -> int:
    """Prints what was measured. Returns 0 when the bundle trained, wrote and showed its window."""
    with tempfile.TemporaryDirectory(prefix="textgen-smoke-") as name:
        folder = Path(name)
        environment = _hostile(folder)
        picture = folder / "window.png"
        texts = _texts(folder)
        read_s = _run([str(build.PROGRAM), "prepare", str(folder / "project"), *map(str, texts)], folder, environment)
        unread = [text.name for text in texts if text.name not in _read(folder / "project")]
        tested_s = _run([str(build.PROGRAM), "--self-test"], folder, environment)
        opened_s = _run([*_display(), str(build.PROGRAM), "--screenshot", str(picture)], folder, environment)
        colours = _colours(picture)
    shown = colours > 8
    print(f"every format   {_seconds(read_s)}" + (f", but not {', '.join(unread)}" if unread else ""))
    print(f"self-test      {_seconds(tested_s)}")
    print(f"window         {_seconds(opened_s)}, from start to end, with {colours} colours")
    print(f"size           {build.size_mb(build.BUNDLE)} MB, built in {build.built().get('build_s', '?')} s")
    passed = None not in (read_s, tested_s, opened_s) and shown and not unread
    print("The bundle works." if passed else "The bundle does NOT work.")
    return 0 if passed else 1


def _hostile(folder: Path) -> dict[str, str]:
    """Puts false packages into the folder; returns an environment without anything that could help the bundle."""
    canary = "raise SystemExit('The bundle imported a file of the current folder.')\n"
    (folder / "PySide6").mkdir()
    for path in (folder / "torch.py", folder / "PySide6" / "__init__.py"):
        path.write_text(canary, encoding="utf-8")
    helpers = ("PYTHON", "VIRTUAL_ENV", "LD_", "QT_", "CONDA")
    kept = {key: value for key, value in os.environ.items() if not key.startswith(helpers)}
    return {**kept, "TEXTGEN_GUI_HOME": str(folder / "home"), "HOME": str(folder)}


def _texts(folder: Path) -> list[Path]:
    """A text in each format that is read with a library, which the bundle must hold."""
    from tests import awkward

    sentence = "The old man saw a light on the sea. "
    body = f"<p>{sentence * 20}</p>"
    archives = {
        "a.docx": awkward.docx(f"<w:p><w:r><w:t>{sentence * 20}</w:t></w:r></w:p>"),
        "b.odt": awkward.odt(body.replace("p>", "text:p>")),
        "c.epub": awkward.epub({"one.xhtml": awkward.page(body)}, ["one.xhtml"]),
    }
    plain = {"d.html": awkward.page(body).encode(), "e.pdf": awkward.pdf(["\n".join([sentence] * 20)])}
    plain["g.doc"] = (Path(awkward.__file__).parent / "data" / "letter.doc").read_bytes()
    plain["f.txt"] = ("Der alte Mann sah ein Licht über dem Meer und ging zurück. " * 20).encode("cp1252")
    for name, content in plain.items():
        (folder / name).write_bytes(content)
    return [*(awkward.archive(folder / name, parts) for name, parts in archives.items()), *(folder / n for n in plain)]


def _read(project: Path) -> set[str]:
    """The names of the texts that the project's token files were made from."""
    made = [tomllib.loads(file.read_text(encoding="utf-8")) for file in project.glob("prepared/*/prepared.toml")]
    return {Path(text["path"]).name for prepared in made for text in prepared["texts"] if text["characters"] > 700}


def _display() -> list[str]:
    virtual = sys.platform == "linux" and shutil.which("xvfb-run") is not None
    return ["xvfb-run", "-a", "-s", "-screen 0 1440x900x24"] if virtual else []


def _run(command: Sequence[str], folder: Path, environment: dict[str, str]) -> float | None:
    """Seconds it took, or None and its output when it failed."""
    started = time.monotonic()
    try:
        done = subprocess.run(
            command, cwd=folder, env=environment, stdin=subprocess.DEVNULL, capture_output=True, timeout=TIMEOUT_S
        )
    except subprocess.TimeoutExpired:
        print(f"{' '.join(command)} did not end within {TIMEOUT_S} s.")
        return None
    print((done.stdout + done.stderr).decode(errors="replace").strip())
    if done.returncode != 0:
        print(f"{' '.join(command)} ended with {done.returncode}.")
        return None
    return time.monotonic() - started


def _colours(picture: Path) -> int:
    """The number of colours on a grid of its points; 0 when there is no picture."""
    from PySide6.QtGui import QImage

    image = QImage(str(picture))
    points = ((x, y) for x in range(0, image.width(), 3) for y in range(0, image.height(), 3))
    return len({image.pixel(x, y) for x, y in points})


def _seconds(seconds: float | None) -> str:
    return "failed" if seconds is None else f"{seconds:.1f} s"


if __name__ == "__main__":
    sys.path.append(str(set_up.ROOT))
    set_up.enter([__file__, *sys.argv[1:]], dev=True)
    sys.exit(build.build() or smoke_test())
