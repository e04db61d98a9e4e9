"""The exchange on disk: every change is committed before anyone hears of it, so that a killed exchange comes back whole.

`fills` is for people: one row for each side of each match, from which a P&L can be added up with a few lines of SQL.
"""

from __future__ import annotations

import fcntl
import sqlite3
from pathlib import Path
from typing import IO, Any, Final

import msgspec

from astra_actors.kernel.errors import LedgerCorrupt, LedgerHeld, LedgerNewer
from astra_actors.venues.exchange.account import Account
from astra_actors.venues.exchange.keys import ApiKey, KeyRing
from astra_actors.venues.exchange.market import Market
from astra_actors.venues.exchange.order import Order
from astra_actors.venues.exchange.state import Exchange
from astra_actors.venues.exchange.trade import Trade

VERSION: Final = 1
_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS markets (id TEXT PRIMARY KEY, question TEXT, winner TEXT, body BLOB NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS accounts (address TEXT PRIMARY KEY, cash_e6 INTEGER NOT NULL, body BLOB NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS keys (key TEXT PRIMARY KEY, address TEXT NOT NULL, body BLOB NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS orders (
    id TEXT PRIMARY KEY, seq INTEGER NOT NULL, owner TEXT NOT NULL, maker_address TEXT NOT NULL, market TEXT NOT NULL,
    asset TEXT NOT NULL, side TEXT NOT NULL, price_e4 INTEGER NOT NULL, size_e6 INTEGER NOT NULL,
    matched_e6 INTEGER NOT NULL, status TEXT NOT NULL, body BLOB NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS trades (
    id TEXT PRIMARY KEY, seq INTEGER NOT NULL, market TEXT NOT NULL, status TEXT NOT NULL, matched_ms INTEGER NOT NULL,
    transaction_hash TEXT NOT NULL, body BLOB NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS fills (
    trade_id TEXT NOT NULL, leg INTEGER NOT NULL, role TEXT NOT NULL, order_id TEXT NOT NULL, owner TEXT NOT NULL,
    maker_address TEXT NOT NULL, market TEXT NOT NULL, asset TEXT NOT NULL, side TEXT NOT NULL,
    price_e4 INTEGER NOT NULL, size_e6 INTEGER NOT NULL, cash_e6 INTEGER NOT NULL, fee_e6 INTEGER NOT NULL,
    PRIMARY KEY (trade_id, leg)) STRICT;
"""
_SUMS: Final = ("seq", "escrow_e6", "fees_e6", "deposits_e6")


class Store:
    """One SQLite file. Safe against a killed process; a power cut may lose the last commits of this worthless money."""

    def __init__(self, path: Path | None) -> None:
        """`path` None keeps everything in memory, for tests. A file that another exchange uses raises `LedgerHeld`."""
        self._lock = None if path is None else _claim(path)
        self._db = sqlite3.connect(path or ":memory:", isolation_level=None, check_same_thread=False)
        try:
            self._db.execute("PRAGMA journal_mode = WAL")
            self._db.execute("PRAGMA synchronous = NORMAL")
            self._db.execute("PRAGMA wal_autocheckpoint = 4096")
            self._db.executescript(_SCHEMA)
        except sqlite3.DatabaseError as error:
            self.close()
            raise LedgerCorrupt(f"{path} is not a sound exchange file ({error}); delete it to begin anew") from error
        found = self.meta("version")
        if found is not None and int(found) > VERSION:
            raise LedgerNewer(f"{path} was written by a newer exchange")
        self.put_meta("version", str(VERSION))

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()
        if self._lock is not None:
            self._lock.close()

    def meta(self, name: str) -> str | None:
        """One remembered text."""
        row = self._db.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()
        return None if row is None else str(row[0])

    def put_meta(self, name: str, value: str) -> None:
        """Remember one text."""
        self._db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (name, value))

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        """Rows, for statements and tests."""
        return self._db.execute(sql).fetchall()

    def write(self, x: Exchange, ring: KeyRing) -> None:
        """Commit everything that changed since the last time, all or nothing."""
        dirty = x.dirty
        if not (dirty.orders or dirty.trades or dirty.accounts or dirty.markets or ring.dirty):
            return
        self._db.execute("BEGIN IMMEDIATE")
        try:
            self._many("orders", 12, [_order(x.orders[name]) for name in dirty.orders])
            self._many("trades", 7, [_trade(x.trades[name]) for name in dirty.trades])
            self._many("fills", 13, [row for name in dirty.trades for row in _fills(x.trades[name])])
            self._many("accounts", 3, [_account(x.accounts[name]) for name in dirty.accounts])
            self._many("markets", 4, [_market(x.markets[name]) for name in dirty.markets])
            self._many("keys", 3, [_key(ring.keys[name]) for name in ring.dirty])
            self._many("meta", 2, [(name, str(getattr(x, name))) for name in _SUMS])
            self._db.execute("COMMIT")
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        for changed in (dirty.orders, dirty.trades, dirty.accounts, dirty.markets, ring.dirty):
            changed.clear()

    def load(self, x: Exchange, ring: KeyRing) -> bool:
        """Fill an empty exchange with what was kept; False when nothing was."""
        if self.meta("seq") is None:
            return False
        for body in self._bodies("SELECT body FROM markets ORDER BY rowid"):
            x.list_market(msgspec.json.decode(body, type=Market))
        for body in self._bodies("SELECT body FROM accounts"):
            account = msgspec.json.decode(body, type=Account)
            x.accounts[account.address.lower()] = account
        for body in self._bodies("SELECT body FROM keys"):
            key = msgspec.json.decode(body, type=ApiKey)
            ring.keys[key.key] = key
        for body in self._bodies("SELECT body FROM orders ORDER BY seq"):
            _restore(x, msgspec.json.decode(body, type=Order))
        for body in self._bodies("SELECT body FROM trades ORDER BY seq"):
            trade = msgspec.json.decode(body, type=Trade)
            x.trades[trade.id] = trade
            for owner in trade.owners:
                x.trades_of.setdefault(owner, []).append(trade.id)
        for name in _SUMS:
            setattr(x, name, int(self.meta(name) or 0))
        for changed in (x.dirty.orders, x.dirty.accounts, x.dirty.markets):
            changed.clear()
        return True

    def _many(self, table: str, columns: int, rows: list[tuple[Any, ...]]) -> None:
        if rows:
            marks = ", ".join("?" * columns)
            self._db.executemany(f"INSERT OR REPLACE INTO {table} VALUES ({marks})", rows)

    def _bodies(self, sql: str) -> list[bytes]:
        return [row[0] for row in self._db.execute(sql)]


def _claim(path: Path) -> IO[bytes]:
    """Be the one exchange on this file until it is closed or the process dies."""
    lock = path.with_name(path.name + ".held").open("ab")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        lock.close()
        raise LedgerHeld(f"another exchange is using {path}; stop it, or use another --data-dir") from error
    return lock


def _restore(x: Exchange, order: Order) -> None:
    x.orders[order.id] = order
    if not order.open:
        return
    if order.due_ms:
        x.open.setdefault(order.maker.lower(), {})[order.id] = order
    else:
        x.rest(order)


def _order(order: Order) -> tuple[Any, ...]:
    return (
        order.id, order.seq, order.owner, order.maker, order.market, order.asset, order.side, order.price_e4,
        order.size_e6, order.matched_e6, order.standing.value, msgspec.json.encode(order),
    )  # fmt: skip


def _trade(trade: Trade) -> tuple[Any, ...]:
    return (
        trade.id, trade.seq, trade.market, trade.status.value, trade.matched_ms, trade.transaction,
        msgspec.json.encode(trade),
    )  # fmt: skip


def _fills(trade: Trade) -> list[tuple[Any, ...]]:
    return [
        (
            trade.id, number, "MAKER" if number else "TAKER", leg.order_id, leg.owner, leg.maker, trade.market,
            leg.asset, "BUY" if leg.buys else "SELL", leg.price_e4, leg.size_e6, leg.cash_e6, leg.fee_e6,
        )
        for number, leg in enumerate(trade.legs)
    ]  # fmt: skip


def _account(account: Account) -> tuple[Any, ...]:
    return (account.address.lower(), account.cash_e6, msgspec.json.encode(account))


def _market(market: Market) -> tuple[Any, ...]:
    kept = msgspec.structs.replace(market, history=[])
    return (market.condition_id, market.question, market.winner, msgspec.json.encode(kept))


def _key(key: ApiKey) -> tuple[Any, ...]:
    return (key.key, key.address, msgspec.json.encode(key))
