"""What is written beside the code is true: links lead somewhere, the tree names what is there, events are described."""

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import get_args

import docx
import pytest

from textgen_gui.cli import VERBS
from textgen_gui.engine.core import events
from textgen_gui.engine.core.export_formats import ExportFormat
from textgen_gui.engine.core.text_formats import formats

from . import event_docs
from .conftest import story

ROOT = Path(__file__).parents[1]
_link = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
_block = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)


def pages() -> list[Path]:
    return sorted(
        [*ROOT.glob("*.md"), *(page for name in ("docs", ".github", "tests") for page in (ROOT / name).rglob("*.md"))]
    )


def anchors(page: Path) -> set[str]:
    """The headings of a page as the fragments by which links name them."""
    headings = re.findall(r"^#+ (.+)$", _block.sub("", page.read_text(encoding="utf-8")), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_and_pictures_lead_somewhere(page: Path) -> None:
    text = _block.sub("", page.read_text(encoding="utf-8"))
    for target in _link.findall(text):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, fragment = target.partition("#")
        there = (page.parent / path).resolve() if path else page
        assert there.exists(), f"{page.name} links to {target}"
        assert not fragment or fragment in anchors(there), f"{page.name} links to {target}"


def tree() -> set[str]:
    """All paths in the README's tree. A line there: as many spaces as it is deep, names, two spaces, what they are."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    block = re.search(r"^## The tree\n.*?^```\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    assert block, "The README has no tree."
    found, folders = set(), dict[int, str]()
    for line in block[1].splitlines():
        depth = len(line) - len(line.lstrip())
        folders = {indent: folder for indent, folder in folders.items() if indent < depth}
        names = re.split(r" {2,}", line.strip())[0].split()
        found |= {"".join(folders.values()) + name for name in names}
        folders[depth] = names[-1]
    return found


def test_the_tree_names_what_is_there() -> None:
    assert len(tree()) > 20
    for path in tree():
        assert (ROOT / path).exists(), f"{path} is in the README's tree, but not there"


def test_the_tree_leaves_out_no_room() -> None:
    for marker in (ROOT / "textgen_gui").glob("**/__init__.py"):
        room = marker.parent.relative_to(ROOT)
        assert len(room.parts) > 3 or f"{room.as_posix()}/" in tree(), f"{room} is not in the README's tree"


@pytest.mark.slow
def test_the_script_in_the_readme_runs(tmp_path: Path) -> None:
    """As it is written, but for its time: twenty minutes become three steps."""
    script = re.search(r"^```python\n(.*?)^```", (ROOT / "README.md").read_text(encoding="utf-8"), re.M | re.S)
    assert script and "minutes=20" in script[1]
    novel = docx.Document()
    for paragraph in story().splitlines():
        novel.add_paragraph(paragraph)
    novel.save(str(tmp_path / "novel.docx"))
    short = script[1].replace("minutes=20", 'preset="tiny", steps=3, batch=2')
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", short], cwd=tmp_path, env=environment, capture_output=True, encoding="utf-8"
    )
    assert done.returncode == 0, done.stderr
    assert "StepDone(step=3" in done.stdout and done.stdout.splitlines()[-1]
    assert "It was a dark" in done.stdout


def test_the_command_line_is_described_whole() -> None:
    page = (ROOT / "docs" / "COMMAND_LINE.md").read_text(encoding="utf-8")
    verbs = [f"textgen-gui {verb.__name__.rpartition('.')[2].rstrip('_')}" for verb in VERBS]
    endings = [known.endings[0] for known in formats.values()] + [known.ending for known in ExportFormat]
    for name in (*verbs, *endings):
        assert re.search(rf"{re.escape(name)}\b", page), f"COMMAND_LINE.md does not speak of {name}"


def test_every_event_says_what_it_means() -> None:
    for kind in get_args(events.Event):
        assert kind.__doc__ and not kind.__doc__.startswith(f"{kind.__name__}("), f"{kind.__name__} has no docstring"


def test_the_page_of_events_is_up_to_date() -> None:
    assert event_docs.FILE.read_text(encoding="utf-8") == event_docs.page(), "Run: python -m tests.event_docs"
