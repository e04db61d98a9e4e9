"""Scenarios one after the other: nothing is lost twice, equity falls by what is told, and the worse order is kept."""

from __future__ import annotations

import itertools

import pytest
from books import book
from hypothesis import given
from hypothesis import strategies as st
from test_stress_oracles import ALL, B14, S1, S2, S3, S4, S5, S6, S7, S8, S9, S10, studied

from astra_actors.kernel.units import usd
from astra_actors.simulation.stress.losses import CASH
from astra_actors.simulation.stress.scenarios import FeedOutage, Gap
from astra_actors.simulation.stress.shocks import strike

SINGLE = (S1, S2, S3, S4, S5, S6, S7, S8, S10)


def walk(of, *scenarios):
    """What is lost in all, at mark, and the book at the end."""
    lost = 0
    for scenario in scenarios:
        struck = strike(of, scenario)
        lost += struck.total.mark_e10
        of = struck.after
    return lost, of


@pytest.mark.parametrize("scenario", SINGLE, ids=lambda one: one.kind + one.name)
def test_equity_falls_by_the_loss_that_is_told(scenario):
    lost, after = walk(B14, scenario)
    assert after.equity_e10 == pytest.approx(B14.equity_e10 - lost, abs=2)


@pytest.mark.parametrize("first", [S2, S5, S7], ids=lambda one: one.name)
def test_what_was_written_down_is_not_lost_again(first):
    """Everything goes to nothing after a gap, a dispute or a drain: with either in between, no more than it was worth."""
    lost, after = walk(B14, first, S10)
    assert lost <= B14.mark_e10 + 10
    if first is S5:
        assert lost == pytest.approx(B14.mark_e10, abs=10)
        assert after.holdings == ()


def test_at_cost_a_gap_and_a_resolution_lose_the_cost_once():
    gap = strike(B14, S5)
    rest = strike(gap.after, S10)
    assert gap.total.cost_e10 + rest.total.cost_e10 == pytest.approx(B14.cost_e10, abs=10)


def test_a_depeg_and_a_resolution_commute():
    """Either way what is left is worth 97 cents: 246 + 0.03 × 4391.8 = 377.754."""
    assert usd(walk(B14, S1, S8)[0]) == pytest.approx(377.754, rel=1e-9)
    assert usd(walk(B14, S8, S1)[0]) == pytest.approx(377.754, rel=1e-9)


def test_of_every_two_the_worse_order_is_kept():
    study = studied(pairs=True)
    assert len(study.pairs) == len(SINGLE) * (len(SINGLE) - 1) / 2
    for pair in study.pairs:
        either = [walk(B14, *order)[0] for order in itertools.permutations([by_name(name) for name in pair.job])]
        assert pair.total.mark_e10 == max(either)
    losses = [pair.total.mark_e10 for pair in study.pairs]
    assert losses == sorted(losses, reverse=True)
    assert study.worst_pair is study.pairs[0]


def test_a_move_without_measure_leaves_a_price_that_can_move_again():
    beyond = FeedOutage(name="x", kind="feed_outage", seconds=31_557_600, sigma_x_per_year=1_000, z=40)
    lost, after = walk(B14, beyond, Gap(name="y", kind="gap", log_odds=40), S5, S2)
    assert after.equity_e10 == pytest.approx(B14.equity_e10 - lost, abs=10)


def by_name(name: str):
    return next(one for one in ALL if one.name == name)


def test_the_worst_case_is_named():
    assert studied(scenarios=(S1, S4, S5)).worst.job == ("s4",)
    assert studied(scenarios=(S1, S5, S8, S9)).worst.job == ("s9",)


def test_what_collateral_loses_belongs_to_no_market():
    study = studied(scenarios=(S8,))
    assert list(study.single[0].losses) == [CASH]
    assert {check.scope for check in study.single[0].checks} == {"aggregate", "market", "all losses"}


ROWS = st.lists(
    st.tuples(
        st.sampled_from(["m1", "m2", "m3"]),
        st.just("A"),
        st.sampled_from(["YES", "NO"]),
        st.integers(1, 300),
        st.integers(1, 99),
        st.integers(2, 98),
        st.just(1),
    ),
    max_size=6,
)
ORDERS = st.lists(
    st.tuples(
        st.sampled_from(["m1", "m2", "m4"]),
        st.sampled_from(["YES", "NO"]),
        st.just("BUY"),
        st.integers(1, 300),
        st.integers(1, 99),
    ),
    max_size=4,
)


@given(rows=ROWS, orders=ORDERS)
def test_a_venue_outage_is_never_better_than_every_cluster_and_both_stay_within_what_was_paid(rows, orders):
    of = book(tuple(rows), tuple(orders), bankroll_usd=100_000, cash_usd=100_000)
    outage, resolved = strike(of, S4).total, strike(of, S10).total
    paid = of.cost_e10 + sum(order.price_e4 * order.remaining_e6 for order in of.orders)
    assert 0 <= resolved.cost_e10 <= outage.cost_e10 <= paid
    assert outage.cost_e10 - resolved.cost_e10 >= 0
