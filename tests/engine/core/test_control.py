"""What long work does for other threads."""

from collections.abc import Iterator

from textgen_gui.engine.core.control import LET_GO, let_go
from textgen_gui.engine.text.staleness import digest, digest_of


def test_many_items_end_some_at_a_time() -> None:
    """All in one moment they would keep the interpreter's lock for as long: half a second for a hundred thousand texts
    on a busy computer.
    """

    class Item:
        def __del__(self) -> None:
            left.append(len(items))

    left = list[int]()
    items = [Item() for _ in range(3 * LET_GO + 7)]
    let_go(items)
    assert sorted(set(left), reverse=True) == [2 * LET_GO + 7, LET_GO + 7, 7, 0] and not items


def test_what_a_digest_is_made_of_is_not_gathered_before() -> None:
    alive: list[int] = []

    class Item:
        def __init__(self, number: int) -> None:
            self.number = number
            alive.append(number)

        def __str__(self) -> str:
            return str(self.number)

        def __del__(self) -> None:
            alive.remove(self.number)

    def items() -> Iterator[Item]:
        for number in range(100):
            assert len(alive) <= 1
            yield Item(number)

    assert digest_of(items()) == digest(*range(100))
