"""The blotter: answers, stragglers, duplicates, ids, and bounded memory."""

from __future__ import annotations

from typing import Any

import pytest

from astra_actors.execution.blotter import REFRESH_STEP_NS, Blotter
from astra_actors.execution.order import Order, OrderEvent, OrderState
from astra_actors.kernel.errors import BadInput, IllegalTransition
from astra_actors.market.instrument import Side, Token
from astra_actors.venues.port import (
    Accepted,
    Answer,
    Cancelled,
    CancelRefused,
    Expired,
    Filled,
    Rejected,
    ShadowFill,
)

S, E = OrderState, OrderEvent


def an_order(order_id: str = "o", **more: Any) -> Order:
    fields: dict[str, Any] = {"size_e6": 100, "sent_ns": 0, "expires_ns": 0} | more
    return Order(
        order_id=order_id, market_id="m", token=Token.YES, side=Side.BUY, price_e4=4800, strategy="s", **fields
    )


def a_fill(size_e6: int, fill_id: str = "f", order_id: str = "o") -> Filled:
    return Filled(fill_id=fill_id, order_id=order_id, at_ns=1, price_e4=4800, size_e6=size_e6)


def test_a_sent_order_is_open_until_it_is_proven_dead() -> None:
    blotter = Blotter()
    blotter.submit(an_order())
    path: list[tuple[Answer, OrderState]] = [
        (Accepted("o", 1), S.LIVE),
        (a_fill(40), S.LIVE),
        (a_fill(60, "g"), S.FILLED),
    ]
    for answer, state in path:
        assert [order.order_id for order in blotter.open_orders()] == ["o"]
        applied = blotter.apply(answer)
        assert applied is not None
        assert applied[0].state is state
    assert blotter.open_orders() == []
    assert (blotter.submits, blotter.fills) == (1, 2)


@pytest.mark.parametrize(
    ("answer", "event", "state"),
    [
        pytest.param(Accepted("o", 1), E.ACK, S.LIVE, id="accepted"),
        pytest.param(Rejected("o", 1, "no"), E.REJECT, S.REJECTED, id="rejected"),
        pytest.param(Expired("o", 1), E.EXPIRE, S.EXPIRED, id="expired"),
        pytest.param(
            Cancelled("o", 1), E.CANCEL_ACK, S.CANCELLED, id="cancelled by the venue before its acknowledgement"
        ),
        pytest.param(a_fill(30), E.FILL_PART, S.LIVE, id="a part"),
        pytest.param(a_fill(100), E.FILL_LAST, S.FILLED, id="all of it"),
    ],
)
def test_each_answer_to_a_sent_order(answer: Answer, event: OrderEvent, state: OrderState) -> None:
    blotter = Blotter()
    blotter.submit(an_order())
    applied = blotter.apply(answer)
    assert applied is not None
    assert (applied[1], applied[0].state) == (event, state)


def test_a_refused_cancel_makes_the_order_unknown_and_keeps_it_open() -> None:
    blotter = Blotter()
    blotter.submit(an_order())
    blotter.step("o", E.CANCEL)
    applied = blotter.apply(CancelRefused("o", 2, "already matched"))
    assert applied is not None
    assert applied[0].state is S.UNKNOWN
    assert len(blotter.open_orders()) == 1


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(ShadowFill("o", 1, "optimistic", 4800, 10), id="a shadow fill"),
        pytest.param(Accepted("foreign", 1), id="an order of somebody else"),
        pytest.param(CancelRefused("o", 1, "never there"), id="a refused cancel that was never asked"),
    ],
)
def test_an_answer_that_changes_nothing_of_ours(answer: Answer) -> None:
    blotter = Blotter()
    before = blotter.submit(an_order())
    assert blotter.apply(answer) is None
    assert blotter.get("o") is before


def test_answers_out_of_place_are_counted() -> None:
    blotter = Blotter()
    blotter.submit(an_order())
    blotter.apply(Rejected("o", 1, "no"))
    blotter.apply(Accepted("o", 2))
    blotter.apply(Rejected("o", 3, "no"))
    blotter.apply(Accepted("foreign", 4))
    assert (blotter.out_of_place, blotter.unknown_answers, blotter.rejects) == (2, 1, 1)


def test_a_fill_told_twice_counts_once() -> None:
    blotter = Blotter()
    blotter.submit(an_order())
    assert blotter.apply(a_fill(40)) is not None
    assert blotter.apply(a_fill(40)) is None
    order = blotter.get("o")
    assert order is not None
    assert (order.filled_e6, blotter.fills, blotter.duplicate_fills) == (40, 1, 1)


def test_a_fill_after_the_cancel_was_acknowledged_is_ours() -> None:
    """The venue may report matches that were made before it acknowledged the cancel."""
    blotter = Blotter()
    blotter.submit(an_order())
    blotter.step("o", E.CANCEL)
    blotter.apply(Cancelled("o", 1))
    applied = blotter.apply(a_fill(30))
    assert applied is not None
    order, event = applied
    assert (order.state, order.filled_e6, event) == (S.CANCELLED, 30, E.FILL_PART)
    assert blotter.open_orders() == []
    assert blotter.late_fills == 1


@pytest.mark.parametrize("size_e6", [0, -1, 101])
def test_a_fill_that_cannot_be_is_refused(size_e6: int) -> None:
    blotter = Blotter()
    blotter.submit(an_order())
    with pytest.raises(BadInput, match="within 1 and 100"):
        blotter.apply(a_fill(size_e6))
    assert blotter.fills == 0


def test_our_own_steps_follow_the_table() -> None:
    blotter = Blotter()
    blotter.submit(an_order())
    assert blotter.step("o", E.LOSE).state is S.UNKNOWN
    with pytest.raises(IllegalTransition):
        blotter.step("o", E.CANCEL)
    with pytest.raises(BadInput, match="no such order"):
        blotter.step("foreign", E.CANCEL)


def test_an_order_is_submitted_once_and_as_sent() -> None:
    blotter = Blotter()
    blotter.submit(an_order())
    with pytest.raises(BadInput, match="once"):
        blotter.submit(an_order())
    with pytest.raises(BadInput, match="begins as SENT"):
        blotter.submit(an_order("p", state=S.LIVE))


def test_ids_come_from_content_and_count_by_market() -> None:
    first, again = Blotter(), Blotter()
    ids = [first.next_order_id(market, Token.YES, Side.BUY, 4800) for market in ("m", "m", "n")]
    assert len(dict.fromkeys(ids)) == 3
    assert [again.next_order_id(market, Token.YES, Side.BUY, 4800) for market in ("m", "m", "n")] == ids
    assert (first.next_seq("m"), first.next_seq("n"), first.next_seq("unseen")) == (2, 1, 0)


def test_a_restored_blotter_goes_on_where_the_old_one_stopped() -> None:
    old = Blotter()
    a = old.next_order_id("m", Token.YES, Side.BUY, 4800)
    expected = Blotter()
    expected.next_order_id("m", Token.YES, Side.BUY, 4800)
    new = Blotter()
    new.restore([an_order(a, state=S.LIVE), an_order("done", state=S.FILLED, filled_e6=100)], next_seq={"m": 1})
    assert [order.order_id for order in new.open_orders()] == [a]
    assert new.get("done") is not None
    assert new.next_order_id("m", Token.YES, Side.BUY, 4800) == expected.next_order_id("m", Token.YES, Side.BUY, 4800)


def test_memory_stays_bounded_and_open_orders_stay() -> None:
    blotter = Blotter(finished_kept=3)
    blotter.submit(an_order("resting"))
    for n in range(10):
        blotter.submit(an_order(f"o{n}"))
        blotter.apply(a_fill(100, "f", f"o{n}"))
    assert [n for n in range(10) if blotter.get(f"o{n}")] == [7, 8, 9]
    assert blotter.get("resting") is not None


def test_open_orders_come_in_the_order_they_were_sent() -> None:
    blotter = Blotter()
    for name in ("c", "a", "b"):
        blotter.submit(an_order(name))
    blotter.apply(Accepted("a", 1))
    blotter.apply(Accepted("c", 2))
    assert [order.order_id for order in blotter.open_orders()] == ["c", "a", "b"]
    assert blotter.open_orders() is blotter.open_orders()  # no copy while nothing changes


def test_a_refresh_is_written_in_coarse_steps() -> None:
    blotter = Blotter()
    sent = blotter.submit(an_order())
    blotter.refresh(["o", "foreign"], REFRESH_STEP_NS - 1)
    assert blotter.get("o") is sent
    blotter.refresh(["o"], REFRESH_STEP_NS)
    refreshed = blotter.get("o")
    assert refreshed is not None
    assert refreshed.refreshed_ns == REFRESH_STEP_NS
