"""Subtitles: what is said, and nothing else."""

from pathlib import Path

import pytest

from textgen_gui.engine.core.errors import TextError

from . import REPORTS, read


def test_srt() -> None:
    lines = read(REPORTS / "film.srt").text.split("\n")
    assert lines == [f"Line {n} of the film." for n in range(1, len(lines) + 1)] and len(lines) > 10


def test_what_is_for_the_screen_goes(tmp_path: Path) -> None:
    content = (
        "1\r\n00:00:01,000 --> 00:00:02,500 X1:1\r\n{\\an8}<font color='red'>- 1984?</font>\r\n- No, 3 < 4.\r\n\r\n"
        "2\r\n00:00:03,000 --> 00:00:04,000\r\n42\r\n3\r\n00:00:05,000 --> 00:00:06,000\r\n\r\n"
        "4\r\n1:00:07.000 --> 1:00:08.000\r\n<i>The end.</i>\r\n"
    )
    (tmp_path / "a.srt").write_bytes(content.encode())
    assert read(tmp_path / "a.srt").text == "- 1984?\n- No, 3 < 4.\n42\nThe end."


def test_vtt(tmp_path: Path) -> None:
    content = """WEBVTT - A film

STYLE
::cue { color: red }

NOTE translated by nobody

intro
00:01.000 --> 00:04.000 align:start
<v Ann>Are you &amp; Ben coming?</v>

00:05.000 --> 00:06.000
<c.yellow>Only <00:00:05.500>if</c> the weather holds.

00:06.000 --> 00:07.000
Only if the weather holds.
"""
    (tmp_path / "a.vtt").write_text(content)
    assert read(tmp_path / "a.vtt").text == "Are you & Ben coming?\nOnly if the weather holds."


def test_a_blank_line_within_a_cue_loses_nothing(tmp_path: Path) -> None:
    content = (
        "1\n00:00:01,000 --> 00:00:02,000\n{y:i}How many,\n\nif any?\n\n42\n\n2\n00:00:03,000 --> 00:00:04,000\nSo.\n"
    )
    (tmp_path / "a.srt").write_text(content)
    assert read(tmp_path / "a.srt").text == "How many,\nif any?\n42\nSo."


def srt(*cues: tuple[float, float, str]) -> str:
    """Cues of seconds and lines."""
    times = ([f"00:00:{second:06.3f}".replace(".", ",") for second in cue[:2]] for cue in cues)
    return "".join(
        f"{n}\n{' --> '.join(time)}\n{cue[2]}\n\n" for n, (time, cue) in enumerate(zip(times, cues, strict=True), 1)
    )


def test_what_is_said_twice_is_read_twice(tmp_path: Path) -> None:
    """A refrain, and somebody who says No again: in the subtitles of programs that listen, cue follows on cue."""
    for cues, text in (
        ([(n, n + 1, "Row, row.") for n in range(3)], "Row, row.\nRow, row.\nRow, row."),
        ([(1, 2, "No!"), (3.5, 4, "No!"), (4.01, 5, "No!\nI said no.")], "No!\nNo!\nNo!\nI said no."),
    ):
        (tmp_path / "a.srt").write_text(srt(*cues))
        assert read(tmp_path / "a.srt").text == text


def test_captions_that_roll_are_read_once(tmp_path: Path) -> None:
    """Each line is shown again above the next one: with a moment between, which nobody sees, or without."""
    lines = [f"line {n}" for n in range(6)]
    rolling = [(n, n + 1, f"{lines[n - 1]}\n{lines[n]}" if n else lines[0]) for n in range(6)]
    moments = [(n + 0.99, n + 1, lines[n]) for n in range(6)]
    for cues in (rolling, sorted([*((a, b - 0.01, text) for a, b, text in rolling), *moments])):
        (tmp_path / "a.srt").write_text(srt(*cues))
        assert read(tmp_path / "a.srt").text == "\n".join(lines)


@pytest.mark.parametrize(
    "times",
    [
        "00:00:01 --> 00:00:02",
        "00:00:01:000 --> 00:00:02:000",
        "00: 00: 01, 000 --> 00: 00: 02, 000",
        "0:01.5 -> 0:02.0",
        "00:00:01,000 –> 00:00:02,000",
        "00:01:500 --> 00:02:000",
    ],
)
def test_times_as_other_programs_write_them(tmp_path: Path, times: str) -> None:
    (tmp_path / "a.srt").write_text(f"1\n{times}\nHello.\n\n2\n00:00:03,000 --> 00:00:04,000\nBen.\n")
    assert read(tmp_path / "a.srt").text == "Hello.\nBen."


def test_a_file_without_times_is_refused_for_what_it_is(tmp_path: Path) -> None:
    (tmp_path / "a.srt").write_text("Hello there,\nmy old friend.\n")
    with pytest.raises(TextError, match="has no times as subtitles have them"):
        read(tmp_path / "a.srt")


def test_a_number_that_is_said_is_no_number_of_a_cue(tmp_path: Path) -> None:
    times = ("00:00:01,000 --> 00:00:02,000", "00:00:03,000 --> 00:00:04,000", "00:00:05,000 --> 00:00:06,000")
    (tmp_path / "a.srt").write_text(f"{times[0]}\nThe year?\n1984\n\n{times[1]}\n1985\n{times[2]}\nNo.\n")
    assert read(tmp_path / "a.srt").text == "The year?\n1984\n1985\nNo."
    (tmp_path / "b.srt").write_text(f"{times[0]}\nThe year?\n1984\n\n2\n{times[1]}\n1985\n\n3\n{times[2]}\nNo.\n")
    assert read(tmp_path / "b.srt").text == "The year?\n1984\n1985\nNo."
    (tmp_path / "c.srt").write_text(f"\ufeff1\n{times[0]}\n1984\n2\n{times[1]}\nNo.\n")
    assert read(tmp_path / "c.srt").text == "1984\nNo."


def test_those_that_break_off_before_the_words_of_a_cue_are_told(tmp_path: Path) -> None:
    whole = "1\n00:00:01,000 --> 00:00:02,500\nAt 12:30?\n\n2\n00:00:03,000 --> 00:00:04,000\nAt 12:45.\n"
    silent = f"{whole[:-10]}\n"
    broken = (whole[:-10], whole[:-20], whole[:-36])
    for content in (*broken, whole, silent, silent.replace("\n", "\r\n")):
        (tmp_path / "a.srt").write_bytes(content.encode())
        assert ("breaks off" in read(tmp_path / "a.srt").warnings) == (content in broken), content
    (tmp_path / "a.vtt").write_text(f"WEBVTT\n\n{silent}")
    assert not read(tmp_path / "a.vtt").warnings


def test_that_names_of_speakers_are_not_learnt_is_said(tmp_path: Path) -> None:
    cue = "00:00:0{0}.000 --> 00:00:0{0}.900\n{1}\n\n"
    said = cue.format(1, "<v Ann Lee>Hello there.</v>") + cue.format(3, "<v Ben>Hi Ann.</v>")
    (tmp_path / "a.vtt").write_text(f"WEBVTT\n\n{said}")
    found = read(tmp_path / "a.vtt")
    assert found.text == "Hello there.\nHi Ann." and "Who speaks is not learnt." in found.warnings
    (tmp_path / "b.vtt").write_text(f"WEBVTT\n\n{cue.format(1, 'Hello there.')}")
    assert "speaks" not in read(tmp_path / "b.vtt").warnings
