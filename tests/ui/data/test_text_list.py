"""The list of texts: any number of them without a pause, sorted, found, told what changed, and its menu."""

import gc
import time
from collections.abc import Callable

import pytest
from PySide6.QtCore import QAbstractItemModel, QEventLoop, QPoint, Qt, QTimer
from PySide6.QtGui import QAction, QDesktopServices
from PySide6.QtWidgets import QMenu, QStyledItemDelegate, QStyleOptionViewItem
from pytestqt.qtbot import QtBot

from textgen_gui.engine.core import events
from textgen_gui.engine.core.config import PrepareConfig
from textgen_gui.engine.core.project import Source
from textgen_gui.engine.core.snapshot import ProjectSnapshot
from textgen_gui.ui.data.text_list import TextList
from textgen_gui.ui.data.text_model import Column
from textgen_gui.ui.data.texts_pane import TextsPane

from ..using import press_entry

MANY = 100_000
BLOCK_S = 0.1


def snapshot(sources: tuple[Source, ...]) -> ProjectSnapshot:
    sizes = {source.file: 1000 + len(source.file) for source in sources}
    return ProjectSnapshot("p", sources, sizes, PrepareConfig(), (), (), {})


def texts(*names: str) -> ProjectSnapshot:
    return snapshot(tuple(Source(f"{name}.txt", f"/home/{name[0]}/{name}.txt") for name in names))


def read(file: str, documents: int = 1, tokens: int = 5, *warnings: str) -> events.TextRead:
    return events.TextRead(f"texts/{file}", "text", "utf-8", documents, 99, warnings, tokens)


@pytest.fixture
def pane(qtbot: QtBot) -> TextsPane:
    made = TextsPane([])
    qtbot.addWidget(made)
    made.resize(900, 500)
    made.show()
    made.show_texts(texts("bee", "ant", "cat", "dog"), up_to_date=False)
    return made


def names(table: TextList) -> str:
    return "".join(str(table.texts.index(row, 0).data())[0] for row in range(table.texts.rowCount()))


def chosen(table: TextList) -> str:
    return "".join(source.file[0] for source in table.selected())


def test_a_press_beside_all_rows_chooses_nothing_else(qtbot: QtBot, pane: TextsPane) -> None:
    """And Remove did nothing then."""
    table, left = pane.table, Qt.MouseButton.LeftButton
    table.choose(["ant.txt"])
    page = table.viewport()
    assert table.rowAt(page.height() - 5) < 0
    qtbot.mouseClick(page, left, pos=QPoint(page.width() // 2, page.height() - 5))
    assert chosen(table) == "a"


def test_the_tip_of_a_text_shows_no_markup(pane: TextsPane) -> None:
    """A file may be called like a picture on a server of somebody's."""
    odd = "<img src='http://example.org/x.png'>"
    pane.show_texts(snapshot((Source("a.txt", f"/home/{odd}.txt"),)), up_to_date=False)
    tip = pane.table.texts.index(0, 0).data(Qt.ItemDataRole.ToolTipRole)
    assert "<img" not in tip and "&lt;img" in tip


def test_a_text_is_found_in_any_order_and_among_those_that_the_filter_leaves(pane: TextsPane) -> None:
    table = pane.table
    table.choose(["cat.txt"])
    assert chosen(table) == "c"
    table.texts.sort(0, Qt.SortOrder.DescendingOrder)
    assert names(table) == "dcba"
    for name in "abcd":
        file = str(table.texts.shown["dcba".index(name)].file)
        assert table.texts.row_of(file) == "dcba".index(name)
        table.choose([file])
        assert chosen(table) == name
    table.texts.filter("bee")
    assert table.texts.row_of("bee.txt") == 0 and table.texts.row_of("ant.txt") is None


def test_rows_are_told_what_changed(pane: TextsPane) -> None:
    table, told = pane.table, list[str]()
    for name in ("rowsInserted", "rowsRemoved", "modelReset"):
        getattr(table.texts, name).connect(lambda *_, name=name: told.append(name))
    table.choose(["cat.txt"])
    pane.show_texts(texts("bee", "ant", "cat", "dog", "elk"), up_to_date=False)
    assert told == ["rowsInserted"] and names(table) == "bacde" and chosen(table) == "c"
    pane.show_texts(texts("ant", "cat", "elk", "fox"), up_to_date=False)
    assert told[1:] == ["rowsRemoved", "rowsRemoved", "rowsInserted"] and names(table) == "acef"
    assert chosen(table) == "c"
    pane.show_texts(texts("fox", "cat"), up_to_date=False)  # others changed their order
    assert told[-1] == "modelReset" and names(table) == "fc" and chosen(table) == "c"
    pane.show_texts(texts("fox"), up_to_date=False)
    assert chosen(table) == "f", "something is always chosen"


def test_it_is_sorted_by_its_header_and_back(qtbot: QtBot, pane: TextsPane) -> None:
    table, header = pane.table, pane.table.horizontalHeader()
    table.texts.take([read("dog.txt", 3), read("ant.txt", 9), read("bee.txt", 1)])
    table.choose(["ant.txt"])

    def press(column: Column) -> None:
        x = header.sectionViewportPosition(column) + header.sectionSize(column) // 2
        qtbot.mouseClick(
            header.viewport(), Qt.MouseButton.LeftButton, pos=header.viewport().rect().center().__class__(x, 9)
        )

    press(Column.TEXT)
    assert names(table) == "abcd" and chosen(table) == "a"
    press(Column.TEXT)
    assert names(table) == "dcba"
    press(Column.TEXT)
    assert names(table) == "bacd", "the third time it is in the order of adding again"
    press(Column.DOCUMENTS)
    assert names(table) == "cbda"
    table.texts.take([read("cat.txt", 0, 0, "cat.txt is empty.")])
    press(Column.STATE)
    assert names(table)[0] == "c", "what needs somebody's eyes comes first"


def test_a_text_is_found_by_name_or_folder(qtbot: QtBot, pane: TextsPane) -> None:
    qtbot.keyClicks(pane.search, "ANT")
    assert names(pane.table) == "a" and pane.count.text() == "1 of 4 texts" and chosen(pane.table) == "a"
    pane.search.clear()
    qtbot.keyClicks(pane.search, "/d/")
    assert names(pane.table) == "d"
    pane.show_texts(texts("bee", "doe", "dog"), up_to_date=False)
    assert names(pane.table) == "dd" and pane.count.text() == "2 of 3 texts"
    pane.search.clear()
    assert names(pane.table) == "bdd" and pane.count.text() == "3 texts"


def test_what_is_left_out_is_counted_and_its_reason_has_no_name(pane: TextsPane) -> None:
    pane.table.texts.take([read("ant.txt", 0, 0, "ant.txt is empty, so there is nothing to learn from. Remove it.")])
    pane.count_texts()
    assert pane.count.text() == "4 texts, 1 left out"
    state = pane.table.texts.index(1, Column.STATE).data()
    assert state == "Left out: it is empty, so there is nothing to learn from. Remove it."


def test_settings_make_what_was_prepared_unknown(pane: TextsPane) -> None:
    texts = pane.table.texts
    texts.take([read("ant.txt"), read("bee.txt")])
    states = [texts.index(row, Column.STATE).data() for row in range(3)]
    assert states == ["Ready", "Ready", "New"] and texts.were_prepared
    texts.make_stale(["ant.txt"])
    states = [texts.index(row, Column.STATE).data() for row in range(3)]
    assert states == ["Ready", "Not prepared", "New"] and texts.index(1, Column.TOKENS).data() == "–"
    texts.take([read("ant.txt")])
    assert texts.index(1, Column.STATE).data() == "Ready"


def test_numbers_stand_at_the_right_under_their_names(pane: TextsPane) -> None:
    model: QAbstractItemModel = pane.table.texts
    for column in Column:
        right = column in (Column.SIZE, Column.DOCUMENTS, Column.TOKENS)
        for given in (
            model.index(0, column).data(Qt.ItemDataRole.TextAlignmentRole),
            model.headerData(column, Qt.Orientation.Horizontal, Qt.ItemDataRole.TextAlignmentRole),
        ):
            assert bool(given & Qt.AlignmentFlag.AlignRight.value) == right


def test_the_folder_is_shown_where_there_are_several(pane: TextsPane) -> None:
    assert not pane.table.isColumnHidden(Column.FOLDER)
    assert pane.table.texts.index(0, Column.FOLDER).data() == "b"
    pane.show_texts(texts("ant", "ape"), up_to_date=False)
    assert pane.table.isColumnHidden(Column.FOLDER)


LONG = "1987-05-14 Letter to Margaret about the violet"


def drawn(table: TextList, row: int) -> str:
    """The name as it is drawn, at its width."""
    option, index = QStyleOptionViewItem(), table.texts.index(row, Column.TEXT)
    delegate = table.itemDelegateForColumn(Column.TEXT)
    assert isinstance(delegate, QStyledItemDelegate)
    table.initViewItemOption(option)
    option.rect = table.visualRect(index)
    delegate.initStyleOption(option, index)
    return str(option.text)


@pytest.mark.parametrize(
    ("width", "letters", "given_up"),
    [
        (1400, 46, set()),
        (600, 30, {Column.READ_AS, Column.DOCUMENTS}),
        (480, 20, {Column.READ_AS, Column.DOCUMENTS, Column.FOLDER}),
        (330, 16, {Column.READ_AS, Column.DOCUMENTS, Column.FOLDER, Column.SIZE}),
    ],
)
def test_columns_give_way_to_names_which_are_cut_before_their_ending(
    pane: TextsPane, width: int, letters: int, given_up: set[Column]
) -> None:
    """“1987-0…et.txt” stood there as soon as the texts came from two folders."""
    sources = tuple(Source(f"{LONG}{n}.txt", f"/home/letters of {n}/{n}.txt") for n in range(2))
    pane.table.texts.take([read(source.file) for source in sources])
    pane.show_texts(snapshot(sources), up_to_date=True)
    pane.resize(width, 500)
    name = drawn(pane.table, 0)
    assert name.endswith(".txt") and name.startswith(LONG[:letters]), name
    assert {column for column in Column if pane.table.isColumnHidden(column)} == given_up
    assert not pane.table.horizontalScrollBar().isVisible()


def action(menu: QMenu, words: str) -> QAction:
    return next(one for one in menu.actions() if one.text() == words)


def test_every_entry_of_its_menu(qtbot: QtBot, pane: TextsPane, monkeypatch: pytest.MonkeyPatch) -> None:
    table, opened = pane.table, list[str]()
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: opened.append(url.toLocalFile()))
    pane.show_texts(texts("ant", "bee", "ape"), up_to_date=False)
    table.choose(["ant.txt"])
    menu = table.menu
    with qtbot.waitSignal(pane.removal_asked):
        action(menu, "Remove").trigger()
    action(menu, "Show the folder it came from").trigger()
    assert opened == ["/home/a"]
    action(menu, "Choose all of the same folder").trigger()
    assert chosen(table) == "aa"
    action(menu, "Choose all").trigger()
    assert chosen(table) == "aba"
    sorting = action(menu, "Sort by").menu()
    assert isinstance(sorting, QMenu)
    action(sorting, "Text").trigger()
    assert names(table) == "aab"
    action(sorting, "Order of adding").trigger()
    assert names(table) == "aba"
    for words in ("From", "Size", "Read as", "Documents", "Tokens", "State"):
        action(sorting, words).trigger()
    assert len(sorting.actions()) == len(Column) + 1


def test_what_can_be_done_with_texts_stands_behind_a_button(qtbot: QtBot, pane: TextsPane) -> None:
    pane.show()
    qtbot.waitExposed(pane)
    pane.show_texts(texts("ant", "bee", "ape"), up_to_date=False)
    table = pane.table
    table.choose(["ant.txt"])
    press_entry(qtbot, pane.more, "Choose all of the same folder")
    assert chosen(table) == "aa"
    with qtbot.waitSignal(pane.removal_asked):
        press_entry(qtbot, pane.more, "Remove")


class Watchdog:
    """The longest time that the window's thread did not come round, in seconds of processor time of this thread.

    Other programs on a busy machine may hold it up too, which is none of its doing.
    """

    def __init__(self) -> None:
        self.longest, self._last = 0.0, time.thread_time()

    def during(self, *steps: Callable[[], object]) -> float:
        for step in steps:
            self._last = time.thread_time()
            loop = QEventLoop()
            QTimer.singleShot(0, step)
            QTimer.singleShot(0, loop.quit)
            loop.exec()
            self.longest = max(self.longest, time.thread_time() - self._last)
        return self.longest


def test_a_hundred_thousand_texts_never_hold_the_window_up(qtbot: QtBot, pane: TextsPane) -> None:
    sources = tuple(Source(f"{n * 7919 % MANY:06}.txt", f"/home/{n % 50}/{n}.txt") for n in range(MANY))
    found, more, less = snapshot(sources), snapshot((*sources, Source("new.txt", "/new.txt"))), snapshot(sources[9::2])
    happened = [read(source.file) for source in sources]
    table, dog = pane.table, Watchdog()
    gc.collect()
    gc.disable()  # as in the window, which collects by a timer
    try:
        longest = dog.during(
            lambda: pane.show_texts(found, up_to_date=False),
            *(lambda at=at: table.texts.take(happened[at : at + 2000]) for at in range(0, MANY, 2000)),
            lambda: pane.show_texts(more, up_to_date=False),
            lambda: table.texts.make_stale([source.file for source in sources]),
            *(lambda by=by: table.sortByColumn(by, Qt.SortOrder.AscendingOrder) for by in Column),
            lambda: pane.search.setText("99"),
            lambda: pane.search.clear(),
            lambda: table.selectAll(),
            lambda: table.scrollToBottom(),
            lambda: table.sortByColumn(-1, Qt.SortOrder.AscendingOrder),
            lambda: pane.show_texts(less, up_to_date=True),
            lambda: pane.show_texts(found, up_to_date=True),
            lambda: table.sortByColumn(Column.SIZE, Qt.SortOrder.AscendingOrder),
            lambda: pane.show_texts(less, up_to_date=True),
        )
    finally:
        gc.enable()
    assert table.texts.rowCount() == len(less.sources)
    assert longest < max(BLOCK_S, 5 * _sorting_s()), f"{longest:.3f} s"


def test_what_is_strewn_over_a_long_list_is_not_chosen_piece_by_piece(pane: TextsPane) -> None:
    pane.show_texts(snapshot(tuple(Source(f"{n:05}.txt", "/x.txt") for n in range(6000))), up_to_date=False)
    table = pane.table
    table.choose([f"{n:05}.txt" for n in range(0, 200, 2)])
    assert len(table.selected()) == 100
    table.choose([f"{n:05}.txt" for n in range(4, 6000, 2)])
    assert [source.file for source in table.selected()] == ["00004.txt"]


def _sorting_s() -> float:
    """How long this machine takes now to sort so many names and to find each once, for it may be busy."""
    started = time.thread_time()
    places = {str(number): number for number in range(MANY)}
    assert all(name in places for name in sorted(places, key=lambda name: places[name] * 7919 % MANY))
    return time.thread_time() - started


def test_what_became_of_a_text_is_read_whole_where_names_leave_room(pane: TextsPane) -> None:
    words = "bee.txt is damaged or no PDF. Open it in its program and save it again."
    pane.table.texts.take([read("bee.txt", 0, 0, words)])
    whole = pane.table.fontMetrics().horizontalAdvance(f"Left out: {words.replace('bee.txt', 'it')}")
    pane.resize(640, 500)
    pane.show_texts(texts("bee", "ant", "cat", "dog"), up_to_date=False)
    narrow = pane.table.columnWidth(Column.STATE)
    pane.resize(1400, 500)
    assert narrow < whole < pane.table.columnWidth(Column.STATE)
    assert pane.table.columnWidth(Column.TEXT) > pane.table.fontMetrics().horizontalAdvance("bee.txt")


def test_home_and_end_go_to_the_first_and_the_last_text(qtbot: QtBot, pane: TextsPane) -> None:
    table = pane.table
    for key, row in ((Qt.Key.Key_End, table.texts.rowCount() - 1), (Qt.Key.Key_Home, 0)):
        qtbot.keyClick(table, key)
        assert table.currentIndex().row() == row and len(table.selected()) == 1
