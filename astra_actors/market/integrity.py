"""Whether a `book` frame is what the venue hashed.

The venue's hash covers `tick_size` and `last_trade_price`, but a frame carries them only right after a subscription.
Both are therefore found: the values that make the hash come out are the right ones, since nobody can invert SHA-1. That
proves a tick change for which no frame came. In live running the venue may hash with a trade of which we have not heard,
so there a mismatch is a hint and no proof.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Final

import msgspec

from astra_actors.market.wire_types import BookFrame, Level

_TICKS: Final = ("0.01", "0.001", "0.1", "0.005", "0.0025", "0.0001")  # the most frequent first
_LAST_TRADES: Final = tuple(f"{mills / 1000:.3f}" for mills in range(1, 1000))  # the venue writes three decimals
_RECENT_MAX: Final = 16
_PATIENCE: Final = 20  # frames in a row without a proof, then only the last known values are tried


class _Hashed(msgspec.Struct, frozen=True, gc=False):
    market: str
    asset_id: str
    timestamp: str
    hash: str
    bids: list[Level]
    asks: list[Level]


class BookProof:
    """Follows the books of one token; `tick_size` and `last_trade_price` are the values last proven."""

    __slots__ = ("_failures", "_min_order_size", "_neg_risk", "_recent", "last_trade_price", "tick_size")

    def __init__(self) -> None:
        self.tick_size: str | None = None
        self.last_trade_price: str | None = None
        self._min_order_size = "5"  # five shares, not neg-risk: what every market has that does not say otherwise
        self._neg_risk = False
        self._recent: list[str] = []
        self._failures = 0

    def check(self, frame: BookFrame) -> bool:
        """Whether the frame's hash comes out; remembers what made it come out."""
        self._min_order_size = frame.min_order_size or self._min_order_size
        self._neg_risk = self._neg_risk if frame.neg_risk is None else frame.neg_risk
        hashed = _Hashed(frame.market, frame.asset_id, str(frame.timestamp), "", frame.bids, frame.asks)
        start = hashlib.sha1(msgspec.json.encode(hashed)[:-1], usedforsecurity=False)
        for tick_size, last in self._candidates(frame):
            whole = start.copy()
            whole.update(self._ending(tick_size, last))
            if whole.hexdigest() == frame.hash:
                self._remember(tick_size, last)
                return True
        self._failures += 1
        return False

    def _candidates(self, frame: BookFrame) -> Iterator[tuple[str, str]]:
        if frame.tick_size and frame.last_trade_price:
            yield frame.tick_size, frame.last_trade_price
        tick_size = frame.tick_size or self.tick_size
        if tick_size:
            for last in reversed(self._recent):
                yield tick_size, last
        if self._failures >= _PATIENCE:
            return
        for other in (tick_size, *_TICKS) if tick_size else _TICKS:
            for last in _LAST_TRADES:
                yield other, last

    def _ending(self, tick_size: str, last: str) -> bytes:
        neg_risk = "true" if self._neg_risk else "false"
        return (
            f',"min_order_size":"{self._min_order_size}","tick_size":"{tick_size}",'
            f'"neg_risk":{neg_risk},"last_trade_price":"{last}"}}'
        ).encode()

    def _remember(self, tick_size: str, last: str) -> None:
        self._failures = 0
        self.tick_size, self.last_trade_price = tick_size, last
        if last in self._recent:
            self._recent.remove(last)
        self._recent.append(last)
        del self._recent[:-_RECENT_MAX]
