"""Save, verify, load and prune checkpoints.

Whole or absent: written into a temporary folder, fsynced, the manifest last, then renamed. A checkpoint is good when
every file has the size and SHA-256 that its manifest says; what is loaded is the newest good one.
"""

import contextlib
import copy
import functools
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer
from torch.distributed.tensor import DTensor, distribute_tensor

from ..core import atomic_io, bounded, event_log, events, manifest
from ..core.best import rank
from ..core.config import RunConfig
from ..core.errors import CheckpointError, DamagedError
from ..core.manifest import sha256 as sha256
from ..core.model_folder import tokenizer_files
from ..core.project import Checkpoint, Run
from ..text import special_tokens
from . import base, made_with, tensors
from .model import context, saved_bytes, stored_dtype
from .state import FILE as STATE
from .state import State, best_step, state_from
from .stock import PreTrainedModel, PreTrainedTokenizerFast

FORMAT, BESIDE_BASE = 1, 2  # whole; with what LoRA learnt only, which earlier versions cannot open
WEIGHTS, PLAIN = "model.safetensors", base.LEARNT  # to write with; to go on with, where they differ
MEANS = "training/means.safetensors"  # of the weights, where those to write with hold them with fewer digits
PINNED = "pinned"  # a file that lies in a checkpoint which must not be removed
SECTIONS = ("start", "model", "train")  # of run.toml, that decide what becomes of it
free_to_change = {
    "prompts",
    "sample_tokens",
    "mark_every",
    "save_every",
    "sample_every",
    "patience",
    "save_memory",
}  # these change what is shown, not what is learnt


def save(
    run: Run,
    model: PreTrainedModel,
    tokenizer: Tokenizer,
    moments: Mapping[torch.Tensor, Mapping[str, torch.Tensor]],
    state: State,
    config: RunConfig,
    plain: Sequence[torch.Tensor] = (),
) -> Checkpoint:
    """A complete Hugging Face folder plus training/; of LoRA, only what was learnt, and the name of what it adds to.

    Raises CheckpointError for weights that are not finite.

    ``tokenizer``: the one that the run began with, so that a file which changes meanwhile changes nothing.
    ``moments``: the state of the optimizer, by weight. ``plain``: the weights that training goes on with, where the
    model shows their mean.
    """
    _refuse_not_finite(model, moments, state.step)
    checkpoint = run.checkpoint(state.step)
    needed = saved_bytes(model, beside=config.start.lora > 0) + 2 * len(tokenizer.to_str())
    atomic_io.check_space(run.folder, needed)
    with atomic_io.new_folder(checkpoint.folder) as folder:
        if config.start.lora:
            _save_beside(vars(model)["base_files"], model, folder, config.start.lora)
        else:
            save_to_write_with(model, folder)
        _save_tokenizer(tokenizer, context(model), folder)
        (folder / "training").mkdir()
        learnt = {name: p.detach() for name, p in model.named_parameters() if p.requires_grad}
        exact = not config.start.lora and _holds(folder / WEIGHTS, learnt)
        if plain or not exact:
            values = zip(learnt, plain or learnt.values(), strict=True)
            save_file({name: p.contiguous() for name, p in values}, folder / PLAIN)
        if plain and not exact:
            save_file({name: p.contiguous() for name, p in learnt.items()}, folder / MEANS)
        _save_moments(model, moments, folder)
        manifest.write_json(folder / "training" / "state.json", {**asdict(state), "config": _plain(config)})
        manifest.write_json(folder / manifest.NAME, _manifest(folder))
    return checkpoint


def _refuse_not_finite(
    model: PreTrainedModel, moments: Mapping[torch.Tensor, Mapping[str, torch.Tensor]], step: int
) -> None:
    if not all(torch.isfinite(p).all() for p in model.parameters()):
        raise CheckpointError(f"The weights at step {step:,} are not finite, so they were not saved.")
    if not all(torch.isfinite(value).all() for values in moments.values() for value in values.values()):
        raise CheckpointError(f"The optimizer at step {step:,} is not finite, so it was not saved.")


def _save_moments(
    model: PreTrainedModel, moments: Mapping[torch.Tensor, Mapping[str, torch.Tensor]], folder: Path
) -> None:
    names = {id(p): name for name, p in model.named_parameters()}
    by_name = {
        f"{names[id(p)]}.{key}": value.contiguous() for p, values in moments.items() for key, value in values.items()
    }
    save_file(by_name, folder / "training" / "optimizer.safetensors")


def _save_beside(own_base: manifest.Listed, model: PreTrainedModel, folder: Path, rank: int) -> None:
    """The configuration as it is beside weights, and where those lie."""
    config = copy.deepcopy(model.config)
    config.dtype, config.architectures = stored_dtype(model), [type(model).__name__]
    config.save_pretrained(folder)
    base.name_in(folder, own_base, rank)


def save_to_write_with(model: PreTrainedModel, folder: Path) -> None:
    """In the precision and under the names that the model came with from elsewhere; in fp32 where it began here."""
    learning = [p.data for p in model.parameters()]
    try:
        for parameter in model.parameters():
            parameter.data = parameter.data.to(stored_dtype(model))
        model.save_pretrained(folder)
    finally:
        for parameter, data in zip(model.parameters(), learning, strict=True):
            parameter.data = data


def _holds(file: Path, weights: Mapping[str, torch.Tensor]) -> bool:
    """Whether the file holds just these numbers under just these names, so that training can go on with it."""
    if not file.exists():  # as when they are too many for one file
        return False
    with safe_open(file, framework="pt") as saved:
        names = set(saved.keys())
        return weights.keys() <= names and all(
            (kept := saved.get_tensor(name)).dtype == value.dtype and torch.equal(kept, value.cpu())
            for name, value in weights.items()
        )


def _save_tokenizer(tokenizer: Tokenizer, length: int, folder: Path) -> None:
    special = special_tokens.of(tokenizer)
    if special.files:
        tokenizer.save(str(folder / "tokenizer.json"))
        special.save(folder)
        return
    end = tokenizer.id_to_token(special.ends[0])
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, bos_token=end, eos_token=end, model_max_length=length
    ).save_pretrained(folder)


def _manifest(folder: Path) -> dict[str, Any]:
    version = BESIDE_BASE if (folder / base.NAME).exists() else FORMAT
    return {"format": version, "made_with": made_with.now(), "files": manifest.files_of(folder)}


def verify(checkpoint: Checkpoint) -> None:
    """Raises CheckpointError that names the first file which is not as it was written."""
    where = checkpoint.folder
    try:
        manifest = bounded.read_json(checkpoint.manifest_file, bounded.LISTS)
        files = {name: (size, digest) for name, (size, digest) in manifest["files"].items()}
        version = manifest["format"]
    except (FileNotFoundError, bounded.UnfitError, ValueError, KeyError, TypeError, AttributeError) as problem:
        raise DamagedError(f"Checkpoint {where.name} is damaged: its manifest cannot be read.") from problem
    if version not in (FORMAT, BESIDE_BASE):
        raise CheckpointError(f"Checkpoint {where.name} was made by a newer version of this program. Update it.")
    odd = (path for path in where.rglob("*") if path.exists() and not path.is_file() and not path.is_dir())
    if (pipe := next(odd, None)) is not None:  # whether it is listed or not: native code would wait for it
        raise DamagedError(f"Checkpoint {where.name} is damaged: {pipe.name} is no regular file.")
    for name, (size, digest) in files.items():
        path = where / name
        if not path.is_file():
            raise DamagedError(f"Checkpoint {where.name} is damaged: {name} is missing.")
        # What the disk does not give now is no damage: another checkpoint in its stead would write another text.
        if path.stat().st_size != size or sha256(path) != digest:
            raise DamagedError(f"Checkpoint {where.name} is damaged: {name} is not as it was saved.")


def newest_good(run: Run) -> tuple[Checkpoint | None, list[str]]:
    """The newest checkpoint that verifies, and a sentence for each newer one that is damaged.

    Raises CheckpointError for one that a newer version of the program made: what it has learnt is not learnt again.
    """
    refused: list[str] = []
    for checkpoint in reversed(run.checkpoints()):
        try:
            verify(checkpoint)
            return checkpoint, refused
        except DamagedError as problem:
            refused.append(f"{problem} Going back to the one before it; the steps since then are repeated.")
    return None, refused


def restore(
    checkpoint: Checkpoint, model: PreTrainedModel, optimizer: torch.optim.Optimizer, config: RunConfig
) -> tuple[State, list[torch.Tensor]]:
    """Puts weights and optimizer state back; returns the rest, and the mean of the weights where there is one.

    Raises CheckpointError when run.toml was changed in between.
    """
    try:
        saved = bounded.read_json(checkpoint.folder / "training" / "state.json")
        before, state = _sections(saved.pop("config")), state_from(saved)
        beside = (checkpoint.folder / PLAIN).exists()
        weights = load_file(checkpoint.folder / (PLAIN if beside else WEIGHTS))
        means = MEANS if (checkpoint.folder / MEANS).exists() else WEIGHTS
        shown = load_file(checkpoint.folder / means) if state.averaged else {}
        moments = load_file(checkpoint.optimizer_file)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError, SafetensorError) as problem:
        raise CheckpointError(f"Checkpoint {checkpoint.folder.name} cannot be read.") from problem
    _refuse_changes(before, _plain(config))
    where, learning = f"Checkpoint {checkpoint.folder.name}", _learning(model)
    tensors.refuse_other_weights(where, weights, learning)
    tensors.refuse_other_moments(where, moments, learning)
    if shown:
        tensors.refuse_other_weights(where, shown, learning)
    with torch.no_grad():
        for name, parameter in learning.items():
            parameter.copy_(_beside(parameter, weights[name]))
            mine = [key for key in tensors.MOMENTS if f"{name}.{key}" in moments]
            optimizer.state[parameter] = {key: _beside(parameter, moments[f"{name}.{key}"]) for key in mine}
            if f"{name}.step" in moments:
                optimizer.state[parameter]["step"] = moments[f"{name}.step"].to(parameter.device, copy=True)
    return state, [_beside(p, shown[name]) for name, p in learning.items()] if shown else []


def _sections(saved: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Raises ValueError, TypeError or AttributeError for what are no settings."""
    return {name: dict(saved[name]) for name in SECTIONS if saved.get(name) is not None}


def _learning(model: PreTrainedModel) -> dict[str, torch.nn.Parameter]:
    return {name: p for name, p in model.named_parameters() if p.requires_grad}


def _beside(parameter: torch.Tensor, value: torch.Tensor) -> torch.Tensor:
    """A copy where ``parameter`` lies, because Windows keeps a file that is mapped into memory; split as it is."""
    copy = value.to(parameter.device, copy=True)
    if not isinstance(parameter, DTensor):
        return copy
    part = distribute_tensor(copy, parameter.device_mesh, parameter.placements, src_data_rank=None)
    return part.to(parameter.device)


def _plain(config: RunConfig) -> dict[str, Any]:
    plain: dict[str, Any] = bounded.parse_json(json.dumps(asdict(config)))
    return plain


def _refuse_changes(before: dict[str, Any], now: dict[str, Any]) -> None:
    usual = _plain(RunConfig())  # what a setting was that an older version did not know
    changed = [
        f"{section}.{key}"
        for section in SECTIONS
        for key in now[section]
        if key not in free_to_change
        and before.get(section, now[section]).get(key, usual[section].get(key)) != now[section][key]
    ]
    if changed:
        raise CheckpointError(
            f"run.toml was changed after this run began ({', '.join(changed)}). Put it back, or start a new run."
        )


def prune(run: Run, saved: int, best_step: int, resumed_from: int) -> None:
    """Keeps the latest two up to the step just ``saved``, the best, the one resumed from, the last of each generation,
    from which later ones learn, and pinned ones; also damaged ones of later steps, from before it was resumed. Called
    only after a save has succeeded.
    """
    checkpoints = run.checkpoints()
    steps = [checkpoint.step for checkpoint in checkpoints]
    latest = [step for step in steps if step <= saved][-2:]
    keep = {best_step, resumed_from, *latest, *(step for step in steps if step > saved)}
    keep |= {c.step for c in last_of_each(run).values()}
    for checkpoint in checkpoints:
        if checkpoint.step not in keep and not (checkpoint.folder / PINNED).exists():
            atomic_io.remove_folder(checkpoint.folder)


def weights_of(run: Run, generation: int) -> dict[str, torch.Tensor]:
    """Those to write with, by which a generation ended. Raises CheckpointError where they are damaged or gone."""
    try:
        checkpoint = last_of_each(run)[generation]
        verify(checkpoint)
        return load_file(checkpoint.folder / WEIGHTS)
    except (KeyError, CheckpointError, SafetensorError, OSError) as problem:
        why = f" {problem}" if isinstance(problem, CheckpointError) else ""
        raise CheckpointError(
            f"Model {generation + 1} of this run, from which it learns, is damaged or missing.{why} Without it the run "
            "cannot go on exactly. Its other checkpoints stay as they are: write with one of them, or start a new run."
        ) from problem


def last_of_each(run: Run) -> dict[int, Checkpoint]:
    """By generation, as far as they can be read."""
    found = {}
    for checkpoint in run.checkpoints():
        with contextlib.suppress(OSError, ValueError, TypeError, AttributeError):
            found[state_from(bounded.read_json(checkpoint.folder / STATE)).generation] = checkpoint
    return found


@dataclass(frozen=True, slots=True)
class Found:
    """What is loaded where a model is asked for. ``instead``: in words, which better one is damaged; "" for none."""

    checkpoint: Checkpoint
    instead: str = ""


def find(chosen: Run | Checkpoint) -> Found:
    """The checkpoint itself once it verifies; of a run the one with the least held-out loss that is whole, or without
    losses the newest. A model folder from elsewhere has no manifest.
    """
    if isinstance(chosen, Run):
        return _found(chosen)
    if chosen.manifest_file.exists() or chosen.run:
        _verify_once(chosen, fingerprint(chosen))
    return Found(chosen)


def good(chosen: Run | Checkpoint) -> Checkpoint:
    """The same, for who need not tell that it is not the best."""
    return find(chosen).checkpoint


def best(run: Run) -> Checkpoint:
    return _found(run).checkpoint


def _found(run: Run, *, again: bool = True) -> Found:
    seen = event_log.read(run.events_file, events.Evaluated)
    losses = {e.step: e.loss for e in seen if isinstance(e, events.Evaluated)}
    known = best_step(run)
    ordered = sorted(run.checkpoints(), key=lambda c: (c.step != known, rank(c.step, losses.get(c.step))))
    refusal: CheckpointError | None = None  # of the best
    for checkpoint in ordered:
        try:
            if named := base.named_in(checkpoint.folder):
                named.refuse_damaged()
            return Found(good(checkpoint), f"{refusal} Step {checkpoint.step:,} is taken instead." if refusal else "")
        except CheckpointError as problem:
            if again and not checkpoint.folder.exists():  # training has gone on since they were listed
                return _found(run, again=False)
            refusal = refusal or problem
    if isinstance(refusal, DamagedError):
        raise DamagedError(f"{refusal} No checkpoint of “{run.name}” is whole. Bring back a copy, or train it anew.")
    if refusal:
        raise refusal
    if not run.exists():
        raise CheckpointError(f"The run “{run.name}” is gone. Choose another model.")
    raise CheckpointError(f"The run “{run.name}” has no checkpoint to load yet. Train it first.")


Fingerprint = tuple[tuple[str, int, int], ...]  # path, size and time of each file


def fingerprint(checkpoint: Checkpoint) -> Fingerprint:
    """Another one whenever a file was written anew, so that what was read once need not be read for every text."""
    try:
        files = sorted(file for file in checkpoint.folder.rglob("*") if file.name != PINNED)
        return tuple((str(file), file.stat().st_size, file.stat().st_mtime_ns) for file in files)
    except OSError as problem:  # as when training goes on and leaves it out just now
        raise CheckpointError(f"Checkpoint {checkpoint.folder.name} is gone. Choose another one.") from problem


@functools.lru_cache(maxsize=8)
def _verify_once(checkpoint: Checkpoint, written: Fingerprint) -> None:
    verify(checkpoint)


def model_sha256(checkpoint: Checkpoint) -> str:
    """Of all that decides what the model writes: weights, configuration and tokenizer."""
    return _sha256_once(checkpoint, fingerprint(checkpoint))


@functools.lru_cache(maxsize=8)
def _sha256_once(checkpoint: Checkpoint, written: Fingerprint) -> str:
    whole = hashlib.sha256()
    files = [*checkpoint.folder.glob("*.safetensors"), checkpoint.folder / "config.json"]
    if base.named_in(checkpoint.folder):
        files += [checkpoint.folder / base.NAME, checkpoint.folder / PLAIN]
    for file in sorted([*files, *tokenizer_files(checkpoint.folder).files]):
        with atomic_io.refusals(file):
            whole.update(bytes.fromhex(sha256(file)))
    return whole.hexdigest()
