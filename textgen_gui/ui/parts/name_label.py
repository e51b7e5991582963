"""A name that takes no more room than there is: a long one is cut, and is all there under the mouse."""

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QLabel

from . import widgets


class NameLabel(QLabel):
    """As a heading. ``cut``: where a long name is."""

    def __init__(self, name: str = "", cut: Qt.TextElideMode = Qt.TextElideMode.ElideMiddle) -> None:
        super().__init__()
        self._cut = cut
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setProperty("role", "heading")
        self.show_name(name)

    def show_name(self, name: str, where: str = "") -> None:
        """``where``: what the mouse is told besides."""
        self.setText(name)
        self.setToolTip(widgets.plain("\n".join(filter(None, (name, where)))))

    def minimumSizeHint(self) -> QSize:  # noqa: N802 (Qt's name)
        return QSize(0, super().minimumSizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        shown = self.fontMetrics().elidedText(self.text(), self._cut, self.width())
        painter = QPainter(self)
        self.style().drawItemText(
            painter, self.rect(), int(self.alignment()), self.palette(), True, shown, self.foregroundRole()
        )
        painter.end()
