"""Kind 3: files of a project that hold other types, sizes and depths than they should."""

import hashlib
import json
from collections.abc import Callable

from .paths import Verbs, _verb
from .stage import WINDOW, Attack, Scene

DEEP = "[" * 100_000
DIGITS = "9" * 5_000
STATE = "runs/001 test/checkpoints/step-000004/training/state.json"


def written(name: str, content: str | bytes, what: str, *verbs: str, told: tuple[str, ...] = ()) -> Attack:
    def build(scene: Scene) -> Verbs:
        file = scene.project / name
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8", "surrogatepass"))
        return [_verb(verb, scene) for verb in verbs]

    return Attack(f"{name}: {what}", build, told)


def replaced(name: str, old: str, new: str, *verbs: str) -> Attack:
    def build(scene: Scene) -> Verbs:
        file = scene.project / name
        text = file.read_text()
        assert old in text, (name, old)
        file.write_text(text.replace(old, new, 1))
        return [_verb(verb, scene) for verb in verbs]

    return Attack(f"{name}: {new[:30]}", build)


def grown(name: str, line: Callable[[int], str], count: int, what: str, *verbs: str) -> Attack:
    def build(scene: Scene) -> Verbs:
        with (scene.project / name).open("a") as file:
            file.writelines(line(number) for number in range(count))
        return [_verb(verb, scene) for verb in verbs]

    return Attack(f"{name}: {what}", build)


def state(what: str, **values: object) -> Attack:
    def build(scene: Scene) -> Verbs:
        file = scene.project / STATE
        file.write_text(json.dumps({**json.loads(file.read_text()), **values}))
        (scene.checkpoint / "manifest.json").write_text(_manifest_again(scene))
        return [["train", scene.run]]

    return Attack(f"state.json: {what}", build)


def _manifest_again(scene: Scene) -> str:
    manifest = json.loads((scene.checkpoint / "manifest.json").read_text())
    content = (scene.project / STATE).read_bytes()
    manifest["files"]["training/state.json"] = [len(content), hashlib.sha256(content).hexdigest()]
    return json.dumps(manifest)


def odd_checkpoint(name: str) -> Attack:
    def build(scene: Scene) -> Verbs:
        scene.checkpoint.rename(scene.checkpoint.with_name(name))
        return [["train", scene.run], [WINDOW, scene.project]]

    return Attack(f"a checkpoint {name[:20]}", build)


def step(number: int) -> str:
    known = {"step": number, "loss": 3.0, "learning_rate": 0.001, "tokens_per_s": 1.0, "elapsed_s": 0.1}
    return json.dumps({"event": "StepDone", **known}) + "\n"


def odd_event(number: int) -> str:
    odd = ("NaN", "Infinity", "1e999", '"x"', "[1]", "{}", "null", "true", DIGITS, "-1", '"\\ud800"')
    value = odd[number % len(odd)]
    kinds = (
        '{{"event": "StepDone", "step": {0}, "loss": {0}, "learning_rate": {0}, "elapsed_s": {0}}}\n',
        '{{"event": "Evaluated", "step": {0}, "loss": {0}, "bits_per_byte": {0}}}\n',
        '{{"event": "SampleWritten", "step": {0}, "prompt": {0}, "text": {0}}}\n',
        '{{"event": "RunFinished", "outcome": {0}, "step": {0}, "best_step": {0}, "message": {0}}}\n',
        '{{"event": {0}}}\n',
    )
    return kinds[number // len(odd) % len(kinds)].format(value)


TOML: dict[str, str | bytes] = {
    "a deep list": f"x = {DEEP}",
    "5,000 digits": f"x = {DIGITS}",
    "a number": "5",
    "NUL": "name = 'a\0b'",
    "no UTF-8": b"\xff\xfe\x00x",
    "40 MB": b"# " + b"x" * 40_000_000,
    "nothing": "",
}
JSON = {
    "a deep list": DEEP,
    "5,000 digits": DIGITS,
    "a list": "[]",
    "null": "null",
    "a half": '"\\ud800"',
    "nothing": "",
}
LONG = json.dumps({"page": "word " * 400_000, "done": [], "model": ""})
FINISHED = '{"event": "SampleWritten", "step": 4, "prompt": "", "text": "'

ATTACKS = [
    written("generated/styles.toml", "x = 5", "x = 5", WINDOW, told=("no style",)),
    *(written("project.toml", content, what, "prepare", WINDOW) for what, content in TOML.items()),
    *(written("runs/001 test/run.toml", content, what, "train", WINDOW) for what, content in TOML.items()),
    *(written("generated/styles.toml", content, what, WINDOW) for what, content in TOML.items()),
    *(written("draft.json", content, what, WINDOW) for what, content in JSON.items()),
    written("draft.json", LONG, "a line of 2 MB", WINDOW, told=("put aside",)),
    written("draft.json", '{"page": 5, "done": {"a": 1}}', "other types", WINDOW, told=("put aside",)),
    *(written(STATE, content, what, "train") for what, content in JSON.items()),
    *(
        written("runs/001 test/checkpoints/step-000004/manifest.json", content, what, "train", "generate")
        for what, content in JSON.items()
    ),
    *(
        written("runs/001 test/checkpoints/step-000004/config.json", content, what, "checkpoint")
        for what, content in JSON.items()
    ),
    state("a million threads", threads=1_000_000),
    state("texts for numbers", step="four", averaged="x", best_loss=[1]),
    state("a step before the beginning", step=-5),
    state("no settings", config=5),
    *(
        replaced("project.toml", "sources]]", f"sources]]\n{key} = {value}", "prepare", WINDOW)
        for key, value in {
            "weight": "nan",
            "group": "5",
            "encoding": "[1]",
            "fields": DIGITS,
            "removed_at": "1",
        }.items()
    ),
    *(
        replaced("project.toml", "[prepare]", f"{key} = {value}\n[prepare]", "prepare", WINDOW)
        for key, value in {"removed": "5", "removed ": "[5]", "runs": "1"}.items()
    ),
    *(
        replaced("runs/001 test/run.toml", "seed = 1", f"seed = {value}", "train", WINDOW)
        for value in (DIGITS, '"x"', "nan", "9223372036854775807", "-1")
    ),
    written("runs/001 test/notes.txt", b"\xff\xfe", "no text", WINDOW),
    written("runs/001 test/notes.txt", "x" * 3_000_000, "a line of 3 MB", WINDOW),
    grown("runs/001 test/events.jsonl", step, 1_000_000, "a million steps", WINDOW),
    grown("runs/001 test/events.jsonl", odd_event, 300, "odd values", WINDOW, "generate", "train"),
    written("runs/001 test/events.jsonl", FINISHED + "x" * 200_000_000 + '"}\n', "a sample of 200 MB", WINDOW),
    written("runs/001 test/events.jsonl", DEEP + "\n", "a deep list", WINDOW, "train"),
    written("generated/a text.txt", b"x" * 100_000_000, "100 MB in a line", WINDOW),
    *(odd_checkpoint(name) for name in ("step-²", "step-" + "9" * 200, "step--1", "step-000004 ", "step-٤")),
]
