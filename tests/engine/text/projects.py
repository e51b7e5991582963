"""What the tests of preparing share: small projects, and what came of them."""

import random
from pathlib import Path

from textgen_gui.engine.core import project
from textgen_gui.engine.core.config import PrepareConfig
from textgen_gui.engine.core.project import Project
from textgen_gui.engine.text.dataset import Prepared
from textgen_gui.engine.text.prepare import prepare
from textgen_gui.engine.text.staleness import current

from ...conftest import never, story


def made(folder: Path, texts: dict[str, str], **settings: object) -> Project:
    place = project.create(folder / "p")
    for name, content in texts.items():
        (folder / name).write_text(content, encoding="utf-8")
    list(place.add_texts([folder / name for name in texts], never))
    place.set_prepare_config(PrepareConfig(**settings))  # type: ignore[arg-type]
    return place


def done(place: Project) -> Prepared:
    list(prepare(place, never))
    found = current(place)
    assert found
    return found


def words(prepared: Prepared) -> tuple[str, str]:
    """What is trained on and what is held out, as text."""
    tokenizer = prepared.tokenizer()
    sides = (prepared.train_tokens()[:], prepared.heldout()[:])
    return tuple(tokenizer.decode(side.tolist(), skip_special_tokens=False) for side in sides)  # type: ignore[return-value]


def chapters(name: str, count: int, longer: int = 0) -> dict[str, str]:
    """Documents that have hardly anything in common, each with its name at both ends. ``longer``: by so many words."""
    texts = {}
    for number in range(count):
        letters = random.Random(f"{name} {number}")
        words = [
            "".join(letters.choices("aeiolmnrst", k=letters.randint(2, 8))) for _ in range(120 + 5 * number + longer)
        ]
        texts[f"{name} {number}.txt"] = f"{name} {number}. {' '.join(words)} End of {name} {number}."
    return texts


def texts_of_three_sizes() -> dict[str, str]:
    return {"long.txt": story(60_000), "middle.txt": story(9000)[50:].upper(), "short.txt": story(3000)[20:].title()}
