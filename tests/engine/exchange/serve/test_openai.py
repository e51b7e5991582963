"""OpenAI's own client writes with a model of ours."""

import itertools
import json
import math
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import openai
import pytest

from textgen_gui.engine.exchange.serve import writer
from textgen_gui.engine.exchange.serve.openai import flattened

from .conftest import PATIENCE_S, Door

PROMPT = "The old man walked"


@pytest.fixture
def client(door: Door) -> Iterator[openai.OpenAI]:
    base = f"http://127.0.0.1:{door.port}/v1"
    with openai.OpenAI(base_url=base, api_key=door.key, timeout=PATIENCE_S, max_retries=0) as client:
        yield client


def name_of(client: openai.OpenAI) -> str:
    return next(iter(client.models.list())).id


def test_a_seed_writes_what_it_writes_in_the_program(door: Door, client: openai.OpenAI) -> None:
    name = name_of(client)
    for seed in range(1, 6):
        said = client.completions.create(model=name, prompt=PROMPT, seed=seed, max_tokens=12, n=2, temperature=1)
        ours = door.model.write_many(PROMPT, 2, seed=seed, max_new_tokens=12, temperature=1.0)
        assert [choice.text for choice in said.choices] == [text.text for text in ours]
        assert said.usage and said.usage.completion_tokens == sum(text.tokens for text in ours)


def test_many_at_once_write_what_each_would_alone(door: Door) -> None:
    prompts = [PROMPT[: 3 + 2 * number] for number in range(8)]
    asked = [
        {"prompt": prompt, "seed": 7, "max_tokens": 10 + 9 * place, "temperature": 0.5 + place / 10}
        for place, prompt in enumerate(prompts)
    ]
    alone = [door.ask("/v1/completions", body).json["choices"][0]["text"] for body in asked]
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(lambda body: door.ask("/v1/completions", body), asked))
    assert [reply.json["choices"][0]["text"] for reply in together] == alone


def test_a_stream_is_the_text_in_pieces(client: openai.OpenAI) -> None:
    name = name_of(client)
    ask: dict[str, Any] = {"model": name, "prompt": PROMPT, "seed": 3, "max_tokens": 20}
    whole = client.completions.create(**ask)
    pieces = list(client.completions.create(**ask, stream=True, stream_options={"include_usage": True}))
    assert "".join(piece.choices[0].text for piece in pieces if piece.choices) == whole.choices[0].text
    assert [p.choices[0].finish_reason for p in pieces if p.choices and p.choices[0].finish_reason] == ["length"]
    assert pieces[-1].usage == whole.usage and not pieces[-1].choices


def test_a_stop_text_ends_it_and_is_no_part_of_it(client: openai.OpenAI) -> None:
    name = name_of(client)
    whole = client.completions.create(model=name, prompt=PROMPT, seed=3, max_tokens=30).choices[0].text
    stop = whole[8:11]
    choice = client.completions.create(model=name, prompt=PROMPT, seed=3, max_tokens=30, stop=[stop, "zz"]).choices[0]
    assert choice.text == whole[: whole.index(stop)] and choice.finish_reason == "stop"


def test_probabilities_of_tokens_in_the_form_of_completions(client: openai.OpenAI) -> None:
    name = name_of(client)
    choice = client.completions.create(model=name, prompt=PROMPT, max_tokens=6, logprobs=3, temperature=0).choices[0]
    said = choice.logprobs
    assert said and said.tokens and said.token_logprobs and said.top_logprobs and said.text_offset
    assert "".join(said.tokens) == choice.text and len(said.tokens) == 6
    assert [max(likeliest.values()) for likeliest in said.top_logprobs] == said.token_logprobs
    assert said.text_offset == [0, *itertools.accumulate(map(len, said.tokens[:-1]))]


def test_probabilities_of_tokens_in_the_form_of_chats(client: openai.OpenAI) -> None:
    name = name_of(client)
    said = client.chat.completions.create(
        model=name, messages=[{"role": "user", "content": "Who?"}], max_tokens=5, logprobs=True, top_logprobs=2
    )
    tokens = said.choices[0].logprobs.content if said.choices[0].logprobs else None
    assert tokens and len(tokens) == 5
    for token in tokens:
        assert bytes(token.bytes or ()) == token.token.encode() and len(token.top_logprobs) == 2
        assert math.exp(token.logprob) <= math.exp(token.top_logprobs[0].logprob) + 1e-9


def test_a_chat_is_a_text_with_names(client: openai.OpenAI) -> None:
    chat: list[dict[str, Any]] = [
        {"role": "system", "content": "A ship."},
        {"role": "user", "content": [{"type": "text", "text": "Ahoy!"}]},
        {"role": "assistant", "content": "Yes?"},
        {"role": "user", "content": "Who?"},
    ]
    assert flattened(chat) == "A ship.\n\nUser: Ahoy!\nAssistant: Yes?\nUser: Who?\nAssistant: "
    assert flattened(chat[:3]).endswith("\nAssistant: Yes?")
    pieces = list(
        client.chat.completions.create(
            model=name_of(client), messages=[{"role": "user", "content": "Ahoy!"}], max_tokens=8, seed=2, stream=True
        )
    )
    assert pieces[0].choices[0].delta.role == "assistant" and pieces[-1].choices[0].finish_reason
    assert "User:" not in "".join(piece.choices[0].delta.content or "" for piece in pieces)


def test_a_prompt_longer_than_the_context_slides(client: openai.OpenAI) -> None:
    said = client.completions.create(model=name_of(client), prompt=PROMPT * 200, max_tokens=100)
    assert said.usage and said.usage.prompt_tokens > 64 and said.usage.completion_tokens == 100


def test_what_cannot_be_done_is_refused_in_openais_shape(client: openai.OpenAI) -> None:
    name = name_of(client)
    for wrong in (
        {"tools": [{"type": "function"}]},
        {"temperature": 9},
        {"max_tokens": "many"},
        {"n": 65},
        {"logprobs": 99},
        {"suffix": "end"},
        {"response_format": {"type": "xml"}},
        {"regex": "("},
    ):
        with pytest.raises(openai.BadRequestError) as refused:
            client.completions.create(model=name, prompt=PROMPT, extra_body=wrong)
        assert refused.value.body and refused.value.type == "invalid_request_error", wrong
    with pytest.raises(openai.NotFoundError):
        client.completions.create(model="gpt-4", prompt=PROMPT)


def test_what_changes_nothing_is_passed_over(client: openai.OpenAI) -> None:
    ask: dict[str, Any] = {"model": name_of(client), "prompt": PROMPT, "seed": 4, "max_tokens": 9}
    plain = client.completions.create(**ask)
    nothing: dict[str, Any] = {
        "best_of": 1,
        "tools": [],
        "suffix": None,
        "tfs": 1,
        "user": "me",
        "store": False,
        "top_a": 0,
    }
    assert client.completions.create(**ask, extra_body=nothing).choices[0].text == plain.choices[0].text


def test_a_form_is_kept_to(client: openai.OpenAI) -> None:
    form = {"type": "json_schema", "json_schema": {"schema": {"type": "boolean"}}}
    said = client.completions.create(
        model=name_of(client), prompt=PROMPT, max_tokens=40, extra_body={"response_format": form}
    )
    assert isinstance(json.loads(said.choices[0].text), bool)


def test_who_leaves_stops_the_text(door: Door, client: openai.OpenAI) -> None:
    ask: dict[str, Any] = {"model": name_of(client), "prompt": PROMPT, "max_tokens": 1_000_000}
    with client.completions.create(**ask, stream=True) as stream:
        next(iter(stream))
    with pytest.raises(openai.APITimeoutError):
        client.with_options(timeout=0.2).completions.create(**ask)
    deadline = time.monotonic() + PATIENCE_S
    while door.ask("/api/extra/perf").json["queue"]:
        assert time.monotonic() < deadline, "it goes on"


def test_only_so_many_wait(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer, "MOST_WAITING", 2)
    reply = door.ask("/v1/completions", {"prompt": [PROMPT] * 3, "max_tokens": 2})
    assert reply.status == 429 and reply.code == "busy" and int(reply.headers["retry-after"]) > 0
    assert door.ask("/v1/completions", {"prompt": [PROMPT] * 2, "max_tokens": 2}).status == 200


def test_a_role_that_is_no_word_is_refused(door: Door) -> None:
    """It was answered as a fault of the program."""
    for role in (["user"], {"name": "user"}, 3, None):
        asked = {"messages": [{"role": role, "content": "Who?"}], "max_tokens": 2}
        assert door.ask("/v1/chat/completions", asked).status == 400, role
