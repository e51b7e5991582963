"""Many texts: which are worth reading, and files for elsewhere."""

import csv
import io
import json
from pathlib import Path

import pytest

from textgen_gui.engine.core import events
from textgen_gui.engine.core.errors import ProjectError
from textgen_gui.engine.core.export_formats import ExportFormat
from textgen_gui.engine.core.generation_config import GenerateConfig
from textgen_gui.engine.core.project import Run
from textgen_gui.engine.text.dataset import Prepared
from textgen_gui.engine.writing.export import export, judge, judged
from textgen_gui.engine.writing.session import open_session

from ...conftest import never


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (" \n", "empty"),
        ("…!", "empty"),
        ("and so on " * 30, "repeating"),
        ("A short line.", ""),
        ("Every word in this little sentence is another one, so nothing at all goes round in circles here.", ""),
    ],
)
def test_texts_are_judged(text: str, reason: str) -> None:
    assert judge(text) == reason
    assert judge("Some words of mine", copied=0.6) == "copied"


def test_copied_texts_are_found_among_many(animals_run: Run) -> None:
    prepared = Prepared.load(animals_run.project.prepared_folder / animals_run.config().prepared)
    config = GenerateConfig(temperature=0.3, max_new_tokens=60, n=6, seed=1)
    happened = list(judged(open_session(animals_run).write("The", config, never), prepared, never))
    found = [event for event in happened if isinstance(event, events.TextJudged)]
    assert sorted(event.index for event in found) == list(range(6))
    assert {event.reason for event in found} <= {"copied", "repeating"} and all(e.copied > 0.5 for e in found)


texts = ["One\nline, «quoted»", 'Two "marks"; and\ttabs', "Drei — ünï"]


@pytest.mark.parametrize("form", ExportFormat)
def test_kept_texts_as_files_for_elsewhere(tmp_path: Path, form: ExportFormat) -> None:
    file = tmp_path / f"kept{form.ending}"
    export(texts, file)
    if form == ExportFormat.TABLE:
        assert [row[0] for row in csv.reader(io.StringIO(file.read_text(encoding="utf-8")))] == ["text", *texts]
    elif form == ExportFormat.JSON_LINES:
        lines = file.read_text(encoding="utf-8").splitlines()
        assert [json.loads(line)["text"] for line in lines] == texts
    elif form == ExportFormat.WORD:
        import docx

        paragraphs = [paragraph.text for paragraph in docx.Document(str(file)).paragraphs]
        assert all(line in "\n".join(paragraphs) for text in texts for line in text.split("\n"))
    else:
        assert all(text in file.read_text(encoding="utf-8") for text in texts)


def test_another_format_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ProjectError, match=r"ends in \.txt, \.md, \.docx"):
        export(texts, tmp_path / "kept.pdf")
