"""Starts TextGen GUI, from a checkout or from the bundle.

In a checkout the first start makes the program's own environment, and every start goes on inside it.
"""

import sys


def enter_environment() -> None:
    # By path: the folder packaging/ on sys.path would hide the PyPI package of that name from others.
    from importlib.util import module_from_spec, spec_from_file_location
    from pathlib import Path

    spec = spec_from_file_location("set_up", Path(__file__).resolve().parent / "packaging" / "set_up.py")
    assert spec is not None and spec.loader is not None
    set_up = module_from_spec(spec)
    spec.loader.exec_module(set_up)
    set_up.enter([__file__, *sys.argv[1:]])


def main() -> int:
    if getattr(sys, "frozen", False):
        # First of all: in a bundle a child of multiprocessing is this program again, and must not open a second window.
        from multiprocessing import freeze_support

        freeze_support()
        if sys.argv[1:2] == ["--child"]:  # runtime/child.py has started this program again, for a stranger's file
            from textgen_gui.engine.runtime.in_child import serve

            serve()
            return 0
    else:
        enter_environment()
    from textgen_gui.cli import main as run

    return run()


if __name__ == "__main__":
    sys.exit(main())
