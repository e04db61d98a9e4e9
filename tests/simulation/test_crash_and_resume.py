"""Promises 1, 3 and 4 across a death: what comes back from the ledger alone goes on as if nothing had happened."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import pytest

from astra_actors.ledger.recovery import positions, recover
from astra_actors.lockstep.local_ports import LocalShard
from astra_actors.simulation.harness.house import GOAL, House


def artifact_windows(made: House) -> list[int]:
    """The window of every artifact on disk, in the order in which they stand there."""
    paths = sorted(made.decisions.glob("*.jsonl"))
    return [json.loads(line)["window"] for path in paths for line in path.read_text().splitlines()]


def check_same_end(made: House, reference, window: int) -> None:
    """Go on to `window` and be where the undisturbed run was."""
    made.run_to(window)
    assert made.coordinator.flush() == reference.digests[window]
    assert made.places_in_queue() == reference.resting[window]
    assert made.coordinator.counters.fills == made.auditor.fills
    assert made.coordinator.counters.orders == made.auditor.intents
    written = artifact_windows(made)
    assert written == sorted(written) and len(written) == made.coordinator.counters.decisions


@pytest.mark.parametrize("at", ["first", "second", "end of burn-in", "resting orders", "a day later"])
def test_a_run_that_died_and_came_back_goes_on_as_if_nothing_had_happened(house, reference, at):
    window = {"first": 1, "second": 2, "end of burn-in": 4, "resting orders": reference.mid, "a day later": 27}[at]
    fresh = house().run_to(window).crash()
    assert fresh.coordinator.state.window == window
    assert fresh.places_in_queue() == reference.resting[window], "resting orders keep their places in their queues"
    check_same_end(fresh, reference, GOAL)
    fresh.store.close()


@pytest.mark.parametrize("before_end", [90, 0], ids=["while markets settle", "before the last orders are cancelled"])
def test_it_ends_in_the_same_ledger_and_the_same_money(house, reference, before_end):
    fresh = house().run_to(reference.windows - 1 - before_end).crash()
    assert fresh.complete() == reference.digest
    assert fresh.coordinator.last.equity.equity_e10 == reference.equity_e10
    fresh.store.close()


def test_a_finished_run_stays_as_it_is(house, reference):
    made = house(audited=False)
    made.complete()
    fresh = made.crash()
    assert fresh.coordinator.done
    fresh.coordinator.complete()
    assert fresh.store.last_window() == reference.windows
    assert fresh.store.digest() == reference.digest
    fresh.store.close()


def test_dying_again_and_again_changes_nothing(house, reference):
    made = house()
    for window in reference.busy[::4]:
        made = made.run_to(window).crash()
    check_same_end(made, reference, GOAL)
    made.store.close()


def test_a_resumed_run_may_have_another_number_of_shards(house, reference):
    made = house(shards=3).run_to(reference.mid)
    made.die()
    fresh = House(made.settings, shards=2, run_id=made.run_id)
    check_same_end(fresh, reference, GOAL)
    fresh.store.close()


def test_a_ledger_read_back_is_the_state_of_the_engines(house, reference):
    made = house().run_to(reference.mid)
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


@pytest.mark.parametrize("at", ["first", "resting orders"])
def test_a_lost_shard_is_rebuilt_from_what_it_was_told(house, reference, at):
    window = {"first": 1, "resting orders": reference.mid}[at]
    made = house(shards=2).run_to(window)
    for index in (0, 1):
        made.lose_shard(index)
    assert made.places_in_queue() == reference.resting[window]
    check_same_end(made, reference, GOAL)


def test_a_successor_that_rebuilds_something_else_is_not_taken(house, reference):
    made = house().run_to(reference.mid)
    shard = made.new_shard(0)
    busy = next(market for market, orders in reference.resting[reference.mid].items() if orders)
    honest = shard.recover

    def forgetful(histories):
        return tuple(
            msgspec.structs.replace(report, open_orders=0) if report.market_id == busy else report
            for report in honest(histories)
        )

    shard.recover = forgetful
    with pytest.raises(AssertionError, match="rebuilt differently"):
        made.coordinator.replace_shard(0, LocalShard(shard))


@pytest.mark.parametrize("crash", [False, True], ids=["and goes on at once", "and the machine dies"])
def test_a_stopped_run_leaves_nothing_resting_and_can_go_on(house, reference, crash):
    window = reference.mid
    made, plain = house().run_to(window), house("plain").run_to(window)
    assert any(made.places_in_queue().values())
    fills = made.auditor.fills
    for each in (made, plain):
        each.stop()
        assert not any(each.places_in_queue().values())
        assert each.coordinator.state.window == window + 1
    fresh = made.crash() if crash else made
    goal = window + 12
    assert fresh.run_to(goal).coordinator.flush() == plain.run_to(goal).coordinator.flush()
    assert fresh.auditor.fills > fills, "a resumed run trades on"
    fresh.store.close()


def test_a_stop_is_on_record_with_its_reason(house):
    made = house().run_to(10)
    made.stop()
    kinds = made.store.connection.execute("SELECT kind, detail, \"window\" FROM risk_events WHERE kind = 'stop'")
    assert kinds.fetchall() == [("stop", "SIGTERM", 11)]


def test_the_portfolio_goes_on_numbering_its_facts(house):
    made = house().run_to(20).crash()
    made.run_to(24)
    made.coordinator.flush()
    tables = ("markets", "definitions", "leases", "equity")
    rows = [seq for table in tables for (seq,) in made.store.connection.execute(f"SELECT seq FROM {table}")]
    rows += [seq for (seq,) in made.store.connection.execute("SELECT seq FROM risk_events WHERE author <> 'market'")]
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
