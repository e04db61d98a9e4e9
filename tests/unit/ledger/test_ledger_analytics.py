"""Questions over ledger and Parquet, asked from outside the writer, and unable to touch anything."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest

from astra_actors.kernel.errors import BadInput, LedgerError
from astra_actors.kernel.facts import OrderFilled, RiskRaised, SnapshotTaken
from astra_actors.ledger.analytics import ask
from astra_actors.ledger.store import LedgerStore

Make = Callable[..., Any]


@pytest.fixture
def ledger(path: Path, make: Make, run: Make) -> Path:
    """A ledger with three fills, 1,500 snapshots whose mids begin with NULLs, one risk event, and no trades."""
    with LedgerStore.open(path) as store:
        store.begin_run(run(), "{}")
        fills = [make(OrderFilled, n, size_e6=n * 10**6, degraded=n == 2) for n in (1, 2, 3)]
        mids = [make(SnapshotTaken, n, mid_e4=None if n < 1_200 else 5_000.5) for n in range(1_500)]
        store.commit(1, 1, [*fills, *mids, make(RiskRaised, 1, limit=0.5)])
    return path


QUESTIONS = [
    pytest.param("SELECT SUM(size_e6) AS s, COUNT(*) AS n FROM fills", [(6_000_000, 3)], id="sums"),
    pytest.param("SELECT seq FROM fills WHERE degraded = 1", [(2,)], id="a boolean is 0 or 1"),
    pytest.param("SELECT COUNT(*) FROM trades WHERE category = 'crypto'", [(0,)], id="an empty table has its types"),
    pytest.param("SELECT MAX(mid_e4) FROM market_snapshots", [(5_000.5,)], id="many NULLs before a number"),
    pytest.param('SELECT "limit", "window" FROM risk_events', [(0.5, 1)], id="columns named like SQL words"),
    pytest.param("SELECT feed, r.seed FROM runs r JOIN fills USING (run_id) LIMIT 1", [("world", 7)], id="a join"),
]


@pytest.mark.parametrize(("query", "rows"), QUESTIONS)
def test_a_question_gets_its_answer(ledger: Path, query: str, rows: list[tuple[Any, ...]]) -> None:
    assert ask(ledger, query).rows == rows


def test_an_answer_knows_its_columns(ledger: Path) -> None:
    answer = ask(ledger, "SELECT COUNT(*) AS n, 'x' AS name FROM fills")
    assert answer.columns == ("n", "name")
    assert answer.dicts() == [{"n": 3, "name": "x"}]


def test_ledger_and_parquet_join(ledger: Path, tmp_path: Path) -> None:
    duckdb.sql(f"COPY (SELECT 2 AS seq, 'thin' AS why) TO '{tmp_path}/decisions.parquet'")
    query = "SELECT why, size_e6 FROM fills JOIN decisions USING (seq)"
    assert ask(ledger, query, {"decisions": f"{tmp_path}/*.parquet"}).rows == [("thin", 2_000_000)]
    with pytest.raises(BadInput, match="no file there"):
        ask(ledger, query, {"decisions": f"{tmp_path}/none/*.parquet"})


REFUSED = [
    pytest.param("SELECT * FROM nowhere", "nowhere does not exist", id="an unknown table"),
    pytest.param("SELEC 1", "syntax error", id="no SQL"),
    pytest.param("SELECT 1; SELECT 2", "one question at a time", id="two questions"),
    pytest.param("SELECT * FROM read_csv('/etc/hostname')", "disabled by configuration", id="another file"),
    pytest.param("COPY (SELECT 1) TO 'out.csv'", "disabled by configuration", id="writing a file"),
    pytest.param("ATTACH 'other.db'", "disabled by configuration", id="another database"),
    pytest.param("INSTALL httpfs", "disabled by configuration", id="an extension"),
    pytest.param("SET enable_external_access = true", "(?i)cannot|locked", id="opening the door again"),
]


@pytest.mark.parametrize(("query", "match"), REFUSED)
def test_a_question_reads_the_ledger_and_nothing_else(ledger: Path, query: str, match: str) -> None:
    with pytest.raises(BadInput, match=match):
        ask(ledger, query)


def test_a_deletion_is_refused(ledger: Path) -> None:
    with pytest.raises(BadInput, match="only reads"):
        ask(ledger, "DELETE FROM fills")
    assert ask(ledger, "SELECT COUNT(*) FROM fills").rows == [(3,)]


def test_there_must_be_a_ledger(path: Path) -> None:
    with pytest.raises(LedgerError, match="there is no ledger"):
        ask(path, "SELECT 1")
    path.write_bytes(b"something else" * 500)
    with pytest.raises(LedgerError, match="cannot be read"):
        ask(path, "SELECT 1")
