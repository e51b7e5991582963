"""The stage of an attack: a copy of a ready project, verbs in a child process within limits, and what harm was done."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

ROOT = Path(__file__).parents[3]
WINDOW = "window"  # stands for a verb: the project is opened in the window, and each of its tabs is looked at
MANY = "many"  # stands for a verb: each of its arguments is a whole command as JSON, run in one process
SCRIPTS = {name: Path(__file__).with_name(f"{name}.py") for name in (WINDOW, MANY)}
HANG_S = 60.0  # of the clock, without waits for a processor; more where the ready project took longer to make
LATE = 3  # the exit code of a window that is not ready in time
READY_S = 300.0  # of the clock, that it has for all of its tabs
LONG_S = 10.0  # of a processor, which counts as a hang too
GREED = 1_000_000_000  # bytes in memory; torch alone takes half of it
STORY = "The old man went to the sea and looked at it. He was not afraid, and he said so to the boy. " * 60


class Harm(StrEnum):
    """What must not come of an attack."""

    CRASH = "crash"
    HANG = "hang"
    MEMORY = "over 1 GB"
    OUTSIDE = "outside touched"
    SILENT = "silent other result"
    TRACEBACK = "traceback"
    LATE = "not ready in time, nor was a healthy one"  # a machine that is too busy: to be played again


@dataclass(frozen=True, slots=True)
class Scene:
    """``project``: to be changed. ``outside``: a folder beside it that nothing may touch; thesis.txt lies in it."""

    project: Path
    outside: Path

    @property
    def run(self) -> Path:
        return self.project / "runs" / "001 test"

    @property
    def checkpoint(self) -> Path:
        return self.run / "checkpoints" / "step-000004"


@dataclass(frozen=True, slots=True)
class Attack:
    """``build`` changes the scene and gives the verbs to run, each a list of arguments. ``told``: words of which one
    must be said, where to say nothing would be a wrong result. ``environment``: added for the verbs.
    """

    name: str
    build: Callable[[Scene], Sequence[Sequence[str | Path]]]
    told: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Ended:
    """How a child ended. ``code``: below 0 by a signal; None when it hung and was killed."""

    code: int | None
    said: str
    largest: int  # bytes in memory at once
    used_s: float  # of a processor


class Stage:
    """``checkout``: whose verbs are run."""

    def __init__(self, folder: Path, checkout: Path) -> None:
        self.folder, self.checkout = folder, checkout
        self._ready = folder / "ready"
        self._patience_s = 600.0
        self._words, self._modules = folder / "words", folder / "modules"
        self._forks: subprocess.Popen[str] | None = None
        self._make_ready()

    def _make_ready(self) -> None:
        story = self.folder / "story.txt"
        story.write_text(STORY, encoding="utf-8")
        shape = ["model.layers=1", "model.width=16", "model.heads=1", "model.context=32", "model.dropout=0"]
        learn = ["train.steps=4", "train.batch=2", "train.mark_every=2", "train.save_every=2", "train.sample_tokens=8"]
        settings = [part for one in (*shape, *learn) for part in ("--set", one)]
        slowest = 0.0
        verbs: list[list[str | Path]] = [
            ["prepare", self._ready, story, "--set", "vocabulary=300"],
            ["new", self._ready, "--name", "test", *settings],
            ["train", self._ready / "runs" / "001 test"],
        ]
        for verb in verbs:
            started = time.monotonic()
            ended = self.run(verb)
            slowest = max(slowest, time.monotonic() - started)
            if ended.code != 0:
                raise RuntimeError(f"the stage could not be built: {ended.said}")

        self._patience_s = max(HANG_S, 2 * slowest)

    def play(self, attack: Attack) -> dict[Harm, str]:
        """The harm that was done, each with a few words about it."""
        scene = Scene(self.folder / "project", self.folder / "outside")
        for old in (scene.project, scene.outside):
            shutil.rmtree(old, ignore_errors=True)
        shutil.copytree(self._ready, scene.project)
        scene.outside.mkdir()
        for name in ("thesis.txt", ".new-1-0badcafe", "step-000002"):
            (scene.outside / name).write_text("Years of work.\n", encoding="utf-8")
        verbs, before = attack.build(scene), _state(scene.outside)
        ended = [self.run(verb, attack.environment) for verb in verbs]
        found = {harm: words for one in ended for harm, words in _harm(one).items()}
        if _state(scene.outside) != before:
            found[Harm.OUTSIDE] = ", ".join(sorted(set(before.items()) ^ set(_state(scene.outside).items()))[0])[:100]
        said = " ".join(one.said for one in ended)
        if any(one.code == LATE for one in ended):
            found[self._late(scene)] = "the window was not ready"
        elif attack.told and not any(words in said for words in attack.told):
            found.setdefault(Harm.SILENT, f"nobody said {' or '.join(attack.told)}: {said.strip()[-200:]!r}")
        return found

    def _late(self, scene: Scene) -> Harm:
        """What it means that a window was not ready: is one with a project that is well?"""
        shutil.rmtree(scene.project)
        shutil.copytree(self._ready, scene.project)
        return Harm.LATE if self.run([WINDOW, scene.project]).code == LATE else Harm.HANG

    def run(self, verb: Sequence[str | Path], environment: Mapping[str, str] | None = None) -> Ended:
        """In a process of its own, and in a namespace where only the stage can be written, if the system has any."""
        program = list(map(str, [SCRIPTS[str(verb[0])], *verb[1:]] if verb[0] in SCRIPTS else verb))
        if not environment:
            return self._ask(self._forks or self._start(), program, READY_S if verb[0] == WINDOW else 0.0)
        forks = self._start(environment)
        try:
            return self._ask(forks, program)
        finally:
            self.end(forks)

    def _start(self, environment: Mapping[str, str] | None = None) -> "subprocess.Popen[str]":
        home = self.folder / "home"
        home.mkdir(exist_ok=True)
        places = {"PYTHONPATH": str(self.checkout), "TEXTGEN_GUI_HOME": str(home), "HOME": str(home)}
        usual = {"TMPDIR": str(home), "OMP_NUM_THREADS": "1", "QT_QPA_PLATFORM": "offscreen", "HF_HUB_OFFLINE": "1"}
        script = Path(__file__).with_name("forks.py")
        command = [*_confined(self.folder), sys.executable, str(script), str(self._words), str(self._modules)]
        forks = subprocess.Popen(
            command,
            cwd=self.folder,
            env={**os.environ, **usual, **places, **(environment or {})},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        if not environment:
            self._forks = forks
        return forks

    def _ask(self, forks: "subprocess.Popen[str]", program: list[str], more_s: float = 0.0) -> Ended:
        assert forks.stdin and forks.stdout
        self._words.write_bytes(b"")
        forks.stdin.write(json.dumps({"program": program, "patience_s": self._patience_s + more_s}) + "\n")
        forks.stdin.flush()
        answer = json.loads(forks.stdout.readline())
        with self._words.open("rb") as file:
            return Ended(**answer, said=file.read(1 << 20).decode("utf-8", "replace"))

    def end(self, forks: "subprocess.Popen[str] | None" = None) -> None:
        if found := forks or self._forks:
            found.communicate()


def _confined(writable: Path) -> list[str]:
    script = 'mount --make-rprivate / && mount --bind "$0" "$0" && mount -o remount,bind,ro / && cd "$0" && exec "$@"'
    return ["unshare", "-r", "-m", "sh", "-c", script, str(writable)] if _can_confine() else []


def _can_confine() -> bool:
    global _confines
    if _confines is None:
        trial = ["unshare", "-r", "-m", "sh", "-c", "mount --make-rprivate / && mount -o remount,bind,ro /"]
        found = shutil.which("unshare")
        _confines = bool(found) and subprocess.run(trial, capture_output=True, check=False).returncode == 0
    return _confines


_confines: bool | None = None


def _harm(ended: Ended) -> dict[Harm, str]:
    found: dict[Harm, str] = {}
    end = ended.said.strip()[-300:]
    if ended.code is None:
        found[Harm.HANG] = end
    elif ended.used_s > LONG_S:
        found[Harm.HANG] = f"{ended.used_s:.0f} s of a processor: {end}"
    if ended.code is None:
        pass
    elif ended.code not in (0, 1, 2, LATE, 130):
        found[Harm.CRASH] = f"exit {ended.code}: {end}"
    if ended.largest > GREED:
        found[Harm.MEMORY] = f"{ended.largest / 1e9:.1f} GB"
    if "Traceback (most" in ended.said or "Something unexpected" in ended.said:
        found[Harm.TRACEBACK] = end
    return found


def _state(folder: Path) -> dict[str, str]:
    """Each thing in a folder, and what it is."""
    found = {}
    for path in sorted(folder.rglob("*")):
        content = path.read_bytes() if path.is_file() else b""
        found[str(path.relative_to(folder))] = hashlib.sha256(content).hexdigest()
    return found
