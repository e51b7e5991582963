"""The local door under load: tokens a second of 8 at once beside one, and 500 requests while a run trains.

    python -m tests.benchmarks.serve [MODEL] [--requests 500] [--rounds 3] [--no-training]

MODEL is the starter, or any other as ``generate`` takes it. Of the requests some are read to the end, some streamed,
some left in mid-stream; in between come foreign hosts, clients that say half a request and wait, and bodies that never
end. Each has to be answered, refused or cut off; afterwards nothing may be underway, and memory has to be as it was.
"""

import argparse
import collections
import contextlib
import http.client
import itertools
import json
import random
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import psutil

from .common import SHAKESPEARE, machine, percentile

CONNECTIONS = 8
PATIENCE_S = 60.0
PROMPTS = ("It was a dark", "The old man walked", "She opened the window, and", "Nobody knew why ", "")
PROGRAM = [sys.executable, "-m", "textgen_gui"]


@dataclass(frozen=True, slots=True)
class Door:
    port: int
    key: str
    process: psutil.Process

    def head(self, length: str, host: str = "") -> str:
        named = host or f"127.0.0.1:{self.port}"
        return (
            f"POST /v1/completions HTTP/1.1\r\nHost: {named}\r\nAuthorization: Bearer {self.key}\r\n"
            f"Content-Type: application/json\r\n{length}\r\n\r\n"
        )

    def post(self, body: dict[str, object]) -> http.client.HTTPResponse:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_S)
        said = {"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"}
        connection.request("POST", "/v1/completions", json.dumps(body), said)
        return connection.getresponse()

    def raw(self, sent: str) -> str:
        """The first line of the answer; "" where there was none."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE_S) as line:
            line.sendall(sent.encode())
            with contextlib.suppress(ConnectionResetError):
                return line.recv(4096).decode("latin-1").partition("\r\n")[0]
        return ""


@contextlib.contextmanager
def opened(model: str) -> Iterator[Door]:
    serving = subprocess.Popen([*PROGRAM, "serve", model, "--port", "0", "--json"], stdout=subprocess.PIPE, text=True)
    assert serving.stdout
    try:
        said = json.loads(serving.stdout.readline())
        yield Door(int(said["address"].rpartition(":")[2]), said["key"], psutil.Process(serving.pid))
    finally:
        serving.terminate()
        serving.wait(PATIENCE_S)
        serving.stdout.close()


def speed(door: Door, at_once: int, tokens: int = 60) -> float:
    """Tokens a second of all together."""
    bodies = [{"prompt": PROMPTS[n % 4], "seed": n + 1, "max_tokens": tokens} for n in range(at_once)]
    started = time.monotonic()
    with ThreadPoolExecutor(at_once) as pool:
        written = list(pool.map(lambda body: json.loads(door.post(body).read())["usage"]["completion_tokens"], bodies))
    return sum(written) / (time.monotonic() - started)


# --- sorts of requests: each returns what became of it


def whole(door: Door, random_: random.Random) -> str:
    answer = door.post({"prompt": random_.choice(PROMPTS), "max_tokens": 12, "temperature": random_.random() + 0.1})
    return f"{answer.status}, {json.loads(answer.read())['choices'][0]['finish_reason']}"


def streamed(door: Door, random_: random.Random) -> str:
    answer = door.post(
        {"prompt": random_.choice(PROMPTS), "max_tokens": 12, "stream": True, "n": random_.choice((1, 2))}
    )
    is_whole = answer.read().endswith(b"[DONE]\n\n")
    return f"{answer.status}, {'whole' if is_whole else 'TORN'}"


def left(door: Door, random_: random.Random) -> str:
    answer = door.post({"prompt": random_.choice(PROMPTS), "max_tokens": 1_000_000, "stream": True})
    answer.read(random_.choice((1, 300, 2000)))
    answer.close()
    return f"{answer.status}, left by the client"


def rebound(door: Door, random_: random.Random) -> str:
    host = random_.choice(("evil.example", f"evil.example:{door.port}", f"127.0.0.1.evil.example:{door.port}"))
    return door.raw(door.head("Content-Length: 2", host) + "{}")


def foreign(door: Door, random_: random.Random) -> str:
    return door.raw(door.head("Content-Length: 2\r\nOrigin: https://evil.example") + "{}")


def half_a_head(door: Door, random_: random.Random) -> str:
    return door.raw(door.head("Content-Length: 9")[: random_.randrange(0, 90)]) or "cut off"


def endless(door: Door, random_: random.Random) -> str:
    """A body of chunks that goes on until somebody has enough."""
    with socket.create_connection(("127.0.0.1", door.port), timeout=PATIENCE_S) as line:
        line.sendall(door.head("Transfer-Encoding: chunked").encode())
        with contextlib.suppress(ConnectionError):
            for _ in range(100_000):
                line.sendall(b"4000\r\n" + b" " * 0x4000 + b"\r\n")
        with contextlib.suppress(ConnectionError):
            return line.recv(4096).decode("latin-1").partition("\r\n")[0] or "cut off"
        return "cut off"


def slow(door: Door, random_: random.Random) -> str:
    return door.raw(door.head("Content-Length: 500") + '{"prompt": "It was') or "cut off"


SORTS: tuple[tuple[Callable[[Door, random.Random], str], int], ...] = (
    (whole, 40), (streamed, 30), (left, 12), (rebound, 6), (foreign, 4), (half_a_head, 3), (endless, 3), (slow, 2),
)  # fmt: skip


def load(door: Door, requests: int) -> None:
    sorts = random.Random(1).choices([sort for sort, _ in SORTS], [weight for _, weight in SORTS], k=requests)
    outcomes: collections.Counter[str] = collections.Counter()
    seconds: list[float] = []
    memory: list[int] = []

    def one(numbered: tuple[int, Callable[[Door, random.Random], str]]) -> None:
        number, sort = numbered
        started = time.monotonic()
        try:
            outcome = sort(door, random.Random(number))
        except TimeoutError:
            outcome = "HANGS"
        if sort in (whole, streamed):
            seconds.append(time.monotonic() - started)
        outcomes[f"{sort.__name__}: {outcome}"] += 1
        memory.append(door.process.memory_info().rss)

    begun = time.monotonic()
    with ThreadPoolExecutor(CONNECTIONS) as pool:
        list(pool.map(one, enumerate(sorts)))
    print(f"\n{requests} requests on {CONNECTIONS} connections in {time.monotonic() - begun:.0f} s")
    for outcome, count in sorted(outcomes.items()):
        print(f"  {count:4} {outcome}")
    print(
        f"seconds of those that were answered: median {statistics.median(seconds):.2f}, "
        f"95 % {percentile(seconds, 0.95):.2f}, longest {max(seconds):.2f}"
    )
    quarter = len(memory) // 4
    megabytes = [statistics.mean(memory[at : at + quarter]) / 1e6 for at in range(0, 4 * quarter, quarter)]
    print("memory, mean of each quarter: " + ", ".join(f"{size:.0f} MB" for size in megabytes))


def nothing_goes_on(door: Door) -> None:
    for _ in itertools.count():
        connection = http.client.HTTPConnection("127.0.0.1", door.port, timeout=PATIENCE_S)
        connection.request("GET", f"/{door.key}/api/extra/perf")
        state = json.loads(connection.getresponse().read())
        if not state["queue"]:
            print(f"nothing goes on; {len(door.process.net_connections())} connections, {door.process.num_fds()} files")
            return
        time.sleep(0.1)


@contextlib.contextmanager
def training(wanted: bool) -> Iterator[None]:
    if not wanted:
        yield
        return
    with tempfile.TemporaryDirectory() as folder:
        project = str(Path(folder) / "p")
        subprocess.run([*PROGRAM, "prepare", project, str(SHAKESPEARE)], check=True, capture_output=True)
        new = [*PROGRAM, "new", project, "--preset", "small", "--set", "train.steps=100000"]
        run = subprocess.run(new, check=True, capture_output=True, text=True).stdout.split("\n")[0]
        going_on = subprocess.Popen([*PROGRAM, "train", f"{project}/{run}", "--json"], stdout=subprocess.DEVNULL)
        try:
            yield
            assert going_on.poll() is None, "the training ended"
        finally:
            going_on.kill()
            going_on.wait()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", nargs="?", default="starter")
    parser.add_argument("--requests", type=int, default=500)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--no-training", action="store_true")
    options = parser.parse_args()
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    print(machine())
    with opened(options.model) as door:
        speed(door, 1)
        pairs = [(speed(door, 1), speed(door, CONNECTIONS)) for _ in range(options.rounds)]
        print("tokens a second, one and 8 at once: " + ", ".join(f"{one:.0f} and {many:.0f}" for one, many in pairs))
        print(f"median ratio {statistics.median(many / one for one, many in pairs):.2f}")
        with training(not options.no_training):
            load(door, options.requests)
            nothing_goes_on(door)


if __name__ == "__main__":
    main()
