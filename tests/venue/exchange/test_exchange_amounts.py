"""Price and size out of the two signed amounts: the worked outputs of the official client, and the venue's own refusals."""

from __future__ import annotations

from decimal import Decimal

import pytest

from astra_actors.kernel.units import fee_e10
from astra_actors.venues.exchange.amounts import terms_of
from astra_actors.venues.exchange.money import affordable_e6, cost_e6, fee_e6, price_text, text_e6
from astra_actors.venues.exchange.refusal import Refused

# (name, buys, maker, taker, tick, market order, price, size): amounts as polymarket.md 7.2 lists them
ACCEPTED = [
    ("10 at 0.52", True, 5_200_000, 10_000_000, 100, False, 5_200, 10_000_000),
    ("21.33 at 0.11", True, 2_346_300, 21_330_000, 100, False, 1_100, 21_330_000),
    ("7.77 at 0.335 sold", False, 7_770_000, 2_602_950, 50, False, 3_350, 7_770_000),
    ("100.01 at 0.5675", True, 56_755_675, 100_010_000, 25, False, 5_675, 100_010_000),
    ("$10 at 0.52, output rounded down", True, 10_000_000, 19_230_700, 100, True, 5_200, 19_230_000),
    ("$2.02 at 0.57, cut to four places", True, 2_020_000, 3_543_800, 100, True, 5_700, 3_540_000),
    ("19.69 at 0.22 sold at market", False, 19_690_000, 4_331_800, 100, True, 2_200, 19_690_000),
    ("the lowest price", True, 50_000, 5_000_000, 100, False, 100, 5_000_000),
    ("the highest price", True, 4_950_000, 5_000_000, 100, False, 9_900, 5_000_000),
    ("the finest tick", True, 2_500, 5_000_000 * 5, 1, False, 1, 25_000_000),
]
BUY = "invalid amounts, the buy orders maker amount supports a max accuracy of {} decimals, taker amount a max of 2 decimals"
MARKET = (
    "invalid amounts, the market buy orders maker amount supports a max accuracy of 2 decimals, "
    "taker amount a max of 4 decimals"
)
REFUSED = [
    ("six places of a limit buy", True, 5_200_001, 10_000_000, 100, False, BUY.format(4)),
    ("a finer grid allows five", True, 5_200_001, 10_000_000, 10, False, BUY.format(5)),
    ("three places of a size", True, 5_200_520, 10_001_000, 100, False, BUY.format(4)),
    ("three places of a market buy", True, 9_981_000, 10_131_900, 10, True, MARKET),
    ("five places of what it gets", True, 9_980_000, 10_131_970, 10, True, MARKET),
    (
        "a seller who rounded to the cent", False, 19_690_000, 4_330_000, 100, False,
        "invalid amounts, the taker amount for a $0.22 order of size 19.69 should be '4.3318' but the value submited "
        "is '4.33'",
    ),
    ("a price between two cents", True, 5_250_000, 10_000_000, 100, False, "order 0x1 is invalid. Price (0.525) breaks "
     "minimum tick size rule: 0.01"),
    ("a mill on a grid of cents, whatever its decimals", True, 4_063_710, 7_770_000, 100, False, "order 0x1 is invalid. "
     "Price (0.523) breaks minimum tick size rule: 0.01"),
    ("off a grid of half cents", True, 5_210_000, 10_000_000, 50, False, "order 0x1 is invalid. Price (0.521) breaks "
     "minimum tick size rule: 0.005"),
    ("one dollar", True, 10_000_000, 10_000_000, 100, False, "order 0x1 is invalid. Price (1) breaks minimum tick size "
     "rule: 0.01"),
    ("no price at all", True, 5_200_000, 9_990_000, 100, False, "order 0x1 is invalid. Price (0.520521) breaks minimum "
     "tick size rule: 0.01"),
]  # fmt: skip


@pytest.mark.parametrize("case", ACCEPTED, ids=lambda case: case[0])
def test_amounts_say_price_and_size(case: tuple[str, bool, int, int, int, bool, int, int]) -> None:
    _, buys, maker, taker, tick, market, price, size = case
    terms = terms_of("0x1", buys=buys, maker_e6=maker, taker_e6=taker, tick_e4=tick, market=market)
    assert (terms.price_e4, terms.size_e6, terms.budget_e6) == (price, size, maker if buys else 0)


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: case[0])
def test_amounts_are_refused_in_the_venues_words(case: tuple[str, bool, int, int, int, bool, str]) -> None:
    _, buys, maker, taker, tick, market, text = case
    with pytest.raises(Refused) as refused:
        terms_of("0x1", buys=buys, maker_e6=maker, taker_e6=taker, tick_e4=tick, market=market)
    assert (refused.value.status, refused.value.text) == (400, text)


def test_a_finer_grid_may_allow_five_places_of_a_market_buy() -> None:
    terms = terms_of(
        "0x1", buys=True, maker_e6=9_980_000, taker_e6=10_131_970, tick_e4=10, market=True, output_places=5
    )
    assert terms.price_e4 == 9_850


@pytest.mark.parametrize(
    ("shares", "price", "rate", "dollars"),
    [("100", 3_000, "0.05", "1.05"), ("0.01", 100, "0.04", "0"), ("10", 5_000, "0.07", "0.175")],
)
def test_fees_follow_the_schedule(shares: str, price: int, rate: str, dollars: str) -> None:
    size = int(Decimal(shares) * 1_000_000)
    fee = fee_e6(price, size, rate=Decimal(rate), exponent=1, rounding="half_up")
    assert fee == int(Decimal(dollars) * 1_000_000)
    assert fee * 10_000 == fee_e10(price, size, rate=Decimal(rate), exponent=1)  # what our own books would say


def test_rounding_of_fees_is_a_choice() -> None:
    amounts = {"rate": Decimal("0.05"), "exponent": 1}
    size = 330_000  # 0.33 shares at 0.03: 0.000480150 dollars, between two hundred-thousandths
    assert fee_e6(300, size, rounding="half_up", **amounts) == 480
    assert fee_e6(310, size, rounding="down", **amounts) == 490  # 0.000495643...
    assert fee_e6(310, size, rounding="half_up", **amounts) == 500


def test_money_is_exact() -> None:
    assert cost_e6(5_675, 100_010_000) == 56_755_675
    assert affordable_e6(10_000_000, 5_200) == 19_230_000
    assert [text_e6(each) for each in (0, 1, 5_200_000, 10_000_000)] == ["0", "0.000001", "5.2", "10"]
    assert [price_text(each) for each in (5_000, 25, 10_000, 0)] == ["0.5", "0.0025", "1", "0"]
