"""Portfolios that the real risk authority let be built: five markets, a cluster at its cap, everything at its cap (P3-2)."""

from __future__ import annotations

import pytest
from test_stress_oracles import studied

from astra_actors.kernel.units import USD_ONE_E10 as USD
from astra_actors.kernel.units import usd
from astra_actors.risk.limits import RiskLimits
from astra_actors.simulation.stress.evidence import measures_of, study_of_fullest
from astra_actors.simulation.stress.fullest import breaker_works, fullest_book
from astra_actors.simulation.stress.load import load_scenarios
from astra_actors.simulation.stress.scenarios import Resolve

SHIPPED = load_scenarios()


def loss_at_cost(study, name: str) -> float:
    return usd(next(one for one in study.single if one.job == (name,)).total.cost_e10)


def test_a_cluster_at_its_cap_loses_twelve_percent_and_not_a_cent_more():
    """Fifteen markets of a cluster want 50 each of 5,000: twelve get it, three get nothing, and 600 is what is lost."""
    full = fullest_book(RiskLimits(), 5_000 * USD)
    held = [market_id for market_id in full.clusters()["c000"] if full.held_in(market_id)]
    assert len(full.clusters()["c000"]) == 15
    assert len(held) == 12
    worst = Resolve(name="worst", kind="resolve", cluster="worst")
    check = next(c for c in studied(full, (worst,)).single[0].checks if c.scope == "cluster")
    assert check.loss_e10 == check.cap_e10 == 600 * USD
    assert check.holds
    assert full.facts["orders_refused"] == len(full.markets), (
        "with every cap full the authority lets nothing more through"
    )


def test_five_correlated_markets_lose_five_percent():
    assert loss_at_cost(study_of_fullest(RiskLimits(), 5_000 * USD, SHIPPED, SHIPPED), "five_correlated") == 250.0


def test_no_scenario_costs_more_than_forty_percent_of_the_fullest_book():
    study = study_of_fullest(RiskLimits(), 5_000 * USD, SHIPPED, SHIPPED)
    assert study.holds
    assert loss_at_cost(study, "every_cluster") == loss_at_cost(study, "venue_outage") == 2_000.0
    assert max(one.total.cost_e10 for one in study.single) == 2_000 * USD
    assert max(one.total.mark_e10 for one in study.single) == 2_000 * USD


@pytest.mark.parametrize(
    "limits",
    [
        pytest.param({}, id="as shipped"),
        pytest.param({"market_cap": 0.007, "cluster_cap": 0.05}, id="a cluster of seven and a bit"),
        pytest.param({"market_cap": 0.05, "cluster_cap": 0.05, "aggregate_cap": 0.11}, id="a market fills its cluster"),
        pytest.param({"cluster_cap": 1.0, "aggregate_cap": 1.0, "category_caps": (("crypto", 0.05),)}, id="a category"),
    ],
)
def test_whatever_the_caps_the_authority_holds_them(limits):
    study = study_of_fullest(RiskLimits(**limits), 4_999 * USD, SHIPPED, SHIPPED)
    checks = [check for one in study.single for check in one.checks if check.scope != "all losses"]
    assert checks
    assert all(check.holds for check in checks), [check for check in checks if not check.holds]


def test_caps_that_promise_too_much_are_found_out():
    """An aggregate cap of 90 % keeps its own promise; the 40 % of P3-2 is another one, and breaks."""
    study = study_of_fullest(RiskLimits(aggregate_cap=0.9, cluster_cap=0.5), 5_000 * USD, SHIPPED, SHIPPED)
    assert not study.holds
    found = measures_of((study,))
    assert found["stress_contained"] is False
    assert found["stress_loss_max"] == pytest.approx(0.9)


def test_a_cap_that_shrank_under_what_stands_is_told():
    """The book was filled at 5,000. With 1,000 lost elsewhere 12 % are 480, and the 600 that stand are too much."""
    from dataclasses import replace

    full = fullest_book(RiskLimits(), 5_000 * USD)
    worst = Resolve(name="worst", kind="resolve", cluster="worst")
    study = studied(replace(full, cash_e10=full.cash_e10 - 1_000 * USD), (worst,))
    assert not study.holds
    assert [(c.scope, usd(c.cap_e10)) for c in study.single[0].checks if not c.holds and c.decides] == [
        ("cluster", 480.0)
    ]


def test_the_breaker_does_what_it_says():
    assert breaker_works(RiskLimits(), 5_000 * USD)
    assert breaker_works(RiskLimits(drawdown_on=0.08, drawdown_off=0.03, drawdown_halt=0.2), 777 * USD)


def test_a_breaker_that_does_not_trip_is_seen(monkeypatch):
    from astra_actors.risk.breaker import DrawdownBreaker

    monkeypatch.setattr(DrawdownBreaker, "observe", lambda self, equity_e10, limits: None)
    assert not breaker_works(RiskLimits(), 5_000 * USD)


def test_without_any_cap_on_a_market_there_is_no_book():
    study = study_of_fullest(RiskLimits(market_cap=0.0), 5_000 * USD, SHIPPED, SHIPPED)
    assert study.book.empty
    assert study.holds
