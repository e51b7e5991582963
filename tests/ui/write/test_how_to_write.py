"""Settings for writing that go well together have a name, also the user's own."""

import pytest
from PySide6.QtWidgets import QInputDialog, QLabel, QPlainTextEdit
from pytestqt.qtbot import QtBot

from textgen_gui.engine.core.generation_config import GenerateConfig, TextEnd
from textgen_gui.engine.core.project import Project, Run
from textgen_gui.engine.core.snapshot import snapshot
from textgen_gui.ui.main_window import MainWindow
from textgen_gui.ui.write.alternatives import Replacement
from textgen_gui.ui.write.how_to_write import MORE, HowToWrite, _styles_of, _write_styles
from textgen_gui.ui.write.write_tab import WriteTab

from ..using import click, settled
from .desk import at_end, closed, set_values


def take(how: HowToWrite, name: str) -> None:
    how.style_box.setCurrentText(name)
    how.style_box.activated.emit(how.style_box.currentIndex())


def test_styles_have_names_and_own_ones_are_there_again(
    qtbot: QtBot, window: MainWindow, tab: WriteTab, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    how = tab.how
    take(how, "Wild")
    assert how.config().temperature == 1.15 and how.config().seed == 7
    set_values(tab, temperature=0.33)
    assert how.style_box.currentText() == "As set below"
    monkeypatch.setattr(QInputDialog, "getText", lambda *args: (" Mine ", True))
    click(qtbot, how.save_button)
    assert how.style_box.currentText() == "Mine" and not how.save_button.isEnabled()
    closed(qtbot, window)
    set_values(tab, temperature=0.5)
    window.open_project(run.project.folder)
    settled(qtbot, window)
    take(how, "Mine")
    assert how.config().temperature == 0.33


def test_a_style_of_ones_own_hides_none_that_was_there(
    qtbot: QtBot, tab: WriteTab, monkeypatch: pytest.MonkeyPatch
) -> None:
    how = tab.how
    set_values(tab, temperature=0.33)
    monkeypatch.setattr(QInputDialog, "getText", lambda *args: ("Wild", True))
    click(qtbot, how.save_button)
    assert how.style_box.currentText() == "Wild 2"
    set_values(tab, temperature=0.44)
    click(qtbot, how.save_button)
    assert how.style_box.currentText() == "Wild 3"
    for name, temperature in (("Wild", 1.15), ("Wild 2", 0.33), ("Wild 3", 0.44)):
        take(how, name)
        assert how.config().temperature == temperature


def test_words_that_are_never_to_be_written_stay_whatever_style_is_chosen(qtbot: QtBot, tab: WriteTab) -> None:
    """They were gone without a word, below a fold that was closed."""
    how = tab.how
    set_values(tab, seed=0)
    take(how, "Balanced")
    assert how.more.heading.text() == "More" and not how.save_button.isEnabled()
    never = how.more_form.controls["banned"]
    assert isinstance(never, QPlainTextEdit)
    never.setPlainText("Psychologist")
    take(how, "Faithful")
    assert how.config().banned == ("Psychologist",) and how.style_box.currentText() == "Faithful"
    set_values(tab, seed=7)
    assert how.more.heading.text() == "More (changed: Never write, Seed)"
    set_values(tab, top_p=0.5)
    assert how.style_box.currentText() == "As set below" and how.more.heading.text() == "More (changed: 3)"


def test_words_of_a_style_go_with_it_and_typed_ones_stay(
    qtbot: QtBot, tab: WriteTab, monkeypatch: pytest.MonkeyPatch
) -> None:
    how = tab.how
    never = how.more_form.controls["banned"]
    assert isinstance(never, QPlainTextEdit)
    never.setPlainText("damn")
    assert how.save_button.isEnabled(), "as a style with these words"
    monkeypatch.setattr(QInputDialog, "getText", lambda *args: ("Clean", True))
    click(qtbot, how.save_button)
    assert how.style_box.currentText() == "Clean" and how.more.heading.text() == "More (changed: Seed)"
    take(how, "Balanced")
    assert how.config().banned == ()
    never.setPlainText("king")
    take(how, "Clean")
    assert how.config().banned == ("king", "damn") and how.style_box.currentText() == "Clean"
    assert "Never write" in how.more.heading.text(), "a word more than the style has"
    take(how, "Wild")
    assert how.config().banned == ("king",)
    never.setPlainText("damn")
    take(how, "Balanced")
    assert how.config().banned == ("damn",), "it was typed now, and came with no style"


def test_settings_that_contradict_each_other_are_told_in_their_own_words_and_start_nothing(
    qtbot: QtBot, window: MainWindow, tab: WriteTab
) -> None:
    desk, form = tab.desk, tab.how.more_form
    set_values(tab, max_new_tokens=20, min_new_tokens=30)
    at_end(desk, "Once upon a time")
    desk.write()
    told = "“At least” is larger than “Length”."
    assert desk.job is None and form.faults() == {"min_new_tokens": told} and window.notice.words.text() == told
    least = form.controls["min_new_tokens"]
    assert least.isVisible() and desk.page.hasFocus(), "whoever types goes on typing"
    desk.write_button.setFocus()
    click(qtbot, desk.write_button)
    assert desk.job is None and least.hasFocus()
    assert least.accessibleDescription() == "“At least” is larger than “Length”."
    desk.go_on_with(Replacement(0, 4, "Long"))
    assert desk.page.toPlainText() == "Once upon a time", "nothing is cut for what does not begin"
    set_values(tab, max_new_tokens=40)
    assert not form.faults() and not least.accessibleDescription()


def test_a_style_for_long_texts_and_settings_that_contradict_each_other_are_there_another_day(tab: WriteTab) -> None:
    problems: list[str] = []
    assert list(_styles_of({"Long": {"min_new_tokens": 300}}, problems)) == ["Long"] and not problems
    tab.how.choose({"banned": ["king"], "min_new_tokens": 30, "max_new_tokens": 20})
    assert tab.how.config().banned == ("king",) and tab.how.more_form.faults()


def test_styles_that_cannot_be_read_are_told(qtbot: QtBot, window: MainWindow, tab: WriteTab, place: Project) -> None:
    closed(qtbot, window)
    place.styles_file.parent.mkdir(exist_ok=True)
    for damage, words in (("[Mine", "styles.toml cannot be read"), ("[Mine]\ntemprature = 1.0\n", "temperature")):
        place.styles_file.write_text(damage)
        window.open_project(place.folder)
        settled(qtbot, window)
        assert words in window.notice.words.text()
        assert tab.how.style_box.findText("Mine") < 0 and tab.how.style_box.findText("Wild") >= 0
        closed(qtbot, window)


def test_styles_that_cannot_be_read_are_put_aside_before_others_are_written(place: Project) -> None:
    place.generated_folder.mkdir()
    place.styles_file.write_text("[Mine]\ntemprature = 1.0\n[Good]\ntemperature = 0.5\n")
    problems: list[str] = []
    own = _styles_of(snapshot(place).styles, problems)
    assert list(own) == ["Good"] and len(problems) == 1 and "Mine" in problems[0]
    _write_styles(place, own, has_other=True)
    assert list(place.styles()) == ["Good"]
    assert "temprature" in next(place.generated_folder.glob("styles 20*.toml")).read_text()


def test_in_the_window_a_text_ends_with_its_sentence(qtbot: QtBot) -> None:
    """Not in the middle of a word, as it may elsewhere; and that is nothing unusual."""
    how = HowToWrite()
    qtbot.addWidget(how)
    assert how.config().end is TextEnd.SENTENCE and GenerateConfig().end is TextEnd.ANYWHERE
    assert not how.form.unusual()


def test_every_setting_stands_once_and_the_rest_below_headings(qtbot: QtBot) -> None:
    """One fold away they were a column of 25 without any order that one could see."""
    how = HowToWrite()
    qtbot.addWidget(how)
    below = [name for group in MORE for name in group.names]
    assert sorted([*how.form.controls, *below, "n"]) == sorted(GenerateConfig.__dataclass_fields__)
    assert list(how.more_form.controls) == below
    headings = [label.text() for label in how.more_form.findChildren(QLabel) if label.property("role") == "heading"]
    assert headings == [group.title for group in MORE]
