"""Files of strangers: sizes, depths and types that nobody means."""

import json
import math
import os
from dataclasses import dataclass
from pathlib import Path

import pytest

from textgen_gui import Project
from textgen_gui.engine.core import bounded, draft, event_log, events, notes, schema
from textgen_gui.engine.core.bounded import UnfitError
from textgen_gui.engine.core.config import RunConfig, TrainConfig
from textgen_gui.engine.core.errors import ConfigError, EngineError, ProjectError
from textgen_gui.engine.core.generation_config import GenerateConfig
from textgen_gui.engine.core.schema import Choice
from textgen_gui.engine.core.snapshot import snapshot

DEEP, DIGITS = "[" * 100_000, "9" * 5000


def test_only_a_regular_file_is_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "device").symlink_to("/dev/zero")
    for path in (tmp_path, tmp_path / "pipe", tmp_path / "device"):
        with pytest.raises(UnfitError, match="no regular file"):
            bounded.read_bytes(path, 10)
    with pytest.raises(FileNotFoundError):
        bounded.open_file(tmp_path / "gone")


def test_no_more_is_read_than_a_file_of_its_kind_has(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"x\r\ny")
    assert bounded.read_text(file, 4) == "x\ny"
    with pytest.raises(UnfitError, match=r"larger than 3 bytes"):
        bounded.read_bytes(file, 3)
    os.truncate(file, 10**12)  # a hole of a terabyte
    with pytest.raises(UnfitError):
        bounded.read_text(file)


def test_lines_that_nobody_wrote_are_left_out(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("one\n" + "x" * 50 + "\ntwo\n" + "y" * 11)
    assert list(bounded.lines(tmp_path / "file", 10)) == ["one\n", "two\n"]


def test_a_line_without_end_is_not_read_to_its_end(tmp_path: Path) -> None:
    """A file that takes no room on the disk may say that it has any size."""
    file = tmp_path / "001 run" / "events.jsonl"
    file.parent.mkdir()
    file.touch()
    os.truncate(file, 40_000_000_000)
    with pytest.raises(UnfitError, match="does not end"):
        list(bounded.lines(file))
    with pytest.raises(ProjectError, match=r"001 run.*does not end"):
        list(event_log.read(file))


@pytest.mark.parametrize("value", [DEEP, DIGITS])
def test_depth_and_digits_are_a_sentence(value: str) -> None:
    for parse, text in ((bounded.parse_json, value), (bounded.parse_toml, f"x = {value}")):
        with pytest.raises(ValueError, match=r"nested too deeply|too many digits"):
            parse(text)


class Colour(Choice):
    RED = "red"


@dataclass(frozen=True)
class Thing:
    name: str
    number: int = 0
    share: float = 0.0
    is_new: bool = False
    colour: Colour = Colour.RED
    words: tuple[str, ...] = ()
    pairs: tuple[tuple[str, float], ...] = ()


def test_a_dataclass_is_read_by_its_types() -> None:
    table = {"name": "a", "number": 1, "share": 2, "colour": "red", "words": ["x"], "pairs": [["y", 1.5]], "later": 1}
    assert schema.made(Thing, table) == Thing("a", 1, 2, False, Colour.RED, ("x",), (("y", 1.5),))
    for value in (None, math.inf, math.nan):
        assert math.isnan(schema.made(Thing, {"name": "a", "share": value}).share)


@pytest.mark.parametrize(
    "table",
    [
        *([], 5, None, {}, {"name": 5}, {"name": "a", "number": True}, {"name": "a", "number": 1.0}),
        *({"name": "a", "number": 2**63}, {"name": "a", "share": "x"}, {"name": "a", "is_new": 1}),
        *({"name": "a", "colour": "blue"}, {"name": "a", "colour": []}, {"name": "a", "words": "x"}),
        *({"name": "a", "words": [1]}, {"name": "a", "pairs": [["y"]]}, {"name": "a", "pairs": {}}),
    ],
)
def test_what_does_not_fit_a_dataclass_is_refused(table: object) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        schema.made(Thing, table)


@pytest.mark.parametrize("value", [DIGITS, DEEP, "9" * 4000, str(2**70), "'a\udcff'", "nan", "[1]", "x"])
def test_odd_values_of_settings_are_sentences(value: str) -> None:
    for name in ("steps", "learning_rate", "prompts"):
        try:
            config = schema.with_settings(TrainConfig(), [f"{name}={value}"])
            schema.check(config)
            schema.to_toml(config).encode()
        except ConfigError as problem:
            assert len(str(problem)) < 400, problem


def test_what_is_no_number_for_a_model_is_a_sentence() -> None:
    odd_texts = GenerateConfig(regex="a\udcff"), GenerateConfig(banned=("\ud800",))
    for odd in (GenerateConfig(temperature=1e-320), *odd_texts):
        with pytest.raises(ConfigError, match=r"likeliest word|no character"):
            schema.check(odd)
    schema.check(GenerateConfig(temperature=0.0))


def test_an_event_that_cannot_be_meant_is_none() -> None:
    for value in ("NaN", "1e999", '"x"', "[1]", "{}", "true", DIGITS, DEEP):
        assert event_log.from_json(f'{{"event": "Evaluated", "step": {value}, "loss": 1, "bits_per_byte": 1}}') is None
        assert event_log.from_json(f'{{"event": {value}}}') is None
    read = event_log.from_json('{"event": "Evaluated", "step": 1, "loss": 1e999, "bits_per_byte": -Infinity}')
    assert isinstance(read, events.Evaluated) and math.isnan(read.loss) and math.isnan(read.bits_per_byte)
    warned = event_log.from_json('{"event": "Warned", "message": "half \\ud800"}')
    assert isinstance(warned, events.Warned) and warned.message.encode()


def test_a_million_steps_are_thinned_for_the_window(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(event_log, "SHOWN_WHOLE", 10_000)
    monkeypatch.setattr(event_log, "MOST_OTHERS", 50)
    lines = [event_log.to_json(events.StepDone(step, 1.0, 0.1, 1.0, 1.0)) for step in range(1, 1001)]
    lines += [event_log.to_json(events.Evaluated(step, 1.0, 1.0)) for step in range(1, 101)]
    file = tmp_path / "events.jsonl"
    file.write_text("\n".join(lines) + "\n")
    shown = list(event_log.read(file, thinned=True))
    steps = [event for event in shown if isinstance(event, events.StepDone)]
    assert 50 < len(steps) < 150 and 50 <= len(shown) - len(steps) < 60
    assert len(list(event_log.read(file))) == 1100
    assert len(list(event_log.read(file, events.Evaluated))) == 100


def test_a_sample_of_a_hundred_megabytes_is_passed_over(tmp_path: Path) -> None:
    file = tmp_path / "events.jsonl"
    with file.open("w") as out:
        out.write('{"event": "SampleWritten", "step": 4, "prompt": "", "text": "')
        out.writelines("x" * 1_000_000 for _ in range(3))
        out.write('"}\n' + event_log.to_json(events.Warned("Read.")) + "\n")
    assert list(event_log.read(file)) == [events.Warned("Read.")]


@pytest.mark.parametrize(
    "content",
    [
        *(DEEP, DIGITS, "[]", "null", "", '{"page": 5, "done": []}', '{"page": "x", "done": {}}'),
        *('{"page": "x", "done": [5]}', '{"page": "x", "done": [{"model": {}, "prompt": 1}]}', '{"page": "\x00"'),
        json.dumps({"page": "word " * 400_000, "done": []}),
    ],
)
def test_a_draft_that_cannot_be_is_put_aside_and_told(place: Project, content: str) -> None:
    place.draft_file.write_text(content)
    with pytest.raises(ProjectError, match=r"put aside as .*draft 20"):
        draft.load(place)
    assert next(place.folder.glob("draft 20*.json")).read_text() == content
    assert draft.load(place).page == ""


@pytest.mark.parametrize("content", ["x = 5", "[a", f"x = {DEEP}", f"x = {DIGITS}", "# " + "x" * 2_000_000])
def test_no_styles_keep_a_project_shut(place: Project, content: str) -> None:
    place.generated_folder.mkdir()
    place.styles_file.write_text(content)
    seen = snapshot(place)
    assert "styles.toml cannot be read" in seen.styles_problem and not seen.styles


@pytest.mark.parametrize(
    "content",
    [
        *(f"x = {DEEP}", f"x = {DIGITS}", "sources = 5", "sources = [5]", "name = []", "prepare = 1"),
        *(
            "[[sources]]\norigin = 'x'",
            "[[sources]]\nfile = 'a'\nweight = 'x'",
            "[[removed]]\nfile = 'a'\nposition = nan",
        ),
        *("[[sources]]\nfile = 'a'\nweight = nan", f"[prepare]\nvocabulary = {2**70}"),
    ],
)
def test_a_list_of_texts_that_cannot_be_is_a_sentence(place: Project, content: str) -> None:
    place.file.write_text(content)
    with pytest.raises(EngineError, match=r"project\.toml"):
        Project.open(place.folder)


@pytest.mark.parametrize("content", ["train = 5", f"x = {DEEP}", f"[train]\nsteps = {DIGITS}", "[train]\nseed = nan"])
def test_a_run_that_cannot_be_is_a_sentence_beside_it(place: Project, content: str) -> None:
    run = place.write_run(RunConfig())
    run.config_file.write_text(content)
    assert "run.toml" in snapshot(place).runs[0].problem


@pytest.mark.parametrize("content", [b"\xff\xfe", b"x" * 150_000])
def test_notes_that_cannot_be_read_are_put_aside_before_others_are_written(place: Project, content: bytes) -> None:
    run = place.write_run(RunConfig())
    run.notes_file.write_bytes(content)
    seen = snapshot(place).runs[0]
    assert seen.config and not seen.notes and "notes.txt cannot be read" in seen.problem
    notes.write(run, "Better.")
    assert run.notes() == "Better." and next(run.folder.glob("notes 20*.txt")).read_bytes() == content
