"""The name of a file says in which format texts are exported."""

from pathlib import Path

import pytest

from textgen_gui.engine.core.errors import ProjectError
from textgen_gui.engine.core.export_formats import ExportFormat


def test_the_ending_says_the_format() -> None:
    for known in ExportFormat:
        assert ExportFormat.of(Path(f"My texts.v2{known.ending}")) is known
    assert ExportFormat.of(Path("A.DOCX")) is ExportFormat.WORD


@pytest.mark.parametrize("name", ["texts", "texts.pdf", ".txt.exe"])
def test_another_ending_is_refused_with_those_that_are_known(name: str) -> None:
    with pytest.raises(ProjectError, match=r"\.txt, \.md, \.docx, \.csv, \.jsonl"):
        ExportFormat.of(Path(name))
