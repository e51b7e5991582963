"""The writing desk by real keys and clicks."""

import random
import threading
import time
from dataclasses import replace

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication, QTextCursor
from PySide6.QtWidgets import QAbstractButton, QPlainTextEdit
from pytestqt.qtbot import QtBot

from textgen_gui.engine.core.draft import Done
from textgen_gui.engine.core.events import ModelChosen, StopReason
from textgen_gui.engine.core.generation_config import GenerateConfig
from textgen_gui.engine.core.library import LibraryModel
from textgen_gui.engine.core.project import Project, Run
from textgen_gui.ui.main_window import MainWindow
from textgen_gui.ui.parts import widgets
from textgen_gui.ui.write import standing
from textgen_gui.ui.write.authors import left
from textgen_gui.ui.write.passage import GOING_ON, Passage
from textgen_gui.ui.write.write_tab import WriteTab
from textgen_gui.ui.write.writing_desk import Stage

from ...engine.runs import prepared_project
from ..using import click, settled, tabs
from ..wanted import action
from .desk import at_end, closed, damage_best, generated, set_values, written

LINE = "The old man walked along the shore and looked at the sea.\n"


def test_a_text_that_ended_by_itself_says_so(qtbot: QtBot, window: MainWindow, tab: WriteTab) -> None:
    """Of two hundred words that were asked for there were four, and nobody said why."""
    desk, said = tab.desk, list[str]()
    desk.said.connect(said.append)
    set_values(tab, max_new_tokens=8, min_new_tokens=8)
    at_end(desk, "The old")
    written(qtbot, window, desk)
    assert not said
    passage, event = Passage("", GenerateConfig(), desk.done[-1].model), generated("there was no fires")
    desk._finish(passage, event)
    assert not said
    desk._finish(passage, replace(event, stop_reason=StopReason.END_OF_TEXT))
    assert "by itself, after 4 words" in said[0]


def test_a_text_that_found_no_end_says_so(qtbot: QtBot, window: MainWindow, tab: WriteTab) -> None:
    desk, said = tab.desk, list[str]()
    desk.said.connect(said.append)
    set_values(tab, max_new_tokens=4, min_new_tokens=4)
    tab.how.more_form.controls["bias"].setPlainText("#40 = 100")  # type: ignore[attr-defined]  # no full stop
    at_end(desk, "The old")
    written(qtbot, window, desk)
    assert not said, "it ends where it has its length"
    tab.how.form.controls["end"].setCurrentText("sentence")  # type: ignore[attr-defined]
    written(qtbot, window, desk)
    assert "No sentence ended there, so it stops in the midst of one." in said[-1]


def test_who_asks_again_for_more_than_nothing_gets_some(qtbot: QtBot, window: MainWindow, tab: WriteTab) -> None:
    """It said that it goes on when one writes again, and ended again at once, each time."""
    desk, said = tab.desk, list[str]()
    desk.said.connect(said.append)
    set_values(tab, min_new_tokens=0)
    tab.how.more_form.controls["bias"].setPlainText("#0 = 100")  # type: ignore[attr-defined]  # the end of a text
    at_end(desk, "The old")
    assert written(qtbot, window, desk) == "The old" and "by itself, after 0 words" in said[-1]
    assert len(written(qtbot, window, desk).split()) > 2 and desk.done[-1].config.min_new_tokens == GOING_ON
    qtbot.keyClicks(desk.page, " and")
    before = widgets.text_of(desk.page)
    assert written(qtbot, window, desk) == before, "elsewhere it may end at once"


def test_one_undo_takes_back_what_was_written_at_once(qtbot: QtBot, window: MainWindow, tab: WriteTab) -> None:
    desk = tab.desk
    at_end(desk, "")
    qtbot.keyClicks(desk.page, "The old")
    assert len(written(qtbot, window, desk)) > len("The old")
    desk.page.undo()
    assert widgets.text_of(desk.page) == "The old"


@pytest.mark.parametrize(
    ("page", "at", "goes_on"),
    [
        ("The old lighthouse stands.", "The old light", "The old lighthouse"),
        ("I don't know.", "I do", "I don't"),
        ("une journée d’été là", "une journ", "une journée"),
        ("The old lighthouse. It", "The old light", "The old lighthouse."),
        ("“But why?” said he", "“But wh", "“But why?”"),
        ("The old lighthouse.", "The old lighthouse", "The old lighthouse"),
        ("The old lighthouse.", "The old", "The old"),
        ("The old lighthouse.", "The old ", "The old "),
        ("सब अच्छा है", "सब अच", "सब अच्छा"),
        ("𝒜 first line\nHe was gone", "𝒜 first line\nHe wa", "𝒜 first line\nHe was"),
        ("東京都は大きい町です", "東京都は大きい", "東京都は大きい"),
        ("วันนี้อากาศดี", "วันนี้", "วันนี้"),
    ],
)
def test_the_model_does_not_begin_within_a_word(
    qtbot: QtBot, window: MainWindow, tab: WriteTab, page: str, at: str, goes_on: str
) -> None:
    """The cursor stands wherever a click has put it. Some scripts have no space between words."""
    desk = tab.desk
    at_end(desk, page)
    desk.page.setTextCursor(desk.page.cursor_at(len(at.encode("utf-16-le")) // 2))
    written(qtbot, window, desk)
    assert desk.done[-1].prompt == goes_on


def test_the_model_goes_on_with_a_word_that_it_has_begun(qtbot: QtBot, window: MainWindow, tab: WriteTab) -> None:
    """Its piece may end in the middle of one."""
    desk = tab.desk
    at_end(desk, "The old house")
    desk.page.setTextCursor(desk.page.cursor_at(len("The old ho")))
    desk.pieces.begin(len("The old ho"))
    written(qtbot, window, desk)
    assert desk.done[-1].prompt == "The old ho"


def test_undo_and_redo_mean_the_page_also_where_a_button_has_the_focus(
    qtbot: QtBot, window: MainWindow, tab: WriteTab
) -> None:
    """Whoever has pressed Keep has not put the cursor back; no key takes a word from under a model that writes."""
    desk = tab.desk
    at_end(desk, "")
    qtbot.keyClicks(desk.page, "The old")
    page = written(qtbot, window, desk)
    click(qtbot, desk.save_button)
    settled(qtbot, window)
    desk.save_button.setFocus()
    qtbot.keyClick(desk.save_button, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert widgets.text_of(desk.page) == "The old"
    qtbot.keyClick(
        desk.save_button, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
    )
    assert widgets.text_of(desk.page) == page
    action(window, "Undo").trigger()
    assert widgets.text_of(desk.page) == "The old"
    action(window, "Redo").trigger()
    assert widgets.text_of(desk.page) == page
    action(window, "Undo").trigger()
    for pressed in (desk.save_button, desk.page):
        pressed.setFocus()
        qtbot.keyClick(pressed, Qt.Key.Key_Y, Qt.KeyboardModifier.ControlModifier)
        assert widgets.text_of(desk.page) == page, "as people know it, whatever the desktop calls Redo"
        qtbot.keyClick(pressed, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    desk.page.setReadOnly(True)
    for key in (Qt.Key.Key_Z, Qt.Key.Key_Y):
        qtbot.keyClick(desk.save_button, key, Qt.KeyboardModifier.ControlModifier)
        assert widgets.text_of(desk.page) == "The old"
    desk.page.setReadOnly(False)


def test_the_model_can_begin_by_itself_and_words_are_counted(qtbot: QtBot, window: MainWindow, tab: WriteTab) -> None:
    desk = tab.desk
    page = written(qtbot, window, desk)
    count = len(desk.page.toPlainText().split())
    qtbot.waitUntil(lambda: desk.words.text() == (f"{count} words" if count != 1 else "1 word"), timeout=2000)
    assert page == desk.done[0].event.text


def test_a_model_that_writes_in_place_of_a_damaged_one_says_so(
    qtbot: QtBot, window: MainWindow, tab: WriteTab, run: Run
) -> None:
    said: list[str] = []
    tab.said.connect(said.append)
    tab.told_done.connect(lambda words, step: said.append(words))
    damage_best(run)
    written(qtbot, window, tab.desk)
    assert "is damaged" in said[-1] and "is taken instead." in said[-1]
    words = said[-1]
    click(qtbot, tab.desk.save_button)
    settled(qtbot, window)
    assert said[-1].startswith("Kept as") and said[-1].endswith(words)


def test_the_words_are_counted_when_the_model_is_done(qtbot: QtBot, window: MainWindow, tab: WriteTab) -> None:
    set_values(tab, max_new_tokens=400, min_new_tokens=400)
    count = len(written(qtbot, window, tab.desk).split())
    assert count > 1 and tab.desk.words.text() == f"{count} words"


def test_a_page_that_is_kept_twice_is_one_text(qtbot: QtBot, window: MainWindow, tab: WriteTab, place: Project) -> None:
    """Also at two quick presses; not where a letter was changed, or the text was deleted."""
    desk = tab.desk
    said: list[str] = []
    tab.told_done.connect(lambda words, step: said.append(words))
    at_end(desk, "A page of mine\n")
    click(qtbot, desk.save_button)
    click(qtbot, desk.save_button)
    settled(qtbot, window)
    (file,) = place.generated_folder.glob("*.txt")
    assert said[-1] == "Kept already, as “A page of mine”."
    file.unlink()
    click(qtbot, desk.save_button)
    qtbot.keyClicks(desk.page, ".")
    click(qtbot, desk.save_button)
    settled(qtbot, window)
    assert len(list(place.generated_folder.glob("*.txt"))) == 2


def test_the_status_says_what_happens(qtbot: QtBot, window: MainWindow, tab: WriteTab) -> None:
    desk = tab.desk
    assert desk.status.text() == ""
    set_values(tab, max_new_tokens=3000, min_new_tokens=3000)
    click(qtbot, desk.write_button)
    assert desk.status.text() == "Loading the model …" and desk.page.isReadOnly()
    qtbot.waitUntil(lambda: desk.status.text() == "Writing …" and bool(widgets.text_of(desk.page)), timeout=20_000)
    qtbot.keyClick(window, Qt.Key.Key_Escape)
    settled(qtbot, window)
    assert desk.status.text().endswith("(seed) is 7") and not desk.page.isReadOnly()


def test_the_seed_is_told_until_the_next_writing(
    qtbot: QtBot, window: MainWindow, tab: WriteTab, place: Project
) -> None:
    """It went with the first letter that was typed, when nobody had needed it yet."""
    desk = tab.desk
    written(qtbot, window, desk)
    qtbot.keyClicks(desk.page, " and")
    qtbot.waitUntil(lambda: desk.status.text().endswith("wrote, last with the seed 7."), timeout=3000)
    closed(qtbot, window)
    window.open_project(place.folder)
    settled(qtbot, window)
    window.tabs.setCurrentIndex(2)
    desk = tabs(window)[2].desk
    qtbot.waitUntil(lambda: desk.status.text().endswith("wrote, last with the seed 7."), timeout=3000)
    desk.page.selectAll()
    qtbot.keyClicks(desk.page, "All of this is mine")
    qtbot.waitUntil(lambda: not desk.status.text(), timeout=3000)


def test_a_model_that_cannot_be_loaded_leaves_the_page_as_it_was(
    qtbot: QtBot, window: MainWindow, tab: WriteTab, place: Project
) -> None:
    desk = tab.desk
    at_end(desk, "The old")
    for checkpoint in place.runs()[0].checkpoints():
        checkpoint.manifest_file.write_text("{}")
    assert written(qtbot, window, desk) == "The old"
    assert window.notice.isVisible() and window.notice.words.text()
    assert desk.status.text() == "" and desk.write_button.isEnabled() and not desk.page.isReadOnly()


def test_without_a_model_nothing_can_be_written(
    qtbot: QtBot, window: MainWindow, tmp_path_factory: pytest.TempPathFactory
) -> None:
    window.open_project(prepared_project(tmp_path_factory.mktemp("none")).folder)
    settled(qtbot, window)
    desk = tabs(window)[2].desk
    assert desk.status.text().startswith("No model to write with yet.") and not desk.write_button.isEnabled()


def test_a_long_page_stays_quick(
    qtbot: QtBot, window: MainWindow, tab: WriteTab, starter: LibraryModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where models wrote on it: whose words stand there is looked at when much has changed, but for what has just
    been written, which is known."""
    desk = tab.desk
    assert window.opened
    window.opened.look()
    settled(qtbot, window)
    set_values(tab, max_new_tokens=60, min_new_tokens=60)
    page = written(qtbot, window, desk)
    desk.page.setPlainText(varied(1_000_000) + page)
    qtbot.waitUntil(lambda: not desk._counting.isActive(), timeout=3000)
    assert desk.status.text() == "On this page “test” wrote, last with the seed 7."
    asked: list[str] = []
    settled(qtbot, window)
    monkeypatch.setattr(standing, "left", lambda done, page: asked.append(page))
    desk.page.moveCursor(QTextCursor.MoveOperation.End)
    started = time.perf_counter()
    for letter in "and then":
        qtbot.keyClicks(desk.page, letter)
    assert (time.perf_counter() - started) / 8 < 0.1
    qtbot.waitUntil(lambda: not desk._counting.isActive(), timeout=3000)
    tab.model.choose("starter")
    set_values(tab, max_new_tokens=400, min_new_tokens=400)
    written(qtbot, window, desk)
    qtbot.keyClicks(desk.page, ".")
    assert not asked and desk.status.text() == "On this page “test” and “The starter” wrote, last with the seed 7."


def test_a_long_page_that_is_pasted_does_not_hold_the_window(
    qtbot: QtBot, window: MainWindow, tab: WriteTab, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A third of a second for each million letters on a busy computer, and longer where a model had written before."""
    desk, threads = tab.desk, list[threading.Thread]()

    def noted(done: list[Done], page: str) -> list[Done]:
        threads.append(threading.current_thread())
        return left(done, page)

    monkeypatch.setattr(standing, "left", noted)
    set_values(tab, max_new_tokens=60, min_new_tokens=60)
    page = written(qtbot, window, desk)
    QGuiApplication.clipboard().setText(varied(1_000_000))
    took, least_counted, count = list[float](), list[float](), desk._count

    def counted() -> None:
        began = time.thread_time()
        count()
        took.append(time.thread_time() - began)
        began = time.thread_time()
        len(desk.page.toPlainText().split())
        least_counted.append(time.thread_time() - began)  # in the same moment, which may be a slow one

    desk._counting.timeout.disconnect()
    desk._counting.timeout.connect(counted)
    bare = QPlainTextEdit()
    qtbot.addWidget(bare)
    began = time.thread_time()
    bare.paste()
    least = time.thread_time() - began  # on this computer, in this moment
    assert len(bare.toPlainText().split()) > 100_000
    began = time.thread_time()
    desk.page.paste()
    pasted = time.thread_time() - began
    assert pasted < max(0.1, 2 * least), (pasted, least)
    qtbot.waitUntil(lambda: bool(took), timeout=5000)
    assert took[0] < max(0.05, 2 * least_counted[0]), (took, least_counted)
    settled(qtbot, window)
    assert threads[-1] is not threading.main_thread(), "whose words stand on a long page"
    assert desk.status.text() == "On this page “test” wrote, last with the seed 7."
    desk.page.setPlainText(varied(1_000_000))
    qtbot.waitUntil(lambda: len(took) > 1 and not desk.status.text(), timeout=5000)
    desk.page.setPlainText(page)
    qtbot.waitUntil(lambda: "“test” wrote" in desk.status.text(), timeout=5000)


def varied(letters: int) -> str:
    """No two rows of its words are the same, as in a long text of somebody."""
    drawn = random.Random(7)
    words = ("".join(drawn.choices("abcdefghij", k=5)) for _ in range(letters // 6))
    return "".join(f"{word} " if at % 12 else f"{word}\n" for at, word in enumerate(words))


@pytest.mark.parametrize(
    "page, text, others",
    [
        ("", "老人沿着海岸走，看着大海，想起了他年轻时的那些日子，心里非常平静。", "他在海边。"),
        ("", "ชายชราเดินไปตามชายฝั่งและมองดูทะเลอย่างเงียบสงบในยามเย็น", "ชายชรา"),
        ("He walked along the shore with", " old Tom", "And old Tom said no word."),
        ("Hello", " you", "And you?"),
    ],
)
def test_words_have_an_author_in_every_language_and_if_they_are_few(page: str, text: str, others: str) -> None:
    """But none where others stand."""
    done = Done(ModelChosen("starter", ""), page, GenerateConfig(), generated(text))
    assert left([done], f"A title\n{page}{text} And on.") == [done]
    assert not left([done], others) and not left([done], page)
    assert not left([replace(done, event=generated(" "))], page)


def test_models_that_write_alike_are_told_apart(
    qtbot: QtBot, window: MainWindow, tab: WriteTab, run: Run, starter: LibraryModel
) -> None:
    """A passage that both learnt stands on the page of one of them, also when the project is opened again."""
    alike = "To Sherlock Holmes she is always the woman."
    first = Done(ModelChosen("starter", ""), "Once", GenerateConfig(), generated(f" {alike} He never spoke of her."))
    text = f" long ago. {alike} It was a cold day of March, and nobody came."
    second = Done(ModelChosen(f"runs/{run.name}", ""), "So it was", GenerateConfig(), generated(text))
    at_end(tab.desk, f"So it was{text}")
    tab.desk.draft.add(first)
    tab.desk.draft.add(second)
    closed(qtbot, window)
    window.open_project(run.project.folder)
    settled(qtbot, window)
    qtbot.waitUntil(lambda: tab.desk.status.text() == "On this page “test” wrote, last with the seed 7.", timeout=3000)
    short = Done(first.model, "", GenerateConfig(), generated("It was"))
    assert left([short, second], f"So it was{text}") == [second], "nor is one that hardly began"
    beside = Done(second.model, first.prompt + first.event.text, GenerateConfig(), generated(" And so it went."))
    assert left([first, beside], beside.prompt + beside.event.text) == [first, beside]
    mixed = f"Once{first.event.text} So it was{text}"
    assert left([first, second], mixed) == [first, second], "where both wrote, both are named"
    edge = Done(first.model, "", GenerateConfig(), generated("Well, So it was long ago. To Sherlock it was."))
    assert left([edge, second], f"So it was{text}") == [second], "also across its beginning"


def test_a_new_model_goes_on_behind_no_word_of_another(
    qtbot: QtBot, window: MainWindow, tab: WriteTab, starter: LibraryModel
) -> None:
    """Be it a single one."""
    set_values(tab, min_new_tokens=1, max_new_tokens=1)
    at_end(tab.desk, "The old man walked along the ")
    page = written(qtbot, window, tab.desk)
    assert len(page.split()) == 7
    tab.choose("starter")
    assert widgets.text_of(tab.desk.page) == "" and tab.desk.versions.texts == [page]


def test_a_text_that_came_at_once_took_under_a_second(qtbot: QtBot, window: MainWindow, tab: WriteTab) -> None:
    written(qtbot, window, tab.desk)
    assert tab.desk.last
    tab.desk.last = replace(tab.desk.last, elapsed_s=0.3)
    tab.desk.show_state()
    assert tab.desk.status.text().startswith("Written by “test” in under a second;")


def test_write_has_the_keyboard_again_when_it_has_written(qtbot: QtBot, window: MainWindow, tab: WriteTab) -> None:
    """It went to the choice of the model, where the next key would have chosen another."""
    desk = tab.desk
    desk.write_button.setFocus()
    qtbot.keyClick(desk.write_button, Qt.Key.Key_Space)
    assert desk.job and window.focusWidget() is desk.stop_button
    settled(qtbot, window)
    assert window.focusWidget() is desk.write_button


def test_much_that_is_typed_over_stays_among_the_versions(qtbot: QtBot, window: MainWindow, tab: WriteTab) -> None:
    desk = tab.desk
    page = "Years of work. " * 30
    at_end(desk, page)
    desk.draft._save()
    settled(qtbot, window)
    assert desk.versions.isHidden()
    desk.page.selectAll()
    qtbot.keyClicks(desk.page, "x")
    assert widgets.text_of(desk.page) == "x" and desk.versions.texts == [page] and desk.versions.isVisible()


def test_who_types_while_the_model_writes_goes_on(qtbot: QtBot, window: MainWindow, tab: WriteTab) -> None:
    """The model makes way, and no letter is lost: they follow what it has written, and are one's own."""
    said: list[str] = []
    tab.said.connect(said.append)
    set_values(tab, max_new_tokens=4000, min_new_tokens=4000)
    desk = tab.desk
    at_end(desk, "The old man")
    click(qtbot, desk.write_button)
    qtbot.waitUntil(lambda: len(widgets.text_of(desk.page)) > 100)
    qtbot.keyClick(desk.page, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert said == ["The model is writing. Stop it first (Esc)."] and desk.job, "who takes something back"
    QGuiApplication.clipboard().setText("pasted ")
    qtbot.keyClicks(desk.page, " My owm")
    qtbot.keyClick(desk.page, Qt.Key.Key_Backspace)
    qtbot.keyClicks(desk.page, "n ")
    qtbot.keyClick(desk.page, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    qtbot.keyClick(desk.page, Qt.Key.Key_Return)
    settled(qtbot, window)
    assert said[1:] == ["The model stops, for you to go on."], "once"
    page, (done,) = widgets.text_of(desk.page), desk.done
    assert page == f"The old man{done.event.text} My own pasted \n"
    assert done.event.stop_reason is StopReason.STOPPED
    qtbot.keyClicks(desk.page, "and more")
    assert widgets.text_of(desk.page) == f"{page}and more"


def test_whoever_clicks_on_write_goes_on_typing_on_the_page(qtbot: QtBot, window: MainWindow, tab: WriteTab) -> None:
    """The letters went to the button, and a space stopped the model, or made it write again."""
    set_values(tab, max_new_tokens=4000, min_new_tokens=4000)
    desk = tab.desk
    at_end(desk, "In winter")
    tab.model.setFocus()
    for words in (" snow came", " down"):
        click(qtbot, desk.write_button)
        assert window.focusWidget() is desk.page
        qtbot.keyClicks(window.focusWidget(), words)
        settled(qtbot, window)
        assert widgets.text_of(desk.page).endswith(words)
    click(qtbot, desk.write_button)
    click(qtbot, desk.stop_button)
    settled(qtbot, window)
    assert window.focusWidget() is desk.page


def test_who_clicks_elsewhere_and_types_goes_on_there(qtbot: QtBot, window: MainWindow, tab: WriteTab) -> None:
    """But nothing that was marked is written over."""
    set_values(tab, max_new_tokens=4000, min_new_tokens=4000)
    desk = tab.desk
    at_end(desk, "The old man")
    for start, end, expected in ((4, 4, "The very old man"), (0, 8, "The very old man")):
        click(qtbot, desk.write_button)
        qtbot.waitUntil(lambda: desk.stage is Stage.WRITING)
        desk.page.setTextCursor(desk.page.cursor_at(start, end))
        qtbot.keyClicks(desk.page, "very ")
        settled(qtbot, window)
        assert widgets.text_of(desk.page).startswith(expected)
        desk.page.moveCursor(QTextCursor.MoveOperation.End)
    assert widgets.text_of(desk.page).endswith("very ")


def test_the_status_tells_of_the_text_that_stands_there(qtbot: QtBot, window: MainWindow, tab: WriteTab) -> None:
    """How it was written until it is changed, then whose it is, and nothing of a page where nothing of it stands."""
    desk = tab.desk
    set_values(tab, max_new_tokens=60, min_new_tokens=60)
    page = written(qtbot, window, desk)
    assert desk.status.text().startswith("Written by “test” in ")
    qtbot.keyClicks(desk.page, " And I.")
    assert "Written" not in desk.status.text()
    whose = "On this page “test” wrote, last with the seed 7."
    qtbot.waitUntil(lambda: desk.status.text() == whose, timeout=2000)
    desk.page.selectAll()
    qtbot.keyClicks(desk.page, "Only my own words stand here")
    qtbot.waitUntil(lambda: desk.status.text() == "", timeout=2000)
    desk.versions.taken.emit(page)
    qtbot.waitUntil(lambda: desk.status.text() == whose, timeout=2000)


def test_no_button_moves_when_it_writes(qtbot: QtBot, window: MainWindow, tab: WriteTab) -> None:
    set_values(tab, max_new_tokens=4000, min_new_tokens=4000)
    for view in (tab.desk, tab.batch, tab.side_by_side):
        tab.views.setCurrentWidget(view)
        qtbot.wait(1)
        buttons = [one for one in view.findChildren(QAbstractButton) if one.isVisible()]
        before = [(one.text(), one.mapTo(window, QPoint())) for one in buttons]
        click(qtbot, view.write_button)
        qtbot.wait(100)
        assert [(one.text(), one.mapTo(window, QPoint())) for one in buttons] == before
        click(qtbot, view.stop_button)
        settled(qtbot, window)
        assert not view.stop_button.isEnabled() and view.stop_button.isVisible()


def test_copies_are_looked_for_only_where_there_are_texts_to_compare(
    qtbot: QtBot, window: MainWindow, tab: WriteTab, starter: LibraryModel
) -> None:
    assert window.opened
    window.opened.look()
    settled(qtbot, window)
    at_end(tab.desk, "The old")
    assert tab.desk.copies.isVisible() and tab.desk.copies.button.isEnabled()
    tab.choose("starter")
    assert not tab.desk.copies.isVisible()
