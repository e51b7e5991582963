"""What a run learns from, held from its start: whatever becomes of prepared/ meanwhile, the run goes on with this."""

from dataclasses import dataclass

from tokenizers import Tokenizer

from ..core.config import RunConfig
from ..core.errors import ProjectError
from ..core.project import Run
from ..text import dataset
from ..text.dataset import Prepared
from ..text.staleness import learnt_by
from ..text.token_file import TokenFile
from ..text.tokenizer import Tokens
from .schedule import stages

HELDOUT_TOKENS = 8192  # enough to see a trend; the whole held-out text is for `evaluate`
FEWEST_HELDOUT, FULLY_READ = 1024, 50_000_000  # a model of more weights reads less of it, for it takes longer


def heldout_tokens(config: RunConfig, vocabulary: int) -> int:
    """How much held-out text an evaluation reads."""
    weights = config.model.parameters(vocabulary)
    return max(FEWEST_HELDOUT, min(HELDOUT_TOKENS, HELDOUT_TOKENS * FULLY_READ // weights))


@dataclass(frozen=True, slots=True)
class TrainingTexts:
    """``train`` is read from the disk step by step; the tokenizer and the sample ``heldout``, [n], lie in memory."""

    prepared: Prepared
    tokenizer: Tokenizer
    train: TokenFile
    heldout: Tokens

    def are_there(self) -> bool:
        """Whether a run can still resume with them."""
        return (self.prepared.folder / "prepared.toml").exists()


def open_texts(run: Run, config: RunConfig) -> TrainingTexts:
    """Raises ProjectError when the texts are gone, damaged, too short, or not those with which the run began."""
    prepared = learnt_by(run, config)
    if prepared.fingerprint != config.data:
        raise ProjectError(
            f"The texts were prepared anew since “{run.name}” began. Start a new run with the new texts."
        )
    prepared.verify()
    for stage in stages(config.train):
        dataset.check_length(prepared, config.model.context, stage.group)
    train = prepared.train_tokens()
    heldout = prepared.heldout_sample(heldout_tokens(config, prepared.vocabulary))
    return TrainingTexts(prepared, prepared.tokenizer(), train, heldout)
