"""Muon moves matrices by orthogonal ones."""

import pytest
import torch

from textgen_gui.engine.core.project import Project

from ...conftest import train_all
from ..runs import losses, make_run, prepared_project


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return prepared_project(tmp_path_factory.mktemp("training"))


def test_muon_moves_matrices_by_orthogonal_ones_and_learns(place: Project) -> None:
    from textgen_gui.engine.training.optimizer import orthogonal

    for dtype, slack in ((torch.float32, 0.2), (torch.bfloat16, 0.25)):
        tall, wide = orthogonal([torch.randn(48, 20), torch.randn(20, 48)], dtype)
        assert tall.shape == (48, 20) and wide.shape == (20, 48)
        for matrix in (tall, wide):
            assert ((torch.linalg.svdvals(matrix) - 1).abs() < slack).all()
    gradient = torch.randn(20, 48)
    (made,) = orthogonal([gradient], torch.float32)
    u, _, v = torch.linalg.svd(gradient, full_matrices=False)
    assert torch.nn.functional.cosine_similarity(made.flatten(), (u @ v).flatten(), dim=0) > 0.99
    found = losses(train_all(make_run(place, "train.optimizer=muon", "train.steps=60")))
    assert found[-1] < found[0] - 1
