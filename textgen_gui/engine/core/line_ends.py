"""Line ends that are none for most programs: Shift+Return in an editor, old printers, other systems."""

ODD = "\v\x85\u2028\u2029"

_plain = str.maketrans(dict.fromkeys(ODD, "\n"))


def plain(text: str) -> str:
    """With usual line ends in their place, character by character, so that positions stay."""
    return text.translate(_plain)
