"""The estimates that open trades rest on: recorded ones by id, and the one on which the trade now open was entered."""

from __future__ import annotations

from typing import Final, NamedTuple

KEPT: Final = 64  # more than any order outlives: one is recorded an hour, or when it moved half a point


class Entry(NamedTuple):
    """The estimate on which the open trade was entered; its own probability and the market's."""

    estimate_id: str = ""
    p: float | None = None
    market_p: float | None = None


class Entries:
    """Remember estimates by id, for as long as an order may still rest on them."""

    __slots__ = ("_known", "entry")

    def __init__(self) -> None:
        self.entry = Entry()
        self._known: dict[str, Entry] = {}

    def record(self, estimate_id: str, p: float, market_p: float | None) -> None:
        """Take up an estimate that was put on record."""
        self._known[estimate_id] = Entry(estimate_id, p, market_p)
        if len(self._known) > KEPT:
            del self._known[next(iter(self._known))]

    def open_on(self, estimate_id: str) -> None:
        """A trade was opened by an order that rests on this estimate."""
        self.entry = self._known.get(estimate_id, Entry(estimate_id))
