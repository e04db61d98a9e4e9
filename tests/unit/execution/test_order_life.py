"""The life of an order: every row, every absent pair, every state reachable and able to end."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import pytest

from astra_actors.execution.order import ORDER_LIFE, Order, OrderEvent, OrderState
from astra_actors.kernel.errors import IllegalTransition
from astra_actors.market.instrument import Side, Token
from astra_actors.strategies.base import QuoteSide

S, E = OrderState, OrderEvent
FINISHED = (S.FILLED, S.CANCELLED, S.REJECTED, S.EXPIRED)
ROWS = [
    ("the venue takes it", S.SENT, E.ACK, S.LIVE),
    ("the venue refuses it", S.SENT, E.REJECT, S.REJECTED),
    ("a fill outruns the acknowledgement", S.SENT, E.FILL_PART, S.LIVE),
    ("filled on arrival", S.SENT, E.FILL_LAST, S.FILLED),
    ("cancelled before the acknowledgement", S.SENT, E.CANCEL, S.CANCELLING),
    ("expired on the way", S.SENT, E.EXPIRE, S.EXPIRED),
    ("the response was lost", S.SENT, E.LOSE, S.UNKNOWN),
    ("a late acknowledgement", S.LIVE, E.ACK, S.LIVE),
    ("a part fills", S.LIVE, E.FILL_PART, S.LIVE),
    ("the rest fills", S.LIVE, E.FILL_LAST, S.FILLED),
    ("we want it back", S.LIVE, E.CANCEL, S.CANCELLING),
    ("the venue cancels on its own", S.LIVE, E.CANCEL_ACK, S.CANCELLED),
    ("its time is up", S.LIVE, E.EXPIRE, S.EXPIRED),
    ("the stream lost it", S.LIVE, E.LOSE, S.UNKNOWN),
    ("an acknowledgement after the cancel left", S.CANCELLING, E.ACK, S.CANCELLING),
    ("a part fills while the cancel travels", S.CANCELLING, E.FILL_PART, S.CANCELLING),
    ("a cancel can lose the race", S.CANCELLING, E.FILL_LAST, S.FILLED),
    ("the cancel arrives", S.CANCELLING, E.CANCEL_ACK, S.CANCELLED),
    ("already matched means look the fill up", S.CANCELLING, E.CANCEL_REFUSED, S.UNKNOWN),
    ("the order never arrived", S.CANCELLING, E.REJECT, S.REJECTED),
    ("its time is up before the cancel arrives", S.CANCELLING, E.EXPIRE, S.EXPIRED),
    ("the cancel's response was lost", S.CANCELLING, E.LOSE, S.UNKNOWN),
    ("reconciliation found it resting", S.UNKNOWN, E.ACK, S.LIVE),
    ("a part fills in the dark", S.UNKNOWN, E.FILL_PART, S.UNKNOWN),
    ("the rest fills in the dark", S.UNKNOWN, E.FILL_LAST, S.FILLED),
    ("reconciliation found it cancelled", S.UNKNOWN, E.CANCEL_ACK, S.CANCELLED),
    ("reconciliation never found it", S.UNKNOWN, E.REJECT, S.REJECTED),
    ("its time is up in the dark", S.UNKNOWN, E.EXPIRE, S.EXPIRED),
]


@pytest.mark.parametrize(("before", "event", "after"), [pytest.param(*row[1:], id=row[0]) for row in ROWS])
def test_every_row(before: OrderState, event: OrderEvent, after: OrderState) -> None:
    assert ORDER_LIFE.step(before, event) is after


def test_the_rows_above_are_the_whole_table() -> None:
    assert {(before, event): after for _, before, event, after in ROWS} == ORDER_LIFE.rows


@pytest.mark.parametrize(
    ("state", "event"),
    [pytest.param(s, e, id=f"{s.name}-{e.name}") for s, e in product(S, E) if (s, e) not in ORDER_LIFE.rows],
)
def test_every_absent_pair_raises(state: OrderState, event: OrderEvent) -> None:
    with pytest.raises(IllegalTransition, match=f"{event.name} cannot happen in {state.name}"):
        ORDER_LIFE.step(state, event)


def _reachable(start: OrderState) -> list[OrderState]:
    seen = [start]
    for state in seen:
        seen += [after for (before, _), after in ORDER_LIFE.rows.items() if before is state and after not in seen]
    return seen


def test_every_state_is_reached_from_sent() -> None:
    assert sorted(state.name for state in dict.fromkeys(_reachable(S.SENT))) == sorted(state.name for state in S)


@pytest.mark.parametrize("state", list(S), ids=lambda state: state.name)
def test_every_state_can_end_and_only_the_finished_ones_have_ended(state: OrderState) -> None:
    assert any(end in FINISHED for end in _reachable(state))
    leaves = any(before is state for before, _ in ORDER_LIFE.rows)
    assert leaves is state.is_open
    assert state.is_open is (state not in FINISHED)


@pytest.mark.parametrize(
    ("token", "side", "quote_side", "yes_price_e4"),
    [
        pytest.param(Token.YES, Side.BUY, QuoteSide.BID, 4800, id="buying YES is a bid"),
        pytest.param(Token.YES, Side.SELL, QuoteSide.ASK, 4800, id="selling YES is an ask"),
        pytest.param(Token.NO, Side.BUY, QuoteSide.ASK, 5200, id="buying NO is an ask at the complement"),
        pytest.param(Token.NO, Side.SELL, QuoteSide.BID, 5200, id="selling NO is a bid at the complement"),
    ],
)
def test_an_order_reads_in_yes_terms(token: Token, side: Side, quote_side: QuoteSide, yes_price_e4: int) -> None:
    order = Order(
        order_id="o",
        market_id="m",
        token=token,
        side=side,
        price_e4=4800,
        size_e6=10,
        sent_ns=0,
        expires_ns=0,
        strategy="s",
    )
    assert order.quote_side is quote_side
    assert order.yes_price_e4 == yes_price_e4


def test_the_document_shows_the_table_as_it_is() -> None:
    page = (Path(__file__).resolve().parents[3] / "docs" / "concepts" / "order_lifecycle.md").read_text("utf-8")
    assert f"```mermaid\n{ORDER_LIFE.diagram()}\n```" in page
