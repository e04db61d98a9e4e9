"""Order-flow imbalance: what the touch gained on the bid less what it gained on the ask (methods §7.1)."""

from __future__ import annotations

from collections.abc import Iterable

Quote = tuple[int, int, int, int]  # bid_e4, bid_size, ask_e4, ask_size; an empty side is (0, 0) or (10_000, 0)


def ofi_step(old: Quote, new: Quote) -> int:
    """Signed size of one change of the top; a price move counts the whole level. Units are those of the sizes.

    Source: Cont, Kukanov & Stoikov (2014).

    >>> ofi_step((5000, 120, 5200, 90), (5000, 150, 5200, 60))
    60
    """
    old_bid, old_bid_size, old_ask, old_ask_size = old
    bid, bid_size, ask, ask_size = new
    flow = 0
    if bid >= old_bid:
        flow += bid_size
    if bid <= old_bid:
        flow -= old_bid_size
    if ask <= old_ask:
        flow -= ask_size
    if ask >= old_ask:
        flow += old_ask_size
    return flow


def ofi(quotes: Iterable[Quote]) -> int:
    """Sum of the steps along a sequence of tops; fewer than two give 0."""
    total = 0
    old: Quote | None = None
    for new in quotes:
        if old is not None:
            total += ofi_step(old, new)
        old = new
    return total
