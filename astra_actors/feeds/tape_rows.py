"""Rows of single book entries back into events: which two tokens are one market, and which two rows were one order.

The rows have no market id. But an order shows as two consecutive entries, one on each token of its market: BUY p on one
and SELL 1 − p on the other, of the same size. Tokens that mirror each other most are the two sides of one dollar.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

from astra_actors.kernel.errors import BadInput
from astra_actors.kernel.ids import content_id
from astra_actors.kernel.units import PRICE_ONE_E4, SIZE_ONE_E6
from astra_actors.market.events import BookChanged, Event, LevelChange, TradePrinted
from astra_actors.market.token_book import EMPTY_ASK_E4, EMPTY_BID_E4

_IS_BID: Final = {"BID": True, "ASK": False, "BUY": True, "SELL": False}
_ROUNDING: Final = 1e-3  # how far a binary float of a decimal may lie from its integer after scaling
_TRADE: Final = "LAST_TRADE"
_CHANGE: Final = "PRICE_CHANGE"

_Entry = tuple[int, int, bool, LevelChange]  # venue_ns, local_ns, whether it is a trade, what the row says


class RowReader:
    """Collects rows in their order; `rejected` counts those that cannot be what a venue sends."""

    def __init__(self) -> None:
        self.rejected = 0
        self._entries: list[_Entry] = []
        self._prices = _Scaled(PRICE_ONE_E4, "price")
        self._sizes = _Scaled(SIZE_ONE_E6, "size")
        self._names: dict[str, str] = {}  # one string object a token, in the order of first appearance

    def add(self, row: Sequence[Any], venue_ns: int, local_ns: int) -> None:
        """Take one row in."""
        try:
            self._entries.append((venue_ns, local_ns, row[0] == _TRADE, self._read(row)))
        except (BadInput, KeyError, TypeError, ValueError):
            self.rejected += 1

    def events(self) -> Iterator[Event]:
        """One event for a trade, one for an order seen on both tokens, one for an entry that stands alone."""
        markets = self._markets()
        waiting: LevelChange | None = None
        stamp = ("", 0, 0)
        for venue_ns, local_ns, is_trade, entry in self._entries:
            market_id = markets[entry.asset_id]
            if waiting is not None:
                if not is_trade and stamp[:2] == (market_id, venue_ns) and _mirrors(waiting, entry):
                    yield BookChanged(*stamp, (waiting, entry))
                    waiting = None
                    continue
                yield BookChanged(*stamp, (waiting,))
                waiting = None
            if is_trade:
                yield TradePrinted(
                    market_id, venue_ns, local_ns, entry.asset_id, entry.is_bid, entry.price_e4, entry.size_e6
                )
            else:
                waiting, stamp = entry, (market_id, venue_ns, local_ns)
        if waiting is not None:
            yield BookChanged(*stamp, (waiting,))

    def _read(self, row: Sequence[Any]) -> LevelChange:
        event_type, asset_id, side, price, size, best_bid, best_ask = row
        prices = self._prices
        price_e4 = prices[float(price)]
        if not 0 < price_e4 < PRICE_ONE_E4:
            raise BadInput("price", price, "a level lies strictly between 0 and 1 dollar")
        if not asset_id or event_type not in (_CHANGE, _TRADE):
            raise BadInput("event_type", event_type, f"{_CHANGE} or {_TRADE} of a token is expected")
        name = self._names.setdefault(asset_id, asset_id)
        size_e6 = self._sizes[float(size)]
        # an empty side may show as 0 or 1 whichever side it is
        best_bid_e4 = prices[float(best_bid)] % PRICE_ONE_E4 or EMPTY_BID_E4
        best_ask_e4 = prices[float(best_ask)] or EMPTY_ASK_E4
        return LevelChange(name, _IS_BID[side], price_e4, size_e6, best_bid_e4, best_ask_e4)

    def _markets(self) -> dict[str, str]:
        """Market id by token: each token goes with the one that it mirrors most, if that one agrees."""
        mirrored: dict[str, dict[str, int]] = {name: {} for name in self._names}
        last: LevelChange | None = None
        for _, _, is_trade, entry in self._entries:
            if last is not None and not is_trade and _mirrors(last, entry):
                for one, other in ((last.asset_id, entry.asset_id), (entry.asset_id, last.asset_id)):
                    mirrored[one][other] = mirrored[one].get(other, 0) + 1
            last = None if is_trade else entry
        mate = {one: max(counts, key=counts.__getitem__) for one, counts in mirrored.items() if counts}
        pairs = {one: (one, mate[one]) if one in mate and mate[mate[one]] == one else (one,) for one in mirrored}
        return {one: content_id("pair", *sorted(pair)) for one, pair in pairs.items()}


def _mirrors(one: LevelChange, other: LevelChange) -> bool:
    return (
        one.price_e4 + other.price_e4 == PRICE_ONE_E4
        and one.size_e6 == other.size_e6
        and one.is_bid != other.is_bid
        and one.asset_id != other.asset_id
    )


class _Scaled(dict[float, int]):
    """Floats of a file as the integers they stand for; the same few values come again and again."""

    def __init__(self, scale: int, field: str) -> None:
        super().__init__()
        self._scale, self._field = scale, field

    def __missing__(self, value: float) -> int:
        scaled = value * self._scale
        if not 0 <= scaled <= 1e18 or abs(scaled - round(scaled)) > _ROUNDING * max(1.0, scaled / 1e9):
            raise BadInput(self._field, value, f"a multiple of 1/{self._scale:,} that is not negative is expected")
        if self._field == "price" and scaled > PRICE_ONE_E4:
            raise BadInput(self._field, value, "a price of this venue lies in [0, 1] dollar")
        self[value] = round(scaled)
        return self[value]
