"""What preparing removes, once the new token files are there."""

import contextlib
from pathlib import Path

from ..core import atomic_io
from ..core.errors import ProjectError
from ..core.project import CleanText, Project
from .dataset import Prepared
from .staleness import all_prepared, current, name_of


def forget_folders(project: Project, now: Prepared) -> None:
    """Removes token files of before that no run learns from. The project's own stay beside those for a model."""
    stays = {prepared.folder for prepared in (now, current(project)) if prepared}
    fingerprints = {prepared.folder: prepared.fingerprint for prepared in all_prepared(project)}
    for folder in project.prepared_folders():
        if folder not in stays and not project.is_used(folder, fingerprints.get(folder, "")):
            with contextlib.suppress(ProjectError):  # Windows removes no file that somebody reads: next time, then
                atomic_io.remove_folder(folder)


def forget_texts(project: Project, keys: set[str]) -> None:
    """Removes what was kept of all texts but these, and their tokens by a tokenizer that no token files have."""
    tokenizers = set()
    for prepared in all_prepared(project):
        with contextlib.suppress(ProjectError):  # a damaged one is learnt again
            tokenizers.add(name_of(prepared.tokenizer()))
    gone: list[Path] = []
    for folder in project.clean_folder.iterdir():
        if folder.name not in keys:
            gone.append(folder)
        else:
            gone += set(folder.glob("tokens-*")) - {CleanText(folder).tokens_folder(name) for name in tokenizers}
    atomic_io.remove_folders(gone)
