"""Money is exact: what goes in comes out, sums do not round, and rounding follows methods §17.5."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from astra_actors.kernel.errors import BadInput
from astra_actors.kernel.units import (
    fee_e10,
    notional_e10,
    price,
    price_e4,
    shares,
    size_e6,
    usd,
    usd_e10,
    usd_text,
)

USD = 10**10

READ = [
    pytest.param(price_e4, "0.5", 5_000, id="half a dollar"),
    pytest.param(price_e4, "0.0001", 1, id="the finest price"),
    pytest.param(price_e4, "0", 0, id="nothing"),
    pytest.param(price_e4, "1", 10_000, id="a dollar"),
    pytest.param(price_e4, Decimal("0.5350"), 5_350, id="a Decimal with a zero"),
    pytest.param(price_e4, "5e-1", 5_000, id="an exponent"),
    pytest.param(size_e6, "5", 5_000_000, id="five shares"),
    pytest.param(size_e6, "0.000001", 1, id="the finest size"),
    pytest.param(size_e6, 3, 3_000_000, id="a whole number"),
    pytest.param(usd_e10, "-0.01", -100_000_000, id="a loss of a cent"),
    pytest.param(usd_e10, "5000", 50_000_000_000_000, id="a bankroll"),
]


@pytest.mark.parametrize(("read", "value", "expected"), READ)
def test_text_becomes_an_integer(read: object, value: object, expected: int) -> None:
    assert callable(read)
    assert read(value) == expected


REFUSED = [
    pytest.param(price_e4, "0.00005", "multiple of 1/10,000", id="a price between two steps"),
    pytest.param(price_e4, "1.01", r"lies in \[0, 1\]", id="more than a dollar"),
    pytest.param(price_e4, "-0.01", r"lies in \[0, 1\]", id="a negative price"),
    pytest.param(price_e4, 0.5, "a float or a boolean is not an exact number", id="a float"),
    pytest.param(price_e4, True, "a float or a boolean is not an exact number", id="a boolean"),
    pytest.param(size_e6, "-1", "a size is not negative", id="a negative size"),
    pytest.param(size_e6, "0.0000001", "multiple of 1/1,000,000", id="a size too fine"),
    pytest.param(size_e6, "NaN", "finite", id="not a number"),
    pytest.param(usd_e10, "Infinity", "finite", id="infinity"),
    pytest.param(usd_e10, "five", "plain decimal number", id="a word"),
    pytest.param(usd_e10, "", "plain decimal number", id="no text"),
]


@pytest.mark.parametrize(("read", "value", "match"), REFUSED)
def test_what_is_not_exact_is_refused(read: object, value: object, match: str) -> None:
    assert callable(read)
    with pytest.raises(BadInput, match=match) as caught:
        read(value, field="the field")
    assert (caught.value.field, caught.value.value) == ("the field", value)


# O1.1: shares, price, rate, exponent, half-up fee in dollars
FEES = [
    pytest.param(100, "0.50", "0.07", 1, "1.75", id="O1.1a"),
    pytest.param(250, "0.30", "0.04", 1, "2.1", id="O1.1b"),
    pytest.param(37, "0.97", "0.07", 1, "0.07537", id="O1.1c"),
    pytest.param(100, "0.50", "0.25", 2, "1.5625", id="O1.1d"),
    pytest.param(1, "0.001", "0.05", 1, "0.00005", id="O1.1e"),
]


@pytest.mark.parametrize(("count", "at", "rate", "exponent", "fee"), FEES)
def test_fees_are_those_of_the_venue(count: int, at: str, rate: str, exponent: int, fee: str) -> None:
    found = fee_e10(price_e4(at), size_e6(count), rate=Decimal(rate), exponent=exponent)
    assert found == usd_e10(fee)


def test_a_rebate_is_its_share_of_the_fee() -> None:
    fee = fee_e10(5_000, 100_000_000, rate=Decimal("0.07"), exponent=1)
    assert Decimal(fee) * Decimal("0.20") == usd_e10("0.35")  # O1.1f


@pytest.mark.parametrize("at", [0, 10_000, -1, 10_001])
def test_a_certain_price_has_no_fee(at: int) -> None:
    with pytest.raises(BadInput, match="strictly between 0 and 1"):
        fee_e10(at, 1_000_000, rate=Decimal("0.07"), exponent=1)


# O17.5, half to even
TEXTS = [
    pytest.param("0.125", 2, "0.12", id="down to even"),
    pytest.param("0.145", 2, "0.14", id="not up, as a binary float might"),
    pytest.param("-0.125", 2, "-0.12", id="the same below zero"),
    pytest.param("2.5", 0, "2", id="whole dollars"),
    pytest.param("3.5", 0, "4", id="whole dollars, up to even"),
    pytest.param("5000", 2, "5000.00", id="cents are always told"),
]


@pytest.mark.parametrize(("amount", "places", "text"), TEXTS)
def test_reports_round_half_to_even(amount: str, places: int, text: str) -> None:
    assert usd_text(usd_e10(amount), places) == text


def test_a_notional_is_price_times_size() -> None:
    assert notional_e10(price_e4("0.42"), size_e6("7")) == usd_e10("2.94")
    assert (usd(294 * USD // 100), shares(7_000_000), price(4_200)) == (2.94, 7.0, 0.42)


@given(st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 10**12))))
def test_sums_of_money_do_not_depend_on_their_order(rows: list[tuple[int, int]]) -> None:
    forward = sum(notional_e10(p, s) for p, s in rows)
    backward = sum(notional_e10(p, s) for p, s in reversed(rows))
    assert forward == backward == usd_e10(Decimal(forward) / USD)


@given(st.integers(0, 10_000))
def test_every_price_survives_its_text(at_e4: int) -> None:
    assert price_e4(str(Decimal(at_e4) / 10_000)) == at_e4
