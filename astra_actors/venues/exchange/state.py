"""Everything the exchange knows, and the few ways in which all of its rules touch it.

The rules stand in `placing`, `cancelling`, `settling`, `positions` and `resolving`; each gets the state and the time.
What happened is left in `outbox` for the streams, and what changed in `dirty` for the disk.
"""

from __future__ import annotations

import hashlib
import heapq
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from astra_actors.kernel.rng import unit
from astra_actors.venues.exchange import refusal
from astra_actors.venues.exchange.account import Account
from astra_actors.venues.exchange.book import Book
from astra_actors.venues.exchange.faults import Faults
from astra_actors.venues.exchange.market import Market
from astra_actors.venues.exchange.order import Order
from astra_actors.venues.exchange.switches import Switches
from astra_actors.venues.exchange.trade import Trade
from astra_actors.venues.signing.eip712 import POLYGON

CROWD: Final = "0x00000000000000000000000000000000000c0ffe"
CROWD_CASH_E6: Final = 10**18  # a trillion dollars: the crowd is never short


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """How long things take at this venue, in milliseconds unless named otherwise."""

    mine_ms: tuple[int, int] = (2_000, 5_000)  # from match to tokens (polymarket.md 11.3)
    confirm_ms: tuple[int, int] = (2_000, 6_000)
    gtd_life_s_min: int = 180  # an expiry nearer than this is refused
    gtd_early_s: int = 60  # and the order leaves this long before it
    heartbeat_ms: int = 10_000
    sweep_ms: int = 5_000
    restart_ms: int = 90_000
    post_only_ms: int = 120_000
    halt_ms: int = 60_000


# What the streams are told. A user's word is its finished frame; of a market it is what changed, told when someone listens.
UserWord = tuple[str, str, dict[str, Any]]  # owner, market, frame
MarketWord = tuple[str, Any]  # market, one of the words below


@dataclass(frozen=True, slots=True)
class LevelMoved:
    """The total at one price of one side is another, in terms of the first outcome."""

    is_bid: bool
    yes_e4: int


@dataclass(frozen=True, slots=True)
class Printed:
    """A public trade."""

    is_yes: bool
    buys: bool
    price_e4: int
    size_e6: int
    transaction: str


@dataclass(frozen=True, slots=True)
class BookTold:
    """The whole book is told anew, after a trade or a new grid."""


@dataclass(frozen=True, slots=True)
class TickMoved:
    """The grid is another."""

    old_e4: int
    new_e4: int


@dataclass(frozen=True, slots=True)
class Listed:
    """A market came into being."""


@dataclass(frozen=True, slots=True)
class Resolved:
    """A market has its outcome."""


@dataclass(slots=True)
class Dirty:
    """What changed since it was last written, by id, in the order of the first change."""

    orders: dict[str, None] = field(default_factory=dict)
    trades: dict[str, None] = field(default_factory=dict)
    accounts: dict[str, None] = field(default_factory=dict)
    markets: dict[str, None] = field(default_factory=dict)


class Exchange:
    """The state of one exchange. `chain_id` decides which contracts orders are signed for."""

    def __init__(
        self,
        seed: int,
        *,
        switches: Switches | None = None,
        faults: Faults | None = None,
        timing: Timing | None = None,
        chain_id: int = POLYGON,
    ) -> None:
        self.seed, self.chain_id = seed, chain_id
        self.switches = switches or Switches()
        self.faults = faults or Faults(seed)
        self.timing = timing or Timing()
        self.markets: dict[str, Market] = {}
        self.market_of: dict[str, str] = {}  # by token
        self.books: dict[str, Book] = {}
        self.orders: dict[str, Order] = {}
        self.open: dict[str, dict[str, Order]] = {}  # by holder, in the order of arrival
        self.trades: dict[str, Trade] = {}
        self.trades_of: dict[str, list[str]] = {}  # by API key
        self.accounts: dict[str, Account] = {}
        self.escrow_e6 = 0  # dollars behind complete sets
        self.fees_e6 = 0
        self.deposits_e6 = 0
        self.seq = 0
        self.due: list[tuple[int, int, str, str]] = []
        self.users: list[UserWord] = []
        self.words: list[MarketWord] = []
        self.hear: Callable[[str, Any], None] | None = None  # whoever makes frames of words while they are true
        self.dirty = Dirty()
        self.deposit(Account(address=CROWD, signer=CROWD, signature_type=0), CROWD_CASH_E6)

    # -- looking things up --------------------------------------------------------------------------------------------

    def market_by_asset(self, asset: str) -> Market:
        """The market of a token the order book serves; raises the venue's 404."""
        market = self.markets.get(self.market_of.get(asset, ""))
        if market is None or not market.visible_on_clob:
            raise refusal.not_found(refusal.NO_BOOK)
        return market

    def account(self, address: str) -> Account | None:
        """The wallet at an address, whatever its spelling."""
        return self.accounts.get(address.lower())

    def open_of(self, holder: str) -> dict[str, Order]:
        """The open orders of a wallet."""
        return self.open.get(holder.lower(), {})

    # -- names --------------------------------------------------------------------------------------------------------

    def next_seq(self) -> int:
        """A number larger than every one before, across restarts."""
        self.seq += 1
        return self.seq

    def uuid(self, *names: str | int) -> str:
        """A name made from the seed and what it names."""
        return str(uuid.UUID(bytes=self._digest(16, names), version=4))

    def transaction(self, *names: str | int) -> str:
        """A transaction hash made from the seed and what it names."""
        return "0x" + self._digest(32, names).hex()

    def between(self, low: int, high: int, *names: str | int) -> int:
        """A number in [low, high] made from the seed and what it is for."""
        return low + int(unit(self.seed, *names) * (high - low + 1))

    def _digest(self, size: int, names: tuple[str | int, ...]) -> bytes:
        text = "\x1f".join((str(self.seed), *map(str, names)))
        return hashlib.blake2b(text.encode(), digest_size=size).digest()

    # -- changes ------------------------------------------------------------------------------------------------------

    def list_market(self, market: Market) -> None:
        """Take a market into the catalogue."""
        self.markets[market.condition_id] = market
        self.market_of[market.yes] = self.market_of[market.no] = market.condition_id
        self.books.setdefault(market.condition_id, Book())
        self.dirty.markets[market.condition_id] = None

    def deposit(self, account: Account, cash_e6: int) -> None:
        """Give dollars to a wallet, new or known; negative takes some away."""
        known = self.accounts.setdefault(account.address.lower(), account)
        known.move(cash_e6)
        known.look()
        self.deposits_e6 += cash_e6
        self.touch(known.address)

    def touch(self, address: str) -> None:
        """A wallet's row is another."""
        self.dirty.accounts[address.lower()] = None

    def keep(self, order: Order) -> None:
        """An order's row is another; the crowd's orders are not kept."""
        if order.owner:
            self.orders[order.id] = order
            self.dirty.orders[order.id] = None

    def rest(self, order: Order) -> None:
        """Put an order into its book."""
        self.books[order.market].side(is_bid=order.is_bid).add(order)
        if order.owner:
            self.open.setdefault(order.maker.lower(), {})[order.id] = order
            self.keep(order)

    def unrest(self, order: Order) -> None:
        """Take an order out of its book, or out of its delay."""
        held = self.open.get(order.maker.lower(), {})
        if held.pop(order.id, None) is not None and order.due_ms == 0:
            self.books[order.market].side(is_bid=order.is_bid).remove(order)

    def later(self, at_ms: int, what: str, key: str) -> None:
        """Have something done at a time; `settling.advance` does it."""
        heapq.heappush(self.due, (at_ms, self.next_seq(), what, key))

    def tell_market(self, market_id: str, word: Any) -> None:
        """Say a word about a market, at the moment at which it is true of its book."""
        if self.hear is not None:
            self.hear(market_id, word)
        else:
            self.words.append((market_id, word))
