"""Drag and drop as events, the way the desktop sends them: to the window, which is told where the mouse is."""

from pathlib import Path

from PySide6.QtCore import QCoreApplication, QEvent, QMimeData, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDragMoveEvent, QDropEvent, QWindow
from PySide6.QtWidgets import QWidget

BUTTONS, KEYS = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
MOVE, COPY = Qt.DropAction.MoveAction, Qt.DropAction.CopyAction


def drag(target: QWidget, data: QMimeData, offered: Qt.DropAction = MOVE | COPY) -> bool:
    """Holds it over the middle of a widget; whether it would be taken."""
    place = target.mapTo(target.window(), target.rect().center())
    entering = QDragEnterEvent(place, offered, data, BUTTONS, KEYS)
    moving = QDragMoveEvent(place, offered, data, BUTTONS, KEYS)
    for event in (entering, moving):
        event.ignore()
        QCoreApplication.sendEvent(_handle(target), event)
    return moving.isAccepted() and moving.dropAction() == COPY


def leave(target: QWidget) -> None:
    QCoreApplication.sendEvent(_handle(target), QDragLeaveEvent())


def let_go(target: QWidget, data: QMimeData, offered: Qt.DropAction = MOVE | COPY) -> None:
    place = target.mapTo(target.window(), target.rect().center()).toPointF()
    QCoreApplication.sendEvent(_handle(target), QDropEvent(place, offered, data, BUTTONS, KEYS))
    QCoreApplication.sendPostedEvents(target.window(), QEvent.Type.MetaCall)  # what was dropped is taken after it


def files(*paths: Path) -> QMimeData:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    return data


def drop(target: QWidget, *paths: Path) -> bool:
    """Drags files onto a widget and lets go; whether they were taken."""
    data = files(*paths)
    taken = drag(target, data)
    if taken:
        let_go(target, data)
    return taken


def _handle(target: QWidget) -> QWindow:
    handle = target.window().windowHandle()
    assert handle
    return handle
