"""``fetch`` and ``models``, from a folder that stands for the hub and from a hub on the loopback address."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from textgen_gui.cli import main
from textgen_gui.cli.exit_code import ExitCode

from ..engine.exchange.hub_server import COMMIT, HubServer, running
from .test_cli import json_lines, run, signals_as_before

assert signals_as_before


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[HubServer]:
    folder = tmp_path / "mirror" / "writers" / "tiny"
    folder.mkdir(parents=True)
    (folder / "config.json").write_text(json.dumps({"model_type": "llama"}))
    (folder / "model.safetensors").write_bytes(b"1234567890" * 100)
    with running(HubServer({"writers/tiny": folder})) as server:
        monkeypatch.setenv("HF_ENDPOINT", server.address)
        monkeypatch.delenv("HF_TOKEN", raising=False)
        yield server


def test_fetched_models_are_listed(here: HubServer, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capsys, "fetch", "writers/tiny")
    host = here.address.removeprefix("http://")
    assert code == ExitCode.DONE and out.startswith("writers/tiny: ") and "apache-2.0, en de" in out
    assert f"from {host}" in err
    code, out, _ = run(capsys, "models")
    assert code == ExitCode.DONE and f"from {here.address}/writers/tiny." in out
    code, out, _ = run(capsys, "models", "--json")
    listed = [line for line in json_lines(out) if line["name"] == "writers/tiny"]
    assert [line["revision"] for line in listed] == [COMMIT]


def test_each_event_is_a_line_of_json(here: HubServer, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "fetch", "writers/tiny", "--json", "--revision", COMMIT)
    happened = [line["event"] for line in json_lines(out)]
    assert code == ExitCode.DONE
    assert happened[:2] == ["Progressed", "ModelOffered"] and happened[-1] == "ModelReady"
    assert "BytesFetched" in happened


def test_a_mirror_and_no_network(here: HubServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, "fetch", "writers/tiny", "--mirror", tmp_path / "mirror")[0] == ExitCode.DONE
    assert not here.requests


def test_what_cannot_be_had_is_one_sentence(here: HubServer, capsys: pytest.CaptureFixture[str]) -> None:
    for name, words in (("writers/none", "Check the name"), ("a b", "no name of a model")):
        code, out, err = run(capsys, "fetch", name)
        assert code == ExitCode.ERROR and words in err and not out
    with pytest.raises(SystemExit):
        main(["fetch"])
