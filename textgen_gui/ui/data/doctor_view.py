"""The text doctor: rules to switch on and off, what each would mend, and a few places before and after."""

import dataclasses
import html
from collections import Counter
from collections.abc import Iterator, Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QHeaderView, QTableWidget, QTableWidgetItem, QTextBrowser, QWidget

from ...engine.core import events
from ...engine.core.config import CleanConfig, TextConfig, rules_of_a_text
from ...engine.core.events import Event
from ...engine.core.project import Source
from ...engine.core.snapshot import ProjectSnapshot
from ...words import number
from ..parts import resources, widgets
from ..parts.job_runner import Job
from ..parts.open_project import OpenProject
from .event_flow import in_batches
from .versions_card import VersionsCard

EXPLAINED = "Examine the texts to see what each rule would change. The files themselves are never touched."
MORE = {
    "near_duplicates": "Of each ten passages, eight have to be the same, letter by letter. A poem of a few lines is "
    "another one as soon as a handful of its words differ."
}


class DoctorView(QWidget):
    """Signals: ``changed(CleanConfig)`` when a rule is switched for all texts, ``rule_switched(name, on)`` when it is
    for the chosen ones, ``removal_asked(str)`` of a text, ``problem(sentence, details)``.
    """

    changed = Signal(object)
    rule_switched = Signal(str, bool)
    removal_asked = Signal(str)
    problem = Signal(str, str)

    def __init__(self) -> None:
        super().__init__()
        self.job: Job | None = None
        self._failed = False
        self._opened: OpenProject | None = None
        self._found: dict[str, list[events.Examined]] = {}
        self._counts = Counter[str]()
        self._rules = dataclasses.fields(CleanConfig)
        self._clean, self._options = CleanConfig(), TextConfig()
        self._build_table()
        self.scope = QComboBox()
        self.scope.setAccessibleName("Rules for")
        self.scope.setToolTip("Whether a rule is switched for all texts, or only for those chosen in the list")
        self.scope.addItems(["All texts", "Only the chosen text"])
        self.scope.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.scope.currentIndexChanged.connect(self._show_rules)
        self.page = QTextBrowser()
        self.page.setAccessibleName("Places before and after")
        self.page.document().setDocumentMargin(2 * widgets.GRID)
        tip = "Reads all texts and counts what each rule would mend; nothing is changed"
        self.button = widgets.button("Examine the texts", tip, self.examine)
        self.words = widgets.label(EXPLAINED, "muted", wrap=True)
        line = widgets.row(self.words, self.button)
        line.setStretch(0, 1)
        rules_for = widgets.label("Rules for")
        rules_for.setBuddy(self.scope)
        scope = widgets.row(rules_for, self.scope, 1)
        self.versions = VersionsCard()
        self.versions.removal_asked.connect(self.removal_asked)
        body = widgets.column(line, self.versions, scope, self.table, self.page, margin=widgets.GRID)
        body.setStretch(3, 3)
        body.setStretch(4, 2)
        self.setLayout(body)

    def _build_table(self) -> None:
        self.table = QTableWidget(len(self._rules), 2)
        self.table.setAccessibleName("Rules of the text doctor")
        self.table.setHorizontalHeaderLabels(["Rule", "Found"])
        self.table.verticalHeader().hide()
        self.table.setShowGrid(False)
        self.table.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
        self.table.setSelectionBehavior(QTableWidget.SelectionBehavior.SelectRows)
        self.table.setSelectionMode(QTableWidget.SelectionMode.SingleSelection)
        self.table.setTabKeyNavigation(False)
        header = self.table.horizontalHeader()
        header.setHighlightSections(False)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        header.setSectionResizeMode(1, QHeaderView.ResizeMode.ResizeToContents)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        for row, rule in enumerate(self._rules):
            item = QTableWidgetItem(rule.metadata["label"])
            item.setToolTip(rule.metadata["help"])
            item.setFlags(item.flags() | Qt.ItemFlag.ItemIsUserCheckable)
            self.table.setItem(row, 0, item)
            self.table.setItem(row, 1, QTableWidgetItem("–"))
            self._item(row, 1).setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.table.itemChanged.connect(self._switched)
        self.table.itemSelectionChanged.connect(self.restyle)

    def open(self, opened: OpenProject) -> None:
        self._opened, self.job, self._failed = opened, None, False
        self.button.setText("Examine the texts")
        self.words.setText(EXPLAINED)
        self.scope.setCurrentIndex(0)
        self.show_config(opened.snapshot.prepare.clean)
        self.forget()
        self.versions.clear()
        opened.changed.connect(self._look_again)

    def show_config(self, clean: CleanConfig) -> None:
        self._clean = clean
        self._show_rules()

    def look(self, sources: Sequence[Source]) -> None:
        """The chosen texts, whose own rules can be switched; those of the first are shown."""
        words = "Only the chosen text" if len(sources) == 1 else f"Only the {number(len(sources))} chosen texts"
        self.scope.setItemText(1, words)
        self._options = sources[0].options
        self._show_rules()

    @property
    def _for_chosen(self) -> bool:
        return self.scope.currentIndex() == 1

    def _show_rules(self) -> None:
        shown = self._clean.of_text(self._options) if self._for_chosen else self._clean
        self.table.blockSignals(True)
        for row, rule in enumerate(self._rules):
            item, on = self._item(row, 0), getattr(shown, rule.name)
            item.setCheckState(Qt.CheckState.Checked if on else Qt.CheckState.Unchecked)
            of_all = self._for_chosen and rule.name not in rules_of_a_text  # copies are a matter between texts
            flag = Qt.ItemFlag.ItemIsEnabled
            item.setFlags(item.flags() & ~flag if of_all else item.flags() | flag)
            own = self._for_chosen and on != getattr(self._clean, rule.name)
            item.setText(f"{rule.metadata['label']} (only here)" if own else rule.metadata["label"])
        self.table.blockSignals(False)

    def _look_again(self, found: ProjectSnapshot) -> None:
        self.versions.look(found.places)

    def forget(self) -> None:
        """What was found belongs to other texts now."""
        self._found.clear()
        self._counts.clear()
        self._show_counts()

    def _item(self, row: int, column: int) -> QTableWidgetItem:
        item = self.table.item(row, column)
        assert item
        return item

    def _switched(self, item: QTableWidgetItem) -> None:
        if item.column():
            return
        name, on = self._rules[item.row()].name, item.checkState() == Qt.CheckState.Checked
        if self._for_chosen:
            self._options = self._options.with_rule(name, on, self._clean)
            self.rule_switched.emit(name, on)
        else:
            self._clean = dataclasses.replace(self._clean, **{name: on})
            self.changed.emit(self._clean)
        self._show_rules()

    def examine(self) -> None:
        if self.job:
            self.job.stop()
        elif self._opened:
            self.forget()
            self.versions.clear()
            self._failed = False
            self.button.setText("Stop")
            examining = self._opened.project.examining
            self.job = self._opened.jobs.start(
                lambda control: in_batches(examining(control)),
                self.show_events,
                failed=self._fail,
                finished=self._finished,
            )

    def _fail(self, sentence: str, details: str) -> None:
        self._failed = True
        self.problem.emit(sentence, details)

    def show_events(self, happened: list[Event]) -> None:
        for event in happened:
            self.show_event(event)
        self._show_counts()

    def show_event(self, event: Event) -> None:
        match event:
            case events.Progressed():
                self.words.setText(f"{event.stage} text {number(event.done + 1)} of {number(event.total)} …")
            case events.Examined():
                self._found.setdefault(event.rule, []).append(event)
                self._counts[event.rule] += event.count
            case events.VersionsFound():
                self.versions.add(event)
            case _:
                raise AssertionError(event)

    def _finished(self) -> None:
        whole = not self._failed and self.job is not None and not self.job.stopping
        self.job = None
        self.button.setText("Examine again")
        found = self._found or not self.versions.isHidden()
        nothing = "Nothing to mend was found." if whole else "Not all texts were examined."
        self.words.setText("Choose a rule to see places before and after." if found else nothing)
        self._show_counts(examined=whole)

    def _show_counts(self, examined: bool = False) -> None:
        self.table.blockSignals(True)
        for row, rule in enumerate(self._rules):
            count = self._counts[rule.name]
            self._item(row, 1).setText(number(count) if count or examined else "–")
        self.table.blockSignals(False)
        self.restyle()

    def restyle(self) -> None:
        """Shows the places of the chosen rule in the colours of the theme."""
        rows = self.table.selectionModel().selectedRows()
        rule = self._rules[rows[0].row()] if rows else None
        found = self._found.get(rule.name, []) if rule else []
        self.page.setVisible(bool(rule))
        if rule:
            words = f"{rule.metadata['help']} {MORE.get(rule.name, '')}"
            self.page.setHtml("".join(self._places(found)) or f"<p>{words}</p>")

    def _places(self, found: list[events.Examined]) -> Iterator[str]:
        faint = f"style='color:{resources.colours()['muted']}'"
        for event in found[:20]:
            yield f"<p><b>{html.escape(event.path)}</b> <span {faint}>{number(event.count)}</span></p>"
            for before, after in event.examples:
                yield f"<p {faint}>before: {_shown(before)}</p><p>after: {_shown(after)}</p>"


def _shown(text: str) -> str:
    return "".join(_letter(letter) for letter in text) or "<i>nothing</i>"


def _letter(letter: str) -> str:
    """Line ends and what cannot be seen get a name."""
    if letter == "\n":
        return "↵<br>"
    return html.escape(letter) if letter.isprintable() or letter == "\t" else f"<b>[U+{ord(letter):04X}]</b>"
