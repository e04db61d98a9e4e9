"""The checkers are worth something: each deliberately broken Astra is caught by the promise it breaks."""

from __future__ import annotations

from types import MappingProxyType

import msgspec
import pytest
from auditor import PromiseBrokenError
from house import GOAL

from astra_actors.engine import answers, sending
from astra_actors.execution.order import OrderEvent
from astra_actors.risk import dealing
from astra_actors.risk.lease import Lease
from astra_actors.risk.reservation import MarketRisk
from astra_actors.venues.paper import PaperVenue
from astra_actors.venues.port import Cancelled


def reservation_forgotten_on_reject(patch: pytest.MonkeyPatch) -> None:
    """A rejected order keeps its reservation for ever: the market strangles itself."""
    honest = MarketRisk.release
    rejected: set[str] = set()
    changed = answers._changed

    def note(engine, order, event, answer, now_ns):
        if event is OrderEvent.REJECT:
            rejected.add(order.order_id)
        changed(engine, order, event, answer, now_ns)

    patch.setattr(answers, "_changed", note)
    patch.setattr(MarketRisk, "release", lambda risk, order_id: order_id in rejected or honest(risk, order_id))


def fill_booked_twice(patch: pytest.MonkeyPatch) -> None:
    """The position takes every fill two times."""
    honest = answers._filled

    def twice(engine, order, event, fill, now_ns):
        honest(engine, order, event, fill, now_ns)
        engine.position.apply_fill(order.token, order.side, fill.price_e4, fill.size_e6, fill.fee_e10)

    patch.setattr(answers, "_filled", twice)


def fill_recorded_twice(patch: pytest.MonkeyPatch) -> None:
    """The ledger gets every fill two times."""
    honest = answers._filled

    def twice(engine, order, event, fill, now_ns):
        honest(engine, order, event, fill, now_ns)
        again = next(fact for fact in reversed(engine.facts) if type(fact).__name__ == "OrderFilled")
        engine.seq += 1
        engine.facts.append(msgspec.structs.replace(again, seq=engine.seq))

    patch.setattr(answers, "_filled", twice)


def lease_ignored(patch: pytest.MonkeyPatch) -> None:
    """Orders are reserved against a lease of a million dollars, whatever was granted."""
    honest = MarketRisk.try_reserve

    def generous(risk, order, position, open_orders, lease, now_ns):
        big = Lease(
            lease_id="big",
            market_id=risk.market_id,
            incarnation=1,
            limit_e10=10**16,
            granted_ns=0,
            expires_ns=1 << 62,
        )
        return honest(risk, order, position, open_orders, big, now_ns)

    patch.setattr(MarketRisk, "try_reserve", generous)
    from astra_actors.engine import evaluation

    view = evaluation._view

    def rich(engine, *rest):
        return _with_budget(view(engine, *rest), 10**13)

    patch.setattr(evaluation, "_view", rich)


def _with_budget(view, budget_e10):
    return msgspec.structs.replace(view, budget_e10=budget_e10, cap_e10=budget_e10)


def lease_too_large(patch: pytest.MonkeyPatch) -> None:
    """The authority deals out three times what it has set aside."""
    honest = dealing._terms

    def generous(saved, claim):
        limit_e10, reduce_only = honest(saved, claim)
        return 3 * limit_e10, reduce_only

    patch.setattr(dealing, "_terms", generous)


def cancel_acknowledged_never_sent(patch: pytest.MonkeyPatch) -> None:
    """Every cancel is answered at once, and the order goes on resting at the venue."""

    def lie(venue, order_id, now_ns):
        venue._answers.append(Cancelled(order_id, now_ns))

    patch.setattr(PaperVenue, "cancel", lie)


def intent_not_written(patch: pytest.MonkeyPatch) -> None:
    """Orders leave without a word in the ledger."""
    from astra_actors.kernel.facts import OrderIntended

    place = sending._place

    def silent(engine, *rest):
        emit = engine.emit
        engine.emit = lambda fact, *a, **k: None if fact is OrderIntended else emit(fact, *a, **k)
        try:
            return place(engine, *rest)
        finally:
            del engine.emit

    patch.setattr(sending, "_place", silent)


def taker_price(patch: pytest.MonkeyPatch) -> None:
    """Fills are booked a tick better than their limit."""
    honest = answers._filled

    def better(engine, order, event, fill, now_ns):
        from dataclasses import replace

        honest(engine, order, event, replace(fill, price_e4=fill.price_e4 - 100), now_ns)

    patch.setattr(answers, "_filled", better)


MUTANTS = MappingProxyType(
    {
        reservation_forgotten_on_reject: "worst cases are reported right",
        fill_booked_twice: "replay(ledger) == state",
        fill_recorded_twice: "a fill fits its order|a dead order fills nothing|what remains of an order is told right",
        lease_ignored: "worst cases stay within leases",
        lease_too_large: "grants stay within caps",
        cancel_acknowledged_never_sent: "no orphan orders|no market is poisoned",
        intent_not_written: "an order is intended before it changes|every fill has an intent before it",
        taker_price: "a maker fills at its limit",
    }
)


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.__name__)
def test_a_broken_astra_is_caught(house, monkeypatch, mutant):
    slow = {"latency_mean_ms": 900_000.0} if mutant is reservation_forgotten_on_reject else {}
    made = house(paper=slow)
    mutant(monkeypatch)
    with pytest.raises(PromiseBrokenError) as caught:
        made.run_to(70)
    assert caught.value.promise in MUTANTS[mutant].split("|")


def test_slow_roads_alone_break_no_promise(house):
    """What the mutant of the rejects runs on, unbroken: orders arrive a quarter of an hour late and are refused."""
    made = house(paper={"latency_mean_ms": 900_000.0})
    made.run_to(GOAL)
    assert made.coordinator.counters.rejects > 0
