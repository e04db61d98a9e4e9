"""Faults over the wire as the official client meets them, and a killed exchange that comes back with everything."""

from __future__ import annotations

import json
import random
import sqlite3
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import replace
from pathlib import Path
from threading import Timer

import pytest
from exchange_bench import Bench
from py_clob_client_v2.client import ClobClient
from py_clob_client_v2.clob_types import OrderArgs, OrderPayload, PostOrdersV2Args
from py_clob_client_v2.exceptions import PolyApiException, PolyException

from astra_actors.cli.exchange_setup import Wishes, build, crowd_of
from astra_actors.kernel.errors import ConfigError
from astra_actors.venues.exchange.faults import FAULTS


@pytest.fixture
def calm(bench: Bench) -> Iterator[Bench]:
    """The shared exchange, with every fault off again at the end."""
    yield bench
    bench.admin("faults", dict.fromkeys(FAULTS, 0.0))


@pytest.mark.parametrize(
    ("fault", "status", "text"),
    [
        ("rate_limit", 429, "Too Many Requests"),
        ("server_error", 500, "could not insert order"),
        ("order_timeout", 500, "order timed out"),
    ],
)
def test_an_order_that_never_arrived_leaves_nothing(calm: Bench, fault: str, status: int, text: str) -> None:
    market = calm.market()
    signed = calm.client(0).create_order(OrderArgs(token_id=market.yes, price=0.5, size=10, side="BUY"))
    calm.admin("faults", {fault: 1.0})
    with pytest.raises(PolyApiException) as refused:
        calm.client(0).post_order(signed)
    assert (refused.value.status_code, refused.value.error_msg) == (status, {"error": text})
    calm.admin("faults", {fault: 0.0})
    assert calm.client(0).post_order(signed)["status"] == "live"  # the same signed order may be sent again


def test_an_answer_that_is_lost_is_settled_by_asking(calm: Bench) -> None:
    market, client = calm.market(), calm.client(0)
    signed = client.create_order(OrderArgs(token_id=market.yes, price=0.5, size=10, side="BUY"))
    calm.admin("faults", {"lost_response": 1.0})
    with pytest.raises(PolyApiException) as lost:
        client.post_order(signed)
    assert lost.value.status_code is None
    calm.admin("faults", {"lost_response": 0.0})
    (found,) = [order for order in client.get_open_orders() if order["market"] == market.cid]
    with pytest.raises(PolyApiException) as twice:
        client.post_order(signed)
    assert twice.value.error_msg == {"error": f"order {found['id']} is invalid. Duplicated."}


def test_a_batch_can_lose_its_answer_as_well(calm: Bench) -> None:
    market, client = calm.market(), calm.client(0)
    args = [OrderArgs(token_id=market.yes, price=0.1 + n / 10, size=10, side="BUY") for n in range(3)]
    orders = [PostOrdersV2Args(order=client.create_order(each)) for each in args]
    calm.admin("faults", {"lost_response": 1.0})
    with pytest.raises(PolyApiException):
        client.post_orders(orders)
    calm.admin("faults", {"lost_response": 0.0})
    assert len([order for order in client.get_open_orders() if order["market"] == market.cid]) == 3


def test_a_clients_own_retry_cannot_place_twice(calm: Bench) -> None:
    market, account = calm.market(), calm.accounts[0]
    client = ClobClient(
        calm.hello["clob"], 137, key=account["private_key"], creds=calm.client(0).creds, signature_type=0,
        funder=account["funder"], retry_on_error=True,
    )  # fmt: skip
    signed = client.create_order(OrderArgs(token_id=market.yes, price=0.5, size=10, side="BUY"))
    calm.admin("faults", {"lost_response": 1.0})
    with pytest.raises(PolyApiException) as refused:
        client.post_order(signed)
    assert refused.value.error_msg["error"].endswith("Duplicated.")
    calm.admin("faults", {"lost_response": 0.0})
    assert len([order for order in client.get_open_orders() if order["market"] == market.cid]) == 1


def test_a_skewed_clock_refuses_a_strict_signature(calm: Bench) -> None:
    calm.switch(l2_clock="strict")
    try:
        assert calm.client(0).get_api_keys()
        calm.admin("faults", {"clock_skew_s": 300.0})
        with pytest.raises(PolyApiException) as refused:
            calm.client(0).get_api_keys()
        assert refused.value.status_code == 401
        account = calm.accounts[0]
        by_server_time = ClobClient(
            calm.hello["clob"], 137, key=account["private_key"], creds=calm.client(0).creds, use_server_time=True
        )
        assert by_server_time.get_api_keys()
    finally:
        calm.switch(l2_clock="loose")


def test_a_market_without_snapshots(calm: Bench) -> None:
    from websockets.sync.client import connect

    calm.admin("faults", {"missing_snapshot": 1.0})
    with connect(calm.hello["ws_market"], compression=None) as socket:
        socket.send(f'{{"type":"market","assets_ids":["{calm.market().yes}"]}}')
        socket.send("PING")
        assert socket.recv(timeout=10) == "PONG"


def test_a_killed_exchange_comes_back_whole(tmp_path: Path) -> None:
    bench = Bench(tmp_path, "--speed", "0", "--settle-ms", "300")
    with bench:
        market = bench.market(sets=100)
        ask = bench.limit(0, market.yes, "SELL", 0.52, 30)["orderID"]
        ids = [bench.limit(1, market.yes, "BUY", 0.1 + n / 100, 10)["orderID"] for n in range(20)]
        taken = bench.limit(1, market.yes, "BUY", 0.52, 10)
        bench.client(1).cancel_order(OrderPayload(orderID=ids[0]))
        creds = bench.client(1).creds
        for _ in range(2):
            bench.kill()
            bench.start()
            client = bench.client(1)  # a new port, so a new client; its key is the one that was derived before
            assert client.creds == creds
            assert [order["id"] for order in client.get_open_orders()] == ids[1:]
            assert bench.client(0).get_order(ask)["size_matched"] == "10"
            assert [trade["id"] for trade in client.get_trades()] == taken["tradeIDs"]
        bench.until(lambda: client.get_trades()[0]["status"] == "CONFIRMED", "the settlement goes on")
        status = bench.admin("status")
        assert status["cash_e6"] + status["escrow_e6"] + status["fees_e6"] == status["deposits_e6"]
        holds = {one["address"]: one for one in bench.admin("accounts")}[bench.accounts[1]["funder"]]
        assert holds["cash_e6"] == 10_000_000_000 - 100_000_000 - 5_200_000
        assert holds["tokens_e6"] == {market.yes: 110_000_000, market.no: 100_000_000}


def test_another_world_needs_another_folder(tmp_path: Path) -> None:
    wishes = Wishes(
        port=0, seed=1, speed=0.0, markets=1, days=1.0, tapes=(), faults=(), switches=(), tier="standard", settle_ms=None,
        data_dir=tmp_path,
    )  # fmt: skip
    venue = build(wishes)
    assert crowd_of(wishes, venue) is None
    for other in (replace(wishes, seed=2), replace(wishes, speed=2.0)):
        with pytest.raises(ConfigError, match="use another folder"):
            crowd_of(other, venue)
    venue.store.close()
    for wrong in (replace(wishes, tier="gilded"), replace(wishes, faults=("x=1",)), replace(wishes, switches=("x=1",))):
        with pytest.raises(ConfigError):
            build(wrong)


def test_nothing_acknowledged_is_lost_when_it_is_killed_at_any_instant(tmp_path: Path) -> None:
    rng = random.Random(5)
    acknowledged: dict[str, str] = {}  # order: the last word on it
    bench = Bench(tmp_path, "--speed", "1000", "--days", "7", "--settle-ms", "300")
    with bench:
        bench.enrich()
        for _ in range(3):
            assert bench.process is not None
            Timer(rng.uniform(0.2, 1.2), bench.process.kill).start()
            trade_until_it_dies(bench, rng, acknowledged)
            bench.process.wait()
            check_the_disk(bench.folder / "data" / "exchange" / "exchange.sqlite", acknowledged)
            bench.start()
            status = bench.admin("status")
            assert status["cash_e6"] + status["escrow_e6"] + status["fees_e6"] == status["deposits_e6"]
    assert len(acknowledged) >= 10


def trade_until_it_dies(bench: Bench, rng: random.Random, acknowledged: dict[str, str]) -> None:
    """Quote at the touch and cancel now and then; what got an answer is remembered."""
    assert bench.process is not None
    while bench.process.poll() is None:
        with suppress(PolyException, OSError):  # refused, a price of another grid, or dead by now
            client = bench.client(0)
            markets = bench.ask(f"{bench.hello['gamma']}/markets/keyset?limit=100")[1]["markets"]
            book = client.get_order_book(json.loads(rng.choice(markets)["clobTokenIds"])[rng.randrange(2)])
            if book["bids"] and rng.random() < 0.8:
                price = float(book["bids"][-1]["price"])
                acknowledged[bench.limit(0, book["asset_id"], "BUY", price, 10)["orderID"]] = "placed"
            elif acknowledged:
                wish = OrderPayload(orderID=rng.choice(list(acknowledged)))
                for order_id in client.cancel_order(wish)["canceled"]:
                    acknowledged[order_id] = "cancelled"


def check_the_disk(path: Path, acknowledged: dict[str, str]) -> None:
    """Every order that was acknowledged is there with its last word, and its fills are what it says of them."""
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as disk:
        orders = {
            name: (status, matched)
            for name, status, matched in disk.execute("SELECT id, status, matched_e6 FROM orders")
        }
        fills = dict(disk.execute("SELECT order_id, sum(size_e6) FROM fills GROUP BY order_id"))
    for order_id, word in acknowledged.items():
        assert order_id in orders
        assert word != "cancelled" or orders[order_id][0] == "CANCELED"
    assert all(fills.get(order_id, 0) == matched for order_id, (_, matched) in orders.items())
