"""The recorded tapes, replayed through the book that trades: the figures that their README states."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from astra_actors.feeds.tape import open_tape
from astra_actors.feeds.tape_stats import BookReplay, replay_book
from astra_actors.kernel.errors import TapeError
from astra_actors.market.integrity import BookProof
from astra_actors.market.wire_types import BookFrame, Level

pytestmark = pytest.mark.recorded


@pytest.mark.parametrize("name", ["tickscope_20260607_0130.parquet", "tickscope_20260607_0130.csv.gz"])
def test_the_rebuilt_top_equals_the_venues_in_every_comparable_state(recorded_data: Path, name: str) -> None:
    replay = replay_book(open_tape([recorded_data / "ws" / name]))
    assert (replay.frames, replay.entries, replay.trades) == (206_848, 206_365, 483)
    assert (replay.markets, replay.assets) == (6, 12)
    assert (replay.comparable, replay.top_matches, replay.crossed_states) == (204_405, 204_405, 0)
    assert (replay.trimmed, replay.rejected_frames) == (354, 0)
    assert replay.tick_changes == 1  # one market quotes in tenths of a cent from its second half on


def test_both_forms_of_one_recording_are_one_tape(recorded_data: Path) -> None:
    one, other = (
        open_tape([recorded_data / "ws" / f"tickscope_20260607_0130.{kind}"]) for kind in ("parquet", "csv.gz")
    )
    assert one.listings() == other.listings()
    for listing in one.listings():
        assert one.events(listing.market_id, 0, one.end_ns) == other.events(listing.market_id, 0, other.end_ns)


@pytest.fixture(scope="module")
def frames(recorded_data: Path) -> BookReplay:
    return replay_book(open_tape([recorded_data / "ws" / "btc5m_book_frames_20260416.jsonl.gz"]))


def test_every_recorded_book_hashes_to_what_the_venue_said(frames: BookReplay) -> None:
    assert (frames.frames, frames.rejected_frames) == (17_672, 0)
    assert (frames.hash_checked, frames.hash_ok) == (17_672, 17_672)


def test_the_tick_change_that_no_frame_announced_is_seen(frames: BookReplay) -> None:
    assert (frames.tick_changes, frames.resyncs, frames.crossed_states) == (1, 0, 0)


def test_six_markets_speak_and_two_of_them_with_both_tokens(frames: BookReplay) -> None:
    assert (frames.markets, frames.assets) == (6, 8)


def test_a_recorded_rest_book_hashes_to_its_hash(recorded_data: Path) -> None:
    sent = json.loads((recorded_data / "rest" / "clob_orderbook_sample.json").read_text())
    levels = {side: [Level(level["price"], level["size"]) for level in sent[side]] for side in ("bids", "asks")}
    frame = BookFrame(
        market=sent["market"],
        timestamp=int(sent["timestamp"]),
        asset_id=sent["asset_id"],
        bids=levels["bids"],
        asks=levels["asks"],
        hash=sent["hash"],
        tick_size=sent["tick_size"],
        min_order_size=sent["min_order_size"],
        neg_risk=sent["neg_risk"],
        last_trade_price=sent["last_trade_price"],
    )
    proof = BookProof()
    assert proof.check(frame)
    assert proof.tick_size == sent["tick_size"]


def test_a_score_feed_is_no_tape(recorded_data: Path) -> None:
    with pytest.raises(TapeError, match="no column"):
        open_tape([recorded_data / "ws" / "espn_nhl_401874173.csv"])
