"""The official client asks and cancels at a running `astra exchange`; ambiguities of the wire are shown in both forms."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from exchange_bench import Bench, Listed
from py_clob_client_v2.client import ClobClient
from py_clob_client_v2.clob_types import (
    BalanceAllowanceParams,
    BookParams,
    BuilderTradeParams,
    DropNotificationParams,
    OpenOrderParams,
    OrderMarketCancelParams,
    OrderPayload,
    OrderScoringParams,
    OrdersScoringParams,
    PricesHistoryParams,
    TradeParams,
)
from py_clob_client_v2.exceptions import PolyApiException

from astra_actors.feeds.polymarket_rest import PolymarketRest
from astra_actors.feeds.stream_params import StreamParams

Ask = Callable[[ClobClient, Listed], Any]
EMPTY_PAGE = {"limit": 100, "count": 0, "next_cursor": "LTE=", "data": []}


@pytest.fixture(scope="module")
def traded(bench: Bench) -> Listed:
    """A market with bids at 0.48 and 0.49, asks at 0.53 and 0.52, and ten shares bought at 0.51."""
    market = bench.market(sets=1_000, fee_rate="0.05")
    bench.limit(0, market.yes, "SELL", 0.51, 10)
    bench.limit(1, market.yes, "BUY", 0.51, 10)
    for side, price, size in (("BUY", 0.48, 30), ("BUY", 0.49, 20), ("SELL", 0.53, 60), ("SELL", 0.52, 25)):
        bench.limit(0, market.yes, side, price, size)
    bench.until(lambda: bench.client(1).get_trades()[0]["status"] == "CONFIRMED", "the trade settles")
    return market


def rows(*pairs: tuple[str, str]) -> list[dict[str, str]]:
    return [{"price": price, "size": size} for price, size in pairs]


# (name, question, what of the answer is compared, wanted)
QUESTIONS: list[tuple[str, Ask, Ask]] = [
    ("ok", lambda c, m: c.get_ok(), lambda c, m: "OK"),
    ("version", lambda c, m: c.get_version(), lambda c, m: 2),
    ("time", lambda c, m: abs(c.get_server_time() - time.time()) < 5, lambda c, m: True),
    ("bids, best last", lambda c, m: c.get_order_book(m.yes)["bids"], lambda c, m: rows(("0.48", "30"), ("0.49", "20"))),
    ("asks, best last", lambda c, m: c.get_order_book(m.yes)["asks"], lambda c, m: rows(("0.53", "60"), ("0.52", "25"))),
    ("the mirror's bids", lambda c, m: c.get_order_book(m.no)["bids"], lambda c, m: rows(("0.47", "60"), ("0.48", "25"))),
    ("the mirror's asks", lambda c, m: c.get_order_book(m.no)["asks"], lambda c, m: rows(("0.52", "30"), ("0.51", "20"))),
    ("book's grid", lambda c, m: [c.get_order_book(m.yes)[k] for k in ("tick_size", "min_order_size", "neg_risk")],
     lambda c, m: ["0.01", "5", False]),
    ("last price in the book", lambda c, m: c.get_order_book(m.no)["last_trade_price"], lambda c, m: "0.490"),
    ("the hash as the client makes it", lambda c, m: c.get_order_book_hash(book := c.get_order_book(m.yes)) == book["hash"],
     lambda c, m: True),
    ("books", lambda c, m: [b["asset_id"] for b in c.get_order_books([BookParams(m.yes), BookParams(m.no)])],
     lambda c, m: [m.yes, m.no]),
    ("books leave out what is unknown", lambda c, m: c.get_order_books([BookParams("5")]), lambda c, m: []),
    ("price to buy", lambda c, m: c.get_price(m.yes, "BUY"), lambda c, m: {"price": "0.52"}),
    ("price to sell", lambda c, m: c.get_price(m.yes, "SELL"), lambda c, m: {"price": "0.49"}),
    ("prices", lambda c, m: c.get_prices([BookParams(m.yes, "BUY"), BookParams(m.no, "SELL")]),
     lambda c, m: {m.yes: {"BUY": 0.52}, m.no: {"SELL": 0.48}}),
    ("midpoint", lambda c, m: c.get_midpoint(m.yes), lambda c, m: {"mid": "0.505"}),
    ("midpoints", lambda c, m: c.get_midpoints([BookParams(m.yes), BookParams(m.no)]),
     lambda c, m: {m.yes: "0.505", m.no: "0.495"}),
    ("spread", lambda c, m: c.get_spread(m.yes), lambda c, m: {"spread": "0.03"}),
    ("spreads", lambda c, m: c.get_spreads([BookParams(m.no)]), lambda c, m: {m.no: "0.03"}),
    ("last trade", lambda c, m: c.get_last_trade_price(m.yes), lambda c, m: {"price": "0.51", "side": "BUY"}),
    ("last trade of the mirror", lambda c, m: c.get_last_trade_price(m.no), lambda c, m: {"price": "0.49", "side": "SELL"}),
    ("last trades", lambda c, m: c.get_last_trades_prices([BookParams(m.yes)]),
     lambda c, m: [{"token_id": m.yes, "price": "0.51", "side": "BUY"}]),
    ("tick size", lambda c, m: c.get_tick_size(m.yes), lambda c, m: "0.01"),
    ("neg risk", lambda c, m: c.get_neg_risk(m.yes), lambda c, m: False),
    ("the dead fee field", lambda c, m: c.get_fee_rate_bps(m.yes), lambda c, m: 1_000),
    ("fee exponent", lambda c, m: c.get_fee_exponent(m.yes), lambda c, m: 1),
    ("compact market", lambda c, m: {k: c.get_clob_market_info(m.cid)[k] for k in ("c", "mts", "mos", "fd", "ao")},
     lambda c, m: {"c": m.cid, "mts": 0.01, "mos": 5.0, "fd": {"r": 0.05, "e": 1, "to": True}, "ao": True}),
    ("its tokens", lambda c, m: c.get_clob_market_info(m.cid)["t"],
     lambda c, m: [{"t": m.yes, "o": "Yes"}, {"t": m.no, "o": "No"}]),
    ("market", lambda c, m: [c.get_market(m.cid)[k] for k in ("condition_id", "closed", "minimum_tick_size")],
     lambda c, m: [m.cid, False, 0.01]),
    ("nobody has won", lambda c, m: [t["winner"] for t in c.get_market(m.cid)["tokens"]], lambda c, m: [False, False]),
    ("markets", lambda c, m: m.cid in [row["condition_id"] for row in c.get_markets()["data"]], lambda c, m: True),
    ("simplified markets", lambda c, m: sorted(c.get_simplified_markets()["data"][0]),
     lambda c, m: sorted(["condition_id", "rewards", "tokens", "active", "closed", "archived", "accepting_orders"])),
    ("sampling markets", lambda c, m: c.get_sampling_markets()["data"], lambda c, m: []),
    ("sampling simplified markets", lambda c, m: c.get_sampling_simplified_markets()["data"], lambda c, m: []),
    ("live activity", lambda c, m: c.get_market_trades_events(m.cid)["condition_id"], lambda c, m: m.cid),
    ("current rewards", lambda c, m: c.get_current_rewards(), lambda c, m: []),
    ("rewards of a market", lambda c, m: c.get_raw_rewards_for_market(m.cid), lambda c, m: []),
    ("history", lambda c, m: c.get_prices_history(PricesHistoryParams(market=m.yes, interval="max"))["history"][-1]["p"] > 0,
     lambda c, m: True),
    ("builder trades", lambda c, m: c.get_builder_trades(BuilderTradeParams("0x" + "1" * 64))["trades"], lambda c, m: []),
    ("keys", lambda c, m: c.get_api_keys(), lambda c, m: {"apiKeys": [c.creds.api_key]}),
    ("derived again", lambda c, m: c.derive_api_key().api_key, lambda c, m: c.creds.api_key),
    ("created again", lambda c, m: c.create_api_key().api_secret, lambda c, m: c.creds.api_secret),
    ("not in closed-only mode", lambda c, m: c.get_closed_only_mode(), lambda c, m: {"closed_only": False}),
    ("open orders of a market", lambda c, m: len(c.get_open_orders(OpenOrderParams(market=m.cid))), lambda c, m: 4),
    ("open orders of a token", lambda c, m: c.get_open_orders(OpenOrderParams(asset_id=m.no)), lambda c, m: []),
    ("orders from before", lambda c, m: c.get_pre_migration_orders(), lambda c, m: []),
    ("trades of a market", lambda c, m: [(t["price"], t["size"], t["trader_side"])
                                         for t in c.get_trades(TradeParams(market=m.cid))],
     lambda c, m: [("0.51", "10", "MAKER")]),
    ("trades before they happened", lambda c, m: c.get_trades(TradeParams(market=m.cid, before=1)), lambda c, m: []),
    ("trades after", lambda c, m: len(c.get_trades(TradeParams(market=m.cid, after=1))), lambda c, m: 1),
    ("a page of trades", lambda c, m: c.get_trades_paginated(TradeParams(market=m.cid))["next_cursor"], lambda c, m: "LTE="),
    ("no order is scoring", lambda c, m: c.is_order_scoring(OrderScoringParams("0x1")), lambda c, m: {"scoring": False}),
    ("none of these either", lambda c, m: c.are_orders_scoring(OrdersScoringParams(["0x1"])), lambda c, m: {}),
    ("earnings", lambda c, m: c.get_earnings_for_user_for_day("2026-01-01"), lambda c, m: []),
    ("total earnings", lambda c, m: c.get_total_earnings_for_user_for_day("2026-01-01"), lambda c, m: []),
    ("earnings and markets", lambda c, m: c.get_user_earnings_and_markets_config("2026-01-01"), lambda c, m: []),
    ("reward percentages", lambda c, m: c.get_reward_percentages(), lambda c, m: {}),
    ("tokens of a wallet", lambda c, m: c.get_balance_allowance(BalanceAllowanceParams("CONDITIONAL", m.yes))["balance"],
     lambda c, m: "990000000"),
    ("three spenders", lambda c, m: len(c.get_balance_allowance(BalanceAllowanceParams("COLLATERAL"))["allowances"]),
     lambda c, m: 3),
    ("an update answers nothing", lambda c, m: c.update_balance_allowance(BalanceAllowanceParams("COLLATERAL")),
     lambda c, m: ""),
]  # fmt: skip


@pytest.mark.parametrize("row", QUESTIONS, ids=lambda row: row[0])
def test_the_client_asks(bench: Bench, traded: Listed, row: tuple[str, Ask, Ask]) -> None:
    client = bench.client(0)
    assert row[1](client, traded) == row[2](client, traded)


NOT_FOUND: list[tuple[str, Ask, int, str]] = [
    ("a book of an unknown token", lambda c, m: c.get_order_book("5"), 404, "No orderbook exists for the requested token id"),
    ("a book of words", lambda c, m: c.get_order_book("x"), 400, "Invalid token id"),
    ("a book of 79 digits", lambda c, m: c.get_order_book("9" * 79), 400, "Invalid token id"),
    ("too many books", lambda c, m: c.get_order_books([BookParams(m.yes)] * 501), 400, "Payload exceeds the limit"),
    ("a market nobody listed", lambda c, m: c.get_market("0x1"), 404, "market not found"),
    ("an order nobody placed", lambda c, m: c.get_order("0x1"), 404, "Order not found"),
    ("a side there is not", lambda c, m: c.get_price(m.yes, "HOLD"), 400, "Invalid side"),
    ("a cursor of words", lambda c, m: c.get_markets("?"), 400, "invalid next_cursor"),
    ("an unknown interval", lambda c, m: c.get_prices_history(PricesHistoryParams(m.yes, interval="2y")), 400,
     "invalid interval"),
    ("a window that is too long", lambda c, m: c.get_prices_history(PricesHistoryParams(m.yes, 0, 2_000_000)), 400,
     "invalid filters: 'startTs' and 'endTs' interval is too long"),
    ("tokens of an unknown id", lambda c, m: c.get_balance_allowance(BalanceAllowanceParams("CONDITIONAL", "5")), 400,
     "Invalid token id"),
    ("too many cancels", lambda c, m: c.cancel_orders(["0x1"] * 1_001), 400,
     "Too many orders in payload, max allowed: 1000"),
    ("a cancel of a market without a name", lambda c, m: c.cancel_market_orders(OrderMarketCancelParams()), 400,
     "Invalid order payload"),
    ("a readonly key nobody made", lambda c, m: c.delete_readonly_api_key("x"), 404, "api key not found"),
]  # fmt: skip


@pytest.mark.parametrize("row", NOT_FOUND, ids=lambda row: row[0])
def test_the_client_is_told_what_was_wrong(bench: Bench, traded: Listed, row: tuple[str, Ask, int, str]) -> None:
    with pytest.raises(PolyApiException) as refused:
        row[1](bench.client(0), traded)
    assert (refused.value.status_code, refused.value.error_msg) == (row[2], {"error": row[3]})


def test_the_client_cancels_each_way(bench: Bench) -> None:
    market, other = bench.market(), bench.market()
    client = bench.client(2)

    def fresh(count: int, where: Listed = market, token: str = "YES") -> list[str]:
        return [bench.limit(2, where.token(token), "BUY", 0.1 + n / 100, 10)["orderID"] for n in range(count)]

    client.cancel_all()
    one = fresh(1)
    assert client.cancel_order(OrderPayload(orderID=one[0])) == {"canceled": one, "not_canceled": {}}
    gone = {one[0]: "order can't be found - already canceled or matched"}
    assert client.cancel_order(OrderPayload(orderID=one[0])) == {"canceled": [], "not_canceled": gone}
    some = fresh(3)
    assert client.cancel_orders([*some, some[0], one[0]]) == {"canceled": some, "not_canceled": gone}
    yes, no, elsewhere = fresh(2), fresh(2, token="NO"), fresh(2, other)
    assert client.cancel_market_orders(OrderMarketCancelParams(asset_id=market.no))["canceled"] == no
    assert client.cancel_market_orders(OrderMarketCancelParams(market=market.cid))["canceled"] == yes
    assert client.cancel_all()["canceled"] == elsewhere
    assert client.get_open_orders() == []


def test_nobody_cancels_for_another(bench: Bench) -> None:
    rested = bench.limit(2, bench.market().yes, "BUY", 0.5, 10)["orderID"]
    assert bench.client(3).cancel_order(OrderPayload(orderID=rested))["canceled"] == []
    assert rested not in bench.client(3).cancel_all()["canceled"]
    with pytest.raises(PolyApiException):
        bench.client(3).get_order(rested)
    assert bench.client(2).get_order(rested)["status"] == "LIVE"


def test_lists_have_pages_and_an_end(bench: Bench) -> None:
    market, client = bench.market(), bench.client(3)
    ids = [bench.limit(3, market.yes, "BUY", 0.01, 5 + n)["orderID"] for n in range(103)]
    first = client.get_open_orders(OpenOrderParams(market=market.cid), only_first_page=True)
    assert [row["id"] for row in first] == ids[:100]
    assert [row["id"] for row in client.get_open_orders(OpenOrderParams(market=market.cid))] == ids
    assert len(client.cancel_market_orders(OrderMarketCancelParams(market=market.cid))["canceled"]) == 103


def test_keys_live_and_die(bench: Bench) -> None:
    client = ClobClient(bench.hello["clob"], 137, key=bench.accounts[3]["private_key"], signature_type=2,
                        funder=bench.accounts[3]["funder"])  # fmt: skip
    with pytest.raises(PolyApiException) as refused:
        client.derive_api_key(nonce=77)
    assert refused.value.error_msg == {"error": "Could not derive api key!"}
    creds = client.create_api_key(nonce=77)
    client.set_api_creds(creds)
    assert creds.api_key in client.get_api_keys()["apiKeys"]
    assert client.delete_api_key() == "OK"
    with pytest.raises(PolyApiException) as refused:
        client.get_open_orders()
    assert (refused.value.status_code, refused.value.error_msg) == (401, {"error": "Unauthorized/Invalid api key"})


def test_readonly_and_builder_keys(bench: Bench) -> None:
    client = bench.client(0)
    made = client.create_readonly_api_key()
    assert client.get_readonly_api_keys()["apiKeys"] == [made["key"]]
    assert client.delete_readonly_api_key(made["key"]) == "OK"
    assert client.get_readonly_api_keys()["apiKeys"] == []
    builder = client.create_builder_api_key()
    assert [row["key"] for row in client.get_builder_api_keys()] == [builder["key"]]
    assert client.revoke_builder_api_key() == "OK" and client.get_builder_api_keys() == []


def test_an_attestation_that_proves_nothing_is_refused(bench: Bench) -> None:
    headers = {"POLY_ADDRESS": bench.accounts[0]["address"], "POLY_TIMESTAMP": "1", "POLY_NONCE": "0"}
    for signature in ("", "0x", "0x" + "1" * 130, "zz"):
        status, said = bench.ask(
            f"{bench.hello['clob']}/auth/api-key", b"", method="POST", headers={**headers, "POLY_SIGNATURE": signature}
        )
        assert (status, said) == (401, {"error": "Invalid L1 Request headers"})


def test_heartbeats_are_chained_and_a_wrong_id_names_the_right_one(bench: Bench) -> None:
    client = bench.client(1)
    first = client.post_heartbeat("")["heartbeat_id"]
    second = client.post_heartbeat(first)["heartbeat_id"]
    with pytest.raises(PolyApiException) as refused:
        client.post_heartbeat("wrong")
    assert refused.value.status_code == 400 and refused.value.error_msg["heartbeat_id"] == second
    assert client.post_heartbeat(second)["heartbeat_id"] not in (first, second)


def test_notifications_come_and_are_dropped(bench: Bench) -> None:
    market, client = bench.market(), bench.client(2)
    rested = bench.limit(2, market.yes, "BUY", 0.5, 10)["orderID"]
    client.cancel_order(OrderPayload(orderID=rested))
    rows = [row for row in client.get_notifications() if row["payload"]["order_id"] == rested]
    assert len(rows) == 1
    assert client.drop_notifications(DropNotificationParams(ids=[str(rows[0]["id"])])) == "OK"
    assert rows[0]["id"] not in [row["id"] for row in client.get_notifications()]
    assert client.drop_notifications() == "OK" and client.get_notifications() == []


# (switch, its second form, question, what the first form answers, what the second answers)
SWITCHED: list[tuple[str, str, Ask, Ask, Ask]] = [
    ("trade_status", "prefixed", lambda c, m: c.get_trades(TradeParams(market=m.cid))[0]["status"],
     lambda c, m: "CONFIRMED", lambda c, m: "TRADE_STATUS_CONFIRMED"),
    ("order_status", "prefixed", lambda c, m: c.get_open_orders(OpenOrderParams(market=m.cid))[0]["status"],
     lambda c, m: "LIVE", lambda c, m: "ORDER_STATUS_LIVE"),
    ("rest_sizes", "integer", lambda c, m: c.get_trades(TradeParams(market=m.cid))[0]["size"],
     lambda c, m: "10", lambda c, m: "10000000"),
    ("price_side", "openapi", lambda c, m: c.get_price(m.yes, "BUY"), lambda c, m: {"price": "0.52"},
     lambda c, m: {"price": "0.49"}),
    ("prices_values", "string", lambda c, m: c.get_prices([BookParams(m.yes, "BUY")]), lambda c, m: {m.yes: {"BUY": 0.52}},
     lambda c, m: {m.yes: {"BUY": "0.52"}}),
    ("book_last", "plain", lambda c, m: c.get_order_book(m.yes)["last_trade_price"],
     lambda c, m: "0.510", lambda c, m: "0.51"),
    ("midpoint_key", "mid_price", lambda c, m: c.get_midpoint(m.yes), lambda c, m: {"mid": "0.505"},
     lambda c, m: {"mid_price": "0.505"}),
    ("balance_form", "allowance", lambda c, m: sorted(c.get_balance_allowance(BalanceAllowanceParams("COLLATERAL"))),
     lambda c, m: ["allowances", "balance"], lambda c, m: ["allowance", "balance"]),
]  # fmt: skip


@pytest.mark.parametrize("row", SWITCHED, ids=lambda row: row[0])
def test_an_ambiguous_form_is_a_switch(bench: Bench, traded: Listed, row: tuple[str, str, Ask, Ask, Ask]) -> None:
    switch, form, question, first, second = row
    client = bench.client(0)
    usual = bench.admin("status")["switches"][switch]
    assert question(client, traded) == first(client, traded)
    bench.switch(**{switch: form})
    try:
        assert question(client, traded) == second(client, traded)
    finally:
        bench.switch(**{switch: usual})


def test_an_order_that_is_over_is_not_found_or_null(bench: Bench) -> None:
    client = bench.client(2)
    rested = bench.limit(2, bench.market().yes, "BUY", 0.5, 10)["orderID"]
    client.cancel_order(OrderPayload(orderID=rested))
    with pytest.raises(PolyApiException) as refused:
        client.get_order(rested)
    assert (refused.value.status_code, refused.value.error_msg) == (404, {"error": "Order not found"})
    bench.switch(terminal_order="null")
    try:
        assert client.get_order(rested) is None
    finally:
        bench.switch(terminal_order="404")


def test_a_key_that_exists_may_be_refused_and_is_derived(bench: Bench) -> None:
    bench.switch(created_key="refused")
    try:
        with pytest.raises(PolyApiException):
            bench.client(0).create_api_key()
        assert bench.client(0).create_or_derive_api_key().api_key == bench.client(0).creds.api_key
    finally:
        bench.switch(created_key="again")


def test_the_buckets_of_a_signer_warn_or_refuse(bench: Bench) -> None:
    bench.switch(signer_limits="enforced")
    market = bench.market()
    try:
        bench.client(4).cancel_orders([f"0x{n}" for n in range(100)])
        with pytest.raises(PolyApiException) as refused:
            bench.client(4).cancel_orders([f"0x{n}" for n in range(100)])
        assert (refused.value.status_code, refused.value.error_msg) == (429, {"error": "Too Many Requests"})
    finally:
        bench.switch(signer_limits="warning")
    assert bench.client(4).cancel_orders([f"0x{n}" for n in range(500)])["canceled"] == []
    assert bench.limit(3, market.yes, "BUY", 0.5, 10)["status"] == "live"


# -- the catalogue --------------------------------------------------------------------------------------------------


def gamma(bench: Bench, path: str) -> tuple[int, Any]:
    return bench.ask(f"{bench.hello['gamma']}/{path}")


def test_the_catalogue_lists_markets_by_cursor_to_the_end(bench: Bench, traded: Listed) -> None:
    seen: list[str] = []
    cursor = ""
    while True:
        status, page = gamma(bench, f"markets/keyset?limit=7{cursor}")
        assert status == 200
        seen += [row["conditionId"] for row in page["markets"]]
        if "next_cursor" not in page:
            break
        cursor = f"&after_cursor={page['next_cursor']}"
    closed = len(gamma(bench, "markets/keyset?limit=100&closed=true")[1]["markets"])
    assert traded.cid in seen and len(seen) == len(set(seen)) == bench.admin("status")["markets"] - closed


def test_a_market_of_the_catalogue_has_lists_inside_strings(bench: Bench, traded: Listed) -> None:
    _, page = gamma(bench, f"markets/keyset?condition_ids={traded.cid}&include_tag=true")
    (row,) = page["markets"]
    assert json.loads(row["clobTokenIds"]) == [traded.yes, traded.no]
    assert json.loads(row["outcomePrices"]) == ["0.505", "0.495"]
    assert row["feeSchedule"] == {"rate": 0.05, "exponent": 1, "takerOnly": True, "rebateRate": 0.0}
    assert (row["bestBid"], row["bestAsk"], row["lastTradePrice"]) == (0.49, 0.52, 0.51)
    same = [gamma(bench, f"markets/{row['id']}")[1], gamma(bench, f"markets/slug/{row['slug']}")[1]]
    assert [each["conditionId"] for each in same] == [traded.cid, traded.cid]
    event = gamma(bench, f"events/{row['events'][0]['id']}")[1]
    assert [each["conditionId"] for each in event["markets"]] == [traded.cid]


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("status", 200), ("markets?limit=3", 200), ("events?limit=3", 200), ("events/keyset?include_markets=false", 200),
        ("tags", 200), ("markets/keyset?offset=3", 422), ("markets?offset=2001", 422), ("markets/nothing", 404),
        ("events/slug/nothing", 404), ("tags/slug/nothing", 404), ("markets/keyset?order=nothing", 422),
        ("markets/keyset?liquidity_num_min=many", 400), ("markets/keyset?end_date_min=2026-01-01T00:00:00Z", 200),
        ("markets/keyset?limit=x", 400), ("markets/keyset?after_cursor=x", 400),
    ],
)  # fmt: skip
def test_the_catalogue_answers(bench: Bench, path: str, status: int) -> None:
    assert gamma(bench, path)[0] == status


def test_our_own_reader_finds_the_market_and_reads_its_book(bench: Bench, traded: Listed) -> None:
    params = StreamParams(gamma_url=bench.hello["gamma"], clob_url=bench.hello["clob"], liquidity_usd_min=0)
    rest = PolymarketRest(params)
    found = rest.discover(markets_max=1_000)
    assert found.ok and traded.cid in [listing.market_id for listing in found.listings]
    book = rest.book(traded.yes, 1)
    assert book is not None and book.bids[0] == (4_900, 20_000_000) and book.hash_ok is not False


# -- the end of a market --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("outcome", "winners", "prices"),
    [("YES", [True, False], ["1", "0"]), ("NO", [False, True], ["0", "1"]), ("VOID", [False, False], ["0.5", "0.5"])],
)
def test_an_outcome_is_told_everywhere(bench: Bench, outcome: str, winners: list[bool], prices: list[str]) -> None:
    market = bench.market(sets=10)
    rested = bench.limit(0, market.yes, "BUY", 0.1, 10)["orderID"]
    bench.act("propose", market=market.cid, outcome="NO")
    bench.act("dispute", market=market.cid)
    proposed = gamma(bench, f"markets/keyset?condition_ids={market.cid}")[1]["markets"][0]
    assert json.loads(proposed["umaResolutionStatuses"]) == ["proposed", "disputed"] and proposed["closed"] is False
    bench.act("resolve", market=market.cid, outcome=outcome)
    told = bench.client(0).get_market(market.cid)
    assert told["closed"] is True and [token["winner"] for token in told["tokens"]] == winners
    assert told["is_50_50_outcome"] is (outcome == "VOID")
    row = gamma(bench, f"markets/keyset?condition_ids={market.cid}&closed=true")[1]["markets"][0]
    assert json.loads(row["outcomePrices"]) == prices and row["umaResolutionStatus"] == "resolved"
    with pytest.raises(PolyApiException):
        bench.client(0).get_order(rested)
    assert bench.act("redeem", market=market.cid, address=bench.accounts[0]["funder"]) == 10_000_000


def test_a_market_the_catalogue_knows_before_the_book(bench: Bench) -> None:
    market = bench.market(visible_on_clob=False)
    assert gamma(bench, f"markets/keyset?condition_ids={market.cid}")[1]["markets"]
    with pytest.raises(PolyApiException) as refused:
        bench.client(0).get_order_book(market.yes)
    assert refused.value.status_code == 404
    bench.act("show", market=market.cid)
    assert bench.client(0).get_order_book(market.yes)["bids"] == []
