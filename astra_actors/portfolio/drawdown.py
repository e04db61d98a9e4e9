"""How deep and how long equity has been under its peak, point by point (methods §9.9)."""

from __future__ import annotations

from astra_actors.portfolio.equity import drawdown_of


class DrawdownTracker:
    """Follow one equity curve in order of time. Being back at the peak ends a stretch under water."""

    __slots__ = (
        "_peak_at_depth_e10",
        "_peak_ns",
        "deepest_e10",
        "equity_e10",
        "last_ns",
        "longest_ns",
        "peak_e10",
        "under_water",
    )

    def __init__(self, start_ns: int, start_e10: int) -> None:
        self.peak_e10 = self.equity_e10 = self._peak_at_depth_e10 = start_e10
        self._peak_ns = self.last_ns = start_ns
        self.deepest_e10 = 0  # dollars below the peak at the largest relative drawdown, positive
        self.longest_ns = 0  # from a point at the peak until the peak is seen again, or to the last point
        self.under_water = False

    def observe(self, at_ns: int, equity_e10: int) -> None:
        """Take the next point of the curve."""
        assert at_ns >= self.last_ns, f"equity of {at_ns} ns after {self.last_ns} ns"
        self.last_ns, self.equity_e10 = at_ns, equity_e10
        if equity_e10 < self.peak_e10 or self.under_water:
            self.longest_ns = max(self.longest_ns, at_ns - self._peak_ns)
        self.under_water = equity_e10 < self.peak_e10
        if not self.under_water:
            self.peak_e10, self._peak_ns = equity_e10, at_ns
        fall_e10 = self.peak_e10 - equity_e10
        if fall_e10 * self._peak_at_depth_e10 > self.deepest_e10 * self.peak_e10:  # relative fall, without a division
            self.deepest_e10, self._peak_at_depth_e10 = fall_e10, self.peak_e10

    @property
    def current(self) -> float:
        """The fall from the peak now, as a fraction of it."""
        return drawdown_of(self.peak_e10, self.equity_e10)

    @property
    def deepest(self) -> float:
        """The largest fall so far, as a fraction of the peak it fell from."""
        return drawdown_of(self._peak_at_depth_e10, self._peak_at_depth_e10 - self.deepest_e10)

    @property
    def recovery(self) -> float | None:
        """The return that would bring equity back to its peak; None where nothing is left to grow."""
        return (self.peak_e10 - self.equity_e10) / self.equity_e10 if self.equity_e10 > 0 else None

    def under_water_ns(self, now_ns: int | None = None) -> int:
        """How long since equity was last at its peak: up to now, or up to the last point."""
        if now_ns is None or not self.under_water:
            return self.last_ns - self._peak_ns
        return now_ns - self._peak_ns
