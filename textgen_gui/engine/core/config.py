"""Every setting of the program, stated once: default, help, unit and limits. What a setting is: schema.py."""

from dataclasses import dataclass, field

from .schema import Choice, setting

LONGEST_SQUARE = 256  # tokens; up to here attention keeps all its scores, because that is faster than blocks of them


class Pace(Choice):
    """How much of the computer a run may take; never changes what it becomes."""

    GENTLE = "gentle"
    BALANCED = "balanced"
    ALL = "all"


class DocumentEnd(Choice):
    """Where a document of a text ends; AUTO is at the end of the file, or of each row of a table."""

    AUTO = "auto"
    FILE = "file"
    LINE = "line"
    SEPARATOR = "separator"


class TokenizerSource(Choice):
    """Where a tokenizer comes from: learnt from the texts, one token a character, or a file."""

    TRAIN = "train"
    CHARACTERS = "characters"
    FILE = "file"


class Balance(Choice):
    """How often each text is learnt from."""

    SIZE = "size"
    EQUAL = "equal"
    WEIGHT = "weight"


class Architecture(Choice):
    LLAMA = "llama"
    GPT2 = "gpt2"


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
class TextConfig:
    """How one text is read, and how much it counts."""

    encoding: str = setting(
        "",
        "How the bytes stand for letters, for example utf-8, cp1252 or shift_jis. Empty finds it out.",
        label="Encoding",
    )
    repair: bool = setting(
        False,
        "Turns letters like “Ã©”, which come from reading a text with a wrong encoding, back into what they were.",
        label="Repair garbled letters",
    )
    documents: DocumentEnd = setting(
        DocumentEnd.AUTO,
        "Where a document ends: auto means the file, or each row of a table; or each line, or up to the separator.",
        label="A document is",
    )
    separator: str = setting(
        "\\n\\n\\n",
        "The text between two documents; \\\\n is a line end. Used when a document ends at the separator.",
        label="Separator",
    )
    columns: tuple[str, ...] = setting(
        (),
        "The columns of a table, or the fields of JSON records, that hold the text. Empty takes the longest one.",
        label="Columns",
    )
    fields: bool = setting(
        False,
        "Each column is learnt with its name before it, so that the model can be asked for a title, a body and so on.",
        label="Learn the columns by name",
    )
    weight: float = setting(
        1.0,
        "Its share of what the model reads, beside the other texts, when the project is balanced by weight.",
        label="Weight",
        minimum=0.0,
        maximum=1000.0,
    )
    group: str = setting(
        "",
        "A name for texts that belong together. A run can learn from one group after the other.",
        label="Group",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class CleanConfig:
    """What the text doctor mends before a text becomes tokens. The texts themselves are never changed."""

    gutenberg: bool = setting(
        True,
        "The header and footer that Project Gutenberg puts around its books, and the names of those who typed them.",
        label="Take out Project Gutenberg’s licence",
    )
    unicode: bool = setting(
        True,
        "An accented letter can be stored in two ways; this makes it one (Unicode NFC). Odd line ends become plain.",
        label="Write each letter in one way",
    )
    invisible: bool = setting(
        True,
        "Control characters, soft hyphens and marks without width. What emoji and other scripts need stays.",
        label="Take out invisible characters",
    )
    long_runs: bool = setting(
        True,
        "More than 1,000 characters without a space that look like packed code or a picture written as letters.",
        label="Take out data that is no text",
    )
    page_numbers: bool = setting(
        False,
        "Lines that hold only the number of a page. Numbers of chapters and poems stay.",
        label="Take out page numbers",
    )
    running_heads: bool = setting(
        False,
        "Titles that stand again at the top or bottom of each page, with or without its number.",
        label="Take out running heads",
    )
    hyphens: bool = setting(
        False,
        "A word that was hyphenated at a line end becomes whole, written as it is elsewhere in the text.",
        label="Join words broken at line ends",
    )
    unwrap: bool = setting(
        False,
        "Lines that end only because the page did are joined. Verse, lists, tables and headings stay as they are.",
        label="Make each paragraph one line",
    )
    duplicates: bool = setting(
        True,
        "A document that another text holds already, apart from spaces and capitals, is used only once.",
        label="Leave out copies",
    )
    near_duplicates: bool = setting(
        False,
        "A document that is mostly the same as an earlier one is left out. Drafts of one chapter are such.",
        label="Leave out near copies",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class PrepareConfig:
    """How texts become token files."""

    tokenizer: TokenizerSource = setting(
        TokenizerSource.TRAIN,
        "Where the tokens come from: learnt from these texts, one for each character, or taken from a file.",
        label="Tokenizer",
    )
    tokenizer_file: str = setting(
        "",
        "A tokenizer.json, or the folder of a model that has one. Used when the tokenizer comes from a file.",
        label="Tokenizer file",
    )
    vocabulary: int = setting(
        0,
        "How many different tokens the tokenizer may know. 0 chooses by the size of the corpus.",
        label="Vocabulary",
        unit="tokens",
        minimum=0,
        maximum=65_000,
    )
    minimum_frequency: int = setting(
        2,
        "How often letters must stand together to become one token.",
        label="Minimum frequency",
        unit="times",
        minimum=1,
        maximum=1_000_000,
    )
    special_tokens: tuple[str, ...] = setting(
        (),
        "Marks that are always one token, for example <|scene|>. One a line.",
        label="Special tokens",
    )
    balance: Balance = setting(
        Balance.SIZE,
        "How often each text is learnt from: by its size, all equally often, or by the weights of the texts. "
        "Texts of one group count as one.",
        label="Balance",
    )
    heldout: float = setting(
        0.01,
        "Share of the corpus that is never trained on. It tells whether the model learns or only memorises.",
        label="Held-out share",
        minimum=0.0,
        maximum=0.5,
    )
    seed: int = setting(
        1,
        "Decides which documents are held out. The same seed always holds out the same ones.",
        label="Seed",
        minimum=0,
        maximum=2**31 - 1,
    )
    clean: CleanConfig = field(default_factory=CleanConfig)


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelConfig:
    """The shape of a model that is trained from scratch."""

    architecture: Architecture = setting(
        Architecture.LLAMA,
        "Llama learns faster at small sizes; GPT-2 is the classic that older programs can read.",
        label="Architecture",
    )
    layers: int = setting(4, "How many blocks lie on top of each other.", label="Layers", minimum=1, maximum=96)
    width: int = setting(
        128,
        "How many numbers describe one token inside the model.",
        label="Width",
        unit="numbers a token",
        minimum=16,
        maximum=8192,
    )
    heads: int = setting(
        4,
        "How many places the model can look back at at once. Must divide the width.",
        label="Attention heads",
        minimum=1,
        maximum=128,
    )
    context: int = setting(
        128,
        "How far the model looks back while it reads or writes. A token is about four letters.",
        label="Context",
        unit="tokens",
        minimum=8,
        maximum=8192,
    )
    dropout: float = setting(
        0.0,
        "Share of connections switched off at random while training. Slows memorising, and learning.",
        label="Dropout",
        minimum=0.0,
        maximum=0.9,
    )

    def contradictions(self, prefix: str) -> list[str]:
        """Settings that are possible alone but not together, a sentence each."""
        if self.heads > 0 and self.width % self.heads:
            return [f"{prefix}width {self.width} cannot be divided among {self.heads} heads."]
        if self.heads > 0 and self.width // self.heads % 2:
            return [f"{prefix}width divided by heads must be even, not {self.width // self.heads}."]
        return []

    @property
    def feedforward(self) -> int:
        """Width of the feed-forward layer: 4 x for GPT-2, 8/3 x (in steps of 32) for Llama's gated one."""
        return (
            4 * self.width if self.architecture == Architecture.GPT2 else max(32, round(self.width * 8 / 3 / 32) * 32)
        )

    def parameters(self, vocabulary: int) -> int:
        """Number of weights with tied embeddings, exactly as transformers counts them."""
        width, inner = self.width, self.feedforward
        if self.architecture == Architecture.GPT2:
            block = 4 * width * width + 2 * width * inner + inner + 5 * width + 4 * width
            return vocabulary * width + self.context * width + self.layers * block + 2 * width
        block = 4 * width * width + 3 * width * inner + 2 * width
        return vocabulary * width + self.layers * block + width


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
    clip: float = setting(
        1.0,
        "Gradients longer than this are shortened to it. 0 leaves them alone.",
        label="Gradient clipping",
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
        "Stops early after this many marks without a better held-out loss. 0 never stops early.",
        label="Patience",
        unit="marks",
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
        "At each mark the held-out loss is measured, a sample is written and a checkpoint is saved.",
        label="Mark every",
        unit="steps",
        minimum=1,
        maximum=100_000_000,
    )
    prompts: tuple[str, ...] = setting(
        ("",),
        "The half-trained model continues these at each mark. An empty prompt lets it begin by itself.",
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
        unit="layers",
        minimum=0,
        maximum=96,
    )
    lora: int = setting(
        0,
        "Learns a small addition of this rank beside each layer instead of the layers themselves (LoRA): takes far "
        "less memory. 0 is off; 8 or 16 are usual.",
        label="LoRA rank",
        minimum=0,
        maximum=1024,
    )

    def contradictions(self, prefix: str) -> list[str]:
        """Settings that are possible alone but not together, a sentence each."""
        if self.lora and self.frozen:
            return [f"{prefix}lora already leaves all layers as they are; set {prefix}frozen to 0."]
        if (self.lora or self.frozen) and not self.model:
            return [f"A model from scratch has nothing to keep: {prefix}lora and {prefix}frozen need {prefix}model."]
        return []


@dataclass(frozen=True, slots=True, kw_only=True)
class RunConfig:
    """All that decides what a run becomes; runs/NNN name/run.toml is exactly this."""

    prepared: str = setting("", "The folder under prepared/ that the run learns from.")
    data: str = setting("", "Fingerprint of the token files: a run continues only on the texts it began with.")
    start: StartConfig = field(default_factory=StartConfig)
    model: ModelConfig = field(default_factory=ModelConfig)
    train: TrainConfig = field(default_factory=TrainConfig)

    def passage_bytes(self, vocabulary: int) -> int:
        """Memory that one passage of training takes in fp32: what the backward pass needs, and logits."""
        model, near = self.model, min(self.model.context, LONGEST_SQUARE)
        # Scores of one token with those before it. GPT-2 from elsewhere drops some of them, and then keeps all, twice.
        dropped = bool(self.start.model) and model.architecture == Architecture.GPT2
        scores = model.heads * (2 * model.context if dropped else near)
        of_layers = model.layers * (12 * model.width + 4 * model.feedforward + scores)
        return 4 * model.context * (of_layers + 3 * vocabulary)

    def memory_bytes(self, vocabulary: int, passages: int) -> int:
        """Memory that training takes: weights as they are, put together and their mean, gradients and two moments (of
        LoRA's frozen weights only the first two), the passages, and the libraries.
        """
        each = 8 if self.start.lora else 24
        return each * self.model.parameters(vocabulary) + passages * self.passage_bytes(vocabulary) + 600_000_000
