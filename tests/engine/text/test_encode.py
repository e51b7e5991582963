"""Token files hold the texts, and their held-out ends."""

from pathlib import Path

from textgen_gui.engine.core.project import Project
from textgen_gui.engine.text.staleness import current
from textgen_gui.engine.text.tokenizer import END_OF_TEXT

from ...conftest import story
from .projects import done, made, words


def test_token_files_hold_the_text_and_the_held_out_end(prepared: Project) -> None:
    done = current(prepared)
    assert done
    tokenizer, whole = done.tokenizer(), story()
    training = tokenizer.decode(done.train_tokens()[:].tolist())
    heldout = tokenizer.decode(done.heldout()[:].tolist())
    assert training + heldout == whole
    assert abs(len(heldout) / len(whole) - 0.1) < 0.01, "of a small text a tenth"
    assert len(done.train_tokens()) == done.tokens and len(done.heldout()) == done.heldout_tokens


def test_text_without_spaces_is_cut_between_letters(tmp_path: Path) -> None:
    text = "".join(chr(0x4E00 + (n * n + n // 7) % 400) for n in range(6000))
    training, heldout = words(done(made(tmp_path, {"chinese.txt": text}, heldout=0.1)))
    assert (training + heldout).removesuffix(END_OF_TEXT) == text
    assert "\ufffd" not in training + heldout and 400 < len(heldout) < 800
