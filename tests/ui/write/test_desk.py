"""The writing desk by real keys and clicks: alternatives, offered words, many texts, side by side, styles."""

import errno
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QTextCursor
from PySide6.QtWidgets import QApplication, QMenu, QMessageBox
from pytestqt.qtbot import QtBot

from textgen_gui.engine.core import draft, events, project
from textgen_gui.engine.core.config import TextConfig
from textgen_gui.engine.core.project import Project, Run
from textgen_gui.engine.text.prepare import prepare
from textgen_gui.engine.writing import receipt
from textgen_gui.ui.main_window import MainWindow
from textgen_gui.ui.parts import widgets
from textgen_gui.ui.write.side_by_side import BEFORE, MODELS, WARMTH
from textgen_gui.ui.write.write_tab import GenerateTab
from textgen_gui.ui.write.writing_desk import WritingPage

from ...conftest import never, story, train_all
from ...engine.runs import make_run, prepared_project
from ..using import click, settled, tabs


@pytest.fixture
def place(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return prepared_project(tmp_path_factory.mktemp("desk"))


@pytest.fixture
def run(place: Project) -> Run:
    made = make_run(place)
    train_all(made)
    return made


@pytest.fixture
def generate(qtbot: QtBot, window: MainWindow, run: Run) -> GenerateTab:
    window.open_project(run.project.folder)
    settled(qtbot, window)
    window.tabs.setCurrentIndex(2)
    tab = tabs(window)[2]
    set_values(tab, max_new_tokens=12, min_new_tokens=12, seed=7)
    return tab


def set_values(tab: GenerateTab, **values: object) -> None:
    for name, value in values.items():
        form = tab.how.form if name in tab.how.form.controls else tab.how.more_form
        form.controls[name].setValue(value)  # type: ignore[attr-defined]


def at_end(desk: WritingPage, text: str) -> None:
    desk.page.setPlainText(text)
    desk.page.moveCursor(QTextCursor.MoveOperation.End)
    desk.page.setFocus()


def written(qtbot: QtBot, window: MainWindow, desk: WritingPage) -> str:
    click(qtbot, desk.write_button)
    settled(qtbot, window)
    return widgets.text_of(desk.page)


def test_one_undo_takes_back_what_was_written_at_once(qtbot: QtBot, window: MainWindow, generate: GenerateTab) -> None:
    desk = generate.page
    at_end(desk, "")
    qtbot.keyClicks(desk.page, "The old")
    assert len(written(qtbot, window, desk)) > len("The old")
    desk.page.undo()
    assert widgets.text_of(desk.page) == "The old"


def test_the_model_can_begin_by_itself_and_words_are_counted(
    qtbot: QtBot, window: MainWindow, generate: GenerateTab
) -> None:
    desk = generate.page
    page = written(qtbot, window, desk)
    count = len(desk.page.toPlainText().split())
    qtbot.waitUntil(lambda: desk.words.text() == (f"{count} words" if count != 1 else "1 word"), timeout=2000)
    assert page == desk.done[0].event.text


def test_another_word_is_chosen_and_the_version_before_is_kept(
    qtbot: QtBot, window: MainWindow, generate: GenerateTab
) -> None:
    desk = generate.page
    at_end(desk, "\U0001f600 The old")
    before = written(qtbot, window, desk)
    desk.confidence.switch.setChecked(True)
    assert desk.confidence.legend.isVisible() and desk.page.extraSelections()
    tokens = desk.confidence.places()
    assert len(tokens) == 12
    for token, start, end in tokens:  # places are those of Qt, behind an emoji
        cursor = QTextCursor(desk.page.document())
        cursor.setPosition(start)
        cursor.setPosition(end, QTextCursor.MoveMode.KeepAnchor)
        whole = cursor.selectedText().replace("\u2029", "\n")
        assert printable(whole) == printable(desk.done[0].event.text[token.start : token.end])
    token, start, _ = next(one for one in tokens[3:] if one[1] < one[2])
    menu = desk.confidence.offer(start)
    assert menu is not None and len(menu.actions()) == 8
    other = next(n for n, (text, _) in enumerate(token.alternatives) if text.isalpha() and n)
    menu.actions()[other].trigger()
    settled(qtbot, window)
    menu.deleteLater()
    now = widgets.text_of(desk.page)
    kept = before.encode("utf-16-le")[: 2 * start].decode("utf-16-le")
    assert now.startswith(kept + token.alternatives[other][0]) and now != before
    assert desk.versions_box.isVisible() and desk.versions == [before]
    desk._take_version(1)
    assert widgets.text_of(desk.page) == before and now in desk.versions


def printable(text: str) -> str:
    return "".join(letter for letter in text if letter.isprintable())


def test_a_click_on_a_word_and_a_key_offer_alternatives(
    qtbot: QtBot, window: MainWindow, generate: GenerateTab
) -> None:
    desk = generate.page
    at_end(desk, "The old")
    written(qtbot, window, desk)
    desk.confidence.switch.setChecked(True)
    _, start, _ = desk.confidence.places()[2]
    cursor = desk.page.textCursor()
    cursor.setPosition(start)
    desk.page.setTextCursor(cursor)
    qtbot.keyClick(desk.page, Qt.Key.Key_Down, Qt.KeyboardModifier.AltModifier)
    close_menu(qtbot)
    inside = desk.page.cursorRect().center() + QPoint(2, 0)
    qtbot.mouseClick(desk.page.viewport(), Qt.MouseButton.LeftButton, pos=inside)
    close_menu(qtbot)
    qtbot.keyClicks(desk.page, "x")  # what is written into it does not belong to the model any more
    assert not desk.confidence.tokens and not desk.page.extraSelections()


def close_menu(qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: isinstance(QApplication.activePopupWidget(), QMenu), timeout=3000)
    popup = QApplication.activePopupWidget()
    assert popup
    popup.close()
    qtbot.waitUntil(lambda: QApplication.activePopupWidget() is None, timeout=3000)


def test_words_are_offered_and_taken_by_tab_or_number(qtbot: QtBot, window: MainWindow, generate: GenerateTab) -> None:
    desk = generate.page
    desk.offers.switch.setChecked(True)
    at_end(desk, "")
    qtbot.keyClicks(desk.page, "The old")
    qtbot.waitUntil(lambda: desk.offers.buttons[0].isVisible(), timeout=10_000)
    settled(qtbot, window)
    word = desk.offers.buttons[0].property("word")
    assert "%" in desk.offers.buttons[0].text()
    qtbot.keyClick(desk.page, Qt.Key.Key_Tab)
    assert widgets.text_of(desk.page) == "The old" + word
    shown = desk.offers.buttons[0].property("word")
    qtbot.waitUntil(lambda: desk.offers.job is None and not desk.offers._timer.isActive(), timeout=10_000)
    second = desk.offers.buttons[1].property("word")
    assert shown is not None
    desk.offers.buttons[1].animateClick()
    qtbot.waitUntil(lambda: widgets.text_of(desk.page) == "The old" + word + second, timeout=3000)
    desk.offers.switch.setChecked(False)
    assert not desk.offers.buttons[0].isVisible()
    settled(qtbot, window)


def test_the_memory_that_began_anew_is_marked_in_the_margin(
    qtbot: QtBot, window: MainWindow, generate: GenerateTab
) -> None:
    set_values(generate, max_new_tokens=40, min_new_tokens=40)
    at_end(generate.page, "The old")
    written(qtbot, window, generate.page)
    assert generate.page.page._notes()


def test_many_texts_are_kept_rejected_exported_and_learnt_from(
    qtbot: QtBot, window: MainWindow, generate: GenerateTab, tmp_path: Path
) -> None:
    tray = generate.tray
    generate.views.setCurrentWidget(tray)
    set_values(generate, seed=3, temperature=1.5, max_new_tokens=30, min_new_tokens=30)
    tray.prompt.setPlainText("The old man")
    tray.count.setValue(9)
    assert not tray.export_button.isEnabled()
    click(qtbot, tray.write_button)
    settled(qtbot, window)
    assert tray.list.count() == 9 - sum(bool(text.reason) for text in tray.texts.values()) and tray.list.count() > 4
    tray.list.setFocus()
    tray.list.setCurrentRow(0)
    assert widgets.text_of(tray.page).startswith("The old man")
    for key in (Qt.Key.Key_K, Qt.Key.Key_X, Qt.Key.Key_K):
        qtbot.keyClick(tray.list, key)
    assert len(tray.kept()) == 2 and tray.list.currentRow() == 3
    assert tray.list.item(0).text().startswith("✓") and tray.list.item(1).text().startswith("✗")
    assert "9 texts, 2 kept" in tray.status.text()
    tray.export(tmp_path / "kept.md")
    settled(qtbot, window)
    assert (tmp_path / "kept.md").read_text(encoding="utf-8").count("The old man") == 2
    tray.save()
    settled(qtbot, window)
    file = next(generate.how.project.generated_folder.glob("*.txt"))  # type: ignore[union-attr]
    assert len(receipt.read(file).written) == 2
    tray.train_on_kept()
    settled(qtbot, window)
    data = tabs(window)[0]
    qtbot.waitUntil(lambda: data.job is None and data.table.rowCount() == 2, timeout=20_000)
    assert window.tabs.currentIndex() == 0
    settled(qtbot, window)


def test_bad_texts_are_put_aside_and_counted(qtbot: QtBot, window: MainWindow, generate: GenerateTab) -> None:
    tray = generate.tray
    generate.views.setCurrentWidget(tray)
    set_values(generate, max_new_tokens=400, min_new_tokens=0)
    generate.how.more_form.controls["regex"].setText("(so it goes ){20}")  # type: ignore[attr-defined]
    tray.count.setValue(3)
    click(qtbot, tray.write_button)
    settled(qtbot, window)
    reasons = {text.reason for text in tray.texts.values()}
    assert reasons == {"repeating"}
    assert tray.list.count() == 0 and "put aside: 3 repeating" in tray.status.text()
    tray.filtered.setChecked(False)
    assert tray.list.count() == 3


def test_stopping_keeps_the_texts_so_far(qtbot: QtBot, window: MainWindow, generate: GenerateTab) -> None:
    tray = generate.tray
    generate.views.setCurrentWidget(tray)
    set_values(generate, max_new_tokens=3000, min_new_tokens=3000)
    tray.count.setValue(3)
    click(qtbot, tray.write_button)
    qtbot.waitUntil(lambda: tray.stop_button.isVisible(), timeout=3000)
    qtbot.keyClick(window, Qt.Key.Key_Escape)
    settled(qtbot, window)
    assert all(text.event.stop_reason == "stopped" for text in tray.texts.values())


def test_models_and_temperatures_side_by_side(
    qtbot: QtBot, window: MainWindow, generate: GenerateTab, place: Project
) -> None:
    side = generate.side_by_side
    generate.views.setCurrentWidget(side)
    side.prompt.setPlainText("The old")
    side.mode.setCurrentText(WARMTH)
    click(qtbot, side.write_button)
    settled(qtbot, window)
    texts = [widgets.text_of(page) for page in side.pages]
    assert all(text.startswith("The old") and len(text) > 8 for text in texts) and len(set(texts)) == 3
    side.mode.setCurrentText(MODELS)
    side.other.checkpoint_box.setCurrentIndex(side.other.checkpoint_box.count() - 1)
    click(qtbot, side.write_button)
    settled(qtbot, window)
    assert widgets.text_of(side.pages[0]).startswith("The old") and not side.pages[2].isVisible()
    side.mode.setCurrentText(BEFORE)
    assert not side.write_button.isEnabled() and "trained from scratch" in side.status.text()


def test_a_fine_tuned_model_beside_the_one_before(qtbot: QtBot, window: MainWindow, run: Run) -> None:
    tuned = make_run(run.project, f'start.model="runs/{run.name}"', name="tuned")
    train_all(tuned)
    window.open_project(run.project.folder)
    settled(qtbot, window)
    window.tabs.setCurrentIndex(2)
    generate = tabs(window)[2]
    set_values(generate, max_new_tokens=12, min_new_tokens=12)
    generate.choose(tuned)
    side = generate.side_by_side
    generate.views.setCurrentWidget(side)
    side.mode.setCurrentText(BEFORE)
    click(qtbot, side.write_button)
    settled(qtbot, window)
    texts = [widgets.text_of(page) for page in side.pages[:2]]
    assert all(len(text) > 5 for text in texts) and texts[0] != texts[1]


def test_styles_have_names_and_own_ones_are_kept(
    qtbot: QtBot, window: MainWindow, generate: GenerateTab, run: Run
) -> None:
    how = generate.how
    how.style_box.setCurrentText("Wild")
    how.style_box.activated.emit(how.style_box.currentIndex())
    assert how.config().temperature == 1.15 and how.config().seed == 7
    set_values(generate, temperature=0.33)
    assert how.style_box.currentText() == "As set below"
    how.keep_style("Mine")
    assert how.style_box.currentText() == "Mine"
    window.close_project()
    window.open_project(run.project.folder)
    settled(qtbot, window)
    how.style_box.setCurrentText("Mine")
    how.style_box.activated.emit(how.style_box.currentIndex())
    assert how.config().temperature == 0.33


def test_a_long_page_stays_quick(qtbot: QtBot, generate: GenerateTab, make_text: Callable[[int], str]) -> None:
    import time

    desk = generate.page
    desk.page.setPlainText(make_text(1_000_000))
    desk.page.moveCursor(QTextCursor.MoveOperation.End)
    started = time.perf_counter()
    for letter in "and then":
        qtbot.keyClicks(desk.page, letter)
    assert (time.perf_counter() - started) / 8 < 0.1
    qtbot.waitUntil(lambda: not desk._counting.isActive(), timeout=3000)


@pytest.fixture
def make_text() -> Callable[[int], str]:
    line = "The old man walked along the shore and looked at the sea.\n"
    return lambda size: line * (size // len(line))


def test_a_kept_page_is_replayed(qtbot: QtBot, window: MainWindow, generate: GenerateTab, run: Run) -> None:
    at_end(generate.page, "The old")
    written(qtbot, window, generate.page)
    generate.page.page.insertPlainText(" And a line of mine.")
    click(qtbot, generate.page.save_button)
    settled(qtbot, window)
    file = next(run.project.generated_folder.glob("*.txt"))
    generate.replay(file)
    settled(qtbot, window)
    assert "letter by letter" in window.notice.words.text()
    file.write_text(file.read_text(encoding="utf-8").replace("a line of mine", "no line of mine"), encoding="utf-8")
    generate.replay(file)
    settled(qtbot, window)
    assert "was changed after it was kept" in window.notice.words.text()


def test_rows_of_a_table_are_written(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    table = "title,body\n" + "".join(
        f"Story {n},{line}\n" for n, line in enumerate(story().split(". ")) if "," not in line
    )
    (tmp_path / "stories.csv").write_text(table, encoding="utf-8")
    place = project.create(tmp_path / "table")
    list(place.add_texts([tmp_path / "stories.csv"], never))
    place.set_options(["stories.csv"], TextConfig(columns=("title", "body"), fields=True))
    list(prepare(place, never))
    train_all(make_run(place))
    window.open_project(place.folder)
    settled(qtbot, window)
    window.tabs.setCurrentIndex(2)
    generate = tabs(window)[2]
    assert generate.views.isTabVisible(3)
    records = generate.records
    generate.views.setCurrentWidget(records)
    set_values(generate, max_new_tokens=6)
    records.given["body"].setText("A body, given")
    records.count.setValue(3)
    click(qtbot, records.write_button)
    settled(qtbot, window)
    assert [row[1] for row in records.rows()] == ["A body, given"] * 3
    records.export(tmp_path / "out.csv")
    settled(qtbot, window)
    lines = (tmp_path / "out.csv").read_text(encoding="utf-8").splitlines()
    assert lines[0] == "title,body" and lines[-1].endswith('"A body, given"')


def test_a_project_without_a_table_shows_none(generate: GenerateTab) -> None:
    assert not generate.views.isTabVisible(3)


def test_what_was_written_is_there_again_after_closing(qtbot: QtBot, window: MainWindow, generate: GenerateTab) -> None:
    """Without anybody having kept it, and with all that it takes to write the model's part again."""
    desk = generate.page
    at_end(desk, "«\u00a0The old 👩‍👩‍👧")
    page = written(qtbot, window, desk)
    place = generate.how.project
    assert place and window.close_project()
    window.open_project(place.folder)
    settled(qtbot, window)
    assert widgets.text_of(desk.page) == page
    click(qtbot, desk.save_button)
    settled(qtbot, window)
    *_, verdict = receipt.replay(next(place.generated_folder.glob("*.txt")), never)
    assert isinstance(verdict, events.Replayed) and verdict.same == verdict.texts == 1
    desk.page.setPlainText("")
    assert window.close_project()
    window.open_project(place.folder)
    assert desk.page.toPlainText() == ""


def test_a_killed_window_has_lost_seconds_at_most(qtbot: QtBot, generate: GenerateTab, place: Project) -> None:
    qtbot.keyClicks(generate.page.page, "Call me Ishmael")
    qtbot.waitUntil(lambda: draft.load(place)[0] == "Call me Ishmael", timeout=20_000)
    qtbot.waitUntil(lambda: generate.page.draft.job is None)


@pytest.mark.parametrize("damage", ["{", '{"page": "x"}', '{"page": "x", "done": [{"prompt": 1}]}', "[]", "\x00"])
def test_a_damaged_draft_is_put_aside_and_told(window: MainWindow, place: Project, damage: str) -> None:
    place.draft_file.write_text(damage)
    window.open_project(place.folder)
    assert window.notice.isVisible() and "could not be read" in window.notice.words.text()
    assert next(place.folder.glob("draft *.json")).read_text() == damage
    assert tabs(window)[2].page.page.toPlainText() == ""


def test_a_full_disk_does_not_close_the_window(
    window: MainWindow, generate: GenerateTab, monkeypatch: pytest.MonkeyPatch
) -> None:
    generate.page.page.setPlainText("A page that is nowhere else")
    with monkeypatch.context() as full:
        full.setattr(
            "textgen_gui.engine.core.atomic_io._rename",
            lambda *paths: (_ for _ in ()).throw(OSError(errno.ENOSPC, "full")),
        )
        full.setattr(QMessageBox, "exec", lambda box: box.defaultButton().click())
        window.close()
        assert window.isVisible() and generate.page.page.toPlainText() == "A page that is nowhere else"


def test_texts_kept_by_key_outlive_the_next_ones_and_the_window(
    qtbot: QtBot, window: MainWindow, generate: GenerateTab, place: Project
) -> None:
    tray = generate.tray
    generate.views.setCurrentWidget(tray)
    tray.count.setValue(3)
    for times in (1, 2):
        click(qtbot, tray.write_button)
        settled(qtbot, window)
        assert len(list(place.generated_folder.glob("*.txt"))) == times - 1
        qtbot.keyClick(tray.list, Qt.Key.Key_K)
    assert window.close_project()
    kept = [receipt.read(file) for file in place.generated_folder.glob("*.txt")]
    assert [len(one.written) for one in kept] == [1, 1]
