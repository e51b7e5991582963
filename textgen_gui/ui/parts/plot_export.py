"""A curve as a picture or a table, for papers, lessons and letters."""

import csv
import enum
import io

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QRectF, QSize, Qt
from PySide6.QtGui import QImage, QPainter
from PySide6.QtSvg import QSvgGenerator

from . import resources
from .plot import LossPlot

SHARPER = 2  # dots for each on the screen


class CurveFormat(enum.StrEnum):
    """The values are the endings of the files."""

    PNG = "png"
    SVG = "svg"
    CSV = "csv"


def exported(plot: LossPlot, format: CurveFormat) -> bytes:
    plot.draw()
    match format:
        case CurveFormat.PNG:
            return _png(plot)
        case CurveFormat.SVG:
            return _svg(plot)
        case CurveFormat.CSV:
            return _csv(plot)


def _png(plot: LossPlot) -> bytes:
    view = plot.picture
    image = QImage(view.size() * SHARPER, QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.white if not resources.is_dark() else Qt.GlobalColor.black)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    view.render(painter, QRectF(image.rect()), view.rect())
    painter.end()
    content, buffer = QByteArray(), QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")  # type: ignore[call-overload]  # the stubs name the format bytes, PySide6 wants text
    content = buffer.data()
    return bytes(content.data())


def _svg(plot: LossPlot) -> bytes:
    view, buffer, generator = plot.picture, QBuffer(), QSvgGenerator()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    generator.setOutputDevice(buffer)
    generator.setSize(QSize(view.width(), view.height()))
    generator.setViewBox(QRectF(0, 0, view.width(), view.height()))
    generator.setTitle("Learning curve")
    painter = QPainter(generator)
    view.render(painter, QRectF(0, 0, view.width(), view.height()), view.rect())
    painter.end()
    return bytes(buffer.data().data())


def _csv(plot: LossPlot) -> bytes:
    table = io.StringIO()
    writer = csv.writer(table)
    unit = plot.unit()
    writer.writerow(["step", f"what it reads ({unit})", "spread", f"never seen ({unit})"])
    for row in plot.numbers():
        writer.writerow([row.step, *(_plain(value) for value in (row.smooth, row.spread, row.heldout))])
    return table.getvalue().encode()


def _plain(value: float | None) -> str:
    return "" if value is None else f"{value:.5g}"
