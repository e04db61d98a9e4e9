"""Tapes: pairing of tokens, order of arrival, windows, and files that are none."""

from __future__ import annotations

import gzip
import json
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import pytest

from astra_actors.feeds.tape import open_tape
from astra_actors.feeds.tape_stats import replay_book
from astra_actors.kernel.errors import TapeError
from astra_actors.kernel.ids import content_id
from astra_actors.market.events import BookChanged, LevelChange, TradePrinted
from astra_actors.market.instrument import Category

HEADER = "ts_ms,event_type,asset_id,side,price,size,best_bid,best_ask"
T0_MS = 1_780_000_000_000
MS = 1_000_000


def csv_tape(tmp_path: Path, rows: Sequence[str], *, header: str = HEADER) -> Path:
    path = tmp_path / "rows.csv"
    path.write_text("\n".join([header, *rows]) + "\n")
    return path


def row(ms: int, asset: str, side: str, price: str, size: str, bid: str = "0.4", ask: str = "0.6") -> str:
    return f"{T0_MS + ms},PRICE_CHANGE,{asset},{side},{price},{size},{bid},{ask}"


MIRRORED = [
    row(0, "A", "BID", "0.4", "10"),
    row(0, "B", "ASK", "0.6", "10"),
    row(1, "X", "BID", "0.3", "5", "0.3", "0.7"),
    row(1, "Y", "ASK", "0.7", "5", "0.3", "0.7"),
    row(5, "B", "BID", "0.4", "7.5"),
    row(5, "A", "ASK", "0.6", "7.5"),
    f"{T0_MS + 3},LAST_TRADE,B,BID,0.6,2.083332,0.0,0.0",
    row(9, "A", "BID", "0.39", "1"),
]


def test_tokens_that_mirror_each_other_are_one_market(tmp_path: Path) -> None:
    tape = open_tape([csv_tape(tmp_path, MIRRORED)])
    assert [(one.market_id, one.instrument.yes_asset, one.instrument.no_asset) for one in tape.listings()] == [
        (content_id("pair", "A", "B"), "A", "B"),
        (content_id("pair", "X", "Y"), "X", "Y"),
    ]
    listing = tape.listings()[0]
    assert (listing.close_ns, listing.rules, listing.open_ns) == (None, "", T0_MS * MS)


def test_rows_become_events_in_the_order_of_arrival(tmp_path: Path) -> None:
    tape = open_tape([csv_tape(tmp_path, MIRRORED)])
    market = content_id("pair", "A", "B")
    at = T0_MS * MS
    assert list(tape.events(market, tape.start_ns, tape.end_ns)) == [
        BookChanged(
            market,
            at,
            at,
            (
                LevelChange("A", True, 4000, 10_000_000, 4000, 6000),
                LevelChange("B", False, 6000, 10_000_000, 4000, 6000),
            ),
        ),
        BookChanged(
            market,
            at + 5 * MS,
            at + 5 * MS,
            (
                LevelChange("B", True, 4000, 7_500_000, 4000, 6000),
                LevelChange("A", False, 6000, 7_500_000, 4000, 6000),
            ),
        ),
        TradePrinted(market, at + 3 * MS, at + 5 * MS, "B", True, 6000, 2_083_332),  # its own time steps back
        BookChanged(market, at + 9 * MS, at + 9 * MS, (LevelChange("A", True, 3900, 1_000_000, 4000, 6000),)),
    ]


def test_windows_join_to_the_whole_and_may_be_asked_again(tmp_path: Path) -> None:
    tape = open_tape([csv_tape(tmp_path, MIRRORED)])
    market = content_id("pair", "A", "B")
    whole = list(tape.events(market, tape.start_ns, tape.end_ns))
    edges = [T0_MS * MS + ms * MS for ms in (0, 1, 5, 6, 10)]
    for _ in range(2):
        windows = [list(tape.events(market, a, b)) for a, b in pairwise(edges)]
        assert [len(one) for one in windows] == [1, 0, 2, 1]
        assert [event for window in windows for event in window] == whole
    assert list(tape.events("unknown", 0, tape.end_ns)) == []
    assert (tape.name, tape.start_ns, tape.end_ns) == ("tape", T0_MS * MS, (T0_MS + 9) * MS + 1)


def test_a_token_that_nobody_mirrors_is_a_market_of_its_own(tmp_path: Path) -> None:
    tape = open_tape([csv_tape(tmp_path, [row(0, "L", "BID", "0.4", "1")])])
    (listing,) = tape.listings()
    assert listing.market_id == content_id("pair", "L")
    assert listing.instrument.yes_asset == "L"
    assert listing.instrument.no_asset != "L"


@pytest.mark.parametrize(
    "bad",
    [
        pytest.param(row(2, "A", "BID", "nan", "1"), id="a price that is no number"),
        pytest.param(row(2, "A", "BID", "1.5", "1"), id="a price above a dollar"),
        pytest.param(row(2, "A", "BID", "0.40001", "1"), id="a price off the grid"),
        pytest.param(row(2, "A", "BID", "0.4", "-1"), id="a negative size"),
        pytest.param(row(2, "A", "BID", "0.4", "inf"), id="an infinite size"),
        pytest.param(row(2, "A", "HOLD", "0.4", "1"), id="an unknown side"),
        pytest.param(f"{T0_MS + 2},RUMOUR,A,BID,0.4,1,0.4,0.6", id="an unknown kind of row"),
        pytest.param(f"{T0_MS + 2},PRICE_CHANGE,A,BID", id="a row cut short"),
        pytest.param("yesterday,PRICE_CHANGE,A,BID,0.4,1,0.4,0.6", id="a time that is none"),
        pytest.param(row(86_400_000, "A", "BID", "0.4", "1"), id="a time one day ahead that the next row takes back"),
        pytest.param(row(-86_400_000, "A", "BID", "0.4", "1"), id="a time one day behind"),
    ],
)
def test_one_bad_row_costs_that_row(tmp_path: Path, bad: str) -> None:
    good = open_tape([csv_tape(tmp_path, MIRRORED)])
    tape = open_tape([csv_tape(tmp_path, [*MIRRORED[:4], bad, *MIRRORED[4:]])])
    assert (tape.stats.frames, tape.stats.rejected_frames) == (9, 1)
    market = content_id("pair", "A", "B")
    assert list(tape.events(market, 0, tape.end_ns)) == list(good.events(market, 0, good.end_ns))


def jsonl_tape(tmp_path: Path, lines: Sequence[bytes], name: str = "frames.jsonl") -> Path:
    path = tmp_path / name
    path.write_bytes(b"\n".join(lines) + b"\n")
    return path


def book_line(recv: float, *, asset: str = "1", bid: str = "0.4", slug: str = "btc-updown-5m-1") -> bytes:
    frame = {
        "event_type": "book",
        "market": "0xc",
        "asset_id": asset,
        "timestamp": "1780000000100",
        "bids": [{"price": bid, "size": "1"}],
        "asks": [{"price": "0.6", "size": "1"}],
    }
    return json.dumps({"recv": recv, "slug": slug, "frame": frame}).encode()


def test_frames_bring_their_slug_and_may_arrive_before_they_were_sent(tmp_path: Path) -> None:
    tape = open_tape([jsonl_tape(tmp_path, [book_line(1780000000.05), book_line(1780000000.25, asset="2")])])
    (listing,) = tape.listings()
    assert (listing.slug, listing.category, listing.market_id) == ("btc-updown-5m-1", Category.CRYPTO, "0xc")
    assert (listing.instrument.yes_asset, listing.instrument.no_asset) == ("1", "2")
    first = next(iter(tape.events("0xc", 0, tape.end_ns)))
    assert (first.local_ns, first.venue_ns) == (1_780_000_000_050_000_000, 1_780_000_000_100_000_000)


@pytest.mark.parametrize(
    "bad",
    [
        pytest.param(b'{"recv":1780000000.1,"frame":{"event_type":"book"}}', id="a frame without its fields"),
        pytest.param(b'{"recv":1780000000.1,"slug":"x"}', id="a line without a frame"),
        pytest.param(b'{"slug":"x","frame":{"event_type":"book"}}', id="a line without a time"),
        pytest.param(b'{"recv":1780000000.1,"fra', id="a line cut short"),
        pytest.param(book_line(1780000000.1, bid="7"), id="a price that cannot be"),
        pytest.param(book_line(1.0), id="a time before the tape"),
        pytest.param(b"\x00\xff", id="bytes that are no text"),
    ],
)
def test_one_bad_frame_costs_that_frame(tmp_path: Path, bad: bytes) -> None:
    good = [book_line(1780000000.05), book_line(1780000000.25)]
    tape = open_tape([jsonl_tape(tmp_path, [good[0], bad, good[1]])])
    assert (tape.stats.frames, tape.stats.rejected_frames) == (3, 1)
    replay = replay_book(tape)
    assert (replay.frames, replay.rejected_frames, replay.crossed_states) == (3, 1, 0)
    assert replay.tops["1"] == {"bid_e4": 4000, "ask_e4": 6000}


def broken(tmp_path: Path, kind: str) -> Path:
    path = tmp_path / kind
    whole = gzip.compress(b"\n".join([HEADER.encode(), *(r.encode() for r in MIRRORED * 50)]))
    content = {
        "empty.csv": b"",
        "blank.jsonl": b"\n\n",
        "truncated.csv.gz": whole[: len(whole) // 2],
        "truncated.parquet": b"PAR1" + b"\x00" * 40,
        "picture.png": b"\x89PNG\r\n\x1a\n" + bytes(range(256)),
        "foreign.csv": b"t_utc,home,away\n1,2,3\n",
        "column.csv": HEADER.replace("best_ask", "ask").encode() + b"\n1,2,3\n",
        "header.csv": HEADER.encode() + b"\n",
        "foreign.jsonl": b'{"some":"thing"}\n{"else":1}\n',
        "notes.jsonl": book_line(1780000000.1).replace(b'"book"', b'"note"') + b"\n",
    }
    path.write_bytes(content[kind])
    return path


@pytest.mark.parametrize(
    ("kind", "says"),
    [
        ("empty.csv", "empty"),
        ("blank.jsonl", "empty"),
        ("truncated.csv.gz", "truncated"),
        ("truncated.parquet", "Parquet"),
        ("picture.png", "no text|no CSV|no column"),
        ("foreign.csv", "event_type"),
        ("column.csv", "best_ask"),
        ("header.csv", "no record"),
        ("foreign.jsonl", "no record"),
        ("notes.jsonl", "not one frame"),
    ],
)
def test_what_is_no_tape_is_refused_with_its_name_and_a_remedy(tmp_path: Path, kind: str, says: str) -> None:
    with pytest.raises(TapeError, match=says) as refused:
        open_tape([broken(tmp_path, kind)])
    assert kind in str(refused.value)
    assert refused.value.remedy


def test_rows_in_wild_disorder_are_no_tape(tmp_path: Path) -> None:
    rows = [row((-1) ** n * n * 600_000, "A", "BID", "0.4", "1") for n in range(60)]
    with pytest.raises(TapeError, match="out of order"):
        open_tape([csv_tape(tmp_path, rows)])


@pytest.mark.parametrize(
    ("paths", "says"),
    [pytest.param(["nowhere.csv"], "no such file", id="a missing file"), pytest.param(["."], "no tape", id="no tapes")],
)
def test_no_file_is_no_tape(tmp_path: Path, paths: list[str], says: str) -> None:
    with pytest.raises(TapeError, match=says):
        open_tape([tmp_path / path for path in paths])


def test_comparable_states_are_those_whose_best_prices_were_spoken_of(tmp_path: Path) -> None:
    rows = [
        row(0, "A", "BID", "0.4", "10"),  # the ask 0.6 of A was never mentioned
        row(0, "B", "ASK", "0.6", "10"),  # nor the bid 0.4 of B
        row(1, "A", "ASK", "0.6", "10"),  # now both of A: comparable, and equal
        row(2, "A", "BID", "0.4", "0", "0.39"),  # a bid at 0.39 exists that nobody mentioned
        row(3, "A", "BID", "0.39", "5", "0.39"),  # comparable, and equal
        row(4, "A", "ASK", "0.7", "5", "0.4"),  # 0.4 was spoken of, but the tape says that it is gone: a mismatch
    ]
    replay = replay_book(open_tape([csv_tape(tmp_path, rows)]))
    assert (replay.entries, replay.comparable, replay.top_matches) == (6, 3, 2)
    assert (replay.markets, replay.assets, replay.trades) == (1, 2, 0)
