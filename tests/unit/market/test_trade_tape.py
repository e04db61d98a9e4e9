"""Trades signed by the quotes that stood before them (methods §7.2)."""

from __future__ import annotations

import pytest

from astra_actors.market.book import MarketBook
from astra_actors.market.events import BookSnapshot, TradePrinted
from astra_actors.market.instrument import Instrument
from astra_actors.market.trade_tape import TradeTape, quote_rule


def book(bid_e4: int | None = 4800, ask_e4: int | None = 5200) -> MarketBook:
    market = MarketBook(Instrument(market_id="m", yes_asset="yes", no_asset="no"))
    bids = () if bid_e4 is None else ((bid_e4, 1),)
    asks = () if ask_e4 is None else ((ask_e4, 1),)
    market.apply(BookSnapshot("m", 0, 0, "yes", bids, asks))
    return market


def trade(price_e4: int, size: int = 1, *, asset: str = "yes", flag_buy: bool = True, ns: int = 1) -> TradePrinted:
    return TradePrinted("m", ns, ns, asset, flag_buy, price_e4, size)


@pytest.mark.parametrize(
    ("price_e4", "bid_e4", "ask_e4", "buys"),
    [
        pytest.param(5200, 4800, 5200, True, id="at the ask"),
        pytest.param(5300, 4800, 5200, True, id="above the ask"),
        pytest.param(4800, 4800, 5200, False, id="at the bid"),
        pytest.param(4700, 4800, 5200, False, id="below the bid"),
        pytest.param(5100, 4800, 5200, True, id="nearer the ask"),
        pytest.param(4900, 4800, 5200, False, id="nearer the bid"),
        pytest.param(5000, 4800, 5200, None, id="the exact middle"),
        pytest.param(5000, 5000, 5000, None, id="a locked book"),
        pytest.param(5000, None, None, None, id="no quotes"),
        pytest.param(5200, None, 5200, True, id="only asks, at the ask"),
        pytest.param(5100, None, 5200, None, id="only asks, below them"),
    ],
)
def test_the_quote_rule(price_e4: int, bid_e4: int | None, ask_e4: int | None, buys: bool | None) -> None:
    assert quote_rule(price_e4, bid_e4, ask_e4) is buys


@pytest.mark.parametrize(
    ("event", "yes_price_e4", "buys_yes"),
    [
        pytest.param(trade(5200, flag_buy=False), 5200, True, id="the quotes outrank the feed's flag"),
        pytest.param(trade(5200, asset="no"), 4800, False, id="a purchase of NO at the NO ask is a sale of YES"),
        pytest.param(trade(4800, asset="no"), 5200, True, id="a sale of NO at the NO bid is a purchase of YES"),
        pytest.param(trade(5000, flag_buy=False), 5000, False, id="in the middle the first trade goes by its flag"),
        pytest.param(trade(5000, asset="no", flag_buy=False), 5000, True, id="the flag of a NO trade turns round"),
    ],
)
def test_a_trade_becomes_a_purchase_or_a_sale_of_yes(event: TradePrinted, yes_price_e4: int, buys_yes: bool) -> None:
    signed = TradeTape().on_trade(event, book())
    assert (signed.yes_price_e4, signed.taker_buys_yes) == (yes_price_e4, buys_yes)


@pytest.mark.parametrize(
    ("before_e4", "buys"),
    [
        pytest.param((4900,), True, id="an uptick buys"),
        pytest.param((5100,), False, id="a downtick sells"),
        pytest.param((4900, 5000, 5000), True, id="the last price that differed counts"),
    ],
)
def test_a_tie_goes_by_the_tick(before_e4: tuple[int, ...], buys: bool) -> None:
    tape = TradeTape()
    for price_e4 in before_e4:
        tape.on_trade(trade(price_e4), book())
    assert tape.on_trade(trade(5000, flag_buy=not buys), book()).taker_buys_yes is buys


def test_oracle_7_2_the_imbalance_of_five_trades() -> None:
    tape = TradeTape()
    for price_e4, size in ((5200, 30), (5200, 45), (4800, 20), (5200, 15), (4800, 5)):
        tape.on_trade(trade(price_e4, size), book())
    assert tape.imbalance() == pytest.approx(0.565217391, rel=1e-8)


def test_no_trades_have_no_imbalance() -> None:
    tape = TradeTape()
    assert tape.imbalance() is None
    tape.on_trade(trade(5200, ns=5), book())
    assert tape.imbalance(since_ns=6) is None
    assert tape.imbalance(since_ns=5) == 1.0


def test_the_tape_forgets_the_oldest() -> None:
    tape = TradeTape(capacity=2)
    for ns in (1, 2, 3):
        tape.on_trade(trade(5200, ns=ns), book())
    assert [one.local_ns for one in tape] == [2, 3]
    assert tape.last is not None
    assert (tape.last.local_ns, len(tape)) == (3, 2)
