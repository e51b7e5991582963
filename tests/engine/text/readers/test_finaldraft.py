"""Screenplays of Final Draft."""

from pathlib import Path

import pytest

from textgen_gui.engine.core.errors import TextError

from . import read

LINES = (
    ("Scene Heading", "<Text>INT. KITCHEN - DAY</Text>"),
    ("Action", "<Text>Anna pours the </Text><Text Style='Bold'>coffee</Text><Text>.</Text>"),
    ("Action", ""),
    ("Character", "<Text>ANNA</Text>"),
    ("Parenthetical", "<Text>(softly)</Text>"),
    ("Dialogue", "<ScriptNote><Paragraph><Text>too soft?</Text></Paragraph></ScriptNote><Text>You are late.</Text>"),
    (
        "General",
        "<DualDialogue><Paragraph Type='Character'><Text>BEN</Text></Paragraph>"
        "<Paragraph Type='Dialogue'><Text>I know.</Text></Paragraph></DualDialogue>",
    ),
)


def play(folder: Path, lines: str) -> Path:
    path = folder / "a.fdx"
    title = "<TitlePage><Content><Paragraph><Text>THE LATE MAN</Text></Paragraph></Content></TitlePage>"
    path.write_text(
        f"<?xml version='1.0'?><FinalDraft><Content>{lines}</Content>{title}</FinalDraft>", encoding="utf-8"
    )
    return path


def test_a_screenplay_is_laid_out_as_it_is_played(tmp_path: Path) -> None:
    found = read(play(tmp_path, "".join(f"<Paragraph Type='{kind}'>{text}</Paragraph>" for kind, text in LINES)))
    assert found.text == (
        "INT. KITCHEN - DAY\n\nAnna pours the coffee.\n\nANNA\n(softly)\nYou are late.\n\nBEN\nI know."
    )
    assert found.warnings == "Left out: 1 note, 1 title page."


def test_an_empty_or_damaged_one_is_refused(tmp_path: Path) -> None:
    for lines, why in (("<Paragraph/>", "no text"), ("<Paragraph>", "damaged")):
        with pytest.raises(TextError, match=why):
            read(play(tmp_path, lines))


def test_the_index_card_of_a_scene_is_a_note(tmp_path: Path) -> None:
    card = "<Summary><Paragraph><Text>Anna is late again</Text></Paragraph></Summary>"
    within = f"<SceneProperties>{card}</SceneProperties><Text>INT. KITCHEN</Text>"
    scene = f"<Paragraph Type='Scene Heading'>{within}</Paragraph>"
    empty = "<Paragraph Type='Scene Heading'><SceneProperties/><Text>EXT. STREET</Text></Paragraph>"
    found = read(play(tmp_path, scene + empty))
    assert found.text == "INT. KITCHEN\n\nEXT. STREET" and found.warnings == "Left out: 1 note, 1 title page."
