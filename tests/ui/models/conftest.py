"""The page Models over a real hub on the loopback address, and a model that really opens."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot
from transformers import LlamaConfig

from textgen_gui.engine.core.project import Project
from textgen_gui.engine.exchange import fetch, token
from textgen_gui.ui.app import make_application
from textgen_gui.ui.models.models_page import ModelsPage
from textgen_gui.ui.parts.job_runner import JobRunner

from ...engine.exchange.hub_server import HubServer, running
from ...engine.runs import prepared_project
from ...engine.training.test_initial_model import SIZES, folder_of

NAME = "writers/tiny"


@pytest.fixture(scope="session")
def place_of_tokens(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return prepared_project(tmp_path_factory.mktemp("models"))


@pytest.fixture
def model(place_of_tokens: Project, tmp_path: Path) -> Path:
    """A Hugging Face folder, at mirror/writers/tiny."""
    (tmp_path / "mirror" / "writers").mkdir(parents=True)
    return folder_of(place_of_tokens, tmp_path / "mirror" / NAME, LlamaConfig(**SIZES, max_position_embeddings=64))


@pytest.fixture
def here(model: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[HubServer]:
    for name in ("HF_TOKEN", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(fetch, "PAUSE_S", 0.0)
    monkeypatch.setattr(token, "kept", str)
    with running(HubServer({NAME: model, "HuggingFaceTB/SmolLM2-135M": model})) as server:
        monkeypatch.setenv("HF_ENDPOINT", server.address)
        yield server


@pytest.fixture
def jobs(qtbot: QtBot) -> Iterator[JobRunner]:
    make_application()
    made = JobRunner()
    yield made
    with qtbot.waitSignal(made.closed):
        made.close()


@pytest.fixture
def page(qtbot: QtBot, jobs: JobRunner, here: HubServer) -> Iterator[ModelsPage]:
    made = ModelsPage(jobs)
    qtbot.addWidget(made)
    made.show_for(None, may_measure=False)
    qtbot.waitUntil(lambda: not jobs.busy)
    yield made
