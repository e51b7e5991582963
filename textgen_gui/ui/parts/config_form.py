"""A config dataclass <-> a form. Everything shown comes from the field metadata; nothing is described twice."""

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any, Generic

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QCheckBox,
    QComboBox,
    QDoubleSpinBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QSpinBox,
    QToolButton,
    QWidget,
)

from ...engine.core import schema
from ...engine.core.schema import C, Choice
from . import widgets
from .choice_words import words_of
from .direction import follow_text_direction
from .focus import bring_into_sight, unfold
from .form_fields import ChoiceField, NumberField, PercentField, in_words, setting_in_words, show, value_of, with_slider


@dataclasses.dataclass(frozen=True, slots=True)
class Group:
    """Settings that do something together, under a heading."""

    title: str
    names: tuple[str, ...]


class ConfigForm(QWidget, Generic[C]):
    """One row a setting: name, control, tooltip with help, unit and limits. A setting that is not as usual is marked,
    says what is usual, and can be set back; below one that cannot be used stands why.

    ``only`` these settings, in this order. ``sliders`` adds a slider to each number. ``groups``: headings for some of
    the settings; all others follow. Signals: ``changed()`` whenever the user changes anything, ``sought()``: one of the
    settings has to be seen, whatever hides it.
    """

    changed = Signal()
    sought = Signal()

    def __init__(
        self,
        config: C,
        *,
        only: Sequence[str] = (),
        leave_out: Sequence[str] = (),
        sliders: bool = False,
        groups: Sequence[Group] = (),
    ) -> None:
        super().__init__()
        self._given = self._usual = self._told = config
        self._form = QFormLayout(self)
        self._form.setContentsMargins(0, 0, 0, 0)
        self._form.setVerticalSpacing(widgets.GRID)
        self._form.setHorizontalSpacing(2 * widgets.GRID)
        self._form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        self._form.setRowWrapPolicy(
            QFormLayout.RowWrapPolicy.WrapAllRows if sliders else QFormLayout.RowWrapPolicy.WrapLongRows
        )
        fields = {field.name: field for field in dataclasses.fields(config)}
        grouped = [name for group in groups for name in group.names]
        names = only or [*grouped, *(name for name in fields if name not in grouped)]
        self._fields = {name: fields[name] for name in names if name not in leave_out}
        self.controls = {name: self._control(field) for name, field in self._fields.items()}
        self._rows: dict[str, QWidget] = {}
        self._names: dict[str, QWidget] = {}
        self.set_back_buttons: dict[str, QToolButton] = {}
        self._headings: dict[Group, QWidget] = {}
        self._refused: dict[str, str] = {}  # what work with these settings said about one of them
        self._reasons: dict[str, QLabel] = {}
        for group in (*groups, Group("", tuple(name for name in self.controls if name not in grouped))):
            self._add_group(group, sliders)
        self.changed.connect(self._note_told)
        self.changed.connect(self._mark)
        self.set_config(config, config)

    def _add_group(self, group: Group, sliders: bool) -> None:
        if group.title:
            heading = widgets.column(widgets.label(group.title, "heading"))
            heading.setContentsMargins(0, widgets.GRID, 0, 0)
            self._headings[group] = widgets.widget(heading)
            self._form.addRow(self._headings[group])
        for name in group.names:
            if name in self.controls:
                self._add_row(self._fields[name], self.controls[name], sliders)

    def _add_row(self, field: dataclasses.Field[Any], control: QWidget, sliders: bool) -> None:
        label, unit = field.metadata["label"] or field.name, field.metadata["unit"]
        back = widgets.tool(f"Set {label} back", "reset", "Set back", lambda: self.set_back(field.name))
        back.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        back.hide()
        if isinstance(control, QCheckBox):  # says its name itself
            name: QWidget = control
        else:
            name = words = widgets.label(_with_unit(label, unit))
            words.setMinimumHeight(HIGH)
            words.setToolTip(control.toolTip())
            words.setBuddy(control)
        if sliders and isinstance(control, QSpinBox | QDoubleSpinBox):
            back.setProperty("role", "inline")
            row = widgets.widget(widgets.column(with_slider(control, _with_unit(label, unit)), gap=4))
            self._form.addRow(widgets.widget(_kept_line(name, back)), row)
            QWidget.setTabOrder(control, back)
        else:
            row = widgets.widget(widgets.column(_line(control, back), gap=4))
            self._form.addRow(row) if name is control else self._form.addRow(name, row)
        self._rows[field.name], self._names[field.name], self.set_back_buttons[field.name] = row, name, back

    def _control(self, field: dataclasses.Field[Any]) -> QWidget:
        about = field.metadata
        control = self._connected_control(field)
        least, most = (in_words(about[end], is_share=about["is_share"]) for end in ("minimum", "maximum"))
        limits = f"{least} to {most}" if about["minimum"] is not None else ""
        notes = ", ".join(note for note in (about["unit"], limits) if note)
        control.setToolTip(about["help"] + (f" ({notes})" if notes else ""))
        if isinstance(control, QAbstractSpinBox):
            control.setSpecialValueText(about["zero"])
        control.setAccessibleName(about["label"] or field.name)
        control.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        return control

    def _connected_control(self, field: dataclasses.Field[Any]) -> QWidget:
        about, default = field.metadata, field.default
        control: QWidget
        if isinstance(default, Choice):
            control = ChoiceField()
            for choice in type(default):
                control.addItem(words_of(choice), choice.value)
            control.setMinimumContentsLength(12)
            control.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
            control.currentTextChanged.connect(self.changed)
        elif isinstance(default, bool):
            control = QCheckBox(about["label"])
            control.toggled.connect(self.changed)
        elif isinstance(default, str):
            control = QLineEdit()
            control.editingFinished.connect(self._tell_edited)
            control.textEdited.connect(self._forget_refusals)
        elif isinstance(default, int):
            control = QSpinBox()
            control.setGroupSeparatorShown(True)
            control.setRange(int(about["minimum"]), int(about["maximum"]))
            control.valueChanged.connect(self.changed)
        elif isinstance(default, float):
            control = PercentField() if about["is_share"] else NumberField()
            times = 100 if about["is_share"] else 1
            control.setRange(times * about["minimum"], times * about["maximum"])
            control.valueChanged.connect(self.changed)
        else:
            control = QPlainTextEdit()
            control.setPlaceholderText("One a line")
            control.setFixedHeight(64)
            control.setTabChangesFocus(True)
            follow_text_direction(control)
            control.textChanged.connect(self.changed)
        return control

    def _tell_edited(self) -> None:
        if self.config() != self._told:  # leaving a field without a change is no change
            self.changed.emit()

    def _note_told(self) -> None:
        self._told = self.config()
        self._refused.clear()

    def _forget_refusals(self) -> None:
        self._refused.clear()
        self._mark()

    def commit(self) -> None:
        """Work with these settings begins: what is still being typed counts, and nothing is refused yet."""
        for control in self.controls.values():
            if isinstance(control, QAbstractSpinBox):
                control.interpretText()
        self._tell_edited()
        if self._refused:
            self._forget_refusals()

    def set_config(self, config: C, usual: C | None = None) -> None:
        """Shows these settings; ``usual`` are those that a mark is measured by, if others than up to now. Nothing is
        emitted."""
        self._usual = usual or self._usual
        self._given = config
        self.blockSignals(True)  # shown is not changed
        for name, control in self.controls.items():
            show(control, getattr(config, name))
        self.blockSignals(False)
        self._given = self.config()  # a number field rounds
        self._note_told()
        self._mark()

    def take_others(self, config: C) -> None:
        """What other forms show now of the same config: settings of this one may contradict them."""
        others = {name: getattr(config, name) for name in config.__dataclass_fields__ if name not in self.controls}
        self._given, self._told = _replaced(self._given, others), _replaced(self._told, others)
        self._show_faults()

    def give(self, name: str, value: object) -> None:
        """Another usual value for one setting, shown unless the user has changed it. Nothing is emitted."""
        changed = self.chosen()
        self._refused.pop(name, None)
        self._given = _replaced(self._given, {name: value})
        if name not in changed:
            self.blockSignals(True)
            show(self.controls[name], value)
            self.blockSignals(False)
            self._given = _replaced(self._given, {name: self._value(name)})
            self._told = _replaced(self._told, {name: self._value(name)})
        self._usual = _replaced(self._usual, {name: getattr(self._given, name)})
        self._mark()

    # --- what is not as usual

    def unusual(self) -> list[str]:
        """The names of the settings that are marked."""
        return [name for name in self.controls if _differs(self._value(name), getattr(self._usual, name))]

    def _mark(self) -> None:
        marked = set(self.unusual())
        for name, back in self.set_back_buttons.items():
            usual = setting_in_words(self._fields[name].metadata, getattr(self._usual, name))
            back.setVisible(name in marked and self.controls[name].isEnabled())
            back.setText(usual if len(usual) < SHORT else "")
            back.setToolTip(f"Changed. Usual is: {usual or 'nothing'}. Press to set it back")
            back.setAccessibleName(f"Set {self._fields[name].metadata['label']} back to {usual or 'nothing'}")
            font = self._names[name].font()
            font.setBold(name in marked)
            self._names[name].setFont(font)
        self._show_faults()

    def set_back(self, *names: str) -> None:
        """To what is usual, as if the user had typed it; all without ``names``."""
        self.blockSignals(True)
        for name in names or self.unusual():
            show(self.controls[name], getattr(self._usual, name))
        self.blockSignals(False)
        self.changed.emit()

    # --- what cannot be used

    def faults(self) -> dict[str, str]:
        """Why it cannot be used, by the name of the setting."""
        found = schema.problems_in_labels(self.config())
        return {name: words for name, words in found if name in self.controls} | self._refused

    def refuse(self, name: str, sentence: str) -> None:
        """``sentence``: what is wrong with it, until something is changed."""
        self._refused.clear()
        self._refused[name] = sentence
        self._show_faults()

    def seek(self, name: str) -> None:
        """The keyboard goes there."""
        control = self.controls[name]
        self.sought.emit()
        unfold(control)
        control.setFocus()
        QTimer.singleShot(0, control, lambda: bring_into_sight(control))  # when what was unfolded has its place

    def _show_faults(self) -> None:
        faults = self.faults()
        for name in [*self._reasons, *(name for name in faults if name not in self._reasons)]:
            if name not in self._reasons:
                self._reasons[name] = widgets.label("", "fault", wrap=True)
                widgets.layout_of(self._rows[name]).addWidget(self._reasons[name])
            reason, control = self._reasons[name], self.controls[name]
            reason.setText(faults.get(name, ""))
            reason.setVisible(name in faults)
            control.setAccessibleDescription(reason.text())
            control.setProperty("faulty", name in faults)
            control.style().polish(control)

    def show_only(self, searched: str) -> int:
        """Shows those settings whose name, words or help hold what is ``searched``; returns how many."""
        found = {name for name, field in self._fields.items() if _matches(field, searched)}
        for name, row in self._rows.items():
            self._form.setRowVisible(row, name in found)
        for group, heading in self._headings.items():
            self._form.setRowVisible(heading, bool(found & set(group.names)))
        return len(found)

    def show_setting(self, name: str, shown: bool) -> None:
        """A setting that another one makes meaningless need not be read."""
        self._form.setRowVisible(self._rows[name], shown)

    def config(self) -> C:
        """The config as the form shows it now."""
        return _replaced(self._given, {name: self._value(name) for name in self.controls})

    def chosen(self) -> frozenset[str]:
        """The names of the settings that are not as they were given."""
        return frozenset(schema.differing(self._given, self.config()))

    def _value(self, name: str) -> Any:
        value, default = value_of(self.controls[name]), self._fields[name].default
        return type(default)(value) if isinstance(default, Choice) else value


def _line(first: QWidget, last: QWidget) -> QHBoxLayout:
    line = widgets.row(first, last)
    line.setStretch(0, 1)
    return line


def _kept_line(first: QWidget, last: QWidget) -> QHBoxLayout:
    """Where it is hidden, ``last`` has its place all the same, so that nothing moves under the mouse."""
    policy = last.sizePolicy()
    policy.setRetainSizeWhenHidden(True)
    last.setSizePolicy(policy)
    return _line(first, last)


def _replaced(config: C, values: Mapping[str, Any]) -> C:
    return dataclasses.replace(config, **values)


HIGH = 20  # pixels; Qt gives a name up to 7/4 of it, and then it stands at half the height of its field
SHORT = 8  # letters that fit on the button


def _with_unit(label: str, unit: str) -> str:
    if not unit or unit in label.lower():
        return label
    return f"{label[:-1]}, {unit})" if label.endswith(")") else f"{label} ({unit})"


def _differs(value: Any, usual: Any) -> bool:
    if isinstance(usual, float):
        return bool(abs(value - usual) > 5e-9)  # a field has eight decimals
    if isinstance(usual, tuple):
        return tuple(filter(None, value)) != tuple(filter(None, usual))  # and empty lines are none
    return bool(value != usual)


def _matches(field: dataclasses.Field[Any], searched: str) -> bool:
    about = field.metadata
    return searched.strip().lower() in f"{about['label']} {field.name} {about['help']} {about['unit']}".lower()
