"""The official client, unmodified, places orders at a running `astra exchange`: accepted and refused, as tables."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from exchange_bench import Bench, Listed
from py_clob_client_v2.clob_types import (
    MarketOrderArgs,
    OrderArgs,
    PartialCreateOrderOptions,
    PostOrdersV2Args,
    RequestArgs,
)
from py_clob_client_v2.exceptions import PolyApiException
from py_clob_client_v2.headers.headers import create_level_2_headers
from py_clob_client_v2.order_utils.model.order_data_v2 import order_to_json_v2

Row = tuple[Any, ...]
BUY10 = ("BUY", "YES", 0.52, 10)
ASK = ("SELL", "YES", 0.52, 100)

# (name, market, resting orders of account 0, (side, token, price, size[, type]), (status, making, taking))
PLACED: list[Row] = [
    ("GTC rests", {}, [], BUY10, ("live", "", "")),
    ("GTC sale rests", {}, [], ("SELL", "NO", 0.52, 10), ("live", "", "")),
    ("GTD rests", {}, [], ("BUY", "YES", 0.52, 10, "GTD"), ("live", "", "")),
    ("post-only rests", {}, [], ("BUY", "YES", 0.51, 10, "POST"), ("live", "", "")),
    ("post-only rests beside an ask", {}, [ASK], ("BUY", "YES", 0.51, 10, "POST"), ("live", "", "")),
    ("GTC takes what crosses", {}, [ASK], BUY10, ("matched", "5.2", "10")),
    ("GTC takes part and rests", {}, [("SELL", "YES", 0.52, 6)], BUY10, ("matched", "3.12", "6")),
    ("two buys mint", {}, [("BUY", "NO", 0.48, 100)], BUY10, ("matched", "5.2", "10")),
    ("two sales merge", {}, [("SELL", "NO", 0.48, 100)], ("SELL", "YES", 0.52, 10), ("matched", "10", "5.2")),
    ("the maker's price counts", {}, [("SELL", "YES", 0.5, 100)], ("BUY", "YES", 0.6, 10), ("matched", "6", "12")),
    ("a seller gets the better price", {}, [("BUY", "YES", 0.6, 100)], ("SELL", "YES", 0.5, 10), ("matched", "10", "6")),
    ("FOK by limit", {}, [ASK], ("BUY", "YES", 0.52, 25, "FOK"), ("matched", "13", "25")),
    ("FAK takes what is there", {}, [("SELL", "YES", 0.52, 6)], ("BUY", "YES", 0.52, 25, "FAK"), ("matched", "3.12", "6")),
    ("FAK sale", {}, [("BUY", "YES", 0.52, 6)], ("SELL", "YES", 0.52, 25, "FAK"), ("matched", "6", "3.12")),
    ("FAK below the size floor", {}, [("BUY", "YES", 0.52, 6)], ("SELL", "YES", 0.4, 2, "FAK"), ("matched", "2", "1.04")),
    ("a fee is not in the answer", {"fee_rate": "0.05"}, [ASK], BUY10, ("matched", "5.2", "10")),
    ("neg risk takes", {"neg_risk": True}, [ASK], BUY10, ("matched", "5.2", "10")),
    ("positions take", {"version": "v2"}, [ASK], BUY10, ("matched", "5.2", "10")),
    ("a taker delay holds and then answers", {"taker_delay_ms": 20}, [ASK], BUY10, ("matched", "5.2", "10")),
    ("a sports delay answers at once", {"seconds_delay": 1}, [ASK], BUY10, ("delayed", "", "")),
    ("a sports delay lets what rests pass", {"seconds_delay": 1}, [], BUY10, ("live", "", "")),
]  # fmt: skip

# (name, market, resting orders of account 0, order, status, text; {id} is the order's own)
REFUSED: list[Row] = [
    ("post-only that crosses", {}, [ASK], ("BUY", "YES", 0.52, 10, "POST"), 400, "invalid post-only order: order crosses book"),
    ("post-only that crosses the mirror", {}, [("BUY", "NO", 0.48, 10)], ("BUY", "YES", 0.52, 10, "POST"), 400,
     "invalid post-only order: order crosses book"),
    ("off the grid of half cents", {"tick_e4": 50}, [], ("BUY", "YES", 0.521, 10), 400,
     "order {id} is invalid. Price (0.521) breaks minimum tick size rule: 0.005"),
    ("off the grid of quarter cents", {"tick_e4": 25}, [], ("SELL", "YES", 0.5203, 10), 400,
     "order {id} is invalid. Price (0.5203) breaks minimum tick size rule: 0.0025"),
    ("below the minimum", {}, [], ("BUY", "YES", 0.52, 3), 400, "order {id} is invalid. Size (3) lower than the minimum: 5"),
    ("a marketable buy under a dollar", {}, [("SELL", "YES", 0.1, 100)], ("BUY", "YES", 0.1, 5), 400,
     "invalid amount for a marketable BUY order ($0.5), min size: $1"),
    ("FOK without depth", {}, [("SELL", "YES", 0.52, 6)], ("BUY", "YES", 0.52, 25, "FOK"), 400,
     "order couldn't be fully filled. FOK orders are fully filled or killed."),
    ("FOK sale without depth", {}, [("BUY", "YES", 0.52, 6)], ("SELL", "YES", 0.52, 25, "FOK"), 400,
     "order couldn't be fully filled. FOK orders are fully filled or killed."),
    ("FAK meets nobody", {}, [], ("BUY", "YES", 0.52, 25, "FAK"), 400,
     "no orders found to match with FAK order. FAK orders are partially filled or killed if no match is found."),
    ("FAK with four places of dollars", {}, [ASK], ("BUY", "YES", 0.11, 21.33, "FAK"), 400,
     "invalid amounts, the market buy orders maker amount supports a max accuracy of 2 decimals, taker amount a max of 4 "
     "decimals"),
    ("GTD sooner than three minutes", {}, [], ("BUY", "YES", 0.52, 10, "SOON"), 400, "invalid expiration"),
    ("an expiry on GTC", {}, [], ("BUY", "YES", 0.52, 10, "DATED"), 400, "invalid expiration"),
    ("a closed book", {"accepting": False}, [], BUY10, 400, "the market is not yet ready to process new orders"),
]  # fmt: skip


def given(bench: Bench, options: dict[str, Any], resting: list[Row]) -> Listed:
    """A market of its own with what rests in it."""
    accepting = options.get("accepting", True)
    listing = {name: value for name, value in options.items() if name != "accepting"}
    market = bench.market(sets=1_000, **listing)
    for side, outcome, price, size in resting:
        assert post(bench, 0, market, options, (side, outcome, price, size))["status"] == "live"
    if not accepting:
        bench.act("pause", market=market.cid, accepting=False)
    return market


def post(bench: Bench, who: int, market: Listed, options: dict[str, Any], order: Row) -> dict[str, Any]:
    """Sign and post one row's order with the official client."""
    client = bench.client(who)
    signed, kind, post_only = sign(bench, who, market, options, order)
    answer: dict[str, Any] = client.post_order(signed, kind, post_only, True)
    return answer


def sign(bench: Bench, who: int, market: Listed, options: dict[str, Any], order: Row) -> tuple[Any, str, bool]:
    side, outcome, price, size, *rest = order
    kind = rest[0] if rest else "GTC"
    life = {"GTD": 600, "SOON": 179, "DATED": 600}.get(kind, 0)
    asset = {("position_id" if options.get("version") == "v2" else "token_id"): market.token(outcome)}
    args = OrderArgs(price=price, size=size, side=side, expiration=int(time.time()) + life if life else 0, **asset)
    signed = bench.client(who).create_order(args)
    return signed, {"POST": "GTC", "SOON": "GTD", "DATED": "GTC"}.get(kind, kind), kind == "POST"


@pytest.mark.parametrize("row", PLACED, ids=lambda row: row[0])
def test_the_client_places(bench: Bench, row: Row) -> None:
    _, options, resting, order, (status, making, taking) = row
    market = given(bench, options, resting)
    answer = post(bench, 1, market, options, order)
    assert answer["success"] is True and answer["errorMsg"] == "" and answer["orderID"].startswith("0x")
    assert (answer["status"], answer["makingAmount"], answer["takingAmount"]) == (status, making, taking)
    assert bool(answer["tradeIDs"]) is (status == "matched")


@pytest.mark.parametrize("row", REFUSED, ids=lambda row: row[0])
def test_the_client_is_refused(bench: Bench, row: Row) -> None:
    _, options, resting, order, status, text = row
    market = given(bench, options, resting)
    with pytest.raises(PolyApiException) as refused:
        post(bench, 1, market, options, order)
    said = refused.value.error_msg["error"]
    assert refused.value.status_code == status
    head, _, tail = text.partition("{id}")
    assert said.startswith(head) and said.endswith(tail)


@pytest.mark.parametrize("who", [0, 1, 2, 3], ids=["EOA", "deposit wallet", "proxy", "safe"])
@pytest.mark.parametrize(
    "options", [{}, {"neg_risk": True}, {"version": "v2"}], ids=["standard", "neg risk", "positions"]
)
def test_every_wallet_signs_for_every_exchange(bench: Bench, who: int, options: dict[str, Any]) -> None:
    market = bench.market(**options)
    answer = post(bench, who, market, options, BUY10)
    assert answer["status"] == "live"
    rested = bench.client(who).get_order(answer["orderID"])
    assert rested["maker_address"] == bench.accounts[who]["funder"]


@pytest.mark.parametrize(
    ("tick_e4", "price"), [(1_000, 0.5), (100, 0.52), (50, 0.525), (25, 0.5225), (10, 0.523), (1, 0.5234)]
)
@pytest.mark.parametrize("side", ["BUY", "SELL"])
def test_every_grid_is_traded(bench: Bench, tick_e4: int, price: float, side: str) -> None:
    market = bench.market(sets=100, tick_e4=tick_e4)
    answer = post(bench, 1, market, {}, (side, "YES", price, 21.33))
    rested = bench.client(1).get_order(answer["orderID"])
    assert (float(rested["price"]), rested["original_size"]) == (price, "21.33")


# (name, market options, resting, amount, side, type, wanted making and taking, or the refusal)
MARKET_ORDERS: list[Row] = [
    ("$10 buy more than they ask", [("SELL", "YES", 0.52, 100)], 10, "BUY", "FOK", ("9.9996", "19.23")),
    ("$10 over two prices", [("SELL", "YES", 0.5, 10), ("SELL", "YES", 0.52, 100)], 10, "BUY", "FOK", ("9.9972", "19.61")),
    ("10 shares are sold", [("BUY", "YES", 0.48, 100)], 10, "SELL", "FOK", ("10", "4.8")),
    ("10 shares are sold over two prices", [("BUY", "YES", 0.48, 4 + 1), ("BUY", "YES", 0.4, 100)], 10, "SELL", "FOK",
     ("10", "4.4")),
    ("FAK sells what is wanted", [("BUY", "YES", 0.48, 6)], 10, "SELL", "FAK", ("6", "2.88")),
    ("two dollars", [("SELL", "YES", 0.5, 100)], 2, "BUY", "FOK", ("2", "4")),
]  # fmt: skip


@pytest.mark.parametrize("row", MARKET_ORDERS, ids=lambda row: row[0])
def test_the_client_sends_market_orders(bench: Bench, row: Row) -> None:
    _, resting, amount, side, kind, (making, taking) = row
    market = given(bench, {}, resting)
    args = MarketOrderArgs(token_id=market.yes, amount=amount, side=side, order_type=kind)
    answer = bench.client(1).create_and_post_market_order(args, order_type=kind, defer_exec=True)
    assert (answer["status"], answer["makingAmount"], answer["takingAmount"]) == ("matched", making, taking)


def test_the_client_waits_for_the_hash_of_its_match_and_gets_it(bench: Bench) -> None:
    market = given(bench, {}, [ASK])
    answer = bench.client(1).create_and_post_order(OrderArgs(token_id=market.yes, price=0.52, size=10, side="BUY"))
    trade = bench.client(1).get_trades_paginated()["trades"][0]
    assert answer["transactionsHashes"] == [trade["transaction_hash"]] and answer["tradeIDs"] == [trade["id"]]


def test_a_budget_with_a_known_balance_is_adjusted_for_fees(bench: Bench) -> None:
    market = given(bench, {"fee_rate": "0.05"}, [ASK])
    args = MarketOrderArgs(token_id=market.yes, amount=10, side="BUY", order_type="FOK", user_usdc_balance=10)
    answer = bench.client(1).create_and_post_market_order(args, order_type="FOK", defer_exec=True)
    assert answer["status"] == "matched" and float(answer["makingAmount"]) <= 10 / 1.024


def test_a_batch_answers_in_order_and_judges_each_alone(bench: Bench) -> None:
    market = given(bench, {}, [ASK])
    rows = [BUY10, ("BUY", "YES", 0.5, 3), ("BUY", "YES", 0.5, 10), ("BUY", "NO", 0.1, 10)]
    orders = [sign(bench, 1, market, {}, row)[0] for row in rows]
    answers = bench.client(1).post_orders([PostOrdersV2Args(order=order) for order in orders], defer_exec=True)
    assert [answer["status"] for answer in answers] == ["matched", "", "live", "live"]
    assert answers[1]["success"] is True and answers[1]["orderID"] == ""
    assert answers[1]["errorMsg"].endswith("is invalid. Size (3) lower than the minimum: 5")


@pytest.mark.parametrize(("count", "accepted"), [(15, True), (16, False)])
def test_a_batch_has_fifteen_orders_at_most(bench: Bench, count: int, accepted: bool) -> None:
    market = given(bench, {}, [])
    orders = [sign(bench, 1, market, {}, ("BUY", "YES", 0.1, 10))[0] for _ in range(count)]
    args = [PostOrdersV2Args(order=order) for order in orders]
    if accepted:
        assert len(bench.client(1).post_orders(args)) == count
        return
    with pytest.raises(PolyApiException) as refused:
        bench.client(1).post_orders(args)
    assert refused.value.error_msg == {"error": "Too many orders in payload: 16, max allowed: 15"}


# (name, what is changed in the signed body, status, text)
TAMPERED: list[tuple[str, dict[str, Any], int, str]] = [
    ("a tampered amount", {"makerAmount": "5300000"}, 400, "invalid signature"),
    ("a tampered size", {"takerAmount": "11000000"}, 400, "invalid signature"),
    ("a tampered side", {"side": "SELL"}, 400, "invalid signature"),
    ("a tampered salt", {"salt": 1}, 400, "invalid signature"),
    ("a tampered time", {"timestamp": "1"}, 400, "invalid signature"),
    ("a tampered builder", {"builder": "0x" + "1" * 64}, 400, "invalid signature"),
    ("another's signature", {"signature": "0x" + "1" * 130}, 400, "invalid signature"),
    ("a signature cut short", {"signature": "0x11"}, 400, "Invalid order payload"),
    ("another's wallet", {"maker": "0x" + "1" * 40}, 400,
     "maker address not allowed, please use the deposit wallet flow"),
    ("another signer", {"signer": "0x" + "1" * 40}, 400,
     "the order signer address has to be the address of the API KEY"),
    ("a token nobody listed", {"tokenId": "5"}, 404, "No orderbook exists for the requested token id"),
    ("a token of letters", {"tokenId": "five"}, 400, "Invalid order payload"),
    ("a token of 79 digits", {"tokenId": "9" * 79}, 400, "Invalid order payload"),
    ("an amount of nothing", {"makerAmount": "0"}, 400, "Invalid order payload"),
    ("an amount below nothing", {"makerAmount": "-5"}, 400, "Invalid order payload"),
    ("an amount beyond everything", {"makerAmount": "9" * 60}, 400, "Invalid order payload"),
    ("a fifth kind of signature", {"signatureType": 4}, 400, "Invalid order payload"),
    ("a third side", {"side": "HOLD"}, 400, "Invalid order payload"),
    ("no maker", {"maker": None}, 400, "Invalid order payload"),
    ("a salt of words", {"salt": "x"}, 400, "Invalid order payload"),
    ("a date that is not signed", {"expiration": "9"}, 400, "invalid expiration"),
    ("another kind of wallet", {"signatureType": 1}, 400,
     "maker address not allowed, please use the deposit wallet flow"),
]  # fmt: skip


def send(bench: Bench, who: int, method: str, path: str, body: Any, **headers: str) -> tuple[int, Any]:
    """A request with valid headers of the official client, some of them replaced."""
    client = bench.client(who)
    text = body if isinstance(body, str) else json.dumps(body, separators=(",", ":"))
    signed = create_level_2_headers(
        client.signer, client.creds, RequestArgs(method=method, request_path=path, body=body, serialized_body=text)
    )
    return bench.ask(f"{bench.hello['clob']}{path}", text.encode(), method=method, headers={**signed, **headers})


@pytest.mark.parametrize("row", TAMPERED, ids=lambda row: row[0])
def test_a_tampered_order_is_refused(bench: Bench, row: tuple[str, dict[str, Any], int, str]) -> None:
    _, changes, status, text = row
    signed, kind, _ = sign(bench, 0, bench.market(), {}, BUY10)
    body = order_to_json_v2(signed, bench.client(0).creds.api_key, kind)
    body["order"].update(changes)
    assert send(bench, 0, "POST", "/order", body) == (status, {"error": text})


# (name, changes of the outer body, status, text)
WRAPPED: list[tuple[str, dict[str, Any], int, str]] = [
    ("another owner", {"owner": "00000000-0000-4000-8000-000000000000"}, 400,
     "the order owner has to be the owner of the API KEY"),
    ("an unknown type", {"orderType": "IOC"}, 400, "Invalid order payload"),
    ("post-only FOK", {"orderType": "FOK", "postOnly": True}, 400, "Invalid order payload"),
    ("a flag of words", {"postOnly": "yes"}, 400, "Invalid order payload"),
    ("no order", {"order": None}, 400, "Invalid order payload"),
    ("an order of a list", {"order": []}, 400, "Invalid order payload"),
]  # fmt: skip


@pytest.mark.parametrize("row", WRAPPED, ids=lambda row: row[0])
def test_a_wrong_wrapping_is_refused(bench: Bench, row: tuple[str, dict[str, Any], int, str]) -> None:
    _, changes, status, text = row
    signed, kind, _ = sign(bench, 0, bench.market(), {}, ("BUY", "YES", 0.5, 10))
    body = {**order_to_json_v2(signed, bench.client(0).creds.api_key, kind), **changes}
    assert send(bench, 0, "POST", "/order", body) == (status, {"error": text})


AUTH: list[tuple[str, dict[str, str]]] = [
    ("a wrong HMAC", {"POLY_SIGNATURE": "A" * 43 + "="}),
    ("no HMAC", {"POLY_SIGNATURE": ""}),
    ("an HMAC of another time", {"POLY_TIMESTAMP": "1"}),
    ("a time of words", {"POLY_TIMESTAMP": "now"}),
    ("an unknown key", {"POLY_API_KEY": "00000000-0000-4000-8000-000000000000"}),
    ("a wrong passphrase", {"POLY_PASSPHRASE": "x"}),
    ("another's address", {"POLY_ADDRESS": "0x" + "1" * 40}),
]


@pytest.mark.parametrize("row", AUTH, ids=lambda row: row[0])
def test_headers_that_prove_nothing_are_unauthorized(bench: Bench, row: tuple[str, dict[str, str]]) -> None:
    body = {"orderID": "0x1"}
    assert send(bench, 0, "DELETE", "/order", body, **row[1]) == (401, {"error": "Unauthorized/Invalid api key"})
    assert send(bench, 0, "DELETE", "/order", body)[0] == 200


def test_the_body_is_signed_as_it_is(bench: Bench) -> None:
    client = bench.client(0)
    headers = create_level_2_headers(
        client.signer, client.creds, RequestArgs("DELETE", "/order", None, '{"orderID":"0x1"}')
    )
    status, _ = bench.ask(f"{bench.hello['clob']}/order", b'{"orderID": "0x1"}', method="DELETE", headers=headers)
    assert status == 401


def test_the_same_order_again_is_a_duplicate_and_fills_nothing_twice(bench: Bench) -> None:
    market = given(bench, {}, [ASK])
    signed, kind, _ = sign(bench, 1, market, {}, BUY10)
    bench.client(1).post_order(signed, kind, False, True)
    with pytest.raises(PolyApiException) as refused:
        bench.client(1).post_order(signed, kind, False, True)
    assert refused.value.error_msg["error"].endswith("is invalid. Duplicated.")
    assert bench.client(0).get_order_book(market.yes)["asks"] == [{"price": "0.52", "size": "90"}]


def test_money_that_is_not_there_is_refused_with_its_sums(bench: Bench) -> None:
    market = bench.market()
    bench.limit(4, market.yes, "BUY", 0.5, 10)  # the poor account has ten dollars
    with pytest.raises(PolyApiException) as refused:
        bench.limit(4, market.yes, "BUY", 0.5, 12)
    assert refused.value.error_msg["error"] == (
        "not enough balance / allowance: the balance is not enough -> balance: 10000000, sum of active orders: 5000000, "
        "order amount: 6000000"
    )
    with pytest.raises(PolyApiException) as refused:
        bench.limit(4, market.yes, "SELL", 0.5, 10)
    assert refused.value.error_msg["error"].endswith("-> balance: 0, order amount: 10000000")


@pytest.mark.parametrize(
    ("deed", "text"),
    [
        ("ban", "'{maker}' address banned"),
        ("closed_only", "'{maker}' address in closed only mode"),
    ],
)
def test_a_restricted_account_is_refused(bench: Bench, deed: str, text: str) -> None:
    funder = bench.accounts[3]["funder"]
    market = bench.market()
    bench.act(deed, address=funder)
    try:
        with pytest.raises(PolyApiException) as refused:
            bench.limit(3, market.yes, "BUY", 0.5, 10)
        assert bench.client(3).get_closed_only_mode() == {"closed_only": deed == "closed_only"}
    finally:
        bench.act(deed, address=funder, on=False)
    assert refused.value.error_msg["error"] == text.format(maker=funder)


def test_a_stranger_gets_a_key_and_no_trade(bench: Bench) -> None:
    from py_clob_client_v2.client import ClobClient

    stranger = ClobClient(bench.hello["clob"], 137, key="0x" + "42" * 32, signature_type=0)
    stranger.set_api_creds(stranger.create_or_derive_api_key())
    market = bench.market()
    with pytest.raises(PolyApiException) as refused:
        stranger.create_and_post_order(
            OrderArgs(token_id=market.yes, price=0.5, size=10, side="BUY"), PartialCreateOrderOptions(neg_risk=False)
        )
    assert refused.value.error_msg["error"] == "maker address not allowed, please use the deposit wallet flow"


@pytest.mark.parametrize(
    ("deed", "wish", "status", "text"),
    [
        ("restart", {"ms": 60_000}, 425, "the matching engine is restarting"),
        ("disabled", {}, 503, "Trading is currently disabled. Check polymarket.com for updates"),
        (
            "cancel_only",
            {},
            503,
            "Trading is currently cancel-only. New orders are not accepted, but cancels are allowed.",
        ),
        ("post_only", {}, 503, "post-only mode: only post-only orders and cancels are allowed"),
    ],
)
def test_phases_refuse_orders_in_the_venues_words(
    bench: Bench, deed: str, wish: dict[str, Any], status: int, text: str
) -> None:
    market = bench.market()
    rested = bench.limit(1, market.yes, "BUY", 0.5, 10)["orderID"]
    bench.act(deed, **wish)
    try:
        with pytest.raises(PolyApiException) as refused:
            bench.limit(1, market.yes, "BUY", 0.5, 10)
        assert (refused.value.status_code, refused.value.error_msg["error"]) == (status, text)
        if deed == "post_only":
            assert refused.value.error_msg["code"] == "post_only_mode"
            assert bench.limit(1, market.yes, "BUY", 0.5, 10, post_only=True)["status"] == "live"
        cancels = send(bench, 1, "DELETE", "/order", {"orderID": rested})
        assert cancels[0] == (200 if deed in ("cancel_only", "post_only") else status)
    finally:
        bench.act("restart", ms=0, post_only_ms=0)
        for phase in ("disabled", "cancel_only"):
            bench.act(phase, ms=0)
    assert bench.limit(1, market.yes, "BUY", 0.5, 10)["status"] == "live"
