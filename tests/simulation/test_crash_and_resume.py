"""Promises 1, 3 and 4 across a death: what comes back from the ledger alone goes on as if nothing had happened."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from house import House

from astra_actors.ledger.recovery import positions, recover
from supervision.local_ports import LocalShard


def artifact_windows(made: House) -> list[int]:
    """The window of every artifact on disk, in the order in which they stand there."""
    paths = sorted(made.decisions.glob("*.jsonl"))
    return [json.loads(line)["window"] for path in paths for line in path.read_text().splitlines()]


@pytest.mark.parametrize("at", ["first", "end of burn-in", "resting orders", "middle", "last but one"])
def test_a_run_that_died_and_came_back_ends_in_the_same_ledger(house, reference, at):
    window = {
        "first": 1,
        "end of burn-in": 4,
        "resting orders": reference.busy[len(reference.busy) // 3],
        "middle": reference.windows // 2,
        "last but one": reference.windows - 2,
    }[at]
    made = house().run_to(window)
    fresh = made.crash()
    assert fresh.coordinator.state.window == window
    assert fresh.places_in_queue() == reference.resting[window], "resting orders keep their places in their queues"
    assert fresh.coordinator.flush() in ("", reference.digests[window])
    assert fresh.complete() == reference.digest
    assert fresh.coordinator.last.equity.equity_e10 == reference.equity_e10
    assert fresh.coordinator.counters.fills == fresh.auditor.fills
    assert fresh.coordinator.counters.orders == fresh.auditor.intents
    written = artifact_windows(fresh)
    assert written == sorted(written) and len(written) == fresh.coordinator.counters.decisions
    fresh.store.close()


def test_dying_at_every_busy_window_in_a_row_changes_nothing(house, reference):
    made = house()
    for window in reference.busy[:: max(1, len(reference.busy) // 6)]:
        made = made.run_to(window).crash()
    assert made.complete() == reference.digest
    made.store.close()


def test_a_resumed_run_may_have_another_number_of_shards(house, reference):
    made = house(shards=3).run_to(60)
    made.die()
    fresh = House(made.settings, shards=2, run_id=made.run_id)
    assert fresh.complete() == reference.digest
    fresh.store.close()


def test_a_ledger_read_back_is_the_state_of_the_engines(house, reference):
    made = house().run_to(reference.busy[-1])
    made.coordinator.flush()
    found = recover(made.store.connection, made.store.lineage)
    engines = made.engines
    open_orders = sorted(order.order_id for engine in engines.values() for order in engine.blotter.open_orders())
    assert sorted(order.order_id for order in found.open_orders) == open_orders
    traded = {market_id: engine for market_id, engine in engines.items() if engine.position.fills}
    assert traded, "nothing was held: this window proves nothing"
    replayed = positions(made.store.connection, made.store.lineage, traded)
    for market_id, engine in traded.items():
        position, totals = engine.position, found.totals[market_id]
        assert (totals.yes_e6, totals.no_e6, totals.cash_e10) == (position.yes_e6, position.no_e6, position.cash_e10)
        again = replayed[market_id]
        assert (again.yes_e6, again.no_e6, again.cash_e10) == (position.yes_e6, position.no_e6, position.cash_e10)
        assert again.basis_e10() == position.basis_e10()


@pytest.mark.parametrize("window", ["first", "resting orders", "middle"])
def test_a_lost_shard_is_rebuilt_from_what_it_was_told(house, reference, window):
    at = {"first": 1, "resting orders": reference.busy[len(reference.busy) // 2], "middle": reference.windows // 2}
    made = house(shards=2).run_to(at[window])
    before = made.places_in_queue()
    for index in (0, 1):
        made.lose_shard(index)
    assert made.places_in_queue() == before
    assert made.complete() == reference.digest
    assert made.coordinator.counters.fills == made.auditor.fills


def test_a_successor_that_rebuilds_something_else_is_not_taken(house, reference):
    made = house().run_to(reference.busy[0])
    shard = made.new_shard(0)
    shard._params.paper.__class__.__hash__  # noqa: B018  the parameters are shared and stay as they are
    busy = next(market for market, orders in reference.resting[reference.busy[0]].items() if orders)
    honest = shard.recover

    def forgetful(histories):
        return tuple(
            report if report.market_id != busy else type(report)(**{**_fields(report), "open_orders": 0})
            for report in honest(histories)
        )

    shard.recover = forgetful
    with pytest.raises(AssertionError, match="rebuilt differently"):
        made.coordinator.replace_shard(0, LocalShard(shard))


def _fields(report):
    return {name: getattr(report, name) for name in report.__struct_fields__}


@pytest.mark.parametrize("crash", [False, True], ids=["asked to stop and goes on", "the machine dies after the stop"])
def test_a_stopped_run_leaves_nothing_resting_and_can_go_on(house, reference, crash):
    window = reference.busy[len(reference.busy) // 2]
    made = house().run_to(window)
    assert any(made.places_in_queue().values())
    made.stop()
    assert not any(made.places_in_queue().values())
    assert made.coordinator.state.window == window + 1
    plain = house("plain").run_to(window)
    plain.stop()
    fresh = made.crash() if crash else made
    digest = fresh.complete()
    assert digest == plain.complete(), "a stop and a restart between it and the rest leave one ledger"
    assert digest != reference.digest, "the stop itself is on record"
    assert fresh.auditor.fills > 100, "a resumed run trades on"
    fresh.store.close()


def test_a_stop_is_on_record_with_its_reason(house, reference):
    made = house().run_to(10)
    made.stop()
    kinds = made.store.connection.execute("SELECT kind, detail, \"window\" FROM risk_events WHERE kind = 'stop'")
    assert kinds.fetchall() == [("stop", "SIGTERM", 11)]


def test_the_portfolio_goes_on_numbering_its_facts(house):
    made = house().run_to(30).crash()
    made.run_to(34)
    made.coordinator.flush()
    tables = ("markets", "definitions", "leases", "equity")
    rows = [
        seq
        for table in tables
        for (seq,) in made.store.connection.execute(f"SELECT seq FROM {table}")
    ]
    rows += [
        seq for (seq,) in made.store.connection.execute("SELECT seq FROM risk_events WHERE author <> 'market'")
    ]
    assert sorted(rows) == list(range(1, made.coordinator.journal.seq + 1))
    made.store.close()


def test_artifacts_of_a_window_that_never_reached_the_ledger_are_lived_through_again(house):
    made = house().run_to(20)
    made.artifacts.append(21, [(0, "0xdead", b'{"window":21,"torn')])
    path: Path = max(made.decisions.glob("*.jsonl"))
    assert b"torn" in path.read_bytes()
    fresh = made.crash()
    assert b"torn" not in path.read_bytes()
    fresh.run_to(22)
    written = artifact_windows(fresh)
    assert written == sorted(written) and len(written) == fresh.coordinator.counters.decisions
    fresh.store.close()
