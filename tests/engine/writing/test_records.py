"""Texts of named fields: what is given stays, what is missing is written."""

import csv
import io
import random
from dataclasses import replace

import pytest

from textgen_gui.engine.core import events
from textgen_gui.engine.core.config import TextConfig
from textgen_gui.engine.core.generation_config import GenerateConfig
from textgen_gui.engine.core.project import Run
from textgen_gui.engine.models.checkpoint import best
from textgen_gui.engine.writing.records import write_fields
from textgen_gui.engine.writing.session import open_session

from ...conftest import never
from .conftest import learnt_run


@pytest.fixture(scope="module")
def table_run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    chance = random.Random(2)
    food = {"cat": "fish", "dog": "bones", "cow": "grass"}
    animals = enumerate(chance.choices(list(food), k=400))
    rows = [[animal, f"It likes {food[animal]} on day {day}"] for day, animal in animals]
    table = io.StringIO()
    csv.writer(table).writerows([["title", "body"], *rows])
    options = TextConfig(columns=("title", "body"), fields=True)
    return learnt_run(tmp_path_factory.mktemp("fields"), table.getvalue(), "animals.csv", options, steps=400)


def records(happened: object) -> list[dict[str, str]]:
    return [dict(event.fields) for event in happened if isinstance(event, events.FieldsWritten)]  # type: ignore[attr-defined]


def test_missing_fields_are_written_after_those_that_are_given(table_run: Run) -> None:
    config = GenerateConfig(temperature=0.5, max_new_tokens=20, n=3, seed=1)
    session = open_session(table_run)
    for animal, food in (("cat", "fish"), ("cow", "grass")):
        found = records(write_fields(session, ["title", "body"], {"title": animal}, config, never))
        assert len(found) == 3
        assert [record["title"] for record in found] == [animal] * 3
        assert sum(record["body"].startswith(f"It likes {food}") for record in found) >= 2, found
    whole = records(write_fields(session, ["title", "body"], {}, replace(config, n=12, temperature=1.0), never))
    assert {record["title"] for record in whole} <= {"cat", "dog", "cow"} | {r["title"] for r in whole[:2]}
    assert sum(record["title"] in ("cat", "dog", "cow") for record in whole) >= 10, whole


def test_a_field_has_a_token_of_its_own(table_run: Run) -> None:
    from textgen_gui.engine.text import tokenizer as tokenizers

    tokenizer = tokenizers.load(best(table_run).folder / "tokenizer.json")
    assert len(tokenizer.encode("<|title|><|body|>").ids) == 2
    assert table_run.project.fields() == ["title", "body"]
