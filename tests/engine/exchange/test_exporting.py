"""Models for other programs: what is exported is read again by the program it is for, and writes the same there."""

import json
import math
import random
import shutil
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import torch
from gguf import GGUFWriter
from transformers import AutoModelForCausalLM, AutoTokenizer

from textgen_gui.engine.core import events
from textgen_gui.engine.core.errors import CheckpointError, ProjectError
from textgen_gui.engine.core.generation_config import USUAL, GenerateConfig
from textgen_gui.engine.core.model_forms import NOBODY, Destination, Maker, ModelForm, WeightType
from textgen_gui.engine.core.project import Checkpoint, Project, Run
from textgen_gui.engine.exchange import convert, gguf_file
from textgen_gui.engine.exchange.exporting import exporting
from textgen_gui.engine.exchange.gguf_vocabulary import vocabulary_of
from textgen_gui.engine.models import model as models
from textgen_gui.engine.text import special_tokens
from textgen_gui.engine.text.special_tokens import SpecialTokens

from ...conftest import never

Exporter = Callable[..., events.Exported]


def export(
    chosen: Run | Checkpoint,
    path: Path,
    weight_type: WeightType = WeightType.F32,
    destination: Destination = Destination.FILE,
    form: ModelForm | None = None,
    maker: Maker = NOBODY,
    writing: GenerateConfig = USUAL,
) -> events.Exported:
    *_, last = exporting(chosen, path, never, weight_type, destination, form, maker, writing)
    assert isinstance(last, events.Exported)
    return last


@contextmanager
def llama_cpp(file: Path, context: int) -> Iterator[Callable[[str, dict[str, Any]], Any]]:
    """llama.cpp's own server with this file, in exact arithmetic; asks it a question at an address."""
    xllamacpp = pytest.importorskip("xllamacpp", reason="llama.cpp is not installed")
    options = xllamacpp.CommonParams()
    options.model.path, options.n_ctx, options.n_parallel, options.warmup = str(file), context, 1, False
    options.cache_type_k = options.cache_type_v = xllamacpp.ggml_type.GGML_TYPE_F32
    options.flash_attn_type = xllamacpp.llama_flash_attn_type.LLAMA_FLASH_ATTN_TYPE_DISABLED
    options.cpuparams.n_threads = 1
    options.verbosity = 0
    server = xllamacpp.Server(options)

    def ask(address: str, question: dict[str, Any]) -> Any:
        body, head = json.dumps(question).encode(), {"Content-Type": "application/json"}
        request = urllib.request.Request(server.listening_address + address, body, head)
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.loads(answer.read())

    yield ask


def strings(tokenizer: Any, count: int) -> list[str]:
    """Random runs of tokens and of letters from all over Unicode, but the sign that GGUF uses for a space."""
    chance = random.Random(5)
    letters = "aeZ 0'\n\t-—“é" + "ñßж日本語한😀\u0301\u00a0\u200d"
    made = []
    for _ in range(count // 2):
        ids = [chance.randrange(tokenizer.get_vocab_size()) for _ in range(12)]
        made.append(tokenizer.decode(ids, skip_special_tokens=True).replace("\ufffd", "?"))
        made.append("".join(chance.choice(letters) for _ in range(chance.randrange(1, 24))))
    return [text for text in made if "\u2581" not in text and text]


@dataclass(frozen=True, slots=True)
class Agreement:
    """``same``: prompts after which all tokens were equal. ``furthest``: between two log-probabilities of a token."""

    same: int
    furthest: float


class TabledGelu(torch.nn.Module):
    """GPT-2's activation as llama.cpp computes it: from a table in half precision, between -10 and 10."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        tabled = torch.nn.functional.gelu(x.half().float(), approximate="tanh").half().float()
        return torch.where(x <= -10, torch.zeros_like(x), torch.where(x >= 10, x, tabled))


def compared(
    file: Path, folder: Path, texts: int = 1000, prompts: int = 20, tokens: int = 16, *, tabled: bool = False
) -> Agreement:
    """llama.cpp against transformers, greedily. ``tabled``: transformers, too, with the activation from a table.

    Fails where llama.cpp cuts one of so many texts into other tokens.
    """
    model, tokenizer = models.load(folder)
    for block in model.transformer.h if tabled else ():
        block.mlp.act = TabledGelu()
    context, end = models.context(model), special_tokens.of(tokenizer).ends[0]
    furthest, seen = [0.0, 0.0], 0  # where the end that it may not write counts among the others, and where not
    same = 0
    with llama_cpp(file, context) as ask:
        for text in strings(tokenizer, texts):
            meant = tokenizer.encode(text, add_special_tokens=False).ids
            assert ask("/tokenize", {"content": text})["tokens"] == meant, repr(text)
        for prompt in strings(tokenizer, prompts):
            ids = tokenizer.encode(prompt, add_special_tokens=False).ids[:10]
            asked = {"prompt": ids, "n_predict": tokens, "temperature": 0, "n_probs": 1, "cache_prompt": False}
            written = ask("/completion", {**asked, "return_tokens": True, "logit_bias": [[end, False]]})
            assert len(written["tokens"]) == tokens, written
            with torch.no_grad():
                scores = model(torch.tensor([[*ids, *written["tokens"]]])).logits[0, len(ids) - 1 : -1]
            with_end = scores.log_softmax(-1)
            scores[:, end] = -math.inf
            without = scores.log_softmax(-1)
            same += without.argmax(-1).tolist() == written["tokens"]
            told = written.get("completion_probabilities", [])
            if len(told) < len(written["tokens"]):
                continue  # it leaves out torn letters, and does not say where
            for number, (token, said) in enumerate(zip(written["tokens"], told, strict=True)):
                differences = [abs(float(rows[number, token]) - said["logprob"]) for rows in (with_end, without)]
                furthest, seen = [max(pair) for pair in zip(furthest, differences, strict=True)], seen + 1
    assert seen > prompts
    return Agreement(same, min(furthest))


@pytest.mark.slow
@pytest.mark.parametrize("name", ["lfm2", "llama", "gpt2", "lora", "characters"])
def test_llama_cpp_reads_and_writes_the_same(runs: dict[str, Run], tmp_path: Path, name: str) -> None:
    newest, file = runs[name].checkpoints()[-1], tmp_path / "x.gguf"
    export(newest, file)
    agreement = compared(file, newest.folder, tabled=name == "gpt2")
    assert agreement.same == 20 and agreement.furthest < 1e-4


@pytest.mark.parametrize("name", ["lfm2", "llama", "gpt2", "lora", "characters"])
@pytest.mark.parametrize("weight_type", list(WeightType))
def test_each_model_is_read_back(runs: dict[str, Run], tmp_path: Path, name: str, weight_type: WeightType) -> None:
    exported = export(runs[name], tmp_path / "x.gguf", weight_type)
    assert exported.bytes == (tmp_path / "x.gguf").stat().st_size
    assert exported.proof.startswith("Read back: all ") and [path.name for path in tmp_path.glob("*.*")] == ["x.gguf"]


def test_a_smaller_type_makes_a_smaller_file(runs: dict[str, Run], tmp_path: Path) -> None:
    sizes = [export(runs["llama"], tmp_path / f"{kind}.gguf", kind).bytes for kind in WeightType]
    assert sizes == sorted(sizes, reverse=True) and sizes[0] > sizes[2] * 1.3


def test_rows_are_permuted_and_come_back() -> None:
    rows = torch.arange(48.0).reshape(12, 4)
    assert torch.equal(gguf_file.unpermuted(gguf_file.permuted(rows, 2), 2), rows)
    assert gguf_file.permuted(rows, 2)[:4, 0].tolist() == [0, 12, 4, 16]


@pytest.mark.parametrize(("function", "result"), [("permuted", "weights"), ("_laid_out", "weights")])
def test_a_wrong_layout_is_noticed(
    runs: dict[str, Run], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, function: str, result: str
) -> None:
    monkeypatch.setattr(gguf_file, function, lambda *arguments: arguments[1 if function == "_laid_out" else 0].flip(0))
    with pytest.raises(CheckpointError, match="came back wrong"):
        export(runs["llama"], tmp_path / "x.gguf")
    assert not list(tmp_path.iterdir())


def test_a_folder_is_what_transformers_loads(runs: dict[str, Run], tmp_path: Path) -> None:
    folder = tmp_path / "for friends"
    export(runs["llama"].checkpoints()[-1], folder)
    model, tokenizer = AutoModelForCausalLM.from_pretrained(folder), AutoTokenizer.from_pretrained(folder)
    ours, _ = models.load(runs["llama"].checkpoints()[-1].folder)
    ids = torch.tensor([tokenizer("The sea")["input_ids"]])
    with torch.no_grad():
        assert torch.equal(model(ids).logits, ours(ids).logits)
    card = (folder / "README.md").read_text(encoding="utf-8")
    assert "My Stories, llama" in card and "Learnt from 1 text with" in card and not (folder / "training").exists()


def test_ollama_gets_a_file_and_a_recipe(runs: dict[str, Run], tmp_path: Path) -> None:
    writing = GenerateConfig(temperature=0.5, top_p=0.9, repetition_penalty=1.2, stop_texts=("THE END", "\\n\\n"))
    exported = export(runs["llama"], tmp_path / "My Sea", destination=Destination.OLLAMA, writing=writing)
    recipe = (tmp_path / "My Sea" / "Modelfile").read_text(encoding="utf-8")
    assert recipe.startswith("FROM ./My Sea.gguf\n") and 'stop "<|endoftext|>"' in recipe
    assert 'stop "THE END"\nPARAMETER stop """\n\n"""\n' in recipe
    for line in ("temperature 0.5", "top_k 0", "top_p 0.9", "repeat_penalty 1.2", "num_ctx 64", "num_predict 200"):
        assert f"PARAMETER {line}\n" in recipe  # what is not said, Ollama decides in its own manner
    assert exported.steps[1:] == ("ollama create my-sea", "ollama run my-sea")


def test_nothing_is_replaced_and_nothing_half_written(runs: dict[str, Run], tmp_path: Path) -> None:
    (tmp_path / "x.gguf").write_text("mine")
    for path, words in (
        (tmp_path / "x.gguf", "exists already"),
        (tmp_path / "none" / "x.gguf", "does not exist"),
        (tmp_path / "x.docx", "ends in .gguf"),
    ):
        with pytest.raises(ProjectError, match=words):
            export(runs["llama"], path)
    *_, last = exporting(runs["llama"], tmp_path / "y.gguf", lambda: True, WeightType.F16, Destination.FILE)
    assert isinstance(last, events.Warned) and [path.name for path in tmp_path.glob("*.*")] == ["x.gguf"]


def test_a_card_says_whose_model_it_is_and_no_path_of_its_maker(
    places: dict[str, Project], runs: dict[str, Run], tmp_path: Path
) -> None:
    export(runs["lora"], tmp_path / "mine")
    card = (tmp_path / "mine" / "README.md").read_text(encoding="utf-8")
    assert "words, in English;" in card and "language: [en]" in card
    assert "that person's own texts" in card and "It began with the model" in card
    assert str(places["tokens"].folder.parent) not in card
    elsewhere = tmp_path / "elsewhere"
    shutil.copytree(runs["llama"].checkpoints()[-1].folder, elsewhere)
    (elsewhere / "README.md").write_text("---\nlicense: apache-2.0\n---\n")
    (elsewhere / "chat_template.jinja").write_text("{{ messages }}")
    export(Checkpoint(elsewhere), tmp_path / "theirs")
    card = (tmp_path / "theirs" / "README.md").read_text(encoding="utf-8")
    assert "license: apache-2.0" in card and "own texts" not in card and "No licence" not in card
    assert (tmp_path / "theirs" / "chat_template.jinja").exists()


def test_a_model_s_own_begin_and_end_go_out_with_it(runs: dict[str, Run], tmp_path: Path) -> None:
    """Where GGUF has a name for them; otherwise it is refused."""
    model, tokenizer = models.load(runs["llama"].checkpoints()[-1].folder)
    special_tokens.attach(tokenizer, SpecialTokens((5,), 5, (0, 7)))
    known = vocabulary_of(tokenizer, model.config.vocab_size)
    file = GGUFWriter(tmp_path / "x.gguf", "llama")
    known.write(file)
    said = {key: value.value for key, value in file.kv_data[0].items() if key.endswith(("_token_id", "bos_token"))}
    assert said == {
        "tokenizer.ggml.bos_token_id": 5,
        "tokenizer.ggml.eos_token_id": 0,
        "tokenizer.ggml.eot_token_id": 7,
        "tokenizer.ggml.add_bos_token": True,
    }
    file.close()
    special_tokens.attach(tokenizer, SpecialTokens((5, 6), 5, (0,)))
    with pytest.raises(CheckpointError, match="begins or ends texts"):
        vocabulary_of(tokenizer, model.config.vocab_size)


@pytest.mark.parametrize("name", ["lfm2", "llama"])
def test_what_left_as_gguf_comes_back(runs: dict[str, Run], tmp_path: Path, name: str) -> None:
    """Of an LFM2 it was called damaged."""
    newest = runs[name].checkpoints()[-1]
    export(newest, tmp_path / "x.gguf")
    list(convert.from_gguf(str(tmp_path / "x.gguf"), str(tmp_path / "back")))
    before, after = (models.load(folder)[0] for folder in (newest.folder, tmp_path / "back"))
    ids = torch.arange(1, 40)[None]
    with torch.no_grad():
        torch.testing.assert_close(after(ids).logits, before.half().float()(ids).logits, atol=0.02, rtol=0)


def test_convolutions_come_back_exactly(runs: dict[str, Run], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """llama.cpp wants them so."""
    monkeypatch.setattr(gguf_file, "_type_of", lambda name, weights, wanted: gguf_file.quantizations[wanted])
    with pytest.raises(CheckpointError, match=r"conv\.conv\.weight came back wrong"):
        export(runs["lfm2"], tmp_path / "x.gguf", WeightType.F16)
