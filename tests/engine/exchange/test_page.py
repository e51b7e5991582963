"""The page for a friend: its engine in plain JavaScript writes what our own engine writes with the same weights."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import torch
from tokenizers import Tokenizer
from transformers import LlamaConfig

from textgen_gui.engine.core import events, home
from textgen_gui.engine.core.errors import CheckpointError, ProjectError
from textgen_gui.engine.core.generation_config import GenerateConfig, TextEnd
from textgen_gui.engine.core.model_forms import Maker
from textgen_gui.engine.core.project import Checkpoint, Run
from textgen_gui.engine.exchange import page
from textgen_gui.engine.models import model as models
from textgen_gui.engine.writing.endings import cut_back
from textgen_gui.engine.writing.generate import write_ids

from ...conftest import never
from ..training.test_initial_model import SIZES, folder_of
from . import little as little_runs
from .test_exporting import export, strings

little = little_runs.little  # a fixture

SETTINGS = {"temperature": 0.8, "top_k": 0, "top_p": 0.95, "min_p": 0.0, "repetition": 1.0, "seed": 1}
LENGTH = 80  # tokens: with a context of 64 the window moves on

node = pytest.mark.skipif(shutil.which("node") is None, reason="Node.js is not installed")


def in_javascript(file: Path, asked: list[tuple[str, dict[str, Any], int]], *, plain: bool = False) -> dict[str, Any]:
    """``plain``: without WebAssembly."""
    script = Path(__file__).with_name("run_page.js")
    done = subprocess.run(
        ["node", str(script), str(file), *(["plain"] if plain else [])],
        input=json.dumps(asked),
        capture_output=True,
        text=True,
        check=True,
        timeout=280,
    )
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def as_here(model: Any, tokenizer: Tokenizer, prompt: str, asked: dict[str, Any]) -> tuple[list[int], str]:
    """The tokens of the prompt and the text that our engine writes after it."""
    ids = tokenizer.encode(prompt, add_special_tokens=False).ids
    config = GenerateConfig(
        temperature=asked["temperature"],
        top_k=asked["top_k"],
        top_p=asked["top_p"],
        min_p=asked["min_p"],
        repetition_penalty=asked["repetition"],
        max_new_tokens=LENGTH,
    )
    start = [int(model.config.eos_token_id), *ids]
    happened = list(write_ids(model, tokenizer, start, config, asked["seed"], never))
    (text,) = (event.text for event in happened if isinstance(event, events.TextGenerated))
    return ids, text


def rounded(folder: Path) -> tuple[Any, Tokenizer]:
    """The model of a folder with its weights in half precision, as a page has them."""
    model, tokenizer = models.load(folder)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.copy_(parameter.half().float())
    return model, tokenizer


@node
def test_a_browser_without_webassembly_writes_the_same(runs: dict[str, Run], tmp_path: Path) -> None:
    export(runs["llama"].checkpoints()[-1], tmp_path / "x.html")
    asked = [(text, {**SETTINGS, "seed": n}, LENGTH) for n, text in enumerate(("The sea", "", "Once upon"))]
    fast, plain = (in_javascript(tmp_path / "x.html", asked, plain=plain)["texts"] for plain in (False, True))
    assert fast == plain


@node
@pytest.mark.slow
@pytest.mark.parametrize("name", ["lfm2", "llama", "gpt2", "lora", "characters"])
def test_javascript_writes_the_same(runs: dict[str, Run], tmp_path: Path, name: str) -> None:
    file = tmp_path / "x.html"
    export(runs[name].checkpoints()[-1], file)
    model, tokenizer = rounded(runs[name].checkpoints()[-1].folder)
    greedy = [(text, {**SETTINGS, "temperature": 0.0}) for text in strings(tokenizer, 40)]
    one, two = {"temperature": 1.2, "top_p": 1.0}, {"min_p": 0.1, "top_p": 1.0}
    others: list[dict[str, float]] = [{"top_k": 5}, two, {"repetition": 1.3}, one, {}]
    drawn = [(text, {**SETTINGS, **others[n % 5], "seed": n + 1}) for n, text in enumerate(strings(tokenizer, 20))]
    asked = [(prompt[:60], settings, LENGTH) for prompt, settings in [*greedy, *drawn]]
    answer = in_javascript(file, asked)
    same = 0
    for (prompt, settings, _), text in zip(asked, answer["texts"], strict=True):
        ids, meant = as_here(model, tokenizer, prompt, settings)
        assert text["prompt"] == ids, repr(prompt)
        same += bytes(text["bytes"]).decode("utf-8", "replace") == meant
    assert same == len(asked), f"{len(asked) - same} of {len(asked)} texts are others"


def test_a_page_holds_the_model_and_nothing_that_runs_away(runs: dict[str, Run], tmp_path: Path) -> None:
    file = tmp_path / "x.html"
    exported = export(runs["llama"].checkpoints()[-1], file)
    source = file.read_text(encoding="utf-8")
    assert source.count("<script") == 4 and "http" not in source.replace("http-equiv", "")
    assert exported.bytes < 1.4 * 2 * weights_of(runs["llama"]) + 150_000
    assert "<title>My Stories, llama</title>" in source and "@WEIGHTS@" not in source


def test_a_page_says_who_made_it_in_the_maker_s_own_words(runs: dict[str, Run], tmp_path: Path) -> None:
    maker = Maker("Ann <b> & Söhne", "For Tom.\n</script> @WEIGHTS@")
    export(runs["llama"].checkpoints()[-1], tmp_path / "x.html", maker=maker)
    source = (tmp_path / "x.html").read_text(encoding="utf-8")
    assert "made by Ann &lt;b&gt; &amp; Söhne</p>" in source
    assert "For Tom.\n&lt;/script&gt; @WEIGHTS@</p>" in source
    with pytest.raises(ProjectError, match=r"stand on a page. Choose a name that ends in .html"):
        export(runs["llama"].checkpoints()[-1], tmp_path / "x.gguf", maker=maker)


def test_a_page_says_in_plain_words_what_it_is(runs: dict[str, Run], tmp_path: Path) -> None:
    export(runs["llama"].checkpoints()[-1], tmp_path / "x.html")
    source = (tmp_path / "x.html").read_text(encoding="utf-8")
    about = source.partition("</details>\n<small>")[2].partition("</small>")[0]
    assert "It learnt from" in about and all(line.endswith(".") for line in about.splitlines())
    assert not any(word in about for word in ("token", "bits", "step", "byte"))


@node
def test_what_a_page_writes_ends_with_its_sentence() -> None:
    texts = ["He went. And th", "“Mr. Holmes!” he said", "“Go!” said Dr. W. Watson. “I", "no end at all", "一。二"]
    engine = home.resources() / "page" / "engine.js"
    script = f"const {{ whole }} = require({json.dumps(str(engine))}); "
    script += f"process.stdout.write(JSON.stringify({json.dumps(texts)}.map(whole)))"
    done = subprocess.run(["node", "-e", script], capture_output=True, text=True, check=True, timeout=60)
    assert json.loads(done.stdout) == [cut_back(text, TextEnd.SENTENCE) for text in texts]


def weights_of(run: Run) -> int:
    model, _ = models.load(run.checkpoints()[-1].folder)
    return sum(parameter.numel() for parameter in model.parameters())


def test_a_page_that_lost_a_weight_is_noticed(runs: dict[str, Run], tmp_path: Path) -> None:
    file = tmp_path / "x.html"
    export(runs["llama"].checkpoints()[-1], file)
    model, _ = models.load(runs["llama"].checkpoints()[-1].folder)
    source = file.read_text(encoding="utf-8")
    at = source.index('id="weights"') + 200
    file.write_text(source[:at] + ("A" if source[at] != "A" else "B") + source[at + 1 :], encoding="utf-8")
    with pytest.raises(CheckpointError, match="came back wrong"):
        page.read_back(file, model)


@node
def test_tokens_that_are_none_are_never_written_and_digits_stand_alone(little: Run, tmp_path: Path) -> None:
    """As with SmolLM2: more scores than tokens, and a token for each digit."""
    config = LlamaConfig(**SIZES, max_position_embeddings=64, bos_token_id=0, eos_token_id=0)
    folder = folder_of(little.project, tmp_path / "model", config)
    plan = json.loads((folder / "tokenizer.json").read_text())
    digits = {"type": "Digits", "individual_digits": True}
    plan["pre_tokenizer"] = {"type": "Sequence", "pretokenizers": [digits, plan["pre_tokenizer"]]}
    (folder / "tokenizer.json").write_text(json.dumps(plan))
    export(Checkpoint(folder), tmp_path / "x.html")
    model, tokenizer = rounded(folder)
    asked = [
        (text, {**SETTINGS, "temperature": 1.2, "top_p": 1.0, "seed": n + 1}, LENGTH)
        for n, text in enumerate(("In 1984 or 2001", "12 34", "a1b22c333", " 7\n8"))
    ]
    for (prompt, settings, _), text in zip(asked, in_javascript(tmp_path / "x.html", asked)["texts"], strict=True):
        ids, meant = as_here(model, tokenizer, prompt, settings)
        assert text["prompt"] == ids and bytes(text["bytes"]).decode("utf-8", "replace") == meant
