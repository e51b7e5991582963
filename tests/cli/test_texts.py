"""What the command line says of texts before and without learning from them."""

import shutil
from pathlib import Path

import pytest
from tokenizers import Tokenizer

from textgen_gui import Project
from textgen_gui.cli.exit_code import ExitCode

from ..conftest import story, tiny
from .test_cli import json_lines, run


@pytest.fixture
def novel(tmp_path: Path) -> Path:
    file = tmp_path / "novel.txt"
    file.write_text(story(), encoding="utf-8")
    return file


def test_a_preview_shows_what_is_learnt(novel: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capsys, "preview", novel)
    assert code == ExitCode.DONE and out.rstrip("\n") == story()[:8000].rstrip("\n") and "utf-8" in err
    code, _, err = run(capsys, "preview", novel, "--set", "text.documents=page")
    assert code == ExitCode.ERROR and "documents" in err


def test_a_dry_run_reads_all_and_writes_nothing(novel: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (novel.parent / "photo.jpg").write_bytes(b"\xff\xd8\xff")
    (novel.parent / "empty.txt").write_text("")
    before = sorted(novel.parent.iterdir())
    for verb in (["prepare", novel.parent / "p", novel.parent], ["train", novel.parent]):
        code, out, _ = run(capsys, *verb, "--dry-run", "--json")
        happened = json_lines(out)
        read = [line for line in happened if line["event"] == "TextRead"]
        warned = " ".join(str(line["message"]) for line in happened if line["event"] == "Warned")
        assert code == ExitCode.DONE and "photo.jpg" in warned and "empty.txt" in warned
        assert [(line["path"], line["characters"]) for line in read] == [(str(novel), len(story()))]
        assert sorted(novel.parent.iterdir()) == before


def test_options_may_stand_between_texts(novel: Path, capsys: pytest.CaptureFixture[str]) -> None:
    other = shutil.copy(novel, novel.with_name("other.txt"))
    code, out, _ = run(capsys, "prepare", novel.parent / "p", "--set", "vocabulary=300", novel, "--json", other)
    assert code == ExitCode.DONE and json_lines(out)[-1]["vocabulary"] == 300
    assert len([line for line in json_lines(out) if line["event"] == "TextRead"]) == 2


def test_a_text_without_a_project_gets_one_beside_it(novel: Path, capsys: pytest.CaptureFixture[str]) -> None:
    small = [part for setting in tiny for part in ("--set", setting)]
    for number in ("001", "002"):
        code, out, _ = run(capsys, "train", novel, *small)
        assert code == ExitCode.DONE
        assert [folder.name[:3] for folder in (novel.parent / "novel project" / "runs").iterdir()][
            -1:
        ] and number in out


def test_a_project_without_its_texts_still_makes_runs(novel: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = novel.parent / "p"
    assert run(capsys, "prepare", folder, novel)[0] == ExitCode.DONE
    shutil.rmtree(folder / "texts")
    code, out, err = run(capsys, "new", folder, *[part for setting in tiny for part in ("--set", setting)])
    assert code == ExitCode.DONE and (folder / out.strip() / "run.toml").exists(), err


def test_the_doctor_reports_what_it_would_mend(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "scan.txt").write_text("It was an exam-\nple of a bro-\nken line.\n" * 20)
    assert run(capsys, "prepare", tmp_path / "p", tmp_path / "scan.txt")[0] == ExitCode.DONE
    code, out, _ = run(capsys, "doctor", tmp_path / "p")
    assert code == ExitCode.DONE and "scan.txt: hyphens" in out and "times" in out


def test_a_vocabulary_is_learnt_for_several_projects(novel: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = novel.with_name("shared.json")
    ask = ["tokenizer", "train", novel, "--to", file, "--set", "vocabulary=300"]
    before = sorted(novel.parent.iterdir())
    assert run(capsys, *ask)[0] == ExitCode.DONE
    assert Tokenizer.from_file(str(file)).get_vocab_size() == 300
    assert sorted(novel.parent.iterdir()) == sorted([*before, file])
    (novel.parent / ".new-4194303-0badcafe").mkdir()  # of a process that cannot live: it was killed at its end
    code, _, err = run(capsys, *ask)
    assert code == ExitCode.ERROR and "exists already" in err
    assert sorted(novel.parent.iterdir()) == sorted([*before, file])


def test_what_train_is_given_is_what_it_says(novel: Path, capsys: pytest.CaptureFixture[str]) -> None:
    small = [part for setting in tiny for part in ("--set", setting)]
    code, _, err = run(capsys, "train", novel.with_name("novle.txt"))
    assert code == ExitCode.ERROR and "novle.txt does not exist" in err
    place = novel.parent / "p"
    assert run(capsys, "train", novel, "--project", place, *small)[0] == ExitCode.DONE
    code, _, err = run(capsys, "train", place)
    assert code == ExitCode.ERROR and "is a project. Name one of its runs" in err
    (made,) = (run for run in (place / "runs").iterdir() if run.is_dir())
    for option in (["--minutes", "1"], ["--from", "scratch"], ["--set", "train.steps=5"], ["--dry-run"]):
        code, _, err = run(capsys, "train", made, *option)
        assert code == ExitCode.ERROR and f"so {option[0]} cannot change it" in err
    code, _, err = run(capsys, "train", made, "--project", novel.parent / "other")
    assert code == ExitCode.ERROR and f"lies in {place}, not in" in err and not (novel.parent / "other").exists()
    assert run(capsys, "train", made, "--project", place)[0] == ExitCode.DONE  # not its files as texts
    code, _, err = run(capsys, "train", novel, made, "--project", place)
    assert code == ExitCode.ERROR and "is no text" in err
    assert len(list((place / "texts").iterdir())) == 1 and len(Project(place).runs()) == 1


def test_what_can_be_given_is_said_where_nothing_was(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for verb, example in (("prepare", "novel.docx letters/"), ("train", "novel.docx --minutes 20")):
        with pytest.raises(SystemExit, match="2"):
            run(capsys, verb)
        assert example in capsys.readouterr().err
    for rest, words in (
        ([], "has no texts yet. Name files or folders"),
        (["--dry-run"], "Name files or folders there"),
    ):
        code, _, err = run(capsys, "prepare", tmp_path / "p", *rest)
        assert code == ExitCode.ERROR and words in err and not (tmp_path / "p").exists()
    (tmp_path / "empty").mkdir()
    code, _, err = run(capsys, "prepare", tmp_path / "p", tmp_path / "empty", "--dry-run")
    assert code == ExitCode.DONE and "Nothing in it is a text" in err


def test_a_doctor_that_finds_nothing_says_so(place: Project, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capsys, "doctor", place.folder)
    assert code == ExitCode.DONE and not out and "Nothing found that needs mending in 1 text." in err
