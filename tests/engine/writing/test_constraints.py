"""What must not be written is not written, what must be is: banned words, bias, stops, schemas, patterns, beams."""

import json
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import torch
from tokenizers import Tokenizer, decoders, pre_tokenizers, trainers
from tokenizers import models as library
from transformers import PreTrainedModel

from textgen_gui.engine.core.config import ModelConfig
from textgen_gui.engine.core.errors import ConfigError
from textgen_gui.engine.core.events import TextGenerated, TokenChosen
from textgen_gui.engine.core.generation_config import GenerateConfig
from textgen_gui.engine.core.project import Run
from textgen_gui.engine.models import decode
from textgen_gui.engine.models import model as models
from textgen_gui.engine.text import tokenizer as tokenizers
from textgen_gui.engine.writing.generate import write
from textgen_gui.engine.writing.session import open_session

from ...conftest import never, story

SCHEMA = json.dumps(
    {
        "type": "object",
        "properties": {"age": {"enum": [1, 23]}},
        "required": ["age"],
        "additionalProperties": False,
        "x-guidance": {"whitespace_flexible": True},
    }
)
wild = GenerateConfig(temperature=2.0, top_p=1.0, max_new_tokens=200, n=5, seed=3)


def texts(run: Run, config: GenerateConfig, prompt: str = "The") -> list[TextGenerated]:
    happened = open_session(run).write(prompt, config, never)
    return sorted((e for e in happened if isinstance(e, TextGenerated)), key=lambda e: e.index)


def test_letters_between_stars_are_never_written(trained: Run) -> None:
    assert any("e" in done.text.lower() for done in texts(trained, wild))
    for done in texts(trained, replace(wild, banned=("*e*", "*O*"))):
        assert not set("eEoO") & set(done.text) and done.tokens > 20


def test_banned_words_are_not_written_but_stand_inside_others(trained: Run) -> None:
    config = replace(wild, banned=("a", "t"))
    for done in texts(trained, config):
        assert not re.search(r"(?i)(?<!\w)[at](?!\w)", done.text)


def test_no_bias_makes_a_score_no_number(trained: Run) -> None:
    for bias in ("q = inf", "q = 1e308", "q = nan", "q = \udcff", "q"):
        with pytest.raises(ConfigError, match=r"is not understood|no character"):
            texts(trained, replace(wild, bias=(bias,), max_new_tokens=2, n=1))
    with pytest.raises(ConfigError, match="half a character"):
        open_session(trained).write("The \udcff", wild, never)


def test_bias_makes_a_token_sure_or_impossible(trained: Run) -> None:
    done = texts(trained, replace(wild, bias=("q = 60",), max_new_tokens=20, n=1))[0]
    assert done.text.replace(" ", "").count("q") >= 19
    for bias, there in (((), True), (("#70 = -inf",), False)):
        happened = open_session(trained).write("The", replace(wild, bias=bias), never, alternatives=1)
        assert there == (70 in [event.token for event in happened if isinstance(event, TokenChosen)])


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("love", "not understood"),
        ("love = much", "not understood"),
        ("zzyzx = 1", "no single token"),
        ("#999999=1", "has only"),
    ],
)
def test_a_bias_that_means_nothing_is_told(trained: Run, line: str, words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        texts(trained, replace(wild, bias=(line,)))


def test_a_text_ends_before_the_stop_text(trained: Run) -> None:
    done = texts(trained, replace(wild, stop_texts=("e", "\\n"), min_new_tokens=200))
    assert {text.stop_reason for text in done} == {"stop text"}
    assert not any("e" in text.text or "\n" in text.text for text in done)


def test_no_character_is_torn_however_wild(trained: Run) -> None:
    written = [done.text[:-1] for done in texts(trained, replace(wild, min_new_tokens=200))]
    assert any(not text.isascii() for text in written) and "\ufffd" not in "".join(written)


def test_the_least_length_holds(trained: Run) -> None:
    assert all(done.tokens == 200 for done in texts(trained, replace(wild, min_new_tokens=200, bias=("#0 = 50",))))


def test_a_pattern_is_kept_to(trained: Run) -> None:
    for done in texts(trained, replace(wild, regex=r"[A-Z][a-z]{2,8}, [0-9]{4}\.")):
        assert re.fullmatch(r"[A-Z][a-z]{2,8}, [0-9]{4}\.", done.text), done.text
        assert done.stop_reason in ("complete", "end of text")


def test_a_schema_is_kept_to(trained: Run) -> None:
    schema = {
        "type": "object",
        "properties": {"name": {"type": "string", "maxLength": 12}, "age": {"type": "integer", "maximum": 99}},
        "required": ["name", "age"],
        "additionalProperties": False,
    }
    for done in texts(trained, replace(wild, json_schema=json.dumps(schema), max_new_tokens=400)):
        record = json.loads(done.text)
        assert set(record) == {"name", "age"} and record["age"] <= 99 and len(record["name"]) <= 12


@pytest.mark.parametrize("change", [{"json_schema": "{"}, {"json_schema": '{"type": "nonsense"}'}, {"regex": "(("}])
def test_an_invalid_rule_is_a_sentence(trained: Run, change: dict[str, str]) -> None:
    with pytest.raises(ConfigError, match=f"{next(iter(change))} .*Mend it, or empty it"):
        texts(trained, replace(wild, **change))  # type: ignore[arg-type]


def test_contradictions_are_told(trained: Run) -> None:
    with pytest.raises(ConfigError, match="cannot both hold"):
        texts(trained, replace(wild, json_schema="{}", regex="a"))
    with pytest.raises(ConfigError, match="min_new_tokens is larger"):
        texts(trained, replace(wild, min_new_tokens=300))
    with pytest.raises(ConfigError, match="2 beams give at most 2 texts"):
        texts(trained, replace(wild, beams=2))


@pytest.fixture
def sharp() -> tuple[PreTrainedModel, Tokenizer]:
    """A model that is so sure of itself that few beginnings matter."""
    tokenizer = tokenizers.train([story()], 300)
    model = models.build(ModelConfig(layers=1, width=16, heads=2, context=16), 300, 0, seed=3).eval()
    torch.nn.init.normal_(model.get_input_embeddings().weight, std=1.0)
    return model, tokenizer


@pytest.mark.parametrize("length_penalty", [0.0, 1.0, -1.0])
def test_beams_find_the_likeliest_text(sharp: tuple[PreTrainedModel, Tokenizer], length_penalty: float) -> None:
    """Two tokens long, against all texts that there are."""
    model, tokenizer = sharp
    ids = [0, *tokenizer.encode("The").ids]
    with torch.no_grad():
        first = model(torch.tensor([ids])).logits[0, -1].log_softmax(-1)
        after = torch.tensor([[*ids, token] for token in range(300)])
        second = model(after).logits[:, -1].log_softmax(-1) + first[:, None]
    pairs = second / 2**length_penalty
    pairs[0] = float("-inf")
    best = pairs.flatten().topk(9)
    texts = [(place // 300, place % 300) for place in best.indices.tolist()]
    scores: dict[tuple[int, ...], float] = dict(zip(texts, best.values.tolist(), strict=True))
    scores[(0,)] = float(first[0])
    likeliest = sorted(scores, key=lambda text: -scores[text])[:3]
    config = GenerateConfig(beams=32, length_penalty=length_penalty, max_new_tokens=2, n=3, seed=1)
    found = [
        event.text
        for event in write(decode.weights(model), tokenizer, "The", config, never)
        if isinstance(event, TextGenerated)
    ]
    assert found == [tokenizer.decode([token for token in text if token]) for text in likeliest]


def test_beams_equal_transformers(sharp: tuple[PreTrainedModel, Tokenizer]) -> None:
    model, tokenizer = sharp
    for prompt in ("The old", "Nobody", "Every"):
        ids = [0, *tokenizer.encode(prompt).ids]
        expected = model.generate(
            torch.tensor([ids]),
            do_sample=False,
            num_beams=4,
            early_stopping="never",
            max_new_tokens=6,
            pad_token_id=0,
            eos_token_id=0,
        )
        wanted = [i for i in expected[0, len(ids) :].tolist() if i != 0]
        config = GenerateConfig(beams=4, max_new_tokens=6, seed=1, natural_start=False)
        happened = write(decode.weights(model), tokenizer, prompt, config, never)
        (done,) = [event for event in happened if isinstance(event, TextGenerated)]
        assert done.text == tokenizer.decode(wanted, skip_special_tokens=True)


def unigram() -> Tokenizer:
    tokenizer = Tokenizer(library.Unigram())
    tokenizer.pre_tokenizer, tokenizer.decoder = pre_tokenizers.Metaspace(), decoders.Metaspace()
    trainer = trainers.UnigramTrainer(
        vocab_size=150, special_tokens=["<unk>", "</s>"], unk_token="<unk>", initial_alphabet=list('{}":,0123456789')
    )
    tokenizer.train_from_iterator([story(3)], trainer)
    return tokenizer


def word_pieces() -> Tokenizer:
    tokenizer = Tokenizer(library.WordPiece(unk_token="[UNK]"))
    tokenizer.pre_tokenizer, tokenizer.decoder = pre_tokenizers.BertPreTokenizer(), decoders.WordPiece()
    trainer = trainers.WordPieceTrainer(
        vocab_size=200, special_tokens=["[UNK]", "[SEP]"], initial_alphabet=list('{}":,')
    )
    tokenizer.train_from_iterator([story(3), "0123456789" * 2], trainer)
    return tokenizer


@pytest.mark.parametrize("maker", [lambda: tokenizers.train([story()], 300), unigram, word_pieces], ids=str)
@pytest.mark.parametrize(
    "change", [{"regex": r" ?[a-z]{2,8} ?[0-9]{4}"}, {"json_schema": SCHEMA}, {"bias": ("#9 = 9",)}]
)
def test_wishes_hold_with_any_tokenizer_and_a_model_that_knows_more_tokens(
    maker: Callable[[], Tokenizer], change: dict[str, Any]
) -> None:
    tokenizer = maker()
    size = tokenizer.get_vocab_size() + 37  # padded, as many models are
    model = models.build(ModelConfig(layers=1, width=16, heads=2, context=64), size, 0, seed=3).eval()
    torch.nn.init.normal_(model.get_input_embeddings().weight, std=0.3)
    config = replace(wild, **change)
    happened = write(decode.weights(model), tokenizer, "The", config, never)
    if maker is word_pieces and config.json_schema:  # every word of theirs has a space before it
        with pytest.raises(ConfigError, match="has no tokens for what the schema or pattern asks for"):
            list(happened)
        return
    done = [event for event in happened if isinstance(event, TextGenerated)]
    assert len(done) == config.n and all(text.tokens for text in done)
    for text in done:
        if config.regex and text.stop_reason != "length":
            assert re.fullmatch(config.regex, text.text), text.text
        if config.json_schema and text.stop_reason != "length":
            assert json.loads(text.text)["age"] in (1, 23)
