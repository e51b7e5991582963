"""The walls of the house, proved in fresh interpreters: who imports what."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "textgen_gui"
ENGINE_ORDER = [
    *("errors", "schema", "config", "sampling", "presets", "durable", "events", "project", "draft"),
    *("readers", "doctor", "duplicates", "corpus", "split", "examine", "tokenizer", "dataset", "encode"),
    *("current", "prepare", "device", "heap", "model", "lora", "kernels", "checkpoint", "average", "shards", "quick"),
    *("begin", "optimize", "measure", "pace", "step", "evaluate", "decode", "samplers", "stream", "wishes", "beams"),
    *("generate", "ngram", "coach", "rehearse", "train", "plan", "trackers", "launch", "copycheck"),
    *("suggest", "receipt", "fields", "kept"),
]
STANDARD_ONLY = ("errors", "schema", "config", "sampling", "presets", "durable", "events", "project", "draft")


def imported_by(code: str) -> set[str]:
    """The top-level packages in sys.modules after ``code`` ran in a fresh interpreter."""
    script = f"import sys\n{code}\nprint(' '.join({{name.split('.')[0] for name in sys.modules}}))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_the_loop_brings_in_no_qt() -> None:
    assert not imported_by("import textgen_gui.engine.train, textgen_gui.engine.plan, textgen_gui.cli") & {
        "PySide6",
        "pyqtgraph",
    }


def test_the_window_brings_in_no_torch() -> None:
    heavy = {"torch", "transformers", "tokenizers", "accelerate"}
    code = "import textgen_gui.ui.app, textgen_gui.ui.train_tab"
    assert not imported_by(code) & heavy


def test_the_first_paint_comes_before_the_plotting_library() -> None:
    assert not imported_by("import textgen_gui.ui.app") & {"pyqtgraph", "numpy"}


@pytest.mark.parametrize("module", STANDARD_ONLY)
def test_foundation_uses_the_standard_library_only(module: str) -> None:
    allowed = set(sys.stdlib_module_names) | {"textgen_gui", "__main__"}
    baseline = imported_by("")
    assert imported_by(f"import textgen_gui.engine.{module}") - baseline <= allowed


def test_engine_imports_go_up_the_list() -> None:
    for number, module in enumerate(ENGINE_ORDER):
        path = PACKAGE / "engine" / f"{module}.py"
        for file in [path] if path.exists() else sorted((PACKAGE / "engine" / module).glob("*.py")):
            for name in _siblings(file):
                assert name in ENGINE_ORDER[: number + 1], f"{file.name} imports {name}, which lies below it"


def test_every_engine_module_is_in_the_list() -> None:
    found = {path.stem for path in (PACKAGE / "engine").iterdir() if not path.name.startswith("__")}
    assert found == set(ENGINE_ORDER)


def _siblings(file: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.level == (2 if file.parent.name in ("readers", "doctor") else 1):
            names |= {node.module.split(".")[0]} if node.module else {alias.name for alias in node.names}
    return names


def test_only_the_edges_catch_everything() -> None:
    edges = {"cli.py", "job.py", "tokenizer.py", "model.py"}
    for file in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            broad = isinstance(node, ast.ExceptHandler) and (
                node.type is None or ast.unparse(node.type) in ("Exception", "BaseException")
            )
            assert not broad or file.name in edges, f"{file.name} catches everything"


def test_nothing_dangerous_is_in_the_source() -> None:
    words = ("trust_remote_code=True", "torch.load(", "import pickle", "shell=True", "processEvents(", ".terminate()")
    for file in PACKAGE.rglob("*.py"):
        source = file.read_text(encoding="utf-8")
        assert not [word for word in words if word in source], file.name
