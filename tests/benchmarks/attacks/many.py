"""Runs many commands in one process, one after the other, so that torch is loaded once."""

import json
import sys

from textgen_gui.cli import main

if __name__ == "__main__":
    for command in map(json.loads, sys.argv[1:]):
        print("==", ascii(command)[:200], flush=True)
        try:
            print("== ended with", main(command), flush=True)
        except SystemExit as end:  # wrong usage
            print("== ended with", end.code, flush=True)
