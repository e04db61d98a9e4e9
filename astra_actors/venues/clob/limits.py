"""The venue's limits on requests, as buckets that stay below 90 % of them in every window (polymarket.md 10.1).

A bucket of burst B and rate r lets at most B + r·T through in any T seconds; both windows of a call, ten seconds and ten
minutes, follow from one pair. At 95 % of a published limit the venue refuses after a quarter of a minute, at 90 % never.
"""

from __future__ import annotations

from enum import Enum, unique
from typing import Final, NamedTuple

SHARE: Final = 0.9


@unique
class Call(Enum):
    """A kind of request that has a limit of its own."""

    ANY = "every request to the order book's host"
    POST_ORDERS = "POST /orders"
    CANCEL_ORDERS = "DELETE /orders"
    CANCEL_ALL = "DELETE /cancel-all"
    CANCEL_MARKET = "DELETE /cancel-market-orders"
    ONE_ORDER = "GET /data/order/{id}"
    OPEN_ORDERS = "GET /data/orders"
    TRADES = "GET /data/trades"
    BALANCE = "GET /balance-allowance"
    BALANCE_UPDATE = "GET /balance-allowance/update"


class Limit(NamedTuple):
    """What the venue publishes for a call, and the bucket we keep it with: `burst`, and `rate` a second."""

    in_10_s: int
    in_10_min: int | None
    burst: int
    rate: int


LIMITS: Final[dict[Call, Limit]] = {
    Call.ANY: Limit(9_000, None, 2_100, 600),
    Call.POST_ORDERS: Limit(2_000, 21_000, 900, 30),
    Call.CANCEL_ORDERS: Limit(2_000, 15_000, 1_500, 20),
    Call.CANCEL_ALL: Limit(250, 6_000, 100, 8),
    Call.CANCEL_MARKET: Limit(1_500, 21_000, 900, 30),
    Call.ONE_ORDER: Limit(900, None, 300, 50),
    Call.OPEN_ORDERS: Limit(500, None, 200, 25),
    Call.TRADES: Limit(500, None, 200, 25),
    Call.BALANCE: Limit(200, None, 80, 10),
    Call.BALANCE_UPDATE: Limit(50, None, 25, 2),
}
CANCELS: Final = (Call.CANCEL_ORDERS, Call.CANCEL_ALL, Call.CANCEL_MARKET)
CANCEL_RESERVE: Final = (
    300  # requests of Call.ANY that only cancels may use: every order of 300 markets, each asked for
)
