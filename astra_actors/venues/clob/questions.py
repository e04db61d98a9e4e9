"""What can be asked of the venue, as values: whoever needs to know hands them out, the rim asks them.

What has to be proven is asked for one market or one order. A list of several pages is read by place, so what leaves it moves
the rest forward past the reader; one market's orders fit on a page.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class AskOrder:
    """Is this order open? `GET /data/orders?id=`: a row while it is, an empty list when it is not."""

    venue_id: str


@dataclass(frozen=True, slots=True)
class AskOpenOrders:
    """Which orders of ours are open in this market? `GET /data/orders?market=`."""

    condition_id: str


@dataclass(frozen=True, slots=True)
class AskAllOpenOrders:
    """Which orders of ours are open anywhere? `GET /data/orders`, all pages: presence is proven by it, absence never."""


@dataclass(frozen=True, slots=True)
class AskTrades:
    """Which trades of ours happened in this market since? `GET /data/trades?market=&after=`, all pages, newest first."""

    condition_id: str
    after_s: int


@dataclass(frozen=True, slots=True)
class AskTrade:
    """What became of this trade? `GET /data/trades?id=`."""

    trade_id: str


@dataclass(frozen=True, slots=True)
class AskBalance:
    """What does the order checker believe we hold? `GET /balance-allowance`; an empty token asks for dollars."""

    token_id: str = ""


Question = AskOrder | AskOpenOrders | AskAllOpenOrders | AskTrades | AskTrade | AskBalance
