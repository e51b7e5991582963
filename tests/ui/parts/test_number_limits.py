"""A number that a field refuses is told."""

import pytest
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QDoubleSpinBox, QSpinBox, QToolTip, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from textgen_gui.ui.parts.form_fields import PercentField
from textgen_gui.ui.parts.watches import watch
from textgen_gui.ui.write.count_field import CountField


@pytest.mark.parametrize(
    ("field_type", "keys", "value", "told"),
    [
        (CountField, "250", 250, ""),
        (CountField, "2500", 250, "A number from 1 to 1000"),
        (CountField, "7x", 7, "A number from 1 to 1000"),
        (PercentField, "35", 35, ""),
        (PercentField, "350", 35, "A number from 0 to 90%"),
    ],
)
def test_a_key_that_a_number_field_refuses_is_answered(
    qtbot: QtBot, field_type: type[QSpinBox | QDoubleSpinBox], keys: str, value: int, told: str
) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    field = CountField("text", "texts", 3) if field_type is CountField else field_type()
    if isinstance(field, PercentField):
        field.setRange(0, 90)
    layout = QVBoxLayout(window)
    layout.addWidget(field)
    window.show()
    qtbot.waitExposed(window)
    watch(window)
    window.activateWindow()
    field.setFocus()
    field.selectAll()
    QToolTip.hideText()
    handle = window.windowHandle()
    assert handle is not None
    for key in keys:
        QTest.keyClick(handle, key)  # type: ignore[call-overload]
    assert field.value() == value
    assert QToolTip.text() == told
