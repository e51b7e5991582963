"""A config dataclass <-> a form. Everything shown comes from the field metadata; nothing is described twice."""

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any, Generic

from PySide6.QtCore import QLocale, Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDoubleSpinBox,
    QFormLayout,
    QLineEdit,
    QPlainTextEdit,
    QSlider,
    QSpinBox,
    QWidget,
)

from ...engine.core import schema
from ...engine.core.schema import C, Choice
from . import widgets


class NumberField(QDoubleSpinBox):
    """A number field for anything from 0.00001 to 10,000, written as short as possible."""

    def __init__(self) -> None:
        super().__init__()
        self.setDecimals(8)
        self.setLocale(QLocale.c())

    def textFromValue(self, value: float) -> str:  # noqa: N802 (Qt's name)
        return f"{value:g}"

    def stepBy(self, steps: int) -> None:  # noqa: N802
        self.setValue(
            self.value() + steps * (0.05 if self.maximum() <= 10 and self.value() >= 0.05 else self.value() / 5)
        )


class ConfigForm(QWidget, Generic[C]):
    """One row a setting: name, control, tooltip with help, unit and limits.

    ``only`` these settings, in this order. ``sliders`` adds a slider to each number. Signal: ``changed()`` whenever the
    user changes anything.
    """

    changed = Signal()

    def __init__(
        self, config: C, *, only: Sequence[str] = (), leave_out: Sequence[str] = (), sliders: bool = False
    ) -> None:
        super().__init__()
        self._given = config
        self._form = QFormLayout(self)
        self._form.setContentsMargins(0, 0, 0, 0)
        self._form.setVerticalSpacing(widgets.GRID)
        self._form.setHorizontalSpacing(2 * widgets.GRID)
        self._form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        if sliders:
            self._form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapAllRows)
        fields = {field.name: field for field in dataclasses.fields(config)}
        self._fields = {name: fields[name] for name in only or fields if name not in leave_out}
        self.controls = {name: self._control(field) for name, field in self._fields.items()}
        for name, control in self.controls.items():
            self._add_row(self._fields[name], control, sliders)
        self.set_config(config)

    def _add_row(self, field: dataclasses.Field[Any], control: QWidget, sliders: bool) -> None:
        if isinstance(control, QCheckBox):  # says its name itself
            self._form.addRow(control)
            return
        label, unit = field.metadata["label"] or field.name, field.metadata["unit"]
        name = widgets.label(f"{label} ({unit})" if unit and unit not in label.lower() else label)
        name.setToolTip(control.toolTip())
        name.setBuddy(control)
        if sliders and isinstance(control, QSpinBox | QDoubleSpinBox):
            self._form.addRow(name, _with_slider(control, field.metadata["label"]))
        else:
            self._form.addRow(name, control)

    def _control(self, field: dataclasses.Field[Any]) -> QWidget:
        about = field.metadata
        control = self._connected_control(field)
        limits = f"{about['minimum']:g} to {about['maximum']:g}" if about["minimum"] is not None else ""
        notes = ", ".join(note for note in (about["unit"], limits) if note)
        control.setToolTip(about["help"] + (f" ({notes})" if notes else ""))
        control.setAccessibleName(about["label"] or field.name)
        control.setFocusPolicy(Qt.FocusPolicy.StrongFocus)  # the wheel scrolls the page, not the number under it
        return control

    def _connected_control(self, field: dataclasses.Field[Any]) -> QWidget:
        about, default = field.metadata, field.default
        control: QWidget
        if isinstance(default, Choice):
            control = QComboBox()
            control.addItems([choice.value for choice in type(default)])
            control.currentTextChanged.connect(self.changed)
        elif isinstance(default, bool):
            control = QCheckBox(about["label"])
            control.toggled.connect(self.changed)
        elif isinstance(default, str):
            control = QLineEdit()
            control.editingFinished.connect(self._edited)
        elif isinstance(default, int):
            control = QSpinBox()
            control.setGroupSeparatorShown(True)
            control.setRange(int(about["minimum"]), int(about["maximum"]))
            control.valueChanged.connect(self.changed)
        elif isinstance(default, float):
            control = NumberField()
            control.setRange(about["minimum"], about["maximum"])
            control.valueChanged.connect(self.changed)
        else:
            control = QPlainTextEdit()
            control.setPlaceholderText("One a line")
            control.setFixedHeight(64)
            control.setTabChangesFocus(True)
            control.textChanged.connect(self.changed)
        return control

    def _edited(self) -> None:
        # Leaving a field without a change is no change.
        if self.config() != self._given:
            self.changed.emit()

    def set_config(self, config: C) -> None:
        """Shows these settings. Nothing is emitted."""
        self._given = config
        self.blockSignals(True)  # shown is not changed
        for name, control in self.controls.items():
            _show(control, getattr(config, name))
        self.blockSignals(False)
        self._given = self.config()  # a number field rounds

    def give(self, name: str, value: object) -> None:
        """Another value for one setting, unless the user has changed it. Nothing is emitted."""
        changed = self.chosen()
        self._given = _replaced(self._given, {name: value})
        if name not in changed:
            self.blockSignals(True)
            _show(self.controls[name], value)
            self.blockSignals(False)
            self._given = _replaced(self._given, {name: self._value(name)})

    def config(self) -> C:
        """The config as the form shows it now."""
        return _replaced(self._given, {name: self._value(name) for name in self.controls})

    def chosen(self) -> frozenset[str]:
        """The names of the settings that are not as they were given."""
        return frozenset(schema.differing(self._given, self.config()))

    def _value(self, name: str) -> Any:
        value, default = _value(self.controls[name]), self._fields[name].default
        return type(default)(value) if isinstance(default, Choice) else value


def _replaced(config: C, values: Mapping[str, Any]) -> C:
    return dataclasses.replace(config, **values)


def _show(control: QWidget, value: Any) -> None:
    """Silent, and the cursor of a text that is the same already stays where it is."""
    if _value(control) == value:
        return
    control.blockSignals(True)
    if isinstance(control, QComboBox):
        control.setCurrentText(str(value))
    elif isinstance(control, QCheckBox):
        control.setChecked(value)
    elif isinstance(control, QLineEdit):
        control.setText(value)
    elif isinstance(control, QSpinBox | QDoubleSpinBox):
        control.setValue(value)
    elif isinstance(control, QPlainTextEdit):
        control.setPlainText("\n".join(value))
    control.blockSignals(False)
    if isinstance(control, QSpinBox | QDoubleSpinBox):
        control.valueChanged.emit(control.value())  # for its slider


def _value(control: QWidget) -> Any:
    if isinstance(control, QComboBox):
        return control.currentText()
    if isinstance(control, QCheckBox):
        return control.isChecked()
    if isinstance(control, QLineEdit):
        return control.text().strip()
    if isinstance(control, QSpinBox | QDoubleSpinBox):
        return control.value()
    assert isinstance(control, QPlainTextEdit)
    text = widgets.text_of(control)
    return tuple(text.split("\n")) if text else ()


def _with_slider(number: QSpinBox | QDoubleSpinBox, name: str) -> QWidget:
    slider = QSlider(Qt.Orientation.Horizontal)
    slider.setAccessibleName(f"{name}, slider")
    slider.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # the field beside it says the number, and takes the keys
    slider.setToolTip(number.toolTip())
    slider.setRange(0, 1000)
    slider.setSingleStep(10)
    slider.setPageStep(100)
    low = number.minimum()
    # Whole numbers reach far, so their sliders are finer at the low end.
    power = 3 if isinstance(number, QSpinBox) and number.maximum() > 100 else 1
    reach = number.maximum() - low

    def to_number(position: int) -> None:
        value = low + reach * (position / 1000) ** power
        number.setValue(round(value) if isinstance(number, QSpinBox) else round(value, 2))  # type: ignore[arg-type]

    def to_slider(value: float) -> None:
        slider.blockSignals(True)
        slider.setValue(round(1000 * ((value - low) / reach) ** (1 / power)))
        slider.blockSignals(False)

    slider.valueChanged.connect(to_number)
    number.valueChanged.connect(to_slider)
    number.setMinimumWidth(96)
    line = widgets.row(slider, number)
    line.setStretch(0, 1)
    return widgets.widget(line)
