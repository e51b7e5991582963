"""Beside the list of texts: what was read, how it is read, what could be mended, and how much there is."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLineEdit, QScrollArea, QTabWidget, QWidget

from ...engine.core import events
from ...engine.core.config import TextConfig
from ...engine.core.project import Source
from ..parts import widgets
from ..parts.config_form import ConfigForm
from ..parts.job_runner import Job
from ..parts.open_project import OpenProject
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
    """Signals: ``options_changed(TextConfig)``, ``clean_changed(CleanConfig)``, ``problem(sentence, details)``."""

    options_changed = Signal(object)
    clean_changed = Signal(object)
    problem = Signal(str, str)

    def __init__(self) -> None:
        super().__init__()
        self.setDocumentMode(True)
        self.setUsesScrollButtons(False)
        self.tabBar().setDrawBase(False)
        self.preview, self.doctor, self.statistics = Preview(), DoctorView(), StatisticsView()
        self.form = ConfigForm(TextConfig())
        for name, words in (("encoding", "Found out by itself"), ("group", "None")):
            control = self.form.controls[name]
            assert isinstance(control, QLineEdit)
            control.setPlaceholderText(words)
        self.found = widgets.label("", "muted", wrap=True)
        self._title = widgets.label("", "heading", wrap=True)
        form = widgets.column(self._title, self.found, self.form, 1, margin=widgets.GRID, gap=2 * widgets.GRID)
        reading = QScrollArea()
        reading.setWidgetResizable(True)
        inside = widgets.widget(form)
        inside.setObjectName("scrolled")
        reading.setWidget(inside)
        views: tuple[QWidget, ...] = (self.preview, reading, self.doctor, self.statistics)
        for view, (name, tip) in zip(views, pages, strict=True):
            self.setTabToolTip(self.addTab(view, name), tip)
        self.form.changed.connect(lambda: self.options_changed.emit(self.form.config()))
        self.doctor.changed.connect(self.clean_changed)
        self.doctor.problem.connect(self.problem)
        self.preview.shown.connect(self._say_found)

    def open(self, opened: OpenProject) -> None:
        self._files: tuple[str, ...] = ()
        self.preview.open(opened)
        self.doctor.open(opened)
        self.statistics.show_prepared(None)

    def look(self, sources: list[Source], note: str) -> None:
        """Shows the first of the chosen texts; ``note``: what was said about it when it was read."""
        self.preview.look(sources[0], note)
        files = tuple(source.file for source in sources)
        if files != self._files:  # while somebody types, the form knows better than what is known of the disk
            self._files = files
            self.form.set_config(sources[0].options)
        self._title.setText(sources[0].file if len(sources) == 1 else f"{len(sources):,} chosen texts")

    def _say_found(self, event: events.Previewed) -> None:
        words = []
        if event.encoding:
            sure = "" if event.confidence >= 1 else f", {event.confidence:.0%} sure"
            words.append(f"Encoding: {event.encoding}{sure}.")
        if event.columns:
            words.append(f"Columns to choose from: {', '.join(event.columns)}.")
        self.found.setText(" ".join(words))
        self.found.setVisible(bool(words))

    def restyle(self) -> None:
        for view in (self.preview, self.doctor, self.statistics):
            view.restyle()

    @property
    def jobs(self) -> list[Job]:
        return [job for job in (self.preview.job, self.doctor.job) if job]
