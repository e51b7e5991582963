"""What long work does for other threads."""

from textgen_gui.engine.core.control import LET_GO, let_go


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
