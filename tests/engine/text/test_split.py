"""Which documents are held out, and that no copy is on both sides."""

from pathlib import Path

import numpy as np
import pytest

from textgen_gui.engine.core import events, project
from textgen_gui.engine.core.config import CleanConfig, DocumentEnd, PrepareConfig, TextConfig
from textgen_gui.engine.core.control import Stopped
from textgen_gui.engine.text import split
from textgen_gui.engine.text.prepare import prepare
from textgen_gui.engine.text.staleness import current

from ...conftest import never, story
from .projects import chapters, done, made, words


def test_many_documents_are_held_out_whole(tmp_path: Path) -> None:
    place = project.create(tmp_path / "p")
    folder = tmp_path / "letters"
    folder.mkdir()
    for number in range(60):
        (folder / f"{number}.txt").write_text(f"Letter {number}. " + story(400))
    list(place.add_texts([folder], never))
    place.set_prepare_config(PrepareConfig(heldout=0.2))
    list(prepare(place, never))
    done = current(place)
    assert done
    training, heldout = (done.tokenizer().decode(t.tolist()) for t in (done.train_tokens()[:], done.heldout()[:]))
    numbers = [set(part.split("Letter ")[1:]) for part in (training, heldout)]
    assert len(numbers[0]) + len(numbers[1]) == 60 and 3 <= len(numbers[1]) <= 25


def test_whole_documents_are_held_out_of_every_source(tmp_path: Path) -> None:
    texts = {
        "poems.txt": "\n\n\n".join(chapters("Poem", 40).values()),
        "letters.txt": "\n\n\n".join(chapters("Letter", 80).values()),
    }
    place = made(tmp_path, texts, heldout=0.1)
    place.set_options(list(texts), TextConfig(documents=DocumentEnd.SEPARATOR))
    prepared = done(place)
    training, heldout = words(prepared)
    assert prepared.documents == 120
    for name, count in (("Poem", 40), ("Letter", 80)):
        held = {n for n in range(count) if f"{name} {n}. " in heldout}
        assert held == {n for n in range(count) if f"End of {name} {n}." in heldout}
        assert not [n for n in held if f"{name} {n}. " in training]
        assert 0.04 < len(held) / count < 0.2
    again = PrepareConfig(heldout=0.1, seed=2)
    place.set_prepare_config(again)
    assert words(done(place))[1] != heldout
    place.set_prepare_config(PrepareConfig(heldout=0.1))
    assert words(done(place))[1] == heldout


def test_a_novel_among_many_small_texts_is_judged_by_its_own_end(tmp_path: Path) -> None:
    """Of a novel, and a table of jokes, nine small texts were held out whole and nothing of the novel."""
    novel = {"novel.txt": story(400_000) + " The end of the novel."}
    prepared = done(made(tmp_path, {**novel, **chapters("Note", 30)}))
    training, heldout = words(prepared)
    held = {n for n in range(30) if f"Note {n}. " in heldout}
    assert held == {n for n in range(30) if f"End of Note {n}." in heldout} and len(held) <= 2
    assert "The end of the novel." in heldout and "The end of the novel." not in training
    (about,) = (text for text in prepared.texts if text.path == "texts/novel.txt")
    assert about.heldout_tokens == pytest.approx(0.0138 * about.tokens, rel=0.1)
    assert len(held) > 0 and len(prepared.used()) == 31, "a run is called by all that it needs, put aside or not"


def test_of_many_large_documents_the_ends_are_held_out(tmp_path: Path) -> None:
    """A whole chapter was, and not learnt, which told nothing of the others."""
    prepared = done(made(tmp_path, chapters("Chapter", 25, longer=3000)))
    heldout = words(prepared)[1]
    assert all(f"End of Chapter {n}." in heldout for n in range(25))


@pytest.mark.parametrize("leave_out", [True, False])
def test_copies_are_never_on_both_sides(tmp_path: Path, leave_out: bool) -> None:
    """Every document stands twice, the second time with other spaces and capitals or with a few words changed."""
    originals = chapters("Chapter", 30)
    copies = {name.replace("Chapter", "Copy"): text.upper().replace(" ", "  ") for name, text in originals.items()}
    drafts = {
        name.replace("Chapter", "Draft"): text.replace(" End", " That was the end. End")
        for name, text in originals.items()
    }
    clean = CleanConfig(duplicates=leave_out, near_duplicates=leave_out)
    prepared = done(made(tmp_path, {**originals, **copies, **drafts}, heldout=0.2, clean=clean))
    training, heldout = words(prepared)
    held = {n for n in range(30) if f"chapter {n}. " in heldout.lower().replace("  ", " ")}
    trained = {n for n in range(30) if f"chapter {n}. " in training.lower().replace("  ", " ")}
    assert held and trained and not held & trained
    assert prepared.documents == (30 if leave_out else 90)


def test_a_copy_is_left_out_and_named(tmp_path: Path) -> None:
    place = made(tmp_path, {"a.txt": story(), "b.txt": story().upper(), "c.txt": story(9000)[17:]})
    read = [event for event in prepare(place, never) if isinstance(event, events.TextRead)]
    assert len(read) == 3
    prepared = current(place)
    assert prepared and prepared.documents == 2
    warnings = {text.path: text.warnings for text in prepared.texts}
    assert warnings["texts/b.txt"] == ("Left out: another text says the same.",) and not warnings["texts/a.txt"]
    learnt = [text for text in prepared.texts if text.path != "texts/b.txt"]
    assert prepared.words == sum(text.words for text in learnt)
    assert prepared.characters == sum(text.characters for text in learnt)


def test_comparing_can_be_stopped() -> None:
    prints, sketches = np.arange(2, dtype=np.uint64), np.arange(2 * 65, dtype=np.uint64).reshape(2, 65) % 65
    sketches[1, 0] = 1
    assert split.copies(prints, sketches)[1].tolist() == [0, 0]
    with pytest.raises(Stopped):
        split.copies(prints, sketches, lambda: True)


@pytest.mark.parametrize(
    ("chosen", "characters", "heldout"),
    [
        (0.01, 20_000, 2_000),  # a tenth of a diary, and not 50 tokens of it
        (0.01, 120_000, 6_000),
        (0.01, 900_000, 9_000),
        (0.3, 20_000, 6_000),
        (0.05, 20_000, 1_000),  # as it was chosen
        (0.0, 20_000, 0),
    ],
)
def test_of_small_texts_enough_is_held_out_to_judge_by(
    tmp_path: Path, chosen: float, characters: int, heldout: int
) -> None:
    prepared = done(made(tmp_path, {"diary.txt": story(characters)}, heldout=chosen))
    held = len(prepared.tokenizer().decode(prepared.heldout()[:].tolist()))
    assert held == pytest.approx(heldout, rel=0.1)
