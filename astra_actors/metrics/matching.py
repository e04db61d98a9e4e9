"""Which estimate is scored: the latest at or before a cut, never one after it however near (methods §10.7)."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")


def latest_at(times_ns: Sequence[int], items: Sequence[T], cut_ns: int) -> T | None:
    """The last item whose time is ≤ the cut; None when there is none. `times_ns` ascends."""
    index = bisect_right(times_ns, cut_ns) - 1
    return items[index] if index >= 0 else None


def forecast_cut_ns(close_ns: int, lead_ns: int) -> int:
    """The cut of the forecast score: the market's close minus the lead time."""
    return close_ns - lead_ns
