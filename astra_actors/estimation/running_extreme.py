"""The lowest and highest price since a market's window opened, from the spot source itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from astra_actors.feeds.port import SpotSource
from astra_actors.kernel.units import NS_PER_S

GRID_NS: Final = 60 * NS_PER_S  # absolute minutes, so that a restart in the middle scans the same moments

Extremes = tuple[float, float]
ExtremesBetween = Callable[[str, int, int], Extremes | None]


class RunningExtreme:
    """What a source printed since a time, kept a market; a source that knows its own extremes is asked for them."""

    __slots__ = ("_between", "_seen", "_spot")

    def __init__(self, spot: SpotSource) -> None:
        self._spot = spot
        self._between: ExtremesBetween | None = getattr(spot, "extremes_between", None)
        self._seen: dict[str, tuple[int, float, float]] = {}

    def since(self, market_id: str, underlying: str, from_ns: int, to_ns: int) -> Extremes | None:
        """(lowest, highest) printed from `from_ns` to `to_ns`, both included; None before the first print."""
        if to_ns < from_ns:
            return None  # the window is not open yet
        fresh = (from_ns - 1, float("inf"), 0.0)
        scanned_ns, low, high = self._seen.get(market_id, fresh)
        if to_ns < scanned_ns:  # a replay from an earlier time: what came later must not be known there
            scanned_ns, low, high = fresh
        if to_ns > scanned_ns:
            found = self._scan(underlying, scanned_ns + 1, to_ns)
            if found is not None:
                low, high = min(low, found[0]), max(high, found[1])
            self._seen[market_id] = (to_ns, low, high)
        return (low, high) if high > 0 else None

    def _scan(self, underlying: str, from_ns: int, to_ns: int) -> Extremes | None:
        if self._between is not None:
            return self._between(underlying, from_ns, to_ns)
        low, high = float("inf"), 0.0
        for at_ns in (*range(-(-from_ns // GRID_NS) * GRID_NS, to_ns + 1, GRID_NS), to_ns):
            seen = self._spot.spot_at(underlying, at_ns)
            if seen is not None:
                low, high = min(low, seen[0]), max(high, seen[0])
        return (low, high) if high > 0 else None
