"""One long text beside short ones: it is said before training, and all may count alike."""

from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from textgen_gui import Project
from textgen_gui.engine.core import events
from textgen_gui.engine.core.config import Balance, PrepareConfig, TextConfig
from textgen_gui.engine.core.project import Source
from textgen_gui.engine.core.snapshot import ProjectSnapshot
from textgen_gui.engine.text.staleness import current
from textgen_gui.ui.data.balance import longest
from textgen_gui.ui.data.data_tab import DataTab
from textgen_gui.ui.data.text_model import TextModel
from textgen_gui.ui.main_window import MainWindow
from textgen_gui.ui.parts import widgets

from ...conftest import story
from ..dropping import drop
from ..using import click, settled


def made_of(qtbot: QtBot, window: MainWindow, folder: Path, **lengths: int) -> DataTab:
    """The tab of a project with texts of these lengths, none of which says what another one says."""
    window.open_by(lambda: Project.create(folder / "p"))
    data = window.made_workspace().data
    settled(qtbot, window)
    for name, length in lengths.items():
        (folder / f"{name}.txt").write_text(story(length).replace("day", name).replace("old", f"{name}ish"))
    drop(data, *(folder / f"{name}.txt" for name in lengths))
    settled(qtbot, window)
    return data


def balance_of(data: DataTab) -> Balance | None:
    return data.opened.project.prepare_config().balance if data.opened else None


def test_a_long_text_is_told_and_all_texts_can_count_alike(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    data = made_of(qtbot, window, tmp_path, saga=120_000, letter=9_000, diary=9_000)
    note = data.card.balance
    assert note.isVisibleTo(data) and note.words.text().startswith("“saga.txt” is 87% of all your text: ")
    assert note.words.text().endswith("the model will write like it, and the 2 others hardly count.")
    data.prepare()
    settled(qtbot, window)
    assert note.isVisibleTo(data), "it stays to be seen until training begins"
    click(qtbot, note.alike_button)
    qtbot.waitUntil(lambda: balance_of(data) is Balance.EQUAL)
    assert note.words.text() == "All texts count alike, however long they are." and note.alike_button.isHidden()
    click(qtbot, data.prepare_button)
    settled(qtbot, window)
    click(qtbot, note.by_size_button)
    qtbot.waitUntil(lambda: balance_of(data) is Balance.SIZE)
    assert note.alike_button.isVisibleTo(data)


def test_what_is_too_short_to_count_needs_more_text(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    """It was said that it hardly counts, and no button did anything about it."""
    note = made_of(qtbot, window, tmp_path, saga=120_000, note=700).card.balance
    buttons = note.alike_button, note.together_button, note.by_size_button
    assert note.isVisible() and all(button.isHidden() for button in buttons)
    assert note.words.text().endswith("hardly counts. To be heard, it needs more text of the same kind.")


def groups_of(data: DataTab) -> dict[str, str]:
    sources = data.opened.project.sources() if data.opened else ()
    return {source.file: source.options.group for source in sources}


def test_short_texts_can_count_together_as_much_as_the_long_one(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    """The one sentence about them had no button, as none of them is long enough to count by itself."""
    data = made_of(qtbot, window, tmp_path, saga=120_000, ant=4_000, bee=4_000, cat=4_000)
    note, shorts = data.card.balance, {"ant.txt", "bee.txt", "cat.txt"}
    data.table.choose(["ant.txt"])
    assert note.alike_button.isHidden() and note.together_button.text() == "Let the others count as much, together"
    click(qtbot, note.together_button)
    qtbot.waitUntil(lambda: balance_of(data) is Balance.EQUAL)
    assert {file for file, group in groups_of(data).items() if group} == shorts
    qtbot.waitUntil(lambda: note.together_button.isHidden())
    assert data.panel.form.config().group == "short texts", "what stands beside the list is how it is now"
    assert note.words.text() == "All texts count alike, the short ones together."
    click(qtbot, data.prepare_button)
    settled(qtbot, window)
    assert data.opened
    prepared = current(data.opened.project)
    assert prepared and [part.share for part in prepared.parts()] == [0.5, 0.5]
    click(qtbot, note.by_size_button)
    qtbot.waitUntil(lambda: balance_of(data) is Balance.SIZE)
    assert set(groups_of(data).values()) == {""}, "one press takes back both"
    qtbot.waitUntil(lambda: note.together_button.isVisibleTo(data))
    assert data.panel.form.config().group == ""


@pytest.mark.parametrize(
    ("lengths", "groups", "together"),
    [
        ([1_000_000, *10 * [1_000]], 11 * [""], 10),
        ([1_000_000, *7 * [1_000]], 8 * [""], 0),  # even together they are too short
        ([1_000_000, 20_000, *8 * [1_000]], 10 * [""], 8),  # one of them counts by itself
        ([1_000_000, *9 * [1_000], 100], [*10 * [""], "mine"], 0),  # a group of somebody's stays as it is
        ([1_000_000, *8 * [1_000], 100], ["", *8 * ["short texts"], ""], 1),  # one that came later
        ([100_000, 1_000], ["", "short texts"], 0),
        ([7_900, 1_000], ["", ""], 0),  # the long one is short itself
    ],
)
def test_which_texts_can_count_together(lengths: list[int], groups: list[str], together: int) -> None:
    found = longest([Source(f"{n}.txt", "", TextConfig(group=group)) for n, group in enumerate(groups)], lengths)
    assert found and len(found.short) == together and not (found.short and found.may_count_alike)


@pytest.mark.parametrize("short", [9_000, 5_000])
@pytest.mark.parametrize(("width", "height", "zoom"), [(1024, 700, 130), (720, 450, 100), (720, 450, 130)])
def test_in_a_small_window_no_word_is_cut_and_texts_are_still_listed(
    qtbot: QtBot, window: MainWindow, tmp_path: Path, width: int, height: int, zoom: int, short: int
) -> None:
    """The sentences of the card lost their last lines, and open settings left one text of the list."""
    data = made_of(qtbot, window, tmp_path, saga=120_000, letter=short, diary=short)
    window.resize(width, height)
    window.zoom_to(zoom)
    try:
        qtbot.wait(50)
        for fold in (None, *data.card.findChildren(widgets.Fold)):
            if fold:
                fold.toggle()
                qtbot.wait(50)
            for label in (data.card.balance.words, data.status):
                assert label.height() >= label.heightForWidth(label.width()), label.text()
            area = data.pane.table.viewport()
            seen = data.card.mapTo(data, data.card.rect().topLeft()).y() - area.mapTo(data, area.rect().topLeft()).y()
            assert seen >= 2.5 * data.pane.table.rowHeight(0)
    finally:
        window.zoom_to(100)


def test_texts_of_about_one_length_need_no_word(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    data = made_of(qtbot, window, tmp_path, saga=20_000, letter=9_000)
    assert data.card.balance.isHidden()


@pytest.mark.parametrize(
    ("lengths", "groups", "told", "button"),
    [
        ([1_000_000], [""], False, False),
        ([1_000_000, *10 * [20_000]], 11 * [""], True, True),
        ([1_000_000, 1_000], ["", ""], True, False),  # shorter than what a model reads at once: it cannot count alike
        ([1_000_000, *10 * [1_000]], ["", *10 * ["letters"]], True, True),
        ([1_000_000, 500_000], ["", ""], False, False),
        ([0, 20_000], ["", ""], False, False),
    ],
)
def test_how_long_is_too_long(lengths: list[int], groups: list[str], told: bool, button: bool) -> None:
    found = longest([Source(f"{n}.txt", "", TextConfig(group=group)) for n, group in enumerate(groups)], lengths)
    assert (found is not None) is told and bool(found and found.may_count_alike) is button


def test_a_long_name_does_not_widen_the_window() -> None:
    found = longest([Source("x" * 99, ""), Source("y", "")], [9, 1])
    assert found and found.in_words.startswith(f"“{'x' * 49}…” is 90% of all your text")


def test_a_text_that_was_not_read_yet_or_is_of_no_use_is_not_counted(qtbot: QtBot) -> None:
    texts, sources = TextModel(), (Source("a.txt", ""), Source("b.txt", ""), Source("c.txt", ""))
    texts.show_texts(ProjectSnapshot("p", sources, {}, PrepareConfig(), (), (), {}), up_to_date=False)
    texts.take([events.TextRead(f"texts/{name}.txt", "text", "utf-8", int(name == "b"), 9) for name in "xba"])
    assert texts.characters() == [0, 9, 0]
    assert texts.may_be_mostly_one()  # more was read than is listed, so each has to be looked at
    assert longest(sources, [0, 0, 0]) is None


@pytest.mark.parametrize(("lengths", "may_be"), [([], False), ([0, 0], False), ([5, 5], False), ([9, 1], True)])
def test_whether_a_text_may_be_most_of_all_is_known_without_a_look_at_each(
    qtbot: QtBot, lengths: list[int], may_be: bool
) -> None:
    texts, sources = TextModel(), tuple(Source(f"{n}.txt", "") for n in range(4))
    texts.show_texts(ProjectSnapshot("p", sources, {}, PrepareConfig(), (), (), {}), up_to_date=False)
    texts.take(events.TextRead(f"texts/{n}.txt", "text", "utf-8", 1, length) for n, length in enumerate(lengths))
    assert texts.may_be_mostly_one() is may_be
