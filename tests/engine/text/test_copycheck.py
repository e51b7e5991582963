"""The copy check against a search by brute force, and where it finds what."""

import os
import random
import re
from pathlib import Path

import pytest

from textgen_gui.engine.core import events, project
from textgen_gui.engine.core.errors import ProjectError
from textgen_gui.engine.text import copycheck
from textgen_gui.engine.text.copycheck import WORDS, Index, Passage, build, check
from textgen_gui.engine.text.dataset import Prepared
from textgen_gui.engine.text.prepare import prepare
from textgen_gui.engine.text.staleness import current

from ...conftest import never, story


def corpus(folder: Path, **texts: str) -> Prepared:
    place = project.create(folder / "project")
    for name, text in texts.items():
        (folder / f"{name}.txt").write_text(text, encoding="utf-8")
    list(place.add_texts([folder / f"{name}.txt" for name in texts], never))
    list(prepare(place, never))
    prepared = current(place)
    assert prepared
    return prepared


def words(text: str) -> list[str]:
    return [match.casefold() for match in re.findall(r"\w+(?:['’]\w+)*", text)]


def by_brute_force(text: str, learnt: list[str]) -> int:
    """How many words lie in a run of eight that stands in one of the texts."""
    known = {tuple(said[at : at + WORDS]) for said in map(words, learnt) for at in range(len(said) - WORDS + 1)}
    mine = words(text)
    copied = [False] * len(mine)
    for at in range(len(mine) - WORDS + 1):
        if tuple(mine[at : at + WORDS]) in known:
            copied[at : at + WORDS] = [True] * WORDS
    return sum(copied)


def learnt_texts(prepared: Prepared) -> list[str]:
    """Without the held-out end of each."""
    tokens, tokenizer = prepared.train_tokens()[:], prepared.tokenizer()
    return [tokenizer.decode(tokens[text.start : text.end].tolist()) for text in prepared.texts]


def noise(seed: int, count: int) -> str:
    chosen = random.Random(seed)
    return " ".join("".join(chosen.choices("aeioulnrst", k=chosen.randint(2, 4))) for _ in range(count))


@pytest.mark.parametrize("chunk", [50, 2_000_000])
def test_it_finds_what_brute_force_finds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, chunk: int) -> None:
    """1,000 texts put together from pieces of the corpus, changed pieces and words of their own."""
    monkeypatch.setattr(copycheck, "CHUNK", chunk)
    monkeypatch.setattr(copycheck, "TOKENS", 300)
    prepared = corpus(tmp_path, a=noise(1, 900), b=story(4000), c=noise(2, 500) + "\n" + story(6000)[3000:].upper())
    list(build(prepared, never))
    index, learnt = Index(prepared), learnt_texts(prepared)
    chosen = random.Random(3)
    shares = []
    for number in range(1000):
        parts = []
        for _ in range(chosen.randint(1, 6)):
            source = words(chosen.choice(learnt)) if chosen.random() < 0.7 else noise(number, 40).split()
            at, length = chosen.randrange(len(source)), chosen.randint(1, 25)
            parts.append(" ".join(source[at : at + length]))
        text = chosen.choice([" ", ", ", " – ", "\n"]).join(parts)
        found = sum(passage.words for passage in index.passages(text))
        assert found == by_brute_force(text, learnt), text
        shares.append(found / len(words(text)))
    assert 0.1 < sum(shares) / len(shares) < 0.9 and min(shares) == 0, "texts of every kind"


def test_it_names_file_and_place(tmp_path: Path) -> None:
    prepared = corpus(tmp_path, first=noise(1, 1000), second=noise(2, 1000))
    list(build(prepared, never))
    quoted = " ".join(noise(2, 1000).split()[500:520])
    (found,) = Index(prepared).passages(f"He said: «{quoted.title()}», and left.")
    half_of_the_nine_tenths_learnt = pytest.approx(0.5 / 0.9, abs=0.01)
    assert found.path == "texts/second.txt" and found.place == half_of_the_nine_tenths_learnt and found.words == 20
    said = f"He said: «{quoted.title()}», and left."[found.start : found.end]
    assert said == quoted.title()


def test_seven_words_are_no_copy_and_texts_do_not_run_together(tmp_path: Path) -> None:
    one, other = noise(1, 500), noise(2, 500)
    prepared = corpus(tmp_path, a=one, b=other)
    list(build(prepared, never))
    index, first, last = Index(prepared), learnt_texts(prepared)[0], other
    assert index.passages(" ".join(one.split()[20:27])) == []
    assert index.passages(" ".join([*words(first)[-4:], *words(last)[:4]])) == []
    assert index.passages("") == [] and index.passages("a b c") == []


def test_what_was_held_out_is_no_copy(tmp_path: Path) -> None:
    place = project.create(tmp_path / "project")
    (tmp_path / "a.txt").write_text(noise(5, 3000), encoding="utf-8")
    list(place.add_texts([tmp_path / "a.txt"], never))
    list(prepare(place, never))
    prepared = current(place)
    assert prepared and prepared.heldout_tokens > 50
    list(build(prepared, never))
    heldout = prepared.tokenizer().decode(prepared.heldout()[:].tolist())
    assert len(words(heldout)) > WORDS and Index(prepared).passages(heldout) == []


def test_a_check_builds_once_and_sums_up(tmp_path: Path) -> None:
    prepared = corpus(tmp_path, a=noise(1, 400))
    text = " ".join(noise(1, 400).split()[10:30]) + " " + noise(9, 20)
    happened = list(check(prepared, text, never))
    assert any(isinstance(event, events.Progressed) for event in happened)
    assert happened[-1] == events.CopyChecked(40, 20, 1)
    assert [type(event).__name__ for event in check(prepared, text, never)] == ["CopyFound", "CopyChecked"]


def test_a_stop_leaves_nothing_half_made(tmp_path: Path) -> None:
    prepared = corpus(tmp_path, a=noise(1, 400))
    assert [type(event).__name__ for event in check(prepared, "a", lambda: True)] == ["Progressed"]
    assert not list(prepared.folder.glob("copies*")) and not list(prepared.folder.glob(".new-*"))


def test_a_saying_that_stands_everywhere_is_found_quickly(tmp_path: Path) -> None:
    saying = "it is a truth that is universally known to all of us here "
    prepared = corpus(tmp_path, a=saying * 5000)
    list(build(prepared, never))
    found = Index(prepared).passages(saying * 20)
    assert len(found) == 1 and isinstance(found[0], Passage) and found[0].words == 20 * 13


def test_an_index_that_is_cut_while_it_is_open_is_told(tmp_path: Path) -> None:
    """Mapped into memory, it would end the whole process: a stick that is pulled, a program that synchronises."""
    prepared = corpus(tmp_path, one=noise(1, 3000))
    list(build(prepared, never))
    index, text = Index(prepared), " ".join(words(learnt_texts(prepared)[0])[:100])
    assert index.passages(text)
    for file in copycheck.index_folder(prepared).iterdir():
        os.truncate(file, 8)
    with pytest.raises(ProjectError, match=r"\.bin is damaged or missing\. Look once more"):
        index.passages(text)
    assert any(isinstance(event, events.CopyFound) for event in check(prepared, text, never))


def test_a_corpus_of_few_words_has_no_copies(tmp_path: Path) -> None:
    prepared = corpus(tmp_path, one="Only a few words.")
    list(build(prepared, never))
    assert not Index(prepared).passages(noise(1, 100))
