"""The shapes in which tools for writers ask: what KoboldAI Lite and SillyTavern send, said again in our words."""

import json
import socket
import time

from .conftest import PATIENCE_S, Door

PROMPT = "She opened the window"
# What a writer's tool in the browser sends to KoboldCpp, nearly all of it at its usual values.
LITE = {
    "n": 1, "max_context_length": 4096, "max_length": 12, "rep_pen": 1.05, "temperature": 0.75, "top_p": 0.92,
    "top_k": 100, "top_a": 0, "typical": 1, "tfs": 1, "rep_pen_range": 360, "rep_pen_slope": 0,
    "sampler_order": [6, 0, 1, 3, 4, 2, 5], "memory": "", "trim_stop": True, "genkey": "KCPP1234", "min_p": 0,
    "dynatemp_range": 0, "dynatemp_exponent": 1, "smoothing_factor": 0, "nsigma": 0, "banned_tokens": [],
    "render_special": False, "logprobs": False, "presence_penalty": 0, "logit_bias": {}, "quiet": True,
    "stop_sequence": ["\n\n\n"], "use_default_badwordsids": False, "bypass_eos": False, "prompt": PROMPT,
}  # fmt: skip
# What a program for role play sends to a server of completions, with a name in two ways now and then.
TAVERN = {
    "prompt": PROMPT, "model": "", "max_new_tokens": 12, "max_tokens": 12, "temperature": 1, "top_p": 1,
    "typical_p": 1, "typical": 1, "sampler_seed": 11, "seed": 11, "min_p": 0.1, "repetition_penalty": 1.1,
    "rep_pen": 1.1, "frequency_penalty": 0, "presence_penalty": 0, "top_k": -1, "skew": 0, "min_length": 0,
    "min_tokens": 0, "num_beams": 1, "length_penalty": 1, "early_stopping": False, "add_bos_token": True,
    "smoothing_factor": 0, "smoothing_curve": 1, "dry_allowed_length": 2, "dry_multiplier": 0, "dry_base": 1.75,
    "dry_sequence_breakers": "[]", "dry_penalty_last_n": 0, "max_tokens_second": 0, "stopping_strings": ["\nYou:"],
    "stop": ["\nYou:"], "truncation_length": 2048, "ban_eos_token": False, "skip_special_tokens": True, "top_a": 0,
    "tfs": 1, "mirostat_mode": 0, "mirostat_tau": 5, "mirostat_eta": 0.1, "custom_token_bans": "",
    "banned_strings": [], "api_type": "generic", "api_server": "http://127.0.0.1", "xtc_threshold": 0.1,
    "xtc_probability": 0, "guidance_scale": 1, "negative_prompt": "", "grammar_string": "", "stream": False,
}  # fmt: skip


def test_a_writers_tool_finds_out_what_is_here(door: Door) -> None:
    known = door.ask("/api/v1/model").json["result"]
    assert known == door.ask("/v1/models").json["data"][0]["id"]
    assert door.ask("/api/latest/model").json["result"] == known
    assert door.ask("/api/v1/info/version").json["result"].count(".") == 2
    assert door.ask("/api/extra/version").json["result"] == "KoboldCpp"
    assert door.ask("/api/extra/true_max_context_length").json["value"] == 64
    assert door.ask("/api/extra/tokencount", {"prompt": PROMPT}).json["value"] > 1


def test_lite_gets_its_text_whole_and_in_pieces(door: Door) -> None:
    ask = {**LITE, "sampler_seed": 5}
    whole = door.ask("/api/v1/generate", ask).json["results"][0]
    assert whole["text"] and whole["finish_reason"] in ("length", "stop")
    ours = door.model.write(
        PROMPT, max_new_tokens=12, repetition_penalty=1.05, temperature=0.75, top_p=0.92, top_k=100,
        penalty_range=360, seed=5,
    )  # fmt: skip
    assert whole["text"] == ours.text
    reply = door.ask("/api/extra/generate/stream", ask)
    assert reply.headers["content-type"].startswith("text/event-stream")
    assert "".join(piece["token"] for piece in reply.told) == whole["text"]
    assert reply.text.startswith("event: message\n") and reply.told[-1]["finish_reason"] == whole["finish_reason"]


def test_tavern_gets_its_text(door: Door) -> None:
    said = door.ask("/v1/completions", TAVERN).json["choices"][0]["text"]
    ours = door.model.write(
        PROMPT, max_new_tokens=12, temperature=1.0, top_p=1.0, min_p=0.1, repetition_penalty=1.1, seed=11
    )
    assert said == ours.text


def test_memory_stands_before_the_prompt(door: Door) -> None:
    split = {**LITE, "sampler_seed": 6, "memory": "A letter lay on the table; ", "prompt": "it had been"}
    joined = {**LITE, "sampler_seed": 6, "prompt": "A letter lay on the table; it had been"}
    texts = [door.ask("/api/v1/generate", ask).json["results"][0]["text"] for ask in (split, joined)]
    assert texts[0] == texts[1]


def test_a_text_is_looked_at_and_stopped_by_its_key(door: Door) -> None:
    body = json.dumps({**LITE, "max_length": 1_000_000, "stop_sequence": []}).encode()
    head = f"POST /api/extra/generate/stream HTTP/1.1\r\nHost: localhost:{door.port}\r\nConnection: close\r\n"
    head += f"Authorization: Bearer {door.key}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    with socket.create_connection(("127.0.0.1", door.port), timeout=PATIENCE_S) as line:
        line.sendall(head.encode() + body)
        assert line.recv(100)
        deadline = time.monotonic() + PATIENCE_S
        while not door.ask("/api/extra/generate/check", {"genkey": "KCPP1234"}).json["results"][0]["text"]:
            assert time.monotonic() < deadline
        assert door.ask("/api/extra/abort", {"genkey": "another"}).json["success"] is False
        assert door.ask("/api/extra/abort", {"genkey": "KCPP1234"}).json["success"] is True
        rest = b""
        while part := line.recv(65536):
            rest += part
    assert b'"finish_reason": "length"' in rest


def test_what_is_not_here_is_refused(door: Door) -> None:
    for wrong in ({"images": ["x"]}, {"grammar": "root ::= x"}, {"tfs": 0.5}, {"prompt": 3}, {"mirostat": 1}):
        assert door.ask("/api/v1/generate", {**LITE, **wrong}).status == 400, wrong
    for odd in ({"mirostat": 2, "mirostat_tau": "abc"}, {"mirostat": 2, "mirostat_eta": True}, {"genkey": ["a"]}):
        assert door.ask("/api/v1/generate", {**LITE, **odd}).status == 400, odd
    for way in ("generate/check", "abort"):
        assert door.ask(f"/api/extra/{way}", {"genkey": [1]}).status == 400, way
