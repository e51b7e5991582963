"""Whatever can be pressed has been pressed by a test: what nobody tries does not work for long."""

from textgen_gui.ui.main_window import MainWindow

from . import pressed

# They hand over to the system, which shows nothing in a test.
ELSEWHERE = {"Open log folder", "Show project folder"}


def test_every_button_and_menu_entry_was_pressed(window: MainWindow) -> None:
    window.made_workspace()
    never = {pressed.called(control) for control in pressed.controls(window)} - pressed.pressed - ELSEWHERE
    assert not never, f"{len(never)} were never pressed:\n" + "\n".join(sorted(never))
