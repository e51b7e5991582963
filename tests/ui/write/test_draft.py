"""The page survives the window, a killed program, a damaged file and a full disk."""

import errno
import shutil
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtWidgets import QMessageBox
from pytestqt.qtbot import QtBot

from textgen_gui import Project as Project_
from textgen_gui.engine.core import bounded, draft, events
from textgen_gui.engine.core.generation_config import GenerateConfig
from textgen_gui.engine.core.project import Project
from textgen_gui.engine.writing import receipt
from textgen_gui.ui.main_window import MainWindow
from textgen_gui.ui.parts import widgets
from textgen_gui.ui.write.write_tab import WriteTab

from ...conftest import never
from ..using import click, settled, tabs
from .desk import at_end, closed, set_values, written


def test_what_was_written_is_there_again_after_closing(
    qtbot: QtBot, window: MainWindow, tab: WriteTab, place: Project
) -> None:
    """Without anybody having kept it, and with all that it takes to write the model's part again."""
    desk = tab.desk
    at_end(desk, "«\u00a0The old 👩‍👩‍👧")
    page = written(qtbot, window, desk)
    closed(qtbot, window)
    window.open_project(place.folder)
    settled(qtbot, window)
    assert widgets.text_of(desk.page) == page and not desk.draft.unsaved()
    click(qtbot, desk.save_button)
    settled(qtbot, window)
    *_, verdict = receipt.replay(next(place.generated_folder.glob("*.txt")), never)
    assert isinstance(verdict, events.Replayed) and verdict.same == verdict.texts == 1
    desk.page.setPlainText("")
    closed(qtbot, window)
    window.open_project(place.folder)
    settled(qtbot, window)
    assert desk.page.toPlainText() == ""


def test_a_killed_window_has_lost_seconds_at_most(
    qtbot: QtBot, window: MainWindow, tab: WriteTab, place: Project
) -> None:
    qtbot.keyClicks(tab.desk.page, "Call me Ishmael")
    assert tab.desk.draft.unsaved()
    qtbot.waitUntil(lambda: draft.load(place)[0] == "Call me Ishmael", timeout=20_000)
    settled(qtbot, window)
    assert not tab.desk.draft.unsaved()


def test_a_page_is_not_written_on_before_it_is_there(
    qtbot: QtBot, window: MainWindow, tab: WriteTab, place: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_end(tab.desk, "As I left it.")
    closed(qtbot, window)
    disk, load = threading.Event(), draft.load
    monkeypatch.setattr(draft, "load", lambda project: (disk.wait(20), load(project))[1])
    window.open_project(place.folder)
    qtbot.waitUntil(lambda: tab.desk.draft.is_loading, timeout=20_000)
    qtbot.keyClicks(tab.desk.page, " And on.")
    assert not tab.desk.write_button.isEnabled() and not tab.desk.draft.unsaved()
    disk.set()
    settled(qtbot, window)
    assert widgets.text_of(tab.desk.page) == "As I left it. And on." and tab.desk.write_button.isEnabled()
    assert tab.desk.draft.unsaved(), "what was typed meanwhile stands behind it"


@pytest.mark.parametrize("damage", ["{", '{"page": "x"}', '{"page": "x", "done": [{"prompt": 1}]}', "[]", "\x00"])
def test_a_damaged_draft_is_put_aside_and_told(qtbot: QtBot, window: MainWindow, place: Project, damage: str) -> None:
    place.draft_file.write_text(damage)
    window.open_project(place.folder)
    settled(qtbot, window)
    assert window.notice.isVisible() and "could not be read" in window.notice.words.text()
    assert next(place.folder.glob("draft *.json")).read_text() == damage
    page = tabs(window)[2].desk.page
    assert page.toPlainText() == "" and not page.isReadOnly()


def test_a_draft_that_cannot_be_read_now_is_not_written_over(
    qtbot: QtBot, window: MainWindow, tab: WriteTab, place: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A network drive that is away for a moment: neither reading nor putting aside works then."""
    at_end(tab.desk, "A whole novel")
    closed(qtbot, window)
    with monkeypatch.context() as away:
        away.setattr(bounded, "open_file", _away(bounded.open_file))
        away.setattr(Path, "rename", _away(Path.rename))
        window.open_project(place.folder)
        settled(qtbot, window)
        assert tab.desk.page.toPlainText() == "" and window.notice.isVisible()
    qtbot.keyClicks(tab.desk.page, "Other words")
    closed(qtbot, window)
    assert draft.load(place).page == "Other words"
    assert "A whole novel" in next(place.folder.glob("draft *.json")).read_text(encoding="utf-8")


def _away(real: Callable[..., object]) -> Callable[..., object]:
    def refused(path: Path, *values: object, **named: object) -> object:
        if path.name == "draft.json":
            raise OSError(errno.EIO, "the drive is away")
        return real(path, *values, **named)

    return refused


def test_a_full_disk_does_not_close_the_window(
    qtbot: QtBot, window: MainWindow, tab: WriteTab, monkeypatch: pytest.MonkeyPatch
) -> None:
    tab.desk.page.setPlainText("A page that is nowhere else")
    asked: list[str] = []

    def stay(box: QMessageBox) -> None:
        asked.append(box.informativeText())
        box.defaultButton().click()

    with monkeypatch.context() as full:
        full.setattr(
            "textgen_gui.engine.core.atomic_io._rename",
            lambda *paths: (_ for _ in ()).throw(OSError(errno.ENOSPC, "full")),
        )
        full.setattr(QMessageBox, "exec", stay)
        window.close()
        qtbot.waitUntil(lambda: bool(asked) and window.isEnabled(), timeout=20_000)
        assert window.isVisible() and tab.desk.page.toPlainText() == "A page that is nowhere else"
        assert tab.desk.draft.unsaved()


def test_a_project_that_is_deleted_while_it_is_open_is_told_as_it_is(
    qtbot: QtBot, window: MainWindow, tab: WriteTab, place: Project
) -> None:
    """Once, not at each key; what is on the page stays there, and nobody says that it was saved."""
    told: list[str] = []
    tab.problem.connect(lambda sentence, details: told.append(sentence))
    shutil.rmtree(place.folder)
    for word in ("Call", " me"):
        qtbot.keyClicks(tab.desk.page, word)
        tab.desk.draft._save()
        settled(qtbot, window)
    about_page = [sentence for sentence in told if "The page is not saved" in sentence]
    assert len(about_page) == 1 and "its folder is gone" in about_page[0] and "still here" in about_page[0]
    assert tab.desk.draft.unsaved() and widgets.text_of(tab.desk.page) == "Call me"
    place.folder.mkdir()  # somebody puts it back
    closed(qtbot, window)
    assert draft.load(place).page == "Call me"


def test_what_was_chosen_stays_with_the_project_and_reaches_no_other(
    qtbot: QtBot, window: MainWindow, tab: WriteTab, place: Project, tmp_path: Path
) -> None:
    setup = tabs(window)[1].setup

    def chosen() -> tuple[object, ...]:
        how, clip, desk = tab.how.config(), setup.train_form.config().clip, tab.desk
        switches = desk.offers.switch.isChecked(), desk.confidence.switch.isChecked()
        run = setup.minutes.value(), widgets.text_of(setup.prompts), clip
        begun = tab.batch.prompt.text(), tab.side_by_side.prompt.text()
        others = tab.batch.count.value(), tab.side_by_side.mode.currentText()
        return *run, how.temperature, how.max_new_tokens, *switches, *begun, *others

    set_values(tab, temperature=1.2, max_new_tokens=77)
    setup.minutes.setValue(33)
    setup.prompts.setPlainText("Once")
    setup.train_form.controls["clip"].setValue(7)  # type: ignore[attr-defined]
    tab.desk.offers.switch.click()
    tab.desk.confidence.switch.click()
    tab.batch.prompt.setPlainText("Twice")
    tab.side_by_side.prompt.setPlainText("Thrice")
    tab.batch.count.setValue(7)
    tab.side_by_side.mode.setCurrentText("Three degrees of daring")
    mine = chosen()
    window.open_by(lambda: Project_.create(tmp_path / "another"))
    is_open(qtbot, window, tmp_path / "another")
    assert chosen() == (10, "", 1.0, 0.8, 200, False, False, "", "", 20, "Two models") != mine
    window.open_project(place.folder)
    is_open(qtbot, window, place.folder)
    again = (33, "Once", 7.0, 1.2, 77, True, True, "Twice", "Thrice", 7, "Three degrees of daring")
    assert chosen() == mine == again and not tab.desk.draft.unsaved()


def is_open(qtbot: QtBot, window: MainWindow, folder: Path) -> None:
    qtbot.waitUntil(lambda: window.project is not None and window.project.folder == folder, timeout=20_000)
    settled(qtbot, window)


@pytest.mark.parametrize("writing", [5, {"temperature": "x"}, {"no": 1}])
def test_what_was_chosen_and_cannot_be_used_costs_no_page(
    qtbot: QtBot, window: MainWindow, place: Project, writing: object
) -> None:
    run = {"minutes": "x", "train": {"no": 1, "prompts": []}, "model": 7, "begin": 3, "preset": [1]}
    desk = {"versions": [5, "x" * (draft.LONGEST_LINE + 1)], "offers": "yes"}
    draft.keep(place, draft.Left("A page", [], "", {"writing": writing, "run": run, "desk": desk}))
    window.open_project(place.folder)
    settled(qtbot, window)
    assert tabs(window)[2].desk.page.toPlainText() == "A page" and not window.notice.isVisible()
    generate = tabs(window)[2]
    assert generate.how.chosen() == {}
    assert not generate.desk.versions.texts and not generate.desk.offers.switch.isChecked()


@pytest.mark.parametrize("page", ["A page of last year, out of a backup.", "A page of today."])
def test_what_somebody_else_wrote_is_put_aside(
    qtbot: QtBot, window: MainWindow, tab: WriteTab, place: Project, page: str
) -> None:
    """Another page; or the same, with texts that nobody here has decided about."""
    at_end(tab.desk, "A page of today.")
    tab.desk.draft._save()
    settled(qtbot, window)
    event = events.TextGenerated(0, "Written elsewhere.", 1, 1.0, 0.1, 7, events.StopReason.LENGTH)
    elsewhere = draft.Done(events.ModelChosen("starter", "a"), "", GenerateConfig(), event)
    undecided = [elsewhere] if page == draft.load(place).page else []
    draft.keep(place, draft.Left(page, [], undecided=undecided))
    qtbot.keyClicks(tab.desk.page, " And on.")
    closed(qtbot, window)
    assert draft.load(place).page == "A page of today. And on."
    (aside,) = place.folder.glob("draft *.json")
    assert ("Written elsewhere." if undecided else page) in aside.read_text()


def test_a_line_that_no_window_could_show_is_put_aside_as_a_text(
    qtbot: QtBot, window: MainWindow, place: Project
) -> None:
    page = "A chapter.\n" + "x" * (draft.LONGEST_LINE + 1)
    draft.keep(place, draft.Left(page, []))
    window.open_project(place.folder)
    settled(qtbot, window)
    (text,) = place.folder.glob("draft *.txt")
    assert text.name in window.notice.words.text() and text.read_text() == page
