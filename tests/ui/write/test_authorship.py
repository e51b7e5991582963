"""The words of models stand in an ink of their own, on the page and nowhere else."""

import time

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QGuiApplication, QTextCursor
from pytestqt.qtbot import QtBot

from textgen_gui.engine.core.draft import Done
from textgen_gui.engine.core.events import ModelChosen
from textgen_gui.engine.core.generation_config import GenerateConfig
from textgen_gui.ui.main_window import MainWindow
from textgen_gui.ui.parts import resources, widgets
from textgen_gui.ui.parts.preferences import Preferences, Theme
from textgen_gui.ui.write.authors import Written, left, standing
from textgen_gui.ui.write.editor import Layer
from textgen_gui.ui.write.write_tab import WriteTab
from textgen_gui.ui.write.writing_desk import WritingDesk

from ..using import settled, tabs
from ..wanted import action
from .desk import at_end, closed, generated, written

MODEL = ModelChosen("runs/001 a/checkpoints/step-1", "x", "1")
RIVER = "The river came down in the night and took the bridge with it, and the old mill. "


def wrote(text: str, prompt: str = "") -> Done:
    return Done(MODEL, prompt, GenerateConfig(), generated(text))


def of_model(done: list[Done], page: str) -> list[str]:
    known = Written()
    known.learn(done)
    return [page[start:end] for start, end in known.stretches(page)]


@pytest.mark.parametrize("at", range(1, len(RIVER) - 2))
def test_both_sides_of_what_one_types_within_it_stay_the_model_s(at: int) -> None:
    """Only what was twenty letters and more did, of a longer one thirty."""
    before, behind = RIVER[:at].strip(), RIVER[at:].strip()
    known = of_model([wrote(RIVER, "It was in spring when it had rained for a week. ")], f"{before} ZZZ {behind}")
    few = [part for part in (before, behind) if len("".join(part.split())) < 6]
    assert [part for part in (before, behind) if part not in few] == known


def test_a_short_text_is_known_around_what_one_types_within_it() -> None:
    begun, text = "And so we came at last to the old", " mill that nobody had seen."
    done = [wrote(text, begun)]
    assert of_model(done, f"{begun} mill that ZZZ nobody had seen. And so") == ["mill that", "nobody had seen."]
    assert of_model(done, f"{begun} mill that nobody ZZZ had ZZZ seen by you.") == ["mill that nobody"]
    long = RIVER.replace("the bridge", "a whole sentence of my own, which is not as short as a word")
    assert of_model([wrote(RIVER)], long) == ["The river came down in the night and took", "with it, and the old mill."]


def test_a_word_of_one_s_own_that_the_model_has_used_too_is_one_s_own() -> None:
    done = [wrote("They came down in the night and took the bridge with that.")]
    assert of_model(done, "They knew. We came down in the night and took the bridge with it. I knew that.") == [
        "came down in the night and took the bridge with"
    ]


def test_a_line_of_one_s_own_that_the_model_repeats_stays_one_s_own() -> None:
    """A refrain became the model's as soon as it wrote it too."""
    refrain = "In the red notebook a harbour lies asleep,"
    text = f" and nobody has seen the sea before it was there. {refrain} and so do I in the morning."
    assert of_model([wrote(text, refrain)], refrain + text) == [text.strip()]
    assert of_model([wrote(text, refrain)], f"{refrain} I wrote alone.") == []
    again = f" The bells ring again. {refrain} and nobody has seen the sea before it was there."
    done = [wrote(text, refrain), wrote(again, refrain + text)]
    assert "".join(of_model(done, refrain + text + again)).endswith("sea before it was there.")
    assert not of_model(done, refrain)


def test_a_few_letters_are_of_whoever_wrote_them_there() -> None:
    """A model that was stopped on another page after a few letters was credited with this one, and the check failed."""
    page = f"In winter the {RIVER}"
    stopped = [wrote("the", "It was"), wrote("wi", ""), wrote("In", "")]
    assert standing([*stopped, wrote(RIVER, "In winter the ")], page) == [stopped[2], wrote(RIVER, "In winter the ")]
    assert standing([wrote(" the", "In winter")], page) == [wrote(" the", "In winter")]
    assert standing(stopped[:2], page) == []
    short = wrote("Snow fell softly", "")
    assert standing([short], "My title\n\nSnow fell softly") == [short], "more than a few"
    rose, mended = wrote(" sea rose higher", "In winter the"), "In summer the sea rose higher"
    assert standing([rose], mended) == left([rose], mended) == [rose]


def test_who_wrote_nothing_is_no_author_of_a_page() -> None:
    """A model that had ended its text at once was named as the author of words that somebody typed alone."""
    assert standing([wrote("", "The station"), wrote("  ", "")], "The station is white.") == []
    assert standing([wrote("", "The"), wrote(RIVER, "The")], f"The {RIVER}")[0].event.text == RIVER


def test_a_text_that_goes_round_in_circles_is_one_stretch() -> None:
    """Each is looked at anew with each key."""
    assert of_model([wrote("ha " * 1000)], "ha " * 1000) == [("ha " * 1000).strip()]


def test_a_word_behind_what_another_model_wrote_is_known_too() -> None:
    done = [wrote(RIVER), wrote("Nobody.", f"So it was. {RIVER}"), wrote(" Why?", f"So it was. {RIVER}Nobody.")]
    assert of_model(done, f"So it was. {RIVER}Nobody. Why? I ask.") == [RIVER.strip(), "Nobody.", "Why?"]


def test_its_words_are_known_whatever_was_changed_around_them() -> None:
    done = [wrote(RIVER), wrote("Nobody had seen it, said the miller, before the morning was there.")]
    assert of_model(done, f"I say: {RIVER}And so on.") == [RIVER.strip()]
    assert of_model(done, RIVER.replace("the bridge", "my own bridge")) == [
        "The river came down in the night and took",
        "bridge with it, and the old mill.",
    ]
    assert of_model(done, RIVER.replace(" ", "\n")) == [RIVER.strip().replace(" ", "\n")], "lines may be joined"
    assert of_model(done, f"{done[1].event.text} {RIVER}") == [done[1].event.text, RIVER.strip()]
    assert not of_model(done, "The river is wide, and the bridge is old; nobody had seen the miller.")


def test_a_word_or_two_are_known_where_they_were_written() -> None:
    done = [wrote(" mill.", "And so we came at last to the old")]
    assert of_model(done, "And so we came at last to the old mill. A mill.") == ["mill."]
    assert not of_model(done, "There was a mill."), "anybody may write that"


@pytest.mark.parametrize("text", ["", " \n"])
def test_a_model_that_wrote_nothing_has_no_words_on_the_page(text: str) -> None:
    """What stood before it was looked for, and its end lay beyond that of the page."""
    before = "And so we came at last to the old"
    assert of_model([wrote(text, before)], before) == of_model([wrote(text, before)], f"{before} mill.") == []


def test_a_text_that_grows_is_learnt_once() -> None:
    done, known = [wrote(RIVER)], Written()
    known.learn(done)
    done.append(wrote("Nobody had seen it, said the miller."))
    assert list(known.stretches("Nobody had seen it, said the miller.")) == [], "not yet"
    known.learn(done)
    assert len(list(known.stretches("Nobody had seen it, said the miller."))) == 1
    known.learn([])
    assert not list(known.stretches(RIVER)), "of another project"


def inked(desk: WritingDesk) -> str:
    return "|".join(one.cursor.selectedText() for one in desk.page._layers[Layer.AUTHORS] if one.cursor.hasSelection())


@pytest.mark.parametrize("theme", [Theme.LIGHT, Theme.DARK])
def test_what_the_model_wrote_is_told_from_what_one_types(
    qtbot: QtBot, window: MainWindow, tab: WriteTab, theme: Theme
) -> None:
    desk = tab.desk
    resources.apply_theme(theme)
    at_end(desk, "I say: ")
    page = written(qtbot, window, desk)
    its = desk.done[-1].event.text
    qtbot.waitUntil(lambda: "".join(inked(desk).split()) == "".join(its.split()), timeout=3000)
    look = desk.page._layers[Layer.AUTHORS][0].format
    assert look.foreground().color().name() == resources.colours()["ink"] != resources.colours()["text"]
    desk.confidence.switch.setChecked(True)
    tinted = desk.page._layers[Layer.CONFIDENCE]
    assert tinted and all(one.format.foreground().color() == look.foreground().color() for one in tinted)
    desk.confidence.switch.setChecked(False)
    qtbot.keyClicks(desk.page, " and this is mine")
    qtbot.wait(200)
    assert "mine" not in inked(desk)
    desk.copy()
    data = QGuiApplication.clipboard().mimeData()
    assert data.text() == widgets.text_of(desk.page) and page in data.text() and not data.hasHtml()
    resources.apply_theme(Theme.LIGHT)


def coloured(desk: WritingDesk) -> int:
    """Points of the page in the model's ink, as they are drawn."""
    ink = QColor(resources.colours()["ink"]).rgb()
    image = desk.page.viewport().grab().toImage()
    return sum(image.pixel(x, y) == ink for x in range(image.width()) for y in range(image.height()))


def test_two_of_its_texts_that_touch_each_other_are_both_drawn(qtbot: QtBot, tab: WriteTab) -> None:
    """Qt does not draw the second of two such stretches; all of a paragraph behind the first was black."""
    desk = tab.desk
    at_end(desk, RIVER)
    desk.draft.done.append(wrote(RIVER))
    desk.authorship.show_visible()
    whole = coloured(desk)
    desk.draft.done[:] = [wrote(RIVER[:34]), wrote(RIVER[34:])]
    desk.authorship.show_visible()
    assert coloured(desk) == whole > 100
    desk.draft.done[:] = [wrote(RIVER[:34])]
    desk.pieces.begin(34)
    desk.authorship.begin(34)
    desk.pieces._cursor.setPosition(len(RIVER))  # as far as it has written
    desk.authorship.show_visible()
    assert coloured(desk) == whole, "also while it writes"


def test_it_is_there_again_after_undo_and_redo(qtbot: QtBot, window: MainWindow, tab: WriteTab) -> None:
    desk = tab.desk
    at_end(desk, "I say: ")
    written(qtbot, window, desk)
    qtbot.waitUntil(lambda: bool(inked(desk)), timeout=3000)
    before = inked(desk)
    qtbot.keyClick(desk.page, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: not inked(desk), timeout=3000)
    qtbot.keyClick(desk.page, Qt.Key.Key_Y, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: inked(desk) == before, timeout=3000)


def test_it_grows_while_the_model_writes(qtbot: QtBot, tab: WriteTab) -> None:
    desk = tab.desk
    at_end(desk, "I say: ")
    desk.pieces.begin(7)
    desk.authorship.begin(7)
    for piece in ("The", " river", " came"):
        desk.pieces.add(piece)
        desk.pieces.flush()
    qtbot.waitUntil(lambda: inked(desk) == "The river came", timeout=3000)
    desk.pieces.add(" down")
    desk.pieces.flush()
    assert inked(desk) == "The river came down", "at once: no word is in one ink first and then in another"


def test_what_comes_into_sight_when_the_window_grows_is_in_its_ink(
    qtbot: QtBot, window: MainWindow, tab: WriteTab
) -> None:
    desk = tab.desk
    desk.draft.done.extend(wrote(f"{number} {RIVER * 3}") for number in range(60))
    window.resize(1000, 500)
    at_end(desk, "\n".join(one.event.text for one in desk.done))
    desk.page.moveCursor(QTextCursor.MoveOperation.Start)
    qtbot.waitUntil(lambda: "0 " in inked(desk), timeout=3000)
    before = len(inked(desk))
    window.resize(1000, 1400)
    qtbot.waitUntil(lambda: len(inked(desk)) > 1.3 * before, timeout=3000)


def test_it_is_switched_in_the_menu_and_comes_back_with_the_page(
    qtbot: QtBot, window: MainWindow, tab: WriteTab
) -> None:
    desk, entry = tab.desk, action(window, "Model's words in another ink")
    at_end(desk, "I say: ")
    written(qtbot, window, desk)
    qtbot.waitUntil(lambda: bool(inked(desk)), timeout=3000)
    entry.trigger()
    assert not inked(desk) and not Preferences().shows_authors and not entry.isChecked()
    entry.trigger()
    assert inked(desk) and Preferences().shows_authors
    assert tab.opened
    project = tab.opened.project
    closed(qtbot, window)
    window.open_project(project.folder)
    settled(qtbot, window)
    window.tabs.setCurrentIndex(2)
    desk = tabs(window)[2].desk
    qtbot.waitUntil(lambda: bool(inked(desk)), timeout=3000)


def test_a_long_page_stays_quick(qtbot: QtBot, tab: WriteTab) -> None:
    desk = tab.desk
    desk.draft.done.extend(wrote(f"{number} {RIVER * 20}") for number in range(60))
    at_end(desk, "\n".join(one.event.text for one in desk.done))
    desk.page.moveCursor(QTextCursor.MoveOperation.End)
    desk.authorship.show_visible()
    assert inked(desk)
    began = time.thread_time()
    desk.authorship.show_visible()
    assert time.thread_time() - began < 0.05
