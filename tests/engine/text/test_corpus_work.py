"""Several texts in one project: what is made again and what is kept, balance, copies, held-out text, tokenizers."""

import os
import random
import shutil
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest
from tokenizers import Tokenizer
from tokenizers.decoders import Metaspace as MetaspaceDecoder
from tokenizers.models import BPE
from tokenizers.pre_tokenizers import Metaspace
from tokenizers.trainers import BpeTrainer

from textgen_gui.engine.core import events, project
from textgen_gui.engine.core.config import Balance, CleanConfig, DocumentEnd, PrepareConfig, TextConfig
from textgen_gui.engine.core.errors import ProjectError
from textgen_gui.engine.core.project import Project, Run
from textgen_gui.engine.text import dataset, doctor
from textgen_gui.engine.text import tokenizer as tokenizers
from textgen_gui.engine.text.dataset import Prepared
from textgen_gui.engine.text.prepare import prepare
from textgen_gui.engine.text.staleness import current
from textgen_gui.engine.training.plan import new_run

from ...conftest import never, story, tiny, train_all


def made(folder: Path, texts: dict[str, str], **settings: object) -> Project:
    place = project.create(folder / "p")
    for name, content in texts.items():
        (folder / name).write_text(content, encoding="utf-8")
    list(place.add_texts([folder / name for name in texts], never))
    place.set_prepare_config(PrepareConfig(**settings))  # type: ignore[arg-type]
    return place


def done(place: Project) -> Prepared:
    list(prepare(place, never))
    found = current(place)
    assert found
    return found


def words(prepared: Prepared) -> tuple[str, str]:
    """What is trained on and what is held out, as text."""
    tokenizer = prepared.tokenizer()
    sides = (prepared.train_tokens(), prepared.heldout())
    return tuple(tokenizer.decode(side.tolist(), skip_special_tokens=False) for side in sides)  # type: ignore[return-value]


def files(place: Project) -> dict[str, int]:
    """Everything that is kept of the texts, with the time it was written."""
    return {str(path): path.stat().st_mtime_ns for path in place.clean_folder.rglob("*") if path.is_file()}


def chapters(name: str, count: int) -> dict[str, str]:
    """Documents that have hardly anything in common, each with its name at both ends."""
    texts = {}
    for number in range(count):
        letters = random.Random(f"{name} {number}")
        words = ["".join(letters.choices("aeiolmnrst", k=letters.randint(2, 8))) for _ in range(120 + 5 * number)]
        texts[f"{name} {number}.txt"] = f"{name} {number}. {' '.join(words)} End of {name} {number}."
    return texts


# --- made once


def test_adding_a_text_reads_only_that_text(place: Project, tmp_path: Path) -> None:
    before = done(place)
    kept = files(place)
    (tmp_path / "more.txt").write_text(story(3000).upper())
    list(place.add_texts([tmp_path / "more.txt"], never))
    after = done(place)
    assert {path: time for path, time in files(place).items() if path in kept} == kept
    assert after.tokens > before.tokens
    assert (after.folder / "tokenizer.json").read_text() == before.tokenizer().to_str(pretty=True)


def test_taking_a_text_out_reads_nothing(place: Project, tmp_path: Path) -> None:
    before = done(place)
    (tmp_path / "more.txt").write_text(story(3000).upper())
    list(place.add_texts([tmp_path / "more.txt"], never))
    done(place)
    kept = files(place)
    place.remove_text(place.sources()[1])
    after = done(place)
    assert set(files(place)) < set(kept) and all(kept[path] == time for path, time in files(place).items())
    assert words(after) == words(before)


def test_a_corpus_that_became_another_gets_another_tokenizer(place: Project, tmp_path: Path) -> None:
    before = done(place).tokenizer().to_str()
    (tmp_path / "greek.txt").write_text(
        "".join(f"Ο γέρος περπατούσε {n} στο ποτάμι και κοίταζε το νερό. " for n in range(999))
    )
    list(place.add_texts([tmp_path / "greek.txt"], never))
    assert done(place).tokenizer().to_str() != before


def test_a_project_that_moved_is_still_up_to_date(prepared: Project, tmp_path: Path) -> None:
    shutil.copytree(prepared.folder, tmp_path / "elsewhere")
    moved = Project(tmp_path / "elsewhere")
    for path in moved.texts_folder.iterdir():
        os.utime(path, (1, 1))
    assert current(moved)
    path = next(moved.texts_folder.iterdir())
    path.write_text(path.read_text().replace("river", "RIVER"))  # the same size
    os.utime(path, (2, 2))
    assert current(moved) is None


def test_how_a_text_is_read_is_part_of_what_is_made(prepared: Project) -> None:
    source = prepared.sources()[0]
    before = current(prepared)
    assert before and before.documents == 1
    prepared.set_options([source.file], TextConfig(documents=DocumentEnd.LINE))
    assert current(prepared) is None
    assert done(prepared).documents > 100


@pytest.mark.parametrize("damage", ["text.txt", "documents.bin", "text.toml", "tokens.bin", "lengths.bin"])
def test_what_is_kept_is_checked_before_it_is_used(place: Project, tmp_path: Path, damage: str) -> None:
    before = words(done(place))
    path = next(place.clean_folder.rglob(damage))
    path.write_bytes(path.read_bytes()[:-1])
    (tmp_path / "more.txt").write_text("A little more. " * 9)
    list(place.add_texts([tmp_path / "more.txt"], never))
    assert words(done(place))[0].startswith(before[0])


# --- balance


def shares(prepared: Prepared, context: int = 16) -> dict[str, float]:
    """What a run really reads, by part, counted in the batches."""
    parts, tokens = prepared.parts(), np.arange(prepared.tokens, dtype=np.uint32)
    read = np.concatenate([dataset.batch(tokens, parts, 1, step, 50, context) for step in range(1, 201)])
    return {part.name: float(((read >= part.start) & (read < part.end)).mean()) for part in parts}


def texts_of_three_sizes() -> dict[str, str]:
    return {"long.txt": story(60_000), "middle.txt": story(9000)[50:].upper(), "short.txt": story(3000)[20:].title()}


def test_equal_shares(tmp_path: Path) -> None:
    found = shares(done(made(tmp_path, texts_of_three_sizes(), balance="equal")))
    assert len(found) == 3 and all(abs(share - 1 / 3) < 0.01 for share in found.values())


def test_shares_by_weight(tmp_path: Path) -> None:
    place = made(tmp_path, texts_of_three_sizes(), balance="weight")
    place.set_options(["short.txt"], TextConfig(weight=6.0))
    place.set_options(["long.txt"], TextConfig(weight=3.0))
    found = shares(done(place))
    wanted = {"texts/long.txt": 0.3, "texts/middle.txt": 0.1, "texts/short.txt": 0.6}
    assert all(abs(found[name] - share) < 0.01 for name, share in wanted.items())


def test_a_weight_of_nothing_leaves_a_text_out(tmp_path: Path) -> None:
    place = made(tmp_path, texts_of_three_sizes(), balance="weight")
    place.set_options(["long.txt", "middle.txt"], TextConfig(weight=0.0))
    assert [part.name for part in done(place).parts()] == ["texts/short.txt"]


def test_by_size_everything_is_one_stretch(tmp_path: Path) -> None:
    prepared = done(made(tmp_path, texts_of_three_sizes()))
    (part,) = prepared.parts()
    assert (part.start, part.end, part.share) == (0, prepared.tokens, 1.0)


def test_a_group_counts_as_one_and_lies_together(tmp_path: Path) -> None:
    place = made(
        tmp_path, {"a1.txt": story(4000), "b.txt": story(9000).upper(), "a2.txt": story(5000).title()}, balance="equal"
    )
    place.set_options(["a1.txt", "a2.txt"], TextConfig(group="letters"))
    prepared = done(place)
    assert {part.name: part.share for part in prepared.parts()} == {"letters": 0.5, "texts/b.txt": 0.5}
    (only,) = prepared.parts("letters")
    text = prepared.tokenizer().decode(prepared.train_tokens()[only.start : only.end].tolist())
    assert "The old man" in text and "The Old Man" in text and "THE OLD MAN" not in text
    with pytest.raises(ProjectError, match="no text in the group “poems”"):
        prepared.parts("poems")


def test_balance_changes_what_a_run_may_continue_on(tmp_path: Path) -> None:
    place = made(tmp_path, texts_of_three_sizes())
    before = done(place).fingerprint
    place.set_prepare_config(PrepareConfig(balance=Balance.EQUAL))
    assert done(place).fingerprint != before


def test_a_text_too_short_to_be_balanced_is_named(tmp_path: Path) -> None:
    prepared = done(made(tmp_path, {"long.txt": story(), "tiny.txt": "Only this."}, balance="equal"))
    with pytest.raises(ProjectError, match=r"tiny\.txt has only \d+ tokens.*one group"):
        dataset.check_length(prepared, 16)


# --- held-out text


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


def test_marks_look_at_all_texts(tmp_path: Path) -> None:
    prepared = done(made(tmp_path, texts_of_three_sizes(), heldout=0.2))
    sample = prepared.tokenizer().decode(prepared.heldout_sample(900).tolist())
    assert 890 < len(prepared.heldout_sample(900)) < 910
    assert "was day" in sample and "WAS DAY" in sample and "Was Day" in sample


def test_text_without_spaces_is_cut_between_letters(tmp_path: Path) -> None:
    text = "".join(chr(0x4E00 + (n * n + n // 7) % 400) for n in range(6000))
    training, heldout = words(done(made(tmp_path, {"chinese.txt": text}, heldout=0.1)))
    assert (training + heldout).removesuffix(tokenizers.END_OF_TEXT) == text
    assert "\ufffd" not in training + heldout and 400 < len(heldout) < 800


def test_each_rule_of_the_doctor_has_its_setting() -> None:
    defaults = {field.name: (field.default, field.metadata["label"]) for field in fields(CleanConfig)}
    assert {rule.name: (rule.default, rule.label) for rule in doctor.rules}.items() <= defaults.items()
    assert set(defaults) - {rule.name for rule in doctor.rules} == {"duplicates", "near_duplicates"}


# --- tokenizers


def awkward() -> Iterator[str]:
    yield from (
        "",
        "  two  spaces ",
        "日本語 العربية 👩‍👩‍👧",
        "x" * 5000,
        "<0x41> <unk>",
        "\x00\x7f",
        "déjà\r\n\tvu",
        "ÿĀ€",
    )


@pytest.mark.parametrize("kind", ["train", "characters", "file"])
def test_any_text_comes_back_from_any_tokenizer(tmp_path: Path, kind: str) -> None:
    tokenizers.train([story()], 300).save(str(tmp_path / "tokenizer.json"))
    place = made(tmp_path, {"a.txt": story()}, tokenizer=kind, tokenizer_file=str(tmp_path))
    prepared = done(place)
    for text in awkward():
        assert tokenizers.comes_back(prepared.tokenizer(), text), text
    training, heldout = words(prepared)
    assert (training + heldout).removesuffix(tokenizers.END_OF_TEXT) == story()


def test_characters_are_tokens(tmp_path: Path) -> None:
    prepared = done(made(tmp_path, {"a.txt": story()}, tokenizer="characters"))
    assert prepared.folder.name.startswith(f"characters-{prepared.vocabulary}-")
    assert prepared.tokens + prepared.heldout_tokens == len(story()) + 1
    assert prepared.vocabulary == 256 + 1 + len(set(story()))


def test_special_tokens_are_one_token(tmp_path: Path) -> None:
    text = story(6000).replace("The old", "<|scene|>The old")
    prepared = done(made(tmp_path, {"a.txt": text}, special_tokens=("<|scene|>",)))
    number = prepared.tokenizer().token_to_id("<|scene|>")
    assert number is not None
    assert np.count_nonzero(prepared.train_tokens() == number) > 5
    assert words(prepared)[0].startswith(text[:3000])


def test_rare_pairs_stay_apart(tmp_path: Path) -> None:
    few = done(made(tmp_path, {"a.txt": story(8000)}, minimum_frequency=500))
    assert few.vocabulary < 290


def test_a_model_learns_with_a_tokenizer_from_elsewhere(tmp_path: Path) -> None:
    """One with another end-of-text token and another way of marking spaces."""
    from transformers import AutoTokenizer

    from textgen_gui.engine.models import model as models

    foreign = Tokenizer(BPE(unk_token="<unk>"))
    foreign.pre_tokenizer = Metaspace(prepend_scheme="never")
    foreign.decoder = MetaspaceDecoder(prepend_scheme="never")
    foreign.train_from_iterator(
        [story()], BpeTrainer(vocab_size=300, special_tokens=["<unk>", "</s>"], show_progress=False)
    )
    foreign.save(str(tmp_path / "tokenizer.json"))
    place = made(tmp_path, {"a.txt": story()}, tokenizer="file", tokenizer_file=str(tmp_path / "tokenizer.json"))
    prepared = done(place)
    assert prepared.folder.name.startswith(f"file-{foreign.get_vocab_size()}-")
    assert words(prepared)[0] + words(prepared)[1] == story() + "</s>"
    run = Run(place.folder / next(e for e in new_run(place, settings=tiny) if isinstance(e, events.RunCreated)).run)
    train_all(run)
    folder = run.checkpoints()[-1].folder
    assert len(AutoTokenizer.from_pretrained(folder)) == foreign.get_vocab_size()
    assert models.load(folder)[1].encode(story()).ids == foreign.encode(story()).ids


def test_a_file_without_a_tokenizer_is_a_sentence(tmp_path: Path) -> None:
    place = made(tmp_path, {"a.txt": story()}, tokenizer="file", tokenizer_file=str(tmp_path / "none"))
    with pytest.raises(ProjectError, match="holds no tokenizer"):
        list(prepare(place, never))


def test_the_settings_of_texts_can_be_given_on_the_command_line(tmp_path: Path) -> None:
    from textgen_gui.cli import prepare_texts

    path = tmp_path / "a.txt"
    path.write_bytes("один и два\nтри и четыре\n".encode("koi8-r") * 40)
    settings = ["text.encoding=koi8-r", "text.documents=line", "heldout=0"]
    read = next(e for e in prepare_texts(tmp_path / "p", [path], settings, never) if isinstance(e, events.TextRead))
    assert (read.encoding, read.documents, read.characters) == ("koi8-r", 80, 960)
