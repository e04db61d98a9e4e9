"""DESIGN §5: a market whose engine raises is quarantined, the rest of its shard goes on, and a restart keeps it so."""

from __future__ import annotations

import pytest
from test_crash_and_resume import artifact_windows

from astra_actors.engine.market_engine import MarketEngine
from astra_actors.ledger.recovery import recover
from astra_actors.simulation.harness.house import GOAL, House


@pytest.fixture
def poison(monkeypatch, reference):
    """From the middle of a window in which the market has orders and shares, its engine raises at every event."""
    window = reference.mid
    victim = next(market for market, orders in reference.resting[window].items() if orders)
    honest = MarketEngine.on_event

    def on_event(engine, event):
        if engine.market_id == victim and engine.window > window and engine.events % 40 == 39:
            raise ValueError("a number that cannot be")
        honest(engine, event)

    monkeypatch.setattr(MarketEngine, "on_event", on_event)
    return victim, window


@pytest.mark.parametrize("shards", [1, 3])
def test_the_rest_of_the_shard_goes_on(house, poison, shards):
    victim, window = poison
    made = house(shards=shards, audited=False).run_to(window)
    assert made.engines[victim].blotter.open_orders()
    made.run_to(window + 1)
    assert victim not in made.engines
    told = made.store.connection.execute("SELECT scope, detail FROM risk_events WHERE kind = 'quarantine'").fetchall()
    assert told == [(victim, "ValueError: a number that cannot be")]
    made.coordinator.flush()
    resting = recover(made.store.connection, made.store.lineage).open_orders
    assert victim not in {order.market_id for order in resting}, "its paper orders ended with it"
    fills = made.auditor.fills
    made.run_to(GOAL)
    assert made.engines and made.auditor.fills > fills
    made.stop()
    made.check_nothing_rests()
    assert sum(report.open_orders for report in made.coordinator.reports.values()) == 0


def test_what_it_holds_stays_counted(house, poison):
    victim, window = poison
    made = house(audited=False).run_to(window)
    before = made.coordinator.reports[victim]
    made.complete()
    kept = made.coordinator.reports[victim]
    assert (kept.cash_e10, kept.mark_mid_e10) == (before.cash_e10, before.mark_mid_e10)
    cash = sum(market.cash_e10 for market in made.auditor.markets.values())
    equity = made.coordinator.last.equity.equity_e10
    assert equity == 5_000 * 10**10 + cash + kept.mark_mid_e10, "all others have settled"


@pytest.mark.parametrize("later", [1, 7])
def test_a_quarantine_survives_the_death_of_everything(house, poison, later):
    victim, window = poison
    plain = house("plain", audited=False).run_to(GOAL)
    digest = plain.coordinator.flush()
    made = house(shards=2, audited=False).run_to(window + later)
    fresh = made.crash()
    assert victim not in fresh.engines and victim in fresh.coordinator.state.quarantined
    fresh.lose_shard(0)
    fresh.lose_shard(1)
    assert fresh.run_to(GOAL).coordinator.flush() == digest
    written = artifact_windows(fresh)
    assert written == sorted(written) and len(written) == plain.coordinator.counters.decisions
    fresh.store.close()


def test_the_quarantine_is_the_same_ledger_whatever_the_shards(house, poison):
    _, window = poison
    made = [house(str(shards), shards=shards, audited=False).run_to(window + 3) for shards in (1, 3)]
    assert made[0].coordinator.flush() == made[1].coordinator.flush()


def test_an_order_of_a_quarantined_market_says_why_it_ended(house: House, poison):
    victim, window = poison
    made = house(audited=False).run_to(window + 1)
    made.coordinator.flush()
    reasons = made.store.connection.execute(
        'SELECT DISTINCT reason FROM order_events WHERE market_id = ? AND "window" = ?', (victim, window + 1)
    ).fetchall()
    assert reasons == [("quarantined: ValueError: a number that cannot be",)]
