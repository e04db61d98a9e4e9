"""What an engine asks of the venue of its market, wherever the orders go."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

from astra_actors.execution.order import Order
from astra_actors.kernel.facts import OrderFilled
from astra_actors.market.book import MarketBook
from astra_actors.market.instrument import Token
from astra_actors.risk.veto import Approved
from astra_actors.venues.port import Answer, Filled


class VenuePort(Protocol):
    """One market's way to a venue. It never calls back: what it has to say is drained."""

    next_due_ns: int  # when `advance` is wanted at the latest

    def submit(self, order: Order, approved: Approved, now_ns: int) -> None:
        """Send an order."""
        ...

    def cancel(self, order_id: str, now_ns: int) -> None:
        """Send a cancel."""
        ...

    def wipe(self, now_ns: int, reason: str) -> None:
        """The market is over: nothing of ours may rest any more."""
        ...

    def advance(self, now_ns: int, book: MarketBook) -> None:
        """Let what is due by now take effect."""
        ...

    def on_book(self, now_ns: int, book: MarketBook) -> None:
        """The public book changed; called while `open_count` is above zero."""
        ...

    def on_trade(self, now_ns: int, yes_price_e4: int, size_e6: int, taker_buys_yes: bool, book: MarketBook) -> None:
        """A public trade in YES terms; likewise."""
        ...

    def drain(self) -> Sequence[Answer]:
        """Every answer since the last call, in the order things happened."""
        ...

    def on_booked(self, order: Order, fill: Filled) -> None:
        """A fill was booked, for the first time."""
        ...

    def on_over(self, order_id: str) -> None:
        """An order is proven to be over."""
        ...

    def remember(self, order_ids: Iterable[str], fills: Sequence[OrderFilled]) -> None:
        """What the ledger has of this market: the orders ever sent, and every fill."""
        ...

    def was_sent(self, order_id: str) -> bool:
        """Whether an order of this id ever left."""
        ...

    def unsettled_e6(self, token: Token) -> int:
        """Shares that were bought and cannot be sold yet."""
        ...

    @property
    def open_count(self) -> int:
        """Orders for which the public book matters."""
        ...

    @property
    def knows_all(self) -> bool:
        """Whether every order that an earlier owner of the market may have left is known here."""
        ...

    @property
    def closed(self) -> str:
        """Why no order can rest at the venue now; empty when it can."""
        ...

    @property
    def owes(self) -> bool:
        """Whether a settlement is under way, so that the position may change without an order."""
        ...

    @property
    def outlives_us(self) -> bool:
        """Whether orders rest on when the process that sent them is gone."""
        ...
