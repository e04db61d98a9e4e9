"""Promise: after a start or an interval, nothing of ours rests unowned, no fill is missing, and what differs is said."""

from __future__ import annotations

from typing import Any

import pytest
from clob_values import SENT_MS, US, leg, seen, trade
from hypothesis import given
from hypothesis import strategies as st

from astra_actors.execution.order import OrderState
from astra_actors.market.instrument import Side
from astra_actors.venues.clob.fills import fills_of
from astra_actors.venues.clob.inventory import CASH, Holding
from astra_actors.venues.clob.questions import AskOpenOrders, AskTrades
from astra_actors.venues.clob.reconcile import (
    Action,
    AdoptFill,
    AdoptOrder,
    AskAgain,
    CancelOrphan,
    Difference,
    Gap,
    MarketSeen,
    MoveSettling,
    OurOrder,
    Ours,
    ProveOrder,
    Theirs,
    persisting,
    reconcile,
)
from astra_actors.venues.clob.user_rows import Settling

M, N, C, F = Settling.MATCHED, Settling.MINED, Settling.CONFIRMED, Settling.FAILED
SINCE_S = SENT_MS // 1_000 - 1_000
ASKED_MS = SENT_MS + 600_000
FILLS = fills_of(trade(C), US)
FILL = FILLS[0]


def our_order(**more: Any) -> OurOrder:
    values: dict[str, Any] = {
        "order_id": "order-1", "venue_id": "0xa", "condition_id": "0xc", "token_id": "1", "side": Side.BUY,
        "price_e4": 5_000, "size_e6": 10_000_000, "filled_e6": 0, "state": OrderState.LIVE, "sent_ms": SENT_MS,
    }  # fmt: skip
    return OurOrder(**{**values, **more})


def ours(*orders: OurOrder, **more: Any) -> Ours:
    values: dict[str, Any] = {
        "orders": {each.venue_id: each for each in orders}, "fills": {}, "holdings": {}, "markets": frozenset({"0xc"}),
    }  # fmt: skip
    return Ours(**{**values, **more})


def theirs(
    *open_orders: Any, trades: tuple[Any, ...] = (), balances: dict[str, int] | None = None, **more: Any
) -> Theirs:
    market = MarketSeen(
        condition_id="0xc", asked_ms=ASKED_MS, open_orders=open_orders, trades=trades, since_s=SINCE_S, **more
    )
    return Theirs(markets=(market,), balances_e6=balances or {})


@pytest.mark.parametrize("state", [OrderState.LIVE, OrderState.CANCELLING])
def test_agreement_asks_for_nothing(state: OrderState) -> None:
    view = ours(our_order(state=state, filled_e6=10_000_000), fills={FILL.fill_id: (FILL, C)})
    assert reconcile(view, theirs(seen(matched_e6=10_000_000), trades=(trade(C),)), US) == []


@pytest.mark.parametrize(
    ("case", "view", "wanted"),
    [
        ("never written down", ours(), "the ledger does not know it"),
        ("taken for cancelled", ours(our_order(state=OrderState.CANCELLED)), "the ledger has it as cancelled"),
        ("taken for refused", ours(our_order(state=OrderState.REJECTED)), "the ledger has it as rejected"),
        ("of a market nobody has", ours(our_order(), markets=frozenset()), "nobody owns its market"),
    ],
)
def test_what_rests_without_an_owner_is_cancelled(case: str, view: Ours, wanted: str) -> None:
    assert reconcile(view, theirs(seen()), US) == [CancelOrphan("0xa", "0xc", wanted)]


@pytest.mark.parametrize("state", [OrderState.SENT, OrderState.UNKNOWN])
def test_what_rests_and_was_in_doubt_is_adopted(state: OrderState) -> None:
    assert reconcile(ours(our_order(state=state)), theirs(seen()), US) == [AdoptOrder("order-1", "0xa")]


@pytest.mark.parametrize("state", [OrderState.SENT, OrderState.LIVE, OrderState.CANCELLING, OrderState.UNKNOWN])
def test_what_we_take_for_open_and_is_not_listed_has_to_be_proven(state: OrderState) -> None:
    assert reconcile(ours(our_order(state=state)), theirs(), US) == [ProveOrder("order-1", "0xa", ASKED_MS)]


@pytest.mark.parametrize(
    ("case", "order"),
    [
        ("sent after we asked", our_order(sent_ms=ASKED_MS)),
        ("dead already", our_order(state=OrderState.EXPIRED)),
        ("of another market", our_order(condition_id="0xd")),
    ],
)
def test_a_list_says_nothing_about_these(case: str, order: OurOrder) -> None:
    assert reconcile(ours(order), theirs(), US) == []


def test_a_list_with_holes_proves_no_absence_and_still_shows_what_it_shows() -> None:
    view = ours(our_order(), fills={FILL.fill_id: (FILL, C)})
    found = reconcile(view, theirs(seen(venue_id="0xb"), open_whole=False, trades_whole=False), US)
    assert found == [
        CancelOrphan("0xb", "0xc", "the ledger does not know it"), AskAgain(AskOpenOrders("0xc")),
        AskAgain(AskTrades("0xc", SINCE_S)),
    ]  # fmt: skip


def test_a_missed_fill_is_adopted_and_explains_what_matched() -> None:
    found = reconcile(ours(our_order()), theirs(seen(matched_e6=10_000_000), trades=(trade(M),)), US)
    assert found == [AdoptFill(FILL, "order-1", M)]


def test_a_fill_of_an_order_we_never_wrote_down_is_adopted_and_reported() -> None:
    found = reconcile(ours(), theirs(trades=(trade(C),)), US)
    assert found == [AdoptFill(FILL, "", C), Difference(Gap.FOREIGN_FILL, "0xa", "0", "10000000")]


def test_a_failed_trade_we_never_had_is_nothing() -> None:
    assert reconcile(ours(), theirs(trades=(trade(F), trade(C, leg(owner="x", maker_address="y")))), US) == []


@pytest.mark.parametrize(
    ("have", "listed", "moves"),
    [(M, C, True), (M, F, True), (N, F, True), (C, C, False), (C, M, False), (C, F, True), (F, C, True)],
)
def test_a_settlement_is_moved_to_where_the_list_has_it(have: Settling, listed: Settling, moves: bool) -> None:
    view = ours(fills={FILL.fill_id: (FILL, have)})
    assert reconcile(view, theirs(trades=(trade(listed),)), US) == ([MoveSettling("t1", listed)] if moves else [])


@pytest.mark.parametrize(
    ("case", "have", "since_s", "asked_ms", "lost"),
    [
        ("within the list's time", C, SINCE_S, ASKED_MS, True),
        ("it failed", F, SINCE_S, ASKED_MS, False),
        ("before the list begins", C, FILL.matched_s - 9, ASKED_MS, False),
        ("just now", C, SINCE_S, FILL.matched_s * 1_000 + 9_000, False),
    ],
)
def test_a_fill_the_venue_does_not_list_is_reported(
    case: str, have: Settling, since_s: int, asked_ms: int, lost: bool
) -> None:
    market = MarketSeen(condition_id="0xc", asked_ms=asked_ms, open_orders=(), trades=(), since_s=since_s)
    found = reconcile(ours(fills={FILL.fill_id: (FILL, have)}), Theirs(markets=(market,)), US)
    assert found == ([Difference(Gap.LOST_FILL, FILL.fill_id, "10000000", "0")] if lost else [])


@pytest.mark.parametrize(
    ("more", "gap"),
    [({"size_e6": 10}, Gap.TERMS), ({"price_e4": 5_100}, Gap.TERMS), ({"side": Side.SELL}, Gap.TERMS),
     ({"token_id": "2"}, Gap.TERMS), ({"matched_e6": 1}, Gap.MATCHED)],
)  # fmt: skip
def test_an_order_that_is_not_what_we_signed_is_reported(more: dict[str, Any], gap: Gap) -> None:
    (found,) = reconcile(ours(our_order()), theirs(seen(**more)), US)
    assert isinstance(found, Difference) and found.gap is gap


@pytest.mark.parametrize(
    ("key", "balance_e6", "agrees"),
    [
        ("1", 20_000_000, True), ("1", 25_000_000, True), ("1", 15_000_000, True), ("1", 14_999_999, False),
        ("1", 25_000_001, False), ("2", 0, True), ("2", 1, False), (CASH, 7_000_000, True), (CASH, 7_000_001, False),
    ],
)  # fmt: skip
def test_a_balance_that_no_settlement_explains_is_reported(key: str, balance_e6: int, agrees: bool) -> None:
    holdings = {"1": Holding(20_000_000, 5_000_000, 5_000_000), CASH: Holding(7 * 10**10)}
    found = reconcile(ours(holdings=holdings), theirs(balances={key: balance_e6}), US)
    assert [type(each) for each in found] == ([] if agrees else [Difference])


def test_only_what_differs_twice_is_worth_a_persons_time() -> None:
    passing, staying = Difference(Gap.BALANCE, "1", "5", "6"), Difference(Gap.BALANCE, "2", "5", "6")
    later: list[Action] = [Difference(Gap.BALANCE, "2", "5", "7"), AdoptOrder("o", "0xa")]
    assert persisting([passing, staying], later) == [later[0]]


def test_cancels_come_first_and_reports_last() -> None:
    view = ours(our_order(venue_id="0xd", order_id="order-2"), our_order(state=OrderState.UNKNOWN))
    found = reconcile(view, theirs(seen(size_e6=1), seen(venue_id="0xb"), trades=(trade(C, leg(venue_id="0xe")),)), US)
    assert [type(each) for each in found] == [
        CancelOrphan, AdoptOrder, AdoptFill, ProveOrder, Difference, Difference,
    ]  # fmt: skip


STATES = st.sampled_from(OrderState)


@given(st.lists(STATES, max_size=8), st.lists(st.integers(0, 9), unique=True, max_size=9))
def test_every_order_of_either_side_is_settled_in_one_way(states: list[OrderState], listed: list[int]) -> None:
    """Listed: kept, adopted or cancelled. Not listed and open for us: to be proven. Never both, never neither."""
    orders = [our_order(venue_id=f"0x{n}", order_id=f"o{n}", state=state) for n, state in enumerate(states)]
    found = reconcile(ours(*orders), theirs(*(seen(venue_id=f"0x{n}") for n in listed)), US)
    cancelled = {each.venue_id for each in found if isinstance(each, CancelOrphan)}
    adopted = {each.venue_id for each in found if isinstance(each, AdoptOrder)}
    proving = {each.venue_id for each in found if isinstance(each, ProveOrder)}
    rests = {f"0x{n}" for n in listed}
    for n in range(10):
        state = states[n] if n < len(states) else None
        name, is_open = f"0x{n}", state is not None and state.is_open
        assert (name in cancelled) == (name in rests and not is_open)
        assert (name in proving) == (name not in rests and is_open)
        assert (name in adopted) == (name in rests and state in (OrderState.SENT, OrderState.UNKNOWN))
