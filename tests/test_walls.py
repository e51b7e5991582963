"""The walls of the house: contracts about imports (in pyproject.toml), and what fresh interpreters really load."""

import ast
import subprocess
import sys
from pathlib import Path

from importlinter.cli import EXIT_STATUS_SUCCESS, lint_imports

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "textgen_gui"
EDGES = {
    "cli/__init__.py",
    "ui/parts/job_runner.py",
    "engine/text/tokenizer.py",
    "engine/text/readers/__init__.py",
    "engine/models/claims.py",
    "engine/models/model.py",
    "engine/models/shapes.py",
    "engine/runtime/in_child.py",
    "engine/core/disk_errors.py",  # knows what each library makes of a fault of the disk, and passes on all else
}
LONGEST_FILE, LONGEST_FUNCTION = 400, 40  # lines
MAY_BE_LONG = {"engine/training/train.py:_train", "cli/describe.py:describe"}  # a loop and a table read best whole


def test_every_contract_is_kept() -> None:
    assert lint_imports(config_filename=str(ROOT / "pyproject.toml"), no_cache=True) == EXIT_STATUS_SUCCESS


def loaded_by(code: str) -> set[str]:
    """The top-level packages in sys.modules after ``code`` ran in a fresh interpreter."""
    script = f"import sys\n{code}\nprint(' '.join({{name.split('.')[0] for name in sys.modules}}))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_the_loop_loads_no_qt() -> None:
    code = "import textgen_gui.engine.training.train, textgen_gui.engine.training.plan, textgen_gui.cli"
    assert not loaded_by(code) & {"PySide6", "pyqtgraph"}


def test_the_window_loads_no_torch() -> None:
    heavy = {"torch", "transformers", "tokenizers", "accelerate"}
    assert not loaded_by("import textgen_gui.ui.app, textgen_gui.ui.workspace") & heavy


def test_the_first_paint_comes_before_the_plotting_library() -> None:
    assert not loaded_by("import textgen_gui.ui.app") & {"pyqtgraph", "numpy"}


def test_the_core_loads_little_but_the_standard_library() -> None:
    modules = [f"textgen_gui.engine.core.{file.stem}" for file in (PACKAGE / "engine" / "core").glob("[a-z]*.py")]
    allowed = set(sys.stdlib_module_names) | {"textgen_gui", "__main__", "platformdirs"}
    assert loaded_by(f"import {', '.join(modules)}") - loaded_by("") <= allowed


def test_only_the_edges_catch_everything() -> None:
    for file in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            broad = isinstance(node, ast.ExceptHandler) and (
                node.type is None or ast.unparse(node.type) in ("Exception", "BaseException")
            )
            name = file.relative_to(PACKAGE).as_posix()
            assert not broad or name in EDGES, f"{name} catches everything"


def test_nothing_dangerous_is_in_the_source() -> None:
    words = ("trust_remote_code=True", "torch.load(", "import pickle", "shell=True", "processEvents(", ".terminate()")
    for file in PACKAGE.rglob("*.py"):
        source = file.read_text(encoding="utf-8")
        assert not [word for word in words if word in source], file.name


def test_numbers_in_the_window_are_in_the_digits_of_the_user() -> None:
    """``words`` writes them; a format of Python's would write English ones."""
    for file in (PACKAGE / "ui").rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FormattedValue) and node.format_spec:
                spec = ast.unparse(node.format_spec).strip("f'\"")
                assert spec[-1:] not in (",", "f", "%", "n", "d"), f"{file.name}:{node.lineno} formats a number itself"


def test_every_file_and_function_can_be_read_at_a_sitting() -> None:
    for file in PACKAGE.rglob("*.py"):
        name, source = file.relative_to(PACKAGE).as_posix(), file.read_text(encoding="utf-8")
        assert len(source.splitlines()) <= LONGEST_FILE, f"{name} is too long"
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.FunctionDef) and f"{name}:{node.name}" not in MAY_BE_LONG:
                assert node.end_lineno is not None
                assert node.end_lineno - node.lineno < LONGEST_FUNCTION, f"{name}:{node.name} is too long"


READ_BY_LOADER = ("engine/core", "engine/writing", "front_door", "cli", "ui")
OWN_FILES = {
    "engine/core/bounded.py",
    "engine/text/readers/records.py",  # which bounds the depth of texts itself
    "ui/one_instance.py",
    "ui/parts/resources.py",
}  # or the program’s own


def test_what_a_stranger_may_have_written_is_read_by_one_loader() -> None:
    """It knows what is no file, too large, or nested without end."""
    for file in PACKAGE.rglob("*.py"):
        name = file.relative_to(PACKAGE).as_posix()
        if name in OWN_FILES:
            continue
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                by, what = ast.unparse(node.func.value), node.func.attr
                is_own = what in ("read_text", "read_bytes") and by not in ("bounded", "atomic_io")
                is_own &= name.startswith(READ_BY_LOADER)
                is_own |= by in ("json", "tomllib") and what in ("load", "loads")
                assert not is_own, f"{name} reads by {by}.{what}: core/bounded.py does"
