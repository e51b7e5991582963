"""Fields with their names beside them, on one line with each."""

from collections.abc import Mapping

from PySide6.QtWidgets import QFormLayout, QWidget

from ..parts import widgets

LINE = 4 * widgets.GRID  # the height of a field of one line


def named(fields: Mapping[str, QWidget]) -> QFormLayout:
    form = QFormLayout()
    form.setContentsMargins(0, 0, 0, 0)
    form.setVerticalSpacing(widgets.GRID)
    for name, field in fields.items():
        field.setAccessibleName(name)
        label = widgets.label(name)
        label.setMinimumHeight(LINE)
        form.addRow(label, field)
    return form
