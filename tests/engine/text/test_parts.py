"""What a run reads of each text: by size, in equal shares or by weight; and what is damaged or too short."""

from pathlib import Path

import numpy as np
import pytest

from textgen_gui.engine.core.config import Balance, PrepareConfig, TextConfig
from textgen_gui.engine.core.errors import ProjectError
from textgen_gui.engine.core.project import Project
from textgen_gui.engine.text import dataset
from textgen_gui.engine.text.dataset import Prepared
from textgen_gui.engine.text.staleness import current

from ...conftest import story
from .projects import done, made, texts_of_three_sizes


def shares(prepared: Prepared, context: int = 16) -> dict[str, float]:
    """What a run really reads, by part, counted in the batches."""
    parts, tokens = prepared.parts(), np.arange(prepared.tokens, dtype=np.uint32)
    read = np.concatenate([dataset.batch(tokens, parts, 1, step, 50, context) for step in range(1, 201)])
    return {part.name: float(((read >= part.start) & (read < part.end)).mean()) for part in parts}


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


def test_a_text_shorter_than_the_context_is_refused_with_a_way_out(prepared: Project) -> None:
    done = current(prepared)
    assert done
    with pytest.raises(ProjectError, match="Add more text"):
        dataset.check_length(done, 1_000_000)


def test_marks_look_at_all_texts(tmp_path: Path) -> None:
    prepared = done(made(tmp_path, texts_of_three_sizes(), heldout=0.2))
    sample = prepared.tokenizer().decode(prepared.heldout_sample(900).tolist())
    assert 890 < len(prepared.heldout_sample(900)) < 910
    assert "was day" in sample and "WAS DAY" in sample and "Was Day" in sample


def test_a_damaged_token_file_is_named(prepared: Project) -> None:
    done = current(prepared)
    assert done
    (done.folder / "train.bin").write_bytes(b"12")
    with pytest.raises(ProjectError, match=r"train\.bin is damaged"):
        done.train_tokens()
