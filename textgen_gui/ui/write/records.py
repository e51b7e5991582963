"""A table written by the model: some fields are given, it writes the others."""

import csv
import dataclasses
import io
from collections.abc import Callable, Iterator
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QFileDialog,
    QFormLayout,
    QHeaderView,
    QLineEdit,
    QSpinBox,
    QTableWidget,
    QTableWidgetItem,
    QWidget,
)

from ...engine.core import events
from ...engine.core.events import Event
from ...engine.core.generation_config import GenerateConfig
from ...engine.core.project import Checkpoint, Project, Run
from ..parts import widgets
from ..parts.job_runner import Job
from .how_to_write import HowToWrite
from .model_choice import ModelChoice


class Records(QWidget):
    """For projects with a table whose columns are learnt by name. Signals: ``problem(sentence, details)``,
    ``said(words)``, ``busy_changed()``.
    """

    problem = Signal(str, str)
    said = Signal(str)
    busy_changed = Signal()

    def __init__(self, model: ModelChoice, how: HowToWrite) -> None:
        super().__init__()
        self.model, self.how = model, how
        self.job: Job | None = None
        self.saving: Job | None = None
        self.given: dict[str, QLineEdit] = {}
        self._fields = widgets.widget(QFormLayout())
        self.count = QSpinBox()
        self.count.setRange(1, 1000)
        self.count.setValue(10)
        self.count.setSuffix(" rows")
        self.count.setAccessibleName("Number of rows")
        self.count.setToolTip("How many rows to write (1 to 1,000)")
        tip = "Writes the fields that are empty (Ctrl+Return)"
        self.write_button = widgets.button("Write rows", tip, self.write, icon="generate", role="primary")
        self.stop_button = widgets.button("Stop", "Stops at once; finished rows stay (Esc)", self.stop, icon="stop")
        self.export_button = widgets.button("Export …", "Saves the table as CSV", self._export, icon="save")
        self.status = widgets.label("", "muted")
        self.table = QTableWidget()
        self.table.setAccessibleName("Written rows")
        self.table.setToolTip("Each row is a record that the model wrote")
        self.table.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
        self.table.setWordWrap(True)
        self.table.setObjectName("rows")
        self.table.horizontalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        self.table.verticalHeader().hide()
        self.table.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        buttons = widgets.row(self.write_button, self.stop_button, self.count, self.status, 1, self.export_button)
        layout = widgets.column(self._fields, buttons, self.table)
        layout.setStretch(2, 1)
        layout.setContentsMargins(widgets.GRID, 2 * widgets.GRID, widgets.GRID, widgets.GRID)
        self.setLayout(layout)
        self.show_state()

    def open(self, project: Project) -> None:
        form = self._fields.layout()
        assert isinstance(form, QFormLayout)
        while form.rowCount():
            form.removeRow(0)
        form.setContentsMargins(0, 0, 0, 0)
        form.setLabelAlignment(Qt.AlignmentFlag.AlignVCenter)
        self.given = {}
        for name in project.fields():
            edit = QLineEdit()
            edit.setPlaceholderText("Written by the model")
            edit.setAccessibleName(name)
            edit.setToolTip(f"What “{name}” shall be; empty lets the model write it")
            self.given[name] = edit
            form.addRow(name, edit)
        self.table.setRowCount(0)
        self.table.setColumnCount(len(self.given))
        self.table.setHorizontalHeaderLabels(list(self.given))
        self.table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        self.status.setText("Give some fields, leave the others to the model, and write rows.")
        self.show_state()

    def write(self) -> None:
        chosen = self.model.chosen()
        if self.job or chosen is None or not self.given:
            return
        given = {name: edit.text() for name, edit in self.given.items() if edit.text().strip()}
        # What is given stands first: the model has read each field after those before it.
        asked = sorted(self.given, key=lambda name: name not in given)
        config = dataclasses.replace(self.how.config(), n=self.count.value())
        self.table.setRowCount(0)
        self.status.setText("Writing …")
        self.job = Job(lambda stop: _write(chosen, asked, given, config, stop), self)
        self.job.happened.connect(self.show_event)
        self.job.failed.connect(self.problem)
        self.job.finished.connect(self._finished)
        self.show_state()
        self.busy_changed.emit()
        self.job.start()

    def stop(self) -> None:
        if self.job:
            self.job.stop()

    def rows(self) -> list[list[str]]:
        return [[self._cell(row, column) for column in range(len(self.given))] for row in range(self.table.rowCount())]

    def _cell(self, row: int, column: int) -> str:
        item = self.table.item(row, column)
        return item.text() if item else ""

    def _export(self) -> None:
        name, _ = QFileDialog.getSaveFileName(self, "Export the table", "table.csv", "*.csv")
        if name:
            self.export(Path(name))

    def export(self, path: Path) -> None:
        table = io.StringIO()
        csv.writer(table).writerows([list(self.given), *self.rows()])
        self.saving = Job(lambda stop: _save(table.getvalue(), path), self)
        self.saving.happened.connect(lambda event: self.said.emit(f"Saved as {event.file}"))
        self.saving.failed.connect(self.problem)
        self.saving.finished.connect(self._saved)
        self.saving.start()

    def save(self) -> None:
        if self.table.rowCount():
            self._export()

    def show_event(self, event: Event) -> None:
        if isinstance(event, events.FieldsWritten):
            row = self.table.rowCount()
            self.table.insertRow(row)
            for name, text in event.fields:
                self.table.setItem(row, list(self.given).index(name), QTableWidgetItem(text))
            self.status.setText(f"{row + 1:,} of {self.count.value():,}")

    def _finished(self) -> None:
        job, self.job = self.job, None
        if job:
            job.deleteLater()
        self.show_state()
        self.busy_changed.emit()

    def _saved(self) -> None:
        job, self.saving = self.saving, None
        if job:
            job.deleteLater()

    def show_state(self) -> None:
        busy = self.job is not None
        self.write_button.setEnabled(not busy and self.model.chosen() is not None)
        self.stop_button.setVisible(busy)
        self.export_button.setEnabled(not busy and self.table.rowCount() > 0)

    def stop_for_closing(self) -> None:
        for job in (self.job, self.saving):
            if job:
                job.stop()
                job.wait()


def _write(
    chosen: Run | Checkpoint,
    asked: list[str],
    given: dict[str, str],
    config: GenerateConfig,
    stop: Callable[[], bool],
) -> Iterator[Event]:
    from ...engine.models.checkpoint import good
    from ...engine.runtime import device
    from ...engine.writing.records import write_fields

    device.use_one_thread()
    yield from write_fields(good(chosen).folder, asked, given, config, stop)


def _save(table: str, path: Path) -> Iterator[Event]:
    from ...engine.core import atomic_io

    atomic_io.write_text(path, table)
    yield events.TextKept(str(path))
