"""What a start reads back is what was there: positions, cash, orders that may still rest (promises 2 and 3)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from astra_actors.execution.order import OrderState
from astra_actors.kernel.facts import EquityMarked, Fact, LeaseGranted, MarketSettled, OrderChanged, OrderFilled
from astra_actors.kernel.facts import OrderIntended as Intended
from astra_actors.ledger.recovery import MarketTotals, facts_for_market, positions, recover
from astra_actors.ledger.store import LedgerStore
from astra_actors.market.instrument import Outcome, Side, Token

Make = Callable[..., Any]
USD = 10**10
SHARE = 10**6


def fill(make: Make, n: int, token: str, side: str, price_e4: int, shares: int, **values: Any) -> OrderFilled:
    costs = {"fee_e10": 0, "rebate_e10": 0, **values}
    made: OrderFilled = make(OrderFilled, n, token=token, side=side, price_e4=price_e4, size_e6=shares * SHARE, **costs)
    return made


def test_shares_and_cash_are_those_worked_out_by_hand(store: LedgerStore, make: Make) -> None:
    store.commit(
        1,
        1,
        [
            fill(make, 1, "YES", "BUY", 4_000, 100),  # − 40 dollars
            fill(make, 2, "YES", "SELL", 4_500, 40, fee_e10=USD // 10),  # + 18 − 0.10
            fill(make, 3, "NO", "BUY", 5_000, 10, rebate_e10=USD // 100),  # − 5; a rebate is an estimate, no cash
            fill(make, 4, "NO", "BUY", 1_000, 7, market_id="m2"),  # − 0.70
        ],
    )
    state = recover(store.connection, store.lineage)
    assert state.totals == {
        "m1": MarketTotals("m1", 60 * SHARE, 10 * SHARE, -2_710 * USD // 100, USD // 10, USD // 100, 3, None),
        "m2": MarketTotals("m2", 0, 7 * SHARE, -7 * USD // 10, 0, 0, 1, None),
    }
    assert state.cash_e10 == -2_780 * USD // 100
    assert (state.window, state.digest) == (1, store.digest())


def test_a_settled_market_holds_cash_and_no_shares(store: LedgerStore, make: Make) -> None:
    store.commit(1, 1, [fill(make, 1, "YES", "BUY", 4_000, 100)])
    store.commit(2, 2, [make(MarketSettled, 2, outcome="YES", payout_e10=100 * USD)])
    totals = recover(store.connection, store.lineage).totals["m1"]
    assert (totals.yes_e6, totals.no_e6, totals.cash_e10, totals.outcome) == (0, 0, 60 * USD, Outcome.YES)


def test_positions_come_back_with_their_lots(store: LedgerStore, make: Make) -> None:
    store.commit(1, 1, [fill(make, 1, "YES", "BUY", 4_000, 100), fill(make, 2, "YES", "BUY", 6_000, 100)])
    store.commit(2, 2, [fill(make, 3, "YES", "SELL", 7_000, 100)])
    position = positions(store.connection, store.lineage, ["m1", "never"])["m1"]
    assert position.basis_e10("fifo") == 60 * USD  # the first hundred, at 40 cents, went first
    assert position.realised_e10("fifo") == 30 * USD
    store.commit(3, 3, [make(MarketSettled, 4, outcome="NO", payout_e10=0)])
    settled = positions(store.connection, store.lineage, ["m1"])["m1"]
    assert (settled.outcome, settled.yes_e6, settled.cash_e10) == (Outcome.NO, 0, -30 * USD)


LIVES = [
    pytest.param([], OrderState.SENT, id="nothing was heard: it may rest"),
    pytest.param(["submit"], OrderState.LIVE, id="it rests"),
    pytest.param(["submit", "fill_part"], OrderState.LIVE, id="it rests, partly filled"),
    pytest.param(["submit", "cancel"], OrderState.CANCELLING, id="its cancel is on the way"),
    pytest.param(["submit", "stale_cancel"], OrderState.CANCELLING, id="the cancel of a stale order is on the way"),
    pytest.param(["submit", "cancel", "cancel_refused"], OrderState.UNKNOWN, id="the venue would not cancel"),
    pytest.param(["lose"], OrderState.UNKNOWN, id="its answer was lost"),
    pytest.param(["submit", "fill_last"], None, id="filled"),
    pytest.param(["submit", "cancel", "cancel_ack"], None, id="cancelled"),
    pytest.param(["submit", "cancel", "fill_last"], None, id="a cancel lost the race to a fill"),
    pytest.param(["reject"], None, id="rejected"),
    pytest.param(["submit", "expire"], None, id="expired"),
]


@pytest.mark.parametrize(("events", "state"), LIVES)
def test_an_order_is_open_until_an_event_ended_it(
    store: LedgerStore, make: Make, events: list[str], state: OrderState | None
) -> None:
    intent = make(Intended, 1, order_id="o1", token="NO", side="BUY", price_e4=4_200, size_e6=9 * SHARE)
    steps = [make(OrderChanged, n, order_id="o1", event_type=event) for n, event in enumerate(events, start=2)]
    store.commit(1, 1, [intent])
    for fact in steps:
        store.commit(fact.seq, fact.seq, [fact])
    if "fill_part" in events:
        store.commit(50, 50, [fill(make, 50, "NO", "BUY", 4_200, 4, order_id="o1")])
    found = recover(store.connection, store.lineage).open_orders
    assert [order.state for order in found] == ([] if state is None else [state])
    for order in found:
        assert (order.order_id, order.token, order.side, order.price_e4) == ("o1", Token.NO, Side.BUY, 4_200)
        assert order.remaining_e6 == (5 * SHARE if "fill_part" in events else 9 * SHARE)


def test_a_fill_whose_settlement_failed_stays_a_fill_of_its_order(store: LedgerStore, make: Make) -> None:
    """Its shares and dollars are taken back; the order does not get them again, and does not lose them twice."""
    order = {"token": "NO", "side": "BUY", "price_e4": 4_200, "size_e6": 9 * SHARE}
    failed = fill(make, 2, "NO", "BUY", 4_200, 4, order_id="o1", liquidity="MAKER")
    reversal = fill(make, 3, "NO", "SELL", 4_200, 4, order_id="o1", liquidity="VOID")
    store.commit(1, 1, [make(Intended, 1, order_id="o1", **order), failed, reversal])
    found = recover(store.connection, store.lineage)
    assert [each.remaining_e6 for each in found.open_orders] == [5 * SHARE]
    assert (found.totals["m1"].no_e6, found.totals["m1"].cash_e10) == (0, 0)


def test_only_the_lineage_asked_for_is_read(store: LedgerStore, make: Make, run: Make) -> None:
    same = [fill(make, 1, "YES", "BUY", 4_000, 100), make(Intended, 2, order_id="o1", token="YES", side="BUY")]
    store.commit(1, 1, [*same, make(OrderChanged, 3, order_id="o1", event_type="cancel_ack")])
    first = store.lineage
    store.begin_run(run("other"), "{}")
    store.commit(1, 1, same)
    assert recover(store.connection, first).open_orders == []
    assert len(recover(store.connection, "other").open_orders) == 1
    assert recover(store.connection, "other").totals["m1"].yes_e6 == 100 * SHARE


def test_the_last_word_counts(store: LedgerStore, make: Make) -> None:
    words: list[Fact] = [
        make(LeaseGranted, 1, market_id="m1", limit_e10=5),
        make(LeaseGranted, 2, market_id="m2", limit_e10=6),
        make(LeaseGranted, 3, market_id="m1", limit_e10=0),
        make(EquityMarked, 4, market_id="", equity_e10=1),
        make(EquityMarked, 5, market_id="", equity_e10=2),
    ]
    store.commit(1, 1, words)
    state = recover(store.connection, store.lineage)
    assert {lease.market_id: lease.limit_e10 for lease in state.leases} == {"m1": 0, "m2": 6}
    assert state.equity == words[-1]


def test_an_empty_lineage_is_where_everything_starts(store: LedgerStore) -> None:
    state = recover(store.connection, store.lineage)
    assert (state.window, state.digest, state.totals, state.open_orders, state.equity) == (None, "0" * 64, {}, [], None)
    assert state.cash_e10 == 0


def test_a_markets_past_comes_back_in_the_order_of_the_ledger(store: LedgerStore, make: Make) -> None:
    late, early = make(OrderFilled, 9, local_ns=1), make(OrderChanged, 2, local_ns=5)
    store.commit(1, 10, [early, make(OrderFilled, 1, local_ns=4), make(OrderFilled, 3, market_id="m2")])
    store.commit(2, 20, [late])  # an earlier time in a later window: it became known later
    found = facts_for_market(store.connection, store.lineage, "m1")
    assert [(fact.table, fact.seq) for fact in found] == [("fills", 1), ("order_events", 2), ("fills", 9)]
    assert facts_for_market(store.connection, store.lineage, "m1", OrderChanged) == [early]
