"""Promise: an order is dead only when that is proven together with what it traded, and until then it is asked about."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from astra_actors.execution.order import ORDER_LIFE, OrderEvent, OrderState
from astra_actors.venues.clob.proof import Death, Known, ProofParams, Standing, State, proven_by_ms, standing_of
from astra_actors.venues.clob.questions import AskOrder, AskTrades

P = ProofParams()
SENT, GIVEN_UP, EXPIRES = 1_000_000, 1_005_000, 1_185_000  # ms; the expiration is stated in seconds
ARRIVED = GIVEN_UP + 30_000
DEAD_BY_TIME = EXPIRES + 30_000


def known(**more: Any) -> Known:
    values: dict[str, Any] = {
        "venue_id": "0xa", "condition_id": "0xc", "size_e6": 10, "sent_ms": SENT, "given_up_ms": GIVEN_UP,
        "expiration_s": EXPIRES // 1_000,
    }  # fmt: skip
    return Known(**{**values, **more})


ASK = AskOrder("0xa")
TRADES = AskTrades("0xc", SENT // 1_000 - 1)


@pytest.mark.parametrize(
    ("case", "facts", "now", "wanted"),
    [
        ("nothing is known", {}, GIVEN_UP, Standing(State.UNKNOWN, None, ASK, 0)),
        ("not listed while it may be on its way", {"absent_ms": GIVEN_UP}, GIVEN_UP,
         Standing(State.UNKNOWN, None, ASK, GIVEN_UP + 2_000)),
        ("the same, long after", {"absent_ms": GIVEN_UP}, ARRIVED + 9_000,
         Standing(State.UNKNOWN, None, ASK, GIVEN_UP + 2_000)),
        ("not listed when it must have arrived: its trades are open", {"absent_ms": ARRIVED}, ARRIVED,
         Standing(State.UNKNOWN, None, TRADES, ARRIVED + 5_000)),
        ("the trades were listed too early", {"absent_ms": ARRIVED, "trades_ms": ARRIVED + 4_999}, ARRIVED,
         Standing(State.UNKNOWN, None, TRADES, ARRIVED + 5_000)),
        ("and then late enough", {"absent_ms": ARRIVED, "trades_ms": ARRIVED + 5_000}, ARRIVED,
         Standing(State.DEAD, Death.NEVER_ARRIVED)),
        ("it was seen", {"open_ms": GIVEN_UP}, GIVEN_UP, Standing(State.ALIVE)),
        ("it was seen after it was missing", {"absent_ms": SENT, "open_ms": GIVEN_UP}, GIVEN_UP, Standing(State.ALIVE)),
        ("it was missing after it was seen", {"open_ms": SENT, "absent_ms": GIVEN_UP, "trades_ms": GIVEN_UP + 5_000},
         GIVEN_UP, Standing(State.DEAD, Death.GONE)),
        ("a cancel was acknowledged, a match may have come before", {"over_ms": GIVEN_UP}, GIVEN_UP,
         Standing(State.UNKNOWN, None, TRADES, GIVEN_UP + 5_000)),
        ("and none had", {"over_ms": GIVEN_UP, "trades_ms": GIVEN_UP + 5_000}, GIVEN_UP,
         Standing(State.DEAD, Death.CANCELLED)),
        ("its time is over by the venue's clock, perhaps", {"open_ms": SENT}, DEAD_BY_TIME - 1, Standing(State.ALIVE)),
        ("its time is over for certain", {"open_ms": SENT}, DEAD_BY_TIME,
         Standing(State.UNKNOWN, None, TRADES, DEAD_BY_TIME + 5_000)),
        ("and its trades are known", {"trades_ms": DEAD_BY_TIME + 5_000}, DEAD_BY_TIME + 5_000,
         Standing(State.DEAD, Death.EXPIRED)),
        ("every share traded", {"filled_e6": 10}, GIVEN_UP, Standing(State.FILLED)),
        ("half of it traded before it was missing", {"filled_e6": 5, "absent_ms": SENT, "open_ms": SENT + 9},
         GIVEN_UP, Standing(State.ALIVE)),
    ],
)  # fmt: skip
def test_what_follows_from_what_is_known(case: str, facts: dict[str, Any], now: int, wanted: Standing) -> None:
    assert standing_of(known(**facts), now, P) == wanted


def test_an_order_past_its_expiration_cannot_arrive_any_more() -> None:
    short = known(given_up_ms=EXPIRES - 1_000, absent_ms=EXPIRES, trades_ms=EXPIRES + 5_000)
    assert standing_of(short, EXPIRES + 5_000, P) == Standing(State.DEAD, Death.NEVER_ARRIVED)


@pytest.mark.parametrize(
    ("standing", "event"),
    [
        (Standing(State.ALIVE), OrderEvent.ACK),
        (Standing(State.DEAD, Death.NEVER_ARRIVED), OrderEvent.REJECT),
        (Standing(State.DEAD, Death.CANCELLED), OrderEvent.CANCEL_ACK),
        (Standing(State.DEAD, Death.GONE), OrderEvent.CANCEL_ACK),
        (Standing(State.DEAD, Death.EXPIRED), OrderEvent.EXPIRE),
        (Standing(State.FILLED), None),  # fills come as trades
        (Standing(State.UNKNOWN), None),  # it keeps its reservation
    ],
)
def test_a_verdict_is_a_step_in_the_orders_life(standing: Standing, event: OrderEvent | None) -> None:
    assert standing.event is event
    assert event is None or ORDER_LIFE.allows(OrderState.UNKNOWN, event)


def test_what_traded_had_arrived() -> None:
    facts = known(absent_ms=ARRIVED, trades_ms=ARRIVED + 5_000, filled_e6=4)
    assert standing_of(facts, ARRIVED + 5_000, P) == Standing(State.DEAD, Death.GONE)


TIMES = st.none() | st.integers(SENT, DEAD_BY_TIME + 60_000)


@given(TIMES, TIMES, TIMES, TIMES, st.integers(0, 9), st.integers(SENT, DEAD_BY_TIME + 60_000))
def test_nothing_is_dead_before_its_trades_are_known(
    opened: int | None, over: int | None, absent: int | None, trades: int | None, filled: int, now: int
) -> None:
    facts = known(open_ms=opened, over_ms=over, absent_ms=absent, trades_ms=trades, filled_e6=filled)
    standing = standing_of(facts, now, P)
    if standing.state is State.DEAD:
        assert trades is not None
        proofs = [over, now - 5_000 if now >= DEAD_BY_TIME else None, absent]
        assert any(each is not None and trades >= min(each, DEAD_BY_TIME) for each in proofs)
        never = over is None and now < DEAD_BY_TIME and opened is None
        assert not never or (absent is not None and absent >= ARRIVED)
    assert (standing.ask is not None) == (standing.state is State.UNKNOWN)


@given(st.booleans(), st.integers(SENT, EXPIRES), st.integers(500, 4_000))
def test_asking_ends_by_the_time_that_was_promised(arrives: bool, at_ms: int, step_ms: int) -> None:
    """A venue that answers, with an order that never arrived, or rests and is removed in time: the questions lead to proof."""
    facts, now = known(), GIVEN_UP
    promised = proven_by_ms(facts, P)
    for _ in range(1_000):
        standing = standing_of(facts, now, P)
        if standing.state is State.DEAD:
            break
        listed = arrives and at_ms <= now < EXPIRES - 60_000
        changes: dict[str, int] = {}
        if isinstance(standing.ask, AskTrades) and now >= standing.not_before_ms:
            changes["trades_ms"] = now
        elif now >= standing.not_before_ms:
            changes["open_ms" if listed else "absent_ms"] = now
        facts = known(**{**{f: getattr(facts, f) for f in ("open_ms", "absent_ms", "trades_ms")}, **changes})
        now += step_ms
    assert standing.state is State.DEAD
    if not arrives:
        assert now <= promised + 3 * step_ms
