"""The portfolio that a ledger says stands now: positions, orders not proven dead, cash, clusters, and the run's own caps.

One short read-only transaction, so a run goes on undisturbed. Marks are the newest mids on record.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any, Final

import msgspec

from astra_actors.kernel.errors import BadInput
from astra_actors.kernel.units import PRICE_ONE_E4, usd
from astra_actors.ledger.connection import open_reader
from astra_actors.ledger.recovery import last_equity, market_totals, open_orders, positions
from astra_actors.ledger.runs import OF_LINEAGE, lineage_of
from astra_actors.market.instrument import Token
from astra_actors.portfolio.position import MarketPosition
from astra_actors.risk.authority_state import MarketScope
from astra_actors.risk.limits import RiskLimits
from astra_actors.simulation.kept_run import bankroll_e10_of, limits_of
from astra_actors.simulation.stress.book import Book, Holding, MarketView, Resting

_OF_MARKET: Final = f"market_id = :market_id AND {OF_LINEAGE} ORDER BY rowid DESC LIMIT 1"
_BOOK: Final = (
    f"SELECT local_ns, mid_e4, best_bid_e4, best_ask_e4 FROM market_snapshots WHERE mid_e4 IS NOT NULL AND {_OF_MARKET}"
)
_MIDS: Final = (  # an estimate and a fill keep the mid of their moment too, and may be newer than the last snapshot
    f"SELECT local_ns, market_p * {PRICE_ONE_E4} FROM estimates WHERE market_p IS NOT NULL AND {_OF_MARKET}",
    f"SELECT local_ns, mid_e4 FROM fills WHERE mid_e4 IS NOT NULL AND {_OF_MARKET}",
)
_LAST_FILL: Final = f"SELECT token, price_e4 FROM fills WHERE {_OF_MARKET}"
_LISTED: Final = f"SELECT event_id, question, category, clusters, strategy FROM markets WHERE {_OF_MARKET}"
_DEFINED: Final = f"SELECT category FROM definitions WHERE definition_hash IS NOT NULL AND {_OF_MARKET}"
_WINDOW: Final = f'SELECT digest, end_ns FROM windows WHERE {OF_LINEAGE} ORDER BY "window" DESC LIMIT 1'


def book_of_ledger(path: Path, run_id: str, limits: RiskLimits | None = None) -> Book:
    """The book as the ledger stands; `limits` take the place of the run's own."""
    with closing(open_reader(path)) as db:
        db.execute("BEGIN")
        lineage = lineage_of(db, run_id)
        kept = _one(db, "SELECT config_json FROM config_snapshots WHERE run_id = ?", lineage)[0]
        totals = market_totals(db, lineage)
        orders = [order for order in open_orders(db, lineage) if order.size_e6 > order.filled_e6]
        held = positions(db, lineage, [name for name, total in totals.items() if total.outcome is None])
        views = _views(db, lineage, [*held, *(order.market_id for order in orders)], held)
        holdings = tuple(row for name in held for row in _holdings(db, lineage, name, held[name]))
        facts = _facts(db, lineage, run_id)
    bankroll_e10 = bankroll_e10_of(kept)
    synthetic = ", a SYNTHETIC world: no evidence about real markets" if facts["synthetic"] else ""
    return Book(
        bankroll_e10=bankroll_e10,
        cash_e10=bankroll_e10 + sum(total.cash_e10 for total in totals.values()),
        limits=limits or limits_of(kept),
        markets=views,
        holdings=holdings,
        orders=tuple(
            Resting(
                market_id=order.market_id,
                token=order.token,
                side=order.side,
                price_e4=order.price_e4,
                remaining_e6=order.size_e6 - order.filled_e6,
            )
            for order in orders
        ),
        source=f"run {run_id}{synthetic}",
        facts={**facts, "reserved_usd": usd(sum(order.reserved_e10 for order in orders))},
    )


def _views(
    db: sqlite3.Connection, lineage: str, names: Iterable[str], held: Mapping[str, MarketPosition]
) -> dict[str, MarketView]:
    found = {}
    for market_id in dict.fromkeys(names):
        scope = {"market_id": market_id, "lineage": lineage}
        row = db.execute(_LISTED, scope).fetchone()
        event_id, question, category, clusters, strategy = row or ("", "", "", "[]", "")
        defined = db.execute(_DEFINED, scope).fetchone()
        position = held.get(market_id)
        found[market_id] = MarketView(
            scope=MarketScope(
                market_id=market_id,
                clusters=tuple(msgspec.json.decode(clusters)) or (f"market:{market_id}",),
                category=category,
                event_id=event_id,
                definition_category=defined[0] if defined else "",
                strategy=strategy,
            ),
            realised_e10=position.realised_e10() if position else 0,
            question=question,
        )
    return found


def _holdings(db: sqlite3.Connection, lineage: str, market_id: str, position: MarketPosition) -> Iterator[Holding]:
    """Both tokens of a market as far as they are held; what NO is bid is read from the asks of YES, cost is split by worth."""
    if not position.yes_e6 and not position.no_e6:
        return
    mid_e4, bid_e4, ask_e4 = _seen(db, lineage, market_id)
    worth = {Token.YES: position.yes_e6 * mid_e4, Token.NO: position.no_e6 * (PRICE_ONE_E4 - mid_e4)}
    basis_e10 = position.basis_e10()
    yes_e10 = basis_e10 if not position.no_e6 else round(basis_e10 * worth[Token.YES] / sum(worth.values()))
    no_bid_e4 = None if ask_e4 is None else PRICE_ONE_E4 - ask_e4
    for token, shares_e6, cost_e10, at_e4, to_e4 in (
        (Token.YES, position.yes_e6, yes_e10, mid_e4, bid_e4),
        (Token.NO, position.no_e6, basis_e10 - yes_e10, PRICE_ONE_E4 - mid_e4, no_bid_e4),
    ):
        if shares_e6:
            yield Holding(
                market_id=market_id, token=token, shares_e6=shares_e6, cost_e10=cost_e10, mid_e4=at_e4, bid_e4=to_e4
            )


def _seen(db: sqlite3.Connection, lineage: str, market_id: str) -> tuple[float, float | None, float | None]:
    """Mid, bid and ask of YES as they were last seen; a market never seen with a mid is worth what was last paid.

    Where a mid is newer than the last book, bid and ask have gone with it.
    """
    scope = {"market_id": market_id, "lineage": lineage}
    book = db.execute(_BOOK, scope).fetchone()
    mids = [row for row in (db.execute(query, scope).fetchone() for query in _MIDS) if row is not None]
    if book is None and not mids:
        token, price_e4 = db.execute(_LAST_FILL, scope).fetchone()
        return float(price_e4 if token == Token.YES.value else PRICE_ONE_E4 - price_e4), None, None
    at_ns, mid_e4 = max([*mids, *([book[:2]] if book is not None else [])])
    if book is None or at_ns == book[0]:
        return float(mid_e4), *(book[2:] if book is not None else (None, None))
    bid_e4, ask_e4 = (None if side is None else side + mid_e4 - book[1] for side in book[2:])
    return (
        float(mid_e4),
        None if bid_e4 is None else max(0.0, bid_e4),
        None if ask_e4 is None else min(float(PRICE_ONE_E4), ask_e4),
    )


def _facts(db: sqlite3.Connection, lineage: str, run_id: str) -> dict[str, object]:
    config_hash, feed = _one(db, "SELECT config_hash, feed FROM runs WHERE run_id = ?", run_id)
    window = db.execute(_WINDOW, {"lineage": lineage}).fetchone()
    mark = last_equity(db, lineage)
    authority = None
    if mark is not None:
        authority = {
            "at_ns": mark.local_ns,
            "equity_usd": usd(mark.equity_e10),
            "exposure_usd": usd(mark.exposure_e10),
            "granted_usd": usd(mark.granted_e10),
            "trading_state": mark.trading_state,
        }
    return {
        "run_id": run_id,
        "config_hash": config_hash,
        "ledger_digest": window[0] if window else "",
        "ledger_ns": window[1] if window else 0,
        "synthetic": feed == "world",
        "authority": authority,
    }


def _one(db: sqlite3.Connection, query: str, run_id: str) -> Any:
    row = db.execute(query, (run_id,)).fetchone()
    if row is None:
        raise BadInput("run", run_id, "the ledger keeps no settings of it; pass --portfolio FILE")
    return row
