"""The other form of every ambiguity that shows on the wire, one by one; none is left without a test that it does something."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from exchange_bench import Bench
from py_clob_client_v2.clob_types import MarketOrderArgs, OrderArgs, PostOrdersV2Args, TradeParams
from py_clob_client_v2.exceptions import PolyApiException
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from astra_actors.venues.exchange.switches import CHOICES


@contextmanager
def switched(bench: Bench, **forms: str) -> Iterator[None]:
    usual = {name: CHOICES[name][0] for name in forms}
    bench.switch(**forms)
    try:
        yield
    finally:
        bench.switch(**usual)


@contextmanager
def heard(bench: Bench, *tokens: str) -> Iterator[ClientConnection]:
    """A market channel on these tokens, its first snapshots taken."""
    with connect(bench.hello["ws_market"], compression=None) as socket:
        socket.send(json.dumps({"type": "market", "assets_ids": tokens, "custom_feature_enabled": True}))
        socket.recv(timeout=10)
        yield socket


def told(socket: ClientConnection, until: str) -> list[dict[str, Any]]:
    """The frames up to the first of a kind."""
    frames = []
    while not frames or frames[-1]["event_type"] != until:
        content = json.loads(socket.recv(timeout=10))
        frames += content if isinstance(content, list) else [content]
    return frames


def test_amounts_of_an_answer_may_be_integers(bench: Bench) -> None:
    market = bench.market(sets=100)
    bench.limit(0, market.yes, "SELL", 0.52, 10)
    with switched(bench, response_amounts="integer"):
        answer = bench.limit(1, market.yes, "BUY", 0.52, 10)
    assert (answer["makingAmount"], answer["takingAmount"]) == ("5200000", "10000000")


def test_hashes_may_come_with_the_answer(bench: Bench) -> None:
    market = bench.market(sets=100)
    bench.limit(0, market.yes, "SELL", 0.52, 10)
    with switched(bench, transaction_hashes="at_once"):
        answer = bench.limit(1, market.yes, "BUY", 0.52, 10)
    assert len(answer["transactionsHashes"]) == 1 and answer["transactionsHashes"][0].startswith("0x")


def test_a_trade_with_several_makers_has_a_mean_or_a_worst_price(bench: Bench) -> None:
    market = bench.market(sets=100)
    for price in (0.5, 0.6):
        bench.limit(0, market.yes, "BUY", price, 10)
    bench.limit(1, market.yes, "SELL", 0.5, 20)
    mine = TradeParams(market=market.cid)
    assert bench.client(1).get_trades(mine)[0]["price"] == "0.55"
    with switched(bench, trade_price="worst"):
        assert bench.client(1).get_trades(mine)[0]["price"] == "0.5"


def test_a_refused_row_of_a_batch_may_say_failure(bench: Bench) -> None:
    market, client = bench.market(), bench.client(1)
    order = client.create_order(OrderArgs(token_id=market.yes, price=0.5, size=3, side="BUY"))
    with switched(bench, batch_refusal="failure"):
        (row,) = client.post_orders([PostOrdersV2Args(order=order)])
    assert row["success"] is False and "lower than the minimum" in row["errorMsg"]


def test_a_wrong_heartbeat_names_its_error_in_one_of_two_keys(bench: Bench) -> None:
    client = bench.client(3)
    try:
        client.post_heartbeat("")
    except PolyApiException as known:  # another test's heart beat first
        client.post_heartbeat(known.error_msg["heartbeat_id"])
    with switched(bench, heartbeat_error="error_msg"), pytest.raises(PolyApiException) as refused:
        client.post_heartbeat("wrong")
    assert "error_msg" in refused.value.error_msg


def test_a_print_may_be_told_for_both_tokens(bench: Bench) -> None:
    market = bench.market(sets=100)
    bench.limit(0, market.yes, "SELL", 0.52, 10)
    with switched(bench, last_trade_tokens="both"), heard(bench, market.yes, market.no) as socket:
        bench.limit(1, market.yes, "BUY", 0.52, 10)
        prints = [frame for frame in told(socket, "book") if frame["event_type"] == "last_trade_price"]
    assert [(one["asset_id"], one["price"], one["side"]) for one in prints] == [
        (market.yes, "0.52", "BUY"),
        (market.no, "0.48", "SELL"),
    ]


def test_the_best_of_an_empty_side_may_be_blank(bench: Bench) -> None:
    market = bench.market()
    with switched(bench, empty_side="blank"), heard(bench, market.yes) as socket:
        bench.limit(0, market.yes, "BUY", 0.4, 10)
        change = told(socket, "price_change")[-1]["price_changes"][0]
    assert (change["best_bid"], change["best_ask"]) == ("0.4", "")


def test_an_outcome_may_never_be_told(bench: Bench) -> None:
    market, other = bench.market(), bench.market()
    with switched(bench, resolved_frame="never"), heard(bench, market.yes, other.yes) as socket:
        bench.act("resolve", market=market.cid, outcome="YES")
        bench.limit(0, other.yes, "BUY", 0.4, 10)
        assert "market_resolved" not in [frame["event_type"] for frame in told(socket, "price_change")]


@pytest.mark.parametrize("code", ["1000", "4401"])
def test_the_close_code_of_bad_credentials_is_a_choice(bench: Bench, code: str) -> None:
    with switched(bench, ws_bad_auth=code), connect(bench.hello["ws_user"], compression=None) as socket:
        socket.send('{"type":"user","auth":{"apiKey":"x","secret":"y","passphrase":"z"}}')
        with pytest.raises(ConnectionClosed) as closed:
            socket.recv(timeout=10)
    assert closed.value.rcvd is not None and closed.value.rcvd.code == int(code)


def test_five_places_of_a_market_buy_may_pass_on_a_fine_grid(bench: Bench) -> None:
    market = bench.market(sets=100, tick_e4=10)
    bench.limit(0, market.yes, "SELL", 0.985, 50)
    wish = MarketOrderArgs(token_id=market.yes, amount=9.98, side="BUY", order_type="FAK", price=0.985)
    with pytest.raises(PolyApiException, match="taker amount a max of 4 decimals"):
        bench.client(1).create_and_post_market_order(wish, order_type="FAK", defer_exec=True)
    with switched(bench, market_output="5"):
        answer = bench.client(1).create_and_post_market_order(wish, order_type="FAK", defer_exec=True)
    assert (answer["makingAmount"], answer["takingAmount"]) == ("9.97805", "10.13")


def test_no_switch_is_without_a_test() -> None:
    text = "".join(path.read_text(encoding="utf-8") for path in Path(__file__).parent.glob("test_*.py"))
    assert [name for name in CHOICES if text.count(name) == 0] == []
