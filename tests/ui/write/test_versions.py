"""Each version of the page is there once, and can be taken again."""

from pytestqt.qtbot import QtBot

from textgen_gui.ui.write.versions import Versions


def test_a_version_is_listed_once_and_taken(qtbot: QtBot) -> None:
    versions = Versions()
    qtbot.addWidget(versions)
    assert versions.isHidden()
    for text in ("One\nwith lines", "Two \U0001f600", "One\nwith lines"):
        versions.add(text)
    assert [versions.itemText(row) for row in range(versions.count())] == [
        "This version",
        "1: …One with lines",
        "2: …Two \U0001f600",
    ]
    assert not versions.isHidden()
    with qtbot.waitSignal(versions.taken) as taken:
        versions.activated.emit(2)
    assert taken.args == ["Two \U0001f600"]
    with qtbot.assertNotEmitted(versions.taken):
        versions.activated.emit(0)
    versions.take_up(None)
    assert versions.isHidden() and not versions.texts
