"""The command line as scripts hold on to it: verbs, JSON lines, exit codes, and one sentence for what goes wrong."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from textgen_gui.cli import main, parser
from textgen_gui.cli.exit_code import ExitCode
from textgen_gui.engine.core.generation_config import GenerateConfig
from textgen_gui.engine.core.project import Project, Run

from ..conftest import story, tiny

small = [part for setting in tiny for part in ("--set", setting)]


@pytest.fixture(autouse=True)
def signals_as_before() -> object:
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    yield None
    for number, handler in zip((signal.SIGINT, signal.SIGTERM), before, strict=True):
        signal.signal(number, handler)


def run(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    code = main([str(argument) for argument in arguments])
    printed = capsys.readouterr()
    return code, printed.out, printed.err


def json_lines(out: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in out.splitlines()]


@pytest.mark.parametrize("verb", ["generate", "export"])
def test_a_models_name_stays_as_it_was_written(verb: str) -> None:
    """As a path it would get backslashes on Windows."""
    assert parser().parse_args([verb, "publisher/model"]).model == "publisher/model"


def test_from_text_to_writing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "story.txt").write_text(story())
    place = tmp_path / "project"
    code, out, _ = run(capsys, "train", tmp_path / "story.txt", "--project", place, "--json", *small)
    happened = json_lines(out)
    assert code == ExitCode.DONE
    assert [line["event"] for line in happened if line["event"] not in ("Progressed", "StepDone", "Advised")] == [
        *("TextRead", "Prepared", "RunCreated", "RunStarted", *3 * ["Baseline"]),
        *("Evaluated", "SampleWritten", "CheckpointSaved") * 3,
        "RunFinished",
    ]
    folder = place / str(next(line["run"] for line in happened if line["event"] == "RunCreated"))
    code, out, _ = run(
        capsys, "generate", folder, "--prompt", "The", "--n", "2", "--seed", "4", "--to-file", tmp_path / "out"
    )
    assert code == ExitCode.DONE and out.strip() and (tmp_path / "out").read_text().startswith("The")
    (tmp_path / "held.txt").write_text(story(900))
    code, out, _ = run(capsys, "evaluate", folder, tmp_path / "held.txt", "--json")
    assert code == ExitCode.DONE and json_lines(out)[-1]["event"] == "Evaluated"


@pytest.mark.usefixtures("starter")
def test_the_starter_writes_and_begins_by_its_name(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "story.txt").write_text(story())
    code, out, _ = run(capsys, "generate", "starter", "--prompt", "The old", "--max-new-tokens", "9", "--seed", "1")
    assert code == ExitCode.DONE and out.strip()
    code, out, _ = run(capsys, "evaluate", "starter", tmp_path / "story.txt", "--json")
    assert code == ExitCode.DONE and 0 < float(str(json_lines(out)[-1]["bits_per_byte"])) < 8
    place, few = tmp_path / "p", ["--set", "train.steps=3", "--set", "train.precision=fp32"]
    code, out, err = run(capsys, "train", tmp_path / "story.txt", "--project", place, "--from", "starter", *few)
    assert code == ExitCode.DONE and out.strip() == "runs/001 fine-tune"
    assert "step 0: held-out loss" in err and 'model = "starter"' in (place / out.strip() / "run.toml").read_text()
    settings = (place / "project.toml").read_text()
    assert 'tokenizer = "train"' in settings and len(list((place / "prepared").glob("*/train.bin"))) == 2
    code, out, err = run(capsys, "new", place, "--minutes", "0.01", "--set", "train.precision=fp32")
    assert code == ExitCode.DONE and "Begins with a model that already writes English." in err
    assert out.strip() == "runs/002 story, 0.01 minutes"
    code, out, err = run(
        capsys, "train", tmp_path / "story.txt", "--project", tmp_path / "other", "--from", "writers/large"
    )
    assert code == ExitCode.ERROR and err.strip().endswith("textgen-gui fetch writers/large")
    assert not (tmp_path / "other").exists(), "it is refused before anything is prepared"


def test_tokens_can_be_taken_from_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "story.txt").write_text(story())
    first, second = tmp_path / "first", tmp_path / "second"
    assert run(capsys, "prepare", first, tmp_path / "story.txt", "--set", "vocabulary=300")[0] == ExitCode.DONE
    tokens = next((first / "prepared").glob("*/tokenizer.json"))
    code, *_ = run(capsys, "prepare", second, tmp_path / "story.txt", "--tokenizer", tokens)
    assert code == ExitCode.DONE
    assert next((second / "prepared").glob("file-*/tokenizer.json")).read_bytes() == tokens.read_bytes()


def test_each_verb_by_itself(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "story.txt").write_text(story())
    held = ["--set", "prepare.heldout=0.1"]
    assert run(capsys, "prepare", tmp_path / "p", tmp_path / "story.txt", *held)[0] == ExitCode.DONE
    code, out, _ = run(capsys, "new", tmp_path / "p", "--name", "mine", "--preset", "tiny", *small)
    assert code == ExitCode.DONE and out == "runs/001 mine\n"
    assert run(capsys, "train", tmp_path / "p" / out.strip())[0] == ExitCode.DONE
    assert "heldout = 0.1" in (tmp_path / "p" / "project.toml").read_text()


def test_help_and_version(capsys: pytest.CaptureFixture[str]) -> None:
    for arguments in (["--help"], ["--version"], ["train", "--help"]):
        with pytest.raises(SystemExit) as left:
            main(arguments)
        assert left.value.code == 0
    with pytest.raises(SystemExit) as left:
        main(["fly"])
    assert left.value.code == 2
    capsys.readouterr()


def test_what_cannot_be_is_refused_before_texts_are_copied(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "story.txt").write_text(story())
    for verb in (
        ["prepare", tmp_path / "p", tmp_path / "story.txt", "--set", "text.gruop=a"],
        ["prepare", tmp_path / "p", tmp_path / "story.txt", "--set", "heldout=0.9"],
        ["train", tmp_path / "story.txt", "--project", tmp_path / "p", "--set", "train.step=3"],
        ["train", tmp_path / "story.txt", "--project", tmp_path / "p", "--preset", "auto"],
    ):
        code, out, err = run(capsys, *verb)
        assert code == ExitCode.ERROR and not out and len(err.splitlines()) == 1, verb
    assert not (tmp_path / "p").exists()


def bad_calls(project: Project, run: Run, folder: Path) -> dict[str, tuple[list[object], str]]:
    (folder / "empty.txt").write_text("")
    (folder / "photo.txt").write_bytes(b"\x89PNG\r\n\x1a\n")
    (folder / "short.txt").write_text("Hello.")
    return {
        "no such text": (["prepare", folder / "p2", folder / "nowhere.txt"], "nowhere.txt does not exist"),
        "an empty file": (["prepare", folder / "p3", folder / "empty.txt"], "empty.txt is empty"),
        "no text": (["prepare", folder / "p4", folder / "photo.txt"], "photo.txt is a picture"),
        "no project": (["prepare", folder / "p5"], "no texts yet"),
        "too short": (["train", folder / "short.txt", "--project", folder / "p6"], "Add more text"),
        "no minutes": (["new", project.folder, "--minutes", "0"], "0 minutes cannot be made"),
        "no minutes, in one go": (
            ["train", folder / "short.txt", "--project", folder / "p7", "--minutes", "0"],
            "0 minutes cannot be made",
        ),
        "unknown preset": (["new", project.folder, "--preset", "gigantic"], "tiny, small, medium, large"),
        "unknown setting": (["new", project.folder, "--set", "train.step=3"], "train.steps"),
        "no run": (["train", folder / "nowhere"], "is no run"),
        "no model": (["generate", folder], "neither a run nor a checkpoint"),
        "temperatures": (["generate", run.folder, "--temperatures", "warm"], "numbers with commas"),
        "no such field": (["generate", run.folder, "--fields", "title"], "no field “title”"),
        "a bias of no token": (["generate", run.folder, "--bias", "zzyzx=1"], "no single token"),
        "an invalid schema": (["generate", run.folder, "--json-schema", "{"], "json_schema is no JSON"),
        "no receipt": (["replay", folder / "short.txt"], "is no receipt"),
        "impossible sampling": (["generate", run.folder, "--temperature", "-1"], "temperature is -1"),
        "nothing to evaluate": (["evaluate", run.folder, folder / "empty.txt"], "nothing to score"),
        "evaluate no text": (["evaluate", run.folder, folder / "photo.txt"], "photo.txt is a picture"),
    }


def test_bad_input_is_one_sentence_and_exit_code_1(
    prepared: Project, trained: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = {path: path.read_bytes() for path in trained.folder.rglob("*") if path.is_file()}
    for name, (arguments, words) in bad_calls(prepared, trained, tmp_path).items():
        code, out, err = run(capsys, *arguments)
        assert code == ExitCode.ERROR, name
        assert words in err.splitlines()[-1] and "Traceback" not in err and not out, (name, err)
    assert before == {path: path.read_bytes() for path in trained.folder.rglob("*") if path.is_file()}


def test_writing_with_all_that_can_be_asked_for(
    trained: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    few = ["--max-new-tokens", "6", "--seed", "5", "--min-new-tokens", "6"]
    code, out, _ = run(capsys, "generate", trained.folder, "--temperatures", "0.5,1.5", "--n", "2", *few, "--json")
    done = [line for line in json_lines(out) if line["event"] == "TextGenerated"]
    assert code == ExitCode.DONE and sorted(int(str(line["index"])) for line in done) == [0, 1, 2, 3]
    assert {line["seed"] for line in done} == {5} and len({str(line["text"]) for line in done}) >= 3
    many = [*few, "--n", "5", "--banned", "a", "--banned", "*q*", "--no-from-beginning"]
    code, _, _ = run(capsys, "generate", trained.folder, *many, "--to-file", tmp_path / "{seed} out.jsonl")
    lines = (tmp_path / "00000005 out.jsonl").read_text(encoding="utf-8").splitlines()
    assert code == ExitCode.DONE and len(lines) == 5 and all("text" in json.loads(line) for line in lines)
    code, _, _ = run(capsys, "generate", trained.folder, *many, "--to-file", tmp_path / "o.txt", "--delimiter", "<>\\n")
    assert (tmp_path / "o.txt").read_text(encoding="utf-8").count("<>\n") == 4
    code, out, _ = run(capsys, "generate", trained.folder, "--regex", "[0-9]{3}", "--seed", "1")
    assert code == ExitCode.DONE and len(out.strip()) == 3 and out.strip().isdigit()


def test_a_table_is_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = "".join(f'"Title {n}","{line}"\n' for n, line in enumerate(story().split(". ")))
    (tmp_path / "a.csv").write_text("title,body\n" + rows)
    columns = ["--set", 'text.columns=["title", "body"]', "--set", "text.fields=true"]
    assert run(capsys, "prepare", tmp_path / "p", tmp_path / "a.csv", *columns)[0] == ExitCode.DONE
    code, out, _ = run(capsys, "new", tmp_path / "p", *small)
    folder = tmp_path / "p" / out.strip()
    assert run(capsys, "train", folder)[0] == ExitCode.DONE
    ask = ["--fields", '"title=Mine, all mine",body', "--max-new-tokens", "5", "--n", "2"]
    code, out, err = run(capsys, "generate", folder, *ask, "--to-file", tmp_path / "o{seed}.csv")
    assert code == ExitCode.DONE and "title: Mine, all mine" in err
    (file,) = tmp_path.glob("o*.csv")
    assert int(file.stem[1:]) > 0, "the seed that was drawn"
    lines = file.read_text(encoding="utf-8").splitlines()
    assert lines[0] == "title,body" and lines[1].startswith('"Mine, all mine",')
    assert run(capsys, "generate", folder, *ask, "--to-file", tmp_path / "o.jsonl")[0] == ExitCode.DONE
    rows_of = [json.loads(line) for line in (tmp_path / "o.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [row["title"] for row in rows_of] == ["Mine, all mine"] * 2 and "body" in rows_of[0]
    code, _, err = run(capsys, "generate", folder, *ask, "--to-file", tmp_path / "o.docx")
    assert code == ExitCode.ERROR and "ends in .csv, .jsonl" in err and not (tmp_path / "o.docx").exists()


@pytest.mark.skipif(sys.platform != "linux", reason="others always have a screen")
@pytest.mark.parametrize("arguments", [[], ["."]])
def test_without_a_screen_no_window_is_tried(
    arguments: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Qt aborted the program with five lines of its own."""
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    code, _, err = run(capsys, *arguments)
    assert code == ExitCode.ERROR and "textgen-gui train TEXT" in err


def test_what_cannot_be_done_is_refused_before_anything_is(
    trained: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A page that is none, texts for nothing, an unknown tracker after all was prepared, steps that count nothing."""
    novel = tmp_path / "novel.txt"
    novel.write_text(story(), encoding="utf-8")
    for command, words in (
        (["generate", trained.folder, "--to-file", tmp_path / "a.pdf"], "ends in .txt, .md, .docx, .csv, .jsonl"),
        (["generate", trained.folder, "--to-file", tmp_path / "a.docx", "--delimiter", "<>"], "ends in .txt, .md"),
        (["generate", trained.folder, "--to-file", tmp_path / "a.mp3"], "ends in .txt"),
        (["generate", trained.folder, "--temperatures", "0.7,5"], "temperature is 5.0"),
        (["train", novel, "--project", tmp_path / "p", "--tracker", "nonsense"], "no tracker 'nonsense'"),
        (["train", novel, "--project", tmp_path / "p", "--minutes", "1", "--set", "train.steps=5"], "as many steps"),
        (["train", novel, "--dry-run", "--set", "nonsense=1"], "nonsense"),
    ):
        code, out, err = run(capsys, *command)
        assert code == ExitCode.ERROR and words in err and not out, command
    assert not (tmp_path / "p").exists() and not (tmp_path / "a.pdf").exists()


def test_a_kept_text_is_replayed(trained: Run, capsys: pytest.CaptureFixture[str]) -> None:
    from textgen_gui.engine.models.checkpoint import best
    from textgen_gui.engine.writing import receipt

    model = receipt.chosen(trained.project, best(trained))
    code, out, _ = run(capsys, "generate", trained.folder, "--prompt", "The", "--seed", "4", "--json")
    text = str(json_lines(out)[-1]["text"])
    config = GenerateConfig(seed=4)
    kept = receipt.keep(trained.project, [receipt.Written("The", config, 0, model, text)], "The" + text)
    file = trained.project.folder / kept.file
    code, out, err = run(capsys, "replay", file)
    assert code == ExitCode.DONE and "What the model wrote came out word for word the same" in err
    file.write_text(file.read_text(encoding="utf-8").replace(text.strip()[-6:], "zzzzzz"), encoding="utf-8")
    code, _, err = run(capsys, "replay", file)
    assert code == ExitCode.ERROR and "was changed after it was kept" in err


def test_a_run_edited_into_nonsense(trained: Run, capsys: pytest.CaptureFixture[str]) -> None:
    trained.config_file.write_text(trained.config_file.read_text().replace("layers = 2", "layers = -7"))
    code, _, err = run(capsys, "train", trained.folder)
    assert code == ExitCode.ERROR and "model.layers is -7" in err and "run.toml" in err


def test_a_flipped_byte_is_noticed_and_the_one_before_used(trained: Run, capsys: pytest.CaptureFixture[str]) -> None:
    newest, damaged = trained.checkpoints()[-1].folder, "model.safetensors is not as it was saved"
    content = bytearray((newest / "model.safetensors").read_bytes())
    content[-7] ^= 1
    (newest / "model.safetensors").write_bytes(content)
    code, _, err = run(capsys, "generate", newest)
    assert code == ExitCode.ERROR and damaged in err
    code, _, err = run(capsys, "generate", trained.folder, "--temperatures", "0.7,1", "--max-new-tokens", "2")
    assert code == ExitCode.DONE and err.count(damaged) == err.count("is taken instead") == 1
    code, _, err = run(capsys, "train", trained.folder)
    assert code == ExitCode.DONE and "model.safetensors is not as it was saved" in err and "Resuming at step 8" in err


def child(*arguments: object) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "textgen_gui", *map(str, arguments)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=os.environ)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_interrupting_stops_saves_and_resumes(new_run: object, number: int) -> None:
    made: Run = new_run("train.steps=100000", "train.mark_every=100000")  # type: ignore[operator]
    training = child("train", made.folder, "--json")
    assert training.stdout
    for line in training.stdout:
        if json.loads(line)["event"] == "StepDone":
            break
    training.send_signal(number)
    out, err = training.communicate(timeout=60)
    assert training.returncode == ExitCode.STOPPED, err
    finished = json_lines(out)[-1]
    assert finished["event"] == "RunFinished" and finished["outcome"] == "stopped"
    assert made.checkpoints()[-1].step == finished["step"]


def test_when_nobody_listens_any_more_training_stops_and_saves(new_run: object) -> None:
    """The window watches processes through a pipe; when it is killed, what they learnt so far must not be lost."""
    made: Run = new_run("train.steps=100000", "train.mark_every=50000")  # type: ignore[operator]
    command = [sys.executable, "-m", "textgen_gui", "train", str(made.folder), "--json"]
    child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert child.stdout
    while '"StepDone"' not in child.stdout.readline():
        assert child.poll() is None
    child.stdout.close()
    assert child.wait(timeout=60) == ExitCode.STOPPED
    assert made.checkpoints()


def test_without_a_home_and_with_a_plain_locale(tmp_path: Path) -> None:
    text = tmp_path / "Größe – Ü.txt"
    text.write_text(story() + "Über Größe 😀 wird nichts verloren.", encoding="utf-8")
    bare = {"PATH": os.environ["PATH"], "LC_ALL": "C", "TEXTGEN_GUI_HOME": os.environ["TEXTGEN_GUI_HOME"]}
    command = [sys.executable, "-m", "textgen_gui", "train", str(text), "--project", str(tmp_path / "Früh"), *small]
    done = subprocess.run(
        [*command, "--json"], capture_output=True, env=bare, cwd=Path(__file__).parents[2], timeout=60
    )
    assert done.returncode == ExitCode.DONE, done.stderr[-2000:]
    happened = json_lines(done.stdout.decode("utf-8"))
    assert happened[-1]["event"] == "RunFinished" and happened[-1]["outcome"] == "finished"
    assert next(line["path"] for line in happened if line["event"] == "TextRead") == f"texts/{text.name}"


def test_people_get_words(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "story.txt").write_text(story())
    code, _, err = run(capsys, "train", tmp_path / "story.txt", "--project", tmp_path / "project", *small)
    assert code == ExitCode.DONE and '{"event"' not in err
    assert "counting words: held-out loss" in err and "Finished after 12 steps" in err


def test_json_keeps_stdout_clean(trained: Run) -> None:
    done = child("generate", trained.folder, "--prompt", "The", "--max-new-tokens", "5", "--json")
    out, _ = done.communicate(timeout=60)
    assert done.returncode == ExitCode.DONE and json_lines(out)[-1]["event"] == "TextGenerated"


def test_the_self_test(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "--self-test")
    assert code == ExitCode.DONE and "Self-test passed" in out
