"""Oracles O12.1 and O12.2, and single orders worked by hand."""

from __future__ import annotations

import pytest

from astra_actors.kernel.units import USD_ONE_E10 as USD
from astra_actors.market.instrument import Outcome, Side, Token
from astra_actors.risk.exposure import (
    OrderRow,
    event_worst_case_e10,
    order_losses_e10,
    outcome_values_e10,
    worst_case_e10,
)

SHARE = 1_000_000
Y, N, B, S = Token.YES, Token.NO, Side.BUY, Side.SELL
O12_1: tuple[OrderRow, ...] = ((Y, B, 4500, 40 * SHARE), (Y, S, 5000, 30 * SHARE), (N, B, 5000, 25 * SHARE))
COST = -(60 * SHARE * 4200 + 20 * SHARE * 5500)


def test_o12_1_by_outcome() -> None:
    values = outcome_values_e10(60 * SHARE, 20 * SHARE, COST, O12_1)
    assert values == {
        Outcome.YES: -37 * USD // 10,
        Outcome.NO: -342 * USD // 10,
        Outcome.VOID: 38 * USD // 10,
    }


def test_o12_1_loss() -> None:
    assert worst_case_e10(60 * SHARE, 20 * SHARE, COST, O12_1) == 342 * USD // 10
    assert worst_case_e10(60 * SHARE, 20 * SHARE, COST) == 162 * USD // 10
    assert worst_case_e10(60 * SHARE, 20 * SHARE, COST, O12_1, void_possible=False) == 342 * USD // 10


@pytest.mark.parametrize(
    ("row", "if_yes", "if_no"),
    [
        pytest.param((Y, B, 4000, 10 * SHARE), 0, 4 * USD, id="a bid for YES loses its price"),
        pytest.param((N, B, 4000, 10 * SHARE), 4 * USD, 0, id="a bid for NO loses its price when YES pays"),
        pytest.param((Y, S, 4000, 10 * SHARE), 6 * USD, 0, id="a sale of YES forgoes the rest of the dollar"),
        pytest.param((N, S, 4000, 10 * SHARE), 0, 6 * USD, id="a sale of NO likewise"),
    ],
)
def test_one_order(row: OrderRow, if_yes: int, if_no: int) -> None:
    assert order_losses_e10(*row) == (if_yes, if_no)
    assert worst_case_e10(0, 0, 0, [row]) == max(if_yes, if_no)


def test_both_sides_of_a_quote_cost_the_dearer_one() -> None:
    rows: tuple[OrderRow, ...] = ((Y, B, 4800, 10 * SHARE), (N, B, 4900, 10 * SHARE))
    assert worst_case_e10(0, 0, 0, rows) == 49 * USD // 10


def test_a_sale_of_what_is_held_adds_nothing_where_it_hurts_already() -> None:
    held = (100 * SHARE, 0, -50 * USD)
    assert worst_case_e10(*held) == worst_case_e10(*held, [(Y, S, 5500, 50 * SHARE)]) == 50 * USD


def test_every_outcome_wins() -> None:
    assert worst_case_e10(10 * SHARE, 10 * SHARE, -9 * USD) == 0


LEGS = {
    "A": (50 * SHARE, 0, -20 * USD),
    "B": (30 * SHARE, 0, -75 * USD // 10),
    "C": (0, 40 * SHARE, -28 * USD),
    "D": (0, 20 * SHARE, -17 * USD),
}


def test_o12_2_one_winner() -> None:
    assert event_worst_case_e10(LEGS, "ABCDE", complete=True) == 525 * USD // 10
    assert sum(worst_case_e10(*leg) for leg in LEGS.values()) == 725 * USD // 10


@pytest.mark.parametrize(
    ("winner", "loss"),
    [("A", 0), ("B", 0), ("C", 525 * USD // 10), ("D", 325 * USD // 10), ("E", 125 * USD // 10)],
)
def test_o12_2_by_winner(winner: str, loss: int) -> None:
    assert event_worst_case_e10(LEGS, winner, complete=True) == loss  # A gains 37.5, B 17.5


def test_o12_2_a_list_that_may_be_incomplete_has_another_winner() -> None:
    assert event_worst_case_e10(LEGS, "AB", complete=True) == 0
    assert event_worst_case_e10(LEGS, "AB", complete=False) == 125 * USD // 10
