"""What the best step of a run is, for all who choose it, keep its checkpoint, or speak of it."""

import math


def rank(step: int, loss: float | None) -> tuple[float, int]:
    """Sorts steps, the best first: the least held-out loss; of equals, the earlier one.

    Steps without a held-out loss come after all that have one, the newest of them first.
    """
    return (math.inf, -step) if loss is None else (loss, step)
