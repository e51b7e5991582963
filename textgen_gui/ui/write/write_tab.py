"""Writing with a model: the desk, many texts at once, and side by side; at their right, which model and how."""

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, assert_never

from PySide6.QtCore import QEvent, QObject, QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QTabWidget, QWidget

from ... import front_door, words
from ...engine.core import events
from ...engine.core.events import Event
from ...engine.core.project import Run
from ...engine.core.snapshot import ProjectSnapshot
from ..parts import boxes, resources, widgets
from ..parts.boxes import Replacing
from ..parts.job_runner import Job
from ..parts.notice import WayOn
from ..parts.open_project import OpenProject
from ..parts.styled import Styled
from .authors import title_of
from .batch_view import BatchView
from .door import Door
from .draft import Draft
from .how_to_write import HowToWrite
from .model_choice import ModelChoice
from .records import Records
from .shelf import Shelf
from .side_by_side import SideBySide
from .writing_desk import WritingDesk
from .writing_view import WritingView

NARROW = 760  # pixels, with text of the usual size; the settings stand below the page then


@dataclass(frozen=True, slots=True)
class NamedView:
    view: WritingView | Shelf
    name: str
    tip: str


class Side(widgets.ScrollArea):
    """As wide as what is in it, whatever is unfolded there; only its height scrolls, and below the page not even that:
    there everything scrolls together.
    """

    def __init__(self) -> None:
        super().__init__()
        self._below = False
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)

    def set_below(self, below: bool) -> None:
        self._below = below
        self.updateGeometry()

    def minimumSizeHint(self) -> QSize:  # noqa: N802 (Qt's name)
        inside = self.widget()
        wide = (inside.minimumSizeHint().width() if inside else 0) + 3 * widgets.GRID
        high = inside.sizeHint().height() if inside and self._below else super().minimumSizeHint().height()
        return QSize(wide, high)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        """Of its page, which it watches as every scroll area does."""
        if event.type() == QEvent.Type.LayoutRequest:
            self.updateGeometry()
        return super().eventFilter(watched, event)


class Views(QTabWidget):
    """Asks for no more room than the view in sight: the others may still have the size of text of before."""

    def __init__(self) -> None:
        super().__init__(documentMode=True)
        self.tabBar().setDrawBase(False)
        self.currentChanged.connect(self.updateGeometry)

    def minimumSizeHint(self) -> QSize:  # noqa: N802 (Qt's name)
        shown, bar = self.currentWidget(), self.tabBar()
        if shown is None:
            return super().minimumSizeHint()
        page = shown.minimumSizeHint()
        return QSize(max(page.width(), bar.minimumSizeHint().width()), page.height() + bar.sizeHint().height())


class WriteTab(QWidget):
    """Signals: ``problem(sentence, details)``, ``said(words)``, ``told_done(words, WayOn | None)``,
    ``stuck(sentence, details, WayOn)``: this does not go, but that does, ``texts_asked(paths)``: add these to the
    project, ``take_asked(model, name)``: this model is to leave."""

    problem = Signal(str, str)
    said = Signal(str)
    told_done = Signal(str, object)
    stuck = Signal(str, str, object)
    texts_asked = Signal(object)
    take_asked = Signal(object, str)

    def __init__(self) -> None:
        super().__init__()
        self.model, self.how = ModelChoice(), HowToWrite()
        self.door = Door(self.model)
        self.desk = WritingDesk(self.model, self.how)
        self.batch = BatchView(self.model, self.how)
        self.side_by_side = SideBySide(self.model, self.how)
        self.records = Records(self.model, self.how)
        self.shelf = Shelf()
        self.opened: OpenProject | None = None
        self.replaying: Job | None = None
        self._has_verdict = False  # on what is written again
        self.views = Views()
        for named in self._named_views():
            self.views.setTabToolTip(self.views.addTab(named.view, named.name), named.tip)
            named.view.told_done.connect(self.told_done)
            if isinstance(named.view, WritingView):
                named.view.said.connect(self.said)
                named.view.model_refused.connect(self._offer_another)
                self.model.changed.connect(named.view.show_state)
        self.how.problem.connect(self.problem)
        self._remember_in(self.desk.draft)
        self.batch.texts_asked.connect(self.texts_asked)
        for view in (self.desk, self.side_by_side):
            view.kept.connect(self._show_kept)
        self.batch.kept.kept.connect(lambda file: self.shelf.choose(file) if file else self.shelf.refresh())
        self.shelf.page_asked.connect(lambda kept: self._open_on_page(kept.text, kept.file))
        self.shelf.replay_asked.connect(self.replay)
        self.split = widgets.Split(Qt.Orientation.Horizontal)
        self.split.addWidget(self.views)
        self.side = self._side()
        self.split.addWidget(self.side)
        self.split.setSizes([820, 312])
        self.split.setStretchFactor(0, 1)
        self.split.setChildrenCollapsible(False)
        whole = widgets.scrolling(widgets.ScrollArea(), self.split)
        self.setLayout(widgets.to_the_foot(widgets.column(whole, margin=2 * widgets.GRID)))
        self._style(self.views.tabBar(), whole.verticalScrollBar(), whole.horizontalScrollBar())
        resources.theme_changes().happened.connect(self._text_resized)

    def _remember_in(self, draft: Draft) -> None:
        """What other views hold than its page."""
        draft.problem.connect(self.problem)
        draft.remember("prompts", self._prompts, self._prompt_again)
        draft.remember("side by side", self.side_by_side.left, self.side_by_side.bring_back)
        draft.remember_texts(self.batch.staying, self.batch.bring_back)
        for view in (self.batch, self.side_by_side):
            view.changed.connect(draft.note_change)

    def _style(self, *bars: QWidget) -> None:
        """Each by itself: only the view in sight takes a theme."""
        Styled(self.desk, self.desk.restyle)
        for part in (self.batch, self.shelf, self.side_by_side, self.records, self.side, *bars):
            Styled(part)

    def _named_views(self) -> tuple[NamedView, ...]:
        return (
            NamedView(self.desk, "Page", "Write together with the model, word by word or paragraph by paragraph"),
            NamedView(self.batch, "Many texts", "Hundreds of texts from one prompt; keep the good ones"),
            NamedView(self.shelf, "Kept", "All texts that you kept: read, rename, export, write again, delete"),
            NamedView(self.side_by_side, "Side by side", "The same prompt with two models, or more and less daring"),
            NamedView(
                self.records,
                "Table",
                "Rows with the columns that your table has: give some fields, the model writes the others",
            ),
        )

    def _side(self) -> Side:
        model, how = widgets.label("Model", "heading"), widgets.label("How to write", "heading")
        tip = "A page for a friend, a file for other programs, a folder: checked before it counts as done"
        self.take_button = widgets.button("Take it with you …", tip, self._ask_to_take, icon="save")
        others = widgets.Fold(
            "Let other programs write with this model", "A door for them, closed until then", self.door
        )
        groups = (widgets.column(model, self.model, self.take_button), widgets.column(how, self.how), others)
        inside = widgets.widget(widgets.column(*groups, 1, margin=widgets.GRID, gap=2 * widgets.GRID))
        inside.setObjectName("scrolled")
        side = Side()
        widgets.scrolling(side, inside)
        return side

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 (Qt's name)
        super().resizeEvent(event)
        self._reflow(event.size().width())

    def _text_resized(self) -> None:
        self._reflow(self.width())

    def _reflow(self, width: int) -> None:
        """Where there is no space for both beside each other, the settings stand below; larger text needs more."""
        beside = width >= NARROW * resources.zoomed()
        wanted = Qt.Orientation.Horizontal if beside else Qt.Orientation.Vertical
        if self.split.orientation() != wanted:
            self.split.setOrientation(wanted)
            self.side.set_below(wanted is Qt.Orientation.Vertical)

    @property
    def _views(self) -> tuple[WritingView, ...]:
        return self.desk, self.batch, self.side_by_side, self.records

    @property
    def _shown(self) -> WritingView | None:
        """None while the shelf is shown."""
        shown = self.views.currentWidget()
        return shown if isinstance(shown, WritingView) else None

    def undo(self) -> None:
        match self.views.currentWidget():
            case WritingDesk() as desk:
                desk.page.undo()
            case BatchView() | Shelf() as shown:
                shown.undo()

    def redo(self) -> None:
        match self.views.currentWidget():
            case WritingDesk() as desk:
                desk.page.redo()
            case BatchView() as many:
                many.redo()

    @property
    def job(self) -> Job | None:
        """What writes just now."""
        return next((view.job for view in self._views if view.job), None)

    def open(self, opened: OpenProject) -> None:
        self.opened, self.replaying = opened, None
        self.how.open(opened)
        self.door.open(opened)
        for view in self._views:
            view.open(opened)
        self.shelf.open(opened)
        self.model.open(opened)
        self._show_records(opened.snapshot)
        opened.changed.connect(self._show_records)

    def unsaved(self) -> list[Callable[[], object]]:
        """What nobody has kept yet, so that closing loses nothing. Each raises EngineError when the disk refuses."""
        return [write for view in self._views for write in view.unsaved()]

    def _prompts(self) -> dict[str, Any]:
        return {
            "many": self.batch.prompt.text(),
            "texts": self.batch.count.value(),
            "beside": self.side_by_side.prompt.text(),
            "comparison": self.side_by_side.comparison.value,
        }

    def _prompt_again(self, prompts: Any) -> None:
        known = prompts if isinstance(prompts, Mapping) else {}
        for name, prompt in (("many", self.batch.prompt), ("beside", self.side_by_side.prompt)):
            if isinstance(words := known.get(name), str):
                prompt.setPlainText(words)
        if isinstance(texts := known.get("texts"), int):
            self.batch.count.setValue(max(1, min(texts, 1000)))
        self.side_by_side.mode.setCurrentText(str(known.get("comparison")))

    def choose(self, model: Run | str) -> None:
        """To write with it on the page."""
        self.model.choose(model)
        self.views.setCurrentWidget(self.desk)
        self.desk.begin_with(f"runs/{model.name}" if isinstance(model, Run) else model)
        self.desk.page.setFocus()

    def _offer_another(self, sentence: str, details: str, is_damaged: bool) -> None:
        """Than the model that cannot write. Which file of one that was saved or fetched here is damaged is for those
        who open the details; any other reason is for everybody, or a sound model would be given up."""
        assert self.opened
        snapshot, name, other = self.opened.snapshot, self.model.run_box.name(), self.model.another()
        if self._shown is self.side_by_side:  # where it may be either
            self.problem.emit(sentence, details)
            return
        if is_damaged and not Path(name).is_absolute():
            broken = f"{title_of(name, snapshot)} cannot write any more: its files are damaged or missing."
            sentence, details = broken, f"{sentence}\n\n{details}"
        if other:
            tip = "Chooses that model; what stands here stays"
            way = WayOn(f"Write with {title_of(other, snapshot)}", tip, lambda: self.model.choose(other))
        else:
            way = WayOn("Find a model …", "Shows where models are found", self.model.models_asked.emit)
        self.stuck.emit(sentence, details, way)

    def _ask_to_take(self) -> None:
        if chosen := self.model.chosen():
            self.take_asked.emit(chosen, self.model.in_words())

    def write(self) -> None:
        """In the view that is shown; from the shelf, on the page."""
        if self.job is None:
            if self._shown is None:
                self.views.setCurrentWidget(self.desk)
            (self._shown or self.desk).write()

    def stop(self) -> None:
        """What is written stops; where nothing is, the keyboard leaves the page."""
        if self.job is None and self.desk.page.hasFocus():
            self.desk.write_button.setFocus(Qt.FocusReason.OtherFocusReason)
        for view in self._views:
            view.stop()
        if self.replaying:
            self.replaying.stop()

    def save(self) -> None:
        """Keeps what is shown."""
        if self._shown:
            self._shown.save()
        else:
            self.said.emit("All of these are kept already.")

    def replay(self, file: Path) -> None:
        """Writes a kept text again and says whether it is the same."""
        if self.opened and self.replaying is None:
            self._has_verdict = False
            self.shelf.tell(file, "Writing it again …")
            if not self.shelf.outcome.isVisible():
                self.said.emit("Writing it again …")
            self.replaying = self.opened.jobs.start(
                lambda control: front_door.replaying(file, control),
                functools.partial(self._show_replay, file),
                finished=functools.partial(self._replay_ended, file),
            )

    def new_page(self) -> None:
        """An empty one; what stood there comes back by Undo, and is offered to be kept first."""
        self._open_on_page("")

    def _open_on_page(self, text: str, file: Path | None = None) -> None:
        """Not over what is kept nowhere, unless somebody says so. ``file``: in which it is kept, with its receipt."""
        page = widgets.text_of(self.desk.page)
        if self.desk.job:
            self.said.emit("The model is writing on the page. Stop it first (Esc).")
        elif not page.strip() or page.strip() == text.strip() or self.shelf.holds(page):
            self._put_on_page(text, file)
        else:
            match boxes.ask_about_page(self, words.count("word", len(page.split()))):
                case Replacing.KEEP_FIRST:
                    self.desk.keep(then=lambda: self._put_on_page(text, file))
                case Replacing.DO_NOT_KEEP:
                    self._put_on_page(text, file)
                case Replacing.CANCEL:
                    pass
                case unknown:
                    assert_never(unknown)

    def _put_on_page(self, text: str, file: Path | None) -> None:
        self.views.setCurrentWidget(self.desk)
        self.desk.put(text)
        if file and self.opened:
            self.opened.jobs.start(
                lambda control: iter([front_door.written_in(file)]),
                self.desk.draft.add_known,
                failed=lambda sentence, details: None,  # no model wrote it, or nobody knows which
            )

    def _show_records(self, snapshot: ProjectSnapshot) -> None:
        self.views.setTabVisible(self.views.indexOf(self.records), bool(snapshot.fields))

    def _show_kept(self, in_words: str, file: Path) -> None:
        self.shelf.choose(file, unseen=True)  # or a new page would ask to keep what is kept
        tip = "Shows it among all that you kept"
        step = WayOn("Show it", tip, lambda: self._show_on_shelf(file), is_brief=True)
        self.told_done.emit(in_words, step)

    def _show_on_shelf(self, file: Path) -> None:
        self.views.setCurrentWidget(self.shelf)
        self.shelf.choose(file)

    def _show_replay(self, file: Path, event: Event) -> None:
        match event:
            case events.Replayed():
                self._tell(file, event)
            case events.Progressed():
                done = f", {words.number(event.done + 1)} of {words.number(event.total)}" if event.total > 1 else ""
                self.shelf.tell(file, f"{event.stage}{done} …")
            case _:
                pass  # the texts themselves are not shown

    def _replay_ended(self, file: Path) -> None:
        was, self.replaying = self.replaying, None
        if was and not self._has_verdict:  # stopped, or failed
            self.shelf.tell_nothing()

    def _tell(self, file: Path, event: events.Replayed) -> None:
        """On the shelf, where the text is; where that is not in sight, over whatever is."""
        self._has_verdict = True
        is_same, (verdict, _, reasons) = event.same == event.texts, event.message.partition(". ")
        sentence = " ".join(filter(None, (f"{verdict.rstrip('.')}.", self.shelf.difference(file, event), reasons)))
        self.shelf.tell(file, sentence, good=is_same, at=event.differs_at)
        if self.shelf.outcome.isVisible():
            return
        if is_same:
            self.told_done.emit(f"{event.receipt}: {sentence}", None)
        else:
            self.problem.emit(f"{event.receipt}: {sentence}", "")
