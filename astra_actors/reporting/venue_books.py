"""Our ledger against the venue's own books, after a rehearsal: orders, fills, shares and dollars, to the micro-dollar.

Nothing of the live path is used here: both sides are added up from rows by SQL alone, so that one cannot repeat the
other's mistake.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from astra_actors.venues.clob.words import NEVER_LEFT

E10_A_MICRO: Final = 10_000  # 1e-10 dollars in a micro-dollar
HALF: Final = 2  # a void pays half a dollar for each share

_VENUE_FILLS: Final = """
    SELECT f.trade_id, lower(f.order_id), f.market, f.asset, f.side, f.price_e4, f.size_e6, f.cash_e6 - f.fee_e6, t.status
    FROM fills f JOIN trades t ON t.id = f.trade_id WHERE lower(f.maker_address) = :wallet
"""
_OUR_FILLS: Final = """
    SELECT trade_id, lower(venue_id), market_id, token_id, side, price_e4, size_e6,
           CASE side WHEN 'BUY' THEN -1 ELSE 1 END * price_e4 * size_e6 - fee_e10, settling
    FROM account_fills
"""
_BOOKED: Final = """
    SELECT f.market_id, CASE f.token WHEN 'YES' THEN m.yes_asset ELSE m.no_asset END,
           SUM(CASE f.side WHEN 'BUY' THEN f.size_e6 ELSE -f.size_e6 END),
           SUM(CASE f.side WHEN 'BUY' THEN -1 ELSE 1 END * f.price_e4 * f.size_e6 - f.fee_e10 + f.rebate_e10)
    FROM fills f JOIN markets m ON m.market_id = f.market_id GROUP BY 1, 2
"""
_HELD_BACK: Final = "SELECT COUNT(*) FROM order_ends WHERE reason LIKE ?"
_OPEN: Final = ("LIVE", "DELAYED")


@dataclass(slots=True)
class Book:
    """One market as one side has it: shares by token, dollars that moved, and the dollars its outcome paid (None: open)."""

    shares_e6: dict[str, int] = field(default_factory=dict)
    cash_e6: int = 0
    payout_e6: int | None = None

    @property
    def pnl_e6(self) -> int:
        """What came in less what went out; of a market without an outcome, without the value of its shares."""
        return self.cash_e6 + (self.payout_e6 or 0)

    @property
    def held(self) -> dict[str, int]:
        return {asset: size for asset, size in self.shares_e6.items() if size}


@dataclass(slots=True)
class Books:
    """Everything one side knows of the account."""

    markets: dict[str, Book] = field(default_factory=dict)
    orders: set[str] = field(default_factory=set)  # by the venue's id
    fills: dict[tuple[str, str], tuple[Any, ...]] = field(default_factory=dict)  # (trade, order) → what moved
    statuses: dict[str, int] = field(default_factory=dict)
    open_orders: set[str] = field(default_factory=set)
    held_back: int = 0  # orders that were written down and never left
    repeated: int = 0  # orders of ours that the venue knows under more than one id

    def of(self, market: str) -> Book:
        return self.markets.setdefault(market, Book())

    @property
    def pnl_e6(self) -> int:
        return sum(book.pnl_e6 for book in self.markets.values())

    @property
    def realised_e6(self) -> int:
        """Of the markets that have an outcome."""
        return sum(book.pnl_e6 for book in self.markets.values() if book.payout_e6 is not None)

    @property
    def settled(self) -> int:
        return self.statuses.get("MINED", 0) + self.statuses.get("CONFIRMED", 0)


def venue_books(path: Path, wallet: str, *, booked_by_us: Collection[str] = (), until_ms: int | None = None) -> Books:
    """What the exchange wrote about this wallet. Outcomes later than `until_ms` count only where we have them as well."""
    books, who = Books(), {"wallet": wallet.lower()}
    with closing(_reader(path)) as connection:
        for trade, order, market, asset, side, price_e4, size_e6, cash_e6, status in connection.execute(
            _VENUE_FILLS, who
        ):
            _add(books, trade, order, (market, asset, side, price_e4, size_e6), cash_e6, status)
        for order, status in connection.execute(
            "SELECT lower(id), status FROM orders WHERE lower(maker_address) = :wallet", who
        ):
            books.orders.add(order)
            if status in _OPEN:
                books.open_orders.add(order)
        for market, winner, body in connection.execute("SELECT id, winner, body FROM markets WHERE winner <> ''"):
            content = json.loads(body)
            early = until_ms is None or content["resolved_ms"] <= until_ms
            if market in books.markets and (early or market in booked_by_us):
                books.markets[market].payout_e6 = _payout(books.markets[market], winner, content)
    return books


def account_books(ledger: Path) -> Books:
    """What the holder of the account wrote: intents and fills, beside the windows."""
    books = Books()
    with closing(_reader(ledger)) as connection:
        for trade, order, market, asset, side, price_e4, size_e6, cash_e10, status in connection.execute(_OUR_FILLS):
            _add(books, trade, order, (market, asset, side, price_e4, size_e6), _micro(cash_e10), status)
        books.orders = {row[0] for row in connection.execute("SELECT lower(venue_id) FROM intents")}
        (books.repeated,) = connection.execute("SELECT COUNT(*) - COUNT(DISTINCT order_id) FROM intents").fetchone()
        ended = {row[0] for row in connection.execute("SELECT lower(venue_id) FROM order_ends")}
        (books.held_back,) = connection.execute(_HELD_BACK, (f"{NEVER_LEFT}%",)).fetchone()
        books.open_orders = books.orders - ended
    return books


def booked(ledger: Path) -> Books:
    """What the markets' owners booked in the sealed windows: positions, cash and outcomes."""
    books = Books()
    with closing(_reader(ledger)) as connection:
        for market, asset, shares_e6, cash_e10 in connection.execute(_BOOKED):
            book = books.of(market)
            book.shares_e6[asset] = book.shares_e6.get(asset, 0) + shares_e6
            book.cash_e6 += _micro(cash_e10)
        for market, payout_e10 in connection.execute("SELECT market_id, payout_e10 FROM resolutions"):
            if market in books.markets:
                books.markets[market].payout_e6 = _micro(payout_e10)
    return books


def differences(venue: Books, account: Books, windows: Books) -> Iterator[str]:
    """Every disagreement as a sentence; none means that all three tell the same story."""
    for key in lost(venue, account):
        yield f"fill of trade {key[0]}, order {key[1][:18]}: the venue has it, our ledger does not"
    for key in sorted(account.fills.keys() - venue.fills.keys()):
        yield f"fill of trade {key[0]}, order {key[1][:18]}: our ledger has it, the venue does not"
    for key in sorted(venue.fills.keys() & account.fills.keys()):
        if venue.fills[key] != account.fills[key]:
            yield f"fill of trade {key[0]}: the venue has {venue.fills[key]}, our ledger {account.fills[key]}"
    for order in sorted(venue.orders - account.orders):
        yield f"order {order[:18]} rests or rested at the venue, and no intent of ours stands behind it"
    for market in sorted(venue.markets.keys() | windows.markets.keys()):
        yield from _of_market(market, venue.markets.get(market, Book()), windows.markets.get(market, Book()))


def lost(venue: Books, account: Books) -> list[tuple[str, str]]:
    """Fills of the venue that we do not have; one that failed before we heard of it moved nothing and is none."""
    return sorted(key for key, leg in venue.fills.items() if key not in account.fills and leg[-1])


def _of_market(market: str, venue: Book, ours: Book) -> Iterator[str]:
    if venue.held != ours.held:
        yield f"market {market[:18]}: shares at the venue {venue.held}, booked {ours.held}"
    if venue.cash_e6 != ours.cash_e6:
        yield f"market {market[:18]}: {venue.cash_e6} micro-dollars moved at the venue, {ours.cash_e6} booked"
    if (venue.payout_e6 or 0) != (ours.payout_e6 or 0):
        yield f"market {market[:18]}: its outcome paid {venue.payout_e6} micro-dollars at the venue, {ours.payout_e6} booked"


def _add(books: Books, trade: str, order: str, leg: tuple[Any, ...], cash_e6: int, status: str) -> None:
    """A fill that failed is known and moved nothing."""
    market, asset, side, _, size_e6 = leg
    books.statuses[status] = books.statuses.get(status, 0) + 1
    moved = status != "FAILED"
    earlier = books.fills.get((trade, order))
    size_before, cash_before = (earlier[-3], earlier[-2]) if earlier else (0, 0)
    books.fills[(trade, order)] = (market, asset, side, size_before + size_e6, cash_before + cash_e6, moved)
    if moved:
        book = books.of(market)
        book.shares_e6[asset] = book.shares_e6.get(asset, 0) + (size_e6 if side == "BUY" else -size_e6)
        book.cash_e6 += cash_e6


def _payout(book: Book, winner: str, market: dict[str, Any]) -> int:
    if winner == "VOID":
        return sum(book.shares_e6.values()) // HALF
    return book.shares_e6.get(market["yes"] if winner == "YES" else market["no"], 0)


def _micro(amount_e10: int) -> int:
    """Whole micro-dollars: what trades is a hundredth of a share at a price on the grid, so nothing is lost."""
    whole, rest = divmod(amount_e10, E10_A_MICRO)
    assert rest == 0, f"{amount_e10} is no whole number of micro-dollars"
    return whole


def _reader(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"file:{path}?mode=ro", uri=True)
