"""How long a feed was connected: the length of the union of its sessions (methods §9.13)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Uptime:
    """Connected time within a window. `fraction` is None for an empty window."""

    connected: int
    window: int
    gaps: int
    longest_gap: int

    @property
    def fraction(self) -> float | None:
        """Connected share of the window."""
        return self.connected / self.window if self.window > 0 else None


def uptime(sessions: Iterable[tuple[int, int]], *, start: int, end: int) -> Uptime:
    """Sessions as (from, to) in any one unit and any order; overlapping sockets count once.

    Gaps are the stretches between sessions; the ends of the window count as well.

    Examples
    --------
    >>> uptime([(0, 40), (50, 100)], start=0, end=100).fraction
    0.9
    """
    clipped = sorted((max(a, start), min(b, end)) for a, b in sessions if min(b, end) > max(a, start))
    connected = gaps = longest = 0
    reached = start
    for a, b in clipped:
        if a > reached:
            gaps += 1
            longest = max(longest, a - reached)
        connected += max(0, b - max(a, reached))
        reached = max(reached, b)
    if end > reached:
        gaps += 1
        longest = max(longest, end - reached)
    return Uptime(connected=connected, window=max(0, end - start), gaps=gaps, longest_gap=longest)
