"""A run that goes on from a run of its project knows what its line began with."""

import shutil
from pathlib import Path

import pytest

from textgen_gui.engine.core import event_log, events
from textgen_gui.engine.core.project import Project, Run
from textgen_gui.engine.training.lineage import share_needed

from ...conftest import train_all
from ..runs import make_run, prepared_project

SHORT = ("train.steps=8", "train.mark_every=4")


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Of another project: a model that can write already."""
    run = make_run(prepared_project(tmp_path_factory.mktemp("elsewhere")), *SHORT)
    train_all(run)
    return run


@pytest.fixture
def place(tmp_path: Path) -> Project:
    return prepared_project(tmp_path)


def trained_from(place: Project, model: str) -> Run:
    run = make_run(place, f'start.model="{model}"', *SHORT)
    train_all(run)
    return run


def name_of(run: Run) -> str:
    return run.project.relative(run.folder)


def before(run: Run) -> events.Baseline:
    (bar,) = (event for event in event_log.read(run.events_file, events.Baseline) if isinstance(event, events.Baseline))
    return bar


def test_it_is_told_how_far_the_runs_before_it_came(place: Project, elsewhere: Run) -> None:
    """“Train longer” began with nothing learnt, and ended with less than the run that it went on from."""
    first = trained_from(place, elsewhere.folder.as_posix())
    second = trained_from(place, name_of(first))
    third = trained_from(place, name_of(second))
    assert before(first).share == 1, "nobody taught it these texts here"
    for run in (second, third):
        assert before(run).share == pytest.approx(before(run).bits_per_byte / before(first).bits_per_byte)
    assert before(third).share < before(second).share < 1
    shutil.rmtree(first.folder)
    assert share_needed(place, name_of(second)) == pytest.approx(before(third).share), (
        "the record of the second is enough"
    )
    assert share_needed(place, name_of(first)) == 1, "of what is gone nothing is known"


def test_a_line_that_began_from_scratch_began_with_nothing(place: Project) -> None:
    first = make_run(place, *SHORT)
    train_all(first)
    second = trained_from(place, name_of(first))
    assert before(second).share == 0
    assert share_needed(place, name_of(second)) == 0


def test_what_was_written_down_before_shares_were_known_is_followed(place: Project, elsewhere: Run) -> None:
    first = trained_from(place, elsewhere.folder.as_posix())
    second = trained_from(place, name_of(first))
    told = share_needed(place, name_of(second))
    old = [line for line in second.events_file.read_text(encoding="utf-8").splitlines() if '"Baseline"' not in line]
    bar = before(second)
    old.append(
        f'{{"event": "Baseline", "name": "{bar.name}", "loss": {bar.loss}, "bits_per_byte": {bar.bits_per_byte}}}'
    )
    second.events_file.write_text("\n".join(old) + "\n", encoding="utf-8")
    assert before(second).share == 1 and share_needed(place, name_of(second)) == pytest.approx(told)
    config = first.config_file.read_text(encoding="utf-8")
    circle = config.replace(elsewhere.folder.as_posix(), name_of(second))
    assert circle != config
    first.config_file.write_text(circle, encoding="utf-8")
    assert share_needed(place, name_of(second)) > 0, "a circle that somebody wrote comes to an end"
