"""The loop: it learns, it stops at numbers that are none, and two processes learn what one does."""

import itertools
import json
import math
import signal
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import numpy.typing as npt
import pytest
import torch
from accelerate.utils import DistributedType
from safetensors.torch import load_file

from textgen_gui.engine.core import event_log, events
from textgen_gui.engine.core.config import TrainConfig
from textgen_gui.engine.core.errors import EngineError, ProjectError
from textgen_gui.engine.core.project import Project, Run
from textgen_gui.engine.models import averaging
from textgen_gui.engine.models import checkpoint as checkpoints
from textgen_gui.engine.runtime import device
from textgen_gui.engine.text import dataset
from textgen_gui.engine.text.dataset import Part
from textgen_gui.engine.training import step as steps
from textgen_gui.engine.training import train as train_module
from textgen_gui.engine.training.launch import launched

from ...conftest import never, train_all
from ..runs import ENVIRONMENT, finished, make_run, prepared_project, python, started, train_until

# AdamW multiplies each weight by 1 - learning rate x weight decay = -9 at every step: after some ten steps squares
# overflow fp32. Allowed settings, real training, and the same step each time.
diverging = [
    "train.learning_rate=1.0",
    "train.weight_decay=10.0",
    "train.clip=0",
    "train.warmup=0",
    "train.decay=0",
    "train.steps=200",
    "train.mark_every=5",
]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return prepared_project(tmp_path_factory.mktemp("training"))


def losses(happened: list[events.Event]) -> list[float]:
    return [event.loss for event in happened if isinstance(event, events.StepDone)]


# --- numbers that are none ---


@pytest.mark.parametrize("architecture", ["llama", "gpt2"])
def test_a_diverging_run_fails_at_the_same_step_and_keeps_what_was_good(place: Project, architecture: str) -> None:
    from safetensors.torch import load_file

    runs = [make_run(place, *diverging, f"model.architecture={architecture}") for _ in range(2)]
    ends = [train_all(run) for run in runs]
    last = [finished(happened) for happened in ends]
    assert last[0] == last[1] and last[0].outcome == "failed" and 5 < last[0].step < 200
    assert "no longer a number" in last[0].message or "not finite" in last[0].message
    assert losses(ends[0]) == losses(ends[1]) and all(map(math.isfinite, losses(ends[0])))
    assert finished(train_all(runs[0])) == last[0]  # trying again meets the same wall at the same step
    for checkpoint in runs[0].checkpoints():
        checkpoints.verify(checkpoint)
        for file in ("model.safetensors", "training/optimizer.safetensors"):
            assert all(bool(tensor.isfinite().all()) for tensor in load_file(checkpoint.folder / file).values())


def test_a_loss_that_is_no_number_stops_before_anything_is_kept(place: Project) -> None:
    """Weights that the manifest vouches for, but that are no numbers: as if memory had failed before the save."""
    from safetensors.torch import load_file, save_file

    run = make_run(place)
    train_until(run, 4)
    folder = run.checkpoint(4).folder
    weights = load_file(folder / "model.safetensors")
    weights["model.norm.weight"][0] = float("inf")
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    vouch(run, 4)
    before = sorted(path.name for path in run.checkpoints_folder.iterdir())
    happened = train_all(run)
    end = finished(happened)
    assert (end.outcome, end.step) == ("failed", 4)
    assert "at step 5" in end.message and "half the learning rate (0.0015)" in end.message
    assert losses(happened) == []
    assert sorted(path.name for path in run.checkpoints_folder.iterdir()) == before
    assert isinstance(list(event_log.read(run.events_file))[-1], events.RunFinished)


def vouch(run: Run, step: int) -> None:
    """Rewrites the manifest for the files as they are now."""
    checkpoint = run.checkpoint(step)
    manifest = json.loads(checkpoint.manifest_file.read_text(encoding="utf-8"))
    for name in manifest["files"]:
        path = checkpoint.folder / name
        manifest["files"][name] = [path.stat().st_size, checkpoints.sha256(path)]
    checkpoint.manifest_file.write_text(json.dumps(manifest), encoding="utf-8")
    checkpoints.verify(checkpoint)


# --- learning ---


def test_the_loss_falls(place: Project) -> None:
    run = make_run(place, "train.steps=80", "train.mark_every=40", "train.learning_rate=0.01", "train.batch=8")
    happened = train_all(run)
    vocabulary = dataset.Prepared.load(place.prepared_folder / run.config().prepared).vocabulary
    steps = losses(happened)
    assert len(steps) == 80 and abs(steps[0] - math.log(vocabulary)) < 0.3  # it begins by knowing nothing
    assert steps[-1] < steps[0] - 2
    heldout = [event.loss for event in happened if isinstance(event, events.Evaluated)]
    assert len(heldout) == 2 and heldout[1] < heldout[0] < steps[0]
    assert finished(happened).outcome == "finished" and finished(happened).best_step == 80


def test_events_come_in_their_order(place: Project) -> None:
    run = make_run(place, "train.steps=3", "train.mark_every=2", 'train.prompts=["The", ""]')
    happened = [type(event).__name__ for event in train_all(run)]
    mark = ["StepDone", "Evaluated", "SampleWritten", "SampleWritten", "CheckpointSaved"]
    advised = [*mark[:2], "Advised", *mark[2:]]  # the second mark is better than the first, and the coach says so
    assert happened == ["RunStarted", "StepDone", *mark, *advised, "RunFinished"]


def test_a_batch_in_parts_teaches_what_it_teaches_at_once(place: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    whole, parts = make_run(place, "train.batch=6"), make_run(place, "train.batch=6")
    expected = train_all(whole)
    monkeypatch.setattr(steps, "free_memory", lambda: 4)  # room for one passage at a time, as on a small machine
    happened = train_all(parts)
    assert (started(expected).accumulation, started(happened).accumulation) == (1, 6)
    assert losses(happened) == pytest.approx(losses(expected), rel=1e-5)


@pytest.mark.parametrize("precision", ["bf16", "fp16"])
def test_half_precision_learns_too(place: Project, precision: str) -> None:
    exact, fast = (
        make_run(place, f"train.precision={one}", "train.label_smoothing=0.1") for one in ("fp32", precision)
    )
    first, second = losses(train_all(exact)), losses(train_all(fast))
    assert first != second and first == pytest.approx(second, abs=0.05)


@pytest.mark.parametrize("limit", [0.25, 0.0, 1000.0])
def test_gradients_are_clipped_to_the_limit(place: Project, monkeypatch: pytest.MonkeyPatch, limit: float) -> None:
    lengths: list[tuple[float, float]] = []  # before, as returned, and after
    whole = steps.Learner._clipped

    def clipped(self: steps.Learner, step: int, passages: torch.Tensor) -> tuple[float, float]:
        loss, norm = whole(self, step, passages)
        left = [p.grad for p in self._parameters if p.grad is not None]
        lengths.append((norm, float(torch.nn.utils.get_total_norm(left))))
        return loss, norm

    monkeypatch.setattr(steps.Learner, "_clipped", clipped)
    train_all(make_run(place, f"train.clip={limit}"))
    assert len(lengths) == 12 and all(before > 0.25 for before, _ in lengths)
    for before, after in lengths:
        assert after == pytest.approx(min(before, limit or math.inf), rel=1e-4)


def test_an_overflow_in_fp16_scales_the_loss_down_and_loses_no_step(
    place: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    run, scaled = (make_run(place, "train.precision=fp16", "train.clip=0") for _ in range(2))
    expected = losses(train_all(run))
    monkeypatch.setattr(steps, "FIRST_SCALE", 2.0**50)  # far beyond what gradients in fp16 can hold
    monkeypatch.setattr(steps, "SCALE_AGAIN", 3)
    assert losses(train_all(scaled)) == pytest.approx(expected, rel=1e-3)
    scales = [
        json.loads((c.folder / "training" / "state.json").read_text())["loss_scale"] for c in scaled.checkpoints()
    ]
    assert all(2.0**8 < scale < 2.0**40 for scale in scales)


def test_a_step_in_fp16_whose_loss_is_no_number_fails_at_once(place: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[int] = []
    whole = steps.Learner._gradients

    def gradients(self: steps.Learner, step: int, passages: torch.Tensor) -> torch.Tensor:
        tried.append(step)
        loss = whole(self, step, passages)
        for parameter in self._parameters if step == 3 else []:
            assert parameter.grad is not None
            parameter.grad.fill_(math.inf)
        return loss * (math.inf if step == 3 else 1)

    monkeypatch.setattr(steps.Learner, "_gradients", gradients)
    happened = train_all(make_run(place, "train.precision=fp16"))
    assert finished(happened).outcome == "failed" and "at step 3" in finished(happened).message
    assert tried.count(3) == 1


def test_a_launch_that_splits_the_model_in_another_way_is_refused() -> None:
    """What accelerate says of itself in such a launch, which needs packages or graphics cards to begin."""

    def refuse(kind: DistributedType, fsdp2: bool = False) -> None:
        device.refuse_unknown_shards(SimpleNamespace(distributed_type=kind, is_fsdp2=fsdp2))

    refuse(DistributedType.MULTI_CPU)
    refuse(DistributedType.FSDP, fsdp2=True)
    for kind in (DistributedType.FSDP, DistributedType.DEEPSPEED):
        with pytest.raises(EngineError, match=f"launched with {kind.value}, which splits the model .* FSDP in version"):
            refuse(kind)


def test_texts_that_were_prepared_anew_are_refused_at_once(place: Project, tmp_path: Path) -> None:
    from textgen_gui.engine.training.train import train

    run = make_run(place)
    text = run.config_file.read_text(encoding="utf-8")
    run.config_file.write_text(text.replace(run.config().data, "another"), encoding="utf-8")
    with pytest.raises(ProjectError, match="prepared anew"):
        train(run, never)  # before the first event: nothing in a generator runs until it is asked for one


def test_what_is_written_with_is_the_mean_of_the_last_steps(place: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """Computed once more from a run that saves the weights of every step."""
    monkeypatch.setattr(averaging, "EVERY", 3)
    run, each = make_run(place, "train.average=0.7"), make_run(place, "train.mark_every=1")
    train_all(run)
    seen: dict[int, dict[str, torch.Tensor]] = {}
    for event in train_module.train(each, never):
        if isinstance(event, events.CheckpointSaved):
            seen[event.step] = load_file(each.checkpoint(event.step).folder / "model.safetensors")
    mean, plain = (
        load_file(run.checkpoint(12).folder / f"{name}.safetensors") for name in ("model", "training/weights")
    )
    for name, weight in mean.items():
        expected = sum(seen[step][name] for step in (6, 9, 12)) / 3  # steps above 12 * 0.3 that divide by 3
        assert torch.allclose(weight, torch.as_tensor(expected), atol=1e-7)
        assert torch.equal(plain[name], seen[12][name])


# --- several processes ---


@pytest.mark.slow
@pytest.mark.parametrize(
    ("architecture", "environment"),
    [
        pytest.param(
            "llama",
            {},
            id="llama",
        ),
        pytest.param("gpt2", {"ACCELERATE_USE_CPU": "true"}, id="gpt2"),
    ],
)
def test_two_processes_learn_what_one_does(place: Project, architecture: str, environment: dict[str, str]) -> None:
    settings = [f"model.architecture={architecture}", "train.batch=6"]
    one, two = make_run(place, *settings), make_run(place, *settings)
    expected = train_all(one)
    launch = ["-m", "torch.distributed.run", "--standalone", "--nproc_per_node=2", "-m", "textgen_gui"]
    child = python(*launch, "train", str(two.folder), environment={**ENVIRONMENT, **environment})
    output, problems = child.communicate(timeout=200)
    assert child.returncode == 0, output + problems[-2000:]
    happened = list(event_log.read(two.events_file))
    assert started(expected).processes == 1 and started(happened).processes == 2
    assert len(losses(happened)) == 12
    assert losses(happened) == pytest.approx(losses(expected), rel=1e-5)
    scored = [[e.loss for e in part if isinstance(e, events.Evaluated)] for part in (expected, happened)]
    assert len(scored[0]) == 3 and scored[1] == pytest.approx(scored[0], rel=1e-5)
    assert finished(happened).outcome == "finished"
    assert checkpoints.newest_good(two) == (two.checkpoint(12), [])


@pytest.mark.slow
def test_a_launch_may_ask_for_torch_compile(place: Project) -> None:
    """As accelerate's configuration says it; without a backend that needs a compiler."""
    plain, compiled = (make_run(place, "train.clip=0.5") for _ in range(2))
    expected = train_all(plain)
    environment = {**ENVIRONMENT, "ACCELERATE_DYNAMO_BACKEND": "eager"}
    child = python("-m", "textgen_gui", "train", str(compiled.folder), environment=environment)
    output, problems = child.communicate(timeout=200)
    assert child.returncode == 0, output + problems[-2000:]
    assert "kernels.py" not in problems  # of the quick pass, which the compiler warns of and inductor cannot take
    assert losses(list(event_log.read(compiled.events_file))) == pytest.approx(losses(expected), rel=1e-5)


@pytest.mark.slow
def test_a_run_goes_on_with_another_number_of_processes(place: Project) -> None:
    """Stopped in one process, stopped again in two, finished in one: the losses of a run that was left alone."""
    alone, moved = (make_run(place, "train.batch=6", "train.steps=300", "train.mark_every=100") for _ in range(2))
    expected = train_all(alone)
    train_until(moved, 40)
    seen: list[events.Event] = []

    def enough() -> bool:
        return any(isinstance(event, events.StepDone) and event.step >= 60 for event in seen)

    for event in launched(moved, 2, enough):
        seen.append(event)
    assert started(seen).processes == 2 and started(seen).resumed_from == 40
    assert finished(seen).outcome == "stopped" and 60 <= finished(seen).step < 300
    happened = train_all(moved)
    assert started(happened).processes == 1 and started(happened).resumed_from == finished(seen).step
    assert losses(list(event_log.read(moved.events_file))) == pytest.approx(losses(expected), rel=1e-5)


def train_split(run: Run, until: int) -> list[events.Event]:
    """In a launch on two processes that splits the model (FSDP 2); asked to stop once ``until`` is done."""
    launch = ["-m", "torch.distributed.run", "--standalone", "--nproc_per_node=2", "-m", "tests.split_job"]
    child = python(*launch, "train", str(run.folder), "--json")
    assert child.stdout and child.stderr
    happened: list[events.Event] = []
    for line in child.stdout:
        event = event_log.from_json(line)
        happened += [event] if event else []
        if isinstance(event, events.StepDone) and event.step == until:
            child.send_signal(signal.SIGTERM)
    assert happened, child.communicate(timeout=60)[1][-2000:]
    child.communicate(timeout=60)
    return happened


@pytest.mark.slow
@pytest.mark.parametrize("architecture", ["llama", "gpt2"])
def test_a_split_model_learns_what_a_whole_one_does(place: Project, architecture: str) -> None:
    """With clipping, weight decay and averaging; stopped and resumed while split, finished in one piece."""
    settings = [f"model.architecture={architecture}", "train.batch=6", "train.clip=0.5", "train.average=0.9"]
    alone, moved = (make_run(place, *settings, "train.steps=90", "train.mark_every=20") for _ in range(2))
    expected = train_all(alone)
    for until, resumed_from in ((30, 0), (60, 30)):
        happened = train_split(moved, until)
        assert started(happened).processes == 2 and started(happened).resumed_from >= resumed_from
        assert finished(happened).outcome == "stopped" and until <= finished(happened).step < 90
        assert checkpoints.newest_good(moved) == (moved.checkpoint(finished(happened).step), [])
    rest = train_all(moved)
    assert started(rest).processes == 1 and started(rest).resumed_from == finished(happened).step
    written = list(event_log.read(moved.events_file))
    assert losses(written) == pytest.approx(losses(expected), rel=1e-5)
    scored = [[e.loss for e in part if isinstance(e, events.Evaluated)] for part in (expected, written)]
    assert len(scored[0]) == 5 and scored[1] == pytest.approx(scored[0], rel=1e-5)


@pytest.mark.slow
def test_a_launch_that_fails_says_why(place: Project) -> None:
    with pytest.raises(EngineError, match="cannot be shared"):
        list(launched(make_run(place, "train.batch=3"), 2, never))


def test_a_process_that_fails_alone_does_not_end_as_if_all_were_well(
    place: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The others wait for it in a launch; its exit code is what makes the launcher stop them."""
    monkeypatch.setenv("RANK", "1")
    with pytest.raises(EngineError, match=r"no longer a number|not finite"):
        list(train_module.recorded(make_run(place, *diverging), never))


def test_a_batch_that_processes_cannot_share_is_refused(place: Project) -> None:
    from textgen_gui.engine.training.step import micro_batch_for

    config = make_run(place, "train.batch=6").config()
    with pytest.raises(EngineError, match="batch of 6 passages cannot be shared by 4 processes"):
        micro_batch_for(config, 500, 4)
    assert micro_batch_for(config, 500, 2) == 3


@pytest.mark.parametrize(("seconds", "calls"), [(0.01, 3), (0.4, 1)])
def test_thread_counts_are_compared_in_turn_but_long_steps_once(
    monkeypatch: pytest.MonkeyPatch, seconds: float, calls: int
) -> None:
    measured: list[int] = []

    def took(threads: int, work: object) -> float:
        measured.append(threads)
        return seconds / threads + (0.5 * seconds if len(measured) == 2 else 0)  # a hiccup at the second measurement

    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    monkeypatch.setattr(device, "cores", lambda: 2)
    monkeypatch.setattr(device, "_seconds", took)
    before = torch.get_num_threads()
    try:
        assert device.choose_threads(lambda: None) == (2 if calls > 1 else 1)
    finally:
        torch.set_num_threads(before)
    assert measured == [1, 2] * calls


# --- the batch ---


def counting(length: int) -> npt.NDArray[np.unsignedinteger]:
    """A text whose tokens are their own positions."""
    return np.arange(length, dtype=np.uint32)


def batch(
    tokens: npt.NDArray[np.unsignedinteger], seed: int, step: int, rows: int, context: int, *parts: Part
) -> npt.NDArray[np.int64]:
    return dataset.batch(tokens, parts or (Part("all", "", 0, len(tokens), 1.0),), seed, step, rows, context)


def test_the_batch_is_a_function_of_its_arguments() -> None:
    tokens = counting(1000)
    first = batch(tokens, 1, 5, 8, 16)
    np.random.seed(0)  # what others do to global state must not matter
    for step in (1, 900, 3):
        batch(tokens, 2, step, 8, 16)
    assert np.array_equal(batch(tokens, 1, 5, 8, 16), first)
    assert first.shape == (8, 17) and first.dtype == np.int64
    assert not np.array_equal(batch(tokens, 2, 5, 8, 16), first)
    assert not np.array_equal(batch(tokens, 1, 6, 8, 16), first)
    assert np.array_equal(tokens, counting(1000))


@pytest.mark.parametrize(
    ("length", "context", "rows"), [(1000, 16, 8), (161, 16, 5), (17, 16, 1), (33, 16, 7), (100, 8, 3)]
)
def test_each_passage_comes_once_an_epoch_and_lies_in_the_text(length: int, context: int, rows: int) -> None:
    tokens, passages = counting(length), (length - 1) // context
    steps = -(-3 * passages // rows)  # three epochs
    read = np.concatenate([batch(tokens, 7, step, rows, context) for step in range(1, steps + 1)])
    assert (np.diff(read, axis=1) == 1).all() and read.min() >= 0 and read.max() < length
    for epoch in range(3):
        starts = sorted(read[epoch * passages : (epoch + 1) * passages, 0].tolist())
        assert len(set(starts)) == passages
        # One grid, shifted; only the last passage slides back to stay inside, over its neighbour.
        gaps = np.diff(starts)
        assert (gaps[:-1] == context).all() and (len(gaps) == 0 or 0 < gaps[-1] <= context)


def test_the_borders_move_from_epoch_to_epoch() -> None:
    tokens = counting(1000)
    offsets = {int(batch(tokens, 1, epoch + 1, 62, 16)[:, 0].min()) for epoch in range(8)}
    assert len(offsets) > 3


def test_the_order_is_another_in_each_epoch_and_with_each_seed() -> None:
    tokens = counting(1000)
    orders = [tuple(batch(tokens, seed, epoch + 1, 62, 16)[:, 0] // 16) for seed in (1, 2) for epoch in (0, 1)]
    assert len(set(orders)) == 4


@pytest.mark.parametrize("count", [1, 2, 3, 5, 16, 17, 1000])
def test_a_shuffled_order_has_everything_once(count: int) -> None:
    orders = [[dataset.shuffled(number, count, key) for number in range(count)] for key in (1, 2)]
    assert sorted(orders[0]) == sorted(orders[1]) == list(range(count))
    assert count < 16 or orders[0] != orders[1] != list(range(count))


@pytest.mark.parametrize("shares", [(0.5, 0.5), (0.7, 0.2, 0.1), (0.999, 0.001), (1 / 3, 1 / 3, 1 / 3)])
def test_parts_are_read_in_their_shares(shares: tuple[float, ...]) -> None:
    lengths = (40_000, 500, 3_000)[: len(shares)]
    ends = list(itertools.accumulate(lengths))
    parts = [
        Part(str(n), "", end - length, end, share)
        for n, (length, end, share) in enumerate(zip(lengths, ends, shares, strict=True))
    ]
    read = np.concatenate([batch(counting(ends[-1]), 3, step, 20, 16, *parts) for step in range(1, 401)])
    assert (np.diff(read, axis=1) == 1).all()
    for part in parts:
        inside = (read >= part.start) & (read < part.end)
        assert (inside.all(axis=1) == inside.any(axis=1)).all(), "a passage reaches over a border"
        assert abs(inside.mean() - part.share) < 0.001
        if part.end - part.start < 20_000:  # read often enough to have been everywhere
            assert len(np.unique(read[inside])) > 0.9 * (part.end - part.start) or part.share < 0.01


# --- the learning rate ---


def rates(**settings: float) -> list[float]:
    from textgen_gui.engine.training.schedule import learning_rate

    config = TrainConfig(steps=100, learning_rate=0.01, **settings)  # type: ignore[arg-type]
    return [learning_rate(config, step) for step in range(1, 101)]


def test_the_learning_rate_rises_stays_and_falls() -> None:
    found = rates(warmup=0.1, decay=0.5)
    assert found[0] == pytest.approx(0.001)  # the first of ten steps up
    assert found[9] == found[30] == found[50] == 0.01
    assert found[51] < 0.01 and found[-1] == pytest.approx(0.01 / 50)  # the last of fifty steps down, not yet zero
    assert np.allclose(np.diff(found[:10]), 0.001) and np.allclose(np.diff(found[50:]), -0.0002)


def test_other_schedules() -> None:
    from textgen_gui.engine.training.schedule import learning_rate

    def rates(schedule: str) -> list[float]:
        config = TrainConfig(steps=100, learning_rate=1.0, warmup=0.1, decay=0.5, schedule=schedule)
        return [learning_rate(config, step) for step in range(1, 101)]

    assert rates("constant")[9:] == [1.0] * 91 and rates("constant")[4] == pytest.approx(0.5)
    cosine = rates("cosine")
    assert cosine[:51] == rates("linear")[:51] and cosine[75] == pytest.approx(0.5, abs=0.02)
    assert 0 < cosine[99] < 0.002 and all(a >= b for a, b in itertools.pairwise(cosine[50:]))


def test_label_smoothing_asks_for_less_certainty(place: Project) -> None:
    plain, smooth = make_run(place, "train.steps=1"), make_run(place, "train.steps=1", "train.label_smoothing=0.3")
    first, second = losses(train_all(plain)), losses(train_all(smooth))
    assert first != second and first == pytest.approx(second, rel=0.05)  # an untrained model knows nothing either way


def test_muon_moves_matrices_by_orthogonal_ones_and_learns(place: Project) -> None:
    from textgen_gui.engine.training.optimizer import orthogonal

    for dtype, slack in ((torch.float32, 0.2), (torch.bfloat16, 0.25)):
        tall, wide = orthogonal([torch.randn(48, 20), torch.randn(20, 48)], dtype)
        assert tall.shape == (48, 20) and wide.shape == (20, 48)
        for matrix in (tall, wide):
            assert ((torch.linalg.svdvals(matrix) - 1).abs() < slack).all()
    gradient = torch.randn(20, 48)
    (made,) = orthogonal([gradient], torch.float32)
    u, _, v = torch.linalg.svd(gradient, full_matrices=False)
    assert torch.nn.functional.cosine_similarity(made.flatten(), (u @ v).flatten(), dim=0) > 0.99
    found = losses(train_all(make_run(place, "train.optimizer=muon", "train.steps=60")))
    assert found[-1] < found[0] - 1


def test_the_ends_of_the_learning_rate() -> None:
    assert rates(warmup=0.0, decay=0.0) == [0.01] * 100
    for warmup, decay in ((1.0, 0.0), (0.0, 1.0), (1.0, 1.0), (0.02, 0.7)):
        found = rates(warmup=warmup, decay=decay)
        assert all(0 < rate <= 0.01 for rate in found), (warmup, decay)  # a step without learning would be for nothing
