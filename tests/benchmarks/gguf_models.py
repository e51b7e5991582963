"""GGUF of real models: ``python -m tests.benchmarks.gguf_models FOLDER ... [--characters N] [--prompts N]``

Each is written in every precision; what was read back is measured in bits per byte on the beginning of the sample text,
and llama.cpp (xllamacpp) cuts 1,000 strings into tokens and writes 64 greedy ones after each prompt, as transformers.
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
from ..engine.exchange.test_exporting import compared

STRINGS, TOKENS, CONTEXT = 1000, 64, 256


def surprise(folder: Path, weights: dict[str, torch.Tensor], text: str) -> float:
    """Bits per byte of the model in the folder with these weights in place of its own."""
    model, tokenizer = models.load(folder)
    model.load_state_dict(weights, strict=False)
    model.tie_weights()
    model.config.max_position_embeddings = min(models.context(model), CONTEXT)
    ids = np.array(tokenizer.encode(text, add_special_tokens=False).ids, dtype=np.uint32)
    return bits_per_byte(sum(nats(model, ids, special_tokens.of(tokenizer))), len(text.encode()))


def alike(file: Path, folder: Path, prompts: int) -> str:
    """Against transformers, in llama.cpp itself."""
    found = compared(file, folder, STRINGS, prompts, TOKENS)
    return f"{found.same} of {prompts} | {found.furthest:.0e}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--characters", type=int, default=3000)
    parser.add_argument("--prompts", type=int, default=200)
    parser.add_argument("--types", nargs="+", type=WeightType, default=list(WeightType))
    options = parser.parse_args()
    torch.set_num_threads(1)
    text = (resources() / "sample.txt").read_text(encoding="utf-8")[: options.characters]
    print("| Model | Type | MB | Seconds to write and prove | Bits per byte | The same texts | Log-probabilities |")
    for folder in options.folders:
        for weight_type in options.types:
            with tempfile.TemporaryDirectory() as temporary:
                file, started = Path(temporary) / "x.gguf", time.monotonic()
                *_, last = exporting(Checkpoint(folder), file, never, weight_type, Destination.FILE)
                seconds = time.monotonic() - started
                assert isinstance(last, Exported), last
                bits = surprise(folder, gguf_file.read_back(file, models.load(folder)[0])[0], text)
                cells = [folder.name, weight_type.value, f"{last.bytes / 1e6:,.0f}", f"{seconds:.0f}", f"{bits:.4f}"]
                print(f"| {' | '.join([*cells, alike(file, folder, options.prompts)])} |", flush=True)


if __name__ == "__main__":
    main()
