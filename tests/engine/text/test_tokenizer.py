"""Tokenizers: any text comes back, from those that are learnt and those from elsewhere."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from tokenizers import Tokenizer
from tokenizers.decoders import Metaspace as MetaspaceDecoder
from tokenizers.models import BPE
from tokenizers.pre_tokenizers import Metaspace
from tokenizers.trainers import BpeTrainer

from textgen_gui.engine.core import events
from textgen_gui.engine.core.errors import EngineError, ProjectError
from textgen_gui.engine.core.project import Project, Run
from textgen_gui.engine.core.run_request import from_assignments
from textgen_gui.engine.text.prepare import prepare
from textgen_gui.engine.text.staleness import current
from textgen_gui.engine.text.tokenizer import END_OF_TEXT, comes_back, encode, train
from textgen_gui.engine.training.plan import new_run

from ...conftest import never, story, tiny, train_all
from .projects import done, made, words


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


def test_any_text_comes_back_exactly(prepared: Project) -> None:
    done = current(prepared)
    assert done
    tokenizer = done.tokenizer()
    for text in ("", "\x00\x01", "  two  spaces ", "日本語 العربية 👩‍👩‍👧", "x" * 5000, "<|endoftext"):
        ids = encode(tokenizer, [text])[0]
        assert tokenizer.decode(ids.tolist(), skip_special_tokens=False) == text


@pytest.mark.parametrize("kind", ["train", "characters", "file"])
def test_any_text_comes_back_from_any_tokenizer(tmp_path: Path, kind: str) -> None:
    train([story()], 300).save(str(tmp_path / "tokenizer.json"))
    place = made(tmp_path, {"a.txt": story()}, tokenizer=kind, tokenizer_file=str(tmp_path))
    prepared = done(place)
    for text in awkward():
        assert comes_back(prepared.tokenizer(), text), text
    training, heldout = words(prepared)
    assert (training + heldout).removesuffix(END_OF_TEXT) == story()


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
    assert np.count_nonzero(prepared.train_tokens()[:] == number) > 5
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
    run = Run(
        place.folder
        / next(e for e in new_run(place, from_assignments("small", None, tiny)) if isinstance(e, events.RunCreated)).run
    )
    train_all(run)
    folder = run.checkpoints()[-1].folder
    assert len(AutoTokenizer.from_pretrained(folder)) == foreign.get_vocab_size()
    assert models.load(folder)[1].encode(story()).ids == foreign.encode(story()).ids


def test_a_file_without_a_tokenizer_is_a_sentence(tmp_path: Path) -> None:
    place = made(tmp_path, {"a.txt": story()}, tokenizer="file", tokenizer_file=str(tmp_path / "none"))
    with pytest.raises(ProjectError, match="holds no tokenizer"):
        list(prepare(place, never))


def test_a_damaged_tokenizer_is_a_sentence(prepared: Project) -> None:
    done = current(prepared)
    assert done
    (done.folder / "tokenizer.json").write_text('{"model": {"type": "BPE", "vocab": {"a": -1}, "merges": [["x"]]}}')
    with pytest.raises(EngineError, match="cannot be read"):
        done.tokenizer()
