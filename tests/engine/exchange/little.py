"""A run that has been trained, for tests that leave it as it is; and a copy of it, for those that do not."""

import shutil
from pathlib import Path

import pytest

from textgen_gui.engine.core.project import Run

from ..runs import make_run, prepared_project, train_until


@pytest.fixture(scope="session")
def little(tmp_path_factory: pytest.TempPathFactory) -> Run:
    made = make_run(prepared_project(tmp_path_factory.mktemp("little")), "train.steps=8", "train.mark_every=4")
    train_until(made, 8)
    return made


@pytest.fixture
def copied(little: Run, tmp_path: Path) -> Run:
    shutil.copytree(little.project.folder, tmp_path / "copied")
    return Run(tmp_path / "copied" / little.folder.relative_to(little.project.folder))
