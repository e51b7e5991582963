"""Kind 1 and 4 once more: what others hand over that is no project. Mirrors, packs, model folders, shapes, numbers."""

import hashlib
import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

from .stage import WINDOW, Attack, Scene

Verbs = list[list[str | Path]]
NAME = "writers/tiny"
ODD: dict[str, Callable[[Path], object]] = {
    "a pipe": os.mkfifo,
    "a device": lambda file: file.symlink_to("/dev/zero"),
    "without end": lambda file: _endless(file),
    "nested": lambda file: file.write_text("[" * 1_000_000),
    "YAML": lambda file: file.write_text("---\n" + "{" * 200_000 + "\n---\n"),
}


def _endless(file: Path) -> None:
    file.touch()
    os.truncate(file, 40_000_000_000)


def _model(scene: Scene, folder: Path) -> Path:
    """The checkpoint of the stage, as somebody gave it away."""
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(scene.checkpoint, folder)
    (folder / "manifest.json").unlink()
    shutil.rmtree(folder / "training")
    return folder


def _put(file: Path, odd: Callable[[Path], object]) -> None:
    file.unlink(missing_ok=True)
    file.parent.mkdir(exist_ok=True)
    odd(file)


def beside(name: str, how: str) -> Attack:
    """A file beside the weights, which some library opens."""

    def build(scene: Scene) -> Verbs:
        folder, to = _model(scene, scene.outside.parent / "model"), scene.project / "out"
        _put(folder / name, ODD[how])
        return [["generate", folder, "--max-new-tokens", "4"], ["export", folder, "--to", to]]

    return Attack(f"{name} beside the weights is {how}", build)


def unlisted(name: str, how: str) -> Attack:
    """A file of a checkpoint whose manifest lists nothing at all."""

    def build(scene: Scene) -> Verbs:
        (scene.checkpoint / "manifest.json").write_text('{"format": 1, "files": {}}')
        _put(scene.checkpoint / name, ODD[how])
        return [["train", scene.run], ["generate", scene.checkpoint, "--max-new-tokens", "4"]]

    return Attack(f"unlisted {name} is {how}", build)


def endless(name: str, *verbs: str) -> Attack:
    """A file of a project says that it has 40 GB, and takes no room on the disk."""

    def build(scene: Scene) -> Verbs:
        _put(scene.project / name, ODD["without end"])
        return [[verb, scene.project if verb == WINDOW else scene.run] for verb in verbs]

    return Attack(f"{name} is without end", build)


def mirror(name: str, change: Callable[[Path], object]) -> Attack:
    def build(scene: Scene) -> Verbs:
        folder = scene.outside.parent / "mirror"
        shutil.rmtree(folder, ignore_errors=True)
        shutil.rmtree(scene.outside.parent / "home" / "models", ignore_errors=True)
        change(_model(scene, folder / NAME))
        return [["fetch", NAME, "--mirror", folder]]

    return Attack(f"mirror: {name}", build)


def revision(words: str) -> Callable[[Path], object]:
    return lambda folder: (folder / "model.toml").write_text(f"revision = {json.dumps(words)}\n")


def pack(name: str, change: Callable[[Path, Scene], object]) -> Attack:
    """By hand, as a stranger would: the verb that packs is not needed."""

    def build(scene: Scene) -> Verbs:
        folder = scene.outside.parent / "pack"
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(scene.project, folder / "project")
        change(folder, scene)
        return [["fetch", folder]]

    return Attack(f"pack: {name}", build)


def saying(**changes: object) -> Callable[[Path, Scene], object]:
    def change(folder: Path, scene: Scene) -> None:
        config = hashlib.sha256((scene.run / "run.toml").read_bytes()).hexdigest()
        said = {"format": 1, "project": str(scene.project), "run": scene.run.name, "config": config, **changes}
        (folder / "pack.toml").write_text("".join(f"{key} = {json.dumps(value)}\n" for key, value in said.items()))

    return change


def packed(name: str, how: str) -> Callable[[Path, Scene], object]:
    def change(folder: Path, scene: Scene) -> None:
        saying()(folder, scene)
        shutil.rmtree(scene.run / "checkpoints")  # so that something comes home
        (scene.run / "events.jsonl").unlink()
        _put(folder / "project" / "runs" / scene.run.name / name, ODD[how])

    return change


def shape(name: str, content: str) -> Attack:
    def build(scene: Scene) -> Verbs:
        folder = scene.outside.parent / "shape"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        (folder / "config.json").write_text(content)
        return [["new", scene.project, "--shape", folder, "--set", "train.steps=1"]]

    return Attack(f"shape: {name}", build)


LLAMA = {
    "model_type": "llama",
    "num_hidden_layers": 1,
    "hidden_size": 16,
    "num_attention_heads": 2,
    "max_position_embeddings": 16,
}


def of(**changes: object) -> str:
    return json.dumps({**LLAMA, **changes})


def speeds(content: str) -> Attack:
    def build(scene: Scene) -> Verbs:
        (scene.outside.parent / "home" / "speeds.json").write_text(content)
        return [["new", scene.project, "--minutes", "1"]]

    return Attack(f"speeds: {content[:20]}", build)


def numbered(name: str, odd: Callable[[Path], object]) -> Attack:
    def build(scene: Scene) -> Verbs:
        odd(scene.project / "runs" / name)
        return [["new", scene.project, "--name", "mine", "--set", "train.steps=1"], [WINDOW, scene.project]]

    return Attack(f"runs/{name}", build)


ATTACKS = [
    *(mirror(f"revision {words!r}", revision(words)) for words in ("/../../../ab", "..", "x" * 100_000)),
    *(
        beside(name, how)
        for name in ("generation_config.json", "README.md", "tokenizer_config.json", "chat_template.jinja")
        for how in ("a pipe", "a device", "without end", "nested")
    ),
    *(
        mirror(f"README.md is {how}", lambda folder, how=how: _put(folder / "README.md", ODD[how]))  # type: ignore[misc]
        for how in ("a pipe", "a device", "without end", "YAML")
    ),
    *(
        unlisted(name, how)
        for name in ("training/weights.safetensors", "training/means.safetensors", "generation_config.json")
        for how in ("a pipe", "a device", "without end")
    ),
    *(endless(f"runs/001 test/{name}", "train", WINDOW) for name in ("events.jsonl", "samples.txt", "run.toml")),
    *(endless(name, WINDOW) for name in ("project.toml", "draft.json", "generated/styles.toml", "generated/a.txt")),
    *(
        pack(f"run {name!r}", saying(run=name))
        for name in ("../../../outside/thesis.txt", "..", "/etc", "x" * 5000, "")
    ),
    pack("project elsewhere", saying(project="/etc")),
    *(
        pack(f"{name} is {how}", packed(name, how))
        for name in ("events.jsonl", "samples.txt", "checkpoints/step-000004/model.safetensors")
        for how in ("a pipe", "a device", "without end")
    ),
    *(
        shape(f"{key} {str(value)[:20]}", of(**{key: value}))
        for key, value in (
            ("num_hidden_layers", 10**9),
            ("num_hidden_layers", -1),
            ("hidden_size", 10**7),
            ("intermediate_size", "\x1b]0;x\x07" * 100_000),
            ("num_key_value_heads", [1] * 1_000_000),
            ("model_type", "\x1b[2J" * 100_000),
            ("max_position_embeddings", 10**400),
        )
    ),
    shape("nested", "[" * 1_000_000),
    *(
        speeds(content)
        for content in ("Infinity", '{"a": [Infinity, 1, 1]}', "[" * 900_000, '{"a": ' + "9" * 5000 + "}")
    ),
    numbered("999999999 theirs", lambda path: path.mkdir()),
    numbered(".spent", os.mkfifo),
    numbered(".spent", lambda path: path.symlink_to("/dev/zero")),
    numbered(".spent", lambda path: path.write_text("9" * 100_000)),
]
