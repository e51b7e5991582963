"""The writing desk: one's own text, and the model going on in it at the cursor."""

import enum
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QGuiApplication, QTextCursor
from PySide6.QtWidgets import QVBoxLayout

from ... import words
from ...engine.core import events
from ...engine.core.draft import Done
from ...engine.core.events import Event
from ...engine.core.kept_texts import apart
from ..parts import widgets
from ..parts.announce import announce
from ..parts.fields import undo_keys
from ..parts.notice import WayOn
from ..parts.open_project import OpenProject
from .alternatives import Alternatives, Replacement
from .authors import author_of, left, standing, title_of, titles_of
from .authorship import Authorship
from .confidence import Confidence
from .copy_check import CopyCheck
from .draft import Draft
from .editor import Editor, before_cursor
from .exports import ExportButton
from .how_to_write import HowToWrite
from .joining import joined, place_behind
from .keeping import Keeping
from .model_choice import ModelChoice
from .offers import Offers
from .passage import READ_BACK, Passage, in_words, is_cut, one_text, speed_in_words, written
from .piece_writer import PieceWriter
from .standing import Standing
from .versions import Versions
from .writing_view import NO_MODEL, WritingView

MUCH = 200  # letters that go at once


class Stage(enum.Enum):
    RESTING = enum.auto()
    LOADING = enum.auto()
    WRITING = enum.auto()


class WritingDesk(WritingView):
    """Signal: ``kept(words, file)``: the page lies in this file of the project's folder of kept texts."""

    kept = Signal(str, object)

    def __init__(self, model: ModelChoice, how: HowToWrite) -> None:
        super().__init__(model, how, write="Write", tip="Goes on at the cursor", stays="what is written stays")
        self.stage = Stage.RESTING
        self.last: events.TextGenerated | None = None  # until the next is written
        self._passage: Passage | None = None
        self.page = Editor(keeps_typing=True)
        self.page.setAccessibleName("Your text")
        self.page.setToolTip("The model goes on at the cursor (Ctrl+Return); a right click finds other words")
        self.page.setPlaceholderText(
            "Begin a sentence here, then press Write: the model goes on at the cursor. "
            "Leave the page empty to let it begin by itself."
        )
        self._make_parts()
        self._make_buttons()
        self.join_button.hide()
        self.words = widgets.label("", "muted")
        self._counting = QTimer(self, interval=250, singleShot=True)
        self._counting.timeout.connect(self._count)
        self.page.textChanged.connect(self._changed)
        self.lay_out(self._arranged())
        undo_keys(self, self.page.undo, self.page.redo)  # also where a button has the focus
        self.show_state()

    def _make_parts(self) -> None:
        self.draft = Draft(self.page, self.model)
        self.draft.loaded.connect(self._loaded)
        self.draft.known.connect(self._count)
        self.draft.remember("writing", self.how.chosen, self.how.choose)
        self.draft.remember("desk", self._chosen, self._choose)
        self.pieces = PieceWriter(self.page)
        self.authorship = Authorship(self.page, self.draft, self.pieces)
        self.standing = Standing(self)
        self.standing.found.connect(self.show_state)
        self.versions = Versions()
        self.versions.taken.connect(self._take_version)
        self.page.document().contentsChange.connect(self._keep_what_went)
        self.page.refused.connect(self._tell_to_stop)
        self.page.typed.connect(self._make_way)
        self.confidence = Confidence(self.page)
        self.alternatives = Alternatives(self.page, self.confidence, self.model)
        self.alternatives.chosen.connect(self.go_on_with)
        self.offers = Offers(self.page, self.model)
        for part in (self.offers, self.alternatives.others):
            part.said.connect(self.said)
        self.copies = CopyCheck(self.page, self.model)

    def _make_buttons(self) -> None:
        self.copy_button = widgets.button("Copy", "Copies the whole page", self.copy, icon="copy")
        self.join_button = widgets.button(
            "Join lines",
            "Makes each paragraph one line, where the model broke its lines as old books do (Ctrl+Z takes it back)",
            self.join_lines,
        )
        self.save_button = widgets.button(
            "Keep",
            "Keeps the page on the shelf “Kept”, with all that it takes to write it again (Ctrl+S)",
            self.save,
            icon="save",
        )
        self.export_button = ExportButton(
            "Export", "Saves the page as a file for elsewhere", lambda: apart(widgets.text_of(self.page))
        )
        self.export_button.told_done.connect(self.told_done)
        for button in (self.write_button, self.stop_button):
            button.pressed.connect(self._pressed)

    def _pressed(self) -> None:
        """By the mouse, or they would have the keyboard: what is typed next is meant for the page."""
        if not (self.write_button.hasFocus() or self.stop_button.hasFocus()):
            self.page.setFocus()

    def _arranged(self) -> QVBoxLayout:
        above = widgets.Flow(
            self.write_button,
            self.stop_button,
            self.save_button,
            self.export_button,
            self.copy_button,
            self.versions,
            self.join_button,
            gap=widgets.GRID,
        )
        state = widgets.row(self.status, self.words)
        state.setStretch(0, 1)
        layout = widgets.column(above, state, self.page, self.offers, self.confidence, self.copies)
        layout.setStretch(2, 1)
        return layout

    # --- what the user does

    def open(self, opened: OpenProject) -> None:
        super().open(opened)
        self.stage, self.last = Stage.RESTING, None
        self.export_button.opened = opened
        self._choose({})
        shown = self.confidence, self.offers, self.alternatives.others, self.copies
        for part in (self.standing, self.draft, self.pieces, self.authorship, *shown):
            part.open(opened)
        opened.jobs.closed.connect(self._counting.stop)
        self.show_state()

    def unsaved(self) -> list[Callable[[], object]]:
        return self.draft.unsaved()

    def _chosen(self) -> dict[str, Any]:
        return {
            "offers": self.offers.switch.isChecked(),
            "confidence": self.confidence.switch.isChecked(),
            "versions": self.versions.newest(),
        }

    def _choose(self, chosen: Any) -> None:
        """As ``_chosen`` said another day."""
        known = chosen if isinstance(chosen, Mapping) else {}
        self.offers.switch.setChecked(known.get("offers") is True)
        self.confidence.switch.setChecked(known.get("confidence") is True)
        self.versions.take_up(known.get("versions"))

    @property
    def done(self) -> list[Done]:
        """What models wrote on this page."""
        return self.draft.done

    def write(self) -> None:
        """From behind the word in which the cursor stands, but for a word that the model itself has begun."""
        if self.job is None and self.may_write() and self.page.textCursor().position() != self.pieces.position:
            self.page.leave_word()
        self._go_on()

    def _go_on(self, *, joins: bool = False) -> None:
        """``joins``: one step for Ctrl+Z with what has just been changed."""
        chosen = self.model.chosen()
        if self.job or chosen is None or self.draft.is_loading or (asked := self.how.commit()) is None:
            return
        prompt, config = before_cursor(self.page)[-READ_BACK:], one_text(asked, self.last)
        position = self.page.textCursor().selectionStart()
        self._passage = Passage(prompt, config)
        self.pieces.begin(position, joins=joins)
        self.confidence.begin(position)
        self.authorship.begin(position)
        self.page.setReadOnly(True)
        self.stage, self.last = Stage.LOADING, None
        self.start(lambda control: written(chosen, prompt, config, control), self.show_event)

    def copy(self) -> None:
        QGuiApplication.clipboard().setText(widgets.text_of(self.page))
        self.said.emit("Copied.")

    def join_lines(self) -> None:
        """The cursor stays where it was: behind the same letter."""
        text, letters = joined(widgets.text_of(self.page)), len("".join(before_cursor(self.page).split()))
        self.put(text)
        self.page.setTextCursor(self.page.cursor_at(place_behind(text, letters)))

    def save(self) -> None:
        self.keep(then=lambda: None)

    def keep(self, *, then: Callable[[], object]) -> None:
        """Keeps the page with receipts for all on it that a model wrote and that still stands there.

        ``then`` is called when it is on the shelf; not where the disk refuses.
        """
        page = widgets.text_of(self.page)
        if self.opened and page.strip():
            project, done, keeping = self.opened.project, standing(self.done, page), Keeping()
            self.opened.change(lambda: keeping.keep(project, done, page), then=lambda: self._kept(keeping, then))

    def go_on_with(self, replacement: Replacement) -> None:
        """Another word instead of what was written; the model goes on from there."""
        if self.job or self.how.commit() is None:
            return
        self.versions.add(widgets.text_of(self.page))
        cursor = self.page.cursor_at(replacement.start, replacement.end)
        cursor.insertText(replacement.text)
        self.page.setTextCursor(cursor)
        self._go_on(joins=True)

    def begin_with(self, author: str) -> None:
        """A new page where words of another model stand: nobody is to take them for those of ``author``. What does not
        stay among the versions stays on the page; the line above it says whose it is."""
        page = widgets.text_of(self.page)
        others = [one for one in self._authors_of(left(self.done, page)) if one != author]
        if self.opened and others and not self.job and not self.draft.is_loading and self.versions.keeps(page):
            self.put("")
            snapshot = self.opened.snapshot
            new, whose = title_of(author, snapshot), titles_of(others, snapshot)
            self._offer_back(page, f"A new page for {new}. The one on which {whose} wrote is among the versions.")

    def _offer_back(self, page: str, sentence: str) -> None:
        way = WayOn("Bring it back", "Puts that page here again (Ctrl+Z)", lambda: self._bring_back(page))
        self.told_done.emit(sentence, way)

    def _bring_back(self, page: str) -> None:
        if self.job:
            self._offer_back(page, "The model is writing. Stop it first, then that page can be brought back.")
        else:
            self._take_version(page)

    def put(self, text: str) -> None:
        """In place of what stands on the page, which stays among its versions."""
        if not self.page.document().isEmpty() and not self.job:
            self.versions.add(widgets.text_of(self.page))
        self._replace(text)
        self.page.moveCursor(QTextCursor.MoveOperation.End)
        self.page.setFocus()

    def _take_version(self, text: str) -> None:
        self._tell_to_stop()
        if not self.job:
            self.versions.add(widgets.text_of(self.page))
            self._replace(text)

    def _replace(self, text: str) -> None:
        if self.job or self.draft.is_loading:
            return
        self.page.clear_notes()
        cursor = self.page.cursor_at(0)
        cursor.select(QTextCursor.SelectionType.Document)
        cursor.insertText(text)  # one step that can be undone

    # --- what happens

    def show_event(self, event: Event) -> None:
        assert self._passage
        match event:
            case events.Progressed():
                self.status.setText(f"{event.stage} …")
            case events.ModelChosen():
                self._passage.model = event
                self.stage = Stage.WRITING
                self.show_state()
            case events.Warned():
                self.said.emit(event.message)
            case events.TokenChosen():
                self._passage.tokens.append(event)
            case events.TextPiece():
                self.pieces.add(event.text)
            case events.WindowMoved():
                self.pieces.flush()
                self.page.note_forgotten(self.pieces.position)
            case events.TextGenerated():
                self._finish(self._passage, event)
            case _:
                raise AssertionError(event)

    def _finish(self, passage: Passage, event: events.TextGenerated) -> None:
        self.pieces.flush()
        done = passage.done(event)
        self.draft.add(done)
        if event.text.strip():
            self.standing.add(done)
        self.confidence.end(event.text, passage.tokens)
        self.last = event
        is_odd = event.stop_reason is events.StopReason.END_OF_TEXT or is_cut(done)
        self.said.emit(in_words(done)) if is_odd else announce(self.page, in_words(done))
        self.show_state()

    def ended(self) -> None:
        self.pieces.flush()
        self.stage = Stage.RESTING
        self._count()
        self.authorship.end()
        self.page.setReadOnly(False)
        if not self.page.has_typed or self.page.textCursor().hasSelection():  # else somebody goes on where it is
            self.page.setTextCursor(self.page.cursor_at(self.pieces.position))
        self.page.take_typed()

    def _keep_what_went(self, at: int, removed: int, added: int) -> None:
        """Much that is typed over or cut out stays among the versions of the page, as it was last saved."""
        self.standing.has_moved |= not self.job and removed + added > MUCH
        kept = self.draft.kept if removed > MUCH and not self.job and not self.draft.is_loading else ""
        if kept and kept[at : at + removed] not in widgets.text_of(self.page):  # else only its looks have changed
            self.versions.add(kept)

    def _tell_to_stop(self) -> None:
        if self.job:
            self.said.emit("The model is writing. Stop it first (Esc).")

    def _make_way(self) -> None:
        """For a person who goes on writing: what is typed follows what the model has written."""
        if self.job and not self.job.stopping:
            self.stop()
            self.said.emit("The model stops, for you to go on.")

    def _loaded(self) -> None:
        self.page.moveCursor(QTextCursor.MoveOperation.End)
        self.page.take_typed()
        self.page.clear_notes()
        self.confidence.forget()
        self.show_state()

    def _kept(self, keeping: Keeping, then: Callable[[], object]) -> None:
        self.kept.emit(keeping.in_words, keeping.file)
        then()

    def _changed(self) -> None:
        if not self._counting.isActive():
            self._counting.start()
        if self.job is None:
            self.last = None  # which told of the page as it was
            self.show_state()

    def _count(self) -> None:
        text = widgets.text_of(self.page)
        if self.stage is Stage.RESTING:
            self.standing.look(self.done, text)
            self.confidence.tell_older(bool(self.standing.done))
        self.join_button.setVisible(self.stage is Stage.RESTING and joined(text) != text)
        self.words.setText(words.count("word", len(text.split())))
        self.status.setText(self._state_in_words())

    def _authors_of(self, done: Sequence[Done]) -> list[str]:
        return [author_of(one.model.model, self.opened.snapshot) for one in done] if self.opened else []

    def may_write(self) -> bool:
        return super().may_write() and not self.draft.is_loading

    def show_state(self) -> None:
        super().show_state()
        is_busy, is_written = self.job is not None, not self.page.document().isEmpty()
        self.join_button.setHidden(is_busy or self.join_button.isHidden())
        for button in (self.copy_button, self.save_button, self.export_button):
            button.setEnabled(is_written and not is_busy)
        self.copies.setVisible(self.model.run is not None)
        self.copies.setEnabled(is_written and not is_busy)
        self.confidence.tell_older(bool(self.standing.done))
        self.status.setText(self._state_in_words())
        self.status.setToolTip(speed_in_words(self.last) if self.last else "")

    def _state_in_words(self) -> str:
        """While nothing is written, whose words stand there."""
        if self.opened is None or self.model.chosen() is None:
            return NO_MODEL
        if self.last:
            took = words.duration(self.last.elapsed_s) if self.last.elapsed_s >= 1 else "under a second"
            who = titles_of(self._authors_of(self.done[-1:]), self.opened.snapshot)
            again = f"the number to get it again (seed) is {self.last.seed}"
            return f"Written by {who} in {took}; {again}{self.page.about_notes}"
        if self.stage is Stage.RESTING and self.standing.done:
            who = titles_of(self._authors_of(self.standing.done), self.opened.snapshot)
            is_last = self.standing.done[-1:] == self.done[-1:] and self.done[-1].event.index == 0  # the first of many
            return f"On this page {who} wrote{f', last with the seed {self.done[-1].event.seed}' * is_last}."
        return {Stage.RESTING: "", Stage.LOADING: "Loading the model …", Stage.WRITING: "Writing …"}[self.stage]

    def restyle(self) -> None:
        self.confidence.show_visible()
        self.authorship.show_visible()
