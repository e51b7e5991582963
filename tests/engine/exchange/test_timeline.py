"""How the writing grew, as a page: all that was written, and nothing that needs a network."""

import json
import re
from pathlib import Path

import pytest

from textgen_gui.engine.core import event_log, events
from textgen_gui.engine.core.errors import ProjectError
from textgen_gui.engine.core.model_forms import ModelForm
from textgen_gui.engine.core.project import Checkpoint, Run

from . import little as runs
from .test_exporting import export

little, copied = runs.little, runs.copied  # fixtures


def moments(file: Path) -> list[dict[str, object]]:
    held = re.search('<script id="moments" type="application/json">(.*?)</script>', file.read_text(encoding="utf-8"))
    assert held
    found: list[dict[str, object]] = json.loads(held[1])
    return found


def test_every_text_stands_at_its_step(copied: Run, tmp_path: Path) -> None:
    cruel = events.SampleWritten(7, "</script><b>", "“é” \u2028 <!-- @TITLE@")
    list(event_log.record(iter([cruel]), copied.events_file, copied.samples_file))
    exported = export(copied, tmp_path / "x.html", form=ModelForm.TIMELINE)
    written = [event for event in event_log.read(copied.events_file) if isinstance(event, events.SampleWritten)]
    found = moments(tmp_path / "x.html")
    assert [moment["step"] for moment in found] == sorted({event.step for event in written})
    assert {"step": 7, "texts": [[cruel.prompt, cruel.text]]} in found
    source = (tmp_path / "x.html").read_text(encoding="utf-8")
    assert source.count("<script") == 2 and "http" not in source.replace("http-equiv", "")
    assert exported.same and str(len(found)) in exported.proof


def test_only_a_run_has_one(copied: Run, tmp_path: Path) -> None:
    elsewhere = Checkpoint(tmp_path)
    with pytest.raises(ProjectError, match="comes from elsewhere"):
        export(elsewhere, tmp_path / "x.html", form=ModelForm.TIMELINE)
    with pytest.raises(ProjectError, match=r"ends in \.html"):
        export(copied, tmp_path / "x.gguf", form=ModelForm.TIMELINE)
    copied.events_file.write_text("")
    with pytest.raises(ProjectError, match="no samples"):
        export(copied, tmp_path / "x.html", form=ModelForm.TIMELINE)
    assert not list(tmp_path.glob("x.*"))
