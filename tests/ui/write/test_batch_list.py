"""The list of a batch by keys."""

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from textgen_gui.engine.core.events import Fault
from textgen_gui.ui.write.batch import BatchText, Decision
from textgen_gui.ui.write.batch_list import BatchList

from .desk import written_by_model


@pytest.fixture
def texts() -> list[BatchText]:
    return [BatchText(written_by_model(words)) for words in ("One  man\nwalked", "", "Three")]


@pytest.fixture
def shown(qtbot: QtBot, texts: list[BatchText]) -> Iterator[BatchList]:
    made = BatchList()
    qtbot.addWidget(made)
    made.decided.connect(made.decide)
    made.show_texts(texts)
    assert made.current is None
    made.setCurrentRow(0)
    made.show()
    yield made


def test_keys_decide_and_lead_to_the_next(qtbot: QtBot, shown: BatchList, texts: list[BatchText]) -> None:
    assert shown.current is texts[0]
    for key in (Qt.Key.Key_K, Qt.Key.Key_X, Qt.Key.Key_Delete):
        qtbot.keyClick(shown, key)
    assert [text.decision for text in texts] == [Decision.KEPT, Decision.REJECTED, Decision.REJECTED]
    assert [shown.item(row).text() for row in range(3)] == ["✓ One man walked", "✗ (empty)", "✗ Three"]
    assert shown.current is texts[2]  # there is none after it
    qtbot.keyClick(shown, Qt.Key.Key_X)
    assert texts[2].decision is Decision.WAITING, "the same key takes it back"
    qtbot.keyClick(shown, Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier)
    assert texts[2].decision is Decision.WAITING


def test_keep_all_leaves_rejected_ones_alone(qtbot: QtBot, shown: BatchList, texts: list[BatchText]) -> None:
    qtbot.keyClick(shown, Qt.Key.Key_X)
    shown.decide_all(Decision.KEPT)
    assert [text.decision for text in texts] == [Decision.REJECTED, Decision.KEPT, Decision.KEPT]


def test_reject_all_leaves_kept_ones_alone(qtbot: QtBot, shown: BatchList, texts: list[BatchText]) -> None:
    qtbot.keyClick(shown, Qt.Key.Key_K)
    shown.decide_all(Decision.REJECTED)
    assert [text.decision for text in texts] == [Decision.KEPT, Decision.REJECTED, Decision.REJECTED]
    shown.undo()
    assert [text.decision for text in texts] == [Decision.KEPT, Decision.WAITING, Decision.WAITING]


def test_each_decision_is_taken_back_the_last_one_first(qtbot: QtBot, shown: BatchList, texts: list[BatchText]) -> None:
    for key in (Qt.Key.Key_X, Qt.Key.Key_K, Qt.Key.Key_X, Qt.Key.Key_X):
        qtbot.keyClick(shown, key)
    shown.decide_all(Decision.KEPT)
    seen = []
    for _ in range(6):
        shown.undo()
        seen.append("".join(text.decision.name[0] for text in texts) + str(shown.currentRow()))
    assert seen == ["RKW2", "RKR2", "RKW2", "RWW1", "WWW0", "WWW0"]
    assert [shown.item(row).text() for row in range(3)] == ["   One man walked", "   (empty)", "   Three"]
    seen = []
    for _ in range(3):
        shown.redo()
        seen.append("".join(text.decision.name[0] for text in texts) + str(shown.currentRow()))
    assert seen == ["RWW0", "RKW1", "RKR2"]
    qtbot.keyClick(shown, Qt.Key.Key_K)  # after another decision nothing is left to do again
    shown.redo()
    assert [text.decision.name[0] for text in texts] == ["R", "K", "K"]


def test_of_another_list_no_text_is_chosen(qtbot: QtBot, shown: BatchList, texts: list[BatchText]) -> None:
    shown.setCurrentRow(2)
    texts[1].fault = Fault.EMPTY
    shown.show_texts(texts[1:])
    assert shown.current is None and "0 words, empty" in shown.item(0).toolTip()
    shown.decide(Decision.KEPT)
    assert not any(text.is_kept for text in texts)
    shown.show_texts([])
    assert shown.current is None
    shown.decide(Decision.KEPT)
    assert texts[1].decision is Decision.WAITING
