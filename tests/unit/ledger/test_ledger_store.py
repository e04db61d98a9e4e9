"""Windows go forward, once, in one order (promise 4); a call that returned is on disk."""

from __future__ import annotations

import hashlib
import random
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from astra_actors.kernel.errors import LedgerCorrupt, LedgerError
from astra_actors.kernel.facts import AlertRaised, MarketSettled, OrderFilled, SnapshotTaken, TradeClosed
from astra_actors.ledger.digest import GENESIS, window_digest
from astra_actors.ledger.runs import last_settings_json
from astra_actors.ledger.store import LedgerStore
from astra_actors.ledger.verify import lineages, verify

Make = Callable[..., Any]


def test_a_digest_is_the_hash_of_the_one_before_and_the_facts(make: Make) -> None:
    alert = AlertRaised(
        seq=1, market_id="", venue_ns=5, local_ns=6, alert_type="feed", severity="info", message="é", delivered=True
    )
    line = (
        '{"type":"AlertRaised","seq":1,"market_id":"","venue_ns":5,"local_ns":6,"cause":"","alert_type":"feed",'
        '"severity":"info","message":"é","delivered":true}\n'
    )
    assert window_digest(GENESIS, [alert]) == hashlib.sha256((GENESIS + line).encode()).hexdigest()


def test_the_order_in_which_actors_speak_does_not_matter(tmp_path: Path, make: Make, run: Make) -> None:
    facts = [
        make(cls, n, market_id=f"m{n % 3}", local_ns=n // 4) for n in range(40) for cls in (OrderFilled, AlertRaised)
    ]
    digests, orders = set(), set()
    for seed in range(4):
        shuffled = random.Random(seed).sample(facts, len(facts))
        with LedgerStore.open(tmp_path / f"{seed}.db") as store:
            store.begin_run(run(), "{}")
            digests.add(store.commit(1, 10, shuffled))
            orders.add(tuple(store.connection.execute("SELECT market_id, seq FROM fills ORDER BY rowid")))
    assert len(digests) == len(orders) == 1


def test_neither_run_id_nor_start_time_is_in_the_digest(tmp_path: Path, make: Make, run: Make) -> None:
    digests = set()
    for n, changes in enumerate(({}, {"run_id": "x", "started_at": "2027-01-01T00:00:00Z", "git_sha": "f" * 40})):
        with LedgerStore.open(tmp_path / f"{n}.db") as store:
            store.begin_run(run(**changes), "{}")
            digests.add(store.commit(1, 10, [make(OrderFilled, 1)]))
    assert len(digests) == 1


def test_a_changed_fact_changes_every_later_digest(tmp_path: Path, make: Make, run: Make) -> None:
    last = []
    for size_e6 in (5_000_000, 5_000_001):
        with LedgerStore.open(tmp_path / f"{size_e6}.db") as store:
            store.begin_run(run(), "{}")
            store.commit(1, 10, [make(OrderFilled, 1, size_e6=size_e6)])
            last.append(store.commit(2, 20, []))
    assert last[0] != last[1]


def test_a_window_sent_twice_is_written_once(store: LedgerStore, make: Make) -> None:
    first = [make(OrderFilled, n) for n in range(3)]
    sealed = store.commit(4, 10, first)
    store.commit(5, 20, [make(OrderFilled, 9)])
    assert store.commit(4, 10, first[::-1]) == sealed
    assert store.connection.execute("SELECT COUNT(*) FROM fills").fetchone() == (4,)
    assert store.last_window() == 5


@pytest.mark.parametrize(
    "window", [pytest.param(4, id="the same with others"), pytest.param(3, id="one never written")]
)
def test_an_earlier_window_is_refused(store: LedgerStore, make: Make, window: int) -> None:
    store.commit(4, 10, [make(OrderFilled, 1)])
    with pytest.raises(LedgerError, match=f"window {window} comes after window 4"):
        store.commit(window, 10, [make(OrderFilled, 2)])


def test_facts_need_a_run(path: Path, make: Make) -> None:
    with LedgerStore.open(path) as store, pytest.raises(LedgerError, match="no run has begun"):
        store.commit(0, 1, [make(OrderFilled)])


def test_a_restart_goes_on_where_the_run_was(path: Path, make: Make, run: Make) -> None:
    with LedgerStore.open(path) as store:
        store.begin_run(run(), "{}")
        before = store.commit(7, 10, [make(OrderFilled, 1)], state=b"seven")
    with LedgerStore.open(path) as store:
        store.begin_run(run(), "{}")
        assert (store.last_window(), store.digest()) == (7, before)
        assert store.connection.execute('SELECT "window", state FROM run_states').fetchall() == [(7, b"seven")]
        assert store.connection.execute("SELECT COUNT(*) FROM runs").fetchone() == (1,)


def test_a_run_does_not_change_its_settings(store: LedgerStore, run: Make) -> None:
    with pytest.raises(LedgerError, match="began with settings aaaaaaaaaaaa"):
        store.begin_run(run(config_hash="c" * 64), "{}")


def test_two_runs_in_one_ledger_have_a_chain_each(path: Path, make: Make, run: Make) -> None:
    digests = []
    for run_id in ("a", "b"):
        with LedgerStore.open(path) as store:
            store.begin_run(run(run_id), f'{{"run":"{run_id}"}}')
            assert store.last_window() is None
            digests.append(store.commit(1, 10, [make(OrderFilled, 1)]))
            assert last_settings_json(store.connection, before_run="b") == '{"run":"a"}'
    assert digests[0] == digests[1]


def test_a_run_that_continues_another_takes_up_its_windows(path: Path, make: Make, run: Make) -> None:
    with LedgerStore.open(path) as store:
        store.begin_run(run("a"), "{}")
        before = store.commit(3, 10, [make(OrderFilled, 1)])
        store.begin_run(run("b", continues="a"), "{}")
        assert (store.last_window(), store.digest(), store.lineage) == (3, before, "a")
        after = store.commit(4, 20, [make(OrderFilled, 2)])
        assert after == window_digest(before, [make(OrderFilled, 2)])
        assert verify(store.connection, "a") == 2
        with pytest.raises(LedgerError, match="knows no run z"):
            store.begin_run(run("c", continues="z"), "{}")


def test_how_a_run_ended_is_the_only_thing_that_changes(store: LedgerStore) -> None:
    store.end_run("2026-03-31T00:00:00.000Z", "finished")
    assert store.connection.execute("SELECT ended_at, exit_reason, started_at FROM runs").fetchall() == [
        ("2026-03-31T00:00:00.000Z", "finished", "2026-03-01T00:00:00.000Z")
    ]


def test_appended_facts_are_one_commit(store: LedgerStore, make: Make) -> None:
    assert store.flush(0) == GENESIS
    assert store.append([make(OrderFilled, 1)]) == 1
    assert store.append([make(OrderFilled, 2)]) == 2
    assert store.last_window() is None
    sealed = store.flush(5)
    assert sealed == store.digest() == window_digest(GENESIS, [make(OrderFilled, 1), make(OrderFilled, 2)])
    store.append([make(OrderFilled, 3)])
    store.flush(6)
    assert store.last_window() == 1


OUTCOME_CASES = [
    pytest.param([["trade", "settled"]], id="in one window"),
    pytest.param([["trade"], ["settled"]], id="the trade first"),
    pytest.param([["settled"], ["trade"]], id="the settlement first"),
]


@pytest.mark.parametrize("windows", OUTCOME_CASES)
def test_a_trade_gets_the_outcome_of_its_market(store: LedgerStore, make: Make, windows: list[list[str]]) -> None:
    facts = {
        "trade": make(TradeClosed, 1, market_id="m1", category="crypto", resolution_outcome=None),
        "settled": make(MarketSettled, 2, market_id="m1", outcome="NO"),
    }
    other = make(TradeClosed, 3, market_id="m2", category="sports", resolution_outcome=None)
    store.commit(0, 1, [other])
    for n, names in enumerate(windows, start=1):
        store.commit(n, n, [facts[name] for name in names])
    assert store.connection.execute("SELECT market_id, resolution_outcome FROM trades ORDER BY 1").fetchall() == [
        ("m1", "NO"),
        ("m2", None),
    ]
    assert verify(store.connection, store.lineage) == len(windows) + 1


def test_the_two_statements_of_the_operator_work_in_any_sqlite(path: Path, store: LedgerStore, make: Make) -> None:
    for n, (market, category) in enumerate((("m1", "crypto"), ("m2", "crypto"), ("m3", "weather"), ("m4", "sports"))):
        store.commit(n, n, [make(TradeClosed, n, market_id=market, category=category, resolution_outcome=None)])
    store.commit(9, 9, [make(MarketSettled, 9, market_id=m, outcome="YES") for m in ("m1", "m2", "m3")])
    other = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    assert other.execute("SELECT COUNT(*) FROM trades WHERE resolution_outcome IS NOT NULL").fetchone() == (3,)
    query = "SELECT COUNT(DISTINCT category) FROM trades WHERE resolution_outcome IS NOT NULL"
    assert other.execute(query).fetchone() == (2,)
    other.close()


def test_another_writer_is_refused_while_the_first_lives(path: Path, store: LedgerStore) -> None:
    with pytest.raises(LedgerError, match="another Astra is writing"):
        LedgerStore.open(path)
    store.close()
    LedgerStore.open(path).close()


def test_a_ledger_is_not_made_by_asking_for_one(path: Path) -> None:
    with pytest.raises(LedgerError, match="there is no ledger"):
        LedgerStore.open(path, create=False)
    assert not path.exists()


TAMPERINGS = [
    pytest.param("UPDATE fills SET price_e4 = price_e4 + 1 WHERE seq = 2", "a fact was changed", id="a price"),
    pytest.param("DELETE FROM fills WHERE seq = 3", "holds 1 facts and was sealed with 2", id="a fact that is gone"),
    pytest.param(
        'INSERT INTO fills SELECT * FROM fills WHERE seq = 4; UPDATE fills SET "window" = 9 WHERE rowid = 5',
        "was never sealed",
        id="a fact of no window",
    ),
]


@pytest.mark.parametrize(("sql", "match"), TAMPERINGS)
def test_what_is_changed_behind_the_ledgers_back_is_found(store: LedgerStore, make: Make, sql: str, match: str) -> None:
    store.commit(1, 1, [make(OrderFilled, 1), make(OrderFilled, 2)])
    store.commit(2, 2, [make(OrderFilled, 3), make(OrderFilled, 4)])
    store.commit(3, 3, [make(SnapshotTaken, 5)])
    assert verify(store.connection, lineages(store.connection)[0]) == 3
    for statement in sql.split(";"):
        store.connection.execute(statement)
    with pytest.raises(LedgerCorrupt, match=match):
        verify(store.connection, store.lineage)
