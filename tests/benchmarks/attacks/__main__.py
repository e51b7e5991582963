"""The table of attacks: how many of each kind crash, hang, take too much, reach outside, or change a result in silence.

    python -m tests.benchmarks.attacks [CHECKOUT] [--only KIND ...] [--named PART] [--first N] [--skip N]

CHECKOUT: another checkout of this program, as the one from before; its verbs are attacked then. Each attack changes a
copy of a ready project by hand and runs real verbs in a child process within limits; where the system allows it, in a
namespace in which everything but the stage is read-only. KIND: the name of a module here.
"""

import argparse
import importlib
import pkgutil
import sys
import tempfile
from collections import Counter
from pathlib import Path

from ..common import machine
from .stage import ROOT, Attack, Harm, Stage

NO_KINDS = {"__main__", "stage", "window", "many", "forks"}


def kinds() -> dict[str, list[Attack]]:
    names = sorted(module.name for module in pkgutil.iter_modules(importlib.import_module(__package__).__path__))
    modules = {name: importlib.import_module(f"{__package__}.{name}") for name in names if name not in NO_KINDS}
    return {name: module.ATTACKS for name, module in modules.items()}


def main() -> None:
    reader = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    reader.add_argument("checkout", nargs="?", type=Path, default=ROOT)
    reader.add_argument("--only", nargs="+", default=list(kinds()), metavar="KIND")
    reader.add_argument("--named", default="", help="only attacks with these letters in their names")
    reader.add_argument("--first", type=int, metavar="N", help="only the first of each kind; the worst stand first")
    reader.add_argument("--skip", type=int, default=0, metavar="N", help="not these, for the table in parts")
    asked = reader.parse_args()
    print(machine(), asked.checkout, sep="\n")
    print("| kind | attacks | " + " | ".join(Harm) + " |\n" + "|---" * (len(Harm) + 2) + "|")
    with tempfile.TemporaryDirectory(prefix="stage-") as folder:
        stage = Stage(Path(folder), asked.checkout.resolve())
        for kind in asked.only:
            attacks = [attack for attack in kinds()[kind] if asked.named in attack.name]
            print(_row(kind, attacks[asked.skip : asked.first], stage), flush=True)
        stage.end()


def _row(kind: str, attacks: list[Attack], stage: Stage) -> str:
    found: Counter[Harm] = Counter()
    for number, attack in enumerate(attacks, 1):
        print(f"\r{number} of {len(attacks)} {attack.name[:60]:60}", end="", file=sys.stderr, flush=True)
        for harm, words in stage.play(attack).items():
            found[harm] += 1
            print(f"    {kind}: {attack.name}: {harm}: {words}", flush=True)
    return f"| {kind} | {len(attacks)} | " + " | ".join(str(found[harm]) for harm in Harm) + " |"


if __name__ == "__main__":
    main()
