"""The pictures of README.md, taken anew: trains what they show, some minutes, and writes into resources/screenshots.

    xvfb-run -a -s "-screen 0 1440x900x24" python -m tests.benchmarks.readme_pictures FOLDER [--only NAME …]

FOLDER takes the projects; what was trained there already is used again. With QT_QPA_PLATFORM=xcb the fonts are those
of the desktop.
"""

import argparse
import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ.setdefault("TEXTGEN_GUI_HOME", tempfile.mkdtemp(prefix="textgen-home-"))

from textgen_gui import Project, Run
from textgen_gui.cli.process import prepare_process
from textgen_gui.engine.core import home
from textgen_gui.ui.app import make_application, make_window
from textgen_gui.ui.main_window import MainWindow
from textgen_gui.ui.parts.preferences import Theme
from textgen_gui.ui.write.batch import Decision

from .common import SHAKESPEARE, until, wait
from .pictures import switch
from .window import idle

prepare_process()
PICTURES = home.resources() / "screenshots"
SIZE = (1180, 780)
SMALL: dict[str, Any] = {
    "layers": 2,
    "width": 128,
    "heads": 4,
    "context": 64,
    "batch": 8,
    "precision": "fp32",
    "mark_every": 40,
}
PROMPT = "It was a dark night in Baker Street, and Holmes"


class Studio:
    """``window``: with one project after another. ``take``: the picture of what it shows."""

    def __init__(self, window: MainWindow, folder: Path, steps: int) -> None:
        self.window, self.folder, self.steps = window, folder, steps

    def show(self, project: Project, tab: int) -> None:
        if not self.window.project or self.window.project.folder != project.folder:
            self.window.open_project(project.folder)
            until(lambda: self.window.project and self.window.project.folder == project.folder and idle(self.window))
        self.window.tabs.setCurrentIndex(tab)
        until(lambda: idle(self.window))

    def take(self, name: str, theme: Theme = Theme.LIGHT) -> None:
        switch(self.window, theme)
        wait(1500)
        self.window.passing.hide()
        self.window.grab().save(str(PICTURES / f"{name}-{theme.value}.png"))
        switch(self.window, Theme.LIGHT)

    # --- what is in them

    def letters(self) -> Project:
        """A short text, learnt too long and with care."""
        short = self.folder / "letters.txt"
        short.write_text((home.resources() / "sample.txt").read_text(encoding="utf-8")[2000:16000], encoding="utf-8")
        project = self._project("My letters", short)
        if not project.runs():
            greedy: dict[str, Any] = {"learning_rate": 4e-3, "weight_decay": 0.0}
            _train(project.new_run(name="By heart", steps=400, start="", **SMALL, **greedy))
            _train(project.new_run(name="With care", steps=400, learning_rate=1e-3, dropout=0.2, start="", **SMALL))
        return project

    def stories(self) -> Project:
        sample = (home.resources() / "sample.txt").read_text(encoding="utf-8")
        parts = {"The first stories.txt": sample[:200_000], "Notes on the sea.txt": sample[300_000:340_000]}
        for name, words in parts.items():
            (self.folder / name).write_text(words, encoding="utf-8")
        (self.folder / "Old letter.txt").write_bytes(
            ("Der alte Mann sah ein Licht über dem Meer. " * 60).encode("cp1252")
        )
        project = self._project("Baker Street", *(self.folder / name for name in (*parts, "Old letter.txt")))
        if not project.runs():
            _train(project.new_run(name="From the starter", start="starter", steps=150, batch=4, mark_every=25))
        return project

    def _project(self, name: str, *texts: Path) -> Project:
        if (self.folder / name).exists():
            return Project.open(self.folder / name)
        project = Project.create(self.folder / name)
        for text in texts:
            project.add(text)
        project.prepare()
        return project

    # --- the pictures

    def data(self) -> None:
        self.show(self.stories(), 0)
        self.take("data")

    def memorising(self) -> None:
        project = self.letters()
        self.show(project, 1)
        train = self.window.made_workspace().train
        train.list.choose(project.runs()[0])
        train._choose([project.runs()[0]])
        until(lambda: idle(self.window))
        self.take("memorising")

    def compare(self) -> None:
        self.show(self.letters(), 1)
        self.window.made_workspace().train.list.list.selectAll()
        until(lambda: idle(self.window))
        self.take("compare")

    def desk(self) -> None:
        self.show(self.stories(), 2)
        desk = self.window.made_workspace().generate.desk
        desk.put(PROMPT)
        desk.page.moveCursor(desk.page.textCursor().MoveOperation.End)
        self._write()
        desk.confidence.switch.setChecked(True)
        self.take("desk")
        desk.confidence.switch.setChecked(False)

    def copies(self) -> None:
        project = self.stories()
        self.show(project, 2)
        desk = self.window.made_workspace().generate.desk
        source = (self.folder / "The first stories.txt").read_text(encoding="utf-8")
        at = source.index(". ", 30_000) + 2
        desk.put(f"{desk.page.toPlainText()}\n\n{source[at : at + 420]}")
        desk.copies.button.click()
        until(lambda: idle(self.window))
        desk.page.moveCursor(desk.page.textCursor().MoveOperation.End)
        self.take("copies")
        desk.put("")

    def many(self) -> None:
        self.show(self.stories(), 2)
        generate = self.window.made_workspace().generate
        generate.views.setCurrentWidget(generate.batch)
        generate.batch.prompt.setPlainText(PROMPT)
        self._write()
        for row, decision in enumerate((Decision.KEPT, Decision.KEPT, Decision.REJECTED, Decision.KEPT)):
            generate.batch.list.setCurrentRow(row)
            generate.batch.decide(decision)
        until(lambda: idle(self.window))
        self.take("many", Theme.DARK)
        generate.views.setCurrentWidget(generate.desk)

    def training(self) -> None:
        """While it learns."""
        project = self._project("Shakespeare", SHAKESPEARE)
        run = project.new_run(name="A first try", steps=self.steps, start="", **SMALL)
        self.show(project, 1)
        train = self.window.made_workspace().train
        train.list.choose(run)
        train._choose([run])
        until(lambda: idle(self.window))
        train.start_or_resume()
        until(lambda: train.view.plot.training_loss > 0 and train.view.status.progress.value() > 0.55 * self.steps, 900)
        self.take("training")
        train.stop()
        until(lambda: idle(self.window))

    def _write(self) -> None:
        generate = self.window.made_workspace().generate
        until(lambda: generate.model.chosen())
        generate.write()
        until(lambda: generate.job is None and idle(self.window), 600)


def _train(run: Run) -> None:
    print(f"training {run.name}", flush=True)
    for _ in run.train():
        pass


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--steps", type=int, default=1200, help="of the run that is seen while it learns")
    parser.add_argument("--only", nargs="*", default=[])
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    make_application()
    window = make_window()
    window.resize(*SIZE)
    window.show()
    window.load_engine()
    studio = Studio(window, options.folder, options.steps)
    pictures: tuple[Callable[[], None], ...] = (
        studio.data,
        studio.desk,
        studio.copies,
        studio.many,
        studio.memorising,
        studio.compare,
        studio.training,
    )
    for picture in pictures:
        if not options.only or picture.__name__ in options.only:
            print(picture.__name__, flush=True)
            picture()
    window.leave_now()
    return 0


if __name__ == "__main__":
    sys.exit(main())
