"""Oracle O12.3, and who may send an order with which lease."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from astra_actors.execution.order import Order, OrderState
from astra_actors.kernel.errors import PromiseBroken
from astra_actors.kernel.units import USD_ONE_E10 as USD
from astra_actors.market.instrument import Outcome, Side, Token
from astra_actors.portfolio.position import MarketPosition
from astra_actors.risk.lease import Lease
from astra_actors.risk.reservation import MarketRisk
from astra_actors.risk.veto import Approved, Refused, Veto

SHARE = 1_000_000
Y, N, B, S = Token.YES, Token.NO, Side.BUY, Side.SELL


def _order(order_id: str, token: Token, side: Side, price_e4: int, shares: int) -> Order:
    return Order(
        order_id=order_id,
        market_id="m",
        token=token,
        side=side,
        price_e4=price_e4,
        size_e6=shares * SHARE,
        sent_ns=0,
        expires_ns=10**12,
        strategy="s",
    )


def _lease(usd: int, *, market_id: str = "m", incarnation: int = 1, veto: Veto | None = None) -> Lease:
    return Lease(
        lease_id="l",
        market_id=market_id,
        incarnation=incarnation,
        limit_e10=usd * USD,
        granted_ns=0,
        expires_ns=100,
        reduce_only=veto,
    )


def _holding(yes: int, price_e4: int) -> MarketPosition:
    position = MarketPosition()
    position.apply_fill(Y, B, price_e4, yes * SHARE)
    return position


def test_o12_3() -> None:
    risk, position, lease = MarketRisk("m", 1), MarketPosition(), _lease(50)
    o1, o2, o3 = _order("o1", Y, B, 4000, 60), _order("o2", Y, B, 5000, 50), _order("o3", Y, B, 2000, 80)

    def both() -> tuple[int, int]:
        return risk.reserved_e10(position) // USD, risk.used_e10(position) // USD

    first = risk.try_reserve(o1, position, [], lease, 1)
    assert isinstance(first, Approved)
    assert first.reserved_e10 == 24 * USD
    assert both() == (24, 0)
    assert isinstance(risk.try_reserve(o2, position, [o1], lease, 2), Approved)
    assert both() == (49, 0)
    position.apply_fill(Y, B, 4000, 20 * SHARE)
    risk.on_fill("o1", 20 * SHARE)
    assert both() == (41, 8)
    refused = risk.try_reserve(o3, position, [replace(o1, filled_e6=20 * SHARE), o2], lease, 3)
    assert refused == Refused(Veto.LEASE_CAP, 65.0, 50.0, "usd")
    risk.release("o1")  # its cancel was confirmed
    assert both() == (25, 8)
    assert isinstance(risk.try_reserve(o3, position, [o2], lease, 4), Approved)
    assert risk.free_e10(position, lease, 4) == 1 * USD
    position.apply_fill(Y, B, 2000, 80 * SHARE)
    risk.on_fill("o3", 80 * SHARE)
    assert both() == (25, 24)


@pytest.mark.parametrize(
    ("lease", "now_ns", "veto"),
    [
        pytest.param(None, 1, Veto.NO_LEASE, id="none"),
        pytest.param(_lease(0), 1, Veto.NO_LEASE, id="a lease of nothing"),
        pytest.param(_lease(50), 100, Veto.NO_LEASE, id="the instant of expiry is too late"),
        pytest.param(_lease(50, incarnation=2), 1, Veto.NO_LEASE, id="another incarnation's"),
        pytest.param(_lease(50, market_id="other"), 1, Veto.NO_LEASE, id="another market's"),
        pytest.param(_lease(50, veto=Veto.DRAWDOWN_BREAKER), 1, Veto.DRAWDOWN_BREAKER, id="one that allows no entry"),
        pytest.param(_lease(3), 1, Veto.LEASE_CAP, id="one that is too small"),
    ],
)
def test_a_lease_that_does_not_carry_an_entry(lease: Lease | None, now_ns: int, veto: Veto) -> None:
    risk, position = MarketRisk("m", 1), MarketPosition()
    answer = risk.try_reserve(_order("o", Y, B, 4000, 10), position, [], lease, now_ns)
    assert isinstance(answer, Refused)
    assert answer.veto is veto
    assert answer.observed == 4.0
    assert risk.worst_case_e10(position) == 0
    if veto is not Veto.LEASE_CAP:
        assert risk.free_e10(position, lease, now_ns) == 0


@pytest.mark.parametrize("lease", [None, _lease(50, veto=Veto.DRAWDOWN_BREAKER)], ids=["no lease", "reduce only"])
@pytest.mark.parametrize(
    "order",
    [
        pytest.param(_order("o", Y, S, 5500, 100), id="selling what is held"),
        pytest.param(_order("o", N, B, 4500, 100), id="buying the other token"),
        pytest.param(_order("o", Y, S, 100, 10), id="selling it cheaply"),
    ],
)
def test_an_order_that_reduces_the_worst_case_always_passes(order: Order, lease: Lease | None) -> None:
    risk, position = MarketRisk("m", 1), _holding(100, 5000)
    assert isinstance(risk.try_reserve(order, position, [], lease, 1), Approved)
    assert risk.worst_case_e10(position) == 50 * USD


@pytest.mark.parametrize(
    "order",
    [
        pytest.param(_order("o", N, B, 4500, 300), id="so much that the other side would lose more"),
        pytest.param(_order("o", Y, B, 100, 1), id="more of the same"),
    ],
)
def test_an_order_that_only_looks_like_reducing_needs_a_lease(order: Order) -> None:
    answer = MarketRisk("m", 1).try_reserve(order, _holding(100, 5000), [], None, 1)
    assert isinstance(answer, Refused)
    assert answer.veto is Veto.NO_LEASE


def test_a_replace_reserves_the_new_order_before_the_old_one_is_released() -> None:
    risk, position, lease = MarketRisk("m", 1), MarketPosition(), _lease(50)
    old = _order("old", Y, B, 5000, 60)
    assert isinstance(risk.try_reserve(old, position, [], lease, 1), Approved)
    cancelling = replace(old, state=OrderState.CANCELLING)
    new = _order("new", Y, B, 4900, 60)
    assert isinstance(risk.try_reserve(new, position, [cancelling], lease, 2), Refused)
    risk.release("old")
    assert isinstance(risk.try_reserve(new, position, [], lease, 3), Approved)


def test_an_unknown_order_keeps_its_reservation_though_nobody_lists_it() -> None:
    risk, position, lease = MarketRisk("m", 1), MarketPosition(), _lease(50)
    assert isinstance(risk.try_reserve(_order("lost", Y, B, 5000, 60), position, [], lease, 1), Approved)
    answer = risk.try_reserve(_order("new", Y, B, 5000, 60), position, [], lease, 2)
    assert isinstance(answer, Refused)
    assert answer.observed == 60.0


def test_recovery_takes_over_what_rests() -> None:
    risk, position = MarketRisk("m", 1), MarketPosition()
    found = replace(_order("found", Y, B, 5000, 60), filled_e6=20 * SHARE, state=OrderState.LIVE)
    gone = replace(_order("gone", Y, B, 5000, 60), state=OrderState.CANCELLED)
    risk.see([found, gone])
    assert risk.worst_case_e10(position) == 20 * USD
    assert list(risk.open_orders) == ["found"]


def test_profit_already_made_buys_no_further_risk() -> None:
    risk, position, lease = MarketRisk("m", 1), _holding(100, 2000), _lease(50)
    position.apply_fill(Y, S, 5000, 100 * SHARE)  # 30 dollars made, nothing held
    answer = risk.try_reserve(_order("o", Y, B, 6000, 100), position, [], lease, 1)
    assert isinstance(answer, Refused)
    assert (answer.veto, answer.observed, answer.limit) == (Veto.LEASE_CAP, 60.0, 50.0)
    assert risk.free_e10(position, lease, 1) == 50 * USD


@pytest.mark.parametrize(
    ("lease", "veto", "observed"),
    [
        pytest.param(None, Veto.NO_LEASE, 0.0, id="no lease"),
        pytest.param(_lease(50, veto=Veto.KILLED), Veto.KILLED, 0.0, id="a lease that allows no entry"),
        pytest.param(_lease(20), Veto.LEASE_CAP, 25.0, id="a lease that is too small for what would be held"),
    ],
)
def test_a_profit_that_covers_an_entry_does_not_make_it_a_reduction(
    lease: Lease | None, veto: Veto, observed: float
) -> None:
    risk, position = MarketRisk("m", 1), _holding(100, 2000)
    position.apply_fill(Y, S, 5000, 100 * SHARE)  # 30 dollars made, nothing held
    answer = risk.try_reserve(_order("o", Y, B, 5000, 50), position, [], lease, 1)  # 25 of them would be at risk again
    assert isinstance(answer, Refused)
    assert (answer.veto, answer.observed) == (veto, observed)


def test_what_is_held_at_a_profit_may_always_be_sold() -> None:
    risk, position = MarketRisk("m", 1), _holding(100, 2000)
    position.apply_fill(Y, S, 5000, 50 * SHARE)  # five dollars are safe, whatever resolves, and fifty shares are held
    assert isinstance(risk.try_reserve(_order("o", Y, S, 100, 50), position, [], None, 1), Approved)


def test_a_loss_already_made_still_counts() -> None:
    risk, position, lease = MarketRisk("m", 1), _holding(100, 5000), _lease(50)
    position.apply_fill(Y, S, 2000, 100 * SHARE)  # 30 dollars lost, nothing held
    assert risk.worst_case_e10(position) == 30 * USD
    assert isinstance(risk.try_reserve(_order("o", Y, B, 6000, 40), position, [], lease, 1), Refused)
    position.settle(Outcome.NO)
    assert risk.worst_case_e10(position) == 0


def test_releasing_twice_gives_back_once() -> None:
    risk, position, lease = MarketRisk("m", 1), MarketPosition(), _lease(50)
    risk.try_reserve(_order("a", Y, B, 5000, 40), position, [], lease, 1)
    risk.try_reserve(_order("b", Y, B, 5000, 40), position, [], lease, 1)
    risk.release("a")
    risk.release("a")
    assert risk.worst_case_e10(position) == 20 * USD


def test_reserving_an_order_twice_is_a_bug() -> None:
    risk, order = MarketRisk("m", 1), _order("a", Y, B, 5000, 4)
    risk.try_reserve(order, MarketPosition(), [], _lease(50), 1)
    with pytest.raises(PromiseBroken):
        risk.try_reserve(order, MarketPosition(), [], _lease(50), 1)


def test_filling_more_than_rests_is_a_bug() -> None:
    risk = MarketRisk("m", 1)
    risk.try_reserve(_order("a", Y, B, 5000, 4), MarketPosition(), [], _lease(50), 1)
    with pytest.raises(PromiseBroken):
        risk.on_fill("a", 5 * SHARE)


def test_a_lease_renewed_keeps_its_terms() -> None:
    lease = _lease(50, veto=Veto.EXPOSURE_CAP)
    renewed = lease.until(900)
    assert renewed.expires_ns == 900
    assert (renewed.lease_id, renewed.limit_e10, renewed.reduce_only) == ("l", 50 * USD, Veto.EXPOSURE_CAP)
    assert renewed.valid_for("m", None, 899)


def test_a_fill_after_the_proof_of_death_moves_no_reservation() -> None:
    """The venue contradicts itself; the position counts what was bought, and nothing is given back twice."""
    risk, position = MarketRisk("m", 1), MarketPosition()
    risk.try_reserve(_order("a", Y, B, 5000, 4), position, [], _lease(50), 1)
    risk.release("a")
    position.apply_fill(Y, B, 5000, 4_000_000)
    risk.on_fill("a", 4_000_000)
    assert (risk.worst_case_e10(position), risk.reserved_e10(position)) == (2 * USD, 0)
