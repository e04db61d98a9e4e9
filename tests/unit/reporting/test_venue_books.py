"""Our ledger against the exchange's books: equal ones say nothing, and each way of being unequal is told."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from astra_actors.ledger.store import LedgerStore
from astra_actors.reporting.venue_books import account_books, booked, differences, venue_books
from astra_actors.venues.exchange.store import Store

WALLET = "0xAbC"
RUN = "6f9619ff-8b86-4d01-b42d-00cf4fc964ff"

# Bought 20 YES at 40 cents, sold 5 of them at 50, in two trades; YES won: 15 dollars for the rest. By hand:
CASH_E6 = -8_000_000 + 2_500_000
PAID_E6 = 15_000_000
FILLS = [
    ("t1", "v1", "BUY", 4_000, 20_000_000, -8_000_000),
    ("t2", "v2", "SELL", 5_000, 5_000_000, 2_500_000),
]


def exchange_file(folder: Path, change: str = "") -> Path:
    path = folder / "exchange.sqlite"
    Store(path).close()
    body = json.dumps({"yes": "yes", "no": "no", "resolved_ms": 1_000}).encode()
    with closing(sqlite3.connect(path)) as db, db:
        for number, (trade, order, side, price, size, cash) in enumerate(FILLS):
            db.execute("INSERT INTO trades VALUES (?, ?, 'm', 'CONFIRMED', 0, '', x'')", (trade, number))
            leg = (trade, 1, "MAKER", order, "key", WALLET, "m", "yes", side, price, size, cash, 0)
            db.execute("INSERT INTO fills VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", leg)
            crowd = (trade, 0, "TAKER", "crowd", "", "0xcrowd", "m", "yes", "BUY", price, size, 1, 0)
            db.execute("INSERT INTO fills VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", crowd)
            row = (order, number, "key", WALLET, "m", "yes", side, price, size, size, "MATCHED")
            db.execute("INSERT INTO orders VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, x'')", row)
        db.execute("INSERT INTO markets VALUES ('m', '?', 'YES', ?)", (body,))
        if change:
            db.executescript(change)
    return path


def ledger_file(folder: Path, change: str = "") -> Path:
    path = folder / "ledger.db"
    LedgerStore.open(path).close()
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("PRAGMA foreign_keys = OFF")
        fact = (
            'INSERT INTO {} (seq, market_id, venue_ns, local_ns, cause, run_id, "window", {})'
            " VALUES (?, 'm', 0, 0, '', '{}', 1, {})"
        )

        def write(table: str, seq: int, **columns: object) -> None:
            names = ", ".join(f'"{name}"' for name in columns)
            marks = ", ".join("?" * len(columns))
            db.execute(fact.format(table, names, RUN, marks), (seq, *columns.values()))

        write(
            "markets", 1, event_id="e", slug="s", question="?", category="other", event_type="other", yes_asset="yes",
            no_asset="no", tick_e4=100, min_size_e6=5_000_000, neg_risk=0, open_ns=0, close_ns=1, clusters="[]", strategy="s",
        )  # fmt: skip
        for number, (trade, order, side, price, size, _) in enumerate(FILLS, start=2):
            intent = (
                order,
                f"o{number}",
                "m",
                "yes",
                "YES",
                side,
                price,
                size,
                1,
                2,
                1,
                "s",
                "",
                "",
                "",
                price,
                0,
                1,
                RUN,
            )
            db.execute(f"INSERT INTO intents VALUES ({','.join('?' * 19)})", intent)
            seen = (
                f"f{number}",
                trade,
                order,
                f"o{number}",
                "m",
                "yes",
                side,
                price,
                size,
                0,
                1,
                1,
                "CONFIRMED",
                1,
                1,
                RUN,
            )
            db.execute(f"INSERT INTO account_fills VALUES ({','.join('?' * 16)})", seen)
            write(
                "fills", number, fill_id=f"f{number}", order_id=f"o{number}", strategy="s", token="YES", side=side,
                price_e4=price, size_e6=size, liquidity="MAKER", fee_e10=0, rebate_e10=0, mid_e4=None, adverse_e4=0.0,
                impact_e4=0.0, queue_ahead_e6=0, traded_at_level_e6=0, latency_ms=0.0, degraded=0,
            )  # fmt: skip
        write(
            "resolutions", 9, outcome="YES", source_a="a", source_b="b", payout_e10=PAID_E6 * 10_000, yes_e6=15_000_000,
            no_e6=0, pnl_e10=0, pnl_pessimistic_e10=0, pnl_optimistic_e10=0,
        )  # fmt: skip
        if change:
            db.executescript(change)
    return path


def found(folder: Path, venue: str = "", ours: str = "") -> list[str]:
    exchange, ledger = exchange_file(folder, venue), ledger_file(folder, ours)
    return list(differences(venue_books(exchange, WALLET), account_books(ledger), booked(ledger)))


def test_equal_books_say_nothing(tmp_path: Path) -> None:
    assert found(tmp_path) == []


def test_both_sides_come_to_what_was_worked_out_by_hand(tmp_path: Path) -> None:
    theirs, ours = venue_books(exchange_file(tmp_path), WALLET), booked(ledger_file(tmp_path))
    for books in (theirs, ours):
        assert books.markets["m"].cash_e6 == CASH_E6
        assert books.markets["m"].held == {"yes": 15_000_000}
        assert books.realised_e6 == books.pnl_e6 == CASH_E6 + PAID_E6


UNEQUAL = [
    ("a fill we lost", "", "DELETE FROM account_fills WHERE fill_id = 'f2'", "the venue has it, our ledger does not"),
    ("a fill we made up", "DELETE FROM fills WHERE trade_id = 't2'", "", "our ledger has it, the venue does not"),
    ("another price", "", "UPDATE account_fills SET price_e4 = 4001 WHERE fill_id = 'f2'", "fill of trade t1"),
    ("one that failed there", "UPDATE trades SET status = 'FAILED' WHERE id = 't2'", "", "fill of trade t2"),
    ("an orphan", "INSERT INTO orders SELECT 'v9', 9, owner, maker_address, market, asset, side, price_e4, size_e6, 0,"
     " 'LIVE', body FROM orders WHERE id = 'v1'", "", "no intent of ours"),
    ("a fill booked twice", "", "INSERT INTO fills SELECT 77, market_id, venue_ns, local_ns, cause, 'f77', order_id, strategy,"
     " token, side, price_e4, size_e6, liquidity, fee_e10, rebate_e10, mid_e4, adverse_e4, impact_e4, queue_ahead_e6,"
     " traded_at_level_e6, latency_ms, degraded, run_id, \"window\" FROM fills WHERE fill_id = 'f2'", "shares at the venue"),
    ("a micro-dollar", "UPDATE fills SET cash_e6 = cash_e6 + 1 WHERE order_id = 'v1'", "", "micro-dollars moved"),
    ("another outcome", "UPDATE markets SET winner = 'NO'", "", "its outcome paid"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "venue", "ours", "told"), UNEQUAL, ids=[row[0] for row in UNEQUAL])
def test_a_difference_is_told(tmp_path: Path, name: str, venue: str, ours: str, told: str) -> None:
    said = found(tmp_path, venue, ours)
    assert any(told in sentence for sentence in said), said


def test_a_fill_that_failed_before_we_heard_of_it_is_none(tmp_path: Path) -> None:
    change = "INSERT INTO trades VALUES ('t8', 8, 'm', 'FAILED', 0, '', x'');"
    change += " INSERT INTO fills SELECT 't8', leg, role, order_id,"
    change += " owner, maker_address, market, asset, side, price_e4, size_e6, cash_e6, fee_e6 FROM fills WHERE trade_id = 't1'"
    assert found(tmp_path, change) == []


def test_a_void_pays_half(tmp_path: Path) -> None:
    books = venue_books(exchange_file(tmp_path, "UPDATE markets SET winner = 'VOID'"), WALLET)
    assert books.markets["m"].payout_e6 == 7_500_000


def test_an_outcome_of_the_last_moment_counts_only_where_both_have_it(tmp_path: Path) -> None:
    path = exchange_file(tmp_path)
    assert venue_books(path, WALLET, until_ms=999).markets["m"].payout_e6 is None
    assert venue_books(path, WALLET, until_ms=999, booked_by_us=["m"]).markets["m"].payout_e6 == PAID_E6


def test_the_few_lines_of_the_how_to_give_the_same(tmp_path: Path) -> None:
    """The SQL that a person is shown, run as it stands there."""
    page = (Path(__file__).parents[3] / "docs" / "how-to" / "rehearse_live.md").read_text(encoding="utf-8")
    query = page.split("```sql\n")[1].split("```")[0]
    path = exchange_file(tmp_path)
    with closing(sqlite3.connect(path)) as db:
        rows = db.execute(query.replace("0x…", WALLET.lower())).fetchall()
    assert rows == [("m", round((CASH_E6 + PAID_E6) / 1e6, 6))]
