"""What an earlier live run left undone in a ledger: orders not proven over, a run that did not end, shares still held."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Final

from astra_actors.kernel.units import SIZE_ONE_E6
from astra_actors.ledger.connection import open_reader

_ORDERS: Final = "SELECT COUNT(*) FROM intents LEFT JOIN order_ends USING (venue_id) WHERE order_ends.venue_id IS NULL"
_RUNS: Final = "SELECT run_id, started_at FROM runs WHERE venue = 'clob' AND ended_at IS NULL ORDER BY rowid"
_SHARES: Final = (
    "SELECT market_id, token_id, SUM(CASE side WHEN 'BUY' THEN size_e6 ELSE -size_e6 END) AS held FROM account_fills"
    " WHERE settling <> 'FAILED' AND market_id NOT IN (SELECT market_id FROM resolutions)"
    " GROUP BY market_id, token_id HAVING held <> 0"
)


def unfinished(ledger: Path) -> list[str]:
    """Each piece of it as a sentence; nothing for a ledger that does not exist or never traded live."""
    if not ledger.exists():
        return []
    with closing(open_reader(ledger)) as connection:
        if not _traded_live(connection):
            return []
        found = [f"run {run_id} of {began} did not end" for run_id, began in connection.execute(_RUNS)]
        (orders,) = connection.execute(_ORDERS).fetchone()
        if orders:
            found.append(f"{orders} order{'s' * (orders > 1)} not proven to be over")
        held = connection.execute(_SHARES).fetchall()
        if held:
            shares = sum(abs(row[2]) for row in held) / SIZE_ONE_E6
            found.append(f"{shares:g} shares held in {len({row[0] for row in held})} markets that are not resolved")
        return found


def _traded_live(connection: sqlite3.Connection) -> bool:
    names = {str(row[0]) for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    return {"intents", "order_ends", "account_fills"} <= names
