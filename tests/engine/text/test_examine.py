"""The text doctor's report: what it tells of each text, and that a stop ends it in the normal way."""

import itertools
from pathlib import Path

import numpy as np
import pytest

from textgen_gui.engine.core import events
from textgen_gui.engine.core.control import Stopped
from textgen_gui.engine.text import duplicates
from textgen_gui.engine.text.examine import examine
from textgen_gui.engine.text.versions import versions

from ...conftest import never, story
from .projects import made

texts = {"ill.txt": "soft\u200bly\n" + story(4000), "copy.txt": "softly\n" + story(4000), "good.txt": story(9000)[30:]}


def test_it_tells_what_each_rule_would_mend_and_where(tmp_path: Path) -> None:
    found = [event for event in examine(made(tmp_path, texts), never) if isinstance(event, events.Examined)]
    assert {(event.rule, event.path, event.count) for event in found} >= {("invisible", "ill.txt", 1)}
    (copy,) = [event for event in found if event.rule == "duplicates"]
    assert copy.path == "copy.txt" and copy.examples[0][1] == "as in ill.txt"


def test_two_versions_of_a_chapter_are_told_and_what_they_share(tmp_path: Path) -> None:
    chapters = story(16000)
    chapter, another = chapters[:8000], chapters[8000:]
    sentences = chapter.split(". ")
    rewritten = ". ".join(one[::-1] if n % 3 == 0 else one for n, one in enumerate(sentences))
    files = {"old.txt": chapter, "new.txt": rewritten, "copy.txt": chapter, "next.txt": another, "tiny.txt": "Hm."}
    project = made(tmp_path, files)
    found = [event for event in examine(project, never) if isinstance(event, events.VersionsFound)]
    assert [(event.path, event.other) for event in found] == [("old.txt", "new.txt")], "and nothing of the others"
    assert 0.25 < found[0].share < 0.8, "too few for near copies"
    assert not [e for e in examine(project, never) if isinstance(e, events.Examined) and e.rule == "near_duplicates"]


def test_a_stop_in_the_middle_of_a_text_ends_the_report(tmp_path: Path) -> None:
    asked = itertools.count()
    happened = list(examine(made(tmp_path, texts), lambda: next(asked) > 0))
    assert [type(event).__name__ for event in happened] == ["Progressed"]


def test_a_stop_while_versions_are_compared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    alike = {f"{number}.txt": f"{number} {story(4000)[number * 300 :]}" for number in range(6)}
    sketches = [duplicates.Sketch([text]).smallest for text in alike.values()]
    rows = np.stack([np.concatenate([np.array([n], np.uint64), one]) for n, one in enumerate(sketches)])
    monkeypatch.setattr(duplicates, "COMPARED_AT_ONCE", 1)  # pair
    asked = itertools.count()
    with pytest.raises(Stopped):
        list(versions(list(alike), rows, lambda: next(asked) == 2))
    assert next(asked) == 3, "at each comparison, and not once more"
    stops: list[bool] = []
    for event in examine(made(tmp_path, alike), lambda: bool(stops)):
        if isinstance(event, events.Progressed) and event.stage == "Comparing":
            stops.append(True)
        assert not isinstance(event, events.VersionsFound)
    assert stops, "it ended in the normal way"
