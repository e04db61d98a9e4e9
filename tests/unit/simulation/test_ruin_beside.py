"""What stands beside a ruin study: rare ruin to its oracle, ρ from clustered trades, and what the live gate may take."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from astra_actors.cli.heavy import _kept
from astra_actors.gates.readiness import live_gate
from astra_actors.kernel.errors import BadInput
from astra_actors.kernel.rng import stream
from astra_actors.kernel.units import NS_PER_DAY
from astra_actors.reporting.evidence import EVIDENCE, Standing, read_evidence
from astra_actors.risk.limits import RiskLimits
from astra_actors.simulation.ruin import beside
from astra_actors.simulation.ruin.beside import gate_measures, rare_beside, why_no_evidence
from astra_actors.simulation.ruin.dependence import STATED, rho_of
from astra_actors.simulation.ruin.laws import Bets, Copula, Iid, Normal, Stationary
from astra_actors.simulation.ruin.paths import AfterBreaker, PathPlan
from astra_actors.simulation.ruin.record import Record, load_returns
from astra_actors.simulation.ruin.study import chunks_of, put_together, walk_chunk

WON, LOST = float(np.expm1(0.01)), float(np.expm1(-0.01))
COIN = np.array([WON] * 55 + [LOST] * 45)  # ±1 % in log-equity, up with 0.55
DEEP = PathPlan(trades=1_000, ruin_level=float(np.exp(-0.8)))  # eighty steps down
CAPPED = PathPlan(limits=RiskLimits())


@pytest.mark.parametrize(
    "law", [Iid(COIN), Stationary(COIN, 3.0), Copula(np.sort(COIN), 0.3, 5)], ids=lambda one: one.name
)
def test_rare_ruin_is_the_exact_one(law):
    """O13.12: p 0.55, a 80, N 1000: 8.46736366e-08, which ten thousand plain paths would see once in a thousand studies."""
    found = rare_beside(law, DEEP, paths=2_000, seed=4)
    assert abs(found["p"] - 8.46736366e-08) < 4 * found["se"]
    assert found["se"] < 0.02 * found["p"]
    assert found["ci_low"] < found["p"] < found["ci_high"]
    assert found["same_as_p_ruin"] is (law.name == "iid")


def test_rare_ruin_of_stated_bets():
    """The same coin as a bet: a stake of 1 − e^-0.01 at the price at which it wins e^0.01 − 1."""
    found = rare_beside(Bets(p=0.55, cost=-LOST / (WON - LOST), stake=-LOST), DEEP, paths=2_000, seed=4)
    assert abs(found["p"] - 8.46736366e-08) < 4 * found["se"]
    assert found["same_as_p_ruin"] is True


@pytest.mark.parametrize(
    ("law", "plan", "why"),
    [
        pytest.param(Normal(0.001, 0.01), DEEP, "not a list of returns", id="no steps"),
        pytest.param(Iid(COIN * -1.0), DEEP, "ruin is common", id="a record that loses"),
        pytest.param(Iid(np.array([0.1, 0.2, 0.3, 0.1])), DEEP, "never loses", id="a record that never loses"),
        pytest.param(Iid(np.array([0.5, 0.5, 0.5, -1.0])), DEEP, "lose everything", id="everything in one trade"),
        pytest.param(Iid(COIN), replace(DEEP, trades=60), "never came there", id="too few trades to fall eighty steps"),
        pytest.param(Iid(COIN), replace(DEEP, ruin_level=0.0), "ruin is at nothing", id="ruin at nothing"),
    ],
)
def test_where_there_is_no_rare_ruin_the_reason_is_told(law, plan, why):
    found = rare_beside(law, plan, paths=500, seed=1)
    assert found["p"] is None
    assert why in found["why"]


def clustered(rho: float, clusters: int, size: int, seed: int) -> tuple[list[float], list[str]]:
    """Trades of a one-factor copula with normal returns: cluster after cluster."""
    dice = stream(seed, "clustered")
    shared = np.repeat(dice.standard_normal(clusters), size)
    scores = np.sqrt(rho) * shared + np.sqrt(1.0 - rho) * dice.standard_normal(clusters * size)
    return list(0.001 + 0.01 * scores), [f"c{number // size}" for number in range(clusters * size)]


@pytest.mark.parametrize("rho", [0.0, 0.2, 0.5, 0.8])
def test_rho_is_found_in_trades_that_have_it(rho):
    """The standard error of an intraclass correlation of 300 clusters of 4 is (1 − ρ)(1 + 3ρ)√(2/(4·3·299)) (Fisher 1925)."""
    found = rho_of(*clustered(rho, 300, 4, seed=9), seed=1)
    se = (1 - rho) * (1 + 3 * rho) * (2 / (4 * 3 * 299)) ** 0.5
    assert abs(found.value - rho) < 4 * se
    assert found.ci_low <= found.value <= found.ci_high
    width = found.ci_high - found.ci_low  # 3.9 standard errors; at 0 the half below it is cut off
    assert width < 6 * se
    assert rho == 0.0 or width > 2 * se


def test_rho_of_equal_trades_in_a_cluster_is_one():
    returns = [number / 1_000 for number in range(20) for _ in range(3)]
    clusters = [str(number) for number in range(20) for _ in range(3)]
    assert rho_of(returns, clusters, seed=1).value == pytest.approx(1.0)


def test_the_interval_is_the_same_for_a_seed():
    trades = clustered(0.3, 40, 3, seed=2)
    assert rho_of(*trades, seed=5) == rho_of(*trades, seed=5)
    assert rho_of(*trades, seed=5).value == rho_of(*trades, seed=6).value


@pytest.mark.parametrize(
    ("clusters", "why"),
    [
        pytest.param((), "names no clusters", id="no clusters"),
        pytest.param(("a", "a", *(str(number) for number in range(58))), "only 1 clusters", id="one cluster of two"),
    ],
)
def test_a_record_that_says_nothing_of_clusters_has_a_stated_rho(clusters, why):
    found = rho_of([0.01 * (number % 7) - 0.02 for number in range(60)], clusters, seed=1)
    assert (found.value, found.ci_low) == (STATED, None)
    assert why in found.source


def test_a_record_that_is_not_finite_is_refused():
    with pytest.raises(BadInput, match="returns row 2"):
        rho_of([0.1, float("nan"), 0.2, 0.3], ["a", "a", "b", "b"], seed=1)


def test_a_file_may_name_the_cluster_of_each_trade(tmp_path):
    path = tmp_path / "returns.csv"
    path.write_text("return,cluster\n0.01,btc\n-0.02,btc\n0.03,\n0.01,eth\n")
    record = load_returns(path)
    assert (record.returns, record.clusters) == ((0.01, -0.02, 0.03, 0.01), ("btc", "btc", "", "eth"))
    path.write_text("0.01\n-0.02\n0.03\n")
    assert load_returns(path).clusters == ()


@pytest.mark.parametrize(
    ("change", "why"),
    [
        pytest.param({}, "", id="as the gate asks"),
        pytest.param({"own_record": False}, "the run's own trades", id="a file of returns, or other caps"),
        pytest.param({"plan": PathPlan()}, "own caps", id="unconstrained"),
        pytest.param({"paths": 9_999}, "10,000 paths", id="too few paths"),
        pytest.param({"plan": replace(CAPPED, trades=999)}, "1,000 trades", id="too short"),
        pytest.param({"plan": replace(CAPPED, ruin_level=0.1)}, "50%", id="a ruin that is deeper"),
        pytest.param({"plan": replace(CAPPED, after_breaker=AfterBreaker.STOP)}, "goes on", id="nobody goes on"),
        pytest.param({"own_law": False}, "the law iid", id="without the record's own dependence"),
        pytest.param({"own_terms": False}, "--rho", id="terms by hand"),
        pytest.param({"own_law": False, "law": Copula(COIN, 0.5, 5)}, "", id="clusters that fall together"),
    ],
)
def test_what_is_no_evidence_for_the_gate_says_why(change, why):
    asked = {"plan": CAPPED, "law": Iid(COIN), "paths": 10_000, "own_record": True, "own_law": True, **change}
    said = why_no_evidence(asked.pop("plan"), asked.pop("law"), **asked)
    assert why in said
    assert bool(said) is bool(why)


def test_the_gate_reads_upper_bounds():
    figures = {"gate": {"p_ruin": {"value": 0.0, "upper_95": 0.0003}, "p_mdd_50": {"value": 0.0, "upper_95": 0.004}}}
    assert gate_measures(figures) == {"ruin_probability": 0.0003, "halving_probability": 0.004}


def test_what_it_shows_is_kept_beside_the_ledger_and_read_while_it_is_new(tmp_path, monkeypatch):
    monkeypatch.setattr(beside, "GATE_PATHS", 40)
    monkeypatch.setattr(beside, "GATE_TRADES", 20)
    plan = replace(CAPPED, trades=20)
    study = put_together(Iid(COIN), plan, 3, [walk_chunk(Iid(COIN), plan, 3, *chunk) for chunk in chunks_of(40)])
    standing = Standing(config_hash="c" * 64, ledger_ns=5)
    record = Record(tuple(COIN), "run r", run_id="r", standing=standing, ledger_digest="d")
    told = _kept(record, study, study.figures(), tmp_path, own_caps=True, own_law=True)
    assert told["kept"] is True
    found = read_evidence(tmp_path / EVIDENCE, "r", standing)
    bound = pytest.approx(1.0 - 0.05 ** (1 / 40))  # none of forty ruined, none halved (O13.7)
    assert found == {"ruin_probability": bound, "halving_probability": bound}
    lines = {line.name: line.status.value for line in live_gate(found)}
    assert (lines["ruin_probability"], lines["halving_probability"]) == ("FAIL", "FAIL"), "forty paths prove nothing"
    assert (
        read_evidence(tmp_path / EVIDENCE, "r", replace(standing, ledger_ns=standing.ledger_ns + NS_PER_DAY + 1)) == {}
    )
    assert read_evidence(tmp_path / EVIDENCE, "r", replace(standing, config_hash="e" * 64)) == {}
    assert _kept(record, study, study.figures(), tmp_path / "other", own_caps=False, own_law=True)["kept"] is False
    assert not (tmp_path / "other").exists()
