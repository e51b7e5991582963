"""Many texts, what the user decided about each, and what is said of them."""

from pathlib import Path

from textgen_gui.engine.core.events import Fault, ModelChosen
from textgen_gui.engine.core.generation_config import GenerateConfig
from textgen_gui.ui.write.batch import Batch, BatchText, Decision

from .desk import generated


def batch() -> Batch:
    """Five of six texts, finished in another order; two are kept, one is rejected, two have a fault."""
    made = Batch("Once ", GenerateConfig(n=6), ModelChosen("runs/001", "abc"))
    decisions = (Decision.WAITING, Decision.KEPT, Decision.WAITING, Decision.REJECTED, Decision.KEPT)
    faults = (Fault.NONE, Fault.NONE, Fault.EMPTY, Fault.NONE, Fault.COPIED)
    for index in (3, 0, 4, 1, 2):
        made.add(generated(f"text {index}", index, 70 + index))
        made.texts[index].fault, made.texts[index].decision = faults[index], decisions[index]
    return made


def indices(texts: list[BatchText]) -> list[int]:
    return [text.done.event.index for text in texts]


def test_texts_stand_in_order_with_or_without_those_put_aside() -> None:
    assert indices(batch().in_order(with_faults=True)) == [0, 1, 2, 3, 4]
    assert indices(batch().in_order(with_faults=False)) == [0, 1, 3]


def test_kept_texts_have_all_that_it_takes_to_write_them_again() -> None:
    kept = batch().kept()
    assert [text.whole for text in kept] == ["Once text 1", "Once text 4"]
    done = [text.done for text in kept]
    assert [(one.event.index, one.config.seed, one.config.n) for one in done] == [(1, 71, 6), (4, 74, 6)]
    assert {(one.prompt, one.model.model) for one in done} == {("Once ", "runs/001")}


def test_what_nobody_decided_about_and_what_no_file_holds_stays() -> None:
    made = batch()
    assert indices(made.staying(with_faults=False)) == [0, 1, 4]
    assert indices(made.staying(with_faults=True)) == [0, 1, 2, 4]
    made.texts[1].file = Path("it.txt")
    later = Batch("Twice ", GenerateConfig(n=1), made.model, earlier=made.staying(with_faults=False))
    later.add(generated("text 9", 9))
    assert [text.whole for text in later.in_order(with_faults=True)] == ["Once text 0", "Once text 4", "Twice text 9"]
    assert indices(later.staying(with_faults=True)) == [0, 4, 9]
    assert later.summary_in_words(with_faults=True) == "3 texts, 1 kept"
    assert later.progress_in_words(1).startswith("1 of 1"), "of those that are written now"


def test_in_words() -> None:
    assert batch().summary_in_words(with_faults=False) == "5 texts, 2 kept; put aside: 1 copied, 1 empty"
    assert batch().summary_in_words(with_faults=True) == "5 texts, 2 kept"
    made = batch()
    for text in made.off_shelf():
        text.file = Path("it.txt")
    assert made.summary_in_words(with_faults=True) == "5 texts, 2 kept and on the shelf “Kept”"
    assert Batch().summary_in_words(with_faults=True) == ""
    assert batch().progress_in_words(10) == "5 of 6, 2 s left"
