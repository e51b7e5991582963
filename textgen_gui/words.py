"""Numbers as people say them, always with their unit."""


def time_in_words(seconds: float) -> str:
    """45 s, 12 min, 3 h 20 min."""
    if seconds < 90:
        return f"{max(0, seconds):.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60:02} min"


def bytes_in_words(size: float) -> str:
    """512 bytes, 34 KB, 1.2 MB, 3.4 GB."""
    if size < 1000:
        return f"{size:.0f} bytes"
    for unit in ("KB", "MB", "GB"):
        size /= 1000
        if size < 1000:
            return f"{size:.0f} {unit}" if unit == "KB" or size >= 100 else f"{size:.1f} {unit}"
    return f"{size / 1000:.1f} TB"


def count_in_words(number: float) -> str:
    """950, 12 thousand, 3.4 million."""
    if number < 1000:
        return f"{number:.0f}"
    return f"{number / 1e3:.0f} thousand" if number < 999_500 else f"{number / 1e6:.1f} million"
