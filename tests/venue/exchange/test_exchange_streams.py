"""Both WebSockets of a running exchange: what a change of the book says, what a match says to whom, and hostile frames."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from exchange_bench import Bench, Listed
from py_clob_client_v2.clob_types import OrderPayload
from py_clob_client_v2.utilities import generate_orderbook_summary_hash, parse_raw_orderbook_summary
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

PATIENCE_S = 10.0
Frame = dict[str, Any]


class Ear:
    """A socket whose frames are taken one by one."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket, self.kept = socket, list[Any]()

    def say(self, what: Any) -> None:
        self.socket.send(what if isinstance(what, str) else json.dumps(what))

    def raw(self) -> str:
        return str(self.socket.recv(timeout=PATIENCE_S))

    def next(self) -> Frame:
        while not self.kept:
            content = json.loads(self.raw())
            self.kept += content if isinstance(content, list) else [content]
        frame: Frame = self.kept.pop(0)
        return frame

    def until(self, kind: str) -> Frame:
        while (frame := self.next())["event_type"] != kind:
            pass
        return frame


@pytest.fixture
def market(bench: Bench) -> Listed:
    return bench.market(sets=100)


@pytest.fixture
def ear(bench: Bench, market: Listed) -> Iterator[Ear]:
    """A market channel on both tokens, its first snapshots taken."""
    with connect(bench.hello["ws_market"], compression=None) as socket:
        found = Ear(socket)
        found.say({"type": "market", "assets_ids": [market.yes, market.no], "custom_feature_enabled": True})
        assert [found.next()["event_type"] for _ in range(2)] == ["book", "book"]
        yield found


UserEar = Callable[..., Ear]


@pytest.fixture
def user(bench: Bench) -> Iterator[UserEar]:
    """Open user channels of accounts; they close with the test."""
    with ExitStack() as stack:

        def opened(who: int, **more: Any) -> Ear:
            creds = bench.client(who).creds
            found = Ear(stack.enter_context(connect(bench.hello["ws_user"], compression=None)))
            auth = {"apiKey": creds.api_key, "secret": creds.api_secret, "passphrase": creds.api_passphrase}
            found.say({"type": "user", "auth": auth, **more})
            found.say("PING")
            assert found.raw() == "PONG"  # the credentials were read before it
            return found

        yield opened


def test_a_placement_is_told_on_both_tokens_with_its_new_total(bench: Bench, market: Listed, ear: Ear) -> None:
    bench.limit(0, market.yes, "BUY", 0.4, 30)
    first = ear.until("price_change")
    second_order = bench.limit(1, market.no, "SELL", 0.6, 20)["orderID"]  # the same level from the other side
    second = ear.until("price_change")
    for frame, total in ((first, "30"), (second, "50")):
        own, mirror = frame["price_changes"]
        assert (own["asset_id"], own["side"], own["price"], own["size"]) == (market.yes, "BUY", "0.4", total)
        assert (mirror["asset_id"], mirror["side"], mirror["price"], mirror["size"]) == (
            market.no,
            "SELL",
            "0.6",
            total,
        )
        assert (own["best_bid"], own["best_ask"]) == ("0.4", "1")
        assert (mirror["best_bid"], mirror["best_ask"]) == ("0", "0.6")
        assert len(own["hash"]) == 40 and own["hash"] != mirror["hash"] and len(frame["timestamp"]) == 13
    bench.client(1).cancel_order(OrderPayload(orderID=second_order))
    assert ear.until("price_change")["price_changes"][0]["size"] == "30"


def test_the_last_order_of_a_level_removes_it(bench: Bench, market: Listed, ear: Ear) -> None:
    rested = bench.limit(0, market.yes, "SELL", 0.7, 10)["orderID"]
    assert ear.until("price_change")["price_changes"][0]["side"] == "SELL"
    bench.client(0).cancel_order(OrderPayload(orderID=rested))
    assert [change["size"] for change in ear.until("price_change")["price_changes"]] == ["0", "0"]


def test_a_trade_is_printed_and_both_books_follow(bench: Bench, market: Listed, ear: Ear) -> None:
    bench.limit(0, market.yes, "SELL", 0.52, 30)
    bench.limit(0, market.yes, "SELL", 0.53, 30)
    bench.limit(1, market.yes, "BUY", 0.52, 10)
    printed = ear.until("last_trade_price")
    assert (printed["asset_id"], printed["price"], printed["size"], printed["side"]) == (
        market.yes,
        "0.52",
        "10",
        "BUY",
    )
    books = [ear.until("book"), ear.until("book")]
    assert [book["asset_id"] for book in books] == [market.yes, market.no]
    assert books[0]["asks"] == [{"price": "0.53", "size": "30"}, {"price": "0.52", "size": "20"}]
    assert books[1]["bids"] == [{"price": "0.47", "size": "30"}, {"price": "0.48", "size": "20"}]
    assert "last_trade_price" not in books[0]


def test_the_top_is_told_to_whom_asked_for_it(bench: Bench, market: Listed, ear: Ear) -> None:
    bench.limit(0, market.yes, "BUY", 0.4, 30)
    tops = [ear.until("best_bid_ask"), ear.until("best_bid_ask")]
    assert [(top["asset_id"], top["best_bid"], top["best_ask"]) for top in tops] == [
        (market.yes, "0.4", "1"),
        (market.no, "0", "0.6"),
    ]


def test_a_snapshots_hash_is_the_clients(bench: Bench, market: Listed) -> None:
    bench.limit(0, market.yes, "BUY", 0.4, 30)
    with connect(bench.hello["ws_market"], compression=None) as socket:
        ear = Ear(socket)
        ear.say({"type": "market", "assets_ids": [market.yes]})
        book = ear.next()
    assert generate_orderbook_summary_hash(parse_raw_orderbook_summary(book)) == book["hash"]
    assert book["last_trade_price"] == "0.500"


def test_a_new_grid_and_an_outcome_are_told(bench: Bench, market: Listed, ear: Ear) -> None:
    bench.act("tick", market=market.cid, tick_e4=10)
    ticks = [ear.until("tick_size_change"), ear.until("tick_size_change")]
    assert [(one["asset_id"], one["old_tick_size"], one["new_tick_size"]) for one in ticks] == [
        (market.yes, "0.01", "0.001"),
        (market.no, "0.01", "0.001"),
    ]
    assert ear.until("book")["tick_size"] == "0.001"
    bench.act("resolve", market=market.cid, outcome="NO")
    told = ear.until("market_resolved")
    assert (told["winning_asset_id"], told["winning_outcome"]) == (market.no, "No")


def test_a_new_market_is_told(bench: Bench, ear: Ear) -> None:
    fresh = bench.market()
    told = ear.until("new_market")
    assert (told["market"], told["assets_ids"]) == (fresh.cid, [fresh.yes, fresh.no])


def test_operations_add_and_drop(bench: Bench, market: Listed, ear: Ear) -> None:
    other = bench.market()
    ear.say({"operation": "subscribe", "assets_ids": [other.yes]})
    assert ear.until("book")["asset_id"] == other.yes
    ear.say({"operation": "subscribe", "assets_ids": [other.yes]})
    assert ear.raw() == "NO NEW ASSETS"
    ear.say({"operation": "unsubscribe", "assets_ids": [other.yes]})
    ear.say("PING")
    assert ear.raw() == "PONG"
    bench.limit(0, other.yes, "BUY", 0.4, 30)
    bench.limit(0, market.yes, "BUY", 0.4, 30)
    assert ear.until("price_change")["market"] == market.cid


HOSTILE = [
    "", "{", "null", "[]", "1", '"x"', "{}", '{"type":"user"}', '{"type":1}', '{"assets_ids":"x"}', '{"assets_ids":[1]}',
    '{"type":"market","assets_ids":["' + "9" * 200 + '"]}', '{"type":"market","level":1e999}', '{"type":"market","level":NaN}',
    "[" * 5_000, '{"a":' * 5_000, '{"type":"market","assets_ids":[' + ",".join(['"1"'] * 3_001) + "]}", "\U0001f600" * 100,
    '{"operation":"explode"}', "PONG", "x" * 300_000,
]  # fmt: skip


@pytest.mark.parametrize("channel", ["ws_market", "ws_user"])
def test_hostile_frames_cost_one_answer_and_are_counted(bench: Bench, channel: str) -> None:
    before = bench.admin("status")["refused"].get("frame", 0)
    with connect(bench.hello[channel], compression=None, max_size=None) as socket:
        ear = Ear(socket)
        frames = HOSTILE if channel == "ws_market" else [f for f in HOSTILE if f not in ("{}", '{"type":"user"}',
                                                                                       '{"operation":"explode"}')]  # fmt: skip
        answered = 0
        for frame in frames:
            ear.say(frame)
            ear.say("PING")
            try:
                while (said := ear.raw()) != "PONG":
                    assert said == "INVALID OPERATION"
                    answered += 1
            except ConnectionClosed:
                assert channel == "ws_user"  # a readable frame without credentials ends the user channel
                return
        ear.socket.send(b"\x00\xff")
        assert ear.raw() == "INVALID OPERATION"
    assert answered == len(frames)
    assert bench.admin("status")["refused"]["frame"] - before >= len(frames) - 3


def test_the_user_channel_wants_valid_credentials(bench: Bench) -> None:
    for auth in ({"apiKey": "x", "secret": "y", "passphrase": "z"}, None):
        with connect(bench.hello["ws_user"], compression=None) as socket:
            socket.send(json.dumps({"type": "user", "auth": auth}))
            with pytest.raises(ConnectionClosed) as closed:
                socket.recv(timeout=PATIENCE_S)
        assert closed.value.rcvd is not None and closed.value.rcvd.code == 1008


def test_a_match_is_told_to_each_party_in_its_part(bench: Bench, market: Listed, user: UserEar) -> None:
    maker, taker = user(0, markets=[market.cid]), user(1, markets=[market.cid])
    rested = bench.limit(0, market.no, "BUY", 0.48, 30)["orderID"]
    assert (maker.next() | {"id": rested})["type"] == "PLACEMENT"
    taken = bench.limit(1, market.yes, "BUY", 0.52, 10)["orderID"]
    updated = maker.next()
    assert (updated["type"], updated["id"], updated["size_matched"], updated["status"]) == (
        "UPDATE",
        rested,
        "10",
        "LIVE",
    )
    placed, matched = taker.next(), taker.next()
    assert (placed["type"], placed["id"], matched["type"], matched["status"]) == (
        "PLACEMENT",
        taken,
        "UPDATE",
        "MATCHED",
    )
    path = []
    for ear, role in ((maker, "MAKER"), (taker, "TAKER")):
        frames = [ear.until("trade") for _ in range(3)]
        path.append([frame["status"] for frame in frames])
        assert {(frame["trader_side"], frame["asset_id"], frame["side"]) for frame in frames} == {
            (role, market.yes, "BUY")
        }
        (part,) = frames[0]["maker_orders"]
        assert (part["order_id"], part["asset_id"], part["side"], part["price"], part["matched_amount"]) == (
            rested, market.no, "BUY", "0.48", "10",
        )  # fmt: skip
        assert [bool(frame["transaction_hash"]) for frame in frames] == [False, True, True]
    assert path == [["MATCHED", "MINED", "CONFIRMED"]] * 2


def test_a_killed_order_has_blanks(bench: Bench, market: Listed, user: UserEar) -> None:
    ear = user(1, markets=[market.cid])
    with pytest.raises(Exception, match="FOK"):
        bench.limit(1, market.yes, "BUY", 0.5, 10, "FOK")
    frame = ear.next()
    assert (frame["type"], frame["size_matched"], frame["outcome"], frame["created_at"]) == ("CANCELLATION", "", "", "")
    assert frame["status"] == "CANCELED_order couldn't be fully filled. FOK orders are fully filled or killed."


def test_markets_narrow_a_user_channel(bench: Bench, market: Listed, user: UserEar) -> None:
    ear = user(2, markets=[market.cid])
    bench.limit(2, bench.market().yes, "BUY", 0.4, 10)
    wanted = bench.limit(2, market.yes, "BUY", 0.4, 10)["orderID"]
    assert ear.next()["id"] == wanted


def test_user_frames_come_twice_and_out_of_order_when_told_to(bench: Bench, market: Listed, user: UserEar) -> None:
    ear = user(2, markets=[market.cid])
    bench.admin("faults", {"duplicate_frame": 1.0})
    rested = [bench.limit(2, market.yes, "BUY", 0.4, 10)["orderID"]]
    assert [ear.next()["id"], ear.next()["id"]] == rested * 2
    bench.admin("faults", {"duplicate_frame": 0.0, "reorder_frame": 1.0})
    rested = [bench.limit(2, market.yes, "BUY", 0.4, 10)["orderID"] for _ in range(2)]
    assert [ear.next()["id"], ear.next()["id"]] == rested[::-1]
    bench.admin("faults", {"reorder_frame": 0.0})


def test_silence_answers_ping_and_tells_nothing(bench: Bench, market: Listed, ear: Ear) -> None:
    bench.act("silence", ms=60_000)
    bench.limit(0, market.yes, "BUY", 0.4, 30)
    ear.say("PING")
    assert ear.raw() == "PONG"


def test_a_half_open_socket_says_nothing_at_all(bench: Bench, ear: Ear) -> None:
    bench.act("half_open")
    ear.say("PING")
    with pytest.raises(TimeoutError):
        ear.socket.recv(timeout=0.3)


def test_dropped_sockets_close(bench: Bench, ear: Ear) -> None:
    assert bench.act("drop_sockets") >= 1
    with pytest.raises(ConnectionClosed):
        ear.raw()
