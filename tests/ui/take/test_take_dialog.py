"""Take it with you, by its buttons: choosing a form, taking it, cancelling, and what is said at the end."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from textgen_gui.engine.core.model_forms import WeightType
from textgen_gui.engine.core.project import Checkpoint, Run
from textgen_gui.ui.app import make_application
from textgen_gui.ui.main_window import MainWindow
from textgen_gui.ui.parts import resources
from textgen_gui.ui.parts.job_runner import JobRunner
from textgen_gui.ui.parts.preferences import Theme
from textgen_gui.ui.take import dialog, outcome
from textgen_gui.ui.take.dialog import TakeDialog
from textgen_gui.ui.take.takeaway import Takeaway

from ...engine.exchange import little as runs
from ...engine.exchange.hub_upload_server import TOKEN
from ...engine.exchange.hub_upload_server import taking as hub_of_uploads
from ..test_accessibility import different, faults, stops
from ..using import click, settled, tabs

little, copied = runs.little, runs.copied  # fixtures
NAME, SHORT = "My Stories test", "my-stories-test"


@pytest.fixture
def taking(qtbot: QtBot, copied: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[TakeDialog]:
    """For a run that has just been trained."""
    documents = tmp_path / "documents"
    documents.mkdir()
    monkeypatch.setattr(dialog, "documents_folder", lambda: documents)
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    make_application()
    resources.apply_theme(Theme.LIGHT, 100)
    jobs, made = JobRunner(), TakeDialog()
    qtbot.addWidget(made)
    made.show_for(copied, "My Story", jobs)
    idle(qtbot, made)
    yield made
    with qtbot.waitSignal(jobs.closed):
        jobs.close()


def idle(qtbot: QtBot, made: TakeDialog) -> None:
    assert made._jobs
    jobs = made._jobs
    qtbot.waitUntil(lambda: not jobs.busy, timeout=60_000)


def take(qtbot: QtBot, made: TakeDialog, one: Takeaway) -> None:
    click(qtbot, made.cards.cards[one])
    click(qtbot, made.press)
    idle(qtbot, made)


def test_the_button_says_into_which_folder_it_goes(taking: TakeDialog, tmp_path: Path) -> None:
    """In a small window the place is further down, and one press wrote a file into the home folder unseen."""
    assert taking.press.text() == f"Save “{NAME}.html” in “documents”"
    taking._own_path[Takeaway.PAGE] = tmp_path / "a.html"
    taking._show()
    assert taking.press.text() == "Save “a.html” in your home folder"
    taking._own_path[Takeaway.PAGE] = tmp_path / ("folder " * 9) / ("long " * 9 + ".html")
    taking._show()
    assert taking.press.text() == "Save “long long long long long long…” in “folder folder folder folder f…”"


def test_each_form_is_taken_checked_and_shown(
    qtbot: QtBot, taking: TakeDialog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown: list[Path] = []
    monkeypatch.setattr(resources, "open_folder", shown.append)
    for one, name in (
        (Takeaway.PAGE, f"{NAME}.html"),
        (Takeaway.OLLAMA, NAME),
        (Takeaway.TIMELINE, f"{NAME} how it grew.html"),
    ):
        take(qtbot, taking, one)
        assert (tmp_path / "documents" / name).exists(), taking.outcome.verdict.text()
        assert "(checked)" in taking.outcome.verdict.text() and taking.press.text() == "Save another copy"
        qtbot.waitUntil(lambda: not taking.outcome.folder_button.visibleRegion().isEmpty(), timeout=2000)
        click(qtbot, taking.outcome.folder_button)
        assert shown[-1] == tmp_path / "documents"
    assert taking.outcome.verdict.text() == outcome.HISTORY


def test_exact_numbers_write_the_same_and_ollama_gets_its_lines(
    qtbot: QtBot, taking: TakeDialog, tmp_path: Path
) -> None:
    click(qtbot, taking.cards.cards[Takeaway.OLLAMA])
    half = taking.cards.cards[Takeaway.OLLAMA].facts.text()
    taking.exact.setCurrentIndex(taking.exact.findData(WeightType.F32))
    idle(qtbot, taking)
    assert taking.cards.cards[Takeaway.OLLAMA].facts.text() != half
    click(qtbot, taking.press)
    idle(qtbot, taking)
    assert taking.outcome.verdict.text() == outcome.SAME
    click(qtbot, taking.outcome.copy_button)
    lines = QGuiApplication.clipboard().text().splitlines()
    assert lines == [f'cd "{tmp_path / "documents" / NAME}"', f"ollama create {SHORT}", f"ollama run {SHORT}"]


def test_lm_studio_needs_no_place_and_twice_is_no_problem(qtbot: QtBot, taking: TakeDialog, tmp_path: Path) -> None:
    click(qtbot, taking.cards.cards[Takeaway.LM_STUDIO])
    assert not taking.where.isVisible() and taking.press.text() == "Put it into LM Studio's folder"
    for name in (NAME, f"{NAME} 2"):
        take(qtbot, taking, Takeaway.LM_STUDIO)
        assert (tmp_path / ".lmstudio/models/textgen-gui" / name / f"{name}.gguf").is_file()
    assert "Load it." in taking.outcome.steps.text()


def test_what_the_model_cannot_be_is_grey_and_says_why(taking: TakeDialog, qtbot: QtBot) -> None:
    card = taking.cards.cards[Takeaway.ADAPTER]
    assert (
        "LoRA" in card.facts.text() and not card.facts.isEnabled() and card.facts.text() in card.accessibleDescription()
    )
    click(qtbot, card)
    assert taking.why_not.text() == card.facts.text() and not taking.press.isVisible()
    click(qtbot, taking.cards.cards[Takeaway.PAGE])
    assert not taking.why_not.isVisible() and taking.press.isVisible()


def test_a_page_has_the_maker_s_name_and_words(qtbot: QtBot, taking: TakeDialog, tmp_path: Path) -> None:
    qtbot.keyClicks(taking.maker.name, "Ann")
    qtbot.keyClicks(taking.maker.words, "For Tom, who likes the sea.")
    click(qtbot, taking.cards.cards[Takeaway.FILE])
    assert not taking.maker.isVisible()
    for one in (Takeaway.FILE, Takeaway.PAGE):
        take(qtbot, taking, one)
    source = (tmp_path / "documents" / f"{NAME}.html").read_text(encoding="utf-8")
    assert "made by Ann" in source and "For Tom, who likes the sea." in source


def test_another_place_is_chosen_and_nothing_is_replaced(
    qtbot: QtBot, taking: TakeDialog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "mine.html").write_text("mine")
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *given, **options: (str(tmp_path / "mine"), ""))
    click(qtbot, taking.choose_button)
    assert taking.where.text() == str(tmp_path / "mine.html")
    take(qtbot, taking, Takeaway.PAGE)
    assert "exists already" in taking.outcome.verdict.text() and not taking.outcome.folder_button.isVisible()
    assert (tmp_path / "mine.html").read_text() == "mine"


def test_it_is_cancelled_by_its_button_and_by_escape(qtbot: QtBot, taking: TakeDialog, tmp_path: Path) -> None:
    for cancel in (lambda: click(qtbot, taking.cancel_button), lambda: qtbot.keyClick(taking, Qt.Key.Key_Escape)):
        click(qtbot, taking.press)
        assert taking.progress.isVisible() and not taking.press.isVisible() and not taking.cards.isEnabled()
        cancel()
        idle(qtbot, taking)
        assert "cancelled" in taking.outcome.verdict.text() and taking.isVisible()
        assert not list((tmp_path / "documents").iterdir())
    click(qtbot, taking.close_button)
    assert not taking.isVisible()


def test_nothing_is_uploaded_before_its_list_was_seen(
    qtbot: QtBot, taking: TakeDialog, monkeypatch: pytest.MonkeyPatch
) -> None:
    with hub_of_uploads() as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.address)
        click(qtbot, taking.cards.cards[Takeaway.HUB])
        assert not taking.press.isEnabled() and not taking.where.isVisible()
        qtbot.keyClicks(taking.hub.name, "writer/tiny")
        qtbot.keyClicks(taking.hub.token, TOKEN)
        click(qtbot, taking.press)
        idle(qtbot, taking)
        assert not hub.heard and "README.md" in taking.hub.listed.text()
        assert "for me alone" in taking.press.text()
        taking.hub.private.setChecked(False)
        assert taking.press.text() == "Show what would go out", "what was listed was another offer"
        taking.hub.private.setChecked(True)
        for _ in range(2):
            click(qtbot, taking.press)
            idle(qtbot, taking)
        assert hub.repositories["writer/tiny"].private and hub.address in taking.outcome.where.text()
        hub.answers["/repos/create"] = 403
        for _ in range(2):
            click(qtbot, taking.press)
            idle(qtbot, taking)
        assert "may not make" in taking.outcome.verdict.text() and not taking.outcome.where.isVisible()


def test_a_damaged_model_is_told(qtbot: QtBot, copied: Run, taking: TakeDialog) -> None:
    for checkpoint in copied.checkpoints():
        (checkpoint.folder / "model.safetensors").write_bytes(b"half")
    click(qtbot, taking.press)
    idle(qtbot, taking)
    assert "No checkpoint of “001 test” is whole" in taking.outcome.verdict.text() and taking.press.isEnabled()


def test_a_look_that_comes_late_says_nothing_about_what_is_chosen_since(
    qtbot: QtBot, copied: Run, taking: TakeDialog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The slower of two looks had the last word."""
    looks, goes_on = dialog.Looked.at, threading.Event()

    def at(chosen: Run, name: str, folder: Path, weight_type: WeightType) -> dialog.Looked:
        assert weight_type != WeightType.Q8_0 or goes_on.wait(60)  # a box gives its plain name
        return looks(chosen, name, folder, weight_type)

    monkeypatch.setattr(dialog.Looked, "at", at)
    for weight_type in (WeightType.Q8_0, WeightType.F32):
        taking.exact.setCurrentIndex(taking.exact.findData(weight_type))
    before = taking._looked
    qtbot.waitUntil(lambda: taking._looked is not before)
    goes_on.set()
    idle(qtbot, taking)
    assert taking._looked == looks(copied, "My Story", tmp_path / "documents", WeightType.F32)


def test_a_screen_reader_finds_everything(qtbot: QtBot, taking: TakeDialog) -> None:
    take(qtbot, taking, Takeaway.OLLAMA)
    assert not list(faults(taking))


def test_the_focus_is_seen_on_every_control(qtbot: QtBot, taking: TakeDialog) -> None:
    take(qtbot, taking, Takeaway.OLLAMA)
    unseen = []
    for widget in list(stops(taking)):
        taking.setFocus()
        without = widget.grab().toImage()
        widget.setFocus()
        if widget.hasFocus() and different(without, widget.grab().toImage()) < 12:
            unseen.append(f"{widget} {widget.accessibleName()}")
    assert not unseen


def test_cards_stand_below_each_other_where_it_is_narrow(qtbot: QtBot, taking: TakeDialog) -> None:
    def columns() -> int:
        return len({card.x() for card in taking.cards.cards.values()})

    taking.resize(900, 700)
    qtbot.waitUntil(lambda: columns() == 2)
    taking.resize(420, 600)
    qtbot.waitUntil(lambda: columns() == 1)
    taking.resize(800, 700)
    qtbot.waitUntil(lambda: columns() == 2)
    resources.apply_theme(Theme.LIGHT, 200)
    qtbot.waitUntil(lambda: columns() == 1)
    qtbot.waitUntil(lambda: taking.cards.width() <= taking._scroll.viewport().width())
    resources.apply_theme(Theme.LIGHT, 100)
    qtbot.waitUntil(lambda: columns() == 2)


def test_whoever_takes_a_model_of_his_texts_along_knows_that_it_may_tell_them(
    qtbot: QtBot, taking: TakeDialog, tmp_path: Path
) -> None:
    assert taking.private.isVisible() and "word for word" in taking.private.text()
    assert taking._jobs
    taking.show_for(Checkpoint(tmp_path / "starter"), "The starter", taking._jobs)
    assert not taking.private.isVisible()
    idle(qtbot, taking)


def test_from_a_finished_run_and_from_where_one_writes(
    qtbot: QtBot, window: MainWindow, copied: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dialog, "documents_folder", lambda: tmp_path)
    window.open_project(copied.project.folder)
    settled(qtbot, window)
    _, train, generate = tabs(window)
    window.tabs.setCurrentIndex(1)
    train.list.list.setCurrentRow(0)
    settled(qtbot, window)
    workspace = window.made_workspace()
    for button in (train.view.take_button, generate.take_button):
        if button is generate.take_button:
            window.tabs.setCurrentIndex(2)
            settled(qtbot, window)
        click(qtbot, button)
        settled(qtbot, window)
        assert workspace.taking and workspace.taking.isVisible() and workspace.taking.name.text().startswith("test")
        click(qtbot, workspace.taking.close_button)
