"""Whatever a library makes of a fault of the disk, the user reads a sentence."""

import errno
from pathlib import Path

import pytest
from safetensors import SafetensorError

from textgen_gui.engine.core.disk_errors import disk_error, in_words, refusals
from textgen_gui.engine.core.errors import EngineError, ProjectError, TextError

FULL: list[Exception] = [
    OSError(errno.ENOSPC, "No space left on device"),
    SafetensorError("Error while serializing: I/O error: No space left on device (os error 28)"),
    Exception("No space left on device (os error 28)"),  # of tokenizers
    RuntimeError("Error closing file <model.safetensors>: No space left on device (28)"),  # of torch
]


@pytest.mark.parametrize("problem", FULL, ids=lambda problem: type(problem).__name__)
def test_a_full_disk_is_one_in_every_library(problem: Exception) -> None:
    assert "The disk is full" in str(in_words(problem))
    with pytest.raises(ProjectError, match="The disk is full: there could not be written"), refusals(Path("there")):
        raise problem


def test_a_disk_that_fails_is_told_with_the_file() -> None:
    words = in_words(OSError(errno.EIO, "Input/output error", "/somewhere/train.bin"))
    assert (
        words
        == "The disk refused /somewhere/train.bin (Input/output error). Check that it may be used, then try again."
    )


@pytest.mark.parametrize("problem", [ValueError("five"), ConnectionRefusedError(111, "refused"), TextError("no text")])
def test_other_errors_are_left_alone(problem: Exception) -> None:
    assert disk_error(problem) is None and in_words(problem) is None
    with pytest.raises(type(problem)), refusals(Path("there")):
        raise problem


def test_a_sentence_is_not_made_another_sentence() -> None:
    with pytest.raises(EngineError, match="no text"), refusals(Path("there")):
        try:
            raise OSError(5, "Input/output error")
        except OSError as problem:
            raise TextError("no text") from problem
