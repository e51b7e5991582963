"""Beside the list of texts: what was read, how it is read, what could be mended, and how much there is."""

import dataclasses
from collections.abc import Collection

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLineEdit, QTabWidget, QWidget

from ...engine.core import events, schema
from ...engine.core.config import DocumentEnd, TextConfig
from ...engine.core.project import Source
from ...engine.core.schema import Changes
from ...words import count, percent
from ..parts import widgets
from ..parts.config_form import ConfigForm
from ..parts.name_label import NameLabel
from ..parts.open_project import OpenProject
from .column_choice import ColumnChoice
from .doctor_view import DoctorView
from .preview import Preview
from .statistics_view import StatisticsView

pages = (
    ("Preview", "The beginning of the chosen text as the model will see it"),
    ("Reading", "How the chosen texts are read, and how much they count"),
    ("Text doctor", "Finds what does not belong into the texts, and mends it if you wish"),
    ("Statistics", "How much text there is, and for which model it is enough"),
)


class TextPanel(QTabWidget):
    """Signals: ``options_changed(Changes[TextConfig])`` and ``rule_switched(name, on)`` for the chosen texts,
    ``clean_changed(CleanConfig)`` for all, ``removal_asked(str)`` of a text, ``problem(sentence, details)``.
    """

    options_changed = Signal(object)
    clean_changed = Signal(object)
    rule_switched = Signal(str, bool)
    removal_asked = Signal(str)
    problem = Signal(str, str)

    def __init__(self) -> None:
        super().__init__()
        self.setDocumentMode(True)
        self.setUsesScrollButtons(False)
        self.tabBar().setDrawBase(False)
        self.preview, self.doctor, self.statistics = Preview(), DoctorView(), StatisticsView()
        self.form = ConfigForm(TextConfig(), leave_out=["columns", "rules_on", "rules_off"])
        self.columns = ColumnChoice()
        for name, words in (("encoding", "Found out by itself"), ("group", "None")):
            control = self.form.controls[name]
            assert isinstance(control, QLineEdit)
            control.setPlaceholderText(words)
        self.found = widgets.label("", "muted", wrap=True)
        self._title = NameLabel()
        form = widgets.column(
            self._title, self.found, self.columns, self.form, 1, margin=widgets.GRID, gap=2 * widgets.GRID
        )
        inside = widgets.widget(form)
        inside.setObjectName("scrolled")
        reading, statistics = widgets.scrolling(widgets.ScrollArea(), inside), widgets.ScrollArea()
        self.statistics.setObjectName("scrolled")
        widgets.scrolling(statistics, self.statistics)
        views: tuple[QWidget, ...] = (self.preview, reading, self.doctor, statistics)
        for view, (name, tip) in zip(views, pages, strict=True):
            self.setTabToolTip(self.addTab(view, name), tip)
        self.form.changed.connect(lambda: self._change(self.form.config()))
        self.columns.changed.connect(self._choose_columns)
        self.doctor.changed.connect(self.clean_changed)
        self.doctor.rule_switched.connect(self.rule_switched)
        self.doctor.removal_asked.connect(self.removal_asked)
        self.doctor.problem.connect(self.problem)
        self.preview.shown.connect(self._say_found)
        self.preview.refused.connect(self._offer_chosen)

    def open(self, opened: OpenProject) -> None:
        self._files: tuple[str, ...] = ()
        self._options = TextConfig()
        self.form.set_config(self._options)  # what is still typed is not for these texts
        self._show_separator()
        self.preview.open(opened)
        self.doctor.open(opened)
        self.statistics.show_prepared(None)

    def look(self, sources: list[Source], note: str) -> None:
        """Shows the first of the chosen texts; ``note``: what was said about it when it was read."""
        self.preview.look(sources[0], note)
        files = tuple(source.file for source in sources)
        if files != self._files:  # while somebody types, the form knows better than what is known of the disk
            self._files = files
            self._options = sources[0].options
            self.form.set_config(self._options)
            self._show_separator()
        self.doctor.look(sources)
        self._title.show_name(sources[0].file if len(sources) == 1 else count("chosen text", len(sources)))

    def show_group(self, files: Collection[str], group: str) -> None:
        """It was chosen elsewhere for these texts, of which one may be shown."""
        if self._files and self._files[0] in files:
            self._options = dataclasses.replace(self._options, group=group)
            self.form.set_config(self._options)

    def clear(self) -> None:
        """No text is chosen."""
        self.preview.clear()
        self._files = ()
        self._title.show_name("")
        self.found.hide()

    def _change(self, options: TextConfig) -> None:
        """What differs from what was shown is changed in all chosen texts, and nothing else."""
        changed = frozenset(schema.differing(self._options, options))
        self._options = options
        self.form.set_config(options)
        self._show_separator()
        self.options_changed.emit(Changes(options, changed))

    def _show_separator(self) -> None:
        self.form.show_setting("separator", self._options.documents is DocumentEnd.SEPARATOR)

    def _choose_columns(self) -> None:
        self._change(dataclasses.replace(self.form.config(), columns=tuple(self.columns.chosen())))

    def _offer_chosen(self) -> None:
        """A chosen column that there is not can be unticked."""
        self.columns.show_columns(self._options.columns, self._options.columns)

    def _say_found(self, event: events.Previewed) -> None:
        words = []
        if event.encoding:
            sure = "" if event.confidence >= 1 else f", {percent(event.confidence)} sure"
            words.append(f"Encoding: {event.encoding}{sure}.")
        self.columns.show_columns(event.columns, event.learnt)
        self.found.setText(" ".join(words))
        self.found.setVisible(bool(words))

    def restyle(self) -> None:
        for view in (self.preview, self.doctor, self.statistics):
            view.restyle()
