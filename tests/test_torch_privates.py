"""torch promises nothing about the operators that the program calls below its public face: here is which they are."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

PACKAGE = Path(__file__).parents[1] / "textgen_gui"
PRIVATE = {
    "torch._foreach_lerp": "between what a model was and what it has become",
    "torch._foreach_lerp_": "the mean of the last weights",
    "torch._foreach_mul_": "gradients of fp16 back to their size",
    "torch._softmax_backward_data": "attention with dropout, backward",
    "torch.ops.aten._scaled_dot_product_flash_attention_for_cpu": "attention",
    "torch.ops.aten._scaled_dot_product_flash_attention_for_cpu_backward": "attention, backward",
    "torch.ops.aten.gelu_backward": "the layers of GPT-2, backward",
    "torch.ops.aten.native_layer_norm_backward": "the norms of GPT-2, backward",
    "torch.ops.aten.silu_backward.grad_input": "the gates of Llama, backward",
    "torch.ops.mkldnn._is_mkldnn_bf16_supported": "whether half precision is worth measuring",
    "torch.ops.mkldnn._linear_pointwise": "products by oneDNN",
}


@pytest.mark.parametrize("name", PRIVATE)
def test_torch_still_has_what_is_called(name: str) -> None:
    found: object = torch
    for part in name.split(".")[1:]:
        found = getattr(found, part, None)
    assert callable(found), (
        f"torch {torch.__version__} no longer has {name} ({PRIVATE[name]}). Call what took its place, or lower the "
        "bound of torch in pyproject.toml."
    )


def test_every_private_operator_that_is_called_is_named_here() -> None:
    called = {name for file in PACKAGE.rglob("*.py") for name in private(ast.parse(file.read_text(encoding="utf-8")))}
    whole = {name for name in called if not any(other.startswith(f"{name}.") for other in called)}
    assert whole == set(PRIVATE)


def private(tree: ast.AST) -> Iterator[str]:
    """What is written as torch._name or torch.ops.name, with its beginnings."""
    for node in ast.walk(tree):
        name = dotted(node)
        if re.match(r"torch\.(ops\.|.*\b_[^_])", name):
            yield name


def dotted(node: ast.AST) -> str:
    match node:
        case ast.Name():
            return node.id
        case ast.Attribute():
            return f"{dotted(node.value)}.{node.attr}"
        case _:
            return ""
