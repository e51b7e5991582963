"""Kept texts can be written again letter by letter, and whoever changes one is found out."""

import hashlib
import os
import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from textgen_gui.engine.core import events
from textgen_gui.engine.core.draft import Done
from textgen_gui.engine.core.errors import ProjectError
from textgen_gui.engine.core.events import Replayed, TextGenerated
from textgen_gui.engine.core.generation_config import GenerateConfig, TextEnd
from textgen_gui.engine.core.kept_texts import receipt_file
from textgen_gui.engine.core.project import Project, Run
from textgen_gui.engine.models.checkpoint import best
from textgen_gui.engine.writing import receipt
from textgen_gui.engine.writing.receipt import Written, keep, read, replay
from textgen_gui.engine.writing.session import open_session

from ...conftest import never, train_all
from ..runs import make_run, prepared_project


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    made = make_run(prepared_project(tmp_path_factory.mktemp("receipts")))
    train_all(made)
    return made


def written(run: Run, prompt: str, config: GenerateConfig) -> list[Written]:
    happened = open_session(run).write(prompt, config, never)
    done = sorted((e for e in happened if isinstance(e, TextGenerated)), key=lambda e: e.index)
    model = receipt.chosen(run.project, best(run))
    return [Written(prompt, replace(config, seed=e.seed), e.index, model, e.text) for e in done]


def kept(run: Run, texts: list[Written]) -> Path:
    return run.project.folder / keep(run.project, texts, "\n\n———\n\n".join(o.prompt + o.text for o in texts)).file


def verdict(file: Path) -> Replayed:
    last = list(replay(file, never))[-1]
    assert isinstance(last, Replayed)
    return last


odd = GenerateConfig(temperature=1.5, top_p=1.0, max_new_tokens=20)


@pytest.mark.parametrize("after", [1, 7, 30])
def test_what_somebody_stopped_is_written_again_up_to_there(run: Run, after: int) -> None:
    """It went on to its length, and was told to be another text, which should not happen."""
    config, count = (
        GenerateConfig(temperature=1.5, max_new_tokens=200, min_new_tokens=200, n=2, end=TextEnd.SENTENCE),
        0,
    )

    def stop() -> bool:
        nonlocal count
        count += 1
        return count >= after

    done = [e for e in open_session(run).write("The", config, stop) if isinstance(e, TextGenerated)]
    assert len(done) == 2 and all(e.stop_reason is events.StopReason.STOPPED and 0 < e.tokens < 60 for e in done)
    model = receipt.chosen(run.project, best(run))
    file = kept(run, [Written.of(Done(model, "The", replace(config, seed=e.seed), e)) for e in done])
    assert verdict(file).same == 2


def test_a_page_that_no_model_wrote_says_so(run: Run) -> None:
    said = verdict(run.project.folder / keep(run.project, [], "All by hand.").file)
    assert said.message == "No model wrote any of it, so there is nothing to write again."


def test_a_hundred_receipts_give_a_hundred_equal_texts(run: Run) -> None:
    files = [kept(run, written(run, "The «old»\u00a0man\r\n"[: 3 + number % 9], odd)) for number in range(80)]
    files += [kept(run, [one]) for one in written(run, "The", replace(odd, n=19, seed=5, dry_multiplier=0.8))]
    files.append(kept(run, written(run, "Tab\there \x7f", replace(odd, stop_texts=("e", '"\\n'), banned=("*q*",)))))
    assert len(files) == 100
    for file in files:
        said = verdict(file)
        assert said.same == said.texts == 1, said.message
        assert said.message.startswith("What the model wrote came out word for word the same.")


def test_several_texts_in_one_receipt(run: Run) -> None:
    said = verdict(kept(run, written(run, "The", replace(odd, n=4))))
    assert (said.texts, said.same) == (4, 4)


def test_a_run_may_get_another_name(tmp_path: Path) -> None:
    """What it wrote can be written again, and kept, all the same."""
    run = make_run(prepared_project(tmp_path))
    train_all(run)
    texts = written(run, "The", odd)
    before = kept(run, texts)
    renamed = run.rename("Sea and diary")
    assert verdict(before).same == 1
    said = keep(run.project, texts, "The page.")
    assert not said.note and (best(renamed).folder / "pinned").exists()


@pytest.mark.parametrize("is_there", [True, False])
def test_keeping_touches_nothing_that_a_link_leads_to(run: Run, tmp_path: Path, is_there: bool) -> None:
    """A project may come from a stranger."""
    mine, pinned = tmp_path / "mine", best(run).folder / "pinned"
    if is_there:
        mine.write_text("mine")
        os.utime(mine, (0, 0))
    pinned.unlink(missing_ok=True)
    pinned.symlink_to(mine)
    assert kept(run, written(run, "The", odd)).exists()
    assert mine.stat().st_mtime == 0 if is_there else not mine.exists()
    pinned.unlink()


def test_texts_of_two_checkpoints_on_one_page(run: Run) -> None:
    """The first was written while the run still trained; both checkpoints stay for as long as the text is kept."""
    first, second = run.checkpoints()[-2:]
    texts = []
    for checkpoint in (first, second):
        model, config = receipt.chosen(run.project, checkpoint), replace(odd, seed=3)
        happened = open_session(checkpoint).write("The", config, never)
        texts += [Written("The", config, 0, model, e.text) for e in happened if isinstance(e, TextGenerated)]
    file = kept(run, texts)
    said = verdict(file)
    assert texts[0].model != texts[1].model and (said.texts, said.same) == (2, 2), said.message
    assert all((checkpoint.folder / "pinned").exists() for checkpoint in (first, second))


def test_any_changed_byte_is_noticed(run: Run, tmp_path: Path) -> None:
    """In the receipt, in the text beside it, and in a file of earlier versions, which holds both."""
    texts = written(run, "The", replace(odd, seed=3))
    file = kept(run, texts)
    parts = {name: (file.parent / name).read_bytes() for name in (file.name, receipt_file(file).name)}
    both = receipt.compose(receipt.Receipt(receipt.made_with(), tuple(texts), "The" + texts[0].text))
    for number, files in enumerate((parts, {"both.txt": both.encode()})):
        folder = tmp_path / str(number)
        folder.mkdir()
        for name, whole in files.items():
            (folder / name).write_bytes(whole)
        for name, whole in files.items():
            for place in range(len(whole)):
                (folder / name).write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
                with pytest.raises(ProjectError):
                    receipt.read(folder / name)
                    pytest.fail(f"not noticed: {whole[max(0, place - 20) : place + 20]!r}")
            (folder / name).write_bytes(whole)
            receipt.read(folder / name)


def test_the_text_is_a_file_of_its_own_and_either_file_replays(run: Run) -> None:
    (one,) = written(run, "The", replace(odd, seed=4))
    file = kept(run, [one])
    assert file.read_bytes().decode() == "The" + one.text + "\n", "the text and nothing else"
    assert verdict(file).same == verdict(receipt_file(file)).same == 1


def test_a_receipt_of_an_earlier_version_replays_as_it_was_written(run: Run) -> None:
    """Facts and text in one file, and no word of how half a word at the end of the prompt is gone on with."""
    old = replace(odd, seed=5, natural_start=False)
    for prompt in ("The ", "Th", ""):
        texts = written(run, prompt, old)
        whole = receipt.compose(receipt.Receipt(receipt.made_with(), tuple(texts), prompt + texts[0].text))
        _, rest = whole.split('"\n', 1)
        rest = rest.replace("natural_start = false\n", "").replace('end = "anywhere"\n', "")
        file = run.project.generated_folder / "old.txt"
        file.parent.mkdir(exist_ok=True)
        seal = receipt._sha256(rest.replace("\n---\n", "\n", 1))
        file.write_bytes(f'---\nsha256 = "{seal}"\n{rest}'.encode())
        assert "natural" not in file.read_text(encoding="utf-8")
        assert verdict(file).same == 1
        smooth = written(run, prompt, replace(old, natural_start=True))
        assert smooth[0].config.natural_start and verdict(kept(run, smooth)).same == 1


def test_a_text_that_another_model_wrote_is_told(run: Run) -> None:
    file = kept(run, [replace(one, text=one.text + "!") for one in written(run, "The", replace(odd, seed=3))])
    said = verdict(file)
    assert said.same == 0 and "should not happen" in said.message


def test_what_is_different_is_named(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    (one,) = written(run, "The", odd)
    file = kept(run, [replace(one, model=replace(one.model, sha256="other"))])
    monkeypatch.setattr(receipt, "made_with", lambda: "textgen-gui 99, torch 1")
    assert "textgen-gui 99 instead of textgen-gui 0" in verdict(file).message
    assert "is not the model that it was" in verdict(file).message


def test_a_model_that_is_gone_is_told(run: Run, tmp_path: Path) -> None:
    file = kept(run, written(run, "The", odd))
    made = receipt.read(file)
    elsewhere = tmp_path / "p" / "generated" / "a.txt"
    elsewhere.parent.mkdir(parents=True)
    other = tuple(replace(one, model=events.ModelChosen("runs/none", "")) for one in made.written)
    elsewhere.write_text(receipt.compose(replace(made, written=other)), encoding="utf-8")
    assert "runs/none is gone" in verdict(elsewhere).message and verdict(elsewhere).same == 0
    assert "The model has learnt on since (none)" in keep(run.project, other, "The").note
    pruned = [replace(other[0], model=events.ModelChosen(f"runs/{run.name}/checkpoints/step-000999", ""))]
    assert "The model has learnt on since (step 999)" in keep(run.project, pruned, "The").note


def test_texts_that_are_kept_at_once_get_names_of_their_own(run: Run) -> None:
    texts = written(run, "At once", replace(odd, seed=6))
    with ThreadPoolExecutor(8) as at_once:
        files = [at_once.submit(kept, run, texts) for _ in range(24)]
    assert len({file.result() for file in files}) == 24


def test_what_is_no_receipt_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("A poem")
    with pytest.raises(ProjectError, match="is no receipt"):
        read(tmp_path / "a.txt")


def test_a_person_can_read_it(run: Run) -> None:
    (one,) = written(run, "The", replace(odd, seed=9))
    file = kept(run, [one])
    text = receipt_file(file).read_text(encoding="utf-8")
    assert 'prompt = "The"' in text and "seed = 9" in text and f'model = "runs/{run.name}/checkpoints/' in text
    assert read(file).body == "The" + one.text
    assert Project(file.parent.parent) == run.project


def test_a_damaged_folder_with_the_same_number_hinders_nothing(tmp_path: Path) -> None:
    run = make_run(prepared_project(tmp_path))
    train_all(run)
    texts, step = written(run, "The", odd), best(run).step
    before = kept(run, texts)
    backup = run.folder.with_name("001 A backup")
    shutil.copytree(run.folder, backup)
    (Run(backup).checkpoint(step).folder / "config.json").unlink()
    renamed = run.rename("Sea and diary")
    assert not keep(run.project, texts, "The page.").note and verdict(before).same == 1
    assert (renamed.checkpoint(step).folder / "pinned").exists()


@pytest.mark.parametrize("prompt", ["", "The"])
def test_where_a_text_departs_is_told_only_where_it_stands(prompt: str) -> None:
    """A title came later, or what was written was changed."""
    text = " sea was calm and blue. "
    one = read_again(prompt, text)
    for title in ("", "The title\n"):
        body = f"{title}{prompt}{text}And on."
        expected = len(f"{title}{prompt} sea was calm and "), "grey."
        assert receipt._first_difference(body, one, " sea was calm and grey.") == expected
    assert receipt._first_difference(f"{prompt}{text}And on.", one, " sky.") == (len(f"{prompt} s"), "ky.")
    assert receipt._first_difference(f"The title\n{prompt}{text}", one, " sky.") == receipt.Differs()
    assert receipt._first_difference(f"{prompt} sea is calm.", one, " sky.") == receipt.Differs()


def read_again(prompt: str, text: str) -> Written:
    """As it comes from a receipt, which does not hold the text itself."""
    sha256 = hashlib.sha256(text.encode()).hexdigest()
    return Written(prompt, GenerateConfig(), 0, events.ModelChosen("m", ""), text_sha256=sha256)
