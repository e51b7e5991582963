"""Kind 7: options with odd values, and sentences that must be true."""

import json
from collections.abc import Iterable, Mapping

from .paths import Verbs
from .stage import MANY, Attack, Scene

DIGITS = "9" * 5_000
DEEP = "[" * 10_000
HALF = "\udcff"  # what a byte that is no letter becomes on the command line
ODD = (DIGITS, DEEP, HALF, "nan", "inf", "-inf", "1e-320", "1e308", "-1", "", "=", "'", "[1,", "{}", "1_0", "\u0661")
GENERATE = (
    *("--temperature", "--top-k", "--top-p", "--min-p", "--repetition-penalty", "--seed", "--n", "--max-new-tokens"),
    *("--prompt", "--to-file", "--bias", "--stop", "--regex", "--json-schema"),
)
SETTINGS = (
    "train.steps",
    "train.learning_rate",
    "train.batch",
    "model.width",
    "model.context",
    "train.prompts",
    "start.model",
)
PREPARE = ("vocabulary", "heldout", "tokenizer_file", "clean.near_duplicates", "special_tokens")


def generated(option: str) -> Attack:
    def build(scene: Scene) -> Verbs:
        usual = ["generate", str(scene.run), "--max-new-tokens", "2"]
        return _many([*usual, f"{option}={value}"] for value in ODD)

    return Attack(f"generate {option}", build)


def set_to(key: str, *verb: str) -> Attack:
    def build(scene: Scene) -> Verbs:
        return _many([*verb, str(scene.project), "--set", f"{key}={value}"] for value in ODD)

    return Attack(f"{verb[0]} --set {key}", build)


def _many(commands: Iterable[list[str]]) -> Verbs:
    return [[MANY, *map(json.dumps, commands)]]


def in_locale(environment: Mapping[str, str]) -> Attack:
    def build(scene: Scene) -> Verbs:
        prompt = "Él dijo “ja” 中"
        target = scene.project / "out.txt"
        return [["generate", scene.run, "--prompt", prompt, "--max-new-tokens", "2", "--to-file", target]]

    return Attack(f"a prompt in {environment}", build, environment=environment)


ATTACKS = [
    *map(generated, GENERATE),
    *(set_to(key, "new") for key in SETTINGS),
    *(set_to(key, "prepare") for key in PREPARE),
    *(in_locale({"LC_ALL": name}) for name in ("C", "de_DE.ISO-8859-1", "xx_YY")),
    *(in_locale({"LC_ALL": name, "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}) for name in ("C", "xx_YY")),
]
