"""Simulated against live fill rate: the oracles of methods §16 and every verdict."""

from __future__ import annotations

import pytest

from astra_actors.kernel.errors import BadInput
from astra_actors.metrics.fill_rate import (
    FillVerdict,
    exact_exposure_interval,
    exposure_ratio,
    fill_ratio,
    posterior,
    verdict,
)


def near(value: float, rel: float = 1e-8) -> object:
    return pytest.approx(value, rel=rel)


def ratio(xs: int, ns: int, xl: int, nl: int):
    return fill_ratio(simulated=xs, simulated_orders=ns, live=xl, live_orders=nl)


def test_o16_1a():
    found = ratio(62, 200, 41, 220)
    assert (found.ratio, found.se_log) == (near(1.66341463), near(0.175993811))
    assert (found.low, found.high) == (near(1.17813298), near(2.34858737))
    assert (found.verdict, found.enough, found.warning) == (FillVerdict.UNDECIDED, True, "")


def test_o16_1a_bayes():
    found = posterior(simulated=62, simulated_orders=200, live=41, live_orders=220)
    assert found.median == near(1.66000483, 1e-6)
    assert (found.low, found.high) == (near(1.18335202, 1e-6), near(2.36126375, 1e-6))
    assert found.above_max == near(0.146892483, 1e-6)


def test_o16_1b_few_orders_decide_nothing():
    found = ratio(9, 30, 2, 25)
    assert (found.ratio, found.low, found.high) == (near(3.75), near(0.890875063), near(15.7850417))
    assert (found.verdict, found.enough) == (FillVerdict.UNDECIDED, False)
    assert found.warning == "the ratio is 3.75, outside [0.5, 2.0]; its interval is [0.89, 15.79]"
    chance = posterior(simulated=9, simulated_orders=30, live=2, live_orders=25).above_max
    assert chance == near(0.80674329, 1e-6)


def test_o16_1c_a_zero_is_corrected():
    found = ratio(12, 80, 0, 60)
    assert (found.ratio, found.low, found.high) == (near(18.8271605), near(1.13677613), near(311.81335))
    assert found.verdict is FillVerdict.UNDECIDED
    chance = posterior(simulated=12, simulated_orders=80, live=0, live_orders=60).above_max
    assert chance == near(0.995667918, 1e-6)


def test_o16_2_per_exposure():
    rates = {"simulated": 62, "simulated_s": 5400.0, "live": 41, "live_s": 7200.0}
    assert exposure_ratio(**rates) == (near(2.01626016), near(1.35895414), near(2.99149538))
    assert exact_exposure_interval(**rates) == (near(1.33737317), near(3.06865416))


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        pytest.param(2.01, 3.0, "sim_too_optimistic", id="the whole interval above 2"),
        pytest.param(0.1, 0.49, "sim_too_pessimistic", id="the whole interval below a half"),
        pytest.param(0.5, 2.0, "within", id="the ends of the band belong to it"),
        pytest.param(0.49, 1.0, "undecided", id="one end outside"),
        pytest.param(2.0, 3.0, "undecided", id="touching 2 from above is not above 2"),
    ],
)
def test_verdicts(low, high, expected):
    assert verdict(low, high).value == expected


@pytest.mark.parametrize(
    "counts",
    [
        pytest.param((5, 4, 1, 10), id="more fills than orders"),
        pytest.param((0, 0, 1, 10), id="no simulated orders"),
        pytest.param((1, 10, -1, 10), id="negative fills"),
    ],
)
def test_impossible_counts_are_refused(counts):
    with pytest.raises(BadInput):
        ratio(*counts)


def test_exposure_needs_fills_on_both_sides():
    with pytest.raises(BadInput):
        exposure_ratio(simulated=0, simulated_s=10.0, live=1, live_s=10.0)
