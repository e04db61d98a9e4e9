"""What caps, scaling and the breaker leave of a path, worked by hand."""

from __future__ import annotations

import numpy as np
import pytest

from astra_actors.kernel.errors import BadInput
from astra_actors.kernel.rng import stream
from astra_actors.risk.limits import RiskLimits
from astra_actors.simulation.ruin.batches import batches_of
from astra_actors.simulation.ruin.cutting import wins_kept
from astra_actors.simulation.ruin.laws import Bets, Iid, Normal, checked_returns, law_of
from astra_actors.simulation.ruin.paths import AfterBreaker, PathPlan, walk


class Script:
    """A law that says what it is told."""

    name = "script"

    def __init__(self, *returns: float) -> None:
        self._returns = np.array(returns)

    def draw(self, dice, paths, trades):
        return np.tile(self._returns[:trades], (paths, 1))

    def terms(self):
        return {}


def walked(*returns: float, after: AfterBreaker = AfterBreaker.REBASE, **limits: float):
    plan = PathPlan(trades=len(returns), limits=RiskLimits(**limits), after_breaker=after)
    return walk(Script(*returns), plan, stream(1, "x"), first=0, paths=1)


def test_no_trade_loses_more_than_the_market_cap():
    assert walked(-0.5).terminal == pytest.approx([0.99])  # 1 % of the bankroll


def test_the_cap_cuts_wins_as_much_as_losses():
    """A coin of ±3 % under a cap of 1 % is a coin of ±1 %: cutting its losses alone would make a fortune of it."""
    wide, narrow = Iid(np.array([0.03] * 48 + [-0.03] * 52)), Iid(np.array([0.01] * 48 + [-0.01] * 52))
    plan = PathPlan(trades=200, limits=RiskLimits())
    cut, plain = (walk(law, plan, stream(1, "coin"), first=0, paths=50) for law in (wide, narrow))
    assert cut.terminal == pytest.approx(plain.terminal)


@pytest.mark.parametrize(
    ("law", "kept"),
    [
        pytest.param(Iid(np.array([0.5, -0.01, -0.03])), 0.02 / 0.04, id="a mean loss of 2 % becomes 1 %"),
        pytest.param(Iid(np.array([0.5, -0.01, -0.004])), 1.0, id="no loss above the cap"),
        pytest.param(Iid(np.array([0.5, 0.2])), 1.0, id="no loss at all"),
        pytest.param(Bets(p=0.5, cost=0.5, stake=0.05), 0.2, id="bets of 5 %"),
        # of |x| > 0 under a unit normal cut at 1: 2(φ(0) − φ(1)) + 2(1 − Φ(1)) over 2φ(0), with φ(0) 0.398942, φ(1) 0.241971
        pytest.param(Normal(0.0, 0.01), (0.398942 - 0.241971 + 0.158655) / 0.398942, id="a normal law"),
    ],
)
def test_how_much_of_a_win_is_kept(law, kept):
    assert wins_kept(law, 0.01) == pytest.approx(kept, rel=1e-3)


def test_who_is_ruined_trips_no_breaker_any_more():
    """0.94 to the twelfth is 0.4759; every second loss trips the breaker, six in all, and no other of the forty."""
    ruined = walked(*[-0.06] * 40, market_cap=0.06, volatility_target=0.0)
    assert (ruined.ruined_at.tolist(), ruined.rebases.tolist()) == ([11], [6])


def test_what_no_worker_could_hold_is_refused():
    with pytest.raises(BadInput, match="--trades"):
        PathPlan(trades=1_000_000)
    with pytest.raises(BadInput, match="--paths"):
        batches_of(10**12)


def test_above_the_bankroll_stakes_do_not_grow():
    """Equity 1.5 of the bankroll: a return of 10 % at full stake is 10 % of the bankroll, so 1.6."""
    assert walked(0.5, 0.1).terminal == pytest.approx([1.6])


def test_below_the_bankroll_caps_shrink_with_equity():
    assert walked(-1.0, -1.0, market_cap=0.05).terminal == pytest.approx([0.95 * 0.95])


def test_the_breaker_that_stops_ends_trading():
    """Two losses of 6 % are 11.64 % below the peak: the win that would have followed is not taken."""
    stopped = walked(-0.06, -0.06, 0.5, market_cap=0.06, after=AfterBreaker.STOP)
    assert stopped.terminal == pytest.approx([0.94 * 0.94])
    assert stopped.rebases.tolist() == [1]


def test_a_rebased_peak_trips_again_and_the_drawdown_told_is_from_the_true_peak():
    """Four losses of 6 %: trips at 11.64 %, and again 11.64 % below the rebased peak; from the start it is 21.9 %."""
    rebased = walked(-0.06, -0.06, -0.06, -0.06, market_cap=0.06)
    assert rebased.rebases.tolist() == [2]
    assert rebased.drawdown == pytest.approx([1 - 0.94**4])


def test_a_wild_stretch_halves_the_stakes():
    """A target of half the spread of the last thirty trades: the thirty-first is taken at half its size."""
    wild = [-0.0192, 0.0192] * 15  # never above the bankroll, where less would be staked
    spread = float(np.std(wild, ddof=1))
    before = walked(*wild, market_cap=1.0, drawdown_on=0.9, volatility_target=spread / 2)
    after = walked(*wild, -0.01, market_cap=1.0, drawdown_on=0.9, volatility_target=spread / 2)
    assert after.terminal / before.terminal == pytest.approx([1 - 0.5 * 0.01], rel=1e-6)


@pytest.mark.parametrize(
    ("record", "said"),
    [
        pytest.param([], "0 trades", id="empty"),
        pytest.param([0.01, 0.02, -0.01], "3 trades", id="three trades"),
        pytest.param([0.01, float("nan"), 0.0, 0.1], "returns row 2", id="NaN"),
        pytest.param([0.01, -1.5, 0.0, 0.1], "returns row 2", id="more than everything lost"),
        pytest.param([0.01] * 50, "50 times", id="constant"),
    ],
)
def test_a_record_that_says_nothing_is_refused(record, said):
    with pytest.raises(BadInput, match=said):
        checked_returns(record)


def test_an_unknown_law_is_refused():
    with pytest.raises(BadInput, match="iid, stationary, copula, normal"):
        law_of("cauchy", [0.1, -0.1, 0.2, -0.2])
