"""From the venue's catalogue to a listing (polymarket §2): JSON in strings, fees, grids, categories, what is left out."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from astra_actors.definitions.parse import NotReadable, Unread, read_definition
from astra_actors.feeds.gamma_listing import LeftOut, fees_of, fees_of_fd, listing_of, underlying_of
from astra_actors.feeds.gamma_wire import GammaFees, read_market, read_page
from astra_actors.kernel.clock import ns_from_text
from astra_actors.kernel.errors import WireError
from astra_actors.market.instrument import Category, FeeSchedule, MarketListing

CONDITION = "0x" + "ab" * 32
YES, NO = "9" * 78, "8" * 77  # beyond any machine integer


def raw(**changes: Any) -> dict[str, Any]:
    market = {
        "id": "900001", "conditionId": CONDITION, "version": "v1", "slug": "demo", "question": "Will it rain?",
        "description": "This market will resolve to “Yes” if it rains.",
        "outcomes": '["Yes", "No"]', "outcomePrices": '["0.5", "0.5"]', "clobTokenIds": json.dumps([YES, NO]),
        "active": True, "closed": False, "acceptingOrders": True, "enableOrderBook": True,
        "orderPriceMinTickSize": 0.01, "orderMinSize": 5, "negRisk": True,
        "startDate": "2026-04-16T14:53:41.942744Z", "endDate": "2026-11-21T10:05:00Z",
        "feesEnabled": True, "feeSchedule": {"rate": 0.072, "exponent": 1, "takerOnly": True, "rebateRate": 0.2},
        "events": [{"id": "77", "slug": "rain"}], "tags": [{"slug": "weather"}, {"slug": "politics"}],
        "volume24hr": 12.5, "liquidityNum": 600.0, "gameId": 12, "unknownToUs": {"a": [1]},
    }  # fmt: skip
    return {**market, **changes}


def listed(**changes: Any) -> MarketListing | LeftOut:
    return listing_of(read_market(json.dumps(raw(**changes)).encode()), liquidity_usd_min=500.0)


def test_every_field_of_a_listing() -> None:
    listing = listed()
    assert isinstance(listing, MarketListing)
    instrument = listing.instrument
    assert (instrument.market_id, instrument.yes_asset, instrument.no_asset) == (CONDITION, YES, NO)
    assert (instrument.tick_e4, instrument.min_size_e6, instrument.neg_risk) == (100, 5_000_000, True)
    assert instrument.fees == FeeSchedule(rate=Decimal("0.072"), exponent=1, rebate_share=Decimal("0.2"))
    assert (listing.category, listing.event_id, listing.tags) == (Category.WEATHER, "77", ("weather", "politics"))
    assert listing.close_ns == ns_from_text("2026-11-21T10:05:00Z")
    assert listing.open_ns == ns_from_text("2026-04-16T14:53:41.942744Z")
    assert (listing.outcomes, listing.liquidity_usd) == (("Yes", "No"), 600.0)


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        pytest.param({"closed": True}, LeftOut.CLOSED, id="closed"),
        pytest.param({"acceptingOrders": False}, LeftOut.CLOSED, id="no longer accepting"),
        pytest.param({"acceptingOrders": None}, LeftOut.CLOSED, id="acceptance unknown"),
        pytest.param({"enableOrderBook": False}, LeftOut.NO_BOOK, id="no order book"),
        pytest.param({"version": "v2"}, LeftOut.VERSION, id="a version with other contracts"),
        pytest.param({"umaResolutionStatus": "proposed"}, LeftOut.RESOLVING, id="an outcome is proposed"),
        pytest.param({"conditionId": ""}, LeftOut.TOKENS, id="not deployed yet"),
        pytest.param({"clobTokenIds": '["1"]'}, LeftOut.TOKENS, id="one token"),
        pytest.param({"clobTokenIds": '["1", "1"]'}, LeftOut.TOKENS, id="one token twice"),
        pytest.param({"clobTokenIds": '["1", "0x2"]'}, LeftOut.TOKENS, id="a token that is no decimal"),
        pytest.param({"clobTokenIds": "[1, 2]"}, LeftOut.UNREADABLE, id="tokens as numbers would lose digits"),
        pytest.param({"outcomes": "Yes, No"}, LeftOut.UNREADABLE, id="no JSON in the string"),
        pytest.param({"orderPriceMinTickSize": None}, LeftOut.GRID, id="no tick"),
        pytest.param({"orderPriceMinTickSize": 0.02}, LeftOut.GRID, id="a tick the venue never had"),
        pytest.param({"endDate": "2026-11-21"}, LeftOut.UNREADABLE, id="a date without a zone"),
        pytest.param({"liquidityNum": 499.99}, LeftOut.THIN, id="too thin"),
    ],
)
def test_what_cannot_be_traded_is_left_out_with_its_reason(changes: dict[str, Any], why: LeftOut) -> None:
    assert listed(**changes) is why


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        pytest.param(
            {"outcomes": '["A", "B", "C"]', "clobTokenIds": '["1", "2", "3"]'}, Unread.NOT_BINARY, id="three outcomes"
        ),
        pytest.param({"endDate": None}, Unread.NO_CLOSE_DATE, id="no date"),
    ],
)
def test_what_can_be_traded_but_not_read_is_listed_and_has_no_contract(changes: dict[str, Any], reason: Unread) -> None:
    listing = listed(**changes)
    assert isinstance(listing, MarketListing)
    answer = read_definition(listing)
    assert isinstance(answer, NotReadable)
    assert answer.reason is reason


@pytest.mark.parametrize(
    ("enabled", "schedule", "fees"),
    [
        pytest.param(False, None, FeeSchedule(), id="no fees"),
        pytest.param(None, None, FeeSchedule(), id="from before there were fees"),
        pytest.param(True, None, None, id="fees that nobody states"),
        pytest.param(True, GammaFees(rate=Decimal(2)), None, id="200 % is a mix-up of units"),
        pytest.param(True, GammaFees(rate=Decimal("0.05"), exponent=Decimal("1.5")), None, id="an exponent not known"),
        pytest.param(
            True, GammaFees(rate=Decimal("0.25"), exponent=Decimal(2), rebateRate=Decimal("0.2")),
            FeeSchedule(rate=Decimal("0.25"), exponent=2, rebate_share=Decimal("0.2")), id="the old crypto curve",
        ),
    ],
)  # fmt: skip
def test_fees_come_from_the_schedule_alone(
    enabled: bool | None, schedule: GammaFees | None, fees: FeeSchedule | None
) -> None:
    assert fees_of(enabled, schedule) == fees


def test_fees_of_the_compact_market_info() -> None:
    assert fees_of_fd({"r": 0.07, "e": 1, "to": True}) == FeeSchedule(rate=Decimal("0.07"))
    assert fees_of_fd({}) == FeeSchedule()
    assert fees_of_fd({"r": "much"}) is None


@pytest.mark.parametrize(
    ("tags", "changes", "category"),
    [
        pytest.param(["politics", "fed", "economy"], {}, Category.MACRO, id="a rate decision is macro before politics"),
        pytest.param(["crypto", "finance"], {}, Category.CRYPTO, id="a coin is crypto before finance"),
        pytest.param(
            ["us-presidential-election", "politics"], {}, Category.POLITICS, id="politics is a category of its own"
        ),
        pytest.param([], {"sportsMarketType": "moneyline"}, Category.SPORTS, id="the kind of game"),
        pytest.param(
            [], {"question": "Will Bitcoin hit $90k?", "gameId": None}, Category.CRYPTO, id="words as a fallback"
        ),
        pytest.param(["earn-4"], {"gameId": None}, Category.OTHER, id="nothing says"),
    ],
)
def test_the_category_comes_from_tags_first(tags: list[str], changes: dict[str, Any], category: Category) -> None:
    listing = listed(tags=[{"slug": tag} for tag in tags], **changes)
    assert isinstance(listing, MarketListing)
    assert listing.category is category


@pytest.mark.parametrize(
    ("question", "coin"),
    [
        ("Will Bitcoin reach $100,000?", "BTC"),
        ("ETH above $3,000?", "ETH"),
        ("Will stETH depeg from ETH?", ""),
        ("Will Ethena list USDe on ETH?", ""),
        ("Bitcoin or Ethereum first?", ""),
        ("Will Wethersfield win?", ""),
    ],
)
def test_a_coin_is_a_whole_word_and_no_relative(question: str, coin: str) -> None:
    assert underlying_of(question) == coin


def test_a_page_that_is_none_is_refused_and_a_bad_market_costs_itself() -> None:
    with pytest.raises(WireError, match="expected markets"):
        read_page(b'{"data": []}')
    page = read_page(msgspec.json.encode({"markets": [raw(), {"question": "no id"}], "next_cursor": "x"}))
    assert page.next_cursor == "x"
    with pytest.raises(WireError, match="expected a market"):
        read_market(page.markets[1])
