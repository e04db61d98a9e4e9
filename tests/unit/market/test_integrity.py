"""Book hashes: the venue's own, found again by the values that a frame leaves out."""

from __future__ import annotations

import hashlib
import json

import pytest

from astra_actors.market.events import BookSnapshot
from astra_actors.market.integrity import BookProof
from astra_actors.market.wire import Decoder
from astra_actors.market.wire_types import BookFrame, Level


def frame(hash_: str, *, bid: str = "0.49", tick: str | None = None, last: str | None = None) -> BookFrame:
    bids, asks = [Level(bid, "10")], [Level("0.53", "7")]
    return BookFrame("0xc", 1_790_000_000_000, "123", bids, asks, hash_, tick, None, None, last)


def hashed(
    *, bid: str = "0.49", tick: str = "0.01", last: str = "0.510", order: str = "5", neg_risk: bool = False
) -> str:
    """The hash by its published recipe, written out independently."""
    recipe = {
        "market": "0xc",
        "asset_id": "123",
        "timestamp": "1790000000000",
        "hash": "",
        "bids": [{"price": bid, "size": "10"}],
        "asks": [{"price": "0.53", "size": "7"}],
        "min_order_size": order,
        "tick_size": tick,
        "neg_risk": neg_risk,
        "last_trade_price": last,
    }
    return hashlib.sha1(json.dumps(recipe, separators=(",", ":")).encode()).hexdigest()


def test_values_that_the_frame_leaves_out_are_found() -> None:
    proof = BookProof()
    assert proof.check(frame(hashed(last="0.510"), tick="0.01", last="0.510"))
    assert proof.check(frame(hashed(last="0.480")))
    assert (proof.tick_size, proof.last_trade_price) == ("0.01", "0.480")


def test_a_tick_change_without_a_frame_is_proven_by_the_hash() -> None:
    proof = BookProof()
    assert proof.check(frame(hashed(tick="0.01")))
    assert proof.check(frame(hashed(tick="0.001")))
    assert proof.tick_size == "0.001"


def test_what_a_frame_says_of_its_market_is_kept_for_the_next() -> None:
    proof = BookProof()
    first = frame(hashed(order="15", neg_risk=True), tick="0.01", last="0.510")
    said = BookFrame(
        first.market, first.timestamp, first.asset_id, first.bids, first.asks, first.hash, "0.01", "15", True, "0.510"
    )
    assert proof.check(said)
    assert proof.check(frame(hashed(bid="0.48", order="15", neg_risk=True), bid="0.48"))


def test_a_forged_level_does_not_pass() -> None:
    proof = BookProof()
    assert proof.check(frame(hashed()))
    assert not proof.check(frame(hashed(), bid="0.50"))
    assert proof.check(frame(hashed(bid="0.48"), bid="0.48"))


@pytest.mark.parametrize(
    ("prove", "hash_", "hash_ok", "tick_e4"),
    [
        pytest.param(True, hashed(tick="0.001"), True, 10, id="proven, with the tick that proves it"),
        pytest.param(True, "0" * 40, False, None, id="disproven"),
        pytest.param(False, hashed(), None, None, id="not asked to check"),
    ],
)
def test_the_decoder_passes_the_verdict_on(prove: bool, hash_: str, hash_ok: bool | None, tick_e4: int | None) -> None:
    sent = {
        "event_type": "book",
        "market": "0xc",
        "asset_id": "123",
        "timestamp": "1790000000000",
        "hash": hash_,
        "bids": [{"price": "0.49", "size": "10"}],
        "asks": [{"price": "0.53", "size": "7"}],
    }
    (event,) = Decoder(prove_books=prove).decode(json.dumps(sent), 7)
    assert isinstance(event, BookSnapshot)
    assert (event.hash_ok, event.tick_e4) == (hash_ok, tick_e4)
