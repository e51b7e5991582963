"""docs/EXPORTS.md: every kind of model against every way out. ``python -m tests.benchmarks.exports [MODEL ...]``

Each model is made tiny, exported, and opened by the program that the form is for: llama.cpp (package xllamacpp), the
page's own JavaScript (Node.js), transformers, peft. Without names all are tried, in some minutes; with names only
their lines in the page are made anew.
"""

import functools
import json
import re
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from tokenizers import Tokenizer, pre_tokenizers
from transformers import AutoModelForCausalLM

from textgen_gui.engine.core.config import TokenizerSource
from textgen_gui.engine.core.errors import EngineError
from textgen_gui.engine.core.events import Exported
from textgen_gui.engine.core.model_forms import Destination, ModelForm, WeightType
from textgen_gui.engine.core.project import Checkpoint, Project, Run
from textgen_gui.engine.exchange.exporting import exporting
from textgen_gui.engine.models import model as models
from textgen_gui.engine.models.families import families
from textgen_gui.engine.text.prepare import prepare

from ..conftest import never
from ..engine.exchange.conftest import BRIEFLY, SHAPE
from ..engine.exchange.test_exporting import compared, strings
from ..engine.exchange.test_page import LENGTH, SETTINGS, as_here, in_javascript
from ..engine.runs import make_run, prepared_project, train_until
from .families import sizes, tiny_folder

FILE = Path(__file__).parents[2] / "docs" / "EXPORTS.md"
PAGE_TEXTS, STRINGS, PROMPTS, WRITTEN = 20, 1000, 200, 64  # texts of a page; strings, prompts and tokens in llama.cpp
CONTEXT = 96  # tokens: a prompt with what is written after it fits; the texts of a page are longer
NEAR = 1e-4


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of model, and what makes one in a new folder."""

    name: str
    make: Callable[[Path], Run | Checkpoint]


def kinds(texts: Path) -> Iterator[Kind]:
    """``texts``: a folder for the projects that they learn from."""
    sizes.update(dict.fromkeys(("max_position_embeddings", "n_positions", "n_ctx"), CONTEXT))
    project = prepared_project(texts / "tokens")
    yield Kind("LFM2 by us, tokens learnt", lambda folder: _trained(project, "lfm2"))
    yield Kind("LFM2 by us, characters", lambda folder: _trained(_of_characters(texts / "letters"), "lfm2"))
    yield Kind("Llama by us, tokens learnt", lambda folder: _trained(project, "llama"))
    yield Kind("Llama by us, characters", lambda folder: _trained(_of_characters(texts / "characters"), "llama"))
    yield Kind("GPT-2 by us, tokens learnt", lambda folder: _trained(project, "gpt2"))
    yield Kind("LFM2 by us, fine-tuned by LoRA", lambda folder: _with_lora(project, "lfm2"))
    yield Kind("Llama by us, fine-tuned by LoRA", lambda folder: _with_lora(project, "llama"))
    yield Kind("GPT-2 by us, fine-tuned by LoRA", lambda folder: _with_lora(project, "gpt2"))
    yield Kind("GPT-Neo by us, tokens learnt", lambda folder: _trained(project, "gpt_neo"))
    for name, family, settings in (
        ("llama, embeddings tied", "llama", {"tie_word_embeddings": True}),
        ("mistral, without its window", "mistral", {"sliding_window": None}),
    ):
        yield Kind(name, functools.partial(_changed, project, family, settings))
    yield Kind("llama, digits one by one (SmolLM2)", functools.partial(_with_digits, project))
    for family in sorted(families):
        yield Kind(family, functools.partial(_of_family, project, family))


def _trained(project: Project, architecture: str) -> Run:
    run = make_run(
        project, *SHAPE, f"model.context={CONTEXT}", f"model.architecture={architecture}", *BRIEFLY, name=architecture
    )
    train_until(run, 60)
    return run


def _of_characters(folder: Path) -> Project:
    project = prepared_project(folder)
    project.set_prepare_config(replace(project.prepare_config(), tokenizer=TokenizerSource.CHARACTERS))
    list(prepare(project, never))
    return project


def _with_lora(project: Project, architecture: str) -> Run:
    first = _trained(project, architecture)
    run = make_run(project, f"start.model={json.dumps(str(first.folder))}", "start.lora=4", *BRIEFLY, name="lora")
    train_until(run, 60)
    return run


def _of_family(project: Project, family: str, folder: Path) -> Checkpoint:
    return Checkpoint(tiny_folder(family, project, folder))


def _changed(project: Project, family: str, settings: Mapping[str, object], folder: Path) -> Checkpoint:
    made = tiny_folder(family, project, folder)
    config = models.load(made)[0].config
    for name, value in settings.items():
        setattr(config, name, value)
    torch.manual_seed(3)
    model = AutoModelForCausalLM.from_config(config)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(0.1 * torch.randn_like(parameter))
    model.save_pretrained(made)
    return Checkpoint(made)


def _with_digits(project: Project, folder: Path) -> Checkpoint:
    made = tiny_folder("llama", project, folder)
    tokenizer = Tokenizer.from_file(str(made / "tokenizer.json"))
    byte_level = pre_tokenizers.ByteLevel(add_prefix_space=False)
    digits = pre_tokenizers.Digits(individual_digits=True)
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([digits, byte_level])
    tokenizer.save(str(made / "tokenizer.json"))
    return Checkpoint(made)


# --- each way out, seen from its other end


def in_llama_cpp(made: Run | Checkpoint, out: Path) -> str:
    file, folder = exported_to(made, out / "x.gguf"), checkpoint_of(made).folder
    plain = compared(file, folder, STRINGS, PROMPTS, WRITTEN)
    if plain.same == PROMPTS and plain.furthest < NEAR:
        return f"exact, {plain.furthest:.0e}"
    words = f"{plain.same} of {PROMPTS} texts, {plain.furthest:.0e}"
    if models.load(folder)[0].config.model_type != "gpt2":
        return f"**{words}**"
    tabled = compared(file, folder, 0, PROMPTS, WRITTEN, tabled=True)
    return f"{words}; by its table {tabled.same}, {tabled.furthest:.0e}"


def in_a_browser(made: Run | Checkpoint, out: Path) -> str:
    file = exported_to(made, out / "x.html")
    model, tokenizer = models.load(checkpoint_of(made).folder)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.copy_(parameter.half().float())
    asked = [(prompt[:60], {**SETTINGS, "temperature": n % 2 * 0.8, "seed": n + 1}, LENGTH)
             for n, prompt in enumerate(strings(tokenizer, PAGE_TEXTS))]  # fmt: skip
    texts = in_javascript(file, asked)["texts"]
    same = 0
    for (prompt, settings, _), text in zip(asked, texts, strict=True):
        ids, meant = as_here(model, tokenizer, prompt, settings)
        same += text["prompt"] == ids and bytes(text["bytes"]).decode("utf-8", "replace") == meant
    return f"exact, {same} of {len(asked)} texts" if same == len(asked) else f"**{same} of {len(asked)} texts**"


def in_transformers(made: Run | Checkpoint, out: Path) -> str:
    theirs = AutoModelForCausalLM.from_pretrained(exported_to(made, out / "folder"), dtype=torch.float32).eval()
    ours, _ = models.load(checkpoint_of(made).folder)
    ids = torch.arange(5, 25)[None]
    with torch.no_grad():
        return "exact" if torch.equal(theirs(ids).logits, ours(ids).logits) else "**others**"


def in_peft(made: Run | Checkpoint, out: Path) -> str:
    *_, last = exporting(made, out / "adapter", never, WeightType.F32, Destination.FILE, ModelForm.ADAPTER)
    return "exact" if isinstance(last, Exported) and last.same else "**others**"


def as_history(made: Run | Checkpoint, out: Path) -> str:
    *_, last = exporting(made, out / "y.html", never, WeightType.F32, Destination.FILE, ModelForm.TIMELINE)
    return "yes" if isinstance(last, Exported) else "**no**"


columns = {
    "GGUF in llama.cpp": in_llama_cpp,
    "Page in JavaScript": in_a_browser,
    "Folder in transformers": in_transformers,
    "Adapter in PEFT": in_peft,
    "Timeline": as_history,
}


def exported_to(made: Run | Checkpoint, path: Path) -> Path:
    list(exporting(checkpoint_of(made), path, never, WeightType.F32, Destination.FILE))
    return path


def checkpoint_of(made: Run | Checkpoint) -> Checkpoint:
    return made.checkpoints()[-1] if isinstance(made, Run) else made


def _cell(seen: Callable[[Run | Checkpoint, Path], str], made: Run | Checkpoint, out: Path, reasons: list[str]) -> str:
    """What was seen; a refusal as the number of its sentence below the table."""
    try:
        return seen(made, out)
    except EngineError as refused:
        words = re.sub(r"(the family) \S+", r"\1 …", str(refused))
        if words not in reasons:
            reasons.append(words)
        return f"refused ({reasons.index(words) + 1})"
    except Exception as problem:  # noqa: BLE001 (a cell of the table says what it was)
        return f"**{type(problem).__name__}: {' '.join(str(problem).split())[:60]}**"


introduction = f"""\
# Models for elsewhere

Every kind of model that trains or opens here against every form in which it can leave. A cell says *exact* only where
the program that the form is for has opened it and did the same. llama.cpp cut {STRINGS:,} texts into the same tokens,
wrote the same {WRITTEN} greedy tokens after each of {PROMPTS} prompts, and its log-probabilities (F32, with a cache of
F32, without flash attention) differ from those of transformers by no more than the number. The page's JavaScript wrote
{PAGE_TEXTS} texts of {LENGTH} tokens, half of them drawn by seed, in Node.js (`python -m tests.benchmarks.pages` has
more of them written by browsers); transformers computed the same numbers; peft joined the adapter with its model
again. What cannot be said exactly is refused in a sentence, never approximated.

**GPT-2 in llama.cpp** is as exact as llama.cpp is: it reads GPT-2's activation (GELU) from a table in half precision,
whatever the file holds. So its numbers differ from those of transformers in the fourth place, and where two tokens are
as likely as each other it may take the other one. That this is all is shown by the second pair of numbers, for which
transformers was given the same table. (What is left with random weights is the table's own edge: transformers with the
table differs as much from itself in double precision, as some numbers fall into the next row of the table.)

The models are tiny; those by us were trained for 60 steps, the others have random weights. This page is made by
`python -m tests.benchmarks.exports`; do not edit it by hand.

| Model | {" | ".join(columns)} |
|---|{"---|" * len(columns)}
"""


def written() -> tuple[dict[str, str], list[str]]:
    """The lines of the page by their models, and the sentences below them."""
    lines = FILE.read_text(encoding="utf-8").splitlines(keepends=True)
    rows = {line.split(" | ")[0].removeprefix("| "): line for line in lines if line.startswith("| ")}
    return rows, [line.partition(". ")[2].strip() for line in lines if re.match(r"\d+\. ", line)]


def main(wanted: list[str]) -> None:
    torch.set_num_threads(1)
    before, reasons = written() if wanted else ({}, [])
    lines: dict[str, str] = {}
    with tempfile.TemporaryDirectory() as temporary:
        for number, kind in enumerate(kinds(Path(temporary))):
            if wanted and kind.name not in wanted:
                lines[kind.name] = before.get(kind.name, "")
                continue
            made, out = kind.make(Path(temporary) / f"model {number}"), Path(temporary) / f"out {number}"
            out.mkdir()
            cells = [_cell(seen, made, out, reasons) for seen in columns.values()]
            lines[kind.name] = f"| {kind.name} | {' | '.join(cells)} |\n"
            print(lines[kind.name], end="", flush=True)
    said = "".join(f"{number}. {words}\n" for number, words in enumerate(reasons, 1))
    FILE.write_text(introduction + "".join(lines.values()) + f"\n## Refusals\n\n{said}", encoding="utf-8")


if __name__ == "__main__":
    assert shutil.which("node"), "Node.js is not installed"
    main(sys.argv[1:])
