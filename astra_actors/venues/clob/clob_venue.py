"""A market's way to the account at the venue: an outbox of words, an inbox of news, and no network.

The engine talks to it as it talks to the paper venue. What it says goes to the one holder of the account's keys, and what
became of it comes back when that holder knows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, MutableSequence, Sequence
from typing import Final

from msgspec.structs import replace

from astra_actors.execution.order import Order, OrderState
from astra_actors.kernel.facts import OrderFilled
from astra_actors.market.book import MarketBook
from astra_actors.market.instrument import Instrument, Side, Token
from astra_actors.risk.veto import Approved
from astra_actors.venues.clob.building import Listing
from astra_actors.venues.clob.words import (
    VOID,
    Adopted,
    Cancel,
    Claimed,
    Join,
    Joined,
    News,
    Place,
    Settled,
    Voided,
    Weather,
    Word,
    void_id,
)
from astra_actors.venues.port import Answer, Filled

NEVER_NS: Final = (1 << 63) - 1
SETTLED_KEPT: Final = 1_000  # settled fills of one market that a list can still contradict
JOINING: Final = "the account has not yet told everything it knows of this market"


class ClobVenue:
    """The words of one market's engine, and what it was told.

    `standing` gives what stands when an order leaves: the market's tick, and when the lease expires, None without one.
    """

    __slots__ = ("_answers", "_claims", "_fills", "_incarnation", "_instrument", "_market_id", "_open", "_outbox",
                 "_sent", "_settled", "_standing", "_voided", "_weather", "joined", "next_due_ns", "outlives_us")  # fmt: skip

    def __init__(
        self,
        instrument: Instrument,
        outbox: MutableSequence[Word],
        *,
        incarnation: int,
        standing: Callable[[], tuple[int, int | None]],
    ) -> None:
        self._instrument, self._market_id = instrument, instrument.market_id
        self._outbox, self._incarnation, self._standing = outbox, incarnation, standing
        self._answers: list[Answer] = []
        self._open: dict[str, None] = {}  # orders that were sent and not told over
        self._sent: set[str] = set()  # every order of this market, for as long as it is served
        self._claims: dict[str, Claimed] = {}  # fills whose settlement is under way
        self._settled: dict[str, Claimed] = {}  # those it is over for, the oldest first
        self._voided: set[str] = set()  # fills that were taken back: whatever is told of them again changes nothing
        self._fills: dict[str, dict[str, int]] = {}  # by order, of those the ledger has: their ids and sizes
        self._weather = ""
        self.joined = False
        self.next_due_ns = NEVER_NS
        self.outlives_us = True

    def join(self, open_orders: Iterable[Order]) -> None:
        """Take the market up with the holder of the account: at the beginning, and again with each new holder.

        Cancels are said again, since the one before may have died with them.
        """
        self.joined = False
        known = tuple(open_orders)
        ids = tuple(order.order_id for order in known)
        self._open.update(dict.fromkeys(ids))
        self._outbox.append(Join(market_id=self._market_id, incarnation=self._incarnation, open_orders=ids))
        for order in known:
            if order.state is OrderState.CANCELLING:
                self._outbox.append(Cancel(market_id=self._market_id, order_id=order.order_id, reason="said again"))

    def remember(self, order_ids: Iterable[str], fills: Sequence[OrderFilled]) -> None:
        """What the ledger has, so that what is told of it again is no news, and what failed since can be taken back."""
        self._sent.update(order_ids)
        reversed_ids = {fill.fill_id for fill in fills if fill.liquidity == VOID}
        for fill in fills:
            if fill.liquidity == VOID:
                continue
            if void_id(fill.fill_id) in reversed_ids:
                self._voided.add(fill.fill_id)
            self._fills.setdefault(fill.order_id, {})[fill.fill_id] = fill.size_e6
            if void_id(fill.fill_id) not in reversed_ids:
                self._settled[fill.fill_id] = _claim(fill)

    def was_sent(self, order_id: str) -> bool:
        """Whether an order of this id ever left, by this process or by one before it."""
        return order_id in self._sent

    # -- what the engine asks of it -----------------------------------------------------------------------------------

    def submit(self, order: Order, approved: Approved, now_ns: int) -> None:
        """Put an order into the outbox, with the permission and the grid that stand now."""
        assert approved.order_id == order.order_id, "the approval is for another order"
        self._open[order.order_id] = None
        self._sent.add(order.order_id)
        tick_e4, lease_until_ns = self._standing()
        self._outbox.append(
            Place(
                order=replace(order, reserved_e10=approved.reserved_e10),
                listing=self._terms(order.token, tick_e4),
                # what only reduces needs no lease: it may leave until its own end
                lease_until_ns=order.expires_ns if lease_until_ns is None else lease_until_ns,
                incarnation=self._incarnation,
            )
        )

    def cancel(self, order_id: str, now_ns: int, reason: str = "") -> None:
        """Put a cancel into the outbox."""
        self._outbox.append(Cancel(market_id=self._market_id, order_id=order_id, reason=reason))

    def wipe(self, now_ns: int, reason: str) -> None:
        """Cancel whatever may rest: that the venue took it off itself is proven like any other end."""
        for order_id in self._open:
            self.cancel(order_id, now_ns, reason)

    def advance(self, now_ns: int, book: MarketBook) -> None:
        """Nothing is ever due: time passes at the venue."""

    def on_book(self, now_ns: int, book: MarketBook) -> None:
        """The public book says nothing of our orders."""

    def on_trade(self, now_ns: int, yes_price_e4: int, size_e6: int, taker_buys_yes: bool, book: MarketBook) -> None:
        """Nor does a public trade: our own come through the account."""

    def drain(self) -> Sequence[Answer]:
        """What was told since the last call."""
        answers, self._answers = self._answers, []
        return answers

    @property
    def open_count(self) -> int:
        """None of our orders depends on the public book."""
        return 0

    @property
    def closed(self) -> str:
        """Why no order can rest now."""
        return self._weather or ("" if self.joined else JOINING)

    @property
    def knows_all(self) -> bool:
        """Whether the account has told everything of this market once."""
        return self.joined

    @property
    def owes(self) -> bool:
        """Whether a settlement is under way."""
        return bool(self._claims)

    def unsettled_e6(self, token: Token) -> int:
        """Shares bought whose settlement is under way."""
        return sum(one.size_e6 for one in self._claims.values() if one.token is token and one.side is Side.BUY)

    # -- what it is told ----------------------------------------------------------------------------------------------

    def hear(self, news: News) -> Claimed | None:
        """Take one piece of news: an answer waits to be drained, a fill that failed is returned, once."""
        assert not isinstance(news, Adopted), "an order to take up is asked for with `as_found`"
        if isinstance(news, Voided):
            failed = self._claims.pop(news.fill_id, None) or self._settled.pop(news.fill_id, None)
            if failed is not None:
                self._voided.add(news.fill_id)
            return failed
        if isinstance(news, Claimed):
            if news.fill_id not in self._voided:  # its reversal may not be in the ledger yet
                self._claims[news.fill_id] = news
                self._settled.pop(news.fill_id, None)
        elif isinstance(news, Settled):
            self._settle(news.fill_id)
        elif isinstance(news, Joined):
            self.joined = self.joined or news.incarnation == self._incarnation
        elif isinstance(news, Weather):
            self._weather = news.why
        else:
            self._answers.append(news)
        return None

    def on_booked(self, order: Order, fill: Filled) -> None:
        """A fill was booked: until its settlement is told, its shares are a claim."""
        self._claims[fill.fill_id] = Claimed(
            fill_id=fill.fill_id,
            order_id=order.order_id,
            token=order.token,
            side=order.side,
            price_e4=fill.price_e4,
            size_e6=fill.size_e6,
        )

    def on_over(self, order_id: str) -> None:
        """The order is proven to be over."""
        self._open.pop(order_id, None)

    def fill_ids(self, order_id: str) -> Sequence[str]:
        """The fills of an order that the ledger has."""
        return tuple(self._fills.get(order_id, ()))

    def as_found(self, order: Order) -> Order:
        """An order to take up, with what the ledger knows of it; nobody here knows whether it rests, so it is UNKNOWN."""
        self._open[order.order_id] = None
        self._sent.add(order.order_id)
        filled_e6 = sum(self._fills.get(order.order_id, {}).values())
        state = OrderState.FILLED if filled_e6 >= order.size_e6 else OrderState.UNKNOWN
        return replace(order, state=state, filled_e6=filled_e6)

    def _settle(self, fill_id: str) -> None:
        claim = self._claims.pop(fill_id, None)
        if claim is None:
            return
        self._settled[fill_id] = claim
        if len(self._settled) > SETTLED_KEPT:
            del self._settled[next(iter(self._settled))]

    def _terms(self, token: Token, tick_e4: int) -> Listing:
        instrument = self._instrument
        return Listing(
            condition_id=instrument.market_id,
            token_id=instrument.yes_asset if token is Token.YES else instrument.no_asset,
            tick_e4=tick_e4,
            size_min_e6=instrument.min_size_e6,
            neg_risk=instrument.neg_risk,
        )


def _claim(fill: OrderFilled) -> Claimed:
    return Claimed(
        fill_id=fill.fill_id,
        order_id=fill.order_id,
        token=Token(fill.token),
        side=Side(fill.side),
        price_e4=fill.price_e4,
        size_e6=fill.size_e6,
    )
