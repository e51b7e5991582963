"""Line ends that are none for most programs: Shift+Return in an editor, old printers, other systems."""

ODD = "\v\x85\u2028\u2029"


def plain(text: str) -> str:
    """With usual line ends in their place, character by character, so that positions stay."""
    for odd in ODD:  # which is forty times as fast as a translation of each character
        text = text.replace(odd, "\n")
    return text
