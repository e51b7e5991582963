"""All that a run holds while it trains. ``open_session`` sets it up; the loop in train.py says what comes when."""

import contextlib
import statistics
import time
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

import torch
from accelerate import Accelerator

from ..core import atomic_io, best, events, notes
from ..core.bars import Bar
from ..core.config import Pace, Precision, RunConfig
from ..core.control import never
from ..core.errors import ProjectError
from ..core.generation_config import GenerateConfig
from ..core.project import Checkpoint, Run
from ..core.share_done import share_at
from ..models import base, fsdp
from ..models import checkpoint as checkpoints
from ..models.averaging import Average
from ..models.fast_training import disable_fast_training
from ..models.fsdp import Whole
from ..models.state import State
from ..models.stock import PreTrainedModel
from ..runtime import device
from ..runtime.pace import Pacer, let_others_go_first
from ..text import special_tokens
from ..text import tokenizer as tokenizers
from ..writing import generate as generation
from . import evaluate, measured
from .beginning import early_words, most_steps
from .budget import replanned
from .initial_model import make_model
from .lineage import share_needed
from .optimizer import optimizer_of
from .schedule import begins_short, context_of, stages
from .step import Learner
from .texts import TrainingTexts

RECENT_STEPS = 50  # over which the speed is told


@dataclass(kw_only=True, slots=True)
class TrainingSession:
    """``joined``: a model like the split one, into which the first process puts it together (FSDP only).

    ``saved_at``: the step of the newest checkpoint. ``recent``: how long the last steps took, in seconds;
    ``steps_s``: and all since the run was planned.
    """

    run: Run
    config: RunConfig
    texts: TrainingTexts
    accelerator: Accelerator
    model: PreTrainedModel
    joined: PreTrainedModel | None
    optimizer: torch.optim.Optimizer
    state: State
    average: Average
    learner: Learner
    pacer: Pacer
    resumed_from: int
    saved_at: int
    steps_s: list[float] = field(default_factory=list)
    warned: bool = False
    recent: deque[float] = field(default_factory=lambda: deque(maxlen=RECENT_STEPS))

    def started(self) -> events.RunStarted:
        return events.RunStarted(
            run=self.run.project.relative(self.run.folder),
            device=device.describe(),
            parameters=_parameters(self.model),
            steps=self.config.train.steps,
            processes=self.accelerator.num_processes,
            resumed_from=self.resumed_from,
            threads=self.state.threads,
            precision=_decided(self.config.train.precision),
            micro_batch=self.state.micro_batch,
            accumulation=self.learner.rows // self.state.micro_batch,
            elapsed_s=self.state.elapsed_s,
            done=share_at(self.run.events_file, self.resumed_from) if self.resumed_from else 0.0,
        )

    # --- one step

    def learn(self) -> Iterator[events.Event]:
        """Does the next step. Raises EngineError where nothing of it was kept."""
        self.pacer.use_threads()
        started, step = time.monotonic(), self.state.step + 1
        self._look_back(context_of(self.config, self.state, step))
        loss = self.learner(step)
        self.recent.append(_without_sleep(time.monotonic() - started, self.recent))
        self.steps_s.append(self.recent[-1])
        self.pacer.took(self.recent[-1])
        self.average.take(step)
        self.state.step, self.state.elapsed_s = step, self.state.elapsed_s + self.recent[-1]
        yield events.StepDone(
            step, loss, self.optimizer.param_groups[0]["lr"], self._tokens_per_s(), self.state.elapsed_s
        )
        yield from map(events.Warned, self.learner.warnings)

    def _look_back(self, context: int) -> None:
        """How far a model can that began with short passages: so it is evaluated, so it writes, so it is saved."""
        if not begins_short(self.config):
            return
        for model in filter(None, [self.model, self.joined]):
            model.config.max_position_embeddings = context

    def _tokens_per_s(self) -> float:
        return len(self.recent) * self.config.train.batch * self.config.model.context / sum(self.recent)

    def agreed(self, asked: bool) -> bool:
        """Whether any of the processes asks to end, so that all end at the same step."""
        if self.accelerator.num_processes == 1:
            return asked
        if asked:
            self.accelerator.set_trigger()
        return bool(self.accelerator.check_trigger())

    def has_learnt_out(self) -> bool:
        """Whether nothing was gained for too long. Only the first process evaluates, so the others never know."""
        if not self.accelerator.is_main_process:
            return False
        since = max(self.state.best_step, self.state.generation_began)  # what begins anew may gain nothing for long
        evaluations = (self.state.step - since) / self.config.train.mark_every
        return self.state.best_step > 0 and 0 < self.config.train.patience <= evaluations

    # --- one generation after the other

    def generation_is_over(self) -> bool:
        state, train = self.state, self.config.train
        return state.generation + 1 < train.generations and state.step >= state.generation_end(train)

    def begin_generation(self) -> events.GenerationBegan:
        """Another model begins, with random weights of its own. The one before lies in a checkpoint."""
        self.accelerator.wait_for_everyone()  # until the first process has saved it
        state, train = self.state, self.config.train
        state.generation, state.generation_began = state.generation + 1, state.step
        other = replace(self.config, train=replace(train, seed=train.seed + state.generation))
        begun = make_model(self.run, other, self.texts, None)
        with torch.no_grad():
            for mine, random in zip(self.model.parameters(), begun.parameters(), strict=True):
                mine.copy_(random)
        self.optimizer.state.clear()
        self.average.begin(train)
        return events.GenerationBegan(state.step, state.generation + 1, train.generations)

    def hear_teachers(self) -> Iterator[events.Progressed]:
        """Asks the generations before what this one is to be told, as far as it is not known yet."""
        self.pacer.use_threads()
        teachers, started = self.learner.teachers, time.monotonic()
        for number in range(teachers.known, self.state.generation):
            self._look_back(self.config.model.context)
            for progressed in teachers.hear(self.model, checkpoints.weights_of(self.run, number)):
                self.state.elapsed_s += time.monotonic() - started
                yield progressed
                started = time.monotonic()  # a pause takes no time of the run
        self.state.elapsed_s += time.monotonic() - started

    # --- an evaluation, and a checkpoint

    def evaluation_is_due(self) -> bool:
        step = self.state.step
        ends = (stage.last for stage in stages(self.config.train))
        return step % self.config.train.mark_every == 0 or step in ends or self.generation_is_over()

    def evaluate_beginning(self) -> Iterator[events.Event]:
        """What the model that the run goes on from reaches before any step: forgetting is seen by it."""
        if self.resumed_from or not self.config.start.model or not len(self.texts.heldout):
            return
        self.pacer.use_threads()
        started, whole = time.monotonic(), self._gathered()
        if self.accelerator.is_main_process:
            loss, bits = evaluate.score(whole.model, self.texts.heldout, self.texts.tokenizer)
            yield events.Evaluated(0, loss, bits)
            share = share_needed(self.run.project, self.config.start.model)
            yield events.Baseline(Bar.BEFORE, loss, bits, share)
        self.state.elapsed_s += time.monotonic() - started

    def _is_due(self, every: int) -> bool:
        return every > 0 and self.state.step % every == 0

    def more_is_due(self) -> bool:
        """A checkpoint or samples between evaluations."""
        return self._is_due(self.config.train.save_every) or self._is_due(self.config.train.sample_every)

    def sample_and_save(self) -> Iterator[events.Event]:
        """Whichever is due where no evaluation is."""
        self.pacer.use_threads()
        started, whole, saves = time.monotonic(), self._gathered(), self._is_due(self.config.train.save_every)
        if self.accelerator.is_main_process:
            with whole.average.shown() as plain:
                if self._is_due(self.config.train.sample_every):
                    yield from self._sample(whole.model)
                if saves:
                    yield self._save(whole, plain)
        self.state.elapsed_s += time.monotonic() - started
        self.saved_at = self.state.step if saves else self.saved_at

    def plan_again(self) -> Iterator[events.Event]:
        """How many steps fit into what is left of the time; where it needs less, that is said, and stays with the run.
        Several processes, or a split model, go on as they were planned."""
        if self.accelerator.num_processes > 1 or self.accelerator.is_fsdp2:
            return
        prepared = self.texts.prepared
        most = most_steps(self.config, prepared)
        config = replanned(self.run, self.config, self.state, self.steps_s, most, prepared)
        if config is not self.config:
            self.config = self.learner.config = config
            self.average.plan(config.train)
            yield events.Replanned(self.state.step, config.train.steps, config.train.mark_every)
            if config.train.steps == most:
                yield from map(events.Warned, self._noted(early_words(prepared)))

    def _noted(self, words: str) -> list[str]:
        """What was not said before, which stays with the run; a run is as good without."""
        with contextlib.suppress(ProjectError):
            said = notes.plan(self.run)
            if words not in said:
                notes.write_plan(self.run, f"{said} {words}".strip())
                return [words]
        return []

    def evaluate_and_save(self) -> Iterator[events.Event]:
        self.pacer.use_threads()
        started, whole = time.monotonic(), self._gathered()
        if self.accelerator.is_main_process:
            with whole.average.shown() as plain:
                yield from self._evaluate(whole.model)
                yield self._save(whole, plain)
            yield from self._missing_texts()
        usual = [self.state.evaluation_s] if self.state.evaluation_s else []
        self.state.evaluation_s = _without_sleep(time.monotonic() - started, usual)
        self.state.elapsed_s += self.state.evaluation_s
        self.saved_at = self.state.step

    def save(self) -> Iterator[events.Event]:
        """Nothing where the last step is saved already."""
        if self.state.step == self.saved_at:
            return
        whole = self._gathered()
        if self.accelerator.is_main_process:
            with whole.average.shown() as plain:
                yield self._save(whole, plain)
        self.saved_at = self.state.step

    def _gathered(self) -> Whole:
        """All there is, as an evaluation sees it and a checkpoint holds it: every process comes here."""
        own = Whole(self.model, self.optimizer.state, self.average)
        return fsdp.gathered(own, self.joined, self.config, self.state) if self.accelerator.is_fsdp2 else own

    def _evaluate(self, model: PreTrainedModel) -> Iterator[events.Event]:
        """Held-out loss, and samples unless they have an interval of their own."""
        state, tokenizer = self.state, self.texts.tokenizer
        if len(self.texts.heldout):
            loss, bits = evaluate.score(model, self.texts.heldout, tokenizer)
            if best.rank(state.step, loss) < best.rank(state.best_step, state.best_loss):
                state.best_loss, state.best_step = loss, state.step
            yield events.Evaluated(state.step, loss, bits)
        every = self.config.train.sample_every
        if not every or self._is_due(every):
            yield from self._sample(model)

    def _sample(self, model: PreTrainedModel) -> Iterator[events.SampleWritten]:
        """A text for each prompt, always with the same seed."""
        model.eval()
        state, tokenizer, train = self.state, self.texts.tokenizer, self.config.train
        context = context_of(self.config, state, state.step)
        for prompt in train.prompts:
            settings = GenerateConfig(max_new_tokens=train.sample_tokens, seed=train.seed + 1)
            ids = [int(i) for i in tokenizers.encode(tokenizer, [prompt])[0]] if prompt else []
            ids = special_tokens.of(tokenizer).begun(ids[-context + 1 :])
            pieces = generation.write_ids(model, tokenizer, ids, settings, settings.seed, never)
            text = next(event.text for event in pieces if isinstance(event, events.TextGenerated))
            yield events.SampleWritten(state.step, prompt, text)

    def _save(self, whole: Whole, plain: Sequence[torch.Tensor]) -> events.CheckpointSaved:
        run, state = self.run, self.state
        if run.events_file.exists():
            atomic_io.sync(run.events_file)  # what the checkpoint stands for must be on disk before it
        saved = checkpoints.save(run, whole.model, self.texts.tokenizer, whole.moments, state, self.config, plain)
        checkpoints.prune(run, state.step, state.best_step, self.resumed_from)
        return events.CheckpointSaved(state.step, run.project.relative(saved.folder))

    def _missing_texts(self) -> Iterator[events.Event]:
        """Says once that the run could not resume."""
        if not self.warned and not self.texts.are_there():
            self.warned = True
            yield events.Warned(
                f"What this run learns from was deleted: {self.texts.prepared.folder}. It can end all the same, but "
                "once it is stopped it cannot resume until the same texts are prepared with the same settings again."
            )


def open_session(
    run: Run,
    config: RunConfig,
    texts: TrainingTexts,
    accelerator: Accelerator,
    resumed: Checkpoint | None,
    pace: Pace,
) -> TrainingSession:
    """Raises CheckpointError or ProjectError when the model to go on from is missing or does not fit."""
    with accelerator.main_process_first():  # which may copy a model into the run
        model = make_model(run, config, texts, resumed)
    optimizer = optimizer_of(model, config.train)
    joins = accelerator.is_fsdp2 and accelerator.is_main_process
    joined = make_model(run, config, texts, resumed) if joins else None
    if accelerator.is_fsdp2 or device.compiles(accelerator):
        disable_fast_training(model)  # the fast pass would hold the whole weights, and nothing can compile it
    wrapped_model, wrapped_optimizer = accelerator.prepare(model, optimizer)
    state, means = checkpoints.restore(resumed, model, optimizer, config) if resumed else (State(), [])
    average = Average(model, config, state, means, base.folder_of(run))
    learner = Learner(accelerator, wrapped_model, wrapped_optimizer, texts, config, state)
    state.threads = measured.choose_threads(state.threads, accelerator, config, texts.prepared.vocabulary, pace, model)
    if pace == Pace.GENTLE:
        let_others_go_first()
    return TrainingSession(
        run=run,
        config=config,
        texts=texts,
        accelerator=accelerator,
        model=model,
        joined=joined,
        optimizer=optimizer,
        state=state,
        average=average,
        learner=learner,
        pacer=Pacer(state.threads, pace if accelerator.device.type == "cpu" else Pace.ALL),
        resumed_from=state.step,
        saved_at=state.step,
    )


def _parameters(model: torch.nn.Module) -> int:
    return sum(p.numel() for p in model.parameters())


def _decided(precision: Precision) -> Precision:
    """That of a run which nobody planned is left open, and is fp32 then."""
    return Precision.FP32 if precision == Precision.AUTO else precision


def _without_sleep(seconds: float, recent: Sequence[float]) -> float:
    """A step during which the computer slept counts like the ones before it, or no speed would be true any more."""
    usual = statistics.median(recent) if recent else seconds
    return usual if seconds > max(60.0, 20 * usual) else seconds
