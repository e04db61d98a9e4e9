"""Every request of the account as the venue wants it: method, path and query."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from astra_actors.venues.clob.questions import (
    AskAllOpenOrders,
    AskBalance,
    AskOpenOrders,
    AskOrder,
    AskTrade,
    AskTrades,
    Question,
)

FIRST_PAGE: Final = "MA=="


@dataclass(frozen=True, slots=True)
class Request:
    """One request without its body. The query is sent, and not part of what is signed."""

    method: str
    path: str
    query: tuple[tuple[str, str], ...] = ()


POST_ORDERS: Final = Request("POST", "/orders")
CANCEL_ORDERS: Final = Request("DELETE", "/orders")
CANCEL_ALL: Final = Request("DELETE", "/cancel-all")


def request_of(question: Question, *, signature_type: int, cursor: str = FIRST_PAGE) -> Request:
    """The request that puts a question; lists are read from `cursor` on."""
    match question:
        case AskOrder(venue_id):
            return Request("GET", "/data/orders", (("id", venue_id), ("next_cursor", cursor)))
        case AskOpenOrders(condition_id):
            return Request("GET", "/data/orders", (("market", condition_id), ("next_cursor", cursor)))
        case AskAllOpenOrders():
            return Request("GET", "/data/orders", (("next_cursor", cursor),))
        case AskTrades(condition_id, after_s):
            query = (("market", condition_id), ("after", str(max(0, after_s))), ("next_cursor", cursor))
            return Request("GET", "/data/trades", query)
        case AskTrade(trade_id):
            return Request("GET", "/data/trades", (("id", trade_id), ("next_cursor", cursor)))
        case AskBalance(token_id):
            kind = "CONDITIONAL" if token_id else "COLLATERAL"
            named = (("token_id", token_id),) if token_id else ()
            return Request(
                "GET", "/balance-allowance", (("signature_type", str(signature_type)), ("asset_type", kind), *named)
            )
