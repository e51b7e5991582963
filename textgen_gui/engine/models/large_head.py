"""The last matrix of a model that knows very many tokens and came in bf16: half of the time of a token of Gemma 3.

One text is multiplied with these shorter numbers, and the likeliest tokens, of which one is drawn, once more in fp32.
What is far behind them has some digits less: bits per byte differ by 0.00003. Who may have to choose among those asks
for an ``exact`` one.
"""

import torch
from torch.nn import functional as F  # noqa: N812 (its usual name)

from .model import stored_dtype
from .stock import PreTrainedModel

PAYS = 2**26  # numbers of the matrix
CANDIDATES = 2048  # tokens


class LargeHead:
    """``weight``: [vocabulary, hidden], in fp32, and as ``half`` in bf16; None where all digits are wanted."""

    def __init__(self, weight: torch.Tensor, half: torch.Tensor | None) -> None:
        self.weight, self.half = weight, half

    def exact(self) -> "LargeHead":
        return LargeHead(self.weight, None)

    def scores(self, x: torch.Tensor) -> torch.Tensor:
        """x [n, hidden] behind the last norm -> [n, vocabulary]"""
        if self.half is None or len(x) > 1:
            return torch.mm(x, self.weight.t())
        row = x[0]
        scores = torch.mv(self.half, row.bfloat16()).float()  # [vocabulary]
        likeliest = scores.topk(min(CANDIDATES, len(scores)), sorted=False).indices
        return scores.index_copy_(0, likeliest, torch.mv(F.embedding(likeliest, self.weight), row))[None]


def large_head(model: PreTrainedModel) -> LargeHead | None:
    """None where it does not pay: the processor has to multiply such numbers quickly."""
    weight: torch.Tensor = model.get_output_embeddings().weight.detach()
    is_quick = torch.backends.cpu.get_cpu_capability() == "AVX512"
    if stored_dtype(model) != torch.bfloat16 or not is_quick or weight.numel() < PAYS:
        return None
    half = weight.bfloat16()
    return LargeHead(weight, half) if torch.equal(weight, half.float()) else None  # not where it is learning
