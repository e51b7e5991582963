"""A token file that is deleted, replaced or cut while it is open."""

import os
from pathlib import Path

import numpy as np
import pytest

from textgen_gui.engine.core.errors import ProjectError
from textgen_gui.engine.text import dataset
from textgen_gui.engine.text.dataset import Part
from textgen_gui.engine.text.token_file import TokenFile

from .test_dataset import counting


@pytest.fixture
def file(tmp_path: Path) -> Path:
    counting(1000).tofile(tmp_path / "train.bin")
    return tmp_path / "train.bin"


def opened(file: Path) -> TokenFile:
    return TokenFile(file, np.uint32, 1000)


def test_a_file_gives_the_batches_that_its_tokens_give(file: Path) -> None:
    tokens, part = opened(file), (Part("all", "", 0, 1000, 1.0),)
    assert len(tokens) == 1000 and np.array_equal(tokens[:], counting(1000))
    assert np.array_equal(tokens[990:2000], counting(1000)[990:]) and len(tokens[500:400]) == 0
    for step in (1, 7, 90):
        expected = dataset.batch(counting(1000), part, 3, step, 8, 16)
        assert np.array_equal(dataset.batch(tokens, part, 3, step, 8, 16), expected)


def test_a_file_that_is_deleted_or_replaced_goes_on_giving_its_tokens(file: Path) -> None:
    tokens = opened(file)
    file.unlink()
    np.zeros(1000, np.uint32).tofile(file)
    assert np.array_equal(tokens[:], counting(1000))


@pytest.mark.parametrize("size", [0, 1, 3996])
def test_a_file_that_is_cut_is_named(file: Path, size: int) -> None:
    tokens = opened(file)
    os.truncate(file, size)
    with pytest.raises(ProjectError, match=r"train\.bin is damaged or missing"):
        tokens[990:1000]
    with pytest.raises(ProjectError, match=r"train\.bin is damaged or missing"):
        opened(file)
