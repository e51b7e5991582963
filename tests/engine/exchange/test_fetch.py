"""A model from the hub, through all that can go wrong on the way; the hub is real, on the loopback address."""

import errno
import json
import os
import re
import shutil
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from textgen_gui.engine.core import events, library
from textgen_gui.engine.core.control import never
from textgen_gui.engine.core.errors import EngineError, ModelError, ProjectError
from textgen_gui.engine.core.events import BytesFetched, ModelOffered, ModelReady, Progressed
from textgen_gui.engine.core.schema import toml_value
from textgen_gui.engine.exchange import fetch, hub, token

from .hub_server import COMMIT, Handler, HubServer, Request, running

NAME = "writers/tiny"
WEIGHTS = b"".join(bytes([number % 251]) * 977 for number in range(600))  # 586 KB
CONFIG = json.dumps({"model_type": "llama", "hidden_size": 16}).encode()


@pytest.fixture
def model(tmp_path: Path) -> Path:
    folder = tmp_path / "published"
    folder.mkdir()
    (folder / "config.json").write_bytes(CONFIG)
    (folder / "tokenizer.json").write_text('{"version": "1.0"}')
    (folder / "model.safetensors").write_bytes(WEIGHTS)
    (folder / "pytorch_model.bin").write_bytes(b"a pickle")
    (folder / "modeling_own.py").write_text("print('a program')")
    (folder / "README.md").write_text("---\nlicense: mit\nlanguage: en\n---\nA card.")
    return folder


@pytest.fixture
def here(model: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[HubServer]:
    for name in ("HF_TOKEN", "HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(fetch, "PAUSE_S", 0.0)
    monkeypatch.setattr(fetch, "TOLD_S", 0.0)
    monkeypatch.setattr(token, "kept", str)
    with running(HubServer({NAME: model})) as server:
        monkeypatch.setenv("HF_ENDPOINT", server.address)
        yield server


def fetched(name: str = NAME, revision: str = "", **options: object) -> list[events.Event]:
    return list(fetch.fetching(name, revision, never, **options))  # type: ignore[arg-type]


def files_in_the_library() -> set[str]:
    folder = library.library_folder()
    return {
        path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file() and path.suffix != ".lock"
    }


def whole(model: Path) -> bool:
    """The model is in the library, byte by byte, and nothing else is."""
    folder = library.folder_for(NAME)
    same = all(
        (folder / name).read_bytes() == (model / name).read_bytes()
        for name in ("config.json", "tokenizer.json", "model.safetensors")
    )
    return same and {path.split("/")[0] for path in files_in_the_library()} == {folder.name}


def test_a_model_comes_whole_and_only_what_cannot_be_a_program(here: HubServer, model: Path) -> None:
    *_, last = happened = fetched()
    assert whole(model)
    assert {path.name for path in library.folder_for(NAME).iterdir()} == {
        *("config.json", "tokenizer.json", "model.safetensors", "model.toml", "manifest.json")
    }
    size = len(CONFIG) + len(WEIGHTS) + (model / "tokenizer.json").stat().st_size
    host = here.address.removeprefix("http://")
    assert ModelOffered(NAME, host, COMMIT, 3, size, "apache-2.0", ("en", "de")) in happened
    told = [event for event in happened if isinstance(event, BytesFetched)]
    assert told[-1].done == told[-1].total == size and told[-1].bytes_per_s > 0
    assert [event.done for event in told] == sorted(event.done for event in told)
    assert isinstance(last, ModelReady) and (last.name, last.revision) == (NAME, COMMIT)
    found = library.find_model(NAME)
    assert found and (found.licence, found.languages, found.source) == (
        *("apache-2.0", ("en", "de")),
        f"{here.address}/{NAME}",
    )


def test_the_hub_learns_nothing_but_the_name(here: HubServer) -> None:
    fetched()
    assert {request.agent.partition("/")[0] for request in here.requests} == {"textgen-gui"}
    assert not any(request.token for request in here.requests)
    assert next(request.path for request in here.requests if not request.store).startswith(f"/api/models/{NAME}/")
    assert len(here.requests) == 5  # the list, three files, and once more where the weights lie


def test_looking_fetches_nothing(here: HubServer) -> None:
    *_, offered = fetch.looking(f"{here.address}/{NAME}/tree/main", "", never)
    assert isinstance(offered, ModelOffered) and offered.name == NAME
    assert len(here.requests) == 1 and not files_in_the_library()


def test_what_is_here_already_is_not_fetched_again(here: HubServer) -> None:
    fetched()
    here.requests.clear()
    assert isinstance(fetched()[-1], ModelReady) and len(here.requests) == 1


@pytest.mark.parametrize("said", [f'name = "{NAME}"\norigin = "converted"\n', 'name = "Writers/Tiny"\n', "", "{rot"])
def test_a_model_that_somebody_made_is_not_replaced(here: HubServer, said: str) -> None:
    """Imported under this name, of a name in other capitals on a disk that does not tell them apart, or unknown."""
    folder = library.folder_for(NAME)
    folder.mkdir(parents=True)
    (folder / "model.toml").write_text(said) if said else None
    (folder / "model.safetensors").write_bytes(b"learnt for a week")
    with pytest.raises(ModelError, match=r"not fetched by the name writers/tiny\..*delete that one"):
        fetched()
    assert (folder / "model.safetensors").read_bytes() == b"learnt for a week" and not here.requests


def test_a_name_that_a_model_in_another_folder_has_is_taken(here: HubServer) -> None:
    folder = library.library_folder() / "mine"
    folder.mkdir(parents=True)
    (folder / "model.toml").write_text(f'name = "{NAME}"\norigin = "converted"\n')
    with pytest.raises(ModelError, match=f"^{re.escape(str(folder))} holds a model that was not fetched"):
        fetched()


# --- faults on the way


def cut_at(bytes_sent: int, times: int) -> Callable[[Handler, Request], bool]:
    """The line breaks ``times`` times after so many bytes of weights."""
    left = [times]

    def misbehave(handler: Handler, request: Request) -> bool:
        if not (request.store and left[0]):
            return False
        left[0] -= 1
        start = int(request.range.removeprefix("bytes=").removesuffix("-") or 0)
        handler.send_response(206 if request.range else 200)
        handler.send_header("Content-Length", str(len(WEIGHTS) - start))
        handler.end_headers()
        handler.wfile.write(WEIGHTS[start : start + bytes_sent])
        handler.close_connection = True
        return True

    return misbehave


def test_a_broken_line_is_taken_up_where_it_broke(here: HubServer, model: Path) -> None:
    here.misbehaves = cut_at(50_000, times=3)
    fetched()
    assert whole(model)
    starts = [int(request.range[6:-1]) for request in here.requests if request.store and request.range]
    assert len(starts) == 3 and 0 < starts[0] < starts[1] < starts[2] <= 150_000


def test_a_hub_that_does_not_know_how_to_go_on_sends_all_again(here: HubServer, model: Path) -> None:
    cut = cut_at(50_000, times=1)

    def misbehave(handler: Handler, request: Request) -> bool:
        if cut(handler, request):
            return True
        if request.store:
            handler.send(WEIGHTS)
        return request.store

    here.misbehaves = misbehave
    fetched()
    assert whole(model)


def test_what_came_before_the_line_broke_for_good_is_kept(here: HubServer, model: Path) -> None:
    cut, nothing = cut_at(50_000, times=3), cut_at(0, times=99)
    here.misbehaves = lambda handler, request: cut(handler, request) or nothing(handler, request)
    with pytest.raises(ModelError, match=r"The line to .* broke|stopped in the middle"):
        fetched()
    assert library.find_model(NAME) is None
    [left] = library.unfinished()
    assert left.name == NAME and 100_000 < left.bytes < len(WEIGHTS)
    here.misbehaves = lambda handler, request: False
    here.requests.clear()
    told = [event for event in fetched() if isinstance(event, BytesFetched)]
    assert whole(model) and not library.unfinished()
    assert told[0].done > left.bytes and [r.range for r in here.requests if r.store] == ["bytes=150000-"]


def test_stopped_in_the_middle_it_goes_on_later(here: HubServer, model: Path) -> None:
    came: list[int] = []
    happened = []
    for event in fetch.fetching(NAME, "", lambda: bool(came and came[-1] > 100_000)):
        happened.append(event)
        if isinstance(event, BytesFetched):
            came.append(event.done)
    assert not any(isinstance(event, ModelReady) for event in happened)
    assert library.find_model(NAME) is None and library.unfinished()[0].bytes > 100_000
    fetched()
    assert whole(model)


def test_a_killed_program_leaves_nothing_half_and_the_next_one_goes_on(here: HubServer, model: Path) -> None:
    half = threading.Event()

    def misbehave(handler: Handler, request: Request) -> bool:
        if request.store:
            handler.send(WEIGHTS[:300_000], length=len(WEIGHTS))
            half.set()
            handler.rfile.read(1)  # until the other side is gone
            handler.close_connection = True
        return request.store

    here.misbehaves = misbehave
    process = subprocess.Popen([sys.executable, "-m", "textgen_gui", "fetch", NAME, "--json"], stdout=subprocess.PIPE)
    assert process.stdout
    for line in process.stdout:
        if b"model.safetensors" in line:
            break
    assert half.wait(10)
    process.kill()
    process.communicate()
    assert library.library_folder().is_dir() and library.find_model(NAME) is None
    assert not list(library.library_folder().rglob("model.toml"))
    here.misbehaves = lambda handler, request: False
    here.requests.clear()
    fetched()
    assert whole(model) and [bool(request.range) for request in here.requests if request.store] == [True]


def test_another_commit_begins_anew(here: HubServer, model: Path) -> None:
    left = library.fetching_folder(NAME, "f" * 40)
    left.mkdir(parents=True)
    (left / "model.safetensors").write_bytes(b"of another commit")
    fetched()
    assert whole(model) and not left.exists()


def test_what_comes_damaged_is_not_kept(here: HubServer, model: Path) -> None:
    other = WEIGHTS[:-1] + b"!"
    here.misbehaves = lambda handler, request: request.store and handler.send(other)
    with pytest.raises(ModelError, match=r"model\.safetensors came from .* damaged"):
        fetched()
    assert library.find_model(NAME) is None and not list(library.library_folder().rglob("*.safetensors"))
    here.misbehaves = lambda handler, request: False
    fetched()
    assert whole(model)


def test_a_small_file_that_comes_damaged_is_not_kept(here: HubServer) -> None:
    other = CONFIG.replace(b"16", b"17")
    here.misbehaves = lambda handler, request: "config.json" in request.path and handler.send(other)
    with pytest.raises(ModelError, match=r"config\.json came from .* damaged"):
        fetched()


def test_more_than_was_said_is_not_kept(here: HubServer) -> None:
    here.misbehaves = lambda handler, request: request.store and handler.send(WEIGHTS * 20)
    with pytest.raises(ModelError, match=r"More of model\.safetensors comes than was said"):
        fetched()
    assert library.unfinished()[0].bytes < len(WEIGHTS)


def test_less_than_was_said_is_not_taken_for_whole(here: HubServer) -> None:
    short = WEIGHTS[:1000]

    def misbehave(handler: Handler, request: Request) -> bool:
        if request.store:
            start = int(request.range[6:-1]) if request.range else 0
            handler.refuse(416) if start >= len(short) else handler.send(short[start:])
        return request.store

    here.misbehaves = misbehave
    with pytest.raises(ModelError, match="less of writers/tiny than it said"):
        fetched()
    assert library.find_model(NAME) is None


def refusing(code: int, error: str = "", wait: str = "") -> Callable[[Handler, Request], bool]:
    def misbehave(handler: Handler, request: Request) -> bool:
        return handler.refuse(code, error, wait)

    return misbehave


@pytest.mark.parametrize(
    ("code", "error", "words"),
    [
        (401, "GatedRepo", "only to those who agree to its terms. Open .*/writers/tiny in a browser"),
        (401, "RepoNotFound", "has no writers/tiny that anybody may fetch. .* give a token"),
        (403, "", "does not give writers/tiny away"),
        (404, "RepoNotFound", "has no writers/tiny that anybody may fetch"),
        (404, "RevisionNotFound", "has no such revision"),
        (418, "", "refuses writers/tiny .*418"),
        (500, "", "out of order .*500"),
        (503, "", "out of order .*503"),
    ],
)
def test_each_refusal_is_a_true_sentence(here: HubServer, code: int, error: str, words: str) -> None:
    here.misbehaves = refusing(code, error)
    with pytest.raises(ModelError, match=words):
        fetched()
    assert not files_in_the_library()
    assert len(here.requests) == (fetch.TRIES if code >= 500 else 1)


def test_a_hub_that_asks_for_patience_gets_it(here: HubServer, model: Path) -> None:
    answers = iter([refusing(429, wait="1"), refusing(503)])
    here.misbehaves = lambda handler, request: (
        (misbehave := next(answers, None)) is not None and misbehave(handler, request)
    )
    started = time.monotonic()
    waited = [event for event in fetched() if isinstance(event, Progressed) and event.stage.startswith("Waiting")]
    assert whole(model) and time.monotonic() - started >= 1 and waited[0].total == 1


def test_a_hub_that_asks_for_too_much_patience_is_left(here: HubServer) -> None:
    here.misbehaves = refusing(429, wait="1800")
    with pytest.raises(ModelError, match=r"asked too much from here. Try again in 30 minutes"):
        fetched()
    assert len(here.requests) == 1


def test_waiting_can_be_stopped(here: HubServer) -> None:
    here.misbehaves = refusing(429, wait="100")
    waiting: list[events.Event] = []
    for event in fetch.fetching(NAME, "", lambda: len(waiting) > 2):
        waiting.append(event)
    assert len(waiting) == 3


def test_a_circle_of_redirects_ends(here: HubServer) -> None:
    here.misbehaves = lambda handler, request: handler.send_on(here.address + request.path)
    with pytest.raises(ModelError, match="sends in circles"):
        fetched()


@pytest.mark.parametrize("target", ["file:///etc/passwd", "ftp://example.org/"])
def test_a_redirect_to_somewhere_else_than_the_web_is_not_followed(here: HubServer, target: str) -> None:
    here.misbehaves = lambda handler, request: handler.send_on(target)
    with pytest.raises(ModelError, match="cannot be followed"):
        fetched()


def test_a_redirect_out_of_encryption_is_not_followed(here: HubServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "https://hub.example")
    with hub.Hub() as source, pytest.raises(ModelError, match="without encryption"):
        source._client.get(here.address)
    assert not here.requests


@pytest.mark.parametrize(
    "file", ["../outside.safetensors", "/etc/cron.d/x", "a/../../b", "..\\b", "C:\\b.json", "\\\\host\\share", ""]
)
def test_a_name_that_leads_outside_is_refused(here: HubServer, file: str) -> None:
    here.listed = lambda files: [*files, {"rfilename": file, "size": 4, "blobId": "0" * 40}]
    with pytest.raises(ModelError, match="lists a file outside of its own folder"):
        fetched()
    assert len(here.requests) == 1 and not files_in_the_library()


@pytest.mark.parametrize(
    "answer", [b"", b"null", b"[]", b"{", b'{"id": "a"}', b'{"id": "a", "siblings": [{}]}', b"\xff"]
)
def test_nonsense_instead_of_a_list_is_told(here: HubServer, answer: bytes) -> None:
    here.misbehaves = lambda handler, request: handler.send(answer)
    with pytest.raises(ModelError, match=r"something else than a list|no config\.json"):
        fetched()


@pytest.mark.parametrize("size", [None, -1, "12", 1.5])
def test_a_file_without_a_size_is_not_fetched(here: HubServer, size: object) -> None:
    here.listed = lambda files: [{**file, "size": size, "lfs": None} for file in files]
    with pytest.raises(ModelError, match="something else than a list"):
        fetched()


def test_a_list_without_end_is_left(here: HubServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub, "LONGEST_LIST", 100_000)
    here.misbehaves = lambda handler, request: handler.send(b" " * 300_000)
    with pytest.raises(ModelError, match="a list of files without end"):
        fetched()


def test_a_silent_hub_is_left(here: HubServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub, "SILENT_S", 0.05)
    monkeypatch.setattr(fetch, "TRIES", 2)
    here.misbehaves = lambda handler, request: not time.sleep(0.3)  # type: ignore[func-returns-value]
    with pytest.raises(ModelError, match="does not answer"):
        fetched()


def test_a_hub_that_drips_is_left(here: HubServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub, "WATCHED_S", 0.2)
    monkeypatch.setattr(fetch, "TRIES", 1)

    def drip(handler: Handler, request: Request) -> bool:
        if not request.store:
            return False
        handler.send(WEIGHTS[:1], length=len(WEIGHTS))
        try:
            for number in range(1, 100):
                time.sleep(0.02)
                handler.wfile.write(WEIGHTS[number : number + 1])
        except OSError:
            pass
        handler.close_connection = True
        return True

    here.misbehaves = drip
    with pytest.raises(ModelError, match=r"sent only .* bytes in a minute"):
        fetched()
    assert library.unfinished()[0].bytes < 1000


def test_nobody_there(here: HubServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    monkeypatch.setattr(fetch, "TRIES", 2)
    with pytest.raises(ModelError, match=r"127\.0\.0\.1 cannot be reached\. Is this computer online"):
        fetched()


def test_a_hub_that_shows_a_strange_certificate_is_not_trusted(
    here: HubServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("openssl is not installed")
    certificate, key = tmp_path / "certificate.pem", tmp_path / "key.pem"
    wanted = ["-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"]
    subprocess.run([openssl, "req", *wanted, "-keyout", key, "-out", certificate], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    with running(HubServer({}), context) as strange:
        monkeypatch.setenv("HF_ENDPOINT", strange.address)
        with pytest.raises(ModelError, match="no certificate that this computer knows"):
            fetched()
        assert not strange.requests


def test_a_proxy_is_used(here: HubServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "http://hub.example")
    monkeypatch.setenv("HTTP_PROXY", here.address)
    here.misbehaves = refusing(403)
    with pytest.raises(ModelError, match=r"hub\.example does not give"):
        fetched()
    assert here.requests[0].path.startswith(f"http://hub.example/api/models/{NAME}")


# --- the disk


def test_a_disk_with_too_little_room_is_not_begun_with(here: HubServer, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = shutil.disk_usage(Path.home())._replace(free=200_000)
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: usage)
    with pytest.raises(ProjectError, match=r"The disk is full: .* needs"):
        fetched()
    assert not files_in_the_library() and not any(request.store for request in here.requests)


def test_a_disk_that_fills_up_meanwhile(here: HubServer, model: Path, small_disk: Path) -> None:
    with pytest.raises(ProjectError, match="The disk is full"):
        fetched()
    assert library.find_model(NAME) is None and not list(library.library_folder().rglob("model.toml"))
    (small_disk / "ballast").unlink()
    fetched()
    assert whole(model)


@pytest.fixture
def small_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The library lies on a disk of 1 MB, of which most is taken."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(folder)], capture_output=True)
    if mounted.returncode:
        pytest.skip("a small disk may not be mounted here")
    (folder / "ballast").write_bytes(b"x" * 700_000)
    monkeypatch.setenv("TEXTGEN_GUI_HOME", str(folder))
    monkeypatch.setattr(fetch, "SPARE", -10_000_000)
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_two_programs_do_not_fetch_the_same(here: HubServer) -> None:
    first = fetch.fetching(NAME, "", never)
    next(first)
    with pytest.raises(ProjectError, match="being fetched by another window"):
        fetched()
    assert isinstance(list(first)[-1], ModelReady)


# --- what is not fetched


@pytest.mark.parametrize(
    ("files", "words"),
    [
        (["config.json", "pytorch_model.bin"], "no weights in the safetensors format, only pickles"),
        (["config.json", "tf_model.h5"], "only files of TensorFlow or Flax"),
        (["model.Q4_K_M.gguf", "README.md"], r"no config\.json, only GGUF"),
        (["adapter_config.json", "adapter_model.safetensors"], "adapter for another model"),
        (["README.md"], r"no config\.json\."),
    ],
)
def test_what_cannot_be_used_is_told_before_anything_comes(here: HubServer, files: list[str], words: str) -> None:
    here.listed = lambda _: [{"rfilename": file, "size": 4, "blobId": "0" * 40} for file in files]
    with pytest.raises(ModelError, match=words):
        fetched()
    assert len(here.requests) == 1


def test_a_kind_that_does_not_write_is_told_before_its_weights_come(here: HubServer, model: Path) -> None:
    (model / "config.json").write_text('{"model_type": "whisper_encoder"}')
    with pytest.raises(ModelError, match="whisper_encoder"):
        fetched()
    assert not any(request.store for request in here.requests)


@pytest.mark.parametrize("revision", ["/../../../ab", "..", "a\\..\\b", "\0", "x" * 5000, "C:\\x"])
def test_a_revision_leads_nowhere_else(model: Path, tmp_path: Path, revision: str) -> None:
    mirror = tmp_path / "mirror"
    shutil.copytree(model, mirror / NAME)
    (mirror / NAME / "model.toml").write_text(f"revision = {toml_value(revision)}\n")
    before = {path for path in tmp_path.rglob("*") if not path.is_relative_to(library.library_folder())}
    assert isinstance(fetched(mirror=mirror)[-1], ModelReady)
    after = {path for path in tmp_path.rglob("*") if not path.is_relative_to(library.library_folder())}
    assert after <= before | {library.library_folder().parent}


@pytest.mark.parametrize("card", [os.mkfifo, "/dev/zero", "---\n" + "[" * 20_000 + "\n---\n", "---\n\t: {\n---\n"])
def test_the_card_of_a_mirror_is_never_waited_for(model: Path, tmp_path: Path, card: object) -> None:
    mirror = tmp_path / "mirror"
    shutil.copytree(model, mirror / NAME)
    file = mirror / NAME / "README.md"
    file.unlink(missing_ok=True)
    if isinstance(card, str):
        file.symlink_to(card) if card.startswith("/") else file.write_text(card)
    else:
        os.mkfifo(file)
    assert isinstance(fetched(mirror=mirror)[-1], ModelReady)


@pytest.mark.parametrize(
    "name", ["", "..", "a/..", "../a", "a b/c", "a--b/c", "https://huggingface.co/", "/etc/passwd", "starter"]
)
def test_names_that_are_none(name: str) -> None:
    with pytest.raises(EngineError, match=r"no name of a model|in the box already"):
        fetch.fetching(name, "", never)


def test_a_model_in_several_pieces(here: HubServer, model: Path) -> None:
    (model / "model.safetensors").rename(model / "model-00001-of-00002.safetensors")
    (model / "model-00002-of-00002.safetensors").write_bytes(b"more")
    (model / "model.safetensors.index.json").write_text("{}")
    (model / "consolidated.safetensors").write_bytes(b"the same once more")
    fetched()
    names = {path.name for path in library.folder_for(NAME).glob("*.safetensors*")}
    assert len(names) == 3 and "consolidated.safetensors" not in names


# --- the token


def test_the_token_goes_to_the_hub_alone(here: HubServer, model: Path) -> None:
    here.gated = "hf_secret"
    with pytest.raises(ModelError, match=r"make a token at .*/settings/tokens"):
        fetched()
    with pytest.raises(ModelError, match="not open to the owner of this token"):
        fetched(key="hf_other")
    here.requests.clear()
    fetched(key="hf_secret")
    assert whole(model)
    assert {request.token for request in here.requests if not request.store} == {"Bearer hf_secret"}
    assert {request.token for request in here.requests if request.store} == {""}


def test_a_kept_token_is_asked_for_only_when_the_hub_asks(
    here: HubServer, model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []
    monkeypatch.setattr(token, "kept", lambda: asked.append(1) or "hf_secret")  # type: ignore[func-returns-value]
    *_, offered = fetch.looking(NAME, "", never)
    assert isinstance(offered, ModelOffered) and not asked
    here.gated = "hf_secret"
    fetched()
    assert whole(model) and asked == [1]


# --- a folder in the hub's stead


@pytest.mark.parametrize("place", ["writers/tiny", "writers--tiny"])
def test_a_mirror_needs_no_hub(here: HubServer, model: Path, tmp_path: Path, place: str) -> None:
    mirror = tmp_path / "mirror"
    shutil.copytree(model, mirror / place)
    assert isinstance(fetched(mirror=mirror)[-1], ModelReady)
    assert whole(model) and not here.requests
    found = library.find_model(NAME)
    assert found and (found.licence, found.languages) == ("mit", ("en",))


def test_what_came_of_a_folder_that_says_no_hashes_is_not_gone_on_with(
    here: HubServer, model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mirror = tmp_path / "mirror"
    shutil.copytree(model, mirror / NAME)
    monkeypatch.setattr("textgen_gui.engine.exchange.mirror.PIECE", 1 << 16)
    happened = fetch.fetching(NAME, "", never, mirror=mirror)
    while not (isinstance(told := next(happened), BytesFetched) and told.done > len(WEIGHTS) // 2):
        pass
    happened.close()  # type: ignore[attr-defined]
    assert library.unfinished()[0].bytes > len(WEIGHTS) // 3
    for folder in (model, mirror / NAME):
        (folder / "model.safetensors").write_bytes(WEIGHTS[::-1])  # another one of the same size
    fetched(mirror=mirror)
    assert whole(model)


def test_a_mirror_that_lacks_it(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="is no folder"):
        fetched(mirror=tmp_path / "nowhere")
    with pytest.raises(ModelError, match=r"holds no writers/tiny. It would be looked for in .*writers/tiny"):
        fetched(mirror=tmp_path)


def test_the_disk_refuses(here: HubServer, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr("textgen_gui.engine.core.atomic_io.publish", refuse)
    with pytest.raises(ProjectError, match="may not be written"):
        fetched()
    assert library.find_model(NAME) is None
