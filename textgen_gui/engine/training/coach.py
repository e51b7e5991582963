"""What a curve means, in sentences: before training, whenever the state of a run changes, and at its end.

A single evaluation proves nothing: held-out texts are short, and batches differ. So each verdict rests on several,
knows how much of the run is still to come, and compares with what counting words reaches on the same text.
"""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from statistics import fmean

from ..core import event_log, events
from ..core.advice import too_little_text
from ..core.bars import CLEAR_GAIN, Bar, Level, in_words, level, quality, words_of
from ..core.best import rank
from ..core.config import RunConfig
from ..core.events import Advice, Advised, Event, NextStep, Outcome
from ..core.project import Run
from .schedule import stages

NOISE, TOKEN_NOISE = 0.01, 0.6  # of an evaluation, in shares of its loss: at least, and of a single held-out token
FORGOTTEN = 6  # times the noise: so much worse than the model before is no stumbling
FLAT, FLAT_EVALUATIONS = 0.003, 4  # gains little by now: so little was gained over so many evaluations
AGAIN = 2  # times that: then it learns again
STALLED = 4  # evaluations in a row that are worse than the best: it is not learning just now
BEGUN, NEARLY_DONE = 0.3, 0.85  # shares of the steps between which a flat curve says anything
STILL_GAINING = 0.02  # over the last third of a run: more time would help
STUCK_GAIN, STUCK_ABOVE = 0.04, 1.25  # over two thirds of a run; times the bar: it has learnt hardly anything
READ_HALF = 0.5  # of the texts: enough to learn something from
READ_TWICE = 2  # nothing is known by heart before
READ_OFTEN = 4  # times that the texts were read; before that no run has seen enough
WEIGHTS_A_TOKEN = 20  # a model with more weights for each token of the text memorises within minutes
EARLY = 0.5  # of a run: a best step before that says that the rest was in vain
LATE = 0.8  # of a run: a best step after that is its end
FEW_LATER = 3  # evaluations whose mean says whether a curve rises
CALM_STEPS = 20  # before them every loss jumps
COUNTER = in_words[Bar.WORDS]


def coached(happened: Iterable[Event], coach: "Coach", run: Run) -> Iterator[Event]:
    """The events of a run with what the coach says about them; its last word comes before RunFinished."""
    for event in happened:
        if isinstance(event, events.RunStarted) and event.resumed_from:
            coach.remember(event_log.read(run.events_file), event.resumed_from)
        if isinstance(event, events.RunFinished):
            yield from coach.hear(event)
            yield event
        else:
            yield event
            yield from coach.hear(event)


@dataclass(slots=True)
class Calm:
    """Whether training itself goes astray: the smoothed loss of its steps against its least, and their usual spread."""

    smooth: float = math.nan
    least: float = math.inf
    spread: float = 0.0
    seen: int = 0

    def take(self, loss: float) -> None:
        self.seen += 1
        weight = max(0.05, 1 / self.seen)
        self.smooth = loss if self.seen == 1 else (1 - weight) * self.smooth + weight * loss
        self.spread += max(0.02, 1 / self.seen) * (abs(loss - self.smooth) - self.spread)
        if self.seen > CALM_STEPS:
            self.least = min(self.least, self.smooth)

    @property
    def rose(self) -> bool:
        return self.smooth > self.least + max(0.3, 0.15 * self.least, 3 * self.spread)

    @property
    def rose_far(self) -> bool:
        """So far that no evaluation needs to be awaited."""
        return self.smooth > self.least + max(1.0, 0.4 * self.least, 6 * self.spread)


@dataclass(frozen=True, slots=True)
class Evaluation:
    """``training``: the smoothed loss of the steps by then."""

    step: int
    loss: float
    bits_per_byte: float
    training: float


@dataclass(slots=True)
class Coach:
    """Hears the events of a run. Pure: the same events give the same sentences.

    ``tokens``: of the texts. ``heldout``: of those that are evaluated; the fewer, the more a loss jumps by chance.
    """

    config: RunConfig
    tokens: int
    heldout: int
    before: float = math.nan  # the held-out loss of the model that it goes on from
    bars: dict[str, float] = field(default_factory=dict)  # what others reach, by name
    counting: float = 0.0  # bits a byte that counting words needs
    evaluations: list[Evaluation] = field(default_factory=list)
    calm: Calm = field(default_factory=Calm)
    stumbled: bool = False
    _said: tuple[Advice, int] | None = None  # the last advice, and the best step or how many bars it names

    def remember(self, past: Iterable[Event], step: int) -> None:
        """What happened up to ``step`` before the run was stopped. Nothing is said about it again."""
        for event in past:
            if not isinstance(event, events.RunFinished) and getattr(event, "step", 0) <= step:
                list(self.hear(event))

    def hear(self, event: Event) -> Iterator[Advised]:
        match event:
            case events.RunStarted() | events.Replanned():
                self.config = replace(self.config, train=replace(self.config.train, steps=event.steps))
                if isinstance(event, events.RunStarted) and not event.resumed_from:
                    yield from self._before(event.parameters)
            case events.GenerationBegan():  # what the one before reached is no measure of one that begins anew
                self.evaluations, self.calm, self._said = [], Calm(), None
            case events.Baseline(name=Bar.BEFORE):
                self.before = event.loss
            case events.Baseline():
                self.bars[event.name] = event.loss
                self.counting = event.bits_per_byte if event.name == Bar.WORDS else self.counting
            case events.StepDone():
                yield from self._step(event)
            case events.Evaluated(step=0):
                self.before = event.loss
            case events.Evaluated() if math.isfinite(event.loss):
                self.evaluations.append(Evaluation(event.step, event.loss, event.bits_per_byte, self.calm.smooth))
                yield from self._while_it_learns()
            case events.RunFinished(outcome=Outcome.FINISHED) if self.evaluations:
                yield from self._at_the_end(event.step)

    # --- when

    def _before(self, parameters: int) -> Iterator[Advised]:
        if self.config.start.model:
            return
        if words := too_little_text(self.tokens):
            yield self._advised(0, Advice.SMALL, words, NextStep.BEGIN_WITH_MODEL)
        elif parameters > WEIGHTS_A_TOKEN * self.tokens:
            words = "This model is large for your texts: it will soon know them by heart. A smaller one learns as much."
            yield self._advised(0, Advice.SMALL, words, NextStep.ADD_TEXT)

    def _step(self, event: events.StepDone) -> Iterator[Advised]:
        """A new group of texts may be harder, and begins anew."""
        if event.step in {stage.first for stage in stages(self.config.train)}:
            self.calm = Calm()
        self.calm.take(event.loss)
        if self.calm.rose_far:
            yield from self._stumble(event.step)

    def _while_it_learns(self) -> Iterator[Advised]:
        now, best = self.evaluations[-1], self.best
        if self.calm.rose and now.loss > (1 + 3 * self.noise) * best.loss:
            yield from self._stumble(now.step)
        elif self._forgets():
            words = "It forgets: your texts are harder to it now than before this training began."
            yield from self._say(now.step, Advice.FORGETTING, words, NextStep.GENTLER)
        elif self._memorises():
            words = (
                f"It learns your texts by heart: since step {best.step:,}, what it has never seen gets harder to it. "
                f"Step {best.step:,} is kept."
            )
            yield from self._say(now.step, Advice.MEMORISING, words, self._more(), best.step)
        elif self._fell_back():
            words = (
                "It has gained hardly anything yet: text that it has never seen is not clearly easier to it than to "
                "the model that it began with."
            )
            yield from self._say(now.step, Advice.NO_GAIN, words, NextStep.WRITE)
        elif self._is_flat():
            words = "It gains little by now: the last evaluations are almost alike. You can stop it, or let it end."
            yield from self._say(now.step, Advice.FLAT, words, NextStep.WRITE)
        elif self._has_stalled():
            words = (
                f"It has not gone on since step {best.step:,}: what it has never seen gets no easier to it. That may "
                "pass, and that step is kept."
            )
            yield from self._say(now.step, Advice.NO_GAIN, words, NextStep.WRITE, best.step)
        elif now is best and len(self.evaluations) > 1 and self._beats_beginning() and not self._stays_flat():
            self.stumbled = False
            passed = self._passed_letters()
            gain = "text that it has never seen gets easier to it"
            if passed:
                gain = f"on text that it has never seen it guesses better now than {words_of(passed[-1])}"
            words = f"It is learning: {gain}. You can write with it meanwhile."
            yield from self._say(now.step, Advice.LEARNING, words, NextStep.WRITE, len(passed))

    def _at_the_end(self, step: int) -> Iterator[Advised]:
        best, passed = self.best, not self.best.loss >= self.bar
        if self.stumbled or self._is_stuck():
            words = "It learnt hardly anything, because its adjustments were too large. Start again with smaller ones."
            yield self._advised(step, Advice.UNSTABLE, words, NextStep.GENTLER)
        elif self.before <= best.loss <= (1 + self.noise) * self.before:
            words = (
                "This training has gained nothing: on text that it has never seen the model guesses as well as before. "
                "More text may help; more time hardly will."
            )
            yield self._advised(step, Advice.NO_GAIN, words, NextStep.ADD_TEXT)
        elif best.loss >= self.before:
            words = (
                "It knows your texts no better than the model that it began with. Start again with smaller adjustments."
            )
            yield self._advised(step, Advice.FORGETTING, words, NextStep.GENTLER)
        elif self._has_risen(step):
            kept = f"After step {best.step:,} it only learnt your texts by heart. That step is kept"
            words = f"{kept}; {self._compared()}." if passed else f"{kept}; {COUNTER} still guesses better."
            next_step = NextStep.WRITE if passed else self._more()
            yield self._advised(step, Advice.MEMORISING, words, next_step)
        elif passed:
            yield self._advised(step, Advice.READY, self._praise(step), NextStep.WRITE)
        else:
            yield self._below_the_bar(step)

    def _praise(self, step: int) -> str:
        best = self.best.step
        if best > EARLY * step:
            return self._done("Done well")
        return f"{self._done('Done')} Its best was early, at step {best:,}, which is kept; after that it got no better."

    def _done(self, well: str) -> str:
        """``well``: how a model is praised that has learnt real words from nothing."""
        if math.isfinite(self.before):
            return f"Done: {self._compared()}."
        if not math.isfinite(self.bar):
            return "Done: text that it has never seen became easier to it."
        if self.level in (Level.WORDS, Level.STYLE):
            return f"{well}: {self._compared()}."
        return f"Done: {self._compared()}. Many of its words are still invented; more time or more text helps."

    def _compared(self) -> str:
        """With what it began with, where it went on from a model: that one may have passed the bar already."""
        if not math.isfinite(self.before):
            passed = self._passed_letters()
            words = (
                f"on text that it has never seen it guesses better than {words_of(passed[-1]) if passed else COUNTER}"
            )
            higher = "" if passed or Bar.LETTERS not in self.bars else in_words[Bar.LETTERS]
            return f"{words}, but {higher} still guesses better" if higher else words
        gain = 1 - self.best.loss / self.before
        much = "hardly better" if gain < self.noise else "a little better" if gain < CLEAR_GAIN else "clearly better"
        return f"on text that it has never seen it guesses {much} than the model that it began with"

    def _below_the_bar(self, step: int) -> Advised:
        if too_little_text(self.tokens):
            little = "from your texts" if self.config.start.model else "but the words of your texts"
            words = f"It has learnt little {little}, because they are too short for more."
            return self._advised(step, Advice.SMALL, words, self._more())
        if self._read() < READ_OFTEN or self._gained(2 / 3) > STILL_GAINING:
            words = f"It needs more time: {COUNTER} still guesses better, and it was still learning."
            return self._advised(step, Advice.SHORT, words, NextStep.TRAIN_LONGER)
        words = f"It has learnt what it can from these texts, and {COUNTER} still guesses better."
        return self._advised(step, Advice.BELOW, words, NextStep.ADD_TEXT)

    # --- what

    @property
    def bar(self) -> float:
        """The one that decides whether a run has done well."""
        return self.bars.get(Bar.WORDS, math.nan)

    @property
    def level(self) -> Level:
        """What it writes, by its best evaluation."""
        return level(quality(self.best.bits_per_byte, self.counting))

    def _passed_letters(self) -> list[str]:
        """Of the higher bars those that the run has passed, the highest last."""
        higher = [name for name in (Bar.LETTERS, Bar.LETTERS_ALONG) if name in self.bars]
        passed = [name for name in higher if self.best.loss < self.bars[name] and not self.before <= self.bars[name]]
        return sorted(passed, key=lambda name: -self.bars[name])

    @property
    def best(self) -> Evaluation:
        return min(self.evaluations, key=lambda known: rank(known.step, known.loss))

    @property
    def noise(self) -> float:
        return max(NOISE, TOKEN_NOISE / math.sqrt(max(1, self.heldout)))

    def _passed(self, share: float) -> bool:
        return self.evaluations[-1].step > share * self.config.train.steps

    def _beats_beginning(self) -> bool:
        """By more than chance, and twice in a row, where it went on from a model."""
        return not any(one.loss > (1 - self.noise) * self.before for one in self.evaluations[-2:])

    def _fell_back(self) -> bool:
        """To where it began, after it was said to be learning: that would stand there although it is not so."""
        lost = all(one.loss > (1 - self.noise) * self.before for one in self.evaluations[-2:])
        return lost and self._said is not None and self._said[0] is Advice.LEARNING

    def _has_stalled(self) -> bool:
        """After it was said to be learning. At the end of a run all evaluations are alike."""
        since = [one for one in self.evaluations if one.step > self.best.step]
        said = self._said is not None and self._said[0] is Advice.LEARNING
        return said and len(since) >= STALLED and not self._passed(NEARLY_DONE)

    def _forgets(self) -> bool:
        """Twice in a row much worse than the model before. Every run that goes on from a model stumbles at first, and
        wins that back when its adjustments get smaller."""
        lately = self.evaluations[-2:]
        worse = all(one.loss > (1 + FORGOTTEN * self.noise) * self.before for one in lately)
        return len(lately) == 2 and worse and self._passed(0.25)

    def _memorises(self) -> bool:
        """Held-out loss above its best, twice and not falling, while training goes on to get easier."""
        best, lately = self.best, self.evaluations[-2:]
        worse = all(one.step > best.step and one.loss > (1 + 2 * self.noise) * best.loss for one in lately)
        rising = lately[-1].loss > lately[0].loss * (1 - self.noise / 2)
        easier = lately[-1].training < best.training and self._read() >= READ_TWICE
        return len(lately) == 2 and worse and rising and easier

    def _has_risen(self, end: int) -> bool:
        """Held-out loss that is far above its best at the end, or less far but after it has risen for half of the run:
        too slowly for an alarm at any evaluation.
        """
        best, now = self.best, self.evaluations[-1].loss
        later = [one.loss for one in self.evaluations if one.step > best.step]
        half = len(later) // 2
        rises = half >= FEW_LATER and fmean(later[half:]) > fmean(later[:half])
        slowly = best.step <= EARLY * end and rises and now > (1 + self.noise) * best.loss
        return slowly or (best.step <= LATE * end and now > (1 + 2 * self.noise) * best.loss)

    def _is_flat(self) -> bool:
        """Only what has passed the bar has learnt out. Towards the end every curve is flat, because the adjustments
        shrink to nothing."""
        now, bars = self.evaluations[-1].loss, (self.bar, self.before, (1 + self.noise) * self.best.loss)
        if any(now > bar for bar in bars) or not self._passed(BEGUN) or self._passed(NEARLY_DONE):
            return False
        return self._gained_lately() < FLAT

    def _stays_flat(self) -> bool:
        """What was said to gain little has to gain clearly more before anything else is said: no word to and fro."""
        return self._said is not None and self._said[0] is Advice.FLAT and self._gained_lately() < AGAIN * FLAT

    def _gained_lately(self) -> float:
        """As a share of the loss; very much where too few evaluations or steps tell anything."""
        if len(self.evaluations) <= FLAT_EVALUATIONS:
            return math.inf
        earlier, now = self.evaluations[-1 - FLAT_EVALUATIONS], self.evaluations[-1]
        return earlier.loss / now.loss - 1 if now.step - earlier.step >= CALM_STEPS else math.inf

    def _is_stuck(self) -> bool:
        """Far from the bar, and neither what it reads nor other text gets easier any more."""
        early, now = self.evaluations[int(len(self.evaluations) / 3)], self.evaluations[-1]
        stands = self._gained(1 / 3) < STUCK_GAIN and 1 - now.training / early.training < STUCK_GAIN
        return stands and self.best.loss > STUCK_ABOVE * self.bar and self._read() > READ_HALF

    def _read(self) -> float:
        """How often the texts were read by the newest evaluation."""
        tokens = self.evaluations[-1].step * self.config.train.batch * self.config.model.context
        return tokens / max(1, self.tokens)

    def _gained(self, since: float) -> float:
        """Since this share of the evaluations, as a share of the loss."""
        return 1 - self.best.loss / self.evaluations[int(since * (len(self.evaluations) - 1))].loss

    def _more(self) -> NextStep:
        small = too_little_text(self.tokens) and not self.config.start.model
        return NextStep.BEGIN_WITH_MODEL if small else NextStep.ADD_TEXT

    # --- saying it

    def _stumble(self, step: int) -> Iterator[Advised]:
        self.stumbled = True
        words = "It has stumbled: all text is harder to it than before. If that does not pass, start again more gently."
        yield from self._say(step, Advice.UNSTABLE, words, NextStep.GENTLER)

    def _say(self, step: int, kind: Advice, words: str, next_step: NextStep, about: int = 0) -> Iterator[Advised]:
        """Nothing when the last advice was the same about the same."""
        if (kind, about) != self._said:
            self._said = kind, about
            yield self._advised(step, kind, words, next_step)

    @staticmethod
    def _advised(step: int, kind: Advice, words: str, next_step: NextStep) -> Advised:
        return Advised(step, kind, words, next_step)
