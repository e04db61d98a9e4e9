"""The recent public trades of one market in YES terms, each with the side its taker took.

The feed's own side flag agrees with settlement only about 59 % of the time, so the side comes from the quotes that
stood before the trade, by the rule of Lee & Ready 1991 (methods §7.2); the flag speaks only where that rule is silent.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

import msgspec

from astra_actors.market.book import MarketBook
from astra_actors.market.events import TradePrinted
from astra_actors.market.instrument import complement_e4


class SignedTrade(msgspec.Struct, frozen=True, gc=False):
    """One trade as a purchase or a sale of YES by its taker."""

    local_ns: int
    yes_price_e4: int
    size_e6: int
    taker_buys_yes: bool


class TradeTape:
    """The last `capacity` trades of one market."""

    __slots__ = ("_last_e4", "_last_tick_up", "_trades")

    def __init__(self, capacity: int = 1000) -> None:
        self._trades: deque[SignedTrade] = deque(maxlen=capacity)
        self._last_e4: int | None = None
        self._last_tick_up: bool | None = None  # direction of the last price that differed from the one before

    def __len__(self) -> int:
        return len(self._trades)

    def __iter__(self) -> Iterator[SignedTrade]:
        return iter(self._trades)

    @property
    def last(self) -> SignedTrade | None:
        """The newest trade."""
        return self._trades[-1] if self._trades else None

    def on_trade(self, event: TradePrinted, book: MarketBook) -> SignedTrade:
        """Sign a trade by the quotes of `book`, which must not have seen what the trade did to them yet."""
        on_yes = event.asset_id == book.instrument.yes_asset
        price_e4 = event.price_e4 if on_yes else complement_e4(event.price_e4)
        self._remember_tick(price_e4)
        by_quotes = quote_rule(price_e4, book.best_bid_e4, book.best_ask_e4)
        buys_yes = by_quotes if by_quotes is not None else self._last_tick_up
        if buys_yes is None:
            buys_yes = event.taker_buys == on_yes
        trade = SignedTrade(event.local_ns, price_e4, event.size_e6, buys_yes)
        self._trades.append(trade)
        return trade

    def imbalance(self, since_ns: int = 0) -> float | None:
        """(B − S)/(B + S) over the trades at or after `since_ns`; None without any (methods §7.2)."""
        bought = sold = 0
        for trade in reversed(self._trades):
            if trade.local_ns < since_ns:
                break
            if trade.taker_buys_yes:
                bought += trade.size_e6
            else:
                sold += trade.size_e6
        return (bought - sold) / (bought + sold) if bought + sold else None

    def _remember_tick(self, price_e4: int) -> None:
        if self._last_e4 is not None and price_e4 != self._last_e4:
            self._last_tick_up = price_e4 > self._last_e4
        self._last_e4 = price_e4


def quote_rule(price_e4: int, bid_e4: int | None, ask_e4: int | None) -> bool | None:
    """Whether the taker bought, by the prior quotes; None in the middle, in a crossed book, and without quotes."""
    at_ask = ask_e4 is not None and price_e4 >= ask_e4
    at_bid = bid_e4 is not None and price_e4 <= bid_e4
    if at_ask or at_bid:
        return at_ask if at_ask != at_bid else None
    if bid_e4 is None or ask_e4 is None or ask_e4 - price_e4 == price_e4 - bid_e4:
        return None
    return ask_e4 - price_e4 < price_e4 - bid_e4
