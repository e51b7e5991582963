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


@pytest.mark.parametrize("is_there", [True, False])
def test_a_link_in_its_stead_leads_nowhere(
    folder: Path, tmp_path_factory: pytest.TempPathFactory, is_there: bool
) -> None:
    """A project may come from a stranger."""
    mine = tmp_path_factory.mktemp("mine") / "thesis.txt"
    if is_there:
        mine.write_text("three years of work")
    (folder / manifest.NAME).unlink()
    (folder / manifest.NAME).symlink_to(mine)
    manifest.write(folder)
    assert manifest.is_whole(folder) and not (folder / manifest.NAME).is_symlink()
    assert mine.read_text() == "three years of work" if is_there else not mine.exists()


def test_what_a_killed_write_left_is_not_listed(folder: Path) -> None:
    (folder / ".new-1-0badcafe").write_text("half")
    manifest.write(folder)
    (folder / ".new-1-0badcafe").unlink()
    assert manifest.is_whole(folder)
