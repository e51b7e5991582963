"""The user's token is kept in a keyring or nowhere. The keyring is the real library, with a backend in memory."""

import sys
from collections.abc import Iterator

import keyring
import keyring.backend
import keyring.backends.fail
import pytest

from textgen_gui.engine.core.errors import ModelError
from textgen_gui.engine.exchange import token


class InMemory(keyring.backend.KeyringBackend):
    priority = 1.0

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[service, username] = password


@pytest.fixture
def backend(monkeypatch: pytest.MonkeyPatch) -> Iterator[InMemory]:
    monkeypatch.delenv("HF_TOKEN", raising=False)
    before, made = keyring.get_keyring(), InMemory()
    keyring.set_keyring(made)
    yield made
    keyring.set_keyring(before)


def test_a_token_is_kept_for_the_hub_it_is_for(backend: InMemory, monkeypatch: pytest.MonkeyPatch) -> None:
    assert token.kept() == ""
    token.keep("hf_mine")
    assert token.kept() == "hf_mine"
    monkeypatch.setenv("HF_ENDPOINT", "https://hub.example")
    assert token.kept() == ""


def test_scripts_give_it_in_the_environment(backend: InMemory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_TOKEN", " hf_script\n")
    assert token.kept() == "hf_script" and not backend.kept


def test_without_a_keyring_it_is_not_kept_elsewhere(backend: InMemory) -> None:
    keyring.set_keyring(keyring.backends.fail.Keyring())
    assert token.kept() == ""
    with pytest.raises(ModelError, match="no keyring that could keep the token"):
        token.keep("hf_mine")


def test_without_the_library_neither(backend: InMemory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "keyring", None)
    assert token.kept() == ""
    with pytest.raises(ModelError, match="no keyring"):
        token.keep("hf_mine")
