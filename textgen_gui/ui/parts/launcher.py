"""How far a training is, on the icon in the taskbar or the dock: KDE's, Ubuntu's and others listen to this signal.

A desktop that does not listen is not disturbed by it. Windows and macOS have ways of their own, which Qt does not offer
any more: there the share stands in the title of the window only.
"""

import os
import sys

from PySide6.QtGui import QGuiApplication

from . import desktop_bus


def show_share(share: float | None) -> None:
    """``share``: of the training that is done, 0 to 1; None: nothing trains."""
    if sys.platform != "linux" or not os.environ.get(desktop_bus.ADDRESS) or desktop_bus.is_silent():
        return  # without an address Qt would start a bus of its own
    from PySide6.QtDBus import QDBusConnection, QDBusMessage  # nothing needs it before a training

    about = {"progress": share or 0.0, "progress-visible": share is not None}
    message = QDBusMessage.createSignal("/org/textgen_gui/TextGenGUI", "com.canonical.Unity.LauncherEntry", "Update")
    message.setArguments([f"application://{QGuiApplication.desktopFileName()}.desktop", about])
    QDBusConnection.sessionBus().send(message)
