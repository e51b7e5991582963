"""Every setting of writing, stated once, in the order in which they apply; and styles: some of them by name."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from . import schema
from .errors import ConfigError
from .schema import Choice, setting

LONGEST = 1_000_000  # tokens of one text
LEAST_TEMPERATURE = 1e-6  # scores divided by less are no numbers any more


class TextEnd(Choice):
    """Where a text ends that is as long as it was asked to be."""

    ANYWHERE = "anywhere"
    SENTENCE = "sentence"
    PARAGRAPH = "paragraph"


patience = {TextEnd.ANYWHERE: 0, TextEnd.SENTENCE: 100, TextEnd.PARAGRAPH: 400}  # tokens written on to come to one


@dataclass(frozen=True, slots=True, kw_only=True)
class GenerateConfig:
    """How a text is written. Samplers apply in the order of the fields, from the schema to mirostat."""

    json_schema: str = setting(
        "", "The text will be JSON that fits this schema. Empty lets it be anything.", label="JSON schema"
    )
    regex: str = setting(
        "",
        "The text will match this regular expression as a whole, for example [A-Z][a-z]+. Empty lets it be anything.",
        label="Pattern",
    )
    banned: tuple[str, ...] = setting(
        (),
        "Words that must not be written, one a line; also those that stand inside others when written *so*.",
        label="Never write",
    )
    bias: tuple[str, ...] = setting(
        (),
        "Makes tokens likelier or less likely, one a line: love = 2 or #123 = -5, where #123 is a token's number. "
        "1 makes it about three times as likely.",
        label="Token bias",
    )
    min_new_tokens: int = setting(
        0,
        "The text does not end before it has this many tokens.",
        label="At least",
        unit="tokens",
        minimum=0,
        maximum=LONGEST,
    )
    repetition_penalty: float = setting(
        1.0,
        "Makes tokens that already stand in the text less likely. 1 changes nothing; above 1.3 words run out.",
        label="Repetition penalty",
        minimum=1.0,
        maximum=2.0,
    )
    presence_penalty: float = setting(
        0.0,
        "Taken from the score of each token that already stands in the text. 0 changes nothing.",
        label="Presence penalty",
        minimum=-2.0,
        maximum=2.0,
    )
    frequency_penalty: float = setting(
        0.0,
        "Taken from the score of a token once for each time it stands in the text. 0 changes nothing.",
        label="Frequency penalty",
        minimum=-2.0,
        maximum=2.0,
    )
    penalty_range: int = setting(
        1000,
        "How far back the penalties above look. 0 is the whole text.",
        label="Range of penalties",
        zero="all of it",
        unit="tokens",
        minimum=0,
        maximum=LONGEST,
    )
    no_repeat_ngram: int = setting(
        0,
        "No run of this many tokens is written twice. 0 allows it; below 4 even common phrases are lost.",
        label="Never twice in a row of",
        zero="off",
        unit="tokens",
        minimum=0,
        maximum=100,
    )
    dry_multiplier: float = setting(
        0.0,
        "Makes it the less likely to go on with a passage that stands in the text already, the longer it gets (DRY). "
        "0 changes nothing, 0.8 is usual.",
        label="Against repeating (DRY)",
        zero="off",
        minimum=0.0,
        maximum=5.0,
    )
    dry_base: float = setting(
        1.75, "How fast DRY grows with each repeated token.", label="DRY growth", minimum=1.0, maximum=4.0
    )
    dry_allowed: int = setting(
        2,
        "Repeated passages up to this length cost nothing.",
        label="DRY allows",
        unit="tokens",
        minimum=1,
        maximum=100,
    )
    temperature: float = setting(
        0.8,
        "How daring it is (temperature). Low takes the likeliest words and repeats itself, high takes unlikely ones "
        "and loses the thread. 0 always takes the likeliest.",
        label="Daring",
        minimum=0.0,
        maximum=2.0,
    )
    top_k: int = setting(
        0,
        "Choose only among this many of the likeliest tokens. 0 considers all.",
        label="Top-k",
        zero="off",
        unit="tokens",
        minimum=0,
        maximum=1000,
    )
    typical: float = setting(
        1.0,
        "Choose among the tokens whose surprise is nearest to what is usual here, up to this probability. "
        "1 considers all.",
        label="Typical",
        minimum=0.01,
        maximum=1.0,
    )
    top_p: float = setting(
        0.95,
        "Choose only among the likeliest tokens that together have this probability. 1 considers all.",
        label="Top-p",
        minimum=0.0,
        maximum=1.0,
    )
    min_p: float = setting(
        0.0,
        "Leave out tokens less likely than this share of the likeliest one. 0 considers all.",
        label="Min-p",
        zero="off",
        minimum=0.0,
        maximum=1.0,
    )
    xtc_probability: float = setting(
        0.0,
        "How often the most obvious tokens are left out, so that something rarer comes (XTC). 0 never, 0.5 is usual.",
        label="Avoid the obvious (XTC)",
        zero="off",
        minimum=0.0,
        maximum=1.0,
    )
    xtc_threshold: float = setting(
        0.1,
        "Tokens at least this likely are obvious; the least likely of them always stays.",
        label="XTC threshold",
        minimum=0.01,
        maximum=0.5,
    )
    mirostat: float = setting(
        0.0,
        "Holds the surprise of the text at this many bits a token, instead of top-k to XTC. 0 does not, 5 is usual.",
        label="Surprise (mirostat)",
        zero="off",
        unit="bits",
        minimum=0.0,
        maximum=12.0,
    )
    mirostat_rate: float = setting(0.1, "How fast mirostat adapts.", label="Mirostat rate", minimum=0.001, maximum=1.0)
    beams: int = setting(
        1,
        "Follows this many beginnings at once and keeps the likeliest text; temperature and filters then do nothing. "
        "1 draws word by word.",
        label="Beams",
        minimum=1,
        maximum=32,
    )
    length_penalty: float = setting(
        1.0,
        "Above 0 beams prefer longer texts, below 0 shorter ones.",
        label="Length penalty of beams",
        minimum=-5.0,
        maximum=5.0,
    )
    max_new_tokens: int = setting(
        200,
        "How much to write. A token is about three quarters of a word, less with a small vocabulary.",
        label="Length",
        unit="tokens",
        minimum=1,
        maximum=LONGEST,
    )
    end: TextEnd = setting(
        TextEnd.ANYWHERE,
        "Where a text ends that has its length: there, or at the end of its sentence or paragraph, for which it goes "
        "on by up to 100 or 400 tokens.",
        label="Ends at",
    )
    stop_texts: tuple[str, ...] = setting(
        (),
        "The text ends before the first of these, one a line; \\\\n is a line end.",
        label="Stop at",
    )
    from_beginning: bool = setting(
        True,
        "The prompt begins a document. Off, it is read as if it stood in the middle of one.",
        label="Begins a document",
    )
    natural_start: bool = setting(
        True,
        "A space or half a word at the end of the prompt is gone on with as if it were being typed, and an empty page "
        "begins as a text does. Off, tokens follow the prompt as it stands, as in texts kept by earlier versions.",
        label="Joins the prompt smoothly",
    )
    n: int = setting(1, "How many texts to write from the same prompt.", label="Texts", minimum=1, maximum=1000)
    seed: int = setting(
        0,
        "The same seed and settings write the same text again. 0 takes a new seed each time.",
        label="Seed",
        zero="new each time",
        minimum=0,
        maximum=2**31 - 1,
    )

    def contradictions(self, prefix: str) -> list[str]:
        found = []
        if 0 < self.temperature < LEAST_TEMPERATURE:
            found.append(f"{prefix}temperature is {self.temperature}. Write 0 to take the likeliest word each time.")
        if self.json_schema and self.regex:
            found.append(f"{prefix}json_schema and {prefix}regex cannot both hold. Empty one of them.")
        if (self.json_schema or self.regex) and self.beams > 1:
            found.append(f"{prefix}beams cannot be held to a schema or pattern. Set {prefix}beams to 1.")
        if self.min_new_tokens > self.max_new_tokens:
            found.append(f"{prefix}min_new_tokens is larger than {prefix}max_new_tokens.")
        return found


def config_from(table: Mapping[str, Any]) -> GenerateConfig:
    """The settings of a text that was written before; what they do not name was not there then. Raises ConfigError."""
    return schema.from_table(GenerateConfig, {"natural_start": False, **table})


USUAL = GenerateConfig()
# Settings that go well together, by name; the user's own stand beside them in the window.
styles: dict[str, GenerateConfig] = {
    "Faithful": GenerateConfig(temperature=0.5, top_p=0.9),
    "Balanced": USUAL,
    "Wild": GenerateConfig(temperature=1.15, top_p=1.0, min_p=0.03, dry_multiplier=0.8),
}
OF_THE_TEXT = ("json_schema", "regex", "max_new_tokens", "end", "stop_texts", "from_beginning", "natural_start", "n")
STYLE_FIELDS = tuple(name for name in GenerateConfig.__dataclass_fields__ if name not in (*OF_THE_TEXT, "seed"))


def check_prompt(prompt: str) -> None:
    """Raises ConfigError for one that no model can be told."""
    if not schema.is_text(prompt):
        raise ConfigError("The prompt holds half a character, or bytes that are no text. Write it again.")
