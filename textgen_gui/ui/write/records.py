"""A table written by the model: some fields are given, it writes the others."""

import csv
import dataclasses
import io
from collections.abc import Iterator, Sequence
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QFormLayout,
    QHeaderView,
    QLineEdit,
    QTableWidget,
    QTableWidgetItem,
    QWidget,
)

from ... import Model, words
from ...engine.core import atomic_io, events
from ...engine.core.control import Ask
from ...engine.core.events import Event
from ...engine.core.generation_config import GenerateConfig
from ...engine.core.project import Checkpoint, Run
from ...engine.core.snapshot import ProjectSnapshot
from ..parts import file_dialogs, widgets
from ..parts.config_form import HIGH
from ..parts.open_project import OpenProject
from . import exports
from .count_field import CountField
from .how_to_write import HowToWrite
from .model_choice import ModelChoice
from .writing_view import NO_MODEL, WritingView

SEEN = 20 * widgets.GRID  # how much of the table is in sight at least; in a low window the tab scrolls


class Records(WritingView):
    """For projects with a table whose columns are learnt by name."""

    def __init__(self, model: ModelChoice, how: HowToWrite) -> None:
        super().__init__(
            model,
            how,
            write="Write rows",
            tip="Writes the fields that are empty",
            stays="finished rows stay",
        )
        self.given: dict[str, QLineEdit] = {}
        self.asked = 0  # rows
        self.count = CountField("row", "rows", 10)
        self.count.setToolTip("How many rows to write (1 to 1,000)")
        self.export_button = widgets.button("Export …", "Saves the table as CSV", self.save, icon="save")
        self.table = _table()
        self.table.setMinimumHeight(SEEN)
        self._fields = QWidget()
        buttons = widgets.Flow(self.write_button, self.stop_button, self.count, self.export_button, gap=widgets.GRID)
        layout = widgets.column(self._fields, buttons, self.status, self.table)
        layout.setStretch(3, 1)
        self._layout = layout
        self.lay_out(layout)
        self.show_state()

    def open(self, opened: OpenProject) -> None:
        super().open(opened)
        self._show_fields(opened.snapshot.fields)
        opened.changed.connect(self._take_snapshot)

    def _take_snapshot(self, snapshot: ProjectSnapshot) -> None:
        if snapshot.fields != tuple(self.given):
            self._show_fields(snapshot.fields)

    def _show_fields(self, names: Sequence[str]) -> None:
        self.given = {name: _field(name) for name in names}
        form = QFormLayout()
        form.setContentsMargins(0, 0, 0, 0)
        for name, edit in self.given.items():
            label = widgets.label(name)
            label.setMinimumHeight(HIGH)  # in the middle of its field
            form.addRow(label, edit)
        before, self._fields = self._fields, widgets.widget(form)
        self._layout.replaceWidget(before, self._fields)
        before.deleteLater()
        self.asked = 0
        self.table.setRowCount(0)
        self.table.setColumnCount(len(self.given))
        self.table.setHorizontalHeaderLabels(list(self.given))
        self.table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        self.show_state()

    def write(self) -> None:
        chosen = self.model.chosen()
        if self.job or chosen is None or not self.given or (asked := self.how.commit()) is None:
            return
        given = {name: edit.text() for name, edit in self.given.items() if edit.text().strip()}
        # What is given stands first: the model has read each field after those before it.
        fields = sorted(self.given, key=lambda name: name not in given)
        config = dataclasses.replace(asked, n=self.count.value())
        self.table.setRowCount(0)
        self.asked = config.n
        self.start(lambda control: _write(chosen, fields, given, config, control), self.show_event)

    def show_event(self, event: Event) -> None:
        if isinstance(event, events.FieldsWritten):
            row = self.table.rowCount()
            self.table.insertRow(row)
            for name, text in event.fields:
                self.table.setItem(row, list(self.given).index(name), QTableWidgetItem(text))
            self.show_state()
        elif isinstance(event, events.Warned):
            self.said.emit(event.message)

    def rows(self) -> list[list[str]]:
        return [[self._cell(row, column) for column in range(len(self.given))] for row in range(self.table.rowCount())]

    def _cell(self, row: int, column: int) -> str:
        item = self.table.item(row, column)
        return item.text() if item else ""

    def save(self) -> None:
        if self.table.rowCount() and (path := file_dialogs.ask_where(self, "Export the table", "table", ".csv")):
            self.export(path)

    def export(self, path: Path) -> None:
        if self.opened:
            rows = [list(self.given), *self.rows()]
            self.opened.jobs.start(
                lambda control: iter([_export(rows, path)]), lambda file: self.told_done.emit(*exports.in_words(file))
            )

    def show_state(self) -> None:
        super().show_state()
        is_busy, written = self.job is not None, self.table.rowCount()
        self.export_button.setEnabled(not is_busy and written > 0)
        has_model = is_busy or self.model.chosen() is not None
        self.status.setText(_in_words(self.asked, written, is_busy) if has_model or written else NO_MODEL)


def _in_words(asked: int, written: int, is_busy: bool) -> str:
    if written:
        return f"{words.number(written)} of {words.number(asked)}"
    return "Writing …" if is_busy else "Give some fields, leave the others to the model, and write rows."


def _field(name: str) -> QLineEdit:
    made = QLineEdit()
    made.setPlaceholderText("Written by the model")
    made.setAccessibleName(name)
    made.setToolTip(widgets.plain(f"What “{name}” shall be; empty lets the model write it"))
    return made


def _table() -> QTableWidget:
    made = QTableWidget()
    made.setAccessibleName("Written rows")
    made.setToolTip("Each row is a record that the model wrote")
    made.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
    made.setWordWrap(True)
    made.setObjectName("rows")
    made.horizontalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
    made.verticalHeader().hide()
    made.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
    return made


def _write(
    chosen: Run | Checkpoint, fields: list[str], given: dict[str, str], config: GenerateConfig, stop: Ask
) -> Iterator[Event]:
    return Model.load(chosen).writing_records(fields, given, config, stop)


def _export(rows: list[list[str]], path: Path) -> Path:
    table = io.StringIO()
    csv.writer(table).writerows(rows)
    atomic_io.write_text(path, table.getvalue())
    return path
