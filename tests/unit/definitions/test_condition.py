"""A level, an operator and a rounding, as one price meets them (methods §3)."""

from __future__ import annotations

import math

import pytest

from astra_actors.definitions.condition import holds, rounded, yes_region
from astra_actors.definitions.contract import DefinitionContract
from astra_actors.kernel.units import usd_e10, usd_text


def contract(op: str, rounding: str, level: int = 100) -> DefinitionContract:
    return DefinitionContract(
        market_id="m",
        category="crypto_threshold",
        resolution_type="close",
        underlying="BTC",
        quote_ccy="USD",
        cutoff_ts_utc="2026-03-01T00:00:00Z",
        oracle_source="source",
        oracle_details={"feed": "BTC/USD", "rounding": rounding},
        condition={"op": op, "level": level, "window": "at_close", "measurement_time": "2026-03-01T00:00:00Z"},
        venue_rules_version="v",
    )


@pytest.mark.parametrize(
    ("op", "rounding", "region"),
    [
        pytest.param(">=", "floor_int", (100, math.inf), id="rounded down, at least K keeps K"),
        pytest.param(">=", "round_int", (99.5, math.inf), id="half up, at least K begins half a dollar earlier"),
        pytest.param(">=", "ceil_int", (99, math.inf), id="rounded up, at least K begins a dollar earlier"),
        pytest.param(">", "floor_int", (101, math.inf), id="rounded down, above K begins a dollar later"),
        pytest.param("<=", "floor_int", (0, 101), id="rounded down, at most K ends a dollar later"),
        pytest.param("<", "floor_int", (0, 100), id="rounded down, below K ends at K"),
        pytest.param("<=", "round_cent", (0, 100.005), id="cents, at most K ends half a cent later"),
        pytest.param("==", "floor_int", (100, 101), id="exactly K is a dollar wide"),
        pytest.param("==", "floor_cent", (100, 100.01), id="exactly K in cents is a cent wide"),
    ],
)
def test_the_region_of_yes(op: str, rounding: str, region: tuple[float, float]) -> None:
    assert yes_region(contract(op, rounding)) == pytest.approx(region)


@pytest.mark.parametrize(
    ("op", "rounding", "price", "met"),
    [
        pytest.param(">=", "floor_int", 99.99, False, id="just under"),
        pytest.param(">=", "floor_int", 100.0, True, id="on the level"),
        pytest.param(">", "floor_int", 100.99, False, id="not yet the next dollar"),
        pytest.param("<=", "floor_int", 100.99, True, id="rounded down onto the level"),
        pytest.param(">=", "round_int", 99.5, True, id="a half goes up"),
        pytest.param(">=", "round_int", 99.49, False, id="less than a half goes down"),
        pytest.param(">=", "ceil_int", 99.01, True, id="rounded up onto the level"),
        pytest.param("==", "round_cent", 100.004, True, id="equal to the cent"),
        pytest.param("==", "round_cent", 100.005, False, id="half a cent is the next one"),
        pytest.param("<", "floor_cent", 99.999, True, id="below in cents"),
    ],
)
def test_one_price_decides(op: str, rounding: str, price: float, met: bool) -> None:
    assert holds(contract(op, rounding), price) is met


@pytest.mark.parametrize(
    ("value", "half_even", "half_up"),
    [
        pytest.param("0.125", "0.12", "0.13", id="an eighth"),
        pytest.param("0.145", "0.14", "0.15", id="a double would hold 0.14499"),
        pytest.param("-0.125", "-0.12", "-0.13", id="below zero"),
    ],
)
def test_o17_5_reports_round_half_even_and_sources_half_up(value: str, half_even: str, half_up: str) -> None:
    assert usd_text(usd_e10(value)) == half_even
    assert str(rounded(float(value), "round_cent")) == half_up


def test_o17_5_at_whole_dollars() -> None:
    assert usd_text(usd_e10("2.5"), places=0) == "2"
    assert rounded(2.5, "round_int") == 3
