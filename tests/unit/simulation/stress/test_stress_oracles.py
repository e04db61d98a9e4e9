"""Every oracle of methods §14 on its book, to nine digits, and what the scenarios mean where the book does not reach."""

from __future__ import annotations

import pytest
from books import book

from astra_actors.kernel.units import usd
from astra_actors.simulation.stress.containment import uses_of
from astra_actors.simulation.stress.scenarios import (
    Depeg,
    Dispute,
    Drain,
    FeeChange,
    FeedOutage,
    Gap,
    Resolve,
    VenueOutage,
)
from astra_actors.simulation.stress.scenarios import Sequence as Steps
from astra_actors.simulation.stress.shocks import strike
from astra_actors.simulation.stress.study import jobs_of, put_together, strike_chunk

B14 = book()
S1 = Resolve(name="s1", kind="resolve", cluster="A")
S2 = Drain(name="s2", kind="liquidity_drain", spread_times=3, liquidity_shares=500, impact_k=0.02)
S3 = FeedOutage(name="s3", kind="feed_outage", seconds=1_800, sigma_x_per_year=1.2, z=1)
S4 = VenueOutage(name="s4", kind="venue_outage")
S5 = Gap(name="s5", kind="gap", log_odds=1)
S6 = FeeChange(name="s6", kind="fee_change", rate_from=0, rate_to=0.07)
S7 = Dispute(name="s7", kind="dispute", markets=("m2", "m5"))
S8 = Depeg(name="s8", kind="collateral_depeg", loss=0.03)
S9 = Steps(name="s9", kind="sequence", steps=("s1", "s8"))
S10 = Resolve(name="s10", kind="resolve", cluster="all")
ALL = (S1, S2, S3, S4, S5, S6, S7, S8, S9, S10)


def studied(of=B14, scenarios=ALL, *, pairs: bool = False):
    return put_together(of, scenarios, [strike_chunk(of, scenarios, tuple(jobs_of(scenarios, pairs=pairs)))])


def result_of(name: str):
    return next(result for result in studied().single if result.job == (name,))


def test_the_book_is_that_of_the_oracles():
    """O14.0: mark 337.8, cost 323, equity 4637.8."""
    assert (usd(B14.mark_e10), usd(B14.cost_e10), usd(B14.equity_e10)) == (337.8, 323.0, 4637.8)


@pytest.mark.parametrize(
    ("name", "at_mark", "at_cost"),
    [
        pytest.param("s1", 246.0, 233.0, id="O14.1 every position of a cluster resolves against us"),
        pytest.param("s2", 35.6625396, None, id="O14.2 liquidity drain"),
        pytest.param("s3", 0.533429823, None, id="O14.3 feed outage with orders resting"),
        pytest.param("s4", 420.4, 405.6, id="O14.4 venue outage, nothing can be cancelled"),
        pytest.param("s5", 156.090785, None, id="O14.5 gap move"),
        pytest.param("s6", 12.31524, 12.31524, id="O14.6 fee change"),
        pytest.param("s7", 23.2, 26.0, id="O14.7 dispute, settled half and half"),
        pytest.param("s8", 139.134, 139.134, id="O14.8 collateral depeg"),
        pytest.param("s9", 377.754, None, id="O14.9 worst cluster, then depeg"),
        pytest.param("s10", 337.8, 323.0, id="O14.10 every cluster"),
    ],
)
def test_oracle(name, at_mark, at_cost):
    total = result_of(name).total
    assert usd(total.mark_e10) == pytest.approx(at_mark, rel=2e-9)
    if at_cost is not None:
        assert usd(total.cost_e10) == pytest.approx(at_cost, rel=1e-12)


def test_shares_of_the_bankroll_are_those_of_the_oracles():
    assert usd(result_of("s1").total.cost_e10) / 5_000 == 0.0466  # O14.1
    assert usd(result_of("s9").total.mark_e10) / 5_000 == pytest.approx(0.0755508, rel=1e-12)  # O14.9
    assert usd(result_of("s10").total.mark_e10) / 5_000 == pytest.approx(0.06756, rel=1e-12)  # S10


def test_the_bound_of_a_feed_outage_is_every_order_gone_to_its_worst():
    """O14.3: 50 × 0.48 + 60 × 0.31 + 100 × 0.40 bought for nothing, 40 × (1 − 0.60) forgone."""
    assert strike(B14, S3).detail["bound_usd"] == pytest.approx(98.6, rel=1e-12)


def test_the_cluster_of_the_oracle_is_contained():
    """233 at cost of 12 % of 4637.8, the smaller of bankroll and equity."""
    check = next(check for check in result_of("s1").checks if check.scope == "cluster")
    assert (check.name, usd(check.loss_e10), usd(check.cap_e10), check.holds) == ("A", 233.0, 556.536, True)
    assert result_of("s1").holds
    assert result_of("s4").holds
    assert result_of("s10").holds


def test_every_kind_of_cap_has_its_fullest():
    """m1 loses 69 of a market's 46.378, A 257 of 556.536, all of it 405.60 of 1855.12, which is 40 % as well."""
    use = uses_of(result_of("s4").checks)
    assert use["market"] == pytest.approx(69 / 46.378)
    assert use["cluster"] == pytest.approx(257 / 556.536)
    assert use["aggregate"] == use["all losses"] == pytest.approx(405.6 / 1855.12)
    assert (use["category"], use["satellite"]) == (None, None), "no market of it belongs to one that has a cap"


def test_the_worst_cluster_is_found_and_every_other_is_told():
    struck = strike(B14, Resolve(name="w", kind="resolve", cluster="worst"))
    assert struck.detail["cluster"] == "A"
    told = {name: (usd(loss.mark_e10), usd(loss.cost_e10)) for name, loss in struck.choices.items()}
    assert told == {"A": (246.0, 233.0), "B": (49.5, 45.0), "C": (42.3, 45.0), "m8": (0.0, 0.0)}


def test_of_five_markets_the_five_largest_are_struck():
    struck = strike(B14, Resolve(name="two", kind="resolve", cluster="A", markets_max=2))
    assert sorted(struck.losses) == ["m3", "m5"]  # 48 at cost as m2, which is worth 46.4 where m5 is worth 46.8
    assert sorted(strike(B14, S1).losses) == ["m1", "m2", "m3", "m4", "m5"]


def test_a_wrong_oracle_takes_the_position_that_is_worth_most():
    struck = strike(B14, Dispute(name="d", kind="dispute", count=1, settles="against"))
    assert {name: usd(loss.mark_e10) for name, loss in struck.losses.items()} == {"m3": 52.8}


PAIR = (("p", "A", "YES", 100, 40, 60, 59), ("p", "A", "NO", 100, 55, 40, 39))


@pytest.mark.parametrize(
    ("scenario", "at_mark", "at_cost"),
    [
        pytest.param(S1, 0.0, 0.0, id="a pair bought for 95 cents pays a dollar whatever resolves"),
        pytest.param(S2, 0.0, -5.0, id="a pair merges to a dollar, whatever the book"),
        pytest.param(S5, 0.0, -5.0, id="what one token loses in a gap the other gains"),
        pytest.param(S6, 0.0, 0.0, id="a pair pays no exit fee"),
    ],
)
def test_a_complete_set_cannot_be_struck(scenario, at_mark, at_cost):
    """100 YES at 0.40 and 100 NO at 0.55 cost 95, are worth 100, and have locked in 5."""
    total = strike(book(PAIR, (), cash_usd=100), scenario).total
    assert (usd(total.mark_e10), usd(total.cost_e10)) == (pytest.approx(at_mark, abs=1e-9), at_cost)


def test_a_gap_takes_the_worse_direction_of_what_is_not_paired():
    """150 YES and 100 NO of a 50-cent market: 50 YES are open; one in log-odds down is 0.268941421."""
    rows = (("p", "A", "YES", 150, 50, 50, 49), ("p", "A", "NO", 100, 50, 50, 49))
    lost = strike(book(rows, (), cash_usd=100), S5).total.mark_e10
    assert usd(lost) == pytest.approx(50 * (0.5 - 0.268941421369995), rel=1e-9)


def test_profit_made_in_an_unsettled_market_counts_at_cost_as_the_authority_counts_it():
    """45 paid for what resolves against us, 20 made there before: 25 of the cap are used, 50 are lost from the mark."""
    made = strike(book(B14_M1, (), realised_usd={"m1": 20}), S1).total
    assert (usd(made.mark_e10), usd(made.cost_e10)) == (50.0, 25.0)
    lost = strike(book(B14_M1, (), realised_usd={"m1": -20}), S1).total
    assert (usd(lost.mark_e10), usd(lost.cost_e10)) == (50.0, 65.0)


B14_M1 = (("m1", "A", "YES", 100, 45, 50, 49),)


def test_a_token_that_nobody_bids_for_leaves_for_nothing():
    rows = (("p", "A", "YES", 100, 40, 60, 0),)
    assert usd(strike(book(rows, ()), S2).total.mark_e10) == 60.0
