"""How texts are read, cleaned and turned into tokens."""

from dataclasses import dataclass, field, fields, replace

from ..schema import Choice, setting, settled_repr


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


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class TextConfig:
    """How one text is read, and how much it counts."""

    __repr__ = settled_repr

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
        "What stands between two documents; \\\\n is a line end, so three of them are two empty lines. Used when a "
        "document ends at the separator.",
        label="Between two documents",
    )
    columns: tuple[str, ...] = setting(
        (),
        "The columns of a table, the fields of JSON records or chats, or the parts of a document (text, notes, "
        "comments, headers) that are learnt. Empty takes what reads like text, and says what it took.",
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
        label="Its share (weight)",
        minimum=0.0,
        maximum=1000.0,
    )
    group: str = setting(
        "",
        "A name for texts that belong together. A run can learn from one group after the other.",
        label="Belongs together with (group)",
    )
    rules_on: tuple[str, ...] = setting(
        (),
        "Rules of the text doctor that are on for this text, whatever is chosen for all.",
        label="The doctor’s rules on for this text",
        later=True,
    )
    rules_off: tuple[str, ...] = setting(
        (),
        "Rules of the text doctor that are off for this text, whatever is chosen for all.",
        label="The doctor’s rules off for this text",
        later=True,
    )

    def with_rule(self, name: str, on: bool, clean: "CleanConfig") -> "TextConfig":
        """A rule of the doctor on or off for this text; no word is needed where ``clean`` says the same for all."""
        ons = tuple(rule for rule in self.rules_on if rule != name)
        offs = tuple(rule for rule in self.rules_off if rule != name)
        if getattr(clean, name) == on:
            return replace(self, rules_on=ons, rules_off=offs)
        return replace(self, rules_on=(*ons, name) if on else ons, rules_off=offs if on else (*offs, name))

    def contradictions(self, prefix: str = "") -> list[str]:
        """Rules that there are not, and those that compare texts, which is no matter of one alone."""
        unknown = [name for name in (*self.rules_on, *self.rules_off) if name not in rules_of_a_text]
        names = ", ".join(rules_of_a_text)
        return [f"{prefix}rules_on and rules_off know no rule “{name}”. There are: {names}." for name in unknown]


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class CleanConfig:
    """What the text doctor mends before a text becomes tokens. The texts themselves are never changed."""

    __repr__ = settled_repr

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

    def of_text(self, options: TextConfig) -> "CleanConfig":
        """What is mended in a text that may have rules of its own."""
        own = dict.fromkeys(options.rules_on, True) | dict.fromkeys(options.rules_off, False)
        return replace(self, **own) if own else self


rules_of_a_text = tuple(f.name for f in fields(CleanConfig) if f.name not in ("duplicates", "near_duplicates"))


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
        zero="automatic",
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
        is_share=True,
    )
    seed: int = setting(
        1,
        "Decides which documents are held out. The same seed always holds out the same ones.",
        label="Seed",
        minimum=0,
        maximum=2**31 - 1,
    )
    clean: CleanConfig = field(default_factory=CleanConfig)
