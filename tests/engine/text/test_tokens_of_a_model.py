"""Texts in the tokens of a model lie beside the project's own, and neither costs the other."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from tokenizers import Tokenizer

from textgen_gui.engine.core import events
from textgen_gui.engine.core.config import RunConfig, TokenizerSource
from textgen_gui.engine.core.project import Project
from textgen_gui.engine.text import encode
from textgen_gui.engine.text.dataset import Prepared
from textgen_gui.engine.text.prepare import prepare
from textgen_gui.engine.text.staleness import all_prepared, current, current_in
from textgen_gui.engine.text.tokenizer import END_OF_TEXT, end_of_text, fingerprint, load, train
from textgen_gui.engine.text.tokenizer_files import from_file

from ...conftest import never, story
from .projects import done, made, words


@pytest.fixture
def place(tmp_path: Path) -> Project:
    return made(tmp_path, {"story.txt": story()}, vocabulary=300)


@pytest.fixture
def tokens() -> Tokenizer:
    return train([story(5000).upper()], 280)


def in_tokens(place: Project, tokens: Tokenizer) -> Prepared:
    list(prepare(place, never, tokens))
    found = current_in(place, tokens)
    assert found
    return found


def use(place: Project, prepared: Prepared) -> None:
    place.write_run(RunConfig(prepared=prepared.folder.name, data=prepared.fingerprint))


def encoding_fails(*_: object) -> None:
    raise AssertionError("encoded again")


def test_the_projects_own_tokens_stay_what_is_up_to_date(place: Project, tokens: Tokenizer) -> None:
    own, settings = done(place), place.file.read_bytes()
    of_model = in_tokens(place, tokens)
    assert of_model.tokenizer().get_vocab() == tokens.get_vocab() and of_model.folder != own.folder
    assert current(place) == own and place.file.read_bytes() == settings
    assert words(of_model)[0] and "".join(words(of_model)) == "".join(words(own))


def test_both_live_as_long_as_they_are_useful(
    place: Project, tokens: Tokenizer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those of the project always; those of a model while a run uses them. Tokens of unchanged texts are kept too."""
    own, of_model = done(place), in_tokens(place, tokens)
    use(place, of_model)
    assert done(place) == own and {known.folder for known in all_prepared(place)} == {own.folder, of_model.folder}
    more = tmp_path / "more.txt"
    more.write_text("A second text, which is short.\n" * 20)
    list(place.add_texts([more], never))
    old = [source for source in place.sources() if source.file != "more.txt"]
    anew = done(place)
    place.remove_texts([source for source in place.sources() if source not in old])
    monkeypatch.setattr(encode, "encode", encoding_fails)  # the tokens of the first text are there
    assert words(in_tokens(place, tokens)) == words(of_model) and anew.tokens > own.tokens


def test_those_of_a_model_that_no_run_uses_go_with_the_next_preparing(place: Project, tokens: Tokenizer) -> None:
    own, of_model = done(place), in_tokens(place, tokens)
    done(place)
    assert own.folder.exists() and not of_model.folder.exists()
    list(prepare(place, never, tokens))
    assert own.folder.exists() and of_model.folder.exists()


def test_tokens_that_are_the_projects_own_need_no_second_folder(place: Project) -> None:
    own = done(place)
    assert current_in(place, own.tokenizer()) == own


@pytest.fixture
def base(tmp_path: Path) -> Path:
    return of_folder(tmp_path / "base", END_OF_TEXT)


@pytest.fixture
def chat(tmp_path: Path) -> Path:
    return of_folder(tmp_path / "chat", "<|im_end|>")


def of_folder(folder: Path, end: str) -> Path:
    """A model's tokenizer, which is the same in each, but that this one ends a text."""
    folder.mkdir()
    train([story(5000)], 300, special_tokens=["<|im_end|>"]).save(str(folder / "tokenizer.json"))
    settings = {"tokenizer_class": "GPT2Tokenizer", "bos_token": None, "eos_token": end}
    (folder / "tokenizer_config.json").write_text(json.dumps(settings))
    return folder


def test_a_model_and_its_chat_version_have_token_files_of_their_own(place: Project, base: Path, chat: Path) -> None:
    """They cut alike; what stands between two documents differs."""
    done(place)
    of_base = in_tokens(place, from_file(base))
    use(place, of_base)
    assert current_in(place, from_file(chat)) is None
    of_chat = in_tokens(place, from_file(chat))
    assert current_in(place, from_file(base)) == of_base
    assert of_base.heldout()[:][-1] == end_of_text(of_base.tokenizer()) == end_of_text(from_file(base))
    assert of_chat.heldout()[:][-1] == end_of_text(of_chat.tokenizer()) == end_of_text(from_file(chat))
    assert of_base.heldout()[:][-1] != of_chat.heldout()[:][-1]


def test_the_projects_own_serve_no_model_that_ends_texts_in_another_way(place: Project, base: Path, chat: Path) -> None:
    config = replace(place.prepare_config(), tokenizer=TokenizerSource.FILE, tokenizer_file=str(base))
    place.set_prepare_config(config)
    own = done(place)
    assert current_in(place, from_file(base)) == own and current_in(place, from_file(chat)) is None


def test_other_settings_of_the_project_count_for_both(place: Project, tokens: Tokenizer) -> None:
    done(place)
    before = in_tokens(place, tokens)
    place.set_prepare_config(replace(place.prepare_config(), heldout=0.2))
    assert current_in(place, tokens) is None
    done(place)
    assert in_tokens(place, tokens).heldout_tokens > 2 * before.heldout_tokens


def test_a_tokenizer_is_known_by_how_it_cuts(tokens: Tokenizer, tmp_path: Path) -> None:
    """Not by its file, nor by what transformers adds to it."""
    tokens.save(str(tmp_path / "t.json"))
    again = load(tmp_path / "t.json")
    again.enable_truncation(8)
    again.enable_padding()
    assert fingerprint(again) == fingerprint(tokens) != fingerprint(train([story(5000)], 280))


def test_two_that_prepare_at_once_wait_for_each_other(place: Project, tokens: Tokenizer) -> None:
    """Neither may forget what the other has just made; who waits says so and can be stopped."""
    first = prepare(place, never)
    next(first)
    second = prepare(place, never, tokens)
    waiting = next(second)
    assert isinstance(waiting, events.Progressed) and "elsewhere" in waiting.stage
    stopped = list(prepare(place, lambda: True, tokens))
    assert [type(event) for event in stopped] == [events.Warned]
    list(first)
    assert isinstance(list(second)[-1], events.Prepared)
    assert current(place) and current_in(place, tokens)
