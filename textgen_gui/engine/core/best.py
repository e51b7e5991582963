"""What the best step of a run is, for all who choose it, keep its checkpoint, or speak of it."""

import math


def rank(step: int, loss: float | None) -> tuple[float, int]:
    """Sorts steps, the best first: the least held-out loss; of equals, the earlier one.

    Steps without a held-out loss, or with one that is not finite, come after all others, the newest of them first.
    """
    return (loss, step) if loss is not None and math.isfinite(loss) else (math.inf, -step)
