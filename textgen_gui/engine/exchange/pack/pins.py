"""The versions of the libraries with which a run trains here, so that it trains with the same ones elsewhere."""

from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, requires, version

from packaging.requirements import Requirement

# What training imports, without the window, the readers of texts and the door.
TRAINING = (
    "numpy", "torch", "transformers", "tokenizers", "safetensors", "regex", "llguidance", "accelerate", "peft",
    "huggingface_hub", "filelock", "psutil", "platformdirs", "packaging", "wakepy",
)  # fmt: skip


def pins() -> list[str]:
    """Each of them and all that they need, as pip takes it; torch in the build that the other machine is for."""
    found: dict[str, str] = {}
    waiting = list(TRAINING)
    while waiting:
        name = waiting.pop().lower().replace("_", "-")
        if name not in found:
            try:
                found[name] = version(name).partition("+")[0]
            except PackageNotFoundError:  # for another system, or not in the bundle
                continue
            waiting += _needs(name)
    return [f"{name}=={number}" for name, number in sorted(found.items())]


def _needs(name: str) -> Iterator[str]:
    for line in requires(name) or ():
        requirement = Requirement(line)
        if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
            yield requirement.name
