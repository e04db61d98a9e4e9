"""VPIN: how one-sided equal-volume buckets of trades are (methods §7.3). A weight in the composite, never a veto."""

from __future__ import annotations

import math
from collections import deque


def bulk_buy_share(move: float, sigma: float) -> float:
    """Share of a bar's volume taken for buying, Φ(Δp/σ_Δp); one half where nothing ever moves.

    Used where quotes are not fresh enough to sign each trade.
    """
    if sigma <= 0.0:
        return 0.5
    return 0.5 * (1.0 + math.erf(move / (sigma * math.sqrt(2.0))))


class VolumeBuckets:
    """Buckets of equal volume; a trade or bar split at an edge keeps its share of buying on both sides of it."""

    __slots__ = ("_bought", "_capacity", "_filled", "_gaps", "_keep", "_mean")

    def __init__(self, capacity: float, keep: int = 50) -> None:
        self._capacity, self._keep = float(capacity), keep
        self._bought = self._filled = 0.0
        self._gaps: deque[float] = deque()  # |bought − sold| of each full bucket
        self._mean: float | None = None  # of them, worked out when asked: far more often than a bucket fills

    @property
    def full(self) -> int:
        """Full buckets kept."""
        return len(self._gaps)

    def add(self, volume: float, buy_share: float) -> None:
        """Take one trade (`buy_share` 1 or 0) or one bar (between)."""
        room = self._capacity - self._filled
        if volume < room:
            self._filled += volume
            self._bought += volume * buy_share
            return
        self._close(self._bought + room * buy_share)
        whole, rest = divmod(volume - room, self._capacity)
        for _ in range(min(int(whole), self._keep)):  # one huge trade fills many buckets, but only `keep` stay
            self._close(self._capacity * buy_share)
        self._filled, self._bought = rest, rest * buy_share

    def vpin(self, buckets_min: int = 1) -> float | None:
        """Mean of |bought − sold|/V over the full buckets kept; None with fewer than `buckets_min`.

        Source: Easley, López de Prado & O'Hara (2012); criticised by Andersen & Bondarenko (2014).

        >>> buckets = VolumeBuckets(100)
        >>> buckets.add(75, 1.0); buckets.add(25, 0.0)
        >>> buckets.vpin()
        0.5
        """
        count = len(self._gaps)
        if count < max(buckets_min, 1):
            return None
        if self._mean is None:
            self._mean = math.fsum(self._gaps) / (count * self._capacity)
        return self._mean

    def _close(self, bought: float) -> None:
        self._mean = None
        self._gaps.append(abs(2.0 * bought - self._capacity))
        if len(self._gaps) > self._keep:
            self._gaps.popleft()
