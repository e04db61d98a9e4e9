"""What people were told stands beside the sealed windows: no digest knows of it, and a schema of before keeps its own."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from astra_actors.kernel.errors import LedgerError
from astra_actors.kernel.facts import AlertRaised, OrderFilled
from astra_actors.ledger.alert_rows import AlertRow, read_alert_rows
from astra_actors.ledger.digest import GENESIS, window_digest
from astra_actors.ledger.migrations import migrate, shipped
from astra_actors.ledger.runs import record_run
from astra_actors.ledger.schema import insert_sql, rows_of
from astra_actors.ledger.store import LedgerStore
from astra_actors.ledger.verify import verify

Make = Callable[..., Any]
ROW = AlertRow(
    alert_id="alert-1",
    run_id="r",
    kind="breaker_on",
    severity="critical",
    scope="account",
    message="down",
    count=1,
    run_ns=5,
    raised_ns=7,
    delivered=False,
    delivered_ns=None,
    attempts=0,
    outcome="waiting",
    detail="",
)


def row_of(store: LedgerStore, **fields: Any) -> AlertRow:
    return replace(ROW, run_id=store.connection.execute("SELECT run_id FROM runs").fetchone()[0], **fields)


def test_a_row_is_written_and_its_newer_state_takes_its_place(store: LedgerStore) -> None:
    waiting = row_of(store)
    told = replace(waiting, delivered=True, delivered_ns=9, attempts=2, outcome="sent")
    store.record_alerts([waiting])
    assert read_alert_rows(store.connection, last=10) == [waiting]
    store.record_alerts([told])
    assert read_alert_rows(store.connection, last=10) == [told]


def test_the_last_rows_come_oldest_first(store: LedgerStore) -> None:
    rows = [row_of(store, alert_id=f"a{number}", raised_ns=number) for number in range(5)]
    store.record_alerts(rows[::-1])
    assert read_alert_rows(store.connection, last=2) == rows[3:]


def test_no_digest_changes_and_the_chain_holds(store: LedgerStore, make: Make) -> None:
    before = store.commit(1, 1, [make(OrderFilled, 1)])
    store.record_alerts([row_of(store)])
    assert store.digest() == before
    assert verify(store.connection, store.lineage) == 1


BAD = [
    pytest.param({"severity": "loud"}, id="a severity that is none"),
    pytest.param({"delivered": True}, id="delivered at no time"),
    pytest.param({"delivered_ns": 5}, id="a time without a delivery"),
    pytest.param({"run_id": "unknown"}, id="a run that never began"),
    pytest.param({"count": 0}, id="nothing happened"),
]


@pytest.mark.parametrize("fields", BAD)
def test_a_row_that_cannot_be_is_refused_and_nothing_of_its_batch_stays(store: LedgerStore, fields: dict) -> None:
    with pytest.raises((LedgerError, sqlite3.IntegrityError)):
        store.record_alerts([row_of(store), replace(row_of(store, alert_id="bad"), **fields)])
    assert read_alert_rows(store.connection, last=10) == []


def test_what_was_sealed_before_keeps_its_digest_through_the_migration(path: Path, make: Make, run: Make) -> None:
    """A window of schema version 1 that holds an alert: written under the old schema, verified under the new one."""
    facts = [make(AlertRaised, 1), make(OrderFilled, 2)]
    sealed = window_digest(GENESIS, facts)
    old = sqlite3.connect(path, isolation_level=None)
    migrate(old, shipped()[:1])
    record_run(old, run(), "{}")
    run_id = run().run_id
    for fact in facts:
        statement = insert_sql(type(fact)).replace("sealed_alerts", "alerts")
        old.execute(statement, rows_of(type(fact), [fact], run_id, 1)[0])
    old.execute("INSERT INTO windows VALUES (1, 1, 2, ?, ?)", (sealed, run_id))
    old.close()
    with LedgerStore.open(path) as new:
        assert verify(new.connection, run_id) == 1
        assert new.connection.execute("SELECT COUNT(*) FROM sealed_alerts").fetchone() == (1,)
        assert read_alert_rows(new.connection, last=10) == []
