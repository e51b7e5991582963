"""A model says what it cannot know."""

import pytest

from textgen_gui.engine.core.events import Warned
from textgen_gui.engine.core.generation_config import GenerateConfig
from textgen_gui.engine.core.project import Run
from textgen_gui.engine.writing.session import open_session

from ...conftest import never


@pytest.mark.parametrize(
    ("prompt", "is_told"),
    [
        ("The old horse slept in the garden, and the rain", False),
        ("“The old — horse slept in … the garden”, and the rain", False),
        ("", False),
        ("Größe", False),
        ("Es war einmal ein kleines Mädchen, das lebte im Wald.", True),
        ("从前有一个小女孩,她和奶奶住在森林里。", True),
        ("The old horse slept in the garden. Жила-была девочка, которая жила с бабушкой в лесу. И она пела.", True),
    ],
)
def test_a_beginning_in_another_language_is_told(animals_run: Run, prompt: str, is_told: bool) -> None:
    happened = list(open_session(animals_run).write(prompt, GenerateConfig(max_new_tokens=4, seed=1), never))
    told = [event.message for event in happened if isinstance(event, Warned)]
    assert any("another language" in message for message in told) == is_told
