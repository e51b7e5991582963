"""Builds the bundle, a folder that runs without Python: ``python packaging/build.py`` -> dist/textgen-gui/.

``python packaging/build.py archives`` also packs it for a download: textgen-gui-VERSION-SYSTEM.tar.xz, and an AppImage
where appimagetool is installed. Both sizes are printed.

Built once for each state of its inputs; a second call says that it is up to date. Build on the oldest Linux that is to
run it, with the system libraries of set_up.py installed: PyInstaller leaves out without a word what it cannot find.
"""

import hashlib
import json
import lzma
import os
import platform
import shutil
import subprocess
import sys
import tarfile
import time
from collections.abc import Iterator
from pathlib import Path

import set_up  # Python puts the folder of a script on sys.path; nothing else imports from here

DIST = set_up.ROOT / "dist"
BUNDLE = DIST / "textgen-gui"
PROGRAM = BUNDLE / ("textgen-gui.exe" if sys.platform == "win32" else "textgen-gui")
STAMP = DIST / "built.json"
WORK = set_up.ROOT / "build"
LOG = WORK / "pyinstaller.log"
LINUX = Path(__file__).parent / "linux"
APP_ID = "org.textgen_gui.TextGenGUI"
PYTHON = f"python{sys.version_info.major}.{sys.version_info.minor}"
STRIPPED = ("torch", "tokenizers", "safetensors", "regex", "yaml", "pypdfium2_raw", "cryptography", "wcwidth", PYTHON)


def build() -> int:
    """Returns PyInstaller's exit code; 0 too when there was nothing to do."""
    inputs = _fingerprint()
    if PROGRAM.exists() and built().get("inputs") == inputs:
        print(f"The bundle is up to date: {BUNDLE}")
        return 0
    STAMP.unlink(missing_ok=True)
    started = time.monotonic()
    code = _run_pyinstaller()
    if code == 0:
        _strip()
        _add_desktop_files()
        STAMP.write_text(json.dumps({"inputs": inputs, "build_s": round(time.monotonic() - started)}), encoding="utf-8")
        print(f"Built {BUNDLE} in {time.monotonic() - started:.0f} s, {size_mb(BUNDLE)} MB.")
    return code


def built() -> dict[str, str | int]:
    """``inputs`` and ``build_s`` of the last complete build; empty when there is none."""
    stamp: dict[str, str | int] = json.loads(STAMP.read_text(encoding="utf-8")) if STAMP.exists() else {}
    return stamp


def size_mb(folder: Path) -> int:
    return round(sum(path.lstat().st_size for path in folder.rglob("*")) / 1e6)


def _fingerprint() -> str:
    digest = hashlib.sha256(repr((sys.version, sys.platform)).encode())
    for path in sorted(_inputs()):
        digest.update(f"{path.relative_to(set_up.ROOT)}\0{path.stat().st_size}\0".encode() + path.read_bytes())
    return digest.hexdigest()


def _inputs() -> Iterator[Path]:
    yield from (set_up.ROOT / "main.py", set_up.STAMP, Path(__file__), Path(__file__).with_name("textgen_gui.spec"))
    for folder in ("textgen_gui", "resources", "packaging/linux"):
        for path in (set_up.ROOT / folder).rglob("*"):
            if path.is_file() and not {"__pycache__", "screenshots"} & set(path.parts):
                yield path


def _run_pyinstaller() -> int:
    WORK.mkdir(exist_ok=True)
    options = ["--noconfirm", "--log-level", "WARN", "--distpath", str(DIST), "--workpath", str(WORK)]
    spec = Path(__file__).with_name("textgen_gui.spec")
    command = [sys.executable, "-m", "PyInstaller", *options, str(spec)]
    print("Building the bundle. This takes some minutes.", flush=True)
    with LOG.open("w", encoding="utf-8") as log:  # hundreds of lines, mostly old modules of torch that warn
        code = subprocess.call(
            command,
            cwd=set_up.ROOT,
            env={**os.environ, "PYINSTALLER_ZLIB_COMPRESSION_LEVEL": "0"},  # what is packed once is not packed better
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    if code != 0:
        print("".join(LOG.read_text(encoding="utf-8", errors="replace").splitlines(keepends=True)[-20:]))
        print(f"PyInstaller could not build the bundle. All it said is in {LOG}.")
    return code


def _strip() -> None:
    """Takes 130 MB of symbols out. Only on Linux: elsewhere it would break signatures. Libraries that were
    patched after they were linked, such as Qt's and numpy's, stay as they are.
    """
    if sys.platform == "linux":
        inside = BUNDLE / "_internal"
        libraries = [path for folder in STRIPPED for path in (inside / folder).rglob("*.so*") if not path.is_symlink()]
        libraries += inside.glob("libpython3*.so*")
        subprocess.run(["strip", "--strip-unneeded", *map(str, libraries)], check=True)


def _add_desktop_files() -> None:
    """For menus and double clicks on Linux; install.sh puts them where a desktop looks for them."""
    if sys.platform == "linux":
        share = BUNDLE / "share"
        share.mkdir(exist_ok=True)
        for file in LINUX.glob(f"{APP_ID}.*"):
            if file.suffix != ".yml":
                shutil.copy(file, share)
        shutil.copy(set_up.ROOT / "resources" / "icons" / "app.svg", share / f"{APP_ID}.svg")
        shutil.copy(LINUX / "install.sh", BUNDLE)


def pack() -> int:
    """Packs the bundle for a download. Returns 0 when all that can be made here was made."""
    archive = DIST / f"textgen-gui-{_version()}-{sys.platform}.tar.xz"
    with lzma.open(archive, "wb", filters=_filters()) as file, tarfile.open(fileobj=file, mode="w|") as packed:
        packed.add(BUNDLE, arcname=BUNDLE.name)
    print(f"{archive.name}: {archive.stat().st_size / 1e6:.0f} MB, unpacked {size_mb(BUNDLE)} MB.")
    return _pack_appimage() if sys.platform == "linux" else 0


def _filters() -> list[dict[str, int]]:
    """What packs programs best; every tar unpacks it. It takes a quarter of an hour of a processor."""
    programs = [{"id": lzma.FILTER_X86}] if platform.machine() in ("x86_64", "AMD64") else []
    return [*programs, {"id": lzma.FILTER_LZMA2, "preset": 9}]


def _pack_appimage() -> int:
    """UNTESTED: appimagetool could not be had where this was written."""
    tool = shutil.which("appimagetool")
    if tool is None:
        print("No AppImage: appimagetool is not installed.")
        return 0
    folder = WORK / "AppDir"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(BUNDLE, folder, symlinks=True)
    shutil.copy(LINUX / "AppRun", folder)
    for ending in ("desktop", "svg"):
        shutil.copy(folder / "share" / f"{APP_ID}.{ending}", folder)
    return subprocess.call([tool, str(folder), str(DIST / f"TextGen_GUI-{_version()}.AppImage")])


def _version() -> str:
    source = (set_up.ROOT / "textgen_gui" / "engine" / "core" / "version.py").read_text(encoding="utf-8")
    return source.split('"')[-2]


if __name__ == "__main__":
    set_up.enter([__file__, *sys.argv[1:]], dev=True)
    sys.exit(build() or (pack() if "archives" in sys.argv else 0))
