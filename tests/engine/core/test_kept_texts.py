"""The shelf of kept texts: listed, renamed, moved to the bin and taken back, each with its receipt."""

import os
from pathlib import Path

import pytest

from textgen_gui.engine.core import bounded, kept_texts, project
from textgen_gui.engine.core.errors import ProjectError
from textgen_gui.engine.core.kept_texts import KeptText
from textgen_gui.engine.core.project import Project

OLD = f'---\nsha256 = "{"0" * 64}"\nformat = 1\nprompt = "---"\n---\n\nAn old text\n'


@pytest.fixture
def place(tmp_path: Path) -> Project:
    made = project.create(tmp_path / "project")
    made.generated_folder.mkdir()
    for number, (name, text) in enumerate(
        (("2026-01-02 03.04.05 Old", OLD), ("2026-02-02 03.04.05 New", "A new text\n"), ("Mine", "--- mine\n"))
    ):
        file = made.generated_folder / f"{name}.txt"
        file.write_text(text, encoding="utf-8")
        os.utime(file, (number, number))
    (made.generated_folder / "2026-02-02 03.04.05 New.receipt").write_text("facts")
    return made


def shown(place: Project) -> list[tuple[str, str]]:
    return [(kept.name, kept.text) for kept in kept_texts.kept_texts(place)]


def only(place: Project, name: str) -> KeptText:
    return next(kept for kept in kept_texts.kept_texts(place) if kept.name == name)


def test_the_newest_comes_first_and_no_receipt_is_shown(place: Project) -> None:
    assert shown(place) == [("Mine", "--- mine"), ("New", "A new text"), ("Old", "An old text")]
    assert [only(place, name).has_receipt for name in ("Mine", "New", "Old")] == [False, True, True]


def test_one_that_cannot_be_read_is_listed_with_the_reason(place: Project) -> None:
    os.truncate(only(place, "Mine").file, bounded.WRITINGS + 1)
    mine = only(place, "Mine")
    assert "it is larger than" in mine.problem and mine.text == "" and not mine.has_receipt
    assert len(shown(place)) == 3 and not only(place, "New").problem
    assert kept_texts.find(place, "") is None


def test_a_receipt_goes_with_its_text(place: Project) -> None:
    renamed = kept_texts.rename(only(place, "New"), " Best/of: all. ")
    assert renamed.name == "Best_of_ all" and renamed.has_receipt
    assert kept_texts.rename(renamed, "Best/of: all") == renamed
    again = kept_texts.rename(only(place, "Mine"), "Mine")
    assert again.file.name == "Mine.txt"
    assert len(shown(place)) == 3


def test_a_name_that_is_taken_gets_a_number(place: Project) -> None:
    (place.generated_folder / "Other.txt").write_text("x")
    assert kept_texts.rename(only(place, "Mine"), "Other").file.name == "Other 2.txt"


def test_what_was_deleted_can_be_taken_back(place: Project, tmp_path: Path) -> None:
    before = shown(place)

    def to_bin(file: Path) -> Path:
        return file.rename(tmp_path / file.name)

    moved = kept_texts.delete(only(place, "New"), to_bin)
    assert len(shown(place)) == 2 and len(moved) == 2
    kept_texts.restore(moved)
    assert shown(place) == before and only(place, "New").has_receipt


def test_without_a_bin_nothing_is_lost(place: Project) -> None:
    with pytest.raises(ProjectError, match="could not be moved to the bin"):
        kept_texts.delete(only(place, "New"), lambda file: None)
    assert len(shown(place)) == 3


def test_texts_that_were_kept_together_come_apart(place: Project) -> None:
    together = KeptText(Path("a.txt"), f"One{kept_texts.BETWEEN}Two", 0)
    assert together.texts() == ["One", "Two"]


def test_a_text_that_cannot_be_renamed_keeps_its_receipt(place: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    rename = Path.rename

    def refuse(path: Path, target: Path) -> Path:
        if path.suffix == ".txt":
            raise PermissionError(13, "open elsewhere")
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", refuse)
    with pytest.raises(ProjectError):
        kept_texts.rename(only(place, "New"), "Best")
    assert only(place, "New").has_receipt


def test_whose_it_is_stands_in_its_receipt(place: Project) -> None:
    """Of an earlier version too; a text without one, or with what is none, is nobody's."""
    facts = '---\n[[written]]\nmodel = "runs/001 A \\"b\\""\nprompt = "\\nmodel = \\"x\\""\n'
    new = kept_texts.receipt_file(only(place, "New").file)
    new.write_text(f'{facts}model = "starter"\nmodel = "starter"\n---\n', encoding="utf-8")
    old = only(place, "Old").file
    old.write_text(OLD.replace("format = 1\n", 'model = "old"\n') + 'model = "mine"\n', encoding="utf-8")
    assert [only(place, name).models for name in ("Mine", "New", "Old")] == [
        (),
        ('runs/001 A "b"', "starter"),
        ("old",),
    ]
    new.write_text('model = "\\"\n')
    assert only(place, "New").models == ()
