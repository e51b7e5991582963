"""The log tells where it happened, and never what stood in a text."""

import logging
from pathlib import Path

import pytest

from textgen_gui import log

SECRET = "my dear Anna, nobody must ever know"


def broken() -> None:
    try:
        int(SECRET)
    except ValueError as problem:
        raise KeyError(SECRET) from problem


def test_what_an_error_quotes_stays_out(tmp_path: Path) -> None:
    with pytest.raises(KeyError) as caught:
        broken()
    words = log.note(caught.value)
    written = log.log_file().read_text(encoding="utf-8")
    assert str(log.log_file()) in words
    assert "Anna" not in written and "KeyError" in written and "ValueError" in written and "in broken" in written


def test_what_the_disk_says_stays_in() -> None:
    log.note(OSError(5, "Input/output error", "/there/train.bin"))
    assert "Input/output error: '/there/train.bin'" in log.log_file().read_text(encoding="utf-8")


def test_a_log_that_cannot_be_written_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("TEXTGEN_GUI_HOME", str(tmp_path / "file"))
    assert "could not be written" in log.note(ValueError())
    log.start_log()  # nor does the window fail


def test_of_other_libraries_only_the_place_is_logged() -> None:
    formatter = log._Wordless("%(message)s")
    theirs = logging.LogRecord("pypdf", logging.WARNING, "reader.py", 7, SECRET, None, None)
    own = logging.LogRecord("textgen_gui.ui", logging.ERROR, "x.py", 7, "Unexpected", None, None)
    assert "Anna" not in formatter.format(theirs) and "reader.py:7" in formatter.format(theirs)
    assert formatter.format(own) == "Unexpected"
