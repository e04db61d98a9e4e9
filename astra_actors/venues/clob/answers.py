"""What the venue answered to one question, read by whoever has the socket; times are of our clock, when it was asked."""

from __future__ import annotations

from dataclasses import dataclass

from astra_actors.venues.clob.signals import Reply
from astra_actors.venues.clob.user_rows import OrderSeen, TradeSeen


@dataclass(frozen=True, slots=True, kw_only=True)
class OrdersAnswer:
    """To `AskOrder`, `AskOpenOrders` and `AskAllOpenOrders`. `whole`: it came on one page, so what it lacks is not there."""

    rows: tuple[OrderSeen, ...]
    whole: bool
    asked_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TradesAnswer:
    """To `AskTrades` and `AskTrade`. `whole`: read to the last page without an unreadable row."""

    rows: tuple[TradeSeen, ...]
    whole: bool
    asked_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BalanceAnswer:
    """To `AskBalance`, in base units as the order checker has it: millionths of a dollar or of a share."""

    token_id: str  # empty for dollars
    balance_e6: int
    asked_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerFailed:
    """No answer, or one that cannot be read: nothing follows from it."""

    reply: Reply


Answered = OrdersAnswer | TradesAnswer | BalanceAnswer | AnswerFailed
