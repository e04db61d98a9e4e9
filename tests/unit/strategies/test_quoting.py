"""The quoting formulas: the oracles of methods §8.1–8.4."""

from __future__ import annotations

from math import exp, log

import pytest

from astra_actors.execution.pricing import round_to_tick
from astra_actors.kernel.errors import BadInput
from astra_actors.strategies.quoting import (
    Band,
    avellaneda_stoikov,
    average_price,
    band_half,
    band_quotes,
    band_size_usd,
    expit,
    local_sigma,
    logit,
    logit_quotes,
    reservation_price,
)


def test_o8_1_avellaneda_stoikov() -> None:
    around = avellaneda_stoikov(0.52, lots=3, gamma=0.8, sigma=0.03, tau=0.5, k=60)
    assert around.centre == pytest.approx(0.51892, rel=1e-8)
    assert around.half == pytest.approx(0.0167365334, rel=1e-8)
    assert around.bid == pytest.approx(0.502183467, rel=1e-8)
    assert around.ask == pytest.approx(0.535656533, rel=1e-8)


def test_o8_2a_the_reservation_price_of_a_binary_contract() -> None:
    assert reservation_price(0.52, inventory=120, gamma=0.002) == pytest.approx(0.460095724, rel=1e-8)
    assert average_price(0.52, inventory=120, traded=10, gamma=0.002) == pytest.approx(0.45761301, rel=1e-8)
    assert average_price(0.52, inventory=120, traded=-10, gamma=0.002) == pytest.approx(0.462581082, rel=1e-8)


def test_the_reservation_price_is_the_limit_of_the_average_price() -> None:
    tiny = average_price(0.52, inventory=120, traded=1e-4, gamma=0.002)
    assert tiny == pytest.approx(reservation_price(0.52, inventory=120, gamma=0.002), rel=1e-6)


def test_o8_2b_the_short_horizon_form_in_log_odds() -> None:
    around = logit_quotes(0.52, lots=1.2, gamma_x=0.5, sigma_x=0.9, tau=0.02, k=55)
    assert around.centre == pytest.approx(0.0703227077, rel=1e-8)
    assert around.half == pytest.approx(0.0755986227, rel=1e-8)
    assert around.bid == pytest.approx(0.498681024, rel=1e-8)
    assert around.ask == pytest.approx(0.536415739, rel=1e-8)
    assert local_sigma(0.52, 0.9) == pytest.approx(0.22464, rel=1e-8)


def test_o8_3_the_band_and_its_ticks() -> None:
    band = Band()
    half = band_half(band, churn_per_s=0.7, jump=0.01, hours_to_close=60)
    assert half == pytest.approx(0.0315, rel=1e-8)  # 0.015 × 1.5 × 1.4
    bid, ask = band_quotes(0.53, half=half, inventory=20, inventory_max=50, band=band)
    assert bid == pytest.approx(0.4895, rel=1e-8)
    assert ask == pytest.approx(0.5625, rel=1e-8)
    assert round_to_tick(bid * 10_000, 100, is_buy=True) == 4800
    assert round_to_tick(ask * 10_000, 100, is_buy=False) == 5700


@pytest.mark.parametrize(
    ("churn", "jump", "hours", "half"),
    [
        pytest.param(0.5, 0.03, 72.0, 0.015, id="at every limit nothing widens yet"),
        pytest.param(0.51, 0.0, 100.0, 0.0225, id="churn"),
        pytest.param(0.0, 0.031, 100.0, 0.0195, id="a jump"),
        pytest.param(0.0, 0.0, 71.9, 0.021, id="near the close"),
        pytest.param(0.0, 0.0, None, 0.021, id="an unknown close counts as near"),
        pytest.param(1.0, 0.1, 1.0, 0.04095, id="all three multiply"),
    ],
)
def test_what_widens_the_band(churn: float, jump: float, hours: float | None, half: float) -> None:
    assert band_half(Band(), churn_per_s=churn, jump=jump, hours_to_close=hours) == pytest.approx(half, rel=1e-12)


def test_o8_4_the_size_shrinks_with_inventory() -> None:
    dollars = band_size_usd(50, inventory=20, inventory_max=50)
    assert dollars == pytest.approx(36, rel=1e-8)
    assert dollars / 0.53 == pytest.approx(67.9245283, rel=1e-8)
    assert dollars / (1 - 0.53) == pytest.approx(76.5957447, rel=1e-8)


def test_a_full_or_missing_inventory_limit_leaves_the_smallest_size() -> None:
    assert band_size_usd(50, inventory=-80, inventory_max=50) == pytest.approx(15)
    assert band_size_usd(50, inventory=0, inventory_max=0) == pytest.approx(15)


def test_log_odds_and_back() -> None:
    assert logit(0.8) == pytest.approx(log(4), rel=1e-12)
    assert expit(-1000.0) == 0.0  # no overflow
    assert expit(1000.0) == 1.0
    assert expit(-2.0) == pytest.approx(1 / (1 + exp(2.0)), rel=1e-12)


@pytest.mark.parametrize("p", [0.0, 1.0, -0.1, float("nan")])
def test_log_odds_of_a_certainty_are_refused(p: float) -> None:
    with pytest.raises(BadInput, match="strictly between"):
        logit(p)
