"""The fields that forms are made of: numbers, choices, and how a value comes into a field and out of it."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from PySide6.QtCore import QLocale, Qt
from PySide6.QtGui import QValidator
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDoubleSpinBox,
    QLineEdit,
    QPlainTextEdit,
    QSlider,
    QSpinBox,
    QWidget,
)

from ...engine.core.schema import Choice
from ...words import number
from . import widgets
from .choice_words import words_of

STEP = 0.05


class NumberField(QDoubleSpinBox):
    """A number field for anything from 0.00001 to 10,000, written as short as possible and without powers of ten, in
    the user's digits. A point is understood everywhere.
    """

    def __init__(self) -> None:
        super().__init__()
        self.setDecimals(8)
        self.setLocale(ungrouped())

    def textFromValue(self, value: float) -> str:  # noqa: N802 (Qt's name)
        return in_words(float(value))

    def validate(self, text: str, at: int) -> tuple[QValidator.State, str, int]:
        return super().validate(self._pointed(text), at)

    def valueFromText(self, text: str) -> float:  # noqa: N802
        return super().valueFromText(self._pointed(text))

    def _pointed(self, text: str) -> str:
        return text.replace(".", self.locale().decimalPoint())

    def stepBy(self, steps: int) -> None:  # noqa: N802
        size = abs(self.value())
        step = STEP if self.maximum() <= 10 and size >= STEP else size / 5 or STEP
        self.setValue(self.value() + steps * step)


class PercentField(NumberField):
    """A share, in percent."""

    def __init__(self) -> None:
        super().__init__()
        self.setSuffix("%")

    def share(self) -> float:
        return round(self.value() / 100, 10)  # of 1% exactly what 0.01 is


class ChoiceField(QComboBox):
    """Shows choices in words; in code they are chosen by the names that files have for them, too."""

    def setCurrentText(self, text: str) -> None:  # noqa: N802 (Qt's name)
        known = self.findData(text)
        self.setCurrentIndex(known if known >= 0 else self.findText(text))


def in_words(value: Any, *, is_share: bool = False) -> str:
    """A setting as people write it."""
    if is_share:
        return f"{in_words(round(100 * value, 8))}%"
    match value:
        case Choice():
            return words_of(value)
        case bool():
            return "on" if value else "off"
        case int():
            return number(value)
        case float():
            decimals = -int(Decimal(f"{value:.6g}").normalize().as_tuple().exponent)
            return ungrouped().toString(value, "f", max(0, decimals))
        case tuple():
            return ", ".join(value)
        case _:
            return str(value)


def setting_in_words(about: Mapping[str, Any], value: Any) -> str:
    """As its field shows it. ``about``: the metadata of the setting."""
    return about["zero"] if about["zero"] and value == 0 else in_words(value, is_share=about["is_share"])


def ungrouped() -> QLocale:
    """The user's digits and decimal point."""
    locale = QLocale()
    locale.setNumberOptions(QLocale.NumberOption.OmitGroupSeparator)
    return locale


def show(control: QWidget, value: Any) -> None:
    """Silent, and the cursor of a text that is the same already stays where it is."""
    if value_of(control) == value:
        return
    control.blockSignals(True)
    if isinstance(control, QComboBox):
        control.setCurrentIndex(control.findData(str(value)))
    elif isinstance(control, QCheckBox):
        control.setChecked(value)
    elif isinstance(control, QLineEdit):
        control.setText(value)
    elif isinstance(control, QSpinBox | QDoubleSpinBox):
        control.setValue(100 * value if isinstance(control, PercentField) else value)
    elif isinstance(control, QPlainTextEdit):
        control.setPlainText("\n".join(value))
    control.blockSignals(False)
    if isinstance(control, QSpinBox | QDoubleSpinBox):
        control.valueChanged.emit(control.value())  # for its slider


def value_of(control: QWidget) -> Any:
    if isinstance(control, QComboBox):
        return control.currentData()
    if isinstance(control, QCheckBox):
        return control.isChecked()
    if isinstance(control, QLineEdit):
        return control.text().strip()
    if isinstance(control, QSpinBox | QDoubleSpinBox):
        return control.share() if isinstance(control, PercentField) else control.value()
    assert isinstance(control, QPlainTextEdit)
    text = widgets.text_of(control)
    return tuple(text.split("\n")) if text else ()


def with_slider(number: QSpinBox | QDoubleSpinBox, name: str) -> QWidget:
    slider = QSlider(Qt.Orientation.Horizontal)
    slider.setFocusPolicy(Qt.FocusPolicy.ClickFocus)  # Tab goes to the field beside it, which says the number
    slider.setToolTip(number.toolTip())
    slider.setRange(0, 1000)
    low = number.minimum()
    # Whole numbers reach far, so their sliders are finer at the low end, and step less far.
    power = 3 if isinstance(number, QSpinBox) and number.maximum() > 100 else 1
    slider.setSingleStep(10 // power)
    slider.setPageStep(100 if power == 1 else 10)
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
    for place in (0, 1):  # halves, so that sliders below each other are of one length
        line.setStretch(place, 1)
    return widgets.widget(line)
