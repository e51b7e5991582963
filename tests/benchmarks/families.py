"""docs/MODELS.md: what each family of models was seen to do. ``python -m tests.benchmarks.families [FAMILY ...]``

Each family is made tiny with random weights by its own configuration, saved as a folder, opened as any folder from
elsewhere is, and put through everything. Without names all families are tried, in some ten minutes; with names only
their lines in the page are made anew.
"""

import functools
import math
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

import torch
from transformers import CONFIG_MAPPING, AutoModelForCausalLM, PretrainedConfig, PreTrainedModel
from transformers.models.auto.modeling_auto import MODEL_FOR_CAUSAL_LM_MAPPING_NAMES

from textgen_gui.engine.core import events, schema
from textgen_gui.engine.core.errors import EngineError
from textgen_gui.engine.core.events import Outcome
from textgen_gui.engine.core.generation_config import GenerateConfig
from textgen_gui.engine.core.model_forms import Destination, WeightType
from textgen_gui.engine.core.project import Checkpoint, Project
from textgen_gui.engine.exchange.exporting import exporting
from textgen_gui.engine.models import base, decode, fast_training
from textgen_gui.engine.models import model as models
from textgen_gui.engine.models.families import families
from textgen_gui.engine.text.tokenizer import load as load_tokenizer
from textgen_gui.engine.writing.generate import write

from ..conftest import never, train_all
from ..engine.runs import finished, losses, make_run, prepared_project, train_until

FILE = Path(__file__).parents[2] / "docs" / "MODELS.md"
PROMPTS = ("Once upon a time", "The", "a b c d e f g h i j", "“No,” said", "\n\n")
NEW_TOKENS, PADDED = 24, 3

sizes: dict[str, object] = {
    **dict.fromkeys(("hidden_size", "n_embd", "d_model", "word_embed_proj_dim"), 32),
    **dict.fromkeys(("num_hidden_layers", "n_layer", "num_layers", "n_layers"), 2),
    **dict.fromkeys(("num_attention_heads", "n_head", "n_heads", "attention_heads"), 4),
    **dict.fromkeys(("intermediate_size", "ffn_dim", "n_inner", "ffn_hidden_size"), 64),
    **dict.fromkeys(("max_position_embeddings", "n_positions", "max_seq_len", "context_length", "n_ctx"), 64),
    **dict.fromkeys(("num_experts", "num_local_experts", "n_routed_experts"), 4),
    **dict.fromkeys(("q_lora_rank", "kv_lora_rank", "moe_intermediate_size", "shared_expert_intermediate_size"), 16),
    **dict.fromkeys(("state_size", "time_step_rank", "qk_rope_head_dim", "rotary_dim"), 4),
    **dict.fromkeys(("head_dim", "qk_nope_head_dim", "v_head_dim", "sliding_window", "window_size"), 8),
    **dict.fromkeys(("num_experts_per_tok", "num_key_value_heads", "n_shared_experts"), 2),
    **dict.fromkeys(("n_group", "topk_group"), 1),
}
particular: dict[str, dict[str, object]] = {
    "deepseek_v2": {"num_key_value_heads": 4, "head_dim": 4},
    "deepseek_v3": {"num_key_value_heads": 4, "head_dim": 4},
    "gpt_neo": {"attention_types": [[["global", "local"], 1]]},
    "lfm2": {"layer_types": ["conv", "full_attention"]},
    "mamba2": {"num_heads": 8},
}


def tiny_config(family: str, vocabulary: int) -> PretrainedConfig:
    maker = CONFIG_MAPPING[family]
    usual, other_names = maker(), maker.attribute_map
    mine = {name: size for name, size in sizes.items() if hasattr(usual, name) and name not in other_names}
    if family == "falcon":
        mine.pop("head_dim")
    mine.update(vocab_size=vocabulary, bos_token_id=0, eos_token_id=0, pad_token_id=0, **particular.get(family, {}))
    config: PretrainedConfig = maker(**mine)
    return config


def tiny_folder(family: str, project: Project, folder: Path, dtype: torch.dtype = torch.float32) -> Path:
    """A model folder as it comes from elsewhere, with the tokens of the project and room for some more."""
    file = next(project.prepared_folder.glob("*/tokenizer.json"))
    config = tiny_config(family, load_tokenizer(file).get_vocab_size() + PADDED)
    torch.manual_seed(3)
    model = AutoModelForCausalLM.from_config(config)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(0.1 * torch.randn_like(parameter))  # norms, biases and ties would hide mistakes
    model.to(dtype).save_pretrained(folder)
    (folder / "tokenizer.json").write_bytes(file.read_bytes())
    return folder


def writes_as_transformers(folder: Path) -> bool:
    """Whether greedy texts have the tokens of transformers' generate."""
    ours, tokenizer = models.load(folder)
    vocabulary = tokenizer.get_vocab_size()
    theirs = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
    weights = decode.weights(ours)
    greedy = GenerateConfig(temperature=0.0, max_new_tokens=NEW_TOKENS, seed=1, n=2, natural_start=False)
    for prompt in PROMPTS:
        ids = [0, *tokenizer.encode(prompt).ids]
        beyond = list(range(vocabulary, vocabulary + PADDED))
        expected = theirs.generate(
            torch.tensor([ids]),
            do_sample=False,
            max_new_tokens=NEW_TOKENS,
            pad_token_id=0,
            eos_token_id=0,
            suppress_tokens=beyond,
        )
        wanted = [number for number in expected[0, len(ids) :].tolist() if number]
        done = [e.text for e in write(weights, tokenizer, prompt, greedy, never) if isinstance(e, events.TextGenerated)]
        if done != 2 * [tokenizer.decode(wanted, skip_special_tokens=True)]:
            return False
    return True


def learns(project: Project, folder: Path, *settings: str) -> bool:
    """Whether a run goes on from the folder, is stopped, resumes, ends, and its checkpoint writes."""
    start = f"start.model={schema.toml_value(str(folder))}"
    run = make_run(project, start, "train.steps=3", "train.mark_every=2", *settings)
    found = losses([*train_until(run, 2)])
    happened = train_all(run)
    found += losses(happened)
    return (
        len(found) == 3
        and all(map(math.isfinite, found))
        and finished(happened).outcome == Outcome.FINISHED
        and writes_as_transformers(whole(run.checkpoints()[-1].folder))
    )


def whole(checkpoint: Path) -> Path:
    """The folder itself; where it holds only what LoRA learnt, one with the weights as they leave."""
    if not base.named_in(checkpoint):
        return checkpoint
    folder = checkpoint.parents[1] / "whole"
    list(exporting(Checkpoint(checkpoint), folder, never, WeightType.F32, Destination.FILE))
    return folder


def is_fast(model: PreTrainedModel) -> tuple[bool, bool]:
    """Whether its passes are written out: to write, and to learn."""
    fast_training.enable_fast_training(model, 0.0)
    return type(decode.weights(model)).__name__ == "Fused", "forward" in vars(model)


learning: Mapping[str, tuple[str, ...]] = {"full": (), "LoRA": ("start.lora=2",), "frozen": ("start.frozen=1",)}


def cells(family: str, project: Project, folder: Path) -> list[str]:
    """What was seen, in the order of the columns."""
    tiny_folder(family, project, folder)
    writes, learns_fast = is_fast(models.load(folder)[0])
    found = [_told(functools.partial(writes_as_transformers, folder))]
    found += [_told(functools.partial(learns, project, folder, *settings)) for settings in learning.values()]
    reads = "fast" if writes else "modules" if families[family].remembers else "reads all again"
    return [*found, reads, "fast" if learns_fast else "modules"]


def _told(seen: Callable[[], bool]) -> str:
    try:
        return "yes" if seen() else "**no**"
    except EngineError:
        return "refused"
    except Exception as problem:  # noqa: BLE001 (a cell of the table says what it was)
        return f"**{type(problem).__name__}: {' '.join(str(problem).split())[:90]}**"


introduction = f"""\
# Models from elsewhere

A run can begin with a model that somebody else has trained, and the Generate tab writes with it: a folder with
`config.json`, weights as safetensors and a tokenizer. Each family below was made tiny with random weights, opened,
compared with transformers and trained. *Writes* means: the same tokens as transformers' own `generate`, greedy, for
{len(PROMPTS)} prompts. *Learns* means: three steps, with a stop and a resume between them, and the checkpoint writes
as transformers does with it; all weights, LoRA (joined with its model, as an export does), and the first layer frozen.
*Fast* means that the passes are written out for a processor; the others run through the modules of transformers. A
family that “reads all again” does so for every token that it writes, so it is slow with long texts; LFM2 does so on a
graphics card. All of them can begin from scratch, too, in the shape of a `config.json`.

What begins and ends a text (`<bos>`, `</s>`, `<|im_end|>` …) is taken from the model's own files, and its chat template
stays with what is saved. Weights are saved in the precision that they came in; a run goes on from its own fp32 copy.

Any other family is refused before anything starts, in a sentence that names good ones.

This page is made by `python -m tests.benchmarks.families`; do not edit it by hand.

| `model_type` | Models | Writes | Learns | LoRA | Frozen | Writing | Learning |
|---|---|---|---|---|---|---|---|
"""


def line(family: str, found: list[str]) -> str:
    return f"| `{family}` | {families[family].known_as} | {' | '.join(found)} |\n"


def refused() -> str:
    """Those of transformers' causal models that are not opened."""
    names = ", ".join(f"`{name}`" for name in sorted(set(MODEL_FOR_CAUSAL_LM_MAPPING_NAMES) - set(families)))
    return f"\n## Refused\n\n{names}.\n"


def main(wanted: list[str]) -> None:
    torch.set_num_threads(1)
    page = FILE.read_text(encoding="utf-8").splitlines(keepends=True) if wanted else []
    lines = {made.split("`")[1]: made for made in page if made.startswith("| `") and "model_type" not in made}
    with tempfile.TemporaryDirectory() as temporary:
        project = prepared_project(Path(temporary) / "texts")
        for family in wanted or sorted(families):
            lines[family] = line(family, cells(family, project, Path(temporary) / family))
            print(lines[family], end="", flush=True)
    FILE.write_text(introduction + "".join(lines[family] for family in sorted(lines)) + refused(), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
