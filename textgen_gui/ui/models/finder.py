"""Finding a model elsewhere: the short list, any name, and the download, which begins when its button is pressed."""

import functools
from collections.abc import Iterator

from PySide6.QtWidgets import QLineEdit

from ...engine.core import events
from ...engine.core.control import Control
from ...engine.core.events import Event
from ...engine.core.library import hub_host
from ...engine.core.presets import PresetName, presets
from ...engine.core.recommended import Recommended
from ...front_door import fetching, keep_token, looking_up, measuring_presets
from ...words import size
from ..parts import widgets
from ..parts.job_runner import Job, JobRunner
from .languages import in_words
from .model_source import ModelSource
from .offer_table import VOCABULARY, OfferTable
from .other_source import OtherSource
from .table import licence_in_words


class Finder(ModelSource):
    def __init__(self, jobs: JobRunner) -> None:
        super().__init__(jobs)
        self._known: Recommended | events.ModelOffered | None = None  # what the name in the field stands for
        self._text_bytes, self._speed = 0, 0.0
        self._measuring: Job | None = None
        self.offers = OfferTable()
        self.offers.chosen.connect(self._recommended_chosen)
        self._build_name()
        self.facts = widgets.label("", "muted", wrap=True)
        self.fetch_button = widgets.button("", "No model is fetched before you press this", self.fetch, role="primary")
        self.source = OtherSource()
        self.source.changed.connect(self._named)  # it may hold something else under the same name
        column = widgets.column(
            self.offers,
            widgets.row(self.name, self.ask_button),
            self.facts,
            widgets.row(self.fetch_button, 1),
            self.download,
            self.source,
            gap=widgets.GRID,
        )
        column.setStretch(0, 1)
        self.setLayout(column)
        self.show_state()

    def _build_name(self) -> None:
        self.name = QLineEdit()
        self.name.setAccessibleName("Name of a model")
        self.name.setPlaceholderText("or any other: publisher/model, or the address of its page")
        self.name.setToolTip("A model of the hub by its name, as it stands on top of its page")
        self.name.setClearButtonEnabled(True)
        self.name.textEdited.connect(self._named)
        self.name.returnPressed.connect(self.ask)
        self.ask_button = widgets.button(
            "", "Tells the hub this name, and asks about its size, licence and languages", self.ask
        )

    # --- what is chosen

    def _recommended_chosen(self, known: Recommended) -> None:
        self.name.setText(known.name)
        self._named()

    def _named(self) -> None:
        self._known = self.offers.choose(self.name.text().strip())
        self.show_state()

    def choose(self, name: str) -> None:
        self.name.setText(name)
        self._named()

    def show_state(self) -> None:
        where, known, busy = self.source.name() or hub_host(), self._known, self._job is not None
        amount = f"{size(known.bytes)} " if known else ""
        about = "about " if isinstance(known, Recommended) else ""
        verb = "Copy" if self.source.folder() else "Download"
        widgets.write_on(self.fetch_button, f"{verb} {about}{amount}from {where}")
        self.fetch_button.setEnabled(known is not None and not busy)
        self.fetch_button.setVisible(not busy)
        widgets.write_on(self.ask_button, f"Look into {where}" if self.source.folder() else f"Ask {where}")
        self.ask_button.setEnabled(bool(self.name.text().strip()) and not busy)
        self.name.setEnabled(not busy)
        self.offers.setEnabled(not busy)
        self.source.setEnabled(not busy)
        self.download.setVisible(busy)
        self.facts.setText(_facts(known))

    # --- work

    def ask(self) -> None:
        """What the name in the field stands for."""
        name, token, mirror = self.name.text().strip(), self.source.token(), self.source.folder()
        if name:
            self.start(lambda control: looking_up(name, control, token=token, mirror=mirror), name)

    def fetch(self) -> None:
        name, token, mirror = self.name.text().strip(), self.source.token(), self.source.folder()
        keeps = self.source.keeps_token()

        def work(control: Control) -> Iterator[Event]:
            yield from fetching(name, stop=control, token=token, mirror=mirror)
            if keeps and not control():
                keep_token(token)

        if name:
            self.start(work, name)

    def happened(self, event: Event) -> None:
        super().happened(event)
        if isinstance(event, events.ModelOffered):
            self._known = event

    # --- how long it would learn

    def show_text(self, text_bytes: int, *, may_measure: bool) -> None:
        """Of the open project; 0 for none. ``may_measure``: nothing else needs the computer now."""
        self._text_bytes = text_bytes
        if self._speed:
            self._show_times()
        elif may_measure and self._measuring is None:
            work = functools.partial(measuring_presets, VOCABULARY)
            self._measuring = self._jobs.start(work, self._measured, finished=self._measuring_ended)

    def stop_measuring(self) -> None:
        """Nobody looks any more."""
        if self._measuring:
            self._measuring.stop()

    def _measuring_ended(self) -> None:
        self._measuring = None

    def _measured(self, event: Event) -> None:
        if isinstance(event, events.PresetMeasured) and event.preset == PresetName.LARGE:
            self._speed = event.tokens_per_s
            self._show_times()

    def _show_times(self) -> None:
        self.offers.show_times(self._text_bytes, self._speed, presets[PresetName.LARGE].model)


def _facts(known: Recommended | events.ModelOffered | None) -> str:
    if known is None:
        return "Choose one of the list, or type a name and ask."
    if isinstance(known, Recommended):
        return f"{known.name}. {known.words}"
    return f"{known.name}. Languages: {in_words(known.languages)}. Licence: {licence_in_words(known.licence)}."
