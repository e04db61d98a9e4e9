"""Every fact of a ledger in the order in which an auditor wants them: what was permitted before what was done."""

from __future__ import annotations

from typing import Any

from astra_actors.kernel.facts import FACTS, EquityMarked, Fact, LeaseGranted, MarketListed, RiskRaised
from astra_actors.ledger.schema import reader, select_sql
from astra_actors.ledger.store import LedgerStore

_PORTFOLIO = (MarketListed, LeaseGranted, EquityMarked, RiskRaised)


def facts_of(store: LedgerStore) -> list[tuple[int, Fact]]:
    """Facts with their windows; within one, the portfolio's come before the markets'."""
    found: list[tuple[int, bool, Any, str, Fact]] = []
    for kind in FACTS:
        query = select_sql(kind).replace(" FROM ", ', "window" FROM ', 1)
        read = reader(kind)
        for *values, window in store.connection.execute(f"{query} ORDER BY rowid"):
            fact = read(values)
            found.append((window, kind not in _PORTFOLIO, fact.order_key, kind.table, fact))
    found.sort(key=lambda row: row[:4])
    return [(row[0], row[4]) for row in found]
