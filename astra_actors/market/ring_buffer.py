"""The recent past of a market's top of book, for questions about a moment that is over."""

from __future__ import annotations

import msgspec

from astra_actors.kernel.errors import BadInput, ClockWentBack


class Top(msgspec.Struct, frozen=True, gc=False):
    """Best prices and their sizes in YES terms at one moment; None and 0 on an empty side."""

    local_ns: int
    bid_e4: int | None
    bid_size_e6: int
    ask_e4: int | None
    ask_size_e6: int

    @property
    def mid_e4(self) -> float | None:
        """Middle of a book with two sides that do not cross, else None."""
        if self.bid_e4 is None or self.ask_e4 is None or self.bid_e4 >= self.ask_e4:
            return None
        return (self.bid_e4 + self.ask_e4) / 2


class RingBuffer:
    """The last `capacity` tops: O(1) to append, O(log n) to ask what was known at a moment."""

    __slots__ = ("_capacity", "_next", "_tops")

    def __init__(self, capacity: int = 1000) -> None:
        if capacity < 1:
            raise BadInput("capacity", capacity, "a ring holds at least one top")
        self._capacity = capacity
        self._tops: list[Top] = []
        self._next = 0  # where the next top goes once the ring is full: the place of the oldest

    def __len__(self) -> int:
        return len(self._tops)

    @property
    def last(self) -> Top | None:
        """The newest top."""
        return self._tops[self._next - 1] if self._tops else None

    def append(self, top: Top) -> None:
        """Remember a top; one older than the newest raises `ClockWentBack`, equal times keep their order."""
        tops = self._tops
        if tops and top.local_ns < tops[self._next - 1].local_ns:
            raise ClockWentBack(f"top of {top.local_ns} ns after {tops[self._next - 1].local_ns} ns was seen")
        if len(tops) < self._capacity:
            tops.append(top)
            return
        tops[self._next] = top
        self._next = (self._next + 1) % self._capacity

    def at(self, ns: int) -> Top | None:
        """The last top at or before `ns`, or None when the ring does not reach back that far."""
        tops, start, size = self._tops, self._next, len(self._tops)
        low, high = 0, size
        while low < high:
            middle = (low + high) // 2
            if tops[(start + middle) % size].local_ns <= ns:
                low = middle + 1
            else:
                high = middle
        return tops[(start + low - 1) % size] if low else None

    def tops(self) -> list[Top]:
        """Everything remembered, oldest first."""
        return self._tops[self._next :] + self._tops[: self._next]


class BookHistory:
    """One ring for each market that ever spoke; an unknown market has no past."""

    __slots__ = ("_capacity", "_rings")

    def __init__(self, capacity: int = 1000) -> None:
        self._capacity = capacity
        self._rings: dict[str, RingBuffer] = {}

    def append(self, market_id: str, top: Top) -> None:
        """Remember a market's top."""
        ring = self._rings.get(market_id)
        if ring is None:
            ring = self._rings[market_id] = RingBuffer(self._capacity)
        ring.append(top)

    def ring(self, market_id: str) -> RingBuffer | None:
        """The market's ring, or None."""
        return self._rings.get(market_id)

    def at(self, market_id: str, ns: int) -> Top | None:
        """The market's last top at or before `ns`, or None."""
        ring = self._rings.get(market_id)
        return ring.at(ns) if ring else None

    def last(self, market_id: str) -> Top | None:
        """The market's newest top, or None."""
        ring = self._rings.get(market_id)
        return ring.last if ring else None
