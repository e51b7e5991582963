"""A config dataclass <-> a form. Everything shown comes from the field metadata; nothing is described twice."""

import dataclasses
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Generic

from PySide6.QtCore import QLocale, Qt, Signal
from PySide6.QtGui import QValidator
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDoubleSpinBox,
    QFormLayout,
    QLineEdit,
    QPlainTextEdit,
    QSlider,
    QSpinBox,
    QToolButton,
    QWidget,
)

from ...engine.core import schema
from ...engine.core.schema import C, Choice
from ...words import number
from . import widgets
from .choice_words import words_of
from .direction import follow_text_direction


class NumberField(QDoubleSpinBox):
    """A number field for anything from 0.00001 to 10,000, written as short as possible and without powers of ten, in
    the user's digits. A point is understood everywhere.
    """

    def __init__(self) -> None:
        super().__init__()
        self.setDecimals(8)
        self.setLocale(_ungrouped())

    def textFromValue(self, value: float) -> str:  # noqa: N802 (Qt's name)
        return in_words(float(value))

    def validate(self, text: str, at: int) -> tuple[QValidator.State, str, int]:
        return super().validate(self._pointed(text), at)

    def valueFromText(self, text: str) -> float:  # noqa: N802
        return super().valueFromText(self._pointed(text))

    def _pointed(self, text: str) -> str:
        return text.replace(".", self.locale().decimalPoint())

    def stepBy(self, steps: int) -> None:  # noqa: N802
        self.setValue(
            self.value() + steps * (0.05 if self.maximum() <= 10 and self.value() >= 0.05 else self.value() / 5)
        )


class ChoiceField(QComboBox):
    """Shows choices in words; in code they are chosen by the names that files have for them, too."""

    def setCurrentText(self, text: str) -> None:  # noqa: N802 (Qt's name)
        known = self.findData(text)
        self.setCurrentIndex(known if known >= 0 else self.findText(text))


@dataclasses.dataclass(frozen=True, slots=True)
class Group:
    """Settings that do something together, under a heading."""

    title: str
    names: tuple[str, ...]


class ConfigForm(QWidget, Generic[C]):
    """One row a setting: name, control, tooltip with help, unit and limits. A setting that is not as usual is marked,
    says what is usual, and can be set back.

    ``only`` these settings, in this order. ``sliders`` adds a slider to each number. ``groups``: headings for some of
    the settings; all others follow. Signal: ``changed()`` whenever the user changes anything.
    """

    changed = Signal()

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
        self._given = self._usual = config
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
        for group in (*groups, Group("", tuple(name for name in self.controls if name not in grouped))):
            self._add_group(group, sliders)
        self.changed.connect(self._mark)
        self.set_config(config, config)

    def _add_group(self, group: Group, sliders: bool) -> None:
        if group.title:
            self._headings[group] = widgets.label(group.title, "heading")
            self._form.addRow(self._headings[group])
        for name in group.names:
            if name in self.controls:
                self._add_row(self._fields[name], self.controls[name], sliders)

    def _add_row(self, field: dataclasses.Field[Any], control: QWidget, sliders: bool) -> None:
        label, unit = field.metadata["label"] or field.name, field.metadata["unit"]
        back = widgets.tool(f"Set {label} back", "reset", "Set back", lambda: self.set_back(field.name))
        back.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        back.hide()
        has_slider = sliders and isinstance(control, QSpinBox | QDoubleSpinBox)
        shown = _with_slider(control, _with_unit(label, unit)) if has_slider else control  # type: ignore[arg-type]
        line = widgets.row(shown, back)
        line.setStretch(0, 1)
        row = widgets.widget(line)
        if isinstance(control, QCheckBox):  # says its name itself
            name: QWidget = control
            self._form.addRow(row)
        else:
            words = widgets.label(_with_unit(label, unit))
            words.setMinimumHeight(HIGH)
            words.setToolTip(control.toolTip())
            words.setBuddy(control)
            name = words
            self._form.addRow(words, row)
        self._rows[field.name], self._names[field.name], self.set_back_buttons[field.name] = row, name, back

    def _control(self, field: dataclasses.Field[Any]) -> QWidget:
        about = field.metadata
        control = self._connected_control(field)
        limits = f"{in_words(about['minimum'])} to {in_words(about['maximum'])}" if about["minimum"] is not None else ""
        notes = ", ".join(note for note in (about["unit"], limits) if note)
        control.setToolTip(about["help"] + (f" ({notes})" if notes else ""))
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
            follow_text_direction(control)
            control.textChanged.connect(self.changed)
        return control

    def _edited(self) -> None:
        # Leaving a field without a change is no change.
        if self.config() != self._given:
            self.changed.emit()

    def set_config(self, config: C, usual: C | None = None) -> None:
        """Shows these settings; ``usual`` are those that a mark is measured by, if others than up to now. Nothing is
        emitted."""
        self._usual = usual or self._usual
        self._given = config
        self.blockSignals(True)  # shown is not changed
        for name, control in self.controls.items():
            _show(control, getattr(config, name))
        self.blockSignals(False)
        self._given = self.config()  # a number field rounds
        self._mark()

    def give(self, name: str, value: object) -> None:
        """Another usual value for one setting, shown unless the user has changed it. Nothing is emitted."""
        changed = self.chosen()
        self._given = _replaced(self._given, {name: value})
        if name not in changed:
            self.blockSignals(True)
            _show(self.controls[name], value)
            self.blockSignals(False)
            self._given = _replaced(self._given, {name: self._value(name)})
        self._usual = _replaced(self._usual, {name: getattr(self._given, name)})
        self._mark()

    # --- what is not as usual

    def unusual(self) -> list[str]:
        """The names of the settings that are marked."""
        return [name for name in self.controls if _differs(self._value(name), getattr(self._usual, name))]

    def _mark(self) -> None:
        marked = set(self.unusual())
        for name, back in self.set_back_buttons.items():
            usual = in_words(getattr(self._usual, name))
            back.setVisible(name in marked and self.controls[name].isEnabled())
            back.setText(usual if len(usual) < SHORT else "")
            back.setToolTip(f"Changed. Usual is: {usual or 'nothing'}. Press to set it back")
            back.setAccessibleName(f"Set {self._fields[name].metadata['label']} back to {usual or 'nothing'}")
            font = self._names[name].font()
            font.setBold(name in marked)
            self._names[name].setFont(font)

    def set_back(self, *names: str) -> None:
        """To what is usual, as if the user had typed it; all without ``names``."""
        self.blockSignals(True)
        for name in names or self.unusual():
            _show(self.controls[name], getattr(self._usual, name))
        self.blockSignals(False)
        self.changed.emit()

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
        value, default = _value(self.controls[name]), self._fields[name].default
        return type(default)(value) if isinstance(default, Choice) else value


def _replaced(config: C, values: Mapping[str, Any]) -> C:
    return dataclasses.replace(config, **values)


HIGH = 20  # pixels; Qt gives a name up to 7/4 of it, and then it stands at half the height of its field
SHORT = 8  # letters that fit on the button


def _with_unit(label: str, unit: str) -> str:
    if not unit or unit in label.lower():
        return label
    return f"{label[:-1]}, {unit})" if label.endswith(")") else f"{label} ({unit})"


def in_words(value: Any) -> str:
    """A setting as people write it."""
    match value:
        case Choice():
            return words_of(value)
        case bool():
            return "on" if value else "off"
        case int():
            return number(value)
        case float():
            decimals = -int(Decimal(f"{value:.6g}").normalize().as_tuple().exponent)
            return _ungrouped().toString(value, "f", max(0, decimals))
        case tuple():
            return ", ".join(value)
        case _:
            return str(value)


def _ungrouped() -> QLocale:
    """The user's digits and decimal point."""
    locale = QLocale()
    locale.setNumberOptions(QLocale.NumberOption.OmitGroupSeparator)
    return locale


def _differs(value: Any, usual: Any) -> bool:
    if isinstance(usual, float):
        return bool(abs(value - usual) > 5e-9)  # a field has eight decimals
    if isinstance(usual, tuple):
        return tuple(filter(None, value)) != tuple(filter(None, usual))  # and empty lines are none
    return bool(value != usual)


def _matches(field: dataclasses.Field[Any], searched: str) -> bool:
    about = field.metadata
    return searched.strip().lower() in f"{about['label']} {field.name} {about['help']} {about['unit']}".lower()


def _show(control: QWidget, value: Any) -> None:
    """Silent, and the cursor of a text that is the same already stays where it is."""
    if _value(control) == value:
        return
    control.blockSignals(True)
    if isinstance(control, QComboBox):
        control.setCurrentIndex(control.findData(str(value)))
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
        return control.currentData()
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
        slider.setAccessibleName(f"{name}, slider: {number.text()}")  # it counts to a thousand, which means nothing

    slider.valueChanged.connect(to_number)
    number.valueChanged.connect(to_slider)
    number.setMinimumWidth(96)
    line = widgets.row(slider, number)
    line.setStretch(0, 1)
    return widgets.widget(line)
