"""An owner of markets in memory: it places and cancels, hears news, forgets at its death what its ledger had not."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass, field
from random import Random

from clob_values import listing, order

from astra_actors.execution.order import Order
from astra_actors.market.instrument import Side, Token
from astra_actors.venues.clob.words import (
    Adopted,
    Cancel,
    Claimed,
    Join,
    Joined,
    Place,
    Settled,
    Told,
    Voided,
    Weather,
    Word,
)
from astra_actors.venues.port import Accepted, Filled

MARKETS = ("0xc", "0xd")
TOKENS = {"0xc": ("11", "12"), "0xd": ("21", "22")}


@dataclass
class Book:
    """What an owner knows; what its ledger has is a copy of it."""

    orders: dict[str, Order] = field(default_factory=dict)
    over: dict[str, str] = field(default_factory=dict)
    filled: dict[str, int] = field(default_factory=dict)  # shares by order
    fills: dict[str, int] = field(default_factory=dict)  # shares, bought or sold, by fill
    voided: dict[str, None] = field(default_factory=dict)


class ModelOwner:
    """The owner of every market, in one shard."""

    def __init__(self, rng: Random) -> None:
        self.rng = rng
        self.incarnation, self.gateway, self.heard, self.seq = 1, 0, 0, 0
        self.book, self.ledger = Book(), Book()
        self.claims: dict[str, None] = {}
        self.joined: set[str] = set()
        self.adopted: set[str] = set()  # since the last join
        self.weather = "nothing heard"
        self.told_fills: dict[tuple[int, str, str], set[int]] = {}  # by holder, market and fill: under which numbers
        self.strange: list[str] = []  # fills of orders that were not known then
        self.words: list[Word] = []

    def join(self) -> None:
        """Take the markets up with whoever holds the account."""
        self.joined.clear()
        self.adopted.clear()
        self.words += [Join(market_id=market, incarnation=self.incarnation) for market in MARKETS]

    def commit(self) -> None:
        """Have the ledger know everything."""
        self.ledger = deepcopy(self.book)

    def die(self) -> None:
        """A successor begins with what the ledger has."""
        self.incarnation += 1
        self.book, self.heard = deepcopy(self.ledger), 0
        self.claims.clear()
        self.words.clear()
        self.join()

    def known_fills(self) -> list[str]:
        """Fills and reversals of the ledger."""
        return [*self.ledger.fills, *(f"{each}-void" for each in self.ledger.voided)]

    def place(self, now_ms: int) -> None:
        """Say that an order shall rest."""
        market = self.rng.choice(MARKETS)
        if market not in self.joined or self.weather or len(self.open_ids()) >= 12:
            return
        self.seq += 1
        token = self.rng.choice(tuple(Token))
        token_id = TOKENS[market][token is Token.NO]
        one = order(
            order_id=f"o{self.incarnation}-{self.seq}", market_id=market, token=token,
            side=self.rng.choice(tuple(Side)), price_e4=100 * self.rng.randint(10, 90),
            size_e6=10_000 * self.rng.randint(500, 3_000), sent_ns=now_ms * 1_000_000,
            expires_ns=(now_ms // 1_000 + self.rng.randint(186, 260)) * 1_000_000_000,
        )  # fmt: skip
        self.book.orders[one.order_id] = one
        lease_ms = self.rng.choice((200, 30_000, 30_000))
        self.words.append(
            Place(
                order=one, listing=listing(condition_id=market, token_id=token_id),
                lease_until_ns=(now_ms + lease_ms) * 1_000_000, incarnation=self.incarnation,
            )
        )  # fmt: skip

    def cancel(self) -> None:
        """Say that some order shall not rest any more."""
        if known := self.open_ids():
            one = self.book.orders[self.rng.choice(known)]
            self.words.append(Cancel(market_id=one.market_id, order_id=one.order_id, reason="requote"))

    def open_ids(self) -> list[str]:
        """Orders that are not known to be over."""
        return [each for each in self.book.orders if each not in self.book.over]

    def hear(self, told: tuple[Told, ...]) -> list[str]:
        """Take news; returns the orders that were told over."""
        ended: list[str] = []
        for one in told:
            if one.gateway > self.gateway:
                self.gateway = one.gateway
                self.join()
            self.heard = one.number
            if (over := self._take(one)) is not None:
                ended.append(over)
        return ended

    def _take(self, told: Told) -> str | None:
        news, book = told.news, self.book
        if isinstance(news, Weather):
            self.weather = news.why
        elif isinstance(news, Joined):
            self._welcomed(told.market_id, news.incarnation)
        elif isinstance(news, Adopted):
            book.orders.setdefault(news.order.order_id, news.order)
            self.adopted.add(news.order.order_id)
        elif isinstance(news, Filled):
            key = (told.gateway, told.market_id, news.fill_id)
            self.told_fills.setdefault(key, set()).add(told.number)
            self._filled(news)
        elif isinstance(news, Claimed):
            self.claims[news.fill_id] = None
        elif isinstance(news, Voided):
            if news.fill_id in self.claims:
                book.voided[news.fill_id] = None
                del self.claims[news.fill_id]
        elif not isinstance(news, Settled | Accepted) and news.order_id in self.open_ids():
            book.over[news.order_id] = type(news).__name__
            return news.order_id
        return None

    def _welcomed(self, market: str, incarnation: int) -> None:
        """Orders that the account did not name died with an earlier holder: a cancel is answered with their end."""
        if incarnation != self.incarnation:
            return
        self.joined.add(market)
        for one in [book_order for each, book_order in self.book.orders.items() if each in self.open_ids()]:
            if one.market_id == market and one.order_id not in self.adopted:
                self.words.append(Cancel(market_id=market, order_id=one.order_id, reason="not named"))

    def _filled(self, news: Filled) -> None:
        book = self.book
        one = book.orders.get(news.order_id)
        if one is None:
            self.strange.append(news.fill_id)
        elif news.fill_id not in book.fills:
            book.fills[news.fill_id] = news.size_e6 if one.side is Side.BUY else -news.size_e6
            self.claims[news.fill_id] = None
            filled_e6 = book.filled[news.order_id] = book.filled.get(news.order_id, 0) + news.size_e6
            if filled_e6 >= one.size_e6:
                book.over[news.order_id] = "Filled"
