"""What open shares cost: the lots of one token, first in first out and at average cost, exact to the integer.

A division leaves a remainder; it stays with the lots that are left, so nothing is ever rounded away.
"""

from __future__ import annotations

from collections import deque
from typing import Literal

Method = Literal["fifo", "average"]


class Lots:
    """The open shares of one token and what was paid for them, buy fees included."""

    __slots__ = ("_lots", "average_cost_e10", "fifo_cost_e10", "held_e6")

    def __init__(self) -> None:
        self.held_e6 = 0
        self.fifo_cost_e10 = 0
        self.average_cost_e10 = 0
        self._lots: deque[list[int]] = deque()  # [size_e6, cost_e10], oldest first

    def buy(self, size_e6: int, cost_e10: int) -> None:
        """Add a lot."""
        self.held_e6 += size_e6
        self.fifo_cost_e10 += cost_e10
        self.average_cost_e10 += cost_e10
        self._lots.append([size_e6, cost_e10])

    def sell(self, size_e6: int) -> None:
        """Take shares away, the oldest first; their cost leaves with them. Never more than are held."""
        assert 0 < size_e6 <= self.held_e6, (
            f"sold {size_e6} of {self.held_e6} shares held: positions are never negative"
        )
        self.average_cost_e10 -= self.average_cost_e10 * size_e6 // self.held_e6
        self.held_e6 -= size_e6
        while size_e6:
            lot = self._lots[0]
            if lot[0] <= size_e6:
                self._lots.popleft()
                size_e6 -= lot[0]
                self.fifo_cost_e10 -= lot[1]
            else:
                part_e10 = lot[1] * size_e6 // lot[0]
                lot[0] -= size_e6
                lot[1] -= part_e10
                self.fifo_cost_e10 -= part_e10
                size_e6 = 0

    def clear(self) -> None:
        """Forget everything: the token was settled."""
        self.held_e6 = self.fifo_cost_e10 = self.average_cost_e10 = 0
        self._lots.clear()

    def cost_e10(self, method: Method) -> int:
        """What the open shares cost under one method."""
        return self.fifo_cost_e10 if method == "fifo" else self.average_cost_e10

    @property
    def lots(self) -> tuple[tuple[int, int], ...]:
        """The open lots as (size_e6, cost_e10), oldest first."""
        return tuple((size, cost) for size, cost in self._lots)
