"""Around writing: the next words, many texts and which are worth reading, fields, files for elsewhere."""

import csv
import io
import json
import random
from dataclasses import replace
from pathlib import Path

import pytest

from textgen_gui.engine.core import events, project, schema
from textgen_gui.engine.core.config import TextConfig
from textgen_gui.engine.core.errors import ProjectError
from textgen_gui.engine.core.generation_config import GenerateConfig
from textgen_gui.engine.core.project import Run
from textgen_gui.engine.models.checkpoint import best
from textgen_gui.engine.text.dataset import Prepared
from textgen_gui.engine.text.prepare import prepare
from textgen_gui.engine.writing.export import export, judge, judged, kinds
from textgen_gui.engine.writing.records import write_fields
from textgen_gui.engine.writing.session import open_session

from ...conftest import never, train_all
from ..runs import make_run


def learnt_run(
    folder: Path, text: str, name: str = "text.txt", options: TextConfig | None = None, steps: int = 220
) -> Run:
    """A run that has learnt a simple text well."""
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(text, encoding="utf-8")
    place = project.create(folder / "project")
    list(place.add_texts([folder / name], never))
    if options:
        place.set_options([place.sources()[0].file], options)
    place.set_prepare_config(schema.with_settings(place.prepare_config(), ["clean.duplicates=false"]))
    list(prepare(place, never))
    shape = ["model.layers=2", "model.width=64", "model.context=32", "train.batch=16"]
    run = make_run(place, *shape, f"train.steps={steps}", f"train.mark_every={steps}", "train.learning_rate=0.005")
    train_all(run)
    return run


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    chance = random.Random(1)
    animals = ["horse", "house", "hound"]
    lines = [f"The old {chance.choice(animals)} slept in the garden, and the rain fell.\n" for _ in range(400)]
    return learnt_run(tmp_path_factory.mktemp("desk"), "".join(lines))


def words(run: Run, before: str, count: int = 3) -> list[str]:
    return [word for word, _ in open_session(run).suggest(before, count).words]


def test_the_next_words_are_offered_as_they_would_be_typed(run: Run) -> None:
    assert set(words(run, "The old")) == {" horse", " house", " hound"}
    assert set(words(run, "The old ")) == {"horse", "house", "hound"}
    assert words(run, "The old horse", 1) == [" slept"]
    shares = [share for _, share in open_session(run).suggest("The old", 3).words]
    assert shares == sorted(shares, reverse=True) and 0.8 < sum(shares) <= 1.001


def test_a_word_that_is_begun_is_finished(run: Run) -> None:
    assert set(words(run, "The old ho", 3)) == {"rse", "use", "und"}
    assert words(run, "The old hou", 1)[0] in ("se", "nd")
    assert words(run, "The old horse sl", 1) == ["ept"]


def test_nothing_fits_what_cannot_be_gone_on_with(run: Run) -> None:
    open_session(run).suggest("", 3)  # an empty page is no problem
    open_session(run).suggest("zzqx" * 20, 3)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (" \n", "empty"),
        ("…!", "empty"),
        ("and so on " * 30, "repeating"),
        ("A short line.", ""),
        ("Every word in this little sentence is another one, so nothing at all goes round in circles here.", ""),
    ],
)
def test_texts_are_judged(text: str, reason: str) -> None:
    assert judge(text) == reason
    assert judge("Some words of mine", copied=0.6) == "copied"


def test_copied_texts_are_found_among_many(run: Run) -> None:
    prepared = Prepared.load(run.project.prepared_folder / run.config().prepared)
    config = GenerateConfig(temperature=0.3, max_new_tokens=60, n=6, seed=1)
    happened = list(judged(open_session(run).write("The", config, never), "The", prepared, never))
    found = [event for event in happened if isinstance(event, events.TextJudged)]
    assert sorted(event.index for event in found) == list(range(6))
    assert {event.reason for event in found} <= {"copied", "repeating"} and all(e.copied > 0.5 for e in found)


texts = ["One\nline, «quoted»", 'Two "marks"; and\ttabs', "Drei — ünï"]


@pytest.mark.parametrize("kind", list(kinds))
def test_kept_texts_as_files_for_elsewhere(tmp_path: Path, kind: str) -> None:
    file = tmp_path / f"kept.{kind}"
    export(texts, file)
    if kind == "csv":
        assert [row[0] for row in csv.reader(io.StringIO(file.read_text(encoding="utf-8")))] == ["text", *texts]
    elif kind == "jsonl":
        lines = file.read_text(encoding="utf-8").splitlines()
        assert [json.loads(line)["text"] for line in lines] == texts
    elif kind == "docx":
        import docx

        paragraphs = [paragraph.text for paragraph in docx.Document(str(file)).paragraphs]
        assert all(line in "\n".join(paragraphs) for text in texts for line in text.split("\n"))
    else:
        assert all(text in file.read_text(encoding="utf-8") for text in texts)


def test_another_format_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ProjectError, match=r"ends in \.txt, \.md, \.docx"):
        export(texts, tmp_path / "kept.pdf")


@pytest.fixture(scope="module")
def table_run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    chance = random.Random(2)
    food = {"cat": "fish", "dog": "bones", "cow": "grass"}
    animals = enumerate(chance.choices(list(food), k=400))
    rows = [[animal, f"It likes {food[animal]} on day {day}"] for day, animal in animals]
    table = io.StringIO()
    csv.writer(table).writerows([["title", "body"], *rows])
    options = TextConfig(columns=("title", "body"), fields=True)
    return learnt_run(tmp_path_factory.mktemp("fields"), table.getvalue(), "animals.csv", options, steps=1000)


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
