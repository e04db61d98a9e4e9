"""The ruin simulator against exact laws (methods §13): every oracle within four of its own standard errors."""

from __future__ import annotations

import numpy as np
import pytest

from astra_actors.kernel.errors import BadInput
from astra_actors.kernel.rng import stream
from astra_actors.simulation.ruin.block_length import autocovariances, optimal_block
from astra_actors.simulation.ruin.brownian import drawdown_beyond, expected_drawdown
from astra_actors.simulation.ruin.laws import Bets, Copula, Normal, Stationary, block_indices
from astra_actors.simulation.ruin.paths import PathPlan, walk
from astra_actors.simulation.ruin.rare import rare_ruin, tilt_of
from astra_actors.simulation.ruin.study import chunks_of, gate, probability, put_together, upper_bound, walk_chunk

PATHS = 10_000


def coin(p: float, unit: float) -> Bets:
    """±`unit` steps with up-probability `p`: an even bet."""
    return Bets(p=p, cost=0.5, stake=unit)


def studied(law, plan, seed: int = 3):
    return put_together(law, plan, seed, [walk_chunk(law, plan, seed, *chunk) for chunk in chunks_of(PATHS)])


def check_share(hits: int, exact: float, *, paths: int = PATHS) -> None:
    se = (exact * (1.0 - exact) / paths) ** 0.5
    assert hits / paths == pytest.approx(exact, abs=4.0 * se + 1e-15)


def test_gambler_is_ruined_within_a_horizon():
    """O13.1: start 20 units above ruin, up-probability 0.52, 200 steps."""
    study = studied(coin(0.52, 0.05), PathPlan(trades=200, ruin_level=0.0, compounded=False))
    check_share(int((study.ruined_at >= 0).sum()), 0.0641234691)


def test_absolute_drawdown_of_a_walk():
    """O13.2: p 0.55, 1,000 steps of one unit."""
    study = studied(coin(0.55, 0.001), PathPlan(trades=1_000, ruin_level=0.0, compounded=False))
    units = np.rint(study.drawdown_of_start * 1_000)
    assert units.mean() == pytest.approx(17.517142, abs=4.0 * 5.56878141 / PATHS**0.5)
    check_share(int((units >= 30).sum()), 0.0371663005)


def test_relative_drawdown_with_fixed_stakes():
    """O13.3: 100 units, p 0.52, 500 steps, more than 20 % below the peak."""
    study = studied(coin(0.52, 0.01), PathPlan(trades=500, ruin_level=0.0, compounded=False))
    check_share(int((study.drawdown > 0.2 + 1e-9).sum()), 0.28746957)


@pytest.mark.parametrize(
    ("law", "exact"),
    [
        pytest.param(coin(0.55, 0.01), (0.958732212, 0.193982686, 0.0000119816353), id="O13.4a even bets of 1 %"),
        pytest.param(
            Bets(p=0.13, cost=0.1, stake=0.01), (1.0, 0.999945813, 0.23730346), id="O13.4b long shots at 10 cents"
        ),
    ],
)
def test_relative_drawdown_with_proportional_stakes(law, exact):
    study = studied(law, PathPlan(trades=1_000, ruin_level=0.0))
    for level, share in zip((0.1, 0.2, 0.5), exact, strict=True):
        check_share(int((study.drawdown > level + 1e-9).sum()), share)


def test_full_law_on_a_log_lattice():
    """O13.5: with 1 + w = 1/(1 − l) the mean drawdown, P(> 20 %) and the 95 % quantile."""
    lost = 0.01
    law = Bets(p=0.55, cost=1.0 / (1.0 + 0.0101010101 / lost), stake=lost)
    study = studied(law, PathPlan(trades=1_000, ruin_level=0.0))
    se = study.drawdown.std(ddof=1) / PATHS**0.5
    assert study.drawdown.mean() == pytest.approx(0.160144315, abs=4.0 * se)
    check_share(int((study.drawdown > 0.2).sum()), 0.159432749)
    told = study.figures()["mdd_p95"]
    assert told["ci_low"] <= 0.245280713 + 1e-8
    assert told["ci_high"] >= 0.245280713 - 1e-8


@pytest.mark.parametrize(
    ("drift", "sd", "horizon", "expected", "beyond"),
    [
        pytest.param(0.0, 1.0, 1.0, 1.25331414, 0.62922257, id="O13.6a without drift"),
        pytest.param(0.5, 0.3, 1.0, 0.234823067, 0.179647164, id="O13.6b rising"),
        pytest.param(-0.2, 0.4, 2.0, 0.904124856, 0.817099537, id="O13.6c falling"),
    ],
)
def test_brownian_drawdown(drift, sd, horizon, expected, beyond):
    assert expected_drawdown(drift=drift, sd=sd, horizon=horizon) == pytest.approx(expected, rel=1e-8)
    assert drawdown_beyond(sd * horizon**0.5, drift=drift, sd=sd, horizon=horizon) == pytest.approx(beyond, rel=1e-8)


def test_many_small_normal_trades_come_near_brownian_motion_from_below():
    """§13.6: a walk looked at in n steps falls short by O(1/√n): 0.5826·σ/√n at each end of the fall (Siegmund 1985)."""
    steps, law = 1_000, Normal(0.0, 0.01 / 1_000**0.5)
    study = studied(law, PathPlan(trades=steps, ruin_level=0.0, compounded=False))
    mean, se = study.drawdown_of_start.mean(), study.drawdown_of_start.std(ddof=1) / PATHS**0.5
    continuous = 0.01 * expected_drawdown(drift=0.0, sd=1.0, horizon=1.0)
    assert mean < continuous
    assert mean == pytest.approx(continuous - 2 * 0.5826 * 0.01 / steps**0.5, abs=4.0 * se + 0.01 / steps)


@pytest.mark.parametrize(("hits", "low", "high"), [(3, 0.0000618714857, 0.000876474523)])
def test_interval_of_a_probability(hits, low, high):
    """O13.7."""
    told = probability(hits, PATHS)
    assert (told["ci_low"], told["ci_high"]) == pytest.approx((low, high), rel=1e-8)
    assert told["se"] == pytest.approx(0.000173179098, rel=1e-8)


def test_bounds_and_gates_of_rare_events():
    """O13.7: none seen, twelve seen, and how many a gate lets pass."""
    assert probability(0, PATHS)["ci_high"] == pytest.approx(0.00029952836, rel=1e-7)
    assert upper_bound(12, PATHS) == pytest.approx(0.0019435334, rel=1e-7)
    assert [gate(hits, PATHS, 0.001)["status"] for hits in (4, 5)] == ["PASS", "FAIL"]
    assert [gate(hits, PATHS, 0.01)["status"] for hits in (83, 84)] == ["PASS", "FAIL"]


def test_correlated_losses():
    """O13.8: five positions that lose with p 0.4 each and share a factor with ρ 0.5: the law of the number of losses."""
    returns = np.sort(np.repeat([-0.01, 0.01], [400, 600]))
    drawn = Copula(returns, rho=0.5, together=5).draw(stream(9, "copula"), 50_000, 5)
    counts = np.bincount((drawn < 0).sum(axis=1), minlength=6)
    exact = (0.25296288, 0.20030646, 0.170692596, 0.147727126, 0.126427721, 0.101883218)
    for losses, share in enumerate(exact):
        check_share(int(counts[losses]), share, paths=50_000)


def test_stationary_bootstrap_has_its_exact_variance():
    """O13.9: the variance of √n · mean for a record of ten and a mean block of four."""
    record = np.array([0.3, -0.2, 0.5, 0.1, -0.4, 0.2, 0.0, 0.6, -0.1, 0.25])
    means = Stationary(record, block=4.0).draw(stream(4, "bootstrap"), 40_000, 10).mean(axis=1)
    exact = 0.0555709323**2
    assert means.var() == pytest.approx(exact, rel=4.0 * (2.0 / 40_000) ** 0.5)


def test_optimal_block_of_an_autoregression():
    """O13.10: AR(1) with ρ 0.3 and n 1,000, by its exact spectrum."""
    rho = 0.3
    g, spectrum = 2 * rho / (1 - rho) ** 2, (1 + rho) / (1 - rho)
    assert optimal_block(g=g, d=2 * spectrum**2, count=1_000) == pytest.approx(7.57541749, rel=1e-8)
    assert autocovariances(np.array([1.0, -1.0, 1.0, -1.0]), 1) == pytest.approx([1.0, -0.75])


def test_block_indices():
    """O13.11."""
    draws = np.array([0.0, 0.1, 0.6, 0.9, 0.2, 0.7, 0.8, 0.24, 0.5, 0.26])
    starts = np.array([7, 2, 0, 0, 9, 0, 0, 4, 0, 0])
    got = block_indices(starts[None, :], (draws < 0.25)[None, :], 10)
    assert got.tolist() == [[7, 2, 3, 4, 9, 0, 1, 4, 5, 6]]


def test_rare_ruin_by_tilting():
    """O13.12: p 0.55, 80 units, 1,000 steps."""
    steps = np.array([1.0] * 55 + [-1.0] * 45)
    found = rare_ruin(steps, 80.0, trades=1_000, paths=PATHS, dice=stream(5, "rare"))
    assert np.exp(tilt_of(steps) * 80.0) == pytest.approx(1.06656160e-07, rel=1e-7)
    assert found.p == pytest.approx(8.46736366e-08, abs=4.0 * found.se)
    assert found.relative_error == pytest.approx(0.00509524022, rel=0.05)
    check_share(found.hits, 0.793893543)


def test_a_walk_does_not_depend_on_who_walks_it():
    law, plan = coin(0.5, 0.02), PathPlan(trades=50)
    chunks = [walk_chunk(law, plan, 8, *chunk) for chunk in chunks_of(1_700)]
    forwards, backwards = put_together(law, plan, 8, chunks), put_together(law, plan, 8, reversed(chunks))
    assert forwards.digest == backwards.digest
    assert forwards.paths == 1_700
    assert (
        forwards.digest != put_together(law, plan, 9, [walk_chunk(law, plan, 9, *c) for c in chunks_of(1_700)]).digest
    )


def test_who_is_ruined_trades_no_more():
    chunk = walk(Bets(p=0.0, cost=0.5, stake=0.3), PathPlan(trades=5), stream(1, "x"), first=0, paths=2)
    assert chunk.ruined_at.tolist() == [1, 1]  # 0.7, 0.49
    assert chunk.terminal == pytest.approx([0.49, 0.49])


@pytest.mark.parametrize(
    ("paths", "trades", "field"),
    [pytest.param(-1, 10, "--paths", id="negative paths"), pytest.param(10, 0, "--trades", id="no trades")],
)
def test_impossible_work_is_refused(paths, trades, field):
    with pytest.raises(BadInput, match=field):
        walk_chunk(coin(0.5, 0.01), PathPlan(trades=trades), 1, *chunks_of(paths)[0])
