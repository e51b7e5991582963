"""A form from a dataclass: what it shows, what it hands over, and what the user chose."""

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QLocale, Qt
from PySide6.QtWidgets import QComboBox, QDoubleSpinBox, QPlainTextEdit, QSlider, QSpinBox
from pytestqt.qtbot import QtBot

from textgen_gui.engine.core.config import ModelConfig, Precision, PrepareConfig, Schedule, TextConfig, TrainConfig
from textgen_gui.engine.core.generation_config import GenerateConfig
from textgen_gui.ui.parts.config_form import ConfigForm
from textgen_gui.ui.parts.form_fields import NumberField, in_words


def test_forms_come_from_the_dataclass(qtbot: QtBot) -> None:
    config = TrainConfig(steps=77, learning_rate=2.5e-5, prompts=("One", "Two"), precision=Precision.BF16)
    form = ConfigForm(config, sliders=True)
    qtbot.addWidget(form)
    assert form.config() == config
    assert "0 to 1000" in form.controls["clip"].toolTip()


def test_a_share_is_read_and_typed_in_percent(qtbot: QtBot) -> None:
    """“Held-out share: 0.01” stood beside sentences that say per cent."""
    form = ConfigForm(PrepareConfig(), leave_out=["clean"])
    qtbot.addWidget(form)
    field = form.controls["heldout"]
    assert isinstance(field, QDoubleSpinBox) and field.text() == "1%" and "0% to 50%" in field.toolTip()
    assert form.config() == PrepareConfig() and not form.unusual(), "to the last digit"
    for typed, share in (("3", 0.03), ("2.5%", 0.025), ("0", 0.0)):
        field.selectAll()
        qtbot.keyClicks(field, typed)
        field.interpretText()
        assert form.config().heldout == share, typed
    field.stepUp()
    assert form.set_back_buttons["heldout"].text() == "1%"
    form.set_back("heldout")
    assert field.text() == "1%" and form.config().heldout == 0.01
    form.set_config(PrepareConfig(heldout=0.07))
    assert field.text() == "7%" and form.config().heldout == 0.07


@pytest.mark.parametrize("language", ["C", "de"])
def test_a_zero_that_is_no_number_is_read_as_what_it_does_and_typed_over(qtbot: QtBot, language: str) -> None:
    """“Vocabulary: 0” made people think that there is none."""
    for config, name, words in (
        (PrepareConfig(), "vocabulary", "automatic"),
        (GenerateConfig(), "seed", "new each time"),
        (GenerateConfig(), "dry_multiplier", "off"),
    ):
        form: ConfigForm[PrepareConfig | GenerateConfig] = ConfigForm(config, only=[name], sliders=True)
        qtbot.addWidget(form)
        form.show()
        field = form.controls[name]
        field.setLocale(QLocale(language))
        assert isinstance(field, QSpinBox | QDoubleSpinBox) and field.text() == words
        for typed, text in (("3", "3"), ("0", words)):
            field.selectAll()
            qtbot.keyClicks(field, typed)
            field.interpretText()
            assert getattr(form.config(), name) == int(typed) and field.text() == text
        field.stepUp()
        assert form.unusual() == [name] and words in form.set_back_buttons[name].toolTip()
        qtbot.mouseClick(form.set_back_buttons[name], Qt.MouseButton.LeftButton)
        assert form.config() == config and field.text() == words


def test_arrows_move_a_number_up_and_down_from_nothing_and_below_it(qtbot: QtBot) -> None:
    form = ConfigForm(GenerateConfig(), only=["presence_penalty"])
    qtbot.addWidget(form)
    field = form.controls["presence_penalty"]
    assert isinstance(field, QDoubleSpinBox)
    for key, reached in ((Qt.Key.Key_Up, 0.05), (Qt.Key.Key_Down, 0), (Qt.Key.Key_Down, -0.05), (Qt.Key.Key_Up, 0)):
        qtbot.keyClick(field, key)
        assert field.value() == pytest.approx(reached)


def test_a_choice_comes_back_as_a_member_of_its_enum(qtbot: QtBot) -> None:
    form = ConfigForm(TrainConfig())
    qtbot.addWidget(form)
    box = form.controls["schedule"]
    assert isinstance(box, QComboBox)
    box.setCurrentText("cosine")
    assert form.config().schedule is Schedule.COSINE and type(form.config().precision) is Precision


def test_only_what_the_user_changed_is_chosen(qtbot: QtBot) -> None:
    form = ConfigForm(TrainConfig(learning_rate=0.0025))
    qtbot.addWidget(form)
    steps, rate = form.controls["steps"], form.controls["learning_rate"]
    assert isinstance(steps, QSpinBox) and isinstance(rate, QDoubleSpinBox)
    assert form.chosen() == frozenset()
    form.give("learning_rate", 0.0025 * 0.2)
    assert form.chosen() == frozenset() and form.config().learning_rate == pytest.approx(5e-4)
    steps.setValue(123)
    rate.setValue(0.001)
    assert form.chosen() == {"steps", "learning_rate"}
    form.give("learning_rate", 0.002)
    assert form.config().learning_rate == pytest.approx(0.001), "what the user chose stays"


def test_typing_is_not_disturbed_by_what_is_known_already(qtbot: QtBot) -> None:
    form = ConfigForm(TextConfig())
    qtbot.addWidget(form)
    form.changed.connect(lambda: form.set_config(form.config()))
    columns = form.controls["columns"]
    assert isinstance(columns, QPlainTextEdit)
    qtbot.keyClicks(columns, "title")
    assert form.config().columns == ("title",)


def test_what_is_not_as_usual_is_marked(qtbot: QtBot) -> None:
    """A project's own settings are measured by the usual ones, also when the form is shown them."""
    form = ConfigForm(TrainConfig())
    qtbot.addWidget(form)
    form.show()
    form.set_config(TrainConfig(schedule=Schedule.COSINE, save_memory=True, stages=("One",)))
    assert form.unusual() == ["schedule", "stages", "save_memory"] and form.chosen() == frozenset()
    assert form.set_back_buttons["schedule"].accessibleName() == "Set Schedule back to falls in a straight line"
    told: list[bool] = []
    form.changed.connect(lambda: told.append(True))
    form.set_back_buttons["save_memory"].click()
    assert form.unusual() == ["schedule", "stages"] and told and not form.set_back_buttons["save_memory"].isVisible()
    form.set_back()
    assert form.unusual() == [] and form.config().stages == ()


@pytest.mark.parametrize(
    ("value", "words"),
    [(5.4e-06, "0.0000054"), (0.0025, "0.0025"), (1000.0, "1000"), (True, "on"), (("a", "b"), "a, b"), (0.3, "0.3")],
)
def test_settings_are_written_as_people_write_them(value: object, words: str) -> None:
    assert in_words(value) == words


@pytest.fixture
def german() -> Iterator[None]:
    before = QLocale()
    QLocale.setDefault(QLocale(QLocale.Language.German, QLocale.Country.Germany))
    yield
    QLocale.setDefault(before)


@pytest.mark.parametrize("typed", ["0,7", "0.7"])
def test_a_number_is_written_as_the_user_writes_it(qtbot: QtBot, german: None, typed: str) -> None:
    field = NumberField()
    qtbot.addWidget(field)
    field.setRange(0, 10_000)
    field.setValue(1234.5)
    assert field.text() == "1234,5" and field.value() == 1234.5
    field.selectAll()
    qtbot.keyClicks(field, typed)
    field.interpretText()
    assert field.value() == 0.7 and field.text() == "0,7"
    field.setValue(2.5e-5)
    assert field.text() == "0,000025"


def test_below_a_setting_that_cannot_be_used_stands_why(qtbot: QtBot) -> None:
    form = ConfigForm(ModelConfig(width=64, heads=4))
    qtbot.addWidget(form)
    heads = form.controls["heads"]
    assert isinstance(heads, QSpinBox) and not form.faults()
    heads.setValue(7)
    assert form.faults() == {"width": "“Width” is 64, which cannot be divided among 7 heads."}
    width = form.controls["width"]
    assert width.property("faulty") and width.accessibleDescription() == form.faults()["width"]
    heads.setValue(8)
    assert not form.faults() and not width.property("faulty") and not width.accessibleDescription()


def test_what_work_refuses_about_a_setting_goes_with_the_next_change(qtbot: QtBot) -> None:
    form = ConfigForm(TrainConfig())
    qtbot.addWidget(form)
    form.refuse("stages", "The stage 'x:y' cannot be read.")
    assert form.faults() == {"stages": "The stage 'x:y' cannot be read."}
    stages = form.controls["stages"]
    assert isinstance(stages, QPlainTextEdit)
    stages.setPlainText("letters")
    assert not form.faults()


def test_what_was_refused_is_of_the_past_with_other_settings_and_with_a_new_start(qtbot: QtBot) -> None:
    form = ConfigForm(GenerateConfig())
    qtbot.addWidget(form)
    for forget in (lambda: form.set_config(GenerateConfig()), form.commit):
        form.refuse("beams", "4 beams give at most 4 texts.")
        assert form.faults()
        forget()
        assert not form.faults() and not form.controls["beams"].property("faulty")


def test_a_field_that_is_emptied_says_no_more_what_was_wrong_with_it(qtbot: QtBot) -> None:
    form = ConfigForm(GenerateConfig())
    qtbot.addWidget(form)
    field = form.controls["json_schema"]
    qtbot.keyClicks(field, "{x")
    assert form.set_back_buttons["json_schema"].isVisibleTo(form), "marked while it is typed"
    form.refuse("json_schema", "json_schema is no JSON. Mend it, or empty it.")
    qtbot.keyClick(field, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    qtbot.keyClick(field, Qt.Key.Key_Delete)
    assert not form.faults() and not form.set_back_buttons["json_schema"].isVisibleTo(form)


def test_what_is_typed_is_told_once_when_work_begins(qtbot: QtBot) -> None:
    form = ConfigForm(GenerateConfig())
    qtbot.addWidget(form)
    told: list[str] = []
    form.changed.connect(lambda: told.append(form.config().regex))
    form.commit()
    qtbot.keyClicks(form.controls["regex"], "a+")
    assert not told
    form.commit()
    form.commit()
    qtbot.keyClick(form.controls["regex"], Qt.Key.Key_Return)
    assert told == ["a+"]


def test_a_slider_stays_as_long_as_it_is_when_its_setting_is_marked(qtbot: QtBot) -> None:
    """It would move away under the mouse."""
    form = ConfigForm(GenerateConfig(), only=("temperature",), sliders=True)
    qtbot.addWidget(form)
    form.resize(300, 100)
    with qtbot.waitExposed(form):
        form.show()
    slider, field = form.findChild(QSlider), form.controls["temperature"]
    assert slider and isinstance(field, QDoubleSpinBox)
    before = slider.width()
    field.setValue(1.2)
    layout = form.layout()
    assert layout and form.set_back_buttons["temperature"].isVisible()
    layout.activate()
    assert slider.width() == before


def test_sliders_below_each_other_are_of_one_length_and_reach_the_edge(qtbot: QtBot) -> None:
    """Whatever numbers stand beside them, and whatever they are set back to."""
    form = ConfigForm(GenerateConfig(), only=("temperature", "max_new_tokens"), sliders=True)
    qtbot.addWidget(form)
    form.resize(400, 200)
    with qtbot.waitExposed(form):
        form.show()
    assert len({slider.width() for slider in form.findChildren(QSlider)}) == 1
    for field in form.controls.values():
        assert field.mapTo(form, field.rect().topRight()).x() == form.rect().right()


def test_arrow_keys_move_a_slider_that_was_pressed_and_tab_leaves_it_out(qtbot: QtBot) -> None:
    form = ConfigForm(GenerateConfig(), only=("temperature", "top_p"), sliders=True)
    qtbot.addWidget(form)
    form.resize(400, 200)
    with qtbot.waitExposed(form):
        form.show()
    form.activateWindow()
    slider, field = form.findChild(QSlider), form.controls["temperature"]
    assert slider and isinstance(field, QDoubleSpinBox)
    qtbot.mouseClick(slider, Qt.MouseButton.LeftButton, pos=slider.rect().center())
    qtbot.waitUntil(slider.hasFocus)
    before = field.value()
    qtbot.keyClick(slider, Qt.Key.Key_Right)
    assert field.value() > before
    field.setFocus()
    qtbot.keyClick(field, Qt.Key.Key_Tab)
    assert form.focusWidget() not in [field, *form.findChildren(QSlider)]
