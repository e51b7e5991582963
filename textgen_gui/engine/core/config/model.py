"""The shape of a model that begins with random weights."""

from dataclasses import dataclass

from ..schema import Choice, setting

CONVOLVED = 3  # tokens that a convolution of LFM2 mixes


class Architecture(Choice):
    """The values are the names that transformers has for them."""

    LFM2 = "lfm2"
    LLAMA = "llama"
    GPT2 = "gpt2"
    GPT_NEO = "gpt_neo"

    @classmethod
    def nearest(cls, model_type: str) -> "Architecture":
        """Most of those that cannot be begun from scratch here are built like Llama."""
        return cls(model_type) if model_type in list(cls) else cls.LLAMA

    @property
    def is_classic(self) -> bool:
        """Whether it is built like GPT-2: with places that are learnt one by one, and a feed-forward without gates."""
        return self in (Architecture.GPT2, Architecture.GPT_NEO)


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelConfig:
    """The shape of a model that is trained from scratch."""

    architecture: Architecture = setting(
        Architecture.LFM2,
        "LFM2 learns fastest at small sizes: about half of its layers mix a token with the two before it. In Llama "
        "all layers look back at everything. GPT-2 is the classic that older programs can read. GPT-Neo is like it, "
        "but every second layer looks at the last 256 tokens only.",
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
        "How far the model looks back while it reads or writes. A token is two to four letters of a word.",
        label="Context",
        unit="tokens",
        minimum=8,
        maximum=8192,
    )
    dropout: float = setting(
        0.0,
        "Share of connections switched off at random while training. Slows memorising, and learning. Of models that "
        "learn one after the other only the last has it, unless memory is saved.",
        label="Dropout",
        minimum=0.0,
        maximum=0.9,
    )

    shape: str = setting(
        "",
        "A config.json of transformers in one line: a model of another architecture, in just this shape. It decides "
        "architecture, layers, width and heads.",
        label="Shape",
    )

    def contradictions(self, prefix: str) -> list[str]:
        """Settings that are possible alone but not together, a sentence each."""
        if self.shape:  # heads of any width
            return []
        if self.heads > 0 and self.width % self.heads:
            return [f"{prefix}width is {self.width}, which cannot be divided among {self.heads} heads."]
        if self.heads > 0 and self.width // self.heads % 2:
            return [f"{prefix}width divided by {prefix}heads must be even, not {self.width // self.heads}."]
        return []

    @property
    def feedforward(self) -> int:
        """Width of the feed-forward layer: 4 x for GPT-2 and GPT-Neo, 8/3 x (in steps of 32) for gated ones."""
        return 4 * self.width if self.architecture.is_classic else max(32, round(self.width * 8 / 3 / 32) * 32)

    @property
    def looks_back(self) -> list[bool]:
        """Which layers look back at all tokens: those of LFM2 by turns, the last one among them and the first one not;
        the others mix a token with the ones just before it.
        """
        is_mixed, only_one = self.architecture == Architecture.LFM2, self.layers == 1
        by_turns = [(self.layers - layer) % 2 == 1 and (layer > 0 or only_one) for layer in range(self.layers)]
        return by_turns if is_mixed else [True] * self.layers

    def parameters(self, vocabulary: int) -> int:
        """Number of weights with tied embeddings, exactly as transformers counts them."""
        width, inner = self.width, self.feedforward
        if self.architecture.is_classic:
            biases = 5 * width if self.architecture == Architecture.GPT2 else 2 * width  # GPT-Neo's attention has fewer
            block = 4 * width * width + 2 * width * inner + inner + biases + 4 * width
            return vocabulary * width + self.context * width + self.layers * block + 2 * width
        block = 4 * width * width + 3 * width * inner + 2 * width
        mixing = 0
        if self.architecture == Architecture.LFM2:  # norms of queries and keys, or a convolution
            mixing = sum(2 * width // self.heads if back else CONVOLVED * width for back in self.looks_back)
        return vocabulary * width + self.layers * block + mixing + width
