"""Drag and drop as events, the way the desktop sends them."""

from pathlib import Path
from typing import TypeVar

from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QWidget

Kind = TypeVar("Kind", QDragEnterEvent, QDropEvent)
_kept: list[QMimeData] = []  # the events refer to their data without owning it


def dropped(kind: type[Kind], target: QWidget, *paths: Path) -> Kind:
    """A drag or drop event that brings files to the middle of a widget."""
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    _kept.append(data)
    place = target.rect().center() if kind is QDragEnterEvent else QPointF(target.rect().center())
    buttons, keys = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    return kind(place, Qt.DropAction.CopyAction, data, buttons, keys)  # type: ignore[arg-type]


def drop(target: QWidget, *paths: Path) -> bool:
    """Drags files onto a widget and lets go; whether they were taken."""
    entering = dropped(QDragEnterEvent, target, *paths)
    entering.ignore()
    target.event(entering)
    if entering.isAccepted():
        target.event(dropped(QDropEvent, target, *paths))
    return entering.isAccepted()
