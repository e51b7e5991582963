"""What meets the eye: nothing scrolls twice, nothing is cut, things on one line share their middle."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QAbstractScrollArea,
    QApplication,
    QCheckBox,
    QComboBox,
    QDialogButtonBox,
    QLabel,
    QLineEdit,
    QMessageBox,
    QPlainTextEdit,
    QPushButton,
    QScrollArea,
    QSpinBox,
    QWidget,
)
from pytestqt.qtbot import QtBot

from textgen_gui import Project
from textgen_gui.engine.core.config import TextConfig
from textgen_gui.engine.core.project import Run
from textgen_gui.ui.data.reflow import LEAST_HEIGHT, Reflow
from textgen_gui.ui.main_window import MainWindow
from textgen_gui.ui.parts import boxes, glossary, resources, widgets
from textgen_gui.ui.parts.config_form import ConfigForm
from textgen_gui.ui.parts.fields import UndoPassedOn
from textgen_gui.ui.parts.preferences import Theme
from textgen_gui.ui.parts.styled import Styled
from textgen_gui.ui.train.compare import CompareView, Course

from .using import click, settled, tabs

SMALL = (720, 450)  # 1440 x 900 at twice the size


@pytest.fixture
def small(qtbot: QtBot, window: MainWindow, trained: Run) -> MainWindow:
    window.open_project(trained.project.folder)
    settled(qtbot, window)
    window.resize(*SMALL)
    return window


def scrolling(area: QAbstractScrollArea) -> bool:
    return area.isVisible() and area.verticalScrollBar().maximum() > 0


def pages(window: MainWindow, run: Run) -> Iterator[str]:
    """Shows one page after the other, and says which."""
    data, train, generate = tabs(window)
    for number in range(data.panel.count()):
        window.tabs.setCurrentIndex(0)
        data.panel.setCurrentIndex(number)
        yield f"data {number}"
    window.tabs.setCurrentIndex(1)
    train.new_run()
    yield "new run"
    for runs in ([run], [run, run]):
        train._choose(list(runs))
        yield f"{len(runs)} runs"
    for number in range(generate.views.count()):
        window.tabs.setCurrentIndex(2)
        generate.views.setCurrentIndex(number)
        yield f"generate {number}"


def within_another(window: MainWindow) -> list[str]:
    areas = [area for area in window.findChildren(QScrollArea) if scrolling(area)]
    return [repr(area.widget()) for area in areas for other in areas if other is not area and other.isAncestorOf(area)]


def has_few(window: MainWindow, allowed: int) -> bool:
    return len(within_another(window)) <= allowed


def test_nothing_scrolls_within_a_page_that_scrolls(qtbot: QtBot, small: MainWindow, trained: Run) -> None:
    """Two bars beside each other: nobody knows which of them moves what."""
    for name in pages(small, trained):
        settled(qtbot, small)
        few = partial(has_few, small, int(name.startswith("data")))  # what stands beside the texts scrolls by itself
        qtbot.waitUntil(few, timeout=2000)


def test_what_scrolls_goes_on_to_the_foot_of_the_window(qtbot: QtBot, small: MainWindow, trained: Run) -> None:
    """It was cut above a blank strip."""

    def below(area: QWidget) -> int:
        return small.rect().bottom() - area.mapTo(small, area.rect().bottomLeft()).y()

    small.resize(1024, 700)
    for name in pages(small, trained):
        settled(qtbot, small)
        if name in {"new run", "1 runs"}:
            areas = [area for area in tabs(small)[1].pages.findChildren(QScrollArea) if area.isVisible()]
            assert areas and min(map(below, areas)) == 0, name
    assert below(tabs(small)[2].side) == 0


def test_no_tab_is_cut_in_the_smallest_window(qtbot: QtBot, small: MainWindow) -> None:
    small.resize(100, 100)
    bar = small.header.tabs
    qtbot.waitUntil(lambda: small.width() < SMALL[0])
    last = bar.mapTo(small, bar.tabRect(bar.count() - 1).topRight())
    assert bar.count() == 3 and bar.width() >= bar.sizeHint().width() and last.x() < small.width()


def test_a_sentence_in_passing_moves_nothing_and_lets_the_mouse_through(qtbot: QtBot, window: MainWindow) -> None:
    before = window.pages.geometry()
    window.say("“letter.txt” was here already.")
    passing = window.passing
    assert passing.isVisible() and window.pages.geometry() == before
    below = passing.mapTo(window, passing.rect().center())
    assert window.childAt(below) is not passing
    gap = QPoint(widgets.GRID, -widgets.GRID // 2)
    for size in ((700, 500), (900, 640)):
        window.resize(*size)
        qtbot.waitUntil(lambda: passing.mapTo(window, passing.rect().bottomLeft()) - window.rect().bottomLeft() == gap)
    window.tell("The disk is full.")
    assert not window.notice.geometry().intersects(passing.geometry())


def test_the_list_of_runs_has_whole_names_in_a_small_window(qtbot: QtBot, small: MainWindow) -> None:
    train = tabs(small)[1]
    small.tabs.setCurrentIndex(1)
    runs = train.list.list
    qtbot.waitUntil(lambda: runs.isVisible() and runs.count() > 0)
    item = runs.item(0)
    item.setText("001 A name that is much longer than the list is wide\nfinished")
    runs.doItemsLayout()
    assert runs.horizontalScrollBar().maximum() == 0 and not runs.horizontalScrollBar().isVisible()
    assert runs.visualItemRect(item).height() > 3 * runs.fontMetrics().height(), "the name goes on in the next line"


def test_a_row_has_space_for_the_words_that_go_in_from_its_edges(qtbot: QtBot, small: MainWindow) -> None:
    """It was as high as if they went from edge to edge, and the last line, its state, was cut."""
    runs = tabs(small)[1].list.list
    small.tabs.setCurrentIndex(1)
    qtbot.waitUntil(lambda: runs.isVisible() and runs.count() > 0)
    words, metrics = "001 From scratch", runs.fontMetrics()
    while metrics.horizontalAdvance(words) <= runs.viewport().width() - 16:
        words += " i"
    assert metrics.horizontalAdvance(words) <= runs.viewport().width(), "between the two"
    runs.item(0).setText(words)
    runs.doItemsLayout()
    assert runs.visualItemRect(runs.item(0)).height() >= 2 * metrics.lineSpacing() + 12


def test_the_curves_that_are_compared_can_be_seen_in_a_small_window(
    qtbot: QtBot, small: MainWindow, trained: Run
) -> None:
    train = tabs(small)[1]
    small.tabs.setCurrentIndex(1)
    train._choose([trained, trained])
    settled(qtbot, small)
    assert train.compare._plot.height() >= 180
    table = train.compare.table
    headers = [table.verticalHeaderItem(row) for row in range(table.rowCount())]
    names = [header.text() for header in headers if header]
    assert all(name[0].isupper() for name in names), names
    shown = {item.text() for row in range(table.rowCount()) if (item := table.item(row, 0))}
    assert not shown & {"True", "False", "()", "auto", "linear"}, "what is in files is no word"


def test_whatever_is_written_from_the_right_stands_at_the_right(small: MainWindow) -> None:
    fields = small.made_workspace().findChildren(QPlainTextEdit)
    assert len(fields) > 6
    for field in fields:
        field.setPlainText("كان يا ما كان")
        option = field.document().defaultTextOption()
        assert option.alignment() & Qt.AlignmentFlag.AlignRight, field.accessibleName()


def test_what_stands_on_a_line_shares_its_middle(qtbot: QtBot) -> None:
    flow = widgets.Flow(QPushButton("Write them"), QSpinBox(), QCheckBox("Put aside copied ones"))
    qtbot.addWidget(flow)
    resources.apply_theme(Theme.LIGHT)
    Styled(flow)
    flow.resize(800, 100)
    with qtbot.waitExposed(flow):
        flow.show()
    middles = {one.geometry().center().y() for one in flow.findChildren(QWidget) if one.parent() is flow}
    assert max(middles) - min(middles) <= 1


def test_the_name_of_a_setting_stands_at_the_middle_of_its_field(qtbot: QtBot) -> None:
    form = ConfigForm(TextConfig(), only=["encoding", "documents", "weight"])
    qtbot.addWidget(form)
    resources.apply_theme(Theme.LIGHT)
    Styled(form)
    form.resize(500, 300)
    with qtbot.waitExposed(form):
        form.show()
    for name, control in form.controls.items():
        field, words = in_form(form, control), in_form(form, form._names[name])
        assert abs(field.center().y() - words.center().y()) <= 1, name
    heights = {control.height() for control in form.controls.values()}
    assert max(heights) - min(heights) <= 1, "one family"


def in_form(form: QWidget, part: QWidget) -> QRect:
    return QRect(part.mapTo(form, QPoint()), part.size())


def has_focus(window: MainWindow, first: QWidget) -> bool:
    return window.focusWidget() is first


def test_the_keyboard_begins_at_the_texts_of_a_project(
    qtbot: QtBot, window: MainWindow, place: Project, tmp_path: Path
) -> None:
    data = tabs(window)[0]
    for project, first in ((place, data.table), (Project.create(tmp_path / "empty"), data.add_button)):
        window.open_project(project.folder)
        qtbot.waitUntil(partial(has_focus, window, first))
        settled(qtbot, window)


def test_a_view_that_was_never_shown_has_the_size_of_the_others(
    qtbot: QtBot, window: MainWindow, place: Project
) -> None:
    """Its buttons stayed at 200 %."""
    window.open_project(place.folder)
    settled(qtbot, window)
    generate = tabs(window)[2]
    window.tabs.setCurrentIndex(0)
    for theme, zoom, tab in ((Theme.DARK, 200, 0), (Theme.DARK, 200, 2), (Theme.DARK, 100, 2), (Theme.LIGHT, 100, 2)):
        window.preferences.theme = theme
        window.zoom_to(zoom)
        window.tabs.setCurrentIndex(tab)
        qtbot.wait(1)
    for view in (generate.batch, generate.side_by_side):
        generate.views.setCurrentWidget(view)
        qtbot.waitUntil(view.isVisible)
        assert view.write_button.font().pointSizeF() == generate.desk.write_button.font().pointSizeF()


def test_the_page_of_keys_begins_with_the_menus(window: MainWindow) -> None:
    from textgen_gui.ui.help_pages import _keys_of, more_keys

    window.made_workspace()
    lines = [*_keys_of(window), *more_keys]
    names, keys = [name for _, name in lines], [key for key, _ in lines]
    assert names.index("New project") == 0 and keys.index("F2") > names.index("How to, and all keys")
    assert len(keys) == len(set(keys)), "a key that many lists have stands there once"


@pytest.mark.parametrize("kind", [QLineEdit, QSpinBox])
def test_a_field_with_nothing_to_undo_leaves_the_key_to_its_page(
    qtbot: QtBot, kind: type[QLineEdit] | type[QSpinBox]
) -> None:
    page, field, undone = QWidget(), kind(), list[bool]()
    qtbot.addWidget(page)
    page.setLayout(widgets.column(field))
    QShortcut(QKeySequence.StandardKey.Undo, page, lambda: undone.append(True))
    UndoPassedOn(page)
    page.show()
    page.activateWindow()
    qtbot.waitUntil(page.isActiveWindow)
    field.setFocus()
    qtbot.keyClick(field, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert undone == [True]
    qtbot.keyClick(field, Qt.Key.Key_5)
    qtbot.keyClick(field, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert undone == [True], "that is for the field"


def test_the_words_of_a_question_begin_where_its_buttons_do(qtbot: QtBot, window: MainWindow) -> None:
    box = boxes._box(window, "Stop", "Stop training “001 first”?")
    box.setInformativeText("It will be saved first.")
    for answer in ("Stop and save", "Keep going meanwhile", "Neither of these two"):
        box.addButton(answer, QMessageBox.ButtonRole.AcceptRole)
    with qtbot.waitExposed(box):
        box.open()
    words = [label for label in box.findChildren(QLabel) if label.text().startswith(("Stop", "It will"))]
    assert len(words) == 2
    row = box.findChild(QDialogButtonBox)
    assert row and {label.x() for label in words} == {row.x()}
    box.close()


def test_what_separates_documents_is_asked_only_where_it_counts(
    qtbot: QtBot, window: MainWindow, place: Project
) -> None:
    window.open_project(place.folder)
    settled(qtbot, window)
    panel = tabs(window)[0].panel
    panel.setCurrentIndex(1)
    separator, documents = panel.form.controls["separator"], panel.form.controls["documents"]
    assert isinstance(documents, QComboBox) and documents.isVisible() and not separator.isVisible()
    documents.setCurrentText("at a separator")
    settled(qtbot, window)
    assert separator.isVisible()


def test_where_nothing_is_prepared_a_button_leads_to_the_texts(
    qtbot: QtBot, window: MainWindow, place: Project
) -> None:
    window.open_project(place.folder)
    settled(qtbot, window)
    window.tabs.setCurrentIndex(1)
    setup = tabs(window)[1].setup
    assert not setup.start_button.isEnabled() and setup.data_button.isVisible()
    click(qtbot, setup.data_button)
    assert window.tabs.currentIndex() == 0


def test_open_settings_leave_room_for_the_texts(qtbot: QtBot, window: MainWindow, place: Project) -> None:
    window.open_project(place.folder)
    settled(qtbot, window)
    window.resize(1180, 780)
    data, _, _ = tabs(window)
    (fold,) = data.card.findChildren(widgets.Fold)
    click(qtbot, fold.heading)
    areas = data.findChildren(QScrollArea)
    for zoom in (100, 115):
        window.zoom_to(zoom)
        qtbot.waitUntil(lambda: [area for area in areas if scrolling(area)] == [data.card.settings])
    window.zoom_to(100)


def test_below_each_other_both_halves_of_data_have_room_for_large_text(qtbot: QtBot) -> None:
    """A preview was a single line there, in a page that scrolls anyway."""
    each = QWidget(), QWidget()
    halves = Reflow(*each)
    qtbot.addWidget(halves)
    halves.show()
    try:
        for percent in (100, 200):
            resources.apply_theme(Theme.LIGHT, percent)
            halves.resize(600 + percent // 2, 1200)
            QApplication.processEvents()
            assert [half.minimumHeight() for half in each] == 2 * [LEAST_HEIGHT * percent // 100]
    finally:
        resources.apply_theme(Theme.LIGHT, 100)


def test_what_is_compared_can_be_read_where_text_is_twice_as_large(qtbot: QtBot) -> None:
    compare = CompareView()
    qtbot.addWidget(compare)
    font = compare.font()
    font.setPointSizeF(2 * font.pointSizeF())
    compare.setFont(font)
    compare.resize(760, 560)
    compare.courses = [Course(Run(Path(f"00{n} Thirty years of letters")), {"Rate": f"{n}"}, (), 1.0) for n in range(4)]
    compare._fill_table()
    compare.restyle()
    with qtbot.waitExposed(compare):
        compare.show()
    letters, header = compare.fontMetrics(), compare.table.horizontalHeader()
    assert all(header.sectionSize(n) >= letters.horizontalAdvance("1.388, th") for n in range(4))
    named = compare.table.horizontalHeaderItem(3)
    assert named is not None and named.toolTip() == "003 Thirty years of letters"
    axis = compare._plot.getAxis("left")
    assert axis.labelStyle["font-size"] == f"{font.pointSizeF():g}pt"
    assert axis.label.boundingRect().width() <= axis.size().height()


def test_the_lines_between_rows_of_compared_runs_go_through_all_columns(qtbot: QtBot) -> None:
    resources.apply_theme(Theme.LIGHT)
    compare = CompareView()
    qtbot.addWidget(compare)
    Styled(compare)
    compare.resize(700, 700)
    compare.courses = [Course(Run(Path(name)), {"Rate": rate}, (), 1.0) for name, rate in (("a", "1"), ("b", "2"))]
    compare._fill_table()
    with qtbot.waitExposed(compare):
        compare.show()
    table = compare.table
    image = table.viewport().grab().toImage()
    for row in range(table.rowCount()):
        line = table.rowViewportPosition(row) + table.rowHeight(row) - 1
        for column in range(2):
            x = table.columnViewportPosition(column) + table.columnWidth(column) // 2
            assert image.pixelColor(x, line).name() == resources.colours()["border"]
    rate = table.rowViewportPosition(3) + 3
    assert image.pixelColor(3, rate).name() == resources.colours()["tint"], "what differs is tinted all the same"
    names = table.verticalHeader().grab().toImage()
    assert names.pixelColor(3, names.height() - 3).name() == resources.colours()["card"], "below the rows, too"
    resources.apply_theme(Theme.DARK)
    compare.restyle()
    cell = compare.table.item(3, 0)
    assert cell is not None and cell.background().color().name() == resources.colours()["tint"], (
        "pale behind pale letters"
    )


@pytest.mark.parametrize("word", ["Document", "Token", "Vocabulary"])
def test_the_glossary_opens_at_its_word_and_marks_it(qtbot: QtBot, word: str) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    window.resize(900, 700)
    resources.apply_theme(Theme.LIGHT)
    with qtbot.waitExposed(window):
        window.show()
    page = glossary.explain(word, window)
    QApplication.processEvents()
    seen = page.text.cursorForPosition(QPoint(40, 3 * widgets.GRID))
    assert seen.block().text().startswith(word)
    assert seen.blockFormat().background().color().name() == resources.colours()["tint"]
    page.reject()
