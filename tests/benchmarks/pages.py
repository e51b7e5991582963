"""The page for a friend in real browsers, without a screen.

    python -m tests.benchmarks.pages [MODEL ...] [--texts 250]

Every page is opened from its file as a double click does, in Chromium and in Firefox where they are installed, and in
Node.js. The only thing added to it is a script that asks it for texts and tells a server on the loopback address.
MODEL: one of the table of tests.benchmarks.exports that a page can hold, or the starter. Without names, all.
"""

import argparse
import contextlib
import json
import shutil
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import torch

from textgen_gui.engine.core.errors import CheckpointError
from textgen_gui.engine.core.home import resources
from textgen_gui.engine.core.project import Checkpoint
from textgen_gui.engine.models import model as models

from ..engine.exchange.test_exporting import strings
from ..engine.exchange.test_page import LENGTH, SETTINGS, as_here, in_javascript
from .exports import Kind, checkpoint_of, exported_to, kinds

Asked = list[tuple[str, dict[str, Any], int]]
WRITTEN = Path(__file__).parents[1] / "engine" / "exchange" / "written.js"
PATIENCE_S = 400

script = """<script>
WRITTEN
const told = written(ASKED, { Writer, model, tokenizer, ends: plan.tokenizer.ends });
fetch("ADDRESS", { method: "POST", mode: "no-cors", body: told });
</script>"""


def browsers() -> dict[str, Callable[[Path, str], list[str]]]:
    quiet = ["--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-sync",
             "--disable-component-update", "--no-sandbox", "--headless"]  # fmt: skip
    found: dict[str, Callable[[Path, str], list[str]]] = {
        "chromium": lambda home, page: ["chromium", *quiet, f"--user-data-dir={home}", page],
        "firefox-esr": lambda home, page: ["firefox-esr", "--headless", "--no-remote", "--profile", str(home), page],
    }
    return {name: command for name, command in found.items() if shutil.which(name)}


def in_browser(command: Callable[[Path, str], list[str]], file: Path, asked: Asked) -> dict[str, Any]:
    """What the page writes when a browser opens it from its file."""
    answers: list[dict[str, Any]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            answers.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, format: str, *values: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    address = f"http://127.0.0.1:{server.server_address[1]}"
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    asking = script.replace("WRITTEN", WRITTEN.read_text(encoding="utf-8"))
    asking = asking.replace("ASKED", json.dumps(asked).replace("<", "\\u003c")).replace("ADDRESS", address)
    source = file.read_text(encoding="utf-8")
    source = source.replace("default-src 'none';", f"default-src 'none'; connect-src {address};")
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as home:
        page = Path(home) / "page.html"
        page.write_text(source.replace("</body>", asking + "</body>"), encoding="utf-8")
        browser = subprocess.Popen(command(Path(home), page.as_uri()), stdout=-3, stderr=-3)
        try:
            until = time.monotonic() + PATIENCE_S
            while not answers and browser.poll() is None and time.monotonic() < until:
                time.sleep(0.05)
        finally:
            browser.terminate()
            browser.wait(20)
            server.shutdown()
            server.server_close()
    assert answers, "the page said nothing"
    return answers[0]


def line(kind: Kind, greedy: int, drawn: int) -> str:
    with tempfile.TemporaryDirectory() as temporary:
        made = kind.make(Path(temporary) / "model")
        file = exported_to(made, Path(temporary) / "x.html")
        size = file.stat().st_size
        model, tokenizer = models.load(checkpoint_of(made).folder)
        with torch.no_grad():
            for parameter in model.parameters():
                parameter.copy_(parameter.half().float())
        prompts = [text[:60] for text in strings(tokenizer, 2 * (greedy + drawn))][: greedy + drawn]
        asked: Asked = [
            (text, {**SETTINGS, "temperature": 0.0 if n < greedy else 0.8, "seed": n + 1}, LENGTH)
            for n, text in enumerate(prompts)
        ]
        started = time.monotonic()
        meant = [as_here(model, tokenizer, prompt, settings) for prompt, settings, _ in asked]
        here = sum(len(tokenizer.encode(text).ids) for _, text in meant) / (time.monotonic() - started)
        answers = {"Node.js": in_javascript(file, asked), "plain": in_javascript(file, asked, plain=True)}
        answers |= {name: in_browser(command, file, asked) for name, command in browsers().items()}
    weights = 2 * sum(parameter.numel() for parameter in model.parameters())  # bytes, in half precision
    assert size <= 1.4 * weights + 150_000, size
    cells = [f"{size / 1e6:.2f} MB = {size / weights:.2f} x", f"{here:,.0f}"]
    for answer in answers.values():
        same = sum(
            text["prompt"] == ids and bytes(text["bytes"]).decode("utf-8", "replace") == words
            for text, (ids, words) in zip(answer["texts"], meant, strict=True)
        )
        cells.append(f"{same} of {len(asked)}, {answer['tokens_per_s']:,.0f}")
    return f"| {kind.name} | {' | '.join(cells)} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("models", nargs="*", metavar="MODEL")
    parser.add_argument("--texts", type=int, default=250, help="for each model; a fifth of them drawn by seed")
    options = parser.parse_args()
    drawn = options.texts // 5
    torch.set_num_threads(1)
    names = ["Node.js", "Node.js without WebAssembly", *browsers()]
    print(f"| Model | size | tokens a second here | {' | '.join(names)} (same texts, tokens a second) |")
    with tempfile.TemporaryDirectory() as temporary:
        starter = Kind("starter", lambda folder: Checkpoint(resources() / "starter"))
        for kind in [*kinds(Path(temporary)), starter]:
            if not options.models or kind.name in options.models:
                with contextlib.suppress(CheckpointError):  # a page cannot hold it
                    print(line(kind, options.texts - drawn, drawn), flush=True)


if __name__ == "__main__":
    main()
