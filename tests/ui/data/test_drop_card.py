"""The first thing that somebody sees of a new project."""

from pytestqt.qtbot import QtBot

from textgen_gui.ui.data.drop_card import add_buttons, drop_card
from textgen_gui.ui.parts import resources
from textgen_gui.ui.parts.preferences import Theme


def test_it_fits_into_a_small_window_with_large_text(qtbot: QtBot) -> None:
    resources.apply_theme(Theme.LIGHT, 200)
    try:
        card = drop_card(*add_buttons(lambda: None, lambda: None))
        qtbot.addWidget(card)
        assert card.minimumSizeHint().width() < 700
    finally:
        resources.apply_theme(Theme.LIGHT)
