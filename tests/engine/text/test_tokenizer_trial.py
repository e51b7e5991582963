"""Tokenizers from strangers: what hangs, swells or cannot do its work is a sentence, and the others are tried once."""

import json
from pathlib import Path
from typing import Any

import pytest

from textgen_gui.engine.core.errors import ProjectError
from textgen_gui.engine.core.home import home
from textgen_gui.engine.core.model_folder import TokenizerFiles, TokenizerForm
from textgen_gui.engine.runtime import workers
from textgen_gui.engine.runtime.confine import Limits
from textgen_gui.engine.text import apart, tokenizer_trial
from textgen_gui.engine.text.tokenizer import load, train

from ...awkward import ENDLESS_PADDING
from ...conftest import story

LETTER = {"String": "a"}
DOUBLED = {"type": "Replace", "pattern": LETTER, "content": "aa"}


def tokenizer(folder: Path, **changes: Any) -> Path:
    file = folder / "tokenizer.json"
    train([story()], 300).save(str(file))
    file.write_text(json.dumps({**json.loads(file.read_text()), **changes}))
    return file


def split(pattern: str) -> dict[str, Any]:
    return {"type": "Split", "pattern": {"Regex": pattern}, "behavior": "Isolated", "invert": False}


HARMFUL: dict[str, dict[str, Any]] = {
    "normaliser": {"normalizer": {"type": "Sequence", "normalizers": [DOUBLED] * 40}},
    "decoder": {"decoder": {"type": "Sequence", "decoders": [{**DOUBLED, "content": "a" * 1000}] * 8}},
    "words": {"model": {"type": "WordLevel", "vocab": {"a": 0, "<|endoftext|>": 1}, "unk_token": "[UNK]"}},
}


@pytest.mark.parametrize("kind", HARMFUL)
def test_what_harms_is_a_sentence(kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apart, "limits", lambda size: Limits(memory=100_000_000, cpu_s=1))
    with pytest.raises(ProjectError, match="tokenizer"):
        load(tokenizer(tmp_path, **HARMFUL[kind]))


def test_fillings_without_end_are_never_filled_in(tmp_path: Path) -> None:
    from textgen_gui.engine.text.tokenizer_files import tokenizer_of

    assert len(tokenizer_of(tokenizer(tmp_path, padding=ENDLESS_PADDING)).encode("a").ids) == 1


def test_those_built_like_our_own_wait_for_no_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "_free", None)
    load(tokenizer(tmp_path))


def test_what_was_tried_is_not_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tokenizer(tmp_path, pre_tokenizer=split(r"\s+"))
    found = TokenizerFiles(TokenizerForm.JSON, (file,))
    tokenizer_trial.refuse_unfit(found)
    tokenizer_trial._tried.cache_clear()  # as in a program that is started anew
    monkeypatch.setattr(workers, "_free", None)
    tokenizer_trial.refuse_unfit(found)
    assert (home() / "tried-tokenizers.txt").read_text().count("\n") >= 1
