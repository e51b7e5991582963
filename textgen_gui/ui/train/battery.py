"""Tells when the computer changes between mains and battery."""

import psutil
from PySide6.QtCore import QObject, QTimer, Signal

LOOK_MS = 5000


class BatteryWatch(QObject):
    """Signal: ``changed(on_battery)``. Looks only between ``start`` and ``stop``."""

    changed = Signal(bool)

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._on_battery = False
        self._timer = QTimer(self)
        self._timer.timeout.connect(self.look)

    def start(self) -> None:
        self._on_battery = False
        self._timer.start(LOOK_MS)
        self.look()

    def stop(self) -> None:
        self._timer.stop()

    def look(self) -> None:
        """A computer without a battery is never on battery."""
        battery = psutil.sensors_battery() if hasattr(psutil, "sensors_battery") else None
        now = battery is not None and not battery.power_plugged
        if now != self._on_battery:
            self._on_battery = now
            self.changed.emit(now)
