"""Setting up a run: why it cannot start, what is measured, what was changed, what another project gets."""

from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QApplication, QComboBox, QDoubleSpinBox, QFileDialog, QLabel
from pytestqt.qtbot import QtBot

from textgen_gui.engine.core import events
from textgen_gui.engine.core.beginnings import AUTOMATIC
from textgen_gui.engine.core.config import ModelConfig, TrainConfig
from textgen_gui.engine.core.presets import PresetName
from textgen_gui.ui.parts import resources, widgets
from textgen_gui.ui.parts.model_box import Entry
from textgen_gui.ui.parts.preferences import Theme
from textgen_gui.ui.train import advanced
from textgen_gui.ui.train.run_setup import MINUTES, RunSetup
from textgen_gui.words import duration

from ..using import click


@pytest.fixture
def setup(qtbot: QtBot) -> Iterator[RunSetup]:
    made = RunSetup()
    qtbot.addWidget(made)
    made.resize(760, 600)
    made.show()
    made.show_prepared(events.Prepared(3, 500_000, 5000, 2000, 1_500_000, 1.0))
    yield made


def press(qtbot: QtBot, setup: RunSetup, button: QAbstractButton) -> None:
    """Scrolls to it first, as the mouse would have to."""
    page = setup.page

    def in_sight() -> bool:
        page.ensureWidgetVisible(button)
        return not button.visibleRegion().isEmpty()

    qtbot.waitUntil(in_sight)
    click(qtbot, button)


def number(setup: RunSetup, name: str) -> QDoubleSpinBox:
    control = setup.train_form.controls[name]
    assert isinstance(control, QDoubleSpinBox)
    return control


def test_while_another_run_trains_it_says_so_and_leads_there(qtbot: QtBot, setup: RunSetup) -> None:
    setup.show_training("001 small")
    assert "“001 small” trains now" in setup.blocked.text()
    assert setup.start_button.isVisible() and not setup.start_button.isEnabled()
    with qtbot.waitSignal(setup.training_asked):
        click(qtbot, setup.training_button)
    setup.show_training("")
    assert setup.start_button.isEnabled() and not setup.training_button.isVisible()


def test_measuring_is_a_stage_that_can_be_left_and_nothing_jumps(qtbot: QtBot, setup: RunSetup) -> None:
    page = setup.page
    before = page.geometry()
    setup.show_progress(events.Progressed("Measuring which model learns most in this time", 2, 7, 0))
    assert setup.blocked.text().startswith("Measuring which model") and not setup.start_button.isEnabled()
    assert setup.progress.isVisible() and (setup.progress.value(), setup.progress.maximum()) == (2, 7)
    with qtbot.waitSignal(setup.cancel_asked):
        click(qtbot, setup.cancel_button)
    assert page.geometry() == before
    setup.show_progress(None)
    assert setup.start_button.isEnabled() and not setup.progress.isVisible() and page.geometry() == before


def test_nothing_jumps_with_large_text_either(qtbot: QtBot, setup: RunSetup) -> None:
    resources.apply_theme(Theme.LIGHT, 200)
    try:
        line = widgets.layout_of(setup._line)
        qtbot.waitUntil(lambda: setup.page.y() > 120)
        before = setup.page.geometry()
        setup.show_progress(events.Progressed("Measuring", 2, 7, 0))
        qtbot.waitUntil(lambda: line.geometry().height() >= setup.cancel_button.height() > 40)
        assert setup.page.geometry() == before
    finally:
        resources.apply_theme(Theme.LIGHT)


def test_large_text_of_a_size_is_not_cut(setup: RunSetup) -> None:
    """“words, names, the shape”: the last line of a card was below its edge."""
    resources.apply_theme(Theme.LIGHT, 200)
    try:
        for width in (560, 760, 900, 1180):
            setup.resize(width, 620)
            for _ in range(4):  # until its pages have their places
                QApplication.processEvents()
            for line in (line for card in setup.presets.cards.values() for line in card.findChildren(QLabel)):
                assert line.height() >= line.heightForWidth(line.width()), f"{line.text()} at {width}"
    finally:
        resources.apply_theme(Theme.LIGHT)


def test_too_little_text_is_said_before_and_a_model_that_can_write_is_offered(
    qtbot: QtBot, setup: RunSetup, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not setup.warning.isVisible()
    setup.show_prepared(events.Prepared(1, 10_000, 143, 1000, 30_000, 1.0))
    assert setup.warning.isVisible() and "about 22 pages" in setup.too_little.text()
    chosen: list[str] = []
    monkeypatch.setattr(setup.beginning, "choose", chosen.append)  # what it does is tested with it
    click(qtbot, setup.starter_button)
    assert chosen == ["starter"]


def test_a_model_chosen_by_time_says_why_it_needs_a_time(qtbot: QtBot, setup: RunSetup) -> None:
    assert setup.timed.isHidden() and setup.why_timed.isVisible()
    assert "the model that learns most in that time" in setup.why_timed.text()
    click(qtbot, setup.presets.cards[PresetName.SMALL])
    assert not setup.timed.isHidden() and not setup.why_timed.isVisible()


def test_where_several_texts_give_a_run_its_name_it_says_so(setup: RunSetup) -> None:
    assert setup.name.placeholderText() == "Named after your texts"


def test_choices_of_one_project_are_not_those_of_another(qtbot: QtBot, setup: RunSetup) -> None:
    usual = setup.request()
    click(qtbot, setup.presets.cards[PresetName.LARGE])
    setup.timed.setChecked(False)
    setup.minutes.setValue(99)
    setup.processes.setValue(2)
    number(setup, "warmup").setValue(0.5)
    number(setup, "clip").setValue(7)
    setup.name.setText("mine")
    setup.prompts.setPlainText("Once")
    assert setup.request() != usual
    setup.reset()
    assert setup.request() == usual and setup.minutes.value() == MINUTES and setup.processes.value() == 1
    assert setup.advanced.changes() == 0 and setup.name.text() == ""


def test_a_changed_setting_is_marked_and_can_be_set_back_one_or_all(qtbot: QtBot, setup: RunSetup) -> None:
    setup.advanced_fold.toggle()
    assert not setup.advanced.back_button.isEnabled()
    number(setup, "learning_rate").setValue(0.0000054)
    number(setup, "warmup").setValue(0.5)
    assert setup.advanced.back_button.text() == "Set all back (2 changed)"
    back = setup.train_form.set_back_buttons["learning_rate"]
    assert back.isVisible() and back.text() == "0.0025" and "Usual is: 0.0025" in back.toolTip()
    assert number(setup, "learning_rate").text() == "0.0000054", "powers of ten are for files"
    press(qtbot, setup, back)
    assert number(setup, "learning_rate").value() == 0.0025 and not back.isVisible()
    assert setup.request().chosen == {"train.warmup", "start.model"}
    press(qtbot, setup, setup.advanced.back_button)
    assert setup.request().chosen == {"start.model"} and setup.advanced.changes() == 0


def test_a_model_is_built_as_a_file_says(
    qtbot: QtBot, setup: RunSetup, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = str(tmp_path / "config.json")
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_, **__: (file, ""))
    setup.advanced_fold.toggle()
    assert not setup.advanced.shape_button.isVisible(), "by time the program chooses"
    press(qtbot, setup, setup.presets.cards[PresetName.MEDIUM])
    layers = setup.model_form.controls["layers"]
    layers.setValue(8)  # type: ignore[attr-defined]
    press(qtbot, setup, setup.advanced.shape_button)
    request = setup.request()
    assert request.shape == file and not request.is_automatic and "model.layers" not in request.chosen
    assert not layers.isEnabled() and file == setup.advanced.shape_words.toolTip() and setup.advanced.changes() == 1
    press(qtbot, setup, setup.advanced.no_shape_button)
    assert setup.request().shape == "" and layers.isEnabled() and not setup.advanced.no_shape_button.isVisible()
    press(qtbot, setup, setup.advanced.shape_button)
    press(qtbot, setup, setup.advanced.back_button)
    assert setup.request().shape == "" and setup.advanced.changes() == 0


def test_what_is_usual_follows_the_preset(qtbot: QtBot, setup: RunSetup) -> None:
    click(qtbot, setup.presets.cards[PresetName.MEDIUM])
    assert setup.advanced.changes() == 0 and setup.model_form.config().layers == 6
    setup.model_form.controls["layers"].setValue(8)  # type: ignore[attr-defined]
    assert setup.model_form.set_back_buttons["layers"].text() == "6" and setup.advanced.changes() == 1


def test_settings_are_searched(qtbot: QtBot, setup: RunSetup) -> None:
    setup.advanced_fold.toggle()
    qtbot.keyClicks(setup.advanced.search, "weight decay")
    assert number(setup, "weight_decay").isVisible() and not number(setup, "beta2").isVisible()
    setup.advanced.search.setText("shortened")
    assert number(setup, "clip").isVisible(), "the explanation counts too"
    setup.advanced.search.setText("xylophone")
    assert setup.advanced.none.isVisible() and not setup.train_form.isVisible()
    setup.advanced.search.setText("graphics card")
    assert setup.processes.isVisible()
    setup.advanced.search.clear()
    assert number(setup, "beta2").isVisible() and not setup.advanced.none.isVisible()


def test_every_setting_has_its_group() -> None:
    for groups, config in ((advanced.model_groups, ModelConfig), (advanced.train_groups, TrainConfig)):
        named = {name for group in groups for name in group.names}
        assert named | {"prompts", "shape"} >= {field.name for field in fields(config)}


def test_choices_are_words(setup: RunSetup) -> None:
    box = setup.train_form.controls["precision"]
    assert isinstance(box, QComboBox)
    assert [box.itemText(row) for row in range(2)] == ["whatever is fastest here", "exact (fp32)"]


@pytest.mark.parametrize(("width", "height"), [(440, 300), (760, 600), (1200, 800)])
def test_start_is_always_in_sight(qtbot: QtBot, setup: RunSetup, width: int, height: int) -> None:
    setup.resize(width, height)
    page = setup.page
    setup.advanced_fold.toggle()
    qtbot.waitUntil(lambda: page.verticalScrollBar().maximum() > 0)
    page.verticalScrollBar().setValue(page.verticalScrollBar().maximum())
    corner = setup.start_button.mapTo(setup, setup.start_button.rect().bottomRight())
    assert setup.start_button.isVisible() and corner.x() <= width and corner.y() <= height
    qtbot.waitUntil(lambda: setup.device.width() <= page.viewport().width())  # nothing is cut at the right


def test_a_card_says_what_everybody_understands(setup: RunSetup, tmp_path: Path) -> None:
    card = setup.presets.cards[PresetName.SMALL]
    assert card.facts.text().startswith("takes ") and "MB of memory" in card.facts.text()
    assert "…" not in card.facts.text(), "it may stand there for long"
    setup.show_speed(events.PresetMeasured("small", 25_000.0))
    assert card.facts.text() == "reads your texts once in 20 s"
    assert "parameters" in card.toolTip() and "25 thousand tokens a second" in card.toolTip()
    setup.show_speed(events.PresetMeasured("tiny", 500.0))  # while the computer did something else
    assert setup.presets.cards[PresetName.TINY].facts.text() == card.facts.text()
    setup.show_speed(events.PresetMeasured("tiny", 50_000.0))
    assert setup.presets.cards[PresetName.TINY].facts.text() == "reads your texts once in 10 s"


def test_a_time_that_cannot_be_is_told_and_not_changed(qtbot: QtBot, setup: RunSetup) -> None:
    """0 became the number before, 9999 was taken without a word, and 1 was “1 minutes”."""
    field = setup.minutes
    for typed, said, starts in (("0", "from 1 minute", False), ("20000", "a week", False), ("1", "stop", True)):
        field.setFocus()
        field.selectAll()
        qtbot.keyClicks(field, typed)
        qtbot.keyClick(field, Qt.Key.Key_Tab)
        assert field.value() == int(typed) and said in setup.blocked.text()
        assert setup.start_button.isEnabled() is starts
    assert field.text() == "1 minute"
    field.setValue(9999)
    assert setup.long.text() == duration(60 * 9999) and setup.start_button.isEnabled()


def test_what_is_found_out_moves_nothing_below_it(qtbot: QtBot, setup: RunSetup) -> None:
    """After two seconds a button appeared, and a click on the time went beside it."""
    where = setup.minutes.mapTo(setup, setup.minutes.rect().topLeft())
    setup.beginning.choice.show_entries([Entry(AUTOMATIC, "A model that can write already, where it helps")])
    setup.beginning.described = events.StartDescribed("starter", "", "Begins with a model that writes English.", True)
    setup.beginning._show()
    assert setup.beginning.scratch_button.isVisible()
    QApplication.processEvents()
    assert setup.minutes.mapTo(setup, setup.minutes.rect().topLeft()) == where


def test_a_start_that_failed_leaves_the_page_where_it_was(qtbot: QtBot, setup: RunSetup) -> None:
    """Nonsense in Stages was told at the other end of the page."""
    setup.advanced_fold.toggle()
    bar = setup.page.verticalScrollBar()
    qtbot.waitUntil(lambda: bar.maximum() > 0)
    bar.setValue(bar.maximum())
    setup.start_button.setFocus()
    setup.show_progress(events.Progressed("Getting ready", 0, 0, 0))
    setup.show_progress(None)
    assert setup.start_button.hasFocus() and bar.value() == bar.maximum()


def test_a_setting_that_cannot_be_used_is_brought_into_sight(qtbot: QtBot, setup: RunSetup) -> None:
    """By the button, and by Ctrl+R, whatever folds or searches hide it."""
    setup.presets.cards[PresetName.SMALL].click()
    setup.model_form.controls["heads"].setValue(7)  # type: ignore[attr-defined]
    width = setup.model_form.controls["width"]
    assert not setup.start_button.isEnabled() and not width.isVisible()
    setup.advanced.search.setText("seed")
    for ask in (lambda: click(qtbot, setup.fault_button), setup.start):
        setup.page.verticalScrollBar().setValue(0)
        setup.page.setFocus()
        ask()
        qtbot.waitUntil(lambda: not width.visibleRegion().isEmpty())
        assert setup.focusWidget() is width
    setup.model_form.controls["heads"].setValue(8)  # type: ignore[attr-defined]
    assert setup.start_button.isEnabled() and not setup.fault_button.isVisible()


def test_the_page_is_no_wider_whatever_a_folder_is_called(qtbot: QtBot, setup: RunSetup) -> None:
    press(qtbot, setup, setup.presets.cards[PresetName.MEDIUM])
    setup.advanced_fold.toggle()
    file = f"/home/ann/{'averylongfoldername' * 8}/config.json"
    setup.advanced.take_shape(file)
    inside, page = setup.page.widget(), setup.page.viewport()
    assert inside and page
    qtbot.waitUntil(lambda: setup.advanced.shape_words.width() > 0)
    assert inside.minimumSizeHint().width() <= page.width() and setup.advanced.shape_words.toolTip() == file


def test_the_way_to_a_setting_is_shown_only_where_it_stops_the_start(qtbot: QtBot, setup: RunSetup) -> None:
    setup.train_form.refuse("stages", "There is no text in the group “letters”.")
    setup.show_training("")
    assert setup.start_button.isEnabled() and not setup.fault_button.isVisible()
    press(qtbot, setup, setup.start_button)
    assert not setup.train_form.faults()
