"""Bytes that rot are noticed, also where neither size nor time of the file changes."""

import os
from pathlib import Path

import pytest

from textgen_gui.engine.core import manifest
from textgen_gui.engine.core.errors import ProjectError


def rot(file: Path) -> None:
    """One bit, as a disk that fails turns it: neither size nor time change."""
    about, content = file.stat(), bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)
    os.utime(file, ns=(about.st_atime_ns, about.st_mtime_ns))
    manifest._damaged_once.cache_clear()  # another program start


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "inside").mkdir()
    (tmp_path / "inside" / "a.bin").write_bytes(b"abc" * 100)
    (tmp_path / "b.bin").write_bytes(b"")
    manifest.write(tmp_path)
    return tmp_path


def test_a_flipped_bit_is_found(folder: Path) -> None:
    assert manifest.is_whole(folder)
    rot(folder / "inside" / "a.bin")
    assert manifest.damaged(folder) == ("inside/a.bin",) and not manifest.is_whole(folder)


def test_a_missing_file_is_found(folder: Path) -> None:
    (folder / "b.bin").unlink()
    assert manifest.damaged(folder) == ("b.bin",)


def test_a_damaged_manifest_is_found(folder: Path) -> None:
    (folder / manifest.NAME).write_text("{")
    assert manifest.damaged(folder) == (manifest.NAME,)
    with pytest.raises(ProjectError, match=r"manifest\.json is damaged"):
        manifest.listed(folder)


def test_a_folder_of_an_earlier_version_has_nothing_to_be_compared_with(tmp_path: Path) -> None:
    (tmp_path / "a.bin").write_bytes(b"abc")
    assert manifest.damaged(tmp_path) == () and not manifest.is_whole(tmp_path)


def test_files_are_read_once(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[Path] = []
    own = manifest.sha256

    def note(path: Path) -> str:
        read.append(path)
        return own(path)

    monkeypatch.setattr(manifest, "sha256", note)
    assert manifest.is_whole(folder) and manifest.is_whole(folder)
    assert len(read) == 2
    (folder / "b.bin").touch()
    assert manifest.is_whole(folder) and len(read) == 4


def test_a_file_that_cannot_be_read_is_not_taken_for_a_missing_one(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: Path) -> str:
        raise OSError(5, "Input/output error", str(path))

    monkeypatch.setattr(manifest, "sha256", refuse)
    with pytest.raises(OSError, match="Input/output error"):
        manifest.damaged(folder)
