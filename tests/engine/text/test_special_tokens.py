"""What begins and ends a text is what a model's own files say, and prompts have the ids of transformers."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tokenizers import Tokenizer, pre_tokenizers
from tokenizers.models import BPE
from tokenizers.processors import TemplateProcessing
from tokenizers.trainers import BpeTrainer
from transformers import AutoTokenizer, PreTrainedTokenizerFast
from transformers.models.auto.tokenization_auto import TOKENIZER_MAPPING_NAMES, tokenizer_class_from_name

from textgen_gui.engine.core import project
from textgen_gui.engine.core.config import TokenizerSource
from textgen_gui.engine.text import special_tokens
from textgen_gui.engine.text import tokenizer as tokenizers
from textgen_gui.engine.text.dataset import Prepared
from textgen_gui.engine.text.prepare import prepare
from textgen_gui.engine.text.special_tokens import SpecialTokens
from textgen_gui.engine.text.staleness import current, name_of

from ...conftest import never, story

PROMPT = "Once upon a time there was"


def vocabulary(*special: str) -> tuple[dict[str, int], list[tuple[str, str]]]:
    """Of a byte-level tokenizer with these tokens first."""
    made = Tokenizer(BPE())
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    alphabet = [*pre_tokenizers.ByteLevel.alphabet(), "▁"]
    made.train_from_iterator(
        [story(3)], BpeTrainer(vocab_size=400, special_tokens=list(special), initial_alphabet=alphabet)
    )
    plan = json.loads(made.to_str())["model"]
    return plan["vocab"], [tuple(merge) for merge in plan["merges"]]


def of_class(family: str, *special: str, **settings: Any) -> Callable[[Path], None]:
    """A folder with the tokenizer class that transformers has for this family."""

    def make(folder: Path) -> None:
        vocab, merges = vocabulary(*special)
        maker = tokenizer_class_from_name(TOKENIZER_MAPPING_NAMES.get(family, "LlamaTokenizer"))
        assert maker
        maker(vocab=vocab, merges=merges, **settings).save_pretrained(folder)
        (folder / "config.json").write_text(json.dumps({"model_type": family}))

    return make


def llama3(folder: Path) -> None:
    vocab, merges = vocabulary("<|begin_of_text|>", "<|end_of_text|>", "<|eot_id|>")
    made = Tokenizer(BPE(vocab=vocab, merges=merges))
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.add_special_tokens(["<|begin_of_text|>", "<|end_of_text|>", "<|eot_id|>"])
    made.post_processor = TemplateProcessing(single="<|begin_of_text|> $A", special_tokens=[("<|begin_of_text|>", 0)])
    PreTrainedTokenizerFast(
        tokenizer_object=made, bos_token="<|begin_of_text|>", eos_token="<|eot_id|>", chat_template="{{ messages }}"
    ).save_pretrained(folder)
    (folder / "generation_config.json").write_text(json.dumps({"bos_token_id": 0, "eos_token_id": [1, 2]}))
    (folder / "config.json").write_text(json.dumps({"model_type": "llama", "eos_token_id": [1, 2]}))


def smollm2(folder: Path) -> None:
    of_class("gpt2", "<|endoftext|>", "<|im_start|>", "<|im_end|>", bos_token="<|im_start|>", eos_token="<|im_end|>")(
        folder
    )
    (folder / "config.json").write_text(json.dumps({"model_type": "llama", "bos_token_id": 1, "eos_token_id": 2}))


ends = ("</s>", "<s>", "<unk>", "<pad>")
END = "<|endoftext|>"
# How the folder is made, what stands before a prompt, and what ends a text.
known: dict[str, tuple[Callable[[Path], None], list[str], list[str]]] = {
    "gpt2": (of_class("gpt2", END), [], [END]),
    "gpt_neox": (of_class("gpt_neox", END), [], [END]),
    "opt": (
        of_class(
            "opt", *ends, bos_token="</s>", eos_token="</s>", unk_token="</s>", pad_token="<pad>", add_bos_token=True
        ),
        ["</s>"],
        ["</s>"],
    ),
    "llama": (of_class("llama", "<unk>", "<s>", "</s>", add_bos_token=True), ["<s>"], ["</s>"]),
    "llama 3": (llama3, ["<|begin_of_text|>"], ["<|end_of_text|>", "<|eot_id|>"]),
    "smollm2 that chats": (smollm2, [], ["<|im_end|>"]),
    "qwen2": (of_class("qwen2", END, eos_token=END), [], [END]),
    "qwen2 that chats": (of_class("qwen2", END, "<|im_end|>", eos_token="<|im_end|>"), [], ["<|im_end|>"]),
    "gemma": (of_class("gemma", "<pad>", "<eos>", "<bos>", "<unk>", add_bos_token=True), ["<bos>"], ["<eos>"]),
    "codegen": (of_class("codegen", END), [], [END]),
    "cohere": (
        of_class("cohere", "<PAD>", "<UNK>", "<BOS_TOKEN>", "<|END_OF_TURN_TOKEN|>", add_bos_token=True),
        ["<BOS_TOKEN>"],
        ["<|END_OF_TURN_TOKEN|>"],
    ),
}


def loaded(folder: Path) -> tuple[Tokenizer, SpecialTokens]:
    tokenizer = tokenizers.load(folder / "tokenizer.json")
    return tokenizer, special_tokens.of(tokenizer)


@pytest.mark.parametrize("name", list(known))
def test_prompts_have_the_ids_of_transformers(tmp_path: Path, name: str) -> None:
    make, before, ending = known[name]
    make(tmp_path)
    tokenizer, special = loaded(tmp_path)
    theirs = AutoTokenizer.from_pretrained(tmp_path)(PROMPT)["input_ids"]
    ids = [int(number) for number in tokenizers.encode(tokenizer, [PROMPT])[0]]
    assert special.begun(ids) == theirs
    assert [tokenizer.id_to_token(number) for number in special.prefix] == before
    assert [tokenizer.id_to_token(number) for number in special.ends] == ending


def test_without_a_prompt_a_text_begins_as_the_model_knows_it(tmp_path: Path) -> None:
    smollm2(tmp_path)
    tokenizer, special = loaded(tmp_path)
    assert tokenizer.id_to_token(special.begin) == "<|im_start|>" and special.begun([]) == [special.begin]


def test_our_own_texts_begin_where_another_one_ended() -> None:
    special = special_tokens.of(tokenizers.train([story(2)], 300))
    assert special == SpecialTokens((0,), 0, (0,)) and special.begun([5]) == [0, 5] and not special.opening


def test_numbers_that_are_no_special_token_are_mistakes(tmp_path: Path) -> None:
    """As when a configuration keeps the numbers of the class, and the tokenizer is another one."""
    of_class("gpt2", END)(tmp_path)
    (tmp_path / "config.json").write_text(json.dumps({"model_type": "gpt2", "eos_token_id": 77, "bos_token_id": "x"}))
    (tmp_path / "generation_config.json").write_bytes(b"[")
    tokenizer, special = loaded(tmp_path)
    assert special.ends == (tokenizer.token_to_id(END),)


def prepared_with(folder: Path) -> Prepared:
    """Two texts in the tokens of this folder."""
    place = project.create(folder / "project", "Test")
    texts = [folder / "one.txt", folder / "two.txt"]
    texts[0].write_text(story(4), encoding="utf-8")
    texts[1].write_text("Nothing in this one is said in the other one, not a word of it.\n" * 4, encoding="utf-8")
    list(place.add_texts(texts, never))
    config = replace(place.prepare_config(), tokenizer=TokenizerSource.FILE, tokenizer_file=str(folder), heldout=0.0)
    place.set_prepare_config(config)
    list(prepare(place, never))
    prepared = current(place)
    assert prepared
    return prepared


@pytest.mark.parametrize("damaged", [b"", b"[", b'{"prefix": 1}', b'{"prefix": ["a"], "begin": 0, "ends": [0]}'])
def test_what_only_the_configuration_of_the_model_says_stays_with_the_tokens(tmp_path: Path, damaged: bytes) -> None:
    """Its config.json does not come along. The tokens of each text are kept under the name that all this makes."""
    of_class("gpt2", END, "<|im_end|>", pad_token="<|im_end|>")(tmp_path)
    (tmp_path / "config.json").write_text(json.dumps({"model_type": "gpt2", "eos_token_id": [1]}))
    tokenizer, special = loaded(tmp_path)
    assert [tokenizer.id_to_token(number) for number in special.ends] == ["<|im_end|>", END]
    prepared = prepared_with(tmp_path)
    assert special_tokens.of(prepared.tokenizer()) == special and prepared.train_tokens()[:][-1] == 1
    kept = list((tmp_path / "project").rglob("tokens-*"))
    assert {folder.name for folder in kept} == {f"tokens-{name_of(tokenizer)}"} and len(kept) == 2
    (prepared.folder / special_tokens.RESOLVED).write_bytes(damaged)
    assert special_tokens.of(prepared.tokenizer()).ends == (0,), "what else there is still speaks"


def test_documents_stand_between_the_tokens_of_the_model(tmp_path: Path) -> None:
    """And everything that its folder says goes with the tokens."""
    llama3(tmp_path)
    prepared = prepared_with(tmp_path)
    tokens = prepared.train_tokens()[:]
    begins, ends_at = np.flatnonzero(tokens == 0), np.flatnonzero(tokens == 1)
    assert begins[0] == 0 and len(begins) == len(ends_at) == 2 and begins[1] == ends_at[0] + 1
    assert special_tokens.of(prepared.tokenizer()) == loaded(tmp_path)[1]
    assert (prepared.folder / "chat_template.jinja").read_bytes() == (tmp_path / "chat_template.jinja").read_bytes()
