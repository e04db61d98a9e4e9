"""A market's life on a live feed: how it ends, how it is taken over, how the run stops, and how long the feed stood."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
from live_harness import ActorPort, LiveRun

from actors.live_market import LiveMarketActor
from astra_actors.engine.takeover import LOST
from astra_actors.kernel.facts import FeedSessionEnded, MarketSettled, OrderChanged, OrderFilled
from astra_actors.kernel.units import NS_PER_S
from astra_actors.ledger.runs import RunIdentity
from astra_actors.ledger.store import LedgerStore
from astra_actors.lockstep.carrying import LedgerCarrier
from astra_actors.metrics.uptime import uptime
from astra_actors.risk.veto import Veto


def test_uptime_is_right_to_the_second(run: LiveRun) -> None:
    run.start()
    began_ns = run.sessions[0].pulse._since_ns
    run.advance(60.0)
    run.venue.refusing = True
    run.venue.disconnect()
    run.until(lambda: not run.shard.links[0].up)
    lost_ns = run.clock()
    run.advance(7.0)
    run.venue.refusing = False
    run.until(lambda: run.shard.links[0].up)
    back_ns = run.clock()
    run.advance(30.0)
    run.stop()
    sessions = [fact for fact in run.ledger.of(FeedSessionEnded) if fact.connection == "stream:0.0"]
    assert [fact.reason for fact in sessions] == ["closed without a word", "stop"]
    end_ns = sessions[1].ended_ns
    measured = uptime(
        [(fact.started_ns, fact.ended_ns) for fact in sessions], start=run.coordinator.plan.start_ns, end=end_ns
    )
    assert (lost_ns, back_ns) == (sessions[0].ended_ns, sessions[1].started_ns)
    assert measured.longest_gap == 7 * NS_PER_S
    assert measured.connected == measured.window - 7 * NS_PER_S
    assert began_ns <= sessions[0].started_ns


def test_a_stop_leaves_nothing_resting(run: LiveRun) -> None:
    run.start()
    assert run.coordinator.counters.open_orders == 4
    run.stop()
    assert run.coordinator.counters.open_orders == 0
    assert all(not engine.blotter.open_orders() for engine in run.shard.engines.values())
    assert all(not engine.venue.open_count for engine in run.shard.engines.values())


@pytest.mark.parametrize(
    ("announce", "sources"),
    [
        pytest.param(True, {"stream", "clob", "gamma"}, id="the stream says it too"),
        pytest.param(False, {"clob", "gamma"}, id="the stream never says it"),
    ],
)
def test_a_market_settles_on_two_agreeing_sources(run: LiveRun, announce: bool, sources: set[str]) -> None:
    run.start()
    market_id = run.venue.market().condition_id
    engine = run.shard.engines[market_id]
    run.venue.resolve(run.venue.market(), 0, announce=announce)
    if not announce:  # nobody asks about a market that seems to trade on, until a note says that it is closed
        run.until(lambda: engine.outcomes == {"gamma": "YES"})
    run.advance(1.0)
    run.until(lambda: engine.settled)
    run.advance(2.0)
    settled = run.ledger.of(MarketSettled)
    assert [(fact.market_id, fact.outcome) for fact in settled] == [(market_id, "YES")]
    assert {settled[0].source_a, settled[0].source_b} <= sources
    assert market_id not in run.shard.engines
    assert run.open_orders(2) > 0
    run.until(lambda: all(token not in run.sessions[0].asset_ids for token in run.venue.market().tokens))


def test_a_proposed_outcome_takes_the_quotes_out_and_its_rejection_brings_them_back(run: LiveRun) -> None:
    run.start()
    engine = run.shard.engines[run.venue.market().condition_id]
    run.venue.market().uma = "proposed"
    run.until(lambda: engine.note == "proposed")
    run.advance(1.0)
    assert run.open_orders() == 0
    run.venue.market().uma = ""
    assert engine.veto is not Veto.HALTED


def test_new_markets_join_a_running_shard(run: LiveRun) -> None:
    run.start()
    known = run.coordinator.plan.listings
    copy = dataclasses.replace(
        known[0],
        instrument=dataclasses.replace(known[0].instrument, market_id="0x" + "9" * 64, yes_asset="91", no_asset="92"),
    )
    assert run.coordinator.admit([known[0], copy]) == 1
    assert run.coordinator.admit([known[0], copy]) == 0
    assert run.coordinator.plan.listings[:2] == known
    run.advance(2.0)
    assert copy.market_id in run.shard.engines
    run.venue.wait(lambda: ["91", "92"] in run.venue.subscribed)


def test_a_successor_takes_positions_over_and_reports_lost_orders(run: LiveRun, tmp_path: Path) -> None:
    """The ledger is real: what the dead owner had said is read back from it and applied again."""
    store = LedgerStore.open(tmp_path / "ledger.db")
    store.begin_run(identity(), "{}")
    run.start()
    market, engine = run.venue.market(), run.shard.engines[run.venue.market().condition_id]
    run.advance(1.0)
    run.venue.trade(market, "0.30", "2000", "SELL")  # a print through our bid fills it
    run.until(lambda: engine.position.fills > 0)
    run.advance(1.0)
    store.commit(1, run.clock(), run.ledger.facts)
    fills = run.ledger.of(OrderFilled)
    assert fills

    run.coordinator._carry = LedgerCarrier(tmp_path / "ledger.db", identity().run_id)
    run.actor.close()
    successor = LiveMarketActor(0, run.spec, run.settings, now_ns=run.clock)
    before = {m: (e.position.yes_e6, e.position.no_e6, e.position.cash_e10) for m, e in run.shard.engines.items()}
    orders = {m: e.blotter.next_seq(m) for m, e in run.shard.engines.items()}
    resting = [order.order_id for e in run.shard.engines.values() for order in e.blotter.open_orders()]
    leases = {m: e.lease and e.lease.limit_e10 for m, e in run.shard.engines.items()}
    assert any(leases.values())
    entry = engine.entries.entry
    numbered = {fact.seq for fact in run.ledger.facts if fact.market_id == engine.market_id and fact.table != "leases"}
    run.actor = successor
    run.coordinator.replace_shard(0, ActorPort(successor))

    taken = run.shard.engines
    assert {m: (e.position.yes_e6, e.position.no_e6, e.position.cash_e10) for m, e in taken.items()} == before
    assert {m: e.blotter.next_seq(m) for m, e in taken.items()} == orders
    assert taken[market.condition_id].entries.entry == entry
    assert {m: e.lease and e.lease.limit_e10 for m, e in taken.items()} == leases
    run.ledger.facts.clear()
    run.window()
    lost = [fact.order_id for fact in run.ledger.of(OrderChanged) if fact.reason == LOST]
    assert sorted(lost) == sorted(resting)
    new = [fact.seq for fact in run.ledger.facts if fact.market_id == engine.market_id and fact.table == "order_events"]
    assert all(seq > max(numbered) for seq in new)  # the numbers go on
    run.until(run.books_live)
    for _ in range(45):
        run.advance(1.0)
        if run.open_orders(2):
            break
    assert run.open_orders(2) > 0
    store.close()


def identity() -> RunIdentity:
    return RunIdentity(
        run_id="5e3bd3d0-4f4e-4a0e-9c55-0a2f4ad8a111",
        git_sha="0" * 40,
        started_at="2026-11-21T00:00:00Z",
        python_version="3.11",
        config_hash="0" * 64,
        prompt_bundle_hash="0" * 64,
        paper_mode=True,
        feed="polymarket",
        venue="paper",
        seed=7,
    )
