"""Figures of closed trades against the oracles of methods §9.1–9.2 and 9.6–9.9."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from astra_actors.kernel.units import NS_PER_S, usd, usd_e10
from astra_actors.metrics.confidence import sharpe_se
from astra_actors.metrics.equity_stats import calmar, curve_stats, growth, months_usd, worst_month
from astra_actors.metrics.performance import (
    Trade,
    annualised,
    average_loss,
    average_win,
    downside_deviation,
    expectancy,
    expected_shortfall,
    moments,
    payoff,
    pnls_usd,
    profit_factor,
    sharpe,
    sortino,
    trades_per_year,
    usable,
    value_at_risk,
    win_rate,
)

RETURNS = ["0.12", "-0.05", "0.08", "-0.55", "0.33", "0.25", "-0.10", "0.04"]
RETURNS += ["0.42", "-0.30", "0.18", "0.09", "-0.02", "0.27", "-0.45", "0.15"]
DAYS = [1, 2, 2, 5, 8, 9, 13, 15, 18, 20, 24, 27, 30, 33, 37, 41]
WINDOW_DAYS = 42
START = datetime(2026, 3, 2, tzinfo=UTC)


def at(days: int) -> int:
    return int((START + timedelta(days=days)).timestamp()) * NS_PER_S


# D9: 16 trades of $25 each; 25 × 0.12 is 3 dollars exactly, so the whole table is exact in integers
D9 = [Trade(closed_ns=at(d), pnl_e10=usd_e10(r) * 25, cost_e10=usd_e10(25)) for r, d in zip(RETURNS, DAYS, strict=True)]
R9 = [t.ret for t in D9]
BANKROLL = usd_e10(5000)


def near(value: float) -> object:
    return pytest.approx(value, rel=1e-8)


def test_o9_1_moments_and_sharpe():
    m = moments(R9)
    assert (m.mean, m.sd, m.skewness, m.kurtosis) == (
        near(0.02875),
        near(0.270896659),
        near(-0.773678363),
        near(2.83906704),
    )
    assert sharpe(R9).value == near(0.106129031)
    assert trades_per_year(16, WINDOW_DAYS) == near(139.047619)
    assert annualised(sharpe(R9), WINDOW_DAYS).value == near(1.25145713)
    assert m.sd * 139.047619047619**0.5 == near(3.19437154)


def test_o9_2_standard_errors_and_interval():
    m, ratio = moments(R9), sharpe(R9)
    assert sharpe_se(ratio.value, 16, m.skewness, m.kurtosis) == near(0.260682788)
    assert sharpe_se(ratio.value, 16) == near(0.250702972)
    assert (ratio.lo, ratio.hi) == (near(-0.404799846), near(0.617057908))
    assert ratio.hi - ratio.lo == near(1.02185775)
    yearly = annualised(ratio, WINDOW_DAYS)
    assert (yearly.lo, yearly.hi) == (near(-4.77333722), near(7.27625148))
    assert yearly.hi - yearly.lo == near(12.0495887)


def test_o9_6_sortino_divides_by_all_trades():
    assert downside_deviation(R9) == near(0.194919855)
    assert sortino(R9).value == near(0.147496518)
    losers = [r for r in R9 if r < 0]
    assert moments(losers).sd == near(0.222598293)
    assert moments(R9).mean / moments(losers).sd == near(0.129156426)  # the predecessor's figure, which is not Sortino


def test_o9_7_profit_and_loss():
    pnls = pnls_usd(D9)
    assert sum(t.pnl_e10 for t in D9) == usd_e10("11.5")
    assert profit_factor(pnls).value == near(1.31292517)
    assert expectancy(pnls).value == near(0.71875)
    wins = win_rate(pnls)
    assert (wins.value, wins.lo, wins.hi) == (near(0.625), near(0.386410405), near(0.815187674))
    assert average_win(pnls).value == near(4.825)
    assert average_loss(pnls).value == near(-6.125)
    assert payoff(pnls).value == near(0.787755102)


def test_o9_8_tail():
    assert value_at_risk(R9).value == near(-0.475)
    assert expected_shortfall(R9).value == near(-0.55)


def test_o9_9_equity_curve():
    curve = curve_stats(D9, start_e10=BANKROLL, start_ns=at(0))
    assert (usd(curve.equity_e10), usd(curve.peak_e10)) == (near(5011.5), near(5019))
    assert curve.max_drawdown == near(0.00274793905)
    assert usd(curve.max_drawdown_e10) == near(13.75)
    assert curve.current_drawdown == near(0.00149432158)
    assert (curve.under_water_days, curve.longest_under_water_days) == (near(8), near(15))
    assert months_usd(curve) == {"2026-03": 12.75, "2026-04": -1.25}
    assert worst_month(curve).value == near(-0.00025)
    assert curve.recovery == near(0.00149655792)
    assert growth(curve, WINDOW_DAYS).value == near(0.0201657806)
    assert calmar(curve, WINDOW_DAYS).value == near(7.33851089)


@pytest.mark.parametrize(
    ("figure", "reason"),
    [
        pytest.param(sharpe([]), "fewer than two trades", id="no trades have no Sharpe ratio"),
        pytest.param(sharpe([0.1]), "fewer than two trades", id="one trade has no spread"),
        pytest.param(sharpe([0.1, 0.1, 0.1]), "all returns are equal", id="equal returns have no spread"),
        pytest.param(sortino([0.1, 0.2]), "no trade fell short of the target", id="without a loss there is no Sortino"),
        pytest.param(profit_factor([1.0]), "no losses", id="infinity is no profit factor"),
        pytest.param(win_rate([]), "no trades", id="no trades have no win rate"),
        pytest.param(value_at_risk([]), "no trades", id="no trades have no tail"),
        pytest.param(expectancy([]), "no trades", id="no trades have no expectancy"),
        pytest.param(payoff([1.0, 2.0]), "needs a win and a loss", id="winners alone have no payoff"),
    ],
)
def test_undefined_is_null_with_a_reason(figure, reason):
    assert (figure.value, figure.reason) == (None, reason)


def test_breaking_even_counts_as_a_loss():
    assert win_rate([0.0, 1.0]).value == 0.5
    assert average_loss([0.0, -2.0, 1.0]).value == -1.0


def test_growth_of_a_short_window_is_null():
    curve = curve_stats(D9, start_e10=BANKROLL, start_ns=at(0))
    assert growth(curve, 29).value is None
    assert calmar(curve, 29).reason == "29.0 of 30 days observed"
    rising = curve_stats(D9[:1], start_e10=BANKROLL, start_ns=at(0))
    assert calmar(rising, WINDOW_DAYS).reason == "no drawdown"


def test_a_trade_without_cost_has_no_return():
    free = Trade(closed_ns=at(1), pnl_e10=1, cost_e10=0)
    assert usable([*D9, free]) == D9


def test_trades_are_taken_in_order_of_close():
    assert usable(list(reversed(D9)))[0].closed_ns == at(1)
