"""Expected value and its conservative lower bound (methods §1.2, §1.3)."""

from __future__ import annotations

import math
from typing import Any

import pytest

from astra_actors.gates.expected_value import EvResult, ev_gate, expected_value, return_on_cost, with_void
from astra_actors.gates.params import EvParams
from astra_actors.risk.veto import Veto

O1_3A: dict[str, Any] = {
    "side_is_bid": True,
    "yes_price_e4": 5500,
    "p": 0.66,
    "p_lo": 0.62,
    "p_hi": 0.70,
    "spread_points": 0.02,
    "size_usd": 50.0,
    "depth_usd": 80.0,
    "toxicity": 0.25,
    "rrs": 0.2,
    "void_p": 0.02,
    "params": EvParams(depth_veto=False),
}
O1_3B: dict[str, Any] = {
    "side_is_bid": False,
    "yes_price_e4": 3400,  # NO at 0.66
    "p": 0.22,
    "p_lo": 0.18,
    "p_hi": 0.27,
    "spread_points": 0.02,
    "size_usd": 40.0,
    "depth_usd": 900.0,
    "toxicity": 0.0,
    "rrs": 0.1,
    "void_p": 0.0,
    "params": EvParams(),
}


def judge(**changes: Any) -> EvResult:
    """O1.3b with changes: a wish that passes unless something is wrong with it."""
    return ev_gate(**{**O1_3B, **changes})


def test_o1_2() -> None:
    assert expected_value(0.62, 0.55) == pytest.approx(0.07, rel=1e-8)
    assert return_on_cost(0.62, 0.55) == pytest.approx(0.127272727, rel=1e-8)
    assert with_void(0.62, 0.03) == pytest.approx(0.6164, rel=1e-8)
    assert expected_value(0.62, 0.55, 0.03) == pytest.approx(0.0664, rel=1e-8)


def test_o1_3a() -> None:
    ev = ev_gate(**O1_3A)
    assert ev.gross == pytest.approx(0.0676, rel=1e-8)
    assert ev.slip == pytest.approx(0.018, rel=1e-8)
    assert ev.adverse == pytest.approx(0.0025, rel=1e-8)
    assert ev.resolution == pytest.approx(0.002, rel=1e-8)
    assert ev.net_lb == pytest.approx(0.0451, rel=1e-8)
    assert ev.size_limit_usd == pytest.approx(451, rel=1e-8)
    assert (ev.ok, ev.veto) == (True, None)


def test_o1_3a_with_the_depth_veto_on_is_refused() -> None:
    ev = ev_gate(**{**O1_3A, "params": EvParams()})
    assert (ev.ok, ev.veto, ev.net_lb, ev.size_limit_usd) == (False, Veto.DEPTH_TOO_THIN, None, 0.0)


def test_o1_3b() -> None:
    ev = judge()
    assert ev.gross == pytest.approx(0.07, rel=1e-8)
    assert ev.slip == pytest.approx(0.0134444444, rel=1e-8)
    assert ev.net_lb == pytest.approx(0.0535555556, rel=1e-8)
    assert ev.size_limit_usd == pytest.approx(4410, rel=1e-8)
    assert (ev.ok, ev.veto) == (True, None)


def test_o1_3c_the_earlier_formula_only_explains_old_records() -> None:
    mid = 0.55
    slip = 0.003 + 0.5 * (0.02 / mid) + 0.01 * 50 / 100  # spread over mid: a fraction added to points
    assert slip == pytest.approx(0.0261818182, rel=1e-8)
    assert (0.62 - 0.55) - 0.02 - slip - 0.002 * 1.25 == pytest.approx(0.0213181818, rel=1e-8)
    slip_now = ev_gate(**O1_3A).slip
    assert slip_now is not None
    assert slip - slip_now == pytest.approx(0.5 * (0.02 / mid - 0.02))  # what mixing the units cost


@pytest.mark.parametrize(
    ("changes", "veto"),
    [
        pytest.param({"p_lo": 0.23}, Veto.INVALID_PROBABILITY, id="lower bound above p"),
        pytest.param({"p_hi": 0.21}, Veto.INVALID_PROBABILITY, id="upper bound below p"),
        pytest.param({"p_lo": -0.01}, Veto.INVALID_PROBABILITY, id="lower bound below zero"),
        pytest.param({"p_hi": 1.01}, Veto.INVALID_PROBABILITY, id="upper bound above one"),
        pytest.param({"p": math.nan}, Veto.INVALID_PROBABILITY, id="p is not a number"),
        pytest.param({"p_lo": math.nan}, Veto.INVALID_PROBABILITY, id="lower bound is not a number"),
        pytest.param({"p_hi": math.nan}, Veto.INVALID_PROBABILITY, id="upper bound is not a number"),
        pytest.param({"yes_price_e4": 0}, Veto.INVALID_PRICE, id="price zero"),
        pytest.param({"yes_price_e4": 10_000}, Veto.INVALID_PRICE, id="price one"),
        pytest.param({"yes_price_e4": math.nan}, Veto.INVALID_PRICE, id="price is not a number"),
        pytest.param({"fee_points": math.nan}, Veto.INVALID_PRICE, id="fee is not a number"),
        pytest.param({"fee_points": -0.01}, Veto.INVALID_PRICE, id="a rebate is not counted in a gate"),
        pytest.param({"spread_points": None}, Veto.NO_BOOK, id="one-sided book"),
        pytest.param({"spread_points": math.nan}, Veto.NO_BOOK, id="spread is not a number"),
        pytest.param({"spread_points": 0.0}, Veto.CROSSED_BOOK, id="locked book"),
        pytest.param({"spread_points": -0.01}, Veto.CROSSED_BOOK, id="crossed book"),
        pytest.param({"depth_usd": None}, Veto.DEPTH_TOO_THIN, id="unknown depth is not 5000 dollars"),
        pytest.param({"depth_usd": math.nan}, Veto.DEPTH_TOO_THIN, id="depth is not a number"),
        pytest.param({"depth_usd": 99.99}, Veto.DEPTH_TOO_THIN, id="depth under the floor is not lifted to it"),
        pytest.param({"toxicity": math.nan}, Veto.INVALID_PROBABILITY, id="toxicity is not a number"),
        pytest.param({"toxicity": 1.5}, Veto.INVALID_PROBABILITY, id="toxicity above one"),
        pytest.param({"rrs": -0.1}, Veto.INVALID_PROBABILITY, id="resolution risk below zero"),
        pytest.param({"void_p": math.nan}, Veto.INVALID_PROBABILITY, id="void probability is not a number"),
        pytest.param({"size_usd": math.nan}, Veto.SIZE_BELOW_MIN, id="size is not a number"),
        pytest.param({"size_usd": 0.0}, Veto.SIZE_BELOW_MIN, id="no size"),
        pytest.param({"size_usd": math.inf}, Veto.SIZE_BELOW_MIN, id="infinite size"),
    ],
)
def test_vetoes_come_before_any_arithmetic(changes: dict[str, Any], veto: Veto) -> None:
    ev = judge(**changes)
    assert (ev.ok, ev.veto) == (False, veto)
    assert (ev.gross, ev.slip, ev.adverse, ev.resolution, ev.net_lb) == (None,) * 5
    assert ev.size_limit_usd == 0.0
    assert ev.detail


def test_the_name_of_a_side_is_not_a_side() -> None:
    with pytest.raises(AssertionError):
        judge(side_is_bid="SELL")


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"p_lo": 0.22 + 9e-10, "p_hi": 0.22 - 9e-10}, id="bounds off by less than the tolerance"),
        pytest.param({"depth_usd": 100.0}, id="depth exactly at the floor"),
    ],
)
def test_what_still_passes(changes: dict[str, Any]) -> None:
    assert judge(**changes).ok


# 0.555 − 0.55 is a hair above 0.005 in floats: the rounding of the last bit must not open the gate.
FREE = EvParams(base_slip=0.0, k_spread=0.0, k_depth=1e-18, base_buffer=0.0, k_res=0.0, threshold=0.005)


@pytest.mark.parametrize(
    ("p_lo", "ok"),
    [
        pytest.param(0.555, False, id="an edge equal to the threshold is refused"),
        pytest.param(0.5551, True, id="above it passes"),
        pytest.param(0.5549, False, id="below it does not"),
    ],
)
def test_the_threshold_is_strict(p_lo: float, ok: bool) -> None:
    ev = judge(side_is_bid=True, yes_price_e4=5500, p=0.6, p_lo=p_lo, p_hi=0.7, params=FREE)
    assert ev.ok is ok
    assert ev.veto is (None if ok else Veto.NET_LB_BELOW_THRESHOLD)


@pytest.mark.parametrize(
    ("p_lo", "price", "gross"),
    [
        pytest.param(0.62, 5500, 0.98 * 0.62 + 0.01 - 0.55, id="a favourite loses by a void"),
        pytest.param(0.30, 2000, 0.30 - 0.20, id="an outsider would gain, which is not counted"),
    ],
)
def test_the_void_haircut_applies_only_when_it_hurts(p_lo: float, price: int, gross: float) -> None:
    ev = judge(side_is_bid=True, yes_price_e4=price, p=p_lo, p_lo=p_lo, p_hi=0.9, void_p=0.02)
    assert ev.gross == pytest.approx(gross, rel=1e-9)


def test_a_taker_pays_its_fee_and_toxic_flow_costs_more() -> None:
    base = judge()
    dearer = judge(fee_points=0.01, toxicity=1.0)
    assert base.net_lb is not None
    assert dearer.net_lb == pytest.approx(base.net_lb - 0.01 - 0.002)
    assert dearer.fee == 0.01


def test_at_the_size_limit_the_edge_is_spent() -> None:
    limit = judge().size_limit_usd
    assert judge(size_usd=limit * 0.999).ok
    assert not judge(size_usd=limit * 1.001).ok


def test_no_edge_admits_no_size() -> None:
    ev = judge(yes_price_e4=2000)  # NO at 0.80 for a lower bound of 0.73
    assert (ev.veto, ev.size_limit_usd) == (Veto.NET_LB_BELOW_THRESHOLD, 0.0)
    assert ev.net_lb is not None
    assert ev.net_lb < 0


def test_buying_no_is_the_mirror_of_buying_yes() -> None:
    no = judge()
    yes = judge(side_is_bid=True, yes_price_e4=6600, p=0.78, p_lo=0.73, p_hi=0.82)
    assert yes.net_lb == pytest.approx(no.net_lb)
    assert yes.size_limit_usd == pytest.approx(no.size_limit_usd)
