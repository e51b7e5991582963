"""GGUF of real models: ``python -m tests.benchmarks.gguf_models FOLDER ... [--characters N]``

Each is written in every precision; what was read back is measured in bits per byte on the beginning of the sample text,
and llama.cpp (xllamacpp) loads the file and writes greedily beside transformers.
"""

import argparse
import tempfile
import time
from pathlib import Path

import numpy as np
import torch

from textgen_gui.engine.core.events import Exported
from textgen_gui.engine.core.home import resources
from textgen_gui.engine.core.model_forms import Destination, WeightType
from textgen_gui.engine.core.project import Checkpoint
from textgen_gui.engine.exchange import gguf_file
from textgen_gui.engine.exchange.exporting import exporting
from textgen_gui.engine.models import model as models
from textgen_gui.engine.text import special_tokens
from textgen_gui.engine.training.evaluate import bits_per_byte, nats

from ..conftest import never
from ..engine.exchange.test_exporting import llama_cpp

PROMPTS = ("Once upon a time", "It was a dark", "The sea", "“No,” said")
TOKENS, CONTEXT = 24, 256


def surprise(folder: Path, weights: dict[str, torch.Tensor], text: str) -> float:
    """Bits per byte of the model in the folder with these weights in place of its own."""
    model, tokenizer = models.load(folder)
    model.load_state_dict(weights, strict=False)
    model.tie_weights()
    model.config.max_position_embeddings = min(models.context(model), CONTEXT)
    ids = np.array(tokenizer.encode(text, add_special_tokens=False).ids, dtype=np.uint32)
    return bits_per_byte(sum(nats(model, ids, special_tokens.of(tokenizer))), len(text.encode()))


@torch.no_grad()
def written_alike(file: Path, folder: Path) -> str:
    """How many of the greedy tokens are the same, and how long llama.cpp takes to load the file."""
    model, tokenizer = models.load(folder)
    same, started = 0, time.monotonic()
    with llama_cpp(file, CONTEXT) as ask:
        loaded = time.monotonic() - started
        for prompt in PROMPTS:
            ids = tokenizer.encode(prompt, add_special_tokens=False).ids
            asked = {"prompt": ids, "n_predict": TOKENS, "temperature": 0, "cache_prompt": False, "return_tokens": True}
            theirs = ask("/completion", asked)["tokens"]
            ours = model.generate(torch.tensor([ids]), do_sample=False, max_new_tokens=TOKENS)[0, len(ids) :].tolist()
            same += next((n for n, (a, b) in enumerate(zip(ours, theirs, strict=False)) if a != b), len(theirs))
    return f"{same} of {TOKENS * len(PROMPTS)}, loaded in {loaded:.1f} s"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--characters", type=int, default=3000)
    parser.add_argument("--types", nargs="+", type=WeightType, default=list(WeightType))
    options = parser.parse_args()
    torch.set_num_threads(1)
    text = (resources() / "sample.txt").read_text(encoding="utf-8")[: options.characters]
    print("| Model | Type | MB | Seconds to write and prove | Bits per byte | Greedy tokens as transformers' |")
    for folder in options.folders:
        for weight_type in options.types:
            with tempfile.TemporaryDirectory() as temporary:
                file, started = Path(temporary) / "x.gguf", time.monotonic()
                *_, last = exporting(Checkpoint(folder), file, never, weight_type, Destination.FILE)
                seconds = time.monotonic() - started
                assert isinstance(last, Exported), last
                bits = surprise(folder, gguf_file.read_back(file, models.load(folder)[0])[0], text)
                cells = [folder.name, weight_type.value, f"{last.bytes / 1e6:,.0f}", f"{seconds:.0f}", f"{bits:.4f}"]
                print(f"| {' | '.join([*cells, written_alike(file, folder)])} |", flush=True)


if __name__ == "__main__":
    main()
