"""What stands beside a fill: latency (O6.3a), impact (O6.4), adverse move (O6.6), rebate (O1.1f)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from astra_actors.kernel.units import fee_e10
from astra_actors.market.instrument import FeeSchedule
from astra_actors.risk.veto import Refused, Veto
from astra_actors.venues.adverse import adverse_mean_e4, adverse_move_e4, adverse_quantile_e4
from astra_actors.venues.impact import impact_points
from astra_actors.venues.latency import latency_ms, latency_ns
from astra_actors.venues.marks import rebate_e10
from astra_actors.venues.paper_params import PaperParams
from astra_actors.venues.port import Filled

P = PaperParams()
CRYPTO = FeeSchedule(rate=Decimal("0.07"), exponent=1, rebate_share=Decimal("0.20"))


@pytest.mark.parametrize(
    ("u", "expected"), [(0.5, 34.657359), (0.9, 115.129255), (0.99, 230.258509)], ids=["median", "90 %", "99 %"]
)
def test_latency_is_the_exponential_quantile(u: float, expected: float) -> None:
    assert latency_ms(50, u) == pytest.approx(expected, rel=1e-8)


def test_one_order_in_fifty_waits_longer_than_200_ms() -> None:
    waits = [latency_ns(1, f"o{i}", "place", 50.0) for i in range(20_000)]
    share = sum(w > 200_000_000 for w in waits) / len(waits)
    assert share == pytest.approx(0.0183156389, abs=4 * (0.0183 * 0.9817 / 20_000) ** 0.5)  # four standard errors


def test_latency_depends_on_the_order_and_the_purpose_alone() -> None:
    again = [latency_ns(7, "a", purpose, 50.0) for purpose in ("place", "cancel", "place")]
    assert again[0] == again[2] != again[1]
    assert latency_ns(8, "a", "place", 50.0) != again[0]


@pytest.mark.parametrize(
    ("size", "liquidity", "spread", "expected", "uncapped"),
    [
        pytest.param(100, 5000, 0.01, 0.00282842712, 0.00282842712, id="a small share of the depth"),
        pytest.param(1000, 100, 0.01, 0.02, 0.0632455532, id="more than there is: twice the spread"),
        pytest.param(50, 10, 0.0, 0.0001, 0.0447213595, id="no spread: the floor"),
    ],
)
def test_impact_is_a_square_root_under_a_cap(
    size: float, liquidity: float, spread: float, expected: float, uncapped: float
) -> None:
    given = {"size_shares": size, "liquidity_shares": liquidity}
    assert impact_points(**given, spread_points=spread, params=P) == pytest.approx(expected, rel=1e-8)
    assert impact_points(**given, spread_points=1.0, params=P) == pytest.approx(uncapped, rel=1e-8)


def test_a_hundred_dollars_of_half_a_million_is_2_83_bp() -> None:
    impact = impact_points(size_shares=100, liquidity_shares=500_000, spread_points=0.01, params=P)
    assert impact == pytest.approx(0.000282842712, rel=1e-8)  # methods §19.3, 44


@pytest.mark.parametrize("liquidity", [None, 0.0, -1.0])
def test_impact_without_liquidity_is_refused(liquidity: float | None) -> None:
    answer = impact_points(size_shares=1, liquidity_shares=liquidity, spread_points=0.01, params=P)
    assert isinstance(answer, Refused)
    assert answer.veto is Veto.DEPTH_TOO_THIN


def test_the_adverse_move_is_dearer_where_the_spread_is_tight() -> None:
    assert adverse_mean_e4(100, P) == pytest.approx(13.0, rel=1e-12)  # 0.0013 points: multiplier 2.6
    assert adverse_quantile_e4(100, 0.95, P) == pytest.approx(38.9445196, rel=1e-8)
    assert adverse_mean_e4(500, P) == 5.0
    assert adverse_mean_e4(900, P) == 5.0
    assert adverse_mean_e4(None, P) == 15.0


def test_the_adverse_move_depends_on_the_fill_alone() -> None:
    moves = [adverse_move_e4(1, fill, 100, P) for fill in ("f1", "f2", "f1")]
    assert moves[0] == moves[2] != moves[1]
    assert min(moves) >= 0


def test_a_makers_rebate_is_its_share_of_the_takers_fee() -> None:
    assert fee_e10(5000, 100_000_000, rate=Decimal("0.07"), exponent=1) == 17_500_000_000
    assert rebate_e10(CRYPTO, 5000, 100_000_000) == 3_500_000_000  # 0.35 dollar
    assert rebate_e10(None, 5000, 100_000_000) == 0
    assert rebate_e10(FeeSchedule(), 5000, 100_000_000) == 0


@pytest.mark.parametrize(
    ("shares", "price_e4", "rate", "exponent", "fee_usd"),
    [
        pytest.param("100", 5000, "0.07", 1, "1.75", id="O1.1a"),
        pytest.param("250", 3000, "0.04", 1, "2.1", id="O1.1b"),
        pytest.param("37", 9700, "0.07", 1, "0.07537", id="O1.1c rounds half up"),
        pytest.param("100", 5000, "0.25", 2, "1.5625", id="O1.1d"),
        pytest.param("1", 10, "0.05", 1, "0.00005", id="O1.1e"),
    ],
)
def test_the_fee_behind_the_rebate(shares: str, price_e4: int, rate: str, exponent: int, fee_usd: str) -> None:
    schedule = FeeSchedule(rate=Decimal(rate), exponent=exponent, rebate_share=Decimal(1))
    size_e6 = int(Decimal(shares) * 1_000_000)
    assert rebate_e10(schedule, price_e4, size_e6) == int(Decimal(fee_usd) * 10**10)


def test_marks_ride_beside_the_fill_and_never_in_its_price(make_desk: Any) -> None:
    desk = make_desk(fees=CRYPTO, impact_on_maker_fills=True)
    desk.rest(price_e4=5100, size=10)
    desk.print(5000, 5, buys=False)
    (fill,) = [a for a in desk.answers() if isinstance(a, Filled)]
    assert (fill.price_e4, fill.fee_e10, fill.mid_e4) == (5100, 0, 5100.0)
    assert fill.rebate_e10 == 349_860_000  # 10 × 0.07 × 0.51 × 0.49 = 0.17493 dollar, a fifth of it
    assert fill.adverse_e4 > 0
    assert fill.impact_e4 == pytest.approx(63.2455532, rel=1e-8)  # 0.02 × √(10/100) points


def test_a_maker_fill_has_no_impact_unless_asked_for(desk: Any) -> None:
    desk.rest(price_e4=5100, size=10)
    desk.print(5000, 5, buys=False)
    (fill,) = [a for a in desk.answers() if isinstance(a, Filled)]
    assert (fill.impact_e4, fill.rebate_e10) == (0.0, 0)
