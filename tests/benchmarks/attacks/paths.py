"""Kind 1: a project that reaches outside of its own folder, by links, by names, and by what is no file."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

from .stage import WINDOW, Attack, Scene

Verbs = list[list[str | Path]]


def linked(name: str, *verbs: str) -> Attack:
    """A folder or file of the project is a link to the folder outside."""

    def build(scene: Scene) -> Verbs:
        path = scene.project / name
        _remove(path)
        path.parent.mkdir(exist_ok=True)
        path.symlink_to(scene.outside / "thesis.txt" if "." in path.name else scene.outside)
        return [_verb(verb, scene) for verb in verbs]

    return Attack(f"{name} is a link", build)


def listed(name: str, verb: str) -> Attack:
    """project.toml names a text outside."""

    def build(scene: Scene) -> Verbs:
        file = scene.project / "project.toml"
        file.write_text(file.read_text().replace('"story.txt"', f'"{name}"'))
        return [_verb(verb, scene)]

    return Attack(f"a text {name}, {verb}", build, told=("cannot be the file", "no name"))


def in_prepared(pattern: str, kind: str) -> Attack:
    """The file of prepared/ that this means is a pipe, or a link to a device or to a file outside."""

    def build(scene: Scene) -> Verbs:
        (path,) = (scene.project / "prepared").glob(pattern)
        path.unlink()
        if kind == "pipe":
            os.mkfifo(path)
        else:
            path.symlink_to(scene.outside / "thesis.txt" if kind == "link" else kind)
        _longer(scene)
        return [["check", scene.project], *(_verb(verb, scene) for verb in ("train", "prepare", "copycheck"))]

    return Attack(f"prepared/{pattern} is a {kind}", build)


def no_file(name: str, kind: str, *verbs: str) -> Attack:
    """A pipe, or a link to a device, where a file should be."""

    def build(scene: Scene) -> Verbs:
        path = scene.project / name
        _remove(path)
        path.parent.mkdir(exist_ok=True)
        if kind == "pipe":
            os.mkfifo(path)
        else:
            path.symlink_to(kind)
        return [_verb(verb, scene) for verb in verbs]

    return Attack(f"{name} is a {kind}", build)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _verb(verb: str, scene: Scene) -> list[str | Path]:
    found: dict[str, list[str | Path]] = {
        "prepare": ["prepare", scene.project, "--set", "vocabulary=290"],
        "add": ["prepare", scene.project, scene.outside / "thesis.txt"],
        "train": ["train", scene.run],
        "new": ["new", scene.project, "--set", "train.steps=4"],
        "generate": ["generate", scene.run, "--max-new-tokens", "4"],
        "checkpoint": ["generate", scene.checkpoint, "--max-new-tokens", "4"],
        "copycheck": ["copycheck", scene.run, scene.outside / "thesis.txt"],
        "doctor": ["doctor", scene.project],
        "evaluate": ["evaluate", scene.run, scene.outside / "thesis.txt"],
        WINDOW: [WINDOW, scene.project],
    }
    return found[verb]


def _longer(scene: Scene) -> None:
    """Its run has steps left, so that training saves and prunes."""
    file = scene.run / "run.toml"
    file.write_text(file.read_text().replace("steps = 4", "steps = 10"))
    shutil.rmtree(scene.run / "checkpoints")
    (scene.run / "events.jsonl").unlink()


def pruned(scene: Scene) -> Verbs:
    _longer(scene)
    for name in ("step-000001", "step-000003", ".new-1-0badcafe-old"):
        (scene.outside / name).mkdir(exist_ok=True)
        (scene.outside / name / "thesis.txt").write_text("Years of work.")
    (scene.run / "checkpoints").symlink_to(scene.outside)
    return [["train", scene.run]]


def linked_run(scene: Scene) -> Verbs:
    shutil.move(scene.run, scene.outside / "001 test")
    scene.run.symlink_to(scene.outside / "001 test")
    return [["train", scene.run], ["generate", scene.run, "--max-new-tokens", "4"], [WINDOW, scene.project]]


def prepared_elsewhere(name: str) -> Callable[[Scene], Verbs]:
    def build(scene: Scene) -> Verbs:
        own = next(path.parent for path in (scene.project / "prepared").glob("*/prepared.toml"))
        shutil.copytree(own, scene.outside / "elsewhere")
        file = scene.run / "run.toml"
        named = str(scene.outside / "elsewhere") if name == "whole" else "../../outside/elsewhere"
        file.write_text(file.read_text().replace(f'"{own.name}"', f'"{named}"'))
        return [["copycheck", scene.run, scene.outside / "thesis.txt"]]

    return build


def swept(scene: Scene) -> Verbs:
    (scene.project / "texts" / "my own.txt").write_text("Written here by hand.")
    for folder in (scene.project / "prepared" / "texts", scene.run):
        (folder / ".new-1-0badcafe").symlink_to(scene.outside)
    return [_verb("prepare", scene), _verb("train", scene)]


ATTACKS = [
    linked("prepared/texts", "prepare"),
    Attack("checkpoints is a link, and training prunes", pruned),
    *(listed(name, verb) for name in ("../../outside/thesis.txt", "/etc/passwd") for verb in ("prepare", WINDOW)),
    *(Attack(f"prepared elsewhere, {name} path", prepared_elsewhere(name)) for name in ("whole", "relative")),
    linked("texts", "add", "prepare", WINDOW),
    linked("prepared", "prepare", "train"),
    linked("runs", "new", WINDOW),
    linked("removed", "prepare", WINDOW),
    linked("generated", WINDOW),
    linked("runs/001 test/checkpoints", "train", "generate", WINDOW),
    *(linked(name, "prepare", WINDOW) for name in ("project.toml", "texts/story.txt", "draft.json", ".lock")),
    *(
        linked(f"runs/001 test/{name}", "train", WINDOW)
        for name in ("events.jsonl", "samples.txt", ".lock", "run.toml")
    ),
    linked("runs/001 test/checkpoints/step-000004/manifest.json", "train", "generate"),
    linked("generated/styles.toml", WINDOW),
    Attack("the run is a link", linked_run),
    *(
        in_prepared(pattern, kind)
        for kind in ("pipe", "link", "/dev/zero")
        for pattern in (
            *(f"texts/*/{name}" for name in ("text.txt", "text.toml", "documents.bin", "sketches.bin")),
            *(f"texts/*/tokens-*/{name}" for name in ("tokens.bin", "lengths.bin", "checked.txt")),
            *(f"*/{name}" for name in ("train.bin", "val.bin", "prepared.toml", "manifest.json", "tokenizer.json")),
        )
    ),
    Attack("what a killed program left is a link", swept),
    *(
        no_file(name, kind, *verbs)
        for kind in ("pipe", "/dev/zero")
        for name, verbs in {
            "project.toml": ("prepare", WINDOW),
            "draft.json": (WINDOW,),
            "generated/styles.toml": (WINDOW,),
            "generated/a text.txt": (WINDOW,),
            "texts/story.txt": ("prepare", WINDOW),
            "runs/001 test/run.toml": ("train", WINDOW),
            "runs/001 test/events.jsonl": ("train", WINDOW),
            "runs/001 test/notes.txt": (WINDOW,),
            "runs/001 test/checkpoints/step-000004/config.json": ("checkpoint", "train"),
            "runs/001 test/checkpoints/step-000004/manifest.json": ("generate", "train"),
            "runs/001 test/checkpoints/step-000004/tokenizer.json": ("checkpoint",),
            "runs/001 test/checkpoints/step-000004/model.safetensors": ("checkpoint",),
            "runs/001 test/checkpoints/step-000004/training/state.json": ("train",),
        }.items()
    ),
]
