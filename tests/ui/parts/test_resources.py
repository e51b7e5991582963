"""The colours of both themes."""

import pytest

from textgen_gui.ui.parts import resources


@pytest.mark.parametrize("theme", [resources.light, resources.dark])
def test_text_can_be_read(theme: dict[str, str]) -> None:
    """Contrast of at least 4.5 to 1, as the accessibility guidelines ask (WCAG 2.2, 1.4.3)."""
    for front in ("text", "muted", "accent", "ink"):
        for back in ("window", "card"):
            assert contrast(theme[front], theme[back]) >= 4.5, (front, back)
    assert contrast(theme["on_accent"], theme["accent"]) >= 4.5


def contrast(one: str, other: str) -> float:
    lights = sorted((_luminance(one), _luminance(other)))
    return (lights[1] + 0.05) / (lights[0] + 0.05)


def _luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
