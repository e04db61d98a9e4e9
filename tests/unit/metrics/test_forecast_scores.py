"""Forecast quality, every oracle of methods §10."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from astra_actors.kernel.clock import ns_from_text
from astra_actors.kernel.errors import BadInput
from astra_actors.kernel.units import NS_PER_HOUR
from astra_actors.metrics.brier import brier, calibration, log_score, overconfidence, rolling_brier, skill
from astra_actors.metrics.matching import forecast_cut_ns, latest_at
from astra_actors.metrics.reliability_table import bin_of, reliability_table

P = [0.10, 0.10, 0.30, 0.30, 0.30, 0.60, 0.60, 0.60, 0.80, 0.80, 0.80, 0.80]
Y = [0, 0, 0, 1, 0, 1, 0, 1, 1, 1, 0, 1]
MARKET = [0.15, 0.08, 0.25, 0.41, 0.28, 0.52, 0.55, 0.66, 0.71, 0.84, 0.62, 0.77]
P2 = [0.04, 0.12, 0.27, 0.33, 0.38, 0.41, 0.56, 0.58, 0.63, 0.72, 0.81, 0.97, 1.0, 0.5]
Y2 = [0, 0, 1, 0, 0, 1, 0, 1, 1, 1, 1, 1, 1, 0]

FORECASTS = st.lists(st.tuples(st.floats(0, 1), st.integers(0, 1)), min_size=1, max_size=60)


def oracle(value: float) -> object:
    return pytest.approx(value, rel=1e-8)


def test_o10_1_the_score_and_its_exact_parts() -> None:
    found = brier(P, Y)
    assert (found.n, found.score, found.se) == (12, oracle(0.1775), oracle(0.0599004857))
    assert found.reliability == oracle(0.00388888889)
    assert found.resolution == oracle(0.0763888889)
    assert found.uncertainty == oracle(0.25)


def test_o10_2_the_binned_form() -> None:
    found = reliability_table(P2, Y2)
    assert [bin_of(p) for p in P2] == [0, 1, 2, 3, 3, 4, 5, 5, 6, 7, 8, 9, 9, 5]
    assert found.score == oracle(0.153042857)
    assert found.reliability == oracle(0.109816667)
    assert found.resolution == oracle(0.197278912)
    assert found.uncertainty == oracle(0.244897959)
    assert found.within_variance == oracle(0.000369047619)
    assert found.within_covariance == oracle(0.00476190476)
    assert (found.ece, found.mce) == (oracle(0.264285714), oracle(0.73))


@pytest.mark.parametrize(
    ("p", "index"),
    [
        pytest.param(0.0, 0, id="nothing"),
        pytest.param(0.1, 1, id="an edge goes up"),
        pytest.param(0.3, 3, id="an edge that 0.3·10 would miss"),
        pytest.param(0.7, 7, id="another"),
        pytest.param(0.29999999999999993, 2, id="the double below an edge"),
        pytest.param(1.0, 9, id="one belongs to the last"),
    ],
)
def test_a_forecast_has_its_bin(p: float, index: int) -> None:
    assert bin_of(p) == index


def test_o10_3_log_score() -> None:
    assert log_score(P2, Y2) == oracle(0.452769632)


def test_o10_4_skill_against_the_market() -> None:
    found = skill(P, MARKET, Y)
    assert found.market_score == oracle(0.142783333)
    assert found.skill == oracle(-0.24314229)
    assert found.mean_gain == oracle(-0.0347166667)
    assert (found.t, found.p_value) == (oracle(-1.37119043), oracle(0.197639899))


def test_o10_4_skill_against_the_base_rate() -> None:
    """1 − 0.1775/0.25: the base rate of D10 is one half. The printed 0.275208333 divides by O10.2's uncertainty."""
    assert skill(P, MARKET, Y).base_rate_skill == oracle(0.29)
    assert oracle(0.275208333) == 1 - 0.1775 / (8 / 14 * 6 / 14)


def test_repeated_events_count_once() -> None:
    single = skill(P, MARKET, Y)
    doubled = skill(P + P, MARKET + MARKET, Y + Y, events=[*range(12), *range(12)])
    assert (doubled.n, doubled.clusters) == (24, 12)
    assert doubled.t == pytest.approx(single.t)


def test_o10_5_the_calibration_test() -> None:
    found = calibration(P, Y)
    assert found.expected == oracle(0.180833333)
    assert (found.z, found.p_value) == (oracle(-0.0580258853), oracle(0.95372801))


def test_o10_6_rolling_score_and_bias() -> None:
    expected = [0.138, 0.168, 0.238, 0.252, 0.162, 0.152, 0.248, 0.184]
    assert rolling_brier(P, Y, 5) == pytest.approx(expected, rel=1e-8)
    assert overconfidence(P, Y) == oracle(0.00833333333)
    assert rolling_brier(P, Y, 13) == []


@pytest.mark.parametrize(
    ("cut", "scored"),
    [
        pytest.param("2026-05-06T17:59:59Z", 0.47, id="a second before a nearer one"),
        pytest.param("2026-05-09T12:00:00Z", 0.66, id="the nearest is a second too late"),
        pytest.param("2026-05-06T18:00:00Z", 0.66, id="at the cut itself"),
        pytest.param("2026-04-30T00:00:00Z", None, id="none before it"),
    ],
)
def test_o10_7_never_an_estimate_after_the_cut(cut: str, scored: float | None) -> None:
    times = ["2026-05-01T10:00:00Z", "2026-05-03T09:00:00Z", "2026-05-06T18:00:00Z", "2026-05-09T12:00:01Z"]
    assert latest_at([ns_from_text(t) for t in times], [0.40, 0.47, 0.66, 0.93], ns_from_text(cut)) == scored


def test_the_forecast_score_is_cut_before_the_close() -> None:
    assert forecast_cut_ns(ns_from_text("2026-05-02T00:00:00Z"), 24 * NS_PER_HOUR) == ns_from_text(
        "2026-05-01T00:00:00Z"
    )


def test_without_forecasts_there_is_no_score_and_no_exception() -> None:
    assert (brier([], []).score, log_score([], []), overconfidence([], [])) == (None, None, None)
    assert (calibration([], []).z, skill([], [], []).skill, reliability_table([], []).ece) == (None, None, None)


def test_certain_forecasts_cannot_be_tested_for_calibration() -> None:
    assert calibration([1.0, 0.5], [1, 0]).z is None
    assert calibration([1.0, 0.5], [1, 0]).expected == 0.125


def test_one_forecast_has_a_score_and_no_error_bar() -> None:
    assert brier([0.8], [1]).score == pytest.approx(0.04)
    assert brier([0.8], [1]).se is None
    assert skill([0.8], [0.7], [1]).t is None


@pytest.mark.parametrize(
    ("p", "y"),
    [
        pytest.param([0.5], [1, 0], id="one outcome too many"),
        pytest.param([1.01], [1], id="a probability above one"),
        pytest.param([float("nan")], [1], id="a probability that is no number"),
        pytest.param([0.5], [0.5], id="a void"),
    ],
)
def test_what_is_not_a_forecast_is_refused(p: list[float], y: list[int]) -> None:
    with pytest.raises(BadInput):
        brier(p, y)


@given(FORECASTS)
def test_both_decompositions_add_up(forecasts: list[tuple[float, int]]) -> None:
    p, y = [f[0] for f in forecasts], [f[1] for f in forecasts]
    exact, binned = brier(p, y), reliability_table(p, y)
    assert exact.score is not None
    assert exact.reliability is not None
    assert exact.resolution is not None
    assert exact.uncertainty is not None
    assert exact.reliability - exact.resolution + exact.uncertainty == pytest.approx(exact.score, abs=1e-12)
    assert binned.reliability is not None
    assert binned.resolution is not None
    assert binned.uncertainty is not None
    assert binned.within_variance is not None
    assert binned.within_covariance is not None
    whole = (
        binned.reliability - binned.resolution + binned.uncertainty + binned.within_variance - binned.within_covariance
    )
    assert whole == pytest.approx(exact.score, abs=1e-12)
