"""Each form of tokenizer gives the tokens of the program that made it."""

import json
from pathlib import Path

import pytest
from tokenizers import BertWordPieceTokenizer

from textgen_gui.engine.core.errors import EngineError, ProjectError
from textgen_gui.engine.core.model_folder import TokenizerForm, tokenizer_files
from textgen_gui.engine.text.sentencepiece import from_sentencepiece
from textgen_gui.engine.text.tokenizer_files import from_file, gpt2, tokenizer_of

from ...conftest import sentences, story
from ..layouts import trained_tokenizer

DATA = Path(__file__).parents[2] / "data" / "tokenizers"


@pytest.mark.parametrize("name", ["bpe", "unigram"])
def test_sentencepiece_gives_the_tokens_of_its_own_library(name: str) -> None:
    """bpe.json and unigram.json hold what sentencepiece 0.2 made of these texts with these models."""
    tokenizer = from_sentencepiece(DATA / f"{name}.model")
    for text, ids in json.loads((DATA / f"{name}.json").read_text(encoding="utf-8")):
        assert tokenizer.encode(text, add_special_tokens=False).ids == ids, text


def test_sentencepiece_comes_back() -> None:
    tokenizer = from_sentencepiece(DATA / "bpe.model")
    for text in (*sentences, "tab\there\n\n  two  spaces", "Ünï 日本 🙂"):
        assert tokenizer.decode(tokenizer.encode(text).ids) == text


def test_gpt2_is_that_of_gpt2() -> None:
    """The numbers that every page about GPT-2 shows."""
    tokenizer = gpt2()
    assert tokenizer.get_vocab_size() == 50_257
    assert tokenizer.encode("Hello, world!").ids == [15496, 11, 995, 0]
    assert tokenizer.encode("a<|endoftext|>").ids == [64, 50_256]
    assert tokenizer.decode(tokenizer.encode("Ünï 日本\n 🙂").ids) == "Ünï 日本\n 🙂"


def test_words_give_the_tokens_of_bert(tmp_path: Path) -> None:
    made = BertWordPieceTokenizer(lowercase=True)
    made.train_from_iterator([story()], vocab_size=300, show_progress=False)
    made.save_model(str(tmp_path))
    for text in sentences:
        ids = tokenizer_of(tmp_path).encode(text, add_special_tokens=False).ids
        assert ids == made.encode(text, add_special_tokens=False).ids


def test_tokens_that_were_added_later_are_known(tmp_path: Path) -> None:
    made = trained_tokenizer()
    made.save_model(str(tmp_path))
    number = made.get_vocab_size()
    (tmp_path / "added_tokens.json").write_text(json.dumps({"<scene>": number}))
    assert tokenizer_of(tmp_path).encode("<scene>").ids == [number]


def test_texts_are_prepared_with_vocabulary_and_merges(tmp_path: Path) -> None:
    made = trained_tokenizer()
    made.save_model(str(tmp_path), "mine")
    for path in (tmp_path, tmp_path / "mine-vocab.json"):
        assert from_file(path).encode(sentences[0]).ids == made.encode(sentences[0]).ids


def test_the_usual_name_is_preferred_to_others(tmp_path: Path) -> None:
    made = trained_tokenizer()
    for name in ("a.tokenizer.json", "tokenizer.json", "vocab.json"):
        made.save(str(tmp_path / name))
    (tmp_path / "tokenizer_config.json").write_text('{"added_tokens": [], "version": "1.0"}')
    assert tokenizer_files(tmp_path).files == (tmp_path / "tokenizer.json",)
    (tmp_path / "tokenizer.json").unlink()
    assert tokenizer_files(tmp_path).files == (tmp_path / "a.tokenizer.json",)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("tokenizer.json", b"{"),
        ("tokenizer.model", b"\x0a\xff\xff\xff\xff\x0f"),
        ("tokenizer.model", b""),
        ("tokenizer.model", b"\x0a\x03\x0a\x01\xff"),
        ("vocab.txt", b"a\nb\n"),
        ("vocab.txt", b"\xff\xfe\x00"),
        ("vocab.json", b"[1]"),
        ("vocab.json", b"[" * 100_000),
    ],
)
def test_damaged_files_are_a_sentence(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / "merges.txt").write_bytes(b"#version: 0.2\na b c\n")
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ProjectError, match=r"cannot be read\. Choose another model|no <\|endoftext"):
        from_file(tmp_path)


def test_what_is_no_file_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "tokenizer.json").symlink_to("/dev/zero")
    with pytest.raises(EngineError):
        from_file(tmp_path)
    assert tokenizer_files(tmp_path).form == TokenizerForm.NONE
