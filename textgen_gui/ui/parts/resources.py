"""Colours, style sheet, icons and sample text: the only reader of resources/; and folders shown elsewhere."""

import functools
import re
from pathlib import Path

from PySide6.QtCore import QByteArray, QObject, QRectF, Qt, QUrl, Signal
from PySide6.QtGui import (
    QColor,
    QDesktopServices,
    QFont,
    QGuiApplication,
    QIcon,
    QPainter,
    QPalette,
    QPixmap,
    QPixmapCache,
)
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QApplication

from ...engine.core import home
from .preferences import Theme

ICON = 18  # pixels

light = {
    "window": "#f6f5f2",
    "card": "#ffffff",
    "text": "#23282d",
    "muted": "#5d646f",
    "faint": "#8f959e",
    "border": "#dedcd6",
    "accent": "#2c6e6a",
    "accent_strong": "#225855",
    "on_accent": "#ffffff",
    "tint": "#e6f0ef",
    "notice": "#fdf3e1",
    "fault": "#a8321f",
    "ink": "#23625e",
}
dark = {
    "window": "#1b1c1f",
    "card": "#242629",
    "text": "#e8e6e1",
    "muted": "#a3a8b0",
    "faint": "#757a83",
    "border": "#3a3d42",
    "accent": "#6cc0b8",
    "accent_strong": "#86d3cb",
    "on_accent": "#10211f",
    "tint": "#26383a",
    "notice": "#3a3222",
    "fault": "#f29b86",
    "ink": "#9fd2cb",
}
# Backgrounds for neighbouring tokens in the preview; told apart by their borders too, not by colour alone.
token_tints = {False: ("#dcebe9", "#f3e7d3", "#e4e2f2", "#e3eedb"), True: ("#2b4644", "#4b4030", "#3b3a54", "#364a2f")}
# Behind words that the model found likely, hesitant or surprising.
confidence_tints = {False: ("#eef4f3", "#f8ecd2", "#f6d9cc"), True: ("#26383a", "#4a3f25", "#5a342a")}


def sample_text() -> Path:
    return home.resources() / "sample.txt"


def is_dark() -> bool:
    return QApplication.palette().color(QPalette.ColorRole.Window).lightness() < 128


def colours() -> dict[str, str]:
    return dark if is_dark() else light


class ThemeChanges(QObject):
    """Signal: ``happened()``: another theme, or another size of text."""

    happened = Signal()


@functools.cache
def theme_changes() -> ThemeChanges:
    return ThemeChanges()


def theme_in_use() -> str:
    """Of which theme and size the present look is; empty before there is one."""
    application = QApplication.instance()
    return str(application.property("theme") or "") if application else ""


def apply_theme(theme: Theme, zoom: int = 100) -> None:
    """Palette and style sheet come from one table of colours. ``zoom``: the size of text in percent of the usual."""
    system_is_dark = QGuiApplication.styleHints().colorScheme() == Qt.ColorScheme.Dark
    table = dark if theme is Theme.DARK or (theme is Theme.SYSTEM and system_is_dark) else light
    application, wanted = QApplication.instance(), f"{table['window']} {zoom}"
    if theme_in_use() == wanted:
        return
    QApplication.setPalette(_palette(table))
    if isinstance(application, QApplication):
        application.setProperty("theme", wanted)
        application.setFont(_zoomed(application, zoom))
        theme_changes().happened.emit()


def zoomed() -> float:
    """How much larger text is than usual."""
    application = QApplication.instance()
    usual = application.property("usual_size") if application else None
    return QApplication.font().pointSizeF() / usual if usual else 1.0


def _zoomed(application: QApplication, zoom: int) -> QFont:
    font = application.font()
    usual = application.property("usual_size") or font.pointSizeF()
    application.setProperty("usual_size", usual)
    font.setPointSizeF(usual * zoom / 100)
    return font


def _palette(table: dict[str, str]) -> QPalette:
    role = QPalette.ColorRole
    palette = QPalette(QColor(table["window"]))
    for roles, name in (
        ((role.Window, role.AlternateBase), "window"),
        ((role.Base, role.Button, role.ToolTipBase), "card"),
        ((role.WindowText, role.Text, role.ButtonText, role.ToolTipText), "text"),
        ((role.Highlight, role.Link, role.Accent), "accent"),
        ((role.HighlightedText,), "on_accent"),
        ((role.PlaceholderText,), "faint"),
        ((role.Mid, role.Dark), "border"),
    ):
        for one in roles:
            palette.setColor(one, QColor(table[name]))
    for one in (role.WindowText, role.Text, role.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, one, QColor(table["faint"]))
    return palette


def style_sheet() -> str:
    """That of the present theme and size."""
    return _style_sheet(theme_in_use(), QApplication.font().pointSizeF())


@functools.lru_cache(maxsize=4)
def _style_sheet(theme: str, size: float) -> str:
    table = colours()
    times = {"title": 1.6, "number": 1.25, "small": 0.92, "usual": 1.0}
    sizes = {name: f"{round(size * factor, 1)}pt" for name, factor in times.items()}
    sheet = (home.resources() / "style.qss").read_text(encoding="utf-8")
    sizes["icon_size"] = f"{round(ICON * zoomed())}px"  # buttons without an icon are as high as those with one
    more = {"icons": (home.resources() / "icons").as_posix(), "mark": "dark" if table is dark else "light"}
    for name, value in sorted({**table, **sizes, **more}.items(), key=lambda item: -len(item[0])):
        sheet = sheet.replace(f"@{name}", value)
    return re.sub(r"@(\d+)(?:-(\d+))?px", _grown, sheet)


def _grown(pixels: re.Match[str]) -> str:
    """What grows with the text, as boxes to tick do; less a border that does not."""
    return f"{round(int(pixels[1]) * zoomed()) - int(pixels[2] or 0)}px"


def icon(name: str, colour: str = "text") -> QIcon:
    """An SVG of resources/icons in a colour of the present theme, sharp at any scale."""
    return _icon(name, colours()[colour], colours()["faint"])


@functools.cache  # a few icons stand on more than a hundred buttons
def _icon(name: str, colour: str, disabled: str) -> QIcon:
    source = (home.resources() / "icons" / f"{name}.svg").read_text(encoding="utf-8")
    result = QIcon()
    for mode, shown in ((QIcon.Mode.Normal, colour), (QIcon.Mode.Disabled, disabled)):
        for size in (24, 48, 96):
            result.addPixmap(_drawn(source.replace("#000000", shown), size), mode)
    return result


def _drawn(source: str, size: int) -> QPixmap:
    key, known = f"{size} {source}", QPixmap()
    if QPixmapCache.find(key, known):  # a window has hundreds of them, and most are the same
        return known
    pixmap = QPixmap(size, size)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    QSvgRenderer(QByteArray(source.encode())).render(painter, QRectF(0, 0, size, size))
    painter.end()
    QPixmapCache.insert(key, pixmap)
    return pixmap


def open_folder(folder: Path) -> None:
    """Shows a folder in the system's file manager."""
    QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder)))


def logo() -> QIcon:
    return QIcon(str(home.resources() / "icons" / "app.svg"))
