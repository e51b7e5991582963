"""How a model learns, and what it begins with."""

from dataclasses import dataclass

from ..schema import Choice, setting


class Schedule(Choice):
    """How the learning rate falls."""

    LINEAR = "linear"
    COSINE = "cosine"
    CONSTANT = "constant"


class OptimizerKind(Choice):
    ADAMW = "adamw"
    MUON = "muon"


class Precision(Choice):
    """How exactly is computed; AUTO is decided by measuring when a run is made."""

    AUTO = "auto"
    FP32 = "fp32"
    BF16 = "bf16"
    FP16 = "fp16"


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainConfig:
    """How the model learns. Says which result is wanted, never which machine there is."""

    steps: int = setting(
        2000,
        "How many times the weights are adjusted. A time budget is measured out into steps when the run is made.",
        label="Steps",
        minimum=1,
        maximum=100_000_000,
    )
    batch: int = setting(
        4,
        "How many passages the model reads before each adjustment.",
        label="Batch",
        unit="passages",
        minimum=1,
        maximum=65_536,
    )
    learning_rate: float = setting(
        2.5e-3,
        "How large each adjustment is. Too large: the loss jumps. Too small: nothing happens.",
        label="Learning rate",
        minimum=1e-8,
        maximum=1.0,
    )
    warmup: float = setting(
        0.02,
        "Share of the steps in which the learning rate rises from zero.",
        label="Warm-up",
        minimum=0.0,
        maximum=1.0,
    )
    decay: float = setting(
        0.7,
        "Share of the steps, at the end, in which the learning rate falls to zero.",
        label="Decay",
        minimum=0.0,
        maximum=1.0,
    )
    schedule: Schedule = setting(
        Schedule.LINEAR,
        "How the learning rate falls: in a straight line, along a half cosine, or not at all.",
        label="Schedule",
    )
    label_smoothing: float = setting(
        0.0,
        "Share of certainty that the model is asked to leave to all other tokens. Slows memorising a little.",
        label="Label smoothing",
        minimum=0.0,
        maximum=0.5,
    )
    ngram_teacher: float = setting(
        0.0,
        "Share that is learnt not from the text itself, but from a word counter that says what else could stand "
        "there; it falls to nothing on the way. A model from scratch learns sooner at first; one that learns alone and "
        "reads the texts a few times only may end a little worse.",
        label="Word counter as a teacher",
        minimum=0.0,
        maximum=1.0,
    )
    short_passages: float = setting(
        0.0,
        "Share of the steps, at the beginning, in which the model reads twice as many passages of half the context: it "
        "learns words and sentences there, and to look further back after it. Only models from scratch do so that are "
        "LFM2 or Llama.",
        label="Short passages first",
        minimum=0.0,
        maximum=0.9,
    )
    generations: int = setting(
        1,
        "How many models learn one after the other, each from the texts and from what those before it would have "
        "written there. The last one learns three times as long as each before it. The best of them writes. For short "
        "texts, where there is time.",
        label="Generations",
        unit="models",
        minimum=1,
        maximum=16,
    )
    average: float = setting(
        0.25,
        "Share of the steps, at the end, whose weights are averaged. The mean writes better than any single step.",
        label="Averaging",
        minimum=0.0,
        maximum=1.0,
    )
    weight_decay: float = setting(
        0.3,
        "Pulls weights towards zero. More of it slows memorising of small texts.",
        label="Weight decay",
        minimum=0.0,
        maximum=10.0,
    )
    optimizer: OptimizerKind = setting(
        OptimizerKind.ADAMW,
        "How gradients become adjustments. AdamW suits most runs. Muon learns more from each step, but a step takes "
        "longer: worth it for large batches.",
        label="Optimizer",
    )
    beta2: float = setting(
        0.99,
        "How long the optimizer remembers the size of past gradients.",
        label="AdamW beta 2",
        minimum=0.5,
        maximum=0.99999,
    )
    adam_epsilon: float = setting(
        1e-8,
        "Added to the size of past gradients before AdamW divides by it, so that none is too small.",
        label="AdamW epsilon",
        minimum=1e-12,
        maximum=1.0,
    )
    clip: float = setting(
        1.0,
        "Gradients longer than this are shortened to it. 0 leaves them alone.",
        label="Gradient clipping",
        zero="off",
        minimum=0.0,
        maximum=1000.0,
    )
    precision: Precision = setting(
        Precision.AUTO,
        "How exactly is computed. auto measures when a run is made, and takes what is fastest here. fp32 is exact and "
        "runs everywhere, bf16 is faster on processors made for it, fp16 on older graphics cards.",
        label="Precision",
    )
    stages: tuple[str, ...] = setting(
        (),
        "Groups of texts to learn from one after the other, one a line, with their share of the steps and of the "
        "learning rate where wanted: letters:2:0.5. The rate halves from stage to stage. Empty learns from all texts.",
        label="Stages",
    )
    patience: int = setting(
        0,
        "Stops early after this many evaluations without a better held-out loss. 0 never stops early.",
        label="Patience",
        zero="never",
        unit="evaluations",
        minimum=0,
        maximum=1000,
    )
    save_memory: bool = setting(
        False,
        "Computes parts of a step twice instead of keeping them (gradient checkpointing): a third slower, half the "
        "memory.",
        label="Save memory",
    )
    mark_every: int = setting(
        100,
        "At each evaluation the held-out loss is measured, a sample is written and a checkpoint is saved.",
        label="Evaluate every",
        unit="steps",
        minimum=1,
        maximum=100_000_000,
    )
    save_every: int = setting(
        0,
        "Saves a checkpoint after so many steps as well, between evaluations. 0 saves at evaluations only.",
        label="Save every",
        zero="evaluation",
        unit="steps",
        minimum=0,
        maximum=100_000_000,
    )
    sample_every: int = setting(
        0,
        "Writes samples after so many steps instead of at each evaluation. 0 writes them at each evaluation.",
        label="Write samples every",
        zero="evaluation",
        unit="steps",
        minimum=0,
        maximum=100_000_000,
    )
    prompts: tuple[str, ...] = setting(
        ("",),
        "The half-trained model continues these at each evaluation. An empty prompt lets it begin by itself.",
        label="Sample prompts",
    )
    sample_tokens: int = setting(
        96,
        "Length of each sample.",
        label="Sample length",
        unit="tokens",
        minimum=1,
        maximum=2048,
    )
    seed: int = setting(
        1,
        "The same seed, settings and texts give the same model.",
        label="Seed",
        minimum=0,
        maximum=2**31 - 1,
    )

    def contradictions(self, prefix: str) -> list[str]:
        """Settings that are possible alone but not together, a sentence each."""
        if self.generations > 1 and self.stages:
            return [f"{prefix}stages follow one another once only; set {prefix}generations to 1."]
        return []


@dataclass(frozen=True, slots=True, kw_only=True)
class StartConfig:
    """What a run begins with: random weights, or a model that has learnt before (fine-tuning)."""

    model: str = setting(
        "",
        "A run, a checkpoint or a model folder to go on from. Empty begins with random weights.",
        label="Begin with",
    )
    frozen: int = setting(
        0,
        "So many of the first layers stay as they are, and the embeddings too: faster, and less is forgotten.",
        label="Frozen layers",
        zero="none",
        unit="layers",
        minimum=0,
        maximum=96,
    )
    frozen_embeddings: bool = setting(
        False,
        "What the model knows of each single token stays as it is; all layers learn.",
        label="Frozen embeddings",
    )
    lora: int = setting(
        0,
        "Learns a small addition of this rank beside each layer instead of the layers themselves (LoRA): takes far "
        "less memory. 0 is off; 8 or 16 are usual.",
        label="LoRA rank",
        zero="off",
        minimum=0,
        maximum=1024,
    )
    anchor: float = setting(
        0.0,
        "Share of the weights it began with in those it ends with (WiSE-FT). More of it forgets less, and learns less.",
        label="Anchor",
        minimum=0.0,
        maximum=0.95,
    )

    def contradictions(self, prefix: str) -> list[str]:
        """Settings that are possible alone but not together, a sentence each."""
        if self.lora and (self.frozen or self.frozen_embeddings):
            return [f"{prefix}lora already leaves all layers as they are; set {prefix}frozen to 0."]
        if self.lora and self.anchor:
            return [f"{prefix}lora leaves the layers as they are, so {prefix}anchor has no use; set it to 0."]
        if (self.lora or self.frozen or self.frozen_embeddings or self.anchor) and not self.model:
            return [
                f"A model from scratch has nothing to keep: {prefix}lora, {prefix}frozen and {prefix}anchor need "
                f"{prefix}model."
            ]
        return []
