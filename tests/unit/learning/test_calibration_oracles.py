"""methods §11: every oracle of calibration learning, to the digits that stand there."""

from __future__ import annotations

import numpy as np
import pytest

from astra_actors.kernel.errors import BadInput
from astra_actors.kernel.units import NS_PER_DAY
from astra_actors.learning.fitting import fit_beta, fit_isotonic, fit_platt, fit_temperature
from astra_actors.learning.holdout import bucket, is_held_out
from astra_actors.learning.judging import GAP_MAX, Z_GAP, gap_se
from astra_actors.learning.maps import Identity, Platt, map_of, mapped_interval, negative_log_likelihood
from astra_actors.learning.shrinkage import bounded, in_force, shrunk_mean, shrunk_rate

# D11
P = [0.05, 0.12, 0.18, 0.22, 0.30, 0.34, 0.41, 0.45, 0.52, 0.55, 0.61, 0.66, 0.70, 0.74, 0.79, 0.83, 0.88, 0.91, 0.94]
P += [0.97]
Y = [0, 0, 1, 0, 0, 1, 0, 0, 1, 0, 1, 0, 1, 1, 0, 1, 1, 1, 0, 1]
AT = np.array([0.10, 0.50, 0.90])


def near(value: float) -> object:
    return pytest.approx(value, rel=1e-8, abs=1e-12)


def check_map(found, *expected):
    assert list(found.apply(AT)) == [near(value) for value in expected]


def test_o11_1a_platt():
    found = fit_platt(P, Y, pull=0.0)
    assert (found.a, found.b) == (near(0.550426923), near(-0.191762243))
    assert negative_log_likelihood(found.apply(np.array(P)), np.array(Y, dtype=float)) == near(12.2884022)
    check_map(found, 0.197629912, 0.45220581, 0.734514463)


def test_o11_1b_platts_own_targets():
    found = fit_platt(P, Y, pull=0.0, smooth=True)
    assert (found.a, found.b) == (near(0.438144116), near(-0.152493036))


def test_o11_1c_a_pull_towards_identity():
    found = fit_platt(P, Y)
    assert (found.a, found.b) == (near(0.561518554), near(-0.184738986))
    check_map(found, 0.194893493, 0.453946158, 0.74059116)


def test_o11_2_temperature():
    found = fit_temperature(P, Y)
    assert found.t == near(1.91336223)
    check_map(found, 0.240789152, 0.5, 0.759210848)


def test_o11_3_beta():
    found = fit_beta(P, Y)
    assert (found.a, found.b, found.c) == (near(0.99589369), near(0.229979046), near(0.484451032))
    check_map(found, 0.143754737, 0.48839195, 0.712809712)


def test_o11_4_isotonic():
    found = fit_isotonic(P, Y)
    assert list(np.interp(AT, found.said, found.meant)) == [near(value) for value in (0.0, 0.452380952, 0.75)]
    assert found.floor == 1 / 40, "before use it is kept 1/(2n) away from certainty"
    assert found.apply(AT)[0] == 1 / 40


@pytest.mark.parametrize(
    ("event_id", "expected", "held"),
    [("0xaaa1", 4665, False), ("0xaaa2", 4344, False), ("btc-100k-march", 261, True), ("fed-cut-2026-06", 617, True)],
)
def test_o11_5_holdout(event_id, expected, held):
    assert (bucket(event_id), is_held_out(event_id)) == (expected, held)


def test_o11_6_overfit_alarm():
    spread = gap_se(0.20, 160, 40)
    assert spread == near(0.0353553391)
    from scipy.special import ndtr

    assert 2.0 * (1.0 - float(ndtr(GAP_MAX / spread))) == near(0.157299207)
    assert Z_GAP * spread == pytest.approx(0.0910693184, rel=1e-4), "2.576 is 2.5758…, rounded"


def test_o11_7a_a_rate():
    found = shrunk_rate(9, 20, alpha=3.0, beta=7.0)
    assert (found.mean, found.data_weight) == (near(0.4), near(0.666666667))
    assert found.interval == (near(0.23524021), near(0.577395359))


def test_o11_7b_a_bias():
    found = shrunk_mean(0.35, 24, noise_sd=1.1, prior_mean=0.0, prior_sd=0.5)
    assert (found.mean, found.sd, found.data_weight) == (near(0.291262136), near(0.204830704), near(0.832177531))


def test_one_by_one_teaches_the_same_as_all_at_once():
    values = [0.1, 0.9, -0.4, 0.8]
    mean, sd = 0.0, 0.5
    for value in values:
        step = shrunk_mean(value, 1, noise_sd=1.1, prior_mean=mean, prior_sd=sd)
        mean, sd = step.mean, step.sd or 0.0
    whole = shrunk_mean(sum(values) / 4, 4, noise_sd=1.1, prior_mean=0.0, prior_sd=0.5)
    assert (mean, sd) == (near(whole.mean), near(whole.sd or 0.0))


@pytest.mark.parametrize(("learned", "kept"), [(1.1, 1.1), (1.5, 1.3), (0.2, 0.7)])
def test_a_learned_parameter_stays_within_thirty_percent(learned, kept):
    assert bounded(learned, 1.0) == pytest.approx(kept)


def test_a_change_holds_for_thirty_days():
    assert in_force(0, 30 * NS_PER_DAY - 1)
    assert not in_force(0, 30 * NS_PER_DAY)
    assert not in_force(5, 4), "a change of tomorrow does not hold today"


def test_separated_outcomes_give_a_finite_map():
    """All below one half lost, all above won: plain maximum likelihood runs away, the pull holds it."""
    found = fit_platt([0.2, 0.3, 0.7, 0.8], [0, 0, 1, 1])
    assert 1.0 < found.a < 10.0
    assert found.b == pytest.approx(0.0, abs=1e-9)


def test_a_negative_slope_is_set_to_zero_and_the_rest_refitted():
    """Outcomes against the forecasts: neither slope may be negative, so the base rate remains."""
    found = fit_beta([0.1, 0.2, 0.3, 0.7, 0.8, 0.9], [1, 1, 1, 0, 0, 0])
    assert (found.a, found.b) == (0.0, 0.0)
    assert found.c == pytest.approx(0.0, abs=1e-9)


def test_a_map_is_read_back_from_its_own_words():
    for found in (Identity(), fit_platt(P, Y), fit_temperature(P, Y), fit_beta(P, Y), fit_isotonic(P, Y)):
        assert map_of(found.terms()) == found
    with pytest.raises(BadInput, match="calibration map"):
        map_of({"method": "magic"})


def test_the_ends_of_an_interval_stay_around_the_estimate():
    upside_down = Platt(-1.0, 0.0)
    low, p, high = mapped_interval(upside_down, low=0.4, p=0.5, high=0.7)
    assert low <= p <= high


@pytest.mark.parametrize(("p", "y"), [([], []), ([0.5], [0, 1]), ([1.2], [1]), ([float("nan")], [1]), ([0.5], [0.5])])
def test_what_is_no_record_is_refused(p, y):
    with pytest.raises(BadInput):
        fit_platt(p, y)
