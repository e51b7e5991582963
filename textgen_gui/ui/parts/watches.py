"""Everything that watches the keys, the wheel and the focus of a whole window."""

from PySide6.QtWidgets import QWidget

from .enter import EnterPresses
from .focus import FocusInSight
from .number_limits import NumberLimits
from .second_press import SecondPress
from .wheel import WheelGuard


def watch(window: QWidget) -> None:
    """``window`` has to be shown, or to have a native window by other means."""
    for kind in (WheelGuard, EnterPresses, NumberLimits, SecondPress, FocusInSight):
        kind(window)
