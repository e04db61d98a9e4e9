"""Ticks, never cross, chase bound: the oracles of methods §8.5–8.7."""

from __future__ import annotations

from itertools import pairwise

import pytest

from astra_actors.execution.pricing import chase_excess_ticks, maker_price, round_to_tick, would_cross
from astra_actors.kernel.errors import BadInput
from astra_actors.risk.veto import Refused, Veto


@pytest.mark.parametrize(
    ("is_buy", "price_e4", "tick_e4", "quote_e4"),
    [
        pytest.param(True, 2900, 100, 2900, id="O8.5a a buy on the grid stays"),
        pytest.param(True, 5678, 100, 5600, id="O8.5a a buy rounds down"),
        pytest.param(False, 5612, 100, 5700, id="O8.5a a sell rounds up"),
        pytest.param(False, 5700, 100, 5700, id="O8.5a a sell on the grid stays"),
        pytest.param(True, 449, 10, 440, id="O8.5a a buy on the fine grid"),
        pytest.param(False, 9995.1, 10, None, id="O8.5a a sell above 1 − tick is not quoted"),
        pytest.param(True, 4, 10, None, id="O8.5a a buy under one tick is not quoted"),
        pytest.param(True, 9996, 10, 9990, id="O8.5a a buy above the grid may be clamped away from the market"),
        pytest.param(False, 3, 10, 10, id="a sell under the grid may be clamped away from the market"),
        pytest.param(True, 5678.5, 25, 5675, id="a buy on a tick of a quarter cent"),
        pytest.param(False, 5651, 50, 5700, id="a sell on a tick of half a cent"),
        pytest.param(True, 999, 1000, None, id="ten cents a tick leave nothing under ten cents"),
        pytest.param(True, 0.57 * 10_000, 100, 5700, id="a float that is 5699.999… means 5700"),
        pytest.param(False, 0.07 * 10_000, 100, 700, id="a float that is 700.000…1 means 700"),
    ],
)
def test_prices_round_away_from_the_market(is_buy: bool, price_e4: float, tick_e4: int, quote_e4: int | None) -> None:
    assert round_to_tick(price_e4, tick_e4, is_buy=is_buy) == quote_e4


def test_o8_5b_every_cent_keeps_its_own_tick() -> None:
    """Binary floats lose a tick at 29, 47, 57, 58, 59, 94 cents down and at 7, 14, 28, 56 up."""
    for cents in range(1, 100):
        dollars = cents / 100
        assert round_to_tick(dollars * 10_000, 100, is_buy=True) == cents * 100
        assert round_to_tick(dollars * 10_000, 100, is_buy=False) == cents * 100


@pytest.mark.parametrize("wrong", [float("nan"), float("inf")])
def test_a_price_that_is_no_number_is_bad_input(wrong: float) -> None:
    with pytest.raises(BadInput, match="finite"):
        round_to_tick(wrong, 100, is_buy=True)


@pytest.mark.parametrize(
    ("is_bid", "price_e4", "book", "rejected", "repriced"),
    [
        pytest.param(True, 5600, (5400, 5600), Veto.WOULD_CROSS, 5500, id="O8.6 a buy at the ask"),
        pytest.param(True, 5530, (5400, 5600), 5500, 5500, id="O8.6 a buy that rounds inside rests"),
        pytest.param(False, 5300, (5400, 5600), Veto.WOULD_CROSS, 5500, id="O8.6 a sell under the bid"),
        pytest.param(True, 200, (None, 100), Veto.WOULD_CROSS, Veto.WOULD_CROSS, id="O8.6 no room, no reprice"),
        pytest.param(False, 9800, (9900, None), Veto.WOULD_CROSS, Veto.WOULD_CROSS, id="no room at the other end"),
        pytest.param(True, 9000, (None, None), 9000, 9000, id="an empty book cannot be crossed"),
        pytest.param(True, 50, (5400, 5600), Veto.OFF_GRID, Veto.OFF_GRID, id="under one tick there is no price"),
    ],
)
def test_a_quote_never_crosses(
    is_bid: bool, price_e4: float, book: tuple[int | None, int | None], rejected: int | Veto, repriced: int | Veto
) -> None:
    for policy, expected in (("reject", rejected), ("reprice", repriced)):
        got = maker_price(
            price_e4,
            100,
            is_bid=is_bid,
            best_bid_e4=book[0],
            best_ask_e4=book[1],
            policy=policy,  # type: ignore[arg-type]
        )
        assert (got.veto if isinstance(got, Refused) else got) == expected


def test_a_reprice_lands_on_the_new_grid_when_the_best_price_is_still_on_the_old_one() -> None:
    got = maker_price(5700, 100, is_bid=True, best_bid_e4=5400, best_ask_e4=5655, policy="reprice")
    assert got == 5500  # 5655 − 100 = 5555, down to the grid


def test_a_refusal_names_the_two_prices_it_compared() -> None:
    got = maker_price(5600, 100, is_bid=True, best_bid_e4=5400, best_ask_e4=5600)
    assert got == Refused(Veto.WOULD_CROSS, 0.56, 0.56, "usd")


def test_locked_prices_cross_and_one_tick_inside_does_not() -> None:
    assert would_cross(5100, is_bid=True, best_bid_e4=4900, best_ask_e4=5100)
    assert not would_cross(5000, is_bid=True, best_bid_e4=4900, best_ask_e4=5100)
    assert would_cross(4900, is_bid=False, best_bid_e4=4900, best_ask_e4=5100)
    assert not would_cross(5000, is_bid=False, best_bid_e4=4900, best_ask_e4=5100)


def test_o8_7_the_anchored_rule_allows_the_first_two_moves_only() -> None:
    path = [5000, 5200, 5300, 5500, 5600]
    anchored = [
        chase_excess_ticks(new, replaced_e4=old, chain_e4=path[0], tick_e4=100, ticks_max=3) is None
        for old, new in pairwise(path)
    ]
    per_replace = [
        chase_excess_ticks(new, replaced_e4=old, chain_e4=old, tick_e4=100, ticks_max=3) is None
        for old, new in pairwise(path)
    ]
    assert anchored == [True, True, False, False]
    assert per_replace == [True, True, True, True]


def test_the_chase_bound_holds_downwards_too_and_says_how_far() -> None:
    assert chase_excess_ticks(4600, replaced_e4=5000, chain_e4=5000, tick_e4=100, ticks_max=3) == 4.0
