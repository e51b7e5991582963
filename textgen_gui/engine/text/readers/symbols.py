"""Signs of the fonts Symbol and Wingdings, which stand in documents as numbers of the font."""

_symbol = dict(
    zip(
        [0x22, 0x24, 0x27, 0x2D, *range(0x40, 0x5B), 0x5C, 0x5E, *range(0x61, 0x7B), 0x7E],
        "∀∃∋−≅ΑΒΧΔΕΦΓΗΙϑΚΛΜΝΟΠΘΡΣΤΥςΩΞΨΖ∴⊥αβχδεφγηιϕκλμνοπθρστυϖωξψζ∼",
        strict=True,
    )
)
_symbol |= dict(
    zip(
        [*range(0xA0, 0xE3), 0xE5, 0xF1, 0xF2],
        "€ϒ′≤⁄∞ƒ♣♦♥♠↔←↑→↓°±″≥×∝∂•÷≠≡≈…⏐⎯↵ℵℑℜ℘⊗⊕∅∩∪⊃⊇⊄⊂⊆∈∉∠∇®©™∏√⋅¬∧∨⇔⇐⇑⇒⇓◊⟨®∑⟩∫",
        strict=True,
    )
)
# Those that Word makes of what people type, and marks of lists and forms.
_wingdings = dict(
    zip(
        [
            0x4A,
            0x4B,
            0x4C,
            0x6C,
            0x6E,
            0x6F,
            0x71,
            0xA7,
            0xA8,
            0xD8,
            0xDF,
            0xE0,
            0xE7,
            0xE8,
            0xF3,
            0xFB,
            0xFC,
            0xFD,
            0xFE,
        ],
        "☺😐☹●■☐❑▪◻➢←→←→⇔✗✓☒☑",
        strict=True,
    )
)
_fonts = {"symbol": _symbol, "wingdings": _wingdings}


def sign(font: str, number: str) -> str:
    """The sign as Unicode has it, "" where there is none. ``number``: hexadecimal; fonts of signs begin at F000."""
    try:
        code = int(number, 16)
    except ValueError:
        return ""
    known = _fonts.get(font.strip().lower())
    if known is None and not 0xE000 <= code < 0xF900:
        return chr(code) if 0x20 <= code < 0x110000 and not 0xD800 <= code < 0xE000 else ""
    code &= 0xFF
    return (known or {}).get(code, chr(code) if known is _symbol and 0x20 < code < 0x7F else "")
