"""Keys and values of what a model has read, so that it can read on."""

from typing import Any

import torch

from .stock import DynamicLayer


class KVCache(DynamicLayer):
    """Keys and values of one layer in a buffer that is allocated once, [2, rows, heads, capacity, head width]; of a
    convolution what goes into it, [1, rows, 1, capacity, hidden].
    """

    def __init__(self, capacity: int) -> None:
        super().__init__()
        self.capacity, self.length = capacity, 0
        self.buffer: torch.Tensor | None = None

    def add(self, both: torch.Tensor) -> torch.Tensor:
        """Takes in [2, rows, heads, length, width] and returns all that is there."""
        start = self.length
        self.length = start + both.shape[3]
        if self.buffer is None:
            two, rows, heads, _, width = both.shape
            self.buffer = both.new_empty(two, rows, heads, self.capacity, width)
        self.buffer.narrow(3, start, both.shape[3]).copy_(both)
        return self.buffer.narrow(3, 0, self.length)

    def select(self, rows: torch.Tensor) -> None:
        if self.buffer is not None:
            old = self.buffer
            self.buffer = old.new_empty(old.shape[0], len(rows), *old.shape[2:])
            kept = old[:, :, :, : self.length].index_select(1, rows.to(old.device))
            self.buffer[:, :, :, : self.length] = kept

    def update(self, key_states: torch.Tensor, value_states: torch.Tensor, *args: Any, **kwargs: Any) -> Any:
        return self.add(torch.stack([key_states, value_states])).unbind(0)

    def get_seq_length(self) -> int:
        return self.length
