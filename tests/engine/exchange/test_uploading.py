"""A model goes to the hub, through all that can go wrong on the way; the hub is real, on the loopback address."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from textgen_gui.cli import main
from textgen_gui.engine.core import events
from textgen_gui.engine.core.errors import EngineError, ModelError
from textgen_gui.engine.core.project import Run
from textgen_gui.engine.exchange import hub_upload, token
from textgen_gui.engine.exchange.uploading import uploading

from ...conftest import never
from . import little as runs
from .hub_upload_server import TOKEN, Repository, UploadServer, taking

little = runs.little  # fixture

NAME = "writer/tiny"


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[UploadServer]:
    for name in ("HF_TOKEN", "HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(token, "kept", str)
    with taking() as server:
        monkeypatch.setenv("HF_ENDPOINT", server.address)
        yield server


def uploaded(run: Run, key: str = TOKEN, *, private: bool = True) -> list[events.Event]:
    return list(uploading(run, f"hf://{NAME}", never, key=key, private=private, agreed=True))


def test_the_list_is_shown_and_nothing_goes_out(little: Run, hub: UploadServer) -> None:
    *_, offered = uploading(little, NAME, never, key="", private=True, agreed=False)
    assert isinstance(offered, events.UploadOffered) and offered.private and offered.name == NAME
    assert "README.md" in offered.files and "model.safetensors" in offered.files and all(offered.sizes)
    assert not hub.heard


def test_what_was_listed_comes_whole(little: Run, hub: UploadServer) -> None:
    happened = uploaded(little)
    (offered,) = (event for event in happened if isinstance(event, events.UploadOffered))
    assert happened[-1] == events.Uploaded(f"{hub.address}/{NAME}", sum(offered.sizes), True)
    there = hub.repositories[NAME]
    assert there.private and set(there.files) == set(offered.files)
    own = little.checkpoints()[-1].folder
    assert any(
        there.files["model.safetensors"] == (c.folder / "model.safetensors").read_bytes() for c in little.checkpoints()
    )
    assert there.files["config.json"] == (own / "config.json").read_bytes()
    assert all(not said for asked, said in hub.heard if asked.startswith("PUT")), "the token is for the hub alone"
    assert any(isinstance(event, events.Progressed) and event.stage.startswith("Sending") for event in happened)


def asked_for(hub: UploadServer) -> set[str]:
    """Without the questions of one alone: who may see it, which files go apart, whether the card is right."""
    asked = {asked.partition("?")[0] for asked, _ in hub.heard}
    return {one for one in asked if not any(part in one for part in ("GET", "preupload", "validate-yaml"))}


@pytest.mark.slow
def test_huggingface_hub_asks_the_same_of_a_hub_and_gives_the_same(
    little: Run, hub: UploadServer, tmp_path: Path
) -> None:
    uploaded(little)
    ours, asked = hub.repositories.pop(NAME).files, asked_for(hub)
    folder = tmp_path / "model"
    folder.mkdir()
    for name, content in ours.items():
        (folder / name).write_bytes(content)
    hub.heard.clear()
    program = (
        "import sys; from huggingface_hub import HfApi; api = HfApi(token=sys.argv[1])\n"
        "api.create_repo(sys.argv[2], private=True); api.upload_folder(repo_id=sys.argv[2], folder_path=sys.argv[3])"
    )
    online = {**os.environ, "HF_HUB_OFFLINE": "0", "HF_HUB_DISABLE_XET": "1"}
    command = [sys.executable, "-c", program, TOKEN, NAME, str(folder)]
    subprocess.run(command, env=online, check=True, capture_output=True)
    assert hub.repositories[NAME].files == ours and asked_for(hub) == asked


def test_everybody_may_see_it_only_where_that_is_said(little: Run, hub: UploadServer) -> None:
    uploaded(little, private=False)
    assert not hub.repositories[NAME].private


@pytest.mark.parametrize(
    ("refused", "code", "words"),
    [
        ("/repos/create", 401, "does not accept this token"),
        ("/repos/create", 403, "may not make writer/tiny"),
        ("/repos/create", 0, "Is this computer online"),
        ("/objects/batch", 500, "it says 500"),
        ("PUT", 507, "no space"),
        ("PUT", 0, "broke"),
        ("/commit/main", 403, "may not make"),
        ("/commit/main", 0, "Is this computer online"),
    ],
)
def test_whatever_goes_wrong_is_told_and_nothing_half_stays(
    little: Run, hub: UploadServer, refused: str, code: int, words: str
) -> None:
    hub.answers[refused] = code
    with pytest.raises(ModelError, match=words) as told:
        uploaded(little)
    assert "Nothing was kept there." in str(told.value) and not hub.repositories


def test_what_was_to_be_private_is_not_shown_to_everybody(little: Run, hub: UploadServer) -> None:
    hub.shows_all = True
    with pytest.raises(ModelError, match="to everybody"):
        uploaded(little)
    assert not hub.repositories and not hub.sent


def test_a_model_of_that_name_stays_as_it_is(little: Run, hub: UploadServer) -> None:
    uploaded(little)
    before = dict(hub.repositories[NAME].files)
    with pytest.raises(ModelError, match="nothing is replaced"):
        uploaded(little)
    assert hub.repositories[NAME].files == before


def test_it_is_stopped_between_two_pieces(little: Run, hub: UploadServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub_upload, "PIECE", 1000)
    happened: list[events.Event] = []

    def is_sending() -> bool:
        return any(isinstance(event, events.Progressed) and event.stage.startswith("Sending") for event in happened)

    for event in uploading(little, NAME, is_sending, key=TOKEN, private=True, agreed=True):
        happened.append(event)
    assert is_sending()
    assert isinstance(event, events.Warned) and "cancelled" in event.message and not hub.repositories


def test_where_the_line_is_gone_for_good_it_is_told_what_stays_and_the_next_try_goes_on(
    little: Run, hub: UploadServer
) -> None:
    hub.answers.update({"PUT": 0, "DELETE": 0})
    for _ in range(2):
        with pytest.raises(
            ModelError, match=f"broke. What was begun may still be at {hub.address}/{NAME}: give"
        ) as told:
            uploaded(little)
        assert "Nothing was kept" not in str(told.value) and NAME in hub.repositories
    hub.answers.clear()
    assert isinstance(uploaded(little)[-1], events.Uploaded) and hub.repositories[NAME].files


def test_cancelled_where_the_line_is_gone_it_is_told_what_stays(little: Run, hub: UploadServer) -> None:
    hub.answers["DELETE"] = 0
    *_, last = uploading(little, NAME, lambda: bool(hub.sent), key=TOKEN, private=True, agreed=True)
    assert isinstance(last, events.Warned) and "cancelled" in last.message
    assert f"may still be at {hub.address}/{NAME}" in last.message and NAME in hub.repositories


def test_an_empty_one_that_others_see_is_not_taken_and_stays(little: Run, hub: UploadServer) -> None:
    hub.repositories[NAME] = Repository(private=False)
    with pytest.raises(ModelError, match="nothing is replaced"):
        uploaded(little)
    hub.answers["PUT"] = 0
    with pytest.raises(ModelError, match="may still be"):
        uploaded(little, private=False)
    assert NAME in hub.repositories, "it was there before"


def test_bad_names_and_no_token_are_told_before_anything_happens(little: Run, hub: UploadServer) -> None:
    for name, key, words in (
        ("tiny", TOKEN, "whose model"),
        ("writer/..", TOKEN, "no name"),
        ("writer/../tiny", TOKEN, "more than one slash"),
        ("hf://writer/tiny/more", TOKEN, "more than one slash"),
        ("writer/tiny", "", "make a token|Make a token"),
    ):
        with pytest.raises(EngineError, match=words):
            uploading(little, name, never, key=key, private=True, agreed=True)
    assert not hub.heard


def test_from_the_command_line(
    little: Run, hub: UploadServer, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert main(["export", str(little.folder), "--to", f"hf://{NAME}"]) == 0
    told = "".join(capsys.readouterr())
    assert "Say --yes" in told and "only you see it" in told and not hub.heard
    monkeypatch.setattr(token, "kept", lambda: TOKEN)
    assert main(["export", str(little.folder), "--to", f"hf://{NAME}", "--yes"]) == 0
    assert f"{hub.address}/{NAME} has it" in "".join(capsys.readouterr()) and NAME in hub.repositories
    assert main(["export", str(little.folder), "--to", f"hf://{NAME}", "--yes"]) == 1
