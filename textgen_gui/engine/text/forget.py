"""What preparing removes, once the new token files are there."""

import contextlib
import re
from pathlib import Path

from ..core import atomic_io, bounded, schema
from ..core.control import Ask
from ..core.errors import ProjectError
from ..core.gate import is_folder
from ..core.project import CleanText, Project
from .dataset import Prepared
from .staleness import all_prepared, current, forget, name_of

_key = re.compile(r"[0-9a-f]{8,64}")


def forget_folders(project: Project, now: Prepared) -> None:
    """Removes token files of before that no run learns from. The project's own stay beside those for a model."""
    stays = {prepared.folder for prepared in (now, current(project)) if prepared}
    fingerprints = {prepared.folder: prepared.fingerprint for prepared in all_prepared(project)}
    for folder in project.prepared_folders():
        if folder not in stays and not is_used(project, folder, fingerprints.get(folder, "")):
            with contextlib.suppress(ProjectError):  # Windows removes no file that somebody reads: next time, then
                atomic_io.remove_folder(folder)
                forget(folder)


def is_used(project: Project, prepared: Path, fingerprint: str = "") -> bool:
    """Whether a run learns from these token files, or may do so: its run.toml has their name or fingerprint."""
    known = [schema.toml_value(one) for one in (prepared.name, fingerprint) if one]
    for run in project.runs():
        try:
            config = bounded.read_bytes(run.config_file, bounded.SETTINGS).decode("utf-8", "replace")
            if any(one in config for one in known):
                return True
        except ProjectError:  # a link
            return True
        except OSError:
            if run.exists() or not run.folder.exists():  # it may not be read, or just got another name
                return True
    return False


def forget_texts(project: Project, keys: set[str], stop: Ask) -> None:
    """Removes what was kept of all texts but these, and their tokens by a tokenizer that no token files have.

    What has no name that ``text_key`` gives, or lies behind a link, was not made here and stays. ``stop`` is asked for
    the breath that comes with it: the texts are prepared already, so nothing stops any more.
    """
    tokenizers = set()
    for prepared in all_prepared(project):
        with contextlib.suppress(ProjectError):  # a damaged one is learnt again
            tokenizers.add(name_of(prepared.tokenizer()))
    gone: list[Path] = []
    for folder in filter(is_folder, project.clean_folder.iterdir()):
        stop()
        if folder.name in keys:
            known = {CleanText(folder).tokens_folder(name) for name in tokenizers}
            gone += {tokens for tokens in folder.glob("tokens-*") if is_folder(tokens)} - known
        elif _key.fullmatch(folder.name):
            gone.append(folder)
    atomic_io.remove_folders(gone)
